//! From what a document selects below a list to what is fetched and written for it. A plan answers all of it or there is none.

use async_graphql::{InputType, Name, SelectionField, Value};
use liaison_domain::reading::{LinkQuery, Page, is_lean};

use super::fields::{Kind, List, Source};
use crate::connection::page;
use crate::filter::link;

/// What is fetched and written of one list.
pub(super) struct ListPlan {
    pub list: List,
    pub query: LinkQuery,
    pub page: Page,
    /// The columns of the links that are wanted, each once.
    pub columns: Vec<&'static str>,
    pub items: Items<ListItem>,
    pub is_counted: bool,
    /// The column of the codes' ids, if codes are asked for.
    pub code: Option<usize>,
    /// The lists below its nodes.
    pub below: Vec<ListPlan>,
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
    Id,
    Version,
    Code,
    Label,
    Description,
    SortOrder,
    IsSystemManaged,
    IsActive,
}

/// A field of one row, and where the columns that it takes stand among those that are wanted.
pub(super) struct Cell {
    pub source: Source,
    pub at: [usize; 2],
}

/// What one object selects, each response key once: what is asked twice at one place is not for a plan.
fn selected<'a>(field: &SelectionField<'a>) -> Option<Vec<(String, SelectionField<'a>)>> {
    let mut found: Vec<(String, SelectionField<'a>)> = Vec::new();
    for field in field.selection_set() {
        let key = format!("\"{}\":", field.alias().unwrap_or_else(|| field.name()));
        let is_plain = field.directives().is_ok_and(|directives| directives.is_empty());
        if !is_plain || found.iter().any(|(other, _)| *other == key) {
            return None;
        }
        found.push((key, field));
    }
    Some(found)
}

impl ListPlan {
    /// A plan for what a list's field selects, if the rows of links can answer it.
    pub fn of(list: List, query: LinkQuery, page: Page, field: &SelectionField<'_>) -> Option<Self> {
        if !is_lean(&query) {
            return None;
        }
        let (columns, items, below) = Default::default();
        let mut plan = Self { list, query, page, columns, items, is_counted: false, code: None, below };
        let (connection, _, _) = list.names();
        for (key, field) in selected(field)? {
            let item = match field.name() {
                "__typename" => ListItem::TypeName(connection),
                "nodes" => ListItem::Nodes(plan.node(&field)?),
                "edges" => ListItem::Edges(plan.edge(&field)?),
                "pageInfo" => ListItem::PageInfo(info(&field)?),
                "totalCount" => {
                    plan.is_counted = true;
                    ListItem::TotalCount
                }
                _ => return None,
            };
            plan.items.push((key, item));
        }
        Some(plan)
    }

    fn column(&mut self, column: &'static str) -> usize {
        self.columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }

    fn cell(&mut self, source: Source) -> Cell {
        let at = match source {
            Source::Node => [0, 0],
            Source::Text(column)
            | Source::Maybe(column)
            | Source::Flag(column)
            | Source::Number(column)
            | Source::Instant(column)
            | Source::Day(column)
            | Source::Value(column) => [self.column(column), 0],
            Source::Own(column) => [self.column(column), self.column("linked_by_organization_id")],
            Source::FullName => [self.column("contact_first_name"), self.column("contact_last_name")],
            Source::TelUri => [self.column("phone_e164"), self.column("phone_extension")],
            Source::MailtoUri => [self.column("email_address"), self.column("match_key")],
        };
        Cell { source, at }
    }

    fn edge(&mut self, field: &SelectionField<'_>) -> Option<Items<EdgeItem>> {
        let (_, name, known) = self.list.names();
        let mut items = Vec::new();
        for (key, field) in selected(field)? {
            let item = match field.name() {
                "__typename" => EdgeItem::TypeName(name),
                "cursor" => EdgeItem::Cursor,
                "node" => EdgeItem::Node(self.node(&field)?),
                other => {
                    let (_, source) = known.iter().find(|(name, _)| *name == other)?;
                    EdgeItem::Cell(self.cell(*source))
                }
            };
            items.push((key, item));
        }
        Some(items)
    }

    fn node(&mut self, field: &SelectionField<'_>) -> Option<Items<NodeItem>> {
        let kind = self.list.kind();
        let (name, known) = kind.names();
        let mut items = Vec::new();
        for (key, field) in selected(field)? {
            let item = match field.name() {
                "__typename" => NodeItem::TypeName(name),
                "code" if kind.has_code() => {
                    self.code = Some(self.column("method_code_id"));
                    NodeItem::Code(code(kind, &field)?)
                }
                other => match (known.iter().find(|(name, _)| *name == other), kind.list(other)) {
                    (Some((_, source)), _) => NodeItem::Cell(self.cell(*source)),
                    (None, Some(list)) => {
                        let (query, page) = arguments(list, &field)?;
                        self.below.push(Self::of(list, query, page, &field)?);
                        NodeItem::List(self.below.len() - 1)
                    }
                    (None, None) => return None,
                },
            };
            items.push((key, item));
        }
        Some(items)
    }
}

fn info(field: &SelectionField<'_>) -> Option<Items<InfoItem>> {
    let mut items = Vec::new();
    for (key, field) in selected(field)? {
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

fn code(kind: Kind, field: &SelectionField<'_>) -> Option<Items<CodeItem>> {
    let mut items = Vec::new();
    for (key, field) in selected(field)? {
        let item = match field.name() {
            "__typename" => CodeItem::TypeName(if kind == Kind::Phone { "PhoneCode" } else { "EmailCode" }),
            "id" => CodeItem::Id,
            "version" => CodeItem::Version,
            "code" => CodeItem::Code,
            "label" => CodeItem::Label,
            "description" => CodeItem::Description,
            "sortOrder" => CodeItem::SortOrder,
            "isSystemManaged" => CodeItem::IsSystemManaged,
            "isActive" => CodeItem::IsActive,
            _ => return None,
        };
        items.push((key, item));
    }
    Some(items)
}

/// What a list below is asked with, if its arguments are what the schema and the resolver would take: what they would refuse they are
/// left to refuse, at its place.
fn arguments(list: List, field: &SelectionField<'_>) -> Option<(LinkQuery, Page)> {
    let given = field.arguments().ok()?;
    let page = page(read(&given, "first")?, read(&given, "after")?, read(&given, "last")?, read(&given, "before")?);
    let query = match list {
        List::ContactPhones => link::phones(read(&given, "filter")?, read(&given, "orderBy")?),
        List::ContactEmails => link::emails(read(&given, "filter")?, read(&given, "orderBy")?),
        List::ContactAddresses => link::addresses(read(&given, "filter")?, read(&given, "orderBy")?),
        List::PhoneAddresses => link::places(read(&given, "filter")?, read(&given, "orderBy")?),
        // Nothing leads to these from above but an organization.
        List::OrganizationContacts
        | List::OrganizationPhones
        | List::OrganizationEmails
        | List::OrganizationAddresses => return None,
    };
    Some((query.ok()?, page.ok()?))
}

fn read<T: InputType>(given: &[(Name, Value)], name: &str) -> Option<T> {
    let value = given.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    T::parse(value).ok()
}
