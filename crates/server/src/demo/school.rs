//! A school and a family (ADR 0009): two siblings, a mother who is called first, a father whose visits a court has restricted, a grandmother
//! who takes over one day, a student who is their own guardian, and a teacher between the school and one of its buildings.

use chrono::NaiveDate;
use liaison_domain::contact::GrantPersona;
use liaison_domain::edit::Edit;
use liaison_domain::entity::values::{ContactType, OrganizationKind, Persona};
use liaison_domain::facility;
use liaison_domain::staff_assignment::{self, Workplace};
use liaison_domain::{student_guardian, student_relationship};

use super::identities::{school_admin, super_admin};
use super::ids;
use super::network::organization;
use super::records::Person;
use super::story::{Chapter, Step};

const STUDENTS: [(&str, &str); 3] = [("Mia", "Park"), ("Leo", "Park"), ("Noah", "Reyes")];
/// Guardians, and their mobiles.
const GUARDIANS: [(&str, &str, &str); 3] =
    [("Hana", "Park", "217-555-0171"), ("Daniel", "Park", "217-555-0172"), ("Yuna", "Park", "217-555-0173")];

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}

/// A guardian of a student; its id comes from both and from what it is.
fn guardian(student: &str, guardian: &str, label: &str, starts_on: NaiveDate) -> student_guardian::Start {
    student_guardian::Start {
        id: Some(ids::relationship(&format!("{student}, {guardian} as {label} from {starts_on}"))),
        student_id: ids::contact(student),
        guardian_id: ids::contact(guardian),
        label: Edit::Set(label.to_owned()),
        starts_on,
        ..student_guardian::Start::default()
    }
}

fn works(workplace: Workplace, starts_on: NaiveDate) -> staff_assignment::Start {
    staff_assignment::Start {
        id: Some(ids::relationship(&format!("Sofia Lindgren from {starts_on}"))),
        staff_id: ids::contact("Sofia Lindgren"),
        workplace,
        starts_on,
        ends_on: Edit::Keep,
        is_primary: Edit::Set(true),
        replaces: None,
    }
}

fn people() -> Vec<Step> {
    let marta = school_admin();
    let mut steps = vec![
        Step::new(&marta, "Marta Ruiz leads the school", {
            Person::new("Marta", "Ruiz", "Principal", "Administration")
                .primary(ContactType::Administrative)
                .email("marta.ruiz@lakeside.example")
        }),
        Step::new(&marta, "Sofia Lindgren teaches", {
            Person::new("Sofia", "Lindgren", "Teacher", "Mathematics").email("sofia.lindgren@lakeside.example")
        }),
    ];
    for (first, last) in STUDENTS {
        steps.push(Step::new(&marta, format!("{first} {last} was enrolled"), Person::new(first, last, "Student", "")));
    }
    for (first, last, mobile) in GUARDIANS {
        let person = Person::new(first, last, "Guardian", "").mobile(mobile);
        steps.push(Step::new(&marta, format!("{first} {last} looks after a student"), person));
    }
    steps
}

fn personas() -> Vec<Step> {
    let students = STUDENTS.map(|(first, last)| (format!("{first} {last}"), Persona::Student));
    let guardians = GUARDIANS.map(|(first, last, _)| (format!("{first} {last}"), Persona::Guardian));
    let others = [("Noah Reyes".to_owned(), Persona::Guardian), ("Sofia Lindgren".to_owned(), Persona::Staff)];
    let all = students.into_iter().chain(guardians).chain(others);
    let grant = |(name, persona): (String, Persona)| {
        let command = GrantPersona { id: ids::contact(&name), persona };
        Step::new(&school_admin(), format!("What {name} is to the school"), command)
    };
    all.map(grant).collect()
}

fn family() -> Vec<Step> {
    let marta = school_admin();
    let mut steps = Vec::new();
    for child in ["Mia Park", "Leo Park"] {
        let mother = student_guardian::Start {
            is_primary_contact: Edit::Set(true),
            is_legal_guardian: Edit::Set(true),
            lives_with: Edit::Set(true),
            is_emergency_contact: Edit::Set(true),
            priority: Edit::Set(1),
            ..guardian(child, "Hana Park", "mother", day(2022, 8, 22))
        };
        steps.push(Step::new(&marta, format!("Hana Park is called first about {child}"), mother));
        let father = student_guardian::Start {
            is_legal_guardian: Edit::Set(true),
            is_emergency_contact: Edit::Set(true),
            priority: Edit::Set(2),
            ..guardian(child, "Daniel Park", "father", day(2022, 8, 22))
        };
        let replaces = father.id;
        steps.push(Step::new(
            &marta,
            format!("Daniel Park is called about {child} when Hana cannot be reached"),
            father,
        ));
        let restricted = student_guardian::Start {
            is_emergency_contact: Edit::Set(false),
            restrictions: Edit::Set(
                "Supervised visits only. May not collect the child from school.\nSangamon County Court, 2024-D-118."
                    .to_owned(),
            ),
            replaces,
            ..guardian(child, "Daniel Park", "father", day(2024, 3, 1))
        };
        steps.push(Step::new(&marta, "The court's order of February 2024", restricted));
    }
    let siblings = student_relationship::Start {
        id: Some(ids::relationship("Mia Park, Leo Park")),
        student_id: ids::contact("Mia Park"),
        related_student_id: ids::contact("Leo Park"),
        label: Edit::Set("sibling".to_owned()),
        starts_on: day(2022, 8, 22),
        ..student_relationship::Start::default()
    };
    steps.push(Step::new(&marta, "Mia and Leo Park are sister and brother", siblings));
    let grandmother = student_guardian::Start {
        is_primary_contact: Edit::Set(true),
        lives_with: Edit::Set(true),
        is_emergency_contact: Edit::Set(true),
        priority: Edit::Set(1),
        ..guardian("Mia Park", "Yuna Park", "grandmother", day(2032, 8, 1))
    };
    steps.push(Step::new(&marta, "Mia will live with her grandmother once Hana goes abroad", grandmother));
    let own = student_guardian::Start {
        is_primary_contact: Edit::Set(true),
        is_legal_guardian: Edit::Set(true),
        ..guardian("Noah Reyes", "Noah Reyes", "self", day(2024, 5, 6))
    };
    steps.push(Step::new(&marta, "Noah Reyes was emancipated", own));
    steps
}

fn teacher() -> Vec<Step> {
    let marta = school_admin();
    let school = works(Workplace::Organization(ids::organization("lakeside")), day(2021, 8, 16));
    let high = Workplace::Facility(ids::facility("Lakeside High School"));
    let building = staff_assignment::Start { replaces: school.id, ..works(high, day(2023, 8, 14)) };
    vec![
        Step::new(&marta, "Sofia Lindgren came as a floating teacher", school),
        Step::new(&marta, "Sofia Lindgren got a class at the high school", building),
    ]
}

pub(super) fn school() -> Vec<Chapter> {
    let (ada, marta) = (super_admin(), school_admin());
    let site =
        |name: &str| facility::Create { id: Some(ids::facility(name)), organization_id: None, name: name.to_owned() };
    vec![
        Chapter::InOrder(vec![Step::new(&ada, "Lakeside School keeps its families here", {
            organization("Lakeside School", "lakeside", OrganizationKind::Provider)
        })]),
        Chapter::AnyOrder(vec![
            Step::new(&marta, "Where the youngest learn", site("Lakeside Elementary School")),
            Step::new(&marta, "Where the oldest learn", site("Lakeside High School")),
        ]),
        Chapter::AnyOrder(people()),
        Chapter::AnyOrder(personas()),
        Chapter::InOrder(family()),
        Chapter::InOrder(teacher()),
    ]
}
