//! What one hand has in the end.

use super::{
    moves::Scene,
    team::{KEEPER, POOL, PROVIDER, TRADERS},
};
use anchor_lang::prelude::Pubkey;
use evergreen_math::{Native, NativeDelta, Points, Rounding, shares};
use evergreen_sdk::evergreen::state::{SeriesStatus, ShareClass};
use evergreen_tests::{
    chain::actor,
    snapshot::PoolView,
    valuation::{cap_payoff, scale},
};

impl Scene<'_> {
    /// Returns what the hand has when all is closed that can be, at prices where they began, native units. What cannot be closed counts for nothing, or as its cap where it is written;
    /// what it owes beyond its cash is the pool's loss.
    pub fn worth(mut self) -> i64 {
        self.execute();
        for who in TRADERS {
            self.wait(who);
            self.fill(who, true);
        }
        // All is closed at the prices of the beginning.
        self.terms.swing = 0;
        self.pass(1);
        for who in TRADERS {
            self.close(who);
        }
        let view = self.world.view(POOL);
        let team: Vec<Pubkey> = TRADERS.into_iter().chain([PROVIDER, KEEPER]).map(actor).collect();
        let mut worth: i64 =
            TRADERS.into_iter().chain([PROVIDER, KEEPER]).map(|who| self.world.wallet(who, POOL) as i64).sum();
        for account in view.accounts.values().filter(|account| team.contains(&account.owner)) {
            let caps: i64 =
                account.positions.iter().filter(|p| p.points < 0).map(|p| cap(&view, p.slot, p.points)).sum();
            let set_aside = account.commitment.set_aside() as i64;
            worth += (account.cash + set_aside - account.arrears as i64 - caps).max(0);
        }
        for order in view.orders.values() {
            let of_team = view.accounts.get(&order.account).is_some_and(|account| team.contains(&account.owner));
            worth += if of_team { order.terms.tip as i64 } else { 0 };
        }
        worth + self.shares(&view)
    }

    /// What shares, requests and payments of the hand are worth at the lower bound, native units.
    fn shares(&self, view: &PoolView) -> i64 {
        let lower = self.world.valued(POOL, |_, markets| markets.net_assets().lower);
        let insurance = view.pool.insurance_worth().expect("insurance").0 as i64;
        let requests = || view.withdrawals.values().filter(|w| w.owner == actor(PROVIDER));
        let mut sum: i64 = requests().map(|w| (w.deposit + w.payable) as i64).sum();
        for (class, assets) in [(ShareClass::Main, lower), (ShareClass::Insurance, insurance)] {
            let waiting: u64 = requests().filter(|w| w.share_class() == class).map(|w| w.shares).sum();
            let all = self.world.shares(PROVIDER, POOL, class) + waiting;
            let total = view.pool.shares(class).total;
            sum += shares::amount_for_shares(all, total, NativeDelta(assets)).unwrap_or(Native::ZERO).0 as i64;
        }
        sum
    }
}

/// What written points may cost at most, native units.
fn cap(view: &PoolView, slot: u8, points: i64) -> i64 {
    let series = &view.registry.series[usize::from(slot)];
    if series.status() == SeriesStatus::Free {
        return 0;
    }
    let payoff = cap_payoff(series);
    let size = Points(points.abs());
    scale(view).native(size, payoff, Rounding::Ceil).expect("a cap").0
}
