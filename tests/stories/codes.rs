//! ADR 0009: the kinds of phones and email addresses are data. The platform owner defines, relabels, moves and retires them; what every
//! installation has stays, and so does what is in use.

use serde_json::{Value, json};

use crate::support::{App, Who};

const CODE: &str = "{ id code label description sortOrder isSystemManaged isActive version }";

async fn define(app: &App, code: Value) -> Value {
    let query = format!(
        "mutation ($code: CodeDefineInput!) {{ phoneCodeDefine(code: $code) {{ phoneCode {CODE} position userErrors {{ code field message }} }} }}"
    );
    app.ask_with(&Who::super_admin(), &query, json!({ "code": code })).await.at("/phoneCodeDefine").clone()
}

async fn retire(app: &App, id: &Value) -> Value {
    let query = format!(
        "mutation ($id: UUID!) {{ phoneCodeRetire(id: $id) {{ phoneCode {CODE} position userErrors {{ code field message }} }} }}"
    );
    app.ask_with(&Who::super_admin(), &query, json!({ "id": id })).await.at("/phoneCodeRetire").clone()
}

async fn names(app: &App, filter: &str) -> Vec<String> {
    let answer = app.ask(&Who::acme_viewer(), &format!("{{ phoneCodes{filter} {{ nodes {{ code }} }} }}")).await;
    answer.list("/phoneCodes/nodes").iter().map(|node| node["code"].as_str().unwrap().to_owned()).collect()
}

async fn make_phone(app: &App, code: &str) -> Value {
    let query = "mutation ($phone: PhoneCreateInput!) { phoneCreate(phone: $phone) { phone { id code { code } } userErrors { code field message } } }";
    let phone = json!({ "number": "+1 217 555 0181", "code": code });
    app.ask_with(&Who::acme_admin(), query, json!({ "phone": phone })).await.at("/phoneCreate").clone()
}

#[tokio::test]
async fn a_code_is_defined_relabelled_moved_retired_and_brought_back() {
    let app = App::demo().await;
    let new = define(&app, json!({ "code": "pager", "label": "Pager" })).await;
    let id = &new["phoneCode"]["id"];
    let expected = json!({ "id": id, "code": "pager", "label": "Pager", "description": null, "sortOrder": 60,
        "isSystemManaged": false, "isActive": true, "version": 1 });
    assert_eq!(new["phoneCode"], expected, "it stands behind the others");
    assert_eq!(names(&app, "").await, ["mobile", "office", "fax", "emergency", "home", "pager"]);
    let phone = make_phone(&app, "pager").await;
    assert_eq!(phone["phone"]["code"]["code"], "pager");

    let again = define(&app, json!({ "code": "pager", "label": "Pager" })).await;
    assert_eq!((&again["position"], &again["phoneCode"]["version"]), (&Value::Null, &json!(1)), "it is so already");
    let changed =
        define(&app, json!({ "code": "pager", "label": "Beeper", "sortOrder": 15, "description": "Worn at night" }))
            .await;
    assert_eq!(changed["phoneCode"]["label"], "Beeper");
    assert_eq!(names(&app, "").await, ["mobile", "pager", "office", "fax", "emergency", "home"]);

    assert_eq!(retire(&app, id).await["phoneCode"]["isActive"], false);
    assert_eq!(retire(&app, id).await["position"], Value::Null, "it is so already");
    assert_eq!(names(&app, "(isActive: true)").await, ["mobile", "office", "fax", "emergency", "home"]);
    let refused = make_phone(&app, "pager").await;
    assert_eq!(
        refused["userErrors"][0]["message"],
        "\"pager\" is not an active code; use one of emergency, fax, home, mobile, office"
    );
    // What has it keeps it.
    let query = format!("{{ node(id: {}) {{ ... on Phone {{ code {{ code isActive }} }} }} }}", phone["phone"]["id"]);
    assert_eq!(
        app.ask(&Who::acme_viewer(), &query).await.at("/node/code"),
        &json!({ "code": "pager", "isActive": false })
    );

    let back = define(&app, json!({ "code": "pager" })).await;
    assert_eq!((&back["phoneCode"]["isActive"], &back["phoneCode"]["label"]), (&json!(true), &json!("Beeper")));
    app.is_proved().await;
}

#[tokio::test]
async fn a_code_of_the_system_is_relabelled_and_retired_like_any_other_and_never_renamed() {
    let app = App::demo().await;
    let fax = define(&app, json!({ "code": "fax", "label": "Telefax" })).await;
    let code = &fax["phoneCode"];
    assert_eq!(
        (&code["label"], &code["isSystemManaged"], &code["sortOrder"]),
        (&json!("Telefax"), &json!(true), &json!(30))
    );
    assert_eq!(retire(&app, &code["id"]).await["phoneCode"]["isActive"], false);
    let renamed = define(&app, json!({ "id": code["id"], "code": "telefax", "label": "Telefax" })).await;
    assert_eq!(renamed["userErrors"][0]["code"], "ID_TAKEN", "its id belongs to its name for ever");
    app.is_proved().await;
}

#[tokio::test]
async fn what_cannot_be_a_code_is_refused_by_what_would_be() {
    let app = App::demo().await;
    for (code, field, begins) in [
        (json!({ "code": "After Hours", "label": "x" }), "code", "code must be 1 to 63 lower-case letters"),
        (json!({ "code": "9", "label": "x" }), "code", "code must be 1 to 63 lower-case letters"),
        (json!({ "code": "pager" }), "label", "there is no phone code pager yet; a new one needs a label"),
        (json!({ "code": "fax", "label": null }), "label", "label cannot be cleared"),
        (json!({ "code": "fax", "label": "  " }), "label", "label must not be empty"),
    ] {
        let refused = define(&app, code.clone()).await;
        let error = &refused["userErrors"][0];
        assert_eq!((&error["code"], &error["field"]), (&json!("INVALID"), &json!([field])), "{code}");
        assert!(error["message"].as_str().unwrap().starts_with(begins), "{error}");
    }
}

#[tokio::test]
async fn only_the_platform_owner_has_a_say() {
    let app = App::demo().await;
    let query = "mutation { phoneCodeDefine(code: {code: \"pager\", label: \"Pager\"}) { userErrors { code } }
        emailCodeDefine(code: {code: \"work\", label: \"Mine\"}) { userErrors { code } } }";
    for who in [Who::acme_admin(), Who::techpartner_admin(), Who::acme_viewer()] {
        let answer = app.ask(&who, query).await;
        for name in ["phoneCodeDefine", "emailCodeDefine"] {
            assert_eq!(answer.at(&format!("/{name}/userErrors/0/code")), "FORBIDDEN", "{}", who.name);
        }
    }
}

#[tokio::test]
async fn two_who_define_the_same_code_at_once_make_one() {
    let app = App::demo().await;
    let both =
        futures::future::join_all((0..6).map(|_| define(&app, json!({ "code": "pager", "label": "Pager" })))).await;
    let written = both.iter().filter(|one| one["position"].is_string()).count();
    assert_eq!(written, 1, "{both:?}");
    assert!(both.iter().all(|one| one["phoneCode"]["id"] == both[0]["phoneCode"]["id"]));
    app.is_proved().await;
}
