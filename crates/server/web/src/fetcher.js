// Sends GraphiQL's requests to the server's one endpoint with the chosen token. It keeps no state.

const ENDPOINT = "/graphql";

export function createFetcher(credentials) {
  return async (request, { headers = {} } = {}) => {
    const first = await send(request, headers, credentials.token());
    if (first.status !== 401) return read(first);
    // Demo tokens run out, and their key is a new one each time that the server starts: ask once for a fresh one.
    const fresh = await credentials.renew();
    return read(fresh ? await send(request, headers, fresh) : first);
  };
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
