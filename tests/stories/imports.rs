//! People come in as a file: new ones are made, known ones are put right, the same file twice changes nothing, and what goes out comes
//! back as it was.

mod hostile;
mod matching;
mod tenants;
mod under_way;
mod updates;

use liaison_server::demo::ids;
use serde_json::json;

use crate::support::{App, Who};

const PEOPLE: &str = "\
first_name,last_name,title,department,email,phone,phone_extension,mobile,roles,street1,city,state,postal_code,preferred_contact_method
Nora,Quist,Nurse,Cardiology,nora.quist@example.com,217-555-0301,11,,acme:technical,1 Birch St,Springfield,IL,62701,email
Omar,Reyes,Clerk,,omar.reyes@example.com,(217) 555-0302,,,acme:billing;acme:emergency,,,,,
Pia,\"Sørensen, MD\",,,,+1 217 555 0303,,,,\"2 Birch St
Rear house\",Springfield,IL,,
";

/// Everything that a contact of the file says, as the API tells it.
const TOLD: &str =
    "query ($last: String!) { contacts(filter: {lastName: $last}) { nodes { id firstName lastName title department
  preferredContactMethod doNotContact isActive owner { subdomain }
  emails { edges { isPrimary node { address code { code } } } }
  phones { edges { isPrimary node { e164 extension code { code } } } }
  addresses { edges { isPrimary type node { label street1 street2 city state postalCode country } } }
  organizations { edges { type isPrimary node { subdomain } } } externalIds { sourceSystem externalId } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_people_come_in_with_all_that_the_file_says() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let before = app.events().await;
    let first = app.import(&acme, "fileName=people.csv&types=stakeholder", PEOPLE.replace("\nRear house", "")).await;
    assert_eq!(first.counts(), [3, 0, 0, 0, 0], "{:#}", first.told);
    assert_eq!(first.told["fileName"], "people.csv");
    assert!(first.told["startedAt"].is_string() && first.told["finishedAt"].is_string());
    let nora = app.ask_with(&acme, TOLD, json!({ "last": "Quist" })).await.at("/contacts/nodes/0").clone();
    assert_eq!(nora["title"], "Nurse");
    assert_eq!(nora["owner"]["subdomain"], "acme");
    assert_eq!(nora["preferredContactMethod"], "EMAIL");
    assert_eq!(
        nora["emails"]["edges"],
        json!([{ "isPrimary": true, "node": { "address": "nora.quist@example.com", "code": { "code": "work" } } }])
    );
    assert_eq!(
        nora["phones"]["edges"],
        json!([{ "isPrimary": true, "node": { "e164": "+12175550301", "extension": "11", "code": { "code": "office" } } }])
    );
    assert_eq!(nora["addresses"]["edges"][0]["node"]["street1"], "1 Birch St");
    assert_eq!(nora["addresses"]["edges"][0]["type"], "PHYSICAL");
    assert_eq!(
        nora["organizations"]["edges"],
        json!([{ "type": "TECHNICAL", "isPrimary": false, "node": { "subdomain": "acme" } }])
    );
    let pia = app.ask_with(&acme, TOLD, json!({ "last": "Sørensen, MD" })).await.at("/contacts/nodes/0").clone();
    assert_eq!(pia["lastName"], "Sørensen, MD");
    assert_eq!(pia["organizations"]["edges"][0]["type"], "STAKEHOLDER", "whose row names no role gets the usual one");

    // The log says who, why and in which import.
    let written = app
        .behind(&format!(
            "SELECT DISTINCT metadata FROM domain_events WHERE metadata->>'correlation_id' = '{}'",
            first.id
        ))
        .await;
    assert_eq!(written.len(), 1);
    assert_eq!(written[0]["metadata"]["actor"], "acme-admin");
    assert_eq!(written[0]["metadata"]["reason"], "import people.csv");
    assert_eq!(written[0]["metadata"]["organization_id"], json!(ids::organization("acme")));
    assert!(app.events().await > before);
    app.is_proved().await;

    // The same file twice changes nothing.
    let events = app.events().await;
    let again = app.import(&acme, "fileName=people.csv&types=stakeholder", PEOPLE.replace("\nRear house", "")).await;
    assert_ne!(again.id, first.id, "an import that is done is not begun again");
    assert_eq!(again.counts(), [0, 0, 3, 0, 0], "{:#}", again.told);
    assert_eq!(app.events().await, events);
    // Nothing of the rows stays when they have come in.
    assert_eq!(app.behind("SELECT count(*) AS n FROM import_rows").await[0]["n"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cell_with_several_lines_is_a_row_error_with_its_line_and_the_rest_comes_in() {
    let app = App::demo().await;
    let came = app.import(&Who::acme_admin(), "", PEOPLE).await;
    assert_eq!(came.counts(), [2, 0, 0, 0, 1], "{:#}", came.told);
    let errors = came.errors();
    assert_eq!((errors[0].0, errors[0].1, errors[0].2.as_str(), errors[0].3.as_str()), (3, 4, "street1", "INVALID"));
    assert!(errors[0].4.contains("U+000A"), "{errors:?}");
}

async fn exported(app: &App, who: &Who) -> String {
    let request = app.client().get(format!("{}/exports/contacts.csv", app.url())).bearer_auth(app.token(who));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

/// What was recorded but for exports, which are recorded too.
async fn deeds(app: &App) -> i64 {
    app.behind("SELECT count(*) AS n FROM domain_events WHERE event_type <> 'directory.exported'").await[0]["n"]
        .as_i64()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_out_comes_back_and_changes_nothing() {
    let app = App::demo().await;
    for who in [Who::acme_admin(), Who::super_admin(), Who::techpartner_admin()] {
        let file = exported(&app, &who).await;
        let rows = i64::try_from(file.lines().count()).unwrap() - 1;
        assert!(rows > 1, "{file}");
        let before = deeds(&app).await;
        let back = app.import(&who, "", file.clone()).await;
        assert_eq!(back.counts(), [0, 0, rows, 0, 0], "{}: {:#}", who.name, back.told);
        assert_eq!(deeds(&app).await, before, "{}", who.name);
        assert_eq!(exported(&app, &who).await, file, "{}", who.name);
    }
}

/// Of an export the columns that another installation has no word of: whose sharing it is, when it was, and ids of systems.
fn comparable(file: &str) -> Vec<Vec<String>> {
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
    let mut rows: Vec<Vec<String>> =
        rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let apart = ["linked_at", "updated_at"].map(|name| rows[0].iter().position(|one| one == name).unwrap());
    for row in &mut rows {
        for at in apart {
            row[at].clear();
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_moves_to_another_installation_row_by_row() {
    let (app, other) = (App::demo().await, App::demo().await);
    // Somebody with everything that a row can say.
    let stranger = Who::stranger();
    let full = "first_name,last_name,title,is_active,do_not_contact,roles,email,email_code,other_emails,phone,phone_code,other_phones,sms_opted_out,street1,city,address_type,address_label,other_addresses,external_ids
=Zed,+Zuse,\"-x, \"\"y\"\"\",false,true,riverside:billing*; riverside:technical,zed@example.com,personal,work:z@example.com; billing:zz@example.com,+12175550401,mobile,fax:217-555-0402; office:+12175550403 x7,+12175550401,1 Way,Joliet,billing,Den,mailing:PO|Box 1||Joliet|IL|60431|US,school:47;sis:a\\:b
";
    let came = app.import(&stranger, "", full).await;
    assert_eq!(came.counts(), [1, 0, 0, 0, 0], "{:#}", came.told);
    app.is_proved().await;
    let file = exported(&app, &stranger).await;
    assert!(file.contains("'=Zed") && file.contains("'+Zuse"), "{file}");
    // The other installation knows none of them, but for the organizations.
    let back = other.import(&stranger, "", file.clone()).await;
    let [created, updated, _, _, failed] = back.counts();
    assert_eq!((created, updated, failed), (1, 0, 0), "{:#}", back.told);
    assert_eq!(comparable(&exported(&other, &stranger).await), comparable(&file));
    other.is_proved().await;
    let ids =
        other.ask_with(&stranger, TOLD, json!({ "last": "+Zuse" })).await.at("/contacts/nodes/0/externalIds").clone();
    assert_eq!(
        ids,
        json!([{ "sourceSystem": "school", "externalId": "47" }, { "sourceSystem": "sis", "externalId": "a:b" }])
    );
    let again = other.import(&stranger, "", file).await;
    assert_eq!(again.counts()[0], 0);
    assert_eq!(again.counts()[1], 0, "{:#}", again.told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_tells_what_would_be_and_leaves_no_trace() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    app.import(
        &acme,
        "",
        "first_name,last_name,title,email\nNora,Quist,Nurse,nora@example.com\nOmar,Reyes,,omar@example.com\n",
    )
    .await
    .counts();
    let events = app.events().await;
    let file = "first_name,last_name,title,email\nNora,Quist,Head nurse,NORA@example.com\nOmar,Reyes,,omar@example.com\n\
                New,Comer,,new@example.com\nNew,Comer,Boss,new@example.com\n,,,\nNo,Mail,,nonsense\n";
    let dry = app.import(&acme, "dryRun=true", file).await;
    assert_eq!(dry.counts(), [1, 2, 1, 1, 1], "{:#}", dry.told);
    assert_eq!(app.events().await, events);
    let actions: Vec<&str> = dry.preview().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["UPDATE", "UNCHANGED", "CREATE", "UPDATE", "SKIP", "ERROR"]);
    let nora = &dry.preview()[0];
    assert_eq!(nora["contact"]["name"], "Nora Quist");
    assert_eq!(nora["changes"], json!([{ "column": "title", "old": "Nurse", "new": "Head nurse" }]));
    let new = &dry.preview()[2];
    assert_eq!(new["contact"], json!(null), "nobody is there yet");
    assert!(
        new["changes"]
            .as_array()
            .unwrap()
            .contains(&json!({ "column": "email", "old": null, "new": "new@example.com" }))
    );
    assert_eq!(
        dry.preview()[3]["changes"],
        json!([{ "column": "title", "old": null, "new": "Boss" }]),
        "the row before counts"
    );
    // Meant, it comes to the same.
    let meant = app.import(&acme, "", file).await;
    assert_eq!(meant.counts(), [1, 2, 1, 1, 1], "{:#}", meant.told);
    app.is_proved().await;
}
