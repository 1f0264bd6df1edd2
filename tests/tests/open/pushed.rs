//! What anyone may pay out, while the token's issuer takes a fee of the transfer.

use super::scene::*;
use anchor_spl::token_2022::spl_token_2022::{
    ID as TOKEN_2022,
    extension::{ExtensionType, transfer_fee},
};
use evergreen_sdk::{evergreen::state::ShareClass, instruction as build};
use evergreen_tests::{
    BTC, DAY, World,
    chain::actor,
    tokens::issuer,
    world::{TENTH, TOKEN},
};

/// An issuer who can neither seize nor freeze sets a transfer fee of all. Who is owed something would wait until it is gone, and nothing in the vault is in danger; but anyone pays out what is due to others,
/// and moves the income of insurance to its vault.
#[test]
fn audit_pushed_nobody_pays_out_what_is_due_to_others_while_a_transfer_fee_takes_it() {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
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
    let (keys, main, insurance) = (world.pools[pool], MAIN, ShareClass::Insurance);
    let call = world.list(pool, BTC, false, 100_000);
    let open = build::open_margin_account(world.chain.payer, actor("alice"), &keys, 0, Some(actor("rita")));
    world.send(open).ok();
    for (who, amount) in [("alice", 400 * TOKEN), ("fees", 1), ("rita", 1)] {
        world.fund(who, pool, amount);
    }
    world.deposit("alice", pool, 400 * TOKEN).ok();
    for _ in 0..10 {
        for sign in [1, -1] {
            world.trade("alice", pool, &[(call, sign * 10 * TENTH)]).ok();
        }
    }
    // The provider and the insurer have asked for half of theirs, and their requests wait for their cooldowns.
    let asked = [("lp", main), ("insurer", insurance)].map(|(who, class)| {
        let half = world.shares(who, pool, class) / 2;
        (who, class, world.request(who, pool, class, half))
    });
    let raise = |bps: u16, most: u64| {
        transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint.address, &issuer(), &[], bps, most)
            .expect("an instruction")
    };
    world.send(raise(10_000, u64::MAX)).ok();
    world.chain.pass_epochs(2);
    let before: Vec<u64> = ["lp", "insurer", "fees", "rita"].map(|who| world.wallet(who, pool)).to_vec();
    let held = world.chain.balance(&keys.vault) + world.chain.balance(&keys.insurance_vault);
    world.pass(8 * DAY);
    world.sync(pool);
    // Mallory, who is the issuer's friend, executes, and pays out, all that anyone may.
    for (who, class, number) in asked {
        for _ in 0..3 {
            let done = world.execute(pool, class, number);
            println!("{who}: executed {:?}", done.failure);
            world.pass(DAY);
        }
        let due = world.withdrawal(pool, class, number);
        let claim = build::claim_liquidity(actor(who), &keys, class, due);
        println!("{who}: claimed for them {:?}", world.send(claim).failure);
    }
    let due = world.view(pool).pool.fees_due;
    println!("sweep {:?}", world.send(build::sweep_insurance(&keys)).failure);
    println!("fees {due}: {:?}", world.send(build::collect_fees(&keys, keys.wallet(&actor("fees")))).failure);
    println!(
        "referral {:?}",
        world.send(build::claim_referral(actor("rita"), &keys, world.account_key("alice", pool))).failure
    );
    let after: Vec<u64> = ["lp", "insurer", "fees", "rita"].map(|who| world.wallet(who, pool)).to_vec();
    let left = world.chain.balance(&keys.vault) + world.chain.balance(&keys.insurance_vault);
    let gone = tokens((held - left) as i64);
    let came: u64 = after.iter().zip(&before).map(|(after, before)| after - before).sum();
    println!("{gone:.3} tokens have left the vaults, of which {:.3} arrived", tokens(came as i64));
    assert!(
        gone - tokens(came as i64) < 0.001,
        "strangers have made others pay {:.3} tokens to the issuer",
        gone - tokens(came as i64)
    );
}
