//! Reading behind nodes that lie: what is told is the chain's truth, or an error; never a part of it that looks like all of it.

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address::PROGRAM,
    client::{Client, ClientError, Endpoints, EventHistory, EventStream, Filter, Transaction},
    evergreen::state::MarginAccount,
    instruction as build,
};
use evergreen_test_network::{Later, Liar, Lie, Market};
use solana_signer::Signer;

const DEPOSITS: u64 = 40;
/// One answer in so many is a lie, five times as many of those with lists.
const RATE: u64 = 10;
/// The same of a lie that is waited for.
const SELDOM: u64 = 60;
/// A page that is shorter than the list, and one that is longer.
const PAGES: [usize; 2] = [7, 1_000];

/// What is compared of a transaction.
fn told(transaction: &Transaction) -> (u64, String, String) {
    assert!(!transaction.truncated, "{transaction:?}");
    (transaction.slot, transaction.signature.to_string(), format!("{:?}", transaction.events))
}

async fn forwards(client: &Client, address: Pubkey, page: usize) -> Result<Vec<(u64, String, String)>, ClientError> {
    let (mut stream, mut found) = (EventStream::new(client.clone(), address, None).pages_of(page), Vec::new());
    while let Some(transaction) = stream.poll().await? {
        found.push(told(&transaction));
    }
    Ok(found)
}

async fn backwards(client: &Client, address: Pubkey, page: usize) -> Result<Vec<(u64, String, String)>, ClientError> {
    let (mut history, mut found) = (EventHistory::new(client.clone(), address).pages_of(page), Vec::new());
    while let Some(transaction) = history.next().await? {
        found.push(told(&transaction));
    }
    found.reverse();
    Ok(found)
}

async fn accounts(client: &Client) -> Result<Vec<(Pubkey, i64)>, ClientError> {
    let found = client.find::<MarginAccount>(Filter::ALL).await?.value;
    let mut found: Vec<_> = found.into_iter().map(|(key, account)| (key, account.cash)).collect();
    found.sort_unstable();
    Ok(found)
}

struct Scene {
    market: Market,
    account: Pubkey,
    others: Vec<Pubkey>,
}

impl Scene {
    /// A trader with deposits, of which several are in one slot, and others with an account each.
    fn start() -> Self {
        let market = Market::start();
        let (alice, account) = market.trader(3);
        for amount in 1..=DEPOSITS {
            let deposit = build::deposit_margin(alice.pubkey(), &market.keys, account, amount);
            market.chain().send_as(&alice, &[deposit], &[]).expect("a deposit");
        }
        let others = (1..=5).map(|tokens| market.trader(tokens).1).collect();
        Self { market, account, others }
    }
}

/// One lie after the other, of the only node: after a lie the same question is answered truly.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_behind_any_lie_is_the_truth_or_an_error() {
    let scene = Scene::start();
    let honest = scene.market.client();
    let (account, all) = (scene.account, scene.others.len() + 1);
    let truth = forwards(&honest, account, 1_000).await.expect("the truth");
    let of_program = backwards(&honest, PROGRAM, 1_000).await.expect("the truth");
    let holds = accounts(&honest).await.expect("the truth");
    assert_eq!((truth.len(), holds.len()), (DEPOSITS as usize + 1, all));
    assert_eq!(backwards(&honest, account, 3).await.expect("the truth"), truth);
    let liar = Liar::before(&scene.market.network.rpc_url(), 5, 0, &[]).await.relenting();
    let client = Client::new(&liar.url);
    let (mut right, mut refused) = (0, Vec::new());
    for lies in Lie::READING.map(|lie| vec![lie]).into_iter().chain([Lie::READING.to_vec()]) {
        let is_slow = matches!(lies[..], [Lie::Limit | Lie::LimitInside]);
        liar.set(if is_slow { SELDOM } else { RATE }, &lies);
        let mut judge = |what: &str, is_right: Result<bool, ClientError>| match is_right {
            Ok(is_right) => {
                assert!(is_right, "{lies:?}: {what} is not the truth");
                right += 1;
            }
            Err(error) => refused.push(format!("{lies:?}, {what}: {error}")),
        };
        for page in PAGES {
            // Forwards the newest may come with another list.
            judge("forwards", forwards(&client, account, page).await.map(|told| truth.starts_with(&told)));
            judge("backwards", backwards(&client, account, page).await.map(|told| told == truth));
        }
        judge("the program", backwards(&client, PROGRAM, 50).await.map(|told| told == of_program));
        let keys: Vec<Pubkey> = scene.others.iter().copied().chain([Pubkey::new_from_array([9; 32])]).collect();
        // There are few such questions, so they are asked more often.
        for _ in 0..4 * RATE {
            judge("accounts", accounts(&client).await.map(|told| told == holds));
            let read = client.raw(&keys).await;
            let there = read.map(|read| read.value.iter().filter(|account| account.is_some()).count());
            judge("some accounts", there.map(|there| there + 1 == keys.len()));
            if !matches!(lies[..], [Lie::Partial | Lie::Absent]) {
                break;
            }
        }
    }
    let counts = liar.counts();
    println!("{right} right, {} refused, {counts:?}\n{refused:#?}", refused.len());
    let untold: Vec<&Lie> = Lie::READING.iter().filter(|lie| !counts.contains_key(lie)).collect();
    assert!(untold.is_empty(), "{untold:?}");
    assert!(right >= 9 * refused.len(), "{right} right, {refused:#?}");
}

/// A node that always leaves the same out is found out by another one, whichever of them is asked first.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_one_may_always_lie() {
    let scene = Scene::start();
    let honest = scene.market.network.rpc_url();
    let truth = forwards(&scene.market.client(), scene.account, 1_000).await.expect("the truth");
    let holds = accounts(&scene.market.client()).await.expect("the truth");
    for lie in [Lie::Short, Lie::Hole, Lie::Empty, Lie::Partial, Lie::NoLog, Lie::CutLog, Lie::Missing] {
        let liar = Liar::before(&honest, 3, 1, &[lie]).await;
        for urls in [[&liar.url, &honest], [&honest, &liar.url]] {
            let client = Client::over(&Endpoints::new(urls.map(String::as_str)));
            for page in PAGES {
                let read = backwards(&client, scene.account, page).await;
                let read = read.unwrap_or_else(|error| panic!("{lie:?}: {error}"));
                assert!(read == truth, "{lie:?}, pages of {page}: {} of {}", read.len(), truth.len());
            }
            assert_eq!(accounts(&client).await.unwrap_or_else(|error| panic!("{lie:?}: {error}")), holds, "{lie:?}");
        }
        assert!(liar.counts().get(&lie).is_some_and(|times| *times > 0), "{lie:?}");
    }
}

/// What was read last is no longer known: nobody is told that nothing has come since.
#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_no_node_knows_is_an_error() {
    let scene = Scene::start();
    let client = scene.market.client();
    let elsewhere = Market::start();
    let mut stream = EventStream::new(elsewhere.client(), PROGRAM, None);
    let unknown = stream.poll().await.expect("an answer").expect("a transaction").signature;
    let mut stream = EventStream::new(client.clone(), scene.account, Some(unknown));
    let error = stream.poll().await.expect_err("it is not known here").to_string();
    assert!(error.contains(&unknown.to_string()) && error.contains("what came between is not told"), "{error}");
}

/// Strangers choose the version of a transaction in which they name an account: its log is read all the same, and no history and no stream ends there.
#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_a_version_that_cannot_be_read_are_told_by_their_logs() {
    let market = Market::start();
    let (_, account) = market.trader(3);
    let later = Later::before(&market.network.rpc_url()).await;
    let [honest, behind] = [market.client(), Client::new(&later.url)];
    let truth = forwards(&honest, account, 7).await.expect("all of it");
    assert!(truth.iter().any(|(_, _, events)| events.contains("MarginMoved")), "{truth:?}");
    assert_eq!(forwards(&behind, account, 7).await.expect("all of it"), truth);
    let mut backwards = EventHistory::new(behind, account);
    let mut found = Vec::new();
    while let Some(transaction) = backwards.next().await.expect("all of it") {
        found.push(told(&transaction));
    }
    found.reverse();
    assert_eq!(found, truth);
}
