//! Taking a merge back: every row goes back as it was, unless it was changed since. What was ended since does not come back, what was made
//! since stays with the survivor unless it can only have been meant for the duplicate, and what could not be told apart is said.

use liaison_entity::contact_merge;
use sea_orm::EntityTrait;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::Row as _;
use uuid::Uuid;

use super::book::{Row, canonical, text_in, told_at};
use super::command::{Reach, locked};
use super::others::{Others, primaries_of_others};
use super::restoring::Restoring;
use super::{Left, MERGE_REVERTED, MergeKind, Merged, Reverted};
use crate::access::{self, Action};
use crate::edit::Changes;
use crate::event::{NewEvent, Stream};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::session::{Command, Lock, Sql, Work};
use crate::viewer::Viewer;

/// Takes a merge back.
#[derive(Clone, Copy, Debug)]
pub struct Undo {
    /// Which.
    pub merge_id: Uuid,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeUndone {
    /// The merge.
    pub merge_id: Uuid,
    /// Who stayed.
    pub survivor_id: Uuid,
    /// Who is back.
    pub duplicate_id: Uuid,
    /// What could not be told apart.
    pub left: Vec<Left>,
}

async fn merge(work: &Work<'_>, id: Uuid) -> Result<contact_merge::Model, Failure> {
    let found = contact_merge::Entity::find_by_id(id).one(work.rows()).await?;
    Ok(found.ok_or_else(|| Refusal::not_found("mergeId", "merge"))?)
}

/// Refuses as long as something later rests on the merge: the last one is undone first.
async fn allow_last(work: &Work<'_>, merge: &contact_merge::Model) -> Result<(), Failure> {
    let mut sql = Sql::new("SELECT id, duplicate_id = m.asked AS is_of_survivor FROM contact_merges, (SELECT ");
    sql.push_bind(merge.survivor_id)
        .push("::uuid AS asked) AS m WHERE reverted_at IS NULL AND (duplicate_id = m.asked");
    sql.push(" OR (survivor_id = m.asked AND survivor_version > ").push_bind(merge.survivor_version);
    sql.push(")) ORDER BY duplicate_id = m.asked DESC, survivor_version DESC LIMIT 1");
    let rows = work.rows().fetch(sql).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let read = || Ok((row.try_get::<Uuid, _>("id")?, row.try_get::<bool, _>("is_of_survivor")?));
    let (id, is_of_survivor) = read().map_err(|error: sqlx::Error| Fault::from(error))?;
    let why = if is_of_survivor {
        format!("the survivor was merged with another contact since; undo that merge first: {id}")
    } else {
        format!("another contact was merged into the survivor since; the last merge is undone first: {id}")
    };
    Err(Refusal::new(RefusalCode::Conflict, "mergeId", why).into())
}

impl Command for Undo {
    type Output = MergeUndone;

    fn check(&self, viewer: &Viewer) -> Result<(), Failure> {
        Ok(access::allow(viewer, Action::Merge)?)
    }

    fn locks(&self, _viewer: &Viewer) -> Vec<Lock> {
        // Whom it is about the merge says.
        Vec::new()
    }

    async fn decide(&self, work: &mut Work<'_>) -> Result<MergeUndone, Failure> {
        let found = merge(work, self.merge_id).await?;
        let people = [found.survivor_id, found.duplicate_id];
        let (mut book, known) = locked(work, &people, Reach::All).await?;
        let merge = merge(work, self.merge_id).await?;
        let survivor = known.get(&merge.survivor_id).ok_or_else(|| Refusal::not_found("mergeId", "merge"))?;
        work.compare_version(survivor.version)?;
        let mut undone = MergeUndone {
            merge_id: merge.id,
            survivor_id: merge.survivor_id,
            duplicate_id: merge.duplicate_id,
            left: Vec::new(),
        };
        if merge.reverted_at.is_some() {
            return Ok(undone);
        }
        allow_last(work, &merge).await?;
        if survivor.deleted_at.is_some() {
            let why = "the survivor was archived since the merge, and what ended then does not come back: the duplicate would have nothing. Create the contact again";
            return Err(Refusal::new(RefusalCode::Conflict, "mergeId", why).into());
        }
        let merged = Merged::deserialize(&merge.moved)
            .map_err(|error| Fault::Internal(format!("the merge {} does not read: {error}", merge.id)))?;
        let own = row_of(work, merge.survivor_id).await?;
        let before = book.clone();
        let others = Others::of(work, &before, &people).await?;
        let mut new_id = || work.id_or_new(None);
        let mut restoring = Restoring {
            book: &mut book,
            now: &before,
            others: &others,
            merged: &merged,
            survivor: merge.survivor_id,
            duplicate: merge.duplicate_id,
            by: work.viewer().subject(),
            by_organization: work.viewer().acts_for(),
            at: work.at(),
            since: merge.merged_at,
            new_id: &mut new_id,
            left: Vec::new(),
        };
        restoring.everything();
        let wanted = restoring.primary_roles();
        let taken = primaries_of_others(work, &wanted, &people).await?;
        restoring.yield_roles(&taken);
        let mut left = restoring.left;
        let (changes, login) = fields(&merged.changes, &own, &told_at(merge.merged_at), &mut left);
        let mut moved: Vec<_> = merged.moved.iter().filter(|image| image.id == merge.duplicate_id).cloned().collect();
        for image in &mut moved {
            let mut back = image.before.clone().unwrap_or_default();
            if !login {
                back.insert("user_id".to_owned(), Value::Null);
            }
            // Whoever has read it before the two were one must notice: it is not what it was, whatever its fields say.
            let version = known.get(&merge.duplicate_id).map_or(0, |duplicate| duplicate.version);
            back.insert("version".to_owned(), json!(version + 1));
            let mut was = std::mem::replace(&mut image.after, back);
            was.insert("version".to_owned(), json!(version));
            image.before = Some(was);
        }
        moved.extend(book.images(&before));
        let facts =
            Reverted { merge_id: merge.id, duplicate_id: merge.duplicate_id, changes, moved, left: left.clone() };
        let version = survivor.version;
        work.record(NewEvent::after(version, Stream::Contact, merge.survivor_id, MERGE_REVERTED, &facts));
        undone.left = left;
        Ok(undone)
    }
}

/// The survivor's own row by its columns.
async fn row_of(work: &Work<'_>, id: Uuid) -> Result<Row, Failure> {
    let mut sql = Sql::new("SELECT to_jsonb(t) AS told FROM contacts_projection t WHERE t.id = ");
    sql.push_bind(id);
    let rows = work.rows().fetch(sql).await?;
    let row = rows.first().ok_or_else(|| Refusal::not_found("mergeId", "merge"))?;
    Ok(canonical(row.try_get("told").map_err(Fault::from)?)?)
}

/// What the API calls the columns that a merge may change of a survivor.
const FIELDS: [(&str, &str); 7] = [
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("title", "title"),
    ("department", "department"),
    ("is_active", "isActive"),
    ("preferred_contact_method", "preferredContactMethod"),
    ("user_id", "userId"),
];

/// What says that somebody must not be contacted: one thing in four columns.
const DO_NOT_CONTACT: [&str; 4] =
    ["do_not_contact", "do_not_contact_reason", "do_not_contact_since", "do_not_contact_by"];

/// What of the survivor's own fields goes back, and whether the duplicate gets its login back. What was edited since stays.
fn fields(merged: &Changes, own: &Row, since: &Value, left: &mut Vec<Left>) -> (Changes, bool) {
    let mut changes = Changes::default();
    let told =
        |name: &str, why: &str| Left { kind: MergeKind::Field, id: None, name: name.to_owned(), why: why.to_owned() };
    let now = |column: &str| own.get(column).cloned().unwrap_or(Value::Null);
    let is_as_left = |column: &str| {
        merged.get(column).is_none_or(|change| one_spelling(column, &change.new) == one_spelling(column, &now(column)))
    };
    let mut gives_login_back = true;
    for (column, name) in FIELDS {
        let Some(change) = merged.get(column) else { continue };
        if is_as_left(column) {
            changes.put(column, now(column), change.old.clone());
        } else if column == "user_id" {
            gives_login_back = false;
            left.push(told(
                name,
                "the login was unlinked or changed since the merge; the duplicate does not get it back",
            ));
        } else {
            left.push(told(name, "it was edited since the merge and stays with the survivor as it is"));
        }
    }
    if DO_NOT_CONTACT.iter().any(|column| merged.get(column).is_some()) {
        if DO_NOT_CONTACT.iter().all(|column| is_as_left(column)) {
            for column in DO_NOT_CONTACT {
                if let Some(change) = merged.get(column) {
                    changes.put(column, now(column), change.old.clone());
                }
            }
        } else {
            left.push(told(
                "doNotContact",
                "it was set or cleared since the merge and stays with the survivor as it is; the duplicate has what it had",
            ));
        }
    } else if text_in(own, "do_not_contact_since").is_some_and(|at| Some(at) > since.as_str()) {
        left.push(told("doNotContact", "it was set since the merge and stays with the survivor alone; set it for the duplicate too if it was meant"));
    }
    (changes, gives_login_back)
}

/// An instant may be spelled with more digits or fewer.
fn one_spelling(column: &str, value: &Value) -> Value {
    let row = Row::from_iter([(column.to_owned(), value.clone())]);
    canonical(json!(row)).ok().and_then(|row| row.get(column).cloned()).unwrap_or(Value::Null)
}
