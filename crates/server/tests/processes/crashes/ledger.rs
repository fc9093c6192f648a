//! Clients that write without rest and remember what they were told. When they stop is decided by how much was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use liaison_domain::position::PositionKey;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Row};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::behind::{proved, rows};
use crate::client::{ACME, Answer, Client};

const WRITERS: usize = 6;

/// A person with all that one request can bring: a crash in the middle of it would show. The id is left to the server, so that a
/// request that is done twice makes two.
const CREATE: &str = "mutation ($contact: ContactCreateInput!) {
    contactCreate(contact: $contact) { position contact { id phones { totalCount } } userErrors { code } } }";
const PHONES: usize = 3;

fn person(key: Uuid) -> Value {
    let number = |at| format!("+1 217 555 {:04}", (key.as_u128() as usize + at) % 10_000);
    let phones: Vec<Value> = (0..PHONES).map(|at| json!({ "phone": { "create": { "number": number(at) } } })).collect();
    let emails = json!([{ "email": { "create": { "address": format!("{key}@acme.example") } } }]);
    json!({ "contact": { "allowDuplicate": true, "firstName": "Written", "lastName": key, "phones": phones, "emails": emails,
        "organizations": [{ "type": "EMERGENCY" }] } })
}

/// What one of the writers learnt.
enum Word {
    /// The client is about to ask for a person, with this idempotency key, which is the family name too.
    Begun(Uuid),
    /// It was told this.
    Acknowledged(Uuid, Acknowledged),
}

/// What a client keeps of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Acknowledged {
    id: Uuid,
    position: String,
}

impl Acknowledged {
    fn of(answer: &Answer) -> Self {
        let contact = &answer.payload()["contact"];
        assert_eq!(contact["phones"]["totalCount"], PHONES, "{:#}", answer.body);
        Self {
            id: contact["id"].as_str().unwrap().parse().unwrap(),
            position: answer.position().expect("a new person is written").to_owned(),
        }
    }
}

/// Everything that was asked for and that was acknowledged, over all crashes.
#[derive(Default)]
pub struct Ledger {
    begun: BTreeSet<Uuid>,
    acknowledged: BTreeMap<Uuid, Acknowledged>,
}

/// Clients at work.
pub struct Load {
    words: mpsc::UnboundedReceiver<Word>,
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn start(client: &Client, url: &str) -> Self {
        let (tell, words) = mpsc::unbounded_channel();
        let stop = Arc::new(AtomicBool::new(false));
        let writers =
            (0..WRITERS).map(|_| tokio::spawn(write(client.clone(), url.to_owned(), tell.clone(), stop.clone())));
        Self { writers: writers.collect(), words, stop }
    }
}

/// Writes until it is told to stop. A server whose database is gone goes on answering: it is asked again.
async fn write(client: Client, url: String, tell: mpsc::UnboundedSender<Word>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        let key = Uuid::new_v4();
        tell.send(Word::Begun(key)).unwrap();
        let (wanted, idempotency) = (person(key), key.to_string());
        let asked = client.try_ask(&url, ACME, CREATE, &wanted, Some(&idempotency));
        // Not acknowledged either: the line broke. Whether there will be another is seen by trying.
        let Ok(answer) = asked.await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        match answer.code() {
            None => tell.send(Word::Acknowledged(key, Acknowledged::of(&answer))).unwrap(),
            // Not acknowledged: perhaps it is written, perhaps not.
            Some("UNAVAILABLE") => {}
            Some(code) => panic!("{code}: {:#}", answer.body),
        }
    }
}

impl Ledger {
    /// Whether something was acknowledged.
    fn note(&mut self, word: Word) -> bool {
        match word {
            Word::Begun(key) => !self.begun.insert(key),
            Word::Acknowledged(key, told) => self.acknowledged.insert(key, told).is_none(),
        }
    }

    /// Sends all that was ever begun again, each under its key: what was acknowledged is told again, what was not is done now if it
    /// was not done before. The client cannot tell the two apart, and need not.
    pub async fn send_all_again(&mut self, client: &Client, url: &str) {
        for key in self.begun.clone() {
            let answer = loop {
                let answer = client.ask_keyed(url, ACME, CREATE, &person(key), Some(&key.to_string())).await;
                // PostgreSQL may not have seen yet that the one who held the key is dead.
                if !answer.is_in_flight() {
                    break answer;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            };
            let told = Acknowledged::of(&answer);
            let before = self.acknowledged.insert(key, told.clone());
            assert!(before.as_ref().is_none_or(|before| *before == told), "{before:?} is {told:?} now");
        }
    }

    /// Listens until so many more are acknowledged.
    pub async fn listen(&mut self, load: &mut Load, acknowledged: usize) {
        let mut still = acknowledged;
        while still > 0 {
            let word = load.words.recv().await.expect("writers at work");
            still -= usize::from(self.note(word));
        }
    }

    /// Lets the writers end, and notes what they still were told.
    pub async fn end(&mut self, mut load: Load) {
        load.stop.store(true, Ordering::SeqCst);
        for writer in load.writers {
            writer.await.unwrap();
        }
        while let Ok(word) = load.words.try_recv() {
            self.note(word);
        }
    }

    /// All that was acknowledged is there, where it was said to be; what was not is there whole or not at all; and the log proves
    /// the tables. What is there.
    pub async fn holds(&self, owner: &PgConnectOptions) -> BTreeSet<Uuid> {
        proved(owner).await;
        let written = rows(
            owner,
            "SELECT c.last_name AS key,
               (SELECT count(*) FROM contact_phones l JOIN phones_projection m ON m.id = l.phone_id WHERE l.contact_id = c.id) AS phones,
               (SELECT count(*) FROM contact_emails l JOIN emails_projection m ON m.id = l.email_id WHERE l.contact_id = c.id) AS emails,
               (SELECT count(*) FROM organization_contacts l WHERE l.contact_id = c.id) AS roles,
               (SELECT count(*) FROM contact_sights s WHERE s.contact_id = c.id) AS sights
             FROM contacts_projection c WHERE c.first_name = 'Written'",
        )
        .await;
        let mut found = BTreeSet::new();
        for row in &written {
            let key: Uuid = row["key"].as_str().unwrap().parse().unwrap();
            assert!(self.begun.contains(&key), "nobody asked for {row}");
            let whole = json!({ "key": key, "phones": PHONES, "emails": 1, "roles": 1, "sights": 1 });
            assert_eq!(*row, whole, "by halves");
            assert!(found.insert(key), "{key} was done twice");
        }
        for key in self.acknowledged.keys() {
            assert!(found.contains(key), "{key} was acknowledged and is gone");
        }
        // What belongs to nobody would be the other half.
        for (methods, links, method) in
            [("phones_projection", "contact_phones", "phone_id"), ("emails_projection", "contact_emails", "email_id")]
        {
            let alone = format!(
                "SELECT m.id FROM {methods} m JOIN domain_events e ON e.stream_id = m.id JOIN domain_events c ON c.xid = e.xid AND c.epoch = e.epoch
                 WHERE c.event_type = 'contact.created' AND c.data->>'first_name' = 'Written' AND e.stream_version = 1
                   AND NOT EXISTS (SELECT FROM {links} l WHERE l.{method} = m.id)"
            );
            assert_eq!(rows(owner, &alone).await, [Value::Null; 0]);
        }
        self.positions_hold(owner).await;
        found
    }

    /// A client's position names the last event of what it wrote.
    async fn positions_hold(&self, owner: &PgConnectOptions) {
        let mut owner = PgConnection::connect_with(owner).await.unwrap();
        let secret: Vec<u8> =
            sqlx::query_scalar("SELECT secret FROM installation").fetch_one(&mut owner).await.unwrap();
        let key = PositionKey::new(&secret);
        for Acknowledged { id, position } in self.acknowledged.values() {
            let place = key.open(position).expect("a position that this installation gave out");
            let there = sqlx::query(
                "SELECT c.stream_id, last.seq FROM domain_events c
                 CROSS JOIN LATERAL (SELECT max(seq) AS seq FROM domain_events e WHERE e.epoch = c.epoch AND e.xid = c.xid) last
                 WHERE c.event_type = 'contact.created' AND c.epoch = $1 AND c.xid = $2::text::xid8",
            )
            .bind(i32::try_from(place.epoch).unwrap())
            .bind(place.xid.to_string())
            .fetch_one(&mut owner)
            .await
            .unwrap_or_else(|error| panic!("{id} is not where it was said to be: {error}"));
            assert_eq!((there.get::<Uuid, _>("stream_id"), there.get::<i64, _>("seq")), (*id, place.seq));
        }
    }

    /// All that was begun.
    pub fn begun(&self) -> &BTreeSet<Uuid> {
        &self.begun
    }

    /// What was acknowledged.
    pub fn acknowledged(&self) -> BTreeSet<Uuid> {
        self.acknowledged.keys().copied().collect()
    }
}
