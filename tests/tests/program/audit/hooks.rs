//! A transfer hook that the issuer names later shuts no exit, and can do nothing but refuse.

use anchor_lang::{
    prelude::Pubkey,
    solana_program::{
        instruction::{AccountMeta, Instruction},
        system_instruction, system_program,
    },
};
use anchor_spl::token_2022::spl_token_2022::{self, ID as TOKEN_2022, extension::transfer_hook};
use evergreen_hook::{CALLS, EXECUTE, HONEST, REFUSES, SIGNS, WRITES};
use evergreen_sdk::{
    address,
    evergreen::{
        errors::EvergreenError,
        state::{PoolParams, SeriesId, ShareClass},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, DAY, Outcome, STOCK, Setup, World, assert_error, assert_refused,
    chain::actor,
    seizures::Seizure,
    tokens::issuer,
    world::{TENTH, TOKEN},
};

/// A hook on the stock's mint, and what it asks for.
struct Hook {
    note: Pubkey,
    extra: Vec<AccountMeta>,
}

impl Hook {
    /// Has the issuer name the hook. It asks for its note, and then for the others.
    fn set(world: &mut World, mode: u8, rest: &[u8], others: &[AccountMeta]) -> Self {
        let (program, note, mint) = (actor("hook program"), actor("note"), world.mints[STOCK].address);
        let list = Pubkey::find_program_address(&[b"extra-account-metas", mint.as_ref()], &program).0;
        let mut asked = vec![AccountMeta::new(note, false)];
        asked.extend_from_slice(others);
        world.chain.deploy(program, "evergreen_hook");
        world.chain.write(note, program, [&[mode], rest].concat());
        // Type, length and number of the entries, each with the kind (an address), the address and two flags.
        let mut data = EXECUTE.to_vec();
        data.extend((4 + 35 * asked.len() as u32).to_le_bytes());
        data.extend((asked.len() as u32).to_le_bytes());
        for meta in &asked {
            data.push(0);
            data.extend(meta.pubkey.as_ref());
            data.extend([u8::from(meta.is_signer), u8::from(meta.is_writable)]);
        }
        world.chain.write(list, program, data);
        world.send(transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer(), &[], Some(program)).unwrap()).ok();
        let mut extra =
            vec![program, list].into_iter().map(|key| AccountMeta::new_readonly(key, false)).collect::<Vec<_>>();
        extra.extend(asked);
        Self { note, extra }
    }

    /// Appends what the hook asks for.
    fn with(&self, mut instruction: Instruction) -> Instruction {
        instruction.accounts.extend_from_slice(&self.extra);
        instruction
    }

    /// Native units that have moved before the eyes of an honest hook.
    fn seen(&self, world: &World) -> u64 {
        u64::from_le_bytes(world.chain.data(&self.note)[1..9].try_into().unwrap())
    }
}

/// A pool on a stock in which everybody has something to take out. Returns lp's executed withdrawal, and alice's series.
fn world() -> (World, Pubkey, SeriesId) {
    let mut world = World::new(Setup::preset());
    let keys = world.pools[STOCK];
    let call = world.list(STOCK, BTC, false, 100_000);
    world.send(build::open_margin_account(world.chain.payer, actor("alice"), &keys, 0, Some(actor("rita")))).ok();
    for who in ["alice", "rita", "fees"] {
        world.fund(who, STOCK, 10 * TOKEN);
    }
    world.deposit("alice", STOCK, 10 * TOKEN).ok();
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();
    let shares = world.shares("lp", STOCK, ShareClass::Main) / 100;
    let number = world.request("lp", STOCK, ShareClass::Main, shares);
    world.pass(DAY);
    world.execute(STOCK, ShareClass::Main, number).ok();
    let withdrawal = world.withdrawal(STOCK, ShareClass::Main, number);
    (world, withdrawal, call)
}

#[test]
fn audit_b7_every_exit_passes_what_a_hook_asks_for() {
    // SETUP: every way in which tokens leave a vault has something to move, and the hook counts.
    let (mut world, withdrawal, call) = world();
    let (keys, alice) = (world.pools[STOCK], world.account_key("alice", STOCK));
    let feeds = world.markets();
    let hook = Hook::set(&mut world, HONEST, &[0; 8], &[]);
    let due = world.view(STOCK).pool.ledgers();
    assert!(due.insurance_due > 0 && due.fees_due > 0 && due.referrals_due > 0);

    // TEST: without the accounts the token program refuses; with them exactly what is due moves.
    for (name, exit, amount) in [
        ("cash beside positions", build::withdraw_margin(actor("alice"), &keys, alice, TOKEN, &feeds), Some(TOKEN)),
        (
            "liquidity",
            build::claim_liquidity(actor("lp"), &keys, ShareClass::Main, withdrawal),
            Some(due.withdrawals_due),
        ),
        ("fees", build::collect_fees(&keys, keys.wallet(&actor("fees"))), Some(due.fees_due)),
        ("referral", build::claim_referral(actor("rita"), &keys, alice), Some(due.referrals_due)),
        ("income of insurance", build::sweep_insurance(&keys), Some(due.insurance_due.unsigned_abs())),
    ] {
        let before = hook.seen(&world);
        assert_refused(&world.send(exit.clone()), "MissingAccount");
        world.send(hook.with(exit)).ok();
        assert_eq!(Some(hook.seen(&world) - before), amount, "{name}");
    }
    // A loss in the main vault is assigned without the hook, and insurance then pays it from its vault.
    world.seize(STOCK, keys.vault, TOKEN, Seizure::Burn);
    world.sync(STOCK).ok();
    let (before, due) = (hook.seen(&world), world.view(STOCK).pool.insurance_due);
    assert!(due < 0, "insurance owes {due}");
    assert_refused(&world.send(build::sweep_insurance(&keys)), "MissingAccount");
    world.send(hook.with(build::sweep_insurance(&keys))).ok();
    assert_eq!(hook.seen(&world) - before, due.unsigned_abs());
    // Entries stay refused, whatever is passed.
    let deposit = build::deposit_margin(actor("alice"), &keys, alice, TOKEN);
    assert_error(&world.send(deposit.clone()), EvergreenError::MintRefused);
    assert_error(&world.send(hook.with(deposit)), EvergreenError::MintRefused);
    // An account without positions needs no prices before the hook's accounts.
    world.trade("alice", STOCK, &[(call, -TENTH)]).ok();
    world.send(hook.with(build::withdraw_margin(actor("alice"), &keys, alice, u64::MAX, &[]))).ok();
    assert_eq!(world.cash("alice", STOCK), 0);
}

#[test]
fn audit_b7_a_curators_fees_pass_what_a_hook_asks_for() {
    // SETUP: a curated pool on the same stock has earned something for its curator.
    let mut world = World::new(Setup::preset());
    let params = PoolParams { curator_bps: 2_000, ..presets::pool_params() };
    let pool = world.add_curated_pool("carol", STOCK, (false, TOKEN), params);
    world.provide("lp", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    world.trader("alice", pool, 100 * TOKEN);
    world.fund("carol", pool, TOKEN);
    let call = world.list(pool, BTC, false, 100_000);
    world.trade("alice", pool, &[(call, TENTH)]).ok();
    let hook = Hook::set(&mut world, HONEST, &[0; 8], &[]);
    let (keys, due) = (world.pools[pool], world.view(pool).pool.ledgers().curator_due);
    assert!(due > 0);

    // TEST
    let collect = build::collect_curator_fees(&keys, keys.wallet(&actor("carol")));
    let before = world.wallet("carol", pool);
    assert_refused(&world.send(collect.clone()), "MissingAccount");
    world.send(hook.with(collect)).ok();
    assert_eq!((hook.seen(&world), world.wallet("carol", pool) - before), (due, due));
    assert_eq!(world.view(pool).pool.ledgers().curator_due, 0);
}

/// Withdraws for alice with a hostile hook in the way, and returns what came of it. Nothing else may have changed.
fn withdraw_past(world: &mut World, mode: u8, rest: &[u8], others: &[AccountMeta]) -> Outcome {
    let hook = Hook::set(world, mode, rest, others);
    let (keys, alice) = (world.pools[STOCK], world.account_key("alice", STOCK));
    let withdraw = build::withdraw_margin(actor("alice"), &keys, alice, TOKEN, &world.markets());
    let watched = [keys.pool, keys.vault, keys.insurance_vault, alice, keys.wallet(&actor("alice"))];
    let before = watched.map(|key| world.chain.data(&key));
    let lamports = world.chain.account(&actor("alice")).map(|account| account.lamports);
    let outcome = world.send(hook.with(withdraw));
    assert!(!outcome.succeeded(), "{}", outcome.log());
    assert_eq!(before, watched.map(|key| world.chain.data(&key)));
    assert_eq!(lamports, world.chain.account(&actor("alice")).map(|account| account.lamports));
    outcome
}

#[test]
fn audit_b7_a_hostile_hook_can_refuse_and_nothing_else() {
    // SETUP
    let (mut world, withdrawal, _) = world();
    let (keys, mint) = (world.pools[STOCK], world.mints[STOCK].address);
    world.chain.give_lamports(&actor("alice"), 10_000_000_000);
    world.fund("thief", STOCK, 1);
    let thief = keys.wallet(&actor("thief"));
    let called = |instruction: &Instruction| -> Vec<AccountMeta> {
        let program = AccountMeta::new_readonly(instruction.program_id, false);
        let accounts = instruction.accounts.iter().map(|meta| AccountMeta { is_signer: false, ..meta.clone() });
        core::iter::once(program).chain(accounts).collect()
    };

    // TEST: it refuses.
    withdraw_past(&mut world, REFUSES, &[], &[]);
    // It calls back while the pool pays: the runtime refuses even what anybody may call.
    for reentry in [build::sync_vault(&keys), build::claim_liquidity(actor("lp"), &keys, ShareClass::Main, withdrawal)]
    {
        let mut others = called(&reentry);
        others.iter_mut().for_each(|meta| meta.is_writable = false);
        let outcome = withdraw_past(&mut world, CALLS, &reentry.data, &others);
        assert!(outcome.log().contains("reentrancy not allowed"), "{}", outcome.log());
    }
    // It takes tokens out of the vault in the pool's name, which has signed the payment.
    let steal = spl_token_2022::instruction::transfer_checked(
        &TOKEN_2022,
        &keys.vault,
        &mint,
        &thief,
        &keys.pool,
        &[],
        TOKEN,
        world.mints[STOCK].decimals,
    )
    .unwrap();
    withdraw_past(&mut world, CALLS, &steal.data, &called(&steal));
    assert_eq!(world.wallet("thief", STOCK), 1);
    // It takes lamports of alice, who has signed the transaction.
    let take = system_instruction::transfer(&actor("alice"), &actor("thief"), 1_000_000_000);
    assert_eq!(take.program_id, system_program::ID);
    let outcome = withdraw_past(&mut world, SIGNS, &take.data, &called(&take));
    assert!(outcome.log().contains("privilege escalated"), "{}", outcome.log());
    // It writes into the pool, or asks for it as writable.
    for is_writable in [false, true] {
        let pool = AccountMeta { pubkey: keys.pool, is_signer: false, is_writable };
        withdraw_past(&mut world, WRITES, &[], &[pool]);
    }
    // An account of this program that is no part of the payment cannot be written to either.
    let outcome = withdraw_past(&mut world, WRITES, &[], &[AccountMeta::new(address::protocol(), false)]);
    assert!(outcome.log().contains("privilege escalated"), "{}", outcome.log());
    // Everybody gets what is theirs as soon as the hook lets them.
    let hook = Hook::set(&mut world, HONEST, &[0; 8], &[]);
    let alice = world.account_key("alice", STOCK);
    let feeds = world.markets();
    world.send(hook.with(build::withdraw_margin(actor("alice"), &keys, alice, TOKEN, &feeds))).ok();
    world.send(hook.with(build::claim_liquidity(actor("lp"), &keys, ShareClass::Main, withdrawal))).ok();
}
