//! The guard of a server that listens on loopback: it answers only to names of its own. It may not be asked of a server
//! behind a proxy unless the operator lists the public names.
//!
//! A foreign page can let its own name point to 127.0.0.1 once it is loaded; to the browser that is then the page's own
//! origin and may be read, demo tokens included. The header `Host` still has the foreign name.

use std::sync::Arc;

use http::header::HOST;
use http::request::Parts;

use super::refusal::Refusal;

/// The names a server answers to.
#[derive(Clone, Debug, Default)]
pub enum Hosts {
    /// Every name.
    #[default]
    Any,
    /// These names, without port, in lower case.
    Only(Arc<[String]>),
}

impl Hosts {
    /// The names of the own machine.
    pub fn loopback() -> Self {
        Self::only(["localhost", "127.0.0.1", "[::1]"])
    }

    /// These names, without port.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Only(names.into_iter().map(str::to_ascii_lowercase).collect())
    }

    /// Refuses a request to another name.
    pub fn check(&self, parts: &Parts) -> Result<(), Refusal> {
        let Self::Only(names) = self else { return Ok(()) };
        let authority = parts.uri.authority().map(http::uri::Authority::as_str);
        let authority = authority.or_else(|| parts.headers.get(HOST).and_then(|value| value.to_str().ok()));
        let name = authority.map(without_port).map(str::to_ascii_lowercase);
        match name {
            Some(name) if names.contains(&name) => Ok(()),
            _ => Err(Refusal::misdirected(format!(
                "This server answers only to {}. Use one of these names in the address, or list the name in the configuration.",
                names.join(", ")
            ))),
        }
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_served(hosts: &Hosts, host: &str) -> bool {
        let request = http::Request::builder().uri("/graphql").header(HOST, host).body(()).expect("a request");
        hosts.check(&request.into_parts().0).is_ok()
    }

    #[test]
    fn a_loopback_server_answers_to_its_own_names_only() {
        let hosts = Hosts::loopback();
        for host in ["localhost", "localhost:4000", "LOCALHOST:4000", "127.0.0.1:4000", "[::1]:4000", "[::1]"] {
            assert!(is_served(&hosts, host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:4000", "", "127.0.0.1.nip.example", "::1"] {
            assert!(!is_served(&hosts, host), "{host}");
        }
        assert!(is_served(&Hosts::Any, "evil.example"));
    }
}
