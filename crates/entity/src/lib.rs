//! The tables as SeaORM entities: one file a table, literal columns, and four small traits that say which kind of thing a table is.
//! It holds no rules and knows no other crate of ours.

use sea_orm::entity::prelude::*;

pub mod address;
pub mod command_receipt;
pub mod communication;
pub mod contact;
pub mod contact_address;
pub mod contact_email;
pub mod contact_external_id;
pub mod contact_merge;
pub mod contact_persona;
pub mod contact_phone;
pub mod contact_profile;
pub mod contact_sight;
pub mod domain_event;
pub mod duplicate_candidate;
pub mod duplicate_census;
pub mod duplicate_dismissal;
pub mod duplicate_stale;
pub mod email;
pub mod email_code;
pub mod event_subject;
pub mod facility;
pub mod installation;
pub mod method_sight;
pub mod method_verification;
pub mod organization;
pub mod organization_address;
pub mod organization_contact;
pub mod organization_email;
pub mod organization_phone;
pub mod phone;
pub mod phone_address;
pub mod phone_code;
pub mod referral;
pub mod sight_loss;
pub mod sms_opt_out;
pub mod staff_assignment;
pub mod student_guardian_relationship;
pub mod student_relationship;
pub mod values;

/// A thing with an id and a life of its own: created, updated, archived.
pub trait Node: EntityTrait {
    /// The table's name, unqualified, so that a replay can put its own table before the live one.
    const TABLE: &'static str;

    /// The row's id.
    fn id(model: &Self::Model) -> Uuid;

    /// How many events of the row's own stream it has seen.
    fn version(model: &Self::Model) -> i32;
}

/// A dated link between two nodes. The uphill side stands first: Organization, Contact, Phone and Email, Address.
pub trait Junction: EntityTrait {
    /// The node above.
    type Uphill: Node;
    /// The node below.
    type Downhill: Node;

    /// The table's name, unqualified.
    const TABLE: &'static str;
    /// The column that names the node above.
    const UPHILL_ID: &'static str;
    /// The column that names the node below.
    const DOWNHILL_ID: &'static str;

    /// The id of this period of the link.
    fn id(model: &Self::Model) -> Uuid;
    /// The id of the node above.
    fn uphill_id(model: &Self::Model) -> Uuid;
    /// The id of the node below.
    fn downhill_id(model: &Self::Model) -> Uuid;
}

/// A row of a controlled vocabulary.
pub trait Code: Node {
    /// The name that other systems know, never changed.
    fn code(model: &Self::Model) -> &str;
}

/// A row that holds from one day to another, both included; an end that is not known yet is absent.
pub trait Dated: EntityTrait {
    /// The first and the last day.
    fn window(model: &Self::Model) -> (Option<Date>, Option<Date>);
}
