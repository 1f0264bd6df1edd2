//! Invalid arguments: each is refused with the error that names the reason, and nothing changes.

use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{PoolParams, Roles, SeriesId, SeriesSpec, ShareClass, UnderlyingParams},
    },
    instruction as build,
    instruction::PoolKeys,
    presets,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, ETH, STOCK, Setup, World, assert_error, chain::actor, world::TOKEN};

#[test]
fn legs() {
    // SETUP
    let mut world = World::flat();
    let series: Vec<_> = (0..13).map(|n| world.list(CLASSIC, BTC, false, 100_000 + n * 1_000)).collect();
    world.trader("alice", CLASSIC, TOKEN);
    let call = series[0];
    let next = SeriesId { generation: call.generation + 1, ..call };
    let cases = [
        (vec![], EvergreenError::LegCount),
        (series[..5].iter().map(|s| (*s, 1)).collect(), EvergreenError::LegCount),
        (vec![(call, 0)], EvergreenError::LegZero),
        (vec![(call, 1), (call, 1)], EvergreenError::LegRepeated),
        (vec![(call, 1), (next, 1)], EvergreenError::OptionNotListed),
        (vec![(next, 1)], EvergreenError::OptionNotListed),
        (vec![(SeriesId { slot: 63, generation: 1 }, 1)], EvergreenError::OptionNotListed),
        (vec![(SeriesId { slot: 64, generation: 1 }, 1)], EvergreenError::OptionNotListed),
        (vec![(SeriesId { slot: 255, generation: u32::MAX }, 1)], EvergreenError::OptionNotListed),
        // Nobody has bought the series, so nobody may write it.
        (vec![(call, -1)], EvergreenError::ShortExceedsLong),
        (vec![(call, i64::MAX)], EvergreenError::SeriesSizeLimit),
        (vec![(call, i64::MIN)], EvergreenError::Overflow),
        (vec![(call, 1 << 44)], EvergreenError::ReserveLimit),
        (vec![(call, 3 << 30)], EvergreenError::InsufficientCash),
    ];

    // TEST
    for (legs, error) in cases {
        let outcome = world.trade("alice", CLASSIC, &legs);
        assert_eq!(outcome.code, Some(u32::from(error)), "{legs:?}: {:?}\n{}", outcome.failure, outcome.log());
    }
    for chunk in series[..12].chunks(4) {
        let legs: Vec<_> = chunk.iter().map(|s| (*s, 1_000)).collect();
        world.trade("alice", CLASSIC, &legs).ok();
    }
    world.trade_refused("alice", CLASSIC, &[(series[12], 1_000)], EvergreenError::TooManyPositions);
}

#[test]
fn cash_health_and_reserves() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, TOKEN / 2);
    world.trader("bob", CLASSIC, TOKEN);
    world.trader("whale", CLASSIC, 1_000 * TOKEN);

    // TEST
    world.trade_refused("alice", CLASSIC, &[(call, TENTH)], EvergreenError::LimitExceeded);
    // The limit of reserves is 80 % of a thousand tokens and of the premium, about a seventh of the reserve: some 140 tenths of a bitcoin.
    world.trade_refused("whale", CLASSIC, &[(call, 150 * TENTH)], EvergreenError::ReserveLimit);
    world.trade("whale", CLASSIC, &[(call, 100 * TENTH)]).ok();
    world.trade_refused("bob", CLASSIC, &[(call, -TENTH)], EvergreenError::InsufficientHealth);
    world.trader("carol", CLASSIC, 10 * TOKEN);
    world.trade_refused("carol", CLASSIC, &[(call, -101 * TENTH)], EvergreenError::ShortExceedsLong);
    let too_much = world.withdraw("bob", CLASSIC, TOKEN + 1);
    assert_error(&too_much, EvergreenError::InsufficientCash);
    let nothing = world.withdraw("bob", CLASSIC, 0);
    assert_error(&nothing, EvergreenError::ZeroAmount);
    let nothing = world.deposit("bob", CLASSIC, 0);
    assert_error(&nothing, EvergreenError::ZeroAmount);
    // Error 1 of the token program means insufficient funds.
    assert_error(&world.deposit("bob", CLASSIC, 2_000 * TOKEN), 1u32);
    assert_error(&world.deposit("bob", CLASSIC, u64::MAX), EvergreenError::Overflow);
}

#[test]
fn series_requests() {
    // SETUP
    let mut world = World::flat();
    world.list(CLASSIC, BTC, false, 100_000);
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    let week = 7 * 86_400;
    let cases = [
        ((false, 100_500, week), EvergreenError::StrikeOffGrid),
        ((false, 0, week), EvergreenError::StrikeOffGrid),
        ((false, 151_000, week), EvergreenError::StrikeOffGrid),
        ((true, 49_000, week), EvergreenError::StrikeOffGrid),
        ((false, 100_000, 0), EvergreenError::UnknownTenor),
        ((false, 100_000, week + 1), EvergreenError::UnknownTenor),
        ((false, 80_000, week), EvergreenError::SeriesAtCap),
        ((true, 130_000, week), EvergreenError::SeriesAtCap),
        ((false, u64::MAX / 1_000 * 1_000, week), EvergreenError::Overflow),
    ];

    // TEST
    for ((put, strike, tenor), error) in cases {
        world.refused(build::list_series(&keys, &btc, SeriesSpec { put, strike, tenor }), error);
    }
    // a50: both ends of the strike range are on the grid.
    world.list(CLASSIC, BTC, false, 150_000);
    world.list(CLASSIC, BTC, true, 50_000);
}

#[test]
fn liquidity_amounts() {
    // SETUP
    let mut setup = Setup::flat();
    setup.pool.max_pool_cash = 1_002 * TOKEN - 1;
    let mut world = World::new(setup);
    world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    world.fund("vera", CLASSIC, TOKEN);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    let (keys, vera) = (world.pools[CLASSIC], actor("vera"));
    let (main, number) = (ShareClass::Main, world.next_number("vera"));
    let deposit = |amount, least| build::request_deposit(vera, &keys, main, number, amount, least);
    let request = |shares| build::request_withdrawal(vera, &keys, main, number, shares, 1);
    let for_nothing = build::request_withdrawal(vera, &keys, main, number, 1_000, 0);

    // TEST
    world.refused(deposit(0, 0), EvergreenError::ZeroAmount);
    world.refused(deposit(TOKEN, 0), EvergreenError::DepositCap);
    world.refused(deposit(u64::MAX, 0), EvergreenError::Overflow);
    // Whether the shares are enough is decided by the price: the tokens come back.
    let few = world.deposit_main("vera", CLASSIC, TOKEN / 2, TOKEN / 2 * 1_000 + 1);
    assert_error(&few, EvergreenError::BelowMinimum);
    world.refused(request(0), EvergreenError::ZeroAmount);
    world.refused(for_nothing, EvergreenError::ZeroAmount);
    world.refused(request(u64::MAX), 1u32);
    let number = world.request("vera", CLASSIC, ShareClass::Main, 1_000);
    let withdrawal = world.withdrawal(CLASSIC, ShareClass::Main, number);
    world.refused(build::claim_liquidity(vera, &keys, ShareClass::Main, withdrawal), EvergreenError::ZeroAmount);
    // A withdrawal is paid to its owner only.
    world.fund("mallory", CLASSIC, 1);
    let theft = build::claim_liquidity(actor("mallory"), &keys, ShareClass::Main, withdrawal);
    world.refused(theft, anchor_lang::error::ErrorCode::ConstraintHasOne);
}

#[test]
fn accounts_with_something_in_them_do_not_close() {
    let mut world = World::flat();
    let account = world.trader("alice", CLASSIC, 1);
    let close = build::close_margin_account(actor("alice"), &world.pools[CLASSIC], account);
    world.refused(close.clone(), EvergreenError::AccountNotEmpty);
    world.withdraw("alice", CLASSIC, 1).ok();
    world.send(close.clone()).ok();
    world.refused(close, anchor_lang::error::ErrorCode::AccountOwnedByWrongProgram);
}

#[test]
fn a11_nothing_is_created_twice() {
    let mut world = World::flat();
    let (payer, admin) = (world.chain.payer, actor("admin"));
    // Error 0 of the system program means that the account exists already.
    let there = 0u32;
    let roles = Roles { admin, guardian: admin, fee_owner: admin };
    world.refused(build::initialize_protocol(payer, world.chain.upgrade_authority, roles), there);
    let setup = Setup::flat();
    let price = world.feeds[BTC].accounts.price;
    world.refused(build::create_underlying(payer, admin, price, setup.btc), there);
    let underlyings = [world.feeds[BTC].accounts.underlying];
    world.refused(build::create_pool(payer, admin, &world.pools[STOCK], 3, setup.pool, &underlyings), there);
    world.trader("alice", CLASSIC, 0);
    let again = build::open_margin_account(payer, actor("alice"), &world.pools[CLASSIC], 0, None);
    world.refused(again, there);
}

#[test]
fn only_the_upgrade_authority_initializes_and_only_the_admin_creates() {
    // SETUP
    let mut world = World::bare();
    let (payer, mallory) = (world.chain.payer, actor("mallory"));
    let roles = Roles { admin: mallory, guardian: mallory, fee_owner: mallory };

    // TEST
    world.refused(build::initialize_protocol(payer, mallory, roles), EvergreenError::Unauthorized);
    let authority = world.chain.upgrade_authority;
    let nobody = Roles { guardian: Default::default(), ..roles };
    world.refused(build::initialize_protocol(payer, authority, nobody), EvergreenError::InvalidParameter);
    world.initialize();
    let config = Setup::flat().btc;
    let feed = world.new_feed(&config, 100_000);
    let create = |who: &str, config| build::create_underlying(payer, actor(who), feed.accounts.price, config);
    world.refused(create("guardian", config.clone()), EvergreenError::Unauthorized);
    world.send(create("admin", config)).ok();
    let keys = world.pools[CLASSIC];
    let underlyings = [feed.accounts.underlying];
    let pool = |who: &str, keys: &PoolKeys| {
        build::create_pool(payer, actor(who), keys, 3, presets::pool_params(), &underlyings)
    };
    world.refused(pool("mallory", &keys), EvergreenError::Unauthorized);
    let none = build::create_pool(payer, actor("admin"), &keys, 3, presets::pool_params(), &[]);
    world.refused(none, EvergreenError::UnderlyingCount);
    let twice = build::create_pool(payer, actor("admin"), &keys, 3, presets::pool_params(), &[underlyings[0]; 2]);
    world.refused(twice, EvergreenError::UnderlyingCount);
    let scale = build::create_pool(payer, actor("admin"), &keys, 10, presets::pool_params(), &underlyings);
    world.refused(scale, EvergreenError::InvalidParameter);
}

/// An edit of a pool's parameters.
type Edit = fn(&mut PoolParams);

#[test]
fn a68_parameters_that_break_a_rule() {
    // SETUP
    let mut world = World::bare();
    world.initialize();
    let setup = Setup::flat();
    let feed = world.new_feed(&setup.btc, 100_000);
    let (payer, admin) = (world.chain.payer, actor("admin"));
    let keys = world.pools[CLASSIC];

    // TEST
    let underlying: [fn(&mut UnderlyingParams); 8] = [
        |p| p.max_age = 0,
        |p| p.strike_step = 0,
        |p| p.vol_min_interval = p.max_age,
        |p| p.shock_target_bps = p.shock_initial_bps + 1,
        |p| p.vol_min_bps = 400,
        |p| p.vol_start_bps = p.vol_max_bps + 1,
        |p| p.tenors = Default::default(),
        |p| p.tenors[0].call_cap_bps = 10_000,
    ];
    for edit in underlying {
        let mut config = setup.btc.clone();
        edit(&mut config.params);
        world.refused(
            build::create_underlying(payer, admin, feed.accounts.price, config),
            EvergreenError::InvalidParameter,
        );
    }
    world.send(build::create_underlying(payer, admin, feed.accounts.price, setup.btc)).ok();
    let pool: [(Edit, EvergreenError); 9] = [
        (|p| p.reserve_limit_bps = 10_001, EvergreenError::InvalidParameter),
        (|p| p.fee_main_bps += 1, EvergreenError::InvalidParameter),
        (|p| p.fee_value_cap_bps = 2_501, EvergreenError::InvalidParameter),
        (|p| p.max_series_points = (1 << 52) + 1, EvergreenError::InvalidParameter),
        (|p| p.max_account_points = p.max_series_points + 1, EvergreenError::InvalidParameter),
        (|p| p.insurance_cooldown = p.main_cooldown - 1, EvergreenError::InvalidParameter),
        (|p| p.vol_stress_bps = 9_999, EvergreenError::InvalidParameter),
        (|p| p.penalty_equity_cap_bps = 5_001, EvergreenError::InvalidParameter),
        (|p| p.sigma_max_expected_bps = 20_000, EvergreenError::FeeBelowLatencyFloor),
    ];
    for (edit, error) in pool {
        let mut params = setup.pool;
        edit(&mut params);
        world.refused(build::create_pool(payer, admin, &keys, 3, params, &[feed.accounts.underlying]), error);
    }
}

#[test]
fn liquidations_refuse_legs_accounts_and_liquidators_that_do_not_qualify() {
    // SETUP
    let mut cases = crate::cases::Cases::new();
    let (keys, feeds) = (cases.world.pools[CLASSIC], cases.world.markets());
    let key = |who: &str| cases.world.account_key(who, CLASSIC);
    let (carol, keeper, alice) = (key("carol"), key("keeper"), key("alice"));
    let (risky, call) = (cases.risky, cases.call);
    let legs = |legs: &[(SeriesId, i64)]| legs.iter().map(|(s, p)| Leg { series: *s, points: *p }).collect::<Vec<_>>();
    let by = |who: &str, account, reward, l: &[(SeriesId, i64)]| {
        build::liquidate(actor(who), &keys, account, reward, legs(l), &feeds)
    };

    // TEST
    let world = &mut cases.world;
    world.refused(by("keeper", carol, keeper, &[(risky, -1)]), EvergreenError::LegNotReducing);
    world.refused(by("keeper", carol, keeper, &[(risky, TENTH + 1)]), EvergreenError::LegNotReducing);
    world.refused(by("keeper", carol, keeper, &[(call, 1)]), EvergreenError::LegNotReducing);
    world.refused(by("keeper", carol, keeper, &[]), EvergreenError::LegCount);
    world.refused(by("keeper", alice, keeper, &[(call, -1)]), EvergreenError::NotLiquidatable);
    // a15: the reward goes to a margin account of the signer only.
    world.refused(by("keeper", carol, alice, &[(risky, 1)]), EvergreenError::Unauthorized);
    // a56: the owner may not liquidate the account.
    let other = build::open_margin_account(world.chain.payer, actor("carol"), &keys, 1, None);
    world.send(other).ok();
    let second = evergreen_sdk::address::margin_account(&keys.pool, &actor("carol"), 1);
    world.refused(by("carol", carol, second, &[(risky, 1)]), EvergreenError::SelfLiquidation);
    // Naming the liquidator as delegate keeps them from nothing.
    world.send(build::set_delegate(actor("carol"), carol, Some(actor("keeper")), u64::MAX)).ok();
    world.send(by("keeper", carol, keeper, &[(risky, 1)])).ok();
}

#[test]
fn samples_need_time_between_them() {
    let mut world = World::flat();
    // The underlying was created 20 seconds after the minute, so the next minute is too early.
    world.pass_to(2);
    let sample = build::sample_volatility(&world.feeds[ETH].accounts);
    world.refused(sample.clone(), EvergreenError::SampleTooEarly);
    world.pass(60);
    world.send(sample.clone()).ok();
    world.refused(sample, EvergreenError::SampleTooEarly);
}
