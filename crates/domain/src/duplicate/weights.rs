//! What each level weighs, in log-odds. Learned from made-up people (`cargo run -p liaison-tests --example duplicates -- train`), and the same everywhere: an
//! installation counts its names, it does not learn weights, for from unlabelled contacts one learns who shares an office.

use super::signal::Signal;

/// A weight for each level of each signal, in the order of `Signal::ALL` and `Signal::levels`.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(pub Vec<Vec<f64>>);

impl Weights {
    /// What a level weighs.
    pub fn of(&self, signal: Signal, level: usize) -> f64 {
        self.0[signal as usize][level]
    }
}

/// The weights that ship.
pub fn weights() -> Weights {
    Weights(TABLE.iter().map(|(_, weights)| weights.to_vec()).collect())
}

pub(super) const TABLE: [(Signal, &[f64]); Signal::ALL.len()] = [
    (Signal::Prior, &[-3.0]),
    (Signal::FirstName, &[-0.5, 0.8, 0.4, 0.2, 0.0, 0.4, 0.0, -1.5, -2.5]),
    (Signal::MiddleName, &[0.0, 0.8, 0.4, -1.5]),
    (Signal::LastName, &[-0.5, 0.8, 0.5, 0.5, 0.2, 0.0, -1.0]),
    (Signal::WholeName, &[0.0, 2.0, 1.4, 0.8, 0.0, -0.6, -1.2, 0.8, 0.0, -0.6, 0.6]),
    (Signal::Generation, &[0.0, 0.5, -0.8, -5.0]),
    (Signal::Email, &[0.0, 2.5, 1.5, 0.0, 2.4, 1.8, 2.0, 0.2, -0.8]),
    (Signal::Phone, &[0.0, 2.2, 2.0, 1.2, 0.2, 1.4, -0.6]),
    (Signal::Street, &[0.0, 1.6, 0.3, 1.2, -0.4]),
    (Signal::City, &[0.0, 0.6, 0.4, -0.6]),
    (Signal::Organization, &[0.0, -0.3, 0.0]),
    (Signal::Title, &[0.0, 0.6, 0.3, -0.3]),
    (
        Signal::NameAndEmail,
        &[0.0, 1.5, 1.0, 1.0, -0.4, 1.5, 0.3, 0.8, -0.5, -1.0, -1.5, -1.0, -1.0, 0.3, -1.0, 0.3, -0.6, -1.0, -2.0],
    ),
    (
        Signal::NameAndPhone,
        &[0.0, 1.5, 1.0, 1.0, -0.4, 1.2, 0.3, 0.6, -0.4, -1.0, -1.5, -0.8, -0.5, 0.5, -1.0, 0.0, -0.6, -1.0, -2.0],
    ),
    (Signal::NameAndStreet, &[0.0, 0.8, -0.2, 0.5, -0.2, -1.5, -0.2, 0.2, -0.4, -1.0]),
    (Signal::EmailAndPhone, &[0.0, 1.2, 0.6, 0.0, 0.3, -0.2, 1.0, -0.5, -1.2, 0.0, -0.6, -0.6]),
    (Signal::Login, &[0.0, -1.0]),
];
