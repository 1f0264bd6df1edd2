//! A price that puts many accounts of a pool below maintenance at once.

use crate::{
    fills::{Scene, sponsored},
    running::{Running, key},
    wait_until,
};
use evergreen_keeper::{Config, Job};
use evergreen_sdk::{
    address,
    client::EventHistory,
    events::Event,
    evergreen::state::MarginAccount,
    math::{Seconds, option::OptionKind},
    price::PushFeeds,
    strategy::{Contract, ContractTerms},
};
use evergreen_test_network::Market;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::runtime::Runtime;

/// Who writes.
const WRITERS: usize = 11;
/// Points that each of them writes, about a hundredth of a coin.
const POINTS: i64 = 3_333_333;
/// A call of a month at the money.
const CALL: Contract = Contract {
    terms: ContractTerms { underlying: 0, tenor: Seconds(30 * 86_400) },
    kind: OptionKind::Call,
    strike: 100_000,
};

/// Signatures of an account's liquidations, with what they paid.
fn liquidations(market: &Market, scene: &Scene) -> BTreeMap<String, u64> {
    scene.runtime.block_on(async {
        let mut history = EventHistory::new(market.client(), scene.account);
        let mut found = BTreeMap::new();
        while let Some(transaction) = history.next().await.expect("the history") {
            for event in &transaction.events {
                if let Event::Liquidated(event) = event
                    && event.account == scene.account
                {
                    found.insert(transaction.signature.to_string(), event.reward);
                }
            }
        }
        found
    })
}

#[test]
fn many_of_a_pool_are_liquidated_in_few_transactions() {
    let market = Market::start();
    let holder = Scene::of(&market);
    // Its own account is opened with the first of them, and one transaction is under way at a time.
    let jobs = [Job::Fill, Job::Liquidate, Job::OpenAccount, Job::Sample].into();
    let config = Config { parallel: 1, jobs, ..sponsored(&market) };
    let keeper = Running::with(&holder.runtime, &market.network.rpc_url(), config, key(&market));
    let writers: Vec<Scene> = (0..WRITERS)
        .map(|_| {
            let (trader, account) = market.trader(1);
            Scene { runtime: Runtime::new().expect("a runtime"), trader, account }
        })
        .collect();
    holder.commit_of(&market, &PushFeeds::UPGRADED, CALL, POINTS * WRITERS as i64);
    wait_until("the fill", Duration::from_secs(30), || !holder.state(&market).commitment.is_open());
    for writer in &writers {
        writer.commit_of(&market, &PushFeeds::UPGRADED, CALL, -POINTS);
        wait_until("the fill", Duration::from_secs(30), || !writer.state(&market).commitment.is_open());
    }
    let written = |scene: &Scene| -> i64 {
        let account: Box<MarginAccount> = scene.state(&market);
        account.positions.iter().map(|position| position.points).sum()
    };
    assert!(writers.iter().all(|writer| written(writer) == -POINTS), "all have written");
    market.bitcoin(125_000);
    for writer in &writers {
        wait_until("a liquidation", Duration::from_secs(60), || written(writer) > -POINTS);
    }
    let me = keeper.key;
    let (summary, text) = holder.runtime.block_on(keeper.end());
    assert!(summary.done[&Job::Liquidate] >= WRITERS as u64 && summary.failed == 0, "{summary:?}");
    let all: Vec<_> = writers.iter().map(|writer| liquidations(&market, writer)).collect();
    let signatures: BTreeSet<_> = all.iter().flat_map(BTreeMap::keys).collect();
    assert!(signatures.len() * 2 <= summary.done[&Job::Liquidate] as usize, "{signatures:?} for {summary:?}");
    // Each of them pays the keeper.
    let earned: u64 = all.iter().flat_map(BTreeMap::values).sum();
    let own = address::margin_account(&market.keys.pool, &me, 0);
    let own = holder.runtime.block_on(market.client().get::<MarginAccount>(&own)).expect("its account").value;
    assert!(earned > 0 && own.cash >= i64::try_from(earned).expect("few"), "{earned} earned, {} there", own.cash);
    assert_eq!(counted(&text, "evergreen_keeper_rewards_total{job=\"liquidate\""), earned as f64, "{text}");
}

/// The value of the metric whose line begins so.
fn counted(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.rsplit(' ').next().and_then(|value| value.parse().ok()).unwrap_or_default()
}
