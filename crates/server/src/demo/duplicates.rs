//! What a directory of many organizations collects: one person whom two of them wrote down, once with slips; two persons who share a name and
//! nothing else; two who share a house and a phone, and are not one.

use liaison_domain::address::Holding;
use liaison_domain::contact::MethodOf;
use liaison_domain::entity::values::AddressType;

use super::identities::super_admin;
use super::records::{self, Person};
use super::story::{Chapter, Step};

pub(super) fn duplicates() -> Vec<Chapter> {
    let ada = super_admin();
    let margaret = Person::new("Margaret", "Zielinski", "Intake Coordinator", "Admissions")
        .of("bayside")
        .email("margaret.zielinski@bayside.example")
        .phone(records::phone("Margaret Zielinski mobile", "mobile", "217-555-0195", "Mobile"));
    let with_slips = Person::new("Margret", "Zielinsky", "Intake Coordinator", "")
        .of("cedargrove")
        .phone(records::phone("Margret Zielinsky mobile", "mobile", "(217) 555-0195", "Mobile"));
    let one_michael = Person::new("Michael", "Young", "Night Nurse", "Nursing")
        .of("dunmore")
        .email("michael.young@dunmore.example")
        .phone(records::phone("Michael Young of Dunmore mobile", "mobile", "217-555-0196", "Mobile"));
    let other_michael = Person::new("Michael", "Young", "Accountant", "Billing")
        .of("fairview")
        .email("m.young@fairview.example")
        .phone(records::phone("Michael Young of Fairview mobile", "mobile", "618-555-0127", "Mobile"));
    let at_home = |first_name: &str| {
        let phone = records::phone(&format!("{first_name} Zimmermann home"), "home", "217-555-0198", "Home");
        let label = format!("Where {first_name} Zimmermann lives");
        let house = records::address(&label, AddressType::Physical, "48 Orchard Lane", "62704");
        Person::new(first_name, "Zimmermann", "Resident", "")
            .of("glenwood")
            .phone(phone)
            .lives_at(MethodOf::New(house), Holding::default())
    };
    vec![Chapter::InOrder(vec![
        Step::new(&ada, "Bayside's intake coordinator", margaret),
        Step::new(&ada, "Cedar Grove wrote the same coordinator down, as it understood her on the phone", with_slips),
        Step::new(&ada, "Dunmore's night nurse", one_michael),
        Step::new(&ada, "Fairview's accountant, who has the nurse's name and nothing else of his", other_michael),
        Step::new(&ada, "Irene Zimmermann lives at Glenwood", at_home("Irene")),
        Step::new(&ada, "Walter Zimmermann lives with her", at_home("Walter")),
    ])]
}
