//! The functions whose names several types have, each by its type, and those that the tests beside this one leave out.

use super::{bps, dollars, i64s, i128s, ratios, scales, terms, u32s, u64s};
use crate::common::cases;
use evergreen_math::calendar::Week;
use evergreen_math::carry::{CarryRate, CarryRule, CarrySum, DeltaSum, Sides};
use evergreen_math::fees::{FeeSplit, PenaltyParams};
use evergreen_math::funding::{self, FundingIndex, SeriesFunding};
use evergreen_math::margin::{Blend, HealthLevel, MarginParams, Moves, Portfolio, ShockParams};
use evergreen_math::option::{OptionPricer, PricePoint, Shock, Terms, Valuation};
use evergreen_math::seizure::{self, LossIndex};
use evergreen_math::trade::{LegPricing, Markups, PriceBand};
use evergreen_math::volatility::{self, Marks, Quoted, Smile, VolatilityParams, VolatilityState};
use evergreen_math::{
    BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime, bounds, pool,
    reserve,
};
use proptest::prelude::*;
use std::hint::black_box;

fn roundings() -> impl Strategy<Value = Rounding> {
    any::<bool>().prop_map(|down| if down { Rounding::Floor } else { Rounding::Ceil })
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn integers((u, v) in (u64s(), u64s()), (x, y) in (i64s(), i64s()), (r, s) in (bps(), bps()), (t, w) in (u32s(), u32s())) {
        black_box((Points::checked_add(Points(x), Points(y)).ok(), Points::checked_sub(Points(x), Points(y)).ok()));
        black_box((Native::checked_add(Native(u), Native(v)).ok(), Native::checked_sub(Native(u), Native(v)).ok()));
        black_box((NativeDelta::checked_add(NativeDelta(x), NativeDelta(y)).ok(), NativeDelta::checked_sub(NativeDelta(x), NativeDelta(y)).ok()));
        black_box((BasisPoints::checked_add(r, s).ok(), BasisPoints::checked_sub(r, s).ok()));
        black_box((Seconds::checked_add(Seconds(t), Seconds(w)).ok(), Seconds::checked_sub(Seconds(t), Seconds(w)).ok()));
        black_box((UnixTime::checked_add(UnixTime(x), UnixTime(y)).ok(), UnixTime::checked_sub(UnixTime(x), UnixTime(y)).ok()));
        black_box((Points::checked_neg(Points(x)).ok(), NativeDelta::checked_neg(NativeDelta(x)).ok(), UnixTime::since(UnixTime(x), UnixTime(y)).ok()));
        black_box((Points::is_zero(Points(x)), Native::is_zero(Native(u)), NativeDelta::is_zero(NativeDelta(x)), BasisPoints::is_zero(r)));
        black_box((Seconds::is_zero(Seconds(t)), UnixTime::is_zero(UnixTime(x)), Points(x).is_short(), NativeDelta::is_negative(NativeDelta(x))));
    }

    #[test]
    fn fixed_points((a, b) in (i128s(), i128s()), x in i64s(), scale in scales(), rounding in roundings()) {
        let (p, q, r, s) = (Dollars::from_bits(a), Dollars::from_bits(b), Ratio::from_bits(a), Ratio::from_bits(b));
        black_box((Dollars::from_int(x), Ratio::from_int(x), Dollars::to_bits(p), Ratio::to_bits(r)));
        black_box((Dollars::checked_add(p, q).ok(), Dollars::checked_sub(p, q).ok(), Ratio::checked_add(r, s).ok(), Ratio::checked_sub(r, s).ok()));
        black_box((Dollars::mul_floor(p, s).ok(), Ratio::mul_floor(r, s).ok(), Dollars::mul_int(p, x).ok(), Ratio::mul_int(r, x).ok()));
        black_box((Dollars::div_int(p, x).ok(), Ratio::div_int(r, x).ok(), Dollars::ratio_to(p, q).ok(), Ratio::ratio_to(r, s).ok()));
        black_box((Dollars::is_positive(p), Ratio::is_positive(r), Dollars::is_negative(p), Ratio::is_negative(r)));
        black_box((scale.exponent(), scale.points_per_unit_dollar()));
        black_box((PointScale::native_of::<0>(scale, a, rounding).ok(), PointScale::native_of::<16>(scale, a, rounding).ok()));
        black_box(PointScale::native_of::<64>(scale, a, rounding).ok());
    }

    #[test]
    fn funding_and_carry(
        (a, b, c, d) in (i128s(), i128s(), i128s(), i128s()), (x, y) in (i64s(), i64s()), (u, v) in (u64s(), u64s()),
        (t, rate) in (u32s(), any::<i32>()), (r, s) in (bps(), bps()), scale in scales(), rounding in roundings(),
    ) {
        let (slope, span) = (Dollars::from_bits(a), Seconds(t));
        black_box((FundingIndex::plus(FundingIndex(a), slope).ok(), FundingIndex::since(FundingIndex(a), FundingIndex(b)).ok()));
        black_box((funding::owed(Points(x), FundingIndex(a), FundingIndex(b), scale).ok(), SeriesFunding::starting(UnixTime(x))));
        black_box((CarryRate::on(CarryRate(rate), slope, span).ok(), CarrySum::on(CarrySum(x), slope).ok()));
        black_box((DeltaSum::plus(DeltaSum(b), NativeDelta(x), span).ok(), DeltaSum::average(DeltaSum(b), span).ok()));
        let sides = Sides { up: a, down: b };
        let one = Sides::of(u, v, x);
        black_box((Sides::with(sides, one, Sides { up: c, down: d }).ok(), Sides::with(sides, Sides { up: c, down: d }, one).ok()));
        for sides in [sides, one] {
            black_box((Sides::net(sides, scale).ok(), Sides::side(sides, true, scale, rounding).ok(), Sides::side(sides, false, scale, rounding).ok()));
        }
        let rule = CarryRule { per_skew: r, limit: s, base: y as i16 };
        black_box((CarryRule::rate(&rule, NativeDelta(x), NativeDelta(y), Native(v)).ok(), CarryRule::largest(&rule, Native(u), Native(v)).ok()));
    }

    #[test]
    fn losses_fees_and_reserves(
        (u, v, w) in (u64s(), u64s(), u64s()), (factor, other) in ((1u64 << 31)..=(1 << 63), (1u64 << 31)..=(1 << 63)),
        (epoch, later) in (u32s(), u32s()), (x, t) in (i64s(), u32s()), (r, s, p) in (bps(), bps(), bps()),
        ledgers in prop::collection::vec(u64s(), 0..5),
    ) {
        let (from, now) = (LossIndex { factor, epoch }, LossIndex { factor: other, epoch: later });
        for now in [now, LossIndex { factor: other, epoch }, LossIndex { factor: other, epoch: epoch.saturating_add(1) }] {
            black_box((LossIndex::claim(from, Native(u), now).ok(), LossIndex::sum(from, Native(u), now).ok()));
            black_box(LossIndex::left(from, (Native(u), t), now).ok());
        }
        black_box(LossIndex::after_payment(from, Native(u), Native(v)).ok());
        let mut bearers: Vec<Native> = ledgers.iter().copied().map(Native).collect();
        let mut claims = vec![Native(v), Native(w)];
        black_box(seizure::assign(Native(u), &mut bearers, &mut claims, from).ok());
        black_box(seizure::assign(Native(u), &mut [], &mut [Native(v >> 1), Native(w >> 1)], from).ok());
        black_box(seizure::assign(Native(u), &mut [Native(v)], &mut [], from).ok());
        black_box(FeeSplit::new(r, s, p).map(|split| FeeSplit::main(&split)).ok());
        let penalty = PenaltyParams { rate: r, equity_cap: s, liquidator: p };
        black_box((penalty.most(Native(u), NativeDelta(x)).ok(), PenaltyParams::of_gain(&penalty, NativeDelta(x)).ok()));
        black_box(reserve::level_after(Native(u), Native(v), Native(w), Seconds(t)));
    }

    #[test]
    fn weeks_and_volatilities(
        (a, b, c, d) in (ratios(), ratios(), ratios(), ratios()), (x, y) in (i64s(), i64s()), (t, w, z) in (u32s(), u32s(), u32s()),
        (r, s) in (bps(), bps()), cap in any::<u16>(), (price, strike) in (dollars(), dollars()), terms in terms(), after in i64s(),
    ) {
        let week = Week { saturday: r, sunday: s };
        let (from, to) = (UnixTime(x), UnixTime(y));
        black_box((Week::check(&week).ok(), Week::speed(&week, from).of(price).ok(), Week::between(&week, from, to)));
        let mean = Week::mean_speed(&week, from, to);
        black_box(evergreen_math::calendar::Speed::of(mean, price).ok());
        let params = VolatilityParams {
            fast_half_life: Seconds(t),
            slow_half_life: Seconds(w),
            min_interval: Seconds(z),
            sample_cap_sigmas: cap,
            start: a,
            multiplier: b,
            min: c,
            max: d,
            max_change_per_hour: r,
            week,
        };
        let state = VolatilityState {
            fast_variance: a,
            slow_variance: b,
            last_price: price,
            last_time: from,
            front: c,
            back: d,
            sigma_time: to,
        };
        black_box((VolatilityParams::check(&params).ok(), VolatilityParams::burst(Seconds(t)), VolatilityParams::least_change_per_hour(Seconds(t))));
        black_box((volatility::outlook(&params, &state).ok(), volatility::near(a, b, r).ok()));
        let marks = Marks { front: a, back: b, burst: Seconds(z) };
        black_box((Marks::of(&marks, Seconds(t)).ok(), Quoted::at_marks(marks)));
        let quoted = Quoted { marks, calm: c, ask: d };
        black_box((Quoted::side(&quoted, true, Seconds(t)).ok(), Quoted::side(&quoted, false, Seconds(t)).ok()));
        let smile = Smile { skew: a, convexity: b };
        black_box((Smile::check(&smile).ok(), Smile::sigma(&smile, c, price, strike, Seconds(t)).ok()));
        for tenor in [Seconds(t), terms.tenor()] {
            let of_tenor = Smile::of_tenor(&smile, c, tenor);
            if let (Ok(strikes), Ok(point)) = (of_tenor, PricePoint::new(price)) {
                black_box(evergreen_math::volatility::TenorSmile::sigma(&strikes, point, &terms).ok());
            }
        }
        for buys in [false, true] {
            black_box(Markups::at(Markups { buy: r, write: s }, a, buys, Points(after)).ok());
        }
    }

    #[test]
    fn options_and_trades(
        terms in terms(), sigma in ratios(), (spot, value) in (dollars(), dollars()), (held, change) in (i64s(), i64s()),
        (log, other_log, cash) in (i64s(), i64s(), i64s()), (cap, r, t) in (ratios(), bps(), u32s()), scale in scales(),
    ) {
        black_box((terms.kind(), Terms::strike(&terms), Terms::tenor(&terms), terms.logarithms()));
        black_box(Valuation::value(&Valuation { intrinsic: spot, time_value: value }).ok());
        black_box(Terms::value(&terms, sigma, spot).ok());
        let restored = Terms::restore(terms.kind(), terms.strike(), Seconds(t), Some(cap), (log, other_log));
        let Ok(point) = PricePoint::new(spot) else { return Ok(()) };
        for terms in [Some(terms), restored.ok()].into_iter().flatten() {
            black_box(pool::time_value(&terms, sigma, point, Points(held), scale).ok());
            if let Ok(pricer) = OptionPricer::new(&terms, sigma) {
                black_box((OptionPricer::at(&pricer, spot).ok(), OptionPricer::with_slope(&pricer, point).ok(), pricer.terms()));
                black_box(bounds::value_at_least(&pricer, point).ok());
            }
            let leg = LegPricing {
                terms: &terms,
                held: Points(held),
                change: Points(change),
                sigma,
                prices: PriceBand::at_mark(point),
                fees: evergreen_math::fees::FeeParams::default(),
                scale,
            };
            black_box((leg.quote().ok(), LegPricing::bought_back(&leg, NativeDelta(cash), r).ok()));
        }
        black_box(Shock::new(sigma).and_then(|shock| PricePoint::shifted(point, &shock)).ok());
    }

    #[test]
    fn portfolios_and_ways(
        positions in prop::collection::vec((0usize..6, i64s(), terms(), ratios(), i64s()), 0..4),
        spots in prop::collection::vec(dollars(), 6), (initial, target, maintenance) in (bps(), bps(), bps()),
        (part, whole) in (u64s(), u64s()), (from, to) in (i64s(), i64s()), restricted in prop::collection::vec(0u8..3, 6), scale in scales(),
    ) {
        let shocks = ShockParams { initial, target, maintenance };
        let levels = [HealthLevel::Initial, HealthLevel::Maintenance];
        black_box((ShockParams::check(&shocks).ok(), ShockParams::at(&shocks, HealthLevel::Target)));
        let mut portfolio = Portfolio::new(levels, MarginParams::default()).unwrap();
        let mut changed = portfolio;
        for (place, moves) in restricted.iter().enumerate() {
            let moves = [Moves::All, Moves::Up, Moves::Down][usize::from(*moves)];
            black_box((Portfolio::restrict(&mut portfolio, place, moves).ok(), Moves::and(moves, Moves::Up)));
            black_box(changed.restrict(place, moves).ok());
        }
        for (underlying, points, terms, sigma, next) in &positions {
            black_box(Moves::against(terms.kind(), Points(*points)));
            let (spot, points) = (spots[*underlying], Points(*points));
            for portfolio in [&mut portfolio, &mut changed] {
                let Ok(values) = Portfolio::values(portfolio, *underlying, points, terms, *sigma, spot, &shocks) else { continue };
                black_box(Portfolio::change(portfolio, &values, Points::ZERO, points, scale).ok());
            }
            let Ok(values) = Portfolio::values(&mut changed, *underlying, Points(*next), terms, *sigma, spot, &shocks) else { continue };
            black_box(changed.change(&values, points, Points(*next), scale).ok());
        }
        let at = Blend { part, whole };
        for rounding in [Rounding::Floor, Rounding::Ceil] {
            black_box(Blend::of(at, NativeDelta(from), NativeDelta(to), rounding).ok());
        }
        for level in [HealthLevel::Initial, HealthLevel::Target, HealthLevel::Maintenance] {
            black_box((Portfolio::options(&portfolio, level).ok(), Portfolio::options_of(&portfolio, level, positions.len()).ok()));
            if let Ok(way) = Portfolio::way_to(&portfolio, &changed, level) {
                for at in [at, Blend { part: part.min(whole), whole }] {
                    black_box(evergreen_math::margin::Way::options(&way, at).ok());
                }
            }
        }
    }
}
