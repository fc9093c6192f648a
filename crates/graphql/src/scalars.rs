//! The scalars that clients know by name. They carry text; what is acceptable the domain decides.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};

/// A calendar day without time or zone: `2026-03-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A calendar day without time or zone, as ISO 8601 writes it: `2026-03-31`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => day(text)
                .map(Self)
                .ok_or_else(|| InputValueError::custom("a day must be one such as 2026-03-31, in the years 1 to 9999")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// Reads a day; PostgreSQL has no year 0, and no letter is written in the year 10000.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| (1..=9_999).contains(&day.year()))
}

/// An email address: `jane.doe@example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(pub String);

/// An email address, spelled as it was entered: `Jane.Doe@example.com`.
#[Scalar]
impl ScalarType for EmailAddress {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A phone number: `(212) 555-0123` or `+12125550123`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneNumber(pub String);

/// A phone number in any spelling: `(212) 555-0123`, `+12125550123`.
#[Scalar]
impl ScalarType for PhoneNumber {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
