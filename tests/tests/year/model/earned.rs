//! What counts at the bid, and what is not earned yet.

use super::{Books, Contract, Tick};
use evergreen_math::{Native, NativeDelta, Points, Rounding, option::PricePoint, pool};

/// Points of a series that the pool has taken on at the bid, and when.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    points: i64,
    at: i64,
}

impl Taken {
    /// Returns what is left of them: a linear part of a day, and no more than traders have in sum.
    pub fn left(self, now: i64, net: i64) -> i64 {
        if self.points.signum() != net.signum() {
            return 0;
        }
        let rest = (86_400 - (now - self.at)).clamp(0, 86_400);
        let size = i128::from(self.points.abs()) * i128::from(rest) / 86_400;
        net.signum() * i64::try_from(size).expect("points").min(net.abs())
    }

    /// Counts what a change at the bid opens on the pool.
    pub fn add(&mut self, at: i64, before: i64, after: i64) {
        let opened = if after > before { after.max(0) - before.max(0) } else { after.min(0) - before.min(0) };
        if opened != 0 {
            // Of one side nothing is left where traders are on the other one.
            let left = self.left(at, before);
            let kept = if left > 0 { left.min(after.max(0)) } else { left.max(after.min(0)) };
            *self = Self { points: kept + opened, at };
        }
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
        let rises = quoted.ask != quoted.mark(terms.tenor()).expect("a volatility");
        if !forced && change > 0 && rises {
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
        if forced || change < 0 || rises {
            let line = self.lines.get_mut(contract).expect("a series");
            let after = line.net().0;
            line.taken.add(tick.now + i64::from(forced), after - change, after);
        }
    }

    /// Returns what all shares are worth for whoever leaves with so many of them.
    pub(super) fn less_unearned(&self, assets: NativeDelta, leaving: u64, now: i64) -> NativeDelta {
        let (worth, total) = (assets.positive_part(), self.ledgers.shares[0]);
        let stays = u128::from(worth.0) * u128::from(total - leaving) / u128::from(total.max(1));
        let unearned = self.unearned.left(now).min(worth.0 / 2).min(u64::try_from(stays).expect("an amount"));
        assets.checked_sub(Native(unearned).to_delta().expect("an amount")).expect("a sum")
    }
}
