//! Bounds of parameters: values just outside are refused, and a pool's smallest and largest values are accepted.

use super::{Case, case, refuse_all};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{PoolParams, TenorParams, UnderlyingConfig, UnderlyingParams},
    },
    instruction::{self as build, PoolKeys},
    presets,
    testing::pyth::feeds::SOL_USD,
};
use evergreen_tests::{Setup, World, chain::actor};

/// A name and an edit of parameters.
pub type Edit<P> = (&'static str, fn(&mut P));

pub const POOL_REFUSED: &[Edit<PoolParams>] = &[
    ("no series size", |p| p.max_series_points = 0),
    ("series size", |p| p.max_series_points = (1 << 52) + 1),
    ("largest series size", |p| p.max_series_points = u64::MAX),
    ("no account size", |p| p.max_account_points = 0),
    ("account size above the series'", |p| p.max_account_points = p.max_series_points + 1),
    ("least above most of an account", |p| p.min_account_points = p.max_account_points + 1),
    ("pool cash", |p| p.max_pool_cash = (1 << 53) + 1),
    ("largest pool cash", |p| p.max_pool_cash = u64::MAX),
    ("short gap", |p| p.funding_full_gap = 59),
    ("long gap", |p| p.funding_full_gap = 86_401),
    ("short cooldown", |p| p.main_cooldown = 3_599),
    ("long cooldown", |p| (p.main_cooldown, p.insurance_cooldown) = (7 * 86_400 + 1, 7 * 86_400 + 1)),
    ("long insurance cooldown", |p| p.insurance_cooldown = 7 * 86_400 + 1),
    ("insurance before main", |p| p.insurance_cooldown = p.main_cooldown - 1),
    ("reserves that shut providers in", |p| p.reserve_limit_bps = 5_999),
    ("reserves beyond cash", |p| p.reserve_limit_bps = 10_001),
    ("free opening", |p| p.fee_open_bps = 0),
    ("dear opening", |p| p.fee_open_bps = 201),
    ("free closing", |p| p.fee_close_bps = 0),
    ("dear closing", |p| p.fee_close_bps = 201),
    ("little fee of value", |p| p.fee_value_cap_bps = 999),
    ("fee of value", |p| p.fee_value_cap_bps = 2_501),
    ("split above one", |p| p.fee_main_bps += 1),
    ("split below one", |p| p.fee_insurance_bps -= 1),
    ("split that wraps", |p| p.fee_protocol_bps = u16::MAX),
    ("referrer", |p| p.referrer_bps = 10_001),
    ("low volatility", |p| p.sigma_max_expected_bps = 499),
    ("high volatility", |p| p.sigma_max_expected_bps = 40_001),
    ("carry", |p| p.carry_bps = 65_001),
    ("no room for direction", |p| p.direction_limit_bps[0] = 99),
    ("no room for direction elsewhere", |p| p.direction_limit_bps[3] = 0),
    ("base of the carry", |p| p.carry_base_bps[1] = 5_001),
    ("base of the carry below", |p| p.carry_base_bps[1] = i16::MIN),
    ("no growth", |p| p.growth_limit_bps = 99),
    ("growth of more than all", |p| p.growth_limit_bps = 10_001),
    ("padding", |p| p.padding = 1),
    ("mark-up", |p| p.buy_markup_bps = 5_001),
    ("mark-down", |p| p.write_markdown_bps = 5_001),
    ("premium of a buy-back", |p| p.buyback_bps = 2_501),
    ("small outflow", |p| p.daily_outflow_bps = 2_499),
    ("large outflow", |p| p.daily_outflow_bps = 10_001),
    ("penalty", |p| p.penalty_bps = 501),
    ("penalty of equity", |p| p.penalty_equity_cap_bps = 5_001),
    ("liquidator", |p| p.liquidator_bps = 10_001),
    ("little stress", |p| p.vol_stress_bps = 9_999),
    ("much stress", |p| p.vol_stress_bps = 30_001),
    ("extreme weight", |p| p.extreme_weight_bps = 10_001),
    ("short charge", |p| p.short_charge_bps = 501),
];

pub const POOL_ACCEPTED: &[Edit<PoolParams>] = &[
    ("smallest", |p| {
        (p.max_series_points, p.max_account_points, p.max_pool_cash) = (1, 1, 0);
        (p.funding_full_gap, p.main_cooldown, p.insurance_cooldown) = (60, 3_600, 3_600);
        (p.reserve_limit_bps, p.fee_value_cap_bps, p.referrer_bps, p.sigma_max_expected_bps) = (6_000, 1_000, 0, 500);
        (p.carry_bps, p.daily_outflow_bps, p.penalty_bps) = (0, 2_500, 0);
        (p.penalty_equity_cap_bps, p.liquidator_bps, p.vol_stress_bps) = (0, 0, 10_000);
        (p.extreme_weight_bps, p.short_charge_bps) = (0, 0);
        (p.direction_limit_bps, p.carry_base_bps, p.growth_limit_bps) = ([100; 4], [-5_000; 4], 100);
    }),
    ("largest", |p| {
        (p.max_series_points, p.max_account_points, p.max_pool_cash) = (1 << 52, 1 << 52, 1 << 53);
        (p.funding_full_gap, p.main_cooldown, p.insurance_cooldown) = (86_400, 7 * 86_400, 7 * 86_400);
        (p.reserve_limit_bps, p.fee_open_bps, p.fee_close_bps, p.fee_value_cap_bps) = (10_000, 200, 200, 2_500);
        (p.referrer_bps, p.sigma_max_expected_bps, p.carry_bps) = (10_000, 40_000, 65_000);
        (p.direction_limit_bps, p.carry_base_bps, p.growth_limit_bps) = ([u16::MAX; 4], [-5_000, 5_000, 0, 1], 10_000);
        (p.daily_outflow_bps, p.penalty_bps) = (10_000, 500);
        (p.penalty_equity_cap_bps, p.liquidator_bps, p.vol_stress_bps) = (5_000, 10_000, 30_000);
        (p.extreme_weight_bps, p.short_charge_bps, p.min_account_points) = (10_000, 500, 1 << 52);
    }),
];

fn empty_world() -> World {
    World::new(Setup { liquidity: 0, insurance: 0, ..Setup::flat() })
}

/// Returns the instruction that creates a pool with edited parameters on a mint of its own.
fn create_pool(world: &mut World, name: &str, edit: fn(&mut PoolParams)) -> Instruction {
    let mint = world.chain.create_classic_mint(name, 8);
    let keys = PoolKeys::new(mint.address, mint.program);
    let mut params = presets::pool_params();
    edit(&mut params);
    let btc = world.feeds[0].accounts.underlying;
    build::create_pool(actor("payer"), actor("admin"), &keys, 3, params, &[btc])
}

#[test]
fn a68_pool_parameters_out_of_their_bounds() {
    let mut world = empty_world();
    let mut cases: Vec<Case> = Vec::new();
    for (what, edit) in POOL_REFUSED {
        let create = create_pool(&mut world, what, *edit);
        cases.push(case(*what, create, EvergreenError::InvalidParameter));
    }
    refuse_all(&mut world, cases);
    for (what, edit) in POOL_ACCEPTED {
        let create = create_pool(&mut world, what, *edit);
        world.send(create).ok();
    }
}

#[test]
fn a24_fees_below_what_the_age_of_prices_is_worth() {
    let mut world = empty_world();
    let edits: [Edit<PoolParams>; 2] =
        [("open", |p| p.fee_open_bps = 1), ("volatility", |p| p.sigma_max_expected_bps = 40_000)];
    let mut cases = Vec::new();
    for (what, edit) in edits {
        cases.push(case(what, create_pool(&mut world, what, edit), EvergreenError::FeeBelowLatencyFloor));
    }
    refuse_all(&mut world, cases);
}

pub const UNDERLYING_REFUSED: &[Edit<UnderlyingParams>] = &[
    ("no age", |p| p.max_age = 0),
    ("an age that hardly any price has", |p| p.max_age = 4),
    ("a confidence that hardly any price has", |p| p.max_conf_bps = 24),
    ("an average that hardly any price is as near to", |p| p.max_ema_gap_bps = 199),
    ("old", |p| {
        p.max_age = 601;
        p.vol_min_interval = 1_800;
    }),
    ("future", |p| p.max_future = 11),
    ("no step", |p| p.strike_step = 0),
    ("wide step", |p| p.strike_step = 1_000_001),
    ("short half-life", |p| p.vol_fast_half_life = 3_599),
    ("long half-life", |p| p.vol_fast_half_life = 30 * 86_400 + 1),
    ("samples as often as prices are old", |p| p.vol_min_interval = p.max_age),
    ("rare samples", |p| p.vol_min_interval = 1_801),
    ("samples between full minutes", |p| p.vol_min_interval = 90),
    ("no confidence", |p| p.max_conf_bps = 0),
    ("wide confidence", |p| p.max_conf_bps = 501),
    ("no EMA gap", |p| p.max_ema_gap_bps = 0),
    ("wide EMA gap", |p| p.max_ema_gap_bps = 5_001),
    ("spread", |p| p.spread_conf_bps = 50_001),
    ("narrow strikes", |p| p.strike_range_bps = 99),
    ("wide strikes", |p| p.strike_range_bps = 9_001),
    ("little maintenance", |p| p.shock_maintenance_bps = 99),
    ("target below maintenance", |p| p.shock_target_bps = p.shock_maintenance_bps - 1),
    ("initial below target", |p| p.shock_initial_bps = p.shock_target_bps - 1),
    ("large shock", |p| p.shock_initial_bps = 5_000),
    ("no slow half-life", |p| p.vol_slow_half_lives = 0),
    ("long slow half-life", |p| p.vol_slow_half_lives = 501),
    ("least volatility", |p| p.vol_min_bps = 499),
    ("most volatility", |p| p.vol_max_bps = 40_001),
    ("most below least", |p| p.vol_max_bps = p.vol_min_bps - 1),
    ("start below least", |p| p.vol_start_bps = p.vol_min_bps - 1),
    ("start above most", |p| p.vol_start_bps = p.vol_max_bps + 1),
    ("small multiplier", |p| p.vol_multiplier_bps = 4_999),
    ("large multiplier", |p| p.vol_multiplier_bps = 30_001),
    ("no change", |p| p.vol_max_change_bps = 0),
    ("slower than a burst", |p| p.vol_max_change_bps = 769),
    ("large change", |p| p.vol_max_change_bps = 10_001),
    ("small cap of samples", |p| p.vol_sample_cap = 1),
    ("large cap of samples", |p| p.vol_sample_cap = 21),
    ("slow Saturdays", |p| p.vol_saturday_bps = 1_999),
    ("fast Saturdays", |p| p.vol_saturday_bps = 10_001),
    ("slow Sundays", |p| p.vol_sunday_bps = 1_999),
    ("fast Sundays", |p| p.vol_sunday_bps = 10_001),
    ("skew down", |p| p.smile_skew_bps = -2_001),
    ("skew up", |p| p.smile_skew_bps = 2_001),
    ("least skew", |p| p.smile_skew_bps = i16::MIN),
    ("concave", |p| p.smile_convexity_bps = -1),
    ("convex", |p| p.smile_convexity_bps = 201),
    ("no tenor", |p| p.tenors = [TenorParams::default(); 4]),
    ("equal tenors", |p| p.tenors[3].seconds = 86_400),
    ("short tenor", |p| p.tenors[0].seconds = 12 * 3_600 - 1),
    ("long tenor", |p| p.tenors[2].seconds = 90 * 86_400 + 1),
    ("longest tenor", |p| p.tenors[2].seconds = u32::MAX),
    ("low call cap", |p| p.tenors[1].call_cap_bps = 10_099),
    ("high call cap", |p| p.tenors[1].call_cap_bps = 50_001),
    ("low put cap", |p| p.tenors[1].put_cap_bps = 999),
    ("high put cap", |p| p.tenors[1].put_cap_bps = 9_901),
];

fn solana() -> UnderlyingConfig {
    UnderlyingConfig { feed_id: SOL_USD, ..presets::btc(presets::PYTH_RECEIVER) }
}

#[test]
fn a68_parameters_of_an_underlying_out_of_their_bounds() {
    let mut world = empty_world();
    let price = world.new_feed(&solana(), 200).accounts.price;
    let create = |config| build::create_underlying(actor("payer"), actor("admin"), price, config);
    let mut cases: Vec<_> = UNDERLYING_REFUSED
        .iter()
        .map(|(what, edit)| {
            let mut config = solana();
            edit(&mut config.params);
            case(*what, create(config), EvergreenError::InvalidParameter)
        })
        .collect();
    let nobody = UnderlyingConfig { price_owner: Pubkey::default(), ..solana() };
    cases.push(case("no price owner", create(nobody), EvergreenError::InvalidParameter));
    let unowned = UnderlyingConfig { price_owner: presets::PYTH_RECEIVER_PREVIOUS, ..solana() };
    cases.push(case("another generation", create(unowned), EvergreenError::PriceWrongOwner));
    refuse_all(&mut world, cases);
    world.send(create(solana())).ok();
}
