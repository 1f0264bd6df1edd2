//! Commitments of orders.

use super::*;
use evergreen::state::{LossIndex, OrderTerms};

#[test]
fn a_commitment_of_an_order_pays_the_orders_tip_unless_the_order_waits_on() {
    let mut case = Case::new();
    case.account.open_orders = 1;
    case.scene.view.pool.tips_due = 500;
    let order = order(&case);
    let (mut later, mut account) = case.later(1, as_it_was);
    (account.commitment.order, account.commitment.tip) = (order.number + 1, 0);
    let bond = account.commitment.bond;
    later.view.pool.tips_due = 500 + bond;
    let filled = later.view.fill(&account, Some(&order)).unwrap();
    assert!(matches!(filled.resolution, FillResolution::Filled { .. }));
    assert_eq!((filled.tip, filled.pool_after.tips_due, filled.account_after.open_orders), (500, 0, 0));

    // Beyond its limit it waits on, and nobody is paid.
    account.commitment.min_net = 0;
    let waiting = later.view.fill(&account, Some(&order)).unwrap();
    let eighth = bond.div_ceil(8);
    let FillResolution::Cancelled { reason, fee, .. } = waiting.resolution else { panic!("{:?}", waiting.resolution) };
    assert_eq!((reason, fee), (CancelReason::Limit, eighth));
    assert_eq!((waiting.tip, waiting.pool_after.tips_due, waiting.account_after.open_orders), (0, 500, 1));
    assert!(!waiting.account_after.commitment.is_open());

    // Whoever finds that it cannot be borne gets the tip.
    let mut case = Case::new();
    case.account.open_orders = 1;
    case.scene.view.registry.series[0].long_points += 10_000_000_000;
    (case.request.legs[0].points, case.request.min_net, case.account.cash) = (-100_000_000, 0, 1_000_000_000_000);
    let order = self::order(&case);
    let (mut later, mut account) = case.later(1, as_it_was);
    (account.commitment.order, account.commitment.tip, account.cash) = (order.number + 1, 0, 6_000_000);
    later.view.pool.tips_due = 500 + account.commitment.bond;
    let over = later.view.fill(&account, Some(&order)).unwrap();
    assert!(matches!(over.resolution, FillResolution::Cancelled { reason: CancelReason::Health, .. }));
    assert_eq!((over.tip, over.pool_after.tips_due, over.account_after.open_orders), (500, 0, 0));
}

fn order(case: &Case) -> Order {
    let legs = case.scene.view.named(&case.request.legs).unwrap();
    let expires_at = Scene::NOW + 60;
    Order {
        version: LAYOUT_VERSION,
        bump: 0,
        number: 4,
        pool: case.scene.view.keys.pool,
        account: case.account.owner,
        payer: case.account.owner,
        trader: case.account.owner,
        placed_at: Scene::NOW - 60,
        committed: true,
        committer: Default::default(),
        terms: OrderTerms { legs, min_net: i64::MIN, trigger: None, reduce_only: false, expires_at, tip: 500 },
        loss_factor: LossIndex::NONE.factor,
        loss_epoch: 0,
        reserved: [0; 32],
    }
}
