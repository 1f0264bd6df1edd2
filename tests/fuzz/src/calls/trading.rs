//! What traders send.

use super::{Caller, Row};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    address,
    evergreen::{
        TradeTerms,
        engine::set_aside,
        state::{MarginAccount, OrderTerms, SeriesId, Trigger},
    },
    instruction as build,
};
use evergreen_tests::trading::{at_any_price, named};

pub(super) const CALLS: &[Row] = &[
    ("open", 1, |c| c.open()),
    ("close", 1, |c| c.close()),
    ("delegate", 1, |c| c.delegate()),
    ("number", 1, |c| c.take_number()),
    ("deposit", 3, |c| c.deposit()),
    ("withdraw", 4, |c| c.withdraw()),
    ("commit", 12, |c| c.commit()),
    ("order", 3, |c| c.place_order()),
    ("cancel", 1, |c| c.cancel_order()),
    ("referral", 1, |c| c.claim_referral()),
];

fn one(instruction: Instruction) -> Option<Vec<Instruction>> {
    Some(vec![instruction])
}

impl Caller<'_> {
    fn open(&mut self) -> Option<Vec<Instruction>> {
        let owner = self.anybody();
        let sub = [0, 1, 2, u16::MAX][self.draws.below(4) as usize];
        let referrer = if self.draws.percent(40) { Some(self.anybody()) } else { None };
        one(build::open_margin_account(self.payer(), owner, &self.keys, sub, referrer))
    }

    fn close(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| a.is_flat() && a.cash == 0)?;
        let owner = self.view.accounts[&account].owner;
        one(build::close_margin_account(self.signer(owner), &self.keys, account))
    }

    fn delegate(&mut self) -> Option<Vec<Instruction>> {
        let account = self.any_account()?;
        let owner = self.view.accounts[&account].owner;
        let delegate = if self.draws.percent(30) { None } else { Some(self.anybody()) };
        one(build::set_delegate(self.signer(owner), account, delegate, u64::MAX))
    }

    fn take_number(&mut self) -> Option<Vec<Instruction>> {
        let owner = self.anybody();
        let number = self.number_of(&owner);
        one(build::take_number(self.payer(), owner, number))
    }

    fn deposit(&mut self) -> Option<Vec<Instruction>> {
        let account = self.any_account()?;
        let from = if self.draws.percent(20) { self.anybody() } else { self.view.accounts[&account].owner };
        let has = self.world.chain.balance(&self.keys.wallet(&from));
        let amount = self.draws.amount(has);
        one(build::deposit_margin(from, &self.keys, account, amount))
    }

    fn withdraw(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| a.cash > 0)?;
        let state = &self.view.accounts[&account];
        let (owner, cash) = (state.owner, state.cash.max(0).unsigned_abs());
        let amount = self.draws.amount(cash);
        let signer = self.signer(owner);
        let feeds = if self.view.accounts[&account].is_flat() { Vec::new() } else { self.feeds() };
        one(build::withdraw_margin(signer, &self.keys, account, amount, &feeds))
    }

    /// Legs of a trade, of all magnitudes; many close what is held.
    pub(super) fn legs(&mut self, account: &Pubkey) -> Vec<(SeriesId, i64)> {
        let mut legs: Vec<(SeriesId, i64)> = Vec::new();
        for _ in 0..=self.draws.below(3) {
            let Some(id) = self.series(|_, s| s.status == 1) else { continue };
            if legs.iter().any(|(known, _)| *known == id) && !self.draws.percent(5) {
                continue;
            }
            let held = self.view.held(account, id);
            let size = 10i64.pow(self.draws.below(9) as u32) * self.draws.within(1, 9);
            let points = match self.draws.below(10) {
                0..=4 => size,
                5..=6 => -size / 8,
                7..=8 if held != 0 => -held,
                9 if self.draws.percent(20) => self.draws.amount(i64::MAX as u64) as i64,
                _ => -size / 2,
            };
            legs.push((id, points));
        }
        legs
    }

    fn terms(&mut self, account: &MarginAccount, legs: &[(SeriesId, i64)]) -> TradeTerms {
        let view = &self.view;
        // What has no number of its own is refused by the program, not by the arithmetic of a client.
        let plain = legs.iter().all(|(_, points)| points.unsigned_abs() < 1 << 50);
        let mut terms = if plain {
            at_any_price(&view.pool, &view.registry, account, legs)
        } else {
            TradeTerms { legs: named(&view.registry, legs), closing: 0, min_net: i64::MIN }
        };
        if self.draws.percent(8) {
            terms.closing = self.draws.below(16) as u8;
        }
        if self.draws.percent(12) {
            let cash = account.cash.max(1).unsigned_abs();
            terms.min_net = *self
                .draws
                .pick(&[0, -1, 1, i64::MIN, i64::MAX, -(cash as i64), -(cash as i64 / 2), -(cash as i64) - 1])
                .expect("some");
        }
        terms
    }

    /// Returns the commitment of a trade of an account.
    pub fn commit_of(&mut self, account: Pubkey) -> Option<Instruction> {
        let legs = self.legs(&account);
        let state = self.view.accounts[&account].clone();
        let terms = self.terms(&state, &legs);
        let plain = self.view.registry.resolve(&terms.legs).unwrap_or_default();
        let sane = plain.iter().all(|leg| leg.points.unsigned_abs() < 1 << 50);
        let (mut scratch, mut changed) = (Box::new(*self.view.pool), state.clone());
        let uncovered = sane
            && set_aside(&mut scratch, &self.view.registry, &mut changed, &plain, self.now())
                .is_ok_and(|aside| aside.uncovered);
        let feeds = if uncovered { self.feeds() } else { Vec::new() };
        let (trader, number) = (self.trader_of(&account), self.number(state.next_order));
        Some(build::commit_trade(trader, &self.keys, account, number, terms, &feeds))
    }

    fn commit(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| !a.commitment.is_open() && a.cash > 0)?;
        Some(vec![self.commit_of(account)?])
    }

    fn place_order(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| a.cash > 0)?;
        let legs = self.legs(&account);
        let state = self.view.accounts[&account].clone();
        let reduce_only = self.draws.percent(20);
        let min_net = if self.draws.percent(40) { self.terms(&state, &legs).min_net } else { i64::MIN };
        let triggered = self.draws.percent(70) || min_net == i64::MIN;
        let trigger = triggered.then(|| Trigger {
            underlying: self.draws.below(3) as u8,
            above: !self.draws.percent(30),
            price: *self.draws.pick(&[1, 100_000 * 100_000_000, 4_000 * 100_000_000, 0, u64::MAX]).expect("some"),
        });
        let life = *self.draws.pick(&[86_400, 60, 1, 0, -1, 90 * 86_400, 90 * 86_400 + 1, i64::MAX / 2]).expect("some");
        let terms = OrderTerms {
            legs: named(&self.view.registry, &legs),
            min_net,
            trigger,
            reduce_only,
            expires_at: self.now() + life,
            tip: if self.draws.percent(10) { self.draws.amount(state.cash.max(0) as u64) } else { 1_000 },
        };
        let (trader, number, feeds) = (self.trader_of(&account), self.number(state.next_order), self.feeds());
        one(build::place_order(self.payer(), trader, &self.keys, account, number, terms, &feeds))
    }

    fn cancel_order(&mut self) -> Option<Vec<Instruction>> {
        let orders: Vec<_> = self.view.orders.values().map(|o| (o.account, o.number, o.payer)).collect();
        let (account, number, payer) = self.draws.pick(&orders).copied()?;
        let trader = self.trader_of(&account);
        one(build::cancel_order(trader, &self.keys, account, number, payer))
    }

    fn claim_referral(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| a.referral_due > 0)?;
        let referrer = self.view.accounts[&account].referrer;
        let referrer = if referrer == Pubkey::default() { self.anybody() } else { self.signer(referrer) };
        one(build::claim_referral(referrer, &self.keys, account))
    }

    /// Returns the fill of an account's commitment, with the prices that it waits for.
    pub fn fill_of(&mut self, account: Pubkey) -> Instruction {
        let state = &self.view.accounts[&account];
        let order = state.commitment.order;
        let (underlyings, registry) = (self.view.pool.underlyings.map(|u| u.key), &self.view.registry);
        let all = self.world.markets_to_fill(self.pool, &account);
        let feeds = evergreen_tests::trading::feeds_to_fill(registry, &underlyings, state, &all);
        let feeds = self.disturbed(feeds);
        let filler = if self.draws.percent(60) { Some(self.keepers()) } else { None };
        let found = self.view.orders.values().find(|o| o.account == account && o.number == order);
        // An order that was committed is named beside its trade.
        let named = found.filter(|o| o.committed).map(|o| (o.number, o.payer));
        debug_assert!(named.is_none_or(|(n, _)| address::order(&account, n) != Pubkey::default()));
        build::fill_trade(&self.keys, account, filler, named, &feeds)
    }
}
