//! Who asks, as they see themselves.

use async_graphql::{Context, Object, Result};
use liaison_domain::access::{self, Action};
use liaison_domain::viewer;

use crate::enums::Role;
use crate::organization::{self, Organization};

/// The viewer of a request.
pub struct Viewer(pub viewer::Viewer);

/// You: what your token says.
#[Object]
impl Viewer {
    /// The login: the token's `sub`.
    async fn subject(&self) -> &str {
        self.0.subject()
    }

    /// Your roles.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles().iter().map(|role| (*role).into()).collect()
    }

    /// What your roles and permissions let you do, by the names that a token's `permissions` use.
    async fn permissions(&self) -> Vec<&'static str> {
        Action::ALL.into_iter().filter(|action| access::may(&self.0, *action)).map(Action::name).collect()
    }

    /// The organization for which you act; null when there is none with the id of your token.
    async fn organization(&self, context: &Context<'_>) -> Option<Result<Organization>> {
        organization::of_id(context, self.0.organization_id()).await.transpose()
    }
}
