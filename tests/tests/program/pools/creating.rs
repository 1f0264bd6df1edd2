//! Who creates a pool, under which address, with which parameters and which first deposit.

use super::{curated_params, with_pool};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{PoolParams, ShareClass},
    },
    instruction::{self as build, PoolKeys},
};
use evergreen_tests::{
    BTC, CLASSIC, STOCK, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

#[test]
fn pools_a_stranger_lists_a_fresh_stock_funds_it_and_somebody_else_trades() {
    // SETUP: a Token-2022 stock that no operator knows.
    let mut world = World::flat();
    let mint = world.chain.create_stock_mint("NVDAx");
    world.mints.push(mint);
    world.pools.push(PoolKeys::new(mint.address, mint.program));
    let like = world.mints.len() - 1;

    // TEST
    let pool = world.add_curated_pool("carol", like, (false, TOKEN), curated_params());
    assert_eq!(world.pools[pool].pool, address::pool_of(&mint.address, &actor("carol"), 0));
    let state = world.view(pool).pool;
    assert_eq!((state.creator, state.curator, state.number), (actor("carol"), actor("carol"), 0));
    assert_eq!((state.pool_cash, state.main.total, state.depth), (TOKEN as i64, 1_000 * TOKEN, TOKEN));
    world.provide("carol", pool, ShareClass::Main, 500 * TOKEN).ok();
    world.provide("dave", pool, ShareClass::Insurance, 50 * TOKEN).ok();
    // Who deposits beside a first deposit that stays pays the same for a share.
    assert_eq!(world.shares("carol", pool, ShareClass::Main), 500_000 * TOKEN);
    world.trader("erin", pool, 20 * TOKEN);
    let call = world.list(pool, BTC, false, 100_000);
    world.trade("erin", pool, &[(call, TENTH)]).ok();
    assert_eq!(world.view(pool).held(&world.account_key("erin", pool), call), TENTH);
    world.trade("erin", pool, &[(call, -TENTH)]).ok();

    // Everybody leaves; the first deposit stays.
    let cash = world.cash("erin", pool) as u64;
    world.withdraw("erin", pool, cash).ok();
    let number = world.request("carol", pool, ShareClass::Main, 500_000 * TOKEN);
    world.pass(86_400);
    for _ in 0..40 {
        world.pass_to_grid(pool);
        world.execute(pool, ShareClass::Main, number).ok();
        if world.view(pool).pool.main.in_withdrawals == 0 {
            break;
        }
        world.pass(86_400);
    }
    let state = world.view(pool).pool;
    assert_eq!(state.main.total, 1_000 * TOKEN, "only the shares that are nobody's are left");
    assert!(state.pool_cash >= TOKEN as i64, "{} native units stay", state.pool_cash);
}

#[test]
fn pools_several_of_one_mint_stand_beside_each_other_and_nobody_takes_an_address() {
    let mut world = World::flat();
    let first = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), curated_params());
    let second = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), curated_params());
    let third = world.add_curated_pool("dave", CLASSIC, (false, TOKEN), curated_params());
    let keys = [CLASSIC, first, second, third].map(|pool| world.pools[pool].pool);
    assert!((1..4).all(|place| !keys[..place].contains(&keys[place])));

    // A pool of carol's needs her signature, and one of the protocol the admin's.
    let mint = world.mints[CLASSIC];
    let listed = world.of_pool(CLASSIC).others;
    for creator in ["carol", "mallory"] {
        let keys = PoolKeys::of_creator(mint.address, mint.program, actor(creator), 9);
        let mut create =
            build::create_curated_pool(actor("payer"), &keys, 3, (false, TOKEN), curated_params(), &listed);
        create.accounts[1].pubkey = actor("erin");
        world.refused(create.clone(), EvergreenError::Unauthorized);
        create.accounts[1] = anchor_lang::prelude::AccountMeta::new_readonly(actor(creator), false);
        world.refused(create, ErrorCode::AccountNotSigner);
    }
    let of_protocol = PoolKeys::of_creator(mint.address, mint.program, Pubkey::default(), 1);
    let create = |by| build::create_pool(actor("payer"), actor(by), &of_protocol, 3, curated_params(), &listed);
    world.refused(create("carol"), EvergreenError::Unauthorized);
    // The address names its creator.
    let mut stolen = create("admin");
    stolen.accounts[4].pubkey = address::pool_of(&mint.address, &actor("carol"), 1);
    world.refused(stolen, ErrorCode::ConstraintSeeds);
    world.send(create("admin")).ok();
}

#[test]
fn pools_the_first_deposit_is_a_thousandth_of_a_token_at_least() {
    let mut world = World::flat();
    let create = world.create_curated("carol", CLASSIC, (false, TOKEN / 1_000 - 1), curated_params());
    world.refused(create, EvergreenError::SeedTooSmall);
    let (mint, keys) = (world.mints[CLASSIC], world.pools.pop().expect("the pool"));
    world.mints.pop();
    world.chain.mint_to(&mint, &actor("carol"), TOKEN);
    let listed = world.of_pool(CLASSIC).others;
    let create = |seed, params| build::create_curated_pool(actor("payer"), &keys, 3, (false, seed), params, &listed);
    let capped = PoolParams { max_pool_cash: TOKEN - 1, ..curated_params() };
    world.refused(create(TOKEN, capped), EvergreenError::DepositCap);
    // It is the creator's own.
    let mut foreign = create(TOKEN, curated_params());
    world.fund("erin", CLASSIC, TOKEN);
    let wallet = keys.wallet(&actor("carol"));
    let place = foreign.accounts.iter().position(|meta| meta.pubkey == wallet).expect("the wallet");
    foreign.accounts[place].pubkey = keys.wallet(&actor("erin"));
    assert!(!world.send(foreign).succeeded(), "erin pays carol's first deposit");
    world.send(create(TOKEN / 1_000, curated_params())).ok();
}

/// A name, and what is done to acceptable parameters.
type Edit = (&'static str, fn(&mut PoolParams));

/// What a stranger's pool must not begin with: each would pass as a pool of the protocol.
pub const REFUSED: &[Edit] = &[
    ("a cooldown of more than a week", |p| p.insurance_cooldown = 7 * 86_400 + 1),
    ("a daily outflow below a quarter", |p| p.daily_outflow_bps = 2_499),
    ("reserves that shut providers in", |p| p.reserve_limit_bps = 5_999),
    ("all cash reserved", |p| p.reserve_limit_bps = 9_001),
    ("dear opening", |p| p.fee_open_bps = 51),
    ("dear closing", |p| p.fee_close_bps = 51),
    ("a fee of a fifth of the value", |p| p.fee_value_cap_bps = 1_501),
    ("a tip above a hundredth of a token", |p| (p.fill_tip, p.min_liquidation_reward) = (TOKEN / 100 + 1, TOKEN)),
    ("a mark-up of more than a tenth", |p| p.buy_markup_bps = 1_001),
    ("a mark-down of more than a tenth", |p| p.write_markdown_bps = 1_001),
    ("a buy-back out of strangers' liquidity", |p| p.buyback_bps = 500),
    ("a reward of insurance above a hundredth of a token", |p| p.min_liquidation_reward = TOKEN / 100 + 1),
    ("fees for a volatility of less than 66 %", |p| p.sigma_max_expected_bps = 6_599),
    ("carry above three a year", |p| p.direction_limit_bps[1] = 5_100),
    ("no limit of direction", |p| (p.carry_bps, p.direction_limit_bps[0]) = (0, 10_001)),
    ("funding at the rate in force for a day", |p| p.funding_full_gap = 86_400),
    ("no insurance", |p| (p.fee_main_bps, p.fee_insurance_bps) = (8_500, 0)),
    ("nothing for the protocol", |p| (p.fee_main_bps, p.fee_protocol_bps) = (7_500, 0)),
    ("the protocol's part for referrers", |p| p.referrer_bps = 10_000),
    ("little stress", |p| p.vol_stress_bps = 12_499),
    ("much stress", |p| p.vol_stress_bps = 20_001),
    ("no extreme moves", |p| p.extreme_weight_bps = 0),
    ("no charge on shorts", |p| p.short_charge_bps = 0),
    ("much charge on shorts", |p| p.short_charge_bps = 201),
    ("a penalty of 2 %", |p| p.penalty_bps = 201),
    ("no penalty", |p| p.penalty_bps = 0),
    ("a penalty of a third of the equity", |p| p.penalty_equity_cap_bps = 3_333),
    ("all of the penalty for liquidators", |p| p.liquidator_bps = 10_000),
    ("nothing for liquidators", |p| p.liquidator_bps = 0),
    ("fills at prices that can be known", |p| p.fill_delay = 2),
    ("no time to fill", |p| p.fill_window = 4),
    ("much time to fill", |p| p.fill_window = 21),
    ("more than three tenths for the curator", |p| p.curator_bps = 3_001),
    ("fees that come back to who pays them", |p| {
        (p.fee_main_bps, p.fee_insurance_bps, p.curator_bps) = (5_500, 3_000, 3_000);
    }),
    ("no room to grow", |p| p.growth_limit_bps = 499),
    ("no kind of option", |p| p.kinds = 0),
    ("an unknown kind of option", |p| p.kinds = 4),
    ("no tenor", |p| (p.min_tenor_hours, p.max_tenor_hours) = (2, 1)),
];

#[test]
fn pools_no_stranger_begins_with_parameters_that_take_from_users() {
    let mut world = World::flat();
    for (what, edit) in REFUSED {
        let mut params = curated_params();
        edit(&mut params);
        let create = world.create_curated("carol", STOCK, (false, TOKEN), params);
        world.pools.pop();
        world.mints.pop();
        let outcome = world.send(create);
        assert_eq!(outcome.code, Some(EvergreenError::InvalidParameter.into()), "{what}: {:?}", outcome.failure);
    }
    world.add_curated_pool("carol", STOCK, (false, TOKEN), curated_params());
}

#[test]
fn pools_the_curators_part_comes_out_of_the_main_class_and_only_he_gets_it() {
    let (mut world, pool) = with_pool();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("erin", pool, 100 * TOKEN);
    let filled = world.trade("erin", pool, &[(call, 10 * TENTH)]).ok();
    let fill = filled.event(|event| if let Event::LegFilled(e) = event { Some(e.clone()) } else { None });
    // 60 % are the main class's, of which a fifth is the curator's; insurance and protocol get what they get elsewhere.
    let main = fill.fee - fill.fee * 2_500 / 10_000 - fill.fee * 1_500 / 10_000;
    assert!(fill.fee > 1_000_000, "fee {}", fill.fee);
    assert!(fill.fee_curator.abs_diff(main / 5) <= 1, "{} of {main}", fill.fee_curator);
    assert_eq!((fill.fee_insurance, fill.fee_protocol), (fill.fee * 2_500 / 10_000, fill.fee * 1_500 / 10_000));
    let due = world.view(pool).pool.curator_due;
    assert_eq!(due, fill.fee_curator);

    let keys = world.pools[pool];
    for who in ["erin", "admin", "fees"] {
        world.fund(who, pool, 1);
        world.refused(build::collect_curator_fees(&keys, keys.wallet(&actor(who))), EvergreenError::Unauthorized);
    }
    let before = world.wallet("carol", pool);
    world.send(build::collect_curator_fees(&keys, keys.wallet(&actor("carol")))).ok();
    assert_eq!(world.wallet("carol", pool), before + due);
    world.chain.pass(1);
    let again = build::collect_curator_fees(&keys, keys.wallet(&actor("carol")));
    world.refused(again, EvergreenError::ZeroAmount);
    // In a pool of the protocol they are the fee owner's, and there are none.
    let own = world.pools[CLASSIC];
    world.refused(build::collect_curator_fees(&own, own.wallet(&actor("carol"))), EvergreenError::Unauthorized);
    world.fund("fees", CLASSIC, 1);
    world.refused(build::collect_curator_fees(&own, own.wallet(&actor("fees"))), EvergreenError::ZeroAmount);
}
