//! Average cost in another way: in floating point, without a rounding, from rows alone.

use evergreen_sdk::portfolio::{Holding, MovementKind, Round, Statement, StatementRow};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Default)]
struct Lot {
    points: i64,
    /// Average dollars paid for a point, in native units.
    average: f64,
    realised: f64,
    /// Closes of a part, each of which rounds by less than a unit.
    closes: u32,
    /// Premiums and payoffs of all time.
    traded: i64,
    /// How often nothing was left.
    ends: u32,
}

/// An account's positions by this model.
#[derive(Default)]
pub struct Model {
    lots: BTreeMap<(u8, u32), Lot>,
    seen: BTreeSet<&'static str>,
    /// The kind of the row before, and its series.
    before: Option<(u8, u32)>,
}

impl Model {
    /// Takes the rows of a transaction.
    pub fn take(&mut self, rows: &[StatementRow]) {
        self.before = None;
        for row in rows {
            if !matches!(row.kind, MovementKind::Premium | MovementKind::Payoff) {
                self.before = None;
                continue;
            }
            let series = row.series.map(|id| (id.slot, id.generation)).expect("a series");
            let lot = self.lots.entry(series).or_default();
            // A payoff takes the position away: its row has the opposite sign.
            let points = row.points;
            let closes = lot.points != 0 && (lot.points < 0) != (points < 0);
            let price = -(row.amount as f64) / points as f64;
            if closes {
                assert!(points.abs() <= lot.points.abs(), "a row closes no more than there is");
                lot.realised += row.amount as f64 - lot.average * points.abs() as f64 * lot.points.signum() as f64;
                lot.closes += 1;
                if points.abs() < lot.points.abs() {
                    self.seen.insert("partial close");
                }
            } else {
                if self.before == Some(series) {
                    self.seen.insert("through zero");
                } else if lot.points == 0 && lot.closes > 0 {
                    self.seen.insert("closed and opened again");
                }
                let held = lot.points as f64;
                lot.average = (lot.average * held + price * points as f64) / (held + points as f64);
            }
            lot.points += points;
            lot.ends += u32::from(lot.points == 0);
            lot.traded += row.amount;
            self.before = Some(series);
        }
    }

    /// What has occurred.
    pub fn seen(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.seen.iter().copied()
    }

    /// Compares with a statement: realised profit to a unit for each close; exactly, where nothing is left.
    ///
    /// # Panics
    /// If they differ.
    pub fn compare(&self, statement: &Statement) {
        let mut all: i128 = 0;
        for (series, holding) in statement.holdings() {
            let lot = self.lots.get(&(series.slot, series.generation)).copied().unwrap_or_default();
            let Holding { points, realised, cost, .. } = *holding;
            assert_eq!(points, lot.points);
            assert_eq!(realised - cost, lot.traded, "premiums are realised or cost something");
            let mut rounds = vec![holding.round];
            let ended = statement.rounds().iter().filter(|(id, _)| *id == series).map(|(_, round)| *round);
            rounds.extend(ended.inspect(|round| assert_eq!(round.points, round.closed, "nothing is left")));
            let sum = |of: fn(&Round) -> i64| rounds.iter().map(of).sum::<i64>();
            assert_eq!(sum(|round| round.points - round.closed), points, "points of all rounds");
            assert_eq!(sum(|round| round.received - round.paid), lot.traded, "premiums of all rounds");
            assert_eq!((sum(|round| round.fees), sum(|round| round.funding)), (holding.fees, holding.funding));
            assert_eq!(rounds.len() - 1, lot.ends as usize, "a round ends where nothing is left");
            let (apart, rounding) = ((realised as f64 - lot.realised).abs(), 2.0 * f64::from(lot.closes) + 0.01);
            assert!(apart <= rounding, "{realised} realised, {} by the model, {} closes", lot.realised, lot.closes);
            all += i128::from(realised);
        }
        let parts = statement.realised();
        assert_eq!(all, parts.of(MovementKind::Premium) + parts.of(MovementKind::Payoff), "sums of positions");
    }
}
