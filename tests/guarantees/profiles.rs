//! What people are compared by follows every change that touches it: whatever happens through the API, the profiles are those that the
//! tables give when they are read from nothing. It looks behind the API, because nobody is shown a profile.

use liaison_domain::duplicate::{Person, Profile, RULE_SET_VERSION};
use liaison_domain::replay::Steward;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::support::{App, Who};

/// Everybody who is not archived, as the tables tell of them: with the fields of a `Person`.
const PEOPLE: &str = "
  SELECT c.id, c.first_name, c.last_name, c.title, c.department, c.is_active, c.user_id IS NOT NULL AS has_login,
         ARRAY(SELECT m.normalized FROM contact_emails l JOIN emails_projection m ON m.id = l.email_id
               WHERE l.contact_id = c.id AND l.unlinked_at IS NULL) AS emails,
         ARRAY(SELECT jsonb_build_object('number', coalesce(m.e164, m.number), 'has_country', m.number ~ '^[^+0-9a-zA-Z]*([+]|00)', 'is_personal', k.code IN ('mobile', 'home'))
               FROM contact_phones l JOIN phones_projection m ON m.id = l.phone_id JOIN phone_codes k ON k.id = m.phone_code_id
               WHERE l.contact_id = c.id AND l.unlinked_at IS NULL) AS phones,
         ARRAY(SELECT to_jsonb(m) FROM contact_addresses l JOIN addresses_projection m ON m.id = l.address_id
               WHERE l.contact_id = c.id AND l.unlinked_at IS NULL) AS addresses,
         ARRAY(SELECT l.organization_id FROM organization_contacts l
               WHERE l.contact_id = c.id AND l.unlinked_at IS NULL) AS organizations
  FROM contacts_projection c WHERE c.deleted_at IS NULL ORDER BY c.id";

/// The profiles that should be there.
async fn wanted(app: &App) -> Vec<Value> {
    let people = app.behind(PEOPLE).await;
    let profile = |row: &Value| {
        let person: Person = serde_json::from_value(row.clone()).unwrap();
        let profile = Profile::of(&person);
        json!({ "contact_id": row["id"], "rule_set_version": RULE_SET_VERSION, "profile": profile, "keys": profile.keys(),
            "organization_keys": profile.organization_keys(), "marks": profile.marks() })
    };
    people.iter().map(profile).collect()
}

/// The profiles that are there.
async fn kept(app: &App) -> Vec<Value> {
    app.behind("SELECT * FROM contact_profiles ORDER BY contact_id").await
}

async fn profile_of(app: &App, id: Uuid) -> Option<Value> {
    kept(app).await.into_iter().find(|row| row["contact_id"] == json!(id))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_follows_every_change_that_touches_it() {
    let app = App::demo().await;
    assert_eq!(kept(&app).await, wanted(&app).await, "the demo's people");
    let acme = Who::acme_admin();
    let [sam, ulla, phone, email, address, other_phone]: [Uuid; 6] = std::array::from_fn(|_| Uuid::new_v4());
    let create = "mutation ($contact: ContactCreateInput!) { it: contactCreate(contact: $contact) { userErrors { code field message } } }";
    let methods = json!({
        "phones": [{ "phone": { "create": { "id": phone, "number": "+1 630 555 0177", "code": "office" } } }],
        "emails": [{ "email": { "create": { "id": email, "address": "sam.oyelaran@example.org" } } }],
        "addresses": [{ "address": { "create": { "id": address, "type": "PHYSICAL", "street1": "12 Elm Street", "city": "Joliet", "postalCode": "60431" } } }],
    });
    let mut contact = json!({ "id": sam, "firstName": "Sam", "lastName": "Oyelaran" });
    contact.as_object_mut().unwrap().extend(methods.as_object().unwrap().clone());
    app.ask_with(&acme, create, json!({ "contact": contact })).await.done("it");
    // Somebody else at the same phone, which changes for both.
    let contact = json!({ "id": ulla, "firstName": "Ulla", "lastName": "Brandvold", "phones": [
        { "phone": { "id": phone } }, { "phone": { "create": { "id": other_phone, "number": "+1 630 555 0178" } } }] });
    app.ask_with(&acme, create, json!({ "contact": contact })).await.done("it");
    assert_eq!(kept(&app).await, wanted(&app).await, "people who were made");

    let steps = [
        format!("contactUpdate(id: \"{sam}\", contact: {{ lastName: \"Oyelaran-Brandvold\" }})"),
        format!("contactUpdate(id: \"{sam}\", contact: {{ firstName: \"Samuel\" }})"),
        format!("contactUpdate(id: \"{sam}\", contact: {{ title: \"Nurse\" }})"),
        format!("contactUpdate(id: \"{sam}\", contact: {{ department: \"Cardiology\" }})"),
        format!("contactUpdate(id: \"{sam}\", contact: {{ isActive: false }})"),
        format!("phoneUpdate(id: \"{phone}\", phone: {{ number: \"+1 630 555 0179\" }})"),
        format!("phoneUpdate(id: \"{phone}\", phone: {{ code: \"mobile\" }})"),
        format!("emailUpdate(id: \"{email}\", email: {{ address: \"samuel@example.org\" }})"),
        format!("addressUpdate(id: \"{address}\", address: {{ street1: \"14 Oak Avenue\" }})"),
        format!("addressUpdate(id: \"{address}\", address: {{ postalCode: \"60432\" }})"),
        format!("contactLink(contactId: \"{sam}\", link: {{ type: TECHNICAL }})"),
        format!("contactLinkUser(id: \"{sam}\", userId: \"sam-{sam}\")"),
        format!("contactUnlinkUser(id: \"{sam}\")"),
        format!("phoneLink(phoneId: \"{other_phone}\", to: {{ contactId: \"{sam}\" }})"),
        format!("phoneUnlink(phoneId: \"{other_phone}\", from: {{ contactId: \"{sam}\" }})"),
        format!("emailUnlink(emailId: \"{email}\", from: {{ contactId: \"{sam}\" }})"),
        format!("addressUnlink(addressId: \"{address}\", from: {{ contactId: \"{sam}\" }})"),
        format!("contactUnlink(contactId: \"{sam}\")"),
    ];
    let mut before = profile_of(&app, sam).await;
    for step in steps {
        let mutation = format!("mutation {{ it: {step} {{ userErrors {{ code field message }} }} }}");
        app.ask(&acme, &mutation).await.done("it");
        let after = profile_of(&app, sam).await;
        assert_ne!(after, before, "{step} changes what Sam is compared by");
        before = after;
        assert_eq!(kept(&app).await, wanted(&app).await, "{step}");
    }
    let mutation = format!("mutation {{ it: contactDelete(id: \"{sam}\") {{ userErrors {{ code field message }} }} }}");
    app.ask(&acme, &mutation).await.done("it");
    assert_eq!(profile_of(&app, sam).await, None, "whoever is archived is compared with nobody");
    assert_eq!(kept(&app).await, wanted(&app).await);
    app.is_proved().await;
}

/// A database of a version before, or of other rules: its people are compared as soon as it is served, and everybody anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_before_has_its_profiles_made() {
    let app = App::demo().await;
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let steward = Steward::open(app.owner()).await.unwrap();
    let wanted = wanted(&app).await;
    for damage in ["DELETE FROM contact_profiles", "UPDATE contact_profiles SET rule_set_version = 0, keys = '{}'"] {
        owner.execute(damage).await.unwrap();
        owner.execute("UPDATE duplicate_census SET is_scan_due = false").await.unwrap();
        assert_eq!(steward.settle_profiles().await.unwrap(), wanted.len() as u64, "{damage}");
        assert_eq!(kept(&app).await, wanted, "{damage}");
        let indexes =
            app.behind("SELECT count(*) AS n FROM pg_indexes WHERE indexname = 'contact_profiles_keys'").await;
        assert_eq!(indexes[0]["n"], 1, "{damage}");
        let triggers =
            "SELECT count(*) AS n FROM pg_trigger WHERE tgrelid = 'contact_profiles'::regclass AND tgenabled <> 'O'";
        assert_eq!(app.behind(triggers).await[0]["n"], 0, "{damage}");
    }
    assert_eq!(steward.settle_profiles().await.unwrap(), 0, "what is there is left alone");
    // A server of before has made some people beside one of now: they get theirs, and wait to be compared.
    owner.execute("ALTER TABLE contact_profiles DISABLE TRIGGER USER").await.unwrap();
    let some = "DELETE FROM contact_profiles WHERE contact_id IN (SELECT contact_id FROM contact_profiles ORDER BY contact_id LIMIT 3) RETURNING contact_id";
    let gone = sqlx::query(some).fetch_all(&mut owner).await.unwrap();
    owner.execute("ALTER TABLE contact_profiles ENABLE TRIGGER USER").await.unwrap();
    let last = "coalesce(max(turn), 0)";
    let before = app.behind(&format!("SELECT {last} AS n FROM duplicate_stale")).await;
    assert_eq!(steward.settle_profiles().await.unwrap(), gone.len() as u64);
    assert_eq!(kept(&app).await, wanted);
    let given = app.behind("SELECT last_value AS n FROM duplicate_stale_turn_seq").await;
    assert!(given[0]["n"].as_i64() >= before[0]["n"].as_i64().map(|turn| turn + 3), "{before:?}, then {given:?}");
    app.is_proved().await;
}
