//! What makes every type of event happen, through the API: the one place where a new type gets its scene. It compares nothing.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{App, Who};

/// Something that somebody does: who, the mutation (or the one query that is recorded), its arguments' types and its arguments.
type Scene = (Who, &'static str, &'static str, Value);

/// What a sample calls a thing, and its id: `<Jane>`.
pub fn id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::from_u128(0x90_1de7), name.as_bytes())
}

/// Everything whose id is ours.
pub const NAMES: [&str; 31] = [
    "nobody's",
    "Platform",
    "TechPartner",
    "FamilyBridge",
    "Acme",
    "Downtown",
    "Jane",
    "Bob",
    "reception",
    "fax",
    "info",
    "billing",
    "office",
    "warehouse",
    "mobile",
    "bob's mobile",
    "pager",
    "legal",
    "call, corrected",
    "call",
    "Hillside",
    "referral",
    "Mia",
    "Leo",
    "Hana",
    "Daniel",
    "siblings",
    "mother",
    "at school",
    "Robert",
    "robert's mobile",
];

pub fn of(name: &'static str, who: Who) -> Who {
    Who { organization_id: id(name), ..who }
}

/// What makes every type happen, in order.
fn scenes() -> Vec<Scene> {
    let ada = || of("Platform", Who::super_admin());
    let acme = || of("Acme", Who::acme_admin());
    let organization = |name: &str, kind: &str, more: Value| {
        let mut organization = json!({ "id": id(name), "name": name, "kind": kind, "subdomain": name.to_lowercase() });
        organization.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (ada(), "organizationCreate", "organization: OrganizationCreateInput!", json!({ "organization": organization }))
    };
    let phone = |name: &str, number: &str, code: &str| {
        let phone = json!({ "id": id(name), "number": number, "code": code, "label": name });
        (acme(), "phoneCreate", "phone: PhoneCreateInput!", json!({ "phone": phone }))
    };
    let email = |name: &str, address: &str| {
        let email = json!({ "id": id(name), "address": address, "label": name });
        (acme(), "emailCreate", "email: EmailCreateInput!", json!({ "email": email }))
    };
    let address = |name: &str, street1: &str| {
        let address = json!({ "id": id(name), "label": name, "type": "PHYSICAL", "street1": street1, "street2": "Suite 4",
            "city": "Springfield", "state": "IL", "postalCode": "62704" });
        (acme(), "addressCreate", "address: AddressCreateInput!", json!({ "address": address }))
    };
    let link = |noun: &str, method: &str, to: Value, is_primary: bool| {
        let arguments = |noun: &str| match noun {
            "phone" => ("phoneLink", "phoneId: UUID!, to: PhoneLinkTargetInput!, link: MethodLinkInput"),
            _ => ("emailLink", "emailId: UUID!, to: EmailLinkTargetInput!, link: MethodLinkInput"),
        };
        let (mutation, types) = arguments(noun);
        let link = json!({ "isPrimary": is_primary });
        (acme(), mutation, types, json!({ format!("{noun}Id"): id(method), "to": to, "link": link }))
    };
    let hold = |method: &str, to: Value, more: Value| {
        let types = "addressId: UUID!, to: AddressLinkTargetInput!, holding: AddressHoldingInput";
        (acme(), "addressLink", types, json!({ "addressId": id(method), "to": to, "holding": more }))
    };
    let role = |name: &str, role: &str| {
        let types = "contactId: UUID!, link: ContactLinkInput!";
        (acme(), "contactLink", types, json!({ "contactId": id(name), "link": { "type": role } }))
    };
    let unlink = |noun: &str, method: &str, from: Value| {
        let (mutation, types) = match noun {
            "phone" => ("phoneUnlink", "phoneId: UUID!, from: PhoneLinkTargetInput!"),
            "email" => ("emailUnlink", "emailId: UUID!, from: EmailLinkTargetInput!"),
            _ => ("addressUnlink", "addressId: UUID!, from: AddressLinkTargetInput!"),
        };
        (acme(), mutation, types, json!({ format!("{noun}Id"): id(method), "from": from }))
    };
    let by_id = |mutation: &'static str, name: &str| (acme(), mutation, "id: UUID!", json!({ "id": id(name) }));
    let external_id = |mutation: &'static str| {
        let external_id = json!({ "sourceSystem": "school", "externalId": "4711" });
        let types = "contactId: UUID!, externalId: ContactExternalIdInput!";
        (acme(), mutation, types, json!({ "contactId": id("Jane"), "externalId": external_id }))
    };
    let (at_acme, at_jane) = (json!({ "organizationId": id("Acme") }), json!({ "contactId": id("Jane") }));
    let contact = |name: &str, more: Value| {
        let mut contact = json!({ "id": id(name), "allowDuplicate": true, "firstName": name, "lastName": "Doe" });
        contact.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (acme(), "contactCreate", "contact: ContactCreateInput!", json!({ "contact": contact }))
    };
    let person = |name: &str| contact(name, json!({}));
    let persona = |mutation: &'static str, name: &str, persona: &str| {
        (acme(), mutation, "id: UUID!, persona: Persona!", json!({ "id": id(name), "persona": persona }))
    };
    let ended = |mutation: &'static str, name: &str| {
        (acme(), mutation, "id: UUID!, endsOn: Date!", json!({ "id": id(name), "endsOn": "2026-06-30" }))
    };
    let confirm = |mutation: &'static str, name: &str, code: &str| {
        (acme(), mutation, "id: UUID!, code: String!", json!({ "id": id(name), "code": code }))
    };
    let mark = |mutation: &'static str, name: &str, state: &str| {
        (acme(), mutation, "id: UUID!, state: VerificationMark!", json!({ "id": id(name), "state": state }))
    };
    let define =
        |mutation: &'static str, code: Value| (ada(), mutation, "code: CodeDefineInput!", json!({ "code": code }));
    vec![
        organization("Platform", "PLATFORM_OWNER", json!({})),
        organization("TechPartner", "PROVIDER_PARTNER", json!({ "partnerType": "VAR" })),
        organization("FamilyBridge", "PROVIDER_PARTNER", json!({ "partnerType": "FAMILY" })),
        organization("Acme", "PROVIDER", json!({ "referringPartnerId": id("TechPartner") })),
        (
            ada(),
            "organizationUpdate",
            "id: UUID!, organization: OrganizationUpdateInput!",
            json!({ "id": id("Acme"), "organization": { "name": "Acme Healthcare", "referringPartnerId": id("FamilyBridge") } }),
        ),
        (
            acme(),
            "facilityCreate",
            "facility: FacilityCreateInput!",
            json!({ "facility": { "id": id("Downtown"), "name": "Downtown" } }),
        ),
        (
            acme(),
            "facilityUpdate",
            "id: UUID!, facility: FacilityUpdateInput!",
            json!({ "id": id("Downtown"), "facility": { "name": "Downtown Office", "isActive": false } }),
        ),
        contact(
            "Jane",
            json!({ "title": "Billing Manager", "department": "Billing", "preferredContactMethod": "EMAIL" }),
        ),
        contact("Bob", json!({})),
        role("Jane", "BILLING"),
        role("Bob", "BILLING"),
        (
            acme(),
            "contactSetPrimary",
            "contactId: UUID!, type: ContactType!",
            json!({ "contactId": id("Jane"), "type": "BILLING" }),
        ),
        (
            acme(),
            "contactSetPrimary",
            "contactId: UUID!, type: ContactType!",
            json!({ "contactId": id("Bob"), "type": "BILLING" }),
        ),
        (acme(), "contactUnlink", "contactId: UUID!", json!({ "contactId": id("Bob") })),
        phone("reception", "(217) 555-0110 ext. 7", "office"),
        phone("fax", "+1 217 555 0119", "fax"),
        phone("mobile", "+1 217 555 0142", "mobile"),
        phone("bob's mobile", "+1 217 555 0143", "mobile"),
        email("info", "Info@Acme.example"),
        email("billing", "billing@acme.example"),
        email("nobody's", "nobody@acme.example"),
        address("office", "1 Main Street"),
        address("warehouse", "2 Main Street"),
        link("phone", "reception", at_acme.clone(), true),
        link("phone", "fax", at_acme.clone(), false),
        link("phone", "fax", at_acme.clone(), true),
        link("phone", "mobile", at_jane.clone(), true),
        link("phone", "reception", at_jane.clone(), false),
        link("phone", "reception", at_jane.clone(), true),
        link("email", "info", at_acme.clone(), true),
        link("email", "billing", at_acme.clone(), false),
        link("email", "billing", at_acme.clone(), true),
        link("email", "billing", at_jane.clone(), true),
        link("email", "info", at_jane.clone(), false),
        link("email", "info", at_jane.clone(), true),
        hold("office", at_acme.clone(), json!({ "isPrimary": true })),
        hold("warehouse", at_acme.clone(), json!({ "isPrimary": false })),
        hold("warehouse", at_acme.clone(), json!({ "isPrimary": true })),
        hold(
            "office",
            at_jane.clone(),
            json!({ "isPrimary": true, "startsOn": "2026-01-01", "endsOn": "2026-12-31", "sourceSystem": "payroll", "sourceRecordId": "A-7" }),
        ),
        hold("warehouse", at_jane.clone(), json!({ "isPrimary": false })),
        hold("warehouse", at_jane.clone(), json!({ "isPrimary": true })),
        (
            acme(),
            "phoneLink",
            "phoneId: UUID!, to: PhoneLinkTargetInput!",
            json!({ "phoneId": id("fax"), "to": { "addressId": id("office") } }),
        ),
        (
            acme(),
            "phoneUpdate",
            "id: UUID!, phone: PhoneUpdateInput!",
            json!({ "id": id("mobile"), "phone": { "number": "+1 217 555 0199", "code": "home", "label": null, "isSmsCapable": false } }),
        ),
        by_id("phoneVerificationRequest", "mobile"),
        confirm("phoneVerificationConfirm", "mobile", "wrong"),
        confirm("phoneVerificationConfirm", "mobile", RIGHT),
        mark("phoneVerificationMark", "mobile", "BOUNCED"),
        mark("phoneVerificationMark", "mobile", "INVALID"),
        by_id("phoneSmsOptOut", "mobile"),
        (
            ada(),
            "phoneSmsOptIn",
            "id: UUID!, message: InboundMessageInput!",
            json!({ "id": id("mobile"), "message": { "messageId": "SM-7", "text": "START", "receivedAt": NOW } }),
        ),
        (
            acme(),
            "emailUpdate",
            "id: UUID!, email: EmailUpdateInput!",
            json!({ "id": id("info"), "email": { "address": "Hello@Acme.example", "code": "support", "label": null, "isNotificationEnabled": false } }),
        ),
        by_id("emailVerificationRequest", "info"),
        confirm("emailVerificationConfirm", "info", "wrong"),
        confirm("emailVerificationConfirm", "info", RIGHT),
        mark("emailVerificationMark", "info", "BOUNCED"),
        mark("emailVerificationMark", "info", "INVALID"),
        (
            acme(),
            "addressUpdate",
            "id: UUID!, address: AddressUpdateInput!",
            json!({ "id": id("office"), "address": { "label": "Main office", "street2": null, "city": "Peoria", "type": "MAILING" } }),
        ),
        unlink("phone", "fax", json!({ "addressId": id("office") })),
        unlink("phone", "fax", at_acme.clone()),
        unlink("phone", "reception", at_jane.clone()),
        unlink("email", "billing", at_acme.clone()),
        unlink("email", "info", at_jane.clone()),
        unlink("address", "warehouse", at_acme),
        unlink("address", "warehouse", at_jane),
        (acme(), LOOK_UP, "email: EmailAddress", json!({ "email": "billing@acme.example" })),
        (acme(), EXPORT, "", json!({ "filter": "{\"lastName\": \"doe\"}" })),
        (
            acme(),
            "contactUpdate",
            "id: UUID!, contact: ContactUpdateInput!",
            json!({ "id": id("Jane"), "contact": { "firstName": "Janet", "title": null, "department": "Accounts", "isActive": false, "editPolicy": "OWNER_ONLY" } }),
        ),
        (
            acme(),
            "contactSetPreferences",
            "id: UUID!, preferences: ContactPreferencesInput!",
            json!({ "id": id("Jane"), "preferences": { "preferredContactMethod": "SMS" } }),
        ),
        by_id("contactSetDoNotContact", "Jane"),
        by_id("contactClearDoNotContact", "Jane"),
        (
            acme(),
            "contactLinkUser",
            "id: UUID!, userId: String!",
            json!({ "id": id("Jane"), "userId": "jane@acme.example" }),
        ),
        by_id("contactUnlinkUser", "Jane"),
        external_id("contactExternalIdAssign"),
        external_id("contactExternalIdRemove"),
        (
            ada(),
            "contactTransfer",
            "id: UUID!, organizationId: UUID!",
            json!({ "id": id("Jane"), "organizationId": id("FamilyBridge") }),
        ),
        (
            acme(),
            "communicationRecord",
            "communication: CommunicationRecordInput!",
            json!({ "communication": { "id": id("call"), "contactId": id("Bob"), "channel": "PHONE", "direction": "OUTBOUND",
                "purpose": "EMERGENCY", "outcome": "NOT_DONE", "outcomeReason": "no answer", "subject": "The pump",
                "summary": "Rang three times.", "occurredAt": "2026-01-02T03:04:05Z" } }),
        ),
        (
            acme(),
            "communicationCorrect",
            "id: UUID!, communication: CommunicationCorrectInput!",
            json!({ "id": id("call"), "communication": { "id": id("call, corrected"), "methodValue": "+12175550143", "summary": null } }),
        ),
        organization("Hillside", "PROVIDER", json!({ "referringPartnerId": id("FamilyBridge") })),
        (
            of("FamilyBridge", Who::techpartner_admin()),
            "referralCreate",
            "referral: ReferralCreateInput!",
            json!({ "referral": { "id": id("referral"), "providerId": id("Hillside"), "contactId": id("Jane"), "clientReference": "FB-014",
                "referredOn": "2026-01-02", "notes": "Siblings." } }),
        ),
        (
            of("FamilyBridge", Who::techpartner_admin()),
            "referralUpdate",
            "id: UUID!, referral: ReferralUpdateInput!",
            json!({ "id": id("referral"), "referral": { "contactId": null, "status": "ACCEPTED", "clientReference": "FB-015",
                "referredOn": "2026-01-03", "notes": null } }),
        ),
        person("Mia"),
        person("Leo"),
        person("Hana"),
        person("Daniel"),
        (
            ada(),
            "contactDuplicateDismiss",
            "contactId: UUID!, otherContactId: UUID!",
            json!({ "contactId": id("Mia"), "otherContactId": id("Leo") }),
        ),
        persona("contactGrantPersona", "Mia", "STUDENT"),
        persona("contactGrantPersona", "Leo", "STUDENT"),
        persona("contactGrantPersona", "Hana", "GUARDIAN"),
        persona("contactGrantPersona", "Hana", "STAFF"),
        persona("contactGrantPersona", "Daniel", "GUARDIAN"),
        persona("contactGrantPersona", "Daniel", "STAFF"),
        persona("contactRevokePersona", "Daniel", "STAFF"),
        (
            acme(),
            "studentRelationshipStart",
            "studentRelationship: StudentRelationshipStartInput!",
            json!({ "studentRelationship": { "id": id("siblings"), "studentId": id("Mia"), "relatedStudentId": id("Leo"), "label": "sibling",
                "startsOn": "2024-08-19" } }),
        ),
        (
            acme(),
            "studentGuardianStart",
            "studentGuardian: StudentGuardianStartInput!",
            json!({ "studentGuardian": { "id": id("mother"), "studentId": id("Mia"), "guardianId": id("Hana"), "label": "mother",
                "startsOn": "2024-08-19", "isPrimaryContact": true, "isLegalGuardian": true, "livesWith": true, "isEmergencyContact": true,
                "priority": 1, "restrictions": "none so far" } }),
        ),
        (
            acme(),
            "studentGuardianStart",
            "studentGuardian: StudentGuardianStartInput!",
            json!({ "studentGuardian": { "studentId": id("Mia"), "guardianId": id("Daniel"), "label": "father",
                "startsOn": "2025-03-01", "endsOn": "2026-06-30", "isPrimaryContact": true, "replaces": id("mother") } }),
        ),
        (
            acme(),
            "staffAssignmentStart",
            "staffAssignment: StaffAssignmentStartInput!",
            json!({ "staffAssignment": { "id": id("at school"), "staffId": id("Hana"), "workplace": { "facilityId": id("Downtown") },
                "startsOn": "2024-08-19", "isPrimary": true } }),
        ),
        ended("studentRelationshipEnd", "siblings"),
        ended("staffAssignmentEnd", "at school"),
        by_id("studentRelationshipVoid", "siblings"),
        by_id("studentGuardianVoid", "mother"),
        by_id("staffAssignmentVoid", "at school"),
        (
            acme(),
            "contactCreate",
            "contact: ContactCreateInput!",
            json!({ "contact": { "id": id("Robert"), "firstName": "Robert", "lastName": "Quillfeather", "title": "Auditor",
                "organizations": [{ "type": "STAKEHOLDER" }],
                "phones": [{ "phone": { "create": { "id": id("robert's mobile"), "number": "+1 217 555 0143" } } }] } }),
        ),
        (
            ada(),
            "contactMerge",
            "survivorId: UUID!, duplicateIds: [UUID!]!",
            json!({ "survivorId": id("Jane"), "duplicateIds": [id("Robert")] }),
        ),
        (ada(), "contactMergeUndo", "mergeId: UUID!", json!({ "mergeId": LAST_MERGE })),
        by_id("contactDelete", "Bob"),
        by_id("phoneDelete", "bob's mobile"),
        by_id("emailDelete", "nobody's"),
        by_id("addressDelete", "warehouse"),
        define("phoneCodeDefine", json!({ "id": id("pager"), "code": "pager", "label": "Pager" })),
        define(
            "phoneCodeDefine",
            json!({ "code": "pager", "label": "Beeper", "description": "Worn at night", "sortOrder": 5 }),
        ),
        (ada(), "phoneCodeRetire", "id: UUID!", json!({ "id": id("pager") })),
        define("emailCodeDefine", json!({ "id": id("legal"), "code": "legal", "label": "Legal" })),
        define("emailCodeDefine", json!({ "code": "legal", "label": "Counsel" })),
        (ada(), "emailCodeRetire", "id: UUID!", json!({ "id": id("legal") })),
    ]
}

/// Stands for the moment in which it is said.
const NOW: &str = "now";

/// Stands for the merge that was last.
const LAST_MERGE: &str = "the last merge";

/// Stands for the code that went out.
const RIGHT: &str = "right";

/// The one query that leaves an entry in the log.
const LOOK_UP: &str = "contactFindToLink";
/// The file that does.
const EXPORT: &str = "/exports/contacts.csv";

pub async fn play(app: &App) {
    for (who, mutation, types, mut arguments) in scenes() {
        if arguments["code"] == RIGHT {
            let method = arguments["id"].as_str().unwrap().parse().unwrap();
            arguments["code"] = json!(app.last_code(method));
        }
        if arguments["message"]["receivedAt"] == NOW {
            arguments["message"]["receivedAt"] = json!(chrono::Utc::now());
        }
        if arguments["mergeId"] == LAST_MERGE {
            let merges = app.behind("SELECT id FROM contact_merges ORDER BY merged_at DESC LIMIT 1").await;
            arguments["mergeId"] = merges[0]["id"].clone();
        }
        if mutation == EXPORT {
            let request = app.client().get(format!("{}{EXPORT}", app.url())).bearer_auth(app.token(&who));
            let answer = request.query(&arguments).send().await.expect("an answer");
            assert!(answer.error_for_status().expect("a file").bytes().await.is_ok());
            continue;
        }
        let declared: String = types.split(", ").map(|one| format!("${one}, ")).collect();
        let passed: String = types
            .split(", ")
            .map(|one| one.split(':').next().unwrap())
            .map(|name| format!("{name}: ${name}, "))
            .collect();
        if mutation == LOOK_UP {
            let query = format!("query ({declared}) {{ {mutation}({passed}) {{ name }} }}");
            assert!(app.ask_with(&who, &query, arguments).await.at("/contactFindToLink/name").is_string());
            continue;
        }
        let query = format!(
            "mutation ({declared}) {{ {mutation}({passed}reason: \"a sample\") {{ position userErrors {{ message field }} }} }}"
        );
        let answer = app.ask_with(&who, &query, arguments.clone()).await;
        let done = answer.done(mutation);
        assert!(done["position"].is_string(), "{mutation} {arguments} wrote nothing");
    }
}
