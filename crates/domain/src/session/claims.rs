//! The claims that a transaction reads under: whose it is, told to the database before anything else.

use uuid::Uuid;

use super::Sql;
use crate::viewer::Viewer;

/// For whom rows are looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims {
    organization: Uuid,
    everything: bool,
}

impl Claims {
    /// A viewer's.
    pub fn of(viewer: &Viewer) -> Self {
        Self { organization: viewer.organization_id(), everything: viewer.is_super_admin() }
    }

    /// An organization's, as each of its people has them.
    pub const fn of_organization(organization: Uuid) -> Self {
        Self { organization, everything: false }
    }

    /// What each connection prepares at its beginning, so that opening a transaction plans nothing.
    pub const PREPARED: &str = "PREPARE liaison_enter (uuid) AS SELECT app.enter($1, false);
         PREPARE liaison_enter_everything (uuid) AS SELECT app.enter_everything($1)";

    /// The statements that open a transaction: one simple query. The claims are a UUID and a boolean of our own making, so that nothing a
    /// client wrote stands in the text.
    pub fn opening(self, begin: &str) -> String {
        let organization = self.organization;
        match self.everything {
            true => format!("{begin}; EXECUTE liaison_enter_everything ('{organization}')"),
            false => format!("{begin}; EXECUTE liaison_enter ('{organization}')"),
        }
    }

    /// Pushes the call that sets them.
    pub fn push(self, sql: &mut Sql) {
        match self.everything {
            true => sql.push("app.enter_everything(").push_bind(self.organization).push(")"),
            false => sql.push("app.enter(").push_bind(self.organization).push(", false)"),
        };
    }
}
