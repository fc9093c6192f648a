//! The read models that follow from the facts: who sees whom and what, how many organizations share a contact, whether a method is linked,
//! which phones have a number that wants no text messages, what everybody is found by, what people are compared by.
//! They are recomputed for what a batch of events touched, by the live path and by the replay alike; they decide nothing.

use std::collections::BTreeSet;

use sea_orm::DbErr;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::contact::card;
use crate::search::keep::{Filling, Stale};
use crate::search::texts::{Source, push_texts};
use crate::session::{Sql, Transaction};
use crate::{link, search};

/// What a batch of events touched, so that what follows from it can be made true again.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Contacts that came or went, or whose owner or organization links changed.
    pub contacts: BTreeSet<Uuid>,
    /// Contacts of whom nothing changed that anybody sees them by, but what is repeated where they are seen: the name, whether they are active.
    pub renamed: BTreeSet<Uuid>,
    /// Partners whose providers changed: everybody that they link is seen by others now.
    pub partners: BTreeSet<Uuid>,
    /// Contacts whose methods changed.
    pub holders: BTreeSet<Uuid>,
    /// Whether a link was closed or an owner changed: only then can anybody have lost sight of something.
    pub has_losses: bool,
    /// Phones, emails and addresses whose links changed.
    pub phones: BTreeSet<Uuid>,
    pub emails: BTreeSet<Uuid>,
    pub addresses: BTreeSet<Uuid>,
    /// Contacts that came, went or are called otherwise: what they are found by changed.
    pub named: BTreeSet<Uuid>,
    /// Contacts of whom something else changed that they are compared by: a title, a login, a role.
    pub compared: BTreeSet<Uuid>,
    /// Contacts that came: nobody else knows of them yet.
    pub made: BTreeSet<Uuid>,
    /// Methods that came: nobody else knows of them yet either.
    pub made_methods: BTreeSet<Uuid>,
    /// Whether the rows of those that came say already what follows from the links that came with them.
    pub is_foreseen: bool,
    /// Methods of whatever kind that say something else: all who hold them are found and compared otherwise.
    pub rewritten: BTreeSet<Uuid>,
    /// Methods of which anything else is said than before, or where they stand: it stands on the cards of all who hold them.
    pub restated: BTreeSet<Uuid>,
    /// Contacts of whose methods something changed that nobody sees, finds or compares them by: which is the primary one.
    pub carded: BTreeSet<Uuid>,
    /// Organizations that came or are called otherwise.
    pub organizations: BTreeSet<Uuid>,
    /// Phones that have another number than before.
    pub renumbered: BTreeSet<Uuid>,
    /// Numbers that began or ceased to want text messages.
    pub consents: BTreeSet<String>,
}

impl Touched {
    /// Whether nothing is touched but people and methods that came, with what came with them, and methods that such people are linked to.
    pub(crate) fn is_new(&self) -> bool {
        let Self { contacts, holders, named, compared, carded, made, .. } = self;
        let others =
            [&self.renamed, &self.partners, &self.rewritten, &self.restated, &self.organizations, &self.renumbered];
        self.is_foreseen
            && !self.has_losses
            && others.into_iter().all(BTreeSet::is_empty)
            && self.consents.is_empty()
            && [contacts, holders, named, compared, carded].into_iter().all(|touched| touched.is_subset(made))
            && made.len() <= search::keep::BATCH
    }
}

/// Makes every read model true again for what was touched.
pub(crate) async fn refresh(transaction: &Transaction, mut touched: Touched) -> Result<(), DbErr> {
    if touched.is_new() {
        return tell_new(transaction, touched).await;
    }
    if !touched.partners.is_empty() {
        let mut sql = Sql::new("SELECT DISTINCT contact_id FROM organization_contacts WHERE organization_id = ANY(");
        sql.push_bind(touched.partners.into_iter().collect::<Vec<_>>()).push(") AND unlinked_at IS NULL");
        for row in transaction.fetch(sql).await? {
            touched.contacts.insert(sqlx::Row::try_get(&row, 0).map_err(|error| DbErr::Custom(error.to_string()))?);
        }
    }
    let mut holders = std::mem::take(&mut touched.holders);
    touched.carded.extend(holders.iter().chain(&touched.made));
    let mut found = std::mem::take(&mut touched.named);
    found.extend(&holders);
    holders.extend(&touched.contacts);
    let mut holders: Vec<Uuid> = holders.into_iter().collect();
    let methods: Vec<Uuid> =
        [&touched.phones, &touched.emails, &touched.addresses].into_iter().flatten().copied().collect();
    if hold_rows(transaction, &holders, &methods).await? {
        // Who was merged, maybe while this waited, is seen with the survivor: so are the survivor's methods.
        let survivors = survivors(transaction, &touched.contacts).await?;
        hold_rows(transaction, &survivors, &[]).await?;
        holders.extend(survivors);
    }
    touched.renamed.retain(|id| !touched.contacts.contains(id));
    refresh_contacts(transaction, Rows::These(touched.contacts)).await?;
    refresh_names(transaction, touched.renamed).await?;
    let linked = vec![(PHONES, touched.phones), (EMAILS, touched.emails), (ADDRESSES, touched.addresses)];
    refresh_method_sights(transaction, holders, linked, touched.has_losses).await?;
    if !touched.renumbered.is_empty() || !touched.consents.is_empty() {
        let phones = refresh_opt_outs(transaction, Some((touched.renumbered, touched.consents))).await?;
        touched.restated.extend(phones);
    }
    // Last of all: their rows are locked after everything else that anybody locks.
    let Touched { compared, made, rewritten: methods, organizations, carded, restated, .. } = touched;
    search::keep::refresh(transaction, Stale { found, compared, made, methods, organizations }).await?;
    card::refresh(transaction, carded, restated).await
}

/// Makes every read model true for all there is: a replay does it once, when all events are applied, and not batch by batch. What
/// the live path keeps true step by step is thereby proved against what follows from the facts as a whole.
pub(crate) async fn refresh_all(transaction: &Transaction) -> Result<(), DbErr> {
    refresh_contacts(transaction, Rows::All).await?;
    let sql = format!(
        "INSERT INTO method_sights (organization_id, method_id) {}",
        seen_methods(&METHODS, "contact_sights", "TRUE", "TRUE")
    );
    transaction.execute(Sql::new(sql)).await?;
    for method in METHODS {
        let mut sql = Sql::new("");
        push_linked(&mut sql, &Rows::All, method);
        transaction.execute(sql).await?;
    }
    refresh_opt_outs(transaction, None).await?;
    search::keep::fill(transaction, Filling::Both).await?;
    card::fill(transaction).await.map(drop)
}

/// As [`refresh`], of people and methods that came just now. Nobody else sees them yet, so nobody derives anything of them, nobody has lost
/// sight of them and nothing was kept of them: what follows is only added. A method that was there before is held as ever.
async fn tell_new(transaction: &Transaction, touched: Touched) -> Result<(), DbErr> {
    let Touched { made, made_methods, phones, emails, addresses, .. } = touched;
    let linked = [(PHONES, phones), (EMAILS, emails), (ADDRESSES, addresses)];
    let there =
        linked.each_ref().map(|(of, ids)| (*of, ids.difference(&made_methods).copied().collect::<BTreeSet<_>>()));
    let held: Vec<Uuid> = there.iter().flat_map(|(_, ids)| ids).copied().collect();
    hold_rows(transaction, &[], &held).await?;
    let people: Vec<Uuid> = made.into_iter().collect();
    if people.is_empty() {
        return refresh_method_sights(transaction, Vec::new(), linked.into(), false).await;
    }
    let texts = tell_people(transaction, &people, linked.into(), there.into()).await?;
    search::keep::tell_new(transaction, &texts, &people).await?;
    card::make(transaction, &people).await
}

/// On what ground an organization sees somebody who comes.
pub(crate) struct Ground {
    pub organization_id: Uuid,
    pub contact_id: Uuid,
    /// It is theirs.
    pub is_owner: bool,
    /// They have a role there.
    pub is_linked: bool,
    pub sort_name: String,
    pub is_active: bool,
}

/// Pushes the telling of who sees people who come with the same statement, as parts of it, and of who sees the methods that come with them
/// (`held`: the person, the method). Only which providers a partner brought is read: whoever changes that waits for those who link at the
/// partner.
pub(crate) fn push_coming(sql: &mut Sql, grounds: Vec<Ground>, held: Vec<(Uuid, Uuid)>) {
    let ids = |of: fn(&Ground) -> Uuid| grounds.iter().map(of).collect::<Vec<_>>();
    let flags = |of: fn(&Ground) -> bool| grounds.iter().map(of).collect::<Vec<_>>();
    sql.push(", ground AS (SELECT * FROM unnest(").push_bind(ids(|ground| ground.organization_id)).push("::uuid[], ");
    sql.push_bind(ids(|ground| ground.contact_id)).push("::uuid[], ").push_bind(flags(|ground| ground.is_owner));
    sql.push("::boolean[], ").push_bind(flags(|ground| ground.is_linked)).push("::boolean[], ");
    sql.push_bind(grounds.iter().map(|ground| ground.sort_name.clone()).collect::<Vec<_>>()).push("::text[], ");
    sql.push_bind(flags(|ground| ground.is_active)).push(format_args!(
        "::boolean[]) AS g (organization_id, contact_id, is_owner, is_linked, sort_name, is_active)
         ), sights AS (
           INSERT INTO contact_sights ({SIGHT})
           SELECT g.organization_id, g.contact_id, bool_or(g.is_owner), bool_or(g.is_linked), bool_or(g.is_brought), false,
                  g.sort_name, g.is_active, true, false
           FROM (SELECT ground.*, false AS is_brought FROM ground
                 UNION ALL
                 SELECT brought.id, l.contact_id, false, false, l.sort_name, l.is_active, true
                 FROM ground l CROSS JOIN LATERAL (
                   SELECT o.id FROM organizations_projection o WHERE o.referring_partner_id = l.organization_id OFFSET 0) AS brought
                 WHERE l.is_linked) g
           GROUP BY g.organization_id, g.contact_id, g.sort_name, g.is_active
           RETURNING organization_id, contact_id
         )"
    ));
    if !held.is_empty() {
        let (people, methods): (Vec<Uuid>, Vec<Uuid>) = held.into_iter().unzip();
        sql.push(", seen AS (INSERT INTO method_sights (organization_id, method_id) SELECT DISTINCT s.organization_id, h.method_id FROM unnest(");
        sql.push_bind(people).push("::uuid[], ").push_bind(methods);
        sql.push("::uuid[]) AS h (contact_id, method_id) JOIN sights s ON s.contact_id = h.contact_id)");
    }
}

/// Says who sees these people, who came just now, and the methods that were linked with them, of which some were there before. What the
/// people are found and compared by.
async fn tell_people(
    transaction: &Transaction,
    people: &[Uuid],
    mut linked: Linked,
    there: Linked,
) -> Result<Vec<PgRow>, DbErr> {
    linked.retain(|(_, ids)| !ids.is_empty());
    let mut sql = Sql::new("WITH touched AS (SELECT c.id, c.id AS root FROM contacts_projection c WHERE c.id = ANY(");
    sql.push_bind(people).push(format_args!(
        ")), {WANTED}, sights AS (
           INSERT INTO contact_sights ({SIGHT}) SELECT * FROM wanted RETURNING organization_id, contact_id)"
    ));
    if !linked.is_empty() {
        sql.push(", asked AS (SELECT ");
        sql.push_bind(linked.iter().flat_map(|(_, ids)| ids).copied().collect::<Vec<_>>()).push("::uuid[])");
        let kinds: Vec<Method> = linked.iter().map(|(method, _)| *method).collect();
        let seen = seen_methods(&kinds, "sights", "l.contact_id = ANY($1)", "l.METHOD = ANY($2)");
        sql.push(format_args!(
            ", seen AS (INSERT INTO method_sights (organization_id, method_id) {seen} ON CONFLICT DO NOTHING)"
        ));
    }
    push_parts_linked(&mut sql, there);
    let sources = linked.iter().map(|(method, _)| match *method {
        PHONES => Source::Phones,
        EMAILS => Source::Emails,
        _ => Source::Addresses,
    });
    let sources: Vec<Source> = [Source::People, Source::Roles].into_iter().chain(sources).collect();
    sql.push(" ");
    push_texts(&mut sql, people, &sources, &|_, _| {});
    transaction.fetch(sql).await
}

/// Waits until nobody else is deriving anything of these contacts and of the methods that they hold, and keeps others from it until
/// this transaction ends. A command locks what it decides on; what follows from it reaches further (a provider's sight of its
/// partner's people, a phone that two hold). The statements after this one see what the others wrote: without it, two who unlink
/// the last two holders of a phone would each leave its sight to the other. Only read models rest on this, not the log's order.
/// Whether one of the contacts was merged, as it is once it is held.
async fn hold_rows(transaction: &Transaction, contacts: &[Uuid], methods: &[Uuid]) -> Result<bool, DbErr> {
    if contacts.is_empty() && methods.is_empty() {
        return Ok(false);
    }
    let mut sql = Sql::new("WITH touched AS (SELECT ");
    sql.push_bind(contacts).push("::uuid[] AS contacts, ").push_bind(methods);
    sql.push(
        "::uuid[] AS methods), held AS MATERIALIZED (
           SELECT count(*), coalesce(bool_or(merged_into_id IS NOT NULL), false) AS is_merged
           FROM (SELECT merged_into_id FROM contacts_projection WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE) row)",
    );
    // As an array, so that each row is looked up: the planner would rather read the whole of a table that it takes for small.
    let mut kinds = String::from("SELECT held.is_merged, held.count");
    for (at, (table, contact_links, _, column)) in METHODS.into_iter().enumerate() {
        sql.push(format_args!(
            ", held_{at} AS MATERIALIZED (
               SELECT count(*) FROM (SELECT FROM {table} WHERE id = ANY(ARRAY(
                 SELECT unnest($2) UNION SELECT {column} FROM {contact_links} WHERE contact_id = ANY($1) AND unlinked_at IS NULL
               )) ORDER BY id FOR NO KEY UPDATE) row)"
        ));
        kinds.push_str(&format!(" + (SELECT count FROM held_{at})"));
    }
    // Where phones stand is told by everybody who has them: whoever changes such an address and whoever links the phone meet at the place.
    sql.push(format_args!(
        ", places AS MATERIALIZED (
           SELECT count(*) FROM (
             SELECT FROM phone_addresses WHERE unlinked_at IS NULL AND phone_id = ANY($2) ORDER BY id FOR SHARE) row)
         {kinds} + (SELECT count FROM places) FROM touched, held"
    ));
    let rows = transaction.fetch(sql).await?;
    let read = |row| sqlx::Row::try_get(row, "is_merged").map_err(|error| DbErr::Custom(error.to_string()));
    rows.first().map_or(Ok(false), read)
}

/// The ends of the chains of those among these contacts who were merged.
async fn survivors(transaction: &Transaction, contacts: &BTreeSet<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    let mut sql = Sql::new(
        "WITH RECURSIVE chain AS (
           SELECT id, merged_into_id FROM contacts_projection WHERE merged_into_id IS NOT NULL AND id = ANY(",
    );
    sql.push_bind(contacts.iter().copied().collect::<Vec<_>>());
    sql.push(
        ") UNION
           SELECT c.id, c.merged_into_id FROM contacts_projection c JOIN chain ON c.id = chain.merged_into_id
         )
         SELECT id FROM chain WHERE merged_into_id IS NULL ORDER BY id",
    );
    let rows = transaction.fetch(sql).await?;
    rows.iter().map(|row| sqlx::Row::try_get(row, 0).map_err(|error| DbErr::Custom(error.to_string()))).collect()
}

/// Of which rows something is recomputed.
enum Rows {
    /// Of these, which the live path has touched.
    These(BTreeSet<Uuid>),
    /// Of all there are, in a replay.
    All,
}

impl Rows {
    fn is_none(&self) -> bool {
        matches!(self, Self::These(ids) if ids.is_empty())
    }

    /// Pushes a query of their ids, in a column `id`.
    fn push(&self, sql: &mut Sql, table: &str) {
        match self {
            Self::These(ids) => {
                sql.push("SELECT unnest(").push_bind(ids.iter().copied().collect::<Vec<_>>()).push("::uuid[]) AS id");
            }
            Self::All => drop(sql.push("SELECT id FROM ").push(table)),
        }
    }
}

/// A kind of method: its table, the links of contacts and of organizations to it, and the column in which they name it.
type Method = (&'static str, &'static str, &'static str, &'static str);

const PHONES: Method = ("phones_projection", "contact_phones", "organization_phones", "phone_id");
const EMAILS: Method = ("emails_projection", "contact_emails", "organization_emails", "email_id");
const ADDRESSES: Method = ("addresses_projection", "contact_addresses", "organization_addresses", "address_id");

const METHODS: [Method; 3] = [PHONES, EMAILS, ADDRESSES];

/// A query of who sees which method of these kinds: whoever sees a contact that holds it, as `sights` says, and the organizations that hold
/// it. The conditions are on the contact's link and on the organization's; `METHOD` in them stands for the column that names the method.
fn seen_methods(kinds: &[Method], sights: &str, of_contact: &str, of_organization: &str) -> String {
    let each = kinds.iter().map(|(_, contacts, organizations, column)| {
        let (of_contact, of_organization) =
            (of_contact.replace("METHOD", column), of_organization.replace("METHOD", column));
        format!(
            "SELECT s.organization_id, l.{column} AS method_id FROM {contacts} l JOIN {sights} s ON s.contact_id = l.contact_id
             WHERE l.unlinked_at IS NULL AND ({of_contact})
             UNION SELECT l.organization_id, l.{column} FROM {organizations} l WHERE l.unlinked_at IS NULL AND ({of_organization})"
        )
    });
    each.collect::<Vec<_>>().join(" UNION ")
}

/// Methods whose links changed, by kind.
type Linked = Vec<(Method, BTreeSet<Uuid>)>;

/// Makes it true who sees the methods of these contacts, and these methods, and whether anybody is linked to them. What was linked only adds
/// sights, and only for its own ends: a contact more at an office held by thousands looks at nobody else there. What was closed has all
/// holders looked at. One statement: no part of it reads what another writes, and no sight that goes is one that comes.
async fn refresh_method_sights(
    transaction: &Transaction,
    holders: Vec<Uuid>,
    linked: Linked,
    has_losses: bool,
) -> Result<(), DbErr> {
    let methods: Vec<Uuid> = linked.iter().flat_map(|(_, ids)| ids).copied().collect();
    if holders.is_empty() && methods.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("WITH asked AS (SELECT ");
    sql.push_bind(holders).push("::uuid[] AS contacts, ").push_bind(methods).push("::uuid[] AS methods)");
    if has_losses {
        let touched = "l.METHOD IN (SELECT id FROM touched)";
        let wanted = seen_methods(&METHODS, "contact_sights", touched, touched);
        let held = METHODS.map(|(_, contacts, _, column)| {
            format!(" UNION SELECT {column} FROM {contacts} WHERE unlinked_at IS NULL AND contact_id = ANY($1)")
        });
        sql.push(format_args!(
            ", touched AS (SELECT unnest($2) AS id{}), wanted AS ({wanted}), lost AS (
               DELETE FROM method_sights s USING touched t WHERE s.method_id = t.id AND NOT EXISTS (
                 SELECT FROM wanted w WHERE w.organization_id = s.organization_id AND w.method_id = s.method_id))",
            held.concat()
        ));
    }
    push_parts_linked(&mut sql, linked);
    let seen = seen_methods(&METHODS, "contact_sights", "l.contact_id = ANY($1)", "l.METHOD = ANY($2)");
    sql.push(format_args!(" INSERT INTO method_sights (organization_id, method_id) {seen} ON CONFLICT DO NOTHING"));
    transaction.execute(sql).await.map(drop)
}

/// Pushes the telling of whether anybody is linked to each of these methods.
fn push_linked(sql: &mut Sql, rows: &Rows, method: Method) {
    let (table, of_contact, of_organization, column) = method;
    sql.push(format_args!(
        "UPDATE {table} m SET is_linked = now.is_linked
         FROM (SELECT touched.id,
                      EXISTS (SELECT FROM {of_contact} l WHERE l.{column} = touched.id AND l.unlinked_at IS NULL)
                      OR EXISTS (SELECT FROM {of_organization} l WHERE l.{column} = touched.id AND l.unlinked_at IS NULL) AS is_linked
               FROM ("
    ));
    rows.push(sql, table);
    sql.push(") AS touched) now WHERE now.id = m.id AND m.is_linked <> now.is_linked");
}

/// The same of methods by kind, as parts of a statement that has some already.
fn push_parts_linked(sql: &mut Sql, methods: Linked) {
    for (method, ids) in methods.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        sql.push(format_args!(", in_{} AS (", method.0));
        push_linked(sql, &Rows::These(ids), method);
        sql.push(")");
    }
}

/// Which phones have a number that wants no text messages (domain.md §6): of these phones and of everybody's with these numbers, or of
/// all there are. The phones of which something else is said than before.
pub(crate) async fn refresh_opt_outs(
    transaction: &Transaction,
    of: Option<(BTreeSet<Uuid>, BTreeSet<String>)>,
) -> Result<Vec<Uuid>, DbErr> {
    let mut sql = Sql::new(
        "UPDATE phones_projection p SET is_sms_opted_out = now.opted_out_at IS NOT NULL, sms_opted_out_at = now.opted_out_at
         FROM (SELECT m.id, o.opted_out_at FROM phones_projection m LEFT JOIN sms_opt_outs o ON o.e164 = m.e164",
    );
    if let Some((phones, numbers)) = of {
        sql.push(" WHERE m.id = ANY(").push_bind(phones.into_iter().collect::<Vec<_>>()).push(") OR m.e164 = ANY(");
        sql.push_bind(numbers.into_iter().collect::<Vec<_>>()).push(")");
    }
    sql.push(") now WHERE now.id = p.id AND p.sms_opted_out_at IS DISTINCT FROM now.opted_out_at RETURNING p.id");
    let rows = transaction.fetch(sql).await?;
    let phones: Result<Vec<Uuid>, sqlx::Error> = rows.iter().map(|row| sqlx::Row::try_get(row, 0)).collect();
    let phones = phones.map_err(|error| DbErr::Custom(error.to_string()))?;
    if !phones.is_empty() {
        link::repeat(transaction, PHONES.0, phones.clone()).await?;
    }
    Ok(phones)
}

/// Makes it true how these contacts are called wherever they are seen. Their rows are held since the events wrote them, and whoever derives
/// sights of them holds them too: this sees what the others wrote.
async fn refresh_names(transaction: &Transaction, contacts: BTreeSet<Uuid>) -> Result<(), DbErr> {
    if contacts.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(
        "UPDATE contact_sights s SET sort_name = c.sort_name, contact_is_active = c.is_active
         FROM contacts_projection c
         WHERE s.contact_id = c.id AND (s.sort_name, s.contact_is_active) IS DISTINCT FROM (c.sort_name, c.is_active) AND c.id = ANY(",
    );
    sql.push_bind(contacts.into_iter().collect::<Vec<_>>()).push(")");
    transaction.execute(sql).await.map(drop)
}

/// Domain.md §5, first paragraph: owner, own open link, open link to the referring partner, own referral. Two parts of a statement whose
/// `touched` names people (`id`) and whom they were merged into (`root`); those who were merged are one person, whoever sees one of them on
/// any of these grounds sees them all. `wanted` has the columns of [`SIGHT`].
const WANTED: &str = "ground AS (
           SELECT c.owner_organization_id AS organization_id, c.id AS contact_id, t.root,
                  true AS is_owner, false AS is_linked, false AS is_staff_of_partner, false AS is_referred
           FROM contacts_projection c JOIN touched t ON t.id = c.id
           UNION ALL
           SELECT l.organization_id, l.contact_id, t.root, false, true, false, false
           FROM organization_contacts l JOIN touched t ON t.id = l.contact_id WHERE l.unlinked_at IS NULL
           UNION ALL
           -- A probe for each of these links: joined freely, the roles of everybody at all partners are read and hashed first.
           SELECT brought.id, t.id, t.root, false, false, true, false
           FROM touched t CROSS JOIN LATERAL (
             SELECT o.id FROM organization_contacts l JOIN organizations_projection o ON o.referring_partner_id = l.organization_id
             WHERE l.contact_id = t.id AND l.unlinked_at IS NULL OFFSET 0) AS brought
           UNION ALL
           SELECT r.partner_organization_id, r.contact_id, t.root, false, false, false, true
           FROM referrals r JOIN touched t ON t.id = r.contact_id
         ), wanted AS (
           SELECT g.organization_id, t.id AS contact_id, bool_or(g.is_owner AND g.contact_id = t.id) AS is_owner,
                  bool_or(g.is_linked AND g.contact_id = t.id) AS is_linked,
                  bool_or(g.is_staff_of_partner AND g.contact_id = t.id) AS is_staff_of_partner,
                  bool_or(g.is_referred AND g.contact_id = t.id) AS is_referred,
                  c.sort_name, c.is_active AS contact_is_active, c.deleted_at IS NULL AS is_listed,
                  bool_or(g.contact_id <> t.id) AS is_merged
           FROM ground g JOIN touched t ON t.root = g.root JOIN contacts_projection c ON c.id = t.id
           GROUP BY g.organization_id, t.id, c.sort_name, c.is_active, c.deleted_at)";

/// The columns of a sight.
const SIGHT: &str = "organization_id, contact_id, is_owner, is_linked, is_staff_of_partner, is_referred, sort_name, contact_is_active, is_listed, is_merged";

/// Makes it true who sees these contacts, and how many organizations share them.
async fn refresh_contacts(transaction: &Transaction, rows: Rows) -> Result<(), DbErr> {
    if rows.is_none() {
        return Ok(());
    }
    // A loss is told to whoever follows the log, at the place of the events that led to it. A replay tells nothing: it happened before.
    let losses = match &rows {
        Rows::These(_) => {
            ", lost AS (
               INSERT INTO sight_losses (organization_id, contact_id, recorded_at)
               SELECT organization_id, contact_id,
                      (SELECT max(e.recorded_at) FROM domain_events e WHERE e.epoch = app.epoch() AND e.xid = pg_current_xact_id())
               FROM (SELECT * FROM gone ORDER BY organization_id, contact_id) gone
             )"
        }
        Rows::All => "",
    };
    let mut sql = Sql::new("WITH RECURSIVE named AS (");
    rows.push(&mut sql, "contacts_projection");
    sql.push(
        "), survivor AS (
           SELECT id FROM named
           UNION
           SELECT c.merged_into_id FROM contacts_projection c JOIN survivor s ON s.id = c.id WHERE c.merged_into_id IS NOT NULL
         ), touched AS (
           SELECT c.id, c.id AS root FROM contacts_projection c JOIN survivor s ON s.id = c.id WHERE c.merged_into_id IS NULL
           UNION ALL
           SELECT c.id, t.root FROM contacts_projection c JOIN touched t ON t.id = c.merged_into_id
         ), ",
    );
    sql.push(WANTED).push(
        ", gone AS (
           DELETE FROM contact_sights s
           WHERE s.contact_id = ANY(ARRAY(SELECT id FROM touched)) AND NOT EXISTS (
             SELECT FROM wanted w WHERE w.organization_id = s.organization_id AND w.contact_id = s.contact_id)
           RETURNING s.organization_id, s.contact_id
         )",
    );
    sql.push(losses).push(
        ", counted AS (
           UPDATE contacts_projection c SET organization_count = now.shared_by, last_linked_at = now.last_linked_at
           FROM (SELECT t.id, linked.* FROM named t CROSS JOIN LATERAL (
             SELECT count(DISTINCT l.organization_id) AS shared_by, max(l.linked_at) AS last_linked_at
             FROM organization_contacts l WHERE l.contact_id = t.id AND l.unlinked_at IS NULL) AS linked) now
           WHERE now.id = c.id
             AND (c.organization_count <> now.shared_by OR c.last_linked_at IS DISTINCT FROM now.last_linked_at)
         )",
    );
    sql.push(format_args!(
        " INSERT INTO contact_sights AS s ({SIGHT}) SELECT * FROM wanted
         ON CONFLICT (organization_id, contact_id) DO UPDATE
         SET is_owner = excluded.is_owner, is_linked = excluded.is_linked, is_staff_of_partner = excluded.is_staff_of_partner,
             is_referred = excluded.is_referred, sort_name = excluded.sort_name,
             contact_is_active = excluded.contact_is_active, is_listed = excluded.is_listed, is_merged = excluded.is_merged
         WHERE s IS DISTINCT FROM excluded"
    ));
    transaction.execute(sql).await.map(drop)
}
