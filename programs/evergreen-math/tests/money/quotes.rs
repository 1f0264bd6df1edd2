//! Volatilities of quotes against those of a calculator with 60 digits.

use crate::common::bps;
use evergreen_math::trade::Markups;
use evergreen_math::volatility::{Marks, Quoted, Smile};
use evergreen_math::{BasisPoints, Dollars, Points, Ratio, Seconds};

/// Returns the bits of a decimal number below 4, cut after 18 digits.
fn bits(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap();
    let part: i128 = part[..18].parse().unwrap();
    (whole.parse::<i128>().unwrap() << 64) + (part << 64) / 1_000_000_000_000_000_000
}

/// Marks and bids by tenor, smiles and mark-ups to 30 digits (`tests/golden/quotes.py`): within 2^−53 over strikes, and else within what a basis point and a decimal of 18 digits are cut by.
#[test]
fn quotes_are_those_of_a_calculator() {
    let mut seen = std::collections::BTreeMap::new();
    for line in include_str!("../golden/quotes.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |place: usize| fields[place].parse::<i64>().unwrap();
        let seconds = |place: usize| Seconds(fields[place].parse().unwrap());
        let share = |place: usize| BasisPoints(fields[place].parse().unwrap());
        let (found, most): (Ratio, i128) = match fields[0] {
            "mark" => {
                let marks = Marks { front: bps(number(1)), back: bps(number(2)), burst: seconds(3) };
                (marks.of(seconds(4)).unwrap(), 1 << 7)
            }
            "bid" => {
                let marks = Marks { front: bps(number(2)), back: bps(number(1)), burst: seconds(3) };
                let quoted = Quoted { marks, calm: bps(number(1)), ask: bps(number(2)) };
                (quoted.bid(seconds(4)).unwrap(), 1 << 11)
            }
            "smile" => {
                let smile = Smile { skew: bps(number(2)), convexity: bps(number(3)) };
                let [spot, strike] = [4, 5].map(|place| Dollars::from_int(number(place)));
                (smile.sigma(bps(number(1)), spot, strike, seconds(6)).unwrap(), 1 << 11)
            }
            side => {
                let buys = side == "buy";
                let of = |wanted| if buys == wanted { share(2) } else { BasisPoints(0) };
                let markups = Markups { buy: of(true), write: of(false) };
                (markups.at(bps(number(1)), buys, Points(if buys { 1 } else { -1 })).unwrap(), 1 << 7)
            }
        };
        let off = (found.to_bits() - bits(fields[7])).abs();
        assert!(off <= most, "{line}: off by {off} of 2^-64");
        *seen.entry(fields[0].to_owned()).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}
