//! Tests of posting prices that only the keeper keeps fresh.

use crate::{
    fills::{self, Scene},
    hour::metric,
    running::{Running, key},
    wait_until,
};
use evergreen_keeper::{Config, Job, Poster, Posting};
use evergreen_sdk::{
    address,
    client::{EventHistory, SendOptions, lookup},
    events::Event,
    evergreen::state::ShareClass,
    instruction as build,
    presets::BTC_FEED,
    price::{Hermes, PushFeeds, PythPrograms, UpdateService},
};
use evergreen_test_network::{OwnPrices, SERVICE_KEY, SHARD, TOKEN};
use solana_signer::Signer;
use std::{sync::Arc, time::Duration};
use tokio::runtime::Runtime;

/// Returns a configuration that reads prices from a set that nobody else keeps fresh, and posts the service's prices there.
fn config(prices: &OwnPrices) -> Config {
    let service = Hermes::new(&prices.hermes.url).expect("a URL").with_token(SERVICE_KEY);
    Config {
        interval: Duration::from_millis(100),
        posting: Some(Posting::new(Arc::new(service), PythPrograms::UPGRADED, SHARD)),
        ..Config::new(prices.market.network.ws_url(), Arc::new(PushFeeds { shard: SHARD, ..PushFeeds::UPGRADED }))
    }
}

#[test]
fn a_service_that_fails_stops_no_other_work() {
    let (runtime, prices) = (Runtime::new().expect("a runtime"), OwnPrices::start());
    let (market, chain) = (&prices.market, prices.market.chain());
    let payer = chain.payer().pubkey();
    let number = runtime.block_on(market.client().next_number(&payer)).expect("a number");
    market.send(&[build::request_withdrawal(payer, &market.keys, ShareClass::Insurance, number, TOKEN, 1)]);
    // To a full minute, after which withdrawals are executed.
    let now = chain.clock().expect("the clock").unix_timestamp;
    market.advance(30 * 86_400 + 60 - now.rem_euclid(60));
    // The service never answers; tasks that need no price are done all the same.
    prices.hermes.fail_one_in(1);
    let key = key(market);
    let message = {
        let key = Arc::new(key.insecure_clone());
        Poster::new(market.client(), key, 0, PythPrograms::UPGRADED, SHARD).message()
    };
    let keeper = Running::with(&runtime, &market.network.rpc_url(), config(&prices), key);
    let withdrawal = address::request(&market.keys.pool, ShareClass::Insurance, &payer, number);
    let is_paid = || chain.account(&withdrawal).expect("an answer").is_none();
    wait_until("a withdrawal without prices", Duration::from_secs(10), is_paid);
    assert_eq!(prices.ages(), [None, None]);
    // The service fails half of the time; prices are posted, and tasks that need them are done.
    let before = market.sample_time();
    prices.hermes.fail_one_in(2);
    wait_until("a sample", Duration::from_secs(20), || market.sample_time() > before);
    // A posting counts once its message is closed.
    let counts = || {
        let url = format!("http://{}/metrics", keeper.server.address);
        let text = runtime.block_on(async { reqwest::get(url).await.expect("metrics").text().await.expect("text") });
        ["service_errors_total", "postings_total"].map(|name| metric(&text, &format!("evergreen_keeper_{name}")))
    };
    wait_until("the count", Duration::from_secs(10), || counts().iter().all(|count| *count >= 1.0));
    runtime.block_on(keeper.end());
    let (asked, failed) = prices.hermes.counts();
    assert!(failed > 0 && failed < asked, "{failed} of {asked}");
    assert!(chain.account(&message).expect("an answer").is_none(), "a message was left behind");
}

#[test]
fn audit_c2_prices_come_in_several_updates_and_a_halted_feed_starves_no_other() {
    let (runtime, prices) = (Runtime::new().expect("a runtime"), OwnPrices::start());
    let market = &prices.market;
    prices.hermes.split();
    let keeper = Running::with(&runtime, &market.network.rpc_url(), config(&prices), key(market));
    let most = Duration::from_secs(30);
    wait_until("both prices, each from an update of its own", most, || prices.is_fresh());
    // ETH is halted, at first a little and then for long; BTC is posted on and on, as soon as it is due.
    prices.hermes.halt(true);
    let posted = || prices.ages()[0] < Some(3);
    for seconds in [3, 3, 40, 3, 3, 3, 3] {
        market.advance(seconds);
        wait_until("another price of BTC", Duration::from_secs(10), posted);
    }
    assert!(prices.ages()[1] >= Some(50), "ETH is halted: {:?}", prices.ages());
    prices.hermes.halt(false);
    wait_until("both prices again", Duration::from_secs(90), || prices.is_fresh());
    runtime.block_on(keeper.end());
}

/// With a lookup table one transaction posts the price of a commitment and fills it: nothing is kept anywhere, and no second transaction waits
/// for the first one.
#[test]
fn a_price_is_posted_in_the_transaction_of_its_fill() {
    let prices = OwnPrices::start();
    let market = &prices.market;
    market.keep_first_prices(false);
    let scene = Scene::of(market);
    let source = PushFeeds { shard: SHARD, ..PushFeeds::UPGRADED };
    let key = key(market);
    let table = scene.runtime.block_on(async {
        let (client, programs) = (market.client(), PythPrograms::UPGRADED);
        let service = Hermes::new(&prices.hermes.url).expect("a URL").with_token(SERVICE_KEY);
        let update = service.latest(&[BTC_FEED]).await.expect("an update").remove(0);
        let mut addresses = lookup::addresses(&market.keys, &market.feeds);
        addresses.extend([programs.config(), programs.treasury(0), programs.guardian_set(update.guardian_set())]);
        let slot = client.final_slot().await.expect("a slot");
        let (create, table) = lookup::create(key.pubkey(), key.pubkey(), slot, &addresses);
        client.send(&key, &create, &[], &[], &SendOptions::default()).await.expect("a table");
        table
    });
    let mut config = fills::posting(&prices);
    config.posting.as_mut().expect("a service").tables = vec![table];
    let keeper = Running::with(&scene.runtime, &market.network.rpc_url(), config, key);
    wait_until("prices", Duration::from_secs(20), || prices.is_fresh());
    scene.commit(market, &source);
    // The clock runs on, and with it the prices of the service.
    wait_until("the fill", Duration::from_secs(60), || {
        market.advance(1);
        std::thread::sleep(Duration::from_millis(300));
        !scene.state(market).commitment.is_open()
    });
    assert!(!scene.state(market).is_flat(), "{:?}", scene.events(market));
    let logs = scene.runtime.block_on(async {
        let client = market.client();
        let mut history = EventHistory::new(client.clone(), scene.account);
        loop {
            let past = history.next().await.expect("the history").expect("the fill");
            if past.events.iter().any(|event| matches!(event, Event::CommitmentFilled(_))) {
                break client.record(&past.signature).await.expect("its record").logs;
            }
        }
    });
    let receiver = format!("Program {} invoke [1]", PythPrograms::UPGRADED.receiver);
    assert!(logs.contains(&receiver), "the price came in the same transaction: {logs:#?}");
    let (summary, _) = scene.runtime.block_on(keeper.end());
    assert_eq!((summary.done[&Job::Fill], summary.failed), (1, 0), "{summary:?}");
}
