//! The precedence of domain.md §6 as a truth table.

use chrono::DateTime;
use liaison_entity::values::{AddressType, EditPolicy};
use uuid::Uuid;

use super::*;

fn contact(do_not_contact: bool, preferred: Option<ContactMethod>) -> contact::Model {
    let at = DateTime::UNIX_EPOCH;
    contact::Model {
        id: Uuid::nil(),
        first_name: "Jane".to_owned(),
        last_name: "Doe".to_owned(),
        sort_name: String::new(),
        title: None,
        department: None,
        preferred_contact_method: preferred,
        do_not_contact,
        do_not_contact_reason: None,
        do_not_contact_since: do_not_contact.then_some(at),
        do_not_contact_by: None,
        is_active: true,
        owner_organization_id: Uuid::nil(),
        edit_policy: EditPolicy::OwnerOnly,
        user_id: None,
        merged_into_id: None,
        organization_count: 0,
        version: 1,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

fn phone(letters: &str) -> phone::Model {
    let at = DateTime::UNIX_EPOCH;
    let state = match letters {
        letters if letters.contains('b') => VerificationState::Bounced,
        letters if letters.contains('i') => VerificationState::Invalid,
        _ => VerificationState::Verified,
    };
    phone::Model {
        id: Uuid::nil(),
        number: letters.to_owned(),
        e164: None,
        extension: None,
        phone_code_id: Uuid::nil(),
        label: None,
        is_sms_capable: letters.contains('s'),
        is_sms_opted_out: letters.contains('o'),
        sms_opted_out_at: letters.contains('o').then_some(at),
        verification_state: state,
        verification_changed_at: None,
        owner_organization_id: Uuid::nil(),
        is_linked: true,
        version: 1,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

fn email(state: VerificationState) -> email::Model {
    let at = DateTime::UNIX_EPOCH;
    email::Model {
        id: Uuid::nil(),
        address: format!("{state:?}@example.com"),
        normalized: String::new(),
        email_code_id: Uuid::nil(),
        label: None,
        is_notification_enabled: true,
        verification_state: state,
        verification_changed_at: None,
        owner_organization_id: Uuid::nil(),
        is_linked: true,
        version: 1,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

fn address() -> address::Model {
    let at = DateTime::UNIX_EPOCH;
    address::Model {
        id: Uuid::nil(),
        label: None,
        address_type: AddressType::Physical,
        street1: "1 Main Street".to_owned(),
        street2: None,
        city: "Springfield".to_owned(),
        state: None,
        postal_code: None,
        country: "US".to_owned(),
        owner_organization_id: Uuid::nil(),
        is_linked: true,
        version: 1,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

/// Channel, purpose, do-not-contact, what is preferred, phones; verdict, reasons, over which phone.
type Row = (
    Channel,
    Purpose,
    bool,
    Option<ContactMethod>,
    &'static [&'static str],
    Verdict,
    &'static [ReasonCode],
    Option<&'static str>,
);

/// Phones are written by letters: `s` takes text messages, `o` said STOP, `b` bounced, `i` invalid, `p` nothing of all that.
#[test]
fn text_messages_and_calls_follow_the_precedence() {
    use ContactMethod::{Email, Phone, Sms};
    use Purpose::{Emergency, Routine};
    use ReasonCode::*;
    use Verdict::{Allowed, Ask, Blocked};
    #[rustfmt::skip]
    let table: &[Row] = &[
        // channel         purpose    dnc    prefers       phones             verdict  reasons                              over
        (Channel::Phone, Routine,   false, None,         &["p"],            Allowed, &[],                                 Some("p")),
        (Channel::Phone, Routine,   false, Some(Phone),  &["p"],            Allowed, &[],                                 Some("p")),
        (Channel::Phone, Routine,   false, Some(Email),  &["p"],            Ask,     &[PrefersAnother],                   Some("p")),
        (Channel::Phone, Routine,   false, Some(Sms),    &["p"],            Ask,     &[PrefersAnother],                   Some("p")),
        (Channel::Phone, Routine,   true,  None,         &["p"],            Blocked, &[DoNotContact],                     None),
        (Channel::Phone, Routine,   true,  Some(Email),  &["i"],            Blocked, &[DoNotContact, MethodInvalid, PrefersAnother], None),
        (Channel::Phone, Emergency, true,  Some(Email),  &["p"],            Allowed, &[EmergencyPassesDoNotContact],      Some("p")),
        (Channel::Phone, Emergency, true,  None,         &[],               Blocked, &[EmergencyPassesDoNotContact, NoMethod], None),
        (Channel::Phone, Routine,   false, None,         &["i", "p"],       Allowed, &[],                                 Some("p")),
        (Channel::Phone, Routine,   false, None,         &["b"],            Blocked, &[MethodBounced],                    None),
        (Channel::Phone, Routine,   false, None,         &["so"],           Allowed, &[],                                 Some("so")),
        (Channel::Sms,   Routine,   false, None,         &["s"],            Allowed, &[],                                 Some("s")),
        (Channel::Sms,   Routine,   false, Some(Sms),    &["p", "s"],       Allowed, &[],                                 Some("s")),
        (Channel::Sms,   Routine,   false, Some(Phone),  &["s"],            Ask,     &[PrefersAnother],                   Some("s")),
        (Channel::Sms,   Routine,   false, None,         &["so"],           Blocked, &[OptedOut],                         None),
        (Channel::Sms,   Emergency, false, None,         &["so"],           Blocked, &[OptedOut],                         None),
        (Channel::Sms,   Emergency, true,  None,         &["so"],           Blocked, &[EmergencyPassesDoNotContact, OptedOut], None),
        (Channel::Sms,   Routine,   true,  Some(Email),  &["so"],           Blocked, &[DoNotContact, OptedOut, PrefersAnother], None),
        (Channel::Sms,   Routine,   false, None,         &["so", "s"],      Ask,     &[OptedOut],                         Some("s")),
        (Channel::Sms,   Routine,   false, None,         &["p"],            Blocked, &[NotSmsCapable],                    None),
        (Channel::Sms,   Routine,   false, None,         &["sb", "p"],      Blocked, &[MethodBounced],                    None),
        (Channel::Sms,   Routine,   false, None,         &["si"],           Blocked, &[MethodInvalid],                    None),
        (Channel::Sms,   Routine,   false, None,         &[],               Blocked, &[NoMethod],                         None),
    ];
    for (channel, purpose, do_not_contact, prefers, phones, verdict, reasons, over) in table {
        let contact = contact(*do_not_contact, *prefers);
        let phones: Vec<phone::Model> = phones.iter().map(|letters| phone(letters)).collect();
        let person = Person { contact: &contact, phones: &phones, emails: &[], addresses: &[] };
        let judged = judge(person, *channel, *purpose);
        let codes: Vec<ReasonCode> = judged.reasons.iter().map(|reason| reason.code).collect();
        let number = judged.method.as_ref().map(|method| match method {
            Method::Phone(phone) => phone.number.as_str(),
            other => panic!("{other:?}"),
        });
        let row = (channel, purpose, do_not_contact, prefers, &phones);
        assert_eq!((judged.verdict, codes.as_slice(), number), (*verdict, *reasons, *over), "{row:?}");
        assert_eq!(judged.wants_a_reason(), codes.contains(&EmergencyPassesDoNotContact));
        assert!(codes.is_sorted(), "the order of precedence");
    }
}

#[test]
fn letters_emails_and_meetings_follow_it_too() {
    use VerificationState::{Bounced, Pending, Unverified};
    let (neutral, marked) = (contact(false, None), contact(true, None));
    let bounced = [email(Bounced)];
    let some = [email(Bounced), email(Unverified), email(Pending)];
    let home = [address()];
    let verdict = |contact, emails, addresses, channel| {
        let judged = judge(Person { contact, phones: &[], emails, addresses }, channel, Purpose::Routine);
        (judged.verdict, judged.reasons.first().map(|reason| reason.code), judged.method)
    };
    assert_eq!(verdict(&neutral, &some, &[], Channel::Email), (Verdict::Allowed, None, Some(Method::Email(&some[1]))));
    assert_eq!(
        verdict(&neutral, &bounced, &[], Channel::Email),
        (Verdict::Blocked, Some(ReasonCode::MethodBounced), None)
    );
    assert_eq!(verdict(&neutral, &[], &[], Channel::Email), (Verdict::Blocked, Some(ReasonCode::NoMethod), None));
    assert_eq!(verdict(&neutral, &[], &home, Channel::Mail), (Verdict::Allowed, None, Some(Method::Address(&home[0]))));
    assert_eq!(verdict(&neutral, &[], &[], Channel::InPerson), (Verdict::Allowed, None, None));
    assert_eq!(verdict(&marked, &[], &[], Channel::InPerson), (Verdict::Blocked, Some(ReasonCode::DoNotContact), None));
    assert_eq!(verdict(&marked, &some, &[], Channel::Email), (Verdict::Blocked, Some(ReasonCode::DoNotContact), None));
}
