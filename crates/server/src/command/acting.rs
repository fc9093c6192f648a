//! As whom a command beside the database acts: as an administrator of the organization that it names, in the name of the person at the
//! keyboard. It gives no right that a token could not give, and everything it does stands in the log.

use liaison_domain::entity::organization;
use liaison_domain::entity::values::OrganizationKind;
use liaison_domain::failure::Fault;
use liaison_domain::reading::{self, ListError, OrganizationFilter, OrganizationQuery, Page};
use liaison_domain::session::Database;
use liaison_domain::viewer::{Role, Viewer};
use uuid::Uuid;

use crate::config::OrganizationName;

/// Why a command can act as nobody.
#[derive(Debug, thiserror::Error)]
pub enum ActingError {
    /// There is no such organization.
    #[error("there is no organization {0}: give its subdomain or its id")]
    NoSuchOrganization(String),
    /// There is none that runs the platform.
    #[error("there is no platform owner in this database: name an organization with --organization")]
    NoPlatform,
    /// The database failed.
    #[error("{0}")]
    Fault(#[from] Fault),
}

/// An administrator of the named organization; of the platform where none is named.
pub async fn acting_as(database: &Database, named: Option<&OrganizationName>) -> Result<Viewer, ActingError> {
    // It only looks, as one who sees every organization; of which it is does not matter.
    let all_seeing = Viewer::new("liaison", Uuid::from_u128(1), [Role::SuperAdmin], Some(["read".to_owned()].into()));
    let reader = database.reader(&all_seeing);
    let found = match named {
        Some(OrganizationName::Id(id)) => {
            let found = reading::nodes::<organization::Entity>(&reader, vec![*id]).await?.remove(id);
            found.ok_or_else(|| ActingError::NoSuchOrganization(id.to_string()))?
        }
        Some(OrganizationName::Subdomain(subdomain)) => {
            let found = reading::organization_by_subdomain(&reader, subdomain).await?;
            found.ok_or_else(|| ActingError::NoSuchOrganization(format!("with the subdomain {subdomain:?}")))?
        }
        None => {
            let kinds = Some(vec![OrganizationKind::PlatformOwner]);
            let filter = OrganizationFilter { kinds, ..OrganizationFilter::default() };
            let query = OrganizationQuery { filter, ..OrganizationQuery::default() };
            let found = reading::organizations(&reader, &query, &Page::first(1)).await.map_err(ListError::ours)?;
            found.rows.into_iter().next().map(|(_, found)| found).ok_or(ActingError::NoPlatform)?
        }
    };
    reader.let_go().await;
    let role = match found.kind {
        OrganizationKind::PlatformOwner => Role::SuperAdmin,
        OrganizationKind::Provider => Role::ProviderAdmin,
        OrganizationKind::ProviderPartner => Role::PartnerAdmin,
    };
    Ok(Viewer::new(format!("cli:{}", user()), found.id, [role], None))
}

/// The name of whoever runs this process, as the system knows it.
fn user() -> String {
    let id = nix::unistd::Uid::effective();
    let known = nix::unistd::User::from_uid(id).ok().flatten();
    known.map_or_else(|| id.to_string(), |user| user.name)
}
