//! How a link and the node at its end become an edge, and what of the link is told to whom.

use std::sync::Arc;

use liaison_domain::access;
use liaison_domain::address::holding_version;
use liaison_domain::entity::{
    address, contact, contact_address, contact_email, contact_phone, email, organization, organization_address,
    organization_contact, organization_email, organization_phone, phone, phone_address,
};
use liaison_domain::viewer::Viewer;
use uuid::Uuid;

use super::{
    AddressContactEdge, AddressOrganizationEdge, AddressPhoneEdge, ContactAddressEdge, ContactEmailEdge,
    ContactPhoneEdge, EmailContactEdge, EmailOrganizationEdge, OrganizationAddressEdge, OrganizationEmailEdge,
    OrganizationPhoneEdge, PhoneAddressEdge, PhoneContactEdge, PhoneOrganizationEdge, RoleEdge,
};
use crate::address::Address;
use crate::connection::EdgeOf;
use crate::contact::Contact;
use crate::email::Email;
use crate::organization::Organization;
use crate::phone::Phone;
use crate::scalars::Date;

/// An edge that a link and the node at its end make.
pub trait LinkEdge<Link, Model>: EdgeOf {
    /// Makes the edge for a viewer.
    fn of(viewer: &Viewer, cursor: String, link: &Link, node: &Model) -> Self;
}

/// What only the organization that made a link is told about it: who made it, why, from which source.
fn own<T: Clone>(viewer: &Viewer, made_by: Uuid, value: &T) -> Option<T> {
    access::may_read_notes_of(viewer, made_by).then(|| value.clone())
}

impl LinkEdge<organization_contact::Model, contact::Model> for RoleEdge<Contact> {
    fn of(viewer: &Viewer, cursor: String, link: &organization_contact::Model, node: &contact::Model) -> Self {
        Self {
            cursor,
            node: Contact(Arc::new(node.clone())),
            contact_type: link.contact_type.into(),
            is_primary: link.is_primary,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
            reason: own(viewer, link.linked_by_organization_id, &link.reason).flatten(),
        }
    }
}

impl LinkEdge<organization_contact::Model, organization::Model> for RoleEdge<Organization> {
    fn of(viewer: &Viewer, cursor: String, link: &organization_contact::Model, node: &organization::Model) -> Self {
        Self {
            cursor,
            node: Organization(Arc::new(node.clone())),
            contact_type: link.contact_type.into(),
            is_primary: link.is_primary,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
            reason: own(viewer, link.linked_by_organization_id, &link.reason).flatten(),
        }
    }
}

impl LinkEdge<organization_phone::Model, phone::Model> for OrganizationPhoneEdge {
    fn of(viewer: &Viewer, cursor: String, link: &organization_phone::Model, node: &phone::Model) -> Self {
        Self {
            cursor,
            node: Phone(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<contact_phone::Model, phone::Model> for ContactPhoneEdge {
    fn of(viewer: &Viewer, cursor: String, link: &contact_phone::Model, node: &phone::Model) -> Self {
        Self {
            cursor,
            node: Phone(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<organization_phone::Model, organization::Model> for PhoneOrganizationEdge {
    fn of(viewer: &Viewer, cursor: String, link: &organization_phone::Model, node: &organization::Model) -> Self {
        Self {
            cursor,
            node: Organization(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<contact_phone::Model, contact::Model> for PhoneContactEdge {
    fn of(viewer: &Viewer, cursor: String, link: &contact_phone::Model, node: &contact::Model) -> Self {
        Self {
            cursor,
            node: Contact(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<organization_email::Model, email::Model> for OrganizationEmailEdge {
    fn of(viewer: &Viewer, cursor: String, link: &organization_email::Model, node: &email::Model) -> Self {
        Self {
            cursor,
            node: Email(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<contact_email::Model, email::Model> for ContactEmailEdge {
    fn of(viewer: &Viewer, cursor: String, link: &contact_email::Model, node: &email::Model) -> Self {
        Self {
            cursor,
            node: Email(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<organization_email::Model, organization::Model> for EmailOrganizationEdge {
    fn of(viewer: &Viewer, cursor: String, link: &organization_email::Model, node: &organization::Model) -> Self {
        Self {
            cursor,
            node: Organization(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<contact_email::Model, contact::Model> for EmailContactEdge {
    fn of(viewer: &Viewer, cursor: String, link: &contact_email::Model, node: &contact::Model) -> Self {
        Self {
            cursor,
            node: Contact(Arc::new(node.clone())),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<organization_address::Model, address::Model> for OrganizationAddressEdge {
    fn of(viewer: &Viewer, cursor: String, link: &organization_address::Model, node: &address::Model) -> Self {
        Self {
            cursor,
            node: Address(Arc::new(node.clone())),
            address_type: link.address_type.into(),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<contact_address::Model, address::Model> for ContactAddressEdge {
    fn of(viewer: &Viewer, cursor: String, link: &contact_address::Model, node: &address::Model) -> Self {
        Self {
            cursor,
            node: Address(Arc::new(node.clone())),
            address_type: link.address_type.into(),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
            starts_on: link.starts_on.map(Date),
            ends_on: link.ends_on.map(Date),
            source_system: own(viewer, link.linked_by_organization_id, &link.source_system).flatten(),
            source_record_id: own(viewer, link.linked_by_organization_id, &link.source_record_id).flatten(),
            holding_version: holding_version(link),
        }
    }
}

impl LinkEdge<organization_address::Model, organization::Model> for AddressOrganizationEdge {
    fn of(viewer: &Viewer, cursor: String, link: &organization_address::Model, node: &organization::Model) -> Self {
        Self {
            cursor,
            node: Organization(Arc::new(node.clone())),
            address_type: link.address_type.into(),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
        }
    }
}

impl LinkEdge<contact_address::Model, contact::Model> for AddressContactEdge {
    fn of(viewer: &Viewer, cursor: String, link: &contact_address::Model, node: &contact::Model) -> Self {
        Self {
            cursor,
            node: Contact(Arc::new(node.clone())),
            address_type: link.address_type.into(),
            is_primary: link.is_primary,
            sort_order: link.sort_order,
            linked_at: link.linked_at,
            linked_by: own(viewer, link.linked_by_organization_id, &link.linked_by),
            starts_on: link.starts_on.map(Date),
            ends_on: link.ends_on.map(Date),
            source_system: own(viewer, link.linked_by_organization_id, &link.source_system).flatten(),
            source_record_id: own(viewer, link.linked_by_organization_id, &link.source_record_id).flatten(),
        }
    }
}

impl LinkEdge<phone_address::Model, address::Model> for PhoneAddressEdge {
    fn of(_viewer: &Viewer, cursor: String, link: &phone_address::Model, node: &address::Model) -> Self {
        Self { cursor, node: Address(Arc::new(node.clone())), linked_at: link.linked_at }
    }
}

impl LinkEdge<phone_address::Model, phone::Model> for AddressPhoneEdge {
    fn of(_viewer: &Viewer, cursor: String, link: &phone_address::Model, node: &phone::Model) -> Self {
        Self { cursor, node: Phone(Arc::new(node.clone())), linked_at: link.linked_at }
    }
}
