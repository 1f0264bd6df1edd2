//! Trades: what it takes to commit them, and to fill them.

use super::{Bench, TENTH, twelve, world};
use evergreen_sdk::{evergreen::state::SeriesId, instruction as build};
use evergreen_tests::{CLASSIC, Outcome, World, assert_refused, chain::actor, trading, world::TOKEN};

/// Trades in the classic pool a minute after what was before, and returns the outcomes of the commitment and of the fill.
fn trade(world: &mut World, who: &str, legs: &[(SeriesId, i64)]) -> (Outcome, Outcome) {
    world.pass(60);
    // A keeper has taken the samples, and brought all series up to date.
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.needed(CLASSIC));
    world.send(refresh).ok();
    let commit = world.commit_instruction(who, CLASSIC, legs);
    let committed = world.send(commit).ok();
    world.wait_for_fill();
    (committed, world.fill(who, CLASSIC).ok())
}

/// Measures trades of an account that buys up to twelve positions, and of one that writes as many.
pub fn measure(bench: &mut Bench) {
    let mut world = world();
    let series = twelve(&mut world, CLASSIC);
    world.trader("alice", CLASSIC, 1_000 * TOKEN);
    let leg = |place: usize, points| (series[place], points);
    let fill = |bench: &mut Bench, world: &mut World, case: &str, legs: &[(SeriesId, i64)]| {
        let (committed, filled) = trade(world, "alice", legs);
        bench.record("fill_trade", case, &filled);
        committed
    };
    let committed = fill(bench, &mut world, "one leg, first position", &[leg(0, TENTH)]);
    bench.record("commit_trade", "one leg", &committed);
    fill(bench, &mut world, "one leg, one position", &[leg(0, TENTH)]);
    fill(bench, &mut world, "one leg, closing half of one position", &[leg(0, -TENTH)]);
    fill(bench, &mut world, "two legs, straddle", &[leg(0, TENTH), leg(1, TENTH)]);
    for place in 2..12 {
        trade(&mut world, "alice", &[leg(place, TENTH)]);
        if place == 3 {
            fill(bench, &mut world, "one leg, four positions", &[leg(0, TENTH)]);
        }
    }
    fill(bench, &mut world, "one leg, twelve positions", &[leg(0, TENTH)]);
    let four: Vec<_> = (0..4).map(|place| leg(place, TENTH)).collect();
    let committed = fill(bench, &mut world, "four legs, twelve positions", &four);
    bench.record("commit_trade", "four legs", &committed);
    world.pass(60);
    let (keys, account) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    let out = build::withdraw_margin(actor("alice"), &keys, account, 1, &world.markets());
    bench.record("withdraw_margin", "twelve positions", &world.send(out).ok());
    cancelled(bench, &mut world, &four);

    // "bob" writes twelve positions, whose cap payoffs their cash covers.
    world.trader("bob", CLASSIC, 5_000 * TOKEN);
    let (_, written) = trade(&mut world, "bob", &[leg(0, -TENTH / 2)]);
    bench.record("fill_trade", "one leg written, first position", &written);
    for place in 1..12 {
        trade(&mut world, "bob", &[leg(place, -TENTH / 2)]);
    }
    let four: Vec<_> = (0..4).map(|place| leg(place, -TENTH / 4)).collect();
    let (_, written) = trade(&mut world, "bob", &four);
    bench.record("fill_trade", "four legs, twelve written positions", &written);
}

/// Measures ends of a commitment that is not filled: one whose price was beyond its limit, and one that lapsed.
fn cancelled(bench: &mut Bench, world: &mut World, legs: &[(SeriesId, i64)]) {
    let all = -world.cash("alice", CLASSIC) / 10 * 9;
    for (case, min_net, late, reason) in [
        ("four legs beyond the limit, twelve positions", 0, 0, "cancelled: Limit"),
        ("four legs lapsed, twelve positions", all, 60, "cancelled: Lapsed"),
    ] {
        let commit = world.commit_within("alice", CLASSIC, legs, min_net);
        world.send(commit).ok();
        world.wait_for_fill();
        world.chain.pass(late);
        let fill = world.fill_instruction("alice", CLASSIC);
        let outcome = world.send(fill).ok();
        assert_refused(&trading::as_trade(outcome.clone()), reason);
        bench.record("fill_trade", case, &outcome);
    }
}
