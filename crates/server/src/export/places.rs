//! How many files are on their way at once: of the whole server, and of one organization. It knows no file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::http::refusal::Refusal;

/// The places that there are.
#[derive(Clone)]
pub struct Places {
    taken: Arc<Mutex<HashMap<Uuid, usize>>>,
    most: usize,
    most_of_one: usize,
}

/// One place, given back when it is dropped.
pub struct Place {
    taken: Arc<Mutex<HashMap<Uuid, usize>>>,
    organization: Uuid,
}

impl Places {
    /// So many in all, and so many of one organization.
    pub fn new(most: usize, most_of_one: usize) -> Self {
        Self { taken: Arc::default(), most, most_of_one }
    }

    /// Takes a place, or says which limit is reached.
    pub fn take(&self, organization: Uuid) -> Result<Place, Refusal> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(&organization).is_some_and(|of_one| *of_one >= self.most_of_one) {
            return Err(Refusal::too_many_operations(format!(
                "Your organization may take {} files out at a time: wait until one is finished.",
                self.most_of_one
            )));
        }
        if taken.values().sum::<usize>() >= self.most {
            return Err(Refusal::unavailable("The server is at its limit of files on their way: try again shortly."));
        }
        *taken.entry(organization).or_default() += 1;
        Ok(Place { taken: Arc::clone(&self.taken), organization })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_one) = taken.get_mut(&self.organization) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.remove(&self.organization);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_per_organization_and_in_all_and_come_back() {
        let places = Places::new(3, 2);
        let code = |taken: Result<Place, Refusal>| taken.err().map(|refusal| refusal.status().as_u16());
        let (acme, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = places.take(acme).unwrap();
        let _second = places.take(acme).unwrap();
        assert_eq!(code(places.take(acme)), Some(429));
        let _third = places.take(other).unwrap();
        assert_eq!(code(places.take(other)), Some(503));
        drop(first);
        assert_eq!(code(places.take(other)), None);
        assert!(places.take(acme).is_ok());
    }
}
