//! Refusals of other programs, as a network really gives them.

use crate::failure::Report;
use anchor_spl::{associated_token, token, token_2022};
use evergreen_localnet::{Network, Options};
use evergreen_sdk::{
    anchor_lang::{
        prelude::{AccountMeta, Pubkey},
        solana_program::{instruction::Instruction, system_instruction},
        system_program,
    },
    client::{Client, SendOptions},
};
use solana_keypair::Keypair;
use solana_signer::Signer;

fn instruction(program: Pubkey, accounts: &[(Pubkey, bool, bool)], data: &[u8]) -> Instruction {
    let meta = |(key, signs, writes): &(Pubkey, bool, bool)| AccountMeta {
        pubkey: *key,
        is_signer: *signs,
        is_writable: *writes,
    };
    Instruction { program_id: program, accounts: accounts.iter().map(meta).collect(), data: data.to_vec() }
}

/// Sends instructions that are refused, and returns what a command would say.
async fn said(client: &Client, payer: &Keypair, others: &[&(dyn Signer + Sync)], all: &[Instruction]) -> Report {
    let error = client.send(payer, all, others, &[], &SendOptions::default()).await.expect_err("a refusal");
    Report::of(&anyhow::Error::from(error), None)
}

fn assert_said(report: &Report, cause: &str, words: &str) {
    assert_eq!((report.cause.as_deref(), report.exit_code), (Some(cause), 3), "{}", report.text());
    let next = report.next.as_deref().unwrap_or_default();
    assert!(report.error.contains(words) && !next.is_empty(), "{}", report.text());
    assert!(!report.error.contains("0x") && !report.error.contains("error 1 "), "{}", report.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_programs_say_what_is_missing() {
    let network = Network::start(Options::fast()).expect("a network");
    let client = Client::new(&network.rpc_url());
    let (rich, poor) = (Keypair::new(), Keypair::new());
    let fund = |key: &Keypair, lamports: u64| {
        network.client().set_account_with_lamports(&key.pubkey(), &system_program::ID, &[], lamports).expect("funds");
    };
    fund(&rich, 5_000_000_000);
    let me = rich.pubkey();

    // The system program: the payer has too little, or the account is there.
    let to_much = system_instruction::transfer(&me, &poor.pubkey(), 9_000_000_000);
    let report = said(&client, &rich, &[], &[to_much]).await;
    assert_said(&report, "System.ResultWithNegativeLamports", "too little SOL");
    assert!(report.error.contains("need 9 SOL"), "{}", report.text());
    let there = system_instruction::create_account(&me, &me, 1_000_000, 0, &system_program::ID);
    assert_said(&said(&client, &rich, &[], &[there]).await, "System.AccountAlreadyInUse", "exists");

    // The payer itself: none, too little for the fee, too little for what an account must keep.
    let nothing = [system_instruction::transfer(&poor.pubkey(), &me, 0)];
    assert_said(&said(&client, &poor, &[], &nothing).await, "TooLittleSol", "no SOL");
    fund(&poor, 4_000);
    assert_said(&said(&client, &poor, &[], &nothing).await, "TooLittleSol", "too little SOL");
    fund(&poor, 5_000 + 890_880);
    let options =
        SendOptions { priority: evergreen_sdk::client::PriorityFee::Fixed(1_000_000), ..SendOptions::default() };
    let error = client.send(&poor, &nothing, &[], &[], &options).await.expect_err("the priority fee is missing");
    assert_said(&Report::of(&anyhow::Error::from(error), None), "TooLittleSol", "SOL are missing");

    // Token programs: too few tokens, another owner.
    for program in [token::ID, token_2022::ID] {
        let name = if program == token::ID { "Token" } else { "Token-2022" };
        let (mint, mine, other) = (Keypair::new(), Keypair::new(), Keypair::new());
        let create = |new: &Keypair, space: u64| {
            system_instruction::create_account(&me, &new.pubkey(), 2_100_000, space, &program)
        };
        let mut begin = vec![0, 6];
        begin.extend_from_slice(&me.to_bytes());
        begin.push(0);
        let rent = anchor_lang_rent();
        let init_account = |new: &Keypair, owner: Pubkey| {
            let mut data = vec![18];
            data.extend_from_slice(&owner.to_bytes());
            instruction(program, &[(new.pubkey(), false, true), (mint.pubkey(), false, false)], &data)
        };
        let made = [
            create(&mint, 82),
            instruction(program, &[(mint.pubkey(), false, true), (rent, false, false)], &begin),
            create(&mine, 165),
            init_account(&mine, me),
            create(&other, 165),
            init_account(&other, poor.pubkey()),
        ];
        let signers: [&(dyn Signer + Sync); 3] = [&mint, &mine, &other];
        client.send(&rich, &made, &signers, &[], &SendOptions::default()).await.expect("a mint");
        let transfer = |from: &Keypair, to: &Keypair| {
            let accounts = [(from.pubkey(), false, true), (to.pubkey(), false, true), (me, true, false)];
            instruction(program, &accounts, &[&[3_u8][..], &5_u64.to_le_bytes()].concat())
        };
        let report = said(&client, &rich, &[], &[transfer(&mine, &other)]).await;
        assert_said(&report, &format!("{name}.InsufficientFunds"), "holds less");
        let mut approve = vec![7];
        approve.extend_from_slice(&9_u64.to_le_bytes());
        let accounts = [(mint.pubkey(), false, true), (other.pubkey(), false, true), (me, true, false)];
        let give = instruction(program, &accounts, &approve);
        let report = said(&client, &rich, &[], &[give, transfer(&other, &mine)]).await;
        assert_said(&report, &format!("{name}.OwnerMismatch"), "not the owner");
    }

    // The program of associated accounts: one that is there, of another owner.
    let report = {
        let mint = Pubkey::new_unique();
        let wrong = instruction(
            associated_token::ID,
            &[
                (me, true, true),
                (associated_token::get_associated_token_address(&me, &mint), false, true),
                (me, false, false),
                (mint, false, false),
                (system_program::ID, false, false),
                (token::ID, false, false),
            ],
            &[1],
        );
        let error = client.send(&rich, &[wrong], &[], &[], &SendOptions::default()).await.expect_err("no mint there");
        Report::of(&anyhow::Error::from(error), None)
    };
    assert!(report.next.is_some() && !report.error.contains("0x"), "{}", report.text());

    // The compute budget: its instruction twice.
    let twice =
        instruction("ComputeBudget111111111111111111111111111111".parse().expect("a key"), &[], &[2, 1, 0, 0, 0]);
    let error = client.send(&rich, &[twice], &[], &[], &SendOptions::default()).await.expect_err("twice");
    let report = Report::of(&anyhow::Error::from(error), None);
    assert!(report.next.is_some() && report.exit_code == 1, "{}", report.text());
}

/// Address of the rent of the network.
fn anchor_lang_rent() -> Pubkey {
    "SysvarRent111111111111111111111111111111111".parse().expect("a key")
}
