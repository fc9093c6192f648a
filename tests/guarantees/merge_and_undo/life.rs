//! What people have and what happens to them, by chance.

use uuid::Uuid;

use super::super::filters::dice::Dice;
use super::day;
use crate::support::merging::{Pair, attempt, call, hold, person, rows};
use crate::support::{App, Who};

/// A value that both may have, in rows of their own.
fn shared_value(noun: &str, people: &Pair) -> String {
    let mark = people.third;
    match noun {
        "phone" => format!("number: \"+1 312 555 0{:03}\"", mark.as_u128() % 1_000),
        "email" => format!("address: \"{}@example.com\"", mark.simple()),
        _ => format!("type: MAILING, street1: \"{} Oak St\", city: \"Joliet\"", mark.as_u128() % 1_000),
    }
}

/// What somebody may have before they are merged, by chance: much of it the same for both.
pub async fn furnish(app: &App, dice: &mut Dice, people: &Pair, id: Uuid, shared: &[Uuid; 3]) {
    let acme = Who::acme_admin();
    for (noun, method) in ["phone", "email", "address"].into_iter().zip(shared) {
        if dice.once_in(2) {
            call(app, &acme, &format!("{noun}Link({noun}Id: \"{method}\", to: {{contactId: \"{id}\"}})"), "").await;
        }
    }
    for noun in ["phone", "email", "address"] {
        if dice.once_in(2) {
            hold(app, id, noun, &shared_value(noun, people)).await;
        }
    }
    let own = Uuid::new_v4();
    if dice.once_in(2) {
        hold(app, id, "email", &format!("address: \"{}@example.com\"", own.simple())).await;
    }
    for role in ["BILLING", "TECHNICAL", "STAKEHOLDER"] {
        if dice.once_in(2) {
            let primary = dice.once_in(3);
            let link = format!("contactLink(contactId: \"{id}\", link: {{type: {role}, isPrimary: {primary}}})");
            call(app, &acme, &link, "").await;
        }
    }
    relate(app, dice, id, people.third).await;
    let assign = format!(
        "contactExternalIdAssign(contactId: \"{id}\", externalId: {{sourceSystem: \"x\", externalId: \"{own}\"}})"
    );
    let title = format!("contactUpdate(id: \"{id}\", contact: {{title: \"Title {}\"}})", dice.below(3));
    for (times, written) in [
        (2, assign),
        (2, spoken(id)),
        (2, title),
        (3, format!("contactSetDoNotContact(id: \"{id}\", reason: \"asked\")")),
        (3, format!("contactRevokePersona(id: \"{id}\", persona: STAFF)")),
    ] {
        if dice.once_in(times) {
            call(app, &acme, &written, "").await;
        }
    }
}

fn spoken(id: Uuid) -> String {
    format!("communicationRecord(communication: {{contactId: \"{id}\", channel: IN_PERSON, direction: INBOUND}})")
}

/// Relationships with a third person, on days by chance, and where they work.
async fn relate(app: &App, dice: &mut Dice, id: Uuid, third: Uuid) {
    let acme = Who::acme_admin();
    let here = format!("staffId: \"{id}\", workplace: {{organizationId: \"{}\"}}", acme.organization_id);
    let between = |one: &str, other: &str| format!("{one}: \"{id}\", {other}: \"{third}\"");
    for (start, between, labels, flags) in [
        (
            "studentGuardianStart(studentGuardian",
            between("studentId", "guardianId"),
            &["aunt", "cousin"][..],
            &["isPrimaryContact", "livesWith"][..],
        ),
        (
            "studentGuardianStart(studentGuardian",
            between("guardianId", "studentId"),
            &["uncle", "godfather"],
            &["isPrimaryContact", "livesWith"],
        ),
        (
            "studentRelationshipStart(studentRelationship",
            between("studentId", "relatedStudentId"),
            &["aunt", "cousin"],
            &[],
        ),
        ("staffAssignmentStart(staffAssignment", here, &[""], &["isPrimary"]),
    ] {
        for label in labels {
            let label = if label.is_empty() { String::new() } else { format!(", label: \"{label}\"") };
            let mut from = dice.below(10);
            for _ in 0..dice.below(3) {
                let to = from + dice.below(12);
                let flags: String = flags.iter().map(|flag| format!(", {flag}: {}", dice.once_in(2))).collect();
                let days = format!("startsOn: \"{}\", endsOn: \"{}\"", day(from), day(to));
                // A primary that is there is not taken over unasked: then it is not one.
                attempt(app, &acme, &format!("{start}: {{{between}{label}, {days}{flags}}})")).await;
                from = to + 1 + dice.below(6);
            }
        }
    }
}

/// One thing that may happen while the two are one; it may be refused.
pub async fn edit(app: &App, dice: &mut Dice, people: &Pair) {
    let (acme, id) = (Who::acme_admin(), people.survivor);
    let now = rows(app, &[id]).await;
    let ids = |table: &str| -> Vec<Uuid> {
        now.iter().filter(|((name, _), _)| name == table).map(|((_, id), _)| *id).collect()
    };
    let pick = |dice: &mut Dice, table: &str, column: &str| {
        let of = now.iter().filter(|((name, _), _)| name == table);
        let found: Vec<String> = of.filter_map(|(_, row)| row[column].as_str().map(str::to_owned)).collect();
        if found.is_empty() { None } else { Some(dice.one(&found).clone()) }
    };
    let one = |dice: &mut Dice, table: &str| {
        let found = ids(table);
        if found.is_empty() { None } else { Some(*dice.one(&found)) }
    };
    let change = match dice.below(21) {
        0 => Some(format!("contactUpdate(id: \"{id}\", contact: {{title: \"Edited {}\"}})", dice.below(3))),
        1 => pick(dice, "contact_phones", "phone_id")
            .map(|phone| format!("phoneUnlink(phoneId: \"{phone}\", from: {{contactId: \"{id}\"}})")),
        2 => pick(dice, "contact_emails", "email_id")
            .map(|email| format!("emailSetPrimary(emailId: \"{email}\", of: {{contactId: \"{id}\"}})")),
        3 => pick(dice, "contact_emails", "email_id").map(|email| format!("emailDelete(id: \"{email}\")")),
        4 => Some(format!("contactUnlink(contactId: \"{id}\", type: BILLING)")),
        5 => Some(format!(
            "contactLink(contactId: \"{}\", link: {{type: TECHNICAL, isPrimary: true}})",
            people.third
        )),
        6 => one(dice, "student_guardian_relationships")
            .map(|one| format!("studentGuardianEnd(id: \"{one}\", endsOn: \"{}\")", day(dice.below(30)))),
        7 => one(dice, "student_relationships")
            .map(|one| format!("studentRelationshipVoid(id: \"{one}\", reason: \"a slip\")")),
        8 => {
            hold(app, id, "email", &format!("address: \"{}@example.com\"", Uuid::new_v4().simple())).await;
            None
        }
        9 => pick(dice, "contact_addresses", "address_id")
            .map(|address| format!("addressUnlink(addressId: \"{address}\", from: {{contactId: \"{id}\"}})")),
        10 => Some(format!("contactClearDoNotContact(id: \"{id}\")")),
        11 => pick(dice, "contact_external_ids", "external_id").map(|external| {
            format!("contactExternalIdRemove(contactId: \"{id}\", externalId: {{sourceSystem: \"x\", externalId: \"{external}\"}})")
        }),
        12 | 13 => Some(another_primary(app, dice, people).await),
        // It holds longer than it did.
        14 => one(dice, "student_guardian_relationships")
            .map(|one| format!("studentGuardianEnd(id: \"{one}\", endsOn: \"{}\")", day(30 + dice.below(60)))),
        15 => one(dice, "staff_assignments")
            .map(|one| format!("staffAssignmentEnd(id: \"{one}\", endsOn: \"{}\")", day(dice.below(90)))),
        16 => Some(spoken(id)),
        17 => Some(format!("contactGrantPersona(id: \"{id}\", persona: STAFF)")),
        18 => Some(format!(
            "contactExternalIdAssign(contactId: \"{id}\", externalId: {{sourceSystem: \"x\", externalId: \"{}\"}})",
            Uuid::new_v4()
        )),
        // A phone that both have, or one of them, says something else: now and then what another one of theirs says.
        _ => pick(dice, "contact_phones", "phone_id").map(|phone| {
            let number = match dice.below(3) {
                0 => shared_value("phone", people),
                _ => format!("number: \"+1 312 556 {:04}\"", Uuid::new_v4().as_u128() % 10_000),
            };
            format!("phoneUpdate(id: \"{phone}\", phone: {{{number}}})")
        }),
    };
    if let Some(change) = change {
        attempt(app, &acme, &change).await;
    }
}

/// Somebody else becomes the primary guardian of the survivor, or of the student whose guardian the survivor is.
async fn another_primary(app: &App, dice: &mut Dice, people: &Pair) -> String {
    let mark = Uuid::new_v4().simple().to_string();
    let guardian = person(app, "Fourth", &format!("Fq{}", &mark[..8])).await;
    let student = if dice.once_in(2) { people.survivor } else { people.third };
    let from = dice.below(20);
    let until = if dice.once_in(2) { format!(", endsOn: \"{}\"", day(from + dice.below(20))) } else { String::new() };
    format!(
        "studentGuardianStart(studentGuardian: {{studentId: \"{student}\", guardianId: \"{guardian}\", label: \"mother\", startsOn: \"{}\"{until}, isPrimaryContact: true}})",
        day(from)
    )
}
