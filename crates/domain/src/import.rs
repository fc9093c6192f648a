//! People who come in as a file: its rows are read, matched with whom the viewer sees, and become the events that any command would
//! record, many rows a transaction. What a file's cells mean is `crate::sheet`'s matter; where a file comes from and who watches is the
//! server's.
//!
//! `file` makes rows of bytes, `columns` finds ours among them, `row` reads what one says, `people` finds whom it may mean, `person` says
//! what becomes of them, `recording` which events that is, `batch` is the command, `job` what is kept of an import, `work` carries it out.

mod batch;
mod columns;
mod file;
mod intake;
mod job;
mod listing;
mod people;
mod person;
mod recording;
mod row;
mod shown;
mod work;
mod writing;

use std::collections::BTreeMap;

use liaison_entity::values::ContactType;
use serde::{Deserialize, Serialize};

pub use columns::Columns;
pub use file::{BadFile, FileLimits, FileReader, Record};
pub use intake::{Intake, Taken};
pub use job::{Cancel, Counts, Finding, Import, Resume, State};
pub use listing::{ImportList, Kind, findings, import, imports};
pub use row::RowError;
pub use shown::CellChange;
pub use work::{FromFile, Rows, Survey, Worker, begin, resume, spawn, take_up};

use crate::access::{self, Action};
use crate::failure::Refusal;
use crate::text;
use crate::viewer::Viewer;

/// What is done with a row whose values somebody has who is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnMatch {
    /// What the row says becomes so; what it leaves blank stays.
    #[default]
    Update,
    /// Nothing.
    Skip,
    /// Somebody new is made: an email or a phone tells of nobody, and only an id means whoever has it, as for `Update`. So every row is
    /// somebody, and who is there twice is found as anywhere.
    Create,
}

/// What is done with a row that means nobody who is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNew {
    /// They come into the directory.
    #[default]
    Create,
    /// Nothing.
    Skip,
}

/// Whether an import is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meant {
    /// It is.
    #[default]
    Really,
    /// It shows what would be, and does nothing.
    DryRun,
}

/// How a file is to be brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Our column to the name that it has in the file, where that is not ours.
    pub mapping: BTreeMap<String, String>,
    /// What is done with whom we know.
    pub on_match: OnMatch,
    /// What is done with whom we do not.
    pub on_new: OnNew,
    /// The system whose ids the column `external_id` holds.
    pub source_system: Option<String>,
    /// Whether it is meant.
    pub meant: Meant,
    /// The roles at the viewer's organization of new people whose row names none.
    pub types: Vec<ContactType>,
    /// What stands between cells, if it is not to be found out.
    pub delimiter: Option<u8>,
}

impl Options {
    /// The same, checked, or what is wrong with them.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.source_system = text::optional_line("sourceSystem", self.source_system.as_deref(), text::LINE)?;
        if self.mapping.len() > 100 {
            return Err(Refusal::invalid("mapping", "mapping may name at most 100 columns"));
        }
        self.types.sort_by_key(sea_orm::ActiveEnum::to_value);
        self.types.dedup();
        Ok(self)
    }

    fn is_dry_run(&self) -> bool {
        self.meant == Meant::DryRun
    }
}

/// Refuses whoever may not bring files in. The rows' people are made and changed as anywhere, which needs those rights too.
pub fn allow(viewer: &Viewer) -> Result<(), Refusal> {
    access::allow(viewer, Action::Import)?;
    access::allow(viewer, Action::Edit)
}
