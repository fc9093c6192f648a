//! Short forms of the commands' inputs: what the demo does not say is left to the rules.
//! They put nothing in the directory.

use liaison_domain::contact::{Create, MethodOf, Reach, Role};
use liaison_domain::entity::values::{AddressType, ContactMethod, ContactType};
use liaison_domain::{address, email, phone};

use super::ids;

/// A person by name, with nothing else.
pub(super) struct Person(Create);

impl Person {
    /// The id comes from the name: no two persons of the demo share one.
    pub fn new(first_name: &str, last_name: &str, title: &str, department: &str) -> Self {
        Self(Create {
            id: Some(ids::contact(&format!("{first_name} {last_name}"))),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            title: Some(title.to_owned()),
            department: (!department.is_empty()).then(|| department.to_owned()),
            preferred_contact_method: None,
            owner_organization_id: None,
            edit_policy: None,
            organizations: Vec::new(),
            phones: Vec::new(),
            emails: Vec::new(),
            addresses: Vec::new(),
            // The demo knows whom it makes; some are meant to be found as duplicates.
            allow_duplicate: true,
        })
    }

    /// A record of this organization, under an id that comes from this too: two persons may have one name, and one person two records.
    pub fn of(mut self, subdomain: &str) -> Self {
        let (first_name, last_name) = (&self.0.first_name, &self.0.last_name);
        self.0.id = Some(ids::contact(&format!("{first_name} {last_name} of {subdomain}")));
        self.0.owner_organization_id = Some(ids::organization(subdomain));
        self
    }

    /// Has this role at the viewer's organization.
    pub fn role(mut self, contact_type: ContactType) -> Self {
        self.0.organizations.push(Role { organization_id: None, contact_type, is_primary: None });
        self
    }

    /// Is the organization's primary one in this role.
    pub fn primary(mut self, contact_type: ContactType) -> Self {
        self.0.organizations.push(Role { organization_id: None, contact_type, is_primary: Some(true) });
        self
    }

    /// Prefers to be reached so.
    pub fn prefers(mut self, method: ContactMethod) -> Self {
        self.0.preferred_contact_method = Some(method);
        self
    }

    /// Has this email address for work.
    pub fn email(mut self, address: &str) -> Self {
        self.0.emails.push(Reach { method: MethodOf::New(email(address)), is_primary: None, sort_order: None });
        self
    }

    /// Has this phone; the first is the primary one.
    pub fn phone(mut self, details: phone::Details) -> Self {
        self.0.phones.push(Reach { method: MethodOf::New(details), is_primary: None, sort_order: None });
        self
    }

    /// Has a mobile phone of this number.
    pub fn mobile(self, number: &str) -> Self {
        let what = format!("{} {} mobile", self.0.first_name, self.0.last_name);
        self.phone(phone(&what, "mobile", number, "Mobile"))
    }

    /// Has a direct line of this number.
    pub fn direct_line(self, number: &str) -> Self {
        let what = format!("{} {} direct line", self.0.first_name, self.0.last_name);
        self.phone(phone(&what, "office", number, "Direct line"))
    }

    /// Has an extension of this line on the desk.
    pub fn desk(self, line: &str, extension: i32) -> Self {
        let what = format!("{} {} desk", self.0.first_name, self.0.last_name);
        let extension = Some(extension.to_string());
        self.phone(phone::Details { extension, ..phone(&what, "office", line, "Desk") })
    }

    /// Lives at an address.
    pub fn lives_at(mut self, address: MethodOf<address::Details>, holding: address::Holding) -> Self {
        self.0.addresses.push((address, holding));
        self
    }

    /// Works at an address that is there already.
    pub fn works_at(mut self, address_label: &str) -> Self {
        let address = MethodOf::Existing(ids::address(address_label));
        self.0.addresses.push((address, address::Holding::default()));
        self
    }
}

impl From<Person> for super::story::AnyCommand {
    fn from(person: Person) -> Self {
        person.0.into()
    }
}

/// A phone; its id comes from what it is.
pub(super) fn phone(what: &str, code: &str, number: &str, label: &str) -> phone::Details {
    phone::Details {
        id: Some(ids::phone(what)),
        number: number.to_owned(),
        extension: None,
        code: Some(code.to_owned()),
        label: Some(label.to_owned()),
        is_sms_capable: None,
    }
}

/// An email address for work; its id comes from itself.
pub(super) fn email(address: &str) -> email::Details {
    email::Details {
        id: Some(ids::email(address)),
        address: address.to_owned(),
        code: Some("work".to_owned()),
        label: None,
        is_notification_enabled: None,
    }
}

/// An address in Springfield; its id comes from its label.
pub(super) fn address(label: &str, of: AddressType, street1: &str, postal_code: &str) -> address::Details {
    address::Details {
        id: Some(ids::address(label)),
        label: Some(label.to_owned()),
        address_type: of,
        street1: street1.to_owned(),
        street2: None,
        city: "Springfield".to_owned(),
        state: Some("IL".to_owned()),
        postal_code: Some(postal_code.to_owned()),
        country: Some("US".to_owned()),
    }
}
