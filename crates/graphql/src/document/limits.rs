//! The limits on a document, with the defaults and why they are what they are. It measures nothing itself.

/// What a document may be. Every limit is on by default; each refusal names the measured number and the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub document_bytes: usize,
    /// Brackets (`{`, `[`, `(`) open at once, outside strings and comments. The parser recurses once a bracket.
    pub brackets: usize,
    /// Lexical tokens.
    pub tokens: usize,
    /// Selection sets within each other, fragments counted: what every later walk recurses by.
    pub nesting: usize,
    /// Selections once every fragment is put in place of its spread.
    pub expansion: usize,
    /// Fields within fields. Introspection does not count.
    pub depth: usize,
    /// `fields`, `interfaces`, `possibleTypes` and `inputFields` within each other under `__schema` or `__type`.
    pub introspection_lists: usize,
    /// Objects that the answer may hold, as `document::cost` counts them.
    pub complexity: u64,
    /// Aliases, fragments counted as often as they are spread.
    pub aliases: usize,
    /// Fields at the root of one operation.
    pub root_fields: usize,
    /// Directives on one field, spread or fragment.
    pub directives: usize,
    /// Bytes that the cache of documents may hold, by estimate.
    pub cache_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 64 * 1024,
            brackets: 64,
            tokens: 5_000,
            // async-graphql refuses at 32 by itself, without a code.
            nesting: 32,
            expansion: 10_000,
            // Four hops through `edges { node }` are 11 deep.
            depth: 15,
            // graphql-js draws the line at the third list too: GraphiQL's query has one, a cyclic walk has many.
            introspection_lists: 2,
            // organization → 50 contacts → 50 phones each → 50 addresses each is 130,102 objects at worst: the four hops
            // of the use cases pass at the default page size, one hop more must ask for smaller pages.
            complexity: 200_000,
            aliases: 100,
            root_fields: 50,
            directives: 8,
            cache_bytes: 8 * 1024 * 1024,
        }
    }
}
