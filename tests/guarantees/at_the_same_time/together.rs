//! What links repeat stays what their nodes say while methods are corrected, linked, unlinked and spoken of at once: a link that is made
//! while its phone changes has the one or the other and ends with the last.

use std::sync::Arc;

use liaison_server::demo::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::links_repeat::nothing_is_out_of_date;
use super::{at_once, proved};
use crate::support::{App, Who};

/// So many at once, in a few rounds: all of them want one phone and two addresses, and wait for each other.
const AT_ONCE: usize = 20;
const ROUNDS: usize = 3;

fn play(call: &str, values: Value) -> (Who, String, Value) {
    let declared: String = values.as_object().unwrap().keys().map(|name| format!("${name}: UUID!, ")).collect();
    let query = format!("mutation ({declared}) {{ done: {call} {{ userErrors {{ code message }} }} }}");
    (Who::acme_admin(), query, values)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn links_made_while_their_methods_change_repeat_what_these_became() {
    let app = Arc::new(App::demo().await);
    let (phone, here, there) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    let office = |id: Uuid| json!({ "id": id });
    for call in [
        play(
            "phoneCreate(phone: { id: $phone, number: \"+1 217 555 0144\", code: \"mobile\" })",
            json!({ "phone": phone }),
        ),
        play(
            "addressCreate(address: { id: $id, type: PHYSICAL, street1: \"1 Here Street\", city: \"Springfield\" })",
            office(here),
        ),
        play(
            "addressCreate(address: { id: $id, type: PHYSICAL, street1: \"1 There Street\", city: \"Springfield\" })",
            office(there),
        ),
        play("phoneLink(phoneId: $phone, to: { addressId: $here })", json!({ "phone": phone, "here": here })),
        play("phoneLink(phoneId: $phone, to: { addressId: $here })", json!({ "phone": phone, "here": there })),
    ] {
        let answer = app.ask_with(&call.0, &call.1, call.2).await;
        assert_eq!(answer.at("/done/userErrors"), &json!([]));
    }
    let people = ["Jane Doe", "Bob Smith", "Alice Johnson"].map(ids::contact);
    for round in 0..ROUNDS {
        let answers = at_once(&app, AT_ONCE, |at| {
            let (person, address) = (people[at / 2 % 3], [here, there][at % 2]);
            let of_phone = json!({ "phone": phone, "person": person });
            let of_address = json!({ "address": address, "person": person });
            match (at + round) % 10 {
                0 | 5 => play(
                    &format!("phoneUpdate(id: $phone, phone: {{ label: \"Line {round} {at}\" }})"),
                    json!({ "phone": phone }),
                ),
                1 | 6 => play(
                    &format!("addressUpdate(id: $address, address: {{ street1: \"{round}{at} Moved Street\" }})"),
                    json!({ "address": address }),
                ),
                2 | 7 => play("phoneLink(phoneId: $phone, to: { contactId: $person })", of_phone),
                3 => play("phoneUnlink(phoneId: $phone, from: { contactId: $person })", of_phone),
                4 => play("phoneSmsOptOut(id: $phone)", json!({ "phone": phone })),
                8 => play(
                    "addressLink(addressId: $address, to: { contactId: $person }, holding: { type: MAILING })",
                    of_address,
                ),
                _ => play("addressUnlink(addressId: $address, from: { contactId: $person })", of_address),
            }
        })
        .await;
        for answer in &answers {
            assert_eq!(answer.at("/done/userErrors"), &json!([]));
        }
        nothing_is_out_of_date(&app).await;
    }
    proved(&app).await;
}
