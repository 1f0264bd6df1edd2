//! Tests that run the examples unchanged against the compiled program on a local network. This file is no example; it is here
//! because the examples are its modules.

use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::{FillRequest, Filled, Filter, SendOptions},
    events::Event,
    evergreen::{
        Leg, TradeTerms,
        state::{MarginAccount, Pool, PoolParams, SeriesId, SeriesSpec, ShareClass},
    },
    instruction::{self as build, PoolKeys},
    presets,
    price::PushFeeds,
    quote::PoolView,
};
use evergreen_test_network::{Market, TOKEN};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

mod integrator;
mod keeper;
mod lp;
mod offers;
mod trader;

const SERIES: SeriesId = SeriesId { slot: 0, generation: 1 };

/// Lets the clock of the network run while `work` is done. Without this it moves only by transactions, and whoever waits for a price
/// sends none.
async fn while_time_passes<T>(market: &Market, work: impl Future<Output = T>) -> T {
    let clock = async {
        loop {
            tokio::time::sleep(Duration::from_millis(700)).await;
            tokio::task::block_in_place(|| market.advance(1));
        }
    };
    tokio::select! {
        done = work => done,
        () = clock => unreachable!("the clock does not end"),
    }
}

/// Returns the commitment of a trade on the first series, for which the account may pay as much as `cash` tokens.
async fn commit(market: &Market, who: &Keypair, account: Pubkey, number: u64, points: i64, cash: i64) -> Instruction {
    let view = market.client().pool_view(market.keys, &PushFeeds::UPGRADED).await.unwrap().value;
    let legs = view.named(&[Leg { series: SERIES, points }]).unwrap();
    let terms = TradeTerms { legs, closing: 0, min_net: -cash * TOKEN as i64 };
    build::commit_trade(who.pubkey(), &market.keys, account, number, terms, &[])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trader_buys_and_sells() {
    let market = Market::start();
    let alice = market.somebody(5);
    let client = market.client();
    let work = trader::run(&client, market.mint.address, &alice);
    let outcome = while_time_passes(&market, work).await.expect("a round trip");
    // The result is within the slippage of the plan, half a per cent.
    assert!((outcome.quoted - outcome.bought).abs() <= outcome.quoted.abs() / 200, "{outcome:?}");
    assert!(outcome.bought < 0 && outcome.sold > 0, "{outcome:?}");
    assert!(outcome.bought + outcome.sold < 0, "a round trip at one price cannot gain: {outcome:?}");
    let account = address::margin_account(&market.keys.pool, &alice.pubkey(), 0);
    let account = market.client().get::<MarginAccount>(&account).await.unwrap().value;
    assert!(account.is_flat());
    assert!(account.cash <= 2 * TOKEN as i64 + outcome.bought + outcome.sold, "the account has gained by funding");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pools_of_a_mint_are_found_and_a_strangers_is_not_chosen() {
    // A stranger's pool beside the protocol's, which is cheaper than it.
    let market = Market::start();
    let (alice, carol) = (market.somebody(20), market.somebody(2_000));
    let (client, mint) = (market.client(), market.mint.address);
    let own = PoolKeys::of_creator(mint, market.mint.token_program, carol.pubkey(), 0);
    let underlyings: Vec<Pubkey> = market.feeds.iter().map(|feed| feed.underlying).collect();
    let params = PoolParams { fee_open_bps: 4, fee_close_bps: 4, ..presets::pool_params() };
    let create = build::create_curated_pool(carol.pubkey(), &own, 0, (false, 1_000 * TOKEN), params, &underlyings);
    market.chain().send_as(&carol, &[create], &[]).unwrap_or_else(|error| panic!("{error}"));

    let ask = |vouched: Vec<Pubkey>| {
        let (client, owner) = (market.client(), alice.pubkey());
        async move { offers::run(&client, mint, owner, &vouched).await.expect("offers") }
    };
    let found = ask(vec![market.keys.pool]).await;
    assert_eq!((found.pools, found.not_verified, found.best), (2, 1, Some(market.keys.pool)), "{found:?}");
    let found = ask(vec![market.keys.pool, own.pool]).await;
    assert_eq!((found.pools, found.not_verified, found.best), (2, 0, Some(own.pool)), "{found:?}");
    assert_eq!(ask(Vec::new()).await.best, None);
    let none = client.find::<Pool>(Filter::of_mint(own.pool)).await.unwrap().value;
    assert!(none.is_empty(), "of another mint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_deposits_and_asks_for_a_part_back() {
    let market = Market::start();
    let vera = market.somebody(20);
    let client = market.client();
    let work = lp::run(&client, market.mint.address, &vera);
    let outcome = while_time_passes(&market, work).await.expect("a deposit");
    assert_eq!(outcome.requested, outcome.quoted / 2);
    let half = outcome.deposited / 2;
    assert!(outcome.estimate <= half && outcome.estimate >= half - half / 1_000, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_liquidates_exercises_and_settles() {
    let market = Market::start();
    let (holder, writer, kim) = (market.somebody(60), market.somebody(40), market.somebody(1));
    let (client, keys) = (market.client(), market.keys);
    let request = SeriesSpec { put: false, strike: 100_000, tenor: 30 * 86_400 };
    market.send(&[build::list_series(&keys, &market.feeds[0], request)]);
    for (who, cash, points) in [(&holder, 50, 100_000_000), (&writer, 30, -100_000_000)] {
        let key = address::margin_account(&keys.pool, &who.pubkey(), 0);
        let (open, deposit) = (
            build::open_margin_account(who.pubkey(), who.pubkey(), &keys, 0, None),
            build::deposit_margin(who.pubkey(), &keys, key, cash * TOKEN),
        );
        let most = if points > 0 { cash as i64 - 1 } else { 0 };
        let commit = commit(&market, who, key, 0, points, most).await;
        market.chain().send_as(who, &[open, deposit, commit], &[]).unwrap_or_else(|error| panic!("{error}"));
        let options = SendOptions::default();
        let request = FillRequest::new(keys, key, &PushFeeds::UPGRADED);
        let work = client.fill(who, &request, &options);
        let filled = while_time_passes(&market, work).await.expect("a fill");
        let Filled::Here(done) = filled else { panic!("nobody else fills trades here") };
        assert!(done.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_))), "{:?}", done.events());
    }
    let mint = market.mint.address;
    let quiet = keeper::run(&client, mint, &kim).await.expect("a quiet round");
    assert_eq!((quiet.filled, quiet.liquidated, quiet.exercised, quiet.settled), (0, 0, 0, 0));

    market.bitcoin(122_000);
    let view = || async { client.pool_view(keys, &PushFeeds::UPGRADED).await.unwrap().value };
    let points = |view: &PoolView| view.registry.series[0].short_points;
    let before = points(&view().await);
    let round = keeper::run(&client, mint, &kim).await.expect("a round after a rise");
    assert_eq!((round.liquidated, round.refused), (1, 0));
    assert!(points(&view().await) < before);

    // Within its confidence the price is not certain to be past the cap of 140,000.
    market.bitcoin(140_001);
    let round = keeper::run(&client, mint, &kim).await.expect("a round at the cap");
    assert_eq!(round.exercised, 0);

    market.bitcoin(140_500);
    let round = keeper::run(&client, mint, &kim).await.expect("a round past the cap");
    assert_eq!(round.exercised, 1);
    let settled = round.settled;
    assert!(settled >= 1, "{round:?}");
    assert!(view().await.registry.series[0].is_unused(), "all positions were paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_fills_a_committed_trade_for_its_tip() {
    let market = Market::start();
    let ((alice, account), (kim, own)) = (market.trader(10), market.trader(1));
    let request = SeriesSpec { put: false, strike: 100_000, tenor: 7 * 86_400 };
    market.send(&[build::list_series(&market.keys, &market.feeds[0], request)]);
    let commit = commit(&market, &alice, account, 0, 1_000_000, 9).await;
    market.chain().send_as(&alice, &[commit], &[]).unwrap_or_else(|error| panic!("{error}"));
    let client = &market.client();
    let round = || keeper::run(client, market.mint.address, &kim);
    let filled = async {
        while round().await.expect("a round").filled == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let filled = tokio::time::timeout(Duration::from_secs(60), while_time_passes(&market, filled));
    filled.await.expect("the price comes");
    let read = |key| async move { client.get::<MarginAccount>(&key).await.unwrap().value };
    let (trader, filler) = (read(account).await, read(own).await);
    assert_eq!((trader.commitment.is_open(), trader.positions[0].points), (false, 1_000_000));
    let tip = evergreen_sdk::presets::pool_params().fill_tip;
    assert_eq!(filler.cash.unsigned_abs(), TOKEN + tip);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integrator_reads_events_and_serves_from_its_cache() {
    let market = Market::start();
    let alice = market.somebody(5);
    let client = market.client();
    let work = trader::run(&client, market.mint.address, &alice);
    while_time_passes(&market, work).await.expect("a round trip");
    let board =
        integrator::run(&market.client(), &market.network.ws_url(), market.mint.address).await.expect("a board");
    assert_eq!((board.trades, board.accounts), (2, 1));
    let view = market.client().pool_view(market.keys, &PushFeeds::UPGRADED).await.unwrap().value;
    // The parts of the protocol and of insurance are less than all fees.
    let insurance = view.pool.insurance_due.unsigned_abs();
    assert!(board.fees > 0 && view.pool.fees_due + insurance < board.fees, "{board:?}");
    assert!((board.worth - view.net_asset_value(ShareClass::Main).unwrap().lower).abs() < TOKEN as i64);
    assert!(board.position.is_some());
}
