//! What whoever sells in a burst is paid, and what funding the burst brings.

use crate::common::{bps, float};
use crate::volatility::{START, params, sampled, start, target_of, times};
use evergreen_math::option::OptionPricer;
use evergreen_math::volatility::quoted;
use evergreen_math::{Dollars, MathError, Ratio, Seconds, UnixTime};

/// Whoever writes in a burst, and buys back when it is over and the price has rested, gains nothing by its funding, whatever the burst and the moment in it: at the money, where values are
/// nearly proportional to the volatility, funding brings at most what the bid is below what is left.
#[test]
fn a_burst_pays_no_more_funding_than_it_costs_to_enter() {
    let mut found = 0;
    let tenors = [Seconds(Seconds::DAY.0 / 4), Seconds::DAY, Seconds(7 * Seconds::DAY.0)];
    for (jump, tenor) in
        [101_000, 102_000, 104_000, 108_000, 116_000].into_iter().flat_map(|jump| tenors.map(|tenor| (jump, tenor)))
    {
        let price = Dollars::from_int(jump);
        let mut state = start();
        let mut quotes = Vec::new();
        // Two weeks at the volatility of before follow.
        for place in 0..14 * 48 {
            let now = START + 1_800 * (place + 1);
            let price = times(price, if place % 2 == 0 { 0.0 } else { 0.6 / 17_520f64.sqrt() / 0.95 });
            state = sampled(&params(), &state, price, now).unwrap();
            quotes.push(quoted(&params(), &state, price, UnixTime(now)).unwrap());
        }
        for (entered, quote) in quotes.iter().enumerate().take(96) {
            let calm = float(quote.calm.to_bits());
            // What the slow average keeps of the burst is paid for as long as it lasts, and is no burst's.
            let above = quotes[entered..].iter().map(|later| {
                let kept = later.marks.back.max(quote.calm);
                float(later.marks.front.to_bits()) - float(kept.to_bits())
            });
            let funding = above.sum::<f64>() * 1_800.0 / f64::from(tenor.0);
            let price = calm - float(quote.bid(tenor).unwrap().to_bits());
            let is_least = quote.bid(tenor).unwrap() == OptionPricer::MIN_VOLATILITY;
            found += usize::from(funding > 0.05);
            // Ordinary days lift marks a little, too: by a hundredth of a day's volatility in two weeks.
            let ordinary = 0.01 * f64::from(Seconds::DAY.0) / f64::from(tenor.0);
            assert!(is_least || funding < price + ordinary, "{jump}, {tenor:?}, {entered}: {funding} for {price}");
        }
    }
    assert!(found > 100, "{found}");
}

/// Who buys after a jump pays for the volatility that the next sample brings, before that sample is taken; who sells gets the mark.
#[test]
fn a_jump_is_in_the_ask_before_it_is_in_a_sample() {
    let (state, price) = (start(), Dollars::from_int(92_000));
    let at = |seconds| quoted(&params(), &state, price, UnixTime(START + seconds)).unwrap();
    for seconds in [1, 60, 1_799] {
        let quote = at(seconds);
        for sigma in [quote.marks.front, quote.marks.back, quote.calm] {
            assert!((float(sigma.to_bits()) - 0.6).abs() < 1e-15);
        }
        let after = sampled(&params(), &state, price, START + 1_800).unwrap();
        let (ask, then) = (float(quote.ask.to_bits()), target_of(&params(), &after));
        assert!(ask >= then && ask < 1.1 * then && then > 1.5, "{ask} {then}");
    }
    // After the sample the mark is on its way and the ask is where it goes.
    let after = sampled(&params(), &state, price, START + 1_800).unwrap();
    let quote = quoted(&params(), &after, price, UnixTime(START + 1_800)).unwrap();
    assert_eq!((quote.marks.front, quote.marks.back, quote.calm), (after.front, after.back, after.back));
    assert!((float(quote.ask.to_bits()) - target_of(&params(), &after)).abs() < 1e-9);
    // Who sells gets what the slow average gives, less the funding of thirteen hours of what the burst adds.
    let slow = float(after.slow_variance.to_bits()).sqrt() * 0.95;
    let mut later = after;
    later.front = bps(15_000);
    later.back = Ratio::from_bits((slow * 2f64.powi(64)) as i128);
    later.sigma_time = after.last_time;
    let quote = quoted(&params(), &later, price, after.last_time).unwrap();
    let (calm, ask) = (float(quote.calm.to_bits()), float(quote.ask.to_bits()));
    assert!((calm - slow).abs() < 1e-9 && slow < 0.8 && quote.marks.front == bps(15_000), "{quote:?} {slow}");
    for days in [1u32, 7, 30] {
        let bid = float(quote.bid(Seconds(days * Seconds::DAY.0)).unwrap().to_bits());
        let life = 13.0 / 24.0 / f64::from(days);
        let wanted = (calm - (ask - calm) * life).max(0.05);
        assert!(bid <= wanted && (bid - wanted).abs() < 1e-9, "{days} days: {bid} and {wanted}");
        let mark = float(quote.mark(Seconds(days * Seconds::DAY.0)).unwrap().to_bits());
        let wanted = slow + (1.5 - slow) * life / (life + 1.0);
        assert!((mark - wanted).abs() < 1e-9, "{days} days: {mark} and {wanted}");
    }
    assert_eq!(quote.bid(Seconds::ZERO), Err(MathError::DivisionByZero));
    // While marks are above their targets, they fall to those.
    let mut high = start();
    (high.front, high.back) = (bps(12_000), bps(11_000));
    let quote = quoted(&params(), &high, high.last_price, UnixTime(START)).unwrap();
    assert_eq!((quote.marks.front, quote.marks.back, quote.ask), (bps(12_000), bps(11_000), bps(12_000)));
    assert!((float(quote.calm.to_bits()) - 0.6).abs() < 1e-9);
}
