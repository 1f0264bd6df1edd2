//! Limit, stop and take-profit orders.

mod ending;
mod execution;
mod placing;

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        events::OrderCancelled,
        state::{OrderTerms, SeriesId, Trigger},
    },
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, DAY, Outcome, World, chain::actor, world::TOKEN};

/// A keeper's tip, in native units.
const TIP: u64 = 5_000;

/// One dollar, in hundred-millionths of a dollar.
const DOLLAR: u64 = 100_000_000;

/// Returns a world with a call, alice and a keeper, and the call.
fn scene(pool: usize) -> (World, SeriesId) {
    let mut world = World::flat();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("alice", pool, 100 * TOKEN);
    world.trader("keeper", pool, 0);
    (world, call)
}

/// Returns the terms of an order that lasts a day, has no limit and has a trigger that every price of BTC satisfies.
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

/// Returns a trigger at this price of BTC: at or above it, or at or below it.
fn trigger(above: bool, dollars: u64) -> Option<Trigger> {
    Some(Trigger { underlying: 0, above, price: dollars * DOLLAR })
}

/// Places an order on the account of `who`, signed by `signer`, and returns its number and the outcome.
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

/// Places an order of alice with the standard terms in the classic pool, and returns its number.
fn place_plain(world: &mut World, series: SeriesId, points: i64) -> u64 {
    let terms = terms(world, series, points);
    place(world, CLASSIC, "alice", terms)
}

/// Lets the keeper execute an order of `who`; the tip goes to `keeper_account`.
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
