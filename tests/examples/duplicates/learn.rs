//! Weights from pairs that are known to be one person or two: logistic regression with a penalty on large weights, by Newton's method.

use std::collections::HashMap;

use liaison_domain::duplicate::{Levels, Signal, Weights};

/// How many pairs of one person and of two have these levels.
pub type Counts = HashMap<Levels, [f64; 2]>;

/// What is not left to learning: rules that hold whatever the people are like.
const FIXED: [(Signal, &str, f64); 33] = [
    // A name alone is never enough, be it as rare as it may.
    (Signal::NameAlone, "Alone", -4.2),
    (Signal::Generation, "Different", -9.0),
    (Signal::Login, "Two", -1.0),
    (Signal::Generation, "OneOnly", -1.0),
    (Signal::Generation, "Same", 0.5),
    // Made-up middle names and titles are told apart more easily than those of a directory, where every other person is a nurse.
    (Signal::MiddleName, "Same", 1.5),
    (Signal::MiddleName, "Initial", 1.2),
    (Signal::Title, "Same", 0.8),
    (Signal::Title, "Similar", 0.4),
    (Signal::Title, "Different", -0.4),
    // Of those who are learned from something else agrees, so that another town seems to speak for them.
    (Signal::City, "Different", -0.5),
    (Signal::City, "Same", 0.2),
    // What agrees speaks for, even where another signal that always agrees with it has said most of it already.
    (Signal::FirstName, "Part", 0.2),
    (Signal::LastName, "Same", 0.3),
    (Signal::LastName, "Part", 0.2),
    (Signal::WholeName, "Commonest", -0.3),
    (Signal::Street, "Same", 0.6),
    (Signal::Street, "Shared", 0.1),
    (Signal::EmailAndPhone, "BothSame", 0.0),
    (Signal::EmailAndPhone, "SameAndDifferent", -0.3),
    // Where the names agree they suffice, and where they do not they must not make up for it.
    (Signal::Email, "Sole", 4.0),
    (Signal::Email, "Few", 3.6),
    (Signal::Phone, "Own", 3.6),
    (Signal::Phone, "OwnFew", 2.8),
    (Signal::Phone, "Sole", 3.6),
    (Signal::Phone, "Few", 2.8),
    // Spouses share phone and inbox, and are two: however few of them were made up.
    (Signal::NameAndEmail, "FamilySame", -3.0),
    (Signal::NameAndEmail, "FamilyShared", -3.0),
    (Signal::NameAndEmail, "NeitherSame", -3.0),
    (Signal::NameAndEmail, "NeitherShared", -3.0),
    (Signal::NameAndPhone, "FamilySame", -3.0),
    (Signal::NameAndPhone, "NeitherSame", -3.5),
    (Signal::EmailAndPhone, "OthersBothSame", 0.0),
];

/// Who meets such a rule is not learned from: other weights would make up for it.
const RULES: [(Signal, &str); 3] =
    [(Signal::NameAlone, "Alone"), (Signal::Generation, "Different"), (Signal::Login, "Two")];

fn fixed(signal: Signal, level: usize) -> Option<f64> {
    let of = |(of, name, _): &&(Signal, &str, f64)| *of == signal && *name == signal.levels()[level];
    FIXED.iter().find(of).map(|(_, _, weight)| *weight)
}

/// The place of each weight that is learned in one list. The first level of each signal says nothing and weighs nothing, but for the prior's.
fn places() -> (Vec<Vec<Option<usize>>>, usize) {
    let mut next = 0;
    let places = Signal::ALL
        .into_iter()
        .map(|signal| {
            (0..signal.levels().len())
                .map(|level| {
                    ((level > 0 || signal == Signal::Prior) && fixed(signal, level).is_none()).then(|| {
                        next += 1;
                        next - 1
                    })
                })
                .collect()
        })
        .collect();
    (places, next)
}

/// The weights under which these counts are likeliest, less `penalty` times half the square of each weight.
pub fn learned(counts: &Counts, penalty: f64) -> Weights {
    let (places, most) = places();
    let is_ruled = |levels: &Levels| RULES.iter().any(|(signal, name)| signal.levels()[levels.of(*signal)] == *name);
    let mut counts: Vec<(&Levels, &[f64; 2])> = counts.iter().filter(|(levels, _)| !is_ruled(levels)).collect();
    counts.sort_by_key(|(levels, _)| **levels);
    let rows: Vec<(Vec<usize>, f64, [f64; 2])> = counts
        .into_iter()
        .map(|(levels, counts)| {
            let on = Signal::ALL.into_iter().filter_map(|signal| places[signal as usize][levels.of(signal)]).collect();
            let fixed = Signal::ALL.into_iter().filter_map(|signal| fixed(signal, levels.of(signal))).sum();
            (on, fixed, *counts)
        })
        .collect();
    let mut weights = vec![0.0; most];
    for _ in 0..25 {
        let mut gradient: Vec<f64> = weights.iter().map(|weight| -penalty * weight).collect();
        let mut curve = vec![vec![0.0; most]; most];
        for (at, row) in curve.iter_mut().enumerate() {
            row[at] = penalty;
        }
        for (on, fixed, [same, other]) in &rows {
            let odds: f64 = fixed + on.iter().map(|at| weights[*at]).sum::<f64>();
            let expected = 1.0 / (1.0 + (-odds).exp());
            let slope = same - (same + other) * expected;
            let bend = ((same + other) * expected * (1.0 - expected)).max(1e-9);
            for &at in on {
                gradient[at] += slope;
                for &second in on {
                    curve[at][second] += bend;
                }
            }
        }
        let step = solved(curve, gradient);
        let largest = step.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
        // Far steps overshoot.
        let stride = (2.0 / largest).min(1.0);
        for (weight, step) in weights.iter_mut().zip(&step) {
            *weight += stride * step;
        }
        if largest < 1e-6 {
            break;
        }
    }
    let weight = |signal: Signal, level: usize| {
        places[signal as usize][level].map_or(fixed(signal, level).unwrap_or(0.0), |at| weights[at])
    };
    Weights(Signal::ALL.map(|signal| (0..signal.levels().len()).map(|level| weight(signal, level)).collect()).to_vec())
}

/// The solution of `matrix · x = values` (Gauss; the matrix is positive definite).
fn solved(mut matrix: Vec<Vec<f64>>, mut values: Vec<f64>) -> Vec<f64> {
    let most = values.len();
    for at in 0..most {
        for below in at + 1..most {
            let factor = matrix[below][at] / matrix[at][at];
            if factor != 0.0 {
                let (upper, lower) = matrix.split_at_mut(below);
                for (value, above) in lower[0][at..].iter_mut().zip(&upper[at][at..]) {
                    *value -= factor * above;
                }
                values[below] -= factor * values[at];
            }
        }
    }
    for at in (0..most).rev() {
        for right in at + 1..most {
            values[at] -= matrix[at][right] * values[right];
        }
        values[at] /= matrix[at][at];
    }
    values
}
