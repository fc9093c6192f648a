// Runs the whole audit "GraphQL over HTTP" of the package graphql-http against a server, SHOULD and MAY included.
// Usage: node audit.mjs http://127.0.0.1:4000/graphql
// Ends with 0 only if every single audit is ok; a warning or a notice counts as a failure.
import { serverAudits } from 'graphql-http';

// What graphql-http 1.23.1 has. Fewer would mean that something was not asked.
const FEWEST = 61;

const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

const audits = serverAudits({ url, fetchFn: fetch });
let bad = 0;
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status === 'ok') {
    console.log(`ok      ${result.id}  ${result.name}`);
  } else {
    bad += 1;
    console.log(`${result.status.padEnd(7)} ${result.id}  ${result.name}\n        ${result.reason}`);
  }
}
console.log(`${audits.length} audits, ${audits.length - bad} ok, ${bad} not ok`);
if (audits.length < FEWEST) {
  console.error(`expected at least ${FEWEST} audits`);
  process.exit(1);
}
process.exit(bad === 0 ? 0 : 1);
