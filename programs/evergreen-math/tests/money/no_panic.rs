//! Public functions return an answer or an error on raw extreme inputs and never panic (debug builds check overflow).

mod complete;
mod each;

use crate::common::cases;
use evergreen_math::calendar::Week;
use evergreen_math::carry::{CarryRate, CarryRule};
use evergreen_math::fees::{self, FeeParams, FeeSplit, PenaltyParams};
use evergreen_math::funding::{FundingIndex, SeriesFunding, claims, owed, pool_claim, settled_up_to};
use evergreen_math::margin::{HealthLevel, MarginParams, Portfolio, ShockParams};
use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Terms};
use evergreen_math::pool::{self, value_and_slope};
use evergreen_math::trade::{LegPricing, PriceBand};
use evergreen_math::volatility::{Smile, VolatilityParams, VolatilityState, marks, quoted, rest, sample, within_band};
use evergreen_math::{
    BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime, bounds, reserve,
    shares,
};
use proptest::prelude::*;
use std::hint::black_box;

/// Numbers of every size and the limits.
fn i128s() -> impl Strategy<Value = i128> {
    prop_oneof![
        any::<i128>(),
        (any::<i128>(), 0u32..128).prop_map(|(x, shift)| x >> shift),
        prop::sample::select(vec![i128::MIN, i128::MIN + 1, -1, 0, 1, i128::MAX, 1 << 64, 1 << 63]),
    ]
}

fn i64s() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        (any::<i64>(), 0u32..64).prop_map(|(x, shift)| x >> shift),
        prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX]),
    ]
}

fn u64s() -> impl Strategy<Value = u64> {
    i64s().prop_map(|x| x as u64)
}

fn u32s() -> impl Strategy<Value = u32> {
    prop_oneof![any::<u32>(), prop::sample::select(vec![0, 1, 3_600, 604_800, u32::MAX])]
}

fn bps() -> impl Strategy<Value = BasisPoints> {
    prop_oneof![any::<u16>(), 0u16..=10_000, prop::sample::select(vec![0, 1, 10_000, u16::MAX])].prop_map(BasisPoints)
}

fn dollars() -> impl Strategy<Value = Dollars> {
    i128s().prop_map(Dollars::from_bits)
}

fn ratios() -> impl Strategy<Value = Ratio> {
    prop_oneof![1 => i128s(), 1 => (1i128 << 59)..(1i128 << 66)].prop_map(Ratio::from_bits)
}

/// Any terms that can be made, mostly from small numbers.
fn terms() -> impl Strategy<Value = Terms> {
    (any::<bool>(), prop_oneof![i128s(), 1i128..1 << 112], 3_600u32..=7_776_000, ratios()).prop_filter_map(
        "valid terms",
        |(call, strike, tenor, cap)| {
            let (kind, cap) = if call {
                (OptionKind::Call, cap.max(Ratio::from_bits((1 << 64) + 1)))
            } else {
                (OptionKind::Put, Ratio::from_bits(cap.to_bits() & u64::MAX as i128))
            };
            Terms::new(kind, Dollars::from_bits(strike), Seconds(tenor), Some(cap)).ok()
        },
    )
}

fn scales() -> impl Strategy<Value = PointScale> {
    (0u8..=9).prop_map(|e| PointScale::new(e).unwrap())
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn units(a in i128s(), b in i128s(), x in i64s(), y in i64s(), u in u64s(), v in u64s(), s in bps(), scale in scales(), e in any::<u8>()) {
        for rounding in [Rounding::Floor, Rounding::Ceil] {
            black_box(scale.native(Points(x), Dollars::from_bits(a), rounding).ok());
            black_box(Native(u).mul_div(v, x as u64, rounding).ok());
            black_box(Native(u).share(s, rounding).ok());
        }
        let (p, q, r) = (Dollars::from_bits(a), Dollars::from_bits(b), Ratio::from_bits(b));
        black_box((p.checked_add(q).ok(), p.checked_sub(q).ok(), p.mul_floor(r).ok(), p.mul_int(x).ok(), p.div_int(x).ok()));
        black_box((p.ratio_to(q).ok(), p.is_positive(), p.is_negative(), s.to_ratio(), PointScale::new(e).ok()));
        black_box((Points(x).size().ok(), Points(x).checked_neg().ok(), Points(x).checked_add(Points(y)).ok()));
        black_box((Native(u).to_delta().ok(), Native(u).checked_apply(NativeDelta(x)).ok(), Native(u).checked_sub(Native(v)).ok()));
        black_box((NativeDelta(x).checked_neg().ok(), NativeDelta(x).positive_part(), NativeDelta(x).negative_part()));
        black_box((UnixTime(x).since(UnixTime(y)).ok(), UnixTime(x).after(Seconds(u as u32)).ok()));
    }

    #[test]
    fn funding(
        (index, rate, now_rate) in (i128s(), i128s(), i128s()), (bought, written) in (u64s(), u64s()),
        (touched, now, p, q) in (i64s(), i64s(), i64s(), i64s()),
        snapshot in i128s(), tenor in u32s(), gap in u32s(), scale in scales(),
    ) {
        let series = SeriesFunding {
            index: FundingIndex(index),
            rate: Dollars::from_bits(rate),
            touched: UnixTime(touched),
            bought_basis: bought,
            written_basis: written,
        };
        let next = series.advance(Dollars::from_bits(now_rate), UnixTime(now), Seconds(tenor), Seconds(gap));
        if let Ok(next) = next {
            prop_assert!(next.touched >= series.touched);
            prop_assert_eq!((next.bought_basis, next.written_basis), (bought, written));
        }
        black_box(series.on_position_change(Points(p), FundingIndex(snapshot), Points(q), scale).ok());
        black_box(owed(Points(p), series.index, FundingIndex(snapshot), scale).ok());
        black_box(settled_up_to(Points(p), FundingIndex(snapshot), NativeDelta(q), scale).ok());
        black_box(pool_claim(Points(p), Points(q), &series, scale).ok());
        black_box(claims(Points(p), Points(q), &series, scale).ok());
    }

    #[test]
    fn fees_and_shares(
        (a, b) in (dollars(), dollars()), (u, v) in (u64s(), u64s()), (x, y) in (i64s(), i64s()),
        (r, s, t) in (bps(), bps(), bps()), sigma in ratios(), age in u32s(), scale in scales(),
    ) {
        black_box(fees::fee_per_unit(a, b, r, s).ok());
        black_box(fees::trade_fee(Points(x), a, scale).ok());
        black_box(fees::latency_floor(sigma, Seconds(age)).ok());
        black_box(fees::waiting_floors(sigma, Seconds(age), r).ok());
        black_box(fees::split_referral(Native(u), r).ok());
        black_box(FeeParams { open: r, close: s, cap_of_value: t }.check_latency_floor(r).ok());
        black_box(FeeParams { open: r, close: s, cap_of_value: t }.check_waiting_floors((r, s)).ok());
        black_box(FeeSplit::new(r, s, t).and_then(|split| split.split(Native(u))).ok());
        let penalty = PenaltyParams { rate: r, equity_cap: s, liquidator: t };
        black_box(penalty.due(Native(u), NativeDelta(x)).ok());
        black_box(penalty.penalty(Native(u), NativeDelta(x), NativeDelta(y)).and_then(|p| p.total()).ok());
        black_box(shares::shares_for_deposit(Native(u), v, NativeDelta(x)).ok());
        black_box(shares::amount_for_shares(u, v, NativeDelta(x)).ok());
        black_box(shares::share_price(v, NativeDelta(x)).ok());
        black_box((reserve::required(Points(x), a, scale).ok(), reserve::reserve_limit(Native(u), r).ok()));
        black_box(reserve::reserve_use(Native(u), Native(v), r).map(|l| (l.is_within(), l.free())).ok());
        black_box(reserve::free_cash(Native(u), Native(v), r).ok());
        let rule = CarryRule { per_skew: r, limit: s, base: x as i16 };
        let rate = rule.rate(NativeDelta(x), NativeDelta(y), Native(u));
        black_box((rule.rate(NativeDelta(y), NativeDelta(y), Native(v)).ok(), rule.largest(Native(u), Native(v)).ok()));
        black_box((rate.unwrap().on(a, Seconds(age)).ok(), CarryRate(y as i32).on(b, Seconds(age)).ok()));
    }

    #[test]
    fn volatility(
        (fast, slow, interval, tenor) in (u32s(), u32s(), u32s(), u32s()), cap in any::<u16>(), (change, band) in (bps(), bps()),
        (start, multiplier, min, max) in (ratios(), ratios(), ratios(), ratios()),
        (variance, other, sigma, skew, convexity) in (ratios(), ratios(), ratios(), ratios(), ratios()),
        (last, price) in (dollars(), dollars()), (then, moved, now) in (i64s(), i64s(), i64s()),
    ) {
        let params = VolatilityParams {
            fast_half_life: Seconds(fast),
            slow_half_life: Seconds(slow),
            min_interval: Seconds(interval),
            sample_cap_sigmas: cap,
            start,
            multiplier,
            min,
            max,
            max_change_per_hour: change,
            week: Week { saturday: band, sunday: change },
        };
        let state = VolatilityState {
            fast_variance: variance,
            slow_variance: other,
            last_price: last,
            last_time: UnixTime(then),
            front: sigma,
            back: variance,
            sigma_time: UnixTime(moved),
        };
        black_box((params.check().ok(), params.start(price, UnixTime(now)).ok()));
        let (grid, now) = (UnixTime(moved), UnixTime(now));
        black_box((sample(&params, &state, price, grid, now).ok(), marks(&params, &state, now).ok()));
        black_box(quoted(&params, &state, price, now).map(|quote| (quote.bid(Seconds(tenor)).ok(), quote.mark(Seconds(tenor)).ok())).ok());
        black_box((quoted(&params, &state, price, now).ok(), rest(&params, &state, now).ok()));
        let smile = Smile { skew, convexity };
        black_box((smile.sigma(sigma, price, last, Seconds(tenor)).ok(), smile.at_moneyness(sigma, variance).ok()));
        black_box(within_band(price, last, band).ok());
    }

    #[test]
    fn trades_and_pools(
        terms in terms(), sigma in ratios(), (spot, low, high, confidence) in (dollars(), dollars(), dollars(), dollars()),
        (held, change) in (i64s(), i64s()),
        (r, s, t) in (bps(), bps(), bps()), scale in scales(),
    ) {
        let Ok(point) = PricePoint::new(spot) else { return Ok(()) };
        black_box(PriceBand::around(point, confidence, r).ok());
        if let Ok(pricer) = OptionPricer::new(&terms, sigma) {
            black_box((bounds::value_at_most(&pricer, point).ok(), bounds::valuation_at_least(&pricer, point).ok()));
            if let Ok(priced) = bounds::slope_at_least(&pricer, point) {
                black_box(CarryRate(i32::MIN).funding_rate(&priced, Seconds(u32::MAX)).ok());
            }
        }
        let leg = LegPricing {
            terms: &terms,
            held: Points(held),
            change: Points(change),
            sigma,
            prices: PriceBand { spot: point, low, high },
            fees: FeeParams { open: r, close: s, cap_of_value: t },
            scale,
        };
        black_box((leg.quote().ok(), leg.closing_and_opening().ok()));
        for rounding in [Rounding::Floor, Rounding::Ceil] {
            black_box(pool::owed(&terms, sigma, point, Points(held), (scale, rounding)).ok());
        }
        black_box(value_and_slope(&terms, sigma, point).ok());
    }

    #[test]
    fn margin(
        positions in prop::collection::vec((0usize..6, i64s(), terms(), ratios()), 0..4),
        spots in prop::collection::vec(dollars(), 6),
        (initial, target, maintenance) in (bps(), bps(), bps()),
        (stress, extreme, weight, charge) in (bps(), bps(), bps(), bps()),
        (cash, funding) in (i64s(), i64s()),
        scale in scales(),
    ) {
        let params = MarginParams { vol_stress: stress, extreme_multiple: extreme, extreme_weight: weight, short_charge: charge };
        let shocks = ShockParams { initial, target, maintenance };
        black_box(shocks.check().ok());
        let levels = [HealthLevel::Initial, HealthLevel::Maintenance];
        for params in [params, MarginParams::default()] {
            let Ok(mut portfolio) = Portfolio::new(levels, params) else { continue };
            for (underlying, points, terms, sigma) in &positions {
                black_box(portfolio.add(*underlying, Points(*points), terms, *sigma, spots[*underlying], &shocks, scale).ok());
            }
            for level in levels {
                black_box((portfolio.options(level).ok(), portfolio.short_caps().ok()));
                black_box(portfolio.health(level, NativeDelta(cash), NativeDelta(funding)).ok());
            }
        }
    }
}
