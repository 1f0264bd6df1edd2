//! A sale from an account without cash costs twice its fee when it lapses: it is taken out of what the account receives later.

use super::reserving::{ended, place, scene};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        events::ArrearsCollected,
        state::{CancelReason, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Outcome, World, assert_error,
    chain::actor,
    world::{DOLLAR, TENTH, TOKEN},
};

fn collected(outcome: &Outcome) -> ArrearsCollected {
    outcome.event(|event| if let Event::ArrearsCollected(e) = event { Some(e.clone()) } else { None })
}

/// Alice holds two bitcoins' worth of calls and no cash.
fn without_cash() -> (World, SeriesId) {
    let (mut world, call, _) = scene(&[("alice", 300), ("mallory", 10)]);
    world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
    let cash = world.cash("alice", CLASSIC) as u64;
    world.withdraw("alice", CLASSIC, cash).ok();
    (world, call)
}

/// Commits the sale of all of alice's calls and lets it lapse. Returns what she is in arrears with.
fn lapse(world: &mut World, call: SeriesId) -> u64 {
    let before = world.account("alice", CLASSIC);
    let points = -world.view(CLASSIC).held(&world.account_key("alice", CLASSIC), call);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, points)]);
    world.send(commit).ok();
    assert_eq!(world.account("alice", CLASSIC).commitment.bond, 0, "a sale has no bond");
    world.wait_for_fill();
    world.chain.pass(15);
    let event = ended(&world.fill("alice", CLASSIC));
    assert_eq!((event.reason, event.cash), (CancelReason::Lapsed, before.cash.min(0)));
    assert_eq!(world.account("alice", CLASSIC).arrears, before.arrears + event.arrears);
    assert!(event.arrears > 0 || event.fee > 0, "a lapse costs twice the fee of its trade");
    world.pass(5);
    event.arrears
}

#[test]
fn forty_lapses_cost_eighty_fees() {
    let (mut world, call) = without_cash();
    let (mut owed, lapses) = (0, 40);
    for _ in 0..lapses {
        owed += lapse(&mut world, call);
    }

    // TEST: the sale that is filled in the end pays for all of them, out of its proceeds.
    let before = world.cash("alice", CLASSIC);
    let outcome = world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
    let paid = collected(&outcome);
    assert_eq!((paid.fee, paid.arrears), (owed, 0));
    let (fee, premium) = outcome.event(|e| if let Event::LegFilled(e) = e { Some((e.fee, e.premium)) } else { None });
    let due = 2 * lapses * fee;
    assert!(owed > due * 97 / 100 && owed < due * 103 / 100, "{owed} for {lapses} lapses of twice {fee}");
    let funding: i64 =
        outcome.events().iter().map(|e| if let Event::FundingSettled(e) = e { e.amount } else { 0 }).sum();
    println!("{lapses} lapses cost {owed} native units, the fill itself {fee}");
    assert_eq!(world.cash("alice", CLASSIC), before + funding + premium - fee as i64 - owed as i64);
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    world.everybody_leaves();
}

#[test]
fn nothing_leaves_an_account_in_arrears_and_no_risk_is_added() {
    let (mut world, call) = without_cash();
    let owed = lapse(&mut world, call);
    let keys = world.pools[CLASSIC];
    let alice = world.account_key("alice", CLASSIC);

    // TEST: what comes in pays them first.
    let part = owed / 3;
    world.fund("alice", CLASSIC, 100 * TOKEN);
    let paid = collected(&world.deposit("alice", CLASSIC, part).ok());
    assert_eq!((paid.fee, paid.arrears, world.cash("alice", CLASSIC)), (part, owed - part, 0));
    // While something is left, no door is open: withdrawals, tips, trades that add risk, and the end of the account.
    let feeds = world.markets();
    let withdraw = build::withdraw_margin(actor("alice"), &keys, alice, 1, &feeds);
    world.refused(withdraw, EvergreenError::InArrears);
    let add = world.commit_within("alice", CLASSIC, &[(call, TENTH)], -1);
    world.refused(add, EvergreenError::InArrears);
    world.refused(build::close_margin_account(actor("alice"), &keys, alice), EvergreenError::AccountNotEmpty);
    let number = place(&mut world, "alice", &[(call, TENTH)], |_| {});
    world.pass(2);
    // An order that adds risk cannot be borne, and closes as one that its account cannot pay.
    let (payer, feeds) = (world.chain.payer, world.markets());
    let mut fork = world.clone();
    let commit = build::commit_order(actor("alice"), &keys, alice, number, payer, None, &feeds);
    let reason = fork.send(commit).ok().event(|e| if let Event::OrderCancelled(e) = e { Some(e.reason) } else { None });
    assert_eq!(reason, CancelReason::Cash);
    // A reducing trade promises no tip out of cash that is owed, and is filled.
    let close = world.commit_instruction("alice", CLASSIC, &[(call, -TENTH)]);
    world.send(close).ok();
    assert_eq!(world.account("alice", CLASSIC).commitment.tip, 0);
    world.wait_for_fill();
    let outcome = world.fill("alice", CLASSIC);
    assert_eq!(collected(&outcome).fee, owed - part, "the proceeds pay what is left");
    // Now everything is open again.
    world.deposit("alice", CLASSIC, 50 * TOKEN).ok();
    assert_eq!(world.account("alice", CLASSIC).arrears, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.everybody_leaves();
}

#[test]
fn the_payoff_of_an_exercise_pays_arrears_whoever_settles_it() {
    let (mut world, call) = without_cash();
    let owed = lapse(&mut world, call);
    world.pass(60);
    world.set_price(BTC, 120_500);
    let (keys, alice) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    let paid = collected(&world.send(build::settle_positions(&keys, alice)).ok());
    assert_eq!((paid.fee, paid.arrears), (owed, 0));
    world.everybody_leaves();
}

/// A writer's deposit is margin before it pays arrears, so nobody is liquidated for them; what they withdraw comes after them.
#[test]
fn arrears_take_nobodys_margin() {
    let (mut world, ..) = scene(&[("bob", 300), ("alice", 300)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    world.trade("bob", CLASSIC, &[(call, 20 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
    crate::attacks::withdraw_spare(&mut world, "alice", CLASSIC);
    // At this price the account is about at maintenance, and cannot pay the fee.
    world.pass(60);
    let alice = world.account_key("alice", CLASSIC);
    let maintenance = |world: &World| {
        let level = evergreen_math::margin::HealthLevel::Maintenance;
        world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&alice], level))
    };
    let (mut low, mut dollars) = (100_000, 119_000);
    while dollars - low > 100 {
        let middle = (low + dollars) / 2;
        world.set_price(BTC, middle);
        (low, dollars) = if maintenance(&world) >= 0 { (middle, dollars) } else { (low, middle) };
    }
    world.set_price(BTC, dollars);
    assert!(maintenance(&world) < 0, "at {dollars}");
    world.edit_price(BTC, |price| price.ema_price = price.price);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, 20 * TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    world.chain.pass(15);
    let event = ended(&world.fill("alice", CLASSIC));
    assert_eq!((event.reason, event.fee), (CancelReason::Lapsed, 0));
    let owed = world.account("alice", CLASSIC).arrears;
    assert!(owed > 0);

    // TEST: the deposit saves the account.
    world.pass(5);
    let cash = world.cash("alice", CLASSIC);
    world.fund("alice", CLASSIC, 200 * TOKEN);
    world.deposit("alice", CLASSIC, 200 * TOKEN).ok();
    assert_eq!(world.cash("alice", CLASSIC), cash + 200 * TOKEN as i64);
    assert_eq!(world.account("alice", CLASSIC).arrears, owed);
    let paid = collected(&world.withdraw("alice", CLASSIC, TOKEN).ok());
    assert_eq!((paid.fee, paid.arrears), (owed, 0));
    world.everybody_leaves();
}

#[test]
fn what_nothing_is_left_to_pay_is_forgiven_with_the_account() {
    let (mut world, call) = without_cash();
    let owed: u64 = (0..5).map(|_| lapse(&mut world, call)).sum();
    world.pass(60);
    world.edit_price(BTC, |price| (price.price, price.ema_price) = (60_000 * DOLLAR, 60_000 * DOLLAR));
    let outcome = world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
    println!("{owed} owed, {:?} paid", outcome.events());
    let (account, left) = (world.account("alice", CLASSIC), world.account("alice", CLASSIC).arrears);
    assert!(account.is_flat() && account.cash <= 0 && left > 0, "cash {}, {left} left", account.cash);
    let (keys, alice) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    assert_error(&world.withdraw("alice", CLASSIC, u64::MAX), EvergreenError::InArrears);
    if account.cash < 0 {
        world.send(build::absorb_bad_debt(&keys, alice)).ok();
    }
    let closed = world.send(build::close_margin_account(actor("alice"), &keys, alice)).ok();
    let forgiven =
        closed.event(|e| if let Event::MarginAccountClosed(e) = e { Some(e.arrears_forgiven) } else { None });
    assert_eq!(forgiven, left);
}
