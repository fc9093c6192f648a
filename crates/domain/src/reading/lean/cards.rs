//! What stands on a contact's card, one ready row a contact (`contact_cards`): its first phones with where they stand, its first email
//! addresses and addresses, each list as the bytes in which the database sends it below a row. It is made by the very statement that reads
//! such a list, so that a card is read like any list that came with its row.
//!
//! Whoever sees a contact sees its methods; where a phone stands is seen by whom the address is in sight for. So who does not see everything
//! has those among the addresses on a card told that they see, and of the others nothing is written.

use liaison_entity::{
    Junction, Node, address, contact_address, contact_email, contact_phone, email_code, phone_address, phone_code,
};

use super::super::cursor::BadCursor;
use super::super::linked::{LinkQuery, Side};
use super::super::listing::Page;
use super::rows::{Below, Shape};
use super::{By, LeanColumns, LeanList, Path, Wanted};
use crate::access::{self, Scope, Sighted};
use crate::session::Sql;

/// The table.
pub(crate) const TABLE: &str = "contact_cards";
/// So many of each list stand on a card, and one more where there are more: a page of the size that whoever names none gets.
const MOST: u32 = 50;
/// What cards are laid out by. Whoever changes what stands in a part of a card, or in which order, raises it: cards of another layout are not
/// read, and are made anew at a server's start.
pub(crate) const LAYOUT: i32 = 1;

/// A list on a card.
pub(super) struct Part {
    /// Where it stands.
    column: &'static str,
    path: Path,
    /// What stands there of each link, behind the node's id.
    link: &'static [Wanted],
    /// What stands there of the node, as links repeat it, behind that.
    node: &'static [Wanted],
    /// The list below each row.
    below: Option<&'static Self>,
}

const fn code(table: &'static str) -> Wanted {
    // Nobody renames a code (`crate::code`); what else is said of one changes, and stands on no card.
    Wanted::Code { table, column: "code" }
}

/// What stands there of an address, whoever is found there.
const ADDRESS: [Wanted; 9] = [
    Wanted::Link("address_label"),
    Wanted::Link("address_usual_type"),
    Wanted::Link("address_street1"),
    Wanted::Link("address_street2"),
    Wanted::Link("address_city"),
    Wanted::Link("address_state"),
    Wanted::Link("address_postal_code"),
    Wanted::Link("address_country"),
    Wanted::Link("address_version"),
];

const PHONES: Part = Part {
    column: "phones",
    path: Path::of::<contact_phone::Entity>(Side::Downhill),
    link: &[Wanted::Link("is_primary"), Wanted::Link("sort_order"), code(<phone_code::Entity as Node>::TABLE)],
    node: &[
        Wanted::Link("phone_number"),
        Wanted::Link("phone_e164"),
        Wanted::Link("phone_extension"),
        Wanted::Link("phone_label"),
        Wanted::Link("phone_is_sms_capable"),
        Wanted::Link("phone_is_sms_opted_out"),
        Wanted::Link("phone_verification_state"),
        Wanted::Link("phone_version"),
    ],
    below: Some(&PLACES),
};
const PLACES: Part = Part {
    column: "places",
    path: Path::of::<phone_address::Entity>(Side::Downhill),
    link: &[],
    node: &ADDRESS,
    below: None,
};
const EMAILS: Part = Part {
    column: "emails",
    path: Path::of::<contact_email::Entity>(Side::Downhill),
    link: &[
        Wanted::Link("is_primary"),
        Wanted::Link("sort_order"),
        code(<email_code::Entity as Node>::TABLE),
        Wanted::Link("match_key"),
    ],
    node: &[
        Wanted::Link("email_address"),
        Wanted::Link("email_label"),
        Wanted::Link("email_is_notification_enabled"),
        Wanted::Link("email_verification_state"),
        Wanted::Link("email_version"),
    ],
    below: None,
};
const ADDRESSES: Part = Part {
    column: "addresses",
    path: Path::of::<contact_address::Entity>(Side::Downhill),
    link: &[
        Wanted::Link("address_type"),
        Wanted::Link("is_primary"),
        Wanted::Link("sort_order"),
        Wanted::Link("starts_on"),
        Wanted::Link("ends_on"),
    ],
    node: &ADDRESS,
    below: None,
};

/// The lists on a card.
const PARTS: [&Part; 3] = [&PHONES, &EMAILS, &ADDRESSES];

/// The part of a card that has all that this list, below a row that is a contact's, asks for; none if no part has.
pub(super) fn part_of(list: &LeanList) -> Option<&'static Part> {
    PARTS.into_iter().find(|part| part.has(list))
}

/// The names of the columns of a card beside whose it is.
pub(crate) fn columns() -> [&'static str; 4] {
    [PHONES.column, EMAILS.column, ADDRESSES.column, PLACES.column]
}

/// Pushes what stands in [`columns`] of the card of the contact whose id stands there. Of more places than a list shows nobody is told on the
/// card which they are.
pub(crate) fn push_made(sql: &mut Sql, contact: &str) {
    for part in PARTS {
        part.push_made(sql, By::EVERYBODY, contact, 1).expect("a first page has no cursor");
        sql.push(", ");
    }
    sql.push(format_args!(
        "(SELECT CASE WHEN count(*) <= {MOST} THEN coalesce(array_agg(place.id ORDER BY place.id), '{{}}') END
          FROM (SELECT DISTINCT a.{address} AS id FROM {phones} l JOIN {places} a ON a.{phone} = l.{phone}
                WHERE l.contact_id = {contact} AND l.unlinked_at IS NULL AND a.unlinked_at IS NULL) AS place)",
        phones = <contact_phone::Entity as Junction>::TABLE,
        places = <phone_address::Entity as Junction>::TABLE,
        phone = <phone_address::Entity as Junction>::UPHILL_ID,
        address = <phone_address::Entity as Junction>::DOWNHILL_ID,
    ));
}

/// Pushes the card of the rows `page…` of this level, for lists below them. Who has none that can be read, since an older or newer server wrote it,
/// has nothing in its columns: a fault for whoever reads a list there, and so a reason to read links.
pub(super) fn push_card(sql: &mut Sql, scope: Scope, level: usize) {
    let columns = columns().map(|column| format!("k.{column}")).join(", ");
    // Fenced, so that each row has its card looked up, and the rows stay in their order.
    sql.push(format_args!(
        " LEFT JOIN LATERAL (SELECT {columns} FROM {TABLE} k WHERE k.contact_id = page{level}.node AND k.layout = {LAYOUT} AND "
    ));
    access::contact_in_sight(scope, sql, "k.contact_id");
    sql.push(format_args!(" OFFSET 0) AS card{level} ON true"));
}

impl Part {
    fn has(&self, LeanList { path, query, page, columns }: &LeanList) -> bool {
        let LeanColumns { wanted, is_placed, below } = columns;
        *path == self.path
            && *query == LinkQuery::default()
            && page.limit <= MOST
            && *page == Page::first(page.limit)
            && !is_placed
            && wanted.iter().all(|column| self.place_of(column).is_some())
            && below.iter().all(|list| self.below.is_some_and(|part| part.has(list)))
    }

    /// Where a column stands in its records, behind the node's id.
    fn place_of(&self, column: &Wanted) -> Option<usize> {
        self.link.iter().chain(self.node).position(|known| known == column).map(|at| 1 + at)
    }

    /// All of it.
    fn list(&self) -> LeanList {
        let below = self.below.iter().map(|part| part.list().into()).collect();
        let columns = LeanColumns { wanted: [self.link, self.node].concat(), is_placed: false, below };
        LeanList { path: self.path, query: LinkQuery::default(), page: Page::first(MOST), columns }
    }

    /// Pushes it as it is made, of the contact whose id stands there.
    fn push_made(&self, sql: &mut Sql, by: By, contact: &str, level: usize) -> Result<(), BadCursor> {
        sql.push("array_send(");
        self.list().push_array(sql, by, contact, level)?;
        sql.push(")");
        Ok(())
    }

    /// Whether who does not see everything has to be told which places they see, whichever wall says so.
    fn is_sifted(&self, by: By, list: &LeanList) -> bool {
        !by.is_of_all && self.below.is_some() && !list.columns.below.is_empty()
    }

    /// Pushes it as the card of the row of this level has it.
    pub(super) fn push(&self, sql: &mut Sql, by: By, list: &LeanList, level: usize) -> Result<(), BadCursor> {
        let column = format!("card{level}.{}", self.column);
        if !self.is_sifted(by, list) {
            sql.push(format_args!(", {column}"));
            return Ok(());
        }
        // Of more places than a card tells, the lists are made as they are in sight.
        let places = format!("card{level}.{}", PLACES.column);
        sql.push(format_args!(", CASE WHEN {places} IS NULL THEN "));
        self.push_made(sql, by, &format!("page{level}.node"), level + 1)?;
        sql.push(format_args!(
            " ELSE {column} END, CASE WHEN {places} IS NOT NULL THEN ARRAY(SELECT n.id FROM {} n WHERE n.id = ANY({places}) AND ",
            <address::Entity as Node>::TABLE
        ));
        address::Entity::in_sight(by.scope, sql, "n");
        sql.push(") END");
        Ok(())
    }

    /// How a list is read of it that stands in this cell: the cells that it takes, and what they have.
    pub(super) fn read(&self, by: By, list: &LeanList, at: usize) -> (usize, Below) {
        let is_sifted = self.is_sifted(by, list);
        let places = is_sifted.then_some(at + 1);
        (1 + usize::from(is_sifted), Below { at, shape: self.shape(list), page: list.page.clone(), sight: places })
    }

    /// Where the records of it have what a list wants.
    fn shape(&self, list: &LeanList) -> Shape {
        let columns = list.columns.wanted.iter().filter_map(|column| self.place_of(column)).collect();
        let behind = 1 + self.link.len() + self.node.len();
        let nested = list.columns.below.iter().zip(self.below.into_iter().cycle());
        let below = nested.map(|(list, part)| Below {
            at: behind,
            shape: part.shape(list),
            page: list.page.clone(),
            sight: None,
        });
        Shape { node: 0, columns: Some(columns), place: None, below: below.collect() }
    }
}
