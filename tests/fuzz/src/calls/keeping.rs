//! What keepers, and whoever else wants to, send.

use super::{Caller, Row};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{NoticeCause, SeriesId, SeriesSpec},
    },
    instruction as build,
};
use evergreen_tests::{BTC, world::DOLLAR};

pub(super) const CALLS: &[Row] = &[
    ("fill", 14, |c| c.fill()),
    ("commit-order", 3, |c| c.commit_order()),
    ("list", 2, |c| c.list()),
    ("retire", 1, |c| c.retire()),
    ("exercise", 2, |c| c.exercise()),
    ("settle", 3, |c| c.settle()),
    ("settle-for-less", 1, |c| c.settle_for_less()),
    ("liquidate", 6, |c| c.liquidate()),
    ("absorb", 2, |c| c.absorb()),
    ("notice", 2, |c| c.notice()),
    ("deleverage", 2, |c| c.deleverage()),
    ("close-for-place", 2, |c| c.close_for_place()),
    ("close-for-cash", 2, |c| c.close_for_cash()),
    ("sample", 4, |c| c.sample()),
    ("refresh", 3, |c| c.refresh()),
    ("accrue", 2, |c| c.accrue()),
    ("sweep", 1, |c| c.sweep()),
    ("sync", 2, |c| c.sync()),
    ("silence", 1, |c| c.silence()),
    ("end", 1, |c| c.end()),
    ("migrate", 1, |c| c.migrate()),
    ("fees", 1, |c| c.fees()),
    ("curator-fees", 1, |c| c.curator_fees()),
];

const CAUSES: [NoticeCause; 4] = [NoticeCause::Excess, NoticeCause::Capital, NoticeCause::Slot, NoticeCause::Buyback];

impl Caller<'_> {
    fn fill(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| a.commitment.is_open())?;
        Some(vec![self.fill_of(account)])
    }

    fn commit_order(&mut self) -> Option<Vec<Instruction>> {
        let orders: Vec<_> = self.view.orders.values().map(|o| (o.account, o.number, o.payer)).collect();
        let (account, number, payer) = self.draws.pick(&orders).copied()?;
        let keeper = evergreen_tests::chain::actor("keeper");
        let (keeper, stake) = (self.signer(keeper), (!self.draws.percent(10)).then(|| self.keepers()));
        let feeds = self.feeds();
        Some(vec![build::commit_order(keeper, &self.keys, account, number, payer, stake, &feeds)])
    }

    fn list(&mut self) -> Option<Vec<Instruction>> {
        let market = self.draws.below(2) as usize;
        let step = if market == BTC { 1_000 } else { 50 };
        let near = self.world.feeds[market].price.price / DOLLAR / step;
        let mut strike = near.saturating_add(self.draws.within(-6, 6)).saturating_mul(step).unsigned_abs();
        if self.draws.percent(5) {
            strike = self.draws.amount(strike);
        }
        let tenor = *self.draws.pick(&[86_400, 7 * 86_400, 30 * 86_400, 2 * 86_400, 3_600, 0]).expect("some");
        let request = SeriesSpec { put: self.draws.percent(50), strike, tenor };
        Some(vec![build::list_series(&self.keys, &self.world.feeds[market].accounts, request)])
    }

    fn retire(&mut self) -> Option<Vec<Instruction>> {
        let id = self.series(|_, s| s.long_points == 0 && s.short_points == 0)?;
        Some(vec![build::retire_series(&self.keys, id)])
    }

    fn exercise(&mut self) -> Option<Vec<Instruction>> {
        let id = self.series(|_, s| s.status == 1 && s.long_points > 0)?;
        let market = self.market_of(id.slot);
        let feeds = self.world.market(market);
        let feeds = self.disturbed(feeds);
        Some(vec![build::exercise_series(&self.keys, id, &feeds)])
    }

    /// The market of a slot.
    fn market_of(&self, slot: u8) -> usize {
        let place = self.view.registry.series.get(usize::from(slot)).map_or(0, |s| s.underlying);
        let key = self.view.pool.underlyings[usize::from(place)].key;
        self.world.feeds.iter().position(|feed| feed.accounts.underlying == key).unwrap_or(0)
    }

    fn settle(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| !a.is_flat())?;
        Some(vec![build::settle_positions(&self.keys, account)])
    }

    fn settle_for_less(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| !a.is_flat())?;
        let trader = self.trader_of(&account);
        Some(vec![build::settle_for_less(trader, &self.keys, account)])
    }

    fn liquidate(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| a.has_written())?;
        let positions: Vec<_> =
            self.view.accounts[&account].positions.iter().filter(|p| p.points != 0).copied().collect();
        let mut legs = Vec::new();
        for position in positions.iter().take(1 + self.draws.below(4) as usize) {
            let mut points = -position.points;
            if self.draws.percent(20) {
                points = (self.draws.amount(points.unsigned_abs()).min(1 << 60) as i64) * points.signum();
            }
            legs.push(Leg { series: position.series(), points });
        }
        let keeper = self.signer(evergreen_tests::chain::actor("keeper"));
        let to = if self.draws.percent(4) { account } else { self.keepers() };
        let feeds = self.feeds();
        Some(vec![build::liquidate(keeper, &self.keys, account, to, legs, &feeds)])
    }

    fn absorb(&mut self) -> Option<Vec<Instruction>> {
        let account = self.account(|a| a.cash < 0)?;
        Some(vec![build::absorb_bad_debt(&self.keys, account)])
    }

    fn notice(&mut self) -> Option<Vec<Instruction>> {
        let cause = *self.draws.pick(&CAUSES)?;
        let id = self.series(|_, s| s.short_points > s.long_points || cause != NoticeCause::Excess)?;
        let underlying = self.world.feeds[self.market_of(id.slot)].accounts.underlying;
        Some(vec![build::give_notice(&self.keys, underlying, id, cause)])
    }

    /// Who holds something, and of what.
    fn holding(&mut self, wanted: impl Fn(i64) -> bool) -> Option<(Pubkey, SeriesId, i64)> {
        let all: Vec<_> = self.view.positions().map(|(key, p)| (*key, p.series(), p.points)).collect();
        let some: Vec<_> = all.iter().filter(|(.., points)| wanted(*points)).copied().collect();
        self.draws.pick(if some.is_empty() { &all } else { &some }).copied()
    }

    fn noticed(&mut self, id: SeriesId, cause: NoticeCause) -> Vec<build::PriceFeed> {
        let moment = self.view.pool.notice(&self.view.registry, id, cause, self.now()).unwrap_or(self.now());
        let feeds = self.world.markets_after(moment);
        self.disturbed(feeds)
    }

    fn deleverage(&mut self) -> Option<Vec<Instruction>> {
        let (account, id, points) = self.holding(|points| points < 0)?;
        let points = self.draws.amount(points.unsigned_abs());
        let (keeper, feeds) = (self.anybody(), self.noticed(id, NoticeCause::Excess));
        Some(vec![build::auto_deleverage(keeper, &self.keys, account, id, points, &feeds)])
    }

    fn close_for_place(&mut self) -> Option<Vec<Instruction>> {
        let (account, id, _) = self.holding(|points| points > 0)?;
        let cause = *self.draws.pick(&[NoticeCause::Capital, NoticeCause::Slot, NoticeCause::Buyback])?;
        let (keeper, feeds) = (self.anybody(), self.noticed(id, cause));
        Some(vec![build::close_for_place(keeper, &self.keys, account, (id, cause), &feeds)])
    }

    fn close_for_cash(&mut self) -> Option<Vec<Instruction>> {
        let owing = self.account(|a| a.cash < 0)?;
        let held: Vec<_> = self.view.accounts[&owing].positions.iter().filter(|p| p.points > 0).copied().collect();
        let id = match self.draws.pick(&held) {
            Some(position) => position.series(),
            None => self.series(|_, s| s.status == 1)?,
        };
        let (keeper, feeds) = (self.anybody(), self.feeds());
        Some(vec![build::close_for_cash(keeper, &self.keys, owing, id, &feeds)])
    }

    fn sample(&mut self) -> Option<Vec<Instruction>> {
        let due = self.world.due_samples();
        if let (false, Some(sample)) = (self.draws.percent(20), self.draws.pick(&due)) {
            return Some(vec![sample.clone()]);
        }
        let market = self.draws.below(2) as usize;
        Some(vec![self.world.sample_instruction(market)])
    }

    fn refresh(&mut self) -> Option<Vec<Instruction>> {
        let feeds = self.feeds();
        Some(vec![build::refresh_pool(&self.keys, &feeds)])
    }

    fn accrue(&mut self) -> Option<Vec<Instruction>> {
        let underlying = self.world.feeds[self.draws.below(2) as usize].accounts.underlying;
        let first = u8::try_from(self.draws.below(64)).ok()?;
        let end = first.saturating_add(u8::try_from(self.draws.below(66)).ok()?);
        Some(vec![build::accrue_funding(&self.keys, underlying, first..end)])
    }

    fn sweep(&mut self) -> Option<Vec<Instruction>> {
        Some(vec![build::sweep_insurance(&self.keys)])
    }

    fn sync(&mut self) -> Option<Vec<Instruction>> {
        Some(vec![build::sync_vault(&self.keys)])
    }

    fn silence(&mut self) -> Option<Vec<Instruction>> {
        let market = self.draws.below(2) as usize;
        Some(vec![build::report_silence(&self.world.feeds[market].accounts)])
    }

    fn end(&mut self) -> Option<Vec<Instruction>> {
        let id = self.series(|_, s| s.status == 1)?;
        let underlying = self.world.feeds[self.market_of(id.slot)].accounts.underlying;
        Some(vec![build::end_series(&self.keys, id, underlying)])
    }

    fn migrate(&mut self) -> Option<Vec<Instruction>> {
        let account = self.any_account()?;
        let of = [account, self.keys.pool, self.keys.registry, evergreen_sdk::address::protocol()];
        Some(vec![build::migrate_account(*self.draws.pick(&of)?)])
    }

    fn fees(&mut self) -> Option<Vec<Instruction>> {
        let owner = self.world.protocol().fee_owner;
        let owner = self.signer(owner);
        Some(vec![build::collect_fees(&self.keys, self.keys.wallet(&owner))])
    }

    fn curator_fees(&mut self) -> Option<Vec<Instruction>> {
        let owners = self.view.pool.curators_due(&self.world.protocol()).map(|(owner, _)| owner);
        let owner = *self.draws.pick(&owners)?;
        let owner = self.signer(owner);
        Some(vec![build::collect_curator_fees(&self.keys, self.keys.wallet(&owner))])
    }
}
