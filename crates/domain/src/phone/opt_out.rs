//! What the owner of a number said to text messages. A word given binds the number and not the row that it was said of: every phone with
//! it, now and later, whoever's it is (domain.md §6). Only the owner's own word, which comes in as a message, lifts it; no command takes
//! it back without one.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use liaison_entity::{phone, sms_opt_out};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sqlx::Row;
use uuid::Uuid;

use super::consent::{OPTED_IN, OPTED_OUT, Said, Standing, Wish};
use super::keyword::{Keyword, keyword};
use super::{SORT, allow, every_number, number_lock};
use crate::access::{self, Action};
use crate::edit::Changes;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Command, Lock, Sql, Work};
use crate::viewer::Viewer;
use crate::{reading, text};

/// So far may the clock of whoever delivers messages be ahead.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// The longest id of a message.
const LONGEST_ID: usize = 200;

/// So many phones with one number are each told in their own history what it said. Others follow all the same, as read models do.
const MOST_TOLD: u64 = 500;

/// What the ids of messages are hashed under, to be the ids of their streams.
const MESSAGES: Uuid = Uuid::from_u128(0x6d65_7373_6167_6573_2069_6e20_6c69_6169);

/// The event that a number wants no text messages, said of a phone with it that has no such word yet.
pub(crate) fn opted_out(phone_id: Uuid, version: i32, e164: String, at: DateTime<Utc>) -> NewEvent {
    let facts = Said { changes: Some(to_out(at)), ..Said::of(e164) };
    NewEvent::after(version, Stream::Phone, phone_id, OPTED_OUT, &facts)
}

fn to_out(at: DateTime<Utc>) -> Changes {
    let mut changes = Changes::default();
    changes.note("is_sms_opted_out", &false, &true);
    changes.note("sms_opted_out_at", &None, &Some(at));
    changes
}

fn to_in(since: Option<DateTime<Utc>>) -> Changes {
    let mut changes = Changes::default();
    changes.note("is_sms_opted_out", &true, &false);
    changes.note("sms_opted_out_at", &since, &None);
    changes
}

/// Records that a number wants no text messages.
#[derive(Clone, Debug)]
pub struct OptOut {
    /// The phone of which it was said.
    pub phone_id: Uuid,
}

impl Command for OptOut {
    type Output = Uuid;

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        // Which phones have the number is known only after a look: all of them are locked at once, in the one order.
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        let others = match &phone.e164 {
            Some(e164) => still(work, e164, Wish::In).await?,
            None => Vec::new(),
        };
        let phones = others.iter().map(|other| Lock::Method(other.id)).chain([Lock::Method(self.phone_id)]);
        work.lock_also(phones.collect()).await?;
        let locked = phone.e164;
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        allow(work, &phone, "id").await?;
        work.compare_version(phone.version)?;
        if phone.e164 != locked {
            return Err(Fault::Contended("the phone got another number meanwhile".to_owned()).into());
        }
        let Some(e164) = phone.e164 else {
            let why = "a number that does not parse gets no text messages; correct it first";
            return Err(Refusal::invalid("id", why).into());
        };
        work.lock_also(vec![number_lock(&e164), every_number()]).await?;
        // Somebody may have said so of another phone with this number until just now.
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        if phone.is_sms_opted_out {
            return Ok(self.phone_id);
        }
        work.record(opted_out(phone.id, phone.version, e164.clone(), work.at()));
        // The others with the number that are in sight are told too; those out of sight follow without an entry, which would tell
        // their owners what this organization did.
        for other in still(work, &e164, Wish::In).await?.into_iter().filter(|other| other.id != self.phone_id) {
            work.record(opted_out(other.id, other.version, e164.clone(), work.at()));
        }
        Ok(self.phone_id)
    }
}

/// A text message that came in.
#[derive(Clone, Debug)]
pub struct Message {
    /// What its carrier calls it; the same message may be delivered again.
    pub id: String,
    /// From which number, as it is dialled from abroad: `+12175550123`.
    pub from: String,
    /// The whole of it.
    pub text: String,
    /// When it came in; now unless told.
    pub received_at: Option<DateTime<Utc>>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The number gets no text messages any more.
    OptedOut,
    /// The number gets text messages again.
    OptedIn,
    /// It was so already, or the message was heard before.
    SoAlready,
    /// The number has said something else since.
    Superseded,
    /// It asked for help: nothing changed.
    Help,
    /// It is no keyword: it was not kept.
    Ignored,
}

/// Hears a message that came in. It binds the number, also one that stands nowhere in the directory yet. For the installation alone: who
/// delivers messages is asked before.
#[derive(Clone, Debug)]
pub struct Hear(pub Message);

/// A message as it is checked, and what it says.
struct Word {
    id: String,
    e164: String,
    wish: Wish,
    at: DateTime<Utc>,
}

impl Message {
    fn id(&self, field: &str) -> Result<String, Refusal> {
        text::line(field, &self.id, LONGEST_ID)
    }

    fn at(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        let at = self.received_at.unwrap_or(now);
        if at > now + SKEW {
            let why = "receivedAt must not lie in the future: it is when the message came in";
            return Err(Refusal::invalid("receivedAt", why));
        }
        // A clock that is ahead makes no word of tomorrow, which a STOP of today could not undo. As the database keeps it.
        Ok(at.min(now).trunc_subsecs(6))
    }

    /// The number that it came from.
    fn e164(&self) -> Result<String, Refusal> {
        let wrong = "from must be a number as it is dialled from abroad, such as +12175550123";
        let number = Some(self.from.trim()).filter(|number| number.starts_with('+') && number.len() <= 32);
        let parsed = number.and_then(|number| text::phone(number, None, text::USUAL_REGION).ok());
        parsed.and_then(|parsed| parsed.e164).ok_or_else(|| Refusal::invalid("from", wrong))
    }
}

/// How a number stands by what it said, if it ever said anything.
async fn standing(work: &Work<'_>, e164: &str) -> Result<Option<Standing>, Failure> {
    Ok(sms_opt_out::Entity::find_by_id(e164).one(work.rows()).await?.map(Standing::from))
}

/// The phones with a number, of those that row security shows, that are still told to want this: as many as are told otherwise, and the
/// same ones whenever it is asked.
async fn still(work: &Work<'_>, e164: &str, wish: Wish) -> Result<Vec<phone::Model>, Failure> {
    let found = phone::Entity::find()
        .filter(phone::Column::E164.eq(e164))
        .filter(phone::Column::DeletedAt.is_null())
        .filter(phone::Column::IsSmsOptedOut.eq(wish == Wish::Out))
        .order_by_asc(phone::Column::Id)
        .limit(MOST_TOLD)
        .all(work.rows())
        .await?;
    Ok(found)
}

async fn is_known(work: &Work<'_>, stream_id: Uuid) -> Result<bool, Failure> {
    let mut sql = Sql::new("SELECT EXISTS (SELECT FROM domain_events WHERE stream_id = ");
    sql.push_bind(stream_id).push(")");
    let rows = work.rows().fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Fault::Internal("a look for a message gave no row".to_owned()))?;
    Ok(row.try_get(0).map_err(Fault::from)?)
}

impl Word {
    fn stream_id(&self) -> Uuid {
        // Ids are a carrier's: two numbers of two carriers may have a message of one id.
        Uuid::new_v5(&MESSAGES, format!("{} {}", self.e164, self.id).as_bytes())
    }

    /// What its phones were told so far, where it changes anything.
    const fn opposite(&self) -> Wish {
        match self.wish {
            Wish::Out => Wish::In,
            Wish::In => Wish::Out,
        }
    }

    /// Keeps what the number says, and its phones, from changing until this is done.
    async fn lock(&self, work: &Work<'_>) -> Result<(), Failure> {
        let phones = still(work, &self.e164, self.opposite()).await?;
        work.lock_also(phones.iter().map(|phone| Lock::Method(phone.id)).collect()).await?;
        work.lock_also(vec![number_lock(&self.e164), every_number(), Lock::Node(self.stream_id())]).await
    }

    const fn event(&self) -> &'static str {
        match self.wish {
            Wish::Out => OPTED_OUT,
            Wish::In => OPTED_IN,
        }
    }

    /// Puts the message into the work, also one that changes nothing: it counts once, and a later one is compared with it.
    fn record(&self, work: &mut Work<'_>) {
        let said = Said {
            received_at: Some(self.at),
            message_id: Some(self.id.clone()),
            changes: None,
            ..Said::of(self.e164.clone())
        };
        work.record(NewEvent::first(Stream::Message, self.stream_id(), self.event(), &said));
    }

    /// Puts what follows from the message into the work, for each phone with the number.
    async fn tell(&self, work: &mut Work<'_>) -> Result<(), Failure> {
        for phone in still(work, &self.e164, self.opposite()).await? {
            let changes = match self.wish {
                Wish::Out => to_out(self.at),
                Wish::In => to_in(phone.sms_opted_out_at),
            };
            let facts = Said { received_at: Some(self.at), changes: Some(changes), ..Said::of(self.e164.clone()) };
            work.record(NewEvent::after(phone.version, Stream::Phone, phone.id, self.event(), &facts));
        }
        Ok(())
    }
}

impl Command for Hear {
    type Output = Heard;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        if viewer.acts_for().is_some() {
            return Err(Refusal::forbidden("", "messages are heard by the installation alone").into());
        }
        self.0.id("id")?;
        self.0.e164()?;
        Ok(())
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Heard, Failure> {
        let message = &self.0;
        let wish = match keyword(&message.text) {
            None => return Ok(Heard::Ignored),
            Some(Keyword::Help) => return Ok(Heard::Help),
            Some(Keyword::Stop) => Wish::Out,
            Some(Keyword::Start) => Wish::In,
        };
        let word = Word { id: message.id("id")?, e164: message.e164()?, wish, at: message.at(work.at())? };
        word.lock(work).await?;
        if is_known(work, word.stream_id()).await? {
            return Ok(Heard::SoAlready);
        }
        let before = standing(work, &word.e164).await?;
        word.record(work);
        if Standing::is_out(before) == (wish == Wish::Out) {
            return Ok(Heard::SoAlready);
        }
        if Standing::after(before, wish, word.at).is_none() {
            return Ok(Heard::Superseded);
        }
        word.tell(work).await?;
        Ok(match wish {
            Wish::Out => Heard::OptedOut,
            Wish::In => Heard::OptedIn,
        })
    }
}

/// Records that the owner of a number wants text messages again, by the message in which they said so and which did not come in by
/// itself. It lifts the opt-out for everybody, so it is for those who answer for everybody, and for a reason.
#[derive(Clone, Debug)]
pub struct OptIn {
    /// The phone of whose number it was said.
    pub phone_id: Uuid,
    /// What its carrier calls the message.
    pub message_id: String,
    /// The whole of it: a keyword such as START.
    pub text: String,
    /// When it came in: after the opt-out.
    pub received_at: DateTime<Utc>,
}

impl Command for OptIn {
    type Output = Uuid;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Govern)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        vec![Lock::Method(self.phone_id)]
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<Uuid, Failure> {
        let phone = reading::seen::<phone::Entity>(work, self.phone_id, "id", SORT.noun).await?;
        work.compare_version(phone.version)?;
        let Some(e164) = phone.e164 else {
            let why = "a number that does not parse gets no text messages; correct it first";
            return Err(Refusal::invalid("id", why).into());
        };
        let told = Message {
            id: self.message_id.clone(),
            from: e164.clone(),
            text: self.text.clone(),
            received_at: Some(self.received_at),
        };
        let wrong = |field: &str, why: &str| Refusal::invalid(field, why).within("message");
        if keyword(&told.text) != Some(Keyword::Start) {
            let why = "text must be the whole message, in which they ask for text messages: START, UNSTOP or YES";
            return Err(wrong("text", why).into());
        }
        if work.reason().is_none_or(|reason| reason.trim().is_empty()) {
            let why = "reason must say how the message is known and where it is kept: it stands in the log beside it";
            return Err(Refusal::invalid("reason", why).into());
        }
        let id = told.id("messageId").map_err(|refusal| refusal.within("message"))?;
        let at = told.at(work.at()).map_err(|refusal| refusal.within("message"))?;
        let word = Word { id, e164, wish: Wish::In, at };
        word.lock(work).await?;
        let Some(before) = standing(work, &word.e164).await?.filter(|before| before.opted_out_at.is_some()) else {
            return Ok(self.phone_id);
        };
        if Standing::after(Some(before), Wish::In, word.at).is_none() {
            let last = before.last_word_at.to_rfc3339();
            let why = format!("they said STOP at {last}: only a later message lifts that");
            return Err(wrong("receivedAt", &why).into());
        }
        if is_known(work, word.stream_id()).await? {
            let why = "this message was heard already, and they have said STOP since: another is needed";
            return Err(Refusal::new(RefusalCode::Conflict, "messageId", why).within("message").into());
        }
        word.record(work);
        word.tell(work).await?;
        Ok(self.phone_id)
    }
}
