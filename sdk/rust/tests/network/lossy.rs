//! Sending through a network that drops transactions.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    address,
    client::{Client, CommitmentConfig, Journal, RecoveryMode, RecoveryOutcome, RpcClient, SendError, SendOptions},
    evergreen::state::MarginAccount,
    instruction as build,
};
use evergreen_test_network::{Liar, Lie, Market, Others, TOKEN};
use serde_json::Value;
use solana_keypair::Keypair;
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
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// Transactions in the order in which they were first sent, and how often each was sent.
type Seen = Arc<Mutex<Vec<(String, u32)>>>;

/// A connection that drops the first `passing` different transactions.
struct Lossy {
    inner: HttpSender,
    seen: Seen,
    passing: usize,
}

impl Lossy {
    /// Tells whether a request is passed on.
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

/// Sends a deposit through a lossy network while other transactions let the chain advance. Returns the result, the account's cash in
/// native units, and how often each transaction was sent.
async fn deposit(passing: usize, attempts: u32) -> (core::result::Result<(), SendError>, i64, Vec<u32>) {
    let market = Market::start();
    let alice = market.somebody(10);
    let key = address::margin_account(&market.keys.pool, &alice.pubkey(), 0);
    let open = build::open_margin_account(alice.pubkey(), alice.pubkey(), &market.keys, 0, None);
    market.chain().send_as(&alice, &[open], &[]).unwrap_or_else(|error| panic!("{error}"));
    let (client, seen) = lossy(&market, passing);
    let others = Others::start(&market);
    let options = SendOptions {
        attempts,
        resend: Duration::from_millis(20),
        poll: Duration::from_millis(10),
        ..SendOptions::default()
    };
    let deposit = build::deposit_margin(alice.pubkey(), &market.keys, key, TOKEN);
    let sent = client.send(&alice, &[deposit], &[], &[], &options).await;
    drop(others);
    let cash = market.client().get::<MarginAccount>(&key).await.expect("the account").value.cash;
    let times = seen.lock().expect("what was sent").iter().map(|(_, times)| *times).collect();
    (sent.map(drop), cash, times)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_transaction_is_sent_again_and_another_one_is_signed_when_it_has_expired() {
    let (sent, cash, times) = deposit(1, 3).await;
    sent.expect("the second one lands");
    assert_eq!(cash, TOKEN as i64, "the deposit is made once");
    assert_eq!(times.len(), 2, "{times:?}");
    assert!(times[0] > 1, "the first transaction was not sent again: {times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_never_lands_is_an_error_after_the_last_attempt() {
    let (sent, cash, times) = deposit(usize::MAX, 2).await;
    let Err(SendError::Expired(tried)) = sent else { panic!("{sent:?}") };
    assert_eq!((tried.len(), times.len(), cash), (2, 2, 0));
}

/// A deposit, and a folder with the journal of its sender.
struct Journalled {
    market: Market,
    alice: Keypair,
    account: Pubkey,
    folder: TempDir,
    deposit: [Instruction; 1],
    options: SendOptions,
}

impl Journalled {
    /// Starts a market with a trader who has one token in her account and five more in her wallet.
    fn start() -> Self {
        let market = Market::start();
        let (alice, account) = market.trader(1);
        market.fund(&alice.pubkey(), 5 * TOKEN);
        let deposit = [build::deposit_margin(alice.pubkey(), &market.keys, account, TOKEN)];
        let options = SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() };
        Self { market, alice, account, folder: tempfile::tempdir().expect("a folder"), deposit, options }
    }

    fn journal(&self) -> Journal {
        Journal::open(self.folder.path()).expect("a journal")
    }

    /// Returns a client with the journal, on a network that drops nothing.
    fn client(&self) -> Client {
        self.market.client().with_journal(self.journal())
    }

    /// Returns the sum of the deposits that have landed, native units.
    async fn deposited(&self) -> i64 {
        let account = self.market.client().get::<MarginAccount>(&self.account).await.expect("the account");
        account.value.cash - TOKEN as i64
    }

    /// Sends the deposit through a network that drops everything, and is interrupted: the entry is on disk.
    async fn interrupted(&self, label: &str) {
        let (client, _) = lossy(&self.market, usize::MAX);
        let client = client.with_journal(self.journal()).labelled(label);
        let sending = client.send(&self.alice, &self.deposit, &[], &[], &self.options);
        tokio::time::timeout(Duration::from_secs(1), sending).await.expect_err("under way");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_sends_an_interrupted_transaction_again_and_it_lands_once() {
    let scene = Journalled::start();
    scene.interrupted("deposit 1").await;
    assert_eq!(scene.deposited().await, 0);
    let client = scene.client();
    let found = client.recover(&scene.options, |_| RecoveryMode::Resend).await.expect("an outcome");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].label, "deposit 1");
    assert!(matches!(found[0].outcome, RecoveryOutcome::Confirmed { .. }), "{:?}", found[0].outcome);
    assert_eq!(scene.deposited().await, TOKEN as i64, "the deposit is made once");
    assert!(
        client.recover(&scene.options, |_| RecoveryMode::Resend).await.expect("nothing").is_empty(),
        "an entry that somebody holds is not recovered again"
    );
    drop(found);
    assert_eq!(std::fs::read_dir(scene.folder.path()).expect("the folder").count(), 0, "the journal is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_not_sent_again_expires() {
    let scene = Journalled::start();
    let client = scene.client();
    scene.interrupted("deposit").await;
    let found = client.recover(&scene.options, |_| RecoveryMode::Look).await.expect("an answer");
    assert_eq!((found.len(), found[0].outcome.clone()), (1, RecoveryOutcome::UnderWay));
    drop(found);
    let others = Others::start(&scene.market);
    let found = client.recover(&scene.options, |_| RecoveryMode::Wait).await.expect("an outcome");
    drop(others);
    assert_eq!((found.len(), found[0].outcome.clone()), (1, RecoveryOutcome::Expired));
    assert_eq!(scene.deposited().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_another_network_are_left_alone() {
    let scene = Journalled::start();
    let client = scene.client();
    let landed =
        client.labelled("deposit").send(&scene.alice, &scene.deposit, &[], &[], &scene.options).await.expect("landed");
    let name =
        std::fs::read_dir(scene.folder.path()).expect("the folder").next().expect("an entry").expect("a file").path();
    let text = std::fs::read_to_string(&name).expect("an entry");
    let elsewhere = text.replace(&client.genesis().await.expect("a hash").to_string(), &Pubkey::default().to_string());
    drop(landed);
    assert!(!name.exists(), "the entry is removed when its outcome is dropped");
    std::fs::write(&name, elsewhere).expect("a file");
    assert!(client.recover(&scene.options, |_| RecoveryMode::Wait).await.expect("nothing here").is_empty());
    assert!(name.exists());
    assert_eq!(scene.deposited().await, TOKEN as i64);
}

/// A node that is 200 blocks ahead of all others, and loses what is sent: nothing is called expired that can still land, and once the truth is told it
/// lands once.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_ahead_of_all_others_makes_nothing_expire() {
    let scene = Journalled::start();
    let liar = Liar::before(&scene.market.network.rpc_url(), 1, 1, &[Lie::Ahead, Lie::Lost]).await;
    let client = Client::new(&liar.url).with_journal(scene.journal()).labelled("deposit 1");
    let options = SendOptions { deadline: Duration::from_secs(2), resend: Duration::from_millis(100), ..scene.options };
    let sent = client.send(&scene.alice, &scene.deposit, &[], &[], &options).await;
    assert!(matches!(sent, Err(SendError::Unknown { .. })), "{sent:?}");
    assert_eq!(scene.deposited().await, 0);
    liar.set(0, &[]);
    let found = client.recover(&scene.options, |_| RecoveryMode::Resend).await.expect("an outcome");
    assert!(matches!(found[0].outcome, RecoveryOutcome::Confirmed { .. }), "{:?}", found[0].outcome);
    assert_eq!(scene.deposited().await, TOKEN as i64, "the deposit is made once");
}
