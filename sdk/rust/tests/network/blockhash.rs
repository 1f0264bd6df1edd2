//! Transactions that are signed at one moment.

use evergreen_sdk::{
    client::{Client, PriorityFee, SendOptions},
    evergreen::state::MarginAccount,
    instruction as build,
};
use evergreen_test_network::{Counted, Market, TOKEN};
use solana_signer::Signer;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_at_once_shares_a_blockhash_and_what_is_meant_twice_happens_twice() {
    let market = Market::by_the_clock();
    let counted = Counted::before(&market.network.rpc_url()).await;
    let client = Client::new(&counted.url);
    let (alice, account) = market.trader(3);
    let fixed = SendOptions { priority: PriorityFee::Fixed(0), ..SendOptions::default() };
    let sends = (1..=8u64).map(|amount| {
        let (client, fixed, alice, keys) = (client.clone(), fixed, &alice, &market.keys);
        async move {
            let deposit = build::deposit_margin(alice.pubkey(), keys, account, amount);
            client.send(alice, &[deposit], &[], &[], &fixed).await.expect("landed").signature
        }
    });
    let signatures = futures_util::future::join_all(sends).await;
    let asked = counted.take().get("getLatestBlockhash").expect("asked").requests;
    assert!(asked <= 2, "{asked} requests for {} transactions", signatures.len());
    // The same twice, one after the other.
    let same = build::deposit_margin(alice.pubkey(), &market.keys, account, 100);
    let mut landed = Vec::new();
    for _ in 0..2 {
        let sent = client.send(&alice, std::slice::from_ref(&same), &[], &[], &fixed).await;
        landed.push(sent.expect("landed").signature);
    }
    assert_ne!(landed[0], landed[1]);
    let cash = client.get::<MarginAccount>(&account).await.unwrap().value.cash;
    assert_eq!(cash, 3 * TOKEN as i64 + 36 + 200);
}
