//! Cells of rows, read where they stand: in the binary format in which the database sends them, of a row that the driver gave or of a
//! record in an array of such. It knows nothing of what they are cells of.

use std::error::Error;

use fallible_iterator::FallibleIterator;
use postgres_protocol::types::array_from_sql;
use postgres_types::{FromSql, Type};
use sqlx::postgres::PgRow;
use sqlx::{Row as _, ValueRef};
use uuid::Uuid;

use crate::failure::Fault;
use crate::session::Row;

/// The cells of one row.
#[derive(Clone, Copy)]
pub(super) enum Cells<'a> {
    /// Of a row of an answer, as one driver gives it.
    Lent(&'a PgRow),
    /// As the other does.
    Laned(&'a tokio_postgres::Row),
    /// Of a record in an array: how many there are, then the type, the length and the bytes of each.
    Record(&'a [u8]),
}

impl<'a> Cells<'a> {
    /// Of a row.
    pub(super) const fn of(row: &'a Row) -> Self {
        match row {
            Row::Lent(row) => Self::Lent(row),
            Row::Laned(row) => Self::Laned(row),
        }
    }

    /// The bytes of a cell; nothing of one that is null.
    fn bytes(self, at: usize) -> Result<Option<&'a [u8]>, Fault> {
        match self {
            Self::Lent(row) => {
                let cell = row.try_get_raw(at)?;
                if cell.is_null() { Ok(None) } else { Ok(Some(cell.as_bytes().map_err(unreadable)?)) }
            }
            Self::Laned(row) => {
                let cell: Option<Bytes<'_>> = row.try_get(at).map_err(|error| unreadable(error.into()))?;
                Ok(cell.map(|Bytes(bytes)| bytes))
            }
            Self::Record(record) => {
                field(record, at).ok_or_else(|| Fault::Internal(format!("a record ends before its field {at}")))
            }
        }
    }

    /// A cell that holds a value of this type; `Option` where it may be null.
    pub(super) fn get<T: FromSql<'a>>(self, at: usize, kind: &Type) -> Result<T, Fault> {
        T::from_sql_nullable(kind, self.bytes(at)?).map_err(unreadable)
    }

    /// A cell that holds an array of records.
    pub(super) fn records(self, at: usize) -> Result<Vec<Self>, Fault> {
        let array = self.bytes(at)?.ok_or_else(|| Fault::Internal("there is no list in a cell for one".to_owned()))?;
        let array = array_from_sql(array).map_err(unreadable)?;
        array
            .values()
            .map(|record| record.map(Self::Record).ok_or_else(|| "a record is null".into()))
            .collect()
            .map_err(unreadable)
    }

    /// A cell that holds an array of ids, if it holds any.
    pub(super) fn ids(self, at: usize) -> Result<Option<Ids<'a>>, Fault> {
        Ok(self.bytes(at)?.map(Ids))
    }
}

/// An array of ids, where it stands.
#[derive(Clone, Copy)]
pub(super) struct Ids<'a>(&'a [u8]);

impl Ids<'_> {
    /// Whether one of them is this.
    pub(super) fn hold(self, id: Uuid) -> Result<bool, Fault> {
        let ids = array_from_sql(self.0).map_err(unreadable)?;
        ids.values().any(|each| Ok(each == Some(id.as_bytes().as_slice()))).map_err(unreadable)
    }
}

/// A cell as it came.
struct Bytes<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Bytes<'a> {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(bytes))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A field of a record; nothing if it does not have as many. A field that is null is there, and has no bytes.
fn field(record: &[u8], at: usize) -> Option<Option<&[u8]>> {
    let (_, mut rest) = record.split_first_chunk::<4>()?;
    let mut before = at;
    loop {
        let (_, behind) = rest.split_first_chunk::<4>()?;
        let (length, behind) = behind.split_first_chunk::<4>()?;
        // The length of a field that is null is negative.
        let value = match usize::try_from(i32::from_be_bytes(*length)) {
            Ok(length) => Some(behind.get(..length)?),
            Err(_) => None,
        };
        if before == 0 {
            return Some(value);
        }
        before -= 1;
        rest = behind.get(value.map_or(0, <[u8]>::len)..)?;
    }
}

fn unreadable(error: Box<dyn Error + Send + Sync>) -> Fault {
    Fault::Internal(format!("a cell is not what was asked for: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record as PostgreSQL sends it.
    fn record(fields: &[(Type, Option<&[u8]>)]) -> Vec<u8> {
        let mut record = i32::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
        for (kind, value) in fields {
            record.extend(kind.oid().to_be_bytes());
            record.extend(value.map_or(-1, |value| i32::try_from(value.len()).unwrap()).to_be_bytes());
            record.extend(value.unwrap_or_default());
        }
        record
    }

    /// An array as PostgreSQL sends it: dimensions, nulls, type, then each dimension's length and first place, then the elements.
    fn array(records: &[Vec<u8>]) -> Vec<u8> {
        let number = i32::try_from(records.len()).unwrap();
        let mut array = [i32::from(number > 0), 0].map(i32::to_be_bytes).concat();
        array.extend(Type::RECORD.oid().to_be_bytes());
        if number > 0 {
            array.extend([number, 1].map(i32::to_be_bytes).concat());
        }
        for record in records {
            array.extend(i32::try_from(record.len()).unwrap().to_be_bytes());
            array.extend(record);
        }
        array
    }

    #[test]
    fn records_within_records_are_read_and_end_where_they_end() {
        let id = Uuid::from_u128(7);
        let inner = array(&[record(&[(Type::INT4, Some(&3_i32.to_be_bytes())), (Type::TEXT, None)])]);
        let nothing = array(&[]);
        let outer = record(&[
            (Type::UUID, Some(id.as_bytes())),
            (Type::TEXT, Some("Zoë".as_bytes())),
            (Type::RECORD_ARRAY, Some(&inner)),
            (Type::RECORD_ARRAY, Some(&nothing)),
        ]);
        let cells = Cells::Record(&outer);
        assert_eq!(cells.get::<Uuid>(0, &Type::UUID), Ok(id));
        assert_eq!(cells.get(1, &Type::TEXT), Ok(Some("Zoë")));
        let below = cells.records(2).unwrap();
        assert_eq!(below.len(), 1);
        assert_eq!(below[0].get(0, &Type::INT4), Ok(3_i32));
        assert_eq!(below[0].get::<Option<&str>>(1, &Type::TEXT), Ok(None));
        assert!(below[0].get::<&str>(1, &Type::TEXT).is_err(), "what must be there is missing");
        assert!(below[0].get::<Option<&str>>(2, &Type::TEXT).is_err(), "there is no third field");
        assert!(cells.records(3).unwrap().is_empty());
        assert!(cells.get::<i32>(0, &Type::INT4).is_err(), "an id is no number");
        for end in 0..outer.len() {
            assert!(Cells::Record(&outer[..end]).records(3).is_err(), "cut at {end}");
        }
    }
}
