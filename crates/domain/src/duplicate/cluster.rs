//! Who may all be one person. Two that speak against each other never end in one cluster, however many stand between them.

use std::collections::HashMap;
use std::hash::Hash;

/// More are not one person: a chain of chance likenesses.
const MOST: usize = 12;

/// The clusters of two and more that likely pairs make, each sorted, the first by its first. The likeliest pairs join first; two clusters join only if nobody of the one
/// speaks against somebody of the other (`against`).
pub fn clustered<T: Copy + Ord + Hash>(likely: &[(T, T, f64)], mut against: impl FnMut(T, T) -> bool) -> Vec<Vec<T>> {
    let mut order: Vec<&(T, T, f64)> = likely.iter().collect();
    order.sort_by(|one, other| other.2.total_cmp(&one.2).then_with(|| (one.0, one.1).cmp(&(other.0, other.1))));
    let mut of: HashMap<T, usize> = HashMap::new();
    let mut clusters: Vec<Vec<T>> = Vec::new();
    for &(one, other, _) in order {
        let mut place = |who: T| {
            *of.entry(who).or_insert_with(|| {
                clusters.push(vec![who]);
                clusters.len() - 1
            })
        };
        let (first, second) = (place(one), place(other));
        if first == second || clusters[first].len() + clusters[second].len() > MOST {
            continue;
        }
        let is_conflict = clusters[first].iter().any(|a| {
            clusters[second].iter().any(|b| (*a, *b) != (one, other) && (*b, *a) != (one, other) && against(*a, *b))
        });
        if is_conflict {
            continue;
        }
        let (into, from) =
            if clusters[first].len() >= clusters[second].len() { (first, second) } else { (second, first) };
        let moved = std::mem::take(&mut clusters[from]);
        moved.iter().for_each(|who| {
            of.insert(*who, into);
        });
        clusters[into].extend(moved);
    }
    clusters.retain(|cluster| cluster.len() > 1);
    clusters.iter_mut().for_each(|cluster| cluster.sort_unstable());
    clusters.sort();
    clusters
}
