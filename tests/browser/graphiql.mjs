// Opens GraphiQL of a running server in headless Chromium, runs a query by the execute button and reads the answer.
//
//   node graphiql.mjs BASE_URL EXPECTED_TEXT [--story TITLE] [--as LABEL] [--screenshot FILE]
//
// EXPECTED_TEXT must be in the answer of the story's tab (the first one unless told), asked as the identity of that label
// (the server's first unless told). It prints each step and ends with 1 at the first one that fails. It fails as well when
// the page asks anything of a host that is not this machine, breaks its own content security policy or throws an error.

import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { story: { type: "string" }, as: { type: "string" }, screenshot: { type: "string" } },
});
const [base, expected] = positionals;
if (!base || !expected) {
  console.error("usage: node graphiql.mjs BASE_URL EXPECTED_TEXT [--story TITLE] [--as LABEL] [--screenshot FILE]");
  process.exit(2);
}

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ viewport: { width: 1400, height: 850 } });
page.setDefaultTimeout(30_000);

const requests = [];
const complaints = [];
// The context hears the requests of the page's web workers too.
page.context().on("request", (request) => requests.push(request.url()));
page.context().on("weberror", (error) => complaints.push(`uncaught: ${error.error()}`));
page.on("console", (message) => {
  // Chromium reports every 404 as an error; /graphiql/identities answers it on purpose where there is no demo.
  const absentIdentities = message.location().url.endsWith("/graphiql/identities");
  if (message.type() === "error" && !absentIdentities) complaints.push(`console: ${message.text()}`);
});

function check(condition, message) {
  if (!condition) throw new Error(message);
}

async function open() {
  const response = await page.goto(new URL("/graphiql", base).href);
  check(response.status() === 200, `/graphiql answered ${response.status()}: ${(await page.innerText("body")).slice(0, 2000)}`);
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
}

const tabs = page.locator('[role="tablist"] [role="tab"]');

async function tabsBecome(count, when) {
  await page.waitForFunction(
    (wanted) => document.querySelectorAll('[role="tablist"] [role="tab"]').length === wanted,
    count,
  ).catch(async () => check(false, `${when}: ${await tabs.count()} tabs instead of ${count}`));
  console.log(`${when}: ${count} tabs`);
}

/// GraphiQL writes its tabs to localStorage a moment after a change.
const remembered = (count) =>
  page.waitForFunction(
    (wanted) => JSON.parse(localStorage.getItem("graphiql:tabState") ?? "{}").tabs?.length === wanted,
    count,
  );

/// The whole answer, also what is scrolled out of view.
const answer = () =>
  page.evaluate(() => {
    const models = globalThis.__MONACO.editor.getModels();
    return models.find((model) => model.uri.path.endsWith("response.json"))?.getValue() ?? "";
  });

async function run() {
  await openPageForTheFirstTime();
  await askAndRead();
  await rememberTabs();
  checkRequests();
}

async function openPageForTheFirstTime() {
  await open();
  check((await page.title()) === "Liaison GraphiQL", `the page is titled ${await page.title()}`);
  check((await page.locator("html").getAttribute("lang")) === "en", "the page does not name its language");
  console.log(`opened ${page.url()} in ${browser.browserType().name()} ${browser.version()}`);
}

async function askAndRead() {
  const stories = await (await fetch(new URL("/graphiql/tabs", base))).json();
  check(stories.length > 0, "/graphiql/tabs names no story");
  await tabsBecome(stories.length, "first visit");

  if (values.as) {
    const options = await page.getByLabel("Ask as").locator("option").allTextContents();
    check(options.includes(values.as), `nobody is called ${values.as}; there are: ${options.join(", ")}`);
    await page.getByLabel("Ask as").selectOption({ label: values.as });
  }
  const story = values.story ?? stories[0].title;
  check(stories.some(({ title }) => title === story), `no story is titled ${story}`);
  await page.getByLabel("Story", { exact: true }).selectOption({ label: story });
  console.log(`asking "${story}" as ${values.as ?? "whom the page proposes"}`);

  await page.getByRole("button", { name: /^Execute query/ }).click();
  await page.locator(".graphiql-response .view-line").first().waitFor();
  const deadline = Date.now() + 30_000;
  let text = await answer();
  while (!text.includes(expected) && Date.now() < deadline) {
    await page.waitForTimeout(100);
    text = await answer();
  }
  // The tooltips of a busy first second are not part of the picture.
  if (values.screenshot) await page.screenshot({ path: values.screenshot });
  check(text.includes(expected), `the answer lacks ${JSON.stringify(expected)}; it is:\n${text || "(empty)"}`);
  const seen = await page.locator(".graphiql-response .view-lines").innerText();
  check(seen.trim().length > 1, "the answer is not drawn on the page");
  console.log(`the answer of ${text.length} characters holds ${JSON.stringify(expected)}`);
}

async function rememberTabs() {
  const count = await tabs.count();
  await remembered(count);
  await open();
  await tabsBecome(count, "second visit");
  if (count > 1) {
    await page.getByRole("button", { name: "Close Tab" }).first().click();
    await remembered(count - 1);
    await open();
    await tabsBecome(count - 1, "after a tab was closed and the page opened again");
    await page.getByRole("button", { name: "Story tabs" }).click();
    await tabsBecome(count, "after Story tabs");
  }
}

function checkRequests() {
  const outside = requests.filter((url) => {
    const { protocol, hostname } = new URL(url);
    return !["data:", "blob:"].includes(protocol) && !["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  });
  const workers = requests.filter((url) => url.includes(".worker-")).length;
  check(outside.length === 0, `the page went outside:\n${outside.join("\n")}`);
  check(workers > 0, "no web worker was loaded: the editor checks no query");
  check(complaints.length === 0, `the page complained:\n${complaints.join("\n")}`);
  console.log(`${requests.length} requests, ${workers} of them for web workers, none outside this machine, no complaint`);
}

try {
  await run();
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = 1;
} finally {
  await browser.close();
}
