//! Tokens of few decimals: what comes back of fees, and tips.

use super::scene::*;
use evergreen_sdk::{
    events::Event,
    evergreen::state::{PoolParams, ShareClass},
    instruction::{self as build, PoolKeys},
};
use evergreen_tests::{BTC, World, chain::actor, tokens::Mint};

/// A world with mallory's pool on a token of so many decimals, of which she insures all; the place of the pool, or why it was refused.
fn pool(decimals: u8, edit: impl Fn(&mut PoolParams)) -> Result<(World, usize), String> {
    let mut setup = preset_setup();
    setup.liquidity = evergreen_tests::world::TOKEN;
    let mut world = begin_world(setup);
    world.checked = false;
    let mint: Mint = world.chain.create_classic_mint("few", decimals);
    world.mints.push(mint);
    world.pools.push(PoolKeys::new(mint.address, mint.program));
    let like = world.pools.len() - 1;
    let mut params = PoolParams { curator_bps: 3_000, growth_limit_bps: 10_000, ..roomy() };
    (params.fill_tip, params.min_liquidation_reward) = (0, 0);
    edit(&mut params);
    let one = 10u64.pow(decimals.into());
    let create = world.create_curated("mallory", like, (false, one), params);
    let done = world.send(create);
    if !done.succeeded() {
        return Err(done
            .logs
            .iter()
            .filter(|l| l.contains("log:"))
            .map(|l| l[..l.len().min(160)].to_string())
            .collect());
    }
    let pool = world.pools.len() - 1;
    world.provide("lp", pool, MAIN, 1_000 * one).ok();
    world.provide("mallory", pool, ShareClass::Insurance, one).ok();
    Ok((world, pool))
}

#[test]
fn audit_few_tips_and_rewards_of_few_decimals_are_bounded() {
    for decimals in 0..=6 {
        let one = 10u64.pow(decimals);
        let most = |set: fn(&mut PoolParams, u64)| {
            let allowed = (0..=one.max(2))
                .rev()
                .filter(|n| *n <= 2 || *n == one || *n == one / 100 || *n == one / 100 + 1 || *n == one / 10);
            let mut found = None;
            for tip in allowed {
                if pool(decimals as u8, |p| set(p, tip)).is_ok() {
                    found = Some(tip);
                    break;
                }
            }
            found
        };
        let tip = most(|p, n| (p.fill_tip, p.min_liquidation_reward) = (n, n));
        let reward = most(|p, n| p.min_liquidation_reward = n);
        println!("{decimals} decimals: a tip of at most {tip:?} of {one} units, a reward of {reward:?}");
    }
}

/// What of each fee comes back to who curates and insures, and refers themselves.
#[test]
fn audit_few_fees_of_few_units_come_back_no_more() {
    for decimals in [0, 1, 2, 3, 4] {
        let (mut world, pool) = pool(decimals, |p| {
            (p.fee_main_bps, p.fee_insurance_bps, p.fee_protocol_bps, p.referrer_bps) = (6_000, 2_500, 1_500, 2_000)
        })
        .expect("a pool");
        let one = 10u64.pow(decimals.into());
        let open = build::open_margin_account(
            world.chain.payer,
            actor("mallory"),
            &world.pools[pool],
            0,
            Some(actor("other")),
        );
        world.send(open).ok();
        world.fund("mallory", pool, 300 * one);
        world.deposit("mallory", pool, 300 * one).ok();
        let call = world.list_tenor(pool, BTC, false, 100_000, 7);
        // Points of a hundredth of a BTC at 300 dollars a token.
        let hundredth = (10_000 * one / 3 / 1_000) as i64;
        let (mut fees, mut back, mut worst) = (0u64, 0u64, 0.0f64);
        for size in [1, 2, 3, 5, 7, 10, 20, 50].map(|n| (n * hundredth).max(1)) {
            for points in [size, -size] {
                let done = world.trade("mallory", pool, &[(call, points)]);
                for event in done.events() {
                    if let Event::LegFilled(e) = event {
                        let comes = e.fee_insurance + e.fee_referrer + e.fee_curator;
                        (fees, back) = (fees + e.fee, back + comes);
                        if e.fee > 0 {
                            worst = worst.max(comes as f64 / e.fee as f64);
                        }
                        print!("{}:{}/{}/{} ", e.fee, e.fee_insurance, e.fee_referrer, e.fee_curator);
                    }
                }
                if !done.succeeded() {
                    print!("{:?} ", done.code);
                }
            }
        }
        println!(
            "\n{decimals} decimals: of {fees} units of fees {back} come back ({:.3}), at worst {worst:.3}",
            back as f64 / fees as f64
        );
        assert!(worst <= 0.46);
    }
}
