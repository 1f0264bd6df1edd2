//! Tests of filling commitments: strangers' trades and orders are filled at once, lapsed ones are ended, and keepers do not get into
//! each other's way.

use crate::{
    hour::metric,
    running::{Running, key, stake},
    wait_until,
};
use evergreen_keeper::{Config, Job, Posting};
use evergreen_localnet::{DOLLAR, Price, PythGeneration, feeds};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{EventHistory, SendOptions},
    events::Event,
    evergreen::{
        OptionLeg,
        state::{CancelReason, MarginAccount, Notices, OrderTerms, SeriesRegistry, Trigger},
    },
    instruction as build,
    math::{Points, Seconds, option::OptionKind},
    plan::Planner,
    price::{Hermes, PriceProvider, PushFeeds, PythPrograms, published},
    strategy::{Contract, ContractTerms, Part, Strategy},
};
use evergreen_test_network::{Market, OwnPrices, SERVICE_KEY, SHARD};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// A market with one trader who has a margin account.
pub struct Scene {
    /// Runtime of everything asynchronous.
    pub runtime: Runtime,
    /// Who trades.
    pub trader: Keypair,
    /// Address of the account.
    pub account: Pubkey,
}

impl Scene {
    /// Makes a trader with twenty tokens in the account.
    pub fn of(market: &Market) -> Self {
        let (trader, account) = market.trader(20);
        Self { runtime: Runtime::new().expect("a runtime"), trader, account }
    }

    /// The account.
    pub fn state(&self, market: &Market) -> Box<MarginAccount> {
        self.runtime.block_on(market.client().get::<MarginAccount>(&self.account)).expect("the account").value
    }

    /// Commits to buy a call, and leaves it to others to fill it.
    pub fn commit(&self, market: &Market, source: &dyn PriceProvider) {
        self.commit_to(market, source, 1_000_000);
    }

    /// Commits to buy (positive) or sell points of a call, and leaves it to others to fill it.
    pub fn commit_to(&self, market: &Market, source: &dyn PriceProvider, points: i64) {
        let terms = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
        self.commit_of(market, source, Contract { terms, kind: OptionKind::Call, strike: 100_000 }, points);
    }

    /// Commits to buy (positive) or sell points of an option, and leaves it to others to fill it.
    pub fn commit_of(&self, market: &Market, source: &dyn PriceProvider, contract: Contract, points: i64) {
        let strategy = Strategy { legs: vec![Part { contract, points: Points(points) }] };
        let account = self.state(market);
        self.runtime.block_on(async {
            let client = market.client();
            let view = client.pool_view(market.keys, source).await.expect("the pool").value;
            let plan = Planner::new(&view, source, self.trader.pubkey()).trade(Some(&account), &strategy);
            let options = SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() };
            client.execute(&plan.expect("a plan"), &self.trader, &[], &options).await.expect("the commitment");
        });
    }

    fn is_priced(&self, market: &Market, source: &dyn PriceProvider) -> bool {
        let account = self.state(market);
        let read = market.client();
        let view = self.runtime.block_on(read.view_to_fill(market.keys, &account, source));
        view.expect("the pool").value.is_some()
    }

    /// All events about the account, the newest first.
    pub fn events(&self, market: &Market) -> Vec<Event> {
        self.runtime.block_on(async {
            let mut history = EventHistory::new(market.client(), self.account);
            let mut events = Vec::new();
            while let Some(transaction) = history.next().await.expect("the history") {
                events.extend(transaction.events.into_iter().rev());
            }
            events
        })
    }
}

#[test]
fn notice_is_given_of_too_much_written_and_it_is_closed_at_the_first_price_after_that() {
    let market = Market::start();
    let [holder, writer] = [Scene::of(&market), Scene::of(&market)];
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), sponsored(&market), key(&market));
    for (scene, points) in [(&holder, 1_000_000), (&writer, -1_000_000), (&holder, -1_000_000)] {
        scene.commit_to(&market, &PushFeeds::UPGRADED, points);
        wait_until("the fill", Duration::from_secs(20), || !scene.state(&market).commitment.is_open());
    }
    assert!(holder.state(&market).is_flat() && !writer.state(&market).is_flat());
    let given = || {
        let registry = holder.runtime.block_on(market.client().get::<SeriesRegistry>(&market.keys.registry));
        i64::from(registry.expect("the registry").value.notices[0].excess)
    };
    wait_until("the notice", Duration::from_secs(10), || given() > 0);
    assert!(!writer.state(&market).is_flat());
    market.chain().time_travel_to(given() + Notices::PERIOD + 1).expect("ten minutes");
    wait_until("the end of the position", Duration::from_secs(10), || writer.state(&market).is_flat());
    let closed = writer.events(&market).into_iter().find_map(|event| match event {
        Event::LegFilled(leg) => Some((leg.points, leg.position, leg.fee)),
        _ => None,
    });
    assert_eq!(closed, Some((1_000_000, 0, 0)));
    let (summary, _) = holder.runtime.block_on(keeper.end());
    assert_eq!((summary.done[&Job::Notice], summary.done[&Job::Deleverage], summary.failed), (1, 1, 0));
}

/// Opens the margin account that a keeper's tips are paid to.
fn open_own_account(market: &Market, key: &Keypair) -> Pubkey {
    let open = build::open_margin_account(key.pubkey(), key.pubkey(), &market.keys, 0, None);
    market.chain().send_as(key, &[open], &[]).expect("the keeper's account");
    address::margin_account(&market.keys.pool, &key.pubkey(), 0)
}

/// A keeper of all jobs, on prices that a sponsor keeps.
pub fn sponsored(market: &Market) -> Config {
    Config::new(market.network.ws_url(), Arc::new(PushFeeds::UPGRADED))
}

#[test]
fn a_stranger_s_commitment_is_filled_within_two_seconds_of_its_price() {
    let market = Market::start();
    let scene = Scene::of(&market);
    let key = key(&market);
    let own = open_own_account(&market, &key);
    let keeper = Running::with(&scene.runtime, &market.network.rpc_url(), sponsored(&market), key);
    for round in 0..3 {
        scene.commit(&market, &PushFeeds::UPGRADED);
        let is_open = || scene.state(&market).commitment.is_open();
        let most = Duration::from_secs(10);
        wait_until("the price", most, || !is_open() || scene.is_priced(&market, &PushFeeds::UPGRADED));
        let start = Instant::now();
        wait_until("the fill", Duration::from_secs(2), || !is_open());
        println!("filled {:?} after its price", start.elapsed());
        let events = scene.events(&market);
        let filled = |event: &Event| matches!(event, Event::CommitmentFilled(e) if e.filler_account == Some(own));
        assert_eq!(events.iter().filter(|event| filled(event)).count(), round + 1, "{events:?}");
    }
    let tips: u64 =
        scene.events(&market).iter().map(|e| if let Event::CommitmentFilled(e) = e { e.tip } else { 0 }).sum();
    let cash = scene.runtime.block_on(market.client().get::<MarginAccount>(&own)).expect("its account").value.cash;
    let (summary, text) = scene.runtime.block_on(keeper.end());
    assert_eq!((cash, cash > 0, metric(&text, "evergreen_keeper_rewards_total")), (tips as i64, true, tips as f64));
    assert_eq!((summary.done[&Job::Fill], summary.refused, summary.failed), (3, 0, 0));
}

#[test]
fn a_first_tip_may_go_back_and_later_ones_are_the_keeper_s() {
    let market = Market::start();
    let scene = Scene::of(&market);
    let keeper = Running::with(&scene.runtime, &market.network.rpc_url(), sponsored(&market), key(&market));
    let own = address::margin_account(&market.keys.pool, &keeper.key, 0);
    for _ in 0..2 {
        scene.commit(&market, &PushFeeds::UPGRADED);
        wait_until("the fill", Duration::from_secs(60), || !scene.state(&market).commitment.is_open());
        // The keeper opens its account meanwhile, for the next tip.
        let is_open = || market.chain().account(&own).expect("an answer").is_some();
        wait_until("the keeper's account", Duration::from_secs(60), is_open);
    }
    scene.runtime.block_on(keeper.end());
    let fillers: Vec<Option<Pubkey>> = scene
        .events(&market)
        .iter()
        .filter_map(|event| match event {
            Event::CommitmentFilled(e) => Some(e.filler_account),
            _ => None,
        })
        .collect();
    // The newest first: the account was open for it. Whether it was for the first one depends on which transaction was faster.
    assert!(
        matches!(fillers[..], [Some(newest), first] if newest == own && first.is_none_or(|first| first == own)),
        "{fillers:?}"
    );
}

#[test]
fn a_lapsed_commitment_is_ended() {
    let market = Market::start();
    let scene = Scene::of(&market);
    scene.commit(&market, &PushFeeds::UPGRADED);
    wait_until("the price", Duration::from_secs(10), || scene.is_priced(&market, &PushFeeds::UPGRADED));
    market.advance(30);
    let keeper = Running::with(&scene.runtime, &market.network.rpc_url(), sponsored(&market), key(&market));
    wait_until("the end", Duration::from_secs(30), || !scene.state(&market).commitment.is_open());
    scene.runtime.block_on(keeper.end());
    let newest = scene.events(&market).into_iter().find(|event| matches!(event, Event::CommitmentCancelled(_)));
    let Some(Event::CommitmentCancelled(ended)) = newest else { panic!("no commitment has ended unfilled") };
    assert_eq!((ended.reason, ended.fee > 0), (CancelReason::Lapsed, true));
    assert!(scene.state(&market).is_flat());
}

#[test]
fn an_order_is_committed_and_filled() {
    let market = Market::start();
    let scene = Scene::of(&market);
    let key = key(&market);
    let own = stake(&market, &key);
    let keeper = Running::with(&scene.runtime, &market.network.rpc_url(), sponsored(&market), key);
    scene.commit(&market, &PushFeeds::UPGRADED);
    wait_until("the fill", Duration::from_secs(60), || !scene.state(&market).commitment.is_open());
    let account = scene.state(&market);
    let view = scene.runtime.block_on(market.client().pool_view(market.keys, &PushFeeds::UPGRADED));
    let view = view.expect("the pool").value;
    let held = account.positions[account.open_positions().next().expect("a position")];
    let terms = OrderTerms {
        legs: vec![OptionLeg {
            option: view.registry.option(held.series()).expect("its option"),
            points: -held.points,
        }],
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 101_000 * 100_000_000 }),
        reduce_only: true,
        expires_at: view.now + 3_600,
        tip: 7_000,
    };
    let who = scene.trader.pubkey();
    let (number, btc) = (account.next_order, view.feeds(&[0]));
    let place = build::place_order(who, who, &market.keys, scene.account, number, terms, &btc);
    market.chain().send_as(&scene.trader, &[place], &[]).expect("the order");
    // An order looks only at prices of later seconds.
    market.advance(2);
    market.bitcoin(101_500);
    wait_until("the order", Duration::from_secs(60), || scene.state(&market).is_flat());
    let (summary, _) = scene.runtime.block_on(keeper.end());
    let done = |job: Job| summary.done.get(&job).copied().unwrap_or_default();
    assert_eq!((done(Job::Order), done(Job::Fill)), (1, 2), "{summary:?}");
    let events = scene.events(&market);
    let executed = events.iter().find_map(|event| match event {
        Event::OrderExecuted(e) => Some((e.keeper_account, e.tip)),
        _ => None,
    });
    assert_eq!(executed, Some((Some(own), 7_000)));
    let filled = |event: &Event| matches!(event, Event::CommitmentFilled(e) if e.tip == 0);
    assert!(events.iter().any(filled), "an order pays its tip once: {events:?}");
}

#[test]
fn keepers_that_race_do_not_fail() {
    let market = Market::start();
    let scenes: Vec<Scene> = (0..3).map(|_| Scene::of(&market)).collect();
    let runtime = &scenes[0].runtime;
    let start = |_| Running::with(runtime, &market.network.rpc_url(), sponsored(&market), key(&market));
    let keepers: Vec<Running> = (0..2).map(start).collect();
    for _ in 0..3 {
        for scene in &scenes {
            scene.commit(&market, &PushFeeds::UPGRADED);
        }
        for scene in &scenes {
            wait_until("a fill", Duration::from_secs(60), || !scene.state(&market).commitment.is_open());
        }
    }
    let mut filled = 0;
    for keeper in keepers {
        let (summary, text) = runtime.block_on(keeper.end());
        println!("{summary:?}");
        filled += summary.done.get(&Job::Fill).copied().unwrap_or_default();
        assert_eq!((summary.refused, summary.failed), (0, 0), "{summary:?}");
        assert_eq!(metric(&text, "evergreen_keeper_elsewhere_total"), summary.elsewhere as f64);
    }
    assert_eq!(filled, 9);
    for scene in &scenes {
        let filled = scene.events(&market).iter().filter(|e| matches!(e, Event::CommitmentFilled(_))).count();
        assert_eq!(filled, 3);
    }
}

/// A keeper that reads prices from a set of its own, posts recent ones there once a minute, and posts first prices of the service.
pub fn posting(prices: &OwnPrices) -> Config {
    let service = Hermes::new(&prices.hermes.url).expect("a URL").with_token(SERVICE_KEY);
    Config {
        posting: Some(Posting {
            when_older: Some(60),
            ..Posting::new(Arc::new(service), PythPrograms::UPGRADED, SHARD)
        }),
        ..Config::new(prices.market.network.ws_url(), Arc::new(PushFeeds { shard: SHARD, ..PushFeeds::UPGRADED }))
    }
}

#[test]
fn a_first_price_that_nobody_keeps_is_posted_where_everybody_finds_it() {
    let prices = OwnPrices::start();
    let market = &prices.market;
    market.keep_first_prices(false);
    let scene = Scene::of(market);
    let source = PushFeeds { shard: SHARD, ..PushFeeds::UPGRADED };
    let keeper = Running::with(&scene.runtime, &market.network.rpc_url(), posting(&prices), key(market));
    wait_until("prices", Duration::from_secs(20), || prices.is_fresh());
    let before = market.chain().clock().expect("the clock").unix_timestamp;
    scene.commit(market, &source);
    wait_until("the fill", Duration::from_secs(60), || !scene.state(market).commitment.is_open());
    scene.runtime.block_on(keeper.end());
    let events = scene.events(market);
    assert!(events.iter().any(|event| matches!(event, Event::CommitmentFilled(_))), "{events:?}");
    let is_kept = |set| {
        let key = source.kept_at(set).address(&feeds::BTC_USD);
        let account = market.chain().account(&key).expect("an answer");
        account.and_then(|account| published(&account.data)).is_some_and(|second| second > before)
    };
    let kept = (0..PushFeeds::KEPT_SETS).filter(|set| is_kept(i64::from(*set))).count();
    assert_eq!(kept, 1, "the sets in which the price of the commitment is kept");
}

#[test]
fn a_first_price_is_posted_elsewhere_where_a_newer_one_is_kept() {
    let prices = OwnPrices::start();
    let market = &prices.market;
    market.keep_first_prices(false);
    let scene = Scene::of(market);
    scene.commit(market, &PushFeeds::UPGRADED);
    let moment = scene.state(market).commitment.price_after().expect("a moment");
    market.advance(100);
    // A later commitment has used the place of the first price in the meantime.
    let newer = moment + 1 + i64::from(PushFeeds::KEPT_SETS);
    let kept = PushFeeds::UPGRADED.kept_at(newer).address(&feeds::BTC_USD);
    let price = Price::new(feeds::BTC_USD, 100_000 * DOLLAR, newer);
    market.chain().set_price_at(&kept, PythGeneration::Upgraded, &price).expect("a price");
    let keeper = Running::with(&scene.runtime, &market.network.rpc_url(), posting(&prices), key(market));
    wait_until("the end", Duration::from_secs(20), || !scene.state(market).commitment.is_open());
    scene.runtime.block_on(keeper.end());
    let ended = scene.events(market).into_iter().find_map(|event| match event {
        Event::CommitmentCancelled(ended) => Some(ended.reason),
        _ => None,
    });
    assert_eq!(ended, Some(CancelReason::Lapsed));
}
