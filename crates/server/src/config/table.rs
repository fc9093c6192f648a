//! The settings as a table for the README, written from the same tree of flags. It may not say anything that the tree does not.

use std::fmt::Write;

use super::CommandLine;

/// Markdown: for each group of settings a heading and a table with flag, variable, default and meaning.
pub fn settings_table() -> String {
    let tree = CommandLine::tree();
    let mut text = String::new();
    let mut heading = None;
    for setting in tree.get_arguments() {
        let Some(long) = setting.get_long() else { continue };
        let group = setting.get_help_heading().unwrap_or("General");
        if heading != Some(group) {
            if heading.is_some() {
                text.push('\n');
            }
            heading = Some(group);
            let _ = write!(
                text,
                "### {group}\n\n| flag, key in the file | environment | default | what it does |\n|---|---|---|---|\n"
            );
        }
        let variable = setting.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default();
        let defaults: Vec<_> = setting.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = if defaults.is_empty() { String::new() } else { format!("`{}`", defaults.join(",")) };
        let help = setting.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `--{long}` | {variable} | {default} | {help} |");
    }
    text
}
