//! Two people who list at once, each with a client of their own.

use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::{Client, SendOptions},
    evergreen::state::{MarginAccount, OptionId, SeriesStatus},
    math::{Points, Seconds, option::OptionKind},
    plan::Planner,
    price::PushFeeds,
    strategy::{Contract, ContractTerms, Part, Strategy},
};
use evergreen_test_network::Market;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

const SOURCE: PushFeeds = PushFeeds::UPGRADED;

/// Plans the purchase of a call that nobody has listed, as one's own client sees the market.
async fn planned(client: &Client, market: &Market, who: &Keypair, strike: u64) -> Vec<Instruction> {
    let view = client.pool_view(market.keys, &SOURCE).await.unwrap().value;
    let account = client.get::<MarginAccount>(&address::margin_account(&market.keys.pool, &who.pubkey(), 0)).await;
    let terms = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
    let contract = Contract { terms, kind: OptionKind::Call, strike };
    let buy = Strategy { legs: vec![Part { contract, points: Points(1_000_000) }] };
    let plan = Planner::new(&view, &SOURCE, who.pubkey()).trade(Some(&account.unwrap().value), &buy).unwrap();
    assert_eq!(plan.instructions.len(), 2, "a listing and a commitment");
    plan.instructions
}

/// The option to whose purchase somebody is committed.
async fn committed(client: &Client, market: &Market, account: &Pubkey) -> OptionId {
    let state = client.get::<MarginAccount>(account).await.unwrap().value;
    assert!(state.commitment.is_open());
    let view = client.pool_view(market.keys, &SOURCE).await.unwrap().value;
    view.registry.option(state.commitment.legs()[0].series).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_list_at_once_and_each_gets_what_it_confirmed() {
    let market = Market::start();
    let options = SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() };
    // Both want the slot that is free: for two options, then for one.
    for (strikes, live) in [([103_000, 104_000], 2), ([105_000, 105_000], 3)] {
        let (one, other) = (market.client(), market.client());
        let ((alice, of_alice), (bob, of_bob)) = (market.trader(10), market.trader(10));
        let (first, second) =
            tokio::join!(planned(&one, &market, &alice, strikes[0]), planned(&other, &market, &bob, strikes[1]));
        let (sent, too) =
            tokio::join!(one.send(&alice, &first, &[], &[], &options), other.send(&bob, &second, &[], &[], &options));
        sent.unwrap_or_else(|error| panic!("{error}"));
        too.unwrap_or_else(|error| panic!("{error}"));
        let got = [committed(&one, &market, &of_alice).await, committed(&other, &market, &of_bob).await];
        assert_eq!(got.map(|option| (option.put, option.strike)), strikes.map(|strike| (false, strike)));
        let view = one.pool_view(market.keys, &SOURCE).await.unwrap().value;
        let listed = view.registry.series.iter().filter(|series| series.status() == SeriesStatus::Live);
        assert_eq!(listed.count(), live);
    }
}
