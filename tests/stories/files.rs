//! Lists as files (US-1, US-7, US-11): what `/exports/…` gives is the list as its viewer sees it, for whoever may take it out, and the
//! log says who did.

use std::collections::BTreeMap;

use liaison_domain::sheet::{Column, Row};
use liaison_domain::viewer::Role;
use liaison_server::demo::ids;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::support::{App, Who};

/// What came back.
pub struct Fetched {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Fetched {
    fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()));
        let error = &body["errors"][0];
        assert!(error["extensions"]["requestId"].is_string(), "{body}");
        error["extensions"]["code"].as_str().unwrap().to_owned()
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).expect("UTF-8")
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The rows under the header line, by column.
    pub fn rows(&self) -> Vec<BTreeMap<String, String>> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        let text = self.text();
        let text = text.strip_prefix('\u{feff}').expect("a byte order mark, for spreadsheets");
        assert!(text.ends_with("\r\n"), "the last line is whole");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().map(|row| row.expect("a row as wide as the header")).collect()
    }

    fn column(&self, name: &str) -> Vec<String> {
        self.rows().into_iter().map(|mut row| row.remove(name).unwrap_or_else(|| panic!("no column {name}"))).collect()
    }
}

impl App {
    /// Fetches a file as somebody.
    pub async fn fetch(&self, who: Option<&Who>, method: Method, path: &str, query: &[(&str, String)]) -> Fetched {
        let mut request = self.client().request(method, format!("{}{path}", self.url())).query(query);
        if let Some(who) = who {
            request = request.bearer_auth(self.token(who));
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        Fetched { status, headers, bytes: response.bytes().await.expect("a whole body").to_vec() }
    }

    /// Fetches a file as somebody who may have it.
    pub async fn file(&self, who: &Who, path: &str, query: &[(&str, String)]) -> Fetched {
        self.fetch(Some(who), Method::GET, path, query).await
    }

    /// What the log holds of exports: actor and facts.
    async fn exports(&self) -> Vec<Value> {
        let mut owner = PgConnection::connect_with(&self.owner()).await.unwrap();
        sqlx::query_scalar(
            "SELECT jsonb_build_object('actor', metadata->'actor', 'organization', metadata->'organization_id', 'data', data)
             FROM domain_events WHERE event_type = 'directory.exported' ORDER BY epoch, xid, seq",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap()
    }
}

const CONTACTS: &str = "/exports/contacts.csv";

/// The ids of a list as GraphQL gives it, page by page.
async fn listed(app: &App, who: &Who, filter: &Value, order_by: &Value) -> Vec<String> {
    let query = "query ($filter: ContactFilter, $orderBy: ContactOrder, $after: String) {
        contacts(filter: $filter, orderBy: $orderBy, first: 7, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }";
    let mut ids = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = app.ask_with(who, query, json!({ "filter": filter, "orderBy": order_by, "after": after })).await;
        ids.extend(page.list("/contacts/nodes").iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page.at("/contacts/pageInfo/hasNextPage") == &json!(false) {
            return ids;
        }
        after = page.at("/contacts/pageInfo/endCursor").clone();
    }
}

#[tokio::test]
async fn the_file_of_contacts_has_the_rows_of_the_list_in_its_order_for_every_viewer() {
    let app = App::demo().await;
    let asked = [
        (json!(null), json!(null)),
        (json!({ "organizations": { "some": { "types": ["BILLING"] } } }), json!(null)),
        (json!({ "not": { "isActive": true } }), json!(null)),
        (
            json!({ "phones": { "some": { "codes": ["mobile"] } } }),
            json!({ "field": "UPDATED_AT", "direction": "DESC" }),
        ),
        (json!({ "lastName": "doe" }), json!({ "field": "NAME", "direction": "DESC" })),
    ];
    let viewers = [Who::super_admin(), Who::acme_admin(), Who::techpartner_admin(), Who::stranger(), Who::of_nowhere()];
    let mut seen = 0;
    for who in &viewers {
        for (filter, order_by) in &asked {
            let given = [("filter", filter), ("orderBy", order_by)].into_iter();
            let given: Vec<_> =
                given.filter(|(_, json)| !json.is_null()).map(|(n, json)| (n, json.to_string())).collect();
            let file = app.file(who, CONTACTS, &given).await;
            assert_eq!(file.column("id"), listed(&app, who, filter, order_by).await, "{} {filter}", who.name);
            seen += file.rows().len();
        }
    }
    assert!(seen > 60, "only {seen} rows were compared");
    app.is_proved().await;
}

#[tokio::test]
async fn a_row_tells_what_its_viewer_sees_and_is_read_back_as_it_was_written() {
    let app = App::demo().await;
    let file = app.file(&Who::acme_admin(), CONTACTS, &[]).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(file.header("cache-control"), "no-store");
    let disposition = file.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"contacts-20") && disposition.ends_with(".csv\""),
        "{disposition}"
    );
    let text = file.text();
    let header = text.trim_start_matches('\u{feff}').lines().next().unwrap();
    assert_eq!(header, Column::WRITTEN.map(Column::name).join(","));
    let rows = file.rows();
    let nina = rows.iter().find(|row| row["id"] == ids::contact("Nina Ortiz").to_string()).unwrap();
    let told = |name: &str| nina[name].as_str();
    assert_eq!((told("first_name"), told("last_name"), told("owner")), ("Nina", "Ortiz", "acme"));
    let phone = (told("phone"), told("phone_extension"), told("phone_code"), told("other_phones"));
    assert_eq!(phone, ("'+12175550110", "103", "office", "mobile:+12175550171"));
    assert_eq!((told("email"), told("roles")), ("nina.ortiz@acme.example", "acme:emergency*; acme:stakeholder"));
    for row in &rows {
        let read = Row::of_cells(|column| row.get(column.name()).map(String::as_str)).unwrap();
        let cells = read.cells();
        for column in Column::WRITTEN {
            assert_eq!(cells[column as usize], row[column.name()], "{column:?} of {}", row["id"]);
        }
    }
    // John Doe works at five providers; each sees its own links with him only, and not whose he is.
    let john = |file: &Fetched| {
        let row = file.rows().into_iter().find(|row| row["id"] == ids::contact("John Doe").to_string()).expect("John");
        (row["roles"].clone(), row["owner"].clone())
    };
    let (roles, _) = john(&file);
    assert!(roles.split("; ").all(|role| role.starts_with("acme:")), "{roles}");
    let (roles, owner) = john(&app.file(&Who::super_admin(), CONTACTS, &[]).await);
    assert_eq!(roles.split("; ").count(), 5, "{roles}");
    assert!(!owner.is_empty());
}

#[tokio::test]
async fn cells_that_a_spreadsheet_would_run_are_escaped_and_odd_names_stay_whole() {
    let app = App::demo().await;
    let names = [
        ("=HYPERLINK(\"http://evil.example\",\"x\")", "@SUM(1+1)"),
        ("-Joan", "＝1+1"),
        ("\"Quoted\", Jr.", "'t Hooft"),
        ("שרה", "כהן"),
        ("😀 Zoë", "O’Neil; =1"),
    ];
    let create =
        "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { userErrors { message } } }";
    for (first_name, last_name) in names {
        let contact = json!({ "firstName": first_name, "lastName": last_name, "title": "+boss",
            "organizations": [{ "type": "STAKEHOLDER" }],
            "phones": [{ "phone": { "create": { "number": "+1 617 555 0123", "code": "mobile", "label": "=1" } } },
                       { "phone": { "create": { "number": "617-555-0124", "code": "office", "extension": "204" } } }],
            "addresses": [{ "address": { "create": { "label": "-1", "type": "BILLING", "street1": "1 \"Main\" St, Suite; 2",
                "city": "Boston", "state": "MA", "postalCode": "02101" } } }] });
        app.ask_with(&Who::acme_admin(), create, json!({ "contact": contact })).await.done("contactCreate");
    }
    let file = app
        .file(
            &Who::acme_admin(),
            CONTACTS,
            &[("filter", json!({ "organizations": { "some": { "types": ["STAKEHOLDER"] } } }).to_string())],
        )
        .await;
    let rows = file.rows();
    for (first_name, last_name) in names {
        let row = rows.iter().find(|row| {
            let read = Row::of_cells(|column| row.get(column.name()).map(String::as_str)).unwrap();
            (read.first_name.as_str(), read.last_name.as_str()) == (first_name, last_name)
        });
        let row = row.unwrap_or_else(|| panic!("{first_name} {last_name} is not in {rows:#?}"));
        assert_eq!(row["phone"], "'+16175550123");
        assert_eq!(row["other_phones"], "office:+16175550124 x204");
        assert_eq!(row["title"], "'+boss");
        assert_eq!((row["street1"].as_str(), row["postal_code"].as_str()), ("1 \"Main\" St, Suite; 2", "02101"));
        for (column, cell) in row {
            let first = cell.chars().next().unwrap_or(' ');
            assert!(!"=+-@＝＋－＠\t\r\n".contains(first), "{column}: {cell}");
        }
    }
    // On the wire: quotes doubled, lines ended as the standard says.
    assert!(file.text().contains("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\","), "{}", file.text());
    assert_eq!(file.text().matches('\n').count(), file.text().matches("\r\n").count());
}

#[tokio::test]
async fn only_administrators_take_lists_out_and_each_time_stands_in_the_log() {
    let app = App::demo().await;
    let paths = [CONTACTS, "/exports/emergency.csv", "/exports/emergency.pdf", "/exports/referrals.csv"];
    for path in paths {
        for who in [Who::acme_clinician(), Who::acme_viewer()] {
            let refused = app.file(&who, path, &[]).await;
            assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "FORBIDDEN"), "{path}");
            let head = app.fetch(Some(&who), Method::HEAD, path, &[]).await;
            assert_eq!(head.status, StatusCode::FORBIDDEN);
        }
        let refused = app.fetch(None, Method::GET, path, &[]).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"), "{path}");
        let head = app.fetch(Some(&Who::acme_admin()), Method::HEAD, path, &[]).await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
        let post = app.fetch(Some(&Who::acme_admin()), Method::POST, path, &[]).await;
        assert_eq!((post.status, post.code().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"));
    }
    for (path, name, value) in [
        (CONTACTS, "filter", "{\"isActiv\": true}"),
        (CONTACTS, "first", "3"),
        (CONTACTS, "access_token", "x"),
        ("/exports/emergency.csv", "organizationId", "acme"),
        ("/exports/referrals.csv", "from", "yesterday"),
    ] {
        let refused = app.file(&Who::acme_admin(), path, &[(name, value.to_owned())]).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            "{path} {name}"
        );
    }
    assert_eq!(app.exports().await, Vec::<Value>::new(), "who is refused, and who only asks, has taken nothing");
    let filter = json!({ "isActive": true });
    let rows = app.file(&Who::acme_admin(), CONTACTS, &[("filter", filter.to_string())]).await.rows().len();
    app.file(&Who::techpartner_admin(), "/exports/emergency.pdf", &[]).await;
    let of = |subdomain: &str| json!(ids::organization(subdomain));
    assert_eq!(
        app.exports().await,
        [
            json!({ "actor": "acme-admin", "organization": of("acme"),
                    "data": { "list": "contacts", "format": "csv", "arguments": { "filter": filter }, "rows": rows } }),
            json!({ "actor": "techpartner-admin", "organization": of("techpartner"),
                    "data": { "list": "emergency", "format": "pdf", "rows": 0 } }),
        ]
    );
    // Its own organization reads that, and nobody else but super_admin.
    let ask = "{ changes(types: [\"directory.exported\"]) { nodes { actor fields { name new } } isCaughtUp } }";
    for (who, count) in [(Who::super_admin(), 2), (Who::acme_admin(), 1), (Who::stranger(), 0)] {
        let read = app.ask_caught_up(&who, ask).await;
        assert_eq!(read.list("/changes/nodes").len(), count, "{}", who.name);
        if count == 1 {
            let fields = read.at("/changes/nodes/0/fields");
            assert!(
                fields.as_array().unwrap().iter().any(|field| field["name"] == "rows" && field["new"] == json!(rows)),
                "{fields}"
            );
        }
    }
    app.is_proved().await;
}

#[tokio::test]
async fn a_narrowed_token_and_a_foreign_page_take_nothing() {
    let app = App::demo().await;
    let lifetime = std::time::Duration::from_secs(60);
    let stranger = Who::stranger();
    let token = app.key().issue("x", [Role::Clinician, Role::Viewer], stranger.organization_id, lifetime).unwrap();
    let refused = app.client().get(format!("{}{CONTACTS}", app.url())).bearer_auth(token).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let forged = app.client().get(format!("{}{CONTACTS}", app.url())).bearer_auth("x.y.z").send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::UNAUTHORIZED);
    // Without the header that a browser asks about first, and marked as sent by another site.
    let foreign = app.client().get(format!("{}{CONTACTS}", app.url())).header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

/// What is found is taken out as it is listed: by the same words, with every filter, the best first.
#[tokio::test]
async fn a_search_is_taken_out_as_it_is_listed() {
    let app = App::demo().await;
    let ask = "query ($search: String, $filter: ContactFilter) { contacts(search: $search, filter: $filter, first: 200) { nodes { id } } }";
    for who in [Who::super_admin(), Who::acme_admin(), Who::stranger()] {
        for (search, filter) in [
            ("doe", json!(null)),
            ("Jhon", json!(null)),
            ("bob", json!({ "isActive": true })),
            ("217-555", json!(null)),
        ] {
            let mut query = vec![("search", search.to_owned())];
            if !filter.is_null() {
                query.push(("filter", filter.to_string()));
            }
            let listed = app.ask_with(&who, ask, json!({ "search": search, "filter": filter })).await;
            let listed: Vec<&str> =
                listed.list("/contacts/nodes").iter().map(|node| node["id"].as_str().unwrap()).collect();
            assert_eq!(app.file(&who, CONTACTS, &query).await.column("id"), listed, "{} {search}", who.name);
        }
    }
    assert_eq!(app.exports().await.len(), 12);
}

/// US-7: whom to call after hours.
#[tokio::test]
async fn the_emergency_list_has_its_people_primary_first_as_a_file_and_on_paper() {
    let app = App::demo().await;
    let priya = ids::contact("Priya Nair");
    let forbid =
        "mutation ($id: UUID!) { contactSetDoNotContact(id: $id, reason: \"asked us to\") { userErrors { message } } }";
    app.ask_with(&Who::acme_admin(), forbid, json!({ "id": priya })).await.done("contactSetDoNotContact");
    let file = app.file(&Who::acme_admin(), "/exports/emergency.csv", &[]).await;
    let told: Vec<[String; 6]> = file
        .rows()
        .into_iter()
        .map(|row| {
            ["organization", "is_primary", "first_name", "mobile_phone", "email", "do_not_contact"]
                .map(|name| row[name].clone())
        })
        .collect();
    let person = |is_primary: &str, first: &str, phone: &str, email: &str, blocked: &str| {
        ["acme", is_primary, first, phone, email, blocked].map(str::to_owned)
    };
    assert_eq!(
        told,
        [
            person("true", "Nina", "'+12175550171", "nina.ortiz@acme.example", "false"),
            person("false", "Ibrahim", "'+12175550173", "ibrahim.haddad@acme.example", "false"),
            person("false", "Priya", "'+12175550172", "priya.nair@acme.example", "true"),
        ]
    );
    let paper = app.file(&Who::acme_admin(), "/exports/emergency.pdf", &[]).await;
    assert_eq!((paper.status, paper.header("content-type")), (StatusCode::OK, "application/pdf"));
    let text = pdf_extract::extract_text_from_mem(&paper.bytes).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Acme Healthcare",
        "by acme-admin",
        "Nina Ortiz",
        "CALL FIRST",
        "+1 217-555-0171",
        "Priya Nair",
        "DO NOT CONTACT",
        "Page 1 of 1",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(text.find("Nina").unwrap() < text.find("Ibrahim").unwrap());
}

#[tokio::test]
async fn a_foreign_organizations_emergency_list_is_as_missing_as_none() {
    let app = App::demo().await;
    let asked = |ids: &[Uuid]| vec![("organizationId", ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(","))];
    let (acme, riverside) = (ids::organization("acme"), ids::organization("riverside"));
    let all = app.file(&Who::super_admin(), "/exports/emergency.csv", &asked(&[acme, riverside, acme])).await;
    assert_eq!(all.column("organization").iter().filter(|of| *of == "acme").count(), 3);
    for path in ["/exports/emergency.csv", "/exports/emergency.pdf", "/exports/referrals.csv"] {
        let nobody = Uuid::from_u128(0xabc);
        let told = |fetched: &Fetched, id: Uuid| {
            assert_eq!((fetched.status, fetched.code().as_str()), (StatusCode::NOT_FOUND, "NOT_FOUND"), "{path}");
            let body: Value = serde_json::from_slice(&fetched.bytes).unwrap();
            body["errors"][0]["message"].as_str().unwrap().replace(&id.to_string(), "")
        };
        let foreign = told(&app.file(&Who::stranger(), path, &asked(&[acme])).await, acme);
        let missing = told(&app.file(&Who::stranger(), path, &asked(&[nobody])).await, nobody);
        assert_eq!(foreign, missing);
        // One that is seen does not lend its sight to another.
        told(&app.file(&Who::stranger(), path, &asked(&[riverside, acme])).await, acme);
    }
    let lost = app.file(&Who::of_nowhere(), "/exports/emergency.csv", &[]).await;
    assert_eq!((lost.status, lost.code().as_str()), (StatusCode::NOT_FOUND, "NOT_FOUND"));
}

/// US-11. Referrals come with their mutations; until then the rows are put there by the tables' owner.
#[tokio::test]
async fn the_report_of_referrals_is_the_makers_and_between_its_days() {
    let app = App::demo().await;
    let path = "/exports/referrals.csv";
    let empty = app.file(&Who::techpartner_admin(), path, &[]).await;
    assert_eq!(empty.rows().len(), 0);
    assert_eq!(empty.text(), "\u{feff}id,partner,provider,contact,contact_id,client_reference,referred_on,status\r\n");
    let mut owner = PgConnection::connect_with(&app.owner()).await.unwrap();
    let (techpartner, acme) = (ids::organization("techpartner"), ids::organization("acme"));
    for (at, (partner, provider, reference, on)) in [
        (techpartner, acme, "=client 1", "2026-01-31"),
        (techpartner, acme, "client 2", "2026-02-01"),
        (techpartner, ids::organization("riverside"), "client 3", "2026-02-01"),
        (acme, techpartner, "client 4", "2026-02-02"),
    ]
    .into_iter()
    .enumerate()
    {
        sqlx::query(
            "INSERT INTO referrals (id, partner_organization_id, provider_organization_id, client_reference, referred_on, status, version, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5::date, 'open', 1, now(), now())",
        )
        .bind(Uuid::from_u128(at as u128 + 1))
        .bind(partner)
        .bind(provider)
        .bind(reference)
        .bind(on)
        .execute(&mut owner)
        .await
        .unwrap();
    }
    let references =
        async |who: Who, query: &[(&str, String)]| app.file(&who, path, query).await.column("client_reference");
    assert_eq!(references(Who::techpartner_admin(), &[]).await, ["'=client 1", "client 2", "client 3"]);
    assert_eq!(
        references(Who::acme_admin(), &[]).await,
        ["client 4"],
        "who received a client does not read whose it is"
    );
    assert_eq!(references(Who::stranger(), &[]).await, [""; 0]);
    let from = [("from", "2026-02-01".to_owned()), ("providerId", acme.to_string())];
    assert_eq!(references(Who::techpartner_admin(), &from).await, ["client 2"]);
    let out_of_sight = [("providerId", ids::organization("riverside").to_string())];
    assert_eq!(references(Who::techpartner_admin(), &out_of_sight).await, [""; 0], "no way to try whose id it is");
    assert_eq!(references(Who::techpartner_admin(), &[("until", "2026-01-31".to_owned())]).await, ["'=client 1"]);
    let both = [("organizationId", techpartner.to_string()), ("organizationId", acme.to_string())];
    assert_eq!(references(Who::super_admin(), &both).await.len(), 4);
    let names = app.file(&Who::techpartner_admin(), path, &[]).await.rows();
    assert_eq!((names[0]["partner"].as_str(), names[0]["provider"].as_str()), ("TechPartner", "Acme Healthcare"));
    assert_eq!(names[2]["provider"], "", "whom a partner does not see has no name for it");
}
