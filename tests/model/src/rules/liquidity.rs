//! *Liquidity* of docs/protocol.md, and *Net asset value, reserves, shares* of docs/mathematics.md.

use crate::{
    real::Real,
    rules::fees::times,
    state::{LIVE, Later, Market, Price, Request},
    volatility::Estimate,
    witness::{Range, Witness},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::evergreen::errors::EvergreenError as Error;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds after a full minute in which liquidity is executed.
pub const WINDOW: i64 = 20;
/// What a deposit pays that nobody has executed, basis points.
const LAPSE_BPS: i128 = 10;

/// Which bound of net asset value is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// What who comes is charged at.
    Upper,
    /// What who leaves is paid at.
    Lower,
}

/// Returns the last full minute at a moment.
pub const fn minute_of(moment: i64) -> i64 {
    moment.div_euclid(60) * 60
}

/// Says whether prices are the first ones published after a minute.
fn first_after(minute: i64, prices: &BTreeMap<u8, Price>) -> Vec<Error> {
    let first = |price: &Price| price.before <= minute && minute < price.at;
    if prices.values().all(first) { Vec::new() } else { vec![Error::PriceNotFirst] }
}

impl Market {
    /// Requests a deposit.
    pub fn request_deposit(
        &mut self,
        key: Pubkey,
        owner: Pubkey,
        class: usize,
        amount: i128,
        least: i128,
    ) -> Vec<Error> {
        if amount == 0 {
            return vec![Error::ZeroAmount];
        }
        // The first full minute that follows by the delay at least; in insurance one minute more.
        let first = minute_of(self.now + self.params.fill_delay + 59);
        let minute = first + if class == 1 { 60 } else { 0 };
        let room = self.pool.cash + self.pool.deposits_due + amount;
        let full = class == 0 && room > self.params.max_pool_cash;
        *self.wallets.get_mut(&owner).expect("a wallet") -= amount;
        self.vaults[class] += amount;
        *self.waiting(class) += amount;
        let request = Request {
            class,
            owner,
            deposit: amount,
            minute,
            shares: 0,
            least,
            worth: 0,
            ready: 0,
            number: 0,
            payable: 0,
        };
        self.requests.insert(key, request);
        if full { vec![Error::DepositCap] } else { Vec::new() }
    }

    fn waiting(&mut self, class: usize) -> &mut i128 {
        if class == 0 { &mut self.pool.deposits_due } else { &mut self.pool.insurance_deposits_due }
    }

    fn payable(&mut self, class: usize) -> &mut i128 {
        if class == 0 { &mut self.pool.withdrawals_due } else { &mut self.pool.insurance_withdrawals_due }
    }

    /// Returns what is recorded since a minute: cash, insurance, points of a series.
    fn since(&self, minute: i64) -> (i128, i128, BTreeMap<u8, i128>) {
        if self.later.minute == minute {
            (self.later.cash, self.later.insurance, self.later.points.clone())
        } else {
            (0, 0, BTreeMap::new())
        }
    }

    /// Returns the capital of insurance at a minute, less all bad debts of now.
    pub fn insurance_assets(&self, minute: i64) -> i128 {
        (self.pool.insurance_cash + self.pool.insurance_due - self.since(minute).1 - self.pool.bad_debts).max(0)
    }

    /// Returns a bound of net asset value at a full minute, at the first prices after it.
    pub fn assets(&self, minute: i64, prices: &BTreeMap<u8, Price>, bound: Bound) -> Range {
        let (cash, _, points) = self.since(minute);
        let mut range = Range { least: self.pool.cash - cash, most: self.pool.cash - cash };
        for (slot, series) in &self.series {
            let net = series.open[0] - series.open[1];
            let claim = series.claim(self.exponent);
            (range.least, range.most) = (range.least + claim, range.most + claim);
            let net = net - points.get(slot).copied().unwrap_or(0);
            if series.status != LIVE {
                // What an exercised series pays.
                let owed = -(-net * series.contract.cap_payoff()).div_euclid(10_000 * 10_i128.pow(self.exponent));
                (range.least, range.most) = (range.least - owed - 1, range.most - owed + 1);
                continue;
            }
            if net == 0 && series.open == [0, 0] {
                continue;
            }
            let underlying = &self.underlyings[&series.underlying];
            let price = &prices[&series.underlying].spot;
            let quoted = underlying.rule.quoted(self.estimate_at(series.underlying, minute), minute, price);
            let bid = quoted.bid(series.contract.tenor);
            // The spread counts on what traders had in sum before the trades of the last day, all that they have at the bid.
            let taken = self.taken(*slot, minute);
            let before = net - taken;
            let money = match (bound, before > 0) {
                (Bound::Lower, true) => quoted.ask.clone(),
                (Bound::Upper, false) if before < 0 => quoted.mark(series.contract.tenor),
                _ => bid.clone(),
            };
            let parts = if money == bid { [(net, money), (0, bid)] } else { [(before, money), (taken, bid)] };
            for (points, money) in parts.into_iter().filter(|(points, _)| *points != 0) {
                let sigma = underlying.rule.smile(&money, &series.contract, price);
                let worth = series.contract.worth(price, &sigma);
                // The volatility is known to 2^-48, and a value moves with it by less than the price.
                let error = &worth.error + &(&Real::binary(1, 48) * price);
                let owed = |value: Real| {
                    let owed = times(points, &value, self.exponent);
                    if bound == Bound::Upper { owed.down(0) } else { owed.up(0) }
                };
                let ends = [owed(&worth.value() - &error), owed(&worth.value() + &error)];
                range.least -= ends[0].max(ends[1]);
                range.most -= ends[0].min(ends[1]);
            }
        }
        // Bad debt that insurance cannot pay is off.
        let lost = (self.pool.bad_debts - (self.pool.insurance_cash + self.pool.insurance_due).max(0)).max(0);
        Range { least: range.least - lost, most: range.most - lost }
    }

    /// Returns what all shares are worth at a full minute for whoever leaves with so many: the lower bound less what is not earned yet, which is at most half of it, and the part of those who stay.
    pub fn assets_for_leaving(&self, minute: i64, prices: &BTreeMap<u8, Price>, shares: i128) -> Range {
        self.earned(minute, self.assets(minute, prices, Bound::Lower), shares)
    }

    /// Returns the same for whoever comes: the upper bound.
    pub fn assets_for_coming(&self, minute: i64, prices: &BTreeMap<u8, Price>) -> Range {
        self.earned(minute, self.assets(minute, prices, Bound::Upper), 0)
    }

    fn earned(&self, minute: i64, range: Range, shares: i128) -> Range {
        let total = self.pool.shares[0].max(1);
        let apart = |assets: i128| {
            let worth = assets.max(0);
            assets - self.unearned(minute).min(worth / 2).min(worth * (total - shares).max(0) / total)
        };
        // Fixed point of the chain's power, 2^-32, ten times.
        let error = self.aside.unearned / (1 << 28) + i128::from(self.aside.unearned > 0);
        Range { least: apart(range.least) - error, most: apart(range.most) + error }
    }

    /// Returns what trades have paid beyond the bid and is not earned yet at a minute: a part in 1,440 is earned each half-hour.
    fn unearned(&self, minute: i64) -> i128 {
        let passed = (minute.div_euclid(1_800) - self.aside.half_hour).max(0);
        let kept = (1.0 - 1.0 / 1_440.0_f64).powi(i32::try_from(passed).unwrap_or(i32::MAX));
        let since = if self.later.minute == minute { self.aside.since } else { 0 };
        ((self.aside.unearned as f64 * kept) as i128 - since).max(0)
    }

    /// Returns how many points were taken on within a day, as of a minute: a linear part of a day.
    fn taken(&self, slot: u8, minute: i64) -> i128 {
        let Some(taken) = self.aside.taken.get(&slot).filter(|t| t.generation == self.series[&slot].generation) else {
            return 0;
        };
        let (points, at) = if taken.newest.1 > minute { taken.before } else { taken.newest };
        let left = i128::from((86_400 - (minute - at).max(0)).max(0));
        points * left / 86_400
    }

    /// Returns what samples had left at a minute.
    fn estimate_at(&self, place: u8, minute: i64) -> &Estimate {
        let underlying = &self.underlyings[&place];
        if underlying.estimate.taken_at > minute { &underlying.earlier } else { &underlying.estimate }
    }

    /// Executes a deposit at what all shares are worth.
    ///
    /// # Errors
    /// Where the chain has another worth than the documents allow.
    pub fn execute_deposit(
        &mut self,
        key: &Pubkey,
        prices: &BTreeMap<u8, Price>,
        told: i128,
        witness: &mut Witness,
    ) -> Result<(), String> {
        let request = self.requests.remove(key).expect("a request");
        let class = request.class;
        let assets = if class == 0 {
            witness.within("net asset value, upper bound", self.assets_for_coming(request.minute, prices), told)?
        } else {
            self.insurance_assets(request.minute)
        };
        let shares = request.deposit * (self.pool.shares[class] + 1_000) / (assets + 1);
        *self.waiting(class) -= request.deposit;
        if class == 0 {
            self.pool.cash += request.deposit;
            self.pool.depth += request.deposit;
        } else {
            self.pool.insurance_cash += request.deposit;
        }
        self.pool.shares[class] += shares;
        self.shares.get_mut(&request.owner).expect("a wallet")[class] += shares;
        Ok(())
    }

    /// Gives a deposit back that nobody has executed, less the fee of a lapse, or a part of it, if there is one.
    pub fn give_deposit_back(&mut self, key: &Pubkey, fee: Option<i128>) {
        let request = self.requests.get_mut(key).expect("a request");
        let (class, amount) = (request.class, request.deposit);
        let fee = fee.map_or(0, |part| -(-amount * LAPSE_BPS).div_euclid(10_000 * part));
        request.deposit = 0;
        request.payable += amount - fee;
        *self.waiting(class) -= amount;
        *self.payable(class) += amount - fee;
        if class == 0 {
            self.pool.cash += fee;
            self.record(self.now, fee, 0, None);
        } else {
            self.pool.insurance_cash += fee;
            self.record(self.now, 0, fee, None);
        }
    }

    /// Records changes of cash, of insurance and of points beside the last full minute before a moment, unless there is a record of a later one.
    pub fn record(&mut self, at: i64, cash: i128, insurance: i128, points: Option<(u8, i128)>) {
        let minute = minute_of(at);
        if self.later.minute > minute {
            return;
        }
        if cash == 0 && insurance == 0 && points.is_none() {
            return;
        }
        self.begin_record(minute);
        self.later.cash += cash;
        self.later.insurance += insurance;
        if let Some((slot, points)) = points {
            *self.later.points.entry(slot).or_default() += points;
        }
        self.later.points.retain(|_, points| *points != 0);
    }

    /// Begins the record of a minute, unless it has begun.
    pub fn begin_record(&mut self, minute: i64) {
        if self.later.minute != minute {
            self.later = Later { minute, cash: 0, insurance: 0, points: BTreeMap::new(), ended: BTreeSet::new() };
        }
    }

    /// Says why a deposit is not executed now.
    pub fn against_deposit(&self, key: &Pubkey, prices: &BTreeMap<u8, Price>) -> Vec<Error> {
        let minute = self.requests[key].minute;
        let mut broken = first_after(minute, prices);
        if self.now < minute {
            broken.push(Error::OffGrid);
        }
        broken
    }

    /// Says why a withdrawal is not executed now.
    pub fn against_withdrawal(&self, key: &Pubkey, prices: &BTreeMap<u8, Price>) -> Vec<Error> {
        let (request, minute) = (&self.requests[key], minute_of(self.now));
        let mut broken = first_after(minute, prices);
        let mut refuse = |when: bool, error: Error| {
            if when {
                broken.push(error);
            }
        };
        let [next, first] = self.pool.queue[request.class];
        refuse(self.now > minute + WINDOW, Error::OffGrid);
        refuse(request.ready > minute, Error::WithdrawalCooling);
        refuse(request.number != first, Error::WithdrawalNotFirst);
        let assets = if request.class == 0 {
            self.assets_for_leaving(minute, prices, request.shares).least
        } else {
            self.insurance_assets(minute)
        };
        let amount = request.shares * (assets + 1) / (self.pool.shares[request.class] + 1_000);
        refuse(amount.min(request.worth) < request.least && next - first == 1, Error::BelowMinimum);
        broken
    }

    /// Requests a withdrawal of shares.
    pub fn request_withdrawal(
        &mut self,
        key: Pubkey,
        owner: Pubkey,
        class: usize,
        shares: i128,
        least: i128,
    ) -> Vec<Error> {
        let cooldown = [self.params.main_cooldown, self.params.insurance_cooldown][class];
        let capital = self.insurance_assets(i64::MIN);
        let worth = if class == 0 { u64::MAX.into() } else { shares * (capital + 1) / (self.pool.shares[1] + 1_000) };
        let number = self.pool.queue[class][0];
        self.pool.queue[class][0] += 1;
        self.pool.shares_leaving[class] += shares;
        self.shares.get_mut(&owner).expect("a wallet")[class] -= shares;
        let ready = self.now + cooldown;
        self.requests.insert(
            key,
            Request { class, owner, deposit: 0, minute: 0, shares, least, worth, ready, number, payable: 0 },
        );
        if worth < least { vec![Error::BelowMinimum] } else { Vec::new() }
    }

    /// Executes so many shares of a withdrawal at what all are worth.
    ///
    /// # Errors
    /// Where the chain has another worth than the documents allow.
    pub fn execute_withdrawal(
        &mut self,
        key: &Pubkey,
        prices: &BTreeMap<u8, Price>,
        told: (i128, i128),
        witness: &mut Witness,
    ) -> Result<(), String> {
        let (shares, assets) = told;
        let request = self.requests[key].clone();
        let (class, minute) = (request.class, minute_of(self.now));
        let assets = if class == 0 {
            let range = self.assets_for_leaving(minute, prices, request.shares);
            witness.within("net asset value, lower bound", range, assets)?
        } else {
            self.insurance_assets(minute)
        };
        let amount = (shares * (assets + 1) / (self.pool.shares[class] + 1_000)).min(request.worth);
        if shares != request.shares {
            return Err(format!("{shares} of {} shares are executed, which is not modelled", request.shares));
        }
        if self.now < request.ready {
            return Err("it has not cooled down".to_owned());
        }
        let state = self.requests.get_mut(key).expect("a request");
        (state.shares, state.payable, state.least) = (0, state.payable + amount, 0);
        if class == 1 {
            state.worth = 0;
        }
        *self.payable(class) += amount;
        if class == 0 {
            self.pool.cash -= amount;
            self.pool.depth = (self.pool.depth - amount).max(0);
        } else {
            self.pool.insurance_cash -= amount;
        }
        self.pool.shares[class] -= shares;
        self.pool.shares_leaving[class] -= shares;
        self.pool.queue[class][1] += 1;
        let day = &mut self.pool.day[class];
        if i128::from(self.now) - day[0] >= 86_400 {
            *day = [self.now.into(), 0];
        }
        day[1] += amount;
        Ok(())
    }

    /// Pays what a request can claim.
    pub fn claim(&mut self, key: &Pubkey) {
        let request = self.requests.remove(key).expect("a request");
        *self.payable(request.class) -= request.payable;
        self.vaults[request.class] -= request.payable;
        *self.wallets.get_mut(&request.owner).expect("a wallet") += request.payable;
    }
}
