//! Random trades, deposits and withdrawals.

use super::{POOLS, Seat, TENTH, Week, seat};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{Series, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{BTC, Outcome, chain::actor, snapshot::PoolView, trading, world::TOKEN};

/// Whoever fills trades for their tips.
const KEEPER: Seat = seat("keeper");

/// The accounts that act at random.
const TRADERS: [Seat; 7] = [
    seat("alice"),
    Seat { who: "alice", sub_account: 1 },
    seat("bob"),
    seat("carol"),
    seat("dave"),
    seat("erin"),
    seat("frank"),
];

/// Returns the points of 0.1 BTC, or of ETH with as much notional.
pub const fn unit(series: &Series) -> i64 {
    if series.underlying as usize == BTC { TENTH } else { 25 * TENTH }
}

/// What happens between a commitment and its fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing but time.
    Nothing,
    /// Other people act, and a keeper fills the trade.
    Others,
    /// Nobody fills it in time.
    Lapse,
}

impl Week {
    /// Trades at any price that the account's cash can pay: commits, and fills at the first price after that. The trader fills, and
    /// gets the tip back. A refused commitment and one that is not filled are failures with the error of the rule.
    #[track_caller]
    pub fn trade(&mut self, pool: usize, seat: Seat, legs: &[(SeriesId, i64)]) -> Outcome {
        self.trade_with(pool, seat, legs, Between::Nothing)
    }

    /// Trades as [`Self::trade`] does; between commitment and fill something happens, and then it is a keeper who fills.
    #[track_caller]
    pub fn trade_with(&mut self, pool: usize, seat: Seat, legs: &[(SeriesId, i64)], between: Between) -> Outcome {
        let commit = self.commitment(pool, seat, legs);
        let committed = self.send("commit", &[commit]);
        if !committed.succeeded() {
            return committed;
        }
        let other = if between == Between::Others { self.others_commit(pool, seat) } else { None };
        self.world.wait_for_fill();
        if between == Between::Lapse {
            // The first price after the commitment stays in its account.
            self.world.chain.pass(60);
        }
        let keeper = self.key(pool, KEEPER);
        if let Some(other) = other {
            let _ = self.fill(pool, other, Some(keeper));
        }
        let filled = self.fill(pool, seat, Some(keeper).filter(|_| between != Between::Nothing));
        self.world.pass(0);
        filled
    }

    /// Returns the commitment of a trade at any price that the account's cash can pay. Carol's trades are signed by her delegate while they do not rest.
    pub fn commitment(&self, pool: usize, seat: Seat, legs: &[(SeriesId, i64)]) -> Instruction {
        let (view, account) = (self.world.view(pool), self.account(pool, seat));
        let rests = account.delegate_from > self.world.chain.now();
        let signer = actor(if seat.who == "carol" && !rests { "dora" } else { seat.who });
        let terms = trading::at_any_price(&view.pool, &view.registry, &account, legs);
        build::commit_trade(
            signer,
            &self.world.pools[pool],
            self.key(pool, seat),
            account.next_order,
            terms,
            &self.world.markets(),
        )
    }

    /// Fills somebody's commitment at the prices as they are. The tip goes to `filler`, or back. One that is cancelled counts as a
    /// failure.
    #[track_caller]
    pub fn fill(&mut self, pool: usize, seat: Seat, filler: Option<Pubkey>) -> Outcome {
        let fill = self.fill_instruction(pool, self.key(pool, seat), filler, None);
        trading::as_trade(self.send("fill", &[fill]).ok())
    }

    /// Returns the fill of an account's commitment at the prices as they are, with number and payer of the order it comes from.
    pub fn fill_instruction(
        &self,
        pool: usize,
        account: Pubkey,
        filler: Option<Pubkey>,
        order: Option<(u64, Pubkey)>,
    ) -> Instruction {
        let view = self.world.view(pool);
        let underlyings: Vec<Pubkey> = view.pool.underlyings.iter().map(|entry| entry.key).collect();
        let state = &view.accounts[&account];
        let feeds =
            trading::feeds_to_fill(&view.registry, &underlyings, state, &self.world.markets_to_fill(pool, &account));
        build::fill_trade(&self.world.pools[pool], account, filler, order, &feeds)
    }

    /// While somebody's trade waits for its price, that person deposits and cannot withdraw, and another one commits a trade, which
    /// is filled first. Returns that other one.
    fn others_commit(&mut self, pool: usize, waiting: Seat) -> Option<Seat> {
        let (keys, feeds) = (self.world.pools[pool], self.world.markets());
        let amount = self.random.range(1, TOKEN as i64).unsigned_abs();
        self.deposit(pool, waiting, amount).ok();
        let withdraw = build::withdraw_margin(actor(waiting.who), &keys, self.key(pool, waiting), 1, &feeds);
        self.refused(withdraw, EvergreenError::CommitmentOpen);
        let other = *self.random.pick(&TRADERS);
        let open = self.open_to_all(pool, &self.world.view(pool));
        let (id, series) = *self.random.pick(&open);
        let size = unit(&series) / 100 * self.random.range(10, 40);
        let commit = self.commitment(pool, other, &[(id, size)]);
        self.send("commit", &[commit]).succeeded().then_some(other)
    }

    /// Trades; sometimes other people act before the trade is filled, and sometimes nobody fills it in time.
    fn trade_somehow(&mut self, pool: usize, seat: Seat, legs: &[(SeriesId, i64)]) {
        let between = match self.random.range(0, 99) {
            0..=24 => Between::Others,
            25..=31 => Between::Lapse,
            _ => Between::Nothing,
        };
        let _ = self.trade_with(pool, seat, legs, between);
    }

    /// Lets a random trader do something in a random pool.
    pub fn somebody_acts(&mut self) {
        let (pool, seat) = (*self.random.pick(&POOLS), *self.random.pick(&TRADERS));
        let view = self.world.view(pool);
        let open: Vec<(SeriesId, Series)> = self.open_to_all(pool, &view);
        if open.is_empty() {
            return;
        }
        let (id, series) = *self.random.pick(&open);
        let size = unit(&series) / 100 * self.random.range(10, 80);
        match self.random.range(0, 99) {
            0..=5 => {
                let amount = self.random.range(1, 3 * TOKEN as i64).unsigned_abs();
                let _ = self.deposit(pool, seat, amount);
            }
            6..=11 => {
                let amount = self.random.range(1, 3 * TOKEN as i64).unsigned_abs();
                let _ = self.withdraw(pool, seat, amount);
            }
            12..=54 => {
                self.trade_somehow(pool, seat, &[(id, size)]);
            }
            55..=74 => {
                let room = series.long_points - series.short_points;
                if room > 0 {
                    self.trade_somehow(pool, seat, &[(id, -size.min(room))]);
                }
            }
            75..=91 => self.close_one(pool, seat),
            _ => {
                // The trade is a spread, or it buys both series if nothing can be written of the second.
                let (other, bought) = *self.random.pick(&open);
                let room = bought.long_points - bought.short_points;
                let second = if room > 0 { -(unit(&bought) / 5).min(room) } else { unit(&bought) / 5 };
                if other != id {
                    self.trade_somehow(pool, seat, &[(id, size), (other, second)]);
                }
            }
        }
    }

    /// Returns the live series that random traders may use.
    pub fn open_to_all(&self, pool: usize, view: &PoolView) -> Vec<(SeriesId, Series)> {
        let live = view.series().filter(|(_, series)| series.status == 1);
        live.map(|(id, series)| (id, *series)).filter(|(id, _)| !self.named[pool].is_reserved(*id)).collect()
    }

    /// Closes all or half of a position.
    fn close_one(&mut self, pool: usize, seat: Seat) {
        let open: Vec<_> = self.account(pool, seat).positions.iter().filter(|p| p.points != 0).copied().collect();
        if open.is_empty() {
            return;
        }
        let position = *self.random.pick(&open);
        let points = if self.random.percent(50) { position.points } else { (position.points / 2).max(1) };
        self.trade_somehow(pool, seat, &[(position.series(), -points)]);
    }
}
