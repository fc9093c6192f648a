//! Who sits at the table, and the odd cases that the demo data lack: things shared across tenants, ended links, what nobody is linked
//! to. Everything comes in through the API.

use liaison_domain::viewer::Role;
use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

/// Somebody who tries everything, or nobody.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The column's head.
    pub name: &'static str,
    /// Who asks; nobody sends no token.
    pub who: Option<Who>,
}

impl Seat {
    /// The columns of the matrix.
    pub fn all() -> Vec<Self> {
        let seat = |name, who| Self { name, who: Some(who) };
        vec![
            seat("super_admin", Who::super_admin()),
            seat("acme admin", Who::acme_admin()),
            seat("acme clinician", Who::acme_clinician()),
            seat("acme viewer", Who::acme_viewer()),
            seat("partner admin", Who::techpartner_admin()),
            seat("stranger", Who::stranger()),
            seat("of nowhere", Who::of_nowhere()),
            Self { name: "nobody", who: None },
        ]
    }

    /// The token, if there is one.
    pub fn token(&self, app: &App) -> Option<String> {
        self.who.as_ref().map(|who| app.token(who))
    }
}

/// The one who keeps an organization's directory.
pub fn keeper(subdomain: &str) -> Who {
    let organization_id = ids::organization(subdomain);
    match subdomain {
        "platform" => Who::super_admin(),
        "techpartner" | "familybridge" => Who { organization_id, ..Who::techpartner_admin() },
        _ => Who { organization_id, ..Who::acme_admin() }.with_role(Role::ProviderAdmin),
    }
}

/// Runs a mutation that must be done; its payload.
#[track_caller]
pub fn done(answer: &crate::support::Answer) -> Value {
    let payload = answer.data().as_object().and_then(|data| data.values().next()).cloned().unwrap_or_default();
    assert_eq!(payload["userErrors"], json!([]), "{:#}", answer.body);
    payload
}

const CREATE_CONTACT: &str = "mutation ($contact: ContactCreateInput!) { contactCreate(contact: $contact, reason: \"a scene\") \
    { contact { id } userErrors { code field message } } }";
const LINK_CONTACT: &str = "mutation ($id: UUID!, $link: ContactLinkInput!) { contactLink(contactId: $id, link: $link, \
    reason: \"between us\") { contact { id } userErrors { code field message } } }";
const UNLINK_CONTACT: &str = "mutation ($id: UUID!, $at: UUID!) { contactUnlink(contactId: $id, organizationId: $at) \
    { userErrors { code field message } } }";
const CREATE_PHONE: &str = "mutation ($phone: PhoneCreateInput!) { phoneCreate(phone: $phone) { phone { id } userErrors { code field message } } }";
const LINK_PHONE: &str = "mutation ($id: UUID!, $to: PhoneLinkTargetInput!) { phoneLink(phoneId: $id, to: $to) { userErrors { code field message } } }";
const CREATE_EMAIL: &str = "mutation ($email: EmailCreateInput!) { emailCreate(email: $email) { email { id } userErrors { code field message } } }";
const LINK_EMAIL: &str = "mutation ($id: UUID!, $to: EmailLinkTargetInput!) { emailLink(emailId: $id, to: $to) { userErrors { code field message } } }";
const CREATE_ADDRESS: &str = "mutation ($address: AddressCreateInput!) { addressCreate(address: $address) { address { id } userErrors { code field message } } }";
const CREATE_FACILITY: &str = "mutation ($facility: FacilityCreateInput!) { facilityCreate(facility: $facility) { facility { id } userErrors { code field message } } }";
const RECORD: &str = "mutation ($communication: CommunicationRecordInput!) { communicationRecord(communication: $communication) { communication { id } userErrors { code field message } } }";
const REFER: &str = "mutation ($referral: ReferralCreateInput!) { referralCreate(referral: $referral) { referral { id } userErrors { code field message } } }";
const LINK_ADDRESS: &str = "mutation ($id: UUID!, $to: AddressLinkTargetInput!) { addressLink(addressId: $id, to: $to) { userErrors { code field message } } }";

fn id_of(payload: &Value, noun: &str) -> Uuid {
    payload[noun]["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no {noun} in {payload}"))
}

/// Gives a contact a role somewhere, as `super_admin`.
pub async fn link_contact(app: &App, contact: Uuid, at: &str, role: &str) {
    let link = json!({ "organizationId": ids::organization(at), "type": role });
    done(&app.ask_with(&Who::super_admin(), LINK_CONTACT, json!({ "id": contact, "link": link })).await);
}

/// The odd cases.
pub async fn set(app: &App) {
    let ada = Who::super_admin();
    let acme = ids::organization("acme");
    let riverside = ids::organization("riverside");
    // A role at Acme for people of Riverside: an open one, and one that has ended.
    link_contact(app, ids::contact("Ruth Vance"), "acme", "STAKEHOLDER").await;
    link_contact(app, ids::contact("Peter Lang"), "acme", "BILLING").await;
    done(&app.ask_with(&ada, UNLINK_CONTACT, json!({ "id": ids::contact("Peter Lang"), "at": acme })).await);
    // Somebody of a partner that is not Acme's, at Acme and at Riverside: each must see one role only.
    link_contact(app, ids::contact("Fiona Hart"), "acme", "STAKEHOLDER").await;
    link_contact(app, ids::contact("Fiona Hart"), "riverside", "EMERGENCY").await;
    // TechPartner shares its support with Acme; a person of Acme works for TechPartner too.
    let share = json!({ "id": ids::contact("Bob Chen"), "link": { "organizationId": acme, "type": "TECHNICAL" } });
    done(&app.ask_with(&Who::techpartner_admin(), LINK_CONTACT, share).await);
    link_contact(app, ids::contact("John Doe"), "techpartner", "TECHNICAL").await;
    // John Doe's line is Riverside's too: Riverside sees the line and not John Doe.
    let mobile = ids::phone("John Doe mobile");
    done(&app.ask_with(&ada, LINK_PHONE, json!({ "id": mobile, "to": { "organizationId": riverside } })).await);
    // Riverside's line stands in Acme's office: Acme sees the office and not the line.
    let line = ids::phone("Riverside Clinic reception");
    let office = ids::address("Downtown Office");
    done(&app.ask_with(&ada, LINK_PHONE, json!({ "id": line, "to": { "addressId": office } })).await);
    mark(app).await;
    // Family Bridge sees Ruth Vance of Riverside through nothing but its referral; it saw Peter Lang through one that names him no more.
    for (person, then) in [("Ruth Vance", None), ("Peter Lang", Some(Value::Null))] {
        let bridge = Who { organization_id: ids::organization("familybridge"), ..Who::super_admin() };
        let referral = json!({ "providerId": riverside, "contactId": ids::contact(person), "clientReference": person });
        let made = done(&app.ask_with(&bridge, REFER, json!({ "referral": referral })).await);
        if let Some(contact) = then {
            let query = "mutation ($id: UUID!, $referral: ReferralUpdateInput!) { referralUpdate(id: $id, referral: $referral) { userErrors { code field message } } }";
            let variables = json!({ "id": made["referral"]["id"], "referral": { "contactId": contact } });
            done(&app.ask_with(&bridge, query, variables).await);
        }
    }
    // Fiona Hart is a student of Acme's and a guardian of Riverside's, whose ward Acme does not see; John Doe works at his partner's.
    let fiona = ids::contact("Fiona Hart");
    for (who, calls) in [
        (keeper("acme"), families(fiona, ids::contact("John Doe"), ids::organization("techpartner"))),
        (keeper("riverside"), families(ids::contact("Peter Lang"), fiona, riverside)),
    ] {
        let answer = app.ask(&who, &calls).await;
        for (name, payload) in answer.data().as_object().unwrap() {
            assert_eq!(payload["userErrors"], json!([]), "{name}: {:#}", answer.body);
        }
    }
    // Made, and linked to nobody.
    for subdomain in ["acme", "riverside", "techpartner"] {
        kit(app, subdomain, subdomain, Methods::Loose).await;
    }
    // Deleted: who made them sees them by their ids, and nobody in a list.
    for subdomain in ["acme", "riverside"] {
        let gone = kit(app, subdomain, subdomain, Methods::Linked).await;
        for (noun, id) in [("phone", gone.phone), ("email", gone.email), ("address", gone.address)] {
            let delete = format!("mutation {{ {noun}Delete(id: \"{id}\") {{ userErrors {{ code field message }} }} }}");
            done(&app.ask(&keeper(subdomain), &delete).await);
        }
    }
}

/// A student, a guardian who works somewhere, and a relationship of theirs that is over, one to come and one that was a mistake.
fn families(student: Uuid, guardian: Uuid, workplace: Uuid) -> String {
    let grant = |name: &str, id: Uuid, persona: &str| {
        format!(
            "{name}: contactGrantPersona(id: \"{id}\", persona: {persona}) {{ userErrors {{ code field message }} }} "
        )
    };
    let start = |name: &str, more: &str| {
        format!(
            "{name}: studentGuardianStart(studentGuardian: {{studentId: \"{student}\", guardianId: \"{guardian}\", label: \"{name}\", {more}}})
             {{ userErrors {{ code field message }} }} "
        )
    };
    let wrong = Uuid::new_v4();
    format!(
        "mutation {{ {}{}{}{}{}{}{} {} work: staffAssignmentStart(staffAssignment: {{staffId: \"{guardian}\", workplace: {{organizationId: \"{workplace}\"}}, startsOn: \"2024-01-01\", isPrimary: true}})
           {{ userErrors {{ code field message }} }} }}",
        grant("a", student, "STUDENT"),
        grant("b", guardian, "GUARDIAN"),
        grant("c", guardian, "STAFF"),
        start("now", "startsOn: \"2024-01-01\", isPrimaryContact: true, restrictions: \"no visits\""),
        start("then", "startsOn: \"2020-01-01\", endsOn: \"2020-12-31\""),
        start("later", "startsOn: \"2999-01-01\""),
        start("wrong", &format!("id: \"{wrong}\", startsOn: \"2024-01-01\"")),
        format_args!("void: studentGuardianVoid(id: \"{wrong}\", reason: \"a slip\") {{ userErrors {{ code field message }} }}"),
    )
}

/// Of Acme's people, one that is archived, one that stands for a login, and John Doe, who must not be contacted.
async fn mark(app: &App) {
    let gone = kit(app, "acme", "acme", Methods::Linked).await.contact;
    let (jane, john) = (ids::contact("Jane Doe"), ids::contact("John Doe"));
    // What Acme's, the partner's and the stranger's systems call people, some of whom the others see as well.
    let fiona = ids::contact("Fiona Hart");
    for (who, contact) in
        [(keeper("acme"), john), (keeper("acme"), fiona), (keeper("riverside"), fiona), (keeper("techpartner"), john)]
    {
        let call = format!(
            "contactExternalIdAssign(contactId: \"{contact}\", externalId: {{sourceSystem: \"school\", externalId: \"{contact}\"}})"
        );
        let query = format!("mutation {{ {call} {{ userErrors {{ code field message }} }} }}");
        done(&app.ask(&who, &query).await);
    }
    for call in [
        format!("contactDelete(id: \"{gone}\")"),
        format!("contactLinkUser(id: \"{jane}\", userId: \"jane\")"),
        format!("contactSetDoNotContact(id: \"{john}\", reason: \"he asked for it\")"),
    ] {
        let query = format!("mutation {{ {call} {{ userErrors {{ code field message }} }} }}");
        done(&app.ask(&Who::acme_admin(), &query).await);
    }
}

/// Whether the methods of a kit are linked to its contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    Loose,
    Linked,
}

/// Things of an organization, made for one try.
#[derive(Clone, Copy, Debug)]
pub struct Kit {
    pub organization: Uuid,
    pub facility: Uuid,
    pub contact: Uuid,
    pub phone: Uuid,
    pub email: Uuid,
    pub address: Uuid,
    pub communication: Uuid,
    pub referral: Uuid,
    /// A student to whom the contact is related, and its guardian.
    pub other: Uuid,
    pub relationship: Uuid,
    pub guardian: Uuid,
    pub assignment: Uuid,
}

/// A new contact of `owner` with the role TECHNICAL at `at`, and a phone, an email address and an address of `owner`.
pub async fn kit(app: &App, owner: &str, at: &str, methods: Methods) -> Kit {
    let who = keeper(owner);
    let contact = json!({ "allowDuplicate": true, "firstName": "Kit", "lastName": format!("Of {owner}") });
    let contact = id_of(&done(&app.ask_with(&who, CREATE_CONTACT, json!({ "contact": contact })).await), "contact");
    link_contact(app, contact, at, "TECHNICAL").await;
    let unique = contact.simple().to_string();
    let digits: u128 = contact.as_u128() % 10_000_000;
    let phone =
        json!({ "phone": { "number": format!("+1 317 {:03} {:04}", 200 + digits / 10_000 % 800, digits % 10_000) } });
    let phone = id_of(&done(&app.ask_with(&who, CREATE_PHONE, phone).await), "phone");
    let email = json!({ "email": { "address": format!("{}@example.com", &unique[20..]) } });
    let email = id_of(&done(&app.ask_with(&who, CREATE_EMAIL, email).await), "email");
    let address =
        json!({ "address": { "type": "MAILING", "street1": format!("{} Kit Rd", &unique[28..]), "city": "Peoria" } });
    let address = id_of(&done(&app.ask_with(&who, CREATE_ADDRESS, address).await), "address");
    if methods == Methods::Linked {
        let to = json!({ "contactId": contact });
        done(&app.ask_with(&who, LINK_PHONE, json!({ "id": phone, "to": to })).await);
        done(&app.ask_with(&who, LINK_EMAIL, json!({ "id": email, "to": to })).await);
        done(&app.ask_with(&who, LINK_ADDRESS, json!({ "id": address, "to": to })).await);
    }
    let facility = json!({ "facility": { "name": format!("Kit of {owner}") } });
    let facility = id_of(&done(&app.ask_with(&who, CREATE_FACILITY, facility).await), "facility");
    let record = json!({ "communication": { "contactId": contact, "channel": "IN_PERSON", "direction": "OUTBOUND" } });
    let communication = id_of(&done(&app.ask_with(&who, RECORD, record).await), "communication");
    // A provider sees no other: one that sees all of them records it for the owner.
    let recorder = Who { organization_id: ids::organization(owner), ..Who::super_admin() };
    let provider = ids::organization(if owner == "hillside" { "acme" } else { "hillside" });
    let referral = json!({ "providerId": provider, "contactId": contact, "clientReference": format!("kit {unique}") });
    let referral = id_of(&done(&app.ask_with(&recorder, REFER, json!({ "referral": referral })).await), "referral");
    let other =
        json!({ "contact": { "allowDuplicate": true, "firstName": "Other", "lastName": format!("Of {owner}") } });
    let other = id_of(&done(&app.ask_with(&who, CREATE_CONTACT, other).await), "contact");
    let [relationship, guardian, assignment] = relate(app, &who, (contact, other), facility).await;
    let organization = ids::organization(owner);
    Kit {
        organization,
        facility,
        contact,
        phone,
        email,
        address,
        communication,
        referral,
        other,
        relationship,
        guardian,
        assignment,
    }
}

/// Makes both all that a contact can be, and the second the first one's sibling and guardian; the first works at the facility.
async fn relate(app: &App, who: &Who, (one, other): (Uuid, Uuid), facility: Uuid) -> [Uuid; 3] {
    let mut calls = String::new();
    for (at, (id, persona)) in
        [one, other].iter().flat_map(|id| ["STUDENT", "GUARDIAN", "STAFF"].map(|p| (id, p))).enumerate()
    {
        calls.push_str(&format!(
            "p{at}: contactGrantPersona(id: \"{id}\", persona: {persona}) {{ userErrors {{ code field message }} }} "
        ));
    }
    // Over by now: whoever is named by a row that is not cannot be archived. Starts and ends of a try fall between.
    let since = "startsOn: \"2019-09-01\", endsOn: \"2020-06-30\"";
    calls.push_str(&format!(
        "r: studentRelationshipStart(studentRelationship: {{studentId: \"{one}\", relatedStudentId: \"{other}\", label: \"sibling\", {since}}})
           {{ studentRelationship {{ id }} userErrors {{ code field message }} }}
         g: studentGuardianStart(studentGuardian: {{studentId: \"{one}\", guardianId: \"{other}\", label: \"brother\", {since}}})
           {{ studentGuardian {{ id }} userErrors {{ code field message }} }}
         a: staffAssignmentStart(staffAssignment: {{staffId: \"{one}\", workplace: {{facilityId: \"{facility}\"}}, {since}}})
           {{ staffAssignment {{ id }} userErrors {{ code field message }} }}"
    ));
    let answer = app.ask(who, &format!("mutation {{ {calls} }}")).await;
    for (name, payload) in answer.data().as_object().unwrap() {
        assert_eq!(payload["userErrors"], json!([]), "{name}: {:#}", answer.body);
    }
    [("r", "studentRelationship"), ("g", "studentGuardian"), ("a", "staffAssignment")]
        .map(|(call, noun)| id_of(answer.at(&format!("/{call}")), noun))
}
