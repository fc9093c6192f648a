//! I1: the arrows between the rooms, and what each room may not know. Read off the manifests and the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests stands in the repository").to_owned()
}

/// The Rust sources below a folder, with what is left of them when comments and their own tests are taken away.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![house().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            if is_test {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(house()).unwrap().display().to_string();
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let bare =
                    |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
                found.push((name, code.lines().map(bare).collect::<Vec<_>>().join("\n")));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found.sort();
    found
}

/// The names under `[dependencies]`, and under `[build-dependencies]`.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(house().join(manifest)).unwrap();
    let mut section = String::new();
    let mut names = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut section);
            // `[dependencies.name]` is a dependency too.
            names.extend(section.strip_prefix("dependencies.").map(str::to_owned));
        } else if section == "dependencies" || section == "build-dependencies" {
            names.extend(
                line.split(['.', '=', ' '])
                    .next()
                    .filter(|name| !name.is_empty() && !name.starts_with('#'))
                    .map(str::to_owned),
            );
        }
    }
    names
}

#[test]
fn the_crates_know_each_other_in_one_straight_line() {
    let ours = |manifest| -> Vec<String> {
        dependencies(manifest).into_iter().filter(|name| name.starts_with("liaison-")).collect()
    };
    assert_eq!(ours("crates/entity/Cargo.toml"), [""; 0]);
    assert_eq!(ours("migrations/Cargo.toml"), [""; 0]);
    assert_eq!(ours("crates/domain/Cargo.toml"), ["liaison-entity"]);
    assert_eq!(ours("crates/graphql/Cargo.toml"), ["liaison-domain"]);
    // The server puts the rooms together and brings the demo's story; entities it knows through the domain.
    assert_eq!(ours("crates/server/Cargo.toml"), ["liaison-domain", "liaison-graphql", "liaison-migrations"]);
}

#[test]
fn no_room_depends_on_what_is_another_rooms_business() {
    let bans: [(&str, &[&str]); 4] = [
        ("crates/entity/Cargo.toml", &["async-graphql", "axum", "http", "hyper", "jsonwebtoken", "tokio", "sqlx"]),
        (
            "crates/domain/Cargo.toml",
            &[
                "async-graphql",
                "axum",
                "http",
                "hyper",
                "hyper-util",
                "jsonwebtoken",
                "reqwest",
                "clap",
                "tower",
                "tower-http",
            ],
        ),
        (
            "crates/graphql/Cargo.toml",
            &[
                "axum",
                "http",
                "hyper",
                "hyper-util",
                "jsonwebtoken",
                "sqlx",
                "sea-orm",
                "sea-query-sqlx",
                "tokio-postgres",
                "clap",
                "reqwest",
                "tower",
            ],
        ),
        ("migrations/Cargo.toml", &["async-graphql", "axum", "http", "hyper", "jsonwebtoken"]),
    ];
    for (manifest, banned) in bans {
        let known = dependencies(manifest);
        assert!(known.len() > 1, "{manifest} was not read");
        let stray: Vec<_> = banned.iter().filter(|name| known.contains(**name)).collect();
        assert!(stray.is_empty(), "{manifest} depends on {stray:?}");
    }
}

/// Fails naming each place where a word stands that the folder may not use.
#[track_caller]
fn bans(folder: &str, words: &[&str], but_in: &[&str]) {
    let mut found = Vec::new();
    for (name, code) in sources(folder) {
        if but_in.iter().any(|allowed| name.starts_with(allowed)) {
            continue;
        }
        for (at, line) in code.lines().enumerate() {
            found.extend(
                words.iter().filter(|word| line.contains(**word)).map(|word| format!("{name}:{}: {word}", at + 1)),
            );
        }
    }
    assert!(found.is_empty(), "not here:\n{}", found.join("\n"));
}

#[test]
fn the_domain_reads_no_environment_no_clock_and_makes_no_chance() {
    let ambient = [
        "std::env",
        "env::var",
        "Utc::now",
        "SystemTime::now",
        "Uuid::now_v7",
        "Uuid::new_v4",
        "axum",
        "jsonwebtoken",
        "http::",
    ];
    bans("crates/domain/src", &ambient, &[]);
    bans("crates/entity/src", &ambient, &[]);
    bans("crates/graphql/src", &ambient, &[]);
}

#[test]
fn graphql_writes_no_sql_and_knows_no_transport() {
    bans(
        "crates/graphql/src",
        &["sqlx", "sea_orm", "QueryBuilder", "SELECT ", "INSERT INTO", "axum", "hyper", "StatusCode"],
        &[],
    );
    // Nor does it decide: who may do what is asked of `access`, never answered here.
    bans("crates/graphql/src", &["Role::SuperAdmin", "Role::ProviderAdmin", "Role::Clinician"], &[]);
}

#[test]
fn the_server_writes_sql_where_roles_and_databases_are_made_and_nowhere_else() {
    let sql = ["sqlx::query", "QueryBuilder", "raw_sql", "SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"];
    bans("crates/server/src", &sql, &["crates/server/src/cluster", "crates/server/src/storage.rs"]);
    let rows = ["_projection", "organization_contacts", "contact_phones", "contact_sights"];
    bans("crates/server/src", &rows, &[]);
}

#[test]
fn only_the_configuration_and_the_clusters_folder_read_the_environment() {
    let allowed = ["crates/server/src/config.rs", "crates/server/src/cluster"];
    bans("crates/server/src", &["env::var", "std::env::args"], &allowed);
}
