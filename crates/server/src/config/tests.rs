//! Flags over environment over file, and what goes wrong in each.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use liaison_domain::viewer::Role;
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{
    Command, CommandLine, ConfigError, Exposure, LogFormat, OrganizationName, SignIn, SignInError, settings_table,
};
use crate::auth::{Algorithm, AuthSetupError, KeySource};

const SECRET: &str = "correct horse battery staple, twice over";

fn read(arguments: &[&str], environment: &[(&str, &str)]) -> Result<CommandLine, ConfigError> {
    let lookup =
        |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
    CommandLine::read(std::iter::once("liaison").chain(arguments.iter().copied()), &lookup)
}

fn ok(arguments: &[&str], environment: &[(&str, &str)]) -> CommandLine {
    read(arguments, environment).unwrap_or_else(|error| panic!("refused: {error}"))
}

fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    read(arguments, environment).map(|_| ()).expect_err("must be refused").to_string()
}

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("liaison.toml");
        fs::write(&path, text).expect("written");
        Self { _folder: folder, path }
    }

    fn path(&self) -> &str {
        self.path.to_str().expect("UTF-8")
    }
}

#[test]
fn the_tree_is_sound() {
    CommandLine::tree().debug_assert();
}

#[test]
fn without_anything_it_serves_on_loopback() {
    let line = ok(&[], &[("HOME", "/home/jane")]);
    assert_eq!(line.command(), Command::Serve);
    assert_eq!(line.settings.service.listen.to_string(), "127.0.0.1:8080");
    assert!(line.settings.database.database_url.is_none());
    assert!(line.settings.service.demo.is_none());
    assert_eq!(line.settings.service.introspection, Exposure::Auto);
    assert_eq!(line.settings.logs.log_format, LogFormat::Human);
    assert_eq!(line.settings.database.data_dir(), Path::new("/home/jane/.local/share/liaison"));
    assert_eq!(line.settings.limits.request_timeout(), Duration::from_secs(10));
}

#[test]
fn the_data_folder_of_root_is_not_in_its_home() {
    assert_eq!(ok(&[], &[("HOME", "/root")]).settings.database.data_dir(), Path::new("/var/lib/liaison"));
    let with_xdg = ok(&[], &[("HOME", "/root"), ("XDG_DATA_HOME", "/srv/data")]);
    assert_eq!(with_xdg.settings.database.data_dir(), Path::new("/srv/data/liaison"));
    assert_eq!(ok(&["--data-dir", "/tmp/x"], &[]).settings.database.data_dir(), Path::new("/tmp/x"));
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let file = File::with("listen = \"127.0.0.1:1001\"\nmax-depth = 7\nlog = 'warn'\n");
    let environment = [("LIAISON_LISTEN", "127.0.0.1:1002"), ("LIAISON_MAX_DEPTH", "8")];

    let line = ok(&["--config", file.path(), "--listen", "127.0.0.1:1003"], &environment);
    assert_eq!(line.settings.service.listen.port(), 1003);
    assert_eq!(line.settings.limits.max_depth, 8);
    assert_eq!(line.settings.logs.log, "warn");
    assert_eq!(line.settings.limits.max_aliases, 100, "what nobody says keeps its default");

    // The place of a flag does not matter, nor how the file was named.
    let environment = [environment[0], environment[1], ("LIAISON_CONFIG", file.path())];
    let line = ok(&["serve", "--listen=127.0.0.1:1003"], &environment);
    assert_eq!(line.settings.service.listen.port(), 1003);
    assert_eq!(line.settings.logs.log, "warn");
    let line = ok(&["--listen=127.0.0.1:1003", "migrate"], &environment);
    assert_eq!(line.command(), Command::Migrate);
    assert_eq!(line.settings.service.listen.port(), 1003);
    assert_eq!(ok(&["verify"], &environment).settings.service.listen.port(), 1002);
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let file = File::with("max-depth = 7");
    let line = ok(&["--config", file.path()], &[("DATABASE_URL", ""), ("LIAISON_MAX_DEPTH", ""), ("LIAISON_DEMO", "")]);
    assert!(line.settings.database.database_url.is_none());
    assert_eq!(line.settings.limits.max_depth, 7);
    assert!(line.settings.service.demo.is_none());
}

#[test]
fn switches_are_set_from_everywhere_both_ways() {
    assert_eq!(ok(&["--demo"], &[]).settings.service.demo, Some(true));
    assert_eq!(ok(&["--demo", "serve"], &[]).settings.service.demo, Some(true));
    assert_eq!(ok(&["--demo=false"], &[("LIAISON_DEMO", "true")]).settings.service.demo, Some(false));
    assert!(ok(&["--ephemeral"], &[("LIAISON_EPHEMERAL", "false")]).settings.database.ephemeral);
    assert!(ok(&[], &[("LIAISON_OFFLINE", "true")]).settings.database.offline);
    let file = File::with("demo = true\noffline = true");
    let line = ok(&["--config", file.path()], &[("LIAISON_OFFLINE", "false")]);
    assert_eq!(line.settings.service.demo, Some(true));
    assert!(!line.settings.database.offline);
    assert!(refused(&[], &[("LIAISON_DEMO", "perhaps")]).starts_with("LIAISON_DEMO: invalid value 'perhaps'"));
}

#[test]
fn lists_come_with_commas_or_as_toml_lists() {
    let file =
        File::with("auth-algorithms = [\"RS256\", \"ES256\"]\ncors-origins = \"https://a.example,https://b.example\"");
    let line = ok(&["--config", file.path()], &[("LIAISON_AUTH_AUDIENCE", "liaison,directory")]);
    assert_eq!(line.settings.tokens.auth_algorithms, [Algorithm::Rs256, Algorithm::Es256]);
    assert_eq!(line.settings.service.cors_origins, ["https://a.example", "https://b.example"]);
    assert_eq!(line.settings.tokens.auth_audience, ["liaison", "directory"]);
}

#[test]
fn a_key_that_is_no_setting_is_refused_with_the_list_of_those_that_are() {
    let file = File::with("listn = \"127.0.0.1:1001\"");
    let message = refused(&["--config", file.path()], &[]);
    assert!(message.contains("there is no setting \"listn\""), "{message}");
    assert!(message.contains("listen, demo, introspection"), "{message}");
    // A file that includes another would hide where a setting comes from.
    let file = File::with("config = \"other.toml\"");
    assert!(refused(&["--config", file.path()], &[]).contains("there is no setting \"config\""));
}

#[test]
fn a_wrong_value_is_blamed_on_where_it_stands() {
    let file = File::with("pool-size = 1");
    let message = refused(&["--config", file.path()], &[]);
    assert!(message.starts_with(&format!("{}, pool-size: invalid value '1'", file.path())), "{message}");
    let message = refused(&[], &[("LIAISON_LISTEN", "everywhere")]);
    assert!(message.starts_with("LIAISON_LISTEN: invalid value 'everywhere'"), "{message}");
    assert!(message.ends_with("use an address and a port, such as 127.0.0.1:8080 or [::]:8080"), "{message}");
    assert_eq!(ok(&["--listen", "localhost:81"], &[]).settings.service.listen.to_string(), "127.0.0.1:81");
    assert!(!message.contains('\n'), "{message}");
    let message = refused(&["--log-format", "xml"], &[]);
    assert!(message.contains("human, json"), "{message}");
    let file = File::with("pool-size = { least = 1 }");
    assert!(refused(&["--config", file.path()], &[]).contains("pool-size must be a text, a number"));
}

#[test]
fn a_file_that_cannot_be_read_stops_the_start_and_does_not_show_its_lines() {
    assert!(refused(&["--config", "/nonexistent/liaison.toml"], &[]).starts_with("/nonexistent/liaison.toml: "));
    let file = File::with(&format!("listen = \"127.0.0.1:1001\"\nauth-hs256-secret = \"{SECRET}\n"));
    let message = refused(&["--config", file.path()], &[]);
    assert!(message.contains("line 2 is not TOML"), "{message}");
    assert!(!message.contains("horse"), "{message}");
}

#[test]
fn debug_shows_no_secret() {
    let environment = [
        ("DATABASE_URL", "postgres://owner:hunter2@db/liaison"),
        ("LIAISON_APP_DATABASE_URL", "postgres://app:hunter2@db/liaison"),
        ("LIAISON_AUTH_HS256_SECRET", SECRET),
        ("LIAISON_AUTH_ISSUER", "https://id.example"),
        ("LIAISON_AUTH_AUDIENCE", "liaison"),
    ];
    let line = ok(&[], &environment);
    let shown = format!("{line:?} {:?}", line.settings.sign_in().expect("configured"));
    assert!(!shown.contains("hunter2") && !shown.contains("horse"), "{shown}");
    let url = line.settings.database.database_url.as_ref().expect("set");
    assert_eq!(url.expose_secret(), "postgres://owner:hunter2@db/liaison");
}

#[test]
fn help_shows_variables_and_no_values() {
    let help = refused(&["--help"], &[("LIAISON_AUTH_HS256_SECRET", SECRET)]);
    assert!(help.contains("[DATABASE_URL]") && help.contains("[LIAISON_LISTEN]"), "{help}");
    assert!(!help.contains("horse"));
    for heading in ["Server:", "Database:", "Tokens:", "Limits:", "Log:"] {
        assert!(help.contains(heading), "{heading} in {help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 120));
}

#[test]
fn a_token_is_asked_for() {
    let line = ok(
        &[
            "token",
            "--role",
            "provider_admin",
            "--org",
            "Acme",
            "--subject",
            "jane",
            "--ttl",
            "30m",
            "--data-dir",
            "/tmp/d",
        ],
        &[],
    );
    assert_eq!(line.settings.database.data_dir(), Path::new("/tmp/d"));
    let Command::Token(token) = line.command() else { panic!("not a token") };
    assert_eq!(token.roles(), [Role::ProviderAdmin].into());
    assert_eq!(token.organization, OrganizationName::Subdomain("acme".to_owned()));
    assert_eq!((token.subject.as_str(), token.ttl), ("jane", Duration::from_secs(1800)));
    assert_eq!(token.permissions(), None);

    let id = "0192f0c1-1111-7000-8000-000000000001";
    let Command::Token(token) = ok(&["token", "--role=viewer,clinician", "--org", id], &[]).command() else {
        panic!("not a token")
    };
    assert_eq!(token.organization, OrganizationName::Id(Uuid::try_parse(id).expect("an id")));
    assert_eq!(token.roles().len(), 2);
    assert!(refused(&["token", "--role", "king", "--org", id], &[]).contains("use super_admin"));
    assert!(refused(&["token", "--role", "viewer"], &[]).contains("--org"));
    // A token's parts are no settings: a variable cannot slip one in.
    assert!(refused(&["--role", "viewer"], &[]).contains("--role"));
}

#[test]
fn nobody_signs_in_from_afar_without_configured_tokens() {
    assert!(matches!(ok(&[], &[]).settings.sign_in(), Ok(SignIn::Demo)));
    assert!(matches!(ok(&["--listen=[::1]:80"], &[]).settings.sign_in(), Ok(SignIn::Demo)));
    for address in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80"] {
        let line = ok(&["--demo", "--listen", address], &[]);
        assert!(matches!(line.settings.sign_in(), Err(SignInError::NotConfigured { .. })), "{address}");
    }
}

#[test]
fn half_a_configuration_is_none() {
    let half = |environment: &[(&str, &str)]| ok(&[], environment).settings.sign_in().expect_err("half").to_string();
    let secret = ("LIAISON_AUTH_HS256_SECRET", SECRET);
    let issuer = ("LIAISON_AUTH_ISSUER", "https://id.example");
    let audience = ("LIAISON_AUTH_AUDIENCE", "liaison");
    assert!(half(&[secret, issuer]).starts_with("auth-audience is not set"));
    assert!(half(&[secret, audience]).starts_with("auth-issuer is not set"));
    assert!(half(&[issuer, audience]).starts_with("no key to check tokens with"));
    let both = half(&[secret, issuer, audience, ("LIAISON_AUTH_HS256_SECRET_FILE", "/run/secret")]);
    assert!(both.contains("both set"), "{both}");
}

#[test]
fn a_secret_may_come_from_a_file_of_its_own() {
    let file = File::with(&format!("{SECRET}\n"));
    let line = ok(
        &[
            "--auth-hs256-secret-file",
            file.path(),
            "--auth-issuer=me",
            "--auth-audience=liaison",
            "--auth-leeway-seconds=5",
        ],
        &[],
    );
    let Ok(SignIn::Configured(settings)) = line.settings.sign_in() else { panic!("not configured") };
    let [KeySource::Secret { secret, key_id: None }] = &settings.keys[..] else { panic!("not a secret") };
    assert_eq!(secret.expose_secret(), SECRET);
    assert_eq!(settings.leeway, Duration::from_secs(5));
    let line = ok(&["--auth-hs256-secret-file=/nonexistent", "--auth-issuer=me", "--auth-audience=liaison"], &[]);
    assert!(matches!(line.settings.sign_in(), Err(SignInError::Setup(AuthSetupError::Unreadable { .. }))));
}

#[test]
fn settings_are_documented() {
    let table = settings_table();
    for setting in CommandLine::tree().get_arguments() {
        let long = setting.get_long().expect("every setting has a long flag");
        let variable = setting.get_env().expect("every setting has a variable").to_string_lossy().into_owned();
        let expected = match long {
            "database-url" => "DATABASE_URL".to_owned(),
            other => format!("LIAISON_{}", other.to_ascii_uppercase().replace('-', "_")),
        };
        assert_eq!(variable, expected);
        let row = table.lines().find(|line| line.starts_with(&format!("| `--{long}` | `{variable}` | "))).expect(long);
        let meaning = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        assert!(meaning.len() > 15, "{long} is not explained: {row}");
    }
    assert!(table.contains("| `--listen` | `LIAISON_LISTEN` | `127.0.0.1:8080` | "));
    assert!(table.contains("### Tokens\n"));
}
