//! The strategies that the report tries.

use super::{SimLeg, SimStrategy, When};
use crate::params::SimMarket;

/// Returns the strategies that the report tries.
pub fn all(market: &SimMarket) -> Vec<SimStrategy> {
    let mut found = Vec::new();
    for (tenor, params) in market.tenors.iter().enumerate().take(3) {
        let legs = |call, out, sign| vec![SimLeg { call, out, sign, tenor }];
        let days = params.seconds / 86_400.0;
        let mut add = |name: String, legs: Vec<SimLeg>, when, held| {
            let name = format!("{days:.0} days, {name}");
            found.push(SimStrategy { name, legs, when, days: held });
        };
        let straddle = |sign| [legs(true, 0.0, sign), legs(false, 0.0, sign)].concat();
        for (word, sign) in [("buy", 1.0), ("write", -1.0)] {
            for (kind, call) in [("call", true), ("put", false)] {
                for out in [-0.1, -0.05, 0.0, 0.05, 0.1, 0.2] {
                    let width = market.cap_ratio(true, tenor) - 1.0;
                    if out < width + 0.11 && -out < width {
                        let place = if out < 0.0 { "in" } else { "out" };
                        add(
                            format!("{word} a {kind} {:.0} % {place}", 100.0 * f64::abs(out)),
                            legs(call, out, sign),
                            When::Always,
                            days / 2.0,
                        );
                    }
                }
            }
            for (name, when) in [("after a burst", When::AfterBurst), ("after a quiet week", When::AfterQuiet)] {
                add(format!("{word} a straddle {name}"), straddle(sign), when, days / 2.0);
            }
            // Who holds and has written the same sells the one after the jump as others write.
            let jump = When::AfterJump(4.0);
            add(format!("{word} a straddle after a jump of four deviations"), straddle(sign), jump, days / 2.0);
            let series = When::JumpsInSeries;
            add(format!("{word} a straddle before the next jump of a series"), straddle(sign), series, days / 2.0);
            add(format!("{word} a straddle over the weekend"), straddle(sign), When::Weekend, 2.0f64.min(days));
        }
        let name = "buy a straddle for 12 hours after a jump of four deviations";
        add(name.to_owned(), straddle(1.0), When::AfterJump(4.0), 0.5);
        add(
            "buy a straddle for 12 hours before marks rise by 5 %".to_owned(),
            straddle(1.0),
            When::BeforeRise(0.05),
            0.5,
        );
        add(
            "write a straddle for 12 hours before marks fall by 2 %".to_owned(),
            straddle(-1.0),
            When::BeforeFall(0.02),
            0.5,
        );
        add("buy a put 5 % out after a fall".to_owned(), legs(false, 0.05, 1.0), When::AfterFall, days / 2.0);
        add("buy a call and run to the cap".to_owned(), legs(true, 0.0, 1.0), When::Always, 4.0 * days);
        add("buy a put and run to the cap".to_owned(), legs(false, 0.0, 1.0), When::Always, 4.0 * days);
        let spread = [legs(true, 0.0, 1.0), legs(true, 0.1, -1.0)].concat();
        add("buy a call, write one 10 % out".to_owned(), spread, When::Always, days / 2.0);
    }
    for pair in [[0, 1], [1, 2], [0, 2]] {
        for (word, sign) in [("buy", 1.0), ("write", -1.0)] {
            for (name, when) in [("", When::Always), (" after a burst", When::AfterBurst)] {
                found.push(calendar(market, pair, word, sign, (name, when)));
            }
        }
    }
    found
}

/// Straddles of one tenor against those of a longer one, held for half of the shorter.
fn calendar(market: &SimMarket, pair: [usize; 2], word: &str, sign: f64, (name, when): (&str, When)) -> SimStrategy {
    let [days, longer] = pair.map(|tenor| market.tenors[tenor].seconds / 86_400.0);
    let of =
        |place: usize, call| SimLeg { call, out: 0.0, sign: if place == 0 { sign } else { -sign }, tenor: pair[place] };
    let legs = [0, 1].into_iter().flat_map(|place| [true, false].map(|call| of(place, call))).collect();
    let name = format!("{days:.0} days, {word} a straddle against one of {longer:.0} days{name}");
    SimStrategy { name, legs, when, days: days / 2.0 }
}
