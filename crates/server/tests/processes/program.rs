//! `liaison serve` as a process of its own, on a port that it chose itself. It knows nothing of what is in the database.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::{env, fs};

use crate::client::{AUDIENCE, ISSUER, SECRET};

/// A running server.
pub struct Program {
    child: Child,
    url: String,
    said: Arc<Mutex<String>>,
}

impl Program {
    /// Starts one and waits until it says where it listens. `database` are the arguments that say on which database.
    pub async fn start(database: &[String]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_liaison"));
        // Whatever the developer has set for a server of their own is not for this one.
        command.env_clear().current_dir("/");
        for name in ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE"] {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        command.args(["--listen", "127.0.0.1:0", "--demo", "--log", "warn", "--request-timeout-ms", "600000"]);
        command.args(["--auth-issuer", ISSUER, "--auth-audience", AUDIENCE, "--auth-hs256-secret", SECRET]);
        command.args(database).arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (said, stderr) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let (tell, told) = tokio::sync::oneshot::channel();
        let heard = said.clone();
        // A thread of its own, as a pipe that nobody reads stops the one who writes.
        std::thread::spawn(move || {
            let mut tell = Some(tell);
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let address = line.trim().strip_prefix("address").map(|rest| rest.trim().trim_end_matches("/graphql"));
                if let (Some(address), true) = (address, tell.is_some()) {
                    let _ = tell.take().map(|tell| tell.send(address.to_owned()));
                }
                heard.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        match told.await {
            Ok(url) => Self { child, url, said },
            Err(_) => panic!("it did not start: {}", said.lock().unwrap()),
        }
    }

    /// `http://localhost:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it said on standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks it to end, as an operator does, and waits until it has, in order.
    pub async fn stop(mut self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let ended = loop {
            match self.child.try_wait().unwrap() {
                Some(ended) => break ended,
                None => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        };
        assert!(ended.success(), "{ended}: {}", self.said());
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A place for one test, removed afterwards.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let name = format!("liaison-test-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
        let folder = Path::new("/tmp").join(name);
        fs::create_dir(&folder).unwrap();
        // PostgreSQL, which never runs as root, has to pass through.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
