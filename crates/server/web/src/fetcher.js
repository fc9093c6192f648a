// Sends GraphiQL's requests to the server with the chosen token: subscriptions to the stream, all else to the one endpoint. It keeps
// no state.

import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-sse";

const ENDPOINT = "/graphql";
const STREAM = "/graphql/stream";

export function createFetcher(credentials) {
  return async (asked, { headers = {} } = {}) => {
    const request = withOwnOperation(asked);
    if (isSubscription(request)) return follow(request, headers, credentials);
    const first = await send(request, headers, credentials.token());
    if (first.status !== 401) return read(first);
    // Demo tokens run out, and their key is a new one each time that the server starts: ask once for a fresh one.
    const fresh = await credentials.renew();
    return read(fresh ? await send(request, headers, fresh) : first);
  };
}

/// GraphiQL learns the operation's name a moment after the text: a run right after a change of tab would name the operation
/// of the tab before. Where the document has one operation, that is the one that is meant.
function withOwnOperation(request) {
  try {
    const operations = parse(request.query).definitions.filter(({ kind }) => kind === "OperationDefinition");
    return operations.length === 1 ? { ...request, operationName: operations[0].name?.value } : request;
  } catch {
    // The server says what is wrong with the document, and says it better.
    return request;
  }
}

function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false;
  }
}

/// What the user writes in the Headers editor goes before the bar's choice.
function authorized(headers, token) {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return token && !named ? { authorization: `Bearer ${token}`, ...headers } : headers;
}

/// The answers of a subscription, one after the other. GraphiQL stops it by `return`.
function follow(request, headers, credentials) {
  let renewed = false;
  const begin = () =>
    createClient({
      url: STREAM,
      credentials: "omit",
      // It would begin again at now, and leave a gap without a word.
      retryAttempts: 0,
      headers: () => authorized(headers, credentials.token()),
    }).iterate(request);
  let answers = begin();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        return await answers.next();
      } catch (error) {
        // The server's refusal is an ordinary answer, which says what would be right.
        if (!error.response) throw error;
        if (error.response.status === 401 && !renewed && (await credentials.renew())) {
          renewed = true;
          answers = begin();
          return this.next();
        }
        return { done: false, value: await read(error.response) };
      }
    },
    return() {
      return answers.return();
    },
  };
}

function send(request, headers, token) {
  return fetch(ENDPOINT, {
    method: "POST",
    credentials: "omit",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      ...authorized(headers, token),
    },
    body: JSON.stringify(request),
  });
}

async function read(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status} ${response.statusText} without JSON: ${text.slice(0, 500)}`);
  }
}
