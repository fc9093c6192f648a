//! Which changes are judged together: as many as may be, fewer where that failed, down to the one that is to blame.

/// So many changes are judged at once, when nothing speaks against it.
const AT_ONCE: usize = 200;

/// Which changes are judged next. It is left as it is where that fails, so that whoever asked knows what could not be done.
#[derive(Debug)]
pub(super) struct Batch {
    /// So many at most.
    pub at_once: usize,
    /// Not those at these places in the queue.
    pub stepped_over: Vec<i64>,
    /// The places of those who were judged last, or are being judged.
    pub turns: Vec<i64>,
}

impl Default for Batch {
    /// As many as may be, of whoever waits.
    fn default() -> Self {
        Self { at_once: AT_ONCE, stepped_over: Vec::new(), turns: Vec::new() }
    }
}

impl Batch {
    /// It was judged: the next may be larger again.
    pub fn is_done(&mut self) {
        self.at_once = (self.at_once * 2).min(AT_ONCE);
        self.turns.clear();
    }

    /// It could not be judged: the next is smaller. Where it was one change alone, this is stepped over, and told.
    pub fn is_not_done(&mut self) -> Option<i64> {
        let turns = std::mem::take(&mut self.turns);
        if let ([turn], 1) = (turns.as_slice(), self.at_once) {
            self.stepped_over.push(*turn);
            return Some(*turn);
        }
        if !turns.is_empty() {
            self.at_once = (self.at_once.min(turns.len()) / 2).max(1);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_judged_is_found_by_halves_and_stepped_over() {
        let mut batch = Batch::default();
        let mut queue: Vec<i64> = (1..=500).collect();
        let bad = [3, 4, 250, 500];
        let mut steps = 0;
        loop {
            batch.turns =
                queue.iter().copied().filter(|turn| !batch.stepped_over.contains(turn)).take(batch.at_once).collect();
            if batch.turns.is_empty() {
                break;
            }
            if batch.turns.iter().any(|turn| bad.contains(turn)) {
                batch.is_not_done();
            } else {
                queue.retain(|turn| !batch.turns.contains(turn));
                batch.is_done();
            }
            steps += 1;
            assert!(steps < 200, "it comes to an end");
        }
        assert_eq!(queue, bad, "all others are judged");
        assert_eq!(batch.stepped_over, bad);
        batch.is_done();
        assert_eq!(Batch::default().is_not_done(), None, "where nothing was read, nobody is to blame");
        assert_eq!(Batch::default().at_once, AT_ONCE);
    }
}
