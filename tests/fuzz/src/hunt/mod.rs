//! Profit hunting: a search over sequences of what one hand can do with several accounts, for one that leaves it with more than it had.
//!
//! The hand knows all prices that are published in a sequence: they stay within [`Terms::swing`] of where they begin and end. So whatever it
//! gains beyond [`Terms::allowed`] it has taken from others by the order, the sizes and the moments of its transactions.

mod moves;
mod plan;
mod team;
mod worth;

pub use moves::{Gene, KINDS};
pub use plan::MOVES;

use evergreen_tests::{World, random::Random};
use std::time::Instant;
use team::Team;

/// Longest and shortest random sequence.
const LENGTHS: (i64, i64) = (2, 14);
/// How many of the best sequences are changed further.
const KEPT: usize = 32;

/// A market to hunt in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How far prices move from where they begin, either way, in millionths.
    pub swing: i64,
    /// Seed of the prices.
    pub path: u64,
}

impl Terms {
    /// Prices that stay.
    pub const STILL: Self = Self { swing: 0, path: 0 };
    /// Prices that move by three basis points either way. Both fees are eight of notional, so that a round trip with the best two prices costs more than it gains.
    pub const FLICKERING: Self = Self { swing: 300, path: 1 };

    /// Returns the most that the hand may gain, native units: what others pay in funding while a sequence lasts, what the best two prices differ on what
    /// others hold, and a unit for each rounding of a transaction.
    pub fn allowed(&self, team: &Team) -> i64 {
        /// More roundings than a sequence has.
        const ROUNDINGS: i64 = 100;
        let swing = i128::from(team.notional_of_others()) * i128::from(2 * self.swing) / 1_000_000;
        ROUNDINGS + team.funding_of_others() + i64::try_from(swing).unwrap_or(i64::MAX)
    }
}

/// A sequence and what it gains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is done.
    pub genes: Vec<Gene>,
    /// What the hand has more than if it had done nothing, native units.
    pub gain: i64,
    /// Trades that were filled and deposits that were executed.
    pub done: u32,
}

/// What a sequence leads to.
struct After {
    /// What the hand has, native units.
    worth: i64,
    /// Trades that were filled and deposits that were executed.
    done: u32,
    /// Transactions that succeeded, and seconds.
    reached: (u64, i64),
}

/// A search.
pub struct Hunt {
    start: World,
    team: Team,
    terms: Terms,
    idle: i64,
    random: Random,
    best: Vec<Found>,
    /// Sequences tried.
    pub sequences: u64,
    /// Transactions sent in them.
    pub transactions: u64,
    /// Those that succeeded.
    pub succeeded: u64,
}

impl Hunt {
    /// Begins a search.
    pub fn new(terms: Terms, seed: u64) -> Self {
        let (start, team) = Team::gather();
        let mut hunt = Self {
            start,
            team,
            terms,
            idle: 0,
            random: Random(seed),
            best: Vec::new(),
            sequences: 0,
            transactions: 0,
            succeeded: 0,
        };
        hunt.idle = hunt.worth_after(&[]).worth;
        hunt
    }

    /// Returns the most that may be gained, native units.
    pub fn allowed(&self) -> i64 {
        self.terms.allowed(&self.team)
    }

    /// Returns the best sequences so far, the best one first.
    pub fn best(&self) -> &[Found] {
        &self.best
    }

    /// Tries one more sequence: a random one, or a changed one of the best.
    pub fn step(&mut self) {
        let genes = if self.best.is_empty() || self.random.percent(25) { self.any() } else { self.changed() };
        let found = self.played(genes);
        // What does nothing loses nothing, and would be the best for ever.
        if found.done > 0 {
            self.keep(found);
        }
    }

    /// Searches until a moment; returns the first sequence that gains more than is allowed.
    pub fn until(&mut self, end: Instant, most: u64) -> Option<Found> {
        while Instant::now() < end && self.sequences < most {
            self.step();
            if let Some(found) = self.best.first().filter(|found| found.gain > self.allowed()) {
                return Some(found.clone());
            }
        }
        None
    }

    /// Plays a sequence from the beginning.
    pub fn played(&mut self, genes: Vec<Gene>) -> Found {
        self.reached(genes).0
    }

    /// Plays a sequence, and tells how many transactions have succeeded in it and how many seconds it took.
    fn reached(&mut self, genes: Vec<Gene>) -> (Found, (u64, i64)) {
        self.sequences += 1;
        let after = self.worth_after(&genes);
        (Found { genes, gain: after.worth - self.idle, done: after.done }, after.reached)
    }

    fn worth_after(&mut self, genes: &[Gene]) -> After {
        let mut scene = moves::Scene::new(self.start.clone(), &self.team, self.terms);
        for gene in genes {
            scene.play(gene);
        }
        let (sent, succeeded) = scene.counts();
        self.transactions += sent;
        self.succeeded += succeeded;
        let (done, reached) = (scene.done(), (succeeded, scene.seconds()));
        After { worth: scene.worth(), done, reached }
    }

    /// Leaves out what a sequence does not need.
    pub fn shortened(&mut self, found: &Found) -> Found {
        let mut short = found.clone();
        let mut place = 0;
        while place < short.genes.len() {
            let mut genes = short.genes.clone();
            genes.remove(place);
            let without = self.played(genes);
            if without.gain >= short.gain {
                short = without;
            } else {
                place += 1;
            }
        }
        short
    }

    fn keep(&mut self, found: Found) {
        let place = self.best.partition_point(|known| known.gain >= found.gain);
        if place < KEPT && !self.best.contains(&found) {
            self.best.insert(place, found);
            self.best.truncate(KEPT);
        }
    }

    fn any(&mut self) -> Vec<Gene> {
        let count = self.random.range(LENGTHS.0, LENGTHS.1);
        (0..count).map(|_| Gene::random(&mut self.random)).collect()
    }

    fn changed(&mut self) -> Vec<Gene> {
        let mut genes = self.random.pick(&self.best).genes.clone();
        for _ in 0..self.random.range(1, 3) {
            let place = (self.random.word() as usize) % (genes.len() + 1);
            match self.random.word() % 5 {
                0 => genes.insert(place, Gene::random(&mut self.random)),
                1 if place < genes.len() && genes.len() > 1 => drop(genes.remove(place)),
                2 if place < genes.len() => genes[place] = Gene::random(&mut self.random),
                3 if place + 1 < genes.len() => genes.swap(place, place + 1),
                _ if place < genes.len() => genes[place].change(&mut self.random),
                _ => genes.push(Gene::random(&mut self.random)),
            }
        }
        genes
    }
}
