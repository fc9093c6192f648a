//! Use cases 2 and 4: Acme Healthcare's three offices with their phones and staff, and its billing department.
//! Other organizations appear nowhere here.

use liaison_domain::entity::values::{AddressType, ContactMethod, ContactType};
use liaison_domain::method::Owner;
use liaison_domain::{address, facility, phone};
use uuid::Uuid;

use super::identities::acme_admin;
use super::ids;
use super::records::{self, Person};
use super::story::{Chapter, Step};

/// An office: what stands there and who works there.
struct Office {
    name: &'static str,
    street: &'static str,
    postal_code: &'static str,
    reception: &'static str,
    fax: &'static str,
    /// First name, last name, and what they do.
    staff: [(&'static str, &'static str, Post); 5],
    /// The mobile phone of the one who is called in an emergency.
    mobile: &'static str,
}

#[derive(Clone, Copy)]
enum Post {
    PracticeAdministrator,
    Receptionist,
    Nurse,
    /// The nurse who leads, and whom one calls in an emergency.
    ChargeNurse,
    CaseManager,
}

const OFFICES: [Office; 3] = [
    Office {
        name: "Downtown Office",
        street: "123 Main St",
        postal_code: "62701",
        reception: "217-555-0110",
        fax: "217-555-0119",
        staff: [
            ("Grace", "Palmer", Post::PracticeAdministrator),
            ("Dana", "Reed", Post::Receptionist),
            ("Nina", "Ortiz", Post::ChargeNurse),
            ("Owen", "Baker", Post::Nurse),
            ("Carla", "Jensen", Post::CaseManager),
        ],
        mobile: "217-555-0171",
    },
    Office {
        name: "Midtown Office",
        street: "456 Oak Ave",
        postal_code: "62702",
        reception: "217-555-0120",
        fax: "217-555-0129",
        staff: [
            ("Marcus", "Webb", Post::Receptionist),
            ("Priya", "Nair", Post::ChargeNurse),
            ("Luis", "Moreno", Post::Nurse),
            ("Hannah", "Fischer", Post::CaseManager),
            ("Tomás", "Silva", Post::CaseManager),
        ],
        mobile: "217-555-0172",
    },
    Office {
        name: "Uptown Office",
        street: "789 Elm Rd",
        postal_code: "62704",
        reception: "217-555-0130",
        fax: "217-555-0139",
        staff: [
            ("Wendy", "Cole", Post::Receptionist),
            ("Ibrahim", "Haddad", Post::ChargeNurse),
            ("Sofia", "Lindqvist", Post::Nurse),
            ("Kevin", "Tran", Post::Nurse),
            ("Renée", "Dubois", Post::CaseManager),
        ],
        mobile: "217-555-0173",
    },
];

/// Use case 2.
pub(super) fn offices() -> Vec<Chapter> {
    let (mut opened, mut linked, mut stands, mut hired) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, office) in OFFICES.iter().enumerate() {
        office.open(&mut opened);
        office.link(at, &mut linked);
        office.stand(&mut stands);
        office.hire(at, &mut hired);
    }
    // The lines of an address are listed as they came to stand there.
    vec![Chapter::AnyOrder(opened), Chapter::AnyOrder(linked), Chapter::InOrder(stands), Chapter::AnyOrder(hired)]
}

impl Office {
    fn lines(&self) -> [(String, &'static str, &'static str, &'static str); 2] {
        [
            (format!("{} reception", self.name), "office", self.reception, "Reception"),
            (format!("{} fax", self.name), "fax", self.fax, "Fax"),
        ]
    }

    /// The site, its address and its two lines.
    fn open(&self, steps: &mut Vec<Step>) {
        let grace = acme_admin();
        let site =
            facility::Create { id: Some(ids::facility(self.name)), organization_id: None, name: self.name.to_owned() };
        let place = records::address(self.name, AddressType::Physical, self.street, self.postal_code);
        steps.push(Step::new(&grace, format!("Acme opened the {}", self.name), site));
        steps.push(Step::new(&grace, format!("Where the {} is", self.name), address::Create(place)));
        for (what, code, number, label) in self.lines() {
            let line = phone::Create(records::phone(&what, code, number, label));
            steps.push(Step::new(&grace, format!("The {what} was connected"), line));
        }
    }

    /// They are Acme's. Which one is primary is said: nobody is to depend on who comes first.
    fn link(&self, at: usize, steps: &mut Vec<Step>) {
        let (grace, first_place) = (acme_admin(), at * 2);
        let holding =
            address::Holding { is_primary: Some(at == 0), sort_order: Some(order(at)), ..address::Holding::default() };
        let place = link_address(self.name, holding);
        steps.push(Step::new(&grace, format!("Acme can be visited at the {}", self.name), place));
        for (nth, (what, ..)) in self.lines().into_iter().enumerate() {
            let id = ids::phone(&what);
            let of_acme = link_phone(id, Some(first_place + nth == 0), first_place + nth);
            steps.push(Step::new(&grace, format!("Acme answers the {what}"), of_acme));
        }
    }

    /// The lines stand in the office, the reception first.
    fn stand(&self, steps: &mut Vec<Step>) {
        let grace = acme_admin();
        for (what, ..) in self.lines() {
            let stands = address::Link::of_phone(ids::address(self.name), ids::phone(&what));
            steps.push(Step::new(&grace, format!("The {what} stands in the office"), stands));
        }
    }

    fn hire(&self, at: usize, steps: &mut Vec<Step>) {
        let grace = acme_admin();
        // Extensions 101 to 105 Downtown, 201 to 205 Midtown, 301 to 305 Uptown.
        for ((first_name, last_name, post), extension) in self.staff.into_iter().zip(101 + 100 * order(at)..) {
            let (title, department) = post.says();
            let email = format!("{}.{}@acme.example", plain(first_name), plain(last_name));
            let mut person = Person::new(first_name, last_name, title, department)
                .email(&email)
                .desk(self.reception, extension)
                .works_at(self.name);
            person = match post {
                Post::PracticeAdministrator => person.primary(ContactType::Administrative),
                Post::Receptionist => person.role(ContactType::Administrative),
                Post::Nurse | Post::CaseManager => person.role(ContactType::Stakeholder),
                Post::ChargeNurse => {
                    let person = person.role(ContactType::Stakeholder).mobile(self.mobile).prefers(ContactMethod::Sms);
                    if at == 0 { person.primary(ContactType::Emergency) } else { person.role(ContactType::Emergency) }
                }
            };
            steps.push(Step::new(&grace, format!("{first_name} {last_name} works at the {}", self.name), person));
        }
    }
}

impl Post {
    /// The title and the department.
    const fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::PracticeAdministrator => ("Practice Administrator", "Administration"),
            Self::Receptionist => ("Receptionist", "Front Desk"),
            Self::Nurse => ("Registered Nurse", "Nursing"),
            Self::ChargeNurse => ("Charge Nurse", "Nursing"),
            Self::CaseManager => ("Case Manager", "Case Management"),
        }
    }
}

/// A name as it stands in an email address.
fn plain(name: &str) -> String {
    liaison_domain::text::folded(name)
}

fn order(at: usize) -> i32 {
    i32::try_from(at).expect("there are three offices")
}

fn link_address(label: &str, holding: address::Holding) -> address::Link {
    let to = Owner::Organization(ids::organization("acme"));
    address::Link { address_id: ids::address(label), to, holding }
}

fn link_phone(phone_id: Uuid, is_primary: Option<bool>, place: usize) -> phone::Link {
    let to = phone::Target::Owner(Owner::Organization(ids::organization("acme")));
    phone::Link { phone_id, to, is_primary, sort_order: Some(order(place)) }
}

/// Use case 4: three people who share an address and a fax. Its links are the 15 of the model, and an email address for each person.
pub(super) fn billing() -> Vec<Chapter> {
    const OFFICE: &str = "Billing Office";
    const FAX: &str = "Billing Office fax";
    let grace = acme_admin();
    let place = address::Details {
        street2: Some("Suite 200".to_owned()),
        ..records::address(OFFICE, AddressType::Billing, "456 Oak St", "62703")
    };
    let person = |first_name, last_name, title| {
        let email = format!("{}.{}@acme.example", plain(first_name), plain(last_name));
        Person::new(first_name, last_name, title, "Billing").email(&email).works_at(OFFICE)
    };
    let jane = person("Jane", "Doe", "Billing Manager").primary(ContactType::Billing).mobile("555-222-2222");
    let bob = person("Bob", "Smith", "Billing Specialist").role(ContactType::Billing).mobile("555-333-3333");
    let alice = person("Alice", "Johnson", "Claims Coordinator").role(ContactType::Billing).mobile("555-444-4444");
    let mut shared = vec![
        Step::new(&grace, "Bills go to the Billing Office", link_address(OFFICE, address::Holding::default())),
        Step::new(&grace, "Insurers send claims by fax", link_phone(ids::phone(FAX), Some(false), 6)),
        Step::new(&grace, "The fax stands in the Billing Office", {
            address::Link::of_phone(ids::address(OFFICE), ids::phone(FAX))
        }),
    ];
    for (place, name) in (7..).zip(["Jane Doe", "Bob Smith", "Alice Johnson"]) {
        let mobile = link_phone(ids::phone(&format!("{name} mobile")), Some(false), place);
        shared.push(Step::new(&grace, format!("Acme may be reached on the mobile of {name}"), mobile));
    }
    vec![
        Chapter::AnyOrder(vec![
            Step::new(&grace, "The billing department moved into its own rooms", address::Create(place)),
            Step::new(&grace, "A fax line for insurance claims", {
                phone::Create(records::phone(FAX, "fax", "555-111-1111", "Claims fax"))
            }),
        ]),
        Chapter::AnyOrder(vec![
            Step::new(&grace, "Jane Doe leads billing", jane.prefers(ContactMethod::Email)),
            Step::new(&grace, "Bob Smith stands in for Jane Doe", bob.prefers(ContactMethod::Phone)),
            Step::new(&grace, "Alice Johnson follows up claims", alice.prefers(ContactMethod::Sms)),
        ]),
        Chapter::AnyOrder(shared),
    ]
}
