//! Carries verification codes to a program of the operator's, which knows how to send text messages, calls and emails: one POST each.
//! It decides nothing and keeps nothing.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use liaison_domain::verification::{Courier, Letter, MethodId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// How long the program may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program that is reached over HTTP.
pub struct HttpCourier {
    client: reqwest::Client,
    address: reqwest::Url,
    secret: Option<SecretString>,
}

impl HttpCourier {
    /// Posts to this address; with a secret, as a bearer token.
    pub fn new(address: reqwest::Url, secret: Option<SecretString>) -> Result<Self, reqwest::Error> {
        let client =
            reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, address, secret })
    }

    /// The same, to be shared.
    pub fn shared(self) -> Arc<dyn Courier> {
        Arc::new(self)
    }

    async fn post(&self, letter: Letter) -> Result<(), String> {
        let (kind, id) = match letter.method {
            MethodId::Phone(id) => ("phone", id),
            MethodId::Email(id) => ("email", id),
        };
        let body = json!({
            "via": letter.via.name(),
            "to": letter.to,
            "code": letter.code,
            "expiresAt": letter.expires_at,
            kind: { "id": id },
        });
        let mut request = self.client.post(self.address.clone()).json(&body);
        if let Some(secret) = &self.secret {
            request = request.bearer_auth(secret.expose_secret());
        }
        // The error would name the address, which may hold a secret.
        let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("the courier answered {status}")) }
    }
}

impl Courier for HttpCourier {
    fn send(&self, letter: Letter) -> BoxFuture<'_, Result<(), String>> {
        self.post(letter).boxed()
    }
}
