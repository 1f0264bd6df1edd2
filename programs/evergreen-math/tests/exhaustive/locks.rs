//! What lies in pool cash for an option is at least what the option ever pays.

use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Terms};
use evergreen_math::trade::{LegPricing, PriceBand};
use evergreen_math::{BasisPoints, Dollars, PointScale, Points, Ratio, Rounding, Seconds, bounds, fees, reserve};

/// Domain: both kinds × strikes of 2^−24, 1, 4,000.5 and 100,000 dollars and the largest one × caps of 0.01 %, 5 %, 50 % and 99.99 % of the strike away.
fn every_terms() -> impl Iterator<Item = Terms> {
    const STRIKES: [i128; 5] = [1 << 40, 1 << 64, 8_001 << 63, 100_000 << 64, 1 << 112];
    let kinds = [OptionKind::Call, OptionKind::Put];
    kinds.into_iter().flat_map(|kind| STRIKES.map(move |strike| (kind, strike))).flat_map(|(kind, strike)| {
        [1, 500, 5_000, 9_999].into_iter().filter_map(move |away| {
            let ratio = if kind == OptionKind::Call { 10_000 + away } else { 10_000 - away };
            let cap = Ratio::from_bits((ratio << 64) / 10_000);
            Terms::new(kind, Dollars::from_bits(strike), Seconds::DAY, Some(cap)).ok()
        })
    })
}

/// Domain of spots: the least one, a hundredth of, at and a hundred times the strike, the cap, each less and more a bit, halfway, and the largest strike.
fn every_spot(terms: &Terms) -> Vec<Dollars> {
    let (strike, cap) = (terms.strike().to_bits(), terms.cap_price().unwrap().to_bits());
    let corners = [strike / 100, strike, strike.saturating_mul(100), cap, strike + (cap - strike) / 2];
    let all = corners.into_iter().flat_map(|bits| [bits - 1, bits, bits + 1]).chain([1, Terms::MAX_STRIKE.to_bits()]);
    all.filter(|bits| *bits > 0).map(Dollars::from_bits).collect()
}

fn scales() -> impl Iterator<Item = PointScale> {
    (0..=PointScale::MAX_EXPONENT).map(|e| PointScale::new(e).unwrap())
}

/// Domain: those terms × those spots × all scales × sizes of 1 to 64 points and of 1 less and more than 2^16, 2^31, 2^32 and 2^40, whole and in two parts.
#[test]
fn a_lock_covers_every_payoff_however_it_is_divided() {
    let large = [16, 31, 32, 40].into_iter().flat_map(|power| [(1i64 << power) - 1, 1 << power, (1 << power) + 1]);
    let sizes: Vec<i64> = (1..=64).chain(large).collect();
    let mut cases = 0u64;
    for terms in every_terms() {
        let cap = terms.cap_payoff().unwrap();
        for spot in every_spot(&terms) {
            let payoff = terms.intrinsic(spot);
            assert!(!payoff.is_negative() && payoff <= cap, "{terms:?} at {spot:?}");
            for scale in scales() {
                for size in &sizes {
                    let Ok(lock) = reserve::required(Points(*size), cap, scale) else { continue };
                    let paid = |points: i64| scale.native(Points(points), payoff, Rounding::Floor).unwrap().0;
                    assert!(paid(*size) >= 0 && paid(*size).unsigned_abs() <= lock.0, "{size} {terms:?} at {spot:?}");
                    let part = size / 3;
                    assert!((paid(part) + paid(size - part)).unsigned_abs() <= lock.0, "in parts");
                    cases += 1;
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 500_000);
}

/// Domain: those terms × those spots × volatilities of 5 %, 60 % and 400 %. Hence a limit of what sellers get at the cap payoff changes nothing.
#[test]
fn no_value_exceeds_the_cap_payoff_and_no_seller_gets_more() {
    let sigmas = [OptionPricer::MIN_VOLATILITY, Ratio::from_bits((6 << 64) / 10), OptionPricer::MAX_VOLATILITY];
    let mut cases = 0u64;
    for terms in every_terms() {
        let cap = terms.cap_payoff().unwrap();
        for (sigma, spot) in
            sigmas.iter().flat_map(|sigma| every_spot(&terms).into_iter().map(move |spot| (*sigma, spot)))
        {
            let (pricer, point) = (OptionPricer::new(&terms, sigma).unwrap(), PricePoint::new(spot).unwrap());
            let values =
                [bounds::value_at_least(&pricer, point).unwrap(), bounds::value_at_most(&pricer, point).unwrap()];
            assert!(values[0] <= values[1] && values[1] <= cap && !values[0].is_negative(), "{terms:?} at {spot:?}");
            for size in [1, 7, 1_000_003] {
                let scale = PointScale::new(3).unwrap();
                let leg = LegPricing {
                    terms: &terms,
                    held: Points(size),
                    change: Points(-size),
                    sigma,
                    prices: PriceBand::at_mark(point),
                    fees: fees::FeeParams::default(),
                    scale,
                };
                let Ok(cost) = leg.quote() else { continue };
                let most = scale.native(Points(size), cap, Rounding::Floor).unwrap();
                assert!(
                    cost.cash_change <= most && leg.bought_back(cost.cash_change, BasisPoints(2_000)).unwrap() <= most
                );
                cases += 1;
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 1_000);
}
