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
            -0.98, // Always
        ],
    ),
    (
        Signal::FirstName,
        &[
            0.00, // Unknown
            0.77, // Same
            0.16, // Short
            -0.52, // Part
            1.29, // Initial
            0.96, // Near
            -0.98, // Sounds
            -0.31, // OtherInitial
            -2.34, // Different
        ],
    ),
    (
        Signal::MiddleName,
        &[
            0.00, // Unknown
            1.50, // Same
            1.20, // Initial
            -1.74, // Different
        ],
    ),
    (
        Signal::LastName,
        &[
            0.00, // Unknown
            -0.05, // Same
            -0.05, // Part
            0.55, // Near
            -0.76, // Sounds
            1.38, // Initial
            -2.05, // Different
        ],
    ),
    (
        Signal::WholeName,
        &[
            0.00, // None
            1.96, // Rarest
            1.84, // Rare
            1.39, // Some
            0.78, // Common
            0.14, // Commoner
            0.00, // Commonest
            1.89, // NearRarest
            1.20, // NearRare
            0.98, // NearSome
            0.38, // NearCommon
            2.09, // Swapped
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
            6.64, // Sole
            5.56, // Few
            1.98, // Many
            3.55, // Box
            -1.57, // Local
            1.23, // Near
            -1.23, // LocalName
            -0.53, // Company
            -1.40, // Different
        ],
    ),
    (
        Signal::Phone,
        &[
            0.00, // Unknown
            4.83, // Own
            3.63, // OwnFew
            5.60, // Sole
            3.63, // Few
            2.08, // Many
            3.24, // Near
            -1.03, // Different
        ],
    ),
    (
        Signal::Street,
        &[
            0.00, // Unknown
            -0.54, // Same
            -0.80, // Shared
            0.72, // Near
            -2.08, // Different
        ],
    ),
    (
        Signal::City,
        &[
            0.00, // Unknown
            1.82, // Postal
            0.20, // Same
            -0.50, // Different
        ],
    ),
    (
        Signal::Organization,
        &[
            0.00, // Unknown
            -0.70, // Shared
            -0.08, // Different
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
            -0.78, // NearSame
            -0.56, // NearShared
            -0.31, // NearSimilar
            -0.16, // NearDifferent
            -3.50, // FamilySame
            -3.50, // FamilyShared
            -0.68, // FamilySimilar
            -0.13, // FamilyDifferent
            1.83, // GivenSame
            -0.76, // GivenShared
            -1.56, // GivenSimilar
            -0.99, // GivenDifferent
            -3.00, // NeitherSame
            -3.00, // NeitherShared
        ],
    ),
    (
        Signal::NameAndPhone,
        &[
            0.00, // None
            -0.73, // NearSame
            0.67, // NearShared
            0.47, // NearNear
            -0.18, // NearDifferent
            -3.50, // FamilySame
            -1.65, // FamilyShared
            -0.53, // FamilyNear
            -0.79, // FamilyDifferent
            1.64, // GivenSame
            -2.15, // GivenShared
            -0.55, // GivenNear
            -0.61, // GivenDifferent
            -3.50, // NeitherSame
            -3.84, // NeitherShared
        ],
    ),
    (
        Signal::NameAndStreet,
        &[
            0.00, // None
            0.66, // NearSame
            0.43, // NearDifferent
            -2.79, // FamilySame
            0.23, // FamilyDifferent
            0.10, // GivenSame
            -2.47, // GivenDifferent
            -1.48, // NeitherSame
        ],
    ),
    (
        Signal::EmailAndPhone,
        &[
            0.00, // None
            -1.48, // BothSame
            -0.48, // SameAndDifferent
            0.44, // SimilarAndDifferent
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
