//! What an event changed, as people read it: the public fields with what they were and what they are. It looks nothing up.

use serde_json::{Map, Value, json};

use super::ENDS;
use crate::contact;
use crate::event::{Event, Stream};
use crate::link::{Change, Kind};

/// One field that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The field's name in the API.
    pub name: String,
    /// What it was; null when it was nothing.
    pub old: Value,
    /// What it is; null when it is nothing.
    pub new: Value,
}

/// Facts that are kept for the house: keys to compare by, and what follows from others.
const INTERNAL: [&str; 12] = [
    "mark",
    "match_key",
    "method_code_id",
    "normalized",
    "sort_name",
    "family",
    "demotes",
    "do_not_contact_by",
    "is_linked",
    "recorded_by_organization_id",
    "fingerprint",
    "seen_fingerprint",
];

/// What a deletion changed; its facts do not say so, for its envelope does.
pub(super) const DELETED_AT: &str = "deleted_at";

/// What an event changed.
pub(super) fn of(event: &Event) -> Vec<FieldChange> {
    let Value::Object(data) = &event.data else { return Vec::new() };
    if let Some(Value::Object(changes)) = data.get("changes") {
        let part = |change: &Value, part| change.get(part).cloned().unwrap_or(Value::Null);
        let mut fields = told(event, changes, |change| (part(change, "old"), part(change, "new")));
        fields.extend(of_merge(event, data));
        return fields;
    }
    if let Some((kind, change)) = Kind::of_event(&event.event_type) {
        return of_link(event, data, kind, change);
    }
    if event.event_type.ends_with(".deleted") {
        // When it was recorded, which whoever tells the entry has put there; nothing for those who are told no past.
        let at = data.get(DELETED_AT).cloned().unwrap_or(Value::Null);
        let deleted = FieldChange { name: public_name(DELETED_AT), old: Value::Null, new: at };
        return Some(deleted).filter(|deleted| !deleted.new.is_null()).into_iter().collect();
    }
    let mut facts = data.clone();
    facts.retain(|name, _| !is_end(name));
    told(event, &facts, |value| (Value::Null, value.clone()))
}

/// Who became part of a contact, or is apart from it again.
fn of_merge(event: &Event, data: &Map<String, Value>) -> Option<FieldChange> {
    let duplicate = data.get("duplicate_id")?.clone();
    let (old, new) = match event.event_type.as_str() {
        contact::MERGED => (Value::Null, duplicate),
        contact::MERGE_REVERTED => (duplicate, Value::Null),
        _ => return None,
    };
    Some(FieldChange { name: "mergedFrom".to_owned(), old, new })
}

/// Whether it names what the entry concerns, which its subjects tell. Where that itself changed it is a field like others.
fn is_end(name: &str) -> bool {
    ENDS.iter().any(|(end, _)| *end == name)
}

/// What a link says beside its ends: they are the subjects.
fn of_link(event: &Event, data: &Map<String, Value>, kind: Kind, change: Change) -> Vec<FieldChange> {
    let mut facts = data.clone();
    facts.retain(|name, _| !is_end(name));
    facts.retain(|name, _| match (kind, change) {
        (_, Change::PrimarySet) => matches!(name.as_str(), "contact_type" | "address_type" | "is_primary"),
        (_, Change::Unlinked) => !matches!(name.as_str(), "is_primary" | "sort_order"),
        (Kind::OrganizationContact, Change::Linked) => name != "sort_order",
        (Kind::PhoneAddress, Change::Linked) => !matches!(name.as_str(), "is_primary" | "sort_order"),
        _ => true,
    });
    match change {
        Change::Linked => told(event, &facts, |value| (Value::Null, value.clone())),
        Change::Unlinked => told(event, &facts, |value| (value.clone(), Value::Null)),
        // In which role somebody became primary stands beside it, the same before and after.
        Change::PrimarySet => told(event, &facts, |value| match value {
            Value::Bool(is_primary) => (json!(!is_primary), json!(is_primary)),
            role => (role.clone(), role.clone()),
        }),
    }
}

fn told(event: &Event, facts: &Map<String, Value>, values: impl Fn(&Value) -> (Value, Value)) -> Vec<FieldChange> {
    let fields = facts.iter().filter(|(name, _)| is_public(event.stream, name)).map(|(name, value)| {
        let (old, new) = values(value);
        FieldChange { name: public_name(name), old, new }
    });
    fields.filter(|field| !(field.old.is_null() && field.new.is_null())).collect()
}

fn is_public(stream: Stream, name: &str) -> bool {
    // Who stewards a contact is told with it; who made a method is the house's own affair.
    let is_steward = stream.is_of_method() && name == "owner_organization_id";
    !(is_steward || INTERNAL.contains(&name))
}

/// `first_name` is `firstName`; a few are called otherwise in the API.
fn public_name(name: &str) -> String {
    match name {
        "contact_type" | "address_type" => "type".to_owned(),
        "phone_code_id" | "email_code_id" => "code".to_owned(),
        "corrects_id" => "corrects".to_owned(),
        "referral_id" => "referral".to_owned(),
        "contact_id" => "contact".to_owned(),
        "provider_organization_id" => "provider".to_owned(),
        "replaces_id" => "replaces".to_owned(),
        "relationship_label" => "label".to_owned(),
        _ => {
            let mut words = name.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            words.fold(first, |name, word| {
                let mut letters = word.chars();
                let head = letters.next().map(|letter| letter.to_ascii_uppercase());
                name + &head.into_iter().chain(letters).collect::<String>()
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::event::Metadata;

    fn fields(stream: Stream, event_type: &str, data: Value) -> Vec<(String, Value, Value)> {
        let event = Event {
            id: Uuid::nil(),
            stream,
            stream_id: Uuid::nil(),
            stream_version: 1,
            event_type: event_type.to_owned(),
            data,
            metadata: Metadata::default(),
            recorded_at: DateTime::UNIX_EPOCH,
        };
        of(&event).into_iter().map(|field| (field.name, field.old, field.new)).collect()
    }

    #[test]
    fn a_change_has_what_was_and_what_is_and_a_clearing_shows() {
        let data = json!({ "changes": { "first_name": { "old": "Jon", "new": "John" }, "title": { "old": "Boss", "new": null },
            "sort_name": { "old": "a", "new": "b" } } });
        let told = fields(Stream::Contact, "contact.updated", data);
        assert_eq!(
            told,
            [("firstName".to_owned(), json!("Jon"), json!("John")), ("title".to_owned(), json!("Boss"), Value::Null)]
        );
    }

    #[test]
    fn what_came_into_being_was_nothing_and_what_is_internal_does_not_show() {
        let data = json!({ "number": "555", "e164": null, "phone_code_id": "x", "owner_organization_id": "y", "is_sms_capable": false });
        let told = fields(Stream::Phone, "phone.created", data);
        assert_eq!(
            told,
            [
                ("isSmsCapable".to_owned(), Value::Null, json!(false)),
                ("number".to_owned(), Value::Null, json!("555")),
                ("code".to_owned(), Value::Null, json!("x"))
            ]
        );
    }

    #[test]
    fn a_link_tells_its_role_and_not_its_ends() {
        let data = json!({ "organization_id": "o", "contact_id": "c", "contact_type": "billing", "is_primary": true, "sort_order": 0, "demotes": "d" });
        let told = fields(Stream::Link, "organization.contact.primary_set", data.clone());
        assert_eq!(
            told,
            [
                ("type".to_owned(), json!("billing"), json!("billing")),
                ("isPrimary".to_owned(), json!(false), json!(true))
            ]
        );
        assert_eq!(
            fields(Stream::Link, "organization.contact.unlinked", data),
            [("type".to_owned(), json!("billing"), Value::Null)]
        );
    }
}
