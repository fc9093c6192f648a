//! What a search found, in the API: the edges of the two lists that can be searched, and the texts that matched. The rules are the domain's.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use liaison_domain::failure::Fault;
use liaison_domain::reading;
use liaison_domain::search::{self, Match, Search};
use liaison_domain::session::Reader;
use uuid::Uuid;

use crate::batch::Batch;
use crate::connection::EdgeOf;
use crate::contact::Contact;
use crate::context::Request;
use crate::error;
use crate::organization::Organization;

/// Reads the argument `search`: blank is none.
pub fn read(search: Option<&str>) -> Result<Option<Search>> {
    let read = search.map(Search::parse).transpose().map_err(|refusal| error::bad_input(refusal.message))?;
    Ok(read.flatten())
}

/// Which text of a row a search found something in.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "search::Field")]
pub enum SearchField {
    /// A person's given name.
    FirstName,
    /// A person's family name.
    LastName,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// A phone's extension.
    Extension,
    /// What an address is called.
    AddressLabel,
    /// A line of a street.
    Street,
    /// A city.
    City,
    /// A state or province.
    State,
    /// A postal code.
    PostalCode,
    /// An organization's name.
    OrganizationName,
    /// An organization's subdomain.
    Subdomain,
}

/// A piece of a text.
#[derive(Clone, SimpleObject)]
pub struct SearchSegment {
    /// The piece.
    text: String,
    /// Whether it is what the search found.
    is_match: bool,
}

/// A text that a search found something in.
#[derive(Clone, SimpleObject)]
pub struct SearchMatch {
    /// Which text it is.
    field: SearchField,
    /// The text as it is stored.
    text: String,
    /// The text in pieces, for highlighting; joined they are the text.
    segments: Vec<SearchSegment>,
}

impl From<&Match> for SearchMatch {
    fn from(found: &Match) -> Self {
        let segment = |of: &search::Segment| SearchSegment { text: of.text.clone(), is_match: of.is_match };
        Self {
            field: found.field.into(),
            text: found.text.clone(),
            segments: found.segments.iter().map(segment).collect(),
        }
    }
}

/// A contact of the directory.
pub struct ContactEdge {
    cursor: String,
    node: Contact,
    search: Option<Arc<Search>>,
}

/// An organization of a list.
pub struct OrganizationEdge {
    cursor: String,
    node: Organization,
    search: Option<Arc<Search>>,
}

impl ContactEdge {
    /// The edge of a row that `search` found.
    pub fn new(cursor: String, node: Contact, search: Option<Arc<Search>>) -> Self {
        Self { cursor, node, search }
    }
}

impl OrganizationEdge {
    /// The edge of a row that `search` found.
    pub fn new(cursor: String, node: Organization, search: Option<Arc<Search>>) -> Self {
        Self { cursor, node, search }
    }
}

/// An edge of a list that no link makes.
#[Object]
impl ContactEdge {
    /// Where the row stands in the list's order; opaque.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &Contact {
        &self.node
    }

    /// What the search found in them: the texts of the name and of phones, emails and addresses, in pieces. Empty without a search.
    async fn matches(&self, context: &Context<'_>) -> Result<Vec<SearchMatch>> {
        let Some(search) = &self.search else { return Ok(Vec::new()) };
        let request = Request::of(context);
        let reader = request.reader()?;
        let make = |search: &Arc<Search>| InContacts { reader: reader.clone(), search: search.clone() };
        let found = request.batches.queue(search.clone(), make).load(self.node.0.id).await;
        let found = found.map_err(|fault| error::of_fault(&fault))?;
        Ok(found.iter().flat_map(|found| found.iter().map(SearchMatch::from)).collect())
    }
}

/// An edge of a list that no link makes.
#[Object]
impl OrganizationEdge {
    /// Where the row stands in the list's order; opaque.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &Organization {
        &self.node
    }

    /// What the search found in it: name and subdomain, in pieces. Empty without a search.
    async fn matches(&self) -> Vec<SearchMatch> {
        let Some(search) = &self.search else { return Vec::new() };
        let readings = search.readings(liaison_domain::text::USUAL_REGION);
        let found = search::in_organization(&readings, &self.node.0.name, &self.node.0.subdomain);
        found.iter().map(SearchMatch::from).collect()
    }
}

impl EdgeOf for ContactEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "ContactConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

impl EdgeOf for OrganizationEdge {
    type Node = Organization;
    const CONNECTION: &'static str = "OrganizationConnection";

    fn node(&self) -> &Organization {
        &self.node
    }
}

/// What a search matched of people: one statement for a page of them.
struct InContacts {
    reader: Arc<Reader>,
    search: Arc<Search>,
}

impl Batch for InContacts {
    type Key = Uuid;
    type Value = Arc<Vec<Match>>;
    type Error = Fault;

    async fn load(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Self::Value>, Fault> {
        let readings = reading::search_readings(&self.reader, &self.search).await?;
        let texts = reading::contact_texts(&self.reader, ids).await?;
        Ok(texts.into_iter().map(|(id, texts)| (id, Arc::new(search::in_contact(&readings, &texts)))).collect())
    }
}
