//! Looking for somebody to link: the card that tells who was found. What is on it, and how often one may ask, the domain decides.

use async_graphql::{Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use liaison_domain::contact as contacts;
use liaison_domain::session::Note;

use crate::context::Request;
use crate::error;
use crate::scalars::{EmailAddress, PhoneNumber};

/// Somebody whom you may not see yet, as far as needed to tell that it is the right person. `contactLink` takes the `linkToken`.
#[derive(SimpleObject)]
pub struct ContactCard {
    /// Given and family name.
    name: String,
    /// What they are: `IT Consultant`.
    title: Option<String>,
    /// Their primary email address, masked: `j•••@techpartner.com`.
    masked_email: Option<String>,
    /// Their primary phone, masked: `•••• 0123`.
    masked_phone: Option<String>,
    /// What the organization that stewards the record is called.
    owner_name: String,
    /// What `contactLink` takes to link them: good for your organization only, and not for long.
    link_token: String,
    /// When the token ends.
    expires_at: DateTime<Utc>,
}

impl From<contacts::Card> for ContactCard {
    fn from(card: contacts::Card) -> Self {
        let contacts::Card { name, title, masked_email, masked_phone, owner_name, link_token, expires_at } = card;
        Self { name, title, masked_email, masked_phone, owner_name, link_token, expires_at }
    }
}

/// Looks for the person with this key. It is recorded in the log, so it runs as a command does.
pub async fn find(
    context: &Context<'_>,
    email: Option<EmailAddress>,
    phone: Option<PhoneNumber>,
) -> Result<Option<ContactCard>> {
    let request = Request::of(context);
    let reader = request.reader()?;
    let key = match (email, phone) {
        (Some(email), None) => contacts::Key::Email(email.0),
        (None, Some(phone)) => contacts::Key::Phone(phone.0),
        _ => return Err(error::bad_input("give email or phone, one of the two")),
    };
    if !request.is_first_look_up() {
        return Err(error::bad_input(
            "a request may ask contactFindToLink once; ask for the next one in another request",
        ));
    }
    let note = Note { request_id: Some(request.request_id.clone()), ..Note::default() };
    let found = reader.record(&note, &contacts::FindToLink { key }).await;
    Ok(found.map_err(error::of_failure)?.output.map(Into::into))
}
