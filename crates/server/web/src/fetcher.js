// Sends GraphiQL's requests to the server's one endpoint with the chosen token. It keeps no state.

import { parse } from "graphql";

const ENDPOINT = "/graphql";

export function createFetcher(credentials) {
  return async (asked, { headers = {} } = {}) => {
    const request = withOwnOperation(asked);
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

function send(request, headers, token) {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return fetch(ENDPOINT, {
    method: "POST",
    credentials: "omit",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      // What the user writes in the Headers editor goes before the bar's choice.
      ...(token && !named ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
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
