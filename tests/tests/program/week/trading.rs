//! Random trades, deposits and withdrawals.

use super::{POOLS, Seat, TENTH, Week, seat};
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{Series, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{BTC, Outcome, chain::actor, snapshot::PoolView, world::TOKEN};

/// The accounts that act at random.
const TRADERS: [Seat; 7] = [
    seat("alice"),
    Seat { who: "alice", sub_account: 1 },
    seat("bob"),
    seat("carol"),
    seat("dave"),
    seat("erin"),
    seat("frank"),
];

/// Returns the points of 0.1 BTC, or of ETH with as much notional.
pub const fn unit(series: &Series) -> i64 {
    if series.underlying as usize == BTC { TENTH } else { 25 * TENTH }
}

impl Week {
    /// Trades without a limit. Carol's trades are signed by her delegate.
    #[track_caller]
    pub fn trade(&mut self, pool: usize, seat: Seat, legs: &[(SeriesId, i64)]) -> Outcome {
        let legs = legs.iter().map(|(series, points)| Leg { series: *series, points: *points }).collect();
        let signer = actor(if seat.who == "carol" { "dora" } else { seat.who });
        let (keys, feeds) = (self.world.pools[pool], self.world.markets());
        let trade = build::trade(signer, &keys, self.key(pool, seat), legs, 0, i64::MIN, &feeds);
        self.send("trade", &[trade])
    }

    /// Lets a random trader do something in a random pool.
    pub fn somebody_acts(&mut self) {
        let (pool, seat) = (*self.random.pick(&POOLS), *self.random.pick(&TRADERS));
        let view = self.world.view(pool);
        let open: Vec<(SeriesId, Series)> = self.open_to_all(pool, &view);
        if open.is_empty() {
            return;
        }
        let (id, series) = *self.random.pick(&open);
        let size = unit(&series) / 100 * self.random.range(10, 80);
        match self.random.range(0, 99) {
            0..=5 => {
                let amount = self.random.range(1, 3 * TOKEN as i64).unsigned_abs();
                let _ = self.deposit(pool, seat, amount);
            }
            6..=11 => {
                let amount = self.random.range(1, 3 * TOKEN as i64).unsigned_abs();
                let _ = self.withdraw(pool, seat, amount);
            }
            12..=54 => {
                let _ = self.trade(pool, seat, &[(id, size)]);
            }
            55..=74 => {
                let room = series.long_points - series.short_points;
                if room > 0 {
                    let _ = self.trade(pool, seat, &[(id, -size.min(room))]);
                }
            }
            75..=91 => self.close_one(pool, seat),
            _ => {
                // The trade is a spread, or it buys both series if nothing can be written of the second.
                let (other, bought) = *self.random.pick(&open);
                let room = bought.long_points - bought.short_points;
                let second = if room > 0 { -(unit(&bought) / 5).min(room) } else { unit(&bought) / 5 };
                if other != id {
                    let _ = self.trade(pool, seat, &[(id, size), (other, second)]);
                }
            }
        }
    }

    /// Returns the live series that random traders may use.
    pub fn open_to_all(&self, pool: usize, view: &PoolView) -> Vec<(SeriesId, Series)> {
        let live = view.series().filter(|(_, series)| series.status == 1);
        live.map(|(id, series)| (id, *series)).filter(|(id, _)| !self.named[pool].is_reserved(*id)).collect()
    }

    /// Closes all or half of a position.
    fn close_one(&mut self, pool: usize, seat: Seat) {
        let open: Vec<_> = self.account(pool, seat).positions.iter().filter(|p| p.points != 0).copied().collect();
        if open.is_empty() {
            return;
        }
        let position = *self.random.pick(&open);
        let points = if self.random.percent(50) { position.points } else { (position.points / 2).max(1) };
        let _ = self.trade(pool, seat, &[(position.series(), -points)]);
    }
}
