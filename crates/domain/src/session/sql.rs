//! A statement that is being written: its text and the values that it takes, as they go over the wire, whichever driver sends them.

use std::fmt::{Display, Write as _};

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::{Arguments as _, Encode, Postgres, Type};

/// A statement and its values.
pub struct Sql {
    text: String,
    /// The values one behind the other.
    values: PgArgumentBuffer,
    bound: Vec<Bound>,
}

/// A value that a statement takes.
struct Bound {
    /// What it is.
    kind: PgTypeInfo,
    /// Where it ends among the values; it begins where the one before it ends.
    end: usize,
    is_null: bool,
}

/// A value as it goes over the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    /// The type that it is sent as.
    pub kind: &'a PgTypeInfo,
    /// Nothing, for null.
    pub bytes: Option<&'a [u8]>,
}

impl Sql {
    /// One that begins so.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: PgArgumentBuffer::default(), bound: Vec::new() }
    }

    /// Appends text of ours.
    pub fn push(&mut self, text: impl Display) -> &mut Self {
        // To a text that grows nothing is refused.
        let _ = write!(self.text, "{text}");
        self
    }

    /// Appends a place for a value, and the value. What it is, is told to the database with it.
    pub fn push_bind<'v, T: Encode<'v, Postgres> + Type<Postgres>>(&mut self, value: T) -> &mut Self {
        let kind = value.produces().unwrap_or_else(T::type_info);
        let is_null = value.encode(&mut self.values).expect("what this program binds can be sent").is_null();
        self.bound.push(Bound { kind, end: self.values.len(), is_null });
        let place = self.bound.len();
        self.push(format_args!("${place}"))
    }

    /// What is sent.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The values, in the order of their places.
    pub(super) fn values(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        let mut begin = 0;
        self.bound.iter().map(move |Bound { kind, end, is_null }| {
            let bytes = &self.values[begin..*end];
            begin = *end;
            Value { kind, bytes: (!is_null).then_some(bytes) }
        })
    }

    /// As sqlx takes it.
    pub(super) fn for_sqlx(self) -> (String, PgArguments) {
        let mut arguments = PgArguments::default();
        arguments.reserve(self.bound.len(), self.values.len());
        for value in self.values() {
            arguments.add(value).expect("what was encoded once is copied");
        }
        (self.text, arguments)
    }
}

impl Type<Postgres> for Value<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("unknown")
    }
}

impl Encode<'_, Postgres> for Value<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(bytes) = self.bytes else { return Ok(IsNull::Yes) };
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.kind.clone())
    }
}
