//! What others say of the running application: the whole `graphql-http` audit, the clients `graphql-ws` and `graphql-sse`, and GraphiQL
//! opened in headless Chromium. All need Node, the last a Chromium too; where they are missing the tests say so and pass, but not in CI.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{App, Who};

/// Copies the files of `tests/<name>` out of the source tree and installs what they lock.
fn install(name: &str) -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("guarantee-{name}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    for entry in std::fs::read_dir(&source).expect("the files are in tests") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            std::fs::copy(&path, folder.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    let run = |program: &str, arguments: &[&str]| -> Result<Output, String> {
        let output = Command::new(program).args(arguments).current_dir(&folder).output();
        let output = output.map_err(|error| format!("{program} cannot be run: {error}"))?;
        if output.status.success() {
            Ok(output)
        } else {
            Err(format!("{program} {arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
        }
    };
    run("node", &["--version"])?;
    run("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"])?;
    Ok(folder)
}

/// Says why a test was not run, and fails where it must be.
fn skip(what: &str, reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "{what} must run in CI: {reason}");
    eprintln!("SKIPPED {what}: {reason}");
}

async fn script(folder: PathBuf, arguments: Vec<String>) -> Output {
    let run = move || Command::new("node").args(arguments).current_dir(folder).output().expect("node ran before");
    tokio::task::spawn_blocking(run).await.expect("no panic")
}

fn assert_success(output: &Output) {
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_graphql_http_audit_is_ok_against_the_application() {
    let folder = match tokio::task::spawn_blocking(|| install("audit")).await.expect("no panic") {
        Ok(folder) => folder,
        Err(reason) => return skip("the graphql-http audit", &reason),
    };
    let app = App::demo().await;
    let output = script(folder, vec!["audit.mjs".to_owned(), format!("{}/graphql", app.url())]).await;
    assert_success(&output);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_that_others_use_follow_the_log() {
    let folder = match tokio::task::spawn_blocking(|| install("clients")).await.expect("no panic") {
        Ok(folder) => folder,
        Err(reason) => return skip("graphql-ws and graphql-sse", &reason),
    };
    let app = App::demo().await;
    let arguments = vec!["following.mjs".to_owned(), app.url().to_owned(), app.token(&Who::acme_admin())];
    assert_success(&script(folder, arguments).await);
}

/// The Chromium of this machine, by setting or where distributions put it.
fn chromium() -> Result<PathBuf, String> {
    let set = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    set.into_iter()
        .chain(usual)
        .find(|path| path.exists())
        .ok_or_else(|| "no Chromium: install it, or set CHROMIUM".to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphiql_opens_in_a_browser_and_a_query_is_answered() {
    let ready = tokio::task::spawn_blocking(|| install("browser").and_then(|folder| Ok((folder, chromium()?))));
    let (folder, browser) = match ready.await.expect("no panic") {
        Ok(ready) => ready,
        Err(reason) => return skip("GraphiQL in a browser", &reason),
    };
    let app = App::demo().await;
    let page = app.client().get(format!("{}/graphiql", app.url())).send().await.expect("an answer");
    if page.status().as_u16() == 503 {
        return skip("GraphiQL in a browser", &page.text().await.unwrap_or_default());
    }
    let open = |arguments: &[&str]| {
        let mut command = Command::new("node");
        command.args(["graphiql.mjs", app.url()]).args(arguments).env("CHROMIUM", &browser).current_dir(&folder);
        tokio::task::spawn_blocking(move || command.output().expect("node ran before"))
    };
    assert_success(&open(&["\"data\""]).await.expect("no panic"));
    // What is followed comes while the page is open.
    let story = ["--story", "Live changes · as Acme Healthcare admin", "--as", "Acme Healthcare admin"];
    let following = open(&[&["Seen Live"][..], &story].concat());
    let create = "mutation { contactCreate(contact: { allowDuplicate: true, firstName: \"Seen\", lastName: \"Live\" }) { userErrors { message } } }";
    while !following.is_finished() {
        app.ask(&Who::acme_admin(), create).await.done("contactCreate");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert_success(&following.await.expect("no panic"));
}
