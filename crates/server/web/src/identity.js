// Who the page asks as: a demo identity that the server hands out, a pasted token, or nobody. It holds no query.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";

const CHOICE_KEY = "liaison:identity";
const TOKEN_KEY = "liaison:token";
export const NOBODY = "nobody";
export const OWN_TOKEN = "own-token";
const DEMO_PREFIX = "demo:";

export const demoChoice = (label) => DEMO_PREFIX + label;

/// The demo identities, or `null` where the server hands out none (it is not in demo mode).
export async function fetchIdentities() {
  const response = await fetch("/graphiql/identities", { headers: { accept: "application/json" } });
  if (!response.ok) return null;
  const identities = await response.json();
  return identities.length > 0 ? identities : null;
}

function firstChoice(identities) {
  const remembered = localStorage.getItem(CHOICE_KEY);
  const known = identities?.some(({ label }) => demoChoice(label) === remembered);
  if (known || (identities && (remembered === NOBODY || remembered === OWN_TOKEN))) return remembered;
  return identities ? demoChoice(identities[0].label) : OWN_TOKEN;
}

/// A pasted "Bearer x" or "Authorization: Bearer x" means the token x.
const bareToken = (text) => text.trim().replace(/^(authorization:\s*)?(bearer\s+)?/i, "");

export function useIdentity(initialIdentities) {
  const [identities, setIdentities] = useState(initialIdentities);
  const [choice, setChoice] = useState(() => firstChoice(initialIdentities));
  // A pasted token is a secret: kept for this browser tab only, never in localStorage.
  const [ownToken, setOwnToken] = useState(() => sessionStorage.getItem(TOKEN_KEY) ?? "");

  useEffect(() => localStorage.setItem(CHOICE_KEY, choice), [choice]);
  useEffect(() => sessionStorage.setItem(TOKEN_KEY, ownToken), [ownToken]);

  const chosen = identities?.find(({ label }) => demoChoice(label) === choice) ?? null;
  const token = choice === OWN_TOKEN ? bareToken(ownToken) : (chosen?.token ?? "");

  // The fetcher must not change when a demo token is renewed: a new fetcher makes GraphiQL read the schema again.
  const current = useRef(token);
  current.current = token;
  const renew = useCallback(async () => {
    if (!choice.startsWith(DEMO_PREFIX)) return null;
    const fresh = await fetchIdentities();
    if (!fresh) return null;
    setIdentities(fresh);
    const found = fresh.find(({ label }) => demoChoice(label) === choice)?.token ?? null;
    if (found) current.current = found;
    return found;
  }, [choice]);

  const credentials = useMemo(
    () => ({ token: () => current.current, renew, key: choice === OWN_TOKEN ? token : choice }),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [renew, choice, choice === OWN_TOKEN ? token : null],
  );
  return { identities, choice, setChoice, chosen, ownToken, setOwnToken, credentials };
}
