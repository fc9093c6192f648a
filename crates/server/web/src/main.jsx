// Mounts GraphiQL under the bar. The endpoint, the stories and the identities all come from the server that served the page.

import "./workers.js";
import "graphiql/style.css";
import "./page.css";
import { useMemo } from "react";
import { createRoot } from "react-dom/client";
import { GraphiQL, GraphiQLInterface } from "graphiql";
import { GraphiQLProvider } from "@graphiql/react";
import { HISTORY_PLUGIN, HistoryStore } from "@graphiql/plugin-history";
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from "@graphiql/plugin-doc-explorer";
import { Bar } from "./bar.jsx";
import { createFetcher } from "./fetcher.js";
import { fetchIdentities, useIdentity } from "./identity.js";
import { settleMemory } from "./memory.js";
import { fetchStories } from "./stories.js";

const plugins = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

function Page({ stories, initialIdentities }) {
  const identity = useIdentity(initialIdentities);
  const fetcher = useMemo(() => createFetcher(identity.credentials), [identity.credentials]);
  // GraphiQL takes `defaultTabs` on a first visit only: afterwards its own memory of the user's tabs goes before.
  const defaultTabs = stories.length > 0 ? stories : undefined;
  return (
    <GraphiQLProvider
      fetcher={fetcher}
      defaultTabs={defaultTabs}
      plugins={plugins}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      inputValueDeprecation
      schemaDescription
    >
      <HistoryStore>
        <DocExplorerStore>
          <Bar stories={stories} identity={identity} />
          <main>
            <GraphiQLInterface defaultEditorToolsVisibility="variables">
              {/* GraphiQL's own logo is a link to an outside page. */}
              <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
            </GraphiQLInterface>
          </main>
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

settleMemory();
const [stories, initialIdentities] = await Promise.all([fetchStories(), fetchIdentities().catch(() => null)]);
createRoot(document.getElementById("root")).render(<Page stories={stories} initialIdentities={initialIdentities} />);
