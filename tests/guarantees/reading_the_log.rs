//! Reading the log as somebody: everything that one may see and nothing else, in order, from any position on, whatever the page; who
//! did it only where one knows them; and what is lost from sight is said. The sockets and the API's own list are tried elsewhere.

use std::collections::BTreeSet;
use std::time::Duration;

use liaison_domain::history::{self, Batch, ChangeFilter, Entry, EntryKind};
use liaison_domain::position::Position;
use liaison_domain::session::{DatabaseOptions, FirstWall};
use liaison_server::demo::ids;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use super::access_matrix::{oracle, scene};
use crate::support::merging::{call, merge, undo};
use crate::support::{App, Who};

/// One look.
pub async fn look(app: &App, who: &Who, filter: &ChangeFilter, after: Option<Position>, limit: usize) -> Batch {
    let reader = app.database().reader(&app.viewer(who));
    let batch = history::changes(&reader, filter, after, limit).await.unwrap();
    reader.renew().await.unwrap();
    assert!(batch.entries.len() <= limit);
    assert!(batch.entries.is_sorted_by(|one, next| one.position < next.position), "in order, nothing twice");
    assert!(batch.entries.iter().all(|entry| entry.position > after && entry.position <= batch.end));
    batch
}

/// Everything after a position, page by page. Transactions of other tests hold the horizon back for a while.
pub async fn follow(app: &App, who: &Who, filter: &ChangeFilter, after: Option<Position>, limit: usize) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut place = after;
    loop {
        let batch = look(app, who, filter, place, limit).await;
        assert!(batch.end >= place, "it never goes back");
        place = batch.end;
        found.extend(batch.entries);
        if batch.is_caught_up && !batch.is_pending {
            return found;
        }
        if batch.is_caught_up {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn all() -> ChangeFilter {
    ChangeFilter::default()
}

fn event_ids(entries: &[Entry]) -> BTreeSet<Uuid> {
    entries.iter().filter_map(|entry| entry.event().map(|event| event.id)).collect()
}

fn removals(entries: &[Entry]) -> Vec<Uuid> {
    let removed = entries.iter().filter_map(|entry| match entry.kind {
        EntryKind::Removal { contact_id, .. } => Some(contact_id),
        EntryKind::Event(_) => None,
    });
    removed.collect()
}

fn everybody() -> Vec<Who> {
    scene::Seat::all().into_iter().filter_map(|seat| seat.who).collect()
}

/// The scene, and people of two organizations each who became one and are two again: their entries are seen with either.
async fn set(app: &App) {
    scene::set(app).await;
    for keepers in [[Who::acme_admin(), Who::stranger()], [Who::stranger(), Who::techpartner_admin()]] {
        let mut both = Vec::new();
        for (who, name) in keepers.into_iter().zip(["Abendroth", "Zimmerli"]) {
            let id = Uuid::new_v4();
            let create = format!(
                "contactCreate(contact: {{id: \"{id}\", allowDuplicate: true, firstName: \"Told\", lastName: \"{name}\"}})"
            );
            call(app, &who, &create, "").await;
            both.push(id);
        }
        let merged = merge(app, both[0], both[1]).await;
        undo(app, merged).await;
    }
}

async fn everybody_reads_what_the_oracle_says(app: &App) {
    for who in everybody() {
        let seen = follow(app, &who, &all(), None, 1_000).await;
        let may = oracle::events(app, who.organization_id, who == Who::super_admin()).await;
        let read = event_ids(&seen);
        assert_eq!(read.difference(&may).count(), 0, "{} reads entries that it must not", who.name);
        assert_eq!(may.difference(&read).count(), 0, "{} does not read all of its entries", who.name);
        assert_eq!(read.len() + removals(&seen).len(), seen.len(), "nothing twice");
        // From any position on, in pages of any size, the rest is the rest.
        for (at, limit) in [(0, 7), (seen.len() / 3, 1), (seen.len() / 2, 13), (seen.len().saturating_sub(1), 1_000)] {
            let Some(entry) = seen.get(at) else { continue };
            let rest = follow(app, &who, &all(), entry.position, limit).await;
            assert!(rest == seen[at + 1..], "{} from entry {at} in pages of {limit}", who.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_reads_the_entries_that_they_may_see_and_no_other() {
    let app = App::demo().await;
    set(&app).await;
    everybody_reads_what_the_oracle_says(&app).await;
}

/// The second wall alone: statements ask for everything, row security decides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_security_alone_shows_the_same_entries() {
    let app = App::demo_on(DatabaseOptions { first_wall: FirstWall::Down, ..DatabaseOptions::default() }).await;
    set(&app).await;
    everybody_reads_what_the_oracle_says(&app).await;
}

/// The first wall alone: the log is not under row security in this database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_statements_alone_show_the_same_entries() {
    let app = App::demo().await;
    set(&app).await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    for table in ["domain_events", "event_subjects", "sight_losses", "contact_sights", "organizations_projection"] {
        let off = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY");
        owner.execute(AssertSqlSafe(off)).await.unwrap();
    }
    everybody_reads_what_the_oracle_says(&app).await;
}

/// The tables themselves, to a connection with claims and without our statements.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_of_the_log_show_a_tenant_its_own_rows() {
    let app = App::demo().await;
    set(&app).await;
    let mut raw = PgConnection::connect_with(&app.app_login()).await.unwrap();
    for who in everybody() {
        let everything = who == Who::super_admin();
        let enter = format!("BEGIN; SELECT app.enter('{}', {everything})", who.organization_id);
        raw.execute(AssertSqlSafe(enter)).await.unwrap();
        let seen: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM domain_events").fetch_all(&mut raw).await.unwrap();
        let may = oracle::events(&app, who.organization_id, everything).await;
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), may, "{}", who.name);
        let stray: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM event_subjects s WHERE NOT EXISTS (
               SELECT FROM domain_events e WHERE (e.epoch, e.xid, e.seq) = (s.epoch, s.xid, s.seq))",
        )
        .fetch_one(&mut raw)
        .await
        .unwrap();
        assert_eq!(stray, 0, "{} sees what entries concern that it does not see", who.name);
        let lost: Vec<Uuid> =
            sqlx::query_scalar("SELECT DISTINCT organization_id FROM sight_losses").fetch_all(&mut raw).await.unwrap();
        assert!(lost.iter().all(|organization| *organization == who.organization_id && !everything), "{}", who.name);
        raw.execute("ROLLBACK").await.unwrap();
    }
}

/// Every entry names its subjects, said a second time without the function that names them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_is_found_by_each_node_that_it_concerns() {
    let app = App::demo().await;
    scene::set(&app).await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let wrong: i64 = sqlx::query_scalar(
        "WITH wanted AS (
           SELECT e.seq, e.stream_id AS id FROM domain_events e WHERE e.stream_type NOT IN ('link', 'external_id')
           UNION SELECT e.seq, value::uuid FROM domain_events e, jsonb_each_text(e.data)
                 WHERE e.stream_type IN ('link', 'facility')
                   AND key IN ('organization_id', 'contact_id', 'phone_id', 'email_id', 'address_id', 'facility_id')
           UNION SELECT e.seq, value::uuid FROM domain_events e, jsonb_each_text(e.data)
                 WHERE e.stream_type IN ('record', 'external_id') AND value IS NOT NULL
                   AND key IN ('contact_id', 'student_id', 'related_student_id', 'guardian_id', 'staff_id')
           UNION SELECT e.seq, value::uuid FROM domain_events e, jsonb_each_text(e.data)
                 WHERE e.stream_type = 'record' AND value IS NOT NULL AND key IN ('organization_id', 'facility_id')),
         kept AS (SELECT seq, subject_id AS id FROM event_subjects)
         SELECT (SELECT count(*) FROM (TABLE wanted EXCEPT TABLE kept) missing) + (SELECT count(*) FROM (TABLE kept EXCEPT TABLE wanted) more)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(wrong, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_leaves_what_concerns_all_that_it_names() {
    let app = App::demo().await;
    scene::set(&app).await;
    let acme = Who::acme_admin();
    let everything = follow(&app, &acme, &all(), None, 1_000).await;
    let (john, organization) = (ids::contact("John Doe"), ids::organization("acme"));
    let phone = ids::phone("John Doe mobile");
    let types = Some(vec!["organization.contact.linked".to_owned(), "contact.created".to_owned()]);
    let filters = [
        ChangeFilter { contact_id: Some(john), ..all() },
        ChangeFilter { organization_id: Some(organization), ..all() },
        ChangeFilter { subject_id: Some(phone), ..all() },
        ChangeFilter { subject_id: Some(phone), contact_id: Some(john), ..all() },
        ChangeFilter { contact_id: Some(john), organization_id: Some(organization), ..all() },
        ChangeFilter { types: types.clone(), ..all() },
        ChangeFilter { types, contact_id: Some(john), ..all() },
        // Of another's things there is nothing, and of nothing neither.
        ChangeFilter {
            contact_id: Some(ids::contact("Peter Lang")),
            types: Some(vec!["contact.created".to_owned()]),
            ..all()
        },
        ChangeFilter { organization_id: Some(ids::organization("riverside")), ..all() },
        ChangeFilter { subject_id: Some(Uuid::from_u128(9)), ..all() },
    ];
    for (at, filter) in filters.iter().enumerate() {
        let is_wanted = |entry: &&Entry| {
            let mut named: BTreeSet<Uuid> = entry.subjects().iter().map(|subject| subject.id).collect();
            // A loss of sight is the organization's.
            named.extend(entry.event().is_none().then_some(organization));
            let asked = [filter.contact_id, filter.organization_id, filter.subject_id];
            asked.into_iter().flatten().all(|id| named.contains(&id))
                && filter.types.as_ref().is_none_or(|types| types.iter().any(|name| name == entry.event_type()))
        };
        let wanted: Vec<Entry> = everything.iter().filter(is_wanted).cloned().collect();
        assert_eq!(wanted.is_empty(), at >= 7, "{filter:?} leaves {}", wanted.len());
        for limit in [1, 3, 1_000] {
            let found = follow(&app, &acme, filter, None, limit).await;
            assert!(found == wanted, "{filter:?} in pages of {limit}: {} and not {}", found.len(), wanted.len());
        }
    }
}

const CREATE: &str = "mutation ($contact: ContactCreateInput!, $reason: String) { contactCreate(contact: $contact, reason: $reason) { contact { id } userErrors { message } } }";
const LINK: &str = "mutation ($id: UUID!, $link: ContactLinkInput!) { contactLink(contactId: $id, link: $link, reason: \"ours\") { contact { id } userErrors { message } } }";
const UNLINK: &str = "mutation ($id: UUID!, $at: UUID) { contactUnlink(contactId: $id, organizationId: $at, reason: \"over\") { userErrors { message } } }";

async fn create(app: &App, who: &Who, last_name: &str) -> Uuid {
    let contact = json!({ "allowDuplicate": true, "firstName": "Rosa", "lastName": last_name });
    let answer = app.ask_with(who, CREATE, json!({ "contact": contact, "reason": "new here" })).await;
    answer.done("contactCreate")["contact"]["id"].as_str().unwrap().parse().unwrap()
}

async fn link(app: &App, who: &Who, contact: Uuid, at: &str) {
    let link = json!({ "type": "TECHNICAL", "organizationId": ids::organization(at) });
    app.ask_with(who, LINK, json!({ "id": contact, "link": link })).await.done("contactLink");
}

async fn unlink(app: &App, who: &Who, contact: Uuid, at: &str) {
    app.ask_with(who, UNLINK, json!({ "id": contact, "at": ids::organization(at) })).await.done("contactUnlink");
}

async fn end_of(app: &App, who: &Who) -> Option<Position> {
    follow(app, who, &all(), None, 1_000).await.last().and_then(|entry| entry.position)
}

/// By its own act, by a partner's, and by nobody else's; in its place, from any position on, and never to who sees everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_loses_sight_of_a_contact_is_told_in_order() {
    let app = App::demo().await;
    let (ada, acme, partner, stranger) =
        (Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger());
    let before = end_of(&app, &ada).await;
    // Riverside's Rosa works at Acme for a while, and then at Acme's partner.
    let rosa = create(&app, &stranger, "Of Riverside").await;
    link(&app, &ada, rosa, "acme").await;
    unlink(&app, &acme, rosa, "acme").await;
    link(&app, &ada, rosa, "techpartner").await;
    unlink(&app, &partner, rosa, "techpartner").await;

    let told: Vec<(String, bool)> = follow(&app, &acme, &all(), before, 2)
        .await
        .iter()
        .map(|entry| (entry.event_type().to_owned(), entry.subjects().iter().any(|subject| subject.id == rosa)))
        .collect();
    let told: Vec<&str> = told.iter().filter(|(_, concerns)| *concerns).map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        told,
        [
            "organization.contact.linked",
            "organization.contact.unlinked",
            "contact.removed_from_sight",
            // The partner's links are not Acme's to read now that Rosa is nobody's; only that she is gone.
            "contact.removed_from_sight",
        ]
    );
    assert_eq!(removals(&follow(&app, &partner, &all(), before, 100).await), [rosa]);
    assert!(removals(&follow(&app, &stranger, &all(), before, 100).await).is_empty(), "its own it keeps");
    assert!(removals(&follow(&app, &ada, &all(), before, 100).await).is_empty());
    // Every provider that TechPartner brought saw its people, and lost her too.
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let (losses, providers): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM sight_losses WHERE contact_id = $1),
                (SELECT count(*) FROM organizations_projection WHERE referring_partner_id = $2)",
    )
    .bind(rosa)
    .bind(ids::organization("techpartner"))
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(losses, providers + 2, "Acme's own, TechPartner's, and each provider's");
    // Filters know of it.
    let only = |types: &str| ChangeFilter { types: Some(vec![types.to_owned()]), contact_id: Some(rosa), ..all() };
    assert_eq!(follow(&app, &acme, &only(history::REMOVED), None, 1).await.len(), 2);
    assert_eq!(follow(&app, &acme, &only("contact.created"), None, 1).await.len(), 0);
    // A replay tells nobody anything.
    liaison_domain::replay::Steward::open(app.owner()).await.unwrap().rebuild().await.unwrap();
    let after: i64 = sqlx::query_scalar("SELECT count(*) FROM sight_losses").fetch_one(&mut owner).await.unwrap();
    assert_eq!(after, losses);
}

/// A provider that changes its partner loses the former one's people, without an act of theirs or an entry about them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_changes_its_partner_loses_sight_of_the_former_ones_people() {
    let app = App::demo().await;
    let (ada, acme) = (Who::super_admin(), Who::acme_admin());
    let before = end_of(&app, &ada).await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let seen = "SELECT contact_id FROM contact_sights WHERE organization_id = $1 ORDER BY 1";
    let mut of_acme = async || -> BTreeSet<Uuid> {
        let seen: Vec<Uuid> = sqlx::query_scalar(seen).bind(acme.organization_id).fetch_all(&mut owner).await.unwrap();
        seen.into_iter().collect()
    };
    let had = of_acme().await;
    let update = "mutation ($id: UUID!, $partner: UUID) { organizationUpdate(id: $id, organization: {referringPartnerId: $partner}) { userErrors { message } } }";
    let partner = json!({ "id": acme.organization_id, "partner": ids::organization("familybridge") });
    app.ask_with(&ada, update, partner).await.done("organizationUpdate");
    let has = of_acme().await;
    let lost: BTreeSet<Uuid> = had.difference(&has).copied().collect();
    assert!(!lost.is_empty(), "the former partner has people");
    let entries = follow(&app, &acme, &all(), before, 2).await;
    assert_eq!(removals(&entries).into_iter().collect::<BTreeSet<_>>(), lost);
    assert_eq!(removals(&entries).len(), lost.len(), "each once");
    assert_eq!(entries[0].event_type(), "organization.updated", "after what led to it");
    assert!(removals(&follow(&app, &Who::stranger(), &all(), before, 100).await).is_empty());
}

/// Which other organizations work with somebody is a secret of theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_did_it_is_told_where_one_sees_their_organization() {
    let app = App::demo().await;
    let (ada, acme, stranger) = (Who::super_admin(), Who::acme_admin(), Who::stranger());
    let before = end_of(&app, &ada).await;
    let rosa = create(&app, &stranger, "Of Riverside").await;
    link(&app, &ada, rosa, "acme").await;
    let shared = create(&app, &Who::techpartner_admin(), "Of TechPartner").await;
    link(&app, &Who::techpartner_admin(), shared, "acme").await;
    let read = async |who: &Who, contact: Uuid| {
        let filter = ChangeFilter { contact_id: Some(contact), ..all() };
        let entries = follow(&app, who, &filter, before, 100).await;
        let account = |entry: &Entry| {
            let event = entry.event().unwrap();
            let owner = event.data.get("owner_organization_id").cloned().unwrap_or_default();
            let metadata = &event.metadata;
            (
                event.event_type.clone(),
                entry.actor().map(str::to_owned),
                metadata.organization_id,
                metadata.reason.clone(),
                metadata.request_id.is_some() && metadata.correlation_id.is_some(),
                owner,
            )
        };
        entries.iter().map(account).collect::<Vec<_>>()
    };
    let row = |event_type: &str, who: Option<(&str, &str, &str)>, owner: Value| {
        (
            event_type.to_owned(),
            who.map(|(actor, _, _)| actor.to_owned()),
            who.map(|(_, organization, _)| ids::organization(organization)),
            who.map(|(_, _, reason)| reason.to_owned()),
            who.is_some(),
            owner,
        )
    };
    let (riverside, techpartner) = (json!(ids::organization("riverside")), json!(ids::organization("techpartner")));
    let theirs = Some(("riverside-admin", "riverside", "new here"));
    // Riverside knows its own; that Acme is told a name and not whose she is.
    assert_eq!(read(&stranger, rosa).await, [row("contact.created", theirs, riverside.clone())]);
    assert_eq!(
        read(&acme, rosa).await,
        [row("contact.created", None, Value::Null), row("organization.contact.linked", None, Value::Null)]
    );
    assert_eq!(
        read(&ada, rosa).await,
        [
            row("contact.created", theirs, riverside),
            row("organization.contact.linked", Some(("ada", "platform", "ours")), Value::Null)
        ]
    );
    // Its partner is no secret to Acme.
    let partners = |reason| Some(("techpartner-admin", "techpartner", reason));
    assert_eq!(
        read(&acme, shared).await,
        [
            row("contact.created", partners("new here"), techpartner.clone()),
            row("organization.contact.linked", partners("ours"), Value::Null)
        ]
    );
    // Whoever may not read history learns that something happened, and to whom.
    assert_eq!(
        read(&Who::acme_clinician(), shared).await,
        [row("contact.created", None, Value::Null), row("organization.contact.linked", None, Value::Null)]
    );
    let filter = ChangeFilter { contact_id: Some(shared), ..all() };
    for entry in follow(&app, &Who::acme_viewer(), &filter, None, 100).await {
        assert_eq!(entry.changes(), [], "{}", entry.event_type());
        assert!(entry.subjects().iter().any(|subject| subject.id == shared));
    }
}

/// Nothing in sight among thousands of others' entries: each look is bounded, says how far it came, and the end is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_sees_little_of_a_long_log_comes_to_its_end_in_bounded_steps() {
    let app = App::empty().await;
    let ada = Who::super_admin();
    for (subdomain, kind) in [("platform", "PLATFORM_OWNER"), ("acme", "PROVIDER"), ("riverside", "PROVIDER")] {
        let organization =
            json!({ "id": ids::organization(subdomain), "name": subdomain, "kind": kind, "subdomain": subdomain });
        let create = "mutation ($organization: OrganizationCreateInput!) { organizationCreate(organization: $organization) { userErrors { message } } }";
        app.ask_with(&ada, create, json!({ "organization": organization })).await.done("organizationCreate");
    }
    let stranger = Who::stranger();
    let first = create(&app, &stranger, "First").await;
    for at in 0..25 {
        let number =
            |nth: usize| json!({ "phone": { "create": { "number": format!("+1 217 {:03} {:04}", 200 + at, nth) } } });
        let contact = json!({ "allowDuplicate": true, "firstName": "A", "lastName": format!("B{at}"), "phones": (0..50).map(number).collect::<Vec<_>>() });
        app.ask_with(&Who::acme_admin(), CREATE, json!({ "contact": contact })).await.done("contactCreate");
    }
    let last = create(&app, &stranger, "Last").await;
    let only = ChangeFilter { types: Some(vec!["contact.created".to_owned()]), ..all() };
    let found: Vec<Uuid> =
        follow(&app, &stranger, &only, None, 10).await.iter().map(|entry| entry.event().unwrap().stream_id).collect();
    assert_eq!(found, [first, last]);
    // How long another's log is shows in nothing: a foreign organization takes as many looks as a missing one.
    let mut told = Vec::new();
    for organization in [Who::acme_admin().organization_id, Uuid::from_u128(7)] {
        let reader = app.database().reader(&app.viewer(&stranger));
        let filter = ChangeFilter { organization_id: Some(organization), ..all() };
        let batch = history::changes(&reader, &filter, None, 10).await.unwrap();
        told.push((batch, reader.effort().await));
    }
    assert!(told[0] == told[1], "{:?} and {:?}", told[0].1, told[1].1);
    // The statements follow from the length of the log, in windows, and from nothing else.
    let reader = app.database().reader(&app.viewer(&stranger));
    history::changes(&reader, &only, None, 10).await.unwrap();
    let (statements, rows) = reader.effort().await;
    assert!(statements <= 12 && rows <= 20, "{statements} statements gave {rows} rows");
}
