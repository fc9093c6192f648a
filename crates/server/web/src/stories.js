// The story tabs that the server ships, and how they meet the tabs that GraphiQL remembers. It never drops a user's tab.

import { parse } from "graphql";

/// The stories, or an empty list where they cannot be read: GraphiQL works without them.
export async function fetchStories() {
  try {
    const response = await fetch("/graphiql/tabs", { headers: { accept: "application/json" } });
    if (!response.ok) return [];
    const stories = await response.json();
    return stories.map(({ title, query, variables }) => ({
      title,
      query,
      variables: variables ? JSON.stringify(variables, null, 2) : "",
    }));
  } catch (error) {
    console.warn("The story tabs could not be read", error);
    return [];
  }
}

export function indexOfStory(tabs, story) {
  return tabs.findIndex((tab) => tab.query === story.query && (tab.variables ?? "") === story.variables);
}

/// A tab as GraphiQL's store keeps it, titled by its operation as GraphiQL itself does.
export function tabOf(story) {
  const operationName = operationNameOf(story.query);
  return {
    id: crypto.randomUUID?.() ?? String(Math.random()),
    hash: [story.query, story.variables, ""].join("|"),
    title: operationName ?? story.title,
    query: story.query,
    variables: story.variables,
    headers: null,
    operationName,
    response: null,
  };
}

function operationNameOf(query) {
  try {
    return parse(query).definitions.find(({ kind }) => kind === "OperationDefinition")?.name?.value ?? null;
  } catch {
    return null;
  }
}
