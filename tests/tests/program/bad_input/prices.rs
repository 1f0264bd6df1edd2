//! Uncertain and stale prices: which instructions accept them.

use super::{Case, case, refuse_all, scene::Scene};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{CancelReason, NoticeCause, Notices, SeriesSpec},
    },
    instruction as build,
    testing::pyth::Price,
};
use evergreen_tests::{BTC, CLASSIC, Outcome, world::DOLLAR};

/// Instructions that need a fresh price, because they add risk or depend on the worth of liquidity.
const FRESH_ONLY: [&str; 5] =
    ["withdraw_margin", "execute_withdrawal", "refresh_pool", "sample_volatility", "auto_deleverage"];

fn uncertain_by_confidence(price: &mut Price) {
    // The limit is half a percent; this is a dollar more.
    price.conf = 501 * DOLLAR as u64;
}

fn uncertain_by_ema_price(price: &mut Price) {
    price.ema_price = price.price * 100 / 106;
}

#[test]
fn a21_a24_an_uncertain_price_does_not_add_risk() {
    for edit in [uncertain_by_confidence, uncertain_by_ema_price] {
        let mut scene = Scene::new();
        scene.world.pass_to(1);
        // The price that is published then is the first one after a notice, and after a full minute.
        scene.pass_notice();
        scene.world.edit_price(BTC, edit);
        let far = scene.world.is_far(BTC);
        // A price far from its average is sampled, because volatility has to follow a fast market, and of an uncertain one it is noted that it is not.
        let refused = |name: &str| FRESH_ONLY.contains(&name) && name != "sample_volatility";
        let chosen = scene.instructions().into_iter().filter(|(name, _)| refused(name));
        // The first price after a moment has to be confirmed where it is far.
        let error = |name: &str| match name {
            "auto_deleverage" if far => EvergreenError::PriceUnconfirmed,
            _ => EvergreenError::PriceUncertain,
        };
        let mut cases: Vec<Case> = chosen.map(|(name, instruction)| case(name, instruction, error(name))).collect();
        assert_eq!(cases.len(), FRESH_ONLY.len() - 1);
        let (keys, btc) = (scene.world.pools[CLASSIC], scene.world.feeds[BTC].accounts);
        let request = SeriesSpec { put: true, strike: 100_000, tenor: 7 * 86_400 };
        cases.push(case("list", build::list_series(&keys, &btc, request), EvergreenError::PriceUncertain));
        refuse_all(&mut scene.world, cases);
        let leg = scene.leg(1_000);
        let outcome = scene.trade(leg);
        assert_eq!(reason(&outcome), Some(CancelReason::PriceUncertain), "{:?}", outcome.failure);
        // An account without positions needs no price, and positions may be reduced.
        scene.world.withdraw("keeper", CLASSIC, u64::MAX).ok();
        let sell = scene.leg(-1_000_000);
        scene.trade(sell).ok();
    }
}

/// Returns why a commitment was cancelled.
fn reason(outcome: &Outcome) -> Option<CancelReason> {
    outcome.events().into_iter().find_map(|e| if let Event::CommitmentCancelled(e) = e { Some(e.reason) } else { None })
}

#[test]
fn a21_the_limit_itself_is_fresh() {
    let mut scene = Scene::new();
    scene.world.edit_price(BTC, |price| price.conf = 500 * DOLLAR as u64);
    let buy = scene.leg(1_000);
    scene.trade(buy).ok();
    scene.world.edit_price(BTC, |price| {
        price.conf = 0;
        price.price = 105_000 * DOLLAR;
    });
    let buy = scene.leg(2_000);
    scene.trade(buy).ok();
}

#[test]
fn a24_exercise_needs_the_cap_at_both_ends_of_the_price() {
    let mut scene = Scene::new();
    let (keys, btc, call) = (scene.world.pools[CLASSIC], scene.world.feeds[BTC].accounts, scene.call[CLASSIC]);
    let exercise = build::exercise_series(&keys, call, &btc);
    // The price is at the cap of 120,000; the lower end of its confidence is not.
    scene.world.set_price(BTC, 120_000);
    scene.world.edit_price(BTC, |price| price.conf = 700 * DOLLAR as u64);
    scene.world.refused(exercise.clone(), EvergreenError::SeriesNotAtCap);
    // Neither is the EMA price.
    scene.world.edit_price(BTC, |price| {
        price.conf = 0;
        price.price = 130_000 * DOLLAR;
        price.ema_price = 119_999 * DOLLAR;
    });
    scene.world.refused(exercise.clone(), EvergreenError::SeriesNotAtCap);
    // The price is a hundred-millionth of a dollar below the cap, with a confidence of zero.
    scene.world.edit_price(BTC, |price| {
        price.price = 120_000 * DOLLAR - 1;
        price.ema_price = price.price;
    });
    scene.world.refused(exercise.clone(), EvergreenError::SeriesNotAtCap);
    // Both ends are at or above the cap.
    scene.world.edit_price(BTC, |price| {
        price.price = 130_000 * DOLLAR;
        price.ema_price = 120_000 * DOLLAR;
        price.conf = 2_000 * DOLLAR as u64;
    });
    scene.world.send(exercise).ok();
}

#[test]
fn a24_a_liquidation_needs_bad_health_at_both_ends_of_the_price() {
    let mut scene = Scene::new();
    let series = scene.walter_writes();
    let close = scene.liquidate_whom("walter", vec![Leg { series, points: 33_333_333 }]);
    // Walter is below maintenance at the price, but not at the EMA price.
    scene.world.set_price(BTC, 119_500);
    scene.world.edit_price(BTC, |price| price.ema_price = 100_000 * DOLLAR);
    scene.world.refused(close.clone(), EvergreenError::NotLiquidatable);
    // Walter is below maintenance at the price, but not at the lower end of its confidence.
    scene.world.edit_price(BTC, |price| {
        price.ema_price = price.price;
        price.conf = 20_000 * DOLLAR as u64;
    });
    scene.world.refused(close.clone(), EvergreenError::NotLiquidatable);
    scene.world.edit_price(BTC, |price| price.conf = 1_000 * DOLLAR as u64);
    scene.world.send(close).ok();
}

#[test]
fn a20_a29_stale_prices_stop_all_but_leaving_without_positions() {
    let mut scene = Scene::new();
    let with_price = ["exercise_series", "liquidate"].into_iter().chain(FRESH_ONLY);
    let names: Vec<_> = with_price.collect();
    scene.world.pass_to(50);
    scene.world.give_notice(CLASSIC, scene.call[CLASSIC], NoticeCause::Excess);
    scene.world.pass(Notices::PERIOD);
    scene.world.chain.pass(11);
    // The last price was published before the minute that is sampled, and not after the moment of the notice.
    let stale = |name: &str| match name {
        "sample_volatility" | "auto_deleverage" | "execute_withdrawal" => EvergreenError::PriceNotFirst,
        _ => EvergreenError::PriceStale,
    };
    let chosen = scene.instructions().into_iter().filter(|(name, _)| names.contains(name));
    let cases: Vec<Case> = chosen.map(|(name, instruction)| case(name, instruction, stale(name))).collect();
    assert_eq!(cases.len(), names.len());
    refuse_all(&mut scene.world, cases);
    scene.world.withdraw("keeper", CLASSIC, u64::MAX).ok();
}
