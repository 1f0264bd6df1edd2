use super::*;
use crate::testing::scene::Scene;
use evergreen::{
    Leg,
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
        placed_at: Scene::NOW - 60,
        terms: OrderTerms {
            legs: vec![Leg { series: scene.series[0], points: 1_000 }],
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
fn an_order_is_a_trade_with_a_tip() {
    let (scene, account, order) = scene();
    let quote = scene.view.order(&order, &account).unwrap();
    let trade = scene.view.trade(&account, &order.terms.legs).unwrap();
    let OrderResolution::Executed { net, legs, direction } = &quote.fate else { panic!("{:?}", quote.fate) };
    assert_eq!((*net, legs, *direction), (trade.net, &trade.legs, trade.direction));
    assert_eq!((quote.tip, quote.reward(), quote.account_after.open_orders), (500, 500, 0));
    assert_eq!(quote.after.unwrap(), trade.after);
    assert_eq!(quote.pool_after.tips_due, 9_500);
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
fn a_cancelled_order_pays_its_tip_to_the_keeper_unless_it_has_expired() {
    let (mut scene, account, order) = scene();
    let fate = |scene: &Scene, order: &Order, account: &MarginAccount| {
        let quote = scene.view.order(order, account).unwrap();
        assert!(quote.after.is_none() || quote.keeper_paid);
        (quote.fate.clone(), quote.reward(), quote.account_after.cash - account.cash)
    };
    let cancelled = OrderResolution::Cancelled;
    // An expired order needs no price, and its tip goes back to the account.
    let mut expired = order.clone();
    expired.terms.expires_at = Scene::NOW;
    let mut blind = scene.clone();
    blind.view.markets.iter_mut().for_each(|market| market.price = None);
    assert_eq!(fate(&blind, &expired, &account), (cancelled(CancelReason::Expired), 0, 500));
    // The account has no position that the order could reduce.
    let mut reducing = order.clone();
    reducing.terms.reduce_only = true;
    assert_eq!(fate(&scene, &reducing, &account), (cancelled(CancelReason::NothingToReduce), 500, 0));
    // The account cannot pay for the trade.
    let poor = MarginAccount { cash: 1, ..account };
    assert_eq!(fate(&scene, &order, &poor), (cancelled(CancelReason::Cash), 500, 0));
    // A seizure has taken half of all claims, also of the tip.
    scene.view.pool.loss_index = LossIndex { factor: 1 << 62, ..LossIndex::NONE };
    let quote = scene.view.order(&order, &account).unwrap();
    assert_eq!(quote.tip, 250);
    // The series is no longer live.
    scene.view.pool.loss_index = LossIndex::NONE;
    scene.view.registry.series[0].status = 2;
    assert_eq!(fate(&scene, &order, &account), (cancelled(CancelReason::SeriesGone), 500, 0));
}
