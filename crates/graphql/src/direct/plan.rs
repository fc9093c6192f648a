//! From what a document selects below a list to what is fetched and written for it. A plan answers all of it or there is none.

use std::sync::Arc;

use liaison_domain::reading::{LeanColumns, LeanList, LinkQuery, Page, Side, Wanted, is_lean};

use super::asked::{Arguments, Asked};
use super::fields::{Fields, Kind, List, Source};
use crate::connection::page;
use crate::filter::link;

/// What is fetched and written of one list of links.
pub(super) struct ListPlan {
    pub list: List,
    /// What is fetched. Lists that want the same are one statement.
    pub wants: Arc<LeanList>,
    /// Its place among the lists that come with the rows that it is below; none where it is fetched by itself, for all of these at once.
    pub nested: Option<usize>,
    pub items: Items<ListItem>,
    pub row: RowPlan,
}

/// What is fetched of rows that are nodes of a kind, or links to such, and of what hangs below these.
pub(super) struct RowPlan {
    pub kind: Kind,
    /// The list whose links the rows are; none where they are the nodes' own.
    list: Option<List>,
    /// For lists below them.
    here: Below,
    /// The columns that are wanted, each once, and the lists that come with them; of links they are the list's.
    pub columns: LeanColumns,
    /// The lists below the nodes.
    pub below: Vec<ListPlan>,
}

/// Which lists below rows come with the rows, in their statement. What is below many of the same is better read once, and goes by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nests {
    /// All: the row is one node.
    One,
    /// All: each of the rows is another node.
    Each,
    /// Phones, email addresses and addresses: hardly ever do two of the rows lead to one node. Two who work at one organization would have
    /// its people read twice.
    Methods,
    /// None: the rows are links uphill from many, and most lead to the same few.
    Nothing,
}

/// What is written of an object, in its order: the beginning of each member, `"alias":`, and what follows.
pub(super) type Items<T> = Vec<(String, T)>;

pub(super) enum ListItem {
    TypeName(&'static str),
    Nodes(Items<NodeItem>),
    Edges(Items<EdgeItem>),
    PageInfo(Items<InfoItem>),
    TotalCount,
}

pub(super) enum EdgeItem {
    TypeName(&'static str),
    Cursor,
    Node(Items<NodeItem>),
    Cell(Cell),
}

pub(super) enum NodeItem {
    TypeName(&'static str),
    Cell(Cell),
    /// The code of a phone or an email address.
    Code(Items<CodeItem>),
    /// By its place in `below`.
    List(usize),
}

pub(super) enum InfoItem {
    TypeName,
    HasNext,
    HasPrevious,
    Start,
    End,
}

pub(super) enum CodeItem {
    TypeName(&'static str),
    Cell(Cell),
}

/// A field of one row, and where the columns that it takes stand among those that are wanted.
pub(super) struct Cell {
    pub source: Source,
    pub at: [usize; 2],
}

impl ListPlan {
    /// A plan for what a list's field selects, if rows can answer it; below rows with which such lists come.
    pub fn of(list: List, query: LinkQuery, page: Page, below: Below, field: &Asked<'_>) -> Option<Self> {
        if list.side() == Side::Downhill && !is_lean(&query) {
            return None;
        }
        let nests = match (list.side(), below.nests) {
            (Side::Downhill, _) | (Side::Uphill, Nests::One) => Nests::Methods,
            (Side::Uphill, _) => Nests::Nothing,
        };
        let mut row = RowPlan::new(list.kind(), Some(list), Below { nests, ..below });
        let items = row.list(list.names(), field)?;
        let wants = Arc::new(LeanList { path: list.path(), query, page, columns: std::mem::take(&mut row.columns) });
        Some(Self { list, wants, nested: None, items, row })
    }

    /// Whether its rows, and what comes with them, are all that it takes.
    pub fn is_complete(&self) -> bool {
        !tell_count(&self.items) && self.row.is_complete()
    }
}

/// Below which rows a list stands, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Below {
    /// Whether the viewer sees everything.
    pub is_of_all: bool,
    pub nests: Nests,
}

/// Whether any of what is written of a connection is how many rows its list has.
pub(super) fn tell_count(items: &Items<ListItem>) -> bool {
    items.iter().any(|(_, item)| matches!(item, ListItem::TotalCount))
}

/// Whether any of what is written of a connection is a cursor.
fn tell_cursors(items: &Items<ListItem>) -> bool {
    items.iter().any(|(_, item)| match item {
        ListItem::Edges(items) => items.iter().any(|(_, item)| matches!(item, EdgeItem::Cursor)),
        ListItem::PageInfo(items) => items.iter().any(|(_, item)| matches!(item, InfoItem::Start | InfoItem::End)),
        ListItem::TypeName(_) | ListItem::Nodes(_) | ListItem::TotalCount => false,
    })
}

impl RowPlan {
    fn new(kind: Kind, list: Option<List>, here: Below) -> Self {
        let (columns, below) = Default::default();
        Self { kind, list, here, columns, below }
    }

    /// The nodes' own rows.
    pub fn of_nodes(kind: Kind, is_of_all: bool) -> Self {
        Self::new(kind, None, Below { is_of_all, nests: Nests::Each })
    }

    /// One node's own row.
    pub fn of_one(kind: Kind, is_of_all: bool) -> Self {
        Self::new(kind, None, Below { is_of_all, nests: Nests::One })
    }

    /// Whether the rows, and what comes with them, are all that it takes.
    pub fn is_complete(&self) -> bool {
        self.below.iter().all(|below| below.nested.is_some() && below.is_complete())
    }

    /// Adds a list below; gives its place.
    fn hang(&mut self, mut below: ListPlan) -> usize {
        let comes_along = match self.here.nests {
            Nests::One | Nests::Each => true,
            Nests::Methods => below.list.is_of_methods(),
            Nests::Nothing => false,
        };
        if comes_along {
            let known = &mut self.columns.below;
            // Under two names it is read once.
            below.nested = Some(known.iter().position(|list| *list == below.wants).unwrap_or_else(|| {
                known.push(below.wants.clone());
                known.len() - 1
            }));
        }
        self.below.push(below);
        self.below.len() - 1
    }

    fn column(&mut self, column: Wanted) -> usize {
        let known = &mut self.columns.wanted;
        known.iter().position(|known| *known == column).unwrap_or_else(|| {
            known.push(column);
            known.len() - 1
        })
    }

    /// A column of the node: from its own row, or as links repeat it.
    fn of_node(&mut self, column: &'static str) -> Option<usize> {
        let wanted = match self.list.filter(|list| list.side() == Side::Downhill) {
            Some(list) => Wanted::Link(list.repeated(column)?),
            None => Wanted::Node(column),
        };
        Some(self.column(wanted))
    }

    /// What the link itself tells.
    fn of_link(&mut self, column: &'static str) -> Option<usize> {
        self.list?;
        Some(self.column(Wanted::Link(column)))
    }

    /// A column of the code that the method of a link has.
    fn of_code(&mut self, column: &'static str) -> Option<usize> {
        self.list?;
        let (_, table, _) = self.kind.code()?;
        Some(self.column(Wanted::Code { table, column }))
    }

    fn cell(&mut self, source: Source, place: fn(&mut Self, &'static str) -> Option<usize>) -> Option<Cell> {
        let at = match source {
            Source::Node => [0, 0],
            Source::Id(column)
            | Source::Text(column)
            | Source::Maybe(column)
            | Source::Flag(column)
            | Source::Number(column)
            | Source::Instant(column)
            | Source::Day(column)
            | Source::Value(column) => [place(self, column)?, 0],
            Source::Own(column) => [self.of_link(column)?, self.of_link("linked_by_organization_id")?],
            Source::FullName => [place(self, "first_name")?, place(self, "last_name")?],
            Source::TelUri => [place(self, "e164")?, place(self, "extension")?],
            Source::MailtoUri => [place(self, "address")?, self.of_link("match_key")?],
        };
        Some(Cell { source, at })
    }

    /// What is written of a connection; its name comes first, then that of its edges, then the fields that these have.
    pub fn list(
        &mut self,
        (connection, edge, known): (&'static str, &'static str, Fields),
        field: &Asked<'_>,
    ) -> Option<Items<ListItem>> {
        let mut items = Vec::new();
        for (key, field) in field.selected(connection)? {
            let item = match field.name() {
                "__typename" => ListItem::TypeName(connection),
                "pageInfo" => ListItem::PageInfo(info(&field)?),
                "nodes" => ListItem::Nodes(self.node(&field)?),
                "edges" => ListItem::Edges(self.edge(edge, known, &field)?),
                "totalCount" => ListItem::TotalCount,
                _ => return None,
            };
            items.push((key, item));
        }
        self.columns.is_placed = tell_cursors(&items);
        Some(items)
    }

    /// What is written of edges that have these fields.
    fn edge(&mut self, name: &'static str, known: Fields, field: &Asked<'_>) -> Option<Items<EdgeItem>> {
        let mut items = Vec::new();
        for (key, field) in field.selected(name)? {
            let item = match field.name() {
                "__typename" => EdgeItem::TypeName(name),
                "cursor" => EdgeItem::Cursor,
                "node" => EdgeItem::Node(self.node(&field)?),
                other => {
                    let (_, source) = known.iter().find(|(name, _)| *name == other)?;
                    EdgeItem::Cell(self.cell(*source, Self::of_link)?)
                }
            };
            items.push((key, item));
        }
        Some(items)
    }

    /// What is written of nodes.
    pub fn node(&mut self, field: &Asked<'_>) -> Option<Items<NodeItem>> {
        let (name, known) = self.kind.names();
        let mut items = Vec::new();
        for (key, field) in field.selected(name)? {
            let item = match field.name() {
                "__typename" => NodeItem::TypeName(name),
                "code" if self.kind.code().is_some() => NodeItem::Code(self.code(&field)?),
                // Others are told of those links alone that they see.
                "organizationCount" if self.kind == Kind::Contact && self.here.is_of_all => {
                    NodeItem::Cell(self.cell(Source::Number("organization_count"), Self::of_node)?)
                }
                other => match (known.iter().find(|(name, _)| *name == other), self.kind.list(other)) {
                    (Some((_, source)), _) => NodeItem::Cell(self.cell(*source, Self::of_node)?),
                    (None, Some(list)) => {
                        let (query, page) = arguments(list, &field)?;
                        NodeItem::List(self.hang(ListPlan::of(list, query, page, self.here, &field)?))
                    }
                    (None, None) => return None,
                },
            };
            items.push((key, item));
        }
        Some(items)
    }

    /// What is written of the nodes' codes.
    fn code(&mut self, field: &Asked<'_>) -> Option<Items<CodeItem>> {
        let (name, _, known) = self.kind.code()?;
        let mut items = Vec::new();
        for (key, field) in field.selected(name)? {
            let item = match field.name() {
                "__typename" => CodeItem::TypeName(name),
                other => {
                    let (_, source) = known.iter().find(|(name, _)| *name == other)?;
                    CodeItem::Cell(self.cell(*source, Self::of_code)?)
                }
            };
            items.push((key, item));
        }
        Some(items)
    }
}

fn info(field: &Asked<'_>) -> Option<Items<InfoItem>> {
    let mut items = Vec::new();
    for (key, field) in field.selected("PageInfo")? {
        let item = match field.name() {
            "__typename" => InfoItem::TypeName,
            "hasNextPage" => InfoItem::HasNext,
            "hasPreviousPage" => InfoItem::HasPrevious,
            "startCursor" => InfoItem::Start,
            "endCursor" => InfoItem::End,
            _ => return None,
        };
        items.push((key, item));
    }
    Some(items)
}

/// What a list below is asked with, if its arguments are what the schema and the resolver would take: what they would refuse they are
/// left to refuse, at its place.
fn arguments(list: List, field: &Asked<'_>) -> Option<(LinkQuery, Page)> {
    let given = field.arguments()?;
    let query = match list {
        List::OrganizationContacts => link::people(given.read("filter")?, given.read("orderBy")?),
        List::OrganizationPhones | List::ContactPhones => link::phones(given.read("filter")?, given.read("orderBy")?),
        List::OrganizationEmails | List::ContactEmails => link::emails(given.read("filter")?, given.read("orderBy")?),
        List::OrganizationAddresses | List::ContactAddresses => {
            link::addresses(given.read("filter")?, given.read("orderBy")?)
        }
        List::PhoneAddresses => link::places(given.read("filter")?, given.read("orderBy")?),
        List::ContactOrganizations => link::organizations(given.read("filter")?, given.read("orderBy")?),
    };
    Some((query.ok()?, page_of(&given)?))
}

/// The page that a connection's arguments ask for.
pub(super) fn page_of(given: &Arguments) -> Option<Page> {
    page(given.read("first")?, given.read("after")?, given.read("last")?, given.read("before")?).ok()
}
