//! Small things: dust, tokens of few decimals, who gets a rent.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::PoolParams},
    instruction::{self as build, PoolKeys},
};
use evergreen_tests::{CLASSIC, World, chain::actor, world::TOKEN};

/// Anybody deposits in anybody's account. Who names all of what is there, and not an amount, takes what a stranger has put in before them with the rest, and closes the account in the same transaction.
#[test]
fn audit_small_no_unit_of_a_stranger_keeps_an_account_from_being_closed() {
    let mut world = world(1_000, &[("owner", 100), ("mallory", 1)]);
    world.fund("mallory", CLASSIC, 1_000);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    let mut refused = 0;
    for _ in 0..5 {
        let close = build::close_margin_account(actor("owner"), &keys, key);
        let leave = [build::withdraw_margin(actor("owner"), &keys, key, u64::MAX, &[]), close.clone()];
        world.send(build::deposit_margin(actor("mallory"), &keys, key, 1)).ok();
        let mut other = world.clone();
        other.refused(close, EvergreenError::AccountNotEmpty);
        refused += u32::from(!other.send_all(&leave).succeeded());
    }
    assert_eq!(refused, 0);
}

/// A curated pool asks for a hundredth of a token as a tip at most, also where a token has no hundredths.
#[test]
fn audit_small_a_tip_is_a_hundredth_of_a_token_at_most() {
    let mut world = World::flat();
    let mut accepted = Vec::new();
    for decimals in [0u8, 1, 2, 3] {
        let mint = world.chain.create_classic_mint(&format!("few {decimals}"), decimals);
        let unit = 10f64.powi(-i32::from(decimals));
        for (tip, seed) in [(1, 1_000_000), (0, 1), (0, 0)] {
            let params = PoolParams { fill_tip: tip, min_liquidation_reward: tip, ..roomy() };
            let number = tip as u16 * 10 + (seed % 7) as u16;
            let keys = PoolKeys::of_creator(mint.address, mint.program, actor("carol"), number);
            world.chain.mint_to(&mint, &actor("carol"), 2_000_000);
            let listed = world.of_pool(CLASSIC).others;
            let create = build::create_curated_pool(world.chain.payer, &keys, 3, (false, seed), params, &listed);
            let done = world.chain.send(&[create]);
            println!(
                "{decimals} decimals, tip {tip} ({} tokens), first deposit {seed} ({} tokens): {:?}",
                tip as f64 * unit,
                seed as f64 * unit,
                done.failure
            );
            if done.succeeded() {
                accepted.push((decimals, tip as f64 * unit));
            }
        }
    }
    let _ = TOKEN;
    assert!(accepted.iter().all(|(_, tip)| *tip <= 0.010_001), "{accepted:?}");
}
