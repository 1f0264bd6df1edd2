//! Private pools: a maker's own risk on its own terms.

use super::curated_params;
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{PoolParams, SeriesSpec, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// A world with carol's private pool, which lists calls of a week or less.
fn scene() -> (World, usize) {
    let mut world = World::flat();
    let params = PoolParams { kinds: PoolParams::CALLS, max_tenor_hours: 7 * 24, ..curated_params() };
    let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
    world.provide("carol", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    (world, pool)
}

#[test]
fn pools_private_liquidity_is_only_from_whom_the_curator_names() {
    let (mut world, pool) = scene();
    let keys = world.pools[pool];
    for (who, class) in [("dave", ShareClass::Main), ("admin", ShareClass::Main), ("dave", ShareClass::Insurance)] {
        world.fund(who, pool, 10 * TOKEN);
        world.chain.create_token_account(&actor(who), &keys.share_mint(class), &anchor_spl::token::ID);
        world.chain.give_lamports(&actor(who), 10_000_000_000);
        let id = world.next_number(who);
        let request = build::request_deposit(actor(who), &keys, class, id, TOKEN, 0);
        let named = |by| build::named_by(actor(by), request.clone());
        world.refused(request.clone(), EvergreenError::ProviderNotNamed);
        // Nobody else names them, and the curator only by their signature.
        world.refused(named("guardian"), EvergreenError::ProviderNotNamed);
        let mut unsigned = named("carol");
        unsigned.accounts.last_mut().expect("the curator").is_signer = false;
        world.refused(unsigned, EvergreenError::ProviderNotNamed);
    }
    let id = world.next_number("dave");
    let request = build::request_deposit(actor("dave"), &keys, ShareClass::Insurance, id, TOKEN, 0);
    world.send(build::named_by(actor("carol"), request)).ok();
}

#[test]
fn pools_private_ones_list_what_their_curator_offers() {
    let (mut world, pool) = scene();
    let keys = world.pools[pool];
    let list = |put, days: u32| {
        let request = SeriesSpec { put, strike: 100_000, tenor: days * 86_400 };
        build::list_series(&keys, &world.feeds[BTC].accounts, request)
    };
    let (put, long, call) = (list(true, 7), list(false, 30), list(false, 7));
    world.refused(put, EvergreenError::NotOffered);
    world.refused(long, EvergreenError::NotOffered);
    world.send(call).ok();
}

#[test]
fn pools_private_ones_wind_down_and_holders_stay_whole() {
    // SETUP
    let (mut world, pool) = scene();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("erin", pool, 20 * TOKEN);
    world.trader("frank", pool, 20 * TOKEN);
    world.trade("erin", pool, &[(call, TENTH)]).ok();
    world.trade("frank", pool, &[(call, TENTH)]).ok();
    let reserved = world.view(pool).pool.reserved_collateral;

    // TEST: no new risk; erin closes, frank keeps their option until it is exercised and is paid in full.
    world.send(build::halt_pool(actor("carol"), world.pools[pool].pool)).ok();
    let more = world.commit_instruction("erin", pool, &[(call, TENTH)]);
    world.refused(more, EvergreenError::PoolHalted);
    world.trade("erin", pool, &[(call, -TENTH)]).ok();
    // Carol takes out what nothing is reserved for, and no more.
    let shares = world.shares("carol", pool, ShareClass::Main);
    let number = world.request("carol", pool, ShareClass::Main, shares);
    for _ in 0..4 {
        world.pass(86_400);
        world.pass_to_grid(pool);
        if !world.execute(pool, ShareClass::Main, number).succeeded() {
            break;
        }
    }
    let state = world.view(pool).pool;
    assert!(state.reserved_collateral > 0 && state.reserved_collateral < reserved);
    assert!(state.pool_cash as u64 >= state.reserved_collateral, "{} backs frank", state.pool_cash);
    let (cash, cap) = (world.cash("frank", pool), state.reserved_collateral as i64);
    world.set_price(BTC, 121_000);
    let keys = world.pools[pool];
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts.clone())).ok();
    world.send(build::settle_positions(&keys, world.account_key("frank", pool))).ok();
    let paid = world.cash("frank", pool) - cash;
    assert!(paid <= cap && paid > cap * 8 / 10, "frank is paid {paid} of {cap}, less the funding since");
}
