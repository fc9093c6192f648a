//! Comparing some contacts with each other, whether anybody has found them or not: for whoever lays them side by side, who sees everything.

use uuid::Uuid;

use super::ordered;
use super::told::Told;
use crate::duplicate::{Comparison, compare};
use crate::failure::Fault;
use crate::session::Reader;

/// Two contacts and how alike they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The one whose id is the smaller.
    pub contact_id: Uuid,
    /// The other one.
    pub other_contact_id: Uuid,
    /// The score, and the evidence: `one` stands at `contact_id`, `other` at `other_contact_id`.
    pub comparison: Comparison,
}

/// Every two of these contacts, as alike as they are now. Who is archived is compared with nobody.
pub async fn among(reader: &Reader, ids: &[Uuid]) -> Result<Vec<Compared>, Fault> {
    let told = Told::of(reader, ids.to_vec()).await?;
    let census = reader.database().names().of(reader, told.counted_at).await?;
    let sharers = told.shared();
    let mut compared = Vec::new();
    for (at, first) in ids.iter().enumerate() {
        for second in &ids[at + 1..] {
            let (contact_id, other_contact_id) = ordered(*first, *second);
            let (Some(one), Some(other)) = (told.profiles.get(&contact_id), told.profiles.get(&other_contact_id))
            else {
                continue;
            };
            let comparison = compare(one, other, &census, &sharers);
            compared.push(Compared { contact_id, other_contact_id, comparison });
        }
    }
    Ok(compared)
}
