//! Reading what is kept of imports: one, an organization's, what was said of the rows of one. Every statement asks the scope.

use sqlx::Row;
use uuid::Uuid;

use super::job::{Finding, Import, foreign, import_of, push_columns};
use crate::access::{self, Action, own_in_scope};
use crate::failure::{Failure, Fault, Refusal, RefusalCode};
use crate::reading::{Cursor, ListError, Page, Slice, Source, Walk};
use crate::session::{Reader, Sql, Work};

/// A list of imports and how many there are in all.
pub type ImportList = (Slice<Import>, i64);

/// What is said of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Why it did not come in.
    Error,
    /// What would become of it.
    Preview,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Preview => "preview",
        }
    }
}

/// The name of the order of imports, part of every cursor.
const ORDER: &str = "imports";
/// The name of the order of findings.
const FINDINGS: &str = "findings";

/// One import, if its organization's files are the viewer's matter.
pub async fn import(reader: &Reader, id: Uuid) -> Result<Option<Import>, Fault> {
    if !access::may(reader.viewer(), Action::Import) {
        return Ok(None);
    }
    find(reader, id).await
}

/// The same for a command that does something with it, and has asked whether its viewer may: one of the organization for which it acts.
pub(super) async fn own(work: &Work<'_>, id: Uuid) -> Result<Import, Failure> {
    let import = find(work, id).await?.ok_or_else(|| Refusal::not_found("id", "import"))?;
    if import.organization_id != work.viewer().organization_id() {
        return Err(foreign().into());
    }
    Ok(import)
}

async fn find(source: &impl Source, id: Uuid) -> Result<Option<Import>, Fault> {
    let mut sql = Sql::new("SELECT ");
    push_columns(&mut sql);
    sql.push(" FROM imports i WHERE i.id = ").push_bind(id).push(" AND ");
    own_in_scope(source.scope(), &mut sql, "i.organization_id");
    source.fetch(sql).await?.first().map(import_of).transpose()
}

/// The imports of the viewer's organization, or all for `super_admin`, newest first.
pub async fn imports(reader: &Reader, page: &Page) -> Result<ImportList, ListError> {
    if !access::may(reader.viewer(), Action::Import) {
        return Ok((Slice::empty(page), 0));
    }
    let mut sql = Sql::new("SELECT ");
    push_columns(&mut sql);
    sql.push(" FROM imports i WHERE ");
    own_in_scope(reader.scope(), &mut sql, "i.organization_id");
    // An id is made of the time: the newest first.
    for (cursor, than) in [(&page.after, "<"), (&page.before, ">")] {
        if let Some(cursor) = cursor {
            cursor.text(ORDER).ok_or(crate::reading::BadCursor)?;
            sql.push(format_args!(" AND i.id {than} ")).push_bind(cursor.id());
        }
    }
    let way = if page.walk == Walk::Forward { "DESC" } else { "ASC" };
    sql.push(format_args!(" ORDER BY i.id {way} LIMIT {}", u64::from(page.limit) + 1));
    let mut slice = Slice::empty(page);
    for row in &reader.fetch(sql).await? {
        let import = import_of(row)?;
        slice.rows.push((Cursor::new(ORDER, vec![String::new()], import.id), import));
    }
    slice.cut(page);
    let mut sql = Sql::new("SELECT count(*) FROM imports i WHERE ");
    own_in_scope(reader.scope(), &mut sql, "i.organization_id");
    let rows = reader.fetch(sql).await?;
    let count = rows.first().map(|row| row.try_get(0)).transpose().map_err(Fault::from)?;
    Ok((slice, count.unwrap_or_default()))
}

/// What was said of the rows of an import, in the file's order, and how much there is in all.
pub async fn findings(
    reader: &Reader,
    import_id: Uuid,
    kind: Kind,
    page: &Page,
) -> Result<(Slice<Finding>, i64), ListError> {
    let condition = |sql: &mut Sql| {
        sql.push(" FROM import_findings f JOIN imports i ON i.id = f.import_id WHERE f.import_id = ")
            .push_bind(import_id);
        sql.push(" AND f.kind = ").push_bind(kind.name()).push(" AND ");
        own_in_scope(reader.scope(), sql, "i.organization_id");
    };
    let mut sql = Sql::new(
        "SELECT f.number, f.place, f.line, f.column_name, f.code, f.message, f.action, f.contact_id, f.changes",
    );
    condition(&mut sql);
    for (cursor, than) in [(&page.after, ">"), (&page.before, "<")] {
        if let Some(cursor) = cursor {
            let place = cursor.text(FINDINGS).and_then(|text| text.split_once('.'));
            let place = place.and_then(|(number, place)| Some((number.parse().ok()?, place.parse().ok()?)));
            let (number, place): (i32, i32) = place.ok_or(crate::reading::BadCursor)?;
            sql.push(format_args!(" AND (f.number, f.place) {than} (")).push_bind(number).push(", ").push_bind(place);
            sql.push(")");
        }
    }
    let way = if page.walk == Walk::Forward { "ASC" } else { "DESC" };
    sql.push(format_args!(" ORDER BY f.number {way}, f.place {way} LIMIT {}", u64::from(page.limit) + 1));
    let mut slice = Slice::empty(page);
    for row in &reader.fetch(sql).await? {
        let read = || -> Result<(i32, Finding), sqlx::Error> {
            let changes: Option<serde_json::Value> = row.try_get("changes")?;
            let changes = changes.and_then(|changes| serde_json::from_value(changes).ok()).unwrap_or_default();
            let finding = Finding {
                number: row.try_get("number")?,
                line: row.try_get("line")?,
                column: row.try_get("column_name")?,
                code: row.try_get::<Option<&str>, _>("code")?.and_then(RefusalCode::of_name),
                message: row.try_get("message")?,
                action: row.try_get("action")?,
                contact_id: row.try_get("contact_id")?,
                changes,
            };
            Ok((row.try_get("place")?, finding))
        };
        let (place, finding) = read().map_err(Fault::from)?;
        let cursor = Cursor::new(FINDINGS, vec![format!("{}.{place}", finding.number)], import_id);
        slice.rows.push((cursor, finding));
    }
    slice.cut(page);
    let mut sql = Sql::new("SELECT count(*)");
    condition(&mut sql);
    let rows = reader.fetch(sql).await?;
    let count = rows.first().map(|row| row.try_get(0)).transpose().map_err(Fault::from)?;
    Ok((slice, count.unwrap_or_default()))
}
