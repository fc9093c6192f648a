//! What an address says and who has a phone that stands there are changed under different locks, and stand on one card.

use std::sync::Arc;

use liaison_server::demo::ids;
use uuid::Uuid;

use super::change;
use super::order_of_the_log::{done, held_between};
use crate::support::{App, Who};

/// The reception, and two phones that stand there; Jane has one of them.
async fn reception(app: &App) -> [Uuid; 3] {
    let [office, hers, another]: [Uuid; 3] = std::array::from_fn(|_| Uuid::new_v4());
    let (ada, jane) = (Who::super_admin(), ids::contact("Jane Doe"));
    let address =
        format!("address: {{ id: \"{office}\", type: MAILING, street1: \"1 Office Park\", city: \"Joliet\" }}");
    done(app, &ada, change("addressCreate", &address)).await;
    for (id, number) in [(hers, "0177"), (another, "0178")] {
        let phone = format!("phone: {{ id: \"{id}\", number: \"+1 630 555 {number}\", code: \"office\" }}");
        done(app, &ada, change("phoneCreate", &phone)).await;
        done(app, &ada, change("phoneLink", &format!("phoneId: \"{id}\", to: {{ addressId: \"{office}\" }}"))).await;
    }
    done(app, &ada, change("phoneLink", &format!("phoneId: \"{hers}\", to: {{ contactId: \"{jane}\" }}"))).await;
    [office, hers, another]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_gets_a_phone_while_its_place_changes_has_the_place_as_it_is() {
    for links_first in [false, true] {
        let app = Arc::new(App::demo().await);
        let [office, _, another] = reception(&app).await;
        let (ada, jane, john) = (Who::super_admin(), ids::contact("Jane Doe"), ids::contact("John Doe"));
        let moves = change("addressUpdate", &format!("id: \"{office}\", address: {{ street1: \"2 Office Park\" }}"));
        let links = change("phoneLink", &format!("phoneId: \"{another}\", to: {{ contactId: \"{john}\" }}"));
        // Each has written its rows, and asked whom they concern, when it comes to the card.
        let (first, second, at) = if links_first { (links, moves, john) } else { (moves, links, jane) };
        let names = [first.0.clone(), second.0.clone()];
        let (first, second) = held_between(&app, ("contact_cards", at), (&ada, first), (&ada, second)).await;
        first.done(&names[0]);
        second.done(&names[1]);
        app.is_proved().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_change_what_stands_on_one_card_at_once_both_stand_there() {
    let app = Arc::new(App::demo().await);
    let [office, hers, another] = reception(&app).await;
    let (jane, owner) = (ids::contact("Jane Doe"), ids::organization("acme"));
    for round in 0..12 {
        let who = format!("firstName: \"Person {round}\", lastName: \"Of Many\", ownerOrganizationId: \"{owner}\"");
        let (link, end) = if round % 2 == 0 { ("phoneLink", "to") } else { ("phoneUnlink", "from") };
        let changes = [
            change("addressUpdate", &format!("id: \"{office}\", address: {{ street1: \"{round} Office Park\" }}")),
            change("phoneUpdate", &format!("id: \"{hers}\", phone: {{ label: \"Desk {round}\" }}")),
            change(
                "contactCreate",
                &format!("contact: {{ {who}, allowDuplicate: true, phones: [{{ phone: {{ id: \"{another}\" }} }}] }}"),
            ),
            change(link, &format!("phoneId: \"{another}\", {end}: {{ contactId: \"{jane}\" }}")),
        ];
        let under_way = changes.map(|change| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { done(&app, &Who::super_admin(), change).await })
        });
        for one in under_way {
            one.await.unwrap();
        }
    }
    app.is_proved().await;
}
