//! Weights from pairs that are known to be one person or two: logistic regression with a penalty on large weights, by Newton's method.

use std::collections::HashMap;

use liaison_domain::duplicate::{Levels, ORDERED, Signal, Weights};

/// How many pairs of one person and of two have these levels.
pub type Counts = HashMap<Levels, [f64; 2]>;

/// What is not left to learning: rules that hold whatever the people are like.
const FIXED: &[(Signal, &str, f64)] = &[
    // A name alone is never enough, be it as rare as it may.
    (Signal::NameAlone, "Alone", -4.8),
    // How many of those who meet are one person differs from one directory to the next.
    (Signal::Prior, "Always", -0.2),
    (Signal::Generation, "Different", -9.0),
    (Signal::Login, "Two", -1.0),
    // All who came with one file are in one organization.
    (Signal::Organization, "Shared", -0.5),
    (Signal::Generation, "OneOnly", -2.2),
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
    (Signal::FirstName, "Same", 1.2),
    (Signal::LastName, "Same", 0.9),
    // Another initial is another name.
    (Signal::FirstName, "OtherInitial", -2.0),
    (Signal::WholeName, "Commonest", -0.3),
    (Signal::Street, "Same", 1.2),
    (Signal::Street, "Shared", 0.2),
    (Signal::EmailAndPhone, "BothSame", 0.0),
    (Signal::EmailAndPhone, "SameAndDifferent", -0.3),
    (Signal::EmailAndPhone, "SimilarAndDifferent", 0.0),
    // Where the names agree they suffice, and where they do not they must not make up for it.
    (Signal::Email, "Sole", 4.0),
    (Signal::Email, "Few", 3.6),
    (Signal::Phone, "Own", 3.6),
    (Signal::Phone, "OwnFew", 2.8),
    (Signal::Phone, "Sole", 3.6),
    (Signal::Phone, "Few", 2.8),
    // A word that is not merely the name goes from one provider to the next with whose it is.
    (Signal::Email, "Local", 1.2),
    (Signal::Email, "LocalName", -0.4),
    (Signal::Phone, "Beside", 0.4),
    // Spouses share phone and inbox, and are two: however few of them were made up.
    (Signal::NameAndEmail, "FamilySame", -3.6),
    (Signal::NameAndEmail, "FamilyShared", -3.6),
    (Signal::NameAndEmail, "NeitherSame", -3.0),
    (Signal::NameAndEmail, "NeitherShared", -3.0),
    (Signal::NameAndPhone, "FamilySame", -3.6),
    (Signal::NameAndPhone, "NeitherSame", -3.5),
    (Signal::NameAndPhone, "NeitherShared", -3.3),
    (Signal::EmailAndPhone, "OthersBothSame", 0.0),
    // Who marries stays who it is, and does not become surer by it.
    (Signal::NameAndEmail, "GivenSame", 1.4),
    (Signal::NameAndPhone, "GivenSame", 0.5),
    (Signal::NameAndStreet, "FamilySame", -3.6),
];

/// Who meets such a rule is not learned from: other weights would make up for it.
const RULES: [(Signal, &str); 3] =
    [(Signal::NameAlone, "Alone"), (Signal::Generation, "Different"), (Signal::Login, "Two")];

/// Where the weight of each level comes from: it is the same for all levels of one number in a list, or is given.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Learned(usize),
    Given(f64),
}

/// Of each level of each signal. The first level of each signal says nothing and weighs nothing, but for the prior's.
type Sources = Vec<Vec<Source>>;

fn sources() -> (Sources, usize) {
    let mut next = 0;
    let mut source = |signal: Signal, level: usize| {
        let of = |(of, name, _): &&(Signal, &str, f64)| *of == signal && *name == signal.levels()[level];
        match FIXED.iter().find(of) {
            Some((_, _, weight)) => Source::Given(*weight),
            None if level == 0 && signal != Signal::Prior => Source::Given(0.0),
            None => {
                next += 1;
                Source::Learned(next - 1)
            }
        }
    };
    let sources = Signal::ALL
        .into_iter()
        .map(|signal| (0..signal.levels().len()).map(|level| source(signal, level)).collect())
        .collect();
    (sources, next)
}

/// The weights under which these counts are likeliest, less `penalty` times half the square of each weight, among those that are `ORDERED`:
/// two that came out the wrong way round become one, and all are learned again.
pub fn learned(counts: &Counts, penalty: f64) -> Weights {
    let is_ruled = |levels: &Levels| RULES.iter().any(|(signal, name)| signal.levels()[levels.of(*signal)] == *name);
    let mut counts: Vec<(&Levels, &[f64; 2])> = counts.iter().filter(|(levels, _)| !is_ruled(levels)).collect();
    counts.sort_by_key(|(levels, _)| **levels);
    let (mut sources, most) = sources();
    loop {
        let weights = likeliest(&counts, &sources, most, penalty);
        let wrong: Vec<(Signal, usize, usize)> = ORDERED
            .iter()
            .flat_map(|(signal, names)| {
                let at = |name: &str| signal.levels().iter().position(|level| *level == name).expect("it is a level");
                names.windows(2).map(move |two| (*signal, at(two[0]), at(two[1])))
            })
            .filter(|(signal, more, less)| weights.of(*signal, *more) < weights.of(*signal, *less) - 1e-6)
            .collect();
        if wrong.is_empty() {
            return weights;
        }
        for (signal, more, less) in wrong {
            let levels = &mut sources[signal as usize];
            let (from, to) = match (levels[more], levels[less]) {
                (Source::Given(_), Source::Given(_)) => {
                    panic!("{signal:?} is given in another order than it should be")
                }
                (given @ Source::Given(_), learned) | (learned, given) => (learned, given),
            };
            levels.iter_mut().filter(|level| **level == from).for_each(|level| *level = to);
        }
    }
}

/// The weights under which these counts are likeliest, as far as they are learned.
fn likeliest(counts: &[(&Levels, &[f64; 2])], sources: &Sources, most: usize, penalty: f64) -> Weights {
    let source = |signal: Signal, levels: &Levels| sources[signal as usize][levels.of(signal)];
    let rows: Vec<(Vec<usize>, f64, [f64; 2])> = counts
        .iter()
        .map(|(levels, counts)| {
            let (mut on, mut given) = (Vec::new(), 0.0);
            for signal in Signal::ALL {
                match source(signal, levels) {
                    Source::Learned(at) => on.push(at),
                    Source::Given(weight) => given += weight,
                }
            }
            (on, given, **counts)
        })
        .collect();
    let mut weights = vec![0.0; most];
    for _ in 0..25 {
        let mut gradient: Vec<f64> = weights.iter().map(|weight| -penalty * weight).collect();
        let mut curve = vec![vec![0.0; most]; most];
        for (at, row) in curve.iter_mut().enumerate() {
            row[at] = penalty;
        }
        for (on, given, [same, other]) in &rows {
            let odds: f64 = given + on.iter().map(|at| weights[*at]).sum::<f64>();
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
    let weight = |from: &Source| match from {
        Source::Learned(at) => weights[*at],
        Source::Given(weight) => *weight,
    };
    Weights(sources.iter().map(|levels| levels.iter().map(weight).collect()).collect())
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
