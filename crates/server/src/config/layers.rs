//! Puts flags, environment and file on top of each other. It may not know any one setting.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use secrecy::SecretString;

use super::file::{self, FileSettings};
use super::{CommandLine, Environment};

/// Why the settings cannot be read. No message repeats the value of a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The command line, or a wish for help or the version.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
    /// The file.
    #[error("{}: {problem}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A value that did not come from the command line.
    #[error("{origin}: {problem}")]
    Value {
        /// The variable, or the file and its key.
        origin: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl ConfigError {
    /// Says it (help goes to the standard output) and ends the process.
    pub fn exit(self) -> ! {
        match self {
            Self::CommandLine(error) => error.exit(),
            error => {
                eprintln!("error: {error}");
                std::process::exit(2)
            }
        }
    }
}

/// The value parser of secrets: it takes anything, so that no message has a reason to quote it.
pub(super) fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

/// One value from beneath the command line.
struct Lower {
    long: String,
    origin: String,
}

/// The arguments as if everything had been typed: what was not typed is taken from the environment, then from the file.
pub(super) fn matches(arguments: &[OsString], environment: Environment<'_>) -> Result<ArgMatches, ConfigError> {
    let tree = CommandLine::tree();
    let typed = on_paper(tree.clone()).try_get_matches_from(arguments)?;
    let settings: Vec<&Arg> = tree.get_arguments().collect();
    let environment = |name: &OsStr| name.to_str().and_then(environment).filter(|value| !value.is_empty());

    let file = match typed.get_one::<PathBuf>("config").cloned() {
        Some(path) => Some(path),
        None => environment(OsStr::new("LIAISON_CONFIG")).map(PathBuf::from),
    };
    let in_file = match &file {
        Some(path) => file::read(path, &keys(&settings))?,
        None => FileSettings::new(),
    };

    let mut lower = Vec::new();
    let mut layered: Vec<OsString> = arguments.first().cloned().into_iter().collect();
    for setting in settings {
        let Some(long) = setting.get_long() else { continue };
        if typed.value_source(setting.get_id().as_str()) == Some(ValueSource::CommandLine) {
            continue;
        }
        let variable = setting.get_env();
        if let Some((variable, value)) = variable.and_then(|name| Some((name, environment(name)?))) {
            layered.push(flag(long, &value));
            lower.push(Lower { long: long.to_owned(), origin: variable.to_string_lossy().into_owned() });
        } else if let Some(values) = in_file.get(long) {
            layered.extend(values.iter().map(|value| flag(long, OsStr::new(value))));
            let path = file.as_deref().unwrap_or(Path::new("")).display();
            lower.push(Lower { long: long.to_owned(), origin: format!("{path}, {long}") });
        }
    }
    layered.extend(arguments.iter().skip(1).cloned());
    on_paper(tree).try_get_matches_from(layered).map_err(|error| attributed(error, &lower))
}

/// The keys that a file may have.
fn keys(settings: &[&Arg]) -> Vec<String> {
    settings
        .iter()
        .filter_map(|setting| setting.get_long())
        .filter(|long| *long != "config")
        .map(str::to_owned)
        .collect()
}

fn flag(long: &str, value: &OsStr) -> OsString {
    let mut flag = OsString::from(format!("--{long}="));
    flag.push(value);
    flag
}

/// The same tree, in which the variables are in the help only: reading them is done here, in one place and order.
fn on_paper(tree: Command) -> Command {
    tree.mut_args(|setting| match setting.get_env().map(|name| name.to_string_lossy().into_owned()) {
        Some(name) => {
            let help = setting.get_help().map(ToString::to_string).unwrap_or_default();
            setting.env(clap::builder::Resettable::Reset).help(format!("{help} [{name}]"))
        }
        None => setting,
    })
}

/// The error under the name of what was wrong: nobody typed the flag that clap would complain of.
fn attributed(error: clap::Error, lower: &[Lower]) -> ConfigError {
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => flag.split([' ', '=', '[']).next().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    match lower.iter().find(|lower| flag == format!("--{}", lower.long)) {
        Some(lower) => {
            let text = error.to_string();
            let problem = text.split("\n\n").next().unwrap_or(&text).trim_start_matches("error: ");
            ConfigError::Value { origin: lower.origin.clone(), problem: problem.to_owned() }
        }
        None => error.into(),
    }
}
