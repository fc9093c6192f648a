//! A whole operation written from rows: when each of its root fields is one that rows can answer, async-graphql has nothing to do. The
//! document is planned from its text and the variables; it has been validated and costed before. What is there once in a request and takes
//! one statement takes no transaction besides.

use liaison_domain::failure::Fault;
use liaison_domain::reading::{self, ContactQuery, LeanPage, LeanSlice, OrganizationQuery, Page};
use uuid::Uuid;

use super::asked::{Asked, Source};
use super::fetch::{self, Stopped, number_of_all};
use super::fields::Kind;
use super::plan::{Items, ListItem, NodeItem, RowPlan, page_of, tell_count};
use super::write::Writer;
use crate::as_of::View;
use crate::document::Plan;
use crate::filter;

/// A root field.
enum Root {
    /// The name of the root.
    TypeName,
    /// A node by its id.
    Node { id: Uuid, items: Items<NodeItem>, row: RowPlan },
    /// A page of the directory.
    Contacts(List<ContactQuery>),
    /// A page of the organizations.
    Organizations(List<OrganizationQuery>),
}

/// A list that no link makes.
struct List<Q> {
    query: Q,
    page: Page,
    items: Items<ListItem>,
    row: RowPlan,
}

/// The JSON of an operation's data, if rows can answer all of it: of the present, for somebody who is signed in.
pub(crate) async fn operation(plan: &Plan, view: &View) -> Option<Vec<u8>> {
    let roots = planned(plan, view)?;
    match Box::pin(written(&roots, view)).await {
        Ok(json) => Some(json),
        Err(Stopped) => {
            // A statement that failed has ended the snapshot; whoever resolves begins anew.
            view.batches.clear().await;
            view.reader.let_go().await;
            None
        }
    }
}

fn planned(plan: &Plan, view: &View) -> Option<Vec<(String, Root)>> {
    let operation = &plan.operation()?.node;
    if !operation.directives.is_empty() {
        return None;
    }
    let source = Source { fragments: plan.fragments(), variables: plan.variables() };
    let fields = source.selected("Query", &[&operation.selection_set.node])?;
    let is_of_all = view.reader.viewer().is_super_admin();
    let root = |(key, field): (String, Asked<'_>)| Some((key, Root::of(&field, is_of_all)?));
    let roots: Vec<(String, Root)> = fields.into_iter().map(root).collect::<Option<_>>()?;
    // Several nodes of one kind are one statement of the loaders.
    let are_several = |kind| roots.iter().filter(|(_, root)| root.is_node_of(kind)).count() > 1;
    (!are_several(Kind::Contact) && !are_several(Kind::Organization)).then_some(roots)
}

impl Root {
    fn of(field: &Asked<'_>, is_of_all: bool) -> Option<Self> {
        let given = field.arguments()?;
        Some(match field.name() {
            "__typename" => Self::TypeName,
            "contact" if !given.has("asOf") => Self::node(Kind::Contact, given.read("id")?, is_of_all, field)?,
            "organization" if !given.has("asOf") && !given.has("subdomain") => {
                Self::node(Kind::Organization, given.read("id")?, is_of_all, field)?
            }
            "contacts" if !given.has("search") => {
                let query = filter::contacts(None, given.read("filter")?, given.read("orderBy")?).ok()?;
                let names = ("ContactConnection", "ContactEdge");
                Self::Contacts(List::of(query, page_of(&given)?, Kind::Contact, names, is_of_all, field)?)
            }
            "organizations" if !given.has("search") => {
                let query = filter::organizations(None, given.read("filter")?, given.read("orderBy")?).ok()?;
                let names = ("OrganizationConnection", "OrganizationEdge");
                Self::Organizations(List::of(query, page_of(&given)?, Kind::Organization, names, is_of_all, field)?)
            }
            _ => return None,
        })
    }

    fn is_node_of(&self, kind: Kind) -> bool {
        matches!(self, Self::Node { row, .. } if row.kind == kind)
    }

    fn node(kind: Kind, id: Uuid, is_of_all: bool, field: &Asked<'_>) -> Option<Self> {
        let mut row = RowPlan::of_one(kind, is_of_all);
        let items = row.node(field)?;
        Some(Self::Node { id, items, row })
    }
}

impl<Q> List<Q> {
    /// A plan for what is selected of the list, whose connection and edges have these names.
    fn of(
        query: Q,
        page: Page,
        kind: Kind,
        (connection, edge): (&'static str, &'static str),
        is_of_all: bool,
        field: &Asked<'_>,
    ) -> Option<Self> {
        let mut row = RowPlan::of_nodes(kind, is_of_all);
        let items = row.list((connection, edge, &[]), field)?;
        Some(Self { query, page, items, row })
    }

    /// Whether its rows, and what comes with them, are all that it takes.
    fn is_complete(&self) -> bool {
        !tell_count(&self.items) && self.row.is_complete()
    }

    /// How many rows there are, if that is asked for; `all` counts them where this page does not tell.
    async fn count(&self, slice: &LeanSlice<'_>, all: impl Future<Output = Result<i64, Fault>>) -> Result<i64, Fault> {
        match number_of_all(&self.page, Some(slice)) {
            _ if !tell_count(&self.items) => Ok(0),
            Some(number) => Ok(number),
            None => all.await,
        }
    }

    /// Writes the page, with what hangs below it; `all` counts its rows where the page does not tell.
    async fn write(
        &self,
        writer: &mut Writer<'_>,
        page: &LeanPage,
        all: impl Future<Output = Result<i64, Fault>>,
        view: &View,
    ) -> Result<(), Stopped> {
        let slice = page.slice();
        let count = Box::pin(self.count(&slice, all)).await?;
        let hanging = fetch::hanging(view, &self.row, slice.rows().collect()).await?;
        writer.page(&self.items, &self.row, &slice, count, &hanging)?;
        Ok(())
    }
}

async fn written(roots: &[(String, Root)], view: &View) -> Result<Vec<u8>, Stopped> {
    let is_alone = roots.len() == 1;
    let mut writer = Writer { viewer: view.reader.viewer(), out: Vec::with_capacity(1024) };
    writer.out.push(b'{');
    for (at, (key, root)) in roots.iter().enumerate() {
        if at > 0 {
            writer.out.push(b',');
        }
        writer.out.extend_from_slice(key.as_bytes());
        match root {
            Root::TypeName => writer.out.extend_from_slice(b"\"Query\""),
            Root::Node { id, items, row } => {
                match fetch::root(view, row, *id, is_alone).await? {
                    Some((found, hanging)) => writer.node(row, items, &hanging, found.row())?,
                    // Nobody, or somebody by an id of old: the resolver knows.
                    None if row.kind == Kind::Contact => return Err(Stopped),
                    None => writer.out.extend_from_slice(b"null"),
                }
            }
            Root::Contacts(list) => {
                let (reader, is_alone) = (&view.reader, is_alone && list.is_complete());
                let found = reading::lean_contacts(reader, is_alone, &list.query, &list.page, &list.row.columns);
                let page = Box::pin(found).await?;
                let all = reading::count_contacts(reader, &list.query);
                Box::pin(list.write(&mut writer, &page, all, view)).await?;
            }
            Root::Organizations(list) => {
                let (reader, is_alone) = (&view.reader, is_alone && list.is_complete());
                let found = reading::lean_organizations(reader, is_alone, &list.query, &list.page, &list.row.columns);
                let page = Box::pin(found).await?;
                let all = reading::count_organizations(reader, &list.query);
                Box::pin(list.write(&mut writer, &page, all, view)).await?;
            }
        }
    }
    writer.out.push(b'}');
    Ok(writer.out)
}
