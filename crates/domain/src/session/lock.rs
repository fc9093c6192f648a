//! What a command keeps others from changing until it has ended: advisory locks by name, each taken in one order, and instead of a great many
//! of them the one that stands before all.

use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::Row as _;
use uuid::Uuid;

use super::{Sql, Transaction};
use crate::failure::Fault;

/// Something that a command keeps others from changing until it has ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// One phone, email address or address, to change it or what hangs on it. Taken before all others: whoever changes one takes those who
    /// hold it next.
    Method(Uuid),
    /// One node, to change it or what hangs on it.
    Node(Uuid),
    /// One node, to rely on it: others may rely on it too, nobody may change it.
    Relied(Uuid),
    /// Who is primary for a role (or a kind of address) at one owner.
    Role(Uuid, &'static str),
    /// One name in use, such as a subdomain.
    Name(String),
}

impl Lock {
    /// Whether nothing that a client wrote stands in its key.
    pub(super) const fn is_plain(&self) -> bool {
        !matches!(self, Self::Name(_))
    }

    fn key(&self) -> String {
        match self {
            Self::Method(id) | Self::Node(id) | Self::Relied(id) => format!("node {id}"),
            Self::Role(id, role) => format!("role {role} {id}"),
            Self::Name(name) => format!("name {name}"),
        }
    }
}

/// So many locks are taken one by one at most, each time that some are wanted. A database has room for a few thousand, whoever holds them; whoever
/// needs more, as for a phone that thousands hold, keeps everybody who locks anything from writing for its moment.
const MOST: usize = 1_000;

/// The lock that stands before all: shared by whoever takes locks one by one, held alone by whoever holds everything.
const GATE: &str = "hashtextextended('everything', 0)";

/// How much a command holds. It is a try's: one that finds out that it needs too many locks is tried again and holds everything from its beginning,
/// for who holds some and waits for all others to end waits for those who wait for it.
#[derive(Debug, Default)]
pub(super) struct Hold {
    is_everything: bool,
    is_too_much: AtomicBool,
}

impl Hold {
    /// That of the next try.
    pub fn again(&self) -> Self {
        Self { is_everything: self.is_everything || self.is_too_much.load(Ordering::Relaxed), ..Self::default() }
    }

    /// Whether more was to be locked than can be one by one.
    pub fn is_too_much(&self) -> bool {
        self.is_too_much.load(Ordering::Relaxed)
    }

    /// The statement that takes everything as part of the simple query that opens the transaction, if that is what is held.
    pub fn opening(&self) -> Option<String> {
        self.is_everything.then(|| format!("; SELECT pg_advisory_xact_lock({GATE})"))
    }

    fn more_than_can_be(&self) -> Fault {
        self.is_too_much.store(true, Ordering::Relaxed);
        Fault::Contended("more has to be locked than can be one by one".to_owned())
    }

    /// Takes the locks in one order, also where everything is held: a server of an older version knows of no such thing. `also` is evaluated with
    /// each of them.
    pub async fn take(&self, transaction: &Transaction, mut locks: Vec<Lock>, also: &'static str) -> Result<(), Fault> {
        if locks.is_empty() {
            return Ok(());
        }
        locks.sort();
        locks.dedup();
        let sql = match locks.as_slice() {
            many if many.len() > MOST => match (self.is_everything, also) {
                (false, _) => return Err(self.more_than_can_be()),
                (true, "") => return Ok(()),
                (true, _) => Sql::new(format!("SELECT 1{also}")),
            },
            [lock] => {
                let shared = if matches!(lock, Lock::Relied(_)) { "_shared" } else { "" };
                let mut sql = Sql::new(format!(
                    "SELECT pg_advisory_xact_lock_shared({GATE}), pg_advisory_xact_lock{shared}(hashtextextended("
                ));
                sql.push_bind(lock.key()).push(format_args!(", 0)){also}"));
                sql
            }
            several => {
                let (keys, shared, late) = wanted(several);
                let (before, after) = in_order(also);
                let mut sql = Sql::new(before);
                sql.push_bind(keys).push("::text[], ").push_bind(shared).push("::boolean[], ").push_bind(late);
                sql.push("::boolean[]").push(after);
                sql
            }
        };
        transaction.fetch(sql).await.map(drop).map_err(Fault::from)
    }

    /// Takes those of everybody who holds a method, whom the viewer may not see, so the database names them.
    pub async fn take_holders(&self, transaction: &Transaction, method: Uuid) -> Result<(), Fault> {
        if self.is_everything {
            return Ok(());
        }
        let mut sql = Sql::new("SELECT app.lock_holders_of(");
        sql.push_bind(method).push(format_args!(", {MOST})"));
        let rows = transaction.fetch(sql).await?;
        let row = rows.first().ok_or_else(|| Fault::Internal("app.lock_holders_of gave no row".to_owned()))?;
        match row.try_get(0)? {
            true => Ok(()),
            false => Err(self.more_than_can_be()),
        }
    }
}

/// What is to be locked, as three arrays: the keys, who may share them, and who stands behind all methods.
type Wanted = (Vec<String>, Vec<bool>, Vec<bool>);

fn wanted(locks: &[Lock]) -> Wanted {
    let shared = locks.iter().map(|lock| matches!(lock, Lock::Relied(_))).collect();
    let late = locks.iter().map(|lock| !matches!(lock, Lock::Method(_))).collect();
    (locks.iter().map(Lock::key).collect(), shared, late)
}

/// The statement that takes [`Wanted`] locks, which stand between these two, in one order, whoever asks, so that two commands never wait for
/// each other in a circle; before them all, once, a share in the one that stands before them. With each of them `also` is evaluated.
fn in_order(also: &str) -> (String, &'static str) {
    let before = format!(
        "SELECT (SELECT pg_advisory_xact_lock_shared({GATE})),
                CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END{also}
         FROM (SELECT hashtextextended(name, 0) AS key, bool_and(shared) AS shared, bool_and(late) AS late FROM unnest("
    );
    (before, ") AS wanted (name, shared, late) GROUP BY 1 ORDER BY 3, 1) AS ordered")
}

/// What each connection prepares at its beginning, for [`locking`].
pub(super) fn lock_prepared() -> String {
    let (before, after) = in_order("");
    format!("PREPARE liaison_lock (text[], boolean[], boolean[]) AS {before}$1, $2, $3{after}")
}

/// The statement that takes locks as part of the simple query that opens the transaction. Keys are made of ids and of words of our own.
pub(super) fn locking(mut locks: Vec<Lock>) -> String {
    locks.sort();
    locks.dedup();
    let (keys, shared, late) = wanted(&locks);
    let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    let flags = |flags: Vec<bool>| flags.iter().map(bool::to_string).collect::<Vec<_>>().join(",");
    format!("; EXECUTE liaison_lock ('{{{}}}', '{{{}}}', '{{{}}}')", keys.join(","), flags(shared), flags(late))
}
