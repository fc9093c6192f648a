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
            -0.99, // Always
        ],
    ),
    (
        Signal::FirstName,
        &[
            0.00, // Unknown
            0.81, // Same
            0.25, // Short
            -0.47, // Part
            1.23, // Initial
            1.02, // Near
            -0.90, // Sounds
            -0.39, // OtherInitial
            -2.54, // Different
        ],
    ),
    (
        Signal::MiddleName,
        &[
            0.00, // Unknown
            1.50, // Same
            1.20, // Initial
            -1.85, // Different
        ],
    ),
    (
        Signal::LastName,
        &[
            0.00, // Unknown
            0.10, // Same
            -0.03, // Part
            0.73, // Near
            -0.80, // Sounds
            1.33, // Initial
            -2.32, // Different
        ],
    ),
    (
        Signal::WholeName,
        &[
            0.00, // None
            1.79, // Rarest
            1.68, // Rare
            1.13, // Some
            0.63, // Common
            -0.01, // Commoner
            -0.12, // Commonest
            1.81, // NearRarest
            1.13, // NearRare
            0.74, // NearSome
            0.33, // NearCommon
            1.89, // Swapped
        ],
    ),
    (
        Signal::Generation,
        &[
            0.00, // Unknown
            0.50, // Same
            -1.00, // OneOnly
            -9.00, // Different
        ],
    ),
    (
        Signal::Email,
        &[
            0.00, // Unknown
            5.80, // Sole
            4.82, // Few
            1.27, // Many
            3.61, // Box
            -1.72, // Local
            1.24, // Near
            -1.24, // LocalName
            -0.50, // Company
            -1.44, // Different
        ],
    ),
    (
        Signal::Phone,
        &[
            0.00, // Unknown
            4.48, // Own
            3.40, // OwnFew
            5.59, // Sole
            3.71, // Few
            2.00, // Many
            3.50, // Near
            -1.02, // Different
        ],
    ),
    (
        Signal::Street,
        &[
            0.00, // Unknown
            -0.53, // Same
            -0.82, // Shared
            0.65, // Near
            -2.29, // Different
        ],
    ),
    (
        Signal::City,
        &[
            0.00, // Unknown
            1.93, // Postal
            0.20, // Same
            -0.50, // Different
        ],
    ),
    (
        Signal::Organization,
        &[
            0.00, // Unknown
            -0.70, // Shared
            -0.10, // Different
        ],
    ),
    (
        Signal::Title,
        &[
            0.00, // Unknown
            0.80, // Same
            0.40, // Similar
            -0.40, // Different
        ],
    ),
    (
        Signal::NameAndEmail,
        &[
            0.00, // None
            -0.37, // NearSame
            -0.20, // NearShared
            -0.52, // NearSimilar
            -0.21, // NearDifferent
            -3.00, // FamilySame
            -3.00, // FamilyShared
            -0.83, // FamilySimilar
            -0.16, // FamilyDifferent
            2.51, // GivenSame
            -0.04, // GivenShared
            -1.72, // GivenSimilar
            -1.14, // GivenDifferent
            -1.00, // NeitherSame
            -1.00, // NeitherShared
        ],
    ),
    (
        Signal::NameAndPhone,
        &[
            0.00, // None
            -0.53, // NearSame
            0.31, // NearShared
            0.29, // NearNear
            -0.18, // NearDifferent
            -3.00, // FamilySame
            -1.66, // FamilyShared
            -0.67, // FamilyNear
            -0.53, // FamilyDifferent
            2.30, // GivenSame
            -2.13, // GivenShared
            -0.92, // GivenNear
            -0.57, // GivenDifferent
            -2.00, // NeitherSame
            -3.62, // NeitherShared
        ],
    ),
    (
        Signal::NameAndStreet,
        &[
            0.00, // None
            0.53, // NearSame
            0.28, // NearDifferent
            -2.81, // FamilySame
            0.06, // FamilyDifferent
            0.12, // GivenSame
            -2.30, // GivenDifferent
            -1.28, // NeitherSame
        ],
    ),
    (
        Signal::EmailAndPhone,
        &[
            0.00, // None
            -0.89, // BothSame
            -0.08, // SameAndDifferent
            0.27, // SimilarAndDifferent
            0.00, // OthersBothSame
        ],
    ),
    (
        Signal::NameAlone,
        &[
            0.00, // Not
            -4.20, // Alone
        ],
    ),
    (
        Signal::Login,
        &[
            0.00, // One
            -1.00, // Two
        ],
    ),
];
