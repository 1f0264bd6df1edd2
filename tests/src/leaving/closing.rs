//! Positions are closed when everybody leaves, in whatever order debts allow.

use crate::{
    chain::actor,
    snapshot::PoolView,
    trading::{self, named},
    world::World,
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address,
    evergreen::{
        Leg, TradeTerms,
        errors::EvergreenError,
        state::{Action, Position, SeriesId, SeriesStatus},
    },
    instruction::{self as build, PriceFeed},
};

impl World {
    /// Commits the closing of positions, waits, and fills it; returns why it was not filled.
    fn close_legs(&mut self, pool: usize, account: &Pubkey, legs: &[(SeriesId, i64)]) -> Result<(), String> {
        let keys = self.pools[pool];
        self.let_lapse(pool, account);
        let view = self.view(pool);
        let state = view.accounts[account].clone();
        let terms = TradeTerms { legs: named(&view.registry, legs), closing: 0, min_net: i64::MIN };
        let commit = build::commit_trade(state.owner, &keys, *account, state.next_order, terms, &[]);
        if let Some(failure) = self.send(commit).failure {
            return Err(format!("not committed: {failure}"));
        }
        self.wait_for_fill();
        let fill = trading::fill(&self.chain, &keys, account, &self.markets_to_fill(pool, account));
        trading::as_trade(self.send(fill)).failure.map_or(Ok(()), Err)
    }

    /// Ends the commitment of an account once its time is over: one that a pool without cash could neither fill nor cancel.
    fn let_lapse(&mut self, pool: usize, account: &Pubkey) {
        let commitment = self.view(pool).accounts[account].commitment;
        if commitment.is_open() {
            let moment = commitment.committed_at + i64::from(commitment.fill_delay);
            self.pass(i64::from(commitment.fill_delay + commitment.fill_window) + 2);
            let fill = trading::fill(&self.chain, &self.pools[pool], account, &self.markets_after(moment));
            self.send(fill).ok();
        }
    }

    /// Liquidates what can be, and lets the owner close the rest, with new tokens where cash does not suffice; returns false where others have to pay first what they owe.
    pub(super) fn close_positions(&mut self, pool: usize, account: &Pubkey, feeds: &[PriceFeed]) -> bool {
        let keys = self.pools[pool];
        let _ = self.send(build::settle_positions(&keys, *account));
        // What a pool without cash cannot pay for an ended series stays owed, until the owner takes what there is.
        let view = self.view(pool);
        let is_ended =
            |p: &Position| view.registry.series(p.series()).is_ok_and(|s| s.status() == SeriesStatus::Exercised);
        if open(&view, account).iter().any(is_ended) {
            let settled = self.send(build::settle_for_less(view.accounts[account].owner, &keys, *account));
            if settled.code == Some(EvergreenError::FundingUncollected.into()) {
                return false;
            }
            settled.ok();
        }
        self.liquidate(pool, account, feeds);
        let mut failure = String::new();
        for _ in 0..64 {
            let view = self.view(pool);
            let open = open(&view, account);
            if open.is_empty() {
                // Others may have sold what is committed.
                self.let_lapse(pool, account);
                return true;
            }
            let owner = view.accounts[account].owner;
            let close = |positions: &[Position]| positions.iter().map(|p| (p.series(), -p.points)).collect::<Vec<_>>();
            let one = self.close_legs(pool, account, &close(&open[..1]));
            // Closing one side of a spread may lower health, so several positions are closed at once.
            if one.is_ok() {
                continue;
            }
            match self.close_legs(pool, account, &close(&open[..open.len().min(4)])) {
                Ok(()) => continue,
                Err(why) if why.contains(&format!("Custom({})", u32::from(EvergreenError::FundingUncollected))) => {
                    return false;
                }
                // The first one is what the others come from.
                Err(why) if failure.is_empty() => failure = format!("{}, then {why}", one.err().unwrap_or_default()),
                Err(_) => {}
            }
            // Whoever has to bring tokens waits for the end of a pause.
            self.send(build::set_pause(actor("guardian"), Action::DepositMargin, 0)).ok();
            self.give(self.mints[pool], &owner, 1 << 40);
            self.send(build::deposit_margin(owner, &keys, *account, 1 << 40)).ok();
        }
        panic!("{account} cannot leave: {failure}");
    }

    /// Lets a keeper sell options of those who owe cash, whoever waits for whom; returns whether any was sold.
    pub(super) fn sell_for_debts(&mut self, pool: usize, accounts: &[Pubkey], feeds: &[PriceFeed]) -> bool {
        let (keys, mut any) = (self.pools[pool], false);
        for account in accounts {
            let view = self.view(pool);
            for position in open(&view, account).iter().filter(|p| p.points > 0) {
                let close = build::close_for_cash(actor("undertaker"), &keys, *account, position.series(), feeds);
                any |= self.send(close).succeeded();
            }
        }
        any
    }

    fn liquidate(&mut self, pool: usize, account: &Pubkey, feeds: &[PriceFeed]) {
        let (keys, undertaker) = (self.pools[pool], actor("undertaker"));
        let reward = address::margin_account(&keys.pool, &undertaker, 0);
        for position in open(&self.view(pool), account) {
            if self.chain.data(&reward).is_empty() {
                let open = build::open_margin_account(self.chain.payer, undertaker, &keys, 0, None);
                self.send(open).ok();
            }
            let legs = vec![Leg { series: position.series(), points: -position.points }];
            let close = build::liquidate(undertaker, &keys, *account, reward, legs, feeds);
            if !self.send(close).succeeded() {
                return;
            }
        }
    }
}

fn open(view: &PoolView, account: &Pubkey) -> Vec<Position> {
    let mut open: Vec<Position> = view.accounts[account].positions.iter().filter(|p| p.points != 0).copied().collect();
    // Written options are closed first: closing them costs cash, and their holders may have left.
    open.sort_by_key(|p| p.points);
    open
}
