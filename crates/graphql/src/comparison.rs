//! Contacts side by side in the API. What is compared and what is the same the domain says.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::candidate::{self, Compared};
use liaison_domain::comparison::{self, Cell, Row, SideBySide};
use serde_json::Value;
use uuid::Uuid;

use crate::change;
use crate::contact::Contact;
use crate::context::Request;
use crate::duplicate::{self, DuplicateCandidate, DuplicateEvidence};
use crate::error;
use crate::node::{self, Node};

/// So many rows are told at once.
pub const MOST_ROWS: u64 = 500;

/// Contacts side by side.
pub struct ContactComparison(SideBySide);

/// Two to five contacts side by side (US-3): a row for each field and for each link that any of them has.
#[Object]
impl ContactComparison {
    /// The contacts, in the order in which they were named: the columns.
    async fn contacts(&self) -> Vec<Contact> {
        self.0.contacts.iter().map(|contact| Contact(Arc::new(contact.clone()))).collect()
    }

    /// What they have, section by section; within one by name. At most 500: BAD_USER_INPUT asks for `sections` or `verdicts` when there are more.
    async fn rows(
        &self,
        #[graphql(desc = "Only these sections; all unless told.")] sections: Option<Vec<ComparisonSection>>,
        #[graphql(desc = "Only rows with these verdicts; all unless told.")] verdicts: Option<Vec<ComparisonVerdict>>,
    ) -> Result<Vec<ComparisonRow>> {
        let is_wanted = |row: &&Row| {
            sections.as_ref().is_none_or(|sections| sections.contains(&row.section.into()))
                && verdicts.as_ref().is_none_or(|verdicts| verdicts.contains(&row.verdict.into()))
        };
        let rows: Vec<&Row> = self.0.rows.iter().filter(is_wanted).collect();
        if rows.len() > MOST_ROWS as usize {
            let why = format!(
                "{} rows, and at most {MOST_ROWS} are told at once; name sections, or the verdicts DIFFERENT and ONE_SIDED",
                rows.len()
            );
            return Err(error::bad_input(why));
        }
        Ok(rows.into_iter().map(|row| ComparisonRow(row.clone())).collect())
    }

    /// Every two of them: how likely it is that they are one person as they are now, and what speaks for and against. Without those who are
    /// archived.
    async fn pairs(&self) -> Vec<ContactPair> {
        let column = |id: Uuid| self.0.contacts.iter().find(|contact| contact.id == id);
        let contact = |of: &liaison_domain::entity::contact::Model| Contact(Arc::new(of.clone()));
        let pair = |pair: &Compared| {
            Some(ContactPair {
                contact: contact(column(pair.contact_id)?),
                other_contact: contact(column(pair.other_contact_id)?),
                score: pair.comparison.score,
                evidence: duplicate::told(&pair.comparison.evidence),
                id: candidate::pair_id(pair.contact_id, pair.other_contact_id),
            })
        };
        self.0.pairs.iter().filter_map(pair).collect()
    }

    /// What a merge of all of them would be refused for; empty when nothing stands in the way.
    async fn obstacles(&self) -> Vec<MergeObstacle> {
        let obstacle = |obstacle: &comparison::Obstacle| MergeObstacle {
            contact_ids: obstacle.contact_ids.clone(),
            message: obstacle.message.clone(),
        };
        self.0.obstacles.iter().map(obstacle).collect()
    }
}

/// Two of the contacts.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ContactPair {
    /// The one of the two whose id is the smaller.
    contact: Contact,
    /// The other one.
    other_contact: Contact,
    /// How likely it is that they are one person, between 0 and 1.
    score: f64,
    /// What the score is made of; `value` stands at `contact`, `otherValue` at `otherContact`.
    evidence: Vec<DuplicateEvidence>,
    #[graphql(skip)]
    id: Uuid,
}

#[async_graphql::ComplexObject]
impl ContactPair {
    /// The pair among those that were found, with whether it was dismissed and why; null when it was not found.
    async fn candidate(&self, context: &Context<'_>) -> Option<Result<DuplicateCandidate>> {
        duplicate::of_id(context, self.id).await.transpose()
    }
}

/// Why contacts could not become one.
#[derive(SimpleObject)]
pub struct MergeObstacle {
    /// Which of them stand in the way.
    contact_ids: Vec<Uuid>,
    /// What would have to be done first, for people.
    message: String,
}

/// What part of a person a row is about.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "comparison::Section")]
pub enum ComparisonSection {
    /// A field of the contact itself, `owner` and `userId` among them.
    Field,
    /// A role at an organization.
    Role,
    /// A phone.
    Phone,
    /// An email address.
    Email,
    /// A postal address.
    Address,
    /// What they are in an organization's books.
    Persona,
    /// What they are to another student.
    Relationship,
    /// Who is their guardian.
    Guardian,
    /// Whose guardian they are.
    Ward,
    /// Where they work.
    StaffAssignment,
    /// What another system calls them.
    ExternalId,
    /// How many records about them there are: `communications` and `referrals`.
    Record,
}

/// Whether the contacts of a row agree.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "comparison::Verdict")]
pub enum ComparisonVerdict {
    /// All have the same, or none has anything. A phone is the same by its number, an email address by its normalised form, an address in
    /// any case and accents.
    Equal,
    /// At least two have something, and not the same.
    Different,
    /// Some have it and some have nothing; those who have it agree.
    OneSided,
}

/// One line of the table.
pub struct ComparisonRow(Row);

/// One line of the table: a field, or a thing that some of them are linked to.
#[Object]
impl ComparisonRow {
    /// What part of a person it is about.
    async fn section(&self) -> ComparisonSection {
        self.0.section.into()
    }

    /// Which field, as the contact calls it: `firstName`; of a phone, email address or address the value that it is matched by; of an external id
    /// the system; of other links what the organization, facility or person at the other end is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether they agree.
    async fn verdict(&self) -> ComparisonVerdict {
        self.0.verdict.into()
    }

    /// What each has, in the order of `contacts`; null in the place of those who have nothing.
    async fn values(&self) -> Vec<Option<ComparisonValue>> {
        let value =
            |cell: &Cell| ComparisonValue { cell: cell.clone(), section: self.0.section, row: self.0.name.clone() };
        self.0.cells.iter().map(|cell| cell.as_ref().map(value)).collect()
    }
}

/// What one of the contacts has in a row.
pub struct ComparisonValue {
    cell: Cell,
    section: comparison::Section,
    row: String,
}

/// What one of the contacts has in a row.
#[Object]
impl ComparisonValue {
    /// What it is: of a field as the contact writes it, of a role or persona which one, of a method as it was entered, of a relationship its days.
    async fn value(&self) -> Option<Value> {
        // Under the name of the field that writes such values elsewhere.
        let field = match self.section {
            comparison::Section::Field => self.row.as_str(),
            comparison::Section::Role => "type",
            comparison::Section::Persona => "persona",
            _ => "",
        };
        change::written(field, self.cell.value.clone())
    }

    /// What kind of thing it is there: the code of a phone or email address, what an address is used for, the label of a relationship; null for
    /// the others.
    async fn kind(&self) -> Option<String> {
        let kind = self.cell.kind.clone()?;
        Some(if self.section == comparison::Section::Address { kind.to_ascii_uppercase() } else { kind })
    }

    /// Whether it is the primary one; null where there is no such thing.
    async fn is_primary(&self) -> Option<bool> {
        self.cell.is_primary
    }

    /// Since when the link is open, or the persona granted; null for the others.
    async fn since(&self) -> Option<DateTime<Utc>> {
        self.cell.since
    }

    /// What it leads to: the method, the other person, the organization or facility; null for plain values.
    async fn node(&self, context: &Context<'_>) -> Option<Result<Node>> {
        let (kind, id) = self.cell.leads_to?;
        node::of_kind(context, kind, id).await.transpose()
    }
}

/// Lays contacts side by side, or tells why not.
pub async fn of(context: &Context<'_>, ids: &[Uuid]) -> Result<ContactComparison> {
    let reader = Request::of(context).reader()?;
    let laid = comparison::side_by_side(reader, ids).await;
    laid.map(ContactComparison).map_err(error::of_failure)
}
