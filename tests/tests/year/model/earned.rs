//! What counts at the bid, and what is not earned yet.

use super::{Books, Contract, Tick};
use evergreen_math::{Native, NativeDelta, Points, Rounding, option::PricePoint, pool};

/// Points of a series that traders have bought more than sold while there was a spread, and when.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    points: i64,
    at: i64,
}

impl Taken {
    /// Returns what is left of them: a linear part of a day.
    pub fn left(self, now: i64) -> i64 {
        let rest = (86_400 - (now - self.at)).clamp(0, 86_400);
        i64::try_from(i128::from(self.points) * i128::from(rest) / 86_400).expect("points")
    }

    /// Counts a change after which so many points are written. Without a spread it only gives up what was taken on the other way.
    pub fn add(&mut self, at: i64, change: i64, has_spread: bool, written: i64) {
        let left = self.left(at);
        if !has_spread && self.points == 0 {
            return;
        }
        let gives_up = left.signum() * change.signum() < 0;
        let sum = match (has_spread, gives_up) {
            (true, _) => left + change,
            (false, true) => left.signum() * (left.abs() - change.abs()).max(0),
            (false, false) => left,
        };
        *self = Self { points: sum.max(-written), at };
    }
}

/// What trades have paid beyond the bid and was not earned yet at the half-hour of that number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unearned {
    amount: u64,
    half_hour: u32,
}

impl Unearned {
    /// Returns what is left of it: a part in 1,440 is earned each half-hour, by a power with 32 bits after the point.
    fn left(self, now: i64) -> u64 {
        let half_hours = u32::try_from(now / 1_800).expect("a half-hour").saturating_sub(self.half_hour);
        let (mut kept, mut power) = (1u128 << 32, (1u128 << 32) - (1 << 32) / 1_440);
        for bit in 0..32 {
            if half_hours >> bit & 1 == 1 {
                kept = (kept * power) >> 32;
            }
            power = (power * power) >> 32;
        }
        u64::try_from((u128::from(self.amount) * kept) >> 32).expect("an amount")
    }
}

impl Books {
    /// Records a trade that has changed cash by `premium`, or a closing by others (`forced`), for whoever leaves.
    pub(super) fn set_aside(
        &mut self,
        contract: &Contract,
        change: i64,
        premium: NativeDelta,
        tick: &Tick,
        forced: bool,
    ) {
        let (terms, quoted) = (contract.terms(), self.market.quoted(tick));
        let mark = quoted.mark(terms.tenor()).expect("a volatility");
        let (rises, falls) = (quoted.ask != mark, quoted.bid(terms.tenor()).expect("a volatility") != mark);
        let is_bought = !forced && change > 0;
        if is_bought && rises {
            let spot = PricePoint::new(tick.price).expect("a price");
            let bid = self.market.smiled(quoted.bid(terms.tenor()).expect("a volatility"), &terms, spot);
            let worth = pool::owed(&terms, bid, spot, Points(change), (self.scale, Rounding::Floor)).expect("a value");
            let amount = premium.checked_add(worth).expect("a sum").negative_part().0;
            if amount > 0 {
                let half_hour = u32::try_from(tick.now / 1_800).expect("a half-hour");
                self.unearned = Unearned { amount: self.unearned.left(tick.now) + amount, half_hour };
                self.count("spreads");
            }
        }
        let line = self.lines.get_mut(contract).expect("a series");
        let has_spread = if is_bought { rises } else { falls };
        line.taken.add(tick.now + i64::from(forced), change, has_spread, line.written());
    }

    /// Cuts what is not earned yet to what all shares are worth without it after liquidity.
    pub(super) fn limit_unearned(&mut self, worth: u64, now: i64) {
        if self.unearned.left(now) > worth {
            self.unearned = Unearned { amount: worth, half_hour: u32::try_from(now / 1_800).expect("a half-hour") };
        }
    }

    /// Returns what all shares are worth for whoever comes, or leaves with so many of them.
    pub(super) fn less_unearned(&self, assets: NativeDelta, leaving: u64, now: i64) -> NativeDelta {
        let (worth, total) = (assets.positive_part(), self.ledgers.shares[0]);
        let stays = u128::from(worth.0) * u128::from(total - leaving) / u128::from(total.max(1));
        let unearned = self.unearned.left(now).min(worth.0 / 2).min(u64::try_from(stays).expect("an amount"));
        assets.checked_sub(Native(unearned).to_delta().expect("an amount")).expect("a sum")
    }
}
