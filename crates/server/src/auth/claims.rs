//! The claims of a token whose signature is right, checked (RFC 7519, RFC 8725) and turned into a viewer. It may not look anything up.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use liaison_domain::viewer::{Role, Viewer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::AuthError;

/// Longest subject, in characters: it is written into every event.
const LONGEST_SUBJECT: usize = 255;

/// Where in a token our claims are. A name is first tried as it stands (`https://example.com/org`), then as a path
/// with dots (`realm_access.roles`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The login that acts.
    pub subject: String,
    /// The organization for which it acts.
    pub organization: String,
    /// The roles.
    pub roles: String,
    /// What narrows the roles.
    pub permissions: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            subject: "sub".to_owned(),
            organization: "org_id".to_owned(),
            roles: "roles".to_owned(),
            permissions: "permissions".to_owned(),
        }
    }
}

/// A JSON object in which no name stands twice: two readers of one token must not see two different claims.
pub(super) struct Claims(pub(super) Map<String, Value>);

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;

        impl<'de> Visitor<'de> for Once {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Claims, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = entries.next_entry::<String, Value>()? {
                    if map.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name stands twice"));
                    }
                }
                Ok(Claims(map))
            }
        }

        deserializer.deserialize_map(Once)
    }
}

/// What every token is measured by.
#[derive(Clone, Debug)]
pub(super) struct ClaimRules {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) names: ClaimNames,
    pub(super) leeway: TimeDelta,
}

impl ClaimRules {
    /// The viewer, and the instant from which the token is refused (`exp` and the leeway).
    pub(super) fn viewer(&self, claims: &Claims, now: DateTime<Utc>) -> Result<(Viewer, DateTime<Utc>), AuthError> {
        let expires_at = required(claims, "exp", Claims::instant)?;
        let refused_from = expires_at.checked_add_signed(self.leeway).unwrap_or(DateTime::<Utc>::MAX_UTC);
        if now >= refused_from {
            return Err(AuthError::Expired { at: expires_at });
        }
        if let Some(at) = claims.instant("nbf")?
            && self.is_to_come(at, now)
        {
            return Err(AuthError::NotYetValid { at });
        }
        if let Some(at) = claims.instant("iat")?
            && self.is_to_come(at, now)
        {
            return Err(AuthError::IssuedInFuture { at });
        }
        if required(claims, "iss", Claims::text)? != self.issuer {
            return Err(AuthError::ForeignIssuer);
        }
        if !required(claims, "aud", Claims::audiences)?.iter().any(|audience| self.audiences.contains(audience)) {
            return Err(AuthError::ForeignAudience);
        }

        let subject = self.subject(claims)?;
        let organization_id = self.organization_id(claims)?;
        let roles = self.roles(claims)?;
        let permissions = claims.texts(&self.names.permissions)?.map(BTreeSet::from_iter);
        Ok((Viewer::new(subject, organization_id, roles, permissions), refused_from))
    }

    fn is_to_come(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        at.signed_duration_since(now) > self.leeway
    }

    fn subject(&self, claims: &Claims) -> Result<String, AuthError> {
        let name = &self.names.subject;
        let subject = required(claims, name, Claims::text)?;
        let fits = !subject.trim().is_empty()
            && subject.chars().count() <= LONGEST_SUBJECT
            && !subject.chars().any(char::is_control);
        if !fits {
            return Err(malformed(name, "a text of 1 to 255 characters without control characters"));
        }
        Ok(subject)
    }

    fn organization_id(&self, claims: &Claims) -> Result<Uuid, AuthError> {
        let name = &self.names.organization;
        let text = required(claims, name, Claims::text)?;
        Uuid::try_parse(&text)
            .ok()
            .filter(|id| !id.is_nil())
            .ok_or_else(|| malformed(name, "the UUID of an organization"))
    }

    /// The known roles; others are for other systems. A token without any would be a viewer without a single right,
    /// which answers like an empty directory: it is refused, so that its holder learns why.
    fn roles(&self, claims: &Claims) -> Result<BTreeSet<Role>, AuthError> {
        let name = &self.names.roles;
        let roles: BTreeSet<Role> =
            required(claims, name, Claims::texts)?.iter().filter_map(|role| role.parse().ok()).collect();
        if roles.is_empty() {
            return Err(AuthError::NoKnownRole { claim: name.clone() });
        }
        Ok(roles)
    }
}

fn malformed(claim: &str, expected: &'static str) -> AuthError {
    AuthError::ClaimMalformed { claim: claim.to_owned(), expected }
}

fn required<T>(
    claims: &Claims,
    name: &str,
    read: impl Fn(&Claims, &str) -> Result<Option<T>, AuthError>,
) -> Result<T, AuthError> {
    read(claims, name)?.ok_or_else(|| AuthError::ClaimMissing { claim: name.to_owned() })
}

impl Claims {
    /// The claim of that exact name, or else at the end of that path. A null is a claim of the wrong type, not an absent one.
    fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut steps = name.split('.');
            let first = self.0.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.as_object()?.get(step))
        })
    }

    fn text(&self, name: &str) -> Result<Option<String>, AuthError> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(malformed(name, "a text")),
        }
    }

    fn texts(&self, name: &str) -> Result<Option<Vec<String>>, AuthError> {
        let wrong = || malformed(name, "a list of texts");
        match self.find(name) {
            None => Ok(None),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .map(Some)
                .ok_or_else(wrong),
            Some(_) => Err(wrong()),
        }
    }

    fn audiences(&self, name: &str) -> Result<Option<Vec<String>>, AuthError> {
        match self.find(name) {
            Some(Value::String(one)) => Ok(Some(vec![one.clone()])),
            Some(Value::Array(_)) => self.texts(name),
            None => Ok(None),
            Some(_) => Err(malformed(name, "a text or a list of texts")),
        }
    }

    /// A NumericDate: seconds since 1970, whole or not. The registered names are never paths, but a lone name is no path.
    fn instant(&self, name: &str) -> Result<Option<DateTime<Utc>>, AuthError> {
        let Some(value) = self.find(name) else { return Ok(None) };
        let seconds = value.as_i64().or_else(|| {
            let seconds = value.as_f64()?.floor();
            // A float that does not fit saturates, and then is out of the calendar below.
            #[allow(clippy::cast_possible_truncation)]
            seconds.is_finite().then_some(seconds as i64)
        });
        seconds
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .map(Some)
            .ok_or_else(|| malformed(name, "a number of seconds since 1970"))
    }
}
