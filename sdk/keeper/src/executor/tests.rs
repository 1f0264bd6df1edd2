use super::*;
use crate::task::Key;
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::{AccountMeta, Instruction},
    instruction as build,
    price::PushFeeds,
};
use evergreen_test_network::{LAMPORTS, Market};

/// Opens a margin account, with so many accounts beside that nobody needs.
fn opening(market: &Market, owner: Pubkey, number: u16, beside: u8) -> Instruction {
    let mut open = build::open_margin_account(owner, owner, &market.keys, number, None);
    let nobody = |byte| AccountMeta::new_readonly(Pubkey::new_from_array([byte; 32]), false);
    open.accounts.extend((1..=beside).map(nobody));
    open
}

#[test]
fn what_is_too_much_for_one_transaction_is_done_in_part() {
    let market = Market::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let key = Keypair::new();
    market.chain().airdrop(&key.pubkey(), LAMPORTS).expect("SOL");
    let me = key.pubkey();
    let worker = Worker {
        client: market.client(),
        key: Arc::new(key),
        cache: Cache::default(),
        journal: None,
        options: SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() },
        dry_run: false,
        own_account: None,
        source: Arc::new(PushFeeds::UPGRADED),
        posting: None,
    };
    let task = |instructions: Vec<Instruction>, parts: Vec<Vec<Instruction>>| {
        let key = Key { job: Job::Liquidate, subject: market.keys.pool, part: 0 };
        Task { instructions, parts, ..Task::plain(market.keys.pool, key, None) }
    };
    let is_open = |number| {
        let account = evergreen_sdk::address::margin_account(&market.keys.pool, &me, number);
        runtime.block_on(market.client().raw(&[account])).expect("an answer").value[0].is_some()
    };
    // 40 accounts take more than 1,232 bytes, 36 of them in two instructions too; the smallest part fits.
    let many = vec![opening(&market, me, 0, 40)];
    let fewer = vec![opening(&market, me, 1, 36)];
    let few = vec![opening(&market, me, 2, 0)];
    let outcome = runtime.block_on(worker.perform(&task(many.clone(), vec![fewer, few.clone()])));
    assert!(matches!(outcome, Outcome::Confirmed { .. }), "{outcome:?}");
    assert_eq!([0, 1, 2].map(is_open), [false, false, true]);
    // Without a part it fails, and what the program refuses is not tried in parts.
    let outcome = runtime.block_on(worker.perform(&task(many, Vec::new())));
    assert!(matches!(&outcome, Outcome::Failed(why) if why.contains("bytes")), "{outcome:?}");
    let outcome = runtime.block_on(worker.perform(&task(few, vec![vec![opening(&market, me, 3, 0)]])));
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    assert!(!is_open(3));
}
