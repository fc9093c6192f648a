//! Cursors: where in an order a row stands, as a text that clients pass back unread. A cursor holds the sort values of its own row
//! and nothing of any other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The sort values of a row and its id, under the name of the order that they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    order: String,
    values: Vec<String>,
    id: Uuid,
}

/// A text that is no cursor of this list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of this list in this order: pass one that pageInfo or an edge of the same query gave")]
pub struct BadCursor;

impl Cursor {
    pub(crate) fn new(order: &str, values: Vec<String>, id: Uuid) -> Self {
        Self { order: order.to_owned(), values, id }
    }

    /// The text for clients.
    pub fn encode(&self) -> String {
        let parts = (&self.order, &self.values, self.id);
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&parts).expect("strings and a UUID are JSON"))
    }

    /// Reads a client's text.
    pub fn decode(text: &str) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (order, values, id): (String, Vec<String>, Uuid) = serde_json::from_slice(&bytes).map_err(|_| BadCursor)?;
        // PostgreSQL's text holds no NUL.
        if values.iter().any(|value| value.contains('\0')) {
            return Err(BadCursor);
        }
        Ok(Self { order, values, id })
    }

    /// The one sort value of a cursor of this order.
    pub(crate) fn text(&self, order: &str) -> Option<&str> {
        match self.values.as_slice() {
            [one] if self.order == order => Some(one),
            _ => None,
        }
    }

    /// The id of the row.
    pub(crate) fn id(&self) -> Uuid {
        self.id
    }

    /// The sort values, if the cursor belongs to the order and fits its kinds.
    pub(super) fn values(&self, order: &str, kinds: &[super::listing::KeyKind]) -> Result<&[String], BadCursor> {
        let fits = self.order == order
            && self.values.len() == kinds.len()
            && self.values.iter().zip(kinds).all(|(value, kind)| kind.accepts(value));
        if fits { Ok(&self.values) } else { Err(BadCursor) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::listing::KeyKind;
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_belongs_to_its_order() {
        let cursor = Cursor::new("NAME", vec!["doe\u{1}jane".to_owned()], Uuid::from_u128(7));
        let back = Cursor::decode(&cursor.encode()).unwrap();
        assert_eq!(back, cursor);
        assert!(back.values("NAME", &[KeyKind::Text]).is_ok());
        assert_eq!(back.values("UPDATED_AT", &[KeyKind::Text]), Err(BadCursor));
        assert_eq!(
            back.values("NAME", &[KeyKind::Instant]),
            Err(BadCursor),
            "a value of another kind never reaches SQL"
        );
        for wrong in ["", "x", "%%%", &URL_SAFE_NO_PAD.encode("[1,2]"), &"A".repeat(9_999)] {
            assert_eq!(Cursor::decode(wrong), Err(BadCursor), "{wrong}");
        }
    }
}
