//! Who trades on what a pool owes them, and is paid before others by it.

use super::scene::*;
use evergreen_sdk::instruction as build;
use evergreen_tests::{
    BTC, CLASSIC, STOCK, Setup, World,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

const WRITERS: [&str; 2] = ["ben", "mallory"];

/// Ben and mallory have written the same: straddles that holly held, who has left, and calls that alice holds. The provider has left as far as it may, and the straddles are closed on credit of what is owed.
fn owed_alike() -> (World, evergreen_sdk::evergreen::state::SeriesId) {
    let mut world = world(1_000, &[("holly", 700), ("alice", 600), ("ben", 600), ("mallory", 600)]);
    world.checked = false;
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("alice", CLASSIC, &[(far, 4 * TENTH)]).ok();
    for tenths in [3, 3] {
        world.trade("holly", CLASSIC, &legs(both, tenths)).ok();
        quiet(&mut world, 100_000.0, 4);
    }
    for who in WRITERS {
        world.trade(who, CLASSIC, &legs(both, -3)).ok();
        world.trade(who, CLASSIC, &[(far, -TENTH)]).ok();
    }
    quiet(&mut world, 100_000.0, 4);
    world.trade("holly", CLASSIC, &legs(both, -6)).ok();
    leave(&mut world, 30, |world, _| {
        for who in ["alice", "ben", "mallory"] {
            collect(world, who);
        }
    });
    for who in WRITERS {
        world.trade(who, CLASSIC, &legs(both, 3)).ok();
        collect(&mut world, who);
    }
    (world, far)
}

fn unpaid(world: &World, who: &str) -> f64 {
    tokens(world.account(who, CLASSIC).unpaid as i64)
}

/// Alice goes on to pay for forty days. Mallory closes her calls each day on credit of what she is owed, and writes them again, for the premium in cash; ben does nothing.
#[test]
fn held_closing_on_credit_and_writing_again_pays_nobody_first() {
    let (begun, far) = owed_alike();
    let mut ends = Vec::new();
    for trades in [false, true] {
        let mut world = begun.clone();
        let keys = world.pools[CLASSIC];
        let had = WRITERS.map(|who| world.cash(who, CLASSIC));
        let began = WRITERS.map(|who| unpaid(&world, who));
        let mut failures = std::collections::BTreeMap::<String, u32>::new();
        for day in 0..40 {
            quiet(&mut world, 100_000.0, 48);
            if trades {
                let sign =
                    if world.view(CLASSIC).held(&world.account_key("mallory", CLASSIC), far) < 0 { 1 } else { -1 };
                for sign in [sign, -sign] {
                    let done = world.trade("mallory", CLASSIC, &[(far, sign * TENTH)]);
                    *failures.entry(format!("{sign}: {:?}", done.code)).or_default() += 1;
                }
            }
            collect(&mut world, "alice");
            let order = if day % 2 == 0 { ["ben", "mallory"] } else { ["mallory", "ben"] };
            for who in order {
                let settle = build::settle_positions(&keys, world.account_key(who, CLASSIC));
                world.send(settle);
            }
        }
        let paid = [0, 1].map(|i| tokens(world.cash(WRITERS[i], CLASSIC) - had[i]));
        let left = WRITERS.map(|who| unpaid(&world, who));
        let equities = WRITERS.map(|who| equity(&world, who));
        let pool = world.view(CLASSIC).pool;
        println!(
            "trades {trades}: owed {began:.3?}, paid {paid:.3?}, still owed {left:.3?}, equity {equities:.3?}, pool cash {:.3}, reserved {:.3}; {failures:?}",
            tokens(pool.pool_cash),
            tokens(pool.reserved_collateral as i64)
        );
        ends.push((paid, left, equities));
    }
    let [fair, attack] = [&ends[0], &ends[1]];
    // Ben is paid, and still owed, no less than without her trades.
    assert!(attack.0[0] >= fair.0[0] - 0.05 && attack.2[0] >= fair.2[0] - 0.05, "ben {:?}, fair {:?}", attack, fair);
    assert!(attack.0[1] + attack.1[1] <= fair.0[1] + fair.1[1] + 0.05);
}

/// The same in the stock's pool, without insurance: ben and mallory are owed alike, and what alice has paid is set aside for both. Then so many parts in a hundred of what the pool has are seized, and everybody is settled in this order, so often; `forgoes`
/// gives up first. Returns what ben and mallory are paid, and what alice sells her calls for at the end.
fn seized_beside(part: u64, order: [&str; 3], times: [usize; 3], forgoes: Option<&str>) -> [i64; 3] {
    let setup = Setup { liquidity: 1_000 * TOKEN, insurance: 0, ..preset_setup() };
    let mut world = begin_world(setup);
    world.checked = false;
    for who in ["holly", "alice", "ben", "mallory"] {
        world.trader(who, STOCK, 700 * TOKEN);
    }
    let both = [false, true].map(|put| world.list_tenor(STOCK, BTC, put, 100_000, 1));
    let far = world.list_tenor(STOCK, BTC, false, 105_000, 7);
    world.trade("alice", STOCK, &[(far, 4 * TENTH)]).ok();
    let next = |world: &mut World, half_hours: usize| {
        quiet(world, 100_000.0, half_hours);
        let refresh = build::refresh_pool(&world.pools[STOCK], &world.markets());
        world.send(refresh).ok();
    };
    for tenths in [3, 3] {
        world.trade("holly", STOCK, &legs(both, tenths)).ok();
        next(&mut world, 4);
    }
    for who in WRITERS {
        world.trade(who, STOCK, &legs(both, -3)).ok();
    }
    next(&mut world, 4);
    world.trade("holly", STOCK, &legs(both, -6)).ok();
    let settle = |world: &mut World, who: &str| {
        let settle = build::settle_positions(&world.pools[STOCK], world.account_key(who, STOCK));
        world.send(settle)
    };
    let number = world.request("lp", STOCK, MAIN, world.shares("lp", STOCK, MAIN));
    for _ in 0..30 {
        next(&mut world, 48);
        world.pass_to(1);
        let execute = world.execute_instruction(STOCK, MAIN, number);
        world.send(execute);
        for who in ["alice", "ben", "mallory"] {
            settle(&mut world, who);
        }
    }
    for who in WRITERS {
        world.trade(who, STOCK, &legs(both, 3)).ok();
        settle(&mut world, who);
    }
    for _ in 0..10 {
        next(&mut world, 48);
        settle(&mut world, "alice");
    }
    let pool = world.view(STOCK).pool;
    let before = format!(
        "cash {:.3}, reserved {:.3}, unpaid {:.3}, set aside {:.3}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        tokens(pool.unpaid as i64),
        tokens(pool.payable as i64)
    );
    if part > 0 {
        let vault = world.pools[STOCK].vault;
        world.seize(STOCK, vault, pool.pool_cash as u64 * part / 100, Seizure::Burn);
        world.sync(STOCK).ok();
    }
    let had = ["ben", "mallory", "alice"].map(|who| world.cash(who, STOCK));
    if let Some(who) = forgoes {
        let forgo = build::settle_for_less(actor(who), &world.pools[STOCK], world.account_key(who, STOCK));
        println!("  {who} forgoes: {:?}", world.send(forgo).code);
    }
    for day in 0..20 {
        for (who, times) in order.iter().zip(times) {
            for _ in 0..times {
                if day > 0 || *who != "alice" {
                    settle(&mut world, who);
                }
            }
        }
        next(&mut world, 48);
    }
    let sold = world.trade("alice", STOCK, &[(far, -4 * TENTH)]);
    for who in WRITERS {
        settle(&mut world, who);
    }
    let paid =
        [("ben", 0), ("mallory", 1), ("alice", 2)].map(|(who, i): (&str, usize)| world.cash(who, STOCK) - had[i]);
    println!("{part} % seized, {order:?} {times:?}: {before}; paid {:.4?}, sold {:?}", paid.map(tokens), sold.code);
    paid
}

/// What is set aside for two claims is paid to both alike after a seizure, whoever is settled first or more often; and where one gives up, the other one is paid no less.
#[test]
fn held_after_a_seizure_what_is_set_aside_is_paid_alike() {
    for part in [20, 95] {
        let fair = seized_beside(part, ["alice", "ben", "mallory"], [1, 1, 1], None);
        for (order, times) in [
            (["alice", "mallory", "ben"], [1, 1, 1]),
            (["mallory", "alice", "ben"], [1, 1, 1]),
            (["mallory", "alice", "ben"], [8, 1, 1]),
            (["mallory", "ben", "alice"], [3, 0, 1]),
        ] {
            let other = seized_beside(part, order, times, None);
            let most = other[1].max(fair[1]) - fair[1];
            assert!(most < TOKEN as i64 / 100, "mallory has {most} more, {part} % seized, {order:?} {times:?}");
        }
        let given = seized_beside(part, ["alice", "ben", "mallory"], [1, 1, 1], Some("mallory"));
        assert!(given[0] >= fair[0] - 100 && given[1] <= fair[1] + 100, "{given:?}, not {fair:?}");
    }
}
