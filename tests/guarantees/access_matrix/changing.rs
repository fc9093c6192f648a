//! Trying every mutation as somebody, with every id that it takes being the viewer's own, another's, and nobody's. A refusal must
//! leave no trace (I5), and what is foreign must read like what is missing (I6).

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::scene::{Kit, Methods, Seat, kit};
use crate::guarantees::served::{Noun, Served, Slot};
use crate::support::App;
use crate::support::change::trace;

/// Whose the id is.
const WHOSE: [&str; 4] = ["own", "seen", "foreign", "missing"];

/// What somebody has at hand to try with.
struct Hands {
    own: Kit,
    seen: Option<Kit>,
    foreign: Option<Kit>,
}

/// The subdomains: whose own, where somebody else's is seen, and where not.
fn places(seat: &Seat) -> (&'static str, Option<&'static str>, Option<&'static str>) {
    match seat.name {
        "super_admin" => ("platform", Some("acme"), None),
        "partner admin" => ("techpartner", Some("acme"), Some("riverside")),
        "stranger" => ("riverside", None, Some("acme")),
        // Nobody of nowhere has anything: all is foreign.
        "of nowhere" | "nobody" => ("riverside", None, Some("acme")),
        _ => ("acme", Some("techpartner"), Some("familybridge")),
    }
}

impl Hands {
    async fn full(app: &App, seat: &Seat) -> Self {
        let (own, seen, foreign) = places(seat);
        Self {
            own: kit(app, own, own, Methods::Loose).await,
            seen: match seen {
                // A contact of theirs that has a role here, or at the partner.
                Some(seen) if own == "acme" || own == "platform" => Some(kit(app, seen, seen, Methods::Linked).await),
                Some(seen) => Some(kit(app, seen, own, Methods::Linked).await),
                None => None,
            },
            foreign: match foreign {
                Some(foreign) => Some(kit(app, foreign, foreign, Methods::Linked).await),
                None => None,
            },
        }
    }

    fn of(&self, whose: &str) -> Option<Kit> {
        match whose {
            "own" => Some(self.own),
            "seen" => self.seen,
            "foreign" => self.foreign,
            _ => Some(Kit {
                organization: Uuid::new_v4(),
                facility: Uuid::new_v4(),
                contact: Uuid::new_v4(),
                phone: Uuid::new_v4(),
                email: Uuid::new_v4(),
                address: Uuid::new_v4(),
                communication: Uuid::new_v4(),
                referral: Uuid::new_v4(),
                other: Uuid::new_v4(),
                relationship: Uuid::new_v4(),
                guardian: Uuid::new_v4(),
                assignment: Uuid::new_v4(),
            }),
        }
    }
}

impl Kit {
    fn id(&self, noun: Noun) -> Value {
        match noun {
            Noun::Organization => json!(self.organization),
            Noun::Facility => json!(self.facility),
            // An id that is in use, of whatever kind, is in use.
            Noun::Contact | Noun::New | Noun::Any => json!(self.contact),
            Noun::Phone => json!(self.phone),
            Noun::Email => json!(self.email),
            Noun::Address => json!(self.address),
            // None was made for this: `stories/imports/tenants` tries those of others.
            Noun::Import => json!(Uuid::from_u128(0xdead)),
            // Nor was anybody merged: the stories of duplicates do.
            Noun::Merge => json!(Uuid::from_u128(0xdead)),
            Noun::Communication => json!(self.communication),
            Noun::Referral => json!(self.referral),
            Noun::StudentRelationship => json!(self.relationship),
            Noun::StudentGuardian => json!(self.guardian),
            Noun::StaffAssignment => json!(self.assignment),
            Noun::OtherContact => json!(self.other),
        }
    }
}

struct Attempt<'a> {
    app: &'a App,
    owner: PgConnection,
    token: Option<String>,
    served: Served,
    /// What was there after the last try, while nothing has changed since.
    known: Option<String>,
}

/// Tries every mutation; the column of the matrix.
pub async fn change(app: &App, seat: &Seat) -> Vec<(String, String)> {
    let mut attempt = Attempt {
        app,
        owner: PgConnection::connect_with(&app.owner()).await.unwrap(),
        token: seat.token(app),
        served: Served::now(),
        known: None,
    };
    let served = Served::now();
    let mut hands = Hands::full(app, seat).await;
    let mut rows = Vec::new();
    for field in served.fields("Mutation") {
        let name = field.name.node.as_str();
        let slots = served.slots(field);
        let mut outcomes = vec![(format!("Mutation.{name}"), attempt.run(name, None, &hands.own).await.0)];
        for slot in &slots {
            let mut answers = Vec::new();
            for whose in WHOSE {
                let row = format!("Mutation.{name}({}) {whose}", slot.name());
                let Some(kit) = hands.of(whose) else {
                    outcomes.push((row, "-".to_owned()));
                    continue;
                };
                let (outcome, body) = attempt.run(name, Some((slot, kit.id(slot.noun))), &hands.own).await;
                answers.push((whose, body));
                outcomes.push((row, outcome));
            }
            let body = |of: &str| answers.iter().find(|(whose, _)| *whose == of).map(|(_, body)| body);
            let alike = if slot.noun == Noun::New { ("own", "foreign") } else { ("foreign", "missing") };
            if let (Some(one), Some(other)) = (body(alike.0), body(alike.1)) {
                assert_eq!(one, other, "{}: {name}({}) tells {} from {}", seat.name, slot.name(), alike.0, alike.1);
            }
            // A record is corrected once: the next try needs another.
            if name == "communicationCorrect" && outcomes.iter().any(|(_, outcome)| outcome == "done") {
                hands = Hands::full(app, seat).await;
                attempt.known = None;
            }
        }
        if outcomes.iter().any(|(_, outcome)| outcome == "done") {
            hands = Hands::full(app, seat).await;
            attempt.known = None;
        }
        rows.extend(outcomes);
    }
    rows
}

impl Attempt<'_> {
    /// One try: what came of it, and the body without what differs from request to request.
    async fn run(&mut self, name: &str, slot: Option<(&Slot, Value)>, own: &Kit) -> (String, String) {
        let field = self.served.field("Mutation", name);
        let arguments = self.served.arguments(field, slot, &|noun| own.id(noun));
        let (declared, passed) = self.served.call(field, &arguments);
        let query = format!(
            "mutation {declared} {{ it: {name}{passed} {{ __typename position userErrors {{ code field message }} }} }}"
        );
        let before = match self.known.take() {
            Some(known) => known,
            None => trace(&mut self.owner).await,
        };
        let body = json!({ "query": query, "variables": arguments });
        let answer = self.app.send(self.token.as_deref(), &body).await;
        let mut body = answer.body;
        for error in body["errors"].as_array_mut().into_iter().flatten() {
            error["extensions"].as_object_mut().unwrap().remove("requestId");
        }
        let outcome = outcome(&body);
        if outcome == "done" {
            body["data"]["it"]["position"] = json!("somewhere");
        } else {
            let after = trace(&mut self.owner).await;
            assert_eq!(after, before, "{name} was not done ({outcome}), and yet left a trace: {arguments}");
            self.known = Some(after);
        }
        assert!(outcome != "INTERNAL" && outcome != "CONFLICT", "{name} {arguments}: {body:#}");
        (outcome, body.to_string())
    }
}

fn outcome(body: &Value) -> String {
    if let Some(code) = body.pointer("/errors/0/extensions/code") {
        return code.as_str().unwrap().to_owned();
    }
    let payload = &body["data"]["it"];
    let codes: Vec<&str> =
        payload["userErrors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    match (codes.as_slice(), payload["position"].is_null()) {
        ([], true) => "same".to_owned(),
        ([], false) => "done".to_owned(),
        (codes, true) => codes.join("+"),
        (codes, false) => panic!("refused with {codes:?} and written"),
    }
}
