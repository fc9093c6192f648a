// Follows the log with graphql-ws and graphql-sse as their users would, cut off and coming back.
// Usage: node following.mjs http://127.0.0.1:8080 TOKEN
// Ends with 0 only if both clients were told every change, in the same order, each once.

import assert from "node:assert/strict";
import { createClient as createSocketClient } from "graphql-ws";
import { createClient as createStreamClient } from "graphql-sse";
import WebSocket from "ws";

const [base, token] = process.argv.slice(2);
if (!base || !token) {
  console.error("usage: node following.mjs BASE_URL TOKEN");
  process.exit(2);
}
// No step takes a fraction of it: a client that waits for ever must not hang the test.
setTimeout(() => {
  console.error("FAILED: still waiting");
  process.exit(1);
}, 120_000).unref();

const socketUrl = `${base.replace(/^http/, "ws")}/graphql/ws`;
const sockets = (authorization) =>
  createSocketClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: authorization },
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  });
const stream = createStreamClient({
  url: `${base}/graphql/stream`,
  headers: { authorization: `Bearer ${token}` },
  retryAttempts: 0,
});

const socket = sockets(`Bearer ${token}`);
const query = "subscription ($after: String) { changes(after: $after, types: [\"contact.created\"]) { position type } }";

async function once(client, request) {
  const answers = [];
  for await (const answer of client.iterate(request)) answers.push(answer);
  assert.equal(answers.length, 1);
  assert.equal(answers[0].errors, undefined, JSON.stringify(answers[0]));
  return answers[0].data;
}

/// So many changes after a position, by subscriptions that each end after a few.
async function follow(client, after, number, each) {
  const positions = [];
  while (positions.length < number) {
    let here = 0;
    for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
      assert.equal(errors, undefined, JSON.stringify(errors));
      assert.equal(data.changes.type, "contact.created");
      after = data.changes.position;
      positions.push(after);
      here += 1;
      if (here === each || positions.length === number) break;
    }
  }
  return positions;
}

// Queries and mutations run over both.
const viewer = await once(socket, { query: "{ viewer { subject } }" });
assert.deepEqual(await once(stream, { query: "{ viewer { subject } }" }), viewer);

const create = (client, lastName) =>
  once(client, {
    query: `mutation ($lastName: String!) {
      contactCreate(contact: { firstName: "Client", lastName: $lastName }) { position userErrors { message } }
    }`,
    variables: { lastName },
  });
const begun = (await create(socket, "first")).contactCreate.position;
const NUMBER = 12;
const [bySocket, byStream] = await Promise.all([
  follow(socket, begun, NUMBER, 5),
  follow(stream, begun, NUMBER, 4),
  (async () => {
    for (let at = 0; at < NUMBER; at += 1) await create(at % 2 ? socket : stream, `number ${at}`);
  })(),
]);
assert.deepEqual(bySocket, byStream);
assert.equal(new Set(bySocket).size, NUMBER);
console.log(`graphql-ws and graphql-sse were told the same ${NUMBER} changes, each once`);

// What cannot begin is an error of the operation, and the socket goes on.
await assert.rejects(once(socket, { query: "subscription { changes(after: \"x\") { type } }" }), (errors) => {
  assert.equal(errors[0].extensions.code, "BAD_USER_INPUT");
  return true;
});
await assert.rejects(once(stream, { query: "subscription { changes(after: \"x\") { type } }" }), (error) => {
  assert.equal(error.response.status, 400);
  return true;
});
await once(socket, { query: "{ viewer { subject } }" });

// A bad token is told by the code that clients know.
await assert.rejects(once(sockets("Bearer nonsense"), { query: "{ viewer { subject } }" }), (closed) => {
  assert.equal(closed.code, 4403);
  return true;
});
console.log("refusals come as both clients expect them");
await socket.dispose();
stream.dispose();
