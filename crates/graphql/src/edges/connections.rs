//! What each edge leads to and what its connection is called.

use super::{
    AddressContactEdge, AddressOrganizationEdge, AddressPhoneEdge, ContactAddressEdge, ContactEmailEdge,
    ContactPhoneEdge, EmailContactEdge, EmailOrganizationEdge, OrganizationAddressEdge, OrganizationEmailEdge,
    OrganizationPhoneEdge, PhoneAddressEdge, PhoneContactEdge, PhoneOrganizationEdge, Plain, RoleEdge,
};
use crate::address::Address;
use crate::change::Change;
use crate::code::{EmailCode, PhoneCode};
use crate::communication::Communication;
use crate::connection::EdgeOf;
use crate::contact::Contact;
use crate::email::Email;
use crate::facility::Facility;
use crate::merge::ContactMerge;
use crate::organization::Organization;
use crate::phone::Phone;
use crate::referral::Referral;

impl EdgeOf for Plain<Change> {
    type Node = Change;
    const CONNECTION: &'static str = "ChangeConnection";

    fn node(&self) -> &Change {
        &self.node
    }
}

impl EdgeOf for Plain<Communication> {
    type Node = Communication;
    const CONNECTION: &'static str = "CommunicationConnection";

    fn node(&self) -> &Communication {
        &self.node
    }
}

impl EdgeOf for Plain<Referral> {
    type Node = Referral;
    const CONNECTION: &'static str = "ReferralConnection";

    fn node(&self) -> &Referral {
        &self.node
    }
}

impl EdgeOf for Plain<ContactMerge> {
    type Node = ContactMerge;
    const CONNECTION: &'static str = "ContactMergeConnection";

    fn node(&self) -> &ContactMerge {
        &self.node
    }
}

impl EdgeOf for Plain<Facility> {
    type Node = Facility;
    const CONNECTION: &'static str = "FacilityConnection";

    fn node(&self) -> &Facility {
        &self.node
    }
}

impl EdgeOf for Plain<PhoneCode> {
    type Node = PhoneCode;
    const CONNECTION: &'static str = "PhoneCodeConnection";

    fn node(&self) -> &PhoneCode {
        &self.node
    }
}

impl EdgeOf for Plain<EmailCode> {
    type Node = EmailCode;
    const CONNECTION: &'static str = "EmailCodeConnection";

    fn node(&self) -> &EmailCode {
        &self.node
    }
}

impl EdgeOf for RoleEdge<Contact> {
    type Node = Contact;
    const CONNECTION: &'static str = "OrganizationContactConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

impl EdgeOf for RoleEdge<Organization> {
    type Node = Organization;
    const CONNECTION: &'static str = "ContactOrganizationConnection";

    fn node(&self) -> &Organization {
        &self.node
    }
}

impl EdgeOf for OrganizationPhoneEdge {
    type Node = Phone;
    const CONNECTION: &'static str = "OrganizationPhoneConnection";

    fn node(&self) -> &Phone {
        &self.node
    }
}

impl EdgeOf for ContactPhoneEdge {
    type Node = Phone;
    const CONNECTION: &'static str = "ContactPhoneConnection";

    fn node(&self) -> &Phone {
        &self.node
    }
}

impl EdgeOf for PhoneOrganizationEdge {
    type Node = Organization;
    const CONNECTION: &'static str = "PhoneOrganizationConnection";

    fn node(&self) -> &Organization {
        &self.node
    }
}

impl EdgeOf for PhoneContactEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "PhoneContactConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

impl EdgeOf for OrganizationEmailEdge {
    type Node = Email;
    const CONNECTION: &'static str = "OrganizationEmailConnection";

    fn node(&self) -> &Email {
        &self.node
    }
}

impl EdgeOf for ContactEmailEdge {
    type Node = Email;
    const CONNECTION: &'static str = "ContactEmailConnection";

    fn node(&self) -> &Email {
        &self.node
    }
}

impl EdgeOf for EmailOrganizationEdge {
    type Node = Organization;
    const CONNECTION: &'static str = "EmailOrganizationConnection";

    fn node(&self) -> &Organization {
        &self.node
    }
}

impl EdgeOf for EmailContactEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "EmailContactConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

impl EdgeOf for OrganizationAddressEdge {
    type Node = Address;
    const CONNECTION: &'static str = "OrganizationAddressConnection";

    fn node(&self) -> &Address {
        &self.node
    }
}

impl EdgeOf for ContactAddressEdge {
    type Node = Address;
    const CONNECTION: &'static str = "ContactAddressConnection";

    fn node(&self) -> &Address {
        &self.node
    }
}

impl EdgeOf for AddressOrganizationEdge {
    type Node = Organization;
    const CONNECTION: &'static str = "AddressOrganizationConnection";

    fn node(&self) -> &Organization {
        &self.node
    }
}

impl EdgeOf for AddressContactEdge {
    type Node = Contact;
    const CONNECTION: &'static str = "AddressContactConnection";

    fn node(&self) -> &Contact {
        &self.node
    }
}

impl EdgeOf for PhoneAddressEdge {
    type Node = Address;
    const CONNECTION: &'static str = "PhoneAddressConnection";

    fn node(&self) -> &Address {
        &self.node
    }
}

impl EdgeOf for AddressPhoneEdge {
    type Node = Phone;
    const CONNECTION: &'static str = "AddressPhoneConnection";

    fn node(&self) -> &Phone {
        &self.node
    }
}
