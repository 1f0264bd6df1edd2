use super::*;
use crate::{
    strategy::{ContractTerms, Strategy},
    testing::scene::Scene,
};
use evergreen::errors::EvergreenError;
use evergreen::{Leg, state::ShareClass};
use evergreen_math::{Dollars, Points, Ratio, Seconds, UnixTime};

fn scene() -> (Scene, MarginAccount) {
    let mut scene = Scene::new(1, 0).unwrap();
    let account = scene.account(0);
    (scene, account)
}

#[test]
fn a_view_takes_the_registry_that_a_strategy_needs() {
    let mut view = scene().0.view;
    view.registry.series[62..].fill(bytemuck::Zeroable::zeroed());
    let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
    let straddle = Strategy::straddle(week, 99_000, Points(1_000)).unwrap();
    let resolved = straddle.resolve(&view.registry, &view.underlyings(), UnixTime(view.now)).unwrap();
    let unknown = |leg: &Leg| view.registry.series(leg.series).map(drop) == Err(EvergreenError::UnknownSeries.into());
    assert!(resolved.legs.iter().any(unknown), "a series of the strategy is not listed yet");
    let view = view.with_registry(resolved.registry);
    assert!(resolved.legs.iter().all(|leg| view.registry.series(leg.series).is_ok()));
}

#[test]
fn a_price_is_fresh_or_refused() {
    let (mut scene, _) = scene();
    assert_eq!(scene.view.price(0).unwrap().spot, Dollars::from_int(100_000));
    scene.view.now += 3_600;
    let stale = scene.view.price(0).unwrap_err();
    assert!(stale.refusal().is_some_and(|refusal| refusal.is("PriceStale") && refusal.is_passing()));
}

#[test]
fn only_the_prices_of_what_is_held_or_traded_are_read() {
    let (mut scene, account) = scene();
    let steps: Vec<u32> = scene.view.underlyings().iter().map(|underlying| underlying.params.strike_step).collect();
    assert_eq!(steps, [1_000, 50]);
    let places = scene.view.needed(&account, [scene.series[32]]).unwrap();
    assert_eq!(places, [1]);
    assert_eq!(scene.view.feeds(&places), [scene.view.markets[1].feed]);
    assert_eq!(scene.view.needed(&account, [scene.series[0], scene.series[63]]).unwrap(), [0, 1]);
    assert!(scene.view.feeds(&[7]).is_empty(), "there is no such place");
    assert_eq!(scene.view.needed_for_registry(), [0, 1]);
    for series in scene.view.registry.series.iter_mut().filter(|series| series.underlying == 1) {
        (series.long_points, series.short_points) = (0, 0);
    }
    assert_eq!(scene.view.needed_for_registry(), [0]);
}

#[test]
fn a_leg_of_zero_points_is_refused_and_does_not_pass() {
    let (scene, account) = scene();
    let error = scene.view.trade(&account, &[Leg { series: scene.series[0], points: 0 }]).err().unwrap();
    assert!(error.refusal().is_some_and(|refusal| refusal.is("LegZero") && !refusal.is_passing()));
}

#[test]
fn an_account_is_liquidatable_only_with_negative_maintenance_health() {
    let (mut scene, empty) = scene();
    let now = scene.view.account(&empty).unwrap();
    // Without positions equity and health are the cash, and there is no funding.
    assert_eq!((now.cash, now.equity, now.health.maintenance), (empty.cash, empty.cash, empty.cash));
    assert_eq!((now.funding_per_day, now.runway()), (0, None));
    let mut account = scene.account(4);
    account.cash -= scene.view.account(&account).unwrap().health.maintenance;
    assert!(!scene.view.is_liquidatable(&account).unwrap());
    account.cash -= 1;
    assert!(scene.view.is_liquidatable(&account).unwrap());
}

#[test]
fn a_premium_is_the_mark_with_spread() {
    let (scene, account) = scene();
    let quote = scene.view.trade(&account, &[Leg { series: scene.series[0], points: 1_000 }]).unwrap();
    let leg = &quote.legs[0];
    assert_eq!(leg.premium, leg.mark + leg.spread);
    assert_eq!(leg.position, 1_000);
}

#[test]
fn written_options_are_told_from_bought_ones() {
    let (mut scene, account) = scene();
    // Options can be written only against bought ones.
    scene.view.registry.series_mut(scene.series[0]).unwrap().long_points += 1_000;
    let after = |points| scene.view.trade(&account, &[Leg { series: scene.series[0], points }]).unwrap().account_after;
    assert!(!scene.view.has_written(&after(1_000)));
    assert!(scene.view.has_written(&after(-1_000)));
}

#[test]
fn capacity_is_the_largest_trade_that_is_taken() {
    let (scene, account) = scene();
    let most = scene.view.capacity(&account, scene.series[0]).unwrap();
    let check = |points: u64| {
        let points = i64::try_from(points).unwrap();
        scene.view.check_trade(&account, &[Leg { series: scene.series[0], points }])
    };
    assert!(most.buy > 0 && check(most.buy).is_ok());
    let refused = check(most.buy + 1).unwrap_err();
    assert!(refused.refusal().is_some_and(|refusal| refusal.is("InsufficientCash")), "{refused}");
    assert_eq!(most.sell, 0, "as much is written as bought, and the account holds nothing");
}

#[test]
fn a_share_costs_more_than_it_pays() {
    let value = NetAssetValue { lower: 900, mark: 950, upper: 999, shares: 1_000 };
    // A thousand virtual shares and one virtual unit are counted too: a share costs half a unit.
    assert_eq!(value.share_price_upper(), Some(Ratio::from_bits(1 << 63)));
    assert!(value.share_price_lower() < value.share_price_upper());
}

#[test]
fn liquidity_is_quoted_in_shares_and_units() {
    let (scene, _) = scene();
    let deposit = scene.view.deposit(ShareClass::Main, 1_000_000).unwrap();
    assert!(deposit.shares > 0);
    assert_eq!(deposit.pool_after.pool_cash, scene.view.pool.pool_cash + 1_000_000);
    let withdrawal = scene.view.withdrawal(ShareClass::Main, 1_000_000).unwrap();
    assert!(withdrawal.amount_now <= withdrawal.worth);
    assert_eq!(scene.view.withdrawal(ShareClass::Insurance, 1_000_000).unwrap().cooldown, 7 * 86_400);
    let insurance = scene.view.net_asset_value(ShareClass::Insurance).unwrap();
    // Bad debts are subtracted.
    let worth = (1 << 40) + (1 << 30) - scene.view.pool.bad_debts as i64;
    assert_eq!((insurance.upper, insurance.shares), (worth, scene.view.pool.insurance.total));
    // The main class gets six tenths of the fees, the insurance class a quarter of the fees and no funding.
    assert_eq!(scene.view.yield_estimate(ShareClass::Main, 1_000_000).unwrap().fees_per_day, 600_000);
    let estimate = scene.view.yield_estimate(ShareClass::Insurance, 1_000_000).unwrap();
    assert_eq!((estimate.funding_per_day, estimate.fees_per_day), (0, 250_000));
}

#[test]
fn a_leg_has_the_name_of_its_option() {
    let scene = Scene::new(1, 0).unwrap();
    let legs: Vec<Leg> = scene.series.iter().map(|series| Leg { series: *series, points: 5 }).collect();
    let named = scene.view.named(&legs).unwrap();
    assert_eq!(scene.view.registry.resolve(&named).unwrap(), legs);
    let mut stranger = legs[0];
    stranger.series.generation += 1;
    let error = scene.view.named(&[stranger]).expect_err("a refusal");
    assert!(error.refusal().is_some_and(|refusal| refusal.is("UnknownSeries")), "{error}");
}
