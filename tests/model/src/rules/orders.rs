//! *Orders* of docs/protocol.md: what waits until somebody shows that its condition holds, and who answers for that with a stake.

use crate::{
    option::Contract,
    real::Real,
    rules::{commit::shrinks, health::Level},
    state::{Commitment, LIVE, Leg, Market, Order, Price},
    witness::Witness,
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::evergreen::{errors::EvergreenError as Error, types::CancelReason};
use std::collections::BTreeMap;

/// Longest life of an order, seconds.
const LIFE: i64 = 90 * 86_400;
/// Orders of an account.
const MOST: i128 = 32;
/// Seconds that an order rests whose trade was committed and not filled.
const REST: i64 = 30;
/// The limit that accepts any change of cash.
const ANY: i128 = i64::MIN as i128;

/// Who shows that the condition of an order holds.
#[derive(Clone, Copy, Debug)]
pub struct Committer {
    /// Whose signature it is.
    pub who: Pubkey,
    /// The margin account that takes the stake, if one is named.
    pub account: Option<Pubkey>,
}

/// What may become of an order that somebody commits.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Errors of all rules that the call breaks.
    pub broken: Vec<Error>,
    /// Reasons for which it is over.
    pub over: Vec<CancelReason>,
    /// Whether roundings of health decide about another.
    pub unsure: bool,
}

/// The trade of an order as its account stands.
struct Due {
    legs: Vec<(u8, i128, bool)>,
    min_net: i128,
    reduces: bool,
}

impl Market {
    /// Places an order under a number, and returns the errors of all rules that it breaks, and whether roundings decide about another. Where it has a tip, funding is settled before.
    pub fn place(&mut self, key: Pubkey, number: i128, order: &Order) -> (Vec<Error>, bool) {
        let account = &self.accounts[&order.account];
        let mut broken = Vec::new();
        let mut refuse = |when: bool, error: Error| {
            if when {
                broken.push(error);
            }
        };
        refuse(number != account.next, Error::WrongNumber);
        refuse(account.orders[0] >= MOST, Error::TooManyOrders);
        refuse(order.legs.is_empty() || order.legs.len() > 4, Error::LegCount);
        refuse(order.reduce_only && order.legs.len() != 1, Error::LegCount);
        refuse(order.trigger.is_none() && order.min_net == ANY, Error::OrderUnconditional);
        refuse(order.expires <= self.now || order.expires > self.now + LIFE, Error::OrderExpiry);
        for (at, (place, contract, points)) in order.legs.iter().enumerate() {
            refuse(*points == 0, Error::LegZero);
            refuse(order.legs[..at].iter().any(|other| (other.0, other.1) == (*place, *contract)), Error::LegRepeated);
            refuse(self.listed(*place, contract).is_none(), Error::OptionNotListed);
        }
        refuse(order.tip > 0 && account.commitment.is_some(), Error::CommitmentOpen);
        let mut unsure = false;
        if order.tip > 0 {
            // It leaves the account as a withdrawal does.
            self.collect(&order.account);
            let account = &self.accounts[&order.account];
            if account.arrears > 0 {
                broken.push(Error::InArrears);
            }
            if account.cash < order.tip {
                broken.push(Error::InsufficientCash);
            }
            let has_positions = !account.positions.is_empty();
            self.credit(&order.account, -order.tip);
            self.pool.tips_due += order.tip;
            if has_positions {
                for level in [Level::Initial, Level::Maintenance] {
                    match self.is_healthy(&order.account, level) {
                        Some(true) => {}
                        Some(false) => broken.push(Error::InsufficientHealth),
                        None => unsure = true,
                    }
                }
            }
        }
        let account = self.accounts.get_mut(&order.account).expect("an account");
        account.next += 1;
        account.orders[0] += 1;
        self.orders.insert(key, order.clone());
        (broken, unsure)
    }

    /// Takes an order back that waits; its tip is the account's.
    pub fn cancel(&mut self, key: &Pubkey) -> Vec<Error> {
        if self.orders[key].committed {
            return vec![Error::CommitmentOpen];
        }
        self.close_order(key, None);
        Vec::new()
    }

    /// Takes an order away; its tip goes to whoever earns it, or back.
    fn close_order(&mut self, key: &Pubkey, earner: Option<&Pubkey>) {
        let order = self.orders.remove(key).expect("an order");
        self.accounts.get_mut(&order.account).expect("an account").orders[0] -= 1;
        self.pool.tips_due -= order.tip;
        self.come_in(earner.unwrap_or(&order.account), order.tip);
    }

    /// Returns the slot of the live series of an option.
    fn listed(&self, place: u8, contract: &Contract) -> Option<u8> {
        let mut live = self.series.iter().filter(|(_, series)| series.status == LIVE);
        live.find(|(_, series)| (series.underlying, &series.contract) == (place, contract)).map(|(slot, _)| *slot)
    }

    /// Returns the trade that is due, or why the order is over.
    fn due(&self, order: &Order) -> Result<Result<Due, CancelReason>, Error> {
        if self.now >= order.expires {
            return Ok(Err(CancelReason::Expired));
        }
        let account = &self.accounts[&order.account];
        let (mut legs, mut min_net) = (Vec::new(), order.min_net);
        for (place, contract, points) in &order.legs {
            let slot = self.listed(*place, contract).ok_or(Error::OptionNotListed)?;
            let (held, mut left) = (account.points(slot), *points);
            if order.reduce_only {
                if held.signum() * points.signum() >= 0 {
                    return Ok(Err(CancelReason::NothingToReduce));
                }
                if points.abs() > held.abs() {
                    left = -held;
                    // The limit falls in proportion, rounded up.
                    min_net = if min_net == ANY { ANY } else { -(-min_net * held.abs()).div_euclid(points.abs()) };
                }
            }
            legs.push((slot, left, order.reduce_only));
        }
        let reduces = legs.iter().all(|(slot, points, _)| shrinks(account.points(*slot), *points));
        Ok(Ok(Due { legs, min_net, reduces }))
    }

    /// Says what may become of an order that somebody commits at the present prices of these underlyings. Funding of the account is accrued.
    ///
    /// # Errors
    /// Where funding has to be settled, and has not been brought up to now.
    pub fn against_order(&self, key: &Pubkey, prices: &BTreeMap<u8, Price>, by: &Committer) -> Result<Verdict, String> {
        let order = &self.orders[key];
        let account = &self.accounts[&order.account];
        let mut found = Verdict::default();
        if order.committed || account.commitment.is_some() {
            found.broken.push(Error::CommitmentOpen);
            return Ok(found);
        }
        if by.account == Some(order.account) {
            found.broken.push(Error::SameAccount);
            return Ok(found);
        }
        let due = match self.due(order) {
            Err(error) => {
                found.broken.push(error);
                return Ok(found);
            }
            Ok(Err(reason)) => {
                found.over.push(reason);
                return Ok(found);
            }
            Ok(Ok(due)) => due,
        };
        if prices.values().any(|price| price.at <= order.at) {
            found.broken.push(Error::OrderPriceTooEarly);
        }
        if let Some((place, above, wanted)) = &order.trigger {
            let spot = &self.underlyings[place].price.spot;
            if !(if *above { spot >= wanted } else { spot <= wanted }) {
                found.broken.push(Error::OrderNotTriggered);
            }
        }
        let mut market = self.clone();
        market.settle(&order.account)?;
        market.try_order(&order.account, &due, &mut found)?;
        if by.who != account.owner {
            let legs = market.legs_of(&order.account, &due);
            market.against_stake(&legs, by, &mut found);
        }
        Ok(found)
    }

    /// Finds what is against the stake of a committer.
    fn against_stake(&self, legs: &[Leg], by: &Committer, found: &mut Verdict) {
        let Some(key) = &by.account else { return found.broken.push(Error::KeeperAccountMissing) };
        let committer = &self.accounts[key];
        if committer.commitment.is_some() {
            found.broken.push(Error::CommitmentOpen);
        }
        if self.stake(legs) > (committer.cash - self.short_caps(key)).max(0) - committer.arrears {
            found.broken.push(Error::InsufficientCash);
        }
    }

    /// Returns what somebody who is not the owner sets aside: twice the fee of opening the legs at their strikes.
    fn stake(&self, legs: &[Leg]) -> i128 {
        legs.iter().map(|leg| self.bond(leg)).sum()
    }

    fn legs_of(&self, key: &Pubkey, due: &Due) -> Vec<Leg> {
        due.legs.iter().map(|leg| self.leg(&self.accounts[key], *leg)).collect()
    }

    /// Tries the trade of an order beside its bond.
    fn try_order(&mut self, key: &Pubkey, due: &Due, found: &mut Verdict) -> Result<(), String> {
        if !due.reduces {
            self.collect(key);
            if self.accounts[key].arrears > 0 {
                found.over.push(CancelReason::Cash);
            }
        }
        let legs = self.legs_of(key, due);
        let bond = if due.reduces { 0 } else { self.stake(&legs) };
        if bond > self.accounts[key].cash {
            found.over.push(CancelReason::Cash);
        }
        self.credit(key, -bond);
        self.pool.tips_due += bond;
        let capped = |leg: &&Leg| {
            let series = &self.series[&leg.slot];
            leg.opening > 0 && series.contract.is_capped_at(&self.underlyings[&series.underlying].price.spot)
        };
        if legs.iter().any(|leg| capped(&leg)) {
            found.broken.push(Error::SeriesAtCap);
        }
        self.reserve(&legs);
        found.broken.extend(self.capacity(key, &legs, due.reduces));
        let before = (self.accounts[key].cash, self.accounts[key].arrears, self.health(key, Level::Maintenance));
        let beside = self.clone();
        let account = self.accounts.get_mut(key).expect("an account");
        // The limit of a trial is the order's own: what its cash cannot pay ends it.
        let tried = Commitment::of(self.now, due.min_net, bond, legs, &self.params);
        account.commitment = Some(Commitment { added: i128::MIN / 2, ..tried });
        if !self.fill(key, None, None, &mut Witness::default())? {
            found.broken.push(Error::LimitExceeded);
            // The limit is checked before health.
            return Ok(());
        }
        let collected = before.1 - self.accounts[key].arrears;
        self.credit(key, collected - bond);
        let (over, unsure) =
            if due.reduces { self.broken_by_reducing(key, before.0, &before.2) } else { self.broken_by_fill(key) };
        found.over.extend(over);
        found.unsure |= unsure;
        if !due.reduces && beside.short_caps(key) > beside.accounts[key].cash {
            for level in [Level::Initial, Level::Maintenance] {
                match beside.is_healthy(key, level) {
                    Some(true) => {}
                    Some(false) => found.broken.push(Error::InsufficientHealth),
                    None => found.unsure = true,
                }
            }
        }
        Ok(())
    }

    /// Ends an order that is over before it is committed.
    ///
    /// # Errors
    /// Where funding has to be settled, and has not been brought up to now.
    pub fn give_up(&mut self, key: &Pubkey, reason: CancelReason) -> Result<(), String> {
        // What needs no price settles nothing.
        if !matches!(reason, CancelReason::Expired | CancelReason::NothingToReduce) {
            let account = self.orders[key].account;
            self.settle(&account)?;
        }
        self.close_order(key, None);
        Ok(())
    }

    /// Commits the trade of an order. Slopes of its legs are measured.
    ///
    /// # Errors
    /// Where the order has nothing to do, or funding has not been brought up to now.
    pub fn commit_order(&mut self, key: &Pubkey, by: &Committer) -> Result<(), String> {
        let order = self.orders[key].clone();
        let account = order.account;
        let due = self.due(&order).map_err(|error| format!("{error:?}"))?.map_err(|reason| format!("{reason:?}"))?;
        self.settle(&account)?;
        let legs = self.legs_of(&account, &due);
        (self.pool.level, self.pool.level_at) = (self.level_at(self.now), self.now);
        self.reserve(&legs);
        if !due.reduces {
            self.collect(&account);
        }
        let stake = self.stake(&legs);
        let bond = if due.reduces { 0 } else { stake };
        self.credit(&account, -bond);
        self.pool.tips_due += bond;
        // At a price that the cash does not pay it waits on.
        let most = -self.accounts[&account].cash.max(0);
        let min_net = if due.reduces { due.min_net } else { due.min_net.max(most) };
        let is_staked = by.who != order_owner(self, &account);
        let mut commitment = Commitment::of(self.now, min_net, bond, legs, &self.params);
        (commitment.order, commitment.stake) = (Some(order.number), is_staked.then_some(stake));
        self.accounts.get_mut(&account).expect("an account").commitment = Some(commitment);
        if is_staked {
            let committer = by.account.ok_or("nobody has a stake")?;
            self.credit(&committer, -stake);
            self.pool.tips_due += stake;
            self.accounts.get_mut(&committer).expect("an account").orders[1] += 1;
        }
        let order = self.orders.get_mut(key).expect("an order");
        (order.committed, order.committer) = (true, by.account.filter(|_| is_staked));
        Ok(())
    }

    /// Settles stake and order of a commitment that was filled, or has ended for a reason, by a filler. `forfeited` is what the stake has paid.
    pub fn end_order(
        &mut self,
        account: &Pubkey,
        commitment: &Commitment,
        (reason, forfeited): (Option<CancelReason>, i128),
        filler: Option<&Pubkey>,
    ) {
        let Some(number) = commitment.order else { return };
        let found = self.orders.iter().find(|(_, order)| (order.account, order.number) == (*account, number));
        let (key, order) = found.map(|(key, order)| (*key, order.clone())).expect("the order of the commitment");
        if let (Some(stake), Some(committer)) = (commitment.stake, &order.committer) {
            self.pool.tips_due -= stake;
            self.come_in(committer, stake - forfeited);
            self.accounts.get_mut(committer).expect("an account").orders[1] -= 1;
        }
        match reason {
            None => self.close_order(&key, filler),
            Some(
                CancelReason::Limit
                | CancelReason::PriceTooLate
                | CancelReason::PriceUncertain
                | CancelReason::Lapsed
                | CancelReason::Abandoned,
            ) => {
                let now = self.now;
                let order = self.orders.get_mut(&key).expect("an order");
                (order.committed, order.committer, order.at) = (false, None, now + REST);
            }
            // Nothing that somebody else has committed and not filled earns a tip.
            Some(reason) => {
                let earns = commitment.stake.is_none() && reason != CancelReason::Exercised;
                self.close_order(&key, filler.filter(|_| earns));
            }
        }
    }
}

fn order_owner(market: &Market, account: &Pubkey) -> Pubkey {
    market.accounts[account].owner
}

/// Returns a price of so many hundred-millionths of a dollar.
pub fn dollars(price: u64) -> Real {
    Real::ratio(price.into(), 100_000_000)
}
