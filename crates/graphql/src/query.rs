//! The root of all reading.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use liaison_domain::import as imports;
use liaison_domain::reading;
use uuid::Uuid;

use crate::as_of::AsOfInput;
use crate::change::{self, Change, ChangePage, Wanted};
use crate::code::{EmailCode, PhoneCode};
use crate::communication::{self, Communication, CommunicationFilter};
use crate::comparison::{self, ContactComparison};
use crate::connection::{Connection, Count, LARGEST_PAGE, page};
use crate::contact::{self, Contact};
use crate::context::{Request, SignedIn};
use crate::duplicate::{self, DuplicateCandidate, DuplicateCandidateFilter, DuplicateCandidateOrder};
use crate::duplicate_summary::{self, DuplicateSummary};
use crate::edges::Plain;
use crate::enums::OrderDirection;
use crate::error;
use crate::facets::ContactFacets;
use crate::filter::{self, ContactFilter, ContactOrder, OrganizationFilter, OrganizationOrder};
use crate::import::{self, ContactImport};
use crate::look_up::{self, ContactCard};
use crate::node::{self, Node};
use crate::organization::{self, Organization};
use crate::referral::{self, Referral, ReferralFilter};
use crate::scalars::{EmailAddress, PhoneNumber};
use crate::search::{self, ContactEdge, OrganizationEdge};
use crate::service::ServiceConfig;
use crate::viewer::Viewer;

/// The root of all reading.
pub struct Query;

/// Everything that can be asked. What you may not see does not exist: not as a node, not in a list, not in a count.
#[Object]
impl Query {
    /// You; null without a token.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        Request::of(context).viewer().ok().cloned().map(Viewer)
    }

    /// Any node by its id; null when there is none that you see.
    #[graphql(guard = "SignedIn")]
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id, of whatever kind it is.")] id: Uuid,
    ) -> Option<Result<Node>> {
        node::of_id(context, id).await.transpose()
    }

    /// Many nodes by their ids, in the same order; null in the place of each that you do not see. At most 200 at once.
    #[graphql(guard = "SignedIn")]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Their ids, of whatever kinds they are; at most 200.")] ids: Vec<Uuid>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > LARGEST_PAGE as usize {
            let count = ids.len();
            let why = format!("ids may have at most {LARGEST_PAGE} entries; it has {count}: ask in several requests");
            return Err(error::bad_input(why));
        }
        futures::future::try_join_all(ids.into_iter().map(|id| node::of_id(context, id))).await
    }

    /// One organization by its id or its subdomain; null when there is none that you see.
    #[graphql(guard = "SignedIn")]
    async fn organization(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id. Give this or `subdomain`.")] id: Option<Uuid>,
        #[graphql(desc = "Its subdomain, in any case. Give this or `id`.")] subdomain: Option<String>,
        #[graphql(
            desc = "As it and its links stood at a moment; as it is when left out. What you may see is what you may see today."
        )]
        as_of: Option<AsOfInput>,
    ) -> Option<Result<Organization>> {
        let id = match (id, subdomain) {
            (Some(id), None) => id,
            (None, Some(subdomain)) => match by_subdomain(context, &subdomain).await {
                Ok(Some(found)) if as_of.is_some() => found.0.id,
                found => return found.transpose(),
            },
            _ => return Some(Err(error::bad_input("give id or subdomain, one of the two"))),
        };
        match then(context, id, as_of).await {
            Ok(id) => organization::of_id(context, id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The organizations that you see: your own, the partner that brought it, the providers that it brought; all of them for
    /// `super_admin`. By name unless told.
    #[graphql(guard = "SignedIn")]
    async fn organizations(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Only those in whose name or subdomain all these words are found, typed as one remembers them: part of a word, without accents, with a slip. The best first, unless `orderBy` says otherwise. At most 200 characters and 10 words; punctuation alone finds nothing."
        )]
        search: Option<String>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<OrganizationFilter>,
        #[graphql(desc = "In which order; by relevance with a search and by name without unless told.")]
        order_by: Option<OrganizationOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OrganizationEdge>> {
        let page = page(first, after, last, before)?;
        let query = filter::organizations(search::read(search.as_deref())?, filter, order_by)?;
        let reader = Request::of(context).reader()?.clone();
        let slice = reading::organizations(&reader, &query, &page).await;
        let slice = slice.map_err(|failed| error::of_list(&failed))?;
        let search = query.search.clone().map(Arc::new);
        let count: Count = Arc::new(move || {
            let (reader, query) = (reader.clone(), query.clone());
            Box::pin(async move { reading::count_organizations(&reader, &query).await })
        });
        Ok(Connection::of(&slice, count, |cursor, row| {
            OrganizationEdge::new(cursor, Organization(Arc::new(row.clone())), search.clone())
        }))
    }

    /// One contact by its id; null when there is none that you see.
    #[graphql(guard = "SignedIn")]
    async fn contact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Their id.")] id: Uuid,
        #[graphql(
            desc = "As they and their links stood at a moment; as they are when left out. What you may see is what you may see today."
        )]
        as_of: Option<AsOfInput>,
    ) -> Option<Result<Contact>> {
        match then(context, id, as_of).await {
            Ok(id) => contact::of_id(context, id).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The directory: everybody whom you see and who is not archived (US-1). By family name, then given name, unless told.
    #[graphql(guard = "SignedIn")]
    async fn contacts(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Only those in whom all these words are found, in any order and in any of: name, email address, phone number in any spelling, extension (`x204`), address. Parts of words will do, accents, case and script do not matter, a slip in a name is forgiven. The best first, unless `orderBy` says otherwise. At most 200 characters and 10 words; punctuation alone finds nobody."
        )]
        search: Option<String>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<ContactFilter>,
        #[graphql(desc = "In which order; by relevance with a search and by name without unless told.")]
        order_by: Option<ContactOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<ContactEdge>> {
        let page = page(first, after, last, before)?;
        let query = filter::contacts(search::read(search.as_deref())?, filter, order_by)?;
        let reader = Request::of(context).reader()?.clone();
        let slice = reading::contacts(&reader, &query, &page).await;
        let slice = slice.map_err(|failed| error::of_list(&failed))?;
        let search = query.search.clone().map(Arc::new);
        let count: Count = Arc::new(move || {
            let (reader, query) = (reader.clone(), query.clone());
            Box::pin(async move { reading::count_contacts(&reader, &query).await })
        });
        Ok(Connection::of(&slice, count, |cursor, row| {
            ContactEdge::new(cursor, Contact(Arc::new(row.clone())), search.clone())
        }))
    }

    /// How many contacts of the directory there are of each kind: the numbers for the chips of a filter, of the same list that
    /// `contacts` gives for these arguments.
    #[graphql(guard = "SignedIn")]
    async fn contact_facets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only those whom the same `search` of `contacts` finds.")] search: Option<String>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<ContactFilter>,
    ) -> Result<ContactFacets> {
        let query = filter::contacts(search::read(search.as_deref())?, filter, None)?;
        Ok(ContactFacets::of(Request::of(context).reader()?.clone(), query))
    }

    /// Looks for somebody to link whom you need not see yet (US-4), by their exact email address or phone number, in any spelling. Null
    /// when nobody has it, or more than one person. Every look-up is recorded in the log, one goes in a request, and an organization
    /// has so many a minute and a day (`serviceConfig`). For administrators.
    #[graphql(guard = "SignedIn")]
    async fn contact_find_to_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Their email address. Give this or `phone`.")] email: Option<EmailAddress>,
        #[graphql(
            desc = "Their phone number; without a country prefix it is read as one of your organization's region. Give this or `email`."
        )]
        phone: Option<PhoneNumber>,
    ) -> Option<Result<ContactCard>> {
        look_up::find(context, email, phone).await.transpose()
    }

    /// Everything that happened after a position and that you may see, in order and without gaps: for those who poll. Give each page's
    /// `endPosition` as the next one's `after`. What you may see is decided when you ask, not when it happened.
    #[graphql(guard = "SignedIn")]
    async fn changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what stands after this position of the log; everything unless told.")] after: Option<
            String,
        >,
        #[graphql(desc = "Only these types, such as `contact.updated`; all unless told.")] types: Option<Vec<String>>,
        #[graphql(desc = "Only what concerns this organization.")] organization_id: Option<Uuid>,
        #[graphql(desc = "Only what concerns this contact.")] contact_id: Option<Uuid>,
        #[graphql(desc = "How many changes: 50 unless told, 200 at most.")] first: Option<i32>,
    ) -> Result<ChangePage> {
        let limit = page(first, None, None, None)?.limit;
        let reader = Request::of(context).reader()?;
        let positions = reader.database().positions();
        let wanted = Wanted::read(positions, after.as_deref(), types, organization_id, contact_id)?;
        change::page(reader, &wanted, limit).await
    }

    /// What happened to a thing and to its links, newest first: who, when, what was and is, and why. Null when there is none that you
    /// see. For those who may read history.
    #[graphql(guard = "SignedIn")]
    async fn history(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The thing's id, of whatever kind it is.")] id: Uuid,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<Plain<Change>>>> {
        match node::of_id(context, id).await {
            Ok(None) => None,
            // An old id has the history of whom it stands for.
            Ok(Some(Node::Contact(survivor))) => {
                Some(change::past(context, survivor.0.id, first, after, last, before).await)
            }
            Ok(Some(_)) => Some(change::past(context, id, first, after, last, before).await),
            Err(error) => Some(Err(error)),
        }
    }

    /// Pairs of contacts that are likely one person (US-3), the likeliest first, with what speaks for and against: those that are open and have a
    /// score of 0.5 and more. `filter` asks for others: pairs are kept from 0.3 on (`minScore: 0`), with what became of them (`states`). For
    /// `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn duplicate_candidates(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; those that are open, from 0.5 on, unless told.")] filter: Option<
            DuplicateCandidateFilter,
        >,
        #[graphql(desc = "In which order; the likeliest first unless told.")] order_by: Option<DuplicateCandidateOrder>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<DuplicateCandidate>>> {
        duplicate::all(context, filter, order_by, (first, after, last, before)).await
    }

    /// How many duplicates there are in the whole directory, and when everybody was last compared (US-3). For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn duplicate_summary(&self, context: &Context<'_>) -> Result<DuplicateSummary> {
        duplicate_summary::of(context).await
    }

    /// Two to five contacts side by side before somebody merges them (US-3): every field and every link, and whether they have the same. Ids
    /// of those who were merged stand for the survivor. For `super_admin`.
    #[graphql(guard = "SignedIn")]
    async fn contact_comparison(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contacts: two to five different ones.")] ids: Vec<Uuid>,
    ) -> Result<ContactComparison> {
        comparison::of(context, &ids).await
    }

    /// The vocabulary of kinds of phones, in its order.
    #[graphql(guard = "SignedIn")]
    async fn phone_codes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only active codes, or only others; both unless told.")] is_active: Option<bool>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<PhoneCode>>> {
        let page = page(first, after, last, before)?;
        let reader = Request::of(context).reader()?;
        let (slice, total) =
            reading::phone_codes(reader, is_active, &page).await.map_err(|failed| error::of_list(&failed))?;
        let count: Count = Arc::new(move || Box::pin(async move { Ok(total) }));
        Ok(Connection::of(&slice, count, |cursor, row| Plain { cursor, node: PhoneCode(Arc::new(row.clone())) }))
    }

    /// The vocabulary of kinds of email addresses, in its order.
    #[graphql(guard = "SignedIn")]
    async fn email_codes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only active codes, or only others; both unless told.")] is_active: Option<bool>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<EmailCode>>> {
        let page = page(first, after, last, before)?;
        let reader = Request::of(context).reader()?;
        let (slice, total) =
            reading::email_codes(reader, is_active, &page).await.map_err(|failed| error::of_list(&failed))?;
        let count: Count = Arc::new(move || Box::pin(async move { Ok(total) }));
        Ok(Connection::of(&slice, count, |cursor, row| Plain { cursor, node: EmailCode(Arc::new(row.clone())) }))
    }

    /// One import by its id; null when there is none of your organization. For those who may bring files in.
    #[graphql(guard = "SignedIn")]
    async fn contact_import(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id: what `POST /imports/contacts` answered with.")] id: Uuid,
    ) -> Option<Result<ContactImport>> {
        import::of_id(context, id).await.transpose()
    }

    /// The imports of your organization, or all for `super_admin`, newest first. Empty for those who may not bring files in.
    #[graphql(guard = "SignedIn")]
    async fn contact_imports(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<ContactImport>>> {
        let page = page(first, after, last, before)?;
        let reader = Request::of(context).reader()?;
        let (slice, total) = imports::imports(reader, &page).await.map_err(|failed| error::of_list(&failed))?;
        let count: Count = Arc::new(move || Box::pin(async move { Ok(total) }));
        let edge = |cursor, row: &imports::Import| Plain { cursor, node: ContactImport(Arc::new(row.clone())) };
        Ok(Connection::of(&slice, count, edge))
    }

    /// What your organization said to and heard from people, newest first; everybody's for `super_admin` (US-9, US-11).
    #[graphql(guard = "SignedIn")]
    async fn communications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<CommunicationFilter>,
        #[graphql(desc = "By when they took place; the newest first unless told.")] direction: Option<OrderDirection>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<Communication>>> {
        communication::all(context, communication::query(filter, direction)?, (first, after, last, before)).await
    }

    /// The referrals that your organization made, newest first; everybody's for `super_admin` (US-11).
    #[graphql(guard = "SignedIn")]
    async fn referrals(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; all unless told.")] filter: Option<ReferralFilter>,
        #[graphql(desc = "By day; the newest first unless told.")] direction: Option<OrderDirection>,
        #[graphql(desc = "How many rows from the start, or after `after`: 50 unless told, 200 at most.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`: 200 at most. Not together with `first`.")]
        last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Plain<Referral>>> {
        referral::all(context, referral::query(filter, direction)?, (first, after, last, before)).await
    }

    /// What this service allows: read it once and never run into a limit.
    async fn service_config(&self, context: &Context<'_>) -> ServiceConfig {
        ServiceConfig::of(context)
    }
}

/// The id of a node that was there at the moment that is asked for; what the field reads is read then.
async fn then(context: &Context<'_>, id: Uuid, as_of: Option<AsOfInput>) -> Result<Option<Uuid>> {
    let Some(as_of) = as_of else { return Ok(Some(id)) };
    Request::of(context).moments.look(context, id, as_of).await
}

async fn by_subdomain(context: &Context<'_>, subdomain: &str) -> Result<Option<Organization>> {
    let reader = Request::of(context).reader()?;
    let subdomain = liaison_domain::text::optional_line("subdomain", Some(subdomain), 63);
    let subdomain = subdomain.map_err(|refusal| error::bad_input(refusal.message))?.unwrap_or_default();
    let found = reading::organization_by_subdomain(reader, &subdomain).await;
    Ok(found.map_err(|fault| error::of_fault(&fault))?.map(|model| Organization(Arc::new(model))))
}
