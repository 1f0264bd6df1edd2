//! Trades of a world: committed, and filled at the first price after that.

use crate::{
    chain::{Chain, actor},
    feed::Feed,
    outcome::{Outcome, assert_error},
    world::World,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts,
    events::Event,
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        engine::set_aside,
        errors::EvergreenError,
        oracle::CONFIRMED_BEFORE,
        state::{MarginAccount, OptionId, Pool, SeriesId, SeriesRegistry, SeriesSpec, SeriesStatus},
    },
    instruction::{self as build, PoolKeys, PriceFeed},
};

/// Names an option that nobody can list.
const UNLISTED: OptionId = OptionId { underlying: 0, put: false, strike: 0, tenor: 0, cap_bps: 0 };

/// Returns legs as a trader names them; a series that is not in use becomes an option that nobody can list.
pub fn named(registry: &SeriesRegistry, legs: &[(SeriesId, i64)]) -> Vec<OptionLeg> {
    let leg = |(series, points): &(SeriesId, i64)| OptionLeg {
        option: registry.option(*series).unwrap_or(UNLISTED),
        points: *points,
    };
    legs.iter().map(leg).collect()
}

/// Returns the terms of a trade at any price: the most to pay is all cash beside the tip and the bond.
pub fn at_any_price(
    pool: &Pool,
    registry: &SeriesRegistry,
    account: &MarginAccount,
    legs: &[(SeriesId, i64)],
) -> TradeTerms {
    let plain: Vec<Leg> = legs.iter().map(|(series, points)| Leg { series: *series, points: *points }).collect();
    let reduces = plain.iter().all(|leg| account.is_shrunk_by(leg));
    let (mut pool, mut changed) = (Box::new(*pool), Box::new(*account));
    // Where they cannot be set aside the commitment is refused, whatever its limit.
    let cash = set_aside(&mut pool, registry, &mut changed, &plain, 0).map_or(0, |_| changed.cash.max(0));
    TradeTerms { legs: named(registry, legs), closing: 0, min_net: if reduces { i64::MIN } else { -cash } }
}

/// Returns the feeds whose prices fill the commitment of an account: those of its legs and of the live positions.
pub fn feeds_to_fill(
    registry: &SeriesRegistry,
    underlyings: &[Pubkey],
    account: &MarginAccount,
    feeds: &[PriceFeed],
) -> Vec<PriceFeed> {
    let positions = account.open_positions().map(|place| account.positions[place].series());
    let series = account.commitment.legs().into_iter().map(|leg| leg.series).chain(positions);
    let live = series.filter_map(|id| registry.series(id).ok()).filter(|series| series.status() == SeriesStatus::Live);
    let needed: Vec<Pubkey> = live.map(|series| underlyings[usize::from(series.underlying)]).collect();
    feeds.iter().filter(|feed| needed.contains(&feed.underlying)).copied().collect()
}

/// Returns the fill of an account's commitment at the prices of `feeds`; the tip goes back to the account.
pub fn fill(chain: &Chain, keys: &PoolKeys, account: &Pubkey, feeds: &[PriceFeed]) -> Instruction {
    let state = accounts::margin_account(&chain.data(account)).expect("an account");
    let registry = accounts::registry(&chain.data(&keys.registry)).expect("a registry");
    let pool = accounts::pool(&chain.data(&keys.pool)).expect("a pool");
    let underlyings: Vec<Pubkey> = pool.underlyings.iter().map(|entry| entry.key).collect();
    build::fill_trade(keys, *account, None, None, &feeds_to_fill(&registry, &underlyings, &state, feeds))
}

/// Publishes the prices of these feeds anew at the chain's time.
pub fn publish(chain: &mut Chain, feeds: &[Feed]) {
    let (now, slot) = (chain.now(), chain.slot());
    for feed in feeds {
        let mut price = feed.price;
        if now != price.publish_time {
            (price.prev_publish_time, price.publish_time) = (price.publish_time, now);
        }
        let data = Feed { price, ..feed.clone() }.encode(slot);
        chain.write(feed.accounts.price, feed.owner, data);
    }
}

/// Returns the outcome of a fill as that of a trade: one that was cancelled is a failure with the error that a trade would have
/// been refused with.
pub fn as_trade(mut outcome: Outcome) -> Outcome {
    let cancelled = outcome.events().into_iter().find_map(|event| match event {
        Event::CommitmentCancelled(e) => Some(e),
        _ => None,
    });
    if let Some(cancelled) = cancelled {
        outcome.failure = Some(format!("the commitment was cancelled: {:?}", cancelled.reason));
        outcome.code = Some(cancelled.error).filter(|error| *error != 0);
    }
    outcome
}

impl World {
    /// Returns the commitment of a trade at any price that the account's cash can pay.
    pub fn commit_instruction(&self, who: &str, pool: usize, legs: &[(SeriesId, i64)]) -> Instruction {
        let (view, account) = (self.view(pool), self.account(who, pool));
        let terms = at_any_price(&view.pool, &view.registry, &account, legs);
        self.commit_terms(who, pool, terms)
    }

    /// Returns the commitment of a trade within a limit, the least change of cash accepted, native units.
    pub fn commit_within(&self, who: &str, pool: usize, legs: &[(SeriesId, i64)], min_net: i64) -> Instruction {
        let legs = named(&self.view(pool).registry, legs);
        self.commit_terms(who, pool, TradeTerms { legs, closing: 0, min_net })
    }

    /// Returns the commitment of a trade.
    pub fn commit_terms(&self, who: &str, pool: usize, terms: TradeTerms) -> Instruction {
        let (view, account) = (self.view(pool), self.account(who, pool));
        let legs = view.registry.resolve(&terms.legs).unwrap_or_default();
        let (mut scratch, mut changed) = (Box::new(*view.pool), account.clone());
        let aside = set_aside(&mut scratch, &view.registry, &mut changed, &legs, self.chain.now());
        // Prices are read where written options need more than the cash that is left.
        let feeds = if aside.is_ok_and(|aside| aside.uncovered) { self.markets() } else { Vec::new() };
        let number = account.next_order;
        build::commit_trade(actor(who), &self.pools[pool], self.account_key(who, pool), number, terms, &feeds)
    }

    /// Returns the fill of somebody's commitment at the prices as they are; the tip goes back to the account.
    pub fn fill_instruction(&self, who: &str, pool: usize) -> Instruction {
        let account = self.account_key(who, pool);
        fill(&self.chain, &self.pools[pool], &account, &self.markets_to_fill(pool, &account))
    }

    /// Returns all underlyings with their price accounts, those far from their average with the first price some seconds before the
    /// moment of an account's commitment.
    pub fn markets_to_fill(&self, pool: usize, account: &Pubkey) -> Vec<PriceFeed> {
        let view = self.view(pool);
        let commitment = view.accounts[account].commitment;
        let moment = commitment.committed_at + i64::from(commitment.fill_delay);
        let pair = |market: usize| {
            let earlier = self.is_far(market).then(|| self.first_after(market, moment - CONFIRMED_BEFORE)).flatten();
            core::iter::once(self.feeds[market].accounts).chain(earlier)
        };
        (0..self.feeds.len()).flat_map(pair).collect()
    }

    /// Lets the time pass after which a price fills a commitment of now; prices stay, published anew.
    pub fn wait_for_fill(&mut self) {
        let delay = self.view(0).pool.params.fill_delay;
        self.pass(i64::from(delay) + 1);
    }

    /// Fills somebody's commitment at the prices as they are; one that is cancelled counts as a failure.
    #[track_caller]
    pub fn fill(&mut self, who: &str, pool: usize) -> Outcome {
        let fill = self.fill_instruction(who, pool);
        as_trade(self.send(fill))
    }

    /// Trades at any price that the account's cash can pay, filled now: see [`Self::commit_and_fill`]. A refused commitment and a
    /// cancelled one are failures with the error of the rule.
    #[track_caller]
    pub fn trade(&mut self, who: &str, pool: usize, legs: &[(SeriesId, i64)]) -> Outcome {
        let commit = self.commit_instruction(who, pool, legs);
        let done = self.commit_and_fill(who, pool, commit.clone());
        if done.code != Some(EvergreenError::RentTooLow.into()) || !self.touch_for(pool, legs) {
            return done;
        }
        self.commit_and_fill(who, pool, commit)
    }

    /// Lists once more what is bought and nobody has touched for an hour, as clients do in front of a trade where a place is scarce. Returns whether there was any.
    fn touch_for(&mut self, pool: usize, legs: &[(SeriesId, i64)]) -> bool {
        let (registry, now) = (self.view(pool).registry, self.chain.now());
        let mut touched = false;
        for (id, _) in legs.iter().filter(|(_, points)| *points > 0) {
            let option = registry.option(*id).expect("an option");
            if registry.series(*id).expect("a series").is_untouched(now) {
                let request = SeriesSpec { put: option.put, strike: option.strike, tenor: option.tenor };
                let listed = self.view(pool).pool.underlyings[usize::from(option.underlying)].key;
                let feed = self.feeds.iter().find(|feed| feed.accounts.underlying == listed).expect("a feed").accounts;
                let list = build::list_series(&self.pools[pool], &feed, request);
                touched |= self.send(list).succeeded();
            }
        }
        touched
    }

    /// Returns what a trade at any price that the account's cash can pay would come to: committed and filled on a fork of the chain, after the samples that it
    /// has to wait for.
    pub fn preview_trade(&self, who: &str, pool: usize, legs: &[(SeriesId, i64)]) -> Outcome {
        let mut fork = self.chain.clone();
        let delay = i64::from(self.view(pool).pool.params.fill_delay) + 1;
        fork.pass(-delay);
        let committed = fork.send(&[self.commit_instruction(who, pool, legs)]);
        if !committed.succeeded() {
            return committed;
        }
        fork.pass(delay);
        publish(&mut fork, &self.feeds);
        let fill = fill(&fork, &self.pools[pool], &self.account_key(who, pool), &self.markets());
        let filled = fork.send(core::slice::from_ref(&fill));
        if filled.code != Some(EvergreenError::SampleDue.into()) {
            return as_trade(filled);
        }
        let all: Vec<Instruction> = self.due_samples().into_iter().chain([fill]).collect();
        as_trade(fork.send(&all))
    }

    /// Trades within a limit, the least change of cash accepted, native units.
    #[track_caller]
    pub fn trade_within(&mut self, who: &str, pool: usize, legs: &[(SeriesId, i64)], min_net: i64) -> Outcome {
        let commit = self.commit_within(who, pool, legs, min_net);
        self.commit_and_fill(who, pool, commit)
    }

    /// Sends a commitment at the latest moment before now after which a price of now fills it, and fills it now ([`Self::send_before`]).
    #[track_caller]
    pub fn commit_and_fill(&mut self, who: &str, pool: usize, commit: Instruction) -> Outcome {
        let committed = self.send_before(commit);
        if committed.succeeded() { self.fill(who, pool) } else { committed }
    }

    /// Sends an instruction at the latest moment before now after which a price of now is the first one that it waits for, so that no funding accrues
    /// between what came before and what follows at that price. Prices of the last seconds are published anew.
    #[track_caller]
    pub fn send_before(&mut self, instruction: Instruction) -> Outcome {
        let delay = i64::from(self.view(0).pool.params.fill_delay) + 1;
        if (0..self.feeds.len()).any(|market| self.is_far(market)) {
            // The price before the commitment is needed, too, so it is published for a while.
            self.pass(20);
            let sent = self.send(instruction);
            self.pass(delay);
            return sent;
        }
        self.chain.pass(-delay);
        let then = self.chain.now();
        self.republish_since(then);
        let sent = self.send(instruction);
        self.chain.pass(delay);
        let now = self.chain.now();
        for market in 0..self.feeds.len() {
            if (now - 5..now).contains(&self.feeds[market].price.publish_time) {
                self.edit_price(market, |_| {});
            }
        }
        sent
    }

    /// Publishes prices anew that were published after a moment, unix seconds.
    pub(crate) fn republish_since(&mut self, moment: i64) {
        for market in 0..self.feeds.len() {
            if self.feeds[market].price.publish_time > moment {
                self.edit_price(market, |_| {});
            }
        }
    }

    /// Trades at any price that the account's cash can pay, which must fail with this error.
    #[track_caller]
    pub fn trade_refused(
        &mut self,
        who: &str,
        pool: usize,
        legs: &[(SeriesId, i64)],
        error: impl Into<u32> + core::fmt::Debug,
    ) {
        let outcome = self.trade(who, pool, legs);
        assert_error(&outcome, error);
    }
}
