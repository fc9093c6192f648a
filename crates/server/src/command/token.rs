//! `liaison token`: a signed token, for a running demo server or with the configured secret.
//! An organization that is named by its subdomain is looked up by asking the running server, as any client would.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use liaison_domain::viewer::Role;

use crate::auth::{AuthSetupError, CannotIssue, DemoKey, DemoKeyError, TokenIssuer, TokenRequest};
use crate::config::{OrganizationName, Settings, TokenCommand};
use crate::service::address;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The keys are not sound.
    #[error(transparent)]
    Setup(#[from] AuthSetupError),
    /// The demo key is not there.
    #[error(transparent)]
    DemoKey(#[from] DemoKeyError),
    /// What is configured can only verify.
    #[error(transparent)]
    CannotIssue(#[from] CannotIssue),
    /// The look-up of the subdomain failed.
    #[error(
        "the organization {subdomain:?} could not be looked up at {address}: {reason}. Start the server first (or name its address with \
         --listen), or give the organization's id in --org"
    )]
    LookUp {
        /// What was looked for.
        subdomain: String,
        /// Where.
        address: String,
        /// What came back.
        reason: String,
    },
    /// There is none.
    #[error("there is no organization with the subdomain {0:?}")]
    NoSuchOrganization(String),
}

/// Signs the wanted token.
pub async fn issue(settings: &Settings, wanted: &TokenCommand) -> Result<String, TokenError> {
    let issuer = match settings.tokens.auth_settings()? {
        Some(configured) => TokenIssuer::new(&configured)?,
        None => DemoKey::read(settings.database.data_dir())?.issuer()?,
    };
    let organization_id = match &wanted.organization {
        OrganizationName::Id(id) => *id,
        OrganizationName::Subdomain(subdomain) => look_up(settings, &issuer, subdomain).await?,
    };
    Ok(issuer.issue(&TokenRequest {
        subject: wanted.subject.clone(),
        organization_id,
        roles: wanted.roles(),
        permissions: wanted.permissions(),
        lifetime: wanted.ttl,
    })?)
}

async fn look_up(settings: &Settings, issuer: &TokenIssuer, subdomain: &str) -> Result<Uuid, TokenError> {
    let reader = issuer.issue(&TokenRequest {
        subject: "liaison token".to_owned(),
        // It only looks, as one who sees every organization; of which it is does not matter.
        organization_id: Uuid::from_u128(1),
        roles: [Role::SuperAdmin].into(),
        permissions: Some(["read".to_owned()].into()),
        lifetime: Duration::from_secs(60),
    })?;
    let address = format!("{}/graphql", address(settings.service.listen));
    let failed =
        |reason: String| TokenError::LookUp { subdomain: subdomain.to_owned(), address: address.clone(), reason };
    let question = json!({
        "query": "query Organization($subdomain: String!) { organization(subdomain: $subdomain) { id } }",
        "variables": { "subdomain": subdomain },
    });
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build();
    let client = client.map_err(|error| failed(error.to_string()))?;
    let answer = client.post(&address).bearer_auth(reader).json(&question).send().await;
    let answer: Value = match answer {
        Ok(answer) => answer.json().await.map_err(|error| failed(error.without_url().to_string()))?,
        Err(error) if error.is_connect() => return Err(failed("no server answers there".to_owned())),
        Err(error) => return Err(failed(error.without_url().to_string())),
    };
    if let Some(error) = answer.pointer("/errors/0/message").and_then(Value::as_str) {
        return Err(failed(error.to_owned()));
    }
    let id = answer.pointer("/data/organization/id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    id.ok_or_else(|| TokenError::NoSuchOrganization(subdomain.to_owned()))
}
