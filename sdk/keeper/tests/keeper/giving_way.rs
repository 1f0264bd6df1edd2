//! Tests of what ends for others: positions that pay too little for their place, and series whose feed has ended.

use crate::{
    fills::{Scene, sponsored},
    hour::metric,
    running::{Running, key},
    wait_until,
};
use evergreen_keeper::{Config, Job};
use evergreen_sdk::{
    events::Event,
    evergreen::state::{Notices, Pool, PoolParams, SeriesRegistry, SeriesStatus, Underlying},
    instruction::{self as build, PoolKeys},
    math::{Seconds, option::OptionKind},
    presets,
    price::PushFeeds,
    strategy::{Contract, ContractTerms},
};
use evergreen_test_network::{Market, TOKEN};
use solana_signer::Signer;
use std::{collections::BTreeSet, time::Duration};

/// A call of a day far above the price, which is worth hardly anything and reserves a tenth of its strike.
const FAR: Contract = Contract {
    terms: ContractTerms { underlying: 0, tenor: Seconds(86_400) },
    kind: OptionKind::Call,
    strike: 149_000,
};
/// Points whose caps take nearly nine tenths of what the pool may reserve of 1,000 tokens: more of what pays so little are not to be had.
const POINTS: i64 = 4_700_000_000;
/// Points at the money whose caps take more than what is left of nine tenths.
const NEAR_POINTS: i64 = 300_000_000;

fn registry(market: &Market, scene: &Scene) -> SeriesRegistry {
    *scene.runtime.block_on(market.client().get::<SeriesRegistry>(&market.keys.registry)).expect("the registry").value
}

#[test]
fn what_pays_too_little_for_its_place_is_closed_after_notice() {
    let market = Market::start();
    let [holder, other] = [Scene::of(&market), Scene::of(&market)];
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), sponsored(&market), key(&market));
    let filled =
        |scene: &Scene| wait_until("the fill", Duration::from_secs(20), || !scene.state(&market).commitment.is_open());
    // It is listed before the pool is at capacity.
    other.commit_to(&market, &PushFeeds::UPGRADED, NEAR_POINTS / 300);
    filled(&other);
    holder.commit_of(&market, &PushFeeds::UPGRADED, FAR, POINTS);
    filled(&holder);
    other.commit_to(&market, &PushFeeds::UPGRADED, NEAR_POINTS);
    filled(&other);
    let before = holder.state(&market);
    assert!(!before.is_flat(), "it is filled");
    let given = || i64::from(registry(&market, &holder).notices[1].capital);
    wait_until("the notice", Duration::from_secs(20), || given() > 0);
    // For ten minutes nobody is closed.
    market.chain().time_travel_to(given() + Notices::PERIOD - 5).expect("almost ten minutes");
    std::thread::sleep(Duration::from_secs(2));
    assert!(!holder.state(&market).is_flat());
    market.chain().time_travel_to(given() + Notices::PERIOD + 1).expect("ten minutes");
    wait_until("the end of the position", Duration::from_secs(20), || holder.state(&market).is_flat());
    // At the mark and without a fee: what is lost is less than a hundredth of a token of funding.
    let after = holder.state(&market);
    assert!(after.cash >= before.cash - 1_000_000, "{} after {}", after.cash, before.cash);
    let (summary, _) = holder.runtime.block_on(keeper.end());
    assert_eq!((summary.done[&Job::Notice], summary.done[&Job::Place], summary.failed), (1, 1, 0));
}

#[test]
fn a_ladder_of_strikes_follows_the_price() {
    let market = Market::start();
    let holder = Scene::of(&market);
    let ladders =
        ["BTC:7d:2%:2", "ETH:30d:5%:1", "DOGE:7d:2%:1", "BTC:3d:2%:1"].map(|text| text.parse().expect("a ladder"));
    let config = Config { ladders: ladders.to_vec(), jobs: [Job::List].into(), ..sponsored(&market) };
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), config, key(&market));
    let listed = || {
        let registry = registry(&market, &holder);
        let live = registry.series.iter().filter(|series| series.status() == SeriesStatus::Live);
        live.map(|series| (series.underlying, series.tenor, series.strike, series.kind)).collect::<BTreeSet<_>>()
    };
    let around = |strikes: &[u64], underlying: u8, days: u32| -> BTreeSet<_> {
        let both = |strike: &u64| [0, 1].map(|kind| (underlying, days * 86_400, *strike, kind));
        strikes.iter().flat_map(both).collect()
    };
    // Neither a stock's underlying that is not there nor a tenor that is not offered keeps the others from it.
    let eth = around(&[3_800, 4_000, 4_200], 1, 30);
    let mut wanted = around(&[96_000, 98_000, 100_000, 102_000, 104_000], 0, 7);
    wanted.extend(&eth);
    wait_until("the ladder", Duration::from_secs(60), || listed() == wanted);
    market.bitcoin(106_000);
    wanted.extend(around(&[106_000, 108_000, 110_000], 0, 7));
    wait_until("the strikes around the new price", Duration::from_secs(60), || wanted.is_subset(&listed()));
    // The registry is left free for what people trade.
    assert!(listed().len() <= 40, "{:?}", listed());
    let (summary, _) = holder.runtime.block_on(keeper.end());
    assert_eq!((summary.done[&Job::List], summary.failed), (listed().len() as u64, 0), "{summary:?}");
}

#[test]
fn a_silence_is_reported_and_its_series_are_ended_a_week_later() {
    let market = Market::start();
    let holder = Scene::of(&market);
    let jobs = [Job::Fill, Job::Silence, Job::End, Job::OpenAccount].into_iter().collect();
    let mut config = Config { jobs, ..sponsored(&market) };
    config.thresholds.report_silence_delay = Duration::from_secs(2);
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), config, key(&market));
    holder.commit_to(&market, &PushFeeds::UPGRADED, 1_000_000);
    wait_until("the fill", Duration::from_secs(20), || !holder.state(&market).commitment.is_open());
    assert_eq!(registry(&market, &holder).series[0].status(), SeriesStatus::Live);
    // Nobody keeps the first prices after grid times, and nobody samples.
    market.keep_first_prices(false);
    let underlying = || {
        let read = market.client();
        *holder.runtime.block_on(read.get::<Underlying>(&market.feeds[0].underlying)).expect("BTC").value
    };
    market.advance(Underlying::SILENT_AFTER + 60);
    wait_until("the report", Duration::from_secs(20), || underlying().silent_since > 0);
    assert_eq!(registry(&market, &holder).series[0].status(), SeriesStatus::Live);
    market.advance(Underlying::NOTICE);
    let ended = || registry(&market, &holder).series[0].status() == SeriesStatus::Exercised;
    wait_until("the end of the series", Duration::from_secs(20), ended);
    let (summary, text) = holder.runtime.block_on(keeper.end());
    // ETH is as silent as BTC, and has no series.
    assert_eq!((summary.done[&Job::Silence], summary.done[&Job::End], summary.failed), (2, 1, 0));
    let label = "evergreen_keeper_silent_seconds{underlying=\"BTC\"}";
    assert!(metric(&text, label) >= 604_800.0, "{text}");
}

/// Premium of the buy-back, in basis points.
const PREMIUM: u16 = 1_000;

/// A market whose pool is a private one that buys back, with 1,000 tokens of its curator, who is the payer of the network.
fn private() -> Market {
    let mut market = Market::start();
    let curator = market.chain().payer().pubkey();
    let keys = PoolKeys::of_creator(market.mint.address, market.mint.token_program, curator, 0);
    let params = PoolParams { buyback_bps: PREMIUM, growth_limit_bps: 10_000, ..presets::pool_params() };
    market.fund(&curator, 1_000 * TOKEN);
    let underlyings = market.feeds.map(|feed| feed.underlying);
    market.send(&[build::create_curated_pool(curator, &keys, 3, (true, 1_000 * TOKEN), params, &underlyings)]);
    market.keys = keys;
    market
}

#[test]
fn what_a_private_pool_buys_back_is_closed_after_three_days() {
    let market = private();
    let [holder, other] = [Scene::of(&market), Scene::of(&market)];
    let config = Config { strangers: true, ..sponsored(&market) };
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), config, key(&market));
    for (scene, points) in [(&holder, 2_000_000), (&other, 1_000_000)] {
        scene.commit_to(&market, &PushFeeds::UPGRADED, points);
        wait_until("the fill", Duration::from_secs(20), || !scene.state(&market).commitment.is_open());
        assert!(!scene.state(&market).is_flat());
    }
    let curator = market.chain().payer().pubkey();
    market.send(&[build::halt_pool(curator, market.keys.pool)]);
    market.send(&[build::announce_buyback(curator, market.keys.pool)]);
    let read = holder.runtime.block_on(market.client().get::<Pool>(&market.keys.pool));
    let moment = read.expect("the pool").value.buyback_at;
    let now = || market.chain().clock().expect("the clock").unix_timestamp;
    assert!((moment - now() - Pool::BUYBACK_NOTICE).abs() < 10);
    // Volatility is sampled meanwhile, as by any keeper; until the moment nobody is closed.
    while moment - now() > 6 * 3_600 {
        let before = market.sample_time();
        market.advance(6 * 3_600);
        wait_until("a sample", Duration::from_secs(20), || market.sample_time() > before);
    }
    market.chain().time_travel_to(moment - 5).expect("almost three days");
    std::thread::sleep(Duration::from_secs(2));
    let before = [&holder, &other].map(|scene| scene.state(&market));
    assert!(before.iter().all(|account| !account.is_flat()));
    let view = holder.runtime.block_on(market.client().pool_view(market.keys, &PushFeeds::UPGRADED));
    let view = view.expect("the pool").value;
    // What closing at the mark would bring, with the funding that is owed.
    let worth = before.each_ref().map(|account| view.account(account).expect("a quote").equity - account.cash);
    market.chain().time_travel_to(moment + 1).expect("the moment");
    for scene in [&holder, &other] {
        wait_until("the buy-back", Duration::from_secs(20), || scene.state(&market).is_flat());
    }
    for ((scene, before), worth) in [&holder, &other].into_iter().zip(&before).zip(worth) {
        // A holder gets the value and a tenth of it, all time value at the money, without a fee.
        let gained = scene.state(&market).cash - before.cash - worth;
        let legs = scene.events(&market).into_iter().filter_map(|event| match event {
            Event::LegFilled(leg) => Some((leg.premium, leg.fee)),
            _ => None,
        });
        let (premium, fee) = legs.take(1).next().expect("the newest leg");
        let value = (premium - gained).abs();
        assert!(value > 0 && fee == 0, "premium {premium}, fee {fee}");
        // Seconds of funding are less than a hundredth of it.
        assert!((gained - value / 10).abs() <= value / 100, "gained {gained} with a value of {value}");
    }
    let (summary, _) = holder.runtime.block_on(keeper.end());
    assert_eq!((summary.done[&Job::Place], summary.failed), (2, 0), "{summary:?}");
}

#[test]
fn notice_of_an_excess_follows_the_sale_of_its_holder_at_once() {
    let market = Market::start();
    let [holder, writer] = [Scene::of(&market), Scene::of(&market)];
    let mut config = sponsored(&market);
    // Liquidating the holder would do as much.
    config.jobs.remove(&Job::Liquidate);
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), config, key(&market));
    for (scene, points) in [(&holder, 100_000_000), (&writer, -100_000_000)] {
        scene.commit_to(&market, &PushFeeds::UPGRADED, points);
        wait_until("the fill", Duration::from_secs(20), || !scene.state(&market).commitment.is_open());
        assert!(!scene.state(&market).is_flat());
    }
    let points = || holder.state(&market).positions.iter().map(|position| position.points).sum::<i64>();
    // What the holder has besides is soon less than the funding.
    let rest = holder.state(&market).cash.unsigned_abs() - 100_000;
    let take = build::withdraw_margin(holder.trader.pubkey(), &market.keys, holder.account, rest, &market.feeds);
    market.chain().send_as(&holder.trader, &[take], &[]).expect("a withdrawal");
    let given = || i64::from(registry(&market, &holder).notices[0].excess);
    assert_eq!((points(), given()), (100_000_000, 0));
    market.advance(3_600);
    wait_until("the sale", Duration::from_secs(30), || points() < 100_000_000);
    wait_until("the notice", Duration::from_secs(10), || given() > 0);
    assert!(points() > 0 && !writer.state(&market).is_flat());
    let (summary, _) = holder.runtime.block_on(keeper.end());
    assert!(summary.done[&Job::Cash] >= 1 && summary.failed == 0, "{summary:?}");
    assert_eq!(summary.done[&Job::Notice], 1);
}
