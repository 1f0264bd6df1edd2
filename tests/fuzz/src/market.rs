//! A market that steps are done in, with what is checked after each transaction.

use crate::{
    calls::{Call, Caller},
    draws::Draws,
    edits,
    refusals::check_named,
    scripts,
    tally::Tally,
};
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{address, instruction as build};
use evergreen_tests::{
    Outcome, World,
    chain::{MAX_TRANSACTION_BYTES, transaction_size},
};
use std::cell::RefCell;

thread_local! {
    /// Names of the instructions of the last transaction of this thread.
    static SENT: RefCell<String> = const { RefCell::new(String::new()) };
}

fn note(instructions: &[Instruction]) {
    let names: Vec<&str> = instructions.iter().filter_map(build::name).collect();
    SENT.set(names.join(", "));
}

/// Returns the names of the instructions of the last transaction that this thread has sent in a step.
pub fn last_sent() -> String {
    SENT.with_borrow(Clone::clone)
}

/// A step: what kind it is of, and its decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Name of the kind: that of a call, `world.` with that of an event, `script.` with that of a script, or `bundle`.
    pub name: String,
    /// The decisions.
    pub draws: Vec<u64>,
}

/// A market.
pub struct Market<'a> {
    /// The world.
    pub world: World,
    /// What was tried, and what came of it.
    pub tally: &'a mut Tally,
    /// Whether each transaction and its events are printed.
    pub told: bool,
    calls: &'a [Call],
}

impl<'a> Market<'a> {
    /// Begins an episode in a world.
    pub fn new(world: World, calls: &'a [Call], tally: &'a mut Tally) -> Self {
        Self { world, tally, told: false, calls }
    }

    /// Does one step. Decisions that are not recorded are zero, or random.
    ///
    /// # Panics
    /// If something does not hold that must hold, or if there is no such kind of step.
    pub fn step(&mut self, name: &str, draws: &mut Draws) {
        self.tally.steps += 1;
        if let Some(event) = name.strip_prefix("world.") {
            let (.., happen) = edits::ALL.iter().find(|(known, ..)| *known == event).expect("a known event");
            happen(&mut self.world, draws);
        } else if let Some(script) = name.strip_prefix("script.") {
            let (.., play) = scripts::ALL.iter().find(|(known, ..)| *known == script).expect("a known script");
            play(self, draws);
        } else if name == "bundle" {
            self.bundle(draws);
        } else {
            self.call(name, draws);
        }
    }

    /// Sends a call of a kind about any pool; nothing where the state has nothing that it could be about.
    pub fn call(&mut self, name: &str, draws: &mut Draws) -> Option<Outcome> {
        let pool = draws.below(self.world.pools.len() as u64) as usize;
        self.call_at(name, draws, pool)
    }

    /// Sends a call of a kind about a pool.
    pub fn call_at(&mut self, name: &str, draws: &mut Draws, pool: usize) -> Option<Outcome> {
        let call = self.calls.iter().find(|call| call.name == name).expect("a known call");
        let instructions = (call.make)(&mut Caller::at(&self.world, draws, pool))?;
        self.send(&instructions)
    }

    /// Sends any call.
    pub fn any_call(&mut self, draws: &mut Draws) -> Option<Outcome> {
        let instructions = self.any_instructions(draws)?;
        self.send(&instructions)
    }

    fn any_instructions(&self, draws: &mut Draws) -> Option<Vec<Instruction>> {
        let total: u64 = self.calls.iter().map(|call| call.weight).sum();
        let mut at = draws.below(total);
        let call = self.calls.iter().find(|call| {
            let found = at < call.weight;
            at = at.saturating_sub(call.weight);
            found
        });
        (call?.make)(&mut Caller::new(&self.world, draws))
    }

    /// Several calls in one transaction.
    fn bundle(&mut self, draws: &mut Draws) {
        let mut all = Vec::new();
        // Mostly of such as would succeed alone; otherwise one of them nearly always fails.
        let picked = !draws.percent(25);
        for _ in 0..if picked { 6 } else { 2 } + draws.below(6) {
            if let Some(instructions) = self.any_instructions(draws)
                && transaction_size(&instructions, self.world.chain.payer) <= MAX_TRANSACTION_BYTES
                && (!picked || self.world.chain.simulate(&instructions).succeeded())
            {
                all.extend(instructions);
            }
            // The same call twice.
            if draws.percent(10) && !all.is_empty() {
                all.push(all[all.len() - 1].clone());
            }
        }
        while transaction_size(&all, self.world.chain.payer) > MAX_TRANSACTION_BYTES {
            all.pop();
        }
        if !all.is_empty() {
            self.send(&all);
        }
    }

    /// Sends a transaction and checks all that must hold after it.
    ///
    /// # Panics
    /// If something does not hold.
    pub fn send(&mut self, instructions: &[Instruction]) -> Option<Outcome> {
        if transaction_size(instructions, self.world.chain.payer) > MAX_TRANSACTION_BYTES {
            return None;
        }
        if let [instruction] = instructions {
            return Some(self.send_one(instruction));
        }
        Some(self.send_together(instructions))
    }

    fn send_one(&mut self, instruction: &Instruction) -> Outcome {
        note(core::slice::from_ref(instruction));
        if self.told {
            let told = self.world.chain.simulate(core::slice::from_ref(instruction));
            let name = build::name(instruction).unwrap_or("?");
            println!("{} {name}: {:?} {:?}", self.world.chain.now(), told.failure, told.events());
        }
        let outcome = self.world.send(instruction.clone());
        self.tally.count(core::slice::from_ref(instruction), &outcome);
        check_named(&outcome);
        outcome
    }

    /// Several instructions in one transaction come to the same as one by one, so that whoever bundles them gains nothing, and each is checked by itself.
    fn send_together(&mut self, instructions: &[Instruction]) -> Outcome {
        note(instructions);
        let (together, left) = self.world.chain.preview(instructions);
        self.tally.count(instructions, &together);
        check_named(&together);
        if !together.succeeded() {
            return together;
        }
        self.tally.bundles += 1;
        for instruction in instructions {
            let alone = self.world.send(instruction.clone());
            assert!(
                alone.succeeded(),
                "{:?} succeeds within a transaction and not alone: {:?}",
                build::name(instruction),
                alone.failure
            );
        }
        for (key, expected) in left {
            let own = [address::PROGRAM, anchor_spl::token::ID, anchor_spl::token_2022::ID].contains(&expected.owner);
            if own && !expected.data.is_empty() {
                let found = self.world.chain.data(&key);
                assert!(
                    found == expected.data,
                    "{key} is another one after a transaction than after its instructions one by one"
                );
            }
        }
        together
    }
}
