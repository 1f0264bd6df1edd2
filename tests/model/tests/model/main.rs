//! Random sequences on the compiled program, compared with the model after each step.

mod events;
mod liquidations;
mod orders;
mod run;

use evergreen_model::{
    model::{Act, Model},
    observe,
    state::Market,
};
use evergreen_sdk::{evergreen::state::PoolParams, instruction as build, presets};
use evergreen_tests::{Setup, chain::actor, world::TOKEN};

use run::{POOL, Run};
use std::collections::BTreeMap;

/// Steps of each sequence; `EVERGREEN_MODEL_STEPS` asks for another number.
fn steps() -> usize {
    std::env::var("EVERGREEN_MODEL_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(300)
}

/// Plays sequences in a market and asserts that the chain never does anything but what the model says. Returns how often each error, and each end of a commitment and of an order, was met.
fn play(setup: &Setup, seeds: core::ops::RangeInclusive<u64>, step: fn(&mut Run)) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for seed in seeds {
        let mut run = Run::new(setup.clone(), seed);
        for _ in 0..steps() {
            step(&mut run);
            if run.found.len() > 4 {
                break;
            }
        }
        let Model { followed, met, witness, unsure, .. } = &run.model;
        println!(
            "seed {seed}: {followed:?}\n  {met:?}\n  {:?}, roundings of health decided {unsure} times",
            witness.asked
        );
        for error in &run.found {
            println!("FOUND {}", error.chars().take(2_500).collect::<String>());
        }
        assert!(run.found.is_empty(), "seed {seed}: the chain and the model disagree {} times", run.found.len());
        for (name, times) in met {
            *all.entry(name.clone()).or_default() += times;
        }
    }
    all
}

/// What the chain has is changed by one unit in one place, and the model sees it.
#[test]
fn one_unit_is_seen_wherever_it_is() {
    type Change = fn(&mut Market);
    let changes: [(&str, Change); 8] = [
        ("cash", |market| market.pool.cash += 1),
        ("insurance", |market| market.pool.insurance_due -= 1),
        ("vault", |market| market.vaults[0] += 1),
        ("level", |market| market.pool.level += 1),
        ("side", |market| market.sides.values_mut().for_each(|sides| sides.up += 1)),
        ("bases", |market| market.series.values_mut().for_each(|series| series.bases[0] += 1)),
        ("slope", |market| market.series.values_mut().for_each(|series| series.slope += 1)),
        ("account", |market| market.accounts.values_mut().for_each(|account| account.cash += 1)),
    ];
    let run = Run::new(Setup::slow(), 1);
    let (keys, owner) = (run.world.pools[POOL], actor("alice"));
    let account = run.world.account_key("alice", POOL);
    let act = Act::Open(account, owner, false);
    for (name, change) in changes {
        let (mut world, mut model) = (run.world.clone(), run.model.clone());
        let open = build::open_margin_account(world.chain.payer, owner, &keys, 0, None);
        let outcome = world.chain.send(&[open]);
        let mut after = observe::market(&world, POOL);
        assert_eq!(model.clone().follow(&act, &outcome, &after), Ok(()));
        change(&mut after);
        let found = model.follow(&act, &outcome, &after);
        assert!(matches!(&found, Err(told) if told.contains("the chain")), "a unit of {name} is not seen: {found:?}");
    }
}

#[test]
fn a_market_with_preset_parameters_does_what_the_documents_say() {
    let setup = Setup { pool: PoolParams { main_cooldown: 3_600, ..presets::pool_params() }, ..Setup::slow() };
    play(&setup, 1..=6, Run::step);
}

#[test]
fn a_pool_that_is_nearly_too_small_does_what_the_documents_say() {
    let pool = PoolParams { main_cooldown: 3_600, max_pool_cash: 12 * TOKEN, ..presets::pool_params() };
    play(&Setup { pool, liquidity: 8 * TOKEN, ..Setup::slow() }, 21..=24, Run::step);
}

#[test]
fn a_small_market_at_its_limits_does_what_the_documents_say() {
    let pool = PoolParams {
        main_cooldown: 3_600,
        min_account_points: 1_000_000,
        max_account_points: 12_000_000,
        max_series_points: 25_000_000,
        carry_base_bps: [300, -200, 0, 0],
        buy_markup_bps: 400,
        write_markdown_bps: 300,
        ..presets::pool_params()
    };
    let mut setup = Setup { pool, liquidity: 30 * TOKEN, ..Setup::slow() };
    for config in [&mut setup.btc, &mut setup.eth] {
        let preset = presets::btc(presets::PYTH_RECEIVER).params;
        (config.params.vol_saturday_bps, config.params.vol_sunday_bps) =
            (preset.vol_saturday_bps, preset.vol_sunday_bps);
    }
    play(&setup, 11..=14, Run::step);
}

/// Orders of anybody, committed by owners and by strangers with a stake, filled, taken back, over; each of these ends and refusals is met.
#[test]
fn orders_do_what_the_documents_say() {
    let met = play(&Setup { liquidity: 200 * TOKEN, ..Setup::slow() }, 31..=36, Run::step_with_orders);
    let wanted = [
        "order committed",
        "order Expired",
        "order NothingToReduce",
        "order Cash",
        "order Health",
        "Lapsed",
        "AtCap",
        "Abandoned",
        "PriceTooLate",
        "KeeperAccountMissing",
        "SameAccount",
        "OrderMissing",
        "OrderNotTriggered",
        "OrderPriceTooEarly",
        "OrderExpiry",
        "OrderUnconditional",
        "LimitExceeded",
        "CommitmentOpen",
        "InsufficientCash",
        "LegCount",
        "LegZero",
        "LegRepeated",
        "WrongNumber",
    ];
    let missing: Vec<&str> = wanted.into_iter().filter(|name| !met.contains_key(*name)).collect();
    assert!(missing.is_empty() || steps() != 300, "{missing:?} are not met: {met:?}");
}
