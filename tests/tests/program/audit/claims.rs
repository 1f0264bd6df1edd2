//! Where an owner is paid by what anyone may send: to the associated token account, or with the owner's signature to any other.

use anchor_lang::{
    error::ErrorCode,
    prelude::{AccountMeta, Pubkey},
    solana_program::{instruction::Instruction, system_instruction},
};
use anchor_spl::token::spl_token;
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{PoolParams, ShareClass},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Makes another token account of an owner than the associated one.
fn side_account(world: &mut World, name: &str, owner: &str) -> Pubkey {
    let (mint, key) = (world.mints[CLASSIC], actor(name));
    let create = system_instruction::create_account(&world.chain.payer, &key, 10_000_000, 165, &mint.program);
    let begin = spl_token::instruction::initialize_account3(&mint.program, &key, &mint.address, &actor(owner));
    world.chain.send(&[create, begin.unwrap()]).ok();
    key
}

/// The instruction with one account in the place of another, and with or without the signature of `owner`.
fn paid_to(mut instruction: Instruction, from: Pubkey, to: Pubkey, owner: Option<Pubkey>) -> Instruction {
    for meta in &mut instruction.accounts {
        if meta.pubkey == from {
            meta.pubkey = to;
        }
        meta.is_signer |= Some(meta.pubkey) == owner;
    }
    instruction
}

/// The instruction that pays fees with the signature of their owner: it is the last account, where the program stands for none.
fn signed(mut instruction: Instruction, owner: &str) -> Instruction {
    *instruction.accounts.last_mut().expect("an optional account") = AccountMeta::new_readonly(actor(owner), true);
    instruction
}

/// Whoever sent `claim_liquidity` chose which of the owner's token accounts was paid: also one from which somebody else may spend, who took 250 tokens in the same transaction.
#[test]
fn audit_claims_a_stranger_chooses_no_account_of_the_owner() {
    let mut world = World::new(Setup::preset());
    let (keys, mint) = (world.pools[CLASSIC], world.mints[CLASSIC]);
    // SETUP: lp keeps a second account of a few tokens, from which mallory may spend without limit.
    let side = side_account(&mut world, "petty cash", "lp");
    let (lp, mallory) = (actor("lp"), actor("mallory"));
    let approve = spl_token::instruction::approve(&mint.program, &side, &mallory, &lp, &[], u64::MAX);
    world.chain.send(&[approve.unwrap()]).ok();
    let mine = world.chain.create_token_account(&mallory, &mint.address, &mint.program);
    let shares = world.shares("lp", CLASSIC, ShareClass::Main);
    let number = world.request("lp", CLASSIC, ShareClass::Main, shares / 4);
    world.pass(DAY + 60);
    world.execute(CLASSIC, ShareClass::Main, number).ok();
    let key = world.withdrawal(CLASSIC, ShareClass::Main, number);
    let claim = build::claim_liquidity(lp, &keys, ShareClass::Main, key);

    // TEST
    let stolen = paid_to(claim.clone(), keys.wallet(&lp), side, None);
    let take = spl_token::instruction::transfer(&mint.program, &side, &mine, &mallory, &[], 250 * TOKEN).unwrap();
    assert_error(&world.chain.send(&[stolen.clone(), take]), ErrorCode::ConstraintAssociated);
    world.refused(stolen, ErrorCode::ConstraintAssociated);
    let other = paid_to(claim.clone(), keys.wallet(&lp), mine, Some(lp));
    world.refused(other, EvergreenError::Unauthorized);
    // A stranger pays it to the associated account, the owner to any account of theirs.
    let mut by_stranger = world.clone();
    let before = by_stranger.wallet("lp", CLASSIC);
    by_stranger.send(claim.clone()).ok();
    assert_eq!(by_stranger.wallet("lp", CLASSIC), before + 250 * TOKEN);
    world.send(paid_to(claim, keys.wallet(&lp), side, Some(lp))).ok();
    assert_eq!(world.chain.balance(&side), 250 * TOKEN);
}

/// The same of the protocol's fees, a curator's, and a referrer's share.
#[test]
fn audit_claims_a_stranger_chooses_no_account_for_fees_and_referrals() {
    let mut world = World::new(Setup::preset());
    let params = PoolParams { curator_bps: 2_000, ..presets::pool_params() };
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    world.provide("lp", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    let keys = world.pools[pool];
    let open = build::open_margin_account(world.chain.payer, actor("alice"), &keys, 0, Some(actor("rita")));
    world.send(open).ok();
    world.fund("alice", pool, 100 * TOKEN);
    world.deposit("alice", pool, 100 * TOKEN).ok();
    let call = world.list(pool, BTC, false, 100_000);
    world.trade("alice", pool, &[(call, TENTH)]).ok();
    let account = world.account_key("alice", pool);
    let all: [(&str, &dyn Fn(Pubkey) -> Instruction); 3] = [
        ("carol", &|to| build::collect_curator_fees(&keys, to)),
        ("fees", &|to| build::collect_fees(&keys, to)),
        ("rita", &|to| {
            let claim = build::claim_referral(actor("rita"), &keys, account);
            paid_to(claim, keys.wallet(&actor("rita")), to, None)
        }),
    ];
    for (owner, pay) in all {
        let side = side_account(&mut world, &format!("another of {owner}"), owner);
        world.refused(pay(side), ErrorCode::ConstraintAssociated);
        let is_referral = owner == "rita";
        let with_signature = |instruction, by: &str| {
            if is_referral { paid_to(instruction, side, side, Some(actor(by))) } else { signed(instruction, by) }
        };
        // The signature of somebody else says nothing.
        if !is_referral {
            world.refused(with_signature(pay(side), "mallory"), ErrorCode::ConstraintAssociated);
        }
        world.send(with_signature(pay(side), owner)).ok();
        assert!(world.chain.balance(&side) > 0, "{owner}");
    }
}
