//! Row security of a whole database, taken down to learn what it costs and put up again. The server notices nothing: the same requests,
//! the same role, the same connections, with the scope in every statement as ever; PostgreSQL only asks no policy. It knows no table by name.

use liaison_server::cluster::Login;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::database::Database;
use crate::Outcome;

impl Database {
    /// Every table that has policies asks them, as a server expects; after a run that was ended half way they might not.
    pub async fn enforce_row_security(&self) -> Outcome<()> {
        self.set_row_security("ENABLE").await
    }

    /// No table asks its policies.
    pub async fn suspend_row_security(&self) -> Outcome<()> {
        self.set_row_security("DISABLE").await
    }

    async fn set_row_security(&self, to: &'static str) -> Outcome<()> {
        let mut owner = PgConnection::connect_with(&self.connect_options(Login::Owner)).await?;
        let statement = format!(
            "DO $$
             DECLARE
               relation regclass;
             BEGIN
               SET LOCAL lock_timeout = '60s';
               FOR relation IN SELECT DISTINCT polrelid FROM pg_policy ORDER BY 1 LOOP
                 EXECUTE format('ALTER TABLE %s {to} ROW LEVEL SECURITY', relation);
               END LOOP;
             END $$"
        );
        owner.execute(AssertSqlSafe(statement)).await?;
        Ok(owner.close().await?)
    }
}
