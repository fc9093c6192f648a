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

/// What weighs at least as much as what stands after it, whatever is learned: who corrects a slip must not lower the score.
pub const ORDERED: &[(Signal, &[&str])] = &[
    (Signal::FirstName, &["Same", "Short", "Near", "Initial", "Sounds", "OtherInitial", "Different"]),
    (Signal::FirstName, &["Same", "Part", "Initial"]),
    (Signal::FirstName, &["Unknown", "Sounds"]),
    (Signal::MiddleName, &["Same", "Initial", "Unknown", "Different"]),
    (Signal::LastName, &["Same", "Part", "Near", "Sounds", "Different"]),
    (Signal::LastName, &["Near", "Initial", "Different"]),
    (Signal::LastName, &["Unknown", "Different"]),
    (Signal::WholeName, &["Rarest", "Rare", "Some", "Common", "Commoner", "Commonest", "NearCommon"]),
    (Signal::WholeName, &["Rare", "NearRarest", "NearRare", "NearSome", "NearCommon"]),
    (Signal::WholeName, &["Some", "NearRare"]),
    (Signal::WholeName, &["Common", "NearSome"]),
    (Signal::WholeName, &["Commonest", "Swapped"]),
    (Signal::Generation, &["Same", "Unknown", "OneOnly", "Different"]),
    (Signal::Email, &["Sole", "Few", "Box", "Near", "Local", "LocalName", "Different"]),
    (Signal::Email, &["Few", "Many", "Unknown", "Company", "Different"]),
    (Signal::Phone, &["Own", "OwnFew", "Near", "Beside", "Unknown", "Different"]),
    (Signal::Phone, &["Sole", "Few", "Near"]),
    (Signal::Phone, &["Few", "Many", "Unknown"]),
    (Signal::Street, &["Same", "Near", "Unknown", "Different"]),
    (Signal::Street, &["Same", "Shared", "Unknown"]),
    (Signal::City, &["Postal", "Same", "Unknown", "Different"]),
    (Signal::Title, &["Same", "Similar", "Unknown", "Different"]),
    // What both say together makes up for nothing that is mistyped.
    (Signal::NameAndEmail, &["None", "NearSame"]),
    (Signal::NameAndEmail, &["None", "NearShared"]),
    (Signal::NameAndEmail, &["None", "NearSimilar"]),
    (Signal::NameAndEmail, &["None", "NearDifferent"]),
    (Signal::NameAndEmail, &["None", "FamilySimilar", "FamilySame"]),
    (Signal::NameAndPhone, &["None", "NearSame"]),
    (Signal::NameAndPhone, &["None", "NearShared"]),
    (Signal::NameAndPhone, &["None", "NearNear"]),
    (Signal::NameAndPhone, &["None", "NearDifferent"]),
    (Signal::NameAndPhone, &["None", "FamilyNear", "FamilySame"]),
    (Signal::NameAndPhone, &["None", "GivenNear"]),
    (Signal::NameAndStreet, &["None", "NearSame", "FamilySame"]),
    (Signal::NameAndStreet, &["None", "NearDifferent"]),
    (Signal::NameAndEmail, &["None", "MissingSame", "MissingShared"]),
    (Signal::NameAndPhone, &["None", "MissingSame", "MissingShared"]),
    (Signal::NameAndStreet, &["None", "InitialSame", "MissingSame"]),
    (Signal::NameAndStreet, &["None", "GivenSame", "NeitherSame"]),
];

/// The weights that ship.
pub fn weights() -> Weights {
    Weights(TABLE.iter().map(|(_, weights)| weights.to_vec()).collect())
}

pub(super) const TABLE: [(Signal, &[f64]); Signal::ALL.len()] = [
    (
        Signal::Prior,
        &[
            -0.20, // Always
        ],
    ),
    (
        Signal::FirstName,
        &[
            0.00,  // Unknown
            1.20,  // Same
            0.85,  // Short
            0.17,  // Part
            0.85,  // Near
            0.17,  // Initial
            -0.90, // Sounds
            -2.00, // OtherInitial
            -2.72, // Different
        ],
    ),
    (
        Signal::MiddleName,
        &[
            0.00,  // Unknown
            1.50,  // Same
            1.20,  // Initial
            -1.36, // Different
        ],
    ),
    (
        Signal::LastName,
        &[
            0.00,  // Unknown
            0.90,  // Same
            0.90,  // Part
            0.90,  // Near
            0.32,  // Sounds
            0.90,  // Initial
            -1.14, // Different
        ],
    ),
    (
        Signal::WholeName,
        &[
            0.00,  // None
            0.97,  // Rarest
            0.97,  // Rare
            0.84,  // Some
            0.60,  // Common
            -0.30, // Commoner
            -0.30, // Commonest
            0.84,  // NearRarest
            0.84,  // NearRare
            0.60,  // NearSome
            -0.30, // NearCommon
            -0.30, // Swapped
        ],
    ),
    (
        Signal::Generation,
        &[
            0.00,  // Unknown
            0.50,  // Same
            -2.20, // OneOnly
            -9.00, // Different
        ],
    ),
    (
        Signal::Email,
        &[
            0.00,  // Unknown
            4.00,  // Sole
            3.60,  // Few
            3.60,  // Box
            2.34,  // Near
            0.74,  // Many
            1.20,  // Local
            -0.40, // LocalName
            -1.34, // Company
            -1.51, // Different
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
            2.23,  // Near
            0.70,  // Many
            0.40,  // Beside
            -1.42, // Different
        ],
    ),
    (
        Signal::Street,
        &[
            0.00,  // Unknown
            1.20,  // Same
            0.20,  // Shared
            1.20,  // Near
            -0.32, // Different
        ],
    ),
    (
        Signal::City,
        &[
            0.00,  // Unknown
            0.63,  // Postal
            0.20,  // Same
            -0.50, // Different
        ],
    ),
    (
        Signal::Organization,
        &[
            0.00,  // Unknown
            -0.50, // Shared
            0.38,  // Different
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
            0.00,  // NearSame
            0.00,  // NearShared
            -1.77, // NearSimilar
            0.00,  // NearDifferent
            -3.60, // FamilySame
            -3.60, // FamilyShared
            -1.84, // FamilySimilar
            -0.50, // FamilyDifferent
            1.40,  // GivenSame
            -0.77, // GivenShared
            -4.17, // GivenSimilar
            -0.96, // GivenDifferent
            -3.00, // NeitherSame
            -3.00, // NeitherShared
            -0.75, // MissingSame
            -1.15, // MissingShared
        ],
    ),
    (
        Signal::NameAndPhone,
        &[
            0.00,  // None
            -0.57, // NearSame
            0.00,  // NearShared
            0.00,  // NearNear
            0.00,  // NearDifferent
            -3.60, // FamilySame
            -0.71, // FamilyShared
            0.00,  // FamilyNear
            -0.24, // FamilyDifferent
            0.50,  // GivenSame
            -2.42, // GivenShared
            -1.78, // GivenNear
            -0.61, // GivenDifferent
            -3.50, // NeitherSame
            -3.30, // NeitherShared
            -1.22, // MissingSame
            -1.22, // MissingShared
        ],
    ),
    (
        Signal::NameAndStreet,
        &[
            0.00,  // None
            0.00,  // NearSame
            0.00,  // NearDifferent
            -3.60, // FamilySame
            0.06,  // FamilyDifferent
            -1.31, // GivenSame
            0.20,  // GivenDifferent
            -1.93, // NeitherSame
            0.00,  // InitialSame
            -2.10, // MissingSame
        ],
    ),
    (
        Signal::EmailAndPhone,
        &[
            0.00,  // None
            0.00,  // BothSame
            -0.30, // SameAndDifferent
            0.00,  // SimilarAndDifferent
            0.00,  // OthersBothSame
        ],
    ),
    (
        Signal::NameAlone,
        &[
            0.00,  // Not
            -4.80, // Alone
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
