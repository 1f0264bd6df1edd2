//! A pair of accounts that together hold nothing, whose holder has no cash and owes the funding of a burst while their options are worth little at the bid. Before, keepers looked at their stored cash, which is settled
//! by nobody, and closed them in time by chance.

use super::{
    cash::quiet_world,
    half_hours::{HALF_HOUR, step},
};
use evergreen_sdk::{
    evergreen::state::{NoticeCause, Notices, SeriesId},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

const WHO: [&str; 2] = ["holly", "walter"];

fn total(world: &World) -> i64 {
    WHO.iter().map(|who| world.cash(who, CLASSIC)).sum()
}

fn assets(world: &World) -> i64 {
    let pool = world.view(CLASSIC).pool;
    pool.pool_cash + pool.insurance_cash as i64 + pool.insurance_due
}

/// A keeper sells what the client library names, until nothing is owed.
fn keep(world: &mut World) {
    let holly = world.account_key("holly", CLASSIC);
    for _ in 0..2 {
        let closable = world.client_view(CLASSIC).closable_for_cash(&world.account("holly", CLASSIC)).expect("prices");
        let Some(series) = closable.first() else { return };
        let close = build::close_for_cash(actor("keeper"), &world.pools[CLASSIC], holly, *series, &world.markets());
        world.send(close).ok();
    }
}

/// Gives notice of what Walter has written too much, and closes it.
fn close_excess(world: &mut World, both: [SeriesId; 2]) {
    let excess = both.map(|id| (id, world.view(CLASSIC).registry.series[usize::from(id.slot)]));
    let excess = excess.map(|(id, series)| (id, series.short_points - series.long_points));
    let excess: Vec<_> = excess.into_iter().filter(|(_, points)| *points > 0).collect();
    let moments: Vec<_> = excess.iter().map(|(id, _)| world.give_notice(CLASSIC, *id, NoticeCause::Excess)).collect();
    world.pass(Notices::PERIOD + 1);
    for ((id, points), moment) in excess.into_iter().zip(moments) {
        world.deleverage("walter", CLASSIC, id, points, moment).ok();
    }
}

fn flat(world: &mut World, both: [SeriesId; 2]) {
    let open = world.account("holly", CLASSIC).positions.into_iter().filter(|p| p.points != 0);
    let legs: Vec<_> = open.map(|p| (p.series(), -p.points)).collect();
    if !legs.is_empty() {
        world.trade("holly", CLASSIC, &legs).ok();
    }
    // Whoever is left is closed as an excess, after notice.
    for series in both {
        let held = world.account("walter", CLASSIC);
        let written = held.find(series).map_or(0, |place| held.positions[place].points.abs());
        if written > 0 {
            world.deleverage_after_notice("walter", CLASSIC, series, written).ok();
        }
    }
    if world.cash("holly", CLASSIC) < 0 {
        world.send(build::absorb_bad_debt(&world.pools[CLASSIC], world.account_key("holly", CLASSIC))).ok();
    }
}

/// Holly and Walter hold and have written `tenths` of a bitcoin of 1-day options, `out` dollars out of the money on either side; the price swings by `swing` for `half_hours`. A keeper looks every `seconds`, or never.
/// Returns what the pair gains, and what pool and insurance do, native units.
fn pair(out: u64, tenths: i64, swing: f64, half_hours: usize, seconds: Option<i64>) -> (i64, i64) {
    let mut world = quiet_world();
    world.checked = false;
    let both = [
        world.list_tenor(CLASSIC, BTC, false, 100_000 + out, 1),
        world.list_tenor(CLASSIC, BTC, true, 100_000 - out, 1),
    ];
    for (who, cash) in WHO.into_iter().zip([500, 4_000]) {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let (before, had) = (total(&world), assets(&world));
    let mut open = 0;
    while open < tenths {
        let part = (tenths - open).min(25);
        for (who, points) in WHO.into_iter().zip([part, -part]) {
            world.trade(who, CLASSIC, &both.map(|id| (id, points * TENTH))).ok();
        }
        open += part;
        step(&mut world, 100_420.0);
        step(&mut world, 100_000.0);
    }
    world.withdraw("holly", CLASSIC, 1).ok();
    let taken = world.cash("holly", CLASSIC);
    world.withdraw("holly", CLASSIC, taken.unsigned_abs()).ok();
    for n in 0..half_hours {
        if seconds.is_some() && world.account("holly", CLASSIC).is_flat() {
            break;
        }
        step(&mut world, if n % 2 == 0 { 100_000.0 * (1.0 + swing) } else { 100_000.0 });
        let Some(seconds) = seconds else { continue };
        keep(&mut world);
        while seconds < HALF_HOUR && world.chain.now() % HALF_HOUR < 1_000 {
            world.pass(seconds);
            keep(&mut world);
        }
        if seconds < HALF_HOUR {
            close_excess(&mut world, both);
        }
    }
    if seconds.is_none() {
        keep(&mut world);
    }
    flat(&mut world, both);
    let after = total(&world).max(world.cash("walter", CLASSIC)) + taken;
    (after - before, assets(&world) - had)
}

/// Tokens of 1,000 that a pair gains by the burst, and what pool and insurance do, by when a keeper looks.
#[test]
fn audit_defaults_a_pair_in_a_burst_gains_less_than_half_where_a_keeper_looks_every_half_hour() {
    let tokens = |native: i64| native as f64 / TOKEN as f64;
    for (out, tenths, swing, half_hours) in [(2_000, 100, 0.015, 12), (2_000, 100, 0.015, 24), (3_000, 100, 0.03, 8)] {
        let (alone, lost) = pair(out, tenths, swing, half_hours, None);
        let (kept, pool) = pair(out, tenths, swing, half_hours, Some(HALF_HOUR));
        println!(
            "{out} out, swings of {swing}, {half_hours} half-hours: pair {:+.2}, pool {:+.2}; with a keeper {:+.2}, {:+.2}",
            tokens(alone),
            tokens(lost),
            tokens(kept),
            tokens(pool)
        );
        assert!(alone > 0, "without a keeper it gains");
        assert!(kept < alone / 2, "the pair gains {kept}, without a keeper {alone}");
    }
}

#[test]
#[ignore = "figures of docs/protocol.md"]
fn audit_defaults_by_the_minute() {
    for (out, tenths, swing, half_hours) in [(2_000, 100, 0.015, 12), (2_000, 100, 0.015, 24), (3_000, 100, 0.03, 8)] {
        let (kept, pool) = pair(out, tenths, swing, half_hours, Some(60));
        let [kept, pool] = [kept, pool].map(|native| native as f64 / TOKEN as f64);
        println!(
            "{out} out, swings of {swing}, {half_hours} half-hours, by the minute: pair {kept:+.2}, pool {pool:+.2}"
        );
    }
}
