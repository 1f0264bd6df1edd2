//! No input of a pricing function makes it panic. The tests make a hundred thousand rounds of extreme and of ordinary inputs
//! under the profile's overflow checks, and print how many calls were made and how many had an answer.

use evergreen_math::elementary::{exp, ln, pow, sqrt};
use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Shock, Terms, Valuation};
use evergreen_math::{Dollars, Ratio, Seconds};
use evergreen_test_support::random::Random;

const ROUNDS: usize = 100_000;

/// Random numbers of the kinds that these tests need.
struct Numbers(Random);

impl Numbers {
    fn word(&mut self) -> u64 {
        self.0.word()
    }

    /// Returns any number, with all sizes and both signs equally likely, and one of the edges in one case of sixteen.
    fn number(&mut self) -> i128 {
        const EDGES: [i128; 9] = [0, 1, -1, i128::MAX, i128::MIN, 1 << 64, (1 << 64) - 1, i64::MAX as i128, 1 << 112];
        let number = (i128::from(self.word() as i64) << 64) | i128::from(self.word());
        match self.word() % 16 {
            0 => EDGES[(self.word() % 9) as usize],
            _ => number >> (self.word() % 128),
        }
    }

    /// Returns an ordinary number, `scale` times a factor near one, half of the time, and any number otherwise.
    fn about(&mut self, scale: i128) -> i128 {
        if self.word().is_multiple_of(2) {
            return self.number();
        }
        let factor = (1i128 << 40) + i128::from(self.word() as i64 >> (24 + self.word() % 40));
        (scale >> 40).wrapping_mul(factor)
    }
}

/// The numbers of calls that were made and that had an answer.
#[derive(Default)]
struct Count {
    calls: usize,
    answers: usize,
}

impl Count {
    fn note<T, E>(&mut self, result: Result<T, E>) -> Option<T> {
        self.calls += 1;
        self.answers += usize::from(result.is_ok());
        result.ok()
    }
}

#[test]
fn elementary_functions() {
    let mut random = Numbers(Random(1));
    let mut count = Count::default();
    for _ in 0..ROUNDS {
        let (x, y) = (Ratio::from_bits(random.about(1 << 64)), Ratio::from_bits(random.about(1 << 65)));
        count.note(ln(x));
        count.note(exp(x));
        count.note(sqrt(x));
        count.note(pow(x, y));
    }
    println!("elementary functions: {} calls, {} answers", count.calls, count.answers);
    assert!(count.answers > count.calls / 4);
}

#[test]
fn option_values() {
    let mut random = Numbers(Random(2));
    let mut count = Count::default();
    for _ in 0..ROUNDS {
        let strike = Dollars::from_bits(random.about(60_000 << 64));
        let spot = Dollars::from_bits(random.about(strike.to_bits()));
        let sigma = Ratio::from_bits(random.about(1 << 63));
        let cap = Ratio::from_bits(random.about(1 << 64));
        let tenor = random.word() as u32;
        let tenor = Seconds(if random.word().is_multiple_of(4) { tenor } else { 3_600 + tenor % 7_772_401 });
        let kind = if random.word().is_multiple_of(2) { OptionKind::Call } else { OptionKind::Put };
        let cap = if random.word().is_multiple_of(2) { Some(cap) } else { None };
        let any = Valuation { intrinsic: spot, time_value: strike };
        count.note(any.value());
        count.note(any.funding(tenor, Seconds(random.word() as u32 % 3)));
        count.note(any.funding_per_day(tenor));
        count.note(any.funding_per_second(tenor));
        let shock = count.note(Shock::new(sigma));
        let point = count.note(PricePoint::new(spot));
        let shocked = point.zip(shock).and_then(|(point, shock)| count.note(point.shifted(&shock)));
        let Some(terms) = count.note(Terms::new(kind, strike, tenor, cap)) else { continue };
        let _ = (terms.intrinsic(spot), terms.is_capped_at(spot), terms.cap_payoff(), terms.cap_price());
        count.note(terms.value(sigma, spot));
        let Some(pricer) = count.note(OptionPricer::new(&terms, sigma)) else { continue };
        for point in [point, shocked].into_iter().flatten() {
            if let Some(found) = count.note(pricer.at_point(point)) {
                // A shifted price keeps its own logarithm, so only the intrinsic value must be the same to the bit.
                assert_eq!(pricer.at(point.price()).map(|v| v.intrinsic), Ok(found.intrinsic));
                assert!(found.time_value >= Dollars::ZERO);
            }
        }
        assert_eq!(pricer.at(spot), terms.value(sigma, spot));
        #[cfg(feature = "analytics")]
        count.note(pricer.greeks(spot));
        #[cfg(feature = "analytics")]
        if count.calls.is_multiple_of(8) {
            let value = Dollars::from_bits(random.about(strike.to_bits()));
            count.note(evergreen_math::implied::implied_volatility(&terms, spot, value));
        }
    }
    println!("option values: {} calls, {} answers", count.calls, count.answers);
    assert!(count.answers > count.calls / 4);
}
