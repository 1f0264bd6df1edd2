//! A change of parameters is announced two minutes before: nobody chooses what of others' it hits.

use crate::governance::edited;
use anchor_lang::error::ErrorCode;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Change, OrderTerms, PriceSource, Proposal, ReturnReason, SeriesId, ShareClass, Trigger},
    },
    instruction::{self as build, ChangeAccounts},
    testing::pyth::PythGeneration,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, Setup, World, assert_error,
    chain::actor,
    trading,
    world::{TENTH, TOKEN},
};

/// A call of which alice holds 1.1 BTC, bob has written 1 BTC, and a proposal of a fee of 2 % for closing, whose timelock is over.
fn scene() -> (World, SeriesId, u64, ChangeAccounts) {
    let mut world = World::new(Setup::slow());
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 400 * TOKEN);
    }
    world.trader("keeper", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 11 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -10 * TENTH)]).ok();
    let pool = world.of_pool(CLASSIC);
    let dearer = edited(&world, |p| (p.fee_close_bps, p.fee_value_cap_bps) = (200, 2_500));
    let id = world.propose(Change::PoolParams(dearer), &pool);
    world.pass_until_ready();
    (world, call, id, pool)
}

/// Bob's stop, which buys back 1 BTC at any price.
fn place_stop(world: &mut World, call: SeriesId) -> u64 {
    let (account, number) = (world.account_key("bob", CLASSIC), world.account("bob", CLASSIC).next_order);
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(call, 10 * TENTH)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
        reduce_only: true,
        expires_at: world.chain.now() + 30 * DAY,
        tip: 5_000,
    };
    let place = build::place_order(
        world.chain.payer,
        actor("bob"),
        &world.pools[CLASSIC],
        account,
        number,
        terms,
        &world.markets(),
    );
    world.send(place).ok();
    number
}

/// Commits bob's stop as a keeper, lets the attacker do something, fills it, and returns what bob paid.
fn stopped(mut world: World, (call, number): (SeriesId, u64), meanwhile: impl FnOnce(&mut World)) -> i64 {
    let (account, keeper) = (world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    world.pass(2);
    let before = world.cash("bob", CLASSIC);
    let commit = build::commit_order(
        actor("keeper"),
        &world.pools[CLASSIC],
        account,
        number,
        world.chain.payer,
        Some(keeper),
        &world.markets(),
    );
    world.send(commit).ok();
    world.wait_for_fill();
    meanwhile(&mut world);
    let order = Some((number, world.chain.payer));
    let feeds = [world.feeds[BTC].accounts];
    world.send(build::fill_trade(&world.pools[CLASSIC], account, Some(keeper), order, &feeds)).ok();
    assert_eq!(world.view(CLASSIC).held(&account, call), 0, "bob has left");
    before - world.cash("bob", CLASSIC)
}

/// Before, whoever executed a proposal between commitment and fill had others filled at its parameters: a stop of 1 BTC paid 22.04 tokens instead of
/// 6.26 at another multiplier, and the larger fee at another fee.
#[test]
fn audit_governance_a_stop_is_filled_at_the_parameters_of_its_commitment() {
    let (mut world, call, id, pool) = scene();
    let number = place_stop(&mut world, call);
    let nothing = stopped(world.clone(), (call, number), |_| {});
    let attacked = stopped(world.clone(), (call, number), |world| {
        world.step_proposal(id, &pool).ok();
        assert_error(&world.step_proposal(id, &pool), EvergreenError::ProposalAnnounced);
    });
    assert_eq!(attacked, nothing, "the attacker can only announce");
    // Who commits within the turn of an announced change can know of it.
    let mut late = world;
    late.announce_proposal(id, &pool);
    let late = stopped(late, (call, number), |world| drop(world.step_proposal(id, &pool).ok()));
    assert!(late > nothing + TOKEN as i64, "{late} {nothing}");
}

/// An announcement from long ago leaves the moment to nobody, and a proposal that was announced can still be cancelled.
#[test]
fn audit_governance_an_announcement_is_good_for_a_minute() {
    let (world, _, id, pool) = scene();
    let fee = |world: &World| world.view(CLASSIC).pool.params.fee_close_bps;
    let before = fee(&world);
    for wait in [Proposal::NOTICE + Proposal::TURN, 3_600, DAY] {
        let mut world = world.clone();
        world.step_proposal(id, &pool).ok();
        world.pass(wait);
        // This announces it again.
        world.step_proposal(id, &pool).ok();
        assert_eq!((fee(&world), world.proposal(id).expect("open").announced_at), (before, world.chain.now()));
        world.pass(Proposal::NOTICE - 1);
        assert_error(&world.step_proposal(id, &pool), EvergreenError::ProposalAnnounced);
        world.pass(Proposal::TURN);
        world.step_proposal(id, &pool).ok();
        assert_eq!(fee(&world), 200);
    }
    let mut cancelled = world;
    cancelled.announce_proposal(id, &pool);
    let payer = cancelled.chain.payer;
    cancelled.send(build::cancel_proposal(actor("guardian"), id, payer)).ok();
    assert_error(&cancelled.step_proposal(id, &pool), ErrorCode::AccountNotInitialized);
    assert_eq!(fee(&cancelled), before);
}

/// A deposit that was requested before the announcement is over before the change, at the longest delay and at every second of a minute.
#[test]
fn audit_governance_a_deposit_is_over_before_the_change() {
    let mut setup = Setup::slow();
    setup.pool.fill_delay = 10;
    let mut world = World::new(setup);
    world.fund("lp", CLASSIC, 100 * TOKEN);
    for _ in 0..60 {
        let number = world.next_number("lp");
        let request =
            build::request_deposit(actor("lp"), &world.pools[CLASSIC], ShareClass::Main, number, TOKEN / 10, 0);
        let mut requested = world.clone();
        requested.send(request).ok();
        let from = requested.chain.now() + Proposal::NOTICE;
        let deadline = requested.request_of("lp", CLASSIC, number).deadline();
        assert!(deadline < from, "{deadline} {from}");
        world.pass(1);
    }
}

/// A new price source is announced, too: a trade under way is filled at the source at which it was committed. Before, who executed the proposal shut it out
/// of its first price, and it lapsed for its bond.
#[test]
fn audit_governance_a_new_price_source_shuts_out_no_trade_under_way() {
    let mut world = World::new(Setup::slow());
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("carol", CLASSIC, 100 * TOKEN);
    let generation = PythGeneration::Previous;
    let key = generation.push_feed(0, &world.feeds[BTC].price.feed);
    let post = |world: &mut World| {
        let data = world.feeds[BTC].price.encode(&key, world.chain.slot()).expect("a price");
        world.chain.write(key, generation.receiver(), data);
    };
    post(&mut world);
    let change = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: generation.receiver() };
    let underlying = world.feeds[BTC].accounts.underlying;
    let changed = ChangeAccounts::underlying(underlying, key);
    let id = world.propose(change, &changed);
    world.pass_until_ready();
    let commit = world.commit_instruction("carol", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    world.chain.pass(3);
    post(&mut world);
    world.step_proposal(id, &changed).ok();
    world.chain.pass(1);
    for market in [BTC, ETH] {
        world.edit_price(market, |_| {});
    }
    world.fill("carol", CLASSIC).ok();
    assert_eq!(world.view(CLASSIC).held(&world.account_key("carol", CLASSIC), call), TENTH);
    // The change is made all the same.
    world.pass(Proposal::NOTICE);
    post(&mut world);
    world.step_proposal(id, &changed).ok();
    assert_eq!(world.underlying(BTC).price_owner, generation.receiver());
}

/// A deposit in insurance waits for 143 seconds at most, and an announced change for 120. Where the change comes first, the deposit comes back whole; before, a cooldown of 90 days, the longest then, in
/// place of seven bound it.
#[test]
fn audit_announced_a_deposit_is_never_bound_by_a_change_after_its_request() {
    let mut world = World::new(Setup::slow());
    let (pool, keys, insurance) = (world.of_pool(CLASSIC), world.pools[CLASSIC], ShareClass::Insurance);
    let slower = edited(&world, |p| p.main_cooldown = 7 * 86_400);
    let id = world.propose(Change::PoolParams(slower), &pool);
    world.pass_until_ready();
    let amount = 100 * TOKEN;
    world.fund("vera", CLASSIC, 2 * amount);
    world.chain.create_token_account(&actor("vera"), &keys.share_mint(insurance), &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    world.pass_to(58);
    let number = world.next_number("vera");
    world.send(build::request_deposit(actor("vera"), &keys, insurance, number, amount, 0)).ok();
    world.pass(1);
    let announced = world.chain.now();
    world.step_proposal(id, &pool).ok();
    let request = world.request_in("vera", CLASSIC, insurance, number);
    assert!(request.deadline() > announced + Proposal::NOTICE);
    world.pass(request.minute + 1 - world.chain.now());
    let change = build::execute_proposal(id, world.chain.payer, &pool);
    let execute = world.execute_deposit_in("vera", CLASSIC, insurance, number);
    let outcome = world.send_all(&[change, execute]).ok();
    let came = outcome.event(|e| match e {
        Event::DepositReturned(e) => Some((e.reason, e.amount, e.fee)),
        _ => None,
    });
    assert_eq!(came, (ReturnReason::RulesChanged, amount, 0));
    assert_eq!(world.shares("vera", CLASSIC, insurance), 0);
    // A deposit that is requested after the change is executed.
    world.pass(180);
    world.provide("vera", CLASSIC, insurance, amount).ok();
    assert!(world.shares("vera", CLASSIC, insurance) > 0);
}
