//! What rows can tell by themselves: of each list which edges it has, of each edge and node which fields, from which columns. A field that
//! is not named here is resolved, and the list that it stands in with it; so is one that the links of a list downhill do not repeat.

use liaison_domain::entity::{
    Junction, Node, contact_address, contact_email, contact_phone, email_code, organization_address,
    organization_contact, organization_email, organization_phone, phone_address, phone_code,
};
use liaison_domain::reading::{Path, Side, repeated};

/// A list of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// The people of an organization.
    OrganizationContacts,
    /// The phones of an organization.
    OrganizationPhones,
    /// The email addresses of an organization.
    OrganizationEmails,
    /// The addresses of an organization.
    OrganizationAddresses,
    /// The phones of a person.
    ContactPhones,
    /// The email addresses of a person.
    ContactEmails,
    /// The addresses of a person.
    ContactAddresses,
    /// Where a phone stands.
    PhoneAddresses,
    /// Where a person has a role; uphill.
    ContactOrganizations,
}

/// A kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Organization,
    Contact,
    Phone,
    Email,
    Address,
}

/// Where a field's value is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The node's id.
    Node,
    /// An id.
    Id(&'static str),
    /// A text that is always there.
    Text(&'static str),
    /// A text that may be missing.
    Maybe(&'static str),
    /// True or false.
    Flag(&'static str),
    /// A whole number.
    Number(&'static str),
    /// An instant, if there is one.
    Instant(&'static str),
    /// A day, if there is one.
    Day(&'static str),
    /// A value of a closed set, if there is one: the table's spelling in capitals, as `tests` holds.
    Value(&'static str),
    /// A text that only the organization that made the link is told.
    Own(&'static str),
    /// Given and family name.
    FullName,
    /// A link that dials.
    TelUri,
    /// A link that writes.
    MailtoUri,
}

/// The fields of an object, and where they are from.
pub(super) type Fields = &'static [(&'static str, Source)];

const ROLE: Fields = &[
    ("type", Source::Value("contact_type")),
    ("isPrimary", Source::Flag("is_primary")),
    ("linkedAt", Source::Instant("linked_at")),
    ("linkedBy", Source::Own("linked_by")),
    ("reason", Source::Own("reason")),
];
const METHOD: Fields = &[
    ("isPrimary", Source::Flag("is_primary")),
    ("sortOrder", Source::Number("sort_order")),
    ("linkedAt", Source::Instant("linked_at")),
    ("linkedBy", Source::Own("linked_by")),
];
const OFFICE: Fields = &[
    ("type", Source::Value("address_type")),
    ("isPrimary", Source::Flag("is_primary")),
    ("sortOrder", Source::Number("sort_order")),
    ("linkedAt", Source::Instant("linked_at")),
    ("linkedBy", Source::Own("linked_by")),
];
const HOME: Fields = &[
    ("type", Source::Value("address_type")),
    ("isPrimary", Source::Flag("is_primary")),
    ("sortOrder", Source::Number("sort_order")),
    ("linkedAt", Source::Instant("linked_at")),
    ("linkedBy", Source::Own("linked_by")),
    ("startsOn", Source::Day("starts_on")),
    ("endsOn", Source::Day("ends_on")),
    ("sourceSystem", Source::Own("source_system")),
    ("sourceRecordId", Source::Own("source_record_id")),
];
const PLACE: Fields = &[("linkedAt", Source::Instant("linked_at"))];

const ORGANIZATION: Fields = &[
    ("id", Source::Node),
    ("version", Source::Number("version")),
    ("name", Source::Text("name")),
    ("kind", Source::Value("kind")),
    ("partnerType", Source::Value("partner_type")),
    ("subdomain", Source::Text("subdomain")),
    ("defaultRegion", Source::Text("default_region")),
    ("isActive", Source::Flag("is_active")),
    ("createdAt", Source::Instant("created_at")),
    ("updatedAt", Source::Instant("updated_at")),
];
const CONTACT: Fields = &[
    ("id", Source::Node),
    ("version", Source::Number("version")),
    ("firstName", Source::Text("first_name")),
    ("lastName", Source::Text("last_name")),
    ("name", Source::FullName),
    ("title", Source::Maybe("title")),
    ("department", Source::Maybe("department")),
    ("preferredContactMethod", Source::Value("preferred_contact_method")),
    ("doNotContact", Source::Flag("do_not_contact")),
    ("isActive", Source::Flag("is_active")),
    ("createdAt", Source::Instant("created_at")),
    ("updatedAt", Source::Instant("updated_at")),
    ("doNotContactReason", Source::Maybe("do_not_contact_reason")),
    ("doNotContactSince", Source::Instant("do_not_contact_since")),
    ("editPolicy", Source::Value("edit_policy")),
    ("deletedAt", Source::Instant("deleted_at")),
];
const PHONE: Fields = &[
    ("id", Source::Node),
    ("version", Source::Number("version")),
    ("number", Source::Text("number")),
    ("e164", Source::Maybe("e164")),
    ("telUri", Source::TelUri),
    ("extension", Source::Maybe("extension")),
    ("label", Source::Maybe("label")),
    ("isSmsCapable", Source::Flag("is_sms_capable")),
    ("isSmsOptedOut", Source::Flag("is_sms_opted_out")),
    ("smsOptedOutAt", Source::Instant("sms_opted_out_at")),
    ("verificationState", Source::Value("verification_state")),
    ("updatedAt", Source::Instant("updated_at")),
];
const EMAIL: Fields = &[
    ("id", Source::Node),
    ("version", Source::Number("version")),
    ("address", Source::Text("address")),
    ("mailtoUri", Source::MailtoUri),
    ("label", Source::Maybe("label")),
    ("isNotificationEnabled", Source::Flag("is_notification_enabled")),
    ("verificationState", Source::Value("verification_state")),
    ("updatedAt", Source::Instant("updated_at")),
];
const ADDRESS: Fields = &[
    ("id", Source::Node),
    ("version", Source::Number("version")),
    ("label", Source::Maybe("label")),
    ("type", Source::Value("type")),
    ("street1", Source::Text("street1")),
    ("street2", Source::Maybe("street2")),
    ("city", Source::Text("city")),
    ("state", Source::Maybe("state")),
    ("postalCode", Source::Maybe("postal_code")),
    ("country", Source::Text("country")),
    ("updatedAt", Source::Instant("updated_at")),
];
const CODE: Fields = &[
    ("id", Source::Id("id")),
    ("version", Source::Number("version")),
    ("code", Source::Text("code")),
    ("label", Source::Text("label")),
    ("description", Source::Maybe("description")),
    ("sortOrder", Source::Number("sort_order")),
    ("isSystemManaged", Source::Flag("is_system_managed")),
    ("isActive", Source::Flag("is_active")),
];

impl List {
    /// What its connection is called, and its edges, and what these tell of the link.
    pub(super) const fn names(self) -> (&'static str, &'static str, Fields) {
        match self {
            Self::OrganizationContacts => ("OrganizationContactConnection", "OrganizationContactEdge", ROLE),
            Self::OrganizationPhones => ("OrganizationPhoneConnection", "OrganizationPhoneEdge", METHOD),
            Self::OrganizationEmails => ("OrganizationEmailConnection", "OrganizationEmailEdge", METHOD),
            Self::OrganizationAddresses => ("OrganizationAddressConnection", "OrganizationAddressEdge", OFFICE),
            Self::ContactPhones => ("ContactPhoneConnection", "ContactPhoneEdge", METHOD),
            Self::ContactEmails => ("ContactEmailConnection", "ContactEmailEdge", METHOD),
            Self::ContactAddresses => ("ContactAddressConnection", "ContactAddressEdge", HOME),
            Self::PhoneAddresses => ("PhoneAddressConnection", "PhoneAddressEdge", PLACE),
            Self::ContactOrganizations => ("ContactOrganizationConnection", "ContactOrganizationEdge", ROLE),
        }
    }

    /// Where its links lead.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::ContactOrganizations => Kind::Organization,
            Self::OrganizationContacts => Kind::Contact,
            Self::OrganizationPhones | Self::ContactPhones => Kind::Phone,
            Self::OrganizationEmails | Self::ContactEmails => Kind::Email,
            Self::OrganizationAddresses | Self::ContactAddresses | Self::PhoneAddresses => Kind::Address,
        }
    }

    /// From which end its links are followed.
    pub(super) const fn side(self) -> Side {
        match self {
            Self::ContactOrganizations => Side::Uphill,
            _ => Side::Downhill,
        }
    }

    /// Its links, from that end.
    pub(super) const fn path(self) -> Path {
        match self {
            Self::OrganizationContacts | Self::ContactOrganizations => {
                Path::of::<organization_contact::Entity>(self.side())
            }
            Self::OrganizationPhones => Path::of::<organization_phone::Entity>(self.side()),
            Self::OrganizationEmails => Path::of::<organization_email::Entity>(self.side()),
            Self::OrganizationAddresses => Path::of::<organization_address::Entity>(self.side()),
            Self::ContactPhones => Path::of::<contact_phone::Entity>(self.side()),
            Self::ContactEmails => Path::of::<contact_email::Entity>(self.side()),
            Self::ContactAddresses => Path::of::<contact_address::Entity>(self.side()),
            Self::PhoneAddresses => Path::of::<phone_address::Entity>(self.side()),
        }
    }

    /// Whether its links lead to phones, email addresses or addresses.
    pub(super) const fn is_of_methods(self) -> bool {
        matches!(self.kind(), Kind::Phone | Kind::Email | Kind::Address)
    }

    /// The name under which its links repeat a column of the nodes that they lead to.
    pub(super) fn repeated(self, column: &str) -> Option<&'static str> {
        match self {
            Self::OrganizationContacts => repeated::<organization_contact::Entity>(column),
            Self::OrganizationPhones => repeated::<organization_phone::Entity>(column),
            Self::OrganizationEmails => repeated::<organization_email::Entity>(column),
            Self::OrganizationAddresses => repeated::<organization_address::Entity>(column),
            Self::ContactPhones => repeated::<contact_phone::Entity>(column),
            Self::ContactEmails => repeated::<contact_email::Entity>(column),
            Self::ContactAddresses => repeated::<contact_address::Entity>(column),
            Self::PhoneAddresses => repeated::<phone_address::Entity>(column),
            Self::ContactOrganizations => None,
        }
    }

    /// The list that a junction makes downhill.
    pub(super) fn of<J: Junction>() -> Option<Self> {
        [
            (organization_contact::Entity::TABLE, Self::OrganizationContacts),
            (organization_phone::Entity::TABLE, Self::OrganizationPhones),
            (organization_email::Entity::TABLE, Self::OrganizationEmails),
            (organization_address::Entity::TABLE, Self::OrganizationAddresses),
            (contact_phone::Entity::TABLE, Self::ContactPhones),
            (contact_email::Entity::TABLE, Self::ContactEmails),
            (contact_address::Entity::TABLE, Self::ContactAddresses),
            (phone_address::Entity::TABLE, Self::PhoneAddresses),
        ]
        .into_iter()
        .find_map(|(table, list)| (table == J::TABLE).then_some(list))
    }
}

impl Kind {
    /// What it is called, and what it tells.
    pub(super) const fn names(self) -> (&'static str, Fields) {
        match self {
            Self::Organization => ("Organization", ORGANIZATION),
            Self::Contact => ("Contact", CONTACT),
            Self::Phone => ("Phone", PHONE),
            Self::Email => ("Email", EMAIL),
            Self::Address => ("Address", ADDRESS),
        }
    }

    /// The list below it that a field stands for.
    pub(super) fn list(self, field: &str) -> Option<List> {
        match (self, field) {
            (Self::Organization, "contacts") => Some(List::OrganizationContacts),
            (Self::Organization, "phones") => Some(List::OrganizationPhones),
            (Self::Organization, "emails") => Some(List::OrganizationEmails),
            (Self::Organization, "addresses") => Some(List::OrganizationAddresses),
            (Self::Contact, "organizations") => Some(List::ContactOrganizations),
            (Self::Contact, "phones") => Some(List::ContactPhones),
            (Self::Contact, "emails") => Some(List::ContactEmails),
            (Self::Contact, "addresses") => Some(List::ContactAddresses),
            (Self::Phone, "addresses") => Some(List::PhoneAddresses),
            _ => None,
        }
    }

    /// What its code is called, the table of such, and what they tell; nothing of what has none.
    pub(super) const fn code(self) -> Option<(&'static str, &'static str, Fields)> {
        match self {
            Self::Phone => Some(("PhoneCode", phone_code::Entity::TABLE, CODE)),
            Self::Email => Some(("EmailCode", email_code::Entity::TABLE, CODE)),
            Self::Organization | Self::Contact | Self::Address => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{InputType, Value};
    use liaison_domain::entity::values::{
        AddressType, ContactMethod, ContactType, EditPolicy, OrganizationKind, PartnerType, VerificationState,
    };
    use serde::Serialize;

    use crate::enums;

    fn spelled_in_capitals<V: Serialize, G: InputType + From<V>>(values: impl IntoIterator<Item = V>) {
        for value in values {
            // Facts and tables spell them alike.
            let kept = serde_json::to_value(&value).unwrap();
            let Value::Enum(told) = G::from(value).to_value() else { panic!("{kept} is told as something else") };
            assert_eq!(told.as_str(), kept.as_str().unwrap().to_ascii_uppercase());
        }
    }

    #[test]
    fn what_tables_spell_small_is_told_in_capitals() {
        use VerificationState::{Bounced, Invalid, Pending, Unverified, Verified};
        spelled_in_capitals::<_, enums::ContactType>([
            ContactType::Administrative,
            ContactType::Billing,
            ContactType::Technical,
            ContactType::Emergency,
            ContactType::Stakeholder,
        ]);
        spelled_in_capitals::<_, enums::ContactMethod>([
            ContactMethod::Email,
            ContactMethod::Phone,
            ContactMethod::Sms,
        ]);
        spelled_in_capitals::<_, enums::VerificationState>([Unverified, Pending, Verified, Bounced, Invalid]);
        spelled_in_capitals::<_, enums::OrganizationKind>([
            OrganizationKind::PlatformOwner,
            OrganizationKind::Provider,
            OrganizationKind::ProviderPartner,
        ]);
        spelled_in_capitals::<_, enums::PartnerType>([
            PartnerType::Var,
            PartnerType::Family,
            PartnerType::Court,
            PartnerType::Other,
        ]);
        spelled_in_capitals::<_, enums::EditPolicy>([EditPolicy::OwnerOnly, EditPolicy::LinkedOrganizations]);
        spelled_in_capitals::<_, enums::AddressType>([
            AddressType::Physical,
            AddressType::Mailing,
            AddressType::Billing,
        ]);
    }
}
