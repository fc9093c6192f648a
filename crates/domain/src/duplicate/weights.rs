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
    (
        Signal::Prior,
        &[
            -0.85, // Always
        ],
    ),
    (
        Signal::FirstName,
        &[
            0.00,  // Unknown
            0.81,  // Same
            0.24,  // Short
            0.20,  // Part
            1.32,  // Initial
            1.01,  // Near
            -1.25, // Sounds
            -0.09, // OtherInitial
            -2.10, // Different
        ],
    ),
    (
        Signal::MiddleName,
        &[
            0.00,  // Unknown
            1.50,  // Same
            1.20,  // Initial
            -1.46, // Different
        ],
    ),
    (
        Signal::LastName,
        &[
            0.00,  // Unknown
            0.30,  // Same
            0.20,  // Part
            1.09,  // Near
            -0.56, // Sounds
            0.77,  // Initial
            -2.09, // Different
        ],
    ),
    (
        Signal::WholeName,
        &[
            0.00,  // None
            1.13,  // Rarest
            1.03,  // Rare
            0.71,  // Some
            -0.08, // Common
            -0.07, // Commoner
            -0.30, // Commonest
            1.15,  // NearRarest
            0.66,  // NearRare
            0.38,  // NearSome
            -0.00, // NearCommon
            1.53,  // Swapped
        ],
    ),
    (
        Signal::Generation,
        &[
            0.00,  // Unknown
            0.50,  // Same
            -1.00, // OneOnly
            -9.00, // Different
        ],
    ),
    (
        Signal::Email,
        &[
            0.00,  // Unknown
            4.00,  // Sole
            3.60,  // Few
            1.12,  // Many
            2.53,  // Box
            -1.31, // Local
            1.22,  // Near
            -1.22, // LocalName
            -0.54, // Company
            -1.49, // Different
        ],
    ),
    (
        Signal::Phone,
        &[
            0.00,  // Unknown
            3.60,  // Own
            2.80,  // OwnFew
            3.60,  // Sole
            2.80,  // Few
            1.42,  // Many
            2.71,  // Near
            -1.07, // Different
        ],
    ),
    (
        Signal::Street,
        &[
            0.00,  // Unknown
            0.60,  // Same
            0.10,  // Shared
            1.45,  // Near
            -1.03, // Different
        ],
    ),
    (
        Signal::City,
        &[
            0.00,  // Unknown
            0.94,  // Postal
            0.20,  // Same
            -0.50, // Different
        ],
    ),
    (
        Signal::Organization,
        &[
            0.00,  // Unknown
            -0.55, // Shared
            0.19,  // Different
        ],
    ),
    (
        Signal::Title,
        &[
            0.00,  // Unknown
            0.80,  // Same
            0.40,  // Similar
            -0.40, // Different
        ],
    ),
    (
        Signal::NameAndEmail,
        &[
            0.00,  // None
            0.29,  // NearSame
            -0.06, // NearShared
            -0.31, // NearSimilar
            -0.19, // NearDifferent
            -3.00, // FamilySame
            -3.00, // FamilyShared
            -0.99, // FamilySimilar
            -0.36, // FamilyDifferent
            2.45,  // GivenSame
            0.20,  // GivenShared
            -1.23, // GivenSimilar
            -0.89, // GivenDifferent
            -3.00, // NeitherSame
            -3.00, // NeitherShared
        ],
    ),
    (
        Signal::NameAndPhone,
        &[
            0.00,  // None
            -0.50, // NearSame
            0.67,  // NearShared
            0.51,  // NearNear
            -0.03, // NearDifferent
            -3.00, // FamilySame
            -1.22, // FamilyShared
            -0.28, // FamilyNear
            -0.41, // FamilyDifferent
            1.74,  // GivenSame
            -1.36, // GivenShared
            -0.08, // GivenNear
            -0.42, // GivenDifferent
            -3.50, // NeitherSame
            -3.32, // NeitherShared
        ],
    ),
    (
        Signal::NameAndStreet,
        &[
            0.00,  // None
            0.17,  // NearSame
            0.43,  // NearDifferent
            -3.49, // FamilySame
            -0.61, // FamilyDifferent
            -0.04, // GivenSame
            -2.74, // GivenDifferent
            -1.90, // NeitherSame
        ],
    ),
    (
        Signal::EmailAndPhone,
        &[
            0.00,  // None
            0.00,  // BothSame
            -0.30, // SameAndDifferent
            0.31,  // SimilarAndDifferent
            0.00,  // OthersBothSame
        ],
    ),
    (
        Signal::NameAlone,
        &[
            0.00,  // Not
            -4.20, // Alone
        ],
    ),
    (
        Signal::Login,
        &[
            0.00,  // One
            -1.00, // Two
        ],
    ),
];
