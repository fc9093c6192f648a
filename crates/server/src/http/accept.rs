//! Which of the two media types of GraphQL over HTTP a response has, by the client's `Accept`.
//! It may not fall back to a type that the client excluded: then the answer is 406.

use http::HeaderMap;
use http::HeaderValue;
use http::header::ACCEPT;

use super::refusal::Refusal;

/// A media type that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the HTTP status tells whether the operation ran.
    GraphqlResponse,
    /// `application/json`, for clients that expect 200 for every well-formed request. Also what `*/*` gets, as the
    /// specification asks until its watershed.
    Json,
}

impl MediaType {
    const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
    const JSON: &str = "application/json";

    /// The value of `Content-Type`.
    pub const fn content_type(self) -> HeaderValue {
        match self {
            Self::GraphqlResponse => HeaderValue::from_static("application/graphql-response+json; charset=utf-8"),
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
        }
    }

    /// What the client likes best; a range that names a type outweighs one with a star, as RFC 9110 says.
    pub fn negotiate(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(ranges) = ranges(headers) else { return Ok(Self::Json) };
        let best_for = |name: &str| best_for(&ranges, name);
        // (weight, named in full): who names the newer type and likes both gets it, who says only `*/*` gets the older.
        let rank = |name: &str| best_for(name).map(|(specificity, weight)| (weight, specificity == 2));
        let graphql_response = rank(Self::GRAPHQL_RESPONSE).filter(|(weight, _)| *weight > 0);
        let json = rank(Self::JSON).filter(|(weight, _)| *weight > 0);
        match (graphql_response, json) {
            (Some(graphql_response), Some(json)) if graphql_response.1 && graphql_response >= json => {
                Ok(Self::GraphqlResponse)
            }
            (Some(graphql_response), Some(json)) if graphql_response.0 > json.0 => Ok(Self::GraphqlResponse),
            (_, Some(_)) => Ok(Self::Json),
            (Some(_), None) => Ok(Self::GraphqlResponse),
            (None, None) => Err(Refusal::not_acceptable(format!(
                "Nothing that the header Accept names is served here: ask for {} or {}, in UTF-8.",
                Self::GRAPHQL_RESPONSE,
                Self::JSON
            ))),
        }
    }
}

/// Refuses a client that does not take server-sent events.
pub fn check_event_stream(headers: &HeaderMap) -> Result<(), Refusal> {
    let taken = ranges(headers)
        .is_none_or(|ranges| best_for(&ranges, "text/event-stream").is_some_and(|(_, weight)| weight > 0));
    if taken {
        return Ok(());
    }
    Err(Refusal::not_acceptable(
        "This path answers with server-sent events: ask for text/event-stream, or send the request to /graphql.",
    ))
}

/// What `Accept` names; `None` where it says nothing.
fn ranges(headers: &HeaderMap) -> Option<Vec<Range>> {
    let values = || headers.get_all(ACCEPT).iter();
    let ranges: Vec<Range> = values()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect();
    (!ranges.is_empty() || !values().all(|value| value.as_bytes().trim_ascii().is_empty())).then_some(ranges)
}

fn best_for(ranges: &[Range], name: &str) -> Option<(u8, u16)> {
    ranges.iter().filter_map(|range| range.matches(name)).max_by_key(|found| found.0)
}

/// One range of `Accept`.
struct Range {
    name: String,
    /// In thousandths, as `q` has three digits at most.
    weight: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let (kind, subtype) = name.split_once('/')?;
        if kind.is_empty() || subtype.is_empty() {
            return None;
        }
        let mut weight = 1000;
        for parameter in parts {
            let Some((key, value)) = parameter.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match key.trim().to_ascii_lowercase().as_str() {
                "q" => {
                    let q = value.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q))?;
                    #[allow(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "0 to 1000 by the line above"
                    )]
                    let thousandths = (q * 1000.0).round() as u16;
                    weight = thousandths;
                }
                "charset" if !value.eq_ignore_ascii_case("utf-8") && !value.eq_ignore_ascii_case("utf8") => {
                    return None;
                }
                _ => {}
            }
        }
        Some(Self { name, weight })
    }

    /// How exactly this range means `name` (2: by name, 1: `application/*`, 0: `*/*`), and how much it is liked.
    fn matches(&self, name: &str) -> Option<(u8, u16)> {
        let kind = name.split_once('/').map(|(kind, _)| kind);
        let specificity = match self.name.as_str() {
            own if own == name => 2,
            "*/*" => 0,
            own if own.strip_suffix("/*") == kind => 1,
            _ => return None,
        };
        Some((specificity, self.weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiate(accept: &[&'static str]) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, HeaderValue::from_static(value));
        }
        MediaType::negotiate(&headers).ok()
    }

    #[test]
    fn what_is_named_is_served() {
        assert_eq!(negotiate(&["application/graphql-response+json"]), Some(MediaType::GraphqlResponse));
        assert_eq!(negotiate(&["application/json"]), Some(MediaType::Json));
        assert_eq!(negotiate(&["APPLICATION/JSON; charset=UTF-8"]), Some(MediaType::Json));
        assert_eq!(
            negotiate(&["application/graphql-response+json; charset=utf-8, application/json;q=0.9"]),
            Some(MediaType::GraphqlResponse)
        );
        assert_eq!(
            negotiate(&["application/json", "application/graphql-response+json"]),
            Some(MediaType::GraphqlResponse)
        );
        assert_eq!(negotiate(&["application/json, application/graphql-response+json;q=0.5"]), Some(MediaType::Json));
    }

    #[test]
    fn who_says_nothing_gets_plain_json() {
        for accept in
            [&[][..], &[""], &["*/*"], &["application/*"], &["text/html, */*;q=0.1"], &["application/json, */*"]]
        {
            assert_eq!(negotiate(accept), Some(MediaType::Json), "{accept:?}");
        }
    }

    #[test]
    fn weights_and_exclusions_count() {
        assert_eq!(negotiate(&["*/*, application/json;q=0"]), Some(MediaType::GraphqlResponse));
        assert_eq!(negotiate(&["application/json;q=0.4, */*"]), Some(MediaType::GraphqlResponse));
        assert_eq!(negotiate(&["application/graphql-response+json, */*"]), Some(MediaType::GraphqlResponse));
    }

    #[test]
    fn what_is_not_served_is_not_acceptable() {
        for accept in [
            "text/html",
            "image/*",
            "application/json;q=0",
            "application/json;charset=latin1",
            "rubbish",
            "a/",
            "application/json;q=7",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            let refusal = MediaType::negotiate(&headers).expect_err(accept);
            assert_eq!(refusal.status(), http::StatusCode::NOT_ACCEPTABLE, "{accept}");
        }
    }
}
