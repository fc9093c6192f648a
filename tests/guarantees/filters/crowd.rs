//! People of every kind beside those of the demo, made through the API, and what somebody is told of them.

use liaison_server::demo::ids;
use serde_json::{Value, json};

use super::Dice;
use crate::support::{App, Who};

/// So many people beside those of the demo.
const PEOPLE: usize = 48;

const FIRST: [&str; 5] = ["Ana", "Émile", "Zoë", "Bo", "Иван"];
const LAST: [&str; 5] = ["Ng", "Ñandú", "O'Neil", "Öberg", "van Dyke"];
const TITLES: [&str; 4] = ["Director", "Sous-Directeur Général", "Директор", "Intern"];
const DEPARTMENTS: [&str; 3] = ["Billing", "Facturación", "100% Care_"];
const SUBDOMAINS: [&str; 6] = ["acme", "techpartner", "riverside", "bayside", "cedargrove", "harborlight"];
const TYPES: [&str; 5] = ["ADMINISTRATIVE", "BILLING", "TECHNICAL", "EMERGENCY", "STAKEHOLDER"];
const METHODS: [&str; 3] = ["EMAIL", "PHONE", "SMS"];
const PHONE_CODES: [&str; 5] = ["mobile", "office", "fax", "emergency", "home"];
const EMAIL_CODES: [&str; 4] = ["work", "personal", "billing", "support"];
const LABELS: [&str; 4] = ["Front desk", "FRONT  DESK", "Büro", "Downtown Office"];
const CITIES: [&str; 6] = ["Springfield", "SPRINGFIELD", "Évry", "evry", "Málaga", "Tromsø"];
const STATES: [&str; 3] = ["IL", "il", "Île-de-France"];
const STATES_KNOWN: [&str; 5] = ["UNVERIFIED", "PENDING", "VERIFIED", "BOUNCED", "INVALID"];
const ADDRESS_TYPES: [&str; 3] = ["PHYSICAL", "MAILING", "BILLING"];
const COUNTRIES: [&str; 3] = ["US", "FR", "ES"];

const CREATE: &str = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact) { contact { id organizations { nodes { id } } phones { nodes { id } } } userErrors { field message } } }";
const UPDATE: &str =
    "mutation ($id: UUID!) { contactUpdate(id: $id, contact: {isActive: false}) { userErrors { message } } }";
const SILENCE: &str =
    "mutation ($id: UUID!) { contactSetDoNotContact(id: $id, reason: \"asked\") { userErrors { message } } }";
const LOGIN: &str =
    "mutation ($id: UUID!, $user: String!) { contactLinkUser(id: $id, userId: $user) { userErrors { message } } }";
const OPT_OUT: &str = "mutation ($id: UUID!) { phoneSmsOptOut(id: $id, reason: \"STOP\") { userErrors { message } } }";

const UNLINK: &str = "mutation ($id: UUID!, $at: UUID!) { contactUnlink(contactId: $id, organizationId: $at) { userErrors { message } } }";

/// What is asked of each person: everything that a filter may ask about.
const TELL: &str = "query ($after: String) { contacts(first: 25, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes {
  id firstName lastName title department isActive doNotContact preferredContactMethod userId createdAt updatedAt owner { id }
  organizations(first: 12) { edges { type isPrimary linkedAt node { id } } }
  linkHistory(first: 12) { edges { type linkedAt unlinkedAt node { id } } }
  phones(first: 6) { edges { isPrimary linkedAt node { id number label isSmsCapable isSmsOptedOut verificationState code { code } } } }
  emails(first: 6) { edges { isPrimary linkedAt node { id address label isNotificationEnabled verificationState code { code } } } }
  addresses(first: 6) { edges { type isPrimary linkedAt node { id label city street1 state postalCode country } } } } } }";

fn maybe(dice: &mut Dice, of: &[&str]) -> Value {
    if dice.once_in(3) { Value::Null } else { json!(dice.one(of)) }
}

fn person(dice: &mut Dice, number: usize) -> Value {
    let mut roles: Vec<(&str, &str)> =
        (0..dice.below(4)).map(|_| (*dice.one(&SUBDOMAINS), *dice.one(&TYPES))).collect();
    roles.sort_unstable();
    roles.dedup();
    let roles: Vec<Value> = roles
        .into_iter()
        .map(
            |(at, role)| json!({ "organizationId": ids::organization(at), "type": role, "isPrimary": dice.once_in(2) }),
        )
        .collect();
    let phones: Vec<Value> = (0..dice.below(4))
        .map(|at| {
            // Now and then one that is no number, and one that others have too.
            let line = if dice.once_in(4) { 7 } else { number };
            let entered =
                if dice.once_in(5) { format!("ask for {number}/{at}") } else { format!("+1 312 55{at} {line:04}") };
            json!({ "phone": { "create": { "number": entered, "code": dice.one(&PHONE_CODES), "label": maybe(dice, &LABELS),
                "isSmsCapable": dice.once_in(2) } } })
        })
        .collect();
    let emails: Vec<Value> = (0..dice.below(3))
        .map(|at| {
            json!({ "email": { "create": { "address": format!("P{number}.{at}@Example.com"), "code": dice.one(&EMAIL_CODES),
                "label": maybe(dice, &LABELS), "isNotificationEnabled": dice.once_in(2) } } })
        })
        .collect();
    let addresses: Vec<Value> = (0..dice.below(3))
        .map(|at| {
            let place = json!({ "label": maybe(dice, &LABELS), "type": dice.one(&ADDRESS_TYPES), "city": dice.one(&CITIES),
                "street1": format!("{} Rue Élan", 1 + (number + at) % 4), "state": maybe(dice, &STATES),
                "postalCode": format!("9{}x", number % 5), "country": dice.one(&COUNTRIES) });
            json!({ "address": { "create": place }, "type": dice.one(&ADDRESS_TYPES) })
        })
        .collect();
    json!({ "allowDuplicate": true, "firstName": dice.one(&FIRST), "lastName": dice.one(&LAST), "title": maybe(dice, &TITLES),
        "department": maybe(dice, &DEPARTMENTS), "preferredContactMethod": maybe(dice, &METHODS),
        "ownerOrganizationId": ids::organization(dice.one::<&str>(&["acme", "techpartner", "riverside"])),
        "organizations": roles, "phones": phones, "emails": emails, "addresses": addresses })
}

/// Makes the people.
pub async fn gather(app: &App) {
    let ada = Who::super_admin();
    let mut dice = Dice::thrown(3);
    for number in 0..PEOPLE {
        let contact = person(&mut dice, number);
        let made = app.ask_with(&ada, CREATE, json!({ "contact": contact })).await;
        let made = &made.done("contactCreate")["contact"];
        let id = json!({ "id": made["id"] });
        if dice.once_in(4) {
            app.ask_with(&ada, UPDATE, id.clone()).await.done("contactUpdate");
        }
        if dice.once_in(4) {
            app.ask_with(&ada, SILENCE, id.clone()).await.done("contactSetDoNotContact");
        }
        if dice.once_in(4) {
            let login = json!({ "id": made["id"], "user": format!("login-{number}") });
            app.ask_with(&ada, LOGIN, login).await.done("contactLinkUser");
        }
        if let Some(at) = made["organizations"]["nodes"].get(0).filter(|_| dice.once_in(3)) {
            app.ask_with(&ada, UNLINK, json!({ "id": made["id"], "at": at["id"] })).await.done("contactUnlink");
        }
        if let Some(phone) = made["phones"]["nodes"].get(0).filter(|_| dice.once_in(4)) {
            // What is no number cannot opt out; that it was refused changes nothing here.
            app.ask_with(&ada, OPT_OUT, json!({ "id": phone["id"] })).await.data();
        }
    }
}

/// What somebody is told of everybody whom they see.
pub struct Crowd {
    /// The people as the API tells them.
    pub people: Vec<Value>,
    /// Instants at which something happened to somebody, in order.
    pub instants: Vec<String>,
}

impl Crowd {
    /// Reads them through the API, without a filter.
    pub async fn seen_by(app: &App, who: &Who) -> Self {
        let mut people: Vec<Value> = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = app.ask_with(who, TELL, json!({ "after": after })).await;
            people.extend(page.list("/contacts/nodes").iter().cloned());
            if page.at("/contacts/pageInfo/hasNextPage") == &json!(false) {
                assert_eq!(page.at("/contacts/totalCount"), people.len());
                break;
            }
            after = page.at("/contacts/pageInfo/endCursor").clone();
        }
        assert!(people.len() > 15, "{} sees {} people", who.name, people.len());
        let links = |person: &Value| {
            let lists = ["organizations", "phones"].map(|name| person[name]["edges"].as_array().unwrap().clone());
            let began = lists.into_iter().flatten().map(|edge| edge["linkedAt"].clone());
            let ended =
                person["linkHistory"]["edges"].as_array().unwrap().iter().map(|edge| edge["unlinkedAt"].clone());
            began.chain(ended.filter(|at| !at.is_null())).collect::<Vec<_>>()
        };
        let own = |person: &Value| vec![person["createdAt"].clone(), person["updatedAt"].clone()];
        let mut instants: Vec<String> = people
            .iter()
            .flat_map(|person| own(person).into_iter().chain(links(person)))
            .map(|at| at.as_str().unwrap().to_owned())
            .collect();
        instants.sort();
        instants.dedup();
        Self { people, instants }
    }

    /// Values that a field of a filter may take, or that a facet may tell.
    pub fn values_of(&self, what: &str) -> Vec<Value> {
        let words = |list: &[&str]| list.iter().map(|word| json!(word)).collect::<Vec<_>>();
        let nodes = |list: &str, field: &str| -> Vec<Value> {
            let edges = self.people.iter().flat_map(|person| person[list]["edges"].as_array().unwrap());
            distinct(edges.map(|edge| edge["node"][field].clone()))
        };
        match what {
            "ids" => self.people.iter().map(|person| person["id"].clone()).collect(),
            "organizations" => SUBDOMAINS.iter().map(|name| json!(ids::organization(name))).collect(),
            "owners" => {
                ["acme", "techpartner", "riverside", "platform"].map(|name| json!(ids::organization(name))).to_vec()
            }
            "firstNames" => words(&["ANA", "emile", "zoe", "John", "ИВАН"]),
            "lastNames" => words(&["doe", "nandu", "ÖBERG", "oberg", "Van  Dyke"]),
            "titles" => words(&["directeur general", "DIR", "дирек", "%", "e"]),
            "departments" => words(&["facturacion", "bill", "%", "care_", "zzz"]),
            "types" => words(&TYPES),
            "preferredContactMethods" => words(&METHODS).into_iter().chain([Value::Null]).collect(),
            "phoneCodes" => words(&PHONE_CODES),
            "emailCodes" => words(&["work", "personal", "billing", "support", "notification"]),
            "phoneVerificationStates" | "emailVerificationStates" => words(&STATES_KNOWN),
            "isActive" | "doNotContact" => vec![json!(true), json!(false)],
            "addressTypes" => words(&ADDRESS_TYPES),
            "labels" => words(&["front desk", "BURO", "downtown office", "nowhere"]),
            "streets" => words(&["1 rue elan", "2 RUE ÉLAN", "123 Main St"]),
            "states" => words(&["IL", "ile-de-france", "nowhere"]),
            "postalCodes" => words(&["90X", "91x", "62701"]),
            "countries" => words(&["us", "FR", "ES"]),
            "numbers" => words(&["(312) 550-0007", "+13125510007", "ask for 7/0", "312 555 0001"]),
            "emails" => words(&["p1.0@EXAMPLE.COM", "p7.1@example.com", "nobody@example.com"]),
            "cities" => nodes("addresses", "city").into_iter().chain(words(&["MALAGA", "tromso"])).collect(),
            other => panic!("the crowd has no {other}"),
        }
    }
}

fn distinct(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut values: Vec<Value> = values.collect();
    values.sort_by_key(Value::to_string);
    values.dedup();
    values
}
