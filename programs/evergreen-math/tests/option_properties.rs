//! Properties that every option value has, on the integer results themselves.

use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Shock, Terms, Valuation};
use evergreen_math::{Dollars, MathError, Ratio, Seconds};
use proptest::prelude::*;

/// 10^−8 dollars, the resolution of the price feeds, in units of 2^−64 dollars, rounded up.
const TICK: i128 = (1 << 64) / 100_000_000 + 1;

/// An option with its volatility and a spot, as whole numbers of the named units.
#[derive(Clone, Debug)]
struct Case {
    kind: OptionKind,
    strike_cents: i64,
    /// In units of 10^−6.
    sigma: i64,
    tenor: u32,
    /// In units of 10^−4; zero without cap.
    cap: i64,
    /// In units of 10^−8 dollars.
    spot: i64,
}

fn decimal(value: i64, per_unit: i128) -> i128 {
    ((i128::from(value) << 65) / per_unit + 1) >> 1
}

fn float(value: Dollars) -> f64 {
    value.to_bits() as f64 / 2f64.powi(64)
}

impl Case {
    fn terms(&self) -> Terms {
        let cap = (self.cap != 0).then(|| Ratio::from_bits(decimal(self.cap, 10_000)));
        Terms::new(self.kind, Dollars::from_bits(decimal(self.strike_cents, 100)), Seconds(self.tenor), cap).unwrap()
    }

    fn pricer(&self) -> OptionPricer {
        OptionPricer::new(&self.terms(), Ratio::from_bits(decimal(self.sigma, 1_000_000))).unwrap()
    }

    fn spot(&self) -> Dollars {
        Dollars::from_bits(decimal(self.spot, 100_000_000))
    }

    fn at(&self) -> Valuation {
        self.pricer().at(self.spot()).unwrap()
    }

    fn value(&self) -> i128 {
        self.at().value().unwrap().to_bits()
    }
}

/// Options with spots over the whole domain, most of them near the strike, near the cap, or between.
fn case() -> impl Strategy<Value = Case> {
    let cap = |kind| match kind {
        OptionKind::Call => prop_oneof![Just(0i64), 10_001i64..10_100, 10_100i64..25_000].boxed(),
        OptionKind::Put => prop_oneof![Just(0i64), 9_900i64..10_000, 500i64..9_900].boxed(),
    };
    let sigma = prop_oneof![50_000i64..=4_000_000, Just(50_000i64), Just(4_000_000i64)];
    let tenor = prop_oneof![3_600u32..=7_776_000, Just(3_600u32), Just(86_400u32), Just(7_776_000u32)];
    let kind = prop_oneof![Just(OptionKind::Call), Just(OptionKind::Put)];
    (kind, 100i64..100_000_000, sigma, tenor, 0..6, -2.0..2.0f64, 0.0..1.0f64)
        .prop_flat_map(move |(kind, strike_cents, sigma, tenor, region, wide, narrow)| {
            cap(kind).prop_map(move |cap| {
                let barrier = if cap == 0 { 1.0 } else { cap as f64 / 10_000.0 };
                let close = 10f64.powf(-9.0 * narrow) * wide.signum();
                let ratio = match region {
                    0 => 10f64.powf(wide),
                    1 => 1.0 + (barrier - 1.0) * narrow,
                    2 => barrier * (1.0 + close * 0.1),
                    3 => 1.0 + close * 0.1,
                    _ => 10f64.powf(wide * 0.1),
                };
                let spot = (strike_cents as f64 * 1e6 * ratio).round() as i64;
                // The spot stays inside the domain even after the steps of the tests.
                let spot = spot.clamp(strike_cents * 10_000 + 1, strike_cents * 100_000_000 - 20_000);
                Case { kind, strike_cents, sigma, tenor, cap, spot }
            })
        })
        .boxed()
}

fn capped_case() -> impl Strategy<Value = Case> {
    case().prop_map(|case| match (case.cap, case.kind) {
        (0, OptionKind::Call) => Case { cap: 12_000, ..case },
        (0, OptionKind::Put) => Case { cap: 8_000, ..case },
        _ => case,
    })
}

fn config(cases: u32) -> ProptestConfig {
    let persistence = proptest::test_runner::FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(persistence)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn between_intrinsic_and_cap(case in case()) {
        let at = case.at();
        prop_assert_eq!(at.intrinsic, case.terms().intrinsic(case.spot()));
        prop_assert!(at.time_value >= Dollars::ZERO);
        if let Some(payoff) = case.terms().cap_payoff() {
            prop_assert!(at.value().unwrap() <= payoff);
        }
        if case.kind == OptionKind::Call {
            prop_assert!(at.value().unwrap() <= case.spot());
        }
        prop_assert_eq!(case.terms().is_capped_at(case.spot()), at.value().ok() == case.terms().cap_payoff()
            && (at.time_value == Dollars::ZERO) && case.cap != 0);
    }

    /// From one tick of the price feed to any higher one, a call never falls and a put never rises: to the bit where the cap is
    /// at least one per cent away from the strike. With a nearer cap the value itself moves by less than the error bound, and may
    /// go back by 2^−53 of the strike.
    #[test]
    fn monotone_in_spot(case in case(), step in prop_oneof![1i64..4, 1i64..10_000]) {
        let higher = Case { spot: case.spot + step, ..case.clone() };
        let (low, high) = match case.kind {
            OptionKind::Call => (case.value(), higher.value()),
            OptionKind::Put => (higher.value(), case.value()),
        };
        let narrow = case.cap != 0 && (case.cap - 10_000).abs() < 100;
        let slack = if narrow { case.terms().strike().to_bits() >> 53 } else { 0 };
        prop_assert!(low <= high + slack, "{low} > {high}");
    }

    #[test]
    fn non_decreasing_in_volatility(case in case(), step in prop_oneof![1i64..4, 1i64..1_000_000]) {
        let higher = Case { sigma: (case.sigma + step).min(4_000_000), ..case.clone() };
        prop_assert!(case.at().time_value <= higher.at().time_value);
    }

    #[test]
    fn non_decreasing_in_tenor(case in case(), step in prop_oneof![1u32..4, 1u32..1_000_000]) {
        let longer = Case { tenor: (case.tenor + step).min(7_776_000), ..case.clone() };
        prop_assert!(case.at().time_value <= longer.at().time_value);
    }

    /// A cap further from the strike never makes an option cheaper.
    #[test]
    fn non_decreasing_in_distance_of_cap(case in capped_case(), step in 1i64..5_000) {
        let cap = match case.kind {
            OptionKind::Call => case.cap + step,
            OptionKind::Put => case.cap - step,
        };
        let further = Case { cap: cap.max(0), ..case.clone() };
        prop_assert!(case.value() <= further.value());
    }

    /// Without cap, call and put have the same time value to the bit, so call − put = spot − strike.
    #[test]
    fn parity_without_cap(case in case()) {
        let call = Case { kind: OptionKind::Call, cap: 0, ..case.clone() };
        let put = Case { kind: OptionKind::Put, cap: 0, ..case };
        prop_assert_eq!(call.at().time_value, put.at().time_value);
    }

    /// A put is a call mirrored at the strike: TV_put(S; K, l) = S/K · TV_call(K²/S; K, 1/l).
    #[test]
    fn mirror(case in capped_case()) {
        let put = Case { kind: OptionKind::Put, cap: if case.cap < 10_000 { case.cap } else { 8_000 }, ..case };
        let (spot, strike) = (float(put.spot()), float(put.terms().strike()));
        let cap = Some(Ratio::from_bits((2f64.powi(64) * 10_000.0 / put.cap as f64) as i128));
        let call = Terms::new(OptionKind::Call, put.terms().strike(), put.terms().tenor(), cap).unwrap();
        let call = OptionPricer::new(&call, Ratio::from_bits(decimal(put.sigma, 1_000_000))).unwrap();
        let mirrored = call.at(Dollars::from_bits((strike * strike / spot * 2f64.powi(64)) as i128)).unwrap();
        let (found, expected) = (float(put.at().time_value), spot / strike * float(mirrored.time_value));
        // The spot of the mirror image is a float, so it is off by 2^−53 of itself, which u magnifies.
        prop_assert!((found - expected).abs() <= 1e-9 * found + 1e-13 * strike, "{found} {expected}");
    }

    /// The cap lowers the time value by the uncapped time value at the cap times the price of reaching the cap.
    #[test]
    fn image(case in capped_case()) {
        let uncapped = Case { cap: 0, ..case.clone() };
        let cap = case.terms().cap_price().unwrap();
        // There is nothing to compare beyond the cap, or for a cap outside the domain of the uncapped option.
        let at_cap = match uncapped.pricer().at(cap) {
            Ok(at_cap) if !case.terms().is_capped_at(case.spot()) => at_cap,
            Ok(_) | Err(MathError::MoneynessOutOfRange) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let tenor = f64::from(case.tenor) / 31_536_000.0;
        let u = (1.0 + 8.0 / ((case.sigma as f64 / 1e6).powi(2) * tenor)).sqrt();
        let power = if case.kind == OptionKind::Call { (1.0 + u) / 2.0 } else { (1.0 - u) / 2.0 };
        let reaching = (float(case.spot()) / float(cap)).powf(power);
        let lost = reaching * float(at_cap.time_value);
        let (found, expected) = (float(case.at().time_value), float(uncapped.at().time_value) - lost);
        let scale = float(uncapped.at().time_value);
        prop_assert!((found - expected).abs() <= 1e-11 * u * scale + 1e-15, "{found} {expected}");
    }

    /// Twice the prices give twice the time value: without cap to 2^−64 dollars, with a cap to 2^−62 dollars and 2^−40 of it.
    #[test]
    fn scaling(case in case()) {
        let terms = case.terms();
        let cap = (case.cap != 0).then(|| Ratio::from_bits(decimal(case.cap, 10_000)));
        let strike = Dollars::from_bits(2 * terms.strike().to_bits());
        let twice = Terms::new(case.kind, strike, terms.tenor(), cap).unwrap();
        let pricer = OptionPricer::new(&twice, Ratio::from_bits(decimal(case.sigma, 1_000_000))).unwrap();
        let (one, two) = (case.at(), pricer.at(Dollars::from_bits(2 * case.spot().to_bits())).unwrap());
        // The cap price is rounded once for each of the two.
        let slack = if case.cap == 0 { 1 } else { 4 + (case.at().time_value.to_bits() >> 40) };
        prop_assert!((two.time_value.to_bits() - 2 * one.time_value.to_bits()).abs() <= slack);
    }

    /// The value has no jump at the strike: one tick changes it by at most one tick.
    #[test]
    fn continuous_at_strike(case in case()) {
        let at = |spot| Case { spot, ..case.clone() }.value();
        let strike = case.strike_cents * 1_000_000;
        for side in [strike - 1, strike + 1] {
            prop_assert!((at(strike) - at(side)).abs() <= TICK);
        }
    }

    /// The value has no jump at the cap: some ticks before it, at most as many ticks are missing.
    #[test]
    fn continuous_at_cap(case in capped_case()) {
        let cap = case.terms().cap_price().unwrap();
        let payoff = case.terms().cap_payoff().unwrap();
        let pricer = case.pricer();
        prop_assert_eq!(pricer.at(cap).unwrap(), Valuation { intrinsic: payoff, time_value: Dollars::ZERO });
        for ticks in [1, 2, 10] {
            let inward = if case.kind == OptionKind::Call { -ticks * TICK } else { ticks * TICK };
            let value = pricer.at(Dollars::from_bits(cap.to_bits() + inward)).unwrap().value().unwrap();
            prop_assert!(value <= payoff);
            prop_assert!(payoff.to_bits() - value.to_bits() <= ticks * TICK);
        }
    }

    /// A shifted price gives the value of that price, within the error of its logarithm.
    #[test]
    fn shifted_prices(case in case(), change in -5_000i64..5_000) {
        let shock = Shock::new(Ratio::from_bits(decimal(change, 10_000))).unwrap();
        let point = PricePoint::new(case.spot()).unwrap().shifted(&shock).unwrap();
        let pricer = case.pricer();
        let (Ok(shifted), Ok(direct)) = (pricer.at_point(point), pricer.at(point.price())) else {
            return Err(TestCaseError::reject("outside the domain"));
        };
        prop_assert_eq!(shifted.intrinsic, direct.intrinsic);
        let error = (shifted.time_value.to_bits() - direct.time_value.to_bits()).unsigned_abs();
        prop_assert!(error <= (direct.time_value.to_bits().unsigned_abs() >> 40) + (1 << 24), "{error}");
    }

    /// Any inputs give an answer or an error.
    #[test]
    fn no_panic(
        bits in any::<[i128; 4]>(), shifts in any::<[u8; 4]>(), tenor in any::<u32>(), span in any::<u32>(),
        call in any::<bool>(), capped in any::<bool>(), usual in any::<[bool; 4]>(),
    ) {
        let near_one: [i128; 4] = core::array::from_fn(|i| (1 << 64) + (bits[i] >> (62 + shifts[i] % 66)));
        let any: [i128; 4] = core::array::from_fn(|i| bits[i] >> (shifts[i] % 128));
        let [strike, spot, sigma, cap] = core::array::from_fn(|i| if usual[i] { near_one[i] } else { any[i] });
        let kind = if call { OptionKind::Call } else { OptionKind::Put };
        let tenor = if usual[0] { Seconds(3_600 + tenor % 7_772_401) } else { Seconds(tenor) };
        let (strike, spot) = (Dollars::from_bits(strike), Dollars::from_bits(spot));
        let point = PricePoint::new(spot);
        let shock = Shock::new(Ratio::from_bits(cap));
        if let (Ok(point), Ok(shock)) = (point, shock) {
            let _ = point.shifted(&shock);
        }
        if let Ok(terms) = Terms::new(kind, strike, tenor, capped.then_some(Ratio::from_bits(cap))) {
            let _ = (terms.intrinsic(spot), terms.is_capped_at(spot), terms.cap_payoff(), terms.cap_price());
            if let Ok(pricer) = OptionPricer::new(&terms, Ratio::from_bits(sigma)) {
                if let Ok(value) = pricer.at(spot) {
                    prop_assert!(value.time_value >= Dollars::ZERO);
                    let _ = (value.value(), value.funding(Seconds(span), tenor), value.funding_per_day(tenor));
                }
                if let (Ok(point), Ok(shock)) = (point, shock) {
                    let _ = point.shifted(&shock).and_then(|p| pricer.at_point(p));
                }
            }
        }
        let any_valuation = Valuation { intrinsic: strike, time_value: spot };
        let _ = (any_valuation.value(), any_valuation.funding(Seconds(span), Seconds(shifts[0].into())));
    }
}

#[test]
fn outside_the_domain() {
    let terms = |strike: i64, tenor: u32, cap: Option<i64>| {
        let cap = cap.map(|c| Ratio::from_bits(decimal(c, 100)));
        Terms::new(OptionKind::Call, Dollars::from_int(strike), Seconds(tenor), cap)
    };
    assert_eq!(terms(0, 86_400, None), Err(MathError::MoneynessOutOfRange));
    assert_eq!(terms(-5, 86_400, None), Err(MathError::MoneynessOutOfRange));
    assert_eq!(terms(i64::MAX, 86_400, None), Err(MathError::MoneynessOutOfRange));
    assert_eq!(terms(100, 3_599, None), Err(MathError::TenorOutOfRange));
    assert_eq!(terms(100, 90 * 86_400 + 1, None), Err(MathError::TenorOutOfRange));
    for cap in [-120, 0, 80, 100] {
        assert_eq!(terms(100, 86_400, Some(cap)), Err(MathError::CapOutOfRange), "{cap}");
    }
    let put = |cap| {
        let cap = Some(Ratio::from_bits(decimal(cap, 100)));
        Terms::new(OptionKind::Put, Dollars::from_int(100), Seconds::DAY, cap)
    };
    for cap in [-20, 0, 100, 120] {
        assert_eq!(put(cap), Err(MathError::CapOutOfRange), "{cap}");
    }
    let terms = terms(100, 86_400, Some(120)).unwrap();
    for sigma in [-1, 0, 4, 401] {
        let pricer = OptionPricer::new(&terms, Ratio::from_bits(decimal(sigma, 100)));
        assert_eq!(pricer.err(), Some(MathError::VolatilityOutOfRange), "{sigma}");
    }
    let pricer = OptionPricer::new(&terms, Ratio::ONE).unwrap();
    for spot in [i128::MIN, -1, 0, 1, decimal(99, 100)] {
        assert_eq!(pricer.at(Dollars::from_bits(spot)), Err(MathError::MoneynessOutOfRange), "{spot}");
    }
    // Beyond the cap any spot has the value of the cap.
    let capped = Valuation { intrinsic: Dollars::from_int(20), time_value: Dollars::ZERO };
    assert_eq!(pricer.at(Dollars::from_int(120)), Ok(capped));
    assert_eq!(pricer.at(Dollars::MAX), Ok(capped));
}
