//! Liquidity of the main class in a world: requested, and executed at the first price after that.

use crate::{chain::actor, outcome::Outcome, world::World};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts, address,
    events::Event,
    evergreen::state::{LiquidityRequest, PriceSource, SeriesStatus, ShareClass},
    instruction::{self as build, PriceFeed},
};

const MAIN: ShareClass = ShareClass::Main;

/// Returns the outcome of the execution of a deposit as that of a deposit: one that was given back is a failure with the error that says why.
pub fn as_deposit(mut outcome: Outcome) -> Outcome {
    let returned = outcome.events().into_iter().find_map(|event| match event {
        Event::DepositReturned(e) => Some(e),
        _ => None,
    });
    if let Some(returned) = returned {
        outcome.failure = Some(format!("the deposit was given back, less {}", returned.fee));
        outcome.code = Some(returned.error);
    }
    outcome
}

impl World {
    /// Whether a valuation of a pool needs prices.
    pub fn is_priced(&self, pool: usize) -> bool {
        let view = self.view(pool);
        view.registry.series.iter().any(|series| series.status() == SeriesStatus::Live && series.has_interest())
    }

    /// Returns the address of somebody's request in the main class.
    pub fn request_key(&self, who: &str, pool: usize, id: u64) -> Pubkey {
        address::request(&self.pools[pool].pool, MAIN, &actor(who), id)
    }

    /// Returns somebody's request in the main class.
    ///
    /// # Panics
    /// If it does not exist.
    pub fn request_of(&self, who: &str, pool: usize, id: u64) -> LiquidityRequest {
        *accounts::request(&self.chain.data(&self.request_key(who, pool, id))).expect("a request")
    }

    /// Returns a number for which somebody has no request in the main class.
    pub fn free_id(&self, who: &str, pool: usize) -> u64 {
        let free = |id: &u64| self.chain.account(&self.request_key(who, pool, *id)).is_none();
        (1 << 32..).find(free).expect("a number")
    }

    /// Returns the execution of somebody's deposit at the first prices after it.
    ///
    /// # Panics
    /// If it does not exist.
    pub fn execute_deposit_instruction(&self, who: &str, pool: usize, id: u64) -> Instruction {
        let request = self.request_of(who, pool, id);
        build::execute_deposit(&self.pools[pool], &request, &self.markets_first_after(pool, request.price_after()))
    }

    /// Returns the underlyings that a valuation of a pool needs, with the first prices after a moment, unix seconds; where none is kept, with the
    /// present one.
    pub fn markets_first_after(&self, pool: usize, moment: i64) -> Vec<PriceFeed> {
        let view = self.view(pool);
        let live = view.registry.series.iter().filter(|s| s.status() == SeriesStatus::Live && s.has_interest());
        let needed: Vec<Pubkey> = live.map(|s| view.pool.underlyings[usize::from(s.underlying)].key).collect();
        let markets = (0..self.feeds.len()).filter(|market| needed.contains(&self.feeds[*market].accounts.underlying));
        markets.map(|market| self.first_after(market, moment).unwrap_or(self.feeds[market].accounts)).collect()
    }

    /// Returns the underlyings that a valuation of a pool needs, with the accounts of their present prices.
    pub fn needed(&self, pool: usize) -> Vec<PriceFeed> {
        let first = self.markets_first_after(pool, i64::MAX);
        self.feeds
            .iter()
            .map(|feed| feed.accounts)
            .filter(|feed| first.iter().any(|f| f.underlying == feed.underlying))
            .collect()
    }

    /// Deposits what is in somebody's wallet in the main class, executed now at the prices as they are; one that is given back counts as a
    /// failure.
    #[track_caller]
    pub fn deposit_main(&mut self, who: &str, pool: usize, amount: u64, min_shares: u64) -> Outcome {
        self.chain.give_lamports(&actor(who), 10_000_000_000);
        let id = self.free_id(who, pool);
        let request = build::request_deposit(actor(who), &self.pools[pool], id, amount, min_shares);
        let requested = if self.is_priced(pool) { self.send_before(request) } else { self.send(request) };
        if !requested.succeeded() {
            return requested;
        }
        let execute = self.execute_deposit_instruction(who, pool, id);
        as_deposit(self.send(execute))
    }

    /// Executes a withdrawal; one of the main class that needs prices soon after a full minute, for which time passes.
    #[track_caller]
    pub fn execute(&mut self, pool: usize, class: ShareClass, number: u64) -> Outcome {
        if class == MAIN && self.is_priced(pool) {
            self.pass_to_grid(pool);
        }
        let execute = self.execute_instruction(pool, class, number);
        self.send(execute)
    }

    /// Returns the execution of a withdrawal now.
    pub fn execute_instruction(&self, pool: usize, class: ShareClass, number: u64) -> Instruction {
        let feeds = match class {
            ShareClass::Main => self.markets_first_after(pool, LiquidityRequest::grid_time(self.chain.now())),
            ShareClass::Insurance => Vec::new(),
        };
        build::execute_withdrawal(&self.pools[pool], self.withdrawal(pool, class, number), &feeds)
    }

    /// Lets time pass, if need be, until withdrawals of the main class can be executed at present prices.
    pub fn pass_to_grid(&mut self, pool: usize) {
        let grid = LiquidityRequest::grid_time(self.chain.now());
        let is_first = |world: &Self| {
            let needed = world.markets_first_after(pool, grid);
            needed.iter().all(|feed| world.feeds.iter().any(|known| known.accounts.price == feed.price))
                && world.feeds.iter().all(|feed| {
                    let legacy = feed.source == PriceSource::PythLegacy;
                    let since = feed.price.publish_time - grid;
                    since > 0 && if legacy { since <= 2 } else { feed.price.prev_publish_time <= grid }
                })
        };
        if self.chain.now() - grid > LiquidityRequest::GRID_WINDOW || !is_first(self) {
            self.pass_to(1);
        }
    }
}
