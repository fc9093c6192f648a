//! What many people hold in one junction, all of it: for whoever decides about many at once. A page for somebody is `linked`'s matter.

use uuid::Uuid;

use super::{Source, columns, model};
use crate::access::SightedLink;
use crate::failure::Fault;
use crate::session::Sql;

/// An open link and the node at its lower end.
pub(crate) struct Held<J: SightedLink, N: liaison_entity::Node> {
    pub link: J::Model,
    pub node: N::Model,
}

/// The open links of these owners, as far as they are in sight, each owner's as it keeps them.
pub(crate) async fn held<J: SightedLink>(
    source: &impl Source,
    owners: Vec<Uuid>,
) -> Result<Vec<Held<J, J::Downhill>>, Fault> {
    use liaison_entity::Node as _;
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let (uphill, downhill) = (J::UPHILL_ID, J::DOWNHILL_ID);
    let mut sql = Sql::new(format!(
        "SELECT {}, {} FROM {} l JOIN {} n ON n.id = l.{downhill} WHERE l.{uphill} = ANY(",
        columns::<J>("l", "l_"),
        columns::<J::Downhill>("n", "n_"),
        J::TABLE,
        J::Downhill::TABLE,
    ));
    sql.push_bind(owners).push(") AND l.unlinked_at IS NULL AND ");
    J::link_in_sight(source.scope(), &mut sql, "l");
    sql.push(format_args!(" ORDER BY l.{uphill}, (NOT l.is_primary), l.sort_order, l.id"));
    let rows = source.fetch(sql).await?;
    rows.into_iter()
        .map(|row| {
            let row = row.into();
            Ok(Held { link: model::<J>(&row, "l_")?, node: model::<J::Downhill>(&row, "n_")? })
        })
        .collect()
}
