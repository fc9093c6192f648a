//! All links of many parents, however many one of them has: a file leaves none out. It knows no file.

use std::collections::HashMap;

use liaison_entity::Node;
use uuid::Uuid;

use crate::access::SightedLink;
use crate::failure::Fault;
use crate::reading::{LinkFilter, LinkOrder, LinkQuery, LinkedNode, ListError, Page, Side, links};
use crate::session::Reader;

/// So many links of one parent are read at first: few have more.
const AT_FIRST: u32 = 50;

/// The open links of each of `parents`, in the order in which they are kept. One statement for all whose links fit a page.
pub(super) async fn all<J, N>(
    reader: &Reader,
    side: Side,
    parents: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<LinkedNode<J, N>>>, Fault>
where
    J: SightedLink,
    N: Node,
{
    let query = LinkQuery { filter: LinkFilter::default(), order: LinkOrder::default(), direction: Default::default() };
    let mut all = HashMap::with_capacity(parents.len());
    if parents.is_empty() {
        return Ok(all);
    }
    let first = Page::first(AT_FIRST);
    for (parent, mut slice) in links::<J, N>(reader, side, parents, &query, &first).await.map_err(ListError::ours)? {
        let mut linked = Vec::with_capacity(slice.rows.len());
        loop {
            let last = slice.rows.last().map(|(cursor, _)| cursor.clone());
            linked.extend(slice.rows.into_iter().map(|(_, row)| row));
            if !slice.has_next {
                break;
            }
            let page = Page { after: last, ..Page::first(super::PAGE) };
            let mut next = links::<J, N>(reader, side, vec![parent], &query, &page).await.map_err(ListError::ours)?;
            slice = next.remove(&parent).unwrap_or_default();
        }
        all.insert(parent, linked);
    }
    Ok(all)
}
