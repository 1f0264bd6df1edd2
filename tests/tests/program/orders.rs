//! Limit, stop and take-profit orders.

use anchor_lang::prelude::Pubkey;
use evergreen_math::{Dollars, Points, Rounding};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        events::OrderCancelled,
        state::{Action, CancelReason, MAX_ORDERS, OrderTerms, SeriesId, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, DAY, HOUR, Outcome, STOCK, World, chain::actor, world::TOKEN};

/// 0.1 BTC on a 300-dollar stock.
const TENTH: i64 = 33_333_333;
/// A keeper's tip, native units.
const TIP: u64 = 5_000;
/// Hundred-millionths in a dollar.
const DOLLAR: u64 = 100_000_000;

/// A world with a call, alice and a keeper.
fn scene(pool: usize) -> (World, SeriesId) {
    let mut world = World::flat();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("alice", pool, 100 * TOKEN);
    world.trader("keeper", pool, 0);
    (world, call)
}

/// An order for a day, at any price once BTC is at the trigger.
fn terms(world: &World, series: SeriesId, points: i64) -> OrderTerms {
    OrderTerms {
        legs: vec![Leg { series, points }],
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
        reduce_only: false,
        expires_at: world.chain.now() + DAY,
        tip: TIP,
    }
}

fn trigger(above: bool, dollars: u64) -> Option<Trigger> {
    Some(Trigger { underlying: 0, above, price: dollars * DOLLAR })
}

fn place_as(world: &mut World, pool: usize, signer: &str, who: &str, terms: OrderTerms) -> (u64, Outcome) {
    let (keys, feeds, account) = (world.pools[pool], world.markets(), world.account_key(who, pool));
    let number = world.account(who, pool).next_order;
    let payer = world.chain.payer;
    (number, world.send(build::place_order(payer, actor(signer), &keys, account, number, terms, &feeds)))
}

fn place(world: &mut World, pool: usize, who: &str, terms: OrderTerms) -> u64 {
    let (number, outcome) = place_as(world, pool, who, who, terms);
    outcome.ok();
    number
}

/// Places an order of alice's in the classic pool, with nothing special about it.
fn place_plain(world: &mut World, series: SeriesId, points: i64) -> u64 {
    let terms = terms(world, series, points);
    place(world, CLASSIC, "alice", terms)
}

fn execute_for(world: &mut World, pool: usize, who: &str, number: u64, keeper_account: Option<Pubkey>) -> Outcome {
    let (keys, feeds, account) = (world.pools[pool], world.markets(), world.account_key(who, pool));
    let payer = world.chain.payer;
    world.send(build::execute_order(actor("keeper"), &keys, account, number, payer, keeper_account, &feeds))
}

fn execute(world: &mut World, pool: usize, who: &str, number: u64) -> Outcome {
    let keeper = world.account_key("keeper", pool);
    execute_for(world, pool, who, number, Some(keeper))
}

#[track_caller]
fn refuse(world: &mut World, pool: usize, number: u64, error: EvergreenError) {
    let outcome = execute(world, pool, "alice", number);
    evergreen_tests::assert_error(&outcome, error);
}

fn cancelled(outcome: &Outcome) -> OrderCancelled {
    outcome.event(|e| if let Event::OrderCancelled(e) = e { Some(e.clone()) } else { None })
}

fn exists(world: &World, pool: usize, who: &str, number: u64) -> bool {
    let order = address::order(&world.account_key(who, pool), number);
    world.view(pool).orders.contains_key(&order)
}

#[test]
fn a_limit_order_waits_for_its_price_and_pays_its_keeper() {
    for pool in [CLASSIC, STOCK] {
        // SETUP: what the option costs 5,000 dollars lower is the most alice pays.
        let (mut world, call) = scene(pool);
        world.set_price(BTC, 95_000);
        let before = world.cash("alice", pool);
        world.trade("alice", pool, &[(call, TENTH)]).ok();
        let cost = before - world.cash("alice", pool);
        world.trade("alice", pool, &[(call, -TENTH)]).ok();
        world.set_price(BTC, 100_000);
        let order = OrderTerms { min_net: -cost, trigger: None, ..terms(&world, call, TENTH) };
        let cash = world.cash("alice", pool);
        let number = place(&mut world, pool, "alice", order);
        assert_eq!(world.cash("alice", pool), cash - TIP as i64, "the tip is set aside");
        assert_eq!(world.view(pool).pool.tips_due, TIP);

        // TEST: too dear, then not.
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
        assert_eq!(world.cash("keeper", pool), TIP as i64, "the keeper has his tip");
        assert_eq!(world.view(pool).pool.tips_due, 0);
        assert!(!exists(&world, pool, "alice", number), "an order is executed once");
        assert!(lamports(&world) > poorer, "its rent is back");
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
    assert_eq!(world.cash("keeper", CLASSIC), 2 * TIP as i64);
}

#[test]
fn a_price_from_before_the_order_does_not_execute_it() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    // Published in the second in which the order was placed, and seen later.
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.chain.pass(2);
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.edit_price(BTC, |_| {});
    // ETH's price has nothing to do with the order but was passed, and is as old.
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.pass(1);
    execute(&mut world, CLASSIC, "alice", number).ok();
}

#[test]
fn a_reducing_order_closes_what_is_there_with_its_limit_in_proportion() {
    // SETUP: an order for three times the position, and a limit that only just holds for all of it.
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
    assert_eq!(points, -TENTH, "only the position");
    assert!(world.account("alice", CLASSIC).is_flat());
    let empty = cancelled(&execute(&mut world, CLASSIC, "alice", dear).ok());
    assert_eq!((empty.reason, empty.tip), (CancelReason::NothingToReduce, TIP));
    assert_eq!(world.cash("keeper", CLASSIC), 2 * TIP as i64, "the keeper is paid for both");
}

#[test]
fn an_account_that_cannot_bear_its_order_loses_the_order_and_the_tip_only() {
    for (name, reason) in [("cash", CancelReason::Cash), ("health", CancelReason::Health)] {
        // SETUP: bob holds what alice may write.
        let (mut world, call) = scene(CLASSIC);
        let put = world.list(CLASSIC, BTC, true, 100_000);
        world.trader("bob", CLASSIC, 100 * TOKEN);
        world.trade("bob", CLASSIC, &[(call, 20 * TENTH)]).ok();
        world.trade("alice", CLASSIC, &[(put, TENTH)]).ok();
        let points = if name == "cash" { TENTH } else { -20 * TENTH };
        let number = place_plain(&mut world, call, points);
        world.pass(HOUR);
        world.withdraw("alice", CLASSIC, 1).ok();
        let account = world.account("alice", CLASSIC);
        let left = if name == "cash" { 10_000 } else { account.cash as u64 / 10 };
        world.withdraw("alice", CLASSIC, account.cash as u64 - left).ok();
        let before = world.view(CLASSIC);

        // TEST
        let outcome = execute(&mut world, CLASSIC, "alice", number).ok();

        // CHECK
        let event = cancelled(&outcome);
        assert_eq!((event.reason, event.keeper_account), (reason, Some(world.account_key("keeper", CLASSIC))));
        assert!(!outcome.events().iter().any(|e| matches!(e, Event::LegFilled(_) | Event::Traded(_))), "{name}");
        let after = world.view(CLASSIC);
        assert_eq!(after.registry.series[usize::from(call.slot)].long_points, 20 * TENTH);
        assert_eq!(after.registry.series[usize::from(call.slot)].short_points, 0);
        assert_eq!((after.pool.locks, after.pool.pool_cash), (before.pool.locks, before.pool.pool_cash));
        assert_eq!(after.pool.fees_due, before.pool.fees_due);
        assert_eq!(world.cash("keeper", CLASSIC), TIP as i64);
        let account = world.account("alice", CLASSIC);
        assert_eq!((account.cash, account.open_orders), (left as i64, 0));
        assert_eq!(after.held(&world.account_key("alice", CLASSIC), put), TENTH);
    }
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
    // 80 % of 1,000 tokens cover so many calls that pay up to 20,000 dollars, not a third more, premium included.
    let most = (800 * TOKEN / 20) as i64;
    let number = place_plain(&mut world, call, most + most / 3);
    world.fund("alice", CLASSIC, 10_000 * TOKEN);
    world.deposit("alice", CLASSIC, 10_000 * TOKEN).ok();
    world.pass(1);
    refuse(&mut world, CLASSIC, number, EvergreenError::LockLimit);
    assert!(exists(&world, CLASSIC, "alice", number));
}

#[test]
fn an_order_that_is_over_is_cleared_by_anyone_and_its_tip_is_the_owners() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(DAY - 1);
    let cash = world.cash("alice", CLASSIC);
    world.pass(1);
    let event = cancelled(&execute_for(&mut world, CLASSIC, "alice", number, None).ok());
    assert_eq!((event.reason, event.keeper_account), (CancelReason::Expired, None));
    assert_eq!(world.cash("alice", CLASSIC), cash + TIP as i64);
}

#[test]
fn an_order_on_an_exercised_or_retired_series_is_cancelled() {
    let (mut world, call) = scene(CLASSIC);
    let higher = world.list(CLASSIC, BTC, false, 110_000);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let sell = OrderTerms { reduce_only: true, ..terms(&world, call, -TENTH) };
    let (sell, buy) = (place(&mut world, CLASSIC, "alice", sell), place_plain(&mut world, higher, TENTH));
    world.pass(1);
    let keys = world.pools[CLASSIC];
    world.send(build::retire_series(&keys, higher)).ok();
    world.set_price(BTC, 120_000);
    let btc = world.feeds[BTC].accounts;
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    for number in [sell, buy] {
        let event = cancelled(&execute(&mut world, CLASSIC, "alice", number).ok());
        assert_eq!(event.reason, CancelReason::SeriesGone);
    }
}

#[test]
fn owner_and_delegate_cancel_whatever_is_paused() {
    let (mut world, call) = scene(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("bot")))).ok();
    let first = place_plain(&mut world, call, TENTH);
    let free = OrderTerms { tip: 0, ..terms(&world, call, TENTH) };
    let (second, outcome) = place_as(&mut world, CLASSIC, "bot", "alice", free);
    outcome.ok();
    for action in [Action::AddRisk, Action::ReduceRisk, Action::WithdrawMargin] {
        world.send(build::set_pause(actor("guardian"), action, 3_600)).ok();
    }
    world.pass(1);
    refuse(&mut world, CLASSIC, first, EvergreenError::Paused);
    let (keys, payer) = (world.pools[CLASSIC], world.chain.payer);
    let stranger = build::cancel_order(actor("mallory"), &keys, alice, first, payer);
    world.refused(stranger, EvergreenError::Unauthorized);
    world.send(build::cancel_order(actor("bot"), &keys, alice, first, payer)).ok();
    let event = cancelled(&world.send(build::cancel_order(actor("alice"), &keys, alice, second, payer)).ok());
    assert_eq!((event.reason, event.tip), (CancelReason::Requested, 0));
    assert_eq!(world.cash("alice", CLASSIC), 100 * TOKEN as i64, "everything is back");
}

#[test]
fn orders_that_make_no_sense_are_not_placed() {
    let (mut world, call) = scene(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("bot")))).ok();
    let good = terms(&world, call, TENTH);
    let now = world.chain.now();
    let unknown = SeriesId { slot: call.slot, generation: call.generation + 1 };
    let leg = good.legs[0];
    let cases: Vec<(&str, &str, OrderTerms, EvergreenError)> = vec![
        ("a stranger", "mallory", good.clone(), EvergreenError::Unauthorized),
        ("a delegate's tip", "bot", good.clone(), EvergreenError::TipByDelegate),
        ("no leg", "alice", OrderTerms { legs: vec![], ..good.clone() }, EvergreenError::LegCount),
        (
            "no size",
            "alice",
            OrderTerms { legs: vec![Leg { points: 0, ..leg }], ..good.clone() },
            EvergreenError::LegZero,
        ),
        ("one series twice", "alice", OrderTerms { legs: vec![leg, leg], ..good.clone() }, EvergreenError::LegRepeated),
        (
            "two legs that reduce",
            "alice",
            OrderTerms {
                legs: vec![leg, Leg { series: SeriesId { slot: 9, ..call }, ..leg }],
                reduce_only: true,
                ..good.clone()
            },
            EvergreenError::LegCount,
        ),
        (
            "another generation",
            "alice",
            OrderTerms { legs: vec![Leg { series: unknown, ..leg }], ..good.clone() },
            EvergreenError::UnknownSeries,
        ),
        ("no condition", "alice", OrderTerms { trigger: None, ..good.clone() }, EvergreenError::OrderUnconditional),
        ("over already", "alice", OrderTerms { expires_at: now, ..good.clone() }, EvergreenError::OrderExpiry),
        (
            "too long",
            "alice",
            OrderTerms { expires_at: now + OrderTerms::MAX_LIFE + 1, ..good.clone() },
            EvergreenError::OrderExpiry,
        ),
        (
            "no such underlying",
            "alice",
            OrderTerms { trigger: Some(Trigger { underlying: 2, above: true, price: 1 }), ..good.clone() },
            EvergreenError::UnknownUnderlying,
        ),
        (
            "a tip beyond cash",
            "alice",
            OrderTerms { tip: 100 * TOKEN + 1, ..good.clone() },
            EvergreenError::InsufficientCash,
        ),
        (
            "a price beyond 2^63",
            "alice",
            OrderTerms { trigger: Some(Trigger { underlying: 0, above: true, price: 1 << 63 }), ..good.clone() },
            EvergreenError::Overflow,
        ),
    ];
    for (name, signer, order, error) in cases {
        let (_, outcome) = place_as(&mut world, CLASSIC, signer, "alice", order);
        assert_eq!(outcome.code, Some(error as u32 + 6_000), "{name}: {}", outcome.log());
    }
}

#[test]
fn an_account_has_so_many_orders_and_does_not_close_with_one() {
    let (mut world, call) = scene(CLASSIC);
    let order = OrderTerms { tip: 0, ..terms(&world, call, TENTH) };
    for _ in 0..MAX_ORDERS {
        place(&mut world, CLASSIC, "alice", order.clone());
    }
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", order);
    evergreen_tests::assert_error(&outcome, EvergreenError::TooManyOrders);
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    let (keys, alice, payer) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), world.chain.payer);
    let close = build::close_margin_account(actor("alice"), &keys, alice);
    world.refused(close.clone(), EvergreenError::AccountNotEmpty);
    for number in 0..u64::from(MAX_ORDERS) {
        world.send(build::cancel_order(actor("alice"), &keys, alice, number, payer)).ok();
    }
    world.send(close).ok();
}

#[test]
fn a_tip_is_no_way_around_the_withdrawal_rule() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("bob", CLASSIC, 100 * TOKEN);
    world.trade("bob", CLASSIC, &[(call, 10 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -10 * TENTH)]).ok();
    let all = OrderTerms { tip: world.cash("alice", CLASSIC) as u64, ..terms(&world, call, TENTH) };
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", all.clone());
    evergreen_tests::assert_error(&outcome, EvergreenError::InsufficientHealth);
    let (keys, alice, payer) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), world.chain.payer);
    let blind = build::place_order(payer, actor("alice"), &keys, alice, 0, all.clone(), &[]);
    world.refused(blind, EvergreenError::MarketAccountMissing);
    world.send(build::set_pause(actor("guardian"), Action::WithdrawMargin, 3_600)).ok();
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", OrderTerms { tip: 1, ..all });
    evergreen_tests::assert_error(&outcome, EvergreenError::Paused);
}

#[test]
fn a_tip_goes_to_the_signers_account_of_the_same_pool() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("keeper", STOCK, 0);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(1);
    let (alice, elsewhere) = (world.account_key("alice", CLASSIC), world.account_key("keeper", STOCK));
    let none = execute_for(&mut world, CLASSIC, "alice", number, None);
    evergreen_tests::assert_error(&none, EvergreenError::KeeperAccountMissing);
    let own = execute_for(&mut world, CLASSIC, "alice", number, Some(alice));
    evergreen_tests::assert_error(&own, EvergreenError::SameAccount);
    let other_pool = execute_for(&mut world, CLASSIC, "alice", number, Some(elsewhere));
    evergreen_tests::assert_error(&other_pool, EvergreenError::WrongPool);
    world.trader("bob", CLASSIC, 0);
    let bob = world.account_key("bob", CLASSIC);
    let others = execute_for(&mut world, CLASSIC, "alice", number, Some(bob));
    evergreen_tests::assert_error(&others, EvergreenError::Unauthorized);
}

#[test]
fn at_a_wide_price_no_order_is_lost_for_want_of_health() {
    // SETUP: of a straddle the put is to be sold at 107,000; the call keeps the account above water at every price.
    let (mut world, call) = scene(CLASSIC);
    let put = world.list(CLASSIC, BTC, true, 100_000);
    world.trade("alice", CLASSIC, &[(call, TENTH), (put, TENTH)]).ok();
    let order = OrderTerms { trigger: trigger(true, 107_000), reduce_only: true, ..terms(&world, put, -TENTH) };
    let number = place(&mut world, CLASSIC, "alice", order);
    world.pass(1);

    // TEST: far above the EMA price a sale may not lower health; the order waits, and its tip with it.
    world.edit_price(BTC, |price| price.price = 108_000 * DOLLAR as i64);
    refuse(&mut world, CLASSIC, number, EvergreenError::HealthLowered);
    assert!(exists(&world, CLASSIC, "alice", number));
    world.set_price(BTC, 108_000);
    execute(&mut world, CLASSIC, "alice", number).ok();
    assert_eq!(world.view(CLASSIC).held(&world.account_key("alice", CLASSIC), put), 0);
}
