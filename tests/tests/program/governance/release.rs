//! The released program has no unknown instruction, and no parameters that it accepts break an invariant.

use crate::bad_input::params::POOL_ACCEPTED;
use evergreen_math::UnixTime;
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{Change, PoolParams, ShareClass, UnderlyingParams},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, HOUR, Setup, World, chain::actor, elf::elf_path, random::Random, world::TOKEN,
};

/// Every instruction that the released program may have. A new instruction is added here and described in `docs/protocol.md`.
const INSTRUCTIONS: &[&str] = &[
    "InitializeProtocol",
    "CreateUnderlying",
    "CreatePool",
    "SetPause",
    "Propose",
    "ExecuteProposal",
    "CancelProposal",
    "AcceptAdmin",
    "AcceptCurator",
    "TightenPool",
    "HaltPool",
    "CollectFees",
    "CollectCuratorFees",
    "RequestDeposit",
    "ExecuteDeposit",
    "RequestWithdrawal",
    "ExecuteWithdrawal",
    "CancelWithdrawal",
    "ClaimLiquidity",
    "RedeemRetired",
    "RenewShares",
    "OpenMarginAccount",
    "CloseMarginAccount",
    "SetDelegate",
    "TakeNumber",
    "DepositMargin",
    "WithdrawMargin",
    "CommitTrade",
    "FillTrade",
    "ListSeries",
    "RetireSeries",
    "ExerciseSeries",
    "EndSeries",
    "ReportSilence",
    "SettlePositions",
    "Liquidate",
    "AbsorbBadDebt",
    "AutoDeleverage",
    "GiveNotice",
    "SampleVolatility",
    "AccrueFunding",
    "RefreshPool",
    "SweepInsurance",
    "SyncVault",
    "PlaceOrder",
    "CancelOrder",
    "CommitOrder",
    "ClaimReferral",
    "CloseForCash",
    "CloseForPlace",
    "AnnounceBuyback",
    "MigrateAccount",
];

/// The framework logs each instruction's name before it runs, so the binary contains all names.
#[test]
fn a68_the_released_program_has_these_instructions_and_no_other() {
    let elf = std::fs::read(elf_path("evergreen")).expect("the program");
    let mark = b"Instruction: ";
    let mut found: Vec<&[u8]> = Vec::new();
    for place in 0..elf.len() - mark.len() {
        if elf[place..].starts_with(mark) {
            let name = &elf[place + mark.len()..];
            let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(name.len());
            found.push(&name[..end]);
        }
    }
    // The bytes after a name in the file may be letters too.
    for name in INSTRUCTIONS {
        let count = found.iter().filter(|text| text.starts_with(name.as_bytes())).count();
        assert!(count >= 1, "{name} is not in the program");
    }
    let unknown: Vec<_> = found
        .iter()
        .filter(|text| !INSTRUCTIONS.iter().any(|name| text.starts_with(name.as_bytes())))
        .map(|text| String::from_utf8_lossy(text))
        .collect();
    assert!(unknown.is_empty(), "unknown instructions: {unknown:?}");
    assert_eq!(found.len(), INSTRUCTIONS.len(), "the number of instructions in the program");
}

/// Does sixty random actions and returns how many succeeded; the world checks the invariants after each.
fn live(world: &mut World, random: &mut Random, series: &[evergreen_sdk::evergreen::state::SeriesId]) -> u32 {
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let mut done = 0;
    for _ in 0..60 {
        let who = *random.pick(&["alice", "bob"]);
        let outcome = match random.range(0, 9) {
            0..=5 => {
                let legs = [(*random.pick(series), random.range(-20_000_000, 20_000_000))];
                world.trade(who, CLASSIC, &legs)
            }
            6 => {
                let price = random.range(70_000, 130_000);
                world.set_price(BTC, price);
                world.pass(random.range(1, HOUR));
                world.send(build::sample_volatility(&feeds[BTC]))
            }
            7 => {
                let legs = vec![Leg { series: *random.pick(series), points: random.range(1, 20_000_000) }];
                let (owner, keeper) = (world.account_key(who, CLASSIC), world.account_key("keeper", CLASSIC));
                world.send(build::liquidate(actor("keeper"), &keys, owner, keeper, legs, &feeds))
            }
            8 => world.provide("vera", CLASSIC, ShareClass::Main, TOKEN),
            _ => world.send(build::exercise_series(&keys, *random.pick(series), &feeds[BTC])),
        };
        done += u32::from(outcome.succeeded());
    }
    done
}

/// Sets sizes and pool cash that allow trades.
fn usable(params: &mut PoolParams) {
    (params.max_series_points, params.max_account_points, params.min_account_points) = (1 << 50, 1 << 48, 0);
    params.max_pool_cash = 1 << 53;
}

const UNDERLYING_EXTREMES: [fn(&mut UnderlyingParams); 2] = [
    |p| {
        (p.max_conf_bps, p.max_ema_gap_bps, p.spread_conf_bps, p.strike_range_bps) = (25, 200, 0, 5_000);
        (p.shock_maintenance_bps, p.shock_target_bps, p.shock_initial_bps) = (100, 100, 100);
        (p.vol_min_bps, p.vol_start_bps, p.vol_max_bps) = (500, 500, 40_000);
        (p.vol_multiplier_bps, p.vol_max_change_bps, p.vol_sample_cap, p.vol_slow_half_lives) = (5_000, 10_000, 20, 1);
        (p.vol_fast_half_life, p.vol_saturday_bps, p.vol_sunday_bps) = (3_600, 2_000, 2_000);
    },
    |p| {
        (p.max_conf_bps, p.max_ema_gap_bps, p.spread_conf_bps) = (500, 5_000, 50_000);
        (p.shock_maintenance_bps, p.shock_target_bps, p.shock_initial_bps) = (4_999, 4_999, 4_999);
        (p.vol_min_bps, p.vol_start_bps, p.vol_max_bps) = (500, 40_000, 40_000);
        (p.vol_multiplier_bps, p.vol_max_change_bps, p.vol_sample_cap) = (30_000, 10_000, 20);
    },
];

#[test]
fn a68_no_accepted_parameters_break_an_invariant() {
    for (what, extreme) in POOL_ACCEPTED {
        for (place, of_underlying) in UNDERLYING_EXTREMES.iter().enumerate() {
            // SETUP: a pool is in use, then proposals set the extreme parameters; those of an underlying are the end of many small steps.
            let mut world = World::new(Setup::preset());
            let mut random = Random(68);
            let mut series = Vec::new();
            for (put, strike) in [(false, 100_000), (true, 100_000), (false, 110_000)] {
                series.push(world.list_tenor(CLASSIC, BTC, put, strike, 30));
            }
            for who in ["alice", "bob", "keeper"] {
                world.trader(who, CLASSIC, 100 * TOKEN);
            }
            let mut done = live(&mut world, &mut random, &series);
            for market in [BTC, ETH] {
                let mut params = world.underlying(market).params;
                of_underlying(&mut params);
                params.check().expect("parameters that a proposal may have");
                let (key, now) = (world.feeds[market].accounts.underlying, UnixTime(world.chain.now()));
                let (mut data, mut changed) = (world.chain.data(&key), world.underlying(market));
                changed.set_params(&params, now).expect("a volatility");
                data[8..].copy_from_slice(bytemuck::bytes_of(&*changed));
                world.chain.write(key, evergreen_sdk::address::PROGRAM, data);
            }
            let mut params = world.view(CLASSIC).pool.params;
            extreme(&mut params);
            usable(&mut params);
            if params.sigma_max_expected_bps == 40_000 {
                // Fees of 2 % each cover volatility of 400 % even for prices of 600 seconds.
                assert_eq!((params.fee_open_bps, params.fee_close_bps), (200, 200));
            }
            world.enact(Change::PoolParams(params), &world.of_pool(CLASSIC));

            // TEST
            for _ in 0..4 {
                done += live(&mut world, &mut random, &series);
                world.pass(DAY);
            }
            assert!(done > 30, "{what} {place}: only {done} actions succeeded");
        }
    }
}
