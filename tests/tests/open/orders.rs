//! What an order or a commitment settles is paid by the rules of every other payment.

use super::scene::*;
use evergreen_sdk::{
    evergreen::state::{OrderTerms, SeriesId, Trigger},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    outcome::Outcome,
    trading,
    world::{DOLLAR, TENTH},
};

fn show(world: &World, what: &str) {
    let pool = world.view(CLASSIC).pool;
    println!(
        "{what}: pool cash {:.3}, reserved {:.3}, all accounts {:.2}; walter has {:.2} and is owed {:.2}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        tokens(pool.margin_cash),
        tokens(world.cash("walter", CLASSIC)),
        -owed(world, "walter"),
    );
}

/// Places an order that only buys back a little of what they have written, and commits it themselves.
fn by_order(world: &mut World, id: SeriesId) -> Outcome {
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(id, TENTH / 100)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: false, price: 101_000 * DOLLAR as u64 }),
        reduce_only: true,
        expires_at: world.chain.now() + 86_400,
        tip: 0,
    };
    let (keys, payer, walter) = (world.pools[CLASSIC], world.chain.payer, world.account_key("walter", CLASSIC));
    let number = world.account("walter", CLASSIC).next_order;
    let place = build::place_order(payer, actor("walter"), &keys, walter, number, terms, &world.markets());
    world.send(place).ok();
    world.pass(10);
    let feeds = world.market(BTC);
    world.send(build::commit_order(actor("walter"), &keys, walter, number, payer, None, &feeds))
}

/// Alice holds calls whose payoff is reserved and pays their funding every day; walter has written what nobody holds any more, and the provider has left. What they are owed is more than the pool has:
/// a withdrawal is cut, an order of theirs is not.
#[test]
fn audit_orders_an_order_is_paid_out_of_what_is_reserved_and_out_of_others_margin() {
    let mut world = world(1_000, &[("holly", 500), ("walter", 2_000), ("alice", 400)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("walter", CLASSIC, &legs(both, -5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("alice", CLASSIC, &[(far, 3 * TENTH)]).ok();
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    for day in 0..40 {
        quiet(&mut world, 100_000.0, 48);
        world.withdraw("alice", CLASSIC, 1).ok();
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        // While the provider leaves they settle every day, so that nothing is left for them.
        if day < 10 {
            world.withdraw("walter", CLASSIC, 1).ok();
        }
    }
    world.withdraw("alice", CLASSIC, 1).ok();
    show(&world, "before");
    let mut fork = world.clone();
    let done = fork.withdraw("walter", CLASSIC, 1);
    println!("by a withdrawal: {:?}, cut {:.2}", done.failure, cut_of(&done));
    show(&fork, "  then");
    // The same by an order.
    world.checked = false;
    let done = by_order(&mut world, both[0]);
    println!("by an order: {:?}, cut {:.2}", done.failure, cut_of(&done));
    show(&world, "  then");
    let pool = world.view(CLASSIC).pool;
    // They let the commitment lapse, and leave with it.
    world.pass(60);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("walter", CLASSIC));
    let number =
        world.account("walter", CLASSIC).commitment.order.checked_sub(1).map(|number| (number, world.chain.payer));
    let fill = world.send(build::fill_trade(&keys, key, None, number, &world.market(BTC)));
    println!("lapses: {:?}", fill.failure);
    let cash = world.cash("walter", CLASSIC);
    world.withdraw("alice", CLASSIC, 1).ok();
    use evergreen_math::margin::HealthLevel;
    let spare = health(&world, "walter", HealthLevel::Initial).min(health(&world, "walter", HealthLevel::Maintenance));
    let spare = spare as u64 - evergreen_tests::world::TOKEN;
    world.withdraw("walter", CLASSIC, spare.min(cash as u64));
    println!("they withdraw {:.2} of {:.2}", tokens(spare as i64), tokens(cash));
    show(&world, "  then");
    // Her calls reach their cap.
    let before = world.cash("alice", CLASSIC);
    for dollars in [110_000.0, 118_000.0, 126_500.0] {
        step(&mut world, dollars);
    }
    let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    println!("exercise: {:?}", world.send(build::exercise_series(&keys, far, &feed)).failure);
    let mut fork = world.clone();
    println!(
        "settled by others: {:?}",
        fork.send(build::settle_positions(&keys, fork.account_key("alice", CLASSIC))).failure
    );
    let less = world.send(build::settle_for_less(actor("alice"), &keys, world.account_key("alice", CLASSIC)));
    println!(
        "alice: {:?}, paid {:+.2}, cut {:.2}",
        less.failure,
        tokens(world.cash("alice", CLASSIC) - before),
        cut_of(&less)
    );
    show(&world, "  then");
    assert!(pool.pool_cash >= pool.reserved_collateral as i64, "pool cash {} below what is reserved", pool.pool_cash);
}

/// The same by a commitment that adds risk, where what they have written needs more than their cash: its funding is settled, and cut by nobody.
#[test]
fn audit_orders_a_commitment_is_paid_out_of_what_is_reserved_and_out_of_others_margin() {
    let mut world = world(1_000, &[("holly", 500), ("walter", 60), ("alice", 400)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("walter", CLASSIC, &[(both[0], -3 * TENTH), (both[1], -5 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("alice", CLASSIC, &[(far, 3 * TENTH)]).ok();
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    for day in 0..40 {
        quiet(&mut world, 100_000.0, 48);
        world.withdraw("alice", CLASSIC, 1).ok();
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        if day < 10 {
            let paid = world.withdraw("walter", CLASSIC, 1);
            paid.ok();
            let spare = world.cash("walter", CLASSIC) - 25 * evergreen_tests::world::TOKEN as i64;
            if spare > 0 {
                world.withdraw("walter", CLASSIC, spare as u64).ok();
            }
        }
    }
    world.withdraw("alice", CLASSIC, 1).ok();
    show(&world, "before");
    let mut fork = world.clone();
    let done = fork.withdraw("walter", CLASSIC, 1);
    println!("by a withdrawal: {:?}, cut {:.2}", done.failure, cut_of(&done));
    show(&fork, "  then");
    world.checked = false;
    let commit = world.commit_instruction("walter", CLASSIC, &[(far, -TENTH / 1_000)]);
    let sent = world.send(commit);
    println!(
        "by a commitment: {:?} {:?}",
        sent.failure,
        sent.logs.iter().filter(|l| l.contains("log:")).collect::<Vec<_>>()
    );
    show(&world, "  then");
    let pool = world.view(CLASSIC).pool;
    assert!(pool.pool_cash >= pool.reserved_collateral as i64, "pool cash {} below what is reserved", pool.pool_cash);
}

/// Tokens were seized: the pool has a part of what it has reserved. Alice's and hal's calls end at their cap. Who is first shall be paid no larger part than who is last; hal is paid by an order, which
/// settles them in full.
#[test]
fn audit_orders_in_a_distressed_pool_an_order_is_paid_in_full() {
    use evergreen_tests::{STOCK, seizures::Seizure, world::TOKEN};
    let mut world = world(1_000, &[]);
    for who in ["alice", "hal"] {
        world.trader(who, STOCK, 200 * TOKEN);
    }
    let far = world.list_tenor(STOCK, BTC, false, 105_000, 7);
    let put = world.list_tenor(STOCK, BTC, true, 105_000, 7);
    for who in ["alice", "hal"] {
        world.trade(who, STOCK, &[(far, 5 * TENTH)]).ok();
        quiet(&mut world, 100_000.0, 4);
        world.trade(who, STOCK, &[(put, TENTH / 10)]).ok();
        quiet(&mut world, 100_000.0, 4);
    }
    let (keys, pool) = (world.pools[STOCK], world.view(STOCK).pool);
    let insurance = pool.insurance_cash as i64 + pool.insurance_due;
    let amount = pool.pool_cash + insurance + pool.fees_due as i64 + pool.curator_due as i64 - 35 * TOKEN as i64;
    world.seize(STOCK, keys.vault, amount as u64, Seizure::Burn);
    world.sync(STOCK).ok();
    for dollars in [110_000.0, 118_000.0, 126_500.0] {
        step(&mut world, dollars);
    }
    let feed = world.feeds[BTC].accounts;
    world.send(build::exercise_series(&keys, far, &feed)).ok();
    let pool = world.view(STOCK).pool;
    println!(
        "distressed {}, pool cash {:.2}, reserved {:.2}",
        pool.is_distressed(),
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64)
    );
    world.checked = false;
    let part = |world: &mut World, who: &str, order: bool| {
        let (key, before) = (world.account_key(who, STOCK), world.cash(who, STOCK));
        let done = if order {
            let terms = OrderTerms {
                legs: trading::named(&world.view(STOCK).registry, &[(put, -TENTH / 10)]),
                min_net: i64::MIN,
                trigger: Some(Trigger { underlying: 0, above: true, price: 101_000 * DOLLAR as u64 }),
                reduce_only: true,
                expires_at: world.chain.now() + 86_400,
                tip: 0,
            };
            let (payer, number) = (world.chain.payer, world.account(who, STOCK).next_order);
            let place = build::place_order(payer, actor(who), &keys, key, number, terms, &world.markets());
            world.send(place).ok();
            world.pass(10);
            let feeds = world.market(BTC);
            world.send(build::commit_order(actor(who), &keys, key, number, payer, None, &feeds))
        } else {
            world.send(build::settle_for_less(actor(who), &keys, key))
        };
        let paid = tokens(world.cash(who, STOCK) - before);
        println!("  {who}, by an order {order}: {:?}, paid {paid:.2}", done.failure);
        paid
    };
    let mut fair = world.clone();
    part(&mut fair, "hal", false);
    part(&mut fair, "alice", false);
    let hals = part(&mut world, "hal", true);
    let alices = part(&mut world, "alice", false);
    println!("pool cash {:.2}", tokens(world.view(STOCK).pool.pool_cash));
    assert!(hals < alices * 1.05, "hal is paid {hals:.2}, and alice {alices:.2} for as many calls");
}
