//! What only a contact's stewards do: say for which login it stands, and, for `super_admin`, whose it is.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

const LINK_USER: &str = "mutation LinkUser($id: UUID!, $user: String!) { contactLinkUser(id: $id, userId: $user) {
  contact { userId } position userErrors { code field message } } }";
const UNLINK_USER: &str = "mutation UnlinkUser($id: UUID!) { contactUnlinkUser(id: $id) { contact { userId } position userErrors { code field message } } }";
const TRANSFER: &str =
    "mutation Transfer($id: UUID!, $to: UUID!) { contactTransfer(id: $id, organizationId: $to, reason: \"moved\") {
  contact { owner { subdomain } editPolicy viewerCanEdit } position userErrors { code field message } } }";

fn admin_of(subdomain: &str) -> Who {
    Who { name: "a provider's admin", organization_id: ids::organization(subdomain), ..Who::stranger() }
}

#[tokio::test]
async fn a_contact_stands_for_one_login_and_a_login_for_one_contact() {
    let app = App::demo().await;
    let (acme, jane, ruth) = (Who::acme_admin(), ids::contact("Jane Doe"), ids::contact("Ruth Vance"));
    let linked = app.ask_with(&acme, LINK_USER, json!({ "id": jane, "user": " jane " })).await;
    assert_eq!(linked.done("contactLinkUser")["contact"]["userId"], "jane");
    let again = app.ask_with(&acme, LINK_USER, json!({ "id": jane, "user": "jane" })).await;
    assert_eq!(again.done("contactLinkUser")["position"], Value::Null);
    let other =
        app.ask_with(&acme, LINK_USER, json!({ "id": jane, "user": "jane.doe" })).await.refusals("contactLinkUser");
    assert_eq!((other[0].code.as_str(), other[0].field.as_str()), ("INVALID", "userId"));
    // Riverside sees nothing of Jane, and is told nothing of her.
    let taken = app
        .ask_with(&Who::stranger(), LINK_USER, json!({ "id": ruth, "user": "jane" }))
        .await
        .refusals("contactLinkUser");
    assert_eq!((taken[0].code.as_str(), taken[0].field.as_str()), ("USER_TAKEN", "userId"));
    assert_eq!(taken[0].message, "this login stands for another contact; a login stands for one contact at most");
    let own = app
        .ask_with(&acme, LINK_USER, json!({ "id": ids::contact("Bob Smith"), "user": "jane" }))
        .await
        .refusals("contactLinkUser");
    assert_eq!(own, taken, "whose it is makes no difference");
    let ended = app.ask_with(&acme, UNLINK_USER, json!({ "id": jane })).await;
    assert_eq!(ended.done("contactUnlinkUser")["contact"]["userId"], Value::Null);
    assert_eq!(
        app.ask_with(&acme, UNLINK_USER, json!({ "id": jane })).await.done("contactUnlinkUser")["position"],
        Value::Null
    );
    app.ask_with(&Who::stranger(), LINK_USER, json!({ "id": ruth, "user": "jane" })).await.done("contactLinkUser");
    app.is_proved().await;
}

#[tokio::test]
async fn the_login_is_read_by_those_who_may_edit_and_said_by_the_owner() {
    let app = App::demo().await;
    let (bob, john) = (ids::contact("Bob Chen"), ids::contact("John Doe"));
    app.ask_with(&Who::techpartner_admin(), LINK_USER, json!({ "id": bob, "user": "bob" }))
        .await
        .done("contactLinkUser");
    let ask =
        "query Ask($id: UUID!) { contact(id: $id) { name userId history { nodes { type fields { name new } } } } }";
    for (who, user) in
        [(Who::techpartner_admin(), json!("bob")), (Who::super_admin(), json!("bob")), (Who::acme_admin(), Value::Null)]
    {
        let answer = app.ask_with(&who, ask, json!({ "id": bob })).await;
        assert_eq!(answer.at("/contact/userId"), &user, "{}", who.name);
        let nodes = answer.list("/contact/history/nodes");
        let linked = nodes.iter().find(|entry| entry["type"] == "contact.user.linked").expect("it stands in the past");
        assert_eq!(linked["fields"].to_string().contains("bob"), !user.is_null(), "{}: {linked}", who.name);
    }
    // Bayside may edit John, and is not his owner.
    for (who, id) in [(admin_of("bayside"), john), (Who::acme_admin(), bob)] {
        let refused =
            app.ask_with(&who, LINK_USER, json!({ "id": id, "user": "mine" })).await.refusals("contactLinkUser");
        assert_eq!((refused[0].code.as_str(), refused[0].field.as_str()), ("FORBIDDEN", "id"));
        assert_eq!(refused[0].message, "only the organization that owns this contact may do this");
    }
}

/// The same login asked for by many at once, and passed on while it is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_a_login_one_gets_it() {
    let app = App::demo().await;
    let (acme, stranger) = (Who::acme_admin(), Who::stranger());
    let wanted = [
        ("Jane Doe", &acme),
        ("Bob Smith", &acme),
        ("Alice Johnson", &acme),
        ("Ruth Vance", &stranger),
        ("Peter Lang", &stranger),
    ];
    let asked = wanted
        .iter()
        .map(|(name, who)| app.ask_with(who, LINK_USER, json!({ "id": ids::contact(name), "user": "shared" })));
    let answers = futures::future::join_all(asked).await;
    let won: Vec<usize> =
        (0..answers.len()).filter(|at| answers[*at].at("/contactLinkUser/userErrors") == &json!([])).collect();
    assert_eq!(won.len(), 1);
    for answer in answers.iter().filter(|answer| answer.at("/contactLinkUser/userErrors") != &json!([])) {
        assert_eq!(answer.at("/contactLinkUser/userErrors/0/code"), "USER_TAKEN");
    }
    // It is given back while the others ask again: whoever has it afterwards, the log gives the same.
    let (holder, who) = wanted[won[0]];
    let give_back = async { vec![app.ask_with(who, UNLINK_USER, json!({ "id": ids::contact(holder) })).await] };
    let others = wanted.iter().filter(|(name, _)| *name != holder);
    let again =
        others.map(|(name, who)| app.ask_with(who, LINK_USER, json!({ "id": ids::contact(name), "user": "shared" })));
    let (given, again) = futures::join!(give_back, futures::future::join_all(again));
    given[0].done("contactUnlinkUser");
    assert!(again.iter().filter(|answer| answer.at("/contactLinkUser/userErrors") == &json!([])).count() <= 1);
    app.is_proved().await;
}

async fn sees(app: &App, subdomain: &str, id: Uuid) -> bool {
    let ask = "query Ask($id: UUID!) { contact(id: $id) { primaryPhone { number } } }";
    let who = if subdomain == "techpartner" { Who::techpartner_admin() } else { admin_of(subdomain) };
    !app.ask_with(&who, ask, json!({ "id": id })).await.at("/contact").is_null()
}

#[tokio::test]
async fn sight_follows_the_owner_and_so_does_the_edit_policy() {
    let app = App::demo().await;
    let (ada, grace) = (Who::super_admin(), ids::contact("Grace Palmer"));
    let unlink = format!("mutation {{ contactUnlink(contactId: \"{grace}\") {{ userErrors {{ message }} }} }}");
    app.ask(&Who::acme_admin(), &unlink).await.done("contactUnlink");
    let to = |subdomain: &str| json!({ "id": grace, "to": ids::organization(subdomain) });
    let refused = app.ask_with(&Who::acme_admin(), TRANSFER, to("dunmore")).await.refusals("contactTransfer");
    assert_eq!(refused[0].code, "FORBIDDEN");
    assert!(refused[0].message.contains("super_admin"), "{refused:?}");

    for (subdomain, policy, former) in [
        ("dunmore", "LINKED_ORGANIZATIONS", "acme"),
        ("techpartner", "OWNER_ONLY", "dunmore"),
        ("riverside", "LINKED_ORGANIZATIONS", "techpartner"),
    ] {
        assert!(sees(&app, former, grace).await && !sees(&app, subdomain, grace).await);
        let done = app.ask_with(&ada, TRANSFER, to(subdomain)).await;
        let contact = &done.done("contactTransfer")["contact"];
        assert_eq!((&contact["owner"]["subdomain"], &contact["editPolicy"]), (&json!(subdomain), &json!(policy)));
        assert!(!sees(&app, former, grace).await && sees(&app, subdomain, grace).await, "{subdomain}");
    }
    assert_eq!(app.ask_with(&ada, TRANSFER, to("riverside")).await.done("contactTransfer")["position"], Value::Null);
    // Among owners of one kind the policy is the owner's own choice.
    let update = format!(
        "mutation {{ contactUpdate(id: \"{grace}\", contact: {{editPolicy: OWNER_ONLY}}) {{ userErrors {{ message }} }} }}"
    );
    app.ask(&Who::stranger(), &update).await.done("contactUpdate");
    assert_eq!(
        app.ask_with(&ada, TRANSFER, to("acme")).await.done("contactTransfer")["contact"]["editPolicy"],
        "OWNER_ONLY"
    );
    let ask = "query Past($id: UUID!) { contact(id: $id) { history(first: 1) { nodes { type reason fields { name old new } } } } }";
    let past = app.ask_with(&ada, ask, json!({ "id": grace })).await;
    assert_eq!(past.at("/contact/history/nodes/0/type"), "contact.transferred");
    assert!(
        past.at("/contact/history/nodes/0/fields").to_string().contains(&ids::organization("riverside").to_string())
    );
    app.is_proved().await;
}
