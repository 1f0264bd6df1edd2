use super::*;
use crate::{quote::FillResolution, testing::scene::Scene};
use evergreen::{
    OptionLeg,
    state::{LAYOUT_VERSION, LossIndex, OrderTerms, Trigger},
};

/// Makes an order of an account to buy a thousand points at any price once BTC is at 90,000 dollars or above.
fn order(scene: &Scene, account: &mut MarginAccount) -> Order {
    account.open_orders = 1;
    Order {
        version: LAYOUT_VERSION,
        bump: 0,
        number: 0,
        pool: scene.view.keys.pool,
        account: account.owner,
        payer: account.owner,
        trader: account.owner,
        committed: false,
        committer: Default::default(),
        placed_at: Scene::NOW - 60,
        terms: OrderTerms {
            legs: vec![OptionLeg { option: scene.view.registry.option(scene.series[0]).unwrap(), points: 1_000 }],
            min_net: i64::MIN,
            trigger: Some(Trigger { underlying: 0, above: true, price: 90_000 * 100_000_000 }),
            reduce_only: false,
            expires_at: Scene::NOW + 60,
            tip: 500,
        },
        loss_factor: LossIndex::NONE.factor,
        loss_epoch: 0,
        reserved: [0; 32],
    }
}

fn scene() -> (Scene, MarginAccount, Order) {
    let mut scene = Scene::new(1, 0).unwrap();
    scene.view.pool.tips_due = 10_000;
    let mut account = scene.account(0);
    let order = order(&scene, &mut account);
    (scene, account, order)
}

#[test]
fn a_due_order_is_committed_and_then_filled_for_its_tip() {
    let (scene, account, mut order) = scene();
    let legs = vec![Leg { series: scene.series[0], points: 1_000 }];
    let committed = scene.view.order(&order, &account).unwrap();
    // It has no limit of its own, so what the cash beside the bond pays is the limit.
    let (min_net, direction) = (-committed.account_after.cash, Direction::Adding);
    assert_eq!(committed.resolution, OrderResolution::Committed { legs: legs.clone(), min_net, direction });
    // Committing pays nobody, and the order stays open until its trade is filled.
    assert_eq!((committed.tip, committed.account_after.open_orders), (500, 1));
    assert_eq!(committed.account_after.commitment.order_number(), Some(order.number));
    let bond = committed.account_after.commitment.bond;
    assert!(bond > 0);
    assert_eq!(committed.account_after.cash, account.cash - bond as i64);
    assert_eq!((committed.stake, committed.account_after.commitment.stake), (bond, bond));
    assert_eq!(committed.pool_after.tips_due, 10_000 + 2 * bond);

    // TEST: somebody fills it at the first price after the commitment.
    let mut later = scene.after(i64::from(scene.view.pool.params.fill_delay) + 1).unwrap();
    // The order has its own tip.
    let mut untipped = later.view.clone();
    untipped.pool.params.fill_tip = 0;
    let trade = untipped.trade(&account, &legs).unwrap();
    (later.view.pool, later.view.registry) = (committed.pool_after, committed.registry_after);
    order.committed = true;
    let filled = later.view.fill(&committed.account_after, Some(&order)).unwrap();
    let FillResolution::Filled { net, legs, direction } = &filled.resolution else { panic!("{:?}", filled.resolution) };
    assert_eq!((*net, legs, *direction), (trade.net, &trade.legs, trade.direction));
    assert_eq!((filled.tip, filled.account_after.open_orders, filled.pool_after.tips_due), (500, 0, 9_500));
    assert_eq!(filled.after, Some(trade.after));
}

#[test]
fn a_committed_order_is_not_committed_again() {
    let (scene, account, mut order) = scene();
    let open = |order: &Order, account: &MarginAccount| {
        let error = scene.view.order(order, account).err().expect("a refusal");
        assert!(error.refusal().is_some_and(|refusal| refusal.is("CommitmentOpen")), "{error}");
    };
    let committed = scene.view.order(&order, &account).unwrap().account_after;
    // Another order of the same account has to wait for the commitment too.
    open(&Order { number: 1, ..order.clone() }, &committed);
    order.committed = true;
    open(&order, &account);
}

#[test]
fn an_order_on_an_option_that_is_not_listed_waits() {
    let (mut scene, account, order) = scene();
    scene.view.registry.series[0].free();
    let error = scene.view.order(&order, &account).err().expect("a refusal");
    assert!(error.refusal().is_some_and(|refusal| refusal.is("OptionNotListed")), "{error}");
}

#[test]
fn an_order_that_cannot_be_executed_yet_is_refused_with_the_reason() {
    let (scene, account, order) = scene();
    let refused = |change: &dyn Fn(&mut Order)| {
        let mut changed = order.clone();
        change(&mut changed);
        scene.view.order(&changed, &account).err().expect("the order is not executed")
    };
    let trigger = |above, dollars: u64| Some(Trigger { underlying: 0, above, price: dollars * 100_000_000 });
    for (error, change) in [
        (
            "OrderNotTriggered",
            &(|order: &mut Order| order.terms.trigger = trigger(true, 100_001)) as &dyn Fn(&mut Order),
        ),
        ("OrderNotTriggered", &|order| order.terms.trigger = trigger(false, 99_999)),
        ("LimitExceeded", &|order| order.terms.min_net = 0),
        ("OrderPriceTooEarly", &|order| order.placed_at = Scene::NOW),
        ("WrongVersion", &|order| order.version = 1),
    ] {
        let found = refused(change);
        assert!(found.refusal().is_some_and(|refusal| refusal.is(error)), "{error}: {found}");
    }
}

#[test]
fn the_tip_of_a_cancelled_order_goes_back() {
    let (mut scene, account, order) = scene();
    let resolution = |scene: &Scene, order: &Order, account: &MarginAccount| {
        let quote = scene.view.order(order, account).unwrap();
        (quote.resolution.clone(), quote.account_after.cash - account.cash)
    };
    let cancelled = OrderResolution::Cancelled;
    // An expired order needs no price, and its tip goes back to the account.
    let mut expired = order.clone();
    expired.terms.expires_at = Scene::NOW;
    let mut blind = scene.clone();
    blind.view.markets.iter_mut().for_each(|market| market.price = None);
    assert_eq!(resolution(&blind, &expired, &account), (cancelled(CancelReason::Expired), 500));
    // The account has no position that the order could reduce.
    let mut reducing = order.clone();
    reducing.terms.reduce_only = true;
    assert_eq!(resolution(&scene, &reducing, &account), (cancelled(CancelReason::NothingToReduce), 500));
    // The account cannot pay for the trade.
    let poor = MarginAccount { cash: 1, ..account };
    assert_eq!(resolution(&scene, &order, &poor), (cancelled(CancelReason::Cash), 500));
    // A seizure has taken half of all claims, also of the tip.
    scene.view.pool.loss_index = LossIndex { factor: 1 << 62, ..LossIndex::NONE };
    let quote = scene.view.order(&order, &account).unwrap();
    assert_eq!(quote.tip, 250);
    // Its delegate has been dismissed, and the tip goes back to the account.
    scene.view.pool.loss_index = LossIndex::NONE;
    let order = Order { trader: anchor_lang::prelude::Pubkey::new_from_array([9; 32]), ..order };
    assert_eq!(resolution(&scene, &order, &account), (cancelled(CancelReason::DelegateDismissed), 500));
}
