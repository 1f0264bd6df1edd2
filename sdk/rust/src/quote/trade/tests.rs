use super::*;
use crate::{plan::Planner, price::PushFeeds, testing::scene::Scene};
use evergreen::state::LossIndex;

/// Makes a pool whose claims have lost half, an account that has not borne the loss yet, and a small purchase.
fn after_a_seizure() -> (Scene, MarginAccount, [Leg; 1]) {
    let mut scene = Scene::new(1, 0).unwrap();
    let account = scene.account(0);
    scene.view.pool.loss_index = LossIndex { factor: LossIndex::NONE.factor / 2, ..LossIndex::NONE };
    let legs = [Leg { series: scene.series[0], points: 1_000 }];
    (scene, account, legs)
}

#[test]
fn a_trade_counts_losses_that_the_account_has_not_borne_yet() {
    let (scene, account, legs) = after_a_seizure();
    let quote = scene.view.trade(&account, &legs).unwrap();
    assert_eq!(quote.before.cash, account.cash / 2);
    assert_eq!(quote.before, scene.view.account(&account).unwrap());
    let tip = scene.view.pool.params.fill_tip as i64;
    assert_eq!((quote.after.cash, quote.account_after.cash), (account.cash / 2 - tip + quote.net, quote.after.cash));
    assert_eq!(quote.account_after.loss_index, scene.view.pool.loss_index);
    // The loss does not count as settlement.
    assert_eq!(quote.settled, 0);
}

#[test]
fn a_plan_deposits_after_the_losses() {
    let (scene, account, legs) = after_a_seizure();
    let plain = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
    let with_deposit = Planner { deposit: 1_000_000, ..plain };
    let plan = with_deposit.trade_legs(&account, &legs).unwrap();
    assert_eq!(plan.quote.before.cash, account.cash / 2 + 1_000_000);
}
