//! People who are hard to tell apart, and what happens to them: made, corrected, linked, unlinked, archived, through the API and by dice.

use liaison_domain::candidate::Dismiss;
use liaison_domain::session::Note;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::guarantees::filters::Dice;
use crate::support::{App, Who};

const FIRST: [&str; 8] = ["Katherine", "Kathryn", "Kate", "Mikhail", "Michael", "Mike", "Aoife", "Tendai"];
const LAST: [&str; 6] = ["Okonkwo", "Okonkwo", "Okonkwo", "Lindqvist", "Lindquist", "Szymanski"];
const HOUSES: [&str; 3] = ["12 Juniper Row", "480 Harbour Street", "7 Mill Lane"];
const TITLES: [&str; 3] = ["Nurse", "Driver", "Bookkeeper"];

pub const CREATE: &str = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) {
  contact { id phones { nodes { id } } emails { nodes { id } } } userErrors { code field message } } }";
const UPDATE: &str = "mutation ($id: UUID!, $contact: ContactUpdateInput!) { contactUpdate(id: $id, contact: $contact) { userErrors { code message } } }";
const DELETE: &str = "mutation ($id: UUID!) { contactDelete(id: $id) { userErrors { code message } } }";
const RENUMBER: &str = "mutation ($id: UUID!, $number: PhoneNumber!) { phoneUpdate(id: $id, phone: { number: $number }) { userErrors { code message } } }";
const READDRESS: &str = "mutation ($id: UUID!, $address: EmailAddress!) { emailUpdate(id: $id, email: { address: $address }) { userErrors { code message } } }";
const LINK: &str = "mutation ($phone: UUID!, $contact: UUID!) { phoneLink(phoneId: $phone, to: { contactId: $contact }) { userErrors { code message } } }";
const UNLINK: &str = "mutation ($phone: UUID!, $contact: UUID!) { phoneUnlink(phoneId: $phone, from: { contactId: $contact }) { userErrors { code message } } }";
const JOIN: &str =
    "mutation ($id: UUID!) { contactLink(contactId: $id, link: { type: BILLING }) { userErrors { code message } } }";
const LEAVE: &str =
    "mutation ($id: UUID!) { contactUnlink(contactId: $id, type: BILLING) { userErrors { code message } } }";
/// Somebody of the crowd.
struct One {
    id: Value,
    phones: Vec<Value>,
    emails: Vec<Value>,
}

/// The crowd of one organization, Riverside.
#[derive(Default)]
pub struct Crowd {
    people: Vec<One>,
    made: usize,
}

/// Who looks after the crowd.
pub fn keeper() -> Who {
    Who { organization_id: ids::organization("riverside"), ..Who::super_admin() }
}

fn number(dice: &mut Dice) -> String {
    format!("+1 312 555 {:04}", 100 + dice.below(12))
}

fn email(dice: &mut Dice) -> String {
    format!("{}.{}@{}", dice.one(&FIRST), dice.one(&LAST), dice.one(&["gmail.com", "riverside.example"])).to_lowercase()
}

/// Makes somebody of whom others are there already.
pub async fn create(app: &App, contact: Value) -> Value {
    let mut contact = contact;
    contact["allowDuplicate"] = json!(true);
    app.ask_with(&keeper(), CREATE, json!({ "contact": contact })).await.done("contactCreate")["contact"].clone()
}

/// Says of two that they are two persons.
pub async fn dismiss(app: &App, one: &Value, other: &Value) {
    let id = |value: &Value| value.as_str().unwrap().parse().unwrap();
    let note = Note { reason: Some("two persons".to_owned()), ..Note::default() };
    let dismiss = Dismiss { contact_id: id(one), other_contact_id: id(other) };
    app.database().run(&app.viewer(&keeper()), &note, &dismiss).await.unwrap();
}

/// Calls somebody otherwise.
pub async fn rename(app: &App, id: &Value, contact: Value) {
    app.ask_with(&keeper(), UPDATE, json!({ "id": id, "contact": contact })).await.done("contactUpdate");
}

/// Archives somebody.
pub async fn archive(app: &App, id: &Value) {
    app.ask_with(&keeper(), DELETE, json!({ "id": id })).await.done("contactDelete");
}

impl Crowd {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Somebody comes.
    pub async fn comes(&mut self, app: &App, dice: &mut Dice) {
        self.made += 1;
        let own = Uuid::from_u128(0x5ca4_0000_0000_4000_8000_0000_0000_0000 + self.made as u128);
        let mut contact = json!({ "id": own, "firstName": dice.one(&FIRST), "lastName": dice.one(&LAST) });
        if dice.once_in(2) {
            // A line that somebody has already, or a new row with the same number.
            let shared = self.people.iter().flat_map(|one| &one.phones).cloned().collect::<Vec<_>>();
            let phone = match shared.is_empty() || dice.once_in(2) {
                true => json!({ "create": { "number": number(dice), "code": dice.one(&["mobile", "office"]) } }),
                false => json!({ "id": dice.one(&shared) }),
            };
            contact["phones"] = json!([{ "phone": phone }]);
        }
        if dice.once_in(2) {
            contact["emails"] = json!([{ "email": { "create": { "address": email(dice), "code": "work" } } }]);
        }
        if dice.once_in(2) {
            let house = json!({ "street1": dice.one(&HOUSES), "city": "Springfield", "postalCode": "62704", "type": "PHYSICAL" });
            contact["addresses"] = json!([{ "address": { "create": house } }]);
        }
        if !dice.once_in(4) {
            contact["organizations"] = json!([{ "type": "STAKEHOLDER" }]);
        }
        let made = create(app, contact).await;
        let of = |list: &Value| list["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect();
        self.people.push(One { id: made["id"].clone(), phones: of(&made["phones"]), emails: of(&made["emails"]) });
    }

    /// Something happens to somebody.
    pub async fn changes(&mut self, app: &App, dice: &mut Dice) {
        let who = keeper();
        let at = dice.below(self.people.len());
        let id = self.people[at].id.clone();
        let answer = match dice.below(9) {
            0 => return rename(app, &id, json!({ "firstName": dice.one(&FIRST) })).await,
            1 => return rename(app, &id, json!({ "lastName": dice.one(&LAST), "title": dice.one(&TITLES) })).await,
            2 => {
                archive(app, &id).await;
                self.people.swap_remove(at);
                return;
            }
            3 | 4 => {
                // A phone that several have is corrected for all of them.
                let Some(phone) = self.people[at].phones.first() else { return };
                app.ask_with(&who, RENUMBER, json!({ "id": phone, "number": number(dice) })).await
            }
            5 => {
                let Some(mail) = self.people[at].emails.first() else { return };
                app.ask_with(&who, READDRESS, json!({ "id": mail, "address": email(dice) })).await
            }
            6 => {
                let Some(phone) = self.people[at].phones.pop() else { return };
                app.ask_with(&who, UNLINK, json!({ "phone": phone, "contact": id })).await
            }
            7 => {
                let shared: Vec<Value> = self.people.iter().flat_map(|one| &one.phones).cloned().collect();
                if shared.is_empty() {
                    return;
                }
                let phone = dice.one(&shared).clone();
                let answer = app.ask_with(&who, LINK, json!({ "phone": phone, "contact": id })).await;
                self.people[at].phones.push(phone);
                answer
            }
            _ => {
                let query = if dice.once_in(2) { JOIN } else { LEAVE };
                app.ask_with(&who, query, json!({ "id": id })).await
            }
        };
        // That it was refused, because it is so already, changes nothing here.
        answer.data();
    }

    /// Some two of them.
    pub fn two(&self, dice: &mut Dice) -> (&Value, &Value) {
        let one = dice.below(self.people.len());
        let other = (one + 1 + dice.below(self.people.len() - 1)) % self.people.len();
        (&self.people[one].id, &self.people[other].id)
    }
}
