//! What every mutation gives back: the thing that it changed, what was refused, and where in the log it stands.

use async_graphql::SimpleObject;
use liaison_domain::failure::Refusal;

use crate::address::Address;
use crate::contact::Contact;
use crate::email::Email;
use crate::enums::UserErrorCode;
use crate::facility::Facility;
use crate::organization::Organization;
use crate::phone::Phone;

/// Why a mutation was refused, and which part of its input that concerns. Nothing was written.
#[derive(Clone, SimpleObject)]
pub struct UserError {
    /// Why, for programs.
    code: UserErrorCode,
    /// The path into the input, outermost first: `["phones", "0", "number"]`. It names fields and places in lists; objects that only
    /// wrap (`contact`, `link`, `phone: {create: …}`) are left out. Null when it concerns the whole.
    field: Option<Vec<String>>,
    /// What would be right, for people.
    message: String,
}

impl From<Refusal> for UserError {
    fn from(Refusal { code, field, message }: Refusal) -> Self {
        Self { code: code.into(), field: if field.is_empty() { None } else { Some(field) }, message }
    }
}

/// The outcome of `organizationCreate`.
#[derive(SimpleObject)]
pub struct OrganizationCreatePayload {
    /// The organization; null when it was refused.
    pub organization: Option<Organization>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `facilityCreate`.
#[derive(SimpleObject)]
pub struct FacilityCreatePayload {
    /// The facility; null when it was refused.
    pub facility: Option<Facility>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `contactCreate`.
#[derive(SimpleObject)]
pub struct ContactCreatePayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `contactLink`.
#[derive(SimpleObject)]
pub struct ContactLinkPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `contactUnlink`.
#[derive(SimpleObject)]
pub struct ContactUnlinkPayload {
    /// The contact; null when it was refused, or when you do not see it any more.
    pub contact: Option<Contact>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `contactSetPrimary`.
#[derive(SimpleObject)]
pub struct ContactSetPrimaryPayload {
    /// The contact; null when it was refused.
    pub contact: Option<Contact>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `phoneCreate`.
#[derive(SimpleObject)]
pub struct PhoneCreatePayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `phoneLink`.
#[derive(SimpleObject)]
pub struct PhoneLinkPayload {
    /// The phone; null when it was refused.
    pub phone: Option<Phone>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `emailCreate`.
#[derive(SimpleObject)]
pub struct EmailCreatePayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `emailLink`.
#[derive(SimpleObject)]
pub struct EmailLinkPayload {
    /// The email address; null when it was refused.
    pub email: Option<Email>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `addressCreate`.
#[derive(SimpleObject)]
pub struct AddressCreatePayload {
    /// The address; null when it was refused.
    pub address: Option<Address>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}

/// The outcome of `addressLink`.
#[derive(SimpleObject)]
pub struct AddressLinkPayload {
    /// The address; null when it was refused.
    pub address: Option<Address>,
    /// Why it was refused; empty when it was done or was so already.
    pub user_errors: Vec<UserError>,
    /// Where in the log it was written, opaque; null when nothing was.
    pub position: Option<String>,
}
