//! What the weights of `liaison_domain::duplicate` were learned from, and how well they do:
//!
//! - `cargo run --release -p liaison-tests --example duplicates -- generate 5000 > people.csv`: made-up people, with who is who;
//! - `… -- train`: the table of weights, for `crates/domain/src/duplicate/weights.rs`;
//! - `… -- evaluate 100000`: precision, recall and F1 of pairs at the declared threshold, on people of styles that were not learned from.
#![allow(clippy::print_stdout, reason = "its results are what it is run for")]

mod figures;
mod learn;
#[path = "made.rs"]
mod made;

use std::io::{self, Write};

use clap::{Parser, Subcommand};
use liaison_domain::duplicate::{Census, Profile, Sharers, Signal, levels, meetings};
use made::Made;
use made::style::{JUDGED, LEARNED, Style};
use uuid::Uuid;

/// Duplicates: made-up people, weights learned from them, and how well they are found.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prints people as CSV, each with the number of who it is.
    Generate {
        count: usize,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[arg(long, default_value = "merger")]
        style: String,
    },
    /// Learns the weights and prints their table.
    Train {
        #[arg(long, default_value_t = 3.0)]
        penalty: f64,
        /// Sizes of the directories that are learned from, in each style.
        #[arg(long, value_delimiter = ',', default_value = "1500,1500,5000,5000,30000,120000")]
        sizes: Vec<usize>,
    },
    /// Finds duplicates among so many people and prints how well.
    Evaluate {
        count: usize,
        #[arg(long, default_value_t = 4_711)]
        seed: u64,
        /// One style alone; otherwise all that were not learned from.
        #[arg(long)]
        style: Option<String>,
        /// Prints so many of the pairs that were missed and of those that were found wrongly.
        #[arg(long, default_value_t = 0)]
        show: usize,
    },
}

fn styles(name: Option<&str>) -> Vec<Style> {
    match name {
        Some(name) => JUDGED.into_iter().chain(LEARNED).filter(|style| style.name == name).collect(),
        None => JUDGED.to_vec(),
    }
}

fn profiles(made: &[Made]) -> Vec<(Uuid, Profile)> {
    made.iter().zip(1_u128..).map(|(made, at)| (Uuid::from_u128(at), Profile::of(&made.person))).collect()
}

fn main() -> io::Result<()> {
    match Arguments::parse().command {
        Command::Generate { count, seed, style } => generate(count, seed, &style),
        Command::Train { penalty, sizes } => train(penalty, &sizes),
        Command::Evaluate { count, seed, style, show } => {
            for style in styles(style.as_deref()) {
                figures::print(&style, seed, count, show);
            }
            Ok(())
        }
    }
}

fn generate(count: usize, seed: u64, style: &str) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    let head = "who,first_name,last_name,title,department,emails,phones,personal_phones,street1,street2,city,state,postal_code,organizations";
    out.write_record(head.split(','))?;
    for style in styles(Some(style)) {
        for Made { person, who } in made::people(seed, count, &style) {
            let phones = |personal: bool| {
                person
                    .phones
                    .iter()
                    .filter(|line| line.is_personal == personal)
                    .map(|line| line.number.as_str())
                    .collect::<Vec<_>>()
                    .join(" | ")
            };
            let place = person.addresses.first().cloned().unwrap_or_default();
            let organizations = person.organizations.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ");
            out.write_record([
                who.to_string(),
                person.first_name.clone(),
                person.last_name.clone(),
                person.title.clone().unwrap_or_default(),
                person.department.clone().unwrap_or_default(),
                person.emails.join(" | "),
                phones(false),
                phones(true),
                place.street1,
                place.street2.unwrap_or_default(),
                place.city,
                place.state.unwrap_or_default(),
                place.postal_code.unwrap_or_default(),
                organizations,
            ])?;
        }
    }
    out.flush()
}

fn train(penalty: f64, sizes: &[usize]) -> io::Result<()> {
    let mut counts = learn::Counts::new();
    for style in &LEARNED {
        for (&size, seed) in sizes.iter().zip(1..) {
            let made = made::people(seed, size, style);
            let profiles = profiles(&made);
            let census = Census::counted(profiles.iter().map(|(_, profile)| profile));
            let sharers = Sharers::counted(profiles.iter().map(|(_, profile)| profile));
            // A large directory must not drown the small ones.
            let weight = (5_000.0 / size as f64).sqrt();
            meetings(&profiles, |one, other| {
                let levels = levels(&profiles[one].1, &profiles[other].1, &census, &sharers);
                let count = &mut counts.entry(levels).or_default()[usize::from(made[one].who != made[other].who)];
                *count += weight;
            });
        }
    }
    let weights = learn::learned(&counts, penalty);
    let mut out = io::stdout().lock();
    for (signal, weights) in Signal::ALL.into_iter().zip(&weights.0) {
        writeln!(out, "    (\n        Signal::{signal:?},\n        &[")?;
        for (name, weight) in signal.levels().iter().zip(weights) {
            writeln!(out, "            {weight:.2}, // {name}")?;
        }
        writeln!(out, "        ],\n    ),")?;
    }
    Ok(())
}
