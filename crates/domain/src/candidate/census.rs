//! How common names are in this installation, as the last scan counted them. A process keeps them until they are counted anew.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::types::Json;

use crate::access::Scope;
use crate::duplicate::Census;
use crate::failure::Fault;
use crate::reading::Source;
use crate::session::Sql;

/// Names, and when they were counted.
type CountedAt = (DateTime<Utc>, Arc<Census>);

/// What a process remembers of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted(Arc<Mutex<Option<CountedAt>>>);

impl Counted {
    /// The names as the viewer compares by them: who sees everything, by those of everybody; a tenant by the world's, because how many
    /// others have a name is not its to know. Whoever asks has read when they were counted (`Told`), so that only another count costs a
    /// statement.
    pub async fn of(&self, source: &impl Source, counted_at: Option<DateTime<Utc>>) -> Result<Arc<Census>, Fault> {
        if source.scope() != Scope::Everything {
            return Ok(Arc::default());
        }
        let Some(counted_at) = counted_at else { return Ok(Arc::default()) };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, census)) = known.filter(|(at, _)| *at == counted_at) {
            return Ok(census);
        }
        let rows = source.fetch(Sql::new("SELECT counted_at, names FROM duplicate_census")).await?;
        let Some(row) = rows.first() else { return Ok(Arc::default()) };
        let names: Option<Json<Census>> = row.try_get("names")?;
        let at: Option<DateTime<Utc>> = row.try_get("counted_at")?;
        let census = Arc::new(names.map(|Json(names)| names).unwrap_or_default());
        if let Some(at) = at {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, Arc::clone(&census)));
        }
        Ok(census)
    }
}
