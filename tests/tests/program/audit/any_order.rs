//! No trade, and nothing that others close, moves a bound of net asset value less what is not earned yet, in whatever order it is done: who comes is charged, and who leaves is paid, the same before and after
//! it. So nobody gains by what is done just before somebody's minute. What moves both is time, and price.

use super::spreads::{legs, quiet, tokens, world};
use crate::audit::half_hours::step;
use evergreen_math::{NativeDelta, UnixTime, margin::HealthLevel};
use evergreen_sdk::{
    events::Event,
    evergreen::{Leg, state::SeriesId},
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, Outcome, World, chain::actor, random::Random, world::TENTH};
use std::collections::BTreeMap;

const TRADERS: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Lower and upper bound at the quotes of now, less what is not earned yet, native units.
fn bounds(world: &World) -> [i64; 2] {
    world.valued(CLASSIC, |view, markets| {
        let (bounds, now) = (markets.net_assets_at_quotes(), UnixTime(markets.now()));
        [bounds.lower, bounds.upper]
            .map(|assets| view.pool.less_unearned(NativeDelta(assets), 0, None, now).expect("a sum").0)
    })
}

/// A walk in the hours after jumps.
struct Walk {
    world: World,
    random: Random,
    /// By kind of leg how many were filled while the bounds were apart.
    filled: BTreeMap<&'static str, u32>,
}

impl Walk {
    /// Does something, and checks that it moves no bound by more than the fees that it pays, the width of the price, and roundings.
    fn check(&mut self, act: impl FnOnce(&mut World) -> Outcome) {
        let (before, view) = (bounds(&self.world), self.world.view(CLASSIC));
        let apart = before[1] - before[0];
        let outcome = act(&mut self.world);
        if !outcome.succeeded() {
            return;
        }
        let (after, then) = (bounds(&self.world), self.world.view(CLASSIC));
        let (mut fees, mut sold_for_good, mut bought_at_the_mark) = (0, false, false);
        let mut told = Vec::new();
        for event in outcome.events() {
            let Event::LegFilled(filled) = event else { continue };
            let slot = usize::from(filled.series.slot);
            let series = &then.registry.series[slot];
            let kind = match (filled.points > 0, filled.fee) {
                (true, 0) => "bought back by others",
                (false, 0) => "sold by others",
                (true, _) if filled.position > 0 => "bought",
                (true, _) => "bought back",
                (false, _) if filled.position < 0 => "written",
                (false, _) => "sold",
            };
            if apart.abs() > 1_000_000 {
                *self.filled.entry(kind).or_default() += 1;
            }
            fees += filled.fee as i64;
            // Nobody has written so much that it could come back at the bid.
            sold_for_good |= filled.points < 0
                && then.pool.taken[slot].points <= 0
                && then.pool.taken[slot].points == -series.short_points;
            bought_at_the_mark |= filled.points > 0 && then.pool.unearned <= view.pool.unearned;
            told.push(format!("{kind} {} of slot {slot}", filled.points));
        }
        // A hundred-thousandth of what all is worth: the band of prices, and what fades in a second.
        let slack = 64 + before[0].abs() / 100_000;
        let moved = [after[0] - before[0], after[1] - before[1]];
        let told =
            format!("{told:?} moved the bounds by {:?}, apart by {:.3}, fees {fees}", moved.map(tokens), tokens(apart));
        assert!(moved.iter().all(|moved| *moved >= -slack), "{told}");
        assert!(sold_for_good || moved[0] <= fees + slack, "lower: {told}");
        assert!(sold_for_good || bought_at_the_mark || moved[1] <= fees + slack, "upper: {told}");
    }

    fn trade(&mut self, who: &str, both: [SeriesId; 2]) {
        let size = self.random.range(-6, 6);
        let trade = match self.random.range(0, 3) {
            0 => vec![(both[0], size * TENTH)],
            1 => vec![(both[1], size * TENTH)],
            _ => legs(both, size).to_vec(),
        };
        if size == 0 {
            return;
        }
        for sample in self.world.due_samples() {
            self.world.send(sample).ok();
        }
        let commit = self.world.commit_instruction(who, CLASSIC, &trade);
        if self.world.send(commit).succeeded() {
            self.world.wait_for_fill();
            self.check(|world| world.fill(who, CLASSIC));
        }
    }

    /// Withdraws what health and cash allow, so that the next move brings a writer below maintenance.
    fn withdraw_spare(&mut self, who: &str) {
        let key = self.world.account_key(who, CLASSIC);
        let spare = self.world.valued(CLASSIC, |view, markets| {
            let account = &view.accounts[&key];
            let health = |level| markets.health(account, level);
            health(HealthLevel::Initial).min(health(HealthLevel::Maintenance)).min(account.cash - markets.owed(account))
        });
        if spare > 0 {
            let _ = self.world.withdraw(who, CLASSIC, spare.unsigned_abs() / 100 * 99);
        }
    }

    fn liquidate(&mut self, who: &str) {
        let (account, keeper) = (self.world.account_key(who, CLASSIC), self.world.account_key("keeper", CLASSIC));
        let held = self.world.account(who, CLASSIC).positions.to_vec();
        let held: Vec<_> = held.into_iter().filter(|position| position.points != 0).collect();
        for pair in held.chunks(2) {
            let legs = pair.iter().map(|p| Leg { series: p.series(), points: -p.points }).collect();
            let (keys, market) = (self.world.pools[CLASSIC], self.world.market(BTC));
            let close = build::liquidate(actor("keeper"), &keys, account, keeper, legs, &market);
            self.check(|world| world.send(close));
        }
    }
}

#[test]
fn audit_spreads_no_trade_moves_a_bound_in_any_order() {
    let mut filled = BTreeMap::<&str, u32>::new();
    for seed in 0..16 {
        let mut world = world(1_500, &["alice", "bob", "carol", "dave", "keeper"]);
        quiet(&mut world, 100_000.0, 4);
        let series = [30, 2].map(|days| [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, days)));
        let mut walk = Walk { world, random: Random(seed), filled: BTreeMap::new() };
        let mut dollars = 100_000.0;
        for _ in 0..60 {
            let (who, both) = (*walk.random.pick(&TRADERS), *walk.random.pick(&series));
            match walk.random.range(0, 9) {
                0 => {
                    let basis_points = walk.random.range(-1_200, 1_200);
                    dollars = (dollars * (1.0 + basis_points as f64 / 10_000.0)).clamp(85_000.0, 115_000.0);
                    for who in TRADERS {
                        walk.withdraw_spare(who);
                    }
                    step(&mut walk.world, dollars);
                    for who in TRADERS {
                        walk.liquidate(who);
                    }
                }
                1..=2 => {
                    let half_hours = walk.random.range(1, 8) as usize;
                    quiet(&mut walk.world, dollars, half_hours);
                }
                3 => walk.liquidate(who),
                _ => walk.trade(who, both),
            }
        }
        for (kind, count) in walk.filled {
            *filled.entry(kind).or_default() += count;
        }
    }
    println!("filled while the bounds were apart: {filled:?}");
    for kind in ["bought", "bought back", "written", "sold", "bought back by others", "sold by others"] {
        assert!(filled.get(kind).is_some_and(|count| *count >= 3), "{kind}: {filled:?}");
    }
}
