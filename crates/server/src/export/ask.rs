//! What a file shall hold, whoever asks and however. It reads no row.

use chrono::NaiveDate;
use liaison_domain::export::{Format, List};
use liaison_domain::reading::ContactQuery;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A file that is wanted.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The list and its arguments.
    pub rows: Rows,
    /// As what.
    pub format: Format,
    /// The arguments as they were given, for the log.
    pub arguments: Map<String, Value>,
}

/// Which rows.
#[derive(Clone, Debug)]
pub enum Rows {
    /// Of the directory.
    Contacts(Box<ContactQuery>),
    /// Of these organizations' emergency contacts; of the own one's where none is named.
    Emergency(Vec<Uuid>),
    /// Of the referrals that these organizations made.
    Referrals {
        /// Who made them; the own organization where none is named.
        organizations: Vec<Uuid>,
        /// Only to these providers.
        providers: Option<Vec<Uuid>>,
        /// From this day on.
        from: Option<NaiveDate>,
        /// Until this day.
        until: Option<NaiveDate>,
    },
}

impl Ask {
    /// Which list it is.
    pub fn list(&self) -> List {
        match self.rows {
            Rows::Contacts(_) => List::Contacts,
            Rows::Emergency(_) => List::Emergency,
            Rows::Referrals { .. } => List::Referrals,
        }
    }
}
