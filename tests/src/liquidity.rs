//! Liquidity in a world: requested, and executed at the first prices after a full minute.

use crate::{chain::actor, feed::Feed, outcome::Outcome, world::World};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts, address,
    events::Event,
    evergreen::{
        engine::{is_first_deposit, needed_prices},
        errors::EvergreenError,
        state::{LiquidityRequest, PriceSource, ReturnReason, SeriesStatus, ShareClass},
    },
    instruction::{self as build, PriceFeed},
};

const MAIN: ShareClass = ShareClass::Main;

/// Returns the outcome of the execution of a deposit as that of a deposit: one that was given back is a failure with the error that a request would meet.
pub fn as_deposit(mut outcome: Outcome) -> Outcome {
    let returned = outcome.events().into_iter().find_map(|event| match event {
        Event::DepositReturned(e) => Some(e),
        _ => None,
    });
    if let Some(returned) = returned {
        outcome.failure = Some(format!("the deposit was given back, less {}: {:?}", returned.fee, returned.reason));
        outcome.code = Some(error_of(returned.reason).into());
    }
    outcome
}

/// The error that says what a reason says.
const fn error_of(reason: ReturnReason) -> EvergreenError {
    match reason {
        ReturnReason::Halted => EvergreenError::PoolHalted,
        ReturnReason::Distressed => EvergreenError::PoolDistressed,
        ReturnReason::SharesRenewed | ReturnReason::NoShares => EvergreenError::SharesSpent,
        ReturnReason::PriceUncertain => EvergreenError::PriceUncertain,
        ReturnReason::WritersUnsettled => EvergreenError::WritersUnsettled,
        ReturnReason::NoPrice => EvergreenError::PriceNotFirst,
        ReturnReason::TooFewShares => EvergreenError::BelowMinimum,
        ReturnReason::RulesChanged => EvergreenError::ProposalAnnounced,
        ReturnReason::SampleUntaken => EvergreenError::SampleDue,
        ReturnReason::Lapsed | ReturnReason::NoShareAccount => EvergreenError::OffGrid,
    }
}

impl World {
    /// Whether a valuation of a pool needs prices.
    pub fn is_priced(&self, pool: usize) -> bool {
        let view = self.view(pool);
        view.registry.series.iter().any(|series| series.status() == SeriesStatus::Live && series.has_interest())
    }

    /// Returns the number that somebody's next request names.
    pub fn next_number(&self, who: &str) -> u64 {
        let counter = self.chain.account(&address::counter(&actor(who)));
        counter.map_or(0, |account| accounts::counter(&account.data).expect("a counter").next_number)
    }

    /// Returns the number of somebody's last request.
    ///
    /// # Panics
    /// If there was none.
    pub fn last_number(&self, who: &str) -> u64 {
        self.next_number(who).checked_sub(1).expect("a request")
    }

    /// Returns the address of somebody's request in the main class.
    pub fn request_key(&self, who: &str, pool: usize, id: u64) -> Pubkey {
        self.request_key_in(who, pool, MAIN, id)
    }

    fn request_key_in(&self, who: &str, pool: usize, class: ShareClass, id: u64) -> Pubkey {
        address::request(&self.pools[pool].pool, class, &actor(who), id)
    }

    /// Returns somebody's request in the main class.
    ///
    /// # Panics
    /// If it does not exist.
    pub fn request_of(&self, who: &str, pool: usize, id: u64) -> LiquidityRequest {
        self.request_in(who, pool, MAIN, id)
    }

    /// Returns somebody's request in a class.
    ///
    /// # Panics
    /// If it does not exist.
    pub fn request_in(&self, who: &str, pool: usize, class: ShareClass, id: u64) -> LiquidityRequest {
        *accounts::request(&self.chain.data(&self.request_key_in(who, pool, class, id))).expect("a request")
    }

    /// Returns the execution of somebody's deposit in the main class at the first prices after its minute.
    ///
    /// # Panics
    /// If it does not exist.
    pub fn execute_deposit_instruction(&self, who: &str, pool: usize, id: u64) -> Instruction {
        self.execute_deposit_in(who, pool, MAIN, id)
    }

    /// Returns the execution of somebody's deposit at the first prices after its minute.
    ///
    /// # Panics
    /// If it does not exist.
    pub fn execute_deposit_in(&self, who: &str, pool: usize, class: ShareClass, id: u64) -> Instruction {
        let request = self.request_in(who, pool, class, id);
        build::execute_deposit(&self.pools[pool], &request, &self.minute_markets(pool, class, request.minute))
    }

    /// Returns the underlyings that liquidity of a full minute needs, with the first prices after it; where none is kept, with the present one.
    pub fn minute_markets(&self, pool: usize, class: ShareClass, minute: i64) -> Vec<PriceFeed> {
        if class == ShareClass::Insurance {
            return Vec::new();
        }
        let view = self.view(pool);
        let needed = needed_prices(&view.pool, &view.registry, Some(minute));
        let keys: Vec<Pubkey> =
            view.pool.underlyings.iter().zip(needed).filter(|(_, n)| *n).map(|(u, _)| u.key).collect();
        let markets = (0..self.feeds.len()).filter(|market| keys.contains(&self.feeds[*market].accounts.underlying));
        markets.map(|market| self.first_after(market, minute).unwrap_or(self.feeds[market].accounts)).collect()
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

    /// Whether a deposit in a class is its first one, which waits for nothing.
    pub fn is_first_deposit(&self, pool: usize, class: ShareClass) -> bool {
        let view = self.view(pool);
        is_first_deposit(&view.pool, &view.registry, class)
    }

    /// Deposits what is in somebody's wallet in the main class, as [`Self::deposit_in`].
    #[track_caller]
    pub fn deposit_main(&mut self, who: &str, pool: usize, amount: u64, min_shares: u64) -> Outcome {
        self.deposit_in(who, pool, MAIN, amount, min_shares)
    }

    /// Deposits what is in somebody's wallet in a class, executed at the prices as they are after a full minute, for which time may pass; one that is
    /// given back counts as a failure.
    #[track_caller]
    pub fn deposit_in(&mut self, who: &str, pool: usize, class: ShareClass, amount: u64, min_shares: u64) -> Outcome {
        self.chain.give_lamports(&actor(who), 10_000_000_000);
        let id = self.next_number(who);
        let request = build::request_deposit(actor(who), &self.pools[pool], class, id, amount, min_shares);
        let requested = if self.is_first_deposit(pool, class) {
            self.send(request)
        } else {
            self.pass_to_grid(pool);
            self.send_before_minute(request)
        };
        if !requested.succeeded() {
            return requested;
        }
        let wait = self.request_in(who, pool, class, id).minute - LiquidityRequest::grid_time(self.chain.now());
        if wait > 0 && !self.is_first_deposit(pool, class) {
            self.pass(wait);
        }
        let execute = self.execute_deposit_in(who, pool, class, id);
        as_deposit(self.send(execute))
    }

    /// Sends a request of liquidity at the latest moment before the last full minute of which that minute executes it. Prices since are published anew.
    #[track_caller]
    pub fn send_before_minute(&mut self, instruction: Instruction) -> Outcome {
        let now = self.chain.now();
        let delay = i64::from(self.view(0).pool.params.fill_delay);
        let then = LiquidityRequest::grid_time(now) - delay;
        self.chain.pass(then - now);
        self.republish_since(then);
        let sent = self.send(instruction);
        self.chain.pass(now - then);
        self.republish_since(then - 1);
        sent
    }

    /// Executes a withdrawal soon after a full minute, for which time passes.
    #[track_caller]
    pub fn execute(&mut self, pool: usize, class: ShareClass, number: u64) -> Outcome {
        self.pass_to_grid(pool);
        let view = self.view(pool);
        let ready = view.withdrawals_of(class).find(|w| w.number == number).map(|w| w.ready(view.pool.cooldown(class)));
        let minute = LiquidityRequest::grid_time(self.chain.now());
        if ready.is_some_and(|ready| (minute + 1..=minute + 60).contains(&ready)) {
            self.pass(minute + 61 - self.chain.now());
        }
        let execute = self.execute_instruction(pool, class, number);
        self.send(execute)
    }

    /// Returns the execution of a withdrawal now.
    pub fn execute_instruction(&self, pool: usize, class: ShareClass, number: u64) -> Instruction {
        let feeds = self.minute_markets(pool, class, LiquidityRequest::grid_time(self.chain.now()));
        build::execute_withdrawal(&self.pools[pool], self.withdrawal(pool, class, number), &feeds)
    }

    /// Lets time pass, if need be, until liquidity can be executed at present prices.
    pub fn pass_to_grid(&mut self, pool: usize) {
        let minute = LiquidityRequest::grid_time(self.chain.now());
        let is_first = |feed: &Feed| {
            let legacy = feed.source == PriceSource::PythLegacy;
            let since = feed.price.publish_time - minute;
            since > 0 && if legacy { since <= 2 } else { feed.price.prev_publish_time <= minute }
        };
        let needed = self.minute_markets(pool, MAIN, minute);
        let mut feeds =
            self.feeds.iter().filter(|feed| needed.iter().any(|n| n.underlying == feed.accounts.underlying));
        if self.chain.now() - minute > LiquidityRequest::GRID_WINDOW || !feeds.all(is_first) {
            self.pass_to(1);
        }
    }
}
