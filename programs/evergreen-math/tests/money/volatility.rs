use crate::common::{bps, cases, cents, float};
use evergreen_math::option::{OptionKind, OptionPricer, Terms};
use evergreen_math::volatility::{Smile, VolatilityParams, VolatilityState, rest, sample, sigma_base, within_band};
use evergreen_math::{BasisPoints, Dollars, MathError, Ratio, Seconds, UnixTime};
use proptest::prelude::*;

const START: i64 = 1_700_000_000;

fn params() -> VolatilityParams {
    VolatilityParams {
        half_life: Seconds(3 * 86_400),
        min_interval: Seconds(60),
        sample_cap_sigmas: 5,
        ewma_weight: BasisPoints(7_000),
        long_run: bps(6_000),
        multiplier: bps(11_000),
        min: bps(2_500),
        max: bps(20_000),
        max_change_per_hour: BasisPoints(1_000),
    }
}

fn start() -> VolatilityState {
    params().start(Dollars::from_int(100_000), UnixTime(START)).unwrap()
}

fn any_params() -> impl Strategy<Value = VolatilityParams> {
    (
        3_600u32..2_592_000,
        1u32..3_600,
        2u16..20,
        0u16..=10_000,
        (501i64..40_000, 0i64..10_000, 0i64..10_000),
        5_000i64..30_000,
        0u16..=10_000,
    )
        .prop_map(|(half_life, interval, cap, weight, (min, up, more), multiplier, change)| {
            let long_run = (min + up).min(40_000);
            VolatilityParams {
                half_life: Seconds(half_life),
                min_interval: Seconds(interval),
                sample_cap_sigmas: cap,
                ewma_weight: BasisPoints(weight),
                long_run: bps(long_run),
                multiplier: bps(multiplier),
                min: bps(min),
                max: bps((long_run + more).min(40_000)),
                max_change_per_hour: BasisPoints(change),
            }
        })
}

/// The target of the volatility of quotes at an average, computed in floating point.
fn target_of(params: &VolatilityParams, variance: Ratio) -> Ratio {
    let [average, long_run, multiplier] =
        [variance, params.long_run, params.multiplier].map(|ratio| float(ratio.to_bits()));
    let weight = f64::from(params.ewma_weight.0) / 1e4;
    let blended = (weight * average + (1.0 - weight) * long_run * long_run).sqrt() * multiplier;
    Ratio::from_bits((blended * 2f64.powi(64)) as i128).min(params.max).max(params.min)
}

/// Gaps and log returns: mostly those of a market, now and then absurd ones.
fn any_walk() -> impl Strategy<Value = Vec<(u32, f64)>> {
    let gap = prop_oneof![8 => 60u32..1_200, 1 => 1u32..60, 1 => 1_200u32..3_000_000];
    let step = prop_oneof![9 => -0.01f64..0.01, 1 => -6.0f64..6.0];
    prop::collection::vec((gap, step), 1..60)
}

fn times(price: Dollars, log_step: f64) -> Dollars {
    let factor = Ratio::from_bits((log_step.exp() * 2f64.powi(64)) as i128);
    price.mul_floor(factor).unwrap().max(cents(1)).min(Dollars::from_int(1 << 40))
}

#[test]
fn starts_at_the_long_run_level() {
    let sigma = sigma_base(&params(), &start(), UnixTime(START)).unwrap();
    assert!((float(sigma.to_bits()) - 0.66).abs() < 1e-12);
}

#[test]
fn samples_that_come_too_early_are_refused() {
    let price = Dollars::from_int(100_000);
    for now in [START, START + 59, START - 1, 0, i64::MIN] {
        assert_eq!(sample(&params(), &start(), price, UnixTime(now)), Err(MathError::SampleTooEarly));
    }
    assert!(sample(&params(), &start(), price, UnixTime(START + 60)).is_ok());
    assert_eq!(sample(&params(), &start(), Dollars::ZERO, UnixTime(START + 60)), Err(MathError::Domain));
    let mut always = params();
    always.min_interval = Seconds::ZERO;
    assert_eq!(sample(&always, &start(), price, UnixTime(START)), Err(MathError::SampleTooEarly));
}

/// The average finds 80 % from returns of exactly 80 % a year, whether samples are regular or irregular.
#[test]
fn finds_the_volatility_of_a_path() {
    for rhythm in [[60, 60, 60, 60], [60, 600, 90, 1_800], [3_600, 61, 400, 75]] {
        let (mut state, mut now, mut up) = (start(), START, true);
        while now < START + 40 * 86_400 {
            for gap in rhythm {
                now += gap;
                let step = 0.8 * (gap as f64 / 31_536_000.0).sqrt() * if up { 1.0 } else { -1.0 };
                up = !up;
                state = sample(&params(), &state, times(state.last_price, step), UnixTime(now)).unwrap();
            }
        }
        let found = float(state.ewma_variance.to_bits()).sqrt();
        assert!((found - 0.8).abs() < 1e-3, "{found}");
        let blended = (0.7f64 * 0.64 + 0.3 * 0.36).sqrt() * 1.1;
        let sigma = float(sigma_base(&params(), &state, UnixTime(now)).unwrap().to_bits());
        assert!((sigma - blended).abs() < 2e-3, "{sigma} {blended}");
    }
}

#[test]
fn starvation_decays_to_the_long_run() {
    let mut state = start();
    state.ewma_variance = Ratio::from_int(3);
    state.sigma = bps(15_000);
    let mut last = f64::INFINITY;
    for day in 0..60 {
        let sigma = float(sigma_base(&params(), &state, UnixTime(START + day * 86_400)).unwrap().to_bits());
        assert!(sigma <= last + 1e-12, "day {day}: {sigma} after {last}");
        last = sigma;
    }
    assert!((last - 0.66).abs() < 1e-3, "{last}");
}

/// One absurd price moves the average by at most 25 blended variances with the weight of its time.
#[test]
fn one_outlier_is_bounded() {
    for (gap, most) in [(60u32, 1.004), (3_600, 1.24), (86_400, 1.24), (30 * 86_400, 1.24)] {
        for factor in [2f64, 1e3, 1e-3] {
            let price = times(Dollars::from_int(100_000), factor.ln());
            let after = sample(&params(), &start(), price, UnixTime(START + i64::from(gap))).unwrap();
            let ratio = float(after.ewma_variance.to_bits()) / 0.36;
            assert!(ratio <= most, "gap {gap}, factor {factor}: {ratio}");
            // The sample does not move the volatility of quotes at that moment.
            let now = UnixTime(START + i64::from(gap));
            assert_eq!(sigma_base(&params(), &after, now), sigma_base(&params(), &start(), now));
        }
    }
}

#[test]
fn smile_by_hand() {
    let smile = Smile { skew: bps(-200), convexity: bps(100) };
    let (sigma, spot) = (bps(6_000), Dollars::from_int(100_000));
    let at =
        |strike: i64| float(smile.sigma(sigma, spot, Dollars::from_int(strike), Seconds(604_800)).unwrap().to_bits());
    let expected = |strike: f64| {
        let m = ((strike / 1e5).ln() / (0.6 * (7.0f64 / 365.0).sqrt())).clamp(-4.0, 4.0);
        0.6 * (1.0 - 0.02 * m + 0.01 * m * m)
    };
    for strike in [50_000i64, 80_000, 95_000, 100_000, 105_000, 120_000, 150_000, 1, 1 << 40] {
        assert!((at(strike) - expected(strike as f64)).abs() < 1e-12, "{strike}");
    }
}

/// At the limits of `Smile::check` no call is dearer at a higher strike and no put is cheaper; at a convexity of 6 % some are.
#[test]
fn smiles_without_arbitrage() {
    let spot = Dollars::from_int(100_000);
    let ordered = |smile: Smile| {
        let mut ordered = true;
        for base in [2_500i64, 4_000, 6_000, 10_000, 15_000] {
            for (days, call_cap, put_cap) in [(1u32, 11_000i64, 9_000i64), (7, 12_000, 8_000), (30, 14_000, 6_000)] {
                for (kind, cap) in [(OptionKind::Call, call_cap), (OptionKind::Put, put_cap)] {
                    let mut last: Option<f64> = None;
                    for strike in (50_000i64..150_000).step_by(500) {
                        let strike = Dollars::from_int(strike);
                        let terms = Terms::new(kind, strike, Seconds(days * 86_400), Some(bps(cap))).unwrap();
                        if terms.is_capped_at(spot) {
                            continue;
                        }
                        let sigma = smile.sigma(bps(base), spot, strike, terms.tenor()).unwrap();
                        let value = OptionPricer::new(&terms, sigma).unwrap().at(spot).unwrap().value().unwrap();
                        let value = float(value.to_bits());
                        let sign = if kind == OptionKind::Call { -1.0 } else { 1.0 };
                        ordered &= last.is_none_or(|last| sign * (value - last) >= -1e-9);
                        last = Some(value);
                    }
                }
            }
        }
        ordered
    };
    for skew in [-2_000, 0, 2_000] {
        for convexity in [0, 200] {
            let smile = Smile { skew: bps(skew), convexity: bps(convexity) };
            assert_eq!(smile.check(), Ok(()));
            assert!(ordered(smile), "skew {skew}, convexity {convexity}");
        }
        let steep = Smile { skew: bps(skew), convexity: bps(600) };
        assert_eq!(steep.check(), Err(MathError::InvalidParameter));
        assert!(!ordered(steep), "skew {skew}: the limit could be wider");
    }
}

#[test]
fn bands_are_exact() {
    let slow = Dollars::from_int(100_000);
    let within = |price: Dollars| within_band(price, slow, BasisPoints(500)).unwrap();
    assert!(within(Dollars::from_int(105_000)) && within(Dollars::from_int(95_000)));
    assert!(!within(Dollars::from_bits(Dollars::from_int(105_000).to_bits() + 1)));
    assert!(!within(Dollars::from_bits(Dollars::from_int(95_000).to_bits() - 1)));
    assert_eq!(within_band(Dollars::ZERO, slow, BasisPoints(500)), Err(MathError::Domain));
    assert_eq!(within_band(slow, Dollars::ZERO, BasisPoints(500)), Err(MathError::Domain));
}

/// The volatility sits on its target, which begins to decay after an hour by more than the limit of 6.32 % an hour.
#[test]
fn a_target_that_decays_fast_is_followed_within_the_limit() {
    let params = VolatilityParams {
        half_life: Seconds(4_279),
        min_interval: Seconds(3_358),
        sample_cap_sigmas: 2,
        ewma_weight: BasisPoints(4_665),
        long_run: bps(19_028),
        multiplier: bps(6_038),
        min: bps(9_328),
        max: bps(23_931),
        max_change_per_hour: BasisPoints(632),
    };
    let mut state = params.start(Dollars::from_int(100_000), UnixTime(START)).unwrap();
    // Nothing has moved for long: the target is at the least volatility, and rises to 1.1489 without samples.
    (state.ewma_variance, state.sigma) = (Ratio::ZERO, params.min);
    let sigma = |seconds: i64| float(sigma_base(&params, &state, UnixTime(START + seconds)).unwrap().to_bits());
    let mut fastest: f64 = 0.0;
    for second in (0..86_400).step_by(60) {
        let hourly = (sigma(second + 60) / sigma(second)).powi(60);
        fastest = fastest.max(hourly);
        assert!(hourly <= 1.0632, "{hourly} an hour after {second} s");
    }
    assert!(fastest > 1.05, "only {fastest} an hour: this shows nothing");
    assert!((sigma(864_000) / 1.1489 - 1.0).abs() < 1e-3, "{}", sigma(864_000));
}

proptest! {
    #![proptest_config(cases(3_000))]

    /// Whatever is sampled and at every moment, the volatility of quotes stays within its bounds and moves by at most x % an hour,
    /// and no sample makes it jump.
    #[test]
    fn bounded_limited_continuous(params in any_params(), walk in any_walk(), look in 0.0f64..=1.0) {
        let mut state = params.start(Dollars::from_int(100_000), UnixTime(START)).unwrap();
        let mut now = START;
        let mut last = (now, float(state.sigma.to_bits()));
        let x = f64::from(params.max_change_per_hour.0) / 1e4;
        for (gap, step) in walk {
            let moments = [now + (f64::from(gap) * look) as i64, now + i64::from(gap)];
            for moment in moments {
                let sigma = sigma_base(&params, &state, UnixTime(moment)).unwrap();
                prop_assert!(params.min <= sigma && sigma <= params.max);
                let sigma = float(sigma.to_bits());
                let allowed = (1.0 + x).powf((moment - last.0) as f64 / 3_600.0);
                prop_assert!(sigma <= last.1 * allowed * (1.0 + 1e-12), "{} to {sigma}", last.1);
                prop_assert!(sigma >= last.1 / allowed * (1.0 - 1e-12), "{} to {sigma}", last.1);
                last = (moment, sigma);
            }
            now += i64::from(gap);
            let before = sigma_base(&params, &state, UnixTime(now)).unwrap();
            match sample(&params, &state, times(state.last_price, step), UnixTime(now)) {
                Ok(after) => {
                    prop_assert!(now - state.last_time.0 >= i64::from(params.min_interval.0));
                    prop_assert_eq!(sigma_base(&params, &after, UnixTime(now)).unwrap(), before);
                    prop_assert!(!after.ewma_variance.is_negative());
                    state = after;
                }
                Err(error) => {
                    prop_assert_eq!(error, MathError::SampleTooEarly);
                    prop_assert!(now - state.last_time.0 < i64::from(params.min_interval.0));
                }
            }
        }
    }

    /// While no sample comes, the target decays, from wherever it was and also from beyond a bound, and the volatility of quotes that sits on it
    /// moves by at most x % an hour at every moment.
    #[test]
    fn a_decaying_target_is_limited(
        params in any_params(),
        variance in prop_oneof![0i64..16_000, 0i64..1_600_000],
        looks in prop::collection::vec(prop_oneof![1u32..120, 60u32..7_200, 3_600u32..200_000], 1..60),
    ) {
        let mut state = params.start(Dollars::from_int(100_000), UnixTime(START)).unwrap();
        state.ewma_variance = Ratio::from_int(variance).div_int(1_000).unwrap();
        state.sigma = target_of(&params, state.ewma_variance);
        let x = f64::from(params.max_change_per_hour.0) / 1e4;
        let mut last = (START, float(sigma_base(&params, &state, UnixTime(START)).unwrap().to_bits()));
        for look in looks {
            let moment = last.0 + i64::from(look);
            let sigma = float(sigma_base(&params, &state, UnixTime(moment)).unwrap().to_bits());
            let allowed = (1.0 + x).powf(f64::from(look) / 3_600.0) * (1.0 + 1e-12);
            prop_assert!(sigma <= last.1 * allowed && sigma >= last.1 / allowed, "{} to {sigma} in {look} s", last.1);
            last = (moment, sigma);
        }
    }

    /// After 30 half-lives and 60 days without a sample, the volatility of quotes is at the long-run level, whatever it was before, if
    /// it may move by 1 % an hour or more.
    #[test]
    fn starvation(params in any_params(), variance in 0i64..16_000) {
        let mut state = params.start(Dollars::from_int(100_000), UnixTime(START)).unwrap();
        state.ewma_variance = Ratio::from_int(variance).div_int(1_000).unwrap();
        prop_assume!(params.max_change_per_hour.0 >= 100);
        let later = UnixTime(START + 30 * i64::from(params.half_life.0) + 86_400 * 60);
        let long_run = params.start(Dollars::from_int(1), UnixTime(0)).unwrap().sigma;
        let sigma = sigma_base(&params, &state, later).unwrap();
        prop_assert!((float(sigma.to_bits()) / float(long_run.to_bits()) - 1.0).abs() < 1e-6);
    }

    /// Any smile at any strike stays within the volatilities that can be valued.
    #[test]
    fn smiles_stay_in_the_domain(
        skew in -10_000i64..10_000,
        convexity in -10_000i64..10_000,
        sigma in 1i64..100_000,
        spot in 1i128..i128::MAX,
        strike in 1i128..i128::MAX,
        tenor in 1u32..,
    ) {
        let smile = Smile { skew: bps(skew), convexity: bps(convexity) };
        let (spot, strike) = (Dollars::from_bits(spot), Dollars::from_bits(strike));
        let sigma = smile.sigma(bps(sigma), spot, strike, Seconds(tenor)).unwrap();
        prop_assert!(OptionPricer::MIN_VOLATILITY <= sigma && sigma <= OptionPricer::MAX_VOLATILITY);
    }
}

proptest! {
    #[test]
    fn a_rest_moves_no_mark_whatever_parameters_follow(
        old in any_params(),
        new in any_params(),
        gap in 0u32..3_000_000,
        later in 0u32..3_600,
    ) {
        let start = old.start(Dollars::from_int(100_000), UnixTime(START)).unwrap();
        let now = UnixTime(START + i64::from(gap));
        let before = sigma_base(&old, &start, now).unwrap();
        let rested = rest(&old, &start, now).unwrap();
        prop_assert_eq!(rested.sigma, before);
        prop_assert_eq!(sigma_base(&old, &rested, now).unwrap(), before);
        // The new parameters find the volatility where the old ones left it, unless their bounds exclude it.
        let here = sigma_base(&new, &rested, now).unwrap();
        prop_assert_eq!(here, before.min(new.max).max(new.min));
        // From there the volatility moves no faster than the new parameters allow.
        let then = sigma_base(&new, &rested, UnixTime(now.0 + i64::from(later))).unwrap();
        let share = f64::from(new.max_change_per_hour.0) / 10_000.0 * f64::from(later) / 3_600.0;
        let (from, to) = (float(here.to_bits()), float(then.to_bits()));
        prop_assert!(to <= from * (1.0 + share) * (1.0 + 1e-12) && to >= from / (1.0 + share) * (1.0 - 1e-12));
    }
}

#[test]
fn a_rest_neither_loses_nor_doubles_the_return_of_the_next_sample() {
    let (params, state) = (params(), start());
    let times = |seconds: i64| UnixTime(START + seconds);
    let price = Dollars::from_int(100_900);
    let plain = sample(&params, &state, price, times(600)).unwrap();
    let rested = sample(&params, &rest(&params, &state, times(300)).unwrap(), price, times(600)).unwrap();
    // The return is the same; only the average's decay over the five minutes before is missing.
    let (plain, rested) = (float(plain.ewma_variance.to_bits()), float(rested.ewma_variance.to_bits()));
    assert!((plain / rested - 1.0).abs() < 2e-3, "{plain} {rested}");
    assert_eq!(rest(&params, &state, times(-5)).unwrap(), state);
}
