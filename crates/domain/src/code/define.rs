//! Defining a code, changing what people read of it, and retiring it (ADR 0009: controlled vocabularies). What a code is called in other
//! systems never changes, so it is what a definition names. It knows both vocabularies and no method.

use liaison_entity::{Node, email_code, phone_code};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

use super::{DEFINED, Defined, Family, RETIRED, UPDATED};
use crate::access::{self, Action};
use crate::edit::{Changes, Edit};
use crate::event::{Event, NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Command, Lock, Sql, Transaction, Work};
use crate::viewer::Viewer;
use crate::{store, text};

/// What a definition may change of a code's row.
const COLUMNS: &[&str] = &["label", "description", "sort_order", "is_active"];
/// So far apart codes stand that no order was told for: others fit between.
const STEP: i32 = 10;

/// Brings a code into a vocabulary; or relabels it, moves it, and brings it back where it had been retired.
#[derive(Clone, Debug)]
pub struct Define {
    /// Which vocabulary.
    pub family: Family,
    /// The client's id of a new code, or none to have one made.
    pub id: Option<Uuid>,
    /// The name that other systems know.
    pub code: String,
    /// What people read; needed of a new code.
    pub label: Edit<String>,
    /// What it is for.
    pub description: Edit<String>,
    /// Its place among the others; behind them unless told.
    pub sort_order: Edit<i32>,
}

/// Takes a code out of use: what has it keeps it, nothing new may have it.
#[derive(Clone, Debug)]
pub struct Retire {
    /// Which vocabulary.
    pub family: Family,
    /// Which code.
    pub id: Uuid,
}

/// A code as it is.
struct Known {
    id: Uuid,
    version: i32,
    label: String,
    description: Option<String>,
    sort_order: i32,
    is_active: bool,
}

/// The facts of a change: the table is the vocabulary's.
#[derive(Serialize, Deserialize)]
struct Changed {
    family: Family,
    #[serde(flatten)]
    changes: Changes,
}

impl Family {
    const fn table(self) -> &'static str {
        match self {
            Self::Phone => <phone_code::Entity as Node>::TABLE,
            Self::Email => <email_code::Entity as Node>::TABLE,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Phone => "phone code",
            Self::Email => "email code",
        }
    }

    async fn named(self, work: &Work<'_>, code: &str) -> Result<Option<Known>, Failure> {
        self.find(work, |sql| {
            sql.push("code = ").push_bind(code.to_owned());
        })
        .await
    }

    async fn with_id(self, work: &Work<'_>, id: Uuid) -> Result<Option<Known>, Failure> {
        self.find(work, |sql| {
            sql.push("id = ").push_bind(id);
        })
        .await
    }

    async fn find(self, work: &Work<'_>, pick: impl FnOnce(&mut Sql)) -> Result<Option<Known>, Failure> {
        let mut sql = Sql::new(format!(
            "SELECT id, version, label, description, sort_order, is_active FROM {} WHERE deleted_at IS NULL AND ",
            self.table()
        ));
        pick(&mut sql);
        let row = work.rows().fetch(sql).await?.pop();
        let read = |row: sqlx::postgres::PgRow| {
            Ok::<_, sqlx::Error>(Known {
                id: row.try_get("id")?,
                version: row.try_get("version")?,
                label: row.try_get("label")?,
                description: row.try_get("description")?,
                sort_order: row.try_get("sort_order")?,
                is_active: row.try_get("is_active")?,
            })
        };
        Ok(row.map(read).transpose().map_err(Fault::from)?)
    }

    /// The place behind all others.
    async fn end(self, work: &Work<'_>) -> Result<i32, Failure> {
        let sql = Sql::new(format!("SELECT coalesce(max(sort_order), 0) FROM {}", self.table()));
        let rows = work.rows().fetch(sql).await?;
        let last: i32 = rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(Fault::from)?;
        Ok(last.saturating_add(STEP))
    }
}

impl Define {
    /// The name, if it can be one.
    fn name(&self) -> Result<&str, Refusal> {
        let name = self.code.trim();
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        let goes_on = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if begins && name.len() <= 63 && name.chars().all(goes_on) {
            return Ok(name);
        }
        let why = format!(
            "code must be 1 to 63 lower-case letters, digits and underscores, a letter first, such as after_hours; it is {name:?}"
        );
        Err(Refusal::invalid("code", why))
    }

    async fn bring_in(&self, work: &mut Work<'_>, code: &str) -> Result<Uuid, Failure> {
        work.compare_version(0)?;
        let Edit::Set(label) = &self.label else {
            let why = format!("there is no {} {code} yet; a new one needs a label", self.family.noun());
            return Err(Refusal::invalid("label", why).into());
        };
        let sort_order = match self.sort_order {
            Edit::Set(place) => place,
            Edit::Keep | Edit::Clear => self.family.end(work).await?,
        };
        let facts = Defined {
            family: self.family,
            code: code.to_owned(),
            label: text::line("label", label, text::LINE)?,
            description: self.description.clone().optional_line_over("description", &None, text::PARAGRAPH)?,
            sort_order,
            is_system_managed: false,
        };
        let id = work.id_or_new(self.id);
        work.record(NewEvent::first(Stream::Code, id, DEFINED, &facts));
        Ok(id)
    }

    fn change(&self, work: &mut Work<'_>, current: &Known) -> Result<(), Failure> {
        work.compare_version(current.version)?;
        let label = self.label.clone().line_over("label", &current.label, text::LINE)?;
        let description =
            self.description.clone().optional_line_over("description", &current.description, text::PARAGRAPH)?;
        let sort_order = self.sort_order.clone().over_required("sortOrder", current.sort_order)?;
        let mut changes = Changes::default();
        changes.note("label", &current.label, &label);
        changes.note("description", &current.description, &description);
        changes.note("sort_order", &current.sort_order, &sort_order);
        changes.note("is_active", &current.is_active, &true);
        record(work, self.family, current, UPDATED, changes);
        Ok(())
    }
}

fn record(work: &mut Work<'_>, family: Family, current: &Known, event_type: &'static str, changes: Changes) {
    if !changes.is_empty() {
        let facts = Changed { family, changes };
        work.record(NewEvent::after(current.version, Stream::Code, current.id, event_type, &facts));
    }
}

impl Command for Define {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        access::allow(viewer, Action::Govern)?;
        Ok(self.name().map(drop)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        let name = Lock::Name(format!("{} {}", self.family.noun(), self.code.trim()));
        self.id.map(Lock::Node).into_iter().chain([name]).collect()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let code = self.name()?;
        let current = self.family.named(work, code).await?;
        let Some(current) = current else { return self.bring_in(work, code).await };
        if self.id.is_some_and(|id| id != current.id) {
            let why = format!("the {} {code} is there with another id; leave id out to change it", self.family.noun());
            return Err(Refusal::new(RefusalCode::IdTaken, "id", why).into());
        }
        self.change(work, &current)?;
        Ok(current.id)
    }
}

impl Command for Retire {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Govern)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Node(self.id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let current = self.family.with_id(work, self.id).await?;
        let current = current.ok_or_else(|| Refusal::not_found("id", self.family.noun()))?;
        work.compare_version(current.version)?;
        let mut changes = Changes::default();
        changes.note("is_active", &current.is_active, &false);
        record(work, self.family, &current, RETIRED, changes);
        Ok(self.id)
    }
}

pub(crate) async fn apply_changed(transaction: &Transaction, run: &[Event]) -> Result<(), DbErr> {
    for event in run {
        match event.facts::<Changed>()?.family {
            Family::Phone => store::update::<phone_code::Entity>(transaction, event, COLUMNS, &[]).await?,
            Family::Email => store::update::<email_code::Entity>(transaction, event, COLUMNS, &[]).await?,
        }
    }
    Ok(())
}
