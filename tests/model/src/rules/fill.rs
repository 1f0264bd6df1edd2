//! *A trade* of docs/protocol.md: what is filled.

use crate::{
    real::Real,
    rules::{
        commit::shrinks,
        fees::{fee, times},
        health::Level,
    },
    state::{Commitment, Leg, Market, Position, Price},
    volatility::bps,
    witness::{Range, Witness},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::evergreen::{errors::EvergreenError as Error, types::CancelReason};
use std::collections::BTreeMap;

/// What the chain says about a leg, which the model asserts.
#[derive(Clone, Copy, Debug)]
pub struct Filled {
    /// Slot of its series.
    pub slot: u8,
    /// Points that were traded.
    pub points: i128,
    /// Change of cash without the fee.
    pub premium: i128,
    /// The fee.
    pub fee: i128,
    /// Volatility of the quote, 2^−64.
    pub sigma: i128,
    /// Price of the quote, 2^−64 dollars.
    pub spot: i128,
}

/// Seconds after which a commitment is over without any price.
const ABANDONED: i64 = 600;

/// What a call that fills names beside the account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named {
    /// The margin account of the filler.
    pub filler: Option<Pubkey>,
    /// Number of the order.
    pub order: Option<i128>,
}

/// How the chain says that a commitment has ended without a fill.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Why.
    pub reason: CancelReason,
    /// Fee paid.
    pub fee: i128,
    /// What the account could not pay of it.
    pub arrears: i128,
    /// What the stake has paid of the fee.
    pub forfeited: i128,
}

impl Market {
    /// Fills the commitment of an account, whose funding is settled, for what the chain tells or, before it has done anything, for what the model makes of
    /// it. The filler, if one is named, earns the tip. Returns whether that is within the limit.
    ///
    /// # Errors
    /// Where the chain has other amounts than the documents allow.
    pub fn fill(
        &mut self,
        key: &Pubkey,
        told: Option<&[Filled]>,
        filler: Option<&Pubkey>,
        witness: &mut Witness,
    ) -> Result<bool, String> {
        let account = self.accounts.get_mut(key).expect("an account");
        let commitment = account.commitment.take().expect("a commitment");
        self.release(&commitment.legs);
        let before = self.accounts[key].cash;
        let legs: Vec<Leg> = commitment.legs.iter().filter_map(|leg| self.cut(key, leg)).collect();
        if let Some(told) = told.filter(|told| told.len() != legs.len()) {
            return Err(format!("{} legs are filled, the model fills {}", told.len(), legs.len()));
        }
        for (at, leg) in legs.iter().enumerate() {
            self.fill_leg(key, leg, told.map(|told| &told[at]), witness)?;
        }
        let net = self.accounts[key].cash - before;
        self.give_back(key, &commitment, filler);
        self.collect(key);
        if told.is_some() {
            self.end_order(key, &commitment, (None, 0), filler);
        }
        let account = self.accounts.get_mut(key).expect("an account");
        account.positions.retain(|_, position| position.points != 0);
        // What the cash does not pay beside funding is beyond the limit; what has come in since pays none of it.
        let adds = commitment.legs.iter().any(|leg| leg.opening > 0);
        let paid = if adds && self.now <= commitment.last() { commitment.added - before } else { i128::MIN };
        Ok(net >= commitment.min_net.max(paid))
    }

    /// Gives the bond back to the account, and the tip to whoever has earned it.
    fn give_back(&mut self, key: &Pubkey, commitment: &Commitment, earner: Option<&Pubkey>) {
        self.pool.tips_due -= commitment.tip + commitment.bond;
        self.credit(key, commitment.bond);
        self.come_in(earner.unwrap_or(key), commitment.tip);
    }

    /// Cuts a leg that must only close to what is left of its position.
    fn cut(&self, key: &Pubkey, leg: &Leg) -> Option<Leg> {
        let held = self.accounts[key].points(leg.slot);
        if !leg.closing || shrinks(held, leg.points) {
            return Some(*leg);
        }
        let against = held.signum() * leg.points.signum() < 0;
        against.then_some(Leg { points: -held, ..*leg })
    }

    fn fill_leg(
        &mut self,
        key: &Pubkey,
        leg: &Leg,
        told: Option<&Filled>,
        witness: &mut Witness,
    ) -> Result<(), String> {
        if let Some(told) = told.filter(|told| (told.slot, told.points) != (leg.slot, leg.points)) {
            return Err(format!("the chain has filled {told:?}, the model fills {leg:?}"));
        }
        let series = &self.series[&leg.slot];
        let (contract, place) = (series.contract, series.underlying);
        let underlying = &self.underlyings[&place];
        let held = self.accounts[key].points(leg.slot);
        let opens = !shrinks(held, leg.points);
        // The end of the band that is worse for the trader.
        let spread = &bps(underlying.spread_bps) * &underlying.price.confidence;
        let upward = (leg.points > 0) != contract.put;
        let spot = underlying.price.spot.clone();
        let price = if upward { &spot + &spread } else { &spot - &spread };
        let quoted = underlying.rule.quoted(&underlying.estimate, self.now, &spot);
        let money = if leg.points > 0 { quoted.ask.clone() } else { quoted.bid(contract.tenor) };
        let mut sigma = underlying.rule.smile(&money, &contract, &spot);
        if opens {
            let (markup, markdown) = (self.params.buy_markup_bps, self.params.write_markdown_bps);
            let factor = if leg.points > 0 { bps(10_000 + markup) } else { bps(10_000 - markdown) };
            sigma = (&sigma * &factor).max(bps(500)).min(bps(40_000));
        }
        let exact = Real::binary(1, 48);
        if let Some(told) = told {
            witness.within("spot of a quote, 2^-64 dollars", Range::down(&spot, &exact, 64, 0), told.spot)?;
            witness.within("volatility of a quote, 2^-64", Range::down(&sigma, &exact, 64, 0), told.sigma)?;
            sigma = Real::binary(told.sigma, 64);
        }
        let worth = contract.worth(&price, &sigma);
        let value = worth.value();
        let premium = |value: Real| times(-leg.points, &value, self.exponent).down(0);
        // Bought for at least, sold for at most, the value: rounded against the trader.
        let one = premium(&value + &worth.error);
        let other = premium(&value - &worth.error);
        let range = Range { least: one.min(other), most: one.max(other) };
        let premium = witness.within("premium", range, told.map_or(range.least, |told| told.premium))?;
        // What closes pays the one rate and what opens the other, both of the spot and not of the end of the band.
        let closing = if held.signum() * leg.points.signum() < 0 { held.abs().min(leg.points.abs()) } else { 0 };
        let parts = [(closing, self.params.fee_close_bps), (leg.points.abs() - closing, self.params.fee_open_bps)];
        let parts = parts.into_iter().filter(|(points, _)| *points > 0);
        let range = parts.map(|(points, rate)| fee(self, points, rate, &spot, (&value, &worth.error)));
        let range = range.fold(Range { least: 0, most: 0 }, |sum, fee| Range {
            least: sum.least + fee.least,
            most: sum.most + fee.most,
        });
        let range = if contract.is_capped_at(&spot) { Range { least: 0, most: 0 } } else { range };
        let fee = witness.within("fee", range, told.map_or(range.least, |told| told.fee))?;
        // A price of a full minute was not published after it.
        let at = underlying.price.at - 1;
        let before = (self.pool.cash, self.pool.insurance_due);
        self.pay(key, premium);
        self.credit(key, -fee);
        self.split(key, fee);
        // A trade counts at its price.
        let (cash, insurance) = (self.pool.cash - before.0, self.pool.insurance_due - before.1);
        self.record(at, cash, insurance, Some((leg.slot, leg.points)));
        self.resize(key, leg.slot, leg.points);
        Ok(())
    }

    /// Changes a position, with open interest, reserves and sides.
    pub fn resize(&mut self, key: &Pubkey, slot: u8, points: i128) {
        let exponent = self.exponent;
        let series = &self.series[&slot];
        let (index, generation) = (series.index, series.generation);
        let reserve_before = series.reserve(series.open[0], exponent);
        let account = self.accounts.get_mut(key).expect("an account");
        let position = account.positions.entry(slot).or_insert(Position { points: 0, snapshot: index, generation });
        let (held, left) = (position.points, position.points + points);
        position.points = left;
        let covers = |points: i128| points.max(0) * self.series[&slot].contract.cap_payoff();
        let unit = 10_000 * 10_i128.pow(exponent);
        let (covered, covering) = (covers(held), covers(left));
        account.cover += (covering - covered).div_euclid(unit);
        if left <= 0 && held > 0 && !account.positions.values().any(|position| position.points > 0) {
            account.cover = 0;
        }
        self.reshape(slot, |series| {
            series.open[0] += left.max(0) - held.max(0);
            series.open[1] += (-left).max(0) - (-held).max(0);
            series.put(held, index, exponent, u64::wrapping_sub);
            series.put(left, index, exponent, u64::wrapping_add);
        });
        let series = &self.series[&slot];
        let change = series.reserve(series.open[0], exponent) - reserve_before;
        self.pool.reserved += change;
        // What closes makes no room: the level falls with it.
        self.pool.level = (self.pool.level + change.min(0)).max(0);
    }

    /// Says why a fill at these prices is refused.
    pub fn against_fill(&self, key: &Pubkey, prices: &BTreeMap<u8, Price>, named: &Named) -> Vec<Error> {
        let Some(commitment) = &self.accounts[key].commitment else { return vec![Error::NothingCommitted] };
        let mut broken = Vec::new();
        let mut refuse = |when: bool, error: Error| {
            if when {
                broken.push(error);
            }
        };
        refuse(named.order != commitment.order, Error::OrderMissing);
        refuse(named.filler == Some(*key), Error::SameAccount);
        // Nobody else takes the work off whoever has the stake.
        let order = self.orders.values().find(|order| order.account == *key && Some(order.number) == commitment.order);
        let committer = order.and_then(|order| order.committer);
        refuse(committer.is_some() && committer != named.filler, Error::KeeperAccountMissing);
        let moment = commitment.at + commitment.wait[0];
        let first = |price: &Price| price.before <= moment && moment < price.at;
        refuse(prices.is_empty() && self.now <= commitment.at + ABANDONED, Error::MarketAccountMissing);
        refuse(!prices.values().all(first), Error::PriceNotFirst);
        broken
    }

    /// Ends a commitment without a fill.
    ///
    /// # Errors
    /// Where the documents do not end it so.
    pub fn end(
        &mut self,
        key: &Pubkey,
        told: &Ended,
        broken: &[CancelReason],
        filler: Option<&Pubkey>,
    ) -> Result<(), String> {
        let commitment = self.accounts[key].commitment.clone().expect("a commitment");
        if !broken.contains(&told.reason) {
            return Err(format!("it ends by {:?}, the model has {broken:?}", told.reason));
        }
        let all = !matches!(told.reason, CancelReason::PriceTooLate | CancelReason::Limit | CancelReason::AtCap);
        // The price alone decides, and an eighth of the bond is lost, or all of it is.
        let pays = commitment.stake.unwrap_or(commitment.bond);
        // A stake pays all of it for a lapse alone.
        let all = all
            && (commitment.stake.is_none() || matches!(told.reason, CancelReason::Lapsed | CancelReason::Abandoned));
        let fee = if all { pays } else { -(-pays).div_euclid(8) };
        self.accounts.get_mut(key).expect("an account").commitment = None;
        self.release(&commitment.legs);
        // Whatever costs the trader something earns its filler the tip of the trade.
        let earns = told.reason != CancelReason::Stopped;
        self.give_back(key, &commitment, filler.filter(|_| earns));
        let fee = if all && pays == 0 && commitment.stake.is_none() { told.fee + told.arrears } else { fee };
        if fee != told.fee + told.arrears {
            return Err(format!(
                "it ends by {:?} for {} and {} in arrears, the model takes {fee}",
                told.reason, told.fee, told.arrears
            ));
        }
        let forfeited = if commitment.stake.is_some() { fee } else { 0 };
        if forfeited != told.forfeited {
            return Err(format!("the stake pays {}, the model takes {forfeited}", told.forfeited));
        }
        self.credit(key, forfeited);
        self.forfeit(key, told.fee);
        self.end_order(key, &commitment, (Some(told.reason), forfeited), filler.filter(|_| earns));
        self.accounts.get_mut(key).expect("an account").arrears += told.arrears;
        Ok(())
    }

    /// Returns what ends the commitment of an account at these prices, and whether roundings of health decide about it.
    ///
    /// # Errors
    /// Where funding has to be settled, and has not been brought up to now.
    pub fn against_trade(
        &self,
        key: &Pubkey,
        prices: &BTreeMap<u8, Price>,
    ) -> Result<(Vec<CancelReason>, bool), String> {
        let (mut found, mut market) = (Vec::new(), self.clone());
        let commitment = self.accounts[key].commitment.as_ref().expect("a commitment");
        let (reduces, last) = (commitment.legs.iter().all(|leg| leg.opening == 0), commitment.last());
        if prices.is_empty() {
            return Ok((vec![CancelReason::Abandoned], false));
        }
        if prices.values().any(|price| price.at > last) {
            found.push(CancelReason::PriceTooLate);
        }
        let capped = |leg: &&Leg| {
            let series = &self.series[&leg.slot];
            series.contract.is_capped_at(&self.underlyings[&series.underlying].price.spot)
        };
        if commitment.legs.iter().filter(|leg| leg.opening > 0).any(|leg| capped(&leg)) {
            found.push(CancelReason::AtCap);
        }
        if self.now > last {
            found.push(CancelReason::Lapsed);
        } else {
            market.settle(key)?;
        }
        let before = (market.accounts[key].cash, market.accounts[key].arrears, market.health(key, Level::Maintenance));
        let aside = commitment.tip + commitment.bond;
        if !market.fill(key, None, None, &mut Witness::default())? {
            found.push(CancelReason::Limit);
        }
        if reduces {
            // What was set aside comes back, and arrears are taken, after the rules are checked.
            let collected = before.1 - market.accounts[key].arrears;
            market.credit(key, collected - aside);
            let (broken, unsure) = market.broken_by_reducing(key, before.0, &before.2);
            found.extend(broken);
            return Ok((found, unsure));
        }
        let (broken, unsure) = market.broken_by_fill(key);
        found.extend(broken);
        Ok((found, unsure))
    }

    /// Returns the rules that a trade breaks which only shrinks positions, beside cash and maintenance health before, and whether roundings decide: it needs what adding
    /// risk needs, or leaves cash and maintenance health no lower than they were.
    pub fn broken_by_reducing(&self, key: &Pubkey, cash: i128, health: &(Real, i128)) -> (Vec<CancelReason>, bool) {
        let left = self.accounts[key].cash;
        if left < 0 && left < cash {
            return (vec![CancelReason::Cash], false);
        }
        if [Level::Initial, Level::Maintenance].iter().all(|level| self.is_healthy(key, *level) == Some(true)) {
            return (Vec::new(), false);
        }
        let (after, roundings) = self.health(key, Level::Maintenance);
        let (change, bound) = (&after - &health.0, Real::whole(roundings + health.1));
        if change < -&bound { (vec![CancelReason::Health], false) } else { (Vec::new(), change < bound) }
    }

    /// Returns the rules of step 4 that an account breaks after a fill that adds risk, and whether roundings decide about one.
    pub fn broken_by_fill(&self, key: &Pubkey) -> (Vec<CancelReason>, bool) {
        let (mut found, mut unsure) = (Vec::new(), false);
        if self.accounts[key].cash < 0 {
            found.push(CancelReason::Cash);
        }
        for level in [Level::Initial, Level::Maintenance] {
            match self.is_healthy(key, level) {
                Some(true) => {}
                Some(false) => found.push(CancelReason::Health),
                None => unsure = true,
            }
        }
        (found, unsure)
    }
}
