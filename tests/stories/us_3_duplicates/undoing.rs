//! What organizations made of their own while two records were one (US-3): it goes to the one of the two whom they see again, when that is
//! one alone, and otherwise it stays where it is and is said.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::merging::{attempt, call, hold, merge, undo};
use crate::support::{App, Who};

/// A record of whoever makes it.
async fn record(app: &App, who: &Who, first_name: &str, last_name: &str) -> Uuid {
    let id = Uuid::new_v4();
    let create =
        format!("contactCreate(contact: {{id: \"{id}\", firstName: \"{first_name}\", lastName: \"{last_name}\"}})");
    call(app, who, &create, "").await;
    id
}

/// Acme's record, which stays, and Riverside's.
async fn two(app: &App) -> (Uuid, Uuid) {
    let survivor = record(app, &Who::acme_admin(), "Wilhelmina", "Achterberg").await;
    (survivor, record(app, &Who::stranger(), "Mina", "Quisenberry").await)
}

async fn say(app: &App, who: &Who, contact: Uuid, subject: &str, more: &str) -> Uuid {
    let id = Uuid::new_v4();
    let record = format!(
        "communicationRecord(communication: {{id: \"{id}\", contactId: \"{contact}\", channel: IN_PERSON, direction: OUTBOUND, subject: \"{subject}\"{more}}})"
    );
    call(app, who, &record, "").await;
    id
}

const OWN: &str = "query ($id: UUID!) { contact(id: $id) { id
  communications { nodes { subject } } externalIds { sourceSystem externalId } personas { persona }
  organizations { edges { type node { subdomain } } } referrals { nodes { clientReference } }
  wards { edges { label isPrimaryContact node { id } } } staffAssignments { edges { isPrimary startsOn } } phones { nodes { number } } } }";

async fn own(app: &App, who: &Who, id: Uuid) -> Value {
    app.ask_with(who, OWN, json!({ "id": id })).await.at("/contact").clone()
}

fn told(left: &[Value]) -> Vec<(&str, &str)> {
    left.iter().map(|one| (one["kind"].as_str().unwrap(), one["reason"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_organization_made_goes_where_it_sees_the_person_again() {
    let app = App::demo().await;
    let (riverside, acme) = (Who::stranger(), Who::acme_admin());
    let (survivor, duplicate) = two(&app).await;
    let child = record(&app, &riverside, "Casimir", "Quisenberry").await;
    call(&app, &riverside, &format!("contactGrantPersona(id: \"{child}\", persona: STUDENT)"), "").await;
    let merged = merge(&app, survivor, duplicate).await;

    // Riverside sees the person for its record alone, and works with whom it sees.
    say(&app, &riverside, survivor, "Riverside's", "").await;
    let here = format!("workplace: {{organizationId: \"{}\"}}", riverside.organization_id);
    for written in [
        format!("contactLink(contactId: \"{survivor}\", link: {{type: BILLING, isPrimary: true}})"),
        format!("contactGrantPersona(id: \"{survivor}\", persona: GUARDIAN)"),
        format!("contactGrantPersona(id: \"{survivor}\", persona: STAFF)"),
        format!(
            "contactExternalIdAssign(contactId: \"{survivor}\", externalId: {{sourceSystem: \"books\", externalId: \"Q-7\"}})"
        ),
        format!(
            "studentGuardianStart(studentGuardian: {{studentId: \"{child}\", guardianId: \"{survivor}\", label: \"aunt\", startsOn: \"2026-01-01\", isPrimaryContact: true}})"
        ),
        format!(
            "staffAssignmentStart(staffAssignment: {{staffId: \"{survivor}\", {here}, startsOn: \"2026-02-01\", isPrimary: true}})"
        ),
    ] {
        call(&app, &riverside, &written, "").await;
    }
    // So does Acme, whose record stays.
    say(&app, &acme, survivor, "Acme's", "").await;
    call(&app, &acme, &format!("contactGrantPersona(id: \"{survivor}\", persona: STUDENT)"), "").await;
    hold(&app, survivor, "phone", "number: \"+1 217 555 0177\"").await;
    let while_one = own(&app, &riverside, survivor).await;
    let left = undo(&app, merged).await;

    assert_eq!(own(&app, &riverside, survivor).await, Value::Null, "whom Riverside does not know");
    let mut riversides = own(&app, &riverside, duplicate).await;
    assert_eq!(riversides["communications"], json!({ "nodes": [{ "subject": "Riverside's" }] }));
    assert_eq!(riversides["phones"], json!({ "nodes": [] }), "a phone is nobody's own");
    let mut expected = while_one;
    for one in [&mut riversides, &mut expected] {
        let one = one.as_object_mut().unwrap();
        one.retain(|name, _| !["id", "phones"].contains(&name.as_str()));
    }
    assert_eq!(riversides, expected, "everything of its own is there still");
    let acmes = own(&app, &acme, survivor).await;
    assert_eq!(acmes["communications"], json!({ "nodes": [{ "subject": "Acme's" }] }));
    assert_eq!(acmes["personas"], json!([{ "persona": "STUDENT" }]));
    assert_eq!(acmes["phones"], json!({ "nodes": [{ "number": "+1 217 555 0177" }] }));
    assert_eq!(own(&app, &acme, duplicate).await, Value::Null);
    let mut kinds: Vec<&str> = told(&left).into_iter().map(|(kind, _)| kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["COMMUNICATION", "PERSONA", "PHONE"], "{left:#?}");
    assert!(
        told(&left).iter().all(|(_, why)| *why == "it came since the merge and stays with the survivor"),
        "{left:?}"
    );
    app.is_proved().await;

    // Made one and taken apart a second time, nothing is left of it that was not there.
    let again = merge(&app, survivor, duplicate).await;
    assert_eq!(undo(&app, again).await, Vec::<Value>::new());
    assert_eq!(own(&app, &acme, survivor).await, acmes);
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_seen_by_a_referral_or_the_referring_partner_is_seen() {
    let app = App::demo().await;
    let (partner, acme) = (Who::techpartner_admin(), Who::acme_admin());
    let survivor = record(&app, &Who::stranger(), "Leopoldine", "Nachtigall").await;
    let duplicate = record(&app, &partner, "Poldi", "Underwood").await;
    // Acme, which the partner brought, sees its staff.
    call(&app, &partner, &format!("contactLink(contactId: \"{duplicate}\", link: {{type: TECHNICAL}})"), "").await;
    let merged = merge(&app, survivor, duplicate).await;
    let referral = Uuid::new_v4();
    let refer = format!(
        "referralCreate(referral: {{id: \"{referral}\", providerId: \"{}\", contactId: \"{survivor}\", clientReference: \"while one\"}})",
        acme.organization_id
    );
    call(&app, &partner, &refer, "").await;
    say(&app, &partner, survivor, "in the referral", &format!(", referralId: \"{referral}\"")).await;
    say(&app, &acme, survivor, "with support", "").await;
    assert_eq!(undo(&app, merged).await, Vec::<Value>::new());
    for (who, subject, referrals) in
        [(&partner, "in the referral", json!([{ "clientReference": "while one" }])), (&acme, "with support", json!([]))]
    {
        assert_eq!(own(&app, who, survivor).await, Value::Null, "{}", who.name);
        let seen = own(&app, who, duplicate).await;
        assert_eq!(seen["communications"], json!({ "nodes": [{ "subject": subject }] }), "{}", who.name);
        assert_eq!(seen["referrals"], json!({ "nodes": referrals }), "{}", who.name);
    }
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sees_both_or_neither_finds_it_with_the_survivor_and_it_is_said() {
    let app = App::demo().await;
    let (riverside, acme) = (Who::stranger(), Who::acme_admin());
    let (survivor, duplicate) = two(&app).await;
    // Acme knows the duplicate too, and talked to it; a clinic that neither keeps knows it by a role.
    let at = |subdomain: &str, id: Uuid| {
        let organization = ids::organization(subdomain);
        format!("contactLink(contactId: \"{id}\", link: {{organizationId: \"{organization}\", type: STAKEHOLDER}})")
    };
    for subdomain in ["acme", "hillside"] {
        call(&app, &Who::super_admin(), &at(subdomain, duplicate), "").await;
    }
    let hillside = Who { organization_id: ids::organization("hillside"), ..Who::stranger() };
    let before = say(&app, &acme, duplicate, "before", "").await;
    let merged = merge(&app, survivor, duplicate).await;
    let correct = format!("communicationCorrect(id: \"{before}\", communication: {{subject: \"corrected\"}})");
    call(&app, &acme, &correct, "").await;
    say(&app, &acme, survivor, "since", "").await;
    say(&app, &hillside, survivor, "Hillside's", "").await;
    call(&app, &hillside, &format!("contactUnlink(contactId: \"{survivor}\")"), "").await;
    let left = undo(&app, merged).await;
    let stays = "it came since the merge and stays with the survivor";
    assert_eq!(
        told(&left).into_iter().filter(|(kind, _)| *kind == "COMMUNICATION").collect::<Vec<_>>(),
        [
            ("COMMUNICATION", stays),
            ("COMMUNICATION", &*format!("{stays}, whom the organization that made it does not see"))
        ],
        "{left:#?}"
    );
    let subjects = async |id: Uuid| own(&app, &acme, id).await["communications"]["nodes"].clone();
    assert_eq!(subjects(survivor).await, json!([{ "subject": "since" }]));
    // What was corrected is about the duplicate, and so is the correction.
    let mut corrected = subjects(duplicate).await.as_array().unwrap().clone();
    corrected.sort_by_key(Value::to_string);
    assert_eq!(json!(corrected), json!([{ "subject": "before" }, { "subject": "corrected" }]));
    for id in [survivor, duplicate] {
        assert_eq!(own(&app, &hillside, id).await, Value::Null);
    }
    assert_eq!(own(&app, &riverside, survivor).await, Value::Null);
    app.is_proved().await;
}

/// Whoever has read the duplicate before it was merged has read what is not so any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_has_another_version_than_before() {
    let app = App::demo().await;
    let (survivor, duplicate) = two(&app).await;
    let read = async || {
        let ask = format!("{{ contact(id: \"{duplicate}\") {{ id version organizations {{ nodes {{ id }} }} }} }}");
        app.ask(&Who::stranger(), &ask).await.at("/contact").clone()
    };
    let before = read().await;
    let merged = merge(&app, survivor, duplicate).await;
    assert_eq!(undo(&app, merged).await, Vec::<Value>::new());
    let after = read().await;
    assert_eq!(after["id"], json!(duplicate));
    let version = before["version"].as_i64().unwrap();
    assert_eq!(after["version"], version + 1, "both were read");
    let update = async |expected: i64, title: &str| {
        let update =
            format!("contactUpdate(id: \"{duplicate}\", contact: {{title: \"{title}\"}}, expectedVersion: {expected})");
        attempt(&app, &Who::stranger(), &update).await
    };
    assert_eq!(update(version, "Of before").await.as_deref(), Some("VERSION_CONFLICT"));
    assert_eq!(update(version + 1, "Of now").await, None);
    assert_eq!(read().await["version"], version + 2);
    // A second time too, and the log tells the same.
    let merged = merge(&app, survivor, duplicate).await;
    undo(&app, merged).await;
    assert_eq!(read().await["version"], version + 3);
    app.is_proved().await;
}

/// At a moment between the merge and its undoing, and at any after it, whoever keeps the duplicate finds what it has of the person.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_of_who_is_back_has_what_came_while_two_were_one() {
    let app = App::demo().await;
    let riverside = Who::stranger();
    let (survivor, duplicate) = two(&app).await;
    for role in ["TECHNICAL", "STAKEHOLDER"] {
        call(&app, &riverside, &format!("contactLink(contactId: \"{duplicate}\", link: {{type: {role}}})"), "").await;
    }
    let before = call(
        &app,
        &riverside,
        &format!("contactExternalIdAssign(contactId: \"{duplicate}\", externalId: {{sourceSystem: \"books\", externalId: \"Q-1\"}})"),
        "",
    )
    .await["position"]
        .clone();
    let merged = merge(&app, survivor, duplicate).await;
    // It works with whom it sees: a role comes, another one ends, and its books have another number for the person.
    let mut between = Value::Null;
    for written in [
        format!("contactLink(contactId: \"{survivor}\", link: {{type: BILLING, isPrimary: true}})"),
        format!("contactUnlink(contactId: \"{survivor}\", type: TECHNICAL)"),
        format!(
            "contactExternalIdAssign(contactId: \"{survivor}\", externalId: {{sourceSystem: \"books\", externalId: \"Q-2\"}})"
        ),
    ] {
        between = call(&app, &riverside, &written, "").await["position"].clone();
    }
    let left = undo(&app, merged).await;
    assert_eq!(told(&left), [("ROLE", "it ended since the merge and does not come back")]);
    let ask = "query ($id: UUID!, $before: String!, $between: String!) {
      before: contact(id: $id, asOf: { position: $before }) { ...Stood }
      between: contact(id: $id, asOf: { position: $between }) { ...Stood }
      after: contact(id: $id, asOf: { at: \"2101-01-01T00:00:00Z\" }) { ...Stood }
      now: contact(id: $id) { ...Stood } }
      fragment Stood on Contact { id name version deletedAt organizations { edges { type isPrimary } } }";
    let told = app.ask_with(&riverside, ask, json!({ "id": duplicate, "before": before, "between": between })).await;
    let types = |at: &str| {
        let edges = told.list(&format!("/{at}/organizations/edges"));
        let mut types: Vec<&str> = edges.iter().map(|edge| edge["type"].as_str().unwrap()).collect();
        types.sort_unstable();
        types
    };
    assert_eq!(types("before"), ["STAKEHOLDER", "TECHNICAL"]);
    assert_eq!(types("between"), ["BILLING", "STAKEHOLDER"], "{:#}", told.body);
    assert_eq!(types("now"), ["BILLING", "STAKEHOLDER"]);
    assert_eq!(told.at("/after"), told.at("/now"), "the log tells the present as the tables do");
    assert!(!told.body.to_string().contains(&survivor.to_string()), "{:#}", told.body);
    // Acme keeps the other one, and has nothing of it.
    let acmes =
        app.ask_with(&Who::acme_admin(), ask, json!({ "id": survivor, "before": before, "between": between })).await;
    assert_eq!(acmes.at("/after"), acmes.at("/now"));
    assert_eq!(acmes.at("/between/organizations/edges"), &json!([]));
    // Whoever sees both is told whom the id stood for.
    let all =
        app.ask_with(&Who::super_admin(), ask, json!({ "id": duplicate, "before": before, "between": between })).await;
    assert_eq!((all.at("/between/id"), all.at("/before/id")), (&json!(survivor), &json!(duplicate)));
    assert_eq!(all.list("/between/organizations/edges").len(), 2);
    assert_eq!(all.at("/after"), all.at("/now"));
}
