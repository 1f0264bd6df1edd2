//! Changes that break a bound or move marks are refused when they are proposed.

use super::edited;
use crate::bad_input::params::{POOL_REFUSED, UNDERLYING_REFUSED};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{Change, PoolParams, PriceSource, UnderlyingParams},
    },
    instruction::ChangeAccounts,
    presets,
};
use evergreen_tests::{BTC, CLASSIC, ETH, Setup, World};

/// Asserts that the proposal of this change is refused with the error.
#[track_caller]
fn refused(world: &mut World, what: &str, change: Change, changed: &ChangeAccounts, error: EvergreenError) {
    let outcome = world.send(world.propose_instruction(change, changed));
    assert_eq!(outcome.code, Some(error.into()), "{what}: {:?}", outcome.failure);
}

#[test]
fn a66_every_bound_of_a_pool_holds_for_proposals_too() {
    let mut world = World::new(Setup { liquidity: 0, insurance: 0, ..Setup::flat() });
    let pool = world.of_pool(CLASSIC);
    for (what, edit) in POOL_REFUSED {
        let params = edited(&world, edit);
        refused(&mut world, what, Change::PoolParams(params), &pool, EvergreenError::InvalidParameter);
    }
    for edit in [|p: &mut PoolParams| p.fee_open_bps = 4, |p: &mut PoolParams| p.sigma_max_expected_bps = 8_000] {
        let params = edited(&world, edit);
        refused(&mut world, "fees", Change::PoolParams(params), &pool, EvergreenError::FeeBelowLatencyFloor);
    }
    assert_eq!(world.protocol().next_proposal, 0);
}

#[test]
fn a66_every_bound_of_an_underlying_holds_for_proposals_too() {
    let mut world = World::new(Setup { liquidity: 0, insurance: 0, ..Setup::flat() });
    let btc = world.of_market(BTC);
    for (what, edit) in UNDERLYING_REFUSED {
        let mut params = presets::btc(presets::PYTH_RECEIVER).params;
        edit(&mut params);
        refused(&mut world, what, Change::UnderlyingParams(params), &btc, EvergreenError::InvalidParameter);
    }
    assert_eq!(world.protocol().next_proposal, 0);
}

#[test]
fn a66_roles_and_timelock_out_of_their_bounds() {
    let mut world = World::flat();
    let (protocol, nobody) = (ChangeAccounts::protocol(), Pubkey::default());
    for change in [
        Change::Admin(nobody),
        Change::Guardian(nobody),
        Change::FeeOwner(nobody),
        Change::Timelock(0),
        Change::Timelock(86_399),
        Change::Timelock(30 * 86_400 + 1),
        Change::Timelock(u32::MAX),
    ] {
        refused(&mut world, &format!("{change:?}"), change, &protocol, EvergreenError::InvalidParameter);
    }
    let source = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: nobody };
    let btc = world.of_market(BTC);
    refused(&mut world, "nobody's prices", source, &btc, EvergreenError::InvalidParameter);
    for seconds in [86_400, 30 * 86_400] {
        world.propose(Change::Timelock(seconds), &protocol);
    }
}

/// Anyone who knows that marks will jump could trade before and after.
#[test]
fn a68_no_proposal_moves_marks_at_once() {
    let mut world = World::new(Setup::preset());
    let btc = world.of_market(BTC);
    type Edit = fn(&mut UnderlyingParams);
    let edits: [(&str, Edit, bool); 23] = [
        ("skew up", |p| p.smile_skew_bps = -484, false),
        ("skew down", |p| p.smile_skew_bps = -516, false),
        ("skew to its bound", |p| p.smile_skew_bps = -2_000, false),
        ("convexity down", |p| p.smile_convexity_bps = 184, false),
        ("no convexity", |p| p.smile_convexity_bps = 0, false),
        // The volatility is 55 % at present.
        ("least volatility", |p| (p.vol_min_bps, p.vol_start_bps) = (5_501, 6_000), false),
        ("most volatility", |p| (p.vol_start_bps, p.vol_max_bps) = (5_499, 5_499), false),
        ("multiplier up", |p| p.vol_multiplier_bps = 9_596, false),
        ("multiplier down", |p| p.vol_multiplier_bps = 9_404, false),
        ("fast half-life", |p| p.vol_fast_half_life += p.vol_fast_half_life / 32 + 1, false),
        ("slow half-life", |p| p.vol_slow_half_lives += 4, false),
        ("cut", |p| p.vol_sample_cap -= 2, false),
        ("Saturday", |p| p.vol_saturday_bps -= 1_001, false),
        ("Sunday", |p| p.vol_sunday_bps -= 1_001, false),
        (
            "weekend",
            |p| (p.vol_saturday_bps, p.vol_sunday_bps) = (p.vol_saturday_bps - 1_000, p.vol_sunday_bps - 1_000),
            true,
        ),
        ("smile and multiplier", |p| (p.smile_skew_bps, p.vol_multiplier_bps) = (-501, 9_501), false),
        ("smile", |p| (p.smile_skew_bps, p.smile_convexity_bps) = (-485, 185), true),
        ("volatility", |p| (p.vol_min_bps, p.vol_start_bps, p.vol_max_bps) = (5_495, 5_500, 5_505), true),
        ("multiplier", |p| p.vol_multiplier_bps = 9_571, true),
        ("smaller multiplier", |p| p.vol_multiplier_bps = 9_429, true),
        ("half-lives", |p| (p.vol_fast_half_life, p.vol_slow_half_lives) = (6 * 3_600 + 675, 123), true),
        ("the cut", |p| p.vol_sample_cap = 19, true),
        ("speed", |p| p.vol_max_change_bps = 10_000, true),
    ];
    for (what, edit, allowed) in edits {
        let mut params = world.underlying(BTC).params;
        edit(&mut params);
        if allowed {
            world.propose(Change::UnderlyingParams(params), &btc);
        } else {
            refused(&mut world, what, Change::UnderlyingParams(params), &btc, EvergreenError::MarkWouldJump);
        }
    }
}

#[test]
fn a14_a_change_of_a_pool_names_all_of_its_underlyings() {
    let mut world = World::flat();
    let pool = world.of_pool(CLASSIC);
    let change = Change::PoolParams(edited(&world, |p| p.fee_open_bps = 6));
    let [btc, eth] = [BTC, ETH].map(|market| world.feeds[market].accounts.underlying);
    let with = |others: &[Pubkey]| ChangeAccounts::pool(pool.target, others.to_vec());
    for others in [&[][..], &[btc], &[btc, eth, btc]] {
        refused(&mut world, "number", change, &with(others), EvergreenError::MarketAccountMissing);
    }
    for others in [&[eth, btc][..], &[btc, btc], &[btc, pool.target]] {
        refused(&mut world, "others", change, &with(others), EvergreenError::UnknownUnderlying);
    }
    let id = world.propose(change, &pool);
    world.pass_until_ready();
    for others in [&[btc][..], &[btc, eth, eth]] {
        let execute = evergreen_sdk::instruction::execute_proposal(id, world.chain.payer, &with(others));
        world.refused(execute, EvergreenError::MarketAccountMissing);
    }
    world.execute_proposal(id, &pool).ok();
}

#[test]
fn a17_a_price_source_without_a_price_is_refused() {
    let mut world = World::flat();
    let btc = world.of_market(BTC);
    let previous =
        Change::PriceSource { source: PriceSource::PythUpdate, price_owner: presets::PYTH_RECEIVER_PREVIOUS };
    let none = ChangeAccounts { others: Vec::new(), ..btc.clone() };
    refused(&mut world, "no price", previous, &none, EvergreenError::MarketAccountMissing);
    refused(&mut world, "other owner", previous, &btc, EvergreenError::PriceWrongOwner);
    let other_feed = ChangeAccounts::underlying(btc.target, world.feeds[ETH].accounts.price);
    let same = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: presets::PYTH_RECEIVER };
    refused(&mut world, "other feed", same, &other_feed, EvergreenError::PriceWrongFeed);
    let id = world.propose(same, &btc);
    // The price must be fresh at execution too.
    world.chain.pass(10 * 86_400);
    let execute = evergreen_sdk::instruction::execute_proposal(id, world.chain.payer, &btc);
    world.refused(execute.clone(), EvergreenError::PriceStale);
    world.edit_price(BTC, |_| {});
    world.send(execute.clone()).ok();
    world.chain.pass(evergreen_sdk::evergreen::state::Proposal::NOTICE);
    world.refused(execute.clone(), EvergreenError::PriceStale);
    world.edit_price(BTC, |_| {});
    world.send(execute).ok();
}

#[test]
fn a13_a_change_that_cannot_be_read_is_refused() {
    let mut world = World::flat();
    let mut unknown = world.propose_instruction(Change::ResumePool, &world.of_pool(CLASSIC));
    // The kind of change follows the eight bytes of the proposal's number.
    unknown.data[16] = 8;
    world.refused(unknown.clone(), ErrorCode::InstructionDidNotDeserialize);
    unknown.data.truncate(8);
    world.refused(unknown, ErrorCode::InstructionDidNotDeserialize);
    let mut source = world.propose_instruction(
        Change::PriceSource { source: PriceSource::PythUpdate, price_owner: presets::PYTH_RECEIVER },
        &world.of_market(BTC),
    );
    source.data[17] = 200;
    world.refused(source, ErrorCode::InstructionDidNotDeserialize);
}
