//! What the seeds' four use cases promise, counted by name, and the log that proves it.

use std::time::Instant;

use liaison_domain::replay::Verdict;
use liaison_server::demo::{self, Seeded, ids};

use crate::directory::Directory;

const BY_NAME: &str = "JOIN contacts_projection c ON c.id = l.contact_id AND l.unlinked_at IS NULL
    AND c.first_name || ' ' || c.last_name IN ('Jane Doe', 'Bob Smith', 'Alice Johnson')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_holds_what_the_use_cases_promise_and_the_log_proves_it() {
    let directory = Directory::empty().await;
    let begin = Instant::now();
    let Seeded::Made { changed, found } = demo::seed(&directory.database).await.unwrap() else {
        panic!("the directory was empty");
    };
    eprintln!("seeded with {changed} commands in {:.2} s", begin.elapsed().as_secs_f64());
    assert_eq!(found, 0, "an empty directory has nothing of the demo");

    // Use case 1: the consultant.
    directory
        .expect(&[
            (1, "contacts_projection WHERE first_name = 'John' AND last_name = 'Doe' AND organization_count = 5"),
            (1, "contacts_projection WHERE organization_count > 1"),
            (
                5,
                "organization_contacts l JOIN organizations_projection o ON o.id = l.organization_id
                 JOIN contact_emails ce ON ce.contact_id = l.contact_id JOIN emails_projection e ON e.id = ce.email_id
                 WHERE e.normalized = 'john.doe@consultant.com' AND l.contact_type = 'technical' AND o.kind = 'provider'
                   AND o.referring_partner_id IS NOT NULL",
            ),
            (
                1,
                "contacts_projection c JOIN organizations_projection o ON o.id = c.owner_organization_id
                 WHERE c.last_name = 'Doe' AND c.first_name = 'John' AND o.subdomain = 'acme'
                   AND c.edit_policy = 'linked_organizations'",
            ),
        ])
        .await;

    // Use case 2: the offices.
    let acme = "JOIN organizations_projection o ON o.id = l.organization_id AND o.subdomain = 'acme'";
    for (office, street) in
        [("Downtown Office", "123 Main St"), ("Midtown Office", "456 Oak Ave"), ("Uptown Office", "789 Elm Rd")]
    {
        let at = format!(
            "JOIN addresses_projection a ON a.id = l.address_id AND a.label = '{office}' AND a.street1 = '{street}'
             AND a.type = 'physical' AND l.unlinked_at IS NULL"
        );
        directory
            .expect(&[
                (1, &format!("organization_addresses l {acme} {at}")),
                (5, &format!("contact_addresses l {at}")),
                (1, &format!("facilities_projection l {acme} WHERE l.name = '{office}'")),
                (
                    5,
                    &format!(
                        "contact_addresses l {at} JOIN contact_phones cp ON cp.contact_id = l.contact_id
                         JOIN phones_projection p ON p.id = cp.phone_id AND p.extension IS NOT NULL
                         JOIN phone_codes code ON code.id = p.phone_code_id AND code.code = 'office'"
                    ),
                ),
            ])
            .await;
        for code in ["office", "fax"] {
            let phones = format!(
                "phone_addresses l {at} JOIN phones_projection p ON p.id = l.phone_id
                 JOIN phone_codes code ON code.id = p.phone_code_id AND code.code = '{code}'
                 JOIN organization_phones op ON op.phone_id = p.id AND op.unlinked_at IS NULL"
            );
            directory.expect(&[(1, &phones)]).await;
        }
    }
    directory
        .expect(&[
            (3, &format!("facilities_projection l {acme}")),
            (10, &format!("organization_phones l {acme}")),
            (1, &format!("organization_phones l {acme} WHERE l.is_primary")),
            (4, &format!("organization_addresses l {acme}")),
            // 15 of the offices, 3 of them as emergency contacts too, 3 of billing, and the consultant.
            (22, &format!("organization_contacts l {acme}")),
            (19, &format!("(SELECT DISTINCT l.contact_id FROM organization_contacts l {acme}) people")),
            (1, &format!("organization_contacts l {acme} WHERE l.contact_type = 'administrative' AND l.is_primary")),
            (
                3,
                &format!(
                    "organization_contacts l {acme} JOIN contact_phones cp ON cp.contact_id = l.contact_id
                     JOIN phone_codes code ON code.id = cp.method_code_id AND code.code = 'mobile'
                     WHERE l.contact_type = 'emergency'"
                ),
            ),
            (1, &format!("organization_contacts l {acme} WHERE l.contact_type = 'emergency' AND l.is_primary")),
        ])
        .await;

    // Use case 3: the VAR.
    let techpartner = "JOIN organizations_projection o ON o.id = l.organization_id AND o.subdomain = 'techpartner'";
    directory
        .expect(&[
            (
                20,
                "organizations_projection p JOIN organizations_projection o ON o.id = p.referring_partner_id
                 WHERE o.subdomain = 'techpartner' AND p.kind = 'provider'",
            ),
            (21, "(SELECT DISTINCT created_at FROM organizations_projection WHERE referring_partner_id IS NOT NULL) moments"),
            (3, &format!("organization_contacts l {techpartner}")),
            (
                3,
                &format!(
                    "organization_contacts l {techpartner} JOIN contacts_projection c ON c.id = l.contact_id
                     JOIN contact_emails ce ON ce.contact_id = c.id AND ce.is_primary
                     JOIN contact_phones cp ON cp.contact_id = c.id AND cp.is_primary
                     WHERE c.organization_count = 1 AND c.edit_policy = 'owner_only'
                       AND (c.first_name || ' ' || c.last_name, l.contact_type, l.is_primary) IN (
                         ('Jane Miller', 'stakeholder', false), ('Bob Chen', 'technical', true), ('Alice Novak', 'billing', false))"
                ),
            ),
        ])
        .await;

    // Use case 4: billing, link by link.
    let fifteen = [
        (3, format!("organization_contacts l {BY_NAME} {acme} WHERE l.contact_type = 'billing'")),
        (
            1,
            format!(
                "organization_addresses l {acme} JOIN addresses_projection a ON a.id = l.address_id
                 WHERE a.label = 'Billing Office' AND a.street1 = '456 Oak St' AND a.street2 = 'Suite 200'
                   AND a.type = 'billing' AND l.unlinked_at IS NULL"
            ),
        ),
        (
            4,
            format!(
                "organization_phones l {acme} JOIN phones_projection p ON p.id = l.phone_id AND l.unlinked_at IS NULL
                 JOIN phone_codes code ON code.id = p.phone_code_id
                 WHERE (code.code, p.number) IN (('fax', '555-111-1111'), ('mobile', '555-222-2222'),
                   ('mobile', '555-333-3333'), ('mobile', '555-444-4444'))"
            ),
        ),
        (
            3,
            format!(
                "contact_addresses l {BY_NAME} JOIN addresses_projection a ON a.id = l.address_id
                 WHERE a.label = 'Billing Office' AND l.address_type = 'billing'"
            ),
        ),
        (
            3,
            format!(
                "contact_phones l {BY_NAME} JOIN phones_projection p ON p.id = l.phone_id
                 WHERE l.is_primary AND p.is_sms_capable AND (c.last_name, p.number) IN
                   (('Doe', '555-222-2222'), ('Smith', '555-333-3333'), ('Johnson', '555-444-4444'))"
            ),
        ),
        (
            1,
            "phone_addresses l JOIN phones_projection p ON p.id = l.phone_id
             JOIN addresses_projection a ON a.id = l.address_id
             WHERE p.number = '555-111-1111' AND a.label = 'Billing Office' AND l.unlinked_at IS NULL"
                .to_owned(),
        ),
    ];
    assert_eq!(fifteen.iter().map(|(links, _)| links).sum::<i64>(), 15);
    for (links, question) in &fifteen {
        directory.expect(&[(*links, question)]).await;
    }
    directory
        .expect(&[
            // Nothing beside the 15 but the email addresses that the seed's queries select.
            (3, &format!("organization_contacts l {BY_NAME}")),
            (3, &format!("contact_phones l {BY_NAME}")),
            (3, &format!("contact_addresses l {BY_NAME}")),
            (3, &format!("contact_emails l {BY_NAME} WHERE l.is_primary")),
            (1, &format!("organization_contacts l {BY_NAME} WHERE l.is_primary AND c.title = 'Billing Manager'")),
            // All that is linked: seven of phones and addresses in the places above, and Riverside's.
            (8, "phone_addresses"),
            (26, "organizations_projection"),
            (0, "domain_events WHERE metadata->>'reason' IS NULL"),
        ])
        .await;
    let actors = "SELECT DISTINCT metadata->>'actor' FROM domain_events WHERE event_type LIKE 'organization.contact.%'
                  AND data->>'organization_id' = (SELECT id::text FROM organizations_projection WHERE subdomain = 'acme')";
    assert_eq!(directory.texts(actors).await, ["grace.palmer@acme.example"], "Acme's people are linked by Acme");

    // Again: nothing changes.
    let events = directory.count("domain_events").await;
    assert_eq!(demo::seed(&directory.database).await.unwrap(), Seeded::AlreadyThere);
    assert_eq!(directory.count("domain_events").await, events);

    // The log proves the tables; a row changed by hand is found and mended.
    let proof = directory.verify().await;
    assert!(
        matches!(proof, Verdict::Proved { events: replayed, rows } if replayed == events as u64 && rows > 300),
        "{proof:?}"
    );
    let jane = ids::contact("Jane Doe");
    for (change, table, column) in [
        ("UPDATE contacts_projection SET title = 'Intern' WHERE id = $1", "contacts_projection", "title"),
        (
            "UPDATE organization_contacts SET is_primary = false WHERE contact_id = $1",
            "organization_contacts",
            "is_primary",
        ),
        ("DELETE FROM contact_phones WHERE contact_id = $1", "contact_phones", ""),
        ("DELETE FROM contact_sights WHERE contact_id = $1", "contact_sights", ""),
        (
            "INSERT INTO contact_sights SELECT o.id, $1, true, false, false, false, '', true, true
             FROM organizations_projection o WHERE o.subdomain = 'riverside'",
            "contact_sights",
            "surplus",
        ),
    ] {
        assert_eq!(
            sqlx::query(change).bind(jane).execute(&directory.owner).await.unwrap().rows_affected(),
            1,
            "{change}"
        );
        let Verdict::Differs(difference) = directory.verify().await else { panic!("{change} was not found") };
        assert_eq!(difference.table, table);
        assert!(difference.to_string().contains(&jane.to_string()), "{difference}");
        assert_eq!(difference.live.is_none(), column.is_empty(), "{difference}");
        assert_eq!(difference.replayed.is_none(), column == "surplus", "{difference}");
        assert!(["", "surplus"].contains(&column) || difference.columns == [column], "{difference}");
        assert_eq!(directory.steward().await.rebuild().await.unwrap(), events as u64);
        assert_eq!(directory.verify().await, proof, "after {change}");
    }
    directory.end().await;
}
