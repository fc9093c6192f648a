//! Finding somebody to link without browsing the directory (US-4): by an exact email or phone, one at a time, on the record. It tells
//! what is on a card and never an id.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::Row;
use uuid::Uuid;

use super::{LOOKED_UP, link_token};
use crate::access::{self, Action};
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::reading;
use crate::session::{Command, Lock, Sql, Work};
use crate::text;
use crate::viewer::Viewer;

/// So many look-ups an organization has in any minute.
pub const LOOK_UPS_A_MINUTE: i32 = 30;
/// So many it has in any 24 hours.
pub const LOOK_UPS_A_DAY: i32 = 1_000;

/// What somebody is looked for by.
#[derive(Clone, Debug)]
pub enum Key {
    /// An email address in any spelling.
    Email(String),
    /// A phone number in any spelling, read with the region of the viewer's organization.
    Phone(String),
}

/// Looks for the one living person whom an open link ties to a key. That it was done is recorded, whether it found or not.
#[derive(Clone, Debug)]
pub struct FindToLink {
    /// The key.
    pub key: Key,
}

/// What is told of somebody who may be out of sight.
#[derive(Clone, Debug)]
pub struct Card {
    /// Given and family name.
    pub name: String,
    /// What they are.
    pub title: Option<String>,
    /// Their primary email address, as `j•••@techpartner.com`.
    pub masked_email: Option<String>,
    /// Their primary phone, as `•••• 0123`.
    pub masked_phone: Option<String>,
    /// What the organization that stewards them is called.
    pub owner_name: String,
    /// What `contactLink` takes instead of an id.
    pub link_token: String,
    /// When that ends.
    pub expires_at: DateTime<Utc>,
}

/// A key as the tables hold it.
struct Wanted {
    kind: &'static str,
    value: String,
    extension: Option<String>,
}

#[derive(Serialize)]
struct LookedUp {
    /// By which kind of key.
    key: &'static str,
    /// The key's mark; the key itself is the person's.
    mark: String,
    found: bool,
}

impl Key {
    fn read(&self, region: &str) -> Result<Wanted, Refusal> {
        match self {
            Self::Email(address) => {
                let value = text::email("email", address)?.normalized;
                Ok(Wanted { kind: "email", value, extension: None })
            }
            Self::Phone(number) => {
                let number = text::line("phone", number, 64)?;
                let parsed = text::phone(&number, None, region)?;
                let value = parsed.e164.ok_or_else(|| {
                    Refusal::invalid("phone", "phone must be a whole number such as (212) 555-0123 or +12125550123")
                })?;
                Ok(Wanted { kind: "phone", value, extension: parsed.extension })
            }
        }
    }
}

impl Command for FindToLink {
    type Output = Option<Card>;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Link)?)
    }

    fn locks(&self, viewer: &Viewer) -> Vec<Lock> {
        // One after the other, whichever server they come to: the limit is counted off the log.
        vec![Lock::Name(format!("look-ups of {}", viewer.organization_id()))]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Option<Card>, Failure> {
        let own = work.viewer().organization_id();
        let organization = reading::organization_in_sight(work, own).await?.ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, "", "there is no organization with the id of your token")
        })?;
        let wanted = self.key.read(&organization.default_region)?;
        let recorded = allow_another(work).await?;
        let found = find(work, &wanted).await?;
        let facts = LookedUp {
            key: wanted.kind,
            mark: work.link_tokens().mark(wanted.kind, &wanted.value),
            found: found.is_some(),
        };
        work.record(NewEvent::after(recorded, Stream::Directory, work.link_tokens().stream_of(own), LOOKED_UP, &facts));
        let expires_at = work.at() + link_token::GOOD_FOR;
        // Sealed for nobody too: how long an answer takes must not tell what is in it.
        let contact = found.as_ref().map_or(Uuid::nil(), |found| found.contact_id);
        let link_token = work.link_tokens().seal(own, contact, expires_at);
        Ok(found.map(|found| Card { link_token, expires_at, ..found.card }))
    }
}

/// How many look-ups the organization has recorded, unless it may not have another one now.
async fn allow_another(work: &Work<'_>) -> Result<i32, Failure> {
    let mut sql = Sql::new("SELECT recorded, minute_from, day_from FROM app.look_ups(");
    sql.push_bind(work.link_tokens().stream_of(work.viewer().organization_id()));
    sql.push(", ").push_bind(LOOK_UPS_A_MINUTE).push(", ").push_bind(LOOK_UPS_A_DAY).push(")");
    let rows = work.rows().fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("app.look_ups gave no row".to_owned()))?;
    let instant = |column| row.try_get::<Option<DateTime<Utc>>, _>(column).map_err(Fault::from);
    allow_at(work.at(), instant("minute_from")?, instant("day_from")?)?;
    Ok(row.try_get("recorded").map_err(Fault::from)?)
}

/// Refuses while the look-up that is as many back as a window allows lies in that window.
fn allow_at(
    at: DateTime<Utc>,
    minute_from: Option<DateTime<Utc>>,
    day_from: Option<DateTime<Utc>>,
) -> Result<(), Refusal> {
    let windows = [
        (day_from, TimeDelta::days(1), LOOK_UPS_A_DAY, "24 hours"),
        (minute_from, TimeDelta::minutes(1), LOOK_UPS_A_MINUTE, "minute"),
    ];
    for (from, length, most, name) in windows {
        let wait = from.map_or(TimeDelta::zero(), |from| from + length - at);
        if wait > TimeDelta::zero() {
            // A part of a second is waited for as a whole one.
            let seconds = wait.num_seconds() + 1;
            let why =
                format!("your organization may look up {most} times in any {name}; try again in {seconds} seconds");
            return Err(Refusal::new(RefusalCode::RateLimited, "", why));
        }
    }
    Ok(())
}

struct Found {
    contact_id: Uuid,
    card: Card,
}

/// The one person, in sight or not; several and none are alike.
async fn find(work: &Work<'_>, wanted: &Wanted) -> Result<Option<Found>, Failure> {
    let mut sql =
        Sql::new("SELECT contact_id, name, title, masked_email, masked_phone, owner_name FROM app.find_to_link(");
    sql.push_bind(wanted.kind).push(", ").push_bind(&wanted.value).push(", ").push_bind(&wanted.extension).push(")");
    let rows = work.rows().fetch(sql).await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(Found {
            contact_id: row.try_get("contact_id")?,
            card: Card {
                name: row.try_get("name")?,
                title: row.try_get("title")?,
                masked_email: row.try_get("masked_email")?,
                masked_phone: row.try_get("masked_phone")?,
                owner_name: row.try_get("owner_name")?,
                link_token: String::new(),
                expires_at: work.at(),
            },
        })
    };
    let found: Result<Option<Found>, sqlx::Error> = rows.first().map(read).transpose();
    Ok(found.map_err(Fault::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_its_number_and_how_long_to_wait() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let before = |seconds| Some(at - TimeDelta::seconds(seconds));
        assert_eq!(allow_at(at, None, None), Ok(()));
        assert_eq!(allow_at(at, before(60), before(86_400)), Ok(()));
        let refused = allow_at(at, before(20), None).unwrap_err();
        assert_eq!(refused.code, RefusalCode::RateLimited);
        assert!(refused.message.contains("30 times in any minute; try again in 41 seconds"), "{}", refused.message);
        let refused = allow_at(at, before(20), before(86_000)).unwrap_err();
        assert!(refused.message.contains("1000 times in any 24 hours; try again in 401"), "{}", refused.message);
    }
}
