//! Each bound of a curated pool, at its ends and one beyond.

use super::curated_params;
use evergreen_sdk::evergreen::{errors::EvergreenError, state::PoolParams};
use evergreen_tests::{STOCK, World, world::TOKEN};

/// A bounded number: its name, how it is set with all that it needs beside it, the least and the most.
type Bound = (&'static str, fn(&mut PoolParams, i64), i64, i64);

const CENT: i64 = TOKEN as i64 / 100;

/// The bounds of a public pool.
macro_rules! bounds {
    ($($name:ident $least:expr, $most:expr;)*) => {
        [$((stringify!($name), |p: &mut PoolParams, value| p.$name = value.try_into().expect("in range"), $least, $most)),*]
    };
}

const PLAIN: [Bound; 21] = bounds! {
    main_cooldown 3_600, i64::MAX;
    insurance_cooldown i64::MIN, 604_800;
    daily_outflow_bps 2_500, 10_000;
    reserve_limit_bps 6_000, 9_000;
    growth_limit_bps 500, 10_000;
    fee_open_bps 1, 50;
    fee_close_bps 1, 50;
    fee_value_cap_bps 1_000, 1_500;
    buy_markup_bps 0, 1_000;
    write_markdown_bps 0, 1_000;
    min_liquidation_reward 0, CENT;
    funding_full_gap 1_800, 21_600;
    referrer_bps 0, 5_000;
    vol_stress_bps 12_500, 20_000;
    extreme_weight_bps 2_500, 7_500;
    short_charge_bps 25, 200;
    penalty_bps 10, 200;
    penalty_equity_cap_bps 500, 2_500;
    liquidator_bps 2_500, 7_500;
    fill_delay 3, 10;
    fill_window 5, 20;
};

const JOINED: [Bound; 9] = [
    ("curator_bps", |p, value| (p.curator_bps, p.referrer_bps) = (value as u16, 0), 0, 3_000),
    ("buyback_bps", |p, value| p.buyback_bps = value as u16, 0, 0),
    ("sigma_max_expected_bps", |p, value| p.sigma_max_expected_bps = value as u16, 6_600, 40_000),
    ("fill_tip", |p, value| (p.fill_tip, p.min_liquidation_reward) = (value as u64, value as u64), 0, CENT),
    (
        "carry_bps * direction_limit_bps",
        |p, value| (p.carry_bps, p.direction_limit_bps[3]) = (value as u16, 10_000),
        0,
        30_000,
    ),
    ("direction_limit_bps", |p, value| (p.carry_bps, p.direction_limit_bps) = (0, [value as u16; 4]), 100, 10_000),
    (
        "fee_insurance_bps",
        |p, value| (p.fee_insurance_bps, p.fee_main_bps) = (value as u16, 10_000 - 1_500 - value as u16),
        1_000,
        5_000,
    ),
    (
        "fee_protocol_bps",
        |p, value| (p.fee_protocol_bps, p.fee_main_bps) = (value as u16, 10_000 - 2_500 - value as u16),
        1_500,
        5_000,
    ),
    (
        "kept_of_fees",
        |p, value| {
            (p.fee_main_bps, p.fee_insurance_bps, p.fee_protocol_bps) = (3_900, 4_600, 1_500);
            (p.curator_bps, p.referrer_bps) = (0, u16::from(value < 5_400));
        },
        5_400,
        i64::MAX,
    ),
];

/// Only a private pool has these, or has them so wide.
const PRIVATE: [Bound; 3] = bounds! {
    buy_markup_bps 0, 5_000;
    write_markdown_bps 0, 5_000;
    buyback_bps 500, 2_500;
};

#[test]
fn pools_each_bound_of_a_strangers_pool_is_named_with_the_number_one_beyond_it() {
    let mut world = World::flat();
    let mut create = |private: bool, params: PoolParams| {
        let create = world.create_curated("carol", STOCK, (private, TOKEN), params);
        world.pools.pop();
        world.mints.pop();
        world.chain.simulate(&[create])
    };
    let mut ends = 0;
    let all = PLAIN.iter().chain(&JOINED).map(|bound| (false, bound)).chain(PRIVATE.iter().map(|bound| (true, bound)));
    for (private, (name, set, least, most)) in all {
        let mut with = |value: i64| {
            let mut params = curated_params();
            set(&mut params, value);
            create(private, params)
        };
        // Below zero there is no number.
        let beyond = [(*least > 0).then(|| (least - 1, *least)), (*most < i64::MAX).then(|| (most + 1, *most))];
        for (value, bound) in beyond.into_iter().flatten() {
            let outcome = with(value);
            let said = outcome.logs.join("\n");
            assert_eq!(outcome.code, Some(EvergreenError::InvalidParameter.into()), "{name} {value}: {said}");
            let told = said.split(&format!("{name} is {value}, ")).nth(1).and_then(|rest| rest.lines().next());
            let told = told.unwrap_or_else(|| panic!("{name} {value}: {said}"));
            assert!(told.split(' ').any(|word| word == bound.to_string()), "{name} {value}: {told}");
            // The end itself is refused by no bound of this number; fees and carry have others beside it.
            let at_end = with(bound).logs.join("\n");
            assert!(!at_end.contains(&format!("{name} is {bound}, ")), "{name} {bound}: {at_end}");
            ends += 1;
        }
    }
    assert_eq!(ends, 53);
}
