// Makes GraphiQL's memory agree with itself before GraphiQL reads it. It adds nothing to what the user wrote.

const TABS = "graphiql:tabState";
const EDITORS = { query: "graphiql:query", variables: "graphiql:variables" };

/// GraphiQL keeps the open editors beside its tabs and writes the two at different moments. Whoever reloads within that
/// half second has editors that match no tab, and GraphiQL opens one more tab for them. The tabs are what counts.
export function settleMemory(storage = localStorage) {
  let active;
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem(TABS) ?? "{}");
    active = tabs?.[activeTabIndex];
  } catch {
    // GraphiQL starts anew from a memory that it cannot read.
  }
  for (const [property, key] of Object.entries(EDITORS)) {
    if (active?.[property]) storage.setItem(key, active[property]);
    else storage.removeItem(key);
  }
}
