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

fn worker(market: &Market, key: Keypair) -> Worker {
    Worker {
        client: market.client(),
        key: Arc::new(key),
        cache: Cache::default(),
        journal: None,
        options: SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() },
        dry_run: false,
        own_account: None,
        source: Arc::new(PushFeeds::UPGRADED),
        posting: None,
    }
}

#[test]
fn what_is_too_much_for_one_transaction_is_done_in_part() {
    let market = Market::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let key = Keypair::new();
    market.chain().airdrop(&key.pubkey(), LAMPORTS).expect("SOL");
    let me = key.pubkey();
    let worker = worker(&market, key);
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
    assert!(matches!(outcome, TaskOutcome::Confirmed { .. }), "{outcome:?}");
    assert_eq!([0, 1, 2].map(is_open), [false, false, true]);
    // Without a part it fails, and what the program refuses is not tried in parts.
    let outcome = runtime.block_on(worker.perform(&task(many, Vec::new())));
    assert!(matches!(&outcome, TaskOutcome::Failed(why) if why.contains("bytes")), "{outcome:?}");
    let outcome = runtime.block_on(worker.perform(&task(few, vec![vec![opening(&market, me, 3, 0)]])));
    assert!(matches!(outcome, TaskOutcome::Refused { .. }), "{outcome:?}");
    assert!(!is_open(3));
}

#[test]
fn of_tasks_in_one_transaction_each_has_its_own_outcome() {
    let market = Market::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let key = Keypair::new();
    market.chain().airdrop(&key.pubkey(), LAMPORTS).expect("SOL");
    let me = key.pubkey();
    let worker = worker(&market, key);
    let task = |number: u16, beside: u8| {
        let account = evergreen_sdk::address::margin_account(&market.keys.pool, &me, number);
        let name = Key { job: Job::Liquidate, subject: account, part: 0 };
        Task::plain(market.keys.pool, name, Some(opening(&market, me, number, beside))).about(account)
    };
    let all = |numbers: &[(u16, u8)]| {
        let mut tasks = numbers.iter().map(|(number, beside)| task(*number, *beside));
        let first = tasks.next().expect("one");
        runtime.block_on(worker.perform_all(Task { with: tasks.collect(), ..first }))
    };
    let signature = |outcome: &TaskOutcome| match outcome {
        TaskOutcome::Confirmed { signature, .. } => Some(signature.clone()),
        _ => None,
    };
    let done = all(&[(0, 0), (1, 0), (2, 0)]);
    let first = signature(&done[0].1).expect("it is done");
    assert!(done.iter().all(|(_, outcome)| signature(outcome) == Some(first.clone())), "{done:?}");
    // Two of these are open already: they are refused by themselves, and the others are done.
    let done = all(&[(0, 0), (3, 0), (1, 0), (4, 0)]);
    let of = |number| {
        let wanted = task(number, 0).key;
        &done.iter().find(|(task, _)| task.key == wanted).expect("its outcome").1
    };
    assert_eq!(done.len(), 4);
    for number in [0, 1] {
        assert!(
            matches!(of(number), TaskOutcome::Refused { on_chain: false, .. } | TaskOutcome::Failed(_)),
            "{done:?}"
        );
    }
    assert!(signature(of(3)).is_some() && signature(of(3)) == signature(of(4)), "{done:?}");
    // Of what is too large a half waits.
    let done = all(&[(5, 20), (6, 0), (7, 30), (8, 0)]);
    let kinds: Vec<_> = done.iter().map(|(task, outcome)| (task.key, signature(outcome).is_some())).collect();
    let wanted = [(7, false), (8, false), (5, true), (6, true)].map(|(number, done)| (task(number, 0).key, done));
    assert_eq!(kinds, wanted, "{done:?}");
    assert!(done[..2].iter().all(|(_, outcome)| matches!(outcome, TaskOutcome::Postponed)), "{done:?}");
    // A dry run sends nothing.
    let (first, second) = (task(9, 0), task(10, 0));
    let done =
        runtime.block_on(Worker { dry_run: true, ..worker.clone() }.perform_all(Task { with: vec![second], ..first }));
    let outcomes: Vec<_> = done.iter().map(|(_, outcome)| outcome).collect();
    assert!(matches!(outcomes[..], [TaskOutcome::Postponed, TaskOutcome::Simulated { .. }]), "{done:?}");
    for number in [9, 10] {
        let account = task(number, 0).key.subject;
        assert!(runtime.block_on(worker.client.raw(&[account])).expect("an answer").value[0].is_none());
    }
}
