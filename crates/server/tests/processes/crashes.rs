//! What is left when a server or its PostgreSQL is killed in the middle of writing: all that was acknowledged, and nothing by halves.

mod ledger;
mod of_imports;
mod of_postgresql;
mod of_the_server;
