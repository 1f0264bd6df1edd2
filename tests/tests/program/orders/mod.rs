//! Limit, stop and take-profit orders.

mod ending;
mod execution;
mod placing;
mod waiting;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        events::{CommitmentCancelled, OrderCancelled},
        state::{OrderTerms, SeriesId, Trigger},
    },
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, DAY, Outcome, World, chain::actor, trading, world::TOKEN};

/// What the keeper has for stakes, in native units.
const STAKE: u64 = 10 * TOKEN;

/// A keeper's tip, in native units.
const TIP: u64 = 5_000;

/// One dollar, in hundred-millionths of a dollar.
const DOLLAR: u64 = evergreen_tests::world::DOLLAR.unsigned_abs();

/// Returns a world with a call, alice and a keeper, and the call.
fn scene(pool: usize) -> (World, SeriesId) {
    let mut world = World::flat();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("alice", pool, 100 * TOKEN);
    world.trader("keeper", pool, STAKE);
    (world, call)
}

/// Returns what the keeper has earned, in native units.
fn earned(world: &World, pool: usize) -> i64 {
    world.cash("keeper", pool) - STAKE as i64
}

/// Returns the terms of an order in the classic pool that lasts a day, has no limit and has a trigger that every price of BTC
/// satisfies.
fn terms(world: &World, series: SeriesId, points: i64) -> OrderTerms {
    terms_in(world, CLASSIC, series, points)
}

fn terms_in(world: &World, pool: usize, series: SeriesId, points: i64) -> OrderTerms {
    OrderTerms {
        legs: trading::named(&world.view(pool).registry, &[(series, points)]),
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

/// Lets the keeper commit the trade of an order of `who`; the tip of an order that is over goes to `keeper_account`.
fn commit_for(world: &mut World, pool: usize, who: &str, number: u64, keeper_account: Option<Pubkey>) -> Outcome {
    let (keys, feeds, account) = (world.pools[pool], world.markets(), world.account_key(who, pool));
    let payer = world.chain.payer;
    world.send(build::commit_order(actor("keeper"), &keys, account, number, payer, keeper_account, &feeds))
}

fn commit(world: &mut World, pool: usize, who: &str, number: u64) -> Outcome {
    let keeper = world.account_key("keeper", pool);
    commit_for(world, pool, who, number, Some(keeper))
}

/// Returns the fill of a commitment of `who`, with the order that it comes from, at the prices as they are.
fn fill_instruction(
    world: &World,
    pool: usize,
    who: &str,
    filler: Option<Pubkey>,
    order: Option<(u64, Pubkey)>,
) -> Instruction {
    let (view, account) = (world.view(pool), world.account_key(who, pool));
    let underlyings: Vec<Pubkey> = view.pool.underlyings.iter().map(|entry| entry.key).collect();
    let feeds = trading::feeds_to_fill(
        &view.registry,
        &underlyings,
        &view.accounts[&account],
        &world.markets_to_fill(pool, &account),
    );
    build::fill_trade(&world.pools[pool], account, filler, order, &feeds)
}

/// Fills the trade of a committed order of `who` at the prices as they are; the tip goes to the keeper.
fn fill(world: &mut World, pool: usize, who: &str, number: u64) -> Outcome {
    let (keeper, payer) = (world.account_key("keeper", pool), world.chain.payer);
    let fill = fill_instruction(world, pool, who, Some(keeper), Some((number, payer)));
    world.send(fill)
}

/// Lets the keeper commit the trade of an order, wait for the first price after that, which is as before, and fill it. Returns
/// the outcome of the fill, or that of the commitment where nothing was committed.
fn execute(world: &mut World, pool: usize, who: &str, number: u64) -> Outcome {
    let committed = commit(world, pool, who, number);
    if !world.account(who, pool).commitment.is_open() {
        return committed;
    }
    world.wait_for_fill();
    fill(world, pool, who, number)
}

/// Asserts that the trade of an order of alice is not committed because of this error.
#[track_caller]
fn refuse(world: &mut World, pool: usize, number: u64, error: EvergreenError) {
    let outcome = commit(world, pool, "alice", number);
    evergreen_tests::assert_error(&outcome, error);
}

fn cancelled(outcome: &Outcome) -> OrderCancelled {
    outcome.event(|e| if let Event::OrderCancelled(e) = e { Some(e.clone()) } else { None })
}

fn not_filled(outcome: &Outcome) -> CommitmentCancelled {
    outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some(e.clone()) } else { None })
}

fn exists(world: &World, pool: usize, who: &str, number: u64) -> bool {
    let order = address::order(&world.account_key(who, pool), number);
    world.view(pool).orders.contains_key(&order)
}
