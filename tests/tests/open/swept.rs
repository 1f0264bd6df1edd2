//! What insurance owes the main vault, while the token's issuer takes a fee of the transfer.

use super::scene::*;
use anchor_spl::token_2022::spl_token_2022::{
    ID as TOKEN_2022,
    extension::{ExtensionType, transfer_fee},
};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{evergreen::Leg, instruction as build};
use evergreen_tests::{
    BTC, World,
    chain::actor,
    tokens::issuer,
    world::{TENTH, TOKEN},
};

/// An issuer who can neither seize nor freeze sets a transfer fee. Insurance has paid a bad debt, which it owes the main vault. What a sweep loses to the fee insurance owes again, so each sweep can be followed by
/// another one, by anybody. It costs insurance no more than what it owes.
#[test]
fn audit_swept_a_transfer_fee_is_not_paid_again_and_again() {
    let mut worst = 0.0f64;
    for bps in [100, 1_000, 5_000, 10_000] {
        let mut world = World::new(preset_setup());
        world.pass(HALF_HOUR);
        world.round_trip_every = u32::MAX;
        world.checked = false;
        let mint = world.chain.create_extended_mint("fee", 8, &[ExtensionType::TransferFeeConfig], |mint| {
            let config = Some(&issuer()).copied();
            let initialize = transfer_fee::instruction::initialize_transfer_fee_config(
                &TOKEN_2022,
                mint,
                config.as_ref(),
                config.as_ref(),
                0,
                0,
            );
            vec![initialize.expect("an instruction")]
        });
        let pool = world.add_pool(mint, 1_000 * TOKEN);
        let keys = world.pools[pool];
        let call = world.list(pool, BTC, false, 130_000);
        for (who, cash) in [("holly", 300), ("mallory", 300), ("keeper", 1)] {
            world.trader(who, pool, cash * TOKEN);
        }
        world.trade("holly", pool, &[(call, 4 * TENTH)]).ok();
        world.trade("mallory", pool, &[(call, -4 * TENTH)]).ok();
        let key = world.account_key("mallory", pool);
        let spare = world.valued(pool, |view, markets| {
            let account = &view.accounts[&key];
            markets.health(account, HealthLevel::Initial).min(markets.health(account, HealthLevel::Maintenance))
        });
        world.withdraw("mallory", pool, spare as u64 - 1_000).ok();
        step(&mut world, 150_000.0);
        let legs = vec![Leg { series: call, points: 4 * TENTH }];
        let liquidate =
            build::liquidate(actor("keeper"), &keys, key, world.account_key("keeper", pool), legs, &world.market(BTC));
        world.send(liquidate).ok();
        println!("mallory has {:.3}", tokens(world.cash("mallory", pool)));
        println!("absorbed: {:?}", world.send(build::absorb_bad_debt(&keys, key)).failure);
        let raise =
            transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint.address, &issuer(), &[], bps, u64::MAX)
                .expect("an instruction");
        world.send(raise).ok();
        world.chain.pass_epochs(2);
        let state = |world: &World| {
            let pool = world.view(pool).pool;
            (tokens(pool.insurance_cash as i64), tokens(pool.insurance_due), tokens(pool.pool_cash))
        };
        let held = |world: &World| {
            tokens((world.chain.balance(&keys.vault) + world.chain.balance(&keys.insurance_vault)) as i64)
        };
        let (before, had) = (state(&world), held(&world));
        let mut sweeps = 0;
        while sweeps < 60 && world.send(build::sweep_insurance(&keys)).succeeded() {
            sweeps += 1;
            if sweeps <= 2 {
                println!("  after sweep {sweeps}: {:?}", state(&world));
            }
        }
        let last = world.send(build::sweep_insurance(&keys)).failure;
        println!(
            "fee {bps} bps: insurance, due, pool cash {before:?} -> {:?} after {sweeps} sweeps, then {last:?}; the issuer has {:.3}",
            state(&world),
            had - held(&world)
        );
        println!("  sync {:?}: {:?}", world.sync(pool).failure, state(&world));
        worst = worst.max((had - held(&world)) / -before.1);
    }
    assert!(worst < 1.001, "strangers make insurance pay the issuer {worst:.2} times what it owes");
}
