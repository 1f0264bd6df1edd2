//! Tests of what ends for others: positions that pay too little for their place, and series whose feed has ended.

use crate::{
    fills::{Scene, sponsored},
    hour::metric,
    running::{Running, key},
    wait_until,
};
use evergreen_keeper::{Config, Job};
use evergreen_sdk::{
    evergreen::state::{Notices, SeriesRegistry, SeriesStatus, Underlying},
    math::{Seconds, option::OptionKind},
    price::PushFeeds,
    strategy::{Contract, ContractTerms},
};
use evergreen_test_network::Market;
use std::time::Duration;

/// A call of a day far above the price, which is worth hardly anything and reserves a tenth of its strike.
const FAR: Contract = Contract {
    terms: ContractTerms { underlying: 0, tenor: Seconds(86_400) },
    kind: OptionKind::Call,
    strike: 149_000,
};
/// Points whose caps take more than nine tenths of what the pool may reserve of 1,000 tokens.
const POINTS: i64 = 4_900_000_000;

fn registry(market: &Market, scene: &Scene) -> SeriesRegistry {
    *scene.runtime.block_on(market.client().get::<SeriesRegistry>(&market.keys.registry)).expect("the registry").value
}

#[test]
fn what_pays_too_little_for_its_place_is_closed_after_notice() {
    let market = Market::start();
    let holder = Scene::of(&market);
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), sponsored(&market), key(&market));
    holder.commit_of(&market, &PushFeeds::UPGRADED, FAR, POINTS);
    wait_until("the fill", Duration::from_secs(20), || !holder.state(&market).commitment.is_open());
    let before = holder.state(&market);
    assert!(!before.is_flat(), "it is filled");
    let given = || i64::from(registry(&market, &holder).notices[0].capital);
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
