//! An import touches and reveals nothing beyond what its viewer sees and may edit.

use liaison_domain::viewer::Role;
use liaison_server::demo::ids;
use serde_json::json;

use crate::support::{App, Who};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_one_does_not_see_is_neither_matched_nor_hinted_at() {
    let app = App::demo().await;
    let (acme, stranger) = (Who::acme_admin(), Who::stranger());
    let file =
        "external_id,first_name,last_name,email,phone,title\n7,Hugo,Hidden,hugo@example.com,217-555-0701,Clerk\n";
    assert_eq!(app.import(&acme, "sourceSystem=s", file).await.counts(), [1, 0, 0, 0, 0]);
    let hugo = app.ask(&acme, "{ contacts(filter: {lastName: \"Hidden\"}) { nodes { id title version } } }").await;
    let hugo = hugo.at("/contacts/nodes/0").clone();
    // The same file of a stranger makes a person of the stranger's own.
    let came = app.import(&stranger, "sourceSystem=s", file.replace("Clerk", "Boss")).await;
    assert_eq!(came.counts(), [1, 0, 0, 0, 0], "{:#}", came.told);
    let again =
        app.ask(&acme, "{ contacts(filter: {lastName: \"Hidden\"}) { nodes { id title version } totalCount } }").await;
    assert_eq!(again.at("/contacts/totalCount"), 1);
    assert_eq!(again.at("/contacts/nodes/0"), &hugo);
    // An id that is somebody's says so and no more; the rest of the file comes in.
    let file =
        format!("id,first_name,last_name,title\n{},Hugo,Hidden,Boss\n,Ida,Other,\n", hugo["id"].as_str().unwrap());
    let came = app.import(&stranger, "", file).await;
    assert_eq!(came.counts(), [1, 0, 0, 0, 1], "{:#}", came.told);
    let errors = came.errors();
    assert_eq!((errors[0].0, errors[0].2.as_str(), errors[0].3.as_str()), (1, "id", "ID_TAKEN"));
    assert_eq!(errors[0].4, "this id is in use; leave it out to have one made");
    // What each calls them is their own note.
    let ask = "query ($id: UUID!) { contact(id: $id) { externalIds { sourceSystem externalId } history { nodes { type } } } }";
    let told = app.ask_with(&acme, ask, json!({ "id": hugo["id"] })).await;
    assert_eq!(told.at("/contact/externalIds"), &json!([{ "sourceSystem": "s", "externalId": "7" }]));
    assert!(told.list("/contact/history/nodes").iter().any(|node| node["type"] == "contact.external_id.assigned"));
    // Linked to the stranger as well, Hugo is seen there, and Acme's id of him is not.
    let link = "mutation ($contact: UUID!, $organization: UUID!) { contactLink(contactId: $contact, link: {type: TECHNICAL, organizationId: $organization}) { userErrors { code field message } } }";
    let variables = json!({ "contact": hugo["id"], "organization": ids::organization("riverside") });
    app.ask_with(&Who::super_admin(), link, variables).await.done("contactLink");
    let told = app.ask_with(&stranger, ask, json!({ "id": hugo["id"] })).await;
    assert_eq!(told.at("/contact/externalIds"), &json!([]));
    let types: Vec<_> = told.list("/contact/history/nodes").iter().map(|node| node["type"].clone()).collect();
    assert!(!types.contains(&json!("contact.external_id.assigned")), "{types:?}");
    app.is_proved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_one_may_not_edit_is_a_row_error_and_stays_as_they_are() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let ask = "{ contacts(first: 200) { nodes { id name title viewerCanEdit } } }";
    let people = app.ask(&acme, ask).await;
    let theirs =
        people.list("/contacts/nodes").iter().find(|node| node["viewerCanEdit"] == false).expect("the VAR's people");
    let file = |title: &str| format!("id,title\n{},{title}\n", theirs["id"].as_str().unwrap());
    let events = app.events().await;
    let came = app.import(&acme, "", file("Mine now")).await;
    assert_eq!(came.counts(), [0, 0, 0, 0, 1]);
    assert_eq!(came.errors()[0].3, "FORBIDDEN");
    // Saying what is so already is no edit.
    let came = app.import(&acme, "", file(theirs["title"].as_str().unwrap_or_default())).await;
    assert_eq!(came.counts(), [0, 0, 1, 0, 0], "{:#}", came.told);
    // A role of others is not one's to give, nor somebody else's steward to name.
    let came = app
        .import(
            &acme,
            "",
            "first_name,last_name,roles,owner\nA,B,techpartner:billing,\nC,D,nobody:billing,\nE,F,,techpartner\n",
        )
        .await;
    let errors: Vec<_> = came.errors().into_iter().map(|error| (error.0, error.2, error.3)).collect();
    let error = |row, column: &str, code: &str| (row, column.to_owned(), code.to_owned());
    assert_eq!(
        errors,
        [error(1, "roles", "FORBIDDEN"), error(2, "roles", "NOT_FOUND"), error(3, "owner", "FORBIDDEN")]
    );
    assert_eq!(app.events().await, events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_are_seen_by_their_organization_and_brought_by_its_administrators() {
    let app = App::demo().await;
    let acme = Who::acme_admin();
    let file = "first_name,last_name,email\nA,B,nonsense\n";
    for who in [Who::acme_viewer(), Who::acme_clinician()] {
        let (status, body) = app.send_file(&who, "", file).await;
        assert_eq!(
            (status, body["errors"][0]["extensions"]["code"].as_str()),
            (403, Some("FORBIDDEN")),
            "{}",
            who.name
        );
    }
    let (status, body) = app.send_file(&Who::of_nowhere(), "", file).await;
    let nowhere = if status == 202 {
        app.await_import(&Who::of_nowhere(), body["id"].as_str().unwrap()).await.told["failedCount"].clone()
    } else {
        json!(status)
    };
    assert!(app.behind("SELECT 1 AS n FROM contacts_projection WHERE last_name = 'B'").await.is_empty(), "{nowhere}");
    let came = app.import(&acme, "", file).await;
    let ask = format!(
        "{{ contactImport(id: \"{}\") {{ errors {{ nodes {{ message }} }} }} contactImports {{ totalCount nodes {{ id }} }} }}",
        came.id
    );
    for who in [Who::stranger(), Who::techpartner_admin(), Who::acme_viewer(), acme.clone().with_role(Role::Clinician)]
    {
        let told = app.ask(&who, &ask).await;
        assert_eq!(
            told.data(),
            &json!({ "contactImport": null, "contactImports": { "totalCount": 0, "nodes": [] } }),
            "{}",
            who.name
        );
        let gone = app
            .client()
            .get(format!("{}/imports/{}", app.url(), came.id))
            .bearer_auth(app.token(&who))
            .send()
            .await
            .unwrap();
        assert_eq!(gone.status(), 404, "{}", who.name);
    }
    let told = app.ask(&Who::super_admin(), &ask).await;
    assert_eq!(told.at("/contactImports/nodes/0/id"), &json!(came.id));
    for verb in ["contactImportCancel", "contactImportResume"] {
        let say = format!(
            "mutation {{ {verb}(id: \"{}\") {{ contactImport {{ id }} position changes {{ type }} userErrors {{ code field message }} }} }}",
            came.id
        );
        for (who, code) in
            [(Who::stranger(), "NOT_FOUND"), (Who::super_admin(), "FORBIDDEN"), (Who::acme_viewer(), "FORBIDDEN")]
        {
            assert_eq!(
                app.ask(&who, &say).await.at(&format!("/{verb}/userErrors/0/code")),
                code,
                "{verb} {}",
                who.name
            );
        }
    }
    // Without a token nothing comes in, and none stands in the address.
    let url = format!("{}/imports/contacts", app.url());
    let bare = app.client().post(&url).header("content-type", "text/csv").body(file).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let told =
        app.client().post(format!("{url}?token=x")).header("content-type", "text/csv").body(file).send().await.unwrap();
    assert_eq!(told.status(), 400);
    let form = app
        .client()
        .post(&url)
        .bearer_auth(app.token(&acme))
        .header("content-type", "text/plain")
        .body(file)
        .send()
        .await
        .unwrap();
    assert_eq!(form.status(), 415, "what a form of another site can send");
    let foreign = app
        .client()
        .post(&url)
        .bearer_auth(app.token(&acme))
        .header("content-type", "text/csv")
        .header("origin", "https://evil.example");
    assert_eq!(foreign.body(file).send().await.unwrap().status(), 400);
}
