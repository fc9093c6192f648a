//! Duplicates in the API: pairs that may be one person, who is likely the same person as somebody, and how many there are. Who is told of whom,
//! and how alike two are, the domain says.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use futures::future::{try_join, try_join_all};
use liaison_domain::access::{self, Action};
use liaison_domain::candidate::{self, Candidate, CandidateFilter, CandidateOrder, CandidateQuery, Likely};
use liaison_domain::entity::values;
use liaison_domain::{duplicate, reading};
use uuid::Uuid;

use crate::connection::{Connection, Count, EdgeOf, page};
use crate::contact::{self, Contact};
use crate::context::Request;
use crate::edges::Plain;
use crate::enums::OrderDirection;
use crate::{error, filter, loaders, organization};

/// What a comparison looks at. Of each exactly one thing is found, and it has one weight.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "duplicate::Signal")]
pub enum DuplicateSignal {
    /// How likely any two contacts that have something in common are one person, before anything is compared.
    Prior,
    /// The given names.
    FirstName,
    /// Middle names and initials.
    MiddleName,
    /// The family names.
    LastName,
    /// The whole name: how many others of this name are to be expected.
    WholeName,
    /// Senior, junior, the third.
    Generation,
    /// Email addresses.
    Email,
    /// Phones.
    Phone,
    /// Streets and numbers.
    Street,
    /// Cities and postal codes.
    City,
    /// Where they have roles.
    Organization,
    /// What they are.
    Title,
    /// The same email means less beside another name, and another email more beside a common one.
    NameAndEmail,
    /// The same for phones.
    NameAndPhone,
    /// Members of one household share its address, not a first name.
    NameAndStreet,
    /// Whether emails and phones say the same.
    EmailAndPhone,
    /// Whether anything beside the names agrees: a name alone is never enough.
    NameAlone,
    /// Who signs in as two users.
    Login,
}

/// What became of a pair.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "values::DuplicateState")]
pub enum DuplicateState {
    /// Nobody has decided.
    Open,
    /// Somebody said that they are two persons.
    Dismissed,
    /// They were merged.
    Merged,
}

/// One reason for or against two contacts being one person.
#[derive(Clone)]
pub struct DuplicateEvidence(duplicate::Evidence);

/// One reason for or against two contacts being one person.
#[Object]
impl DuplicateEvidence {
    /// What was compared.
    async fn signal(&self) -> DuplicateSignal {
        self.0.signal.into()
    }

    /// What it adds to the log-odds of the score (natural logarithm): above 0 it speaks for one person, below 0 against. All weights of a pair add
    /// up to `ln(score / (1 - score))`.
    async fn weight(&self) -> f64 {
        self.0.weight
    }

    /// What stands at the contact that was asked about, or at the pair's `contact`: of names, emails, phones and addresses that which was
    /// compared, of `ORGANIZATION` what they are called.
    async fn value(&self, context: &Context<'_>) -> Option<Result<String>> {
        self.shown(context, self.0.one.as_deref()).await.transpose()
    }

    /// What stands at the other one.
    async fn other_value(&self, context: &Context<'_>) -> Option<Result<String>> {
        self.shown(context, self.0.other.as_deref()).await.transpose()
    }

    /// What was found, in words: `the same phone; 3 contacts share it`. The words are for people and may change.
    async fn basis(&self) -> Option<&str> {
        self.0.basis.as_deref()
    }
}

impl DuplicateEvidence {
    /// Organizations are compared by their ids, and shown by their names as far as they are in sight.
    async fn shown(&self, context: &Context<'_>, value: Option<&str>) -> Result<Option<String>> {
        let (Some(value), duplicate::Signal::Organization) = (value, self.0.signal) else {
            return Ok(value.map(str::to_owned));
        };
        let ids = value.split(' ').filter_map(|id| Uuid::parse_str(id).ok());
        let found = try_join_all(ids.map(|id| organization::of_id(context, id))).await?;
        let names: Vec<String> = found.into_iter().flatten().map(|organization| organization.0.name.clone()).collect();
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }
}

/// The evidence of a comparison as it is told.
pub fn told(evidence: &[duplicate::Evidence]) -> Vec<DuplicateEvidence> {
    evidence.iter().cloned().map(DuplicateEvidence).collect()
}

/// Two contacts that may be one person.
#[derive(Clone)]
pub struct DuplicateCandidate(pub Arc<Candidate>);

/// Two contacts that may be one person (US-3), with what speaks for and against. Nothing ever merges them by itself. For `super_admin`.
#[Object]
impl DuplicateCandidate {
    /// Globally unique: that of the pair, the same whenever it is found; `node(id:)` finds it too.
    pub(crate) async fn id(&self) -> Uuid {
        self.0.id
    }

    /// How often somebody said that they are two persons; pass it as `expectedVersion` to say so of what you have seen.
    pub(crate) async fn version(&self) -> i32 {
        self.0.version
    }

    /// The one of the two whose id is the smaller; of two who were merged the survivor.
    async fn contact(&self, context: &Context<'_>) -> Option<Result<Contact>> {
        contact::of_id(context, self.0.contact_id).await.transpose()
    }

    /// The other one; null when both are one contact by now.
    async fn other_contact(&self, context: &Context<'_>) -> Option<Result<Contact>> {
        self.other(context).await.transpose()
    }

    /// The id of the one, as the pair was found: after a merge too.
    async fn contact_id(&self) -> Uuid {
        self.0.contact_id
    }

    /// The id of the other one, as the pair was found. When they were merged, the survivor's `mergedFrom` tells which merge it was.
    async fn other_contact_id(&self) -> Uuid {
        self.0.other_contact_id
    }

    /// How likely it is that they are one person, between 0 and 1; from 0.5 on they are told as likely duplicates.
    async fn score(&self) -> f64 {
        self.0.score
    }

    /// What the score is made of; `value` stands at `contact`, `otherValue` at `otherContact`.
    async fn evidence(&self) -> Vec<DuplicateEvidence> {
        told(&self.0.evidence)
    }

    /// The version of the rules and weights by which they were compared.
    async fn rule_set_version(&self) -> i32 {
        self.0.rule_set_version
    }

    /// What became of the pair. What was dismissed is open again when something changes that is compared of them.
    async fn state(&self) -> DuplicateState {
        self.0.state.into()
    }

    /// When the pair was first found.
    async fn found_at(&self) -> DateTime<Utc> {
        self.0.found_at
    }

    /// When somebody said that they are two persons; null unless that holds.
    async fn dismissed_at(&self) -> Option<DateTime<Utc>> {
        self.0.dismissed_at
    }

    /// The login that said so; null unless that holds.
    async fn dismissed_by(&self) -> Option<&str> {
        self.0.dismissed_by.as_deref()
    }

    /// Why they are two persons; null unless that holds.
    async fn dismiss_reason(&self) -> Option<&str> {
        self.0.dismiss_reason.as_deref()
    }
}

impl DuplicateCandidate {
    async fn other(&self, context: &Context<'_>) -> Result<Option<Contact>> {
        let (one, other) =
            (contact::of_id(context, self.0.contact_id), contact::of_id(context, self.0.other_contact_id));
        let (one, other) = try_join(one, other).await?;
        Ok(other.filter(|other| one.is_none_or(|one| one.0.id != other.0.id)))
    }
}

impl EdgeOf for Plain<DuplicateCandidate> {
    type Node = DuplicateCandidate;
    const CONNECTION: &'static str = "DuplicateCandidateConnection";

    fn node(&self) -> &DuplicateCandidate {
        &self.node
    }
}

/// Which pairs; all conditions hold.
#[derive(InputObject, Default)]
pub struct DuplicateCandidateFilter {
    /// Only with this score or a higher one, between 0 and 1. Unless told, and unless `maxScore` is, open pairs from 0.5 on: those are told as likely
    /// duplicates. Pairs are kept from 0.3 on, and 0 shows all of them.
    min_score: Option<f64>,
    /// Only with this score or a lower one, between 0 and 1.
    max_score: Option<f64>,
    /// Only pairs of which one belongs to one of these, or has a role there.
    organization_ids: Option<Vec<Uuid>>,
    /// Only pairs that name one of these, or who became one with them.
    contact_ids: Option<Vec<Uuid>>,
    /// Only pairs of which this became; those that are open unless told.
    states: Option<Vec<DuplicateState>>,
}

/// By what pairs are ordered.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "CandidateOrder")]
pub enum DuplicateCandidateOrderField {
    /// By how likely it is that they are one person.
    Score,
    /// By when they were first found.
    FoundAt,
}

/// How pairs are ordered.
#[derive(InputObject)]
pub struct DuplicateCandidateOrder {
    /// By what.
    field: DuplicateCandidateOrderField,
    /// Which way; the highest or newest first unless told.
    direction: Option<OrderDirection>,
}

/// The list that the arguments ask for: what is open, the likeliest first, unless told.
fn query(filter: Option<DuplicateCandidateFilter>, order: Option<DuplicateCandidateOrder>) -> Result<CandidateQuery> {
    let asked = filter.unwrap_or_default();
    let score = |name: &str, score: Option<f64>| match score {
        Some(score) if !(0.0..=1.0).contains(&score) => {
            Err(error::bad_input(format!("{name} must be between 0 and 1; it is {score}")))
        }
        score => Ok(score),
    };
    let states = filter::values("states", asked.states)?.unwrap_or_else(|| vec![DuplicateState::Open]);
    let (from_score, until_score) = (score("minScore", asked.min_score)?, score("maxScore", asked.max_score)?);
    if let (Some(from), Some(until)) = (from_score, until_score)
        && from > until
    {
        return Err(error::bad_input(format!("minScore must not be above maxScore; they are {from} and {until}")));
    }
    let is_usual = from_score.is_none() && until_score.is_none();
    let filter = CandidateFilter {
        from_score,
        until_score,
        open_from_score: is_usual.then_some(duplicate::LIKELY),
        organization_ids: filter::values("organizationIds", asked.organization_ids)?,
        contact_ids: filter::values("contactIds", asked.contact_ids)?,
        states: Some(states.into_iter().map(Into::into).collect()),
    };
    let (order, direction) = match order {
        Some(order) => (order.field.into(), order.direction),
        None => (CandidateOrder::Score, None),
    };
    let direction = direction.map_or(reading::Direction::Descending, Into::into);
    Ok(CandidateQuery { filter, order, direction })
}

/// The pairs that were found.
pub async fn all(
    context: &Context<'_>,
    filter: Option<DuplicateCandidateFilter>,
    order: Option<DuplicateCandidateOrder>,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<Plain<DuplicateCandidate>>> {
    let reader = Request::of(context).reader()?.clone();
    access::allow(reader.viewer(), Action::Merge).map_err(|refusal| error::of_failure(refusal.into()))?;
    let (query, page) = (query(filter, order)?, page(first, after, last, before)?);
    let slice = candidate::list(&reader, &query, &page).await.map_err(|failed| error::of_list(&failed))?;
    let count: Count = Arc::new(move || {
        let (reader, query) = (reader.clone(), query.clone());
        Box::pin(async move { candidate::count(&reader, &query).await })
    });
    let edge = |cursor, row: &Candidate| Plain { cursor, node: DuplicateCandidate(Arc::new(row.clone())) };
    Ok(Connection::of(&slice, count, edge))
}

/// The pair with this id, if the viewer is told of pairs.
pub async fn of_id(context: &Context<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<DuplicateCandidate>> {
    let Some(id) = id.into() else { return Ok(None) };
    let request = Request::of(context);
    let found = loaders::candidate(&request.batches, request.reader()?, id).await;
    Ok(found.map_err(|fault| error::of_fault(&fault))?.map(DuplicateCandidate))
}

/// Somebody who is likely the same person.
#[derive(Clone, SimpleObject)]
pub struct ContactDuplicateEdge {
    /// Where the row stands in the list's order; opaque.
    cursor: String,
    /// Who.
    node: Contact,
    /// How likely it is that they are one person, between 0.5 and 1.
    score: f64,
    /// What the score is made of; `value` stands at the contact that was asked about, `otherValue` at this one.
    evidence: Vec<DuplicateEvidence>,
}

impl EdgeOf for ContactDuplicateEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "ContactDuplicateConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

/// Who is likely the same person as a contact, likeliest first.
pub async fn of_contact(
    context: &Context<'_>,
    contact: Uuid,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Connection<ContactDuplicateEdge>> {
    let page = page(first, after, last, before)?;
    let view = Request::view(context)?;
    view.may_ask("duplicates")?;
    let found = loaders::likely(&view.batches, &view.reader, contact, page).await;
    let found = found.map_err(|failed| error::of_list(&failed))?;
    let (slice, total) = (&found.0, found.1);
    let likely: Vec<&Likely> = slice.rows.iter().map(|(_, likely)| likely).collect();
    let contacts = contacts(context, &likely).await?;
    let count: Count = Arc::new(move || Box::pin(async move { Ok(total) }));
    let edge = |cursor, likely: &Likely| {
        let node = contacts.iter().find(|contact| contact.0.id == likely.contact_id)?.clone();
        Some(ContactDuplicateEdge { cursor, node, score: likely.score, evidence: told(&likely.evidence) })
    };
    Ok(Connection::of_some(slice, count, edge))
}

/// The contacts of some who are likely, as far as they are still in sight.
async fn contacts(context: &Context<'_>, likely: &[&Likely]) -> Result<Vec<Contact>> {
    let found = try_join_all(likely.iter().map(|likely| contact::of_id(context, likely.contact_id))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Somebody who is here already and likely the same person as one who is to be made.
#[derive(Clone, SimpleObject)]
pub struct LikelyDuplicate {
    /// Who.
    contact: Contact,
    /// How likely it is that they are one person, between 0.5 and 1.
    score: f64,
    /// What the score is made of; `value` stands at the one who is to be made, `otherValue` at this one.
    evidence: Vec<DuplicateEvidence>,
}

/// Those who are likely the same person as one who was to be made; `None` when nobody is.
pub async fn likely(context: &Context<'_>, likely: &[Likely]) -> Result<Option<Vec<LikelyDuplicate>>> {
    if likely.is_empty() {
        return Ok(None);
    }
    let contacts = contacts(context, &likely.iter().collect::<Vec<_>>()).await?;
    let of = |contact: Contact| {
        let likely = likely.iter().find(|likely| likely.contact_id == contact.0.id)?;
        Some(LikelyDuplicate { contact, score: likely.score, evidence: told(&likely.evidence) })
    };
    Ok(Some(contacts.into_iter().filter_map(of).collect()))
}
