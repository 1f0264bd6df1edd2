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
