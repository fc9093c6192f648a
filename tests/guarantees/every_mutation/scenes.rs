//! A scene for each mutation: who plays it, with which arguments, on things that were made for it, so that it does something.

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

/// What a second time without a key must come to.
pub enum Again {
    /// Nothing: it is so already.
    Same,
    /// This refusal: what was made cannot be made again under its id, what is archived cannot be changed.
    Refused(&'static str),
}

/// One mutation, ready to be played.
pub struct Scene {
    pub who: Who,
    pub arguments: Value,
    pub again: Again,
}

/// Acme's person with two phones, emails and addresses, and the same three loose; an organization and a facility.
struct Made {
    contact: Uuid,
    organization: Uuid,
    facility: Uuid,
    /// The second that the contact holds, which is not its primary one.
    phone: Uuid,
    email: Uuid,
    address: Uuid,
    loose_phone: Uuid,
    loose_email: Uuid,
    loose_address: Uuid,
    phone_code: Uuid,
    email_code: Uuid,
    communication: Uuid,
    referral: Uuid,
    /// The contact's sibling and guardian.
    other: Uuid,
    relationship: Uuid,
    guardian: Uuid,
    assignment: Uuid,
}

async fn make(app: &App, mutation: &str) -> Made {
    let ids: [Uuid; 13] = std::array::from_fn(|_| Uuid::new_v4());
    let [contact, organization, facility, phone, email, address, loose_phone, loose_email, loose_address, ..] = ids;
    let [.., first_phone, first_email, first_address, _] = ids;
    let number = |id: Uuid| format!("+1 630 {:03} {:04}", 200 + id.as_u128() % 700, (id.as_u128() >> 32) % 10_000);
    let phone_of = |id: Uuid| json!({ "id": id, "number": number(id) });
    let email_of = |id: Uuid| json!({ "id": id, "address": format!("{}@example.com", id.simple()) });
    let address_of = |id: Uuid| json!({ "id": id, "type": "PHYSICAL", "street1": format!("{} Elm St", id.as_u128() % 9_000), "city": "Joliet" });
    let create = |value: Value| json!({ "create": value });
    let contact = json!({
        "id": contact, "allowDuplicate": true, "firstName": "Scene", "lastName": mutation, "preferredContactMethod": "EMAIL",
        "organizations": [{ "type": "TECHNICAL" }, { "type": "BILLING" }],
        "phones": [{ "phone": create(phone_of(first_phone)) }, { "phone": create(phone_of(phone)) }],
        "emails": [{ "email": create(email_of(first_email)) }, { "email": create(email_of(email)) }],
        "addresses": [{ "address": create(address_of(first_address)) }, { "address": create(address_of(address)) }],
    });
    let query = "mutation ($contact: ContactCreateInput!, $phone: PhoneCreateInput!, $email: EmailCreateInput!, $address: AddressCreateInput!, $facility: FacilityCreateInput!) {
        contactCreate(contact: $contact) { userErrors { code field message } }
        phoneCreate(phone: $phone) { userErrors { code field message } }
        emailCreate(email: $email) { userErrors { code field message } }
        addressCreate(address: $address) { userErrors { code field message } }
        facilityCreate(facility: $facility) { userErrors { code field message } } }";
    let variables = json!({
        "contact": contact, "phone": phone_of(loose_phone), "email": email_of(loose_email), "address": address_of(loose_address),
        "facility": { "id": facility, "name": "Scene" },
    });
    let made = app.ask_with(&Who::acme_admin(), query, variables).await;
    for name in ["contactCreate", "phoneCreate", "emailCreate", "addressCreate", "facilityCreate"] {
        made.done(name);
    }
    let query = "mutation ($organization: OrganizationCreateInput!) { organizationCreate(organization: $organization) { userErrors { code field message } } }";
    let variables = json!({ "organization": {
        "id": organization, "name": "Scene", "kind": "PROVIDER", "subdomain": format!("scene-{}", organization.simple()) } });
    app.ask_with(&Who::super_admin(), query, variables).await.done("organizationCreate");
    let [phone_code, email_code] = codes(app).await;
    let communication = communication(app, ids[0]).await;
    let contact = ids[0];
    let referral = referral(app, contact).await;
    let (other, [relationship, guardian, assignment]) = relate(app, contact, facility).await;
    Made {
        other,
        relationship,
        guardian,
        assignment,
        contact,
        organization,
        facility,
        phone,
        email,
        address,
        loose_phone,
        loose_email,
        loose_address,
        phone_code,
        email_code,
        communication,
        referral,
    }
}

/// A sibling of a contact, who is their guardian too; the contact works at a facility. The contact's persona GUARDIAN is not granted.
async fn relate(app: &App, contact: Uuid, facility: Uuid) -> (Uuid, [Uuid; 3]) {
    let [other, relationship, guardian, assignment]: [Uuid; 4] = std::array::from_fn(|_| Uuid::new_v4());
    let acme = Who::acme_admin();
    let since = "startsOn: \"2025-09-01\"";
    let calls = [
        format!(
            "contactCreate(contact: {{id: \"{other}\", allowDuplicate: true, firstName: \"Scene\", lastName: \"Other\"}})"
        ),
        format!("contactGrantPersona(id: \"{contact}\", persona: STUDENT)"),
        format!("contactGrantPersona(id: \"{contact}\", persona: STAFF)"),
        format!("contactGrantPersona(id: \"{other}\", persona: STUDENT)"),
        format!("contactGrantPersona(id: \"{other}\", persona: GUARDIAN)"),
        format!(
            "studentRelationshipStart(studentRelationship: {{id: \"{relationship}\", studentId: \"{contact}\", relatedStudentId: \"{other}\", label: \"sibling\", {since}}})"
        ),
        format!(
            "studentGuardianStart(studentGuardian: {{id: \"{guardian}\", studentId: \"{contact}\", guardianId: \"{other}\", label: \"brother\", {since}}})"
        ),
        format!(
            "staffAssignmentStart(staffAssignment: {{id: \"{assignment}\", staffId: \"{contact}\", workplace: {{facilityId: \"{facility}\"}}, {since}}})"
        ),
    ];
    for call in calls {
        app.ask(&acme, &format!("mutation {{ it: {call} {{ userErrors {{ code field message }} }} }}"))
            .await
            .done("it");
    }
    (other, [relationship, guardian, assignment])
}

/// A record of a communication with somebody.
async fn communication(app: &App, contact: Uuid) -> Uuid {
    let id = Uuid::new_v4();
    let query = "mutation ($record: CommunicationRecordInput!) { communicationRecord(communication: $record) { userErrors { code field message } } }";
    let record = json!({ "id": id, "contactId": contact, "channel": "IN_PERSON", "direction": "OUTBOUND" });
    app.ask_with(&Who::acme_admin(), query, json!({ "record": record })).await.done("communicationRecord");
    id
}

/// A referral of Acme's that names somebody, recorded by one that sees every provider.
async fn referral(app: &App, contact: Uuid) -> Uuid {
    let id = Uuid::new_v4();
    let query = "mutation ($referral: ReferralCreateInput!) { referralCreate(referral: $referral) { userErrors { code field message } } }";
    let referral = json!({ "id": id, "providerId": ids::organization("hillside"), "contactId": contact, "clientReference": "scene" });
    app.ask_with(&recorder(), query, json!({ "referral": referral })).await.done("referralCreate");
    id
}

/// Somebody who acts for Acme and sees every provider.
fn recorder() -> Who {
    Who { organization_id: ids::organization("acme"), ..Who::super_admin() }
}

/// A code of either vocabulary.
async fn codes(app: &App) -> [Uuid; 2] {
    let ids: [Uuid; 2] = std::array::from_fn(|_| Uuid::new_v4());
    let code = |id: Uuid| json!({ "id": id, "code": format!("made_{}", id.simple()), "label": "Made" });
    let query = "mutation ($phone: CodeDefineInput!, $email: CodeDefineInput!) {
        phoneCodeDefine(code: $phone) { userErrors { code field message } }
        emailCodeDefine(code: $email) { userErrors { code field message } } }";
    let made = app.ask_with(&Who::super_admin(), query, json!({ "phone": code(ids[0]), "email": code(ids[1]) })).await;
    made.done("phoneCodeDefine");
    made.done("emailCodeDefine");
    ids
}

/// What must have been done before, for a mutation that undoes it.
async fn prepare(app: &App, mutation: &str, made: &Made) {
    let contact = made.contact;
    let before = match mutation {
        "contactExternalIdRemove" => format!(
            "contactExternalIdAssign(contactId: \"{contact}\", externalId: {{sourceSystem: \"scene\", externalId: \"{contact}\"}})"
        ),
        "contactClearDoNotContact" => format!("contactSetDoNotContact(id: \"{contact}\")"),
        "phoneSmsOptIn" => format!("phoneSmsOptOut(id: \"{}\")", made.phone),
        "phoneVerificationConfirm" => format!("phoneVerificationRequest(id: \"{}\")", made.phone),
        "emailVerificationConfirm" => format!("emailVerificationRequest(id: \"{}\")", made.email),
        // Whom relationships name is not archived.
        "contactDelete" => {
            for (noun, id) in [
                ("studentRelationship", made.relationship),
                ("studentGuardian", made.guardian),
                ("staffAssignment", made.assignment),
            ] {
                let end = format!(
                    "mutation {{ it: {noun}End(id: \"{id}\", endsOn: \"2025-10-01\") {{ userErrors {{ code field message }} }} }}"
                );
                app.ask(&Who::acme_admin(), &end).await.done("it");
            }
            return;
        }
        "contactRevokePersona" => format!("contactGrantPersona(id: \"{contact}\", persona: GUARDIAN)"),
        "contactUnlinkUser" => format!("contactLinkUser(id: \"{contact}\", userId: \"scene-{contact}\")"),
        _ => return,
    };
    let query = format!("mutation {{ before: {before} {{ userErrors {{ code field message }} }} }}");
    app.ask(&Who::acme_admin(), &query).await.done("before");
}

/// The scene of a mutation.
pub async fn scene(app: &App, mutation: &str) -> Scene {
    let made = make(app, mutation).await;
    prepare(app, mutation, &made).await;
    let new = Uuid::new_v4();
    let contact = json!({ "contactId": made.contact });
    let (acme, ada) = (Who::acme_admin(), Who::super_admin());
    let (who, arguments, again) = match mutation {
        "organizationCreate" => {
            let organization =
                json!({ "id": new, "name": "New", "kind": "PROVIDER", "subdomain": format!("new-{}", new.simple()) });
            (ada, json!({ "organization": organization }), Again::Refused("ID_TAKEN"))
        }
        "organizationUpdate" => {
            (ada, json!({ "id": made.organization, "organization": { "name": "Renamed" } }), Again::Same)
        }
        "organizationDeactivate" => (ada, json!({ "id": made.organization }), Again::Same),
        "facilityCreate" => (acme, json!({ "facility": { "id": new, "name": "New" } }), Again::Refused("ID_TAKEN")),
        "facilityUpdate" => (acme, json!({ "id": made.facility, "facility": { "name": "Renamed" } }), Again::Same),
        "contactCreate" => {
            let contact = json!({ "id": new, "allowDuplicate": true, "firstName": "New", "lastName": "Contact" });
            (acme, json!({ "contact": contact }), Again::Refused("ID_TAKEN"))
        }
        "contactLink" => (acme, json!({ "contactId": made.contact, "link": { "type": "STAKEHOLDER" } }), Again::Same),
        "contactUnlink" => (acme, json!({ "contactId": made.contact, "type": "BILLING" }), Again::Same),
        "contactSetPrimary" => (acme, json!({ "contactId": made.contact, "type": "TECHNICAL" }), Again::Same),
        "phoneCreate" => {
            (acme, json!({ "phone": { "id": new, "number": "+1 312 555 0177" } }), Again::Refused("ID_TAKEN"))
        }
        "phoneLink" => (acme, json!({ "phoneId": made.loose_phone, "to": contact }), Again::Same),
        "emailCreate" => {
            (acme, json!({ "email": { "id": new, "address": "new@example.com" } }), Again::Refused("ID_TAKEN"))
        }
        "emailLink" => (acme, json!({ "emailId": made.loose_email, "to": contact }), Again::Same),
        "addressCreate" => {
            let address = json!({ "id": new, "type": "MAILING", "street1": "1 New St", "city": "Joliet" });
            (acme, json!({ "address": address }), Again::Refused("ID_TAKEN"))
        }
        "addressLink" => (acme, json!({ "addressId": made.loose_address, "to": contact }), Again::Same),
        "contactUpdate" => (acme, json!({ "id": made.contact, "contact": { "title": "Renamed" } }), Again::Same),
        "contactDelete" => (acme, json!({ "id": made.contact }), Again::Same),
        "contactTransfer" => (ada, json!({ "id": made.contact, "organizationId": made.organization }), Again::Same),
        "contactSetPreferences" => {
            let preferences = json!({ "preferredContactMethod": "PHONE" });
            (acme, json!({ "id": made.contact, "preferences": preferences }), Again::Same)
        }
        "contactSetDoNotContact" | "contactClearDoNotContact" => (acme, json!({ "id": made.contact }), Again::Same),
        "contactExternalIdAssign" | "contactExternalIdRemove" => {
            let external_id = json!({ "sourceSystem": "scene", "externalId": made.contact });
            (acme, json!({ "contactId": made.contact, "externalId": external_id }), Again::Same)
        }
        "contactLinkUser" => (acme, json!({ "id": made.contact, "userId": new.to_string() }), Again::Same),
        "contactUnlinkUser" => (acme, json!({ "id": made.contact }), Again::Same),
        "phoneUpdate" => (acme, json!({ "id": made.phone, "phone": { "label": "Renamed" } }), Again::Same),
        "phoneDelete" => (acme, json!({ "id": made.phone }), Again::Same),
        "phoneUnlink" => (acme, json!({ "phoneId": made.phone, "from": contact }), Again::Same),
        "phoneSetPrimary" => (acme, json!({ "phoneId": made.phone, "of": contact }), Again::Same),
        "phoneSmsOptOut" => (acme, json!({ "id": made.phone }), Again::Same),
        "emailUpdate" => (acme, json!({ "id": made.email, "email": { "label": "Renamed" } }), Again::Same),
        "emailDelete" => (acme, json!({ "id": made.email }), Again::Same),
        "emailUnlink" => (acme, json!({ "emailId": made.email, "from": contact }), Again::Same),
        "emailSetPrimary" => (acme, json!({ "emailId": made.email, "of": contact }), Again::Same),
        "addressUpdate" => (acme, json!({ "id": made.address, "address": { "label": "Renamed" } }), Again::Same),
        "addressDelete" => (acme, json!({ "id": made.address }), Again::Same),
        "addressUnlink" => (acme, json!({ "addressId": made.address, "from": contact }), Again::Same),
        "addressSetPrimary" => (acme, json!({ "addressId": made.address, "of": contact }), Again::Same),
        "phoneCodeDefine" | "emailCodeDefine" => {
            let code = json!({ "id": new, "code": format!("scene_{}", new.simple()), "label": "Scene" });
            (ada, json!({ "code": code }), Again::Same)
        }
        "contactGrantPersona" | "contactRevokePersona" => {
            (acme, json!({ "id": made.contact, "persona": "GUARDIAN" }), Again::Same)
        }
        "studentRelationshipStart" => {
            let start = json!({ "id": new, "studentId": made.contact, "relatedStudentId": made.other, "label": "twin", "startsOn": "2026-03-01",
                "replaces": made.relationship });
            (acme, json!({ "studentRelationship": start }), Again::Refused("ID_TAKEN"))
        }
        "studentGuardianStart" => {
            let start = json!({ "id": new, "studentId": made.contact, "guardianId": made.other, "startsOn": "2026-03-01",
                "isPrimaryContact": true, "restrictions": "supervised visits", "replaces": made.guardian });
            (acme, json!({ "studentGuardian": start }), Again::Refused("ID_TAKEN"))
        }
        "staffAssignmentStart" => {
            let start = json!({ "id": new, "staffId": made.contact, "workplace": { "organizationId": Who::acme_admin().organization_id },
                "startsOn": "2026-03-01", "isPrimary": true, "replaces": made.assignment });
            (acme, json!({ "staffAssignment": start }), Again::Refused("ID_TAKEN"))
        }
        "studentRelationshipEnd" => (acme, json!({ "id": made.relationship, "endsOn": "2026-06-30" }), Again::Same),
        "studentGuardianEnd" => (acme, json!({ "id": made.guardian, "endsOn": "2026-06-30" }), Again::Same),
        "staffAssignmentEnd" => (acme, json!({ "id": made.assignment, "endsOn": "2026-06-30" }), Again::Same),
        "studentRelationshipVoid" => (acme, json!({ "id": made.relationship, "reason": "a slip" }), Again::Same),
        "studentGuardianVoid" => (acme, json!({ "id": made.guardian, "reason": "a slip" }), Again::Same),
        "staffAssignmentVoid" => (acme, json!({ "id": made.assignment, "reason": "a slip" }), Again::Same),
        "communicationRecord" => {
            let record =
                json!({ "id": new, "contactId": made.contact, "channel": "IN_PERSON", "direction": "OUTBOUND" });
            (acme, json!({ "communication": record }), Again::Refused("ID_TAKEN"))
        }
        "communicationCorrect" => {
            let right = json!({ "summary": "We met on Tuesday." });
            (acme, json!({ "id": made.communication, "communication": right }), Again::Same)
        }
        "referralCreate" => {
            let referral = json!({ "id": new, "providerId": ids::organization("hillside"), "clientReference": "new" });
            (recorder(), json!({ "referral": referral }), Again::Refused("ID_TAKEN"))
        }
        "referralUpdate" => (
            acme,
            json!({ "id": made.referral, "referral": { "status": "ACCEPTED", "notes": "They begin on Monday." } }),
            Again::Same,
        ),
        "phoneSmsOptIn" => {
            let message = json!({ "messageId": new, "text": "START", "receivedAt": chrono::Utc::now() });
            (
                ada,
                json!({ "id": made.phone, "message": message, "reason": "it stands in the carrier's list" }),
                Again::Same,
            )
        }
        "addressHoldingUpdate" => {
            let holding = json!({ "startsOn": "2026-01-01", "sourceSystem": "scene", "sourceRecordId": new });
            (acme, json!({ "addressId": made.address, "contactId": made.contact, "holding": holding }), Again::Same)
        }
        "phoneVerificationRequest" => (acme, json!({ "id": made.phone }), Again::Refused("RATE_LIMITED")),
        "emailVerificationRequest" => (acme, json!({ "id": made.email }), Again::Refused("RATE_LIMITED")),
        "phoneVerificationConfirm" => {
            (acme, json!({ "id": made.phone, "code": app.last_code(made.phone) }), Again::Refused("INVALID"))
        }
        "emailVerificationConfirm" => {
            (acme, json!({ "id": made.email, "code": app.last_code(made.email) }), Again::Refused("INVALID"))
        }
        "phoneVerificationMark" => {
            (acme, json!({ "id": made.phone, "state": "VERIFIED", "reason": "I called" }), Again::Same)
        }
        "emailVerificationMark" => {
            (acme, json!({ "id": made.email, "state": "BOUNCED", "reason": "it came back" }), Again::Same)
        }
        "phoneCodeRetire" => (ada, json!({ "id": made.phone_code }), Again::Same),
        "emailCodeRetire" => (ada, json!({ "id": made.email_code }), Again::Same),
        "contactMerge" => {
            (ada, json!({ "survivorId": made.contact, "duplicateIds": [made.other] }), Again::Refused("MERGED"))
        }
        "contactMergeUndo" => {
            let merge = crate::support::merging::merge(app, made.contact, made.other).await;
            (ada, json!({ "mergeId": merge }), Again::Same)
        }
        _ => panic!("every_mutation has no scene for {mutation}: say in scenes.rs how it is played"),
    };
    Scene { who, arguments, again }
}
