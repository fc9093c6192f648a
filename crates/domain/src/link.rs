//! The eight junctions as one idea: which kinds there are, what their events are called, and how an event becomes a row.
//! What may be linked by whom is the nouns' matter; whether it already is so is decided in `decision`.

mod decision;
mod repeats;

use chrono::NaiveDate;
use liaison_entity::values::{AddressType, ContactType};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::Row;
use uuid::Uuid;

pub(crate) use decision::{Draft, OpenLink, open_links, open_links_to, open_links_to_any, open_roles, source_lock};
pub(crate) use repeats::{leave_out_repeated, repeat, repeat_contact, repeat_value, repeated};

use crate::event::Event;
use crate::session::{Sql, Transaction};
use crate::sights::Touched;

/// The junctions; the uphill side stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person's role at an organization.
    OrganizationContact,
    /// An organization's phone.
    OrganizationPhone,
    /// An organization's email address.
    OrganizationEmail,
    /// An organization's address.
    OrganizationAddress,
    /// A person's phone.
    ContactPhone,
    /// A person's email address.
    ContactEmail,
    /// A person's address.
    ContactAddress,
    /// Where a phone stands.
    PhoneAddress,
}

/// What can happen to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A period began.
    Linked,
    /// A period ended.
    Unlinked,
    /// The link became its owner's primary one; another stopped being it.
    PrimarySet,
}

impl Kind {
    /// Every junction.
    pub const ALL: [Self; 8] = [
        Self::OrganizationContact,
        Self::OrganizationPhone,
        Self::OrganizationEmail,
        Self::OrganizationAddress,
        Self::ContactPhone,
        Self::ContactEmail,
        Self::ContactAddress,
        Self::PhoneAddress,
    ];

    /// The event type of a change: `organization.contact.linked`.
    pub const fn event(self, change: Change) -> &'static str {
        match (self, change) {
            (Self::OrganizationContact, Change::Linked) => "organization.contact.linked",
            (Self::OrganizationContact, Change::Unlinked) => "organization.contact.unlinked",
            (Self::OrganizationContact, Change::PrimarySet) => "organization.contact.primary_set",
            (Self::OrganizationPhone, Change::Linked) => "organization.phone.linked",
            (Self::OrganizationPhone, Change::Unlinked) => "organization.phone.unlinked",
            (Self::OrganizationPhone, Change::PrimarySet) => "organization.phone.primary_set",
            (Self::OrganizationEmail, Change::Linked) => "organization.email.linked",
            (Self::OrganizationEmail, Change::Unlinked) => "organization.email.unlinked",
            (Self::OrganizationEmail, Change::PrimarySet) => "organization.email.primary_set",
            (Self::OrganizationAddress, Change::Linked) => "organization.address.linked",
            (Self::OrganizationAddress, Change::Unlinked) => "organization.address.unlinked",
            (Self::OrganizationAddress, Change::PrimarySet) => "organization.address.primary_set",
            (Self::ContactPhone, Change::Linked) => "contact.phone.linked",
            (Self::ContactPhone, Change::Unlinked) => "contact.phone.unlinked",
            (Self::ContactPhone, Change::PrimarySet) => "contact.phone.primary_set",
            (Self::ContactEmail, Change::Linked) => "contact.email.linked",
            (Self::ContactEmail, Change::Unlinked) => "contact.email.unlinked",
            (Self::ContactEmail, Change::PrimarySet) => "contact.email.primary_set",
            (Self::ContactAddress, Change::Linked) => "contact.address.linked",
            (Self::ContactAddress, Change::Unlinked) => "contact.address.unlinked",
            (Self::ContactAddress, Change::PrimarySet) => "contact.address.primary_set",
            (Self::PhoneAddress, Change::Linked) => "phone.address.linked",
            (Self::PhoneAddress, Change::Unlinked) => "phone.address.unlinked",
            (Self::PhoneAddress, Change::PrimarySet) => "phone.address.primary_set",
        }
    }

    /// The kind and change that an event type names.
    pub fn of_event(event_type: &str) -> Option<(Self, Change)> {
        Self::ALL.into_iter().find_map(|kind| {
            [Change::Linked, Change::Unlinked, Change::PrimarySet]
                .into_iter()
                .find(|change| kind.event(*change) == event_type)
                .map(|change| (kind, change))
        })
    }

    /// The table.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::OrganizationContact => "organization_contacts",
            Self::OrganizationPhone => "organization_phones",
            Self::OrganizationEmail => "organization_emails",
            Self::OrganizationAddress => "organization_addresses",
            Self::ContactPhone => "contact_phones",
            Self::ContactEmail => "contact_emails",
            Self::ContactAddress => "contact_addresses",
            Self::PhoneAddress => "phone_addresses",
        }
    }

    /// The columns that name the two ends.
    const fn ends(self) -> (&'static str, &'static str) {
        match self {
            Self::OrganizationContact => ("organization_id", "contact_id"),
            Self::OrganizationPhone => ("organization_id", "phone_id"),
            Self::OrganizationEmail => ("organization_id", "email_id"),
            Self::OrganizationAddress => ("organization_id", "address_id"),
            Self::ContactPhone => ("contact_id", "phone_id"),
            Self::ContactEmail => ("contact_id", "email_id"),
            Self::ContactAddress => ("contact_id", "address_id"),
            Self::PhoneAddress => ("phone_id", "address_id"),
        }
    }

    /// The node that a link with these facts leads to.
    pub(crate) fn downhill(self, facts: &Linked) -> Option<Uuid> {
        match self.ends().1 {
            "contact_id" => facts.contact_id,
            "phone_id" => facts.phone_id,
            "email_id" => facts.email_id,
            _ => facts.address_id,
        }
    }

    /// The column by which an owner has one primary each, if not one for all.
    const fn role_column(self) -> Option<&'static str> {
        match self {
            Self::OrganizationContact => Some("contact_type"),
            Self::OrganizationAddress | Self::ContactAddress => Some("address_type"),
            _ => None,
        }
    }

    /// Whether there is a primary one among an owner's links.
    const fn has_primary(self) -> bool {
        !matches!(self, Self::PhoneAddress)
    }

    /// Whether the first link of an owner is its primary unless told otherwise. For people it is a decision of its own (US-5).
    const fn first_is_primary(self) -> bool {
        !matches!(self, Self::OrganizationContact | Self::PhoneAddress)
    }
}

/// The facts of a link, one shape for all kinds; what a kind does not have is absent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Linked {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_type: Option<ContactType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_type: Option<AddressType>,
    pub is_primary: bool,
    pub sort_order: i32,
    /// The method's code and match key at this time: uniqueness among an owner's open links rests on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method_code_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_record_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
    /// The link that stops being the primary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demotes: Option<Uuid>,
}

/// Marks what follows from a change of these ends.
pub(crate) fn touch(facts: &Linked, touched: &mut Touched) {
    if facts.organization_id.is_some() {
        touched.contacts.extend(facts.contact_id);
        touched.compared.extend(facts.contact_id);
    }
    if facts.phone_id.is_some() || facts.email_id.is_some() || facts.address_id.is_some() {
        touched.holders.extend(facts.contact_id);
    }
    if facts.phone_id.is_some() && facts.address_id.is_some() {
        touched.restated.extend(facts.phone_id);
    }
    // A phone's place says nothing about who is reachable through it.
    if facts.organization_id.is_some() || facts.contact_id.is_some() {
        touched.phones.extend(facts.phone_id);
        touched.emails.extend(facts.email_id);
        touched.addresses.extend(facts.address_id);
    }
}

/// The columns that every junction has and an event's envelope fills.
const ENVELOPE: &str = "id, linked_at, linked_by, linked_by_organization_id, reason, version";

impl Kind {
    /// The columns that the facts fill, beside the two ends.
    const fn columns(self) -> &'static str {
        match self {
            Self::OrganizationContact => ", contact_type, is_primary",
            Self::OrganizationPhone | Self::OrganizationEmail | Self::ContactPhone | Self::ContactEmail => {
                ", is_primary, sort_order, method_code_id, match_key"
            }
            Self::OrganizationAddress => ", address_type, is_primary, sort_order",
            Self::ContactAddress => {
                ", address_type, is_primary, sort_order, source_system, source_record_id, starts_on, ends_on"
            }
            Self::PhoneAddress => "",
        }
    }

    pub(crate) async fn apply_linked(
        self,
        transaction: &Transaction,
        run: &[Event],
        touched: &mut Touched,
    ) -> Result<(), DbErr> {
        // In a replay a batch may link and demote in turn: rows go in up to the next demotion, then that, then on.
        let mut waiting = Vec::with_capacity(run.len());
        for event in run {
            let facts: Linked = event.facts()?;
            touch(&facts, touched);
            if let Some(demoted) = facts.demotes {
                self.insert(transaction, std::mem::take(&mut waiting)).await?;
                self.demote(transaction, demoted).await?;
            }
            waiting.push(row(event)?);
        }
        self.insert(transaction, waiting).await
    }

    /// Inserts rows whose keys are the table's columns: one statement for all kinds and any number of rows.
    async fn insert(self, transaction: &Transaction, rows: Vec<Value>) -> Result<(), DbErr> {
        if rows.is_empty() {
            return Ok(());
        }
        let (wanted, mut sql) = (rows.len() as u64, Sql::new(""));
        self.push_made(&mut sql, rows);
        changed(transaction.execute(sql).await?, wanted, self)
    }

    /// Pushes the making of links, rows whose keys are the table's columns, with what they repeat of their nodes.
    fn push_made(self, sql: &mut Sql, rows: Vec<Value>) {
        let table = self.table();
        let (columns, chosen) = self.made_columns();
        let (repeated, from, join) = self.repeated();
        sql.push(format_args!(
            "INSERT INTO {table} ({columns}{repeated}) SELECT {chosen}{from} FROM jsonb_populate_recordset(NULL::{table}, "
        ));
        sql.push_bind(Value::Array(rows)).push(format_args!(") r{join}"));
    }

    /// Pushes the making of a link, a row whose keys are the table's columns, to a node that comes with the same statement: a part of it. In
    /// what follows in the statement the table's name means these rows.
    pub(crate) fn push_coming(self, sql: &mut Sql, links: Vec<(Value, &Map<String, Value>)>) -> Result<(), DbErr> {
        let mut rows = Vec::with_capacity(links.len());
        for (row, node) in links {
            let Value::Object(mut row) = row else {
                return Err(DbErr::Custom(format!("a row of {} is not an object", self.table())));
            };
            self.repeat_in(&mut row, node);
            rows.push(Value::Object(row));
        }
        let (columns, chosen) = self.made_columns();
        let (repeated, repeats, said) = self.repeated_coming();
        let table = self.table();
        sql.push(format_args!(
            ", {table} AS (INSERT INTO {table} ({columns}{repeated}) SELECT {chosen}{repeats} FROM jsonb_populate_recordset(NULL::{table}, "
        ));
        sql.push_bind(Value::Array(rows)).push(format_args!(") r{said} RETURNING {table}.*)"));
        Ok(())
    }

    /// The columns that the making of a link fills, and what of the rows `r` they are.
    fn made_columns(self) -> (String, String) {
        let (uphill, downhill) = self.ends();
        let columns = format!("{ENVELOPE}, {uphill}, {downhill}{}", self.columns());
        let chosen = columns.split(", ").map(|column| format!("r.{column}")).collect::<Vec<_>>().join(", ");
        (columns, chosen)
    }

    /// Makes links of several kinds: one statement for all of them.
    pub(crate) async fn make_all(transaction: &Transaction, links: Vec<(Self, Vec<Value>)>) -> Result<(), DbErr> {
        let mut sql = Sql::new("WITH ");
        let mut wanted = 0;
        let mut counts = Vec::new();
        for (at, (kind, rows)) in links.into_iter().enumerate() {
            wanted += rows.len() as i64;
            sql.push(if at == 0 { "" } else { ", " }).push(format_args!("in_{} AS (", kind.table()));
            kind.push_made(&mut sql, rows);
            sql.push(" RETURNING 1)");
            counts.push(format!("(SELECT count(*) FROM in_{})", kind.table()));
        }
        sql.push("SELECT ").push(counts.join(" + "));
        let rows = transaction.fetch(sql).await?;
        let made: i64 = match rows.first() {
            Some(row) => row.try_get(0).map_err(|error| DbErr::Custom(error.to_string()))?,
            None => 0,
        };
        if made == wanted {
            Ok(())
        } else {
            Err(DbErr::Custom(format!("{wanted} links should have been made, {made} were")))
        }
    }

    pub(crate) async fn demote(self, transaction: &Transaction, link_id: Uuid) -> Result<(), DbErr> {
        let mut sql = Sql::new(format!("UPDATE {} SET is_primary = false WHERE id = ", self.table()));
        sql.push_bind(link_id);
        transaction.execute(sql).await.map(drop)
    }

    pub(crate) async fn apply_unlinked(
        self,
        transaction: &Transaction,
        run: &[Event],
        touched: &mut Touched,
    ) -> Result<(), DbErr> {
        touched.has_losses = true;
        for event in run {
            touch(&event.facts()?, touched);
            let mut sql = Sql::new(format!("UPDATE {} SET unlinked_at = greatest(linked_at, ", self.table()));
            // The clock of the server that unlinks may be behind that of the one that linked.
            sql.push_bind(event.recorded_at).push(")");
            sql.push(", unlinked_by = ").push_bind(&event.metadata.actor);
            sql.push(", unlink_reason = ").push_bind(&event.metadata.reason);
            if self == Self::OrganizationContact {
                // Whose past a role is read in (US-11): the login that ended it is told where its organization may be known.
                sql.push(", unlinked_by_organization_id = ").push_bind(event.metadata.organization_id);
            }
            sql.push(self.concealed()).push(", version = ").push_bind(event.stream_version);
            sql.push(" WHERE id = ").push_bind(event.stream_id);
            changed(transaction.execute(sql).await?, 1, self)?;
        }
        Ok(())
    }

    pub(crate) async fn apply_primary_set(
        self,
        transaction: &Transaction,
        run: &[Event],
        touched: &mut Touched,
    ) -> Result<(), DbErr> {
        for event in run {
            let facts: Linked = event.facts()?;
            if facts.organization_id.is_none() {
                touched.carded.extend(facts.contact_id);
            }
            if let Some(demoted) = facts.demotes {
                self.demote(transaction, demoted).await?;
            }
            let mut sql = Sql::new(format!("UPDATE {} SET is_primary = true, version = ", self.table()));
            sql.push_bind(event.stream_version).push(" WHERE id = ").push_bind(event.stream_id);
            changed(transaction.execute(sql).await?, 1, self)?;
        }
        Ok(())
    }
}

/// An event that finds no row to change is a log that does not fit its projections: said, not passed over.
fn changed(rows: u64, wanted: u64, kind: Kind) -> Result<(), DbErr> {
    if rows == wanted {
        return Ok(());
    }
    Err(DbErr::Custom(format!("{wanted} rows of {} should have changed, {rows} did", kind.table())))
}

/// A link's row as JSON: the facts as they are, and the envelope under the columns' names.
pub(crate) fn row(event: &Event) -> Result<Value, DbErr> {
    let Value::Object(mut row) = event.data.clone() else {
        return Err(DbErr::Custom(format!("the facts of {} are not an object", event.event_type)));
    };
    row.insert("id".to_owned(), json!(event.stream_id));
    row.insert("linked_at".to_owned(), json!(event.recorded_at));
    row.insert("linked_by".to_owned(), json!(event.metadata.actor));
    row.insert("linked_by_organization_id".to_owned(), json!(event.metadata.organization_id));
    row.insert("reason".to_owned(), json!(event.metadata.reason));
    row.insert("version".to_owned(), json!(event.stream_version));
    Ok(Value::Object(row))
}
