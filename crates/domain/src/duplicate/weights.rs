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
            -0.81, // Always
        ],
    ),
    (
        Signal::FirstName,
        &[
            0.00,  // Unknown
            0.92,  // Same
            0.44,  // Short
            -0.43, // Part
            1.50,  // Initial
            1.10,  // Near
            -0.82, // Sounds
            -0.93, // OtherInitial
            -2.58, // Different
        ],
    ),
    (
        Signal::MiddleName,
        &[
            0.00,  // Unknown
            1.23,  // Same
            2.91,  // Initial
            -2.05, // Different
        ],
    ),
    (
        Signal::LastName,
        &[
            0.00,  // Unknown
            0.62,  // Same
            0.14,  // Part
            1.03,  // Near
            -0.58, // Sounds
            0.45,  // Initial
            -2.46, // Different
        ],
    ),
    (
        Signal::WholeName,
        &[
            0.00,  // None
            1.40,  // Rarest
            0.74,  // Rare
            -0.06, // Some
            -1.06, // Common
            -0.01, // Commoner
            0.00,  // Commonest
            1.60,  // NearRarest
            0.71,  // NearRare
            0.07,  // NearSome
            -0.02, // NearCommon
            1.57,  // Swapped
        ],
    ),
    (
        Signal::Generation,
        &[
            0.00,  // Unknown
            0.50,  // Same
            -1.00, // OneOnly
            -5.00, // Different
        ],
    ),
    (
        Signal::Email,
        &[
            0.00,  // Unknown
            3.50,  // Sole
            3.64,  // Few
            0.26,  // Many
            2.26,  // Box
            -1.00, // Local
            1.28,  // Near
            -1.02, // LocalName
            -0.15, // Company
            -1.10, // Different
        ],
    ),
    (
        Signal::Phone,
        &[
            0.00,  // Unknown
            3.17,  // Own
            2.15,  // OwnFew
            2.62,  // Sole
            3.12,  // Few
            1.36,  // Many
            2.64,  // Near
            -0.86, // Different
        ],
    ),
    (
        Signal::Street,
        &[
            0.00,  // Unknown
            -0.14, // Same
            -0.12, // Shared
            1.29,  // Near
            -1.00, // Different
        ],
    ),
    (
        Signal::City,
        &[
            0.00,  // Unknown
            0.96,  // Postal
            -0.42, // Same
            -0.50, // Different
        ],
    ),
    (
        Signal::Organization,
        &[
            0.00,  // Unknown
            -0.74, // Shared
            -0.05, // Different
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
            0.23,  // NearSame
            0.84,  // NearShared
            -0.35, // NearSimilar
            -0.15, // NearDifferent
            -1.42, // FamilySame
            -2.56, // FamilyShared
            -0.38, // FamilySimilar
            -0.75, // FamilyDifferent
            2.32,  // GivenSame
            0.82,  // GivenShared
            -1.26, // GivenSimilar
            -1.07, // GivenDifferent
            2.35,  // NeitherSame
            0.75,  // NeitherShared
        ],
    ),
    (
        Signal::NameAndPhone,
        &[
            0.00,  // None
            -0.19, // NearSame
            0.60,  // NearShared
            0.07,  // NearNear
            -0.21, // NearDifferent
            -1.64, // FamilySame
            -1.19, // FamilyShared
            -0.02, // FamilyNear
            -0.53, // FamilyDifferent
            2.93,  // GivenSame
            -1.73, // GivenShared
            -0.17, // GivenNear
            -0.50, // GivenDifferent
            0.64,  // NeitherSame
            -2.93, // NeitherShared
        ],
    ),
    (
        Signal::NameAndStreet,
        &[
            0.00,  // None
            0.28,  // NearSame
            -0.07, // NearDifferent
            -2.64, // FamilySame
            0.14,  // FamilyDifferent
            0.49,  // GivenSame
            -2.20, // GivenDifferent
            -0.96, // NeitherSame
        ],
    ),
    (
        Signal::EmailAndPhone,
        &[
            0.00,  // None
            -0.18, // BothSame
            0.39,  // SameAndDifferent
            0.20,  // SimilarAndDifferent
            0.46,  // OthersBothSame
        ],
    ),
    (
        Signal::NameAlone,
        &[
            0.00,  // Not
            -2.50, // Alone
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
