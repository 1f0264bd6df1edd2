//! The volatility at which healthy accounts are closed by others.

use crate::common::{bps, float};
use crate::volatility::{START, params, sampled, start, target_of};
use evergreen_math::volatility::{VolatilityState, closing, quoted, sigma_base};
use evergreen_math::{Dollars, UnixTime};

/// Who is closed by others is closed where the mark arrives if the price rests, at every moment of its rise.
#[test]
fn a_rising_mark_arrives_where_closing_says() {
    let price = Dollars::from_int(92_000);
    let mut state = sampled(&params(), &start(), price, START + 1_800).unwrap();
    let closed = |state: &VolatilityState, now| closing(&params(), state, price, UnixTime(now)).unwrap();
    let first = float(closed(&state, START + 1_800).ask.to_bits());
    let (mut highest, mut found) = (0.0f64, Vec::new());
    for step in 1..=48 {
        let now = START + 1_800 * (step + 1);
        let quote = closed(&state, now - 900);
        let trades = quoted(&params(), &state, price, UnixTime(now - 900)).unwrap();
        assert!(trades.bid <= quote.ask && quote.ask <= trades.ask, "{quote:?} and {trades:?}");
        assert_eq!((quote.write, quote.bid, quote.mark), (quote.ask, quote.ask, trades.mark));
        if quote.mark < quote.ask {
            found.push(float(quote.ask.to_bits()));
        }
        state = sampled(&params(), &state, price, now).unwrap();
        highest = highest.max(float(sigma_base(&params(), &state, UnixTime(now)).unwrap().to_bits()));
    }
    // It rises for hours, to much less than the target of its beginning.
    assert!(found.len() > 10 && first > 1.3 * 0.6 && first < 0.8 * target_of(&params(), &state).max(1.9), "{first}");
    for sigma in found {
        assert!((sigma / highest - 1.0).abs() < 0.06, "{sigma} where {highest} is reached");
    }
    // One that falls arrives at its target; one that has arrived stays.
    let mut high = start();
    high.sigma = bps(12_000);
    let quote = closing(&params(), &high, high.last_price, UnixTime(START)).unwrap();
    assert!((float(quote.ask.to_bits()) - 0.6).abs() < 1e-9 && quote.mark == bps(12_000));
    let quote = closing(&params(), &start(), start().last_price, UnixTime(START)).unwrap();
    assert!((float(quote.ask.to_bits()) - 0.6).abs() < 1e-9);
}
