//! Execution of orders: when it happens, and what owners and keepers get.

use super::{
    DOLLAR, STAKE, TENTH, TIP, cancelled, commit, earned, execute, exists, fill, fill_instruction, not_filled, place,
    place_plain, refuse, scene, terms, terms_in, trigger,
};
use evergreen_math::{Dollars, Points, Rounding};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{CancelReason, OrderTerms},
    },
};
use evergreen_tests::{BTC, CLASSIC, STOCK, World, chain::actor, world::TOKEN};

#[test]
fn a_limit_order_waits_for_its_price_and_pays_its_keeper() {
    for pool in [CLASSIC, STOCK] {
        // SETUP: alice's limit is what the option costs when BTC is 5,000 dollars lower.
        let (mut world, call) = scene(pool);
        world.set_price(BTC, 95_000);
        let before = world.cash("alice", pool);
        world.trade("alice", pool, &[(call, TENTH)]).ok();
        let cost = before - world.cash("alice", pool);
        world.trade("alice", pool, &[(call, -TENTH)]).ok();
        world.set_price(BTC, 100_000);
        let order = OrderTerms { min_net: -cost, trigger: None, ..terms_in(&world, pool, call, TENTH) };
        let cash = world.cash("alice", pool);
        let number = place(&mut world, pool, "alice", order);
        assert_eq!(world.cash("alice", pool), cash - TIP as i64, "the tip is set aside");
        assert_eq!(world.view(pool).pool.tips_due, TIP);

        // TEST: the order waits while the option costs more than the limit.
        world.pass(1);
        refuse(&mut world, pool, number, EvergreenError::LimitExceeded);
        world.set_price(BTC, 95_000);
        let lamports = |world: &World| world.chain.account(&world.chain.payer).expect("the payer").lamports;
        let poorer = lamports(&world);
        let done = execute(&mut world, pool, "alice", number).ok();

        // CHECK
        let net = done.event(|e| if let Event::Traded(e) = e { Some(e.net) } else { None });
        assert!(net >= -cost, "{net} for a limit of {}", -cost);
        assert_eq!(world.cash("alice", pool), cash - TIP as i64 + net);
        assert_eq!(world.view(pool).held(&world.account_key("alice", pool), call), TENTH);
        assert_eq!(earned(&world, pool), TIP as i64, "the keeper has the tip");
        assert_eq!(world.view(pool).pool.tips_due, 0);
        assert!(!exists(&world, pool, "alice", number), "an order is executed once");
        assert!(lamports(&world) > poorer, "the payer has the rent of the order back");
    }
}

#[test]
fn stops_and_take_profits_go_off_at_their_price_and_not_before() {
    let (mut world, call) = scene(CLASSIC);
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH)]).ok();
    let stop = OrderTerms { trigger: trigger(false, 97_000), reduce_only: true, ..terms(&world, call, -TENTH) };
    let profit = OrderTerms { trigger: trigger(true, 103_000), reduce_only: true, ..terms(&world, call, -TENTH) };
    let (stop, profit) = (place(&mut world, CLASSIC, "alice", stop), place(&mut world, CLASSIC, "alice", profit));
    world.pass(1);
    for dollars in [97_001, 102_999] {
        world.set_price(BTC, dollars);
        refuse(&mut world, CLASSIC, stop, EvergreenError::OrderNotTriggered);
        refuse(&mut world, CLASSIC, profit, EvergreenError::OrderNotTriggered);
    }
    world.set_price(BTC, 103_000);
    execute(&mut world, CLASSIC, "alice", profit).ok();
    world.set_price(BTC, 97_000);
    execute(&mut world, CLASSIC, "alice", stop).ok();
    assert!(world.account("alice", CLASSIC).is_flat());
    assert_eq!(earned(&world, CLASSIC), 2 * TIP as i64);
}

#[test]
fn a_price_from_before_the_order_does_not_execute_it() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    // The price was published in the second in which the order was placed, and stays too early when time passes.
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.chain.pass(2);
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.edit_price(BTC, |_| {});
    // ETH's price is not needed by the order, but it is passed, and is as old.
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.pass(1);
    execute(&mut world, CLASSIC, "alice", number).ok();
}

#[test]
fn a_reducing_order_closes_what_is_there_with_its_limit_in_proportion() {
    // SETUP: two orders close three times the position; one limit is just above the mark of that size, one is below.
    let (mut world, call) = scene(CLASSIC);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let value = world.valued(CLASSIC, |view, markets| {
        let series = view.series().find(|(id, _)| *id == call).unwrap().1;
        let mark: Dollars = markets.mark(series);
        view.pool.scale().unwrap().native(Points(3 * TENTH), mark, Rounding::Floor).unwrap().0
    });
    let order = |min_net| OrderTerms { min_net, reduce_only: true, ..terms(&world, call, -3 * TENTH) };
    let (dear, fair) = (order(value + 3), order(value - value / 50));
    let dear = place(&mut world, CLASSIC, "alice", dear);
    let fair = place(&mut world, CLASSIC, "alice", fair);
    world.pass(1);

    // TEST
    refuse(&mut world, CLASSIC, dear, EvergreenError::LimitExceeded);
    let done = execute(&mut world, CLASSIC, "alice", fair).ok();
    let points = done.event(|e| if let Event::LegFilled(e) = e { Some(e.points) } else { None });
    assert_eq!(points, -TENTH, "the order closes only what the position has");
    assert!(world.account("alice", CLASSIC).is_flat());
    let empty = cancelled(&execute(&mut world, CLASSIC, "alice", dear).ok());
    assert_eq!((empty.reason, empty.tip), (CancelReason::NothingToReduce, TIP));
    assert_eq!(earned(&world, CLASSIC), TIP as i64, "the keeper is paid for the one that was filled");
}

#[test]
fn what_the_pool_cannot_do_now_leaves_the_order_open() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("bob", CLASSIC, 1_000 * TOKEN);
    let number = place_plain(&mut world, call, -TENTH);
    world.pass(1);
    refuse(&mut world, CLASSIC, number, EvergreenError::ShortExceedsLong);
    world.trade("bob", CLASSIC, &[(call, TENTH)]).ok();
    execute(&mut world, CLASSIC, "alice", number).ok();
    // The reserve limit is below the cap payoff of this size, even with the premium that the pool receives.
    let most = (800 * TOKEN / 20) as i64;
    let number = place_plain(&mut world, call, most + most / 3);
    world.fund("alice", CLASSIC, 10_000 * TOKEN);
    world.deposit("alice", CLASSIC, 10_000 * TOKEN).ok();
    world.pass(1);
    refuse(&mut world, CLASSIC, number, EvergreenError::ReserveLimit);
    assert!(exists(&world, CLASSIC, "alice", number));
}

#[test]
fn at_an_uncertain_price_an_order_that_would_lower_health_waits() {
    // SETUP: alice holds a straddle, and an order sells its put above 107,000; the call keeps her equity positive.
    let (mut world, call) = scene(CLASSIC);
    let put = world.list(CLASSIC, BTC, true, 100_000);
    world.trade("alice", CLASSIC, &[(call, TENTH), (put, TENTH)]).ok();
    let order = OrderTerms { trigger: trigger(true, 107_000), reduce_only: true, ..terms(&world, put, -TENTH) };
    let number = place(&mut world, CLASSIC, "alice", order);
    world.pass(1);

    // TEST: far above the EMA price a sale may not lower health, so the order waits and keeps its tip.
    world.edit_price(BTC, |price| price.price = 108_000 * DOLLAR as i64);
    refuse(&mut world, CLASSIC, number, EvergreenError::HealthLowered);
    assert!(exists(&world, CLASSIC, "alice", number));
    world.set_price(BTC, 108_000);
    execute(&mut world, CLASSIC, "alice", number).ok();
    assert_eq!(world.view(CLASSIC).held(&world.account_key("alice", CLASSIC), put), 0);
}

#[test]
fn a_committed_order_is_filled_at_the_price_after_it_by_anyone() {
    // SETUP: the trigger is met at 103,000; the price that fills the trade is a lower one.
    let (mut world, call) = scene(CLASSIC);
    let above = OrderTerms { trigger: trigger(true, 103_000), ..terms(&world, call, TENTH) };
    let number = place(&mut world, CLASSIC, "alice", above);
    let other = place_plain(&mut world, call, -TENTH);
    let cash = world.cash("alice", CLASSIC);
    world.pass(1);
    world.set_price(BTC, 103_000);

    // TEST: committing sets the bond aside, pays nobody, and names the order.
    let committed = commit(&mut world, CLASSIC, "alice", number).ok();
    let told = committed.event(|e| match e {
        Event::TradeCommitted(e) => Some((e.order, e.number, e.trader, e.tip, e.cash + e.bond as i64)),
        _ => None,
    });
    let alice = world.account_key("alice", CLASSIC);
    assert_eq!(told, (Some(address::order(&alice, number)), number, actor("alice"), 0, cash));
    let (bond, stake) =
        (world.account("alice", CLASSIC).commitment.bond, world.account("alice", CLASSIC).commitment.stake);
    assert!(stake >= bond && stake > 0);
    assert_eq!((earned(&world, CLASSIC), world.view(CLASSIC).pool.tips_due), (-(stake as i64), 2 * TIP + bond + stake));
    refuse(&mut world, CLASSIC, number, EvergreenError::CommitmentOpen);
    refuse(&mut world, CLASSIC, other, EvergreenError::CommitmentOpen);
    world.wait_for_fill();
    world.set_price(BTC, 101_000);

    // The order that the commitment comes from has to be passed, and its payer.
    let (keeper, payer) = (world.account_key("keeper", CLASSIC), world.chain.payer);
    for (order, error) in [
        (None, EvergreenError::OrderMissing),
        (Some((other, payer)), EvergreenError::OrderMissing),
        (Some((number, actor("mallory"))), EvergreenError::Unauthorized),
    ] {
        let wrong = fill_instruction(&world, CLASSIC, "alice", Some(keeper), order);
        world.refused(wrong, error);
    }
    let filled = fill(&mut world, CLASSIC, "alice", number).ok();

    // CHECK
    let spot = filled.event(|e| if let Event::LegFilled(e) = e { Some(e.spot) } else { None });
    assert_eq!(Dollars::from_bits(spot), Dollars::from_int(101_000));
    let told = filled.event(|e| match e {
        Event::OrderExecuted(e) => Some((e.order, e.keeper_account, e.tip)),
        _ => None,
    });
    assert_eq!(told, (address::order(&alice, number), Some(keeper), TIP));
    let own = filled.event(|e| if let Event::CommitmentFilled(e) = e { Some(e.tip) } else { None });
    assert_eq!(own, 0, "the tip of an order is told by the order's event");
    assert!(!world.account("alice", CLASSIC).commitment.is_open() && !exists(&world, CLASSIC, "alice", number));
}

#[test]
fn a_filled_order_is_not_needed_to_fill_another_trade() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    let payer = world.chain.payer;
    let with_order = fill_instruction(&world, CLASSIC, "alice", None, Some((number, payer)));
    world.refused(with_order, EvergreenError::OrderMissing);
    world.fill("alice", CLASSIC).ok();
    assert!(exists(&world, CLASSIC, "alice", number));
}

/// Lets alice commit her order herself.
fn commit_own(world: &mut World, number: u64) {
    let (keys, feeds, alice) = (world.pools[CLASSIC], world.markets(), world.account_key("alice", CLASSIC));
    let payer = world.chain.payer;
    world
        .send(evergreen_sdk::instruction::commit_order(actor("alice"), &keys, alice, number, payer, None, &feeds))
        .ok();
}

#[test]
fn whoever_fills_an_order_names_the_account_that_gets_the_tip() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("keeper", STOCK, STAKE);
    world.trader("bob", CLASSIC, 0);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(1);
    // Who has a stake on it gets the tip, whoever fills it.
    let mut staked = world.clone();
    commit(&mut staked, CLASSIC, "alice", number).ok();
    staked.wait_for_fill();
    let order = Some((number, world.chain.payer));
    for filler in [None, Some(world.account_key("bob", CLASSIC))] {
        let others = fill_instruction(&staked, CLASSIC, "alice", filler, order);
        staked.refused(others, EvergreenError::KeeperAccountMissing);
    }
    fill(&mut staked, CLASSIC, "alice", number).ok();
    assert_eq!((earned(&staked, CLASSIC), staked.account("keeper", CLASSIC).stakes), (TIP as i64, 0));
    commit_own(&mut world, number);
    world.wait_for_fill();
    let [alice, bob] = ["alice", "bob"].map(|who| world.account_key(who, CLASSIC));
    let own = fill_instruction(&world, CLASSIC, "alice", Some(alice), order);
    world.refused(own, EvergreenError::SameAccount);
    let elsewhere = world.account_key("keeper", STOCK);
    let other_pool = fill_instruction(&world, CLASSIC, "alice", Some(elsewhere), order);
    world.refused(other_pool, EvergreenError::WrongPool);
    // Nobody signs for the account that receives the tip.
    let others = fill_instruction(&world, CLASSIC, "alice", Some(bob), order);
    world.send(others).ok();
    assert_eq!(world.cash("bob", CLASSIC), TIP as i64);
}

#[test]
fn the_tip_of_an_order_that_is_filled_for_nobody_goes_back() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    let cash = world.cash("alice", CLASSIC);
    world.pass(1);
    commit_own(&mut world, number);
    world.wait_for_fill();
    let fill = fill_instruction(&world, CLASSIC, "alice", None, Some((number, world.chain.payer)));
    let filled = world.send(fill).ok();
    let net = filled.event(|e| if let Event::Traded(e) = e { Some(e.net) } else { None });
    assert_eq!(world.cash("alice", CLASSIC), cash + TIP as i64 + net);
}

#[test]
fn nobody_can_make_an_order_lose_its_bond() {
    // SETUP: what the order costs at the present price, and its bond.
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(1);
    let mut fork = world.clone();
    commit(&mut fork, CLASSIC, "alice", number).ok();
    let bond = fork.account("alice", CLASSIC).commitment.bond as i64;
    fork.wait_for_fill();
    let filled = fill(&mut fork, CLASSIC, "alice", number).ok();
    let cost = -filled.event(|e| if let Event::Traded(e) = e { Some(e.net) } else { None });
    assert!(bond > 0 && cost > 0);
    let keep = |world: &mut World, cash: i64| {
        let spare = world.cash("alice", CLASSIC) - cash;
        world.withdraw("alice", CLASSIC, spare.unsigned_abs()).ok();
    };

    // TEST: alice has what it costs and a unit less than the bond, and a keeper commits it.
    let mut poor = world.clone();
    keep(&mut poor, cost + bond - 1);
    let over = commit(&mut poor, CLASSIC, "alice", number).ok();
    assert_eq!(cancelled(&over).reason, CancelReason::Cash);
    assert_eq!((poor.cash("alice", CLASSIC), poor.view(CLASSIC).pool.tips_due), (cost + bond - 1 + TIP as i64, 0));

    // TEST: she has both to the unit, and the option becomes dearer before the fill: the order waits on and costs nothing.
    keep(&mut world, cost + bond);
    commit(&mut world, CLASSIC, "alice", number).ok();
    world.wait_for_fill();
    world.set_price(BTC, 101_000);
    let waiting = fill(&mut world, CLASSIC, "alice", number).ok();
    let event = not_filled(&waiting);
    assert_eq!((event.reason, event.fee), (CancelReason::Limit, event.forfeited));
    assert_eq!(world.cash("alice", CLASSIC), cost + bond);
    assert!(exists(&world, CLASSIC, "alice", number));
}
