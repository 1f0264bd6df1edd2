//! A network that swallows transactions: what the sender does when nothing arrives.

use crate::market::{Market, TOKEN};
use evergreen_sdk::{
    address,
    client::{Client, CommitmentConfig, RpcClient, SendError, SendOptions},
    evergreen::state::MarginAccount,
    instruction as build,
};
use serde_json::Value;
use solana_rpc_client::{
    http_sender::HttpSender,
    rpc_client::RpcClientConfig,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{
    client_error::{Error, ErrorKind, Result},
    request::RpcRequest,
};
use solana_signer::Signer;
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Different transactions in the order of their first sending, and how often each was sent.
type Seen = Arc<Mutex<Vec<(String, u32)>>>;

/// Swallows all but those from number `passing` on.
struct Lossy {
    inner: HttpSender,
    seen: Seen,
    passing: usize,
}

impl Lossy {
    /// Whether a transaction goes through.
    fn passes(&self, request: RpcRequest, params: &Value) -> bool {
        if request != RpcRequest::SendTransaction {
            return true;
        }
        let bytes = params[0].as_str().expect("a transaction").to_owned();
        let mut seen = self.seen.lock().expect("what was sent");
        let known = seen.iter().position(|(known, _)| *known == bytes);
        let place = known.unwrap_or_else(|| {
            seen.push((bytes, 0));
            seen.len() - 1
        });
        seen[place].1 += 1;
        place >= self.passing
    }
}

impl RpcSender for Lossy {
    fn send<'s, 'f>(
        &'s self,
        request: RpcRequest,
        params: Value,
    ) -> Pin<Box<dyn Future<Output = Result<Value>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            if self.passes(request, &params) {
                return self.inner.send(request, params).await;
            }
            Err(Error::from(ErrorKind::Custom("swallowed".into())))
        })
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        self.inner.get_transport_stats()
    }

    fn url(&self) -> String {
        self.inner.url()
    }
}

fn lossy(market: &Market, passing: usize) -> (Client, Seen) {
    let seen = Seen::default();
    let sender = Lossy { inner: HttpSender::new(market.network.rpc_url()), seen: seen.clone(), passing };
    let config = RpcClientConfig { commitment_config: CommitmentConfig::confirmed(), ..RpcClientConfig::default() };
    (Client::with_rpc(RpcClient::new_sender(sender, config)), seen)
}

/// Sends a deposit through a lossy network while others move the chain on.
async fn deposit(passing: usize, attempts: u32) -> (core::result::Result<(), SendError>, i64, Vec<u32>) {
    let market = Market::start();
    let (alice, bob) = (market.somebody(10), market.somebody(10));
    let key = address::margin_account(&market.keys.pool, &alice.pubkey(), 0);
    let open = build::open_margin_account(alice.pubkey(), alice.pubkey(), &market.keys, 0, None);
    market.chain().send_as(&alice, &[open], &[]).unwrap_or_else(|error| panic!("{error}"));
    let (client, seen) = lossy(&market, passing);
    let (url, done) = (market.network.rpc_url(), Arc::new(AtomicBool::new(false)));
    let (over, to) = (done.clone(), alice.pubkey());
    let others = std::thread::spawn(move || {
        // A block and 31 behind it each time.
        let chain = evergreen_localnet::Client::new(&url, bob);
        let mut lamports = 1_000_000;
        while !over.load(Ordering::Relaxed) {
            lamports += 1;
            let from = chain.payer().pubkey();
            let transfer = anchor_lang::solana_program::system_instruction::transfer(&from, &to, lamports);
            let _ = chain.send(&[transfer], &[]);
        }
    });
    let options = SendOptions {
        attempts,
        resend: Duration::from_millis(20),
        poll: Duration::from_millis(10),
        ..SendOptions::default()
    };
    let deposit = build::deposit_margin(alice.pubkey(), &market.keys, key, TOKEN);
    let sent = client.send(&alice, &[deposit], &[], &[], &options).await;
    done.store(true, Ordering::Relaxed);
    others.join().expect("others");
    let cash = market.client().get::<MarginAccount>(&key).await.expect("the account").value.cash;
    let times = seen.lock().expect("what was sent").iter().map(|(_, times)| *times).collect();
    (sent.map(drop), cash, times)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swallowed_transaction_is_sent_again_and_signed_anew_only_when_it_has_expired() {
    let (sent, cash, times) = deposit(1, 3).await;
    sent.expect("the second one lands");
    assert_eq!(cash, TOKEN as i64, "once");
    assert_eq!(times.len(), 2, "{times:?}");
    assert!(times[0] > 3, "the first was sent again and again: {times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_lands_is_told_after_the_last_attempt() {
    let (sent, cash, times) = deposit(usize::MAX, 2).await;
    let Err(SendError::Expired(tried)) = sent else { panic!("{sent:?}") };
    assert_eq!((tried.len(), times.len(), cash), (2, 2, 0));
}
