//! The same instructions on a second runtime, Agave's own for tests, must leave the same bytes in every account.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen_sdk::{address, instruction as build};
use evergreen_tests::world::TENTH;
use evergreen_tests::{
    BTC, CLASSIC, STOCK, World,
    chain::{actor, keypair, unit_limit},
    elf::elf_path,
    world::TOKEN,
};
use solana_account::AccountSharedData;
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_transaction::Transaction;

/// Sends an instruction to both runtimes, signed by alice, and asserts that it succeeds.
async fn on_both(world: &mut World, context: &ProgramTestContext, instruction: Instruction) {
    world.send(instruction.clone()).ok();
    let hash = context.banks_client.get_latest_blockhash().await.expect("a blockhash");
    let payer = solana_signer::Signer::pubkey(&context.payer);
    let alice = keypair("alice");
    let signed = instruction.accounts.iter().any(|meta| meta.is_signer && meta.pubkey == actor("alice"));
    let signers = if signed { vec![&context.payer, &alice] } else { vec![&context.payer] };
    let all = [unit_limit(1_400_000), instruction];
    let transaction = Transaction::new_signed_with_payer(&all, Some(&payer), &signers, hash);
    context.banks_client.process_transaction(transaction).await.expect("a success");
}

#[tokio::test]
async fn both_runtimes_agree_to_the_byte() {
    // SETUP: every account of a world is copied to the other runtime.
    let mut world = World::flat();
    let call = [CLASSIC, STOCK].map(|pool| world.list(pool, BTC, false, 100_000));
    for pool in [CLASSIC, STOCK] {
        world.trader("alice", pool, 10 * TOKEN);
    }
    let directory = elf_path("evergreen").parent().expect("a directory").to_path_buf();
    // SAFETY: no other test of this binary reads or writes these variables.
    unsafe {
        std::env::set_var("SBF_OUT_DIR", directory);
        std::env::set_var("RUST_LOG", "error");
    }
    let mut other = ProgramTest::default();
    other.prefer_bpf(true);
    other.add_program("evergreen", address::PROGRAM, None);
    let mut copied: Vec<Pubkey> = world.snapshot().accounts.keys().copied().collect();
    copied.extend(world.markets().iter().map(|feed| feed.price));
    for key in &copied {
        let account = world.chain.account(key).expect("an account");
        other.add_account_with_base64_data(*key, account.lamports, account.owner, &STANDARD.encode(&account.data));
    }
    let mut context = other.start_with_context().await;
    let mut clock: anchor_lang::prelude::Clock = context.banks_client.get_sysvar().await.expect("a clock");
    clock.unix_timestamp = world.chain.now();
    context.set_sysvar(&clock);

    // TEST: alice commits a purchase, and when the next price is published it is filled; then she withdraws and deposits.
    let feeds = world.markets();
    for pool in [CLASSIC, STOCK] {
        let (keys, account) = (world.pools[pool], world.account_key("alice", pool));
        let commit = world.commit_instruction("alice", pool, &[(call[pool], TENTH)]);
        on_both(&mut world, &context, commit).await;
        world.wait_for_fill();
        clock.unix_timestamp = world.chain.now();
        context.set_sysvar(&clock);
        for feed in &feeds {
            let price = world.chain.account(&feed.price).expect("a price");
            let mut copy = AccountSharedData::new(price.lamports, price.data.len(), &price.owner);
            copy.set_data_from_slice(&price.data);
            context.set_account(&feed.price, &copy);
        }
        let fill = world.fill_instruction("alice", pool);
        for instruction in [
            fill,
            build::withdraw_margin(actor("alice"), &keys, account, TOKEN, &feeds),
            build::deposit_margin(actor("alice"), &keys, account, TOKEN / 2),
        ] {
            on_both(&mut world, &context, instruction).await;
        }
        assert_eq!(world.view(pool).held(&account, call[pool]), TENTH);
    }
    for key in copied {
        let here = world.chain.data(&key);
        let there = context.banks_client.get_account(key).await.expect("an answer").expect("an account").data;
        assert!(here == there, "{key} differs");
    }
}
