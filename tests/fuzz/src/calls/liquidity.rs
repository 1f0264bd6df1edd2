//! What providers of liquidity, and whoever serves them, send.

use super::{CLASSES, Caller, Row};
use crate::scene::PROVIDERS;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    evergreen::state::{LiquidityRequest, ShareClass},
    instruction as build,
};
use evergreen_tests::chain::actor;

pub(super) const CALLS: &[Row] = &[
    ("request-deposit", 4, |c| c.request_deposit()),
    ("execute-deposit", 3, |c| c.execute_deposit()),
    ("deposit-at-once", 1, |c| c.deposit_at_once()),
    ("request-withdrawal", 4, |c| c.request_withdrawal()),
    ("execute-withdrawal", 4, |c| c.execute_withdrawal()),
    ("cancel-withdrawal", 1, |c| c.cancel_withdrawal()),
    ("claim", 3, |c| c.claim()),
    ("renew", 1, |c| c.renew()),
    ("redeem", 1, |c| c.redeem()),
];

impl Caller<'_> {
    fn provider(&mut self) -> Pubkey {
        if self.draws.percent(10) { self.anybody() } else { actor(self.draws.pick(&PROVIDERS).expect("providers")) }
    }

    fn request_deposit(&mut self) -> Option<Vec<Instruction>> {
        let (owner, class) = (self.provider(), self.class());
        let (has, id) = (self.world.chain.balance(&self.keys.wallet(&owner)), self.number_of(&owner));
        let amount = self.draws.amount(has);
        let least = if self.draws.percent(10) { self.draws.amount(amount.saturating_mul(1_000)) } else { 0 };
        let mut request = build::request_deposit(owner, &self.keys, class, id, amount, least);
        if self.view.pool.is_private() && self.draws.percent(30) {
            let curator = self.view.pool.curator_of(&self.world.protocol());
            request = build::named_by(curator, request);
        }
        Some(vec![request])
    }

    fn deposit_at_once(&mut self) -> Option<Vec<Instruction>> {
        let (owner, class) = (self.provider(), self.class());
        let (has, id) = (self.world.chain.balance(&self.keys.wallet(&owner)), self.number_of(&owner));
        let amount = self.draws.amount(has);
        Some(build::deposit_at_once(owner, &self.keys, class, id, amount, 0).to_vec())
    }

    fn waiting(&self, deposits: bool) -> Vec<(Pubkey, LiquidityRequest)> {
        let from = if deposits { &self.view.deposits } else { &self.view.withdrawals };
        from.iter().map(|(key, request)| (*key, request.clone())).collect()
    }

    fn execute_deposit(&mut self) -> Option<Vec<Instruction>> {
        let waiting = self.waiting(true);
        let (_, request) = self.draws.pick(&waiting)?;
        let feeds = self.world.minute_markets(self.pool, request.share_class(), request.minute);
        let feeds = self.disturbed(feeds);
        Some(vec![build::execute_deposit(&self.keys, request, &feeds)])
    }

    fn request_withdrawal(&mut self) -> Option<Vec<Instruction>> {
        let (owner, class) = (self.provider(), self.class());
        let (has, id) = (self.world.chain.balance(&self.keys.shares(&owner, class)), self.number_of(&owner));
        let shares = self.draws.amount(has);
        let least = if self.draws.percent(15) { self.draws.amount(shares / 1_000) } else { 1 };
        Some(vec![build::request_withdrawal(owner, &self.keys, class, id, shares, least)])
    }

    fn execute_withdrawal(&mut self) -> Option<Vec<Instruction>> {
        let class = self.class();
        let first = self.view.pool.shares(class).first_withdrawal;
        let all = self.waiting(false);
        let front = all.iter().find(|(_, w)| w.share_class() == class && w.number == first).map(|(key, _)| *key);
        let any = self.draws.pick(&all).map(|(key, _)| *key);
        let key = if self.draws.percent(5) { any? } else { front.or(any)? };
        let feeds = self.world.minute_markets(self.pool, class, LiquidityRequest::grid_time(self.now()));
        let feeds = self.disturbed(feeds);
        Some(vec![build::execute_withdrawal(&self.keys, key, &feeds)])
    }

    fn cancel_withdrawal(&mut self) -> Option<Vec<Instruction>> {
        let all = self.waiting(false);
        let (key, request) = self.draws.pick(&all)?;
        let owner = self.signer(request.owner);
        Some(vec![build::cancel_withdrawal(owner, &self.keys, request.share_class(), *key)])
    }

    fn claim(&mut self) -> Option<Vec<Instruction>> {
        let mut all = self.waiting(false);
        all.extend(self.waiting(true));
        let ready: Vec<_> = all.iter().filter(|(_, r)| r.payable > 0).cloned().collect();
        let from = if ready.is_empty() || self.draws.percent(10) { all } else { ready };
        let (key, request) = self.draws.pick(&from)?;
        let owner = self.signer(request.owner);
        Some(vec![build::claim_liquidity(owner, &self.keys, request.share_class(), *key)])
    }

    fn renew(&mut self) -> Option<Vec<Instruction>> {
        let class = *self.draws.pick(&CLASSES)?;
        Some(vec![build::renew_shares(self.payer(), &self.keys, class)])
    }

    fn redeem(&mut self) -> Option<Vec<Instruction>> {
        let retired: Vec<_> = self.view.retired.values().map(|r| (r.share_class(), r.generation, r.payer)).collect();
        let (class, generation, payer) =
            self.draws.pick(&retired).copied().unwrap_or((ShareClass::Main, 0, self.payer()));
        let (owner, keys) = (self.provider(), self.keys.at(class, generation));
        let has = self.world.chain.balance(&keys.shares(&owner, class));
        let shares = self.draws.amount(has);
        Some(vec![build::redeem_retired(owner, &keys, class, payer, shares)])
    }
}
