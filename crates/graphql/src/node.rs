//! Any node by its id.

use async_graphql::{Context, Interface, Result};
use liaison_domain::reading::NodeKind;
use uuid::Uuid;

use crate::address::{self, Address};
use crate::code::{self, EmailCode, PhoneCode};
use crate::communication::{self, Communication};
use crate::contact::{self, Contact};
use crate::context::Request;
use crate::duplicate::{self, DuplicateCandidate};
use crate::email::{self, Email};
use crate::facility::{self, Facility};
use crate::organization::{self, Organization};
use crate::phone::{self, Phone};
use crate::referral::{self, Referral};
use crate::staff_assignment::{self, StaffAssignment};
use crate::student_guardian::{self, StudentGuardian};
use crate::student_relationship::{self, StudentRelationship};
use crate::{error, loaders};

/// Anything with an id of its own.
#[derive(Clone, Interface)]
#[graphql(
    field(name = "id", ty = "Uuid", desc = "Globally unique."),
    field(name = "version", ty = "i32", desc = "How often it changed.")
)]
pub enum Node {
    Organization(Organization),
    Facility(Facility),
    Contact(Contact),
    Phone(Phone),
    Email(Email),
    Address(Address),
    PhoneCode(PhoneCode),
    EmailCode(EmailCode),
    Communication(Communication),
    Referral(Referral),
    StudentRelationship(StudentRelationship),
    StudentGuardian(StudentGuardian),
    StaffAssignment(StaffAssignment),
    DuplicateCandidate(DuplicateCandidate),
}

/// The node with this id, if you see it.
pub async fn of_id(context: &Context<'_>, id: Uuid) -> Result<Option<Node>> {
    let request = Request::of(context);
    let kind = loaders::kind(&request.batches, request.reader()?, id).await.map_err(|fault| error::of_fault(&fault))?;
    let Some(kind) = kind else { return Ok(None) };
    of_kind(context, kind, id).await
}

/// The node of this kind with this id, if you see it.
pub async fn of_kind(context: &Context<'_>, kind: NodeKind, id: Uuid) -> Result<Option<Node>> {
    Ok(match kind {
        NodeKind::Organization => organization::of_id(context, id).await?.map(Node::Organization),
        NodeKind::Facility => facility::of_id(context, id).await?.map(Node::Facility),
        NodeKind::Contact => contact::of_id(context, id).await?.map(Node::Contact),
        NodeKind::Phone => phone::of_id(context, id).await?.map(Node::Phone),
        NodeKind::Email => email::of_id(context, id).await?.map(Node::Email),
        NodeKind::Address => address::of_id(context, id).await?.map(Node::Address),
        NodeKind::PhoneCode => code::phone_code_of_id(context, id).await?.map(Node::PhoneCode),
        NodeKind::Communication => communication::of_id(context, id).await?.map(Node::Communication),
        NodeKind::Referral => referral::of_id(context, id).await?.map(Node::Referral),
        NodeKind::StudentRelationship => student_relationship::of_id(context, id).await?.map(Node::StudentRelationship),
        NodeKind::StudentGuardian => student_guardian::of_id(context, id).await?.map(Node::StudentGuardian),
        NodeKind::StaffAssignment => staff_assignment::of_id(context, id).await?.map(Node::StaffAssignment),
        NodeKind::DuplicateCandidate => duplicate::of_id(context, id).await?.map(Node::DuplicateCandidate),
        NodeKind::EmailCode => code::email_code_of_id(context, id).await?.map(Node::EmailCode),
    })
}
