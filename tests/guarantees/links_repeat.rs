//! Open links repeat what lists show of their nodes, and links that have ended repeat nothing: asked of the tables as they stand, whoever
//! wrote them. That a rebuild gives the same is `rows_are_the_log`'s matter.

use liaison_server::demo::ids;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::access_matrix::scene;
use crate::support::{App, Who};

/// Each table of links: the node that its rows lead to, and what the node is called in their columns.
const LINKS: [(&str, &str, &str); 8] = [
    ("organization_contacts", "contacts_projection", "contact"),
    ("organization_phones", "phones_projection", "phone"),
    ("contact_phones", "phones_projection", "phone"),
    ("organization_emails", "emails_projection", "email"),
    ("contact_emails", "emails_projection", "email"),
    ("organization_addresses", "addresses_projection", "address"),
    ("contact_addresses", "addresses_projection", "address"),
    ("phone_addresses", "addresses_projection", "address"),
];

/// The column of a node that a column of a link repeats, by its name; none for what the link knows by itself.
fn repeated<'a>(column: &'a str, noun: &str) -> Option<&'a str> {
    match column {
        "contact_id" | "phone_id" | "email_id" | "address_id" | "contact_type" | "address_type" => None,
        "contact_preferred_method" => Some("preferred_contact_method"),
        "address_usual_type" => Some("type"),
        "sort_name" if noun == "contact" => Some("sort_name"),
        _ => column.strip_prefix(noun)?.strip_prefix('_'),
    }
}

async fn number(owner: &mut PgConnection, sql: String) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(owner).await.unwrap()
}

/// Every open link says what its node says now, and none that has ended says anything; so many columns are repeated, of so many open links
/// and of so many that have ended.
pub async fn nothing_is_out_of_date(app: &App) -> (usize, i64, i64) {
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let (mut columns_seen, mut open_seen, mut ended_seen) = (0, 0, 0);
    for (links, node, noun) in LINKS {
        let columns: Vec<String> = sqlx::query_scalar(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped",
        )
        .bind(links)
        .fetch_all(&mut owner)
        .await
        .unwrap();
        let pairs: Vec<(&str, &str)> =
            columns.iter().filter_map(|column| Some((column.as_str(), repeated(column, noun)?))).collect();
        columns_seen += pairs.len();
        let differ: Vec<String> =
            pairs.iter().map(|(column, of)| format!("l.{column} IS DISTINCT FROM n.{of}")).collect();
        let out_of_date = format!(
            "SELECT count(*) FROM {links} l JOIN {node} n ON n.id = l.{noun}_id WHERE l.unlinked_at IS NULL AND ({})",
            differ.join(" OR ")
        );
        assert_eq!(number(&mut owner, out_of_date).await, 0, "open rows of {links} say something else than {node}");
        // What a role that has ended was called and whether the person was active is told as it was.
        let concealed: Vec<&str> = pairs
            .iter()
            .map(|(column, _)| *column)
            .filter(|column| !["sort_name", "contact_is_active"].contains(column))
            .collect();
        let telling = format!(
            "SELECT count(*) FROM {links} l WHERE l.unlinked_at IS NOT NULL AND num_nonnulls({}) > 0",
            concealed.join(", ")
        );
        assert_eq!(number(&mut owner, telling).await, 0, "rows of {links} that have ended still say something");
        open_seen += number(&mut owner, format!("SELECT count(*) FROM {links} WHERE unlinked_at IS NULL")).await;
        ended_seen += number(&mut owner, format!("SELECT count(*) FROM {links} WHERE unlinked_at IS NOT NULL")).await;
    }
    (columns_seen, open_seen, ended_seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_open_links_repeat_is_what_their_nodes_say() {
    let app = App::demo().await;
    scene::set(&app).await;
    let (columns, open, _) = nothing_is_out_of_date(&app).await;
    assert!(columns >= 60 && open > 40, "{columns} columns of {open} links prove nothing");

    let (jane, mobile, office) = (ids::contact("Jane Doe"), Uuid::new_v4(), ids::address("Uptown Office"));
    let acme = Who::acme_admin();
    let address = json!({ "id": jane, "mobile": mobile, "office": office, "to": acme.organization_id });
    let steps = [
        // Held by a person, by an organization, and by the phone that stands there: each of them repeats it.
        "phoneCreate(phone: { id: $mobile, number: \"+1 217 555 0187\", code: \"mobile\" })",
        "phoneLink(phoneId: $mobile, to: { contactId: $id })",
        "phoneLink(phoneId: $mobile, to: { organizationId: $to })",
        "phoneLink(phoneId: $mobile, to: { addressId: $office })",
        "addressLink(addressId: $office, to: { contactId: $id }, holding: { type: PHYSICAL })",
        "addressUpdate(id: $office, address: { street1: \"9 Moved Street\", label: null, postalCode: \"62799\", type: MAILING })",
        "phoneUpdate(id: $mobile, phone: { label: \"Renamed\", extension: \"77\", isSmsCapable: false })",
        "phoneUpdate(id: $mobile, phone: { number: \"+1 217 555 0188\" })",
        "phoneVerificationMark(id: $mobile, state: INVALID, reason: \"called\")",
        "phoneSmsOptOut(id: $mobile)",
        "contactUpdate(id: $id, contact: { firstName: \"Janet\", title: null, department: \"Moved\", isActive: false })",
        "contactSetPreferences(id: $id, preferences: { preferredContactMethod: SMS })",
        "contactSetDoNotContact(id: $id, reason: \"asked\")",
        "phoneUnlink(phoneId: $mobile, from: { addressId: $office })",
        "phoneUnlink(phoneId: $mobile, from: { organizationId: $to })",
        "addressUnlink(addressId: $office, from: { contactId: $id })",
        "contactUnlink(contactId: $id)",
        "phoneLink(phoneId: $mobile, to: { organizationId: $to })",
    ];
    for step in steps {
        let declared: String = ["$id", "$mobile", "$office", "$to"]
            .iter()
            .filter(|name| step.contains(**name))
            .map(|name| format!("{name}: UUID!, "))
            .collect();
        let answer = app
            .ask_with(
                &acme,
                &format!("mutation ({declared}) {{ done: {step} {{ position userErrors {{ code message }} }} }}"),
                address.clone(),
            )
            .await;
        assert_eq!(answer.at("/done/userErrors"), &json!([]), "{step}");
        assert!(answer.at("/done/position").is_string(), "{step} changed nothing");
        nothing_is_out_of_date(&app).await;
    }
    let (_, _, ended) = nothing_is_out_of_date(&app).await;
    assert!(ended >= 4, "{ended} links that have ended prove nothing");
}
