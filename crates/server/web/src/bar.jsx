// The bar above GraphiQL: which story is open and who is asking. It lives inside GraphiQL's provider, to reach its tabs.

import { useEffect, useRef } from "react";
import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { NOBODY, OWN_TOKEN, demoChoice } from "./identity.js";
import { indexOfStory, tabOf } from "./stories.js";

export function Bar({ stories, identity }) {
  return (
    <header className="liaison-bar">
      <h1>Liaison</h1>
      {stories.length > 0 && <StoryPicker stories={stories} />}
      <IdentityPicker identity={identity} />
    </header>
  );
}

function StoryPicker({ stories }) {
  const { tabs, activeTabIndex } = useGraphiQL(pick("tabs", "activeTabIndex"));
  const { moveTab, changeTab } = useGraphiQLActions();
  const active = tabs[activeTabIndex];
  const shown = active ? stories.findIndex((story) => indexOfStory([active], story) === 0) : -1;

  useEffect(() => {
    // Twenty stories are wider than the row of tabs.
    document.querySelector(".graphiql-tab-active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [activeTabIndex, tabs.length]);

  // Opens those of the stories that are not open as the server ships them, and goes to the first.
  function open(wanted) {
    const missing = wanted.filter((story) => indexOfStory(tabs, story) < 0).map(tabOf);
    const all = [...tabs, ...missing];
    if (missing.length > 0) moveTab(all);
    changeTab(indexOfStory(all, wanted[0]));
  }

  return (
    <div className="liaison-group">
      <label htmlFor="liaison-story">Story</label>
      <select id="liaison-story" value={shown} onChange={(event) => open([stories[Number(event.target.value)]])}>
        {shown < 0 && <option value={-1}>(a tab of your own)</option>}
        {stories.map((story, index) => (
          <option key={story.title} value={index}>
            {story.title}
          </option>
        ))}
      </select>
      <button type="button" onClick={() => open(stories)} title="Open every story tab again; your own tabs stay">
        Story tabs
      </button>
    </div>
  );
}

function IdentityPicker({ identity }) {
  const { identities, choice, setChoice, chosen, ownToken, setOwnToken, credentials } = identity;
  useForgetAnswers(credentials.key);
  const said = choice === NOBODY ? "Requests carry no token." : (chosen?.description ?? "");
  return (
    <div className="liaison-group liaison-identity">
      {identities && (
        <>
          <label htmlFor="liaison-identity">Ask as</label>
          <select
            id="liaison-identity"
            value={choice}
            aria-describedby="liaison-identity-description"
            onChange={(event) => setChoice(event.target.value)}
          >
            {identities.map(({ label }) => (
              <option key={label} value={demoChoice(label)}>
                {label}
              </option>
            ))}
            <option value={NOBODY}>Nobody (no token)</option>
            <option value={OWN_TOKEN}>A token of your own…</option>
          </select>
        </>
      )}
      {choice === OWN_TOKEN && (
        <>
          <label htmlFor="liaison-token">Token</label>
          <input
            id="liaison-token"
            type="text"
            value={ownToken}
            placeholder="eyJ… (sent as Authorization: Bearer)"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => setOwnToken(event.target.value)}
          />
        </>
      )}
      <span id="liaison-identity-description" className="liaison-description" role="status" title={said}>
        {said}
      </span>
    </div>
  );
}

// An answer given to someone else must not stay on the page under the new name.
function useForgetAnswers(key) {
  const { tabs, activeTabIndex, responseEditor } = useGraphiQL(pick("tabs", "activeTabIndex", "responseEditor"));
  const { stop, moveTab, updateActiveTabValues } = useGraphiQLActions();
  const answeredAs = useRef(key);
  useEffect(() => {
    if (answeredAs.current === key) return;
    answeredAs.current = key;
    stop();
    moveTab(tabs.map((tab, index) => (index === activeTabIndex ? tab : { ...tab, response: null })));
    updateActiveTabValues({ response: null });
    responseEditor?.setValue("");
  });
}
