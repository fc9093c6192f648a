//! What an open link repeats of the node that it leads to, so that a list is read from its links alone. This is the one home of that rule:
//! which column of which node stands where. What is repeated is written with what it follows from, in the event's transaction, live and
//! in a replay alike. A link that has ended repeats nothing: what becomes of the node afterwards is not its matter.

use liaison_entity::{Node, address, contact, email, phone};
use sea_orm::DbErr;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Kind;
use crate::session::{Sql, Transaction};

/// A node's columns and the names under which its links repeat them.
#[derive(Debug)]
pub(crate) struct Repeats {
    /// The node's table.
    node: &'static str,
    /// The links that lead to it.
    links: &'static [Kind],
    /// The node's column, and the link's.
    columns: &'static [(&'static str, &'static str)],
    /// As `columns`, of what a link goes on telling when it has ended.
    kept: &'static [(&'static str, &'static str)],
}

const OF_CONTACTS: Repeats = Repeats {
    node: <contact::Entity as Node>::TABLE,
    links: &[Kind::OrganizationContact],
    columns: &[
        ("first_name", "contact_first_name"),
        ("last_name", "contact_last_name"),
        ("title", "contact_title"),
        ("department", "contact_department"),
        ("preferred_contact_method", "contact_preferred_method"),
        ("do_not_contact", "contact_do_not_contact"),
        ("version", "contact_version"),
        ("created_at", "contact_created_at"),
        ("updated_at", "contact_updated_at"),
    ],
    kept: &[("sort_name", "sort_name"), ("is_active", "contact_is_active")],
};

const OF_PHONES: Repeats = Repeats {
    node: <phone::Entity as Node>::TABLE,
    links: &[Kind::ContactPhone, Kind::OrganizationPhone],
    columns: &[
        ("number", "phone_number"),
        ("e164", "phone_e164"),
        ("extension", "phone_extension"),
        ("label", "phone_label"),
        ("is_sms_capable", "phone_is_sms_capable"),
        ("is_sms_opted_out", "phone_is_sms_opted_out"),
        ("sms_opted_out_at", "phone_sms_opted_out_at"),
        ("verification_state", "phone_verification_state"),
        ("version", "phone_version"),
        ("updated_at", "phone_updated_at"),
    ],
    kept: &[],
};

const OF_EMAILS: Repeats = Repeats {
    node: <email::Entity as Node>::TABLE,
    links: &[Kind::ContactEmail, Kind::OrganizationEmail],
    columns: &[
        ("address", "email_address"),
        ("label", "email_label"),
        ("is_notification_enabled", "email_is_notification_enabled"),
        ("verification_state", "email_verification_state"),
        ("version", "email_version"),
        ("updated_at", "email_updated_at"),
    ],
    kept: &[],
};

const OF_ADDRESSES: Repeats = Repeats {
    node: <address::Entity as Node>::TABLE,
    links: &[Kind::ContactAddress, Kind::OrganizationAddress, Kind::PhoneAddress],
    columns: &[
        ("label", "address_label"),
        ("type", "address_usual_type"),
        ("street1", "address_street1"),
        ("street2", "address_street2"),
        ("city", "address_city"),
        ("state", "address_state"),
        ("postal_code", "address_postal_code"),
        ("country", "address_country"),
        ("version", "address_version"),
        ("updated_at", "address_updated_at"),
    ],
    kept: &[],
};

/// The name under which open links of a junction repeat a column of the nodes that they lead to; nothing, if they do not.
pub(crate) fn repeated(junction: &str, column: &str) -> Option<&'static str> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.table() == junction)?;
    kind.repeats().every().find(|(known, _)| *known == column).map(|(_, repeated)| *repeated)
}

const ALL: [&Repeats; 4] = [&OF_CONTACTS, &OF_PHONES, &OF_EMAILS, &OF_ADDRESSES];

impl Repeats {
    fn every(&self) -> impl Iterator<Item = &(&'static str, &'static str)> {
        self.columns.iter().chain(self.kept)
    }

    /// What a node's row `n` makes a link's row say.
    fn set(&self) -> String {
        let each = self.every().map(|(column, repeated)| format!("{repeated} = n.{column}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

impl Kind {
    /// What links of this kind repeat.
    const fn repeats(self) -> &'static Repeats {
        match self {
            Self::OrganizationContact => &OF_CONTACTS,
            Self::OrganizationPhone | Self::ContactPhone => &OF_PHONES,
            Self::OrganizationEmail | Self::ContactEmail => &OF_EMAILS,
            Self::OrganizationAddress | Self::ContactAddress | Self::PhoneAddress => &OF_ADDRESSES,
        }
    }

    /// For the making of links, rows `r`: the columns that they repeat, what of their nodes `n` these are, and where the nodes are from.
    /// A number's opt-out reaches phones whose locks it does not take: it and the making of a link meet at the phone's row.
    pub(super) fn repeated(self) -> (String, String, String) {
        let Repeats { node, .. } = self.repeats();
        let pairs = || self.repeats().every();
        let lock = if *node == OF_PHONES.node { " FOR NO KEY UPDATE OF n" } else { "" };
        (
            pairs().map(|(_, repeated)| format!(", {repeated}")).collect(),
            pairs().map(|(column, _)| format!(", n.{column}")).collect(),
            format!(" JOIN {node} n ON n.id = r.{}{lock}", self.ends().1),
        )
    }

    /// As [`Self::repeated`], where the node comes with the same statement: the columns, what of the rows `r` these are, and where else they
    /// are from. What a number said of text messages no row says by itself.
    pub(super) fn repeated_coming(self) -> (String, String, &'static str) {
        let is_of_phones = self.repeats().node == OF_PHONES.node;
        let chosen = |(column, repeated): &(&str, &str)| match *column {
            "is_sms_opted_out" if is_of_phones => ", said.opted_out_at IS NOT NULL".to_owned(),
            "sms_opted_out_at" if is_of_phones => ", said.opted_out_at".to_owned(),
            _ => format!(", r.{repeated}"),
        };
        let said = " LEFT JOIN LATERAL (SELECT o.opted_out_at FROM sms_opt_outs o WHERE o.e164 = r.phone_e164 OFFSET 0) AS said ON true";
        let pairs = || self.repeats().every();
        (
            pairs().map(|(_, repeated)| format!(", {repeated}")).collect(),
            pairs().map(chosen).collect(),
            if is_of_phones { said } else { "" },
        )
    }

    /// Has a link's row say what it repeats of its node's row, both told by their columns.
    pub(super) fn repeat_in(self, row: &mut Map<String, Value>, node: &Map<String, Value>) {
        for (column, repeated) in self.repeats().every() {
            row.insert((*repeated).to_owned(), node.get(*column).cloned().unwrap_or_default());
        }
    }

    /// For the ending of links: what they do not tell any more.
    pub(super) fn concealed(self) -> String {
        self.repeats().columns.iter().map(|(_, repeated)| format!(", {repeated} = NULL")).collect()
    }

    /// Makes these links say what they should, whether they are open or have ended: for whoever moves, opens or ends links by other means
    /// than those of this module.
    pub(crate) async fn repeat_rows(self, transaction: &Transaction, links: Vec<Uuid>) -> Result<(), DbErr> {
        let Repeats { node, columns, kept, .. } = self.repeats();
        if *node == OF_PHONES.node {
            // As where links are made: a number's opt-out and whoever opens a link meet at the phone's row.
            let mut sql = Sql::new(format!(
                "SELECT 1 FROM {node} n WHERE n.id IN (SELECT l.{} FROM {} l WHERE l.id = ANY(",
                self.ends().1,
                self.table()
            ));
            sql.push_bind(links.clone()).push(")) ORDER BY n.id FOR NO KEY UPDATE OF n");
            transaction.fetch(sql).await?;
        }
        let shown = columns.iter().map(|(column, repeated)| (column, repeated, "NULL".to_owned()));
        let kept = kept.iter().map(|(column, repeated)| (column, repeated, format!("l.{repeated}")));
        let set = shown.chain(kept).map(|(column, repeated, otherwise)| {
            format!("{repeated} = CASE WHEN l.unlinked_at IS NULL THEN n.{column} ELSE {otherwise} END")
        });
        let mut sql = Sql::new(format!(
            "UPDATE {} l SET {} FROM {node} n WHERE n.id = l.{} AND l.id = ANY(",
            self.table(),
            set.collect::<Vec<_>>().join(", "),
            self.ends().1
        ));
        sql.push_bind(links).push(")");
        transaction.execute(sql).await.map(drop)
    }
}

/// Makes what open links repeat of these nodes what the nodes say now: one statement, whatever links lead to them. It is a statement of its
/// own, after the one that changed the nodes: it sees the links of those for whom that one had to wait.
pub(crate) async fn repeat(transaction: &Transaction, node_table: &str, ids: Vec<Uuid>) -> Result<(), DbErr> {
    tell(transaction, node_table, ids, None).await
}

/// As [`repeat`], of a method that has another value: its open links say its code and match key too, by which an owner's links are unique.
pub(crate) async fn repeat_value(
    transaction: &Transaction,
    method_table: &str,
    method_id: Uuid,
    code_id: Uuid,
    match_key: &str,
) -> Result<(), DbErr> {
    tell(transaction, method_table, vec![method_id], Some((code_id, match_key))).await
}

async fn tell(
    transaction: &Transaction,
    node_table: &str,
    ids: Vec<Uuid>,
    value: Option<(Uuid, &str)>,
) -> Result<(), DbErr> {
    let Some(repeats) = ALL.into_iter().find(|repeats| repeats.node == node_table) else { return Ok(()) };
    let set = repeats.set();
    let mut sql = Sql::new("WITH ");
    for (at, kind) in repeats.links.iter().enumerate() {
        let (links, end) = (kind.table(), kind.ends().1);
        if at > 0 {
            sql.push(", ");
        }
        // Both sides by the ids, so that each is looked up by its index.
        sql.push(format_args!("in_{links} AS (UPDATE {links} l SET {set}"));
        if let Some((code_id, match_key)) = value {
            sql.push(", method_code_id = ").push_bind(code_id).push(", match_key = ").push_bind(match_key.to_owned());
        }
        sql.push(format_args!(" FROM {} n WHERE n.id = ", repeats.node));
        push_one_or_any(&mut sql, &ids);
        sql.push(format_args!(" AND l.{end} = "));
        push_one_or_any(&mut sql, &ids);
        sql.push(format_args!(" AND l.{end} = n.id AND l.unlinked_at IS NULL)"));
    }
    sql.push(" SELECT");
    transaction.execute(sql).await.map(drop)
}

/// Leaves out of a link's row, told by its columns, what it repeats of its node.
pub(crate) fn leave_out_repeated(links_table: &str, row: &mut Map<String, Value>) {
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.table() == links_table) {
        row.retain(|column, _| kind.repeats().columns.iter().all(|(_, repeated)| repeated != column));
    }
}

fn push_one_or_any(sql: &mut Sql, ids: &[Uuid]) {
    match ids {
        [id] => sql.push_bind(*id),
        ids => sql.push("ANY(").push_bind(ids.to_vec()).push(")"),
    };
}

/// Makes what a person's open roles repeat of them true again. A role that has ended keeps the name and the activity of its end.
pub(crate) async fn repeat_contact(transaction: &Transaction, contact_id: Uuid) -> Result<(), DbErr> {
    repeat(transaction, OF_CONTACTS.node, vec![contact_id]).await
}
