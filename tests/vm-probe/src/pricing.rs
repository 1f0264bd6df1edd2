//! The pricing operations. They call the functions of `evergreen-math` that the program's budgets are about, on raw bits.
//!
//! Numbers are in 64.64 bits in 16 bytes, little endian. Answers begin with a byte that is 1 for a result and 0 for an
//! error.

use evergreen_math::margin::{HealthLevel, MarginParams, Portfolio, ShockParams};
use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Terms, Valuation};
use evergreen_math::{BasisPoints, Dollars, MathResult, NativeDelta, PointScale, Points, Ratio, Seconds, elementary};

use crate::operations::{put_checked, signed, unsigned};

/// Bytes of an option: strike, volatility, cap ratio (zero for none), spot, and a number of which bit 0 says "put" and
/// the bits from 32 on are the tenor.
pub const OPTION: usize = 80;
/// Bytes of the answer of [`value`]: a byte as above, intrinsic value and time value.
pub const VALUATION: usize = 33;
/// Options in a portfolio.
pub const POSITIONS: usize = 12;
/// Bytes of a portfolio: spot, then for each position strike in dollars, volatility in 10^−6, cap in basis points of the
/// strike (8 bytes each) and points (8 bytes, signed). A cap above 10,000 makes it a call, otherwise it is a put.
pub const PORTFOLIO: usize = 16 + POSITIONS * 32;

fn put_ratio(output: &mut [u8], result: MathResult<Ratio>) {
    put_checked(output, result.ok().map(|r| r.to_bits() as u128));
}

fn ratio(input: &[u8], place: usize) -> Ratio {
    Ratio::from_bits(signed(input, place))
}

fn dollars(input: &[u8], place: usize) -> Dollars {
    Dollars::from_bits(signed(input, place))
}

/// Computes the natural logarithm of the first number.
pub fn ln(input: &[u8], output: &mut [u8]) {
    put_ratio(output, elementary::ln(ratio(input, 0)));
}

/// Computes e to the power of the first number.
pub fn exp(input: &[u8], output: &mut [u8]) {
    put_ratio(output, elementary::exp(ratio(input, 0)));
}

/// Computes the square root of the first number.
pub fn sqrt(input: &[u8], output: &mut [u8]) {
    put_ratio(output, elementary::sqrt(ratio(input, 0)));
}

/// Computes the first number to the power of the second.
pub fn pow(input: &[u8], output: &mut [u8]) {
    put_ratio(output, elementary::pow(ratio(input, 0), ratio(input, 1)));
}

fn terms(input: &[u8]) -> MathResult<Terms> {
    let flags = unsigned(input, 4);
    let kind = if flags & 1 == 0 { OptionKind::Call } else { OptionKind::Put };
    let cap = ratio(input, 2);
    let cap = if cap == Ratio::ZERO { None } else { Some(cap) };
    Terms::new(kind, dollars(input, 0), Seconds((flags >> 32) as u32), cap)
}

/// Computes the terms of an option and its value.
pub fn value(input: &[u8], output: &mut [u8]) {
    let valuation = terms(input).and_then(|terms| terms.value(ratio(input, 1), dollars(input, 3)));
    put_valuation(output, valuation.ok());
}

/// Computes the terms of an option once and its value twice. The difference to [`value`] is the cost of a value whose terms are
/// known.
pub fn value_twice(input: &[u8], output: &mut [u8]) {
    let valuation = terms(input).and_then(|terms| {
        let (sigma, spot) = (ratio(input, 1), dollars(input, 3));
        // The terms are hidden from the optimiser, which otherwise would do the same work only once.
        let first = std::hint::black_box(&terms).value(sigma, spot)?;
        std::hint::black_box(first);
        std::hint::black_box(&terms).value(sigma, spot)
    });
    put_valuation(output, valuation.ok());
}

/// Computes the terms of an option, and its value with its slope.
pub fn slope(input: &[u8], output: &mut [u8]) {
    let priced = terms(input).and_then(|terms| {
        let pricer = OptionPricer::new(&terms, ratio(input, 1))?;
        pricer.with_slope(PricePoint::new(dollars(input, 3))?)
    });
    put_valuation(
        output,
        priced.ok().map(|priced| Valuation { intrinsic: priced.slope, time_value: priced.valuation.time_value }),
    );
}

fn put_valuation(output: &mut [u8], valuation: Option<Valuation>) {
    output.fill(0);
    if let (Some(valuation), Some((first, rest))) = (valuation, output.split_first_mut()) {
        *first = 1;
        let (intrinsic, time_value) = rest.split_at_mut(16);
        intrinsic.copy_from_slice(&valuation.intrinsic.to_bits().to_le_bytes());
        time_value.copy_from_slice(&valuation.time_value.to_bits().to_le_bytes());
    }
}

/// Reads an option and writes an answer, which is what [`value`] costs besides its arithmetic.
pub fn option_nothing(input: &[u8], output: &mut [u8]) {
    let read = std::hint::black_box((
        dollars(input, 0),
        ratio(input, 1),
        ratio(input, 2),
        dollars(input, 3),
        unsigned(input, 4),
    ));
    put_valuation(output, Some(Valuation { intrinsic: read.0, time_value: read.3 }));
}

/// Computes the terms of an option alone, and answers with the cap payoff.
pub fn option_terms(input: &[u8], output: &mut [u8]) {
    let terms = terms(input);
    put_checked(output, terms.ok().and_then(|t| t.cap_payoff()).map(|d| d.to_bits() as u128));
}

/// Makes the terms and the pricer of an option, without using the spot, and answers with the strike.
pub fn pricer(input: &[u8], output: &mut [u8]) {
    let pricer = terms(input).and_then(|terms| OptionPricer::new(&terms, ratio(input, 1)));
    // The pricer is hidden from the optimiser, which otherwise would leave out what the answer does not need.
    let pricer = std::hint::black_box(pricer);
    put_checked(output, pricer.ok().map(|c| c.terms().strike().to_bits() as u128));
}

/// Computes the terms and the pricer of an option, and nine times its value at a price whose logarithm is known, as for the
/// scenarios of margin. The answer is the sum of the values.
pub fn curve_at_nine(input: &[u8], output: &mut [u8]) {
    let sum = terms(input).and_then(|terms| {
        let pricer = std::hint::black_box(OptionPricer::new(&terms, ratio(input, 1))?);
        let point = PricePoint::new(dollars(input, 3))?;
        let mut sum = Dollars::ZERO;
        for _ in 0..9 {
            sum = sum.checked_add(pricer.at_point(std::hint::black_box(point))?.value()?)?;
        }
        Ok(sum)
    });
    put_checked(output, sum.ok().map(|d| d.to_bits() as u128));
}

/// Returns the number of 8 bytes at `place` after the spot of a portfolio, zero if the input is too short.
fn word(input: &[u8], place: usize) -> u64 {
    let start = 16 + place * 8;
    input.get(start..start + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Computes the initial health of a portfolio without cash, with a shock of 20 %, native units.
pub fn health(input: &[u8], output: &mut [u8]) {
    put_checked(output, portfolio_health(input).ok().map(|h| i128::from(h.0) as u128));
}

fn portfolio_health(input: &[u8]) -> MathResult<NativeDelta> {
    let spot = dollars(input, 0);
    let shocks =
        ShockParams { initial: BasisPoints(2_000), target: BasisPoints(1_700), maintenance: BasisPoints(1_400) };
    let scale = PointScale::new(3)?;
    let mut portfolio = Portfolio::<1>::new([HealthLevel::Initial], MarginParams::default())?;
    for position in 0..POSITIONS {
        let place = position * 4;
        let cap = BasisPoints(word(input, place + 2) as u16);
        let kind = if cap.0 > 10_000 { OptionKind::Call } else { OptionKind::Put };
        let strike = Dollars::from_int(word(input, place) as i64);
        let sigma = Ratio::from_int(word(input, place + 1) as i64).div_int(1_000_000)?;
        let terms = Terms::new(kind, strike, Seconds(7 * 86_400), Some(cap.to_ratio()))?;
        portfolio.add(0, Points(word(input, place + 3) as i64), &terms, sigma, spot, &shocks, scale)?;
    }
    portfolio.health(HealthLevel::Initial, NativeDelta::ZERO, NativeDelta::ZERO)
}
