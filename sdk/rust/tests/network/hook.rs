//! The client passes what a transfer hook asks for with every payment out of a vault.

use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Client, SendError, SendOptions},
    evergreen::state::{LiquidityRequest, MarginAccount, ShareClass},
    instruction as build,
};
use evergreen_test_network::{Market, TOKEN};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

/// First bytes of the token program's call to a hook, which begin the list of its accounts.
const EXECUTE: [u8; 8] = [105, 37, 101, 197, 75, 251, 102, 26];

/// The list of a hook that asks for its note, and for an account whose address depends on the receiver and the amount.
fn list(note: &Pubkey) -> Vec<u8> {
    /// Bytes 8 to 16 of the call, which are the amount, and the key of its third account.
    const SEEDS: [u8; 5] = [2, 8, 8, 3, 2];
    let mut data = EXECUTE.to_vec();
    data.extend((4 + 2 * 35_u32).to_le_bytes());
    data.extend(2_u32.to_le_bytes());
    data.push(0);
    data.extend(note.as_ref());
    data.extend([0, 1, 1]);
    data.extend(SEEDS);
    data.extend([0; 32 - SEEDS.len() + 2]);
    data
}

/// Returns the native units that have moved before the eyes of the hook.
fn seen(market: &Market, note: &Pubkey) -> u64 {
    let data = market.chain().account_data(note).unwrap();
    u64::from_le_bytes(data[1..9].try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_b7_the_client_passes_what_a_hook_asks_for() {
    // SETUP: alice has cash, the payer a withdrawal that is executed, and the issuer then names a hook.
    let market = Market::with_stock();
    let (client, keys, payer) = (market.client(), market.keys, market.chain().payer().insecure_clone());
    let options = SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() };
    let (alice, account) = market.trader(3);
    let shares = 10 * TOKEN;
    let number = client.next_number(&payer.pubkey()).await.unwrap();
    market.send(&[build::request_withdrawal(payer.pubkey(), &keys, ShareClass::Insurance, number, shares, 1)]);
    // Liquidity is executed after a full minute, and that of insurance needs no price.
    let now = market.chain().clock().unwrap().unix_timestamp;
    market.advance(15 * 86_400 + 60 - now.rem_euclid(60));
    let request = evergreen_sdk::address::request(&keys.pool, ShareClass::Insurance, &payer.pubkey(), number);
    market.send(&[build::execute_withdrawal(&keys, request, &[])]);
    let [hook, note] = [(); 2].map(|()| Keypair::new().pubkey());
    market.chain().set_account(&note, &hook, &[0; 9]).unwrap();
    market.name_hook(&hook, &list(&note));

    // TEST: an amount that the instruction tells.
    let withdraw = |amount| build::withdraw_margin(alice.pubkey(), &keys, account, amount, &[]);
    client.send(&alice, &[withdraw(TOKEN)], &[], &[], &options).await.unwrap();
    assert_eq!(seen(&market, &note), TOKEN);
    // Amounts that accounts hold, and two payments in one transaction.
    let claim = build::claim_liquidity(payer.pubkey(), &keys, ShareClass::Insurance, request);
    let payable = client.get::<LiquidityRequest>(&request).await.unwrap().value.payable;
    assert_eq!(payable, TOKEN / 100);
    client.send(&alice, &[withdraw(u64::MAX), claim], &[&payer], &[], &options).await.unwrap();
    assert_eq!(seen(&market, &note), 3 * TOKEN + payable);
    assert_eq!(client.get::<MarginAccount>(&account).await.unwrap().value.cash, 0);
    refuses(&client, &market, &alice, &options).await;
}

/// Entries stay refused by the program's own policy.
async fn refuses(client: &Client, market: &Market, alice: &Keypair, options: &SendOptions) {
    let account = evergreen_sdk::address::margin_account(&market.keys.pool, &alice.pubkey(), 0);
    let deposit = build::deposit_margin(alice.pubkey(), &market.keys, account, TOKEN);
    let refused = client.send(alice, &[deposit], &[], &[], options).await.err();
    let Some(SendError::Refused { refusal, .. }) = refused else { panic!("not refused: {refused:?}") };
    assert!(refusal.is("MintRefused"), "{refusal}");
}
