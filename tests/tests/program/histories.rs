//! Random histories of accounts: after every transaction a client's statement equals the account, and with present prices deposits less withdrawals, realised and
//! unrealised profit are its equity to the unit. Every kind of movement occurs, and what a statement calls realised is compared with a model of its own.

mod actions;
mod model;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_math::option::OptionKind;
use evergreen_sdk::{
    accounts,
    events::Event,
    instruction as build,
    portfolio::{BreakEven, HoldingValue, Performance, Statement},
};
use evergreen_tests::{BTC, ETH, Outcome, STOCK, Setup, World, chain::actor, random::Random, world::TOKEN};
use model::Model;
use std::collections::{BTreeMap, BTreeSet};

/// Accounts of a walk; each is a history.
const ACCOUNTS: usize = 20;
/// Steps of a walk.
const STEPS: u32 = 240;
/// Walks of a test; there are two tests, so that two cores share them.
const WALKS: u64 = 50;

/// What has to occur in so many histories of both tests at least: every kind of movement, and what makes them.
const FEATURES: [(&str, usize); 30] = [
    ("arrears", 4),
    ("auto-deleveraged", 10),
    ("closed and opened again", 40),
    ("closed for cash", 1),
    ("debt-absorbed", 6),
    ("deposit", 2_000),
    ("ended, not paid", 300),
    ("fee", 1_500),
    ("funding", 1_500),
    ("lapse-fee", 300),
    ("liquidated", 20),
    ("losses to come", 200),
    ("order cancelled", 200),
    ("order executed", 300),
    ("partial close", 800),
    ("payment-cut", 30),
    ("payment-owed", 50),
    ("payoff", 300),
    ("penalty", 8),
    ("premium", 1_500),
    ("reward", 16),
    ("seizure", 150),
    ("series ended", 150),
    ("stake-earned", 12),
    ("stake-lost", 12),
    ("through zero", 300),
    ("tip-earned", 800),
    ("tip-paid", 800),
    ("valued", 2_000),
    ("withdrawal", 400),
];

fn name(place: usize) -> String {
    format!("holder {place}")
}

/// The market of all walks: a pool with options of three tenors, and accounts with cash of all magnitudes.
fn market() -> World {
    let mut world = World::new(Setup::preset());
    (world.replay, world.round_trip_every, world.checked) = (None, u32::MAX, false);
    for (market, strike, step) in [(BTC, 100_000, 8_000), (ETH, 4_000, 400)] {
        for put in [false, true] {
            world.list(STOCK, market, put, strike);
            world.list_tenor(STOCK, market, put, if put { strike - step } else { strike + step }, 30);
            world.list_tenor(STOCK, market, put, strike, 1);
        }
    }
    world
}

struct Walk {
    world: World,
    random: Random,
    statements: BTreeMap<Pubkey, (Statement, Model)>,
    names: BTreeMap<Pubkey, String>,
    /// What has occurred, by account.
    seen: BTreeMap<Pubkey, BTreeSet<&'static str>>,
    compared: u64,
}

impl Walk {
    fn new(world: World, seed: u64) -> Self {
        let mut walk = Self {
            world,
            random: Random(seed),
            statements: BTreeMap::new(),
            names: BTreeMap::new(),
            seen: BTreeMap::new(),
            compared: 0,
        };
        for place in 0..ACCOUNTS {
            let (who, payer) = (name(place), walk.world.chain.payer);
            let open = build::open_margin_account(payer, actor(&who), &walk.world.pools[STOCK], 0, None);
            walk.names.insert(walk.world.account_key(&who, STOCK), who.clone());
            walk.send(open);
            let tokens = 10u64.pow(walk.random.range(0, 3) as u32) * TOKEN / 10;
            walk.world.fund(&who, STOCK, 1_000 * TOKEN);
            let cash = tokens * walk.random.range(1, 9) as u64;
            walk.deposit(&who, cash);
        }
        walk
    }

    /// Sends an instruction, lets all statements take its events, and compares those that it was about with the chain.
    fn send(&mut self, instruction: Instruction) -> Outcome {
        let outcome = self.world.send(instruction);
        if outcome.succeeded() {
            self.follow(&outcome);
        }
        outcome
    }

    fn follow(&mut self, outcome: &Outcome) {
        let events = outcome.events();
        let time = Some(self.world.chain.now());
        for event in &events {
            if let Event::MarginAccountOpened(e) = event {
                self.statements.insert(e.account, (Statement::new(e.account), Model::default()));
            }
        }
        for (key, (statement, model)) in &mut self.statements {
            let rows = statement.take(&events, time, false);
            if rows.is_empty() {
                continue;
            }
            model.take(&rows);
            assert_eq!(statement.gap(), None, "{}", outcome.log());
            let account = accounts::margin_account(&self.world.chain.data(key)).expect("an account");
            assert_eq!(statement.check(&account), Ok(()), "{}", outcome.log());
            self.compared += 1;
            let seen = self.seen.entry(*key).or_default();
            seen.extend(rows.iter().map(|row| row.kind.name()));
            seen.extend(model.seen());
        }
        self.features(&events);
    }

    fn features(&mut self, events: &[Event]) {
        let mut see = |key: &Pubkey, what| {
            self.seen.entry(*key).or_default().insert(what);
        };
        let ended = events.iter().any(|event| matches!(event, Event::SeriesEnded(_)));
        for event in events {
            match event {
                Event::Liquidated(e) => see(&e.account, "liquidated"),
                Event::OrderExecuted(e) => see(&e.account, "order executed"),
                Event::OrderCancelled(e) => see(&e.account, "order cancelled"),
                _ => {}
            }
        }
        if ended {
            for (key, (statement, _)) in &self.statements {
                if statement.holdings().any(|(_, holding)| holding.points != 0) {
                    see(key, "series ended");
                }
            }
        }
    }

    /// Joins all statements with the present prices.
    fn value(&mut self) {
        let view = self.world.client_view(STOCK);
        for (key, (statement, _)) in &self.statements {
            let account = accounts::margin_account(&self.world.chain.data(key)).expect("an account");
            let quote = match view.account(&account) {
                Ok(quote) => quote,
                // A price that is far from its average and not confirmed is refused for everybody.
                Err(error) => {
                    assert!(error.refusal().is_some(), "{error}");
                    continue;
                }
            };
            let performance = Performance::of(statement, &view, &account).expect("a complete history");
            let sums = performance.deposits - performance.withdrawals + performance.profit();
            assert_eq!(sums, i128::from(quote.equity) + i128::from(performance.set_aside), "{key}");
            assert_eq!(performance.equity, quote.equity);
            let seen = self.seen.entry(*key).or_default();
            seen.insert("valued");
            if performance.unrealised.losses < 0 {
                seen.insert("losses to come");
            }
            let (mut funding, mut carry) = (0, 0);
            for value in &performance.holdings {
                (funding, carry) = (funding + value.funding_per_day, carry + value.carry_per_day);
                let holding = statement.holding(value.series).expect("a position");
                if value.ended {
                    seen.insert("ended, not paid");
                    continue;
                }
                let now = value.break_even(holding, 0).expect("a break-even price").expect("a known cost");
                let gain = i128::from(value.value) + i128::from(value.pending)
                    - i128::from(holding.cost)
                    - i128::from(holding.carried);
                let (spot, rises) = (value.spot.expect("a price"), is_rising(value));
                let beyond = match now {
                    BreakEven::Always => true,
                    BreakEven::Never => false,
                    BreakEven::At(price) => (spot >= price) == rises || spot == price,
                };
                assert_eq!(beyond, gain >= 0, "{now:?} at {spot:?}: {value:?} {holding:?}");
            }
            assert_eq!((funding, carry), (quote.funding_per_day, quote.carry_per_day));
        }
    }
}

/// Whether a position gains when the price rises.
fn is_rising(value: &HoldingValue) -> bool {
    (value.terms.kind() == OptionKind::Call) == (value.points > 0)
}

/// Walks with these seeds. Returns in how many histories each thing has occurred, how many there are, and how often one was compared.
fn walks(seeds: core::ops::Range<u64>) -> (BTreeMap<&'static str, usize>, usize, u64) {
    let world = market();
    let (mut counts, mut histories, mut compared) = (BTreeMap::new(), 0, 0);
    for seed in seeds {
        let mut walk = Walk::new(world.clone(), seed);
        let seized = (seed % 2 == 0).then(|| walk.random.range(i64::from(STEPS) / 2, i64::from(STEPS) - 20) as u32);
        for step in 0..STEPS {
            walk.step();
            if step % 15 == 14 {
                walk.value();
            }
            if seized == Some(step) {
                let percent = if walk.random.percent(50) { 3 } else { 90 };
                walk.seize(percent);
            }
        }
        walk.value();
        if seed % 5 == 0 {
            walk.end();
            walk.value();
        }
        for (key, (statement, model)) in &walk.statements {
            model.compare(statement);
            for what in walk.seen.get(key).into_iter().flatten() {
                *counts.entry(*what).or_default() += 1;
            }
            histories += 1;
        }
        compared += walk.compared;
    }
    (counts, histories, compared)
}

fn random_histories(seeds: core::ops::Range<u64>) {
    let started = std::time::Instant::now();
    let (counts, histories, compared) = walks(seeds);
    println!("{histories} histories, compared {compared} times in {:?}: {counts:?}", started.elapsed());
    assert_eq!(histories as u64, WALKS * ACCOUNTS as u64);
    for (what, least) in FEATURES {
        let found = counts.get(what).copied().unwrap_or(0);
        assert!(found >= least.div_ceil(2), "{what} in {found} of {histories} histories");
    }
}

#[test]
fn a_thousand_histories_equal_the_chain() {
    random_histories(1_000..1_000 + WALKS);
}

#[test]
fn another_thousand_histories_equal_the_chain() {
    random_histories(2_000..2_000 + WALKS);
}
