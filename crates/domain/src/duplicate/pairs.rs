//! The pairs of a whole directory that share a key and are alike, found in memory: the same as comparing each contact with those it meets, one by one.

use std::sync::atomic::{AtomicUsize, Ordering};

use uuid::Uuid;

use super::{Census, MOST_SHARING, Profile, Sharers, likeness};

/// Two contacts by their places in the list, the earlier one first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub one: usize,
    pub other: usize,
    pub score: f64,
}

/// What comparing all who meet came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scanned {
    /// Those worth keeping (`KEPT`), by their places in the list and in the order of those.
    pub pairs: Vec<Pair>,
    /// How many pairs were compared.
    pub compared: u64,
    pub skipped: Skipped,
    /// The keys under which nobody meets, sorted.
    pub dead: Vec<i64>,
}

/// What was not compared, because too many share a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// How many keys more than `MOST_SHARING` share.
    pub keys: u64,
    /// How many contacts meet nobody under such a key that they would have met: the sum of their sharers.
    pub entries: u64,
    /// How many share the commonest of them.
    pub most: usize,
}

/// A key and who has it, packed: there are about 25 for each contact.
type Entry = [u32; 3];

/// How many parts the keys are sorted in, so that each part is small.
const PARTS: usize = 256;

/// So many groups are taken by a thread at a time.
const PIECE: usize = 4_096;

/// All pairs of these contacts that share a key and are alike enough to be kept, compared on all the cores that there are. `told` hears how far it
/// is, in contacts. It goes from group to group and not from contact to contact: whoever stands in one is read once from memory for all whom it meets
/// there.
pub fn pairs(profiles: &[(Uuid, Profile)], census: &Census, sharers: &Sharers, told: impl Fn(usize) + Sync) -> Scanned {
    let mut scanned = Scanned::default();
    let (groups, of) = groups(profiles, &mut scanned);
    let all = groups.len();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let compare_some = || {
        let (mut found, mut compared) = (Vec::new(), 0);
        loop {
            let from = next.fetch_add(PIECE, Ordering::Relaxed);
            if from >= all {
                return (found, compared);
            }
            let until = all.min(from + PIECE);
            for group in from..until {
                meet_first(group, &groups, &of, |one, other| {
                    compared += 1;
                    if let Some(score) = likeness(&profiles[one].1, &profiles[other].1, census, sharers) {
                        found.push(Pair { one, other, score });
                    }
                });
            }
            let gone = done.fetch_add(until - from, Ordering::Relaxed) + until - from;
            told((profiles.len() as u64 * gone as u64 / all as u64) as usize);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(all.div_ceil(PIECE)).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(compare_some)).collect();
        let own = compare_some();
        let others = workers.into_iter().map(|worker| match worker.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        for (found, compared) in std::iter::once(own).chain(others) {
            scanned.pairs.extend(found);
            scanned.compared += compared;
        }
    });
    scanned.pairs.sort_unstable_by_key(|pair| (pair.one, pair.other));
    scanned
}

/// Who shares a key with whom, each pair once and the earlier one first, by their places in the list.
pub fn meetings(profiles: &[(Uuid, Profile)], mut meet: impl FnMut(usize, usize)) -> Skipped {
    let mut scanned = Scanned::default();
    let (groups, of) = groups(profiles, &mut scanned);
    for group in 0..groups.len() {
        meet_first(group, &groups, &of, &mut meet);
    }
    scanned.skipped
}

/// Tells who meet in this group and in none before it, the earlier one first.
fn meet_first(group: usize, groups: &Lists, of: &Lists, mut tell: impl FnMut(usize, usize)) {
    let members = groups.at(group);
    for (at, one) in members.iter().map(|member| *member as usize).enumerate() {
        for other in members[at + 1..].iter().map(|member| *member as usize) {
            if first_common(of.at(one), of.at(other)) == Some(group) {
                tell(one, other);
            }
        }
    }
}

/// The first group that stands in both lists, which are in order.
fn first_common(one: &[u32], other: &[u32]) -> Option<usize> {
    let (mut ours, mut theirs) = (one.iter(), other.iter());
    let (mut a, mut b) = (ours.next()?, theirs.next()?);
    while a != b {
        if a < b {
            a = ours.next()?;
        } else {
            b = theirs.next()?;
        }
    }
    Some(*a as usize)
}

/// Lists of numbers, one after the other in one piece of memory.
struct Lists {
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Lists {
    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn at(&self, at: usize) -> &[u32] {
        &self.numbers[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// Who shares a key, for each key that two or more share and not too many; and for each contact in which of these groups it is.
fn groups(profiles: &[(Uuid, Profile)], scanned: &mut Scanned) -> (Lists, Lists) {
    let Scanned { skipped, dead, .. } = scanned;
    let mut parts: Vec<Vec<Entry>> = vec![Vec::new(); PARTS];
    for ((_, profile), at) in profiles.iter().zip(0_u32..) {
        for key in profile.keys() {
            let bytes = key.to_le_bytes();
            let low = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let high = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            parts[usize::from(bytes[0])].push([high, low, at]);
        }
    }
    let mut groups = Lists { starts: vec![0], numbers: Vec::new() };
    let mut counts = vec![0_u32; profiles.len() + 1];
    for part in &mut parts {
        part.sort_unstable();
        for same in part.chunk_by(|one, other| one[..2] == other[..2]) {
            if same.len() > MOST_SHARING {
                skipped.keys += 1;
                skipped.entries += same.len() as u64;
                skipped.most = skipped.most.max(same.len());
                dead.push(i64::from(same[0][0].cast_signed()) << 32 | i64::from(same[0][1]));
            } else if same.len() > 1 {
                groups.numbers.extend(same.iter().map(|entry| entry[2]));
                groups.starts.push(u32::try_from(groups.numbers.len()).unwrap_or(u32::MAX));
                same.iter().for_each(|entry| counts[entry[2] as usize + 1] += 1);
            }
        }
        *part = Vec::new();
    }
    dead.sort_unstable();
    for at in 1..counts.len() {
        counts[at] += counts[at - 1];
    }
    let mut of = Lists { numbers: vec![0; groups.numbers.len()], starts: counts.clone() };
    for (group, number) in groups.starts.windows(2).zip(0_u32..) {
        for contact in &groups.numbers[group[0] as usize..group[1] as usize] {
            let place = &mut counts[*contact as usize];
            of.numbers[*place as usize] = number;
            *place += 1;
        }
    }
    (groups, of)
}
