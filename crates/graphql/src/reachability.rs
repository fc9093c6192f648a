//! Whether a person may be reached, in the API. What may and may not the domain decides.

use std::sync::Arc;

use async_graphql::{Context, Enum, Result, SimpleObject};
use liaison_domain::access::SightedLink;
use liaison_domain::entity::{contact, contact_address, contact_email, contact_phone, values};
use liaison_domain::orm::EntityTrait;
use liaison_domain::reachability::{self, Method, Person};
use liaison_domain::reading::{Direction, LinkFilter, LinkOrder, LinkQuery, Page};
use uuid::Uuid;

use crate::address::Address;
use crate::as_of::View;
use crate::connection::LARGEST_PAGE;
use crate::context::Request;
use crate::email::Email;
use crate::enums::CommunicationChannel;
use crate::phone::Phone;
use crate::{error, loaders};

/// What somebody is to be reached for.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
#[graphql(remote = "values::Purpose")]
pub enum ContactPurpose {
    /// Anything that can wait.
    #[default]
    Routine,
    /// An emergency: it passes do-not-contact, for a reason that is recorded, and never an opt-out from text messages.
    Emergency,
}

/// Whether a person may be reached.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "reachability::Verdict")]
pub enum ReachabilityVerdict {
    /// They may.
    Allowed,
    /// They may; think of the reasons first.
    Ask,
    /// They may not, or cannot.
    Blocked,
}

/// Why a person may not be reached, or what to think of first; in the order of precedence.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "reachability::ReasonCode")]
pub enum ReachabilityReasonCode {
    /// They must not be contacted.
    DoNotContact,
    /// They must not be contacted, and this is an emergency.
    EmergencyPassesDoNotContact,
    /// They said STOP: their number takes no text messages.
    OptedOut,
    /// Messages to them came back.
    MethodBounced,
    /// Their method reaches nobody.
    MethodInvalid,
    /// None of their phones takes text messages.
    NotSmsCapable,
    /// They have no method for this channel.
    NoMethod,
    /// They prefer another channel.
    PrefersAnother,
}

/// One reason.
#[derive(SimpleObject)]
pub struct ReachabilityReason {
    /// For programs.
    code: ReachabilityReasonCode,
    /// For people.
    message: String,
}

/// Whether a person may be reached over a channel for a purpose, over which of their methods, and why not (US-9).
#[derive(SimpleObject)]
pub struct Reachability {
    /// Whether they may be reached.
    verdict: ReachabilityVerdict,
    /// Why not, or what to think of first, in the order of precedence.
    reasons: Vec<ReachabilityReason>,
    /// The phone to call or to send a text message to; null when blocked, and for other channels.
    phone: Option<Phone>,
    /// The email address to write to; null when blocked, and for other channels.
    email: Option<Email>,
    /// The address to write to; null when blocked, and for other channels.
    address: Option<Address>,
}

/// What a person holds, as they keep it.
async fn held<J>(view: &View, contact: Uuid) -> Result<Vec<<J::Downhill as EntityTrait>::Model>>
where
    J: SightedLink<Model: Send + Sync>,
    <J::Downhill as EntityTrait>::Model: Send + Sync,
{
    // Where somebody was found once, or will be, is no way to reach them now. A moment of the past tells what was held then.
    let on_date = (!view.is_past()).then(|| view.reader.database().clock().now().date_naive());
    let filter = LinkFilter { on_date, ..LinkFilter::default() };
    let query = LinkQuery { filter, order: LinkOrder::Kept, direction: Direction::Ascending };
    let slice = loaders::downhill::<J>(&view.batches, &view.reader, contact, query, Page::first(LARGEST_PAGE)).await;
    let slice = slice.map_err(|failed| error::of_list(&failed))?;
    Ok(slice.rows.iter().map(|(_, row)| row.node.clone()).collect())
}

/// Whether this contact may be reached. Only what the channel needs is read.
pub async fn of_contact(
    context: &Context<'_>,
    contact: &contact::Model,
    channel: CommunicationChannel,
    purpose: ContactPurpose,
) -> Result<Reachability> {
    use CommunicationChannel as Over;
    let view = Request::view(context)?;
    view.may_follow(contact.id)?;
    let (mut phones, mut emails, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
    match channel {
        Over::Phone | Over::Sms => phones = held::<contact_phone::Entity>(&view, contact.id).await?,
        Over::Email => emails = held::<contact_email::Entity>(&view, contact.id).await?,
        Over::Mail => addresses = held::<contact_address::Entity>(&view, contact.id).await?,
        Over::InPerson => {}
    }
    let person = Person { contact, phones: &phones, emails: &emails, addresses: &addresses };
    let judged = reachability::judge(person, channel.into(), purpose.into());
    let reasons = judged.reasons.into_iter();
    let mut answer = Reachability {
        verdict: judged.verdict.into(),
        reasons: reasons.map(|of| ReachabilityReason { code: of.code.into(), message: of.message }).collect(),
        phone: None,
        email: None,
        address: None,
    };
    match judged.method {
        Some(Method::Phone(phone)) => answer.phone = Some(Phone(Arc::new(phone.clone()))),
        Some(Method::Email(email)) => answer.email = Some(Email(Arc::new(email.clone()))),
        Some(Method::Address(address)) => answer.address = Some(Address(Arc::new(address.clone()))),
        None => {}
    }
    Ok(answer)
}
