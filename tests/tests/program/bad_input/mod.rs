//! Bad input to every instruction: each test asserts the exact error, and that nothing changed.

mod accounts;
mod admin;
mod keeper;
mod liquidity;
mod other_pool;
pub mod params;
mod prices;
mod scene;
mod tokens;
mod trade;

use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use core::fmt::Debug;
use evergreen_tests::World;

/// An instruction that must be refused.
struct Case {
    what: String,
    instruction: Instruction,
    error: Expected,
}

/// How an instruction must be refused.
enum Expected {
    /// The number and the name of an error of the program, the framework or a token program.
    Error(u32, String),
    /// The name of an error of the runtime.
    Runtime(&'static str),
}

/// Returns the case of an instruction that must be refused with this error.
fn case(what: impl Into<String>, instruction: Instruction, error: impl Into<u32> + Debug) -> Case {
    let name = format!("{error:?}");
    Case { what: what.into(), instruction, error: Expected::Error(error.into(), name) }
}

/// Returns the case of an instruction that must be refused with an error of the runtime.
fn runtime_case(what: impl Into<String>, instruction: Instruction, error: &'static str) -> Case {
    Case { what: what.into(), instruction, error: Expected::Runtime(error) }
}

/// The number of an error, for tables with errors of several kinds.
#[derive(Debug)]
struct Code(u32);

impl From<Code> for u32 {
    fn from(code: Code) -> Self {
        code.0
    }
}

/// Sends every case; the world asserts that nothing changed.
///
/// # Panics
///
/// If a case was not refused as expected; the message lists all of them.
#[track_caller]
fn refuse_all(world: &mut World, cases: Vec<Case>) {
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in cases {
        let outcome = world.send(case.instruction);
        let (as_expected, name) = match &case.error {
            Expected::Error(code, name) => (outcome.code == Some(*code), name.as_str()),
            Expected::Runtime(name) => {
                let found = outcome.failure.as_ref().is_some_and(|f| f.contains(&format!(", {name})")));
                (outcome.code.is_none() && found, *name)
            }
        };
        if !as_expected {
            let logged = outcome.logs.iter().rev().find(|l| l.contains("Error") || l.contains("error"));
            wrong.push(format!("{}: expected {name}, got {:?}, {logged:?}", case.what, outcome.failure));
        }
    }
    assert!(wrong.is_empty(), "{} cases were not refused as expected:\n{}", wrong.len(), wrong.join("\n"));
}

/// Returns the instruction with `new` in place of `old`, wherever it occurs.
#[track_caller]
fn with(instruction: &Instruction, old: Pubkey, new: Pubkey) -> Instruction {
    let mut changed = instruction.clone();
    let places: Vec<_> = changed.accounts.iter_mut().filter(|meta| meta.pubkey == old).collect();
    assert!(!places.is_empty(), "the instruction does not name {old}");
    for meta in places {
        meta.pubkey = new;
    }
    changed
}

/// Returns the instruction without the signature of the account at this place.
fn unsigned(instruction: &Instruction, place: usize) -> Instruction {
    let mut changed = instruction.clone();
    changed.accounts[place].is_signer = false;
    changed
}

/// Returns the instruction with these remaining accounts after its first `named` accounts.
fn with_remaining(instruction: &Instruction, named: usize, remaining: &[Pubkey]) -> Instruction {
    let mut changed = instruction.clone();
    changed.accounts.truncate(named);
    changed.accounts.extend(remaining.iter().map(|key| AccountMeta::new_readonly(*key, false)));
    changed
}
