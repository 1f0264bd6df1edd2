//! A keeper whose nodes and websocket fall silent, whose SOL runs out, and what it tells of what it has paid.

use crate::{
    fills::{Scene, sponsored},
    hour::metric,
    running::{Running, key},
    wait_until,
};
use evergreen_keeper::{Config, Job, UnitPrices};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, system_program},
    client::{Client, Endpoints},
    events::Event,
    price::PushFeeds,
};
use evergreen_test_network::{Liar, Lie, Market, Others, Proxy};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::{Duration, Instant};

/// What all transactions of a key have cost, lamports, those that have failed on the chain among them; and how many those are.
fn paid(market: &Market, key: &Pubkey) -> (u64, usize) {
    let chain = market.chain();
    let all = chain.rpc().get_signatures_for_address(key).expect("signatures");
    let (mut fees, mut failed) = (0, 0);
    for found in all {
        failed += usize::from(found.err.is_some());
        let signature = found.signature.parse().expect("a signature");
        let client = market.client();
        let record = tokio::runtime::Runtime::new().expect("a runtime").block_on(client.record(&signature));
        let record = record.expect("a record");
        // An airdrop is paid for by somebody else.
        fees += if record.logs.iter().any(|line| line.contains("Instruction")) { record.fee } else { 0 };
    }
    (fees, failed)
}

#[test]
fn a_trade_is_filled_within_ten_seconds_though_nodes_and_websocket_are_silent() {
    let market = Market::start();
    let holder = Scene::of(&market);
    let runtime = &holder.runtime;
    let (node, socket) = runtime
        .block_on(async { (Proxy::to(&market.network.rpc_url()).await, Proxy::to(&market.network.ws_url()).await) });
    let nodes = Endpoints::new([format!("http://127.0.0.1:{}", node.port), market.network.rpc_url()]).reacting_soon();
    let config = Config {
        ws_urls: vec![format!("ws://127.0.0.1:{}", socket.port)],
        nodes: Some(nodes.clone()),
        // Only the bound of the silence is to be seen.
        rescan: Duration::from_secs(3_600),
        ..sponsored(&market)
    };
    let keeper = Running::over(runtime, Client::over(&nodes), config, key(&market));
    // The chain goes on.
    let others = Others::start(&market);
    let fill = |points| {
        holder.commit_to(&market, &PushFeeds::UPGRADED, points);
        let start = Instant::now();
        wait_until("the fill", Duration::from_secs(60), || !holder.state(&market).commitment.is_open());
        println!("filled after {:?}", start.elapsed());
        assert!(!holder.state(&market).is_flat());
        start.elapsed()
    };
    let bound = Duration::from_secs(10);
    assert!(fill(1_000_000) < bound);
    // Other tests take the processors meanwhile, so the first of three that holds counts; each begins with nodes that answer.
    for tries in 1.. {
        node.set_silent(true);
        socket.set_silent(true);
        let took = fill(500_000);
        if took < bound {
            break;
        }
        assert!(tries < 3, "{took:?}");
        node.set_silent(false);
        socket.set_silent(false);
        wait_until("an answer", Duration::from_secs(60), || nodes.health()[0].is_up);
    }
    assert!(!nodes.health()[0].is_up && nodes.health()[1].is_up, "{:?}", nodes.health());
    drop(others);
    let (_, text) = runtime.block_on(keeper.end());
    assert!(metric(&text, "evergreen_keeper_node_failures_total") >= 1.0, "{text}");
    assert!(metric(&text, &format!("evergreen_keeper_node_up{{node=\"http://127.0.0.1:{}\"}}", node.port)) < 0.5);
}

#[test]
fn a_keeper_without_sol_says_so_once_waits_for_it_and_counts_all_fees() {
    let market = Market::start();
    let holder = Scene::of(&market);
    let poor = Keypair::new();
    let give = |lamports: u64| {
        market.chain().set_account_with_lamports(&poor.pubkey(), &system_program::ID, &[], lamports).expect("SOL");
    };
    // The least that an account may hold.
    give(890_880);
    let valuation = UnitPrices { sol: Some(200.0), collateral: [(market.keys.pool, 300.0 / 1e8)].into() };
    // Whoever has paid in all of it, and somebody who has paid in nothing.
    let providers = vec![market.chain().payer().pubkey(), Pubkey::new_from_array([9; 32])];
    let config = Config { valuation, providers: providers.clone(), ..sponsored(&market) };
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), config, poor.insecure_clone());
    let metrics = keeper.metrics.clone();
    holder.commit(&market, &PushFeeds::UPGRADED);
    let is_broke = || metric(&metrics.text(), "evergreen_keeper_out_of_sol") > 0.5;
    wait_until("the want of SOL", Duration::from_secs(20), is_broke);
    // Nothing is tried again and again meanwhile.
    let tried = metric(&metrics.text(), "evergreen_keeper_sent_total");
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(metric(&metrics.text(), "evergreen_keeper_sent_total"), tried);
    assert!(
        metric(&metrics.text(), "evergreen_keeper_lamports") < metric(&metrics.text(), "evergreen_keeper_low_lamports")
    );
    // Enough for fees, and too little for the rent of an account of its own: what needs none is done.
    give(1_200_000);
    wait_until("work again", Duration::from_secs(20), || !is_broke());
    give(1_000_000_000);
    wait_until("the fill", Duration::from_secs(20), || !holder.state(&market).commitment.is_open());
    assert!(!is_broke());
    // What the metrics tell of the whole pool is what the client library does, by value and sign: the pool owes the call that the holder has.
    let told = |part: &str| {
        let of = format!("{{pool=\"{}\",underlying=\"BTC\"}}", market.keys.pool);
        metric(&metrics.text(), &format!("evergreen_keeper_exposure_{part}{of}"))
    };
    wait_until("exposure", Duration::from_secs(40), || told("delta") != 0.0);
    let client = market.client();
    let view = holder.runtime.block_on(client.pool_view(market.keys, &PushFeeds::UPGRADED));
    let exposure = view.expect("a view").value.exposure().expect("exposure")[0];
    for (part, known) in [("delta", exposure.delta), ("gamma", exposure.gamma), ("vega", exposure.vega)] {
        let (told, known) = (told(part), known as f64);
        assert!(known < 0.0 && (told / known - 1.0).abs() < 1e-3, "{part}: {told}, and {known} by the library");
    }
    let me = keeper.key;
    let (summary, text) = holder.runtime.block_on(keeper.end());
    assert_eq!(summary.done[&Job::Fill], 1);
    let (fees, _) = paid(&market, &me);
    assert_eq!(summary.fees, fees);
    assert_eq!(metric(&text, "evergreen_keeper_fees_total"), fees as f64, "{text}");
    // Exposures in dollars and coins are those in native units, at the same prices.
    let of = |name: &str, more: &str| {
        let line = format!("evergreen_keeper_{name}{{pool=\"{}\",underlying=\"BTC\"{more}}} ", market.keys.pool);
        let found = text.lines().find_map(|told| told.strip_prefix(&line)).unwrap_or_else(|| panic!("{line}: {text}"));
        found.parse::<f64>().expect("a number")
    };
    for part in ["delta", "gamma", "vega"] {
        let (native, more) = (of(&format!("exposure_{part}"), ""), format!(",of=\"{part}\""));
        let (dollars, coins) = (of("exposure_dollars", &more), of("exposure_coins", &more));
        assert!((dollars - native * 300.0 / 1e8).abs() < 1e-6, "{part}: {native} and {dollars}");
        assert!(coins == 0.0 || (10_000.0..1_000_000.0).contains(&(dollars / coins)), "{part}: {dollars} and {coins}");
    }
    for part in ["delta", "gamma", "vega"] {
        let whole = of(&format!("exposure_{part}"), "");
        let parts = providers.iter().map(|owner| {
            let of = format!("owner=\"{owner}\",pool=\"{}\",underlying=\"BTC\",of=\"{part}\"", market.keys.pool);
            metric(&text, &format!("evergreen_keeper_provider_exposure{{{of}}}"))
        });
        let parts: Vec<f64> = parts.collect();
        assert!((parts[0] - whole).abs() <= 1.0 + whole.abs() * 1e-6 && parts[1] == 0.0, "{part}: {parts:?}, {whole}");
    }
    // It has paid for its account and for the fill, and the first tip of a pool goes back to the trader.
    let profit = metric(&text, "evergreen_keeper_profit_dollars");
    let rewards = metric(&text, "evergreen_keeper_rewards_total") * 300.0 / 1e8;
    assert!((profit - (rewards - fees as f64 * 200.0 / 1e9)).abs() < 1e-9, "{profit}: {text}");
}

#[test]
fn two_keepers_count_what_their_refused_transactions_cost() {
    let market = Market::start();
    let holder = Scene::of(&market);
    let keepers: Vec<Running> = (0..2)
        .map(|_| Running::with(&holder.runtime, &market.network.rpc_url(), sponsored(&market), key(&market)))
        .collect();
    // Until one of them has come too late with a fill that it had sent: otherwise nothing would be counted that can be forgotten.
    let chain = market.chain();
    let has_failed = |keeper: &Running| {
        let all = chain.rpc().get_signatures_for_address(&keeper.key).expect("signatures");
        all.iter().any(|found| found.err.is_some())
    };
    let mut trades = 0;
    while !keepers.iter().any(has_failed) {
        assert!(trades < 60, "of {trades} trades none was filled by two keepers at once");
        let points = if trades % 2 == 0 { 1_000_000 } else { -900_000 };
        holder.commit_to(&market, &PushFeeds::UPGRADED, points);
        wait_until("the fill", Duration::from_secs(20), || !holder.state(&market).commitment.is_open());
        trades += 1;
    }
    let mut failed = 0;
    for keeper in keepers {
        let me = keeper.key;
        let (summary, text) = holder.runtime.block_on(keeper.end());
        let (fees, lost) = paid(&market, &me);
        failed += lost;
        assert_eq!((summary.fees, metric(&text, "evergreen_keeper_fees_total")), (fees, fees as f64), "{lost} failed");
    }
    println!("{failed} transactions of {trades} trades failed on the chain");
    assert!(failed > 0);
}

/// A websocket that takes connections and answers no subscription keeps nothing waiting: what it would have told is asked for, and the metrics say that nothing is subscribed.
#[test]
fn a_trade_is_filled_within_ten_seconds_though_no_subscription_is_answered() {
    let market = Market::start();
    let holder = Scene::of(&market);
    let socket = holder.runtime.block_on(Proxy::to(&market.network.ws_url()));
    socket.set_mute(true);
    let config = Config { ws_urls: vec![format!("ws://127.0.0.1:{}", socket.port)], ..sponsored(&market) };
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), config, key(&market));
    let metrics = keeper.metrics.clone();
    for points in [1_000_000, 500_000] {
        holder.commit_to(&market, &PushFeeds::UPGRADED, points);
        let start = Instant::now();
        wait_until("the fill", Duration::from_secs(12), || !holder.state(&market).commitment.is_open());
        println!("filled after {:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
    let is_subscribed = || metric(&metrics.text(), "evergreen_keeper_subscribed") > 0.5;
    assert!(!is_subscribed(), "{}", metrics.text());
    socket.set_mute(false);
    wait_until("the subscription", Duration::from_secs(40), is_subscribed);
    holder.runtime.block_on(keeper.end());
}

/// Of thirty commitments behind a node that lies in every way each is filled once, and what the keeper counts is what the chain has.
#[test]
fn a_keeper_behind_a_liar_counts_what_the_chain_has() {
    const COMMITMENTS: u32 = 30;
    let market = Market::start();
    let holder = Scene::of(&market);
    let liar = holder.runtime.block_on(Liar::before(&market.network.rpc_url(), 11, 15, &Lie::ALL));
    let keeper = Running::with(&holder.runtime, &liar.url, sponsored(&market), key(&market));
    let (mut longest, start) = (Duration::ZERO, Instant::now());
    for round in 0..COMMITMENTS {
        let points = if round % 2 == 0 { 1_000_000 } else { -900_000 };
        holder.commit_to(&market, &PushFeeds::UPGRADED, points);
        let start = Instant::now();
        wait_until("the fill", Duration::from_secs(60), || !holder.state(&market).commitment.is_open());
        longest = longest.max(start.elapsed());
    }
    let counts = liar.counts();
    println!("{COMMITMENTS} in {:?}, the longest {longest:?}, {} requests: {counts:?}", start.elapsed(), liar.asked());
    assert!(counts.values().sum::<u64>() >= 30 && counts.len() >= 12, "{counts:?}");
    // What is on its way arrives, and is looked for with the truth.
    liar.set(0, &[]);
    wait_until("late transactions", Duration::from_secs(20), || !liar.holds());
    let me = keeper.key;
    let metrics = keeper.metrics.clone();
    let agrees = || metric(&metrics.text(), "evergreen_keeper_fees_total") == paid(&market, &me).0 as f64;
    wait_until("the count of all fees", Duration::from_secs(180), agrees);
    let filled = |event: &Event| matches!(event, Event::Traded(_));
    let ended = |event: &Event| matches!(event, Event::CommitmentCancelled(_));
    let events = holder.events(&market);
    let [filled, ended] =
        [events.iter().filter(|event| filled(event)).count(), events.iter().filter(|event| ended(event)).count()];
    assert_eq!((filled, ended), (COMMITMENTS as usize, 0));
    let (summary, text) = holder.runtime.block_on(keeper.end());
    assert_eq!(summary.done[&Job::Fill], u64::from(COMMITMENTS), "{text}");
    let (fees, failed) = paid(&market, &me);
    assert_eq!((summary.fees, metric(&text, "evergreen_keeper_fees_total")), (fees, fees as f64), "{failed} failed");
    println!("{failed} transactions failed on the chain");
}
