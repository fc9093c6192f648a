//! The migrations: the founding ones numbered, later ones dated. They know no crate of ours, and no crate of ours repeats them.
//!
//! Each is one SQL file with the reasons beside the constraints, run in one transaction as `liaison_owner`.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

/// The migrations in their order.
pub struct Migrator;

/// One SQL file as a migration.
struct SqlFile {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for SqlFile {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SqlFile {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.sql).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const FILES: &[SqlFile] = &[
    SqlFile { name: "m0001_foundation", sql: include_str!("sql/0001_foundation.sql") },
    SqlFile { name: "m0002_nodes", sql: include_str!("sql/0002_nodes.sql") },
    SqlFile { name: "m0003_junctions", sql: include_str!("sql/0003_junctions.sql") },
    SqlFile { name: "m0004_codes", sql: include_str!("sql/0004_codes.sql") },
    SqlFile { name: "m0005_relationships", sql: include_str!("sql/0005_relationships.sql") },
    SqlFile { name: "m0006_records", sql: include_str!("sql/0006_records.sql") },
    SqlFile { name: "m0007_duplicates", sql: include_str!("sql/0007_duplicates.sql") },
    SqlFile { name: "m0008_log", sql: include_str!("sql/0008_log.sql") },
    SqlFile { name: "m0009_sights", sql: include_str!("sql/0009_sights.sql") },
    SqlFile { name: "m0010_row_security", sql: include_str!("sql/0010_row_security.sql") },
    SqlFile { name: "m0011_codes_seeded", sql: include_str!("sql/0011_codes_seeded.sql") },
    SqlFile { name: "m2026_11_21_receipts", sql: include_str!("sql/2026_11_21_receipts.sql") },
    SqlFile { name: "m2026_11_21_history", sql: include_str!("sql/2026_11_21_history.sql") },
    SqlFile { name: "m2026_11_21_holders", sql: include_str!("sql/2026_11_21_holders.sql") },
    SqlFile { name: "m2026_11_21_find_to_link", sql: include_str!("sql/2026_11_21_find_to_link.sql") },
    SqlFile { name: "m2026_11_21_holders_locked", sql: include_str!("sql/2026_11_21_holders_locked.sql") },
    SqlFile { name: "m2026_11_21_records", sql: include_str!("sql/2026_11_21_records.sql") },
    SqlFile { name: "m2026_11_21_verifications", sql: include_str!("sql/2026_11_21_verifications.sql") },
    SqlFile { name: "m2026_11_21_search", sql: include_str!("sql/2026_11_21_search.sql") },
    SqlFile { name: "m2026_11_21_filters", sql: include_str!("sql/2026_11_21_filters.sql") },
    SqlFile { name: "m2026_11_21_external_ids", sql: include_str!("sql/2026_11_21_external_ids.sql") },
    SqlFile { name: "m2026_11_21_imports", sql: include_str!("sql/2026_11_21_imports.sql") },
    SqlFile { name: "m2026_11_22_moments", sql: include_str!("sql/2026_11_22_moments.sql") },
    SqlFile { name: "m2026_11_22_reach", sql: include_str!("sql/2026_11_22_reach.sql") },
    SqlFile { name: "m2026_11_22_relationships", sql: include_str!("sql/2026_11_22_relationships.sql") },
    SqlFile { name: "m2026_11_23_duplicates", sql: include_str!("sql/2026_11_23_duplicates.sql") },
    SqlFile { name: "m2026_11_23_merges", sql: include_str!("sql/2026_11_23_merges.sql") },
    SqlFile { name: "m2026_11_23_scans", sql: include_str!("sql/2026_11_23_scans.sql") },
    SqlFile { name: "m2026_11_24_lists", sql: include_str!("sql/2026_11_24_lists.sql") },
    SqlFile { name: "m2026_11_25_merges_told", sql: include_str!("sql/2026_11_25_merges_told.sql") },
    SqlFile { name: "m2026_11_26_claims_and_orders", sql: include_str!("sql/2026_11_26_claims_and_orders.sql") },
    SqlFile { name: "m2026_11_26_scan_progress", sql: include_str!("sql/2026_11_26_scan_progress.sql") },
    SqlFile { name: "m2026_11_27_queue_of_who_comes", sql: include_str!("sql/2026_11_27_queue_of_who_comes.sql") },
    SqlFile { name: "m2026_11_28_contact_cards", sql: include_str!("sql/2026_11_28_contact_cards.sql") },
    SqlFile { name: "m2026_11_29_many_holders", sql: include_str!("sql/2026_11_29_many_holders.sql") },
];

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        FILES
            .iter()
            .map(|file| Box::new(SqlFile { name: file.name, sql: file.sql }) as Box<dyn MigrationTrait>)
            .collect()
    }
}
