//! The root of all change, a file per noun. Each mutation is one command in one transaction, run one after the other in the order of
//! the request. It decides nothing.

mod address;
mod code;
mod communication;
mod contact;
mod email;
mod facility;
mod import;
mod organization;
mod phone;
mod referral;
mod relationship;
mod verification;

use async_graphql::MergedObject;

/// Everything that can be done. What the rules refuse comes back in `userErrors`, and then nothing was written. With the header
/// `Idempotency-Key` a request may be sent again: it is answered as it was, and done once.
#[derive(MergedObject, Default)]
pub struct Mutation(
    organization::OrganizationMutation,
    facility::FacilityMutation,
    contact::ContactMutation,
    contact::RoleMutation,
    contact::ExternalIdMutation,
    contact::MergeMutation,
    phone::PhoneMutation,
    email::EmailMutation,
    address::AddressMutation,
    import::ImportMutation,
    code::CodeMutation,
    verification::VerificationMutation,
    communication::CommunicationMutation,
    referral::ReferralMutation,
    contact::PersonaMutation,
    relationship::StudentRelationshipMutation,
    relationship::StudentGuardianMutation,
    relationship::StaffAssignmentMutation,
);
