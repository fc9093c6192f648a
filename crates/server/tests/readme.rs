//! The README tells every setting, as the program itself knows them.

use std::path::PathBuf;

use liaison_server::config::settings_table;

const BEGIN: &str =
    "<!-- settings: made by `cargo test -p liaison-server readme`; with LIAISON_BLESS=1 it writes them here -->\n";
const END: &str = "<!-- /settings -->";

#[test]
fn the_readme_tells_every_setting() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the README has a place for the settings");
    let (told, after) = rest.split_once(END).expect("the place has an end");
    let wanted = format!("\n{}\n", settings_table().trim());
    if std::env::var_os("LIAISON_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
    } else {
        assert!(
            told == wanted,
            "the README's settings are not the program's: LIAISON_BLESS=1 cargo test -p liaison-server readme"
        );
    }
}
