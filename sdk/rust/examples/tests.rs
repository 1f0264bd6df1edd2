//! Tests that run the examples unchanged against the compiled program on a local network. This file is no example; it is here
//! because the examples are its modules.

use evergreen_sdk::{
    address,
    evergreen::{
        Leg,
        state::{SeriesId, SeriesSpec, ShareClass},
    },
    instruction as build,
    quote::PoolView,
};
use evergreen_test_network::{Market, TOKEN};
use solana_signer::Signer;

mod integrator;
mod keeper;
mod lp;
mod trader;

#[tokio::test(flavor = "multi_thread")]
async fn a_trader_buys_and_sells() {
    let market = Market::start();
    let alice = market.somebody(5);
    let outcome = trader::run(&market.client(), market.mint.address, &alice).await.expect("a round trip");
    // The result is within the slippage of the plan, half a per cent.
    assert!((outcome.quoted - outcome.bought).abs() <= outcome.quoted.abs() / 200, "{outcome:?}");
    assert!(outcome.bought < 0 && outcome.sold > 0, "{outcome:?}");
    assert!(outcome.bought + outcome.sold < 0, "a round trip at one price cannot gain: {outcome:?}");
    let account = address::margin_account(&market.keys.pool, &alice.pubkey(), 0);
    let account = market.client().get::<evergreen_sdk::evergreen::state::MarginAccount>(&account).await.unwrap().value;
    assert!(account.is_flat());
    assert!(account.cash <= 2 * TOKEN as i64 + outcome.bought + outcome.sold, "the account has gained by funding");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_deposits_and_asks_for_a_part_back() {
    let market = Market::start();
    let vera = market.somebody(20);
    let outcome = lp::run(&market.client(), market.mint.address, &vera).await.expect("a deposit");
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
    let series = SeriesId { slot: 0, generation: 1 };
    for (who, cash, points) in [(&holder, 50, 100_000_000), (&writer, 30, -100_000_000)] {
        let key = address::margin_account(&keys.pool, &who.pubkey(), 0);
        let instructions = [
            build::open_margin_account(who.pubkey(), who.pubkey(), &keys, 0, None),
            build::deposit_margin(who.pubkey(), &keys, key, cash * TOKEN),
            build::trade(who.pubkey(), &keys, key, vec![Leg { series, points }], 0, i64::MIN, &market.feeds[..1]),
        ];
        market.chain().send_as(who, &instructions, &[]).unwrap_or_else(|error| panic!("{error}"));
    }
    let mint = market.mint.address;
    let quiet = keeper::run(&client, mint, &kim).await.expect("a quiet round");
    assert_eq!((quiet.liquidated, quiet.exercised, quiet.settled), (0, 0, 0));

    market.bitcoin(122_000);
    let view = || async { client.pool_view(keys, &evergreen_sdk::price::PushFeeds::UPGRADED).await.unwrap().value };
    let points = |view: &PoolView| view.registry.series[0].short_points;
    let before = points(&view().await);
    let round = keeper::run(&client, mint, &kim).await.expect("a round after a rise");
    assert_eq!((round.liquidated, round.refused), (1, 0));
    assert!(points(&view().await) < before);

    market.bitcoin(140_001);
    let round = keeper::run(&client, mint, &kim).await.expect("a round at the cap");
    assert_eq!(round.exercised, 1);
    let settled = round.settled;
    assert!(settled >= 1, "{round:?}");
    assert!(view().await.registry.series[0].is_unused(), "all positions were paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integrator_reads_events_and_serves_from_its_cache() {
    let market = Market::start();
    let alice = market.somebody(5);
    trader::run(&market.client(), market.mint.address, &alice).await.expect("a round trip");
    let board =
        integrator::run(&market.client(), &market.network.ws_url(), market.mint.address).await.expect("a board");
    assert_eq!((board.trades, board.accounts), (2, 1));
    let view = market.client().pool_view(market.keys, &evergreen_sdk::price::PushFeeds::UPGRADED).await.unwrap().value;
    // The parts of the protocol and of insurance are less than all fees.
    let insurance = view.pool.insurance_due;
    assert!(board.fees > 0 && view.pool.fees_due + insurance < board.fees, "{board:?}");
    assert!((board.worth - view.net_asset_value(ShareClass::Main).unwrap().lower).abs() < TOKEN as i64);
    assert!(board.position.is_some());
}
