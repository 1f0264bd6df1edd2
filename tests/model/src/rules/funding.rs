//! *Funding* of docs/mathematics.md: the index of a series, and what positions owe.

use crate::{
    option::YEAR,
    real::Real,
    rules::{carry::HALF_HOUR, liquidity::minute_of},
    state::{Account, ENDED, LIVE, Market, Series},
    volatility::bps,
    witness::{Range, Witness},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::evergreen::errors::EvergreenError as Error;

/// What funding is not modelled for: a gap beyond the points that are kept.
fn is_gap(market: &Market, series: &Series) -> bool {
    market.now - series.touched > market.params.funding_full_gap - HALF_HOUR
}

/// Brings the index of a series up to now, at the rate in force, after all points since it was last touched at their own moments; to that of the chain
/// `after`, if that is given.
///
/// # Errors
/// Where the chain has another index or rate than the documents allow.
pub fn accrue(market: &mut Market, slot: u8, after: Option<&Series>, witness: &mut Witness) -> Result<(), String> {
    let series = &market.series[&slot];
    if series.status != LIVE {
        return Ok(());
    }
    let underlying = &market.underlyings[&series.underlying];
    let sides = &market.sides[&series.underlying];
    let contract = series.contract;
    if let (true, Some(after)) = (is_gap(market, series), after) {
        let adopted = Range { least: i128::MIN / 2, most: i128::MAX / 2 };
        witness.within("funding of a gap (adopted)", adopted, after.index)?;
        let (index, rate, now) = (after.index, after.rate, market.now);
        let series = market.series.get_mut(&slot).expect("a series");
        (series.index, series.rate, series.touched) = (index, rate, now);
        series.time_value = after.time_value;
        return Ok(());
    }
    let tenor = Real::whole(contract.tenor);
    let (mut rate, mut error) = (Real::binary(series.rate, 64), Real::whole(0));
    let (mut sum, mut doubt) = (Real::binary(series.index, 40), Real::whole(0));
    let (mut at, mut pieces, mut changed) = (series.touched, 1, false);
    let mut last = None;
    let mut step = |rate: &Real, error: &Real, at: i64, until: i64| {
        let part = &Real::whole(i128::from(until - at)) / &tenor;
        sum = &sum + &(rate * &part);
        doubt = &doubt + &(error * &part);
    };
    // A series that nobody has touched since it was listed has no rate yet: that of the last point before is in force.
    let in_force = underlying.points.iter().filter(|point| point.at <= series.touched).map(|point| point.at).max();
    let first = if series.rate == 0 { in_force.unwrap_or(series.touched + 1) } else { series.touched + 1 };
    for point in underlying.points.iter().filter(|point| point.at >= first && point.at <= market.now) {
        step(&rate, &error, at, point.at.max(at));
        let sigma = underlying.rule.smile(&bps(point.sigma_bps), &contract, &point.price);
        let worth = contract.worth(&point.price, &sigma);
        let carry = &Real::ratio(sides.carry_at(point.at) * contract.tenor, 1_000_000 * YEAR);
        rate = &(&Real::binary(underlying.rule.week.speed(point.at), 16) * &worth.time_value) + &(carry * &worth.slope);
        last = Some((&worth.time_value / &Real::whole(contract.strike), &worth.error / &Real::whole(contract.strike)));
        error = &(&worth.error + &(&carry.abs() * &worth.slope_error)) + &Real::binary(1, 50);
        (at, pieces, changed) = (point.at.max(at), pieces + 1, true);
    }
    step(&rate, &error, at, market.now);
    let (mut index, mut known) = (sum.down(40), if changed { rate.down(64) } else { series.rate });
    if let Some(after) = after {
        index = witness.within("funding index, 2^-40 dollars", Range::down(&sum, &doubt, 40, pieces), after.index)?;
        if changed && after.status == LIVE {
            known = witness.within("funding rate, 2^-64 dollars", Range::down(&rate, &error, 64, 1), after.rate)?;
        }
    }
    // What a commitment reads is what the chain has applied.
    let mut time_value = series.time_value;
    if let (Some(after), Some((share, error))) = (after, &last) {
        time_value =
            witness.within("time value, 2^-32 of the strike", Range::down(share, error, 32, 1), after.time_value)?;
    }
    let now = market.now;
    let series = market.series.get_mut(&slot).expect("a series");
    (series.index, series.rate, series.touched) = (index, known, now);
    series.time_value = time_value;
    Ok(())
}

/// Returns what so many points owe for a change of the index, rounded up: `⌈n·(F − F_s)·10^−e⌉`.
pub fn owed(points: i128, change: i128, exponent: u32) -> i128 {
    let unit = (1_i128 << 40) * 10_i128.pow(exponent);
    -(-points * change).div_euclid(unit)
}

impl Market {
    /// Settles the funding of all positions of an account whose series have been brought up to now.
    ///
    /// # Errors
    /// Where a series of the account has not been.
    pub fn settle(&mut self, key: &Pubkey) -> Result<(), String> {
        let slots: Vec<u8> = self.accounts[key].positions.keys().copied().collect();
        for slot in slots {
            let series = &self.series[&slot];
            if series.status == LIVE && series.touched != self.now {
                return Err(format!("series {slot} of a settled account has funding up to {} only", series.touched));
            }
            self.settle_one(key, slot);
        }
        Ok(())
    }

    /// Settles an account for somebody else, which a pool with enough cash may do in full: positions in exercised series, and whole units of the funding of the others up to where their series stand.
    pub fn settle_unpriced(&mut self, key: &Pubkey) {
        let slots: Vec<u8> = self.accounts[key].positions.keys().copied().collect();
        for slot in slots {
            let (series, position) = (&self.series[&slot], &self.accounts[key].positions[&slot]);
            if series.status != LIVE {
                self.settle_one(key, slot);
                continue;
            }
            let unit = (1_i128 << 40) * 10_i128.pow(self.exponent);
            let (points, size) = (position.points, position.points.abs());
            let whole = points * (series.index - position.snapshot) / unit;
            // A debt is settled up to as far as it goes, a credit at least as far.
            let steps = if whole > 0 { whole * unit / size } else { -((-whole * unit + size - 1) / size) };
            let mut change = steps * points.signum();
            let mut amount = owed(points, change, self.exponent);
            if amount < whole {
                // A step of the index is worth more than a unit.
                change -= change.signum();
                amount = owed(points, change, self.exponent);
            }
            if change != 0 {
                self.settle_part(key, slot, change, amount);
            }
        }
    }

    /// Takes an amount of funding from an account, and counts its position as settled up to so many steps of the index more.
    fn settle_part(&mut self, key: &Pubkey, slot: u8, change: i128, amount: i128) {
        let series = self.series.get_mut(&slot).expect("a series");
        let position = self.accounts.get_mut(key).expect("an account").positions.get_mut(&slot).expect("a position");
        let snapshot = position.snapshot + change;
        series.put(position.points, position.snapshot, self.exponent, u64::wrapping_sub);
        series.put(position.points, snapshot, self.exponent, u64::wrapping_add);
        position.snapshot = snapshot;
        self.pay(key, -amount);
    }

    fn settle_one(&mut self, key: &Pubkey, slot: u8) {
        let series = self.series.get_mut(&slot).expect("a series");
        let account = self.accounts.get_mut(key).expect("an account");
        let position = account.positions.get_mut(&slot).expect("a position");
        let (points, ended) = (position.points, series.status != LIVE);
        let amount = owed(points, series.index - position.snapshot, self.exponent);
        series.put(points, position.snapshot, self.exponent, u64::wrapping_sub);
        series.put(points, series.index, self.exponent, u64::wrapping_add);
        position.snapshot = series.index;
        self.pay(key, -amount);
        if ended {
            self.pay_ended(key, slot, points);
        }
    }

    /// Pays a position of an exercised series: holders get the cap payoff rounded down, writers pay it rounded up.
    fn pay_ended(&mut self, key: &Pubkey, slot: u8, points: i128) {
        let paid = (points * self.series[&slot].contract.cap_payoff()).div_euclid(10_000 * 10_i128.pow(self.exponent));
        self.pay(key, paid);
        self.resize(key, slot, -points);
        self.accounts.get_mut(key).expect("an account").positions.remove(&slot);
        // Liquidity of the minute values what has been exercised since as open.
        if self.later.minute == minute_of(self.now) && self.later.ended.contains(&slot) {
            self.record(self.now, -paid, 0, Some((slot, -points)));
        }
        self.free(slot);
    }

    /// Frees the slot of an exercised series when all of it is paid, and no liquidity of a minute needs it any more.
    fn free(&mut self, slot: u8) {
        let series = &self.series[&slot];
        let needed = self.later.counts(self.now) && self.later.points.contains_key(&slot);
        if series.open == [0, 0] && series.commitments == 0 && !needed {
            self.series.remove(&slot);
            self.later.ended.remove(&slot);
        }
    }

    /// Exercises a series for everybody, whose funding has been brought up to now.
    pub fn exercise(&mut self, slot: u8) -> Vec<Error> {
        let series = &self.series[&slot];
        if series.status != LIVE {
            return vec![Error::SeriesExercised];
        }
        let contract = series.contract;
        if !contract.is_certainly_capped_at(&self.underlyings[&series.underlying].price) {
            return vec![Error::SeriesNotAtCap];
        }
        self.reshape(slot, |series| {
            series.status = ENDED;
            series.rate = Real::ratio(contract.cap_payoff(), 10_000).down(64);
        });
        self.begin_record(minute_of(self.now));
        self.later.ended.insert(slot);
        self.free(slot);
        Vec::new()
    }

    /// Moves an amount from pool cash to the cash of an account, or back where it is negative.
    pub fn pay(&mut self, key: &Pubkey, amount: i128) {
        self.pool.cash -= amount;
        self.credit(key, amount);
    }

    /// Counts what accounts owe, and what the caps of their bought options do not cover of it.
    pub fn count_debts(&mut self) {
        let owed = |account: &Account| (-account.cash).max(0);
        self.pool.debts = self.accounts.values().map(owed).sum();
        self.pool.bad_debts = self.accounts.values().map(|account| (owed(account) - account.cover).max(0)).sum();
    }

    /// Adds to the cash of an account, and to the sum of all.
    pub fn credit(&mut self, key: &Pubkey, amount: i128) {
        let account = self.accounts.get_mut(key).expect("an account");
        account.cash += amount;
        self.pool.margin_cash += amount;
    }

    /// Adds to the cash of an account what is neither funding nor of its options: it pays for no trade that is committed already.
    pub fn come_in(&mut self, key: &Pubkey, amount: i128) {
        self.credit(key, amount);
        if let Some(commitment) = &mut self.accounts.get_mut(key).expect("an account").commitment {
            commitment.added += amount;
        }
    }
}
