//! *Margin and liquidation* and *Debts* of docs/protocol.md: what others close of an account below maintenance, and who pays for what it owes.

use crate::{
    real::Real,
    rules::{
        commit::shrinks,
        fees::{fee, times},
        fill::Filled,
        health::Level,
    },
    state::Market,
    volatility::bps,
    witness::{Range, Witness},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::evergreen::errors::EvergreenError as Error;

/// What the chain says about a liquidation, which the model asserts.
#[derive(Clone, Debug)]
pub struct Liquidated {
    /// The legs that were closed.
    pub fills: Vec<Filled>,
    /// Penalty that the account has paid.
    pub penalty: i128,
    /// What the liquidator has got.
    pub reward: i128,
    /// What insurance has added to that.
    pub from_insurance: i128,
    /// Maintenance health before, and target health after the penalty.
    pub health: [i128; 2],
}

/// Target and maintenance health, native units; at target counts what is worse at maintenance, too.
#[derive(Clone, Debug)]
struct Levels([Real; 2]);

impl Levels {
    /// By how much health has risen at the level at which it has risen least.
    fn gain(&self, after: &Self) -> Real {
        (&after.0[0] - &self.0[0]).min(&after.0[1] - &self.0[1])
    }
}

impl Market {
    fn levels(&self, key: &Pubkey) -> (Levels, i128) {
        let (maintenance, roundings) = self.health(key, Level::Maintenance);
        let target = self.health(key, Level::Target).0.min(maintenance.clone());
        (Levels([target, maintenance]), 2 * roundings)
    }

    /// Returns what an account would own if all its options were closed at the mark, native units.
    fn equity(&self, key: &Pubkey) -> Real {
        let account = &self.accounts[key];
        account.positions.iter().fold(Real::whole(account.cash), |sum, (slot, position)| {
            let series = &self.series[slot];
            let underlying = &self.underlyings[&series.underlying];
            let spot = &underlying.price.spot;
            let mark = underlying.rule.mark(&underlying.estimate, self.now, series.contract.tenor);
            let sigma = underlying.rule.smile(&mark, &series.contract, spot);
            &sum + &times(position.points, &series.contract.worth(spot, &sigma).value(), self.exponent)
        })
    }

    /// Returns the rules that a liquidation of legs (slots and points) would break, and whether roundings of health decide. Funding is settled.
    pub fn against_liquidation(&self, key: &Pubkey, legs: &[(u8, i128)]) -> (Vec<Error>, bool) {
        let mut unsure = false;
        let mut broken = match self.is_healthy(key, Level::Maintenance) {
            Some(true) => return (vec![Error::NotLiquidatable], false),
            Some(false) => Vec::new(),
            None => {
                unsure = true;
                vec![Error::NotLiquidatable]
            }
        };
        if legs.iter().any(|(slot, points)| !shrinks(self.accounts[key].points(*slot), *points)) {
            broken.push(Error::LegNotReducing);
        }
        // Legs of which none raises health stay open; together they are closed only where that does not lower it.
        let (before, roundings) = self.levels(key);
        let bound = Real::whole(roundings);
        let after = |legs: &[(u8, i128)]| {
            let mut market = self.clone();
            for (slot, points) in legs {
                market.close_at_bid(key, *slot, *points, None, &mut Witness::default()).expect("nothing is told");
            }
            &market.levels(key).0.0[0] - &before.0[0]
        };
        let none = legs.iter().all(|leg| after(core::slice::from_ref(leg)) <= bound);
        if broken.is_empty() && none {
            let together = after(legs);
            if together < bound {
                broken.push(Error::HealthLowered);
            }
            unsure |= together >= -&bound;
        }
        (broken, unsure)
    }

    /// Closes points of a position at the bid, without fee and without the band of the price. Returns the fee that closing would have cost.
    fn close_at_bid(
        &mut self,
        key: &Pubkey,
        slot: u8,
        points: i128,
        told: Option<&Filled>,
        witness: &mut Witness,
    ) -> Result<Range, String> {
        let series = &self.series[&slot];
        let (contract, underlying) = (series.contract, &self.underlyings[&series.underlying]);
        let spot = underlying.price.spot.clone();
        let quoted = underlying.rule.quoted(&underlying.estimate, self.now, &spot);
        let mut sigma = underlying.rule.smile(&quoted.bid(contract.tenor), &contract, &spot);
        if let Some(told) = told {
            let exact = Real::binary(1, 48);
            witness.within("bid of a liquidation, 2^-64", Range::down(&sigma, &exact, 64, 0), told.sigma)?;
            sigma = Real::binary(told.sigma, 64);
        }
        let worth = contract.worth(&spot, &sigma);
        let value = worth.value();
        let premium = |value: Real| times(-points, &value, self.exponent).down(0);
        let (one, other) = (premium(&value + &worth.error), premium(&value - &worth.error));
        let range = Range { least: one.min(other), most: one.max(other) };
        let paid = witness.within("premium of a liquidation", range, told.map_or(one, |told| told.premium))?;
        let waived = if contract.is_capped_at(&spot) {
            Range { least: 0, most: 0 }
        } else {
            fee(self, points.abs(), self.params.fee_close_bps, &spot, (&value, &worth.error))
        };
        self.pay(key, paid);
        // What others close counts when it is done.
        self.record(self.now, -paid, 0, Some((slot, points)));
        self.resize(key, slot, points);
        self.accounts.get_mut(key).expect("an account").positions.retain(|_, position| position.points != 0);
        Ok(waived)
    }

    /// Closes what the chain has closed of an account whose funding is settled, and takes the penalty.
    ///
    /// # Errors
    /// Where the documents close, take or pay something else.
    pub fn liquidate(
        &mut self,
        key: &Pubkey,
        liquidator: &Pubkey,
        legs: &[(u8, i128)],
        told: &Liquidated,
        witness: &mut Witness,
    ) -> Result<(), String> {
        let (start, roundings) = self.levels(key);
        let near = |number: &Real, units: i128| Range { least: number.down(0) - units, most: number.up(0) + units };
        witness.within("health before a liquidation", near(&start.0[1], roundings), told.health[0])?;
        let cap = bps(self.params.penalty_equity_cap_bps);
        let share = |of: &Real| (of * &cap).max(Real::whole(0));
        let doubt = Real::whole(roundings);
        let (mut due, mut waived) = ([Real::whole(0), Real::whole(0)], Range { least: 0, most: 0 });
        let mut whole = legs.len() == told.fills.len();
        for fill in &told.fills {
            let leg = legs.iter().find(|(slot, _)| *slot == fill.slot).ok_or("another leg is closed")?;
            if fill.points.signum() != leg.1.signum() || fill.points.abs() > leg.1.abs() || fill.fee != 0 {
                return Err(format!("the chain has closed {fill:?} for {leg:?}"));
            }
            whole &= fill.points == leg.1;
            let place = self.series[&fill.slot].underlying;
            let spot = self.underlyings[&place].price.spot.clone();
            let before = self.levels(key).0;
            let not_paid = self.close_at_bid(key, fill.slot, fill.points, Some(fill), witness)?;
            waived = Range { least: waived.least + not_paid.least, most: waived.most + not_paid.most };
            if fill.points > 0 {
                let gain = before.gain(&self.levels(key).0);
                let rated = &times(fill.points, &spot, self.exponent) * &bps(self.params.penalty_bps);
                due[0] = &due[0] + &share(&(&gain - &doubt)).min(rated.clone());
                due[1] = &due[1] + &share(&(&gain + &doubt)).min(&rated + &Real::whole(2));
            }
        }
        let closed = self.levels(key).0;
        let (gain, equity) = (start.gain(&closed), self.equity(key));
        if gain < -&doubt {
            return Err(format!("a liquidation changes health by {}", gain.shown()));
        }
        // One leg that helps earns a penalty for certain; of several some may have been closed only together.
        let least = if told.fills.len() == 1 && legs.len() == 1 {
            due[0].clone().min(share(&(&gain - &doubt))).min(share(&(&equity - &doubt))).down(0) - 2
        } else {
            0
        };
        let most = due[1].clone().min(share(&(&gain + &doubt))).min(share(&(&equity + &doubt))).up(0);
        witness.within("penalty", Range { least: least.max(0), most }, told.penalty)?;
        let reward = (told.penalty * self.params.liquidator_bps).div_euclid(10_000);
        let kept = told.penalty - reward;
        self.credit(key, -told.penalty);
        self.come_in(liquidator, reward);
        self.pool.insurance_due += kept;
        self.count_debts();
        let least = |fee: i128| {
            let rate = self.params.fee_open_bps.min(self.params.fee_close_bps);
            let paid = (fee * rate).div_euclid(self.params.fee_close_bps);
            let own = (paid * self.params.fee_insurance_bps).div_euclid(10_000);
            let most = own.min(self.params.min_liquidation_reward);
            // What covers a debt is nobody's reward.
            let has = (self.pool.insurance_cash + self.pool.insurance_due - self.pool.debts).max(0);
            if self.accounts[key].positions.is_empty() { (most - reward).clamp(0, has) } else { 0 }
        };
        let range = Range { least: least(waived.least), most: least(waived.most) };
        let added = witness.within("reward that insurance adds", range, told.from_insurance)?;
        if told.reward != reward + added {
            return Err(format!("the liquidator gets {}, the model pays {}", told.reward, reward + added));
        }
        self.come_in(liquidator, added);
        self.pool.insurance_due -= added;
        self.record(self.now, 0, kept - added, None);
        let (end, roundings) = self.levels(key);
        witness.within("health after a liquidation", near(&end.0[0], roundings), told.health[1])?;
        // It closes too little only where there is no more to close.
        if !whole && end.0[0] < -&Real::whole(roundings) {
            return Err(format!("target health is {} and legs are left", end.0[0].shown()));
        }
        Ok(())
    }

    /// Covers what an account without positions owes: from insurance, then from pool cash.
    pub fn absorb(&mut self, key: &Pubkey) -> Vec<Error> {
        let account = &self.accounts[key];
        if account.cash >= 0 || !account.positions.is_empty() {
            return vec![Error::NoBadDebt];
        }
        let debt = -account.cash;
        let paid = debt.min(self.pool.insurance_cash + self.pool.insurance_due);
        self.pool.insurance_due -= paid;
        self.pool.cash -= debt - paid;
        self.come_in(key, debt);
        Vec::new()
    }

    /// Moves what insurance has in the main vault, or owes it, between the vaults.
    pub fn sweep(&mut self) -> Vec<Error> {
        let due = core::mem::take(&mut self.pool.insurance_due);
        self.pool.insurance_cash += due;
        self.vaults[0] -= due;
        self.vaults[1] += due;
        if due == 0 { vec![Error::ZeroAmount] } else { Vec::new() }
    }
}
