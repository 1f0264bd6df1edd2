//! What whoever sells in a burst is paid, and what funding the burst brings.

use crate::common::float;
use crate::volatility::{START, params, sampled, start, times};
use evergreen_math::option::OptionPricer;
use evergreen_math::volatility::quoted;
use evergreen_math::{Dollars, Seconds, UnixTime};

/// Whoever writes in a burst, and buys back when it is over and the price has rested, gains nothing by its funding, whatever the burst and the moment in it: at the money, where values are
/// nearly proportional to the volatility, funding brings at most what the bid is below what is left.
#[test]
fn a_burst_pays_no_more_funding_than_it_costs_to_enter() {
    let tenor = Seconds::DAY;
    let mut found = 0;
    for jump in [101_000, 102_000, 104_000, 108_000, 116_000] {
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
            let above = quotes[entered..].iter().map(|later| (float(later.mark.to_bits()) - calm).max(0.0));
            let funding = above.sum::<f64>() * 1_800.0 / f64::from(tenor.0);
            let price = calm - float(quote.bid(tenor).unwrap().to_bits());
            let is_least = quote.bid(tenor).unwrap() == OptionPricer::MIN_VOLATILITY;
            found += usize::from(funding > 0.05);
            assert!(is_least || funding < price + 0.01, "{jump}, {entered}: {funding} of funding for {price}");
        }
    }
    assert!(found > 100, "{found}");
}
