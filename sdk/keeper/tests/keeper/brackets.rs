//! A bracket from one end to the other: two orders that close, one above and one below; whichever comes first closes, and the other one closes what is
//! left then or is cancelled.

use crate::{
    fills::{Scene, sponsored},
    running::{Running, key, stake},
    wait_until,
};
use evergreen_keeper::Job;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        OptionLeg,
        state::{CancelReason, OrderTerms, Trigger},
    },
    instruction as build,
    price::PushFeeds,
};
use evergreen_test_network::Market;
use solana_signer::Signer;
use std::time::Duration;

/// Points that are held.
const HELD: i64 = 1_000_000;
/// Tip of each order, native units.
const TIP: u64 = 7_000;

/// Buys a call, and places the two orders of a bracket in one transaction: above so many dollars one that sells so many points, and below 99,500 one that
/// sells all.
fn place(market: &Market, scene: &Scene, (dollars, points): (u64, i64)) {
    scene.commit_to(market, &PushFeeds::UPGRADED, HELD);
    wait_until("the purchase", Duration::from_secs(30), || !scene.state(market).commitment.is_open());
    let account = scene.state(market);
    assert_eq!(held(market, scene), HELD);
    let view = scene.runtime.block_on(market.client().pool_view(market.keys, &PushFeeds::UPGRADED)).expect("the pool");
    let view = view.value;
    let position = account.positions[account.open_positions().next().expect("a position")];
    let option = view.registry.option(position.series()).expect("its option");
    let btc = view.feeds(&[0]);
    let who = scene.trader.pubkey();
    let sides = [(true, dollars, points), (false, 99_500, HELD)];
    let both = sides.into_iter().zip(account.next_order..).map(|((above, dollars, points), number)| {
        let terms = OrderTerms {
            legs: vec![OptionLeg { option, points: -points }],
            min_net: i64::MIN,
            trigger: Some(Trigger { underlying: 0, above, price: dollars * 100_000_000 }),
            reduce_only: true,
            expires_at: view.now + 3_600,
            tip: TIP,
        };
        build::place_order(who, who, &market.keys, scene.account, number, terms, &btc)
    });
    market.chain().send_as(&scene.trader, &both.collect::<Vec<_>>(), &[]).expect("the bracket");
    assert_eq!(scene.state(market).open_orders, 2);
    // An order looks only at prices of later seconds.
    market.advance(2);
}

/// Points that the account holds.
fn held(market: &Market, scene: &Scene) -> i64 {
    let account = scene.state(market);
    account.open_positions().map(|place| account.positions[place].points).sum()
}

/// Waits until so many orders are left, and nothing waits for its price.
fn await_orders(market: &Market, scene: &Scene, left: u16) {
    wait_until("the orders", Duration::from_secs(60), || {
        let account = scene.state(market);
        account.open_orders == left && !account.commitment.is_open()
    });
}

#[test]
fn one_order_of_a_bracket_closes_and_the_other_one_is_cancelled_or_closes_what_is_left() {
    let market = Market::start();
    let scenes = [Scene::of(&market), Scene::of(&market), Scene::of(&market)];
    let keeper_key = key(&market);
    let own = stake(&market, &keeper_key);
    let keeper = Running::with(&scenes[0].runtime, &market.network.rpc_url(), sponsored(&market), keeper_key);
    let [gains, parts, loses] = &scenes;
    place(&market, gains, (100_800, HELD));
    place(&market, parts, (100_800, 600_000));
    place(&market, loses, (105_000, HELD));
    // The price rises: one closes all, and its lower order has nothing left; one closes a part.
    market.bitcoin(101_000);
    for (scene, left) in [(gains, 0), (parts, 1), (loses, 2)] {
        await_orders(&market, scene, left);
    }
    assert_eq!([gains, parts, loses].map(|scene| held(&market, scene)), [0, HELD - 600_000, HELD]);
    // It falls: what is left is closed and no more, and the upper order has nothing left.
    market.bitcoin(99_200);
    for scene in [parts, loses] {
        await_orders(&market, scene, 0);
    }
    assert_eq!([gains, parts, loses].map(|scene| held(&market, scene)), [0, 0, 0]);
    let (summary, _) = scenes[0].runtime.block_on(keeper.end());
    // Three purchases, and four orders that were filled.
    assert_eq!(summary.done.get(&Job::Fill), Some(&7), "{summary:?}");
    for (scene, cancelled, closed) in
        [(gains, 1, vec![HELD]), (parts, 0, vec![600_000, HELD - 600_000]), (loses, 1, vec![HELD])]
    {
        let mut events = scene.events(&market);
        events.reverse();
        let paid = events.iter().filter_map(|event| match event {
            Event::OrderExecuted(e) => Some((e.keeper_account, e.tip)),
            _ => None,
        });
        assert_eq!(paid.collect::<Vec<_>>(), vec![(Some(own), TIP); closed.len()], "{events:?}");
        let ended = events.iter().filter_map(|event| match event {
            Event::OrderCancelled(e) => Some((e.reason, e.keeper_account, e.tip)),
            _ => None,
        });
        // What is over pays its tip back.
        assert_eq!(ended.collect::<Vec<_>>(), vec![(CancelReason::NothingToReduce, None, TIP); cancelled]);
        let sold = events.iter().filter_map(|event| match event {
            Event::LegFilled(leg) if leg.points < 0 => Some(-leg.points),
            _ => None,
        });
        assert_eq!(sold.collect::<Vec<_>>(), closed, "{events:?}");
    }
}
