//! What a viewer is told of entries that it sees: who else works with a person is a secret of theirs, and what is not told is taken out
//! of the entry, so that nobody who handles it later can tell it. The rule itself is `access`'s.

use std::collections::{BTreeSet, HashMap};

use chrono::SecondsFormat;
use liaison_entity::{Code, Node, email_code, organization, phone_code};
use serde_json::{Map, Value, json};
use sqlx::Row;
use uuid::Uuid;

use super::fields::DELETED_AT;
use super::{ENDS, Entry, EntryKind, UNTOLD};
use crate::access::{self, Sighted, Telling};
use crate::contact;
use crate::event::{Event, Metadata};
use crate::failure::Fault;
use crate::session::{Reader, Sql};

/// Facts that name an organization.
pub(super) const ORGANIZATIONS: [&str; 4] =
    ["organization_id", "owner_organization_id", "referring_partner_id", "provider_organization_id"];
/// Facts that name a code by its id.
const CODES: [&str; 2] = ["phone_code_id", "email_code_id"];

/// Facts that name a login.
const LOGINS: [&str; 2] = ["user_id", "do_not_contact_by"];

/// Facts that a link's maker put down for itself.
const NOTES: [&str; 2] = ["source_system", "source_record_id"];

/// Takes out of entries what the reader's viewer is not told, and names codes by their names. At most three statements, whatever they are.
pub async fn tell(reader: &Reader, mut entries: Vec<Entry>) -> Result<Vec<Entry>, Fault> {
    let events = || entries.iter().filter_map(|entry| entry.event());
    let mut organizations: BTreeSet<Uuid> = events().filter_map(|event| event.metadata.organization_id).collect();
    let mut codes = BTreeSet::new();
    for event in events() {
        visit(&event.data, &mut |name, value| {
            let id = value.as_str().and_then(|text| text.parse::<Uuid>().ok());
            if ORGANIZATIONS.contains(&name) {
                organizations.extend(id);
            } else if CODES.contains(&name) {
                codes.extend(id);
            }
        });
    }
    let of_merge = |event: &Event| Some([event.stream_id, merged_into_stream(event)?]);
    let merged: BTreeSet<Uuid> = events().filter_map(of_merge).flatten().collect();
    let seen = organizations_in_sight(reader, organizations).await?;
    let strangers = contacts_out_of_sight(reader, merged).await?;
    let names = code_names(reader, codes).await?;
    for entry in &mut entries {
        if let EntryKind::Event(event) = &mut entry.kind {
            match merged_into_stream(event) {
                Some(duplicate) if strangers.contains(&event.stream_id) => hide_survivor(event, duplicate),
                Some(duplicate) if strangers.contains(&duplicate) => hide_duplicate(event),
                _ => {}
            }
            tell_event(reader, event, &seen, &names);
        }
    }
    Ok(entries)
}

fn tell_event(reader: &Reader, event: &mut Event, seen: &BTreeSet<Uuid>, names: &HashMap<Uuid, String>) {
    let viewer = reader.viewer();
    let telling = access::telling(viewer, event.metadata.organization_id, |id| seen.contains(&id));
    let recorded_by = event.metadata.organization_id;
    if telling != Telling::Whole {
        event.metadata = Metadata::default();
    }
    let Value::Object(data) = &mut event.data else { return };
    if event.event_type.ends_with(".deleted") {
        let at = event.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        data.insert(DELETED_AT.to_owned(), Value::String(at));
    }
    // What moved in a merge, row by row, tells of others' links: the log keeps it for an undoing, and nobody is told.
    if matches!(event.event_type.as_str(), contact::MERGED | contact::MERGE_REVERTED) {
        data.retain(|name, _| !["moved", "left"].contains(&name.as_str()));
    }
    if telling == Telling::ThatAlone {
        data.retain(|name, _| ENDS.iter().any(|(end, _)| end == name));
        if data.is_empty() {
            // Not even that it had facts: what they say follows from the type alone for some, `phone.deleted` among them.
            event.data = Value::Null;
            return;
        }
    }
    if !recorded_by.is_some_and(|by| access::may_read_notes_of(viewer, by)) {
        data.retain(|name, _| !NOTES.contains(&name.as_str()));
    }
    hide(data, &|id| viewer.is_super_admin() || seen.contains(&id), names);
    if let Some(Value::Object(changes)) = data.get_mut("changes") {
        if !access::may_read_logins_of(viewer, recorded_by) {
            changes.retain(|name, _| !LOGINS.contains(&name.as_str()));
        }
        for change in changes.values_mut().filter_map(Value::as_object_mut) {
            for value in change.values_mut() {
                name_code(value, names);
            }
        }
        for name in ORGANIZATIONS {
            for value in changes.get_mut(name).and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
                hide_organization(value, &|id| viewer.is_super_admin() || seen.contains(&id));
            }
        }
    }
}

/// Who became part of the contact of this event, or is apart from it again.
fn merged_into_stream(event: &Event) -> Option<Uuid> {
    let is_of_merge = matches!(event.event_type.as_str(), contact::MERGED | contact::MERGE_REVERTED);
    event.data.get("duplicate_id").filter(|_| is_of_merge)?.as_str()?.parse().ok()
}

/// Of a merge with somebody out of sight, whom its undoing made a stranger again, nobody is told more than that it was: who they are and
/// what was theirs is not in it.
fn hide_duplicate(event: &mut Event) {
    if let Value::Object(data) = &mut event.data {
        data.remove("duplicate_id");
        data.insert("changes".to_owned(), Value::Object(Map::new()));
    }
}

/// Of a merge with a survivor who is out of sight, whom its undoing made a stranger, it is told of the other one that they became part of
/// somebody, or are themselves again: not of whom, nor how often that one was changed.
fn hide_survivor(event: &mut Event, duplicate: Uuid) {
    (event.stream_id, event.stream_version) = (duplicate, UNTOLD);
    event.data = json!({ "changes": {} });
}

/// Hides organizations out of sight among the facts, and names codes.
fn hide(facts: &mut Map<String, Value>, is_seen: &impl Fn(Uuid) -> bool, names: &HashMap<Uuid, String>) {
    for (name, value) in facts.iter_mut() {
        if ORGANIZATIONS.contains(&name.as_str()) {
            hide_organization(value, is_seen);
        } else if CODES.contains(&name.as_str()) {
            name_code(value, names);
        }
    }
}

fn hide_organization(value: &mut Value, is_seen: &impl Fn(Uuid) -> bool) {
    let id = value.as_str().and_then(|text| text.parse().ok());
    if id.is_none_or(|id| !is_seen(id)) {
        *value = Value::Null;
    }
}

fn name_code(value: &mut Value, names: &HashMap<Uuid, String>) {
    let id = value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    if let Some(name) = id.and_then(|id| names.get(&id)) {
        *value = Value::String(name.clone());
    }
}

/// Every fact by its name, those of `changes` with what they were and what they are.
fn visit(data: &Value, to: &mut impl FnMut(&str, &Value)) {
    for (name, value) in data.as_object().into_iter().flatten() {
        match value {
            Value::Object(changes) if name == "changes" => {
                for (name, change) in changes {
                    change.as_object().into_iter().flat_map(Map::values).for_each(|value| to(name, value));
                }
            }
            value => to(name, value),
        }
    }
}

async fn organizations_in_sight(reader: &Reader, ids: BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>, Fault> {
    if ids.is_empty() || reader.viewer().is_super_admin() {
        return Ok(ids);
    }
    let mut sql = Sql::new(format!("SELECT n.id FROM {} n WHERE n.id = ANY(", organization::Entity::TABLE));
    sql.push_bind(ids.into_iter().collect::<Vec<_>>()).push(") AND ");
    organization::Entity::in_sight(reader.scope(), &mut sql, "n");
    let rows = reader.fetch(sql).await?;
    Ok(rows.iter().map(|row| row.try_get("id")).collect::<Result<_, sqlx::Error>>()?)
}

/// Those among these contacts whom the viewer does not see.
async fn contacts_out_of_sight(reader: &Reader, mut ids: BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>, Fault> {
    if ids.is_empty() || reader.viewer().is_super_admin() {
        return Ok(BTreeSet::new());
    }
    let mut sql = Sql::new("SELECT n.id FROM contacts_projection n WHERE n.id = ANY(");
    sql.push_bind(ids.iter().copied().collect::<Vec<_>>()).push(") AND ");
    access::contact_in_sight(reader.scope(), &mut sql, "n.id");
    for row in reader.fetch(sql).await? {
        ids.remove(&row.try_get("id")?);
    }
    Ok(ids)
}

async fn code_names(reader: &Reader, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, String>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut names = HashMap::new();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut sql = Sql::new("");
    push_codes::<phone_code::Entity>(reader, &mut sql, &ids);
    sql.push(" UNION ALL ");
    push_codes::<email_code::Entity>(reader, &mut sql, &ids);
    for row in reader.fetch(sql).await? {
        names.insert(row.try_get("id")?, row.try_get("code")?);
    }
    Ok(names)
}

fn push_codes<C: Code + Sighted>(reader: &Reader, sql: &mut Sql, ids: &[Uuid]) {
    sql.push(format_args!("SELECT n.id, n.code FROM {} n WHERE n.id = ANY(", C::TABLE));
    sql.push_bind(ids.to_vec()).push(") AND ");
    C::in_sight(reader.scope(), sql, "n");
}
