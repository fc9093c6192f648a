//! What the story is written in: chapters of steps, each a command by somebody for a reason.
//! It knows no name of the demo.

use liaison_domain::failure::Failure;
use liaison_domain::session::{Command, Database, Note};
use liaison_domain::viewer::Viewer;
use liaison_domain::{
    address, communication, contact, email, facility, organization, phone, referral, staff_assignment,
    student_guardian, student_relationship,
};

/// Steps that must follow each other, or need not. Chapters follow each other.
pub(super) enum Chapter {
    InOrder(Vec<Step>),
    AnyOrder(Vec<Step>),
}

/// One command.
pub(super) struct Step {
    pub viewer: Viewer,
    /// Why, for the log.
    pub reason: String,
    pub command: AnyCommand,
}

impl Step {
    pub fn new(viewer: &Viewer, reason: impl Into<String>, command: impl Into<AnyCommand>) -> Self {
        Self { viewer: viewer.clone(), reason: reason.into(), command: command.into() }
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Changed,
    /// It was so already.
    Found,
}

/// Declares the commands that the story uses. One type for all, so that a chapter is a list.
macro_rules! any_command {
    ($($variant:ident($command:ty)),+ $(,)?) => {
        pub(super) enum AnyCommand {
            $($variant(Box<$command>),)+
        }

        $(impl From<$command> for AnyCommand {
            fn from(command: $command) -> Self {
                Self::$variant(Box::new(command))
            }
        })+

        impl AnyCommand {
            pub async fn run(&self, database: &Database, viewer: &Viewer, note: &Note) -> Result<Done, Failure> {
                match self {
                    $(Self::$variant(command) => run(database, viewer, note, command.as_ref()).await,)+
                }
            }
        }
    };
}

any_command! {
    OrganizationCreate(organization::Create),
    FacilityCreate(facility::Create),
    ContactCreate(contact::Create),
    ContactLink(contact::Link),
    PhoneCreate(phone::Create),
    PhoneLink(phone::Link),
    EmailCreate(email::Create),
    EmailLink(email::Link),
    AddressCreate(address::Create),
    AddressLink(address::Link),
    AddressLinkPhone(address::LinkPhone),
    ReferralCreate(referral::Create),
    CommunicationRecord(communication::Record),
    ContactGrantPersona(contact::GrantPersona),
    StudentRelationshipStart(student_relationship::Start),
    StudentGuardianStart(student_guardian::Start),
    StaffAssignmentStart(staff_assignment::Start),
}

async fn run<C: Command>(database: &Database, viewer: &Viewer, note: &Note, command: &C) -> Result<Done, Failure> {
    let recorded = database.run(viewer, note, command).await?;
    Ok(if recorded.position.is_some() { Done::Changed } else { Done::Found })
}
