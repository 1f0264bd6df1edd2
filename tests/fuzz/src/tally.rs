//! What was tried, and what came of it.

use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::instruction as build;
use evergreen_tests::Outcome;
use std::collections::BTreeMap;

/// How often an instruction was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Transactions with it.
    pub tried: u64,
    /// Those that succeeded.
    pub succeeded: u64,
    /// The most compute units that one took which had no other instruction.
    pub units: u64,
}

/// What was tried, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Steps: calls, transactions of several calls, scripts, events of the world.
    pub steps: u64,
    /// Transactions.
    pub transactions: u64,
    /// Transactions of several instructions that succeeded.
    pub bundles: u64,
    /// Episodes after which everybody has left.
    pub recoveries: u64,
    /// Instructions by name.
    pub instructions: BTreeMap<String, Count>,
    /// Refusals by number.
    pub refusals: BTreeMap<u32, u64>,
    /// Refusals of single instructions by name and number.
    pub reasons: BTreeMap<(String, u32), u64>,
}

impl Tally {
    /// Counts a transaction.
    pub fn count(&mut self, instructions: &[Instruction], outcome: &Outcome) {
        self.transactions += 1;
        for name in instructions.iter().filter_map(build::name) {
            let count = self.instructions.entry(name.to_owned()).or_default();
            count.tried += 1;
            count.succeeded += u64::from(outcome.succeeded());
            if instructions.len() == 1 {
                count.units = count.units.max(outcome.units());
            }
        }
        if let Some(code) = outcome.code {
            *self.refusals.entry(code).or_default() += 1;
            if let [instruction] = instructions {
                let name = build::name(instruction).unwrap_or("?").to_owned();
                *self.reasons.entry((name, code)).or_default() += 1;
            }
        }
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.transactions += other.transactions;
        self.bundles += other.bundles;
        self.recoveries += other.recoveries;
        for (name, count) in &other.instructions {
            let sum = self.instructions.entry(name.clone()).or_default();
            sum.tried += count.tried;
            sum.succeeded += count.succeeded;
            sum.units = sum.units.max(count.units);
        }
        for (code, count) in &other.refusals {
            *self.refusals.entry(*code).or_default() += count;
        }
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }

    /// Returns the names of all instructions of the program that were never tried, and of those that never succeeded.
    pub fn missing(&self) -> (Vec<String>, Vec<String>) {
        let count = |name: &String| self.instructions.get(name).copied().unwrap_or_default();
        let all = all_instructions();
        let tried = all.iter().filter(|name| count(name).tried == 0).cloned().collect();
        let succeeded = all.iter().filter(|name| count(name).succeeded == 0).cloned().collect();
        (tried, succeeded)
    }
}

/// Returns the names of all instructions in the interface description, as the client library writes them.
///
/// # Panics
/// If the description cannot be read.
pub fn all_instructions() -> Vec<String> {
    let idl: serde_json::Value =
        serde_json::from_str(include_str!("../../../sdk/idl/evergreen.json")).expect("the description");
    let names = idl["instructions"].as_array().expect("instructions").iter();
    let camel = |name: &str| {
        let word = |word: &str| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        };
        name.split('_').map(word).collect::<String>()
    };
    names.map(|instruction| camel(instruction["name"].as_str().expect("a name"))).collect()
}
