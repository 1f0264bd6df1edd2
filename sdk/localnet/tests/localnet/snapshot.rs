//! Tests of snapshots: a network begins with the accounts, programs and clock of another one.

use evergreen_localnet::{Network, Options, Snapshot};
use solana_keypair::Keypair;
use solana_signer::Signer;

#[test]
fn a_network_goes_on_from_a_snapshot() {
    let (issuer, owner) = (Keypair::new(), Keypair::new());
    let first = Network::start(Options::fast()).unwrap();
    let chain = first.client();
    // Days ahead of the machine's clock, so that it shows whose clock the second network has.
    chain.advance(10 * 86_400).unwrap();
    let mint = chain.create_mint(&issuer.pubkey(), 8).unwrap();
    let account = chain.mint_to(&mint, &issuer, &owner.pubkey(), 77).unwrap();
    let elf = evergreen_test_support::elf::elf_path("evergreen");
    let program = evergreen_sdk::address::PROGRAM;
    chain.deploy(&program, &elf, Some(&owner.pubkey())).unwrap();
    let taken = chain.snapshot().unwrap();
    let before = chain.clock().unwrap();
    drop(first);

    let document: serde_json::Value = serde_json::from_str(&taken.to_json().to_string()).unwrap();
    let read = Snapshot::from_json(&document).unwrap();
    assert_eq!(read, taken);
    let second = Network::start(Options { snapshot: Some(read), ..Options::fast() }).unwrap();
    let chain = second.client();
    let after = chain.clock().unwrap();
    let passed = after.unix_timestamp - before.unix_timestamp;
    assert!((0..5).contains(&passed) && after.slot >= before.slot, "{before:?}, {after:?}");
    assert_eq!(chain.token_balance(&account).unwrap(), 77);
    assert!(chain.account(&program).unwrap().unwrap().executable);
    // It is not only shown: the issuer mints on.
    chain.mint_to(&mint, &issuer, &owner.pubkey(), 3).unwrap();
    assert_eq!(chain.token_balance(&account).unwrap(), 80);
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let error = Snapshot::from_json(&serde_json::json!({"clock": {"slot": 5}})).unwrap_err();
    assert_eq!(error.to_string(), "snapshot: it has no number clock.epoch_start_timestamp");
}
