//! A partner's people at the providers that it referred.

use liaison_domain::contact::{Link, SetPrimary, Unlink, Whom};
use liaison_domain::entity::values::ContactType;
use liaison_domain::failure::{Failure, RefusalCode};
use liaison_domain::replay::Verdict;
use liaison_domain::session::Note;
use liaison_server::cluster::{DATABASE_NAME, Login};
use liaison_server::demo::{self, ids};
use sqlx::{ConnectOptions, Connection};

use crate::directory::{Directory, viewer};

/// US-10: the partner does not see the provider's links, and yet sharing twice is sharing once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_shares_its_support_with_a_provider_and_the_provider_decides_the_rest() {
    let directory = Directory::empty().await;
    demo::seed(&directory.database).await.unwrap();
    let (partner, acme) = (viewer("TechPartner admin"), viewer("Acme Healthcare admin"));
    let (contact_id, contact_type) = (ids::contact("Bob Chen"), ContactType::Technical);
    let at_acme = Some(ids::organization("acme"));
    let share = |is_primary| Link { whom: Whom::id(contact_id), organization_id: at_acme, contact_type, is_primary };
    let (database, note) = (&directory.database, Note::default());
    let open =
        "organization_contacts l JOIN organizations_projection o ON o.id = l.organization_id AND o.subdomain = 'acme'
        JOIN contacts_projection c ON c.id = l.contact_id AND c.last_name = 'Chen' WHERE l.contact_type = 'technical'";

    let primary = SetPrimary { contact_id, organization_id: at_acme, contact_type };
    let unlink = Unlink { contact_id, organization_id: at_acme, contact_type: None };
    let refusals = [
        database.run(&partner, &note, &share(Some(true))).await.unwrap_err(),
        database.run(&partner, &note, &primary).await.unwrap_err(),
        database.run(&partner, &note, &unlink).await.unwrap_err(),
    ];
    for refusal in refusals {
        assert!(matches!(&refusal, Failure::Refused(r) if r[0].code == RefusalCode::Forbidden), "{refusal:?}");
    }
    assert!(database.run(&partner, &note, &share(None)).await.unwrap().position.is_some());
    assert!(database.run(&partner, &note, &share(None)).await.unwrap().position.is_none());
    directory.expect(&[(1, open)]).await;
    assert!(database.run(&acme, &note, &primary).await.unwrap().position.is_some());
    // Who is primary at Acme now does not show to the partner, and its sharing does not change it.
    assert!(database.run(&partner, &note, &share(Some(false))).await.unwrap().position.is_none());
    directory.expect(&[(1, &format!("{open} AND l.is_primary"))]).await;
    assert!(database.run(&acme, &note, &unlink).await.unwrap().position.is_some());
    assert!(database.run(&partner, &note, &share(None)).await.unwrap().position.is_some());
    directory.expect(&[(2, open), (1, &format!("{open} AND l.unlinked_at IS NULL AND NOT l.is_primary"))]).await;

    // The question that makes it so answers for the asker's own people and providers only.
    let mut app = directory.cluster.connect_options(Login::App, DATABASE_NAME).connect().await.unwrap();
    for (asker, expected) in [("techpartner", true), ("acme", false), ("bayside", false), ("riverside", false)] {
        let mut transaction = app.begin().await.unwrap();
        let enter = "SELECT app.enter($1, false)";
        sqlx::query(enter).bind(ids::organization(asker)).execute(&mut *transaction).await.unwrap();
        let answer: bool = sqlx::query_scalar("SELECT app.is_shared($1, $2, 'technical')")
            .bind(contact_id)
            .bind(at_acme)
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(answer, expected, "{asker}");
    }
    assert!(matches!(directory.verify().await, Verdict::Proved { .. }));
    directory.end().await;
}
