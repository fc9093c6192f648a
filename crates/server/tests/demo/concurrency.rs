//! Many at once: the rules hold, nothing breaks, and the log's order is the order in which it happened.

use liaison_domain::contact::{Create, Link, Role as ContactRole, SetPrimary, Unlink, Whom};
use liaison_domain::entity::values::ContactType;
use liaison_domain::failure::{Failure, RefusalCode};
use liaison_domain::method::Owner;
use liaison_domain::phone;
use liaison_domain::replay::Verdict;
use liaison_domain::session::{Database, Note};
use liaison_server::demo::{self, ids};

use crate::directory::{Directory, organization_of, viewer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_who_make_different_persons_primary_at_once_leave_one_primary_and_a_log_that_proves_it() {
    const TASKS: usize = 50;
    let directory = Directory::empty().await;
    demo::seed(&directory.database).await.unwrap();
    let acme = viewer("Acme Healthcare admin");
    let mut people = Vec::new();
    for number in 0..TASKS {
        let person = Create {
            id: None,
            first_name: format!("Number {number}"),
            last_name: "Candidate".to_owned(),
            title: None,
            department: None,
            preferred_contact_method: None,
            owner_organization_id: None,
            edit_policy: None,
            organizations: vec![ContactRole {
                organization_id: None,
                contact_type: ContactType::Billing,
                is_primary: None,
            }],
            phones: Vec::new(),
            emails: Vec::new(),
            addresses: Vec::new(),
            allow_duplicate: true,
        };
        people.push(directory.database.run(&acme, &Note::default(), &person).await.unwrap().output);
    }
    let tasks = people.into_iter().map(|contact_id| {
        let (database, acme) = (directory.database.clone(), acme.clone());
        tokio::spawn(async move {
            let command = SetPrimary { contact_id, organization_id: None, contact_type: ContactType::Billing };
            database.run(&acme, &Note::default(), &command).await.map(|recorded| recorded.position)
        })
    });
    let mut last = None;
    for task in tasks.collect::<Vec<_>>() {
        let position = task.await.unwrap().unwrap().expect("none was primary before its turn");
        last = last.max(Some((position.epoch, position.xid, position.seq)));
    }
    let changes = "domain_events WHERE event_type = 'organization.contact.primary_set'";
    directory.expect(&[(TASKS as i64, changes)]).await;
    let primaries = "SELECT contact_id::text FROM organization_contacts l WHERE contact_type = 'billing' AND is_primary
        AND unlinked_at IS NULL AND organization_id = (SELECT id FROM organizations_projection WHERE subdomain = 'acme')";
    let primaries = directory.texts(primaries).await;
    // The order of the log is the order in which it happened: who is primary now is whom the last event names.
    let newest = "SELECT data->>'contact_id' FROM domain_events
        WHERE event_type = 'organization.contact.primary_set' ORDER BY epoch DESC, xid DESC, seq DESC LIMIT 1";
    assert_eq!(primaries, directory.texts(newest).await);
    // A chain: each takes it from the one before, and nobody twice.
    directory
        .expect(&[
            (TASKS as i64, &format!("(SELECT DISTINCT data->>'demotes' FROM {changes}) AS demoted")),
            (
                1,
                &format!(
                    "{changes} AND (epoch, xid::text, seq) = ({}, '{}', {})",
                    last.unwrap().0,
                    last.unwrap().1,
                    last.unwrap().2
                ),
            ),
        ])
        .await;
    let verdict = directory.verify().await;
    assert!(matches!(verdict, Verdict::Proved { .. }), "{verdict:?}");
    directory.end().await;
}

/// Everything at once on few people: roles given, closed and made primary, phones shared, people and providers made. Commands that
/// depend on each other must wait for each other, so that the log's order is the order in which it happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_all_kinds_at_once_never_break_and_the_log_proves_what_they_left() {
    const TASKS: u32 = 12;
    const ROUNDS: u32 = 25;
    let directory = Directory::empty().await;
    demo::seed(&directory.database).await.unwrap();
    let tasks = (0..TASKS).map(|task| {
        let database = directory.database.clone();
        tokio::spawn(async move {
            for round in 0..ROUNDS {
                match disturb(&database, task * ROUNDS + round).await {
                    Ok(()) => {}
                    Err(Failure::Refused(refusals)) => {
                        assert_eq!(refusals[0].code, RefusalCode::NotFound, "{refusals:?}");
                    }
                    Err(Failure::Fault(fault)) => panic!("{fault}"),
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // Who finds whom unlinked is a matter of luck; that something of each kind was done is not.
    for changed in ["organization.contact.unlinked", "organization.contact.primary_set", "organization.created"] {
        let kinds = format!("domain_events WHERE event_type = '{changed}'");
        assert!(directory.count(&kinds).await > 0, "nothing was {changed}");
    }
    let verdict = directory.verify().await;
    assert!(
        matches!(verdict, Verdict::Proved { .. }),
        "{}",
        match &verdict {
            Verdict::Differs(difference) => difference.to_string(),
            Verdict::Proved { .. } => String::new(),
        }
    );
    directory.end().await;
}

/// The `number`th of a sequence that mixes everything, spread by a multiplication rather than by chance: a failure comes again.
async fn disturb(database: &Database, number: u32) -> Result<(), Failure> {
    let spread = number.wrapping_mul(2_654_435_761) >> 8;
    let contact_id = ids::contact(["John Doe", "Jane Doe", "Bob Smith", "Nina Ortiz"][spread as usize % 4]);
    let contact_type = [ContactType::Billing, ContactType::Technical, ContactType::Emergency][spread as usize / 4 % 3];
    let note = Note { reason: Some(format!("disturbance {number}")), ..Note::default() };
    let (ada, acme) = (viewer("Platform super admin"), viewer("Acme Healthcare admin"));
    let techpartner = viewer("TechPartner admin");
    match number % 8 {
        0 | 1 => {
            let is_primary = Some(spread.is_multiple_of(2));
            let link = Link { whom: Whom::id(contact_id), organization_id: None, contact_type, is_primary };
            database.run(&acme, &note, &link).await.map(drop)
        }
        2 => {
            let unlink = Unlink { contact_id, organization_id: None, contact_type: Some(contact_type) };
            database.run(&acme, &note, &unlink).await.map(drop)
        }
        3 if spread.is_multiple_of(4) => {
            let unlinked = Unlink { contact_id, organization_id: Some(ids::organization("acme")), contact_type: None };
            database.run(&ada, &note, &unlinked).await.map(drop)
        }
        3 | 4 => {
            let primary = SetPrimary { contact_id, organization_id: None, contact_type };
            database.run(&acme, &note, &primary).await.map(drop)
        }
        5 => {
            let mut provider = organization_of(&format!("provider{number}"));
            (provider.id, provider.referring_partner_id) = (None, Some(ids::organization("techpartner")));
            database.run(&ada, &note, &provider).await.map(drop)
        }
        6 => {
            // The partner's people change while providers come that are to see them.
            let contact_id = ids::contact(["Jane Miller", "Bob Chen", "Alice Novak"][spread as usize % 3]);
            let organization_id = Some(ids::organization(["techpartner", "acme", "bayside"][spread as usize / 3 % 3]));
            if spread.is_multiple_of(5) {
                let unlink = Unlink { contact_id, organization_id: None, contact_type: None };
                return database.run(&techpartner, &note, &unlink).await.map(drop);
            }
            let is_primary = (organization_id == Some(techpartner.organization_id())).then_some(true);
            let link = Link { whom: Whom::id(contact_id), organization_id, contact_type, is_primary };
            database.run(&techpartner, &note, &link).await.map(drop)
        }
        _ => {
            let to = phone::Target::Owner(Owner::Contact(contact_id));
            let phone_id = ids::phone(["Billing Office fax", "Downtown Office reception"][spread as usize % 2]);
            let link = phone::Link { phone_id, to, is_primary: Some(true), sort_order: None };
            database.run(&acme, &note, &link).await.map(drop)
        }
    }
}
