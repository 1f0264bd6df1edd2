//! Whoever has capacity reserved pays for it, through whatever door and however it ends, and nobody pays for what a stranger chose.

use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        events::CommitmentCancelled,
        state::{CancelReason, OrderTerms, SeriesId, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Outcome, Setup, World,
    chain::actor,
    trading,
    world::{ETH, TENTH, TOKEN},
};

pub(super) fn scene(traders: &[(&str, u64)]) -> (World, SeriesId, SeriesId) {
    let mut world = World::new(Setup::preset());
    world.round_trip_every = 1_000_000;
    let [call, put] = [false, true].map(|put| world.list(CLASSIC, BTC, put, 100_000));
    for (who, cash) in traders {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    (world, call, put)
}

pub(super) fn ended(outcome: &Outcome) -> CommitmentCancelled {
    outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some(e.clone()) } else { None })
}

pub(super) fn place(world: &mut World, who: &str, legs: &[(SeriesId, i64)], change: impl Fn(&mut OrderTerms)) -> u64 {
    let mut terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, legs),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
        reduce_only: false,
        expires_at: world.chain.now() + 80 * DAY,
        tip: 0,
    };
    change(&mut terms);
    let (payer, feeds, account) = (world.chain.payer, world.markets(), world.account_key(who, CLASSIC));
    let number = world.account(who, CLASSIC).next_order;
    let keys = world.pools[CLASSIC];
    world.send(build::place_order(payer, actor(who), &keys, account, number, terms, &feeds)).ok();
    number
}

fn commit_order(world: &mut World, by: &str, of: &str, number: u64, from: Option<Pubkey>) -> Outcome {
    let (payer, feeds, account) = (world.chain.payer, world.markets(), world.account_key(of, CLASSIC));
    let keys = world.pools[CLASSIC];
    world.send(build::commit_order(actor(by), &keys, account, number, payer, from, &feeds))
}

fn end_order(world: &mut World, of: &str, number: u64, to: Option<Pubkey>) -> Outcome {
    let (payer, account) = (world.chain.payer, world.account_key(of, CLASSIC));
    let view = world.view(CLASSIC);
    let underlyings: Vec<Pubkey> = view.pool.underlyings.iter().map(|entry| entry.key).collect();
    let markets = world.markets_to_fill(CLASSIC, &account);
    let feeds = trading::feeds_to_fill(&view.registry, &underlyings, &view.accounts[&account], &markets);
    let fill = build::fill_trade(&world.pools[CLASSIC], account, to, Some((number, payer)), &feeds);
    world.send(fill)
}

/// Points of the call that reserve 790 of 800 tokens.
fn nearly_all(world: &World, call: SeriesId) -> i64 {
    crate::giving_way::points_locking(world, call, 790 * TOKEN)
}

#[test]
fn audit_a1_an_order_committed_at_an_old_price_pays_for_what_it_reserved() {
    // SETUP: mallory's order is at its limit at the price of five seconds ago; the market has moved up since.
    let (mut world, call, _) = scene(&[("mallory", 400), ("other", 100)]);
    let points = nearly_all(&world, call);
    let mut fork = world.clone();
    fork.trade("mallory", CLASSIC, &[(call, points)]).ok();
    let limit = fork.cash("mallory", CLASSIC) - world.cash("mallory", CLASSIC);
    let number = place(&mut world, "mallory", &[(call, points)], |terms| terms.min_net = limit);
    let start = world.cash("mallory", CLASSIC);

    // TEST: each time that all capacity is reserved in vain costs an eighth of the bond.
    let (mut due, rounds) = (0, 5);
    for _ in 0..rounds {
        world.pass(31);
        world.set_price(BTC, 100_000);
        commit_order(&mut world, "mallory", "mallory", number, None).ok();
        let bond = world.account("mallory", CLASSIC).commitment.bond;
        let other = world.commit_instruction("other", CLASSIC, &[(call, 10 * TENTH)]);
        world.refused(other, EvergreenError::ReserveLimit);
        world.chain.pass(4);
        world.set_price(BTC, 100_050);
        let event = ended(&end_order(&mut world, "mallory", number, None).ok());
        assert_eq!((event.reason, event.fee), (CancelReason::Limit, bond.div_ceil(8)));
        due += bond.div_ceil(8) as i64;
    }
    assert_eq!(start - world.cash("mallory", CLASSIC), due);
    println!("{rounds} times all capacity cost {due} native units");
    assert!(due > rounds * TOKEN as i64 / 5, "{due}");
}

#[test]
fn audit_a1_an_uncertain_or_late_price_is_no_free_door() {
    // TEST: a leg on an underlying whose price is uncertain.
    let (mut world, call, put) = scene(&[("mallory", 400), ("other", 100)]);
    let eth = world.list(CLASSIC, ETH, false, 4_000);
    world.edit_price(ETH, |p| p.conf = p.price.unsigned_abs() / 50);
    let start = world.cash("mallory", CLASSIC);
    let points = nearly_all(&world, call);
    let commit = world.commit_within("mallory", CLASSIC, &[(call, points), (eth, 1)], -1);
    world.send(commit).ok();
    let bond = world.account("mallory", CLASSIC).commitment.bond;
    let other = world.commit_instruction("other", CLASSIC, &[(put, 10 * TENTH)]);
    world.refused(other, EvergreenError::ReserveLimit);
    world.wait_for_fill();
    world.edit_price(ETH, |p| p.conf = p.price.unsigned_abs() / 50);
    let event = ended(&world.fill("mallory", CLASSIC));
    assert_eq!((event.reason, event.fee), (CancelReason::PriceUncertain, bond.div_ceil(8)));
    assert_eq!(start - world.cash("mallory", CLASSIC), bond.div_ceil(8) as i64);

    // TEST: the first price after the commitment is late.
    let (mut world, call, _) = scene(&[("mallory", 400)]);
    let points = nearly_all(&world, call);
    let commit = world.commit_within("mallory", CLASSIC, &[(call, points)], -1);
    world.send(commit).ok();
    let bond = world.account("mallory", CLASSIC).commitment.bond;
    world.chain.pass(20);
    world.set_price(BTC, 100_000);
    let event = ended(&world.fill("mallory", CLASSIC));
    assert_eq!((event.reason, event.fee), (CancelReason::PriceTooLate, bond.div_ceil(8)));
}

#[test]
fn audit_a4_a_stranger_who_commits_an_order_pays_for_its_lapse() {
    // SETUP: no keeper is at work. Alice has an order with a tip; mallory commits it and lets it lapse.
    let (mut world, call, _) = scene(&[("alice", 400), ("mallory", 10)]);
    let number = place(&mut world, "alice", &[(call, 10 * TENTH)], |terms| terms.tip = 5_000);
    let start = [world.cash("alice", CLASSIC), world.cash("mallory", CLASSIC)];
    let mallory = world.account_key("mallory", CLASSIC);
    for _ in 0..3 {
        world.pass(31);
        world.set_price(BTC, 100_000);
        commit_order(&mut world, "mallory", "alice", number, Some(mallory)).ok();
        world.wait_for_fill();
        world.chain.pass(15);
        let event = ended(&end_order(&mut world, "alice", number, Some(mallory)).ok());
        assert_eq!(event.reason, CancelReason::Lapsed);
    }

    // TEST: alice has what she had, her order too; mallory has paid three bonds.
    println!("mallory has lost {} native units", start[1] - world.cash("mallory", CLASSIC));
    assert_eq!(world.cash("alice", CLASSIC), start[0]);
    assert!(
        start[1] - world.cash("mallory", CLASSIC) >= 3 * 5 * 10 * TENTH / 100,
        "{}",
        world.cash("mallory", CLASSIC)
    );
    world.pass(31);
    world.set_price(BTC, 100_000);
    commit_order(&mut world, "mallory", "alice", number, Some(mallory)).ok();
    // She cannot leave alice with a commitment that nobody can end.
    let mut leaving = world.clone();
    leaving.withdraw("mallory", CLASSIC, u64::MAX).ok();
    let close = build::close_margin_account(actor("mallory"), &world.pools[CLASSIC], mallory);
    leaving.refused(close, EvergreenError::AccountNotEmpty);
    let before = world.cash("mallory", CLASSIC) + world.account("alice", CLASSIC).commitment.stake as i64;
    world.wait_for_fill();
    let _ = end_order(&mut world, "alice", number, Some(mallory)).ok();
    assert!(world.account("alice", CLASSIC).find(call).is_some(), "it is filled in the end");
    assert_eq!(
        world.cash("mallory", CLASSIC),
        before + 5_000,
        "the bond comes back, and the tip is for whoever did the work"
    );
}
