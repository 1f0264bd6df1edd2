//! The model beside the chain: what each instruction should do, and whether it did.

pub use crate::act::Act;
use crate::{
    rules::{
        fill::{Ended, Filled},
        funding,
        liquidation::Liquidated,
        liquidity::WINDOW,
    },
    state::Market,
    witness::Witness,
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError as Error,
        types::{CancelReason, ReturnReason},
    },
};
use evergreen_tests::Outcome;
use std::collections::BTreeMap;

/// The model.
#[derive(Clone, Debug)]
pub struct Model {
    /// The pool as the model has it.
    pub market: Market,
    /// What the chain was asked for.
    pub witness: Witness,
    /// By name of the instruction: how often it succeeded, and how often it was refused as the model says.
    pub followed: BTreeMap<&'static str, [u64; 2]>,
    /// How often each error and each end of a commitment came.
    pub met: BTreeMap<String, u64>,
    /// How often roundings of health decide.
    pub unsure: u64,
}

impl Model {
    /// Begins with a pool as it is.
    pub fn new(market: Market) -> Self {
        Self { market, witness: Witness::default(), followed: BTreeMap::new(), met: BTreeMap::new(), unsure: 0 }
    }

    /// Follows what somebody has done on the chain.
    ///
    /// # Errors
    /// Where the chain has done something else than the model.
    pub fn follow(&mut self, act: &Act, outcome: &Outcome, after: &Market) -> Result<(), String> {
        self.market.now = after.now;
        self.market.underlyings.clone_from(&after.underlyings);
        self.market.aside.clone_from(&after.aside);
        if let Act::Fill(_, prices, _) | Act::CommitOrder(_, prices, _) = act {
            for (place, price) in prices {
                self.market.underlyings.get_mut(place).expect("an underlying").price = price.clone();
            }
        }
        let is_order = matches!(act, Act::CommitOrder(..));
        if is_order && outcome.succeeded() {
            // Whoever commits an order has its legs valued before.
            let valued = self.touch(after).and_then(|()| self.measure(after));
            valued.map_err(|error| format!("{act:?}: {error}"))?;
        }
        let (broken, unsure) = self.judge(act)?;
        self.unsure += u64::from(unsure);
        let counts = self.followed.entry(act.name()).or_default();
        counts[usize::from(!outcome.succeeded())] += 1;
        if !outcome.succeeded() {
            let name = outcome.logs.iter().find_map(|line| line.split("Error Code: ").nth(1)?.split('.').next());
            *self.met.entry(name.unwrap_or("?").to_owned()).or_default() += 1;
            let named = broken.iter().any(|error| outcome.code == Some(u32::from(*error)));
            // The slopes of what was refused are nowhere told.
            let sloped = is_order && outcome.code == Some(u32::from(Error::DirectionLimit));
            if !named && !unsure && !sloped {
                let failure = outcome.failure.as_deref().unwrap_or_default();
                return Err(format!("{act:?} is refused ({failure}), the model says {broken:?}\n{}", outcome.log()));
            }
            return self.compare(act, after);
        }
        if !broken.is_empty() && !unsure {
            return Err(format!("{act:?} succeeds, the model refuses it: {broken:?}"));
        }
        let touched = self.touch(after);
        let applied = touched.and_then(|()| self.apply(act, outcome)).and_then(|()| self.measure(after));
        self.market.count_debts();
        applied.map_err(|error| format!("{act:?}: {error}"))?;
        self.compare(act, after)
    }

    /// Says which rules something would break, and whether roundings decide about one.
    fn judge(&self, act: &Act) -> Result<(Vec<Error>, bool), String> {
        let mut market = self.market.clone();
        match act {
            Act::Open(..) | Act::Claim(_) | Act::Settle(_) => Ok((Vec::new(), false)),
            Act::ExecuteDeposit(key, prices) => Ok((market.against_deposit(key, prices), false)),
            Act::ExecuteWithdrawal(key, prices) => {
                market.bring_all_up_to_now()?;
                Ok((market.against_withdrawal(key, prices), false))
            }
            Act::RequestWithdrawal(key, owner, class, shares, least) => {
                Ok((market.request_withdrawal(*key, *owner, *class, *shares, *least), false))
            }
            Act::RequestDeposit(key, owner, class, amount, least) => {
                Ok((market.request_deposit(*key, *owner, *class, *amount, *least), false))
            }
            Act::Fill(key, prices, named) => Ok((market.against_fill(key, prices, named), false)),
            Act::Place(key, number, order) => {
                if order.tip > 0 {
                    market.bring_up_to_now(&order.account)?;
                    market.settle(&order.account)?;
                }
                Ok(market.place(*key, *number, order))
            }
            Act::Cancel(key) => Ok((market.cancel(key), false)),
            Act::CommitOrder(key, prices, by) => {
                market.bring_up_to_now(&market.orders[key].account.clone())?;
                let found = market.against_order(key, prices, by)?;
                // Which of both it is is compared when it has succeeded.
                Ok((found.broken, found.unsure || !found.over.is_empty()))
            }
            Act::Close(key) => Ok((market.close(key), false)),
            Act::Exercise(slot) => Ok((market.exercise(*slot), false)),
            Act::Deposit(payer, key, amount) => Ok((market.deposit(payer, key, *amount), false)),
            Act::Withdraw(key, amount) => {
                market.bring_up_to_now(key)?;
                market.settle(key)?;
                Ok(market.withdraw(key, *amount))
            }
            Act::Commit(key, wanted) => {
                market.bring_up_to_now(key)?;
                market.commit(key, wanted)
            }
            Act::Liquidate(key, _, legs) => {
                market.bring_up_to_now(key)?;
                market.settle(key)?;
                Ok(market.against_liquidation(key, legs))
            }
            Act::Absorb(key) => Ok((market.absorb(key), false)),
            Act::Sweep => Ok((market.sweep(), false)),
        }
    }

    /// Brings up to now what the chain has brought up to now. By the documents it does not matter who touches what, nor how often.
    fn touch(&mut self, after: &Market) -> Result<(), String> {
        for (place, sides) in &mut self.market.sides {
            if sides.touched != after.sides[place].touched {
                sides.touch(after.now, self.market.params.carry_bps, self.market.pool.depth);
            }
        }
        let slots: Vec<u8> = self.market.series.keys().copied().collect();
        for slot in slots {
            // The slot of a series is free once all of it is paid.
            let Some(seen) = after.series.get(&slot) else { continue };
            if seen.touched != self.market.series[&slot].touched {
                funding::accrue(&mut self.market, slot, Some(seen), &mut self.witness).map_err(|error| {
                    let series = &self.market.series[&slot];
                    let place = series.underlying;
                    let points: Vec<_> = self.market.underlyings[&place]
                        .points
                        .iter()
                        .map(|p| (p.at, p.price.shown(), p.sigma_bps))
                        .collect();
                    format!(
                        "series {slot}: {error}\n at {} of {:?}, then {:?}; points {points:?}; carry {:?}",
                        after.now, series, seen, self.market.sides[&place]
                    )
                })?;
            }
        }
        Ok(())
    }

    /// Measures slopes that the chain has measured: whoever passes a price may.
    fn measure(&mut self, after: &Market) -> Result<(), String> {
        let slots: Vec<u8> = self.market.series.keys().copied().collect();
        for slot in slots {
            let Some(seen) = after.series.get(&slot) else { continue };
            if (seen.slope, seen.measured) != (self.market.series[&slot].slope, self.market.series[&slot].measured) {
                self.market
                    .measure(slot, seen, &mut self.witness)
                    .map_err(|error| format!("series {slot}: {error}"))?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, act: &Act, outcome: &Outcome) -> Result<(), String> {
        let market = &mut self.market;
        match act {
            Act::Open(key, owner, referred) => market.open(*key, *owner, *referred),
            Act::Close(key) => drop(market.close(key)),
            Act::Deposit(payer, key, amount) => drop(market.deposit(payer, key, *amount)),
            Act::Withdraw(key, amount) => {
                market.settle(key)?;
                market.withdraw(key, *amount);
            }
            Act::Commit(key, wanted) => {
                market.commit(key, wanted)?;
            }
            Act::RequestDeposit(key, owner, class, amount, least) => {
                drop(market.request_deposit(*key, *owner, *class, *amount, *least));
            }
            Act::RequestWithdrawal(key, owner, class, shares, least) => {
                drop(market.request_withdrawal(*key, *owner, *class, *shares, *least));
            }
            Act::Place(key, number, order) => {
                if order.tip > 0 {
                    market.settle(&order.account)?;
                }
                market.place(*key, *number, order);
            }
            Act::Cancel(key) => drop(market.cancel(key)),
            Act::CommitOrder(key, prices, by) => {
                let found = market.against_order(key, prices, by)?;
                let over = outcome.events().iter().find_map(|event| match event {
                    Event::OrderCancelled(e) => Some(e.reason),
                    _ => None,
                });
                let told = over.map_or_else(|| "committed".to_owned(), |reason| format!("{reason:?}"));
                *self.met.entry(format!("order {told}")).or_default() += 1;
                if let Some(reason) = over {
                    if !(found.over.contains(&reason) || found.unsure && reason == CancelReason::Health) {
                        return Err(format!("the order is over by {reason:?}, the model has {found:?}"));
                    }
                    return market.give_up(key, reason);
                }
                if !found.over.is_empty() && !found.unsure {
                    return Err(format!("the order is committed, the model has {found:?}"));
                }
                market.commit_order(key, by)?;
            }
            Act::Exercise(slot) => drop(market.exercise(*slot)),
            Act::Settle(key) => {
                market.settle_unpriced(key);
                market.collect(key);
            }
            Act::Claim(key) => market.claim(key),
            Act::Liquidate(key, by, legs) => {
                market.settle(key)?;
                let told = liquidated(outcome).ok_or("nothing is liquidated")?;
                market.liquidate(key, by, legs, &told, &mut self.witness)?;
            }
            Act::Absorb(key) => drop(market.absorb(key)),
            Act::Sweep => drop(market.sweep()),
            Act::ExecuteDeposit(key, prices) => {
                for event in outcome.events() {
                    match event {
                        Event::LiquidityDeposited(e) => {
                            if self.market.now > self.market.requests[key].minute + WINDOW {
                                return Err("it is executed after its window".to_owned());
                            }
                            self.market.execute_deposit(key, prices, e.assets.into(), &mut self.witness)?;
                        }
                        Event::DepositReturned(e) => {
                            *self.met.entry(format!("{:?}", e.reason)).or_default() += 1;
                            let last = self.market.requests[key].minute + WINDOW;
                            let late = self.market.now > last;
                            let nobody = prices.values().any(|price| price.at > last);
                            match e.reason {
                                ReturnReason::Lapsed if late && !nobody => self.market.give_deposit_back(key, Some(1)),
                                ReturnReason::NoPrice if late && nobody => self.market.give_deposit_back(key, None),
                                ReturnReason::TooFewShares if !late => self.market.give_deposit_back(key, Some(8)),
                                _ => return Err(format!("it comes back by {:?}", e.reason)),
                            }
                        }
                        _ => {}
                    }
                }
            }
            Act::ExecuteWithdrawal(key, prices) => {
                let told = outcome.events().iter().find_map(|event| match event {
                    Event::WithdrawalExecuted(e) => Some((e.shares.into(), e.assets.into())),
                    _ => None,
                });
                market.execute_withdrawal(key, prices, told.ok_or("it is not executed")?, &mut self.witness)?;
            }
            Act::Fill(key, prices, named) => {
                let (broken, unsure) = market.against_trade(key, prices)?;
                self.unsure += u64::from(unsure);
                let commitment = market.accounts[key].commitment.as_ref().expect("a commitment");
                // After the end of the window the price may be old: nothing is settled.
                if market.now <= commitment.last() {
                    market.settle(key)?;
                }
                if let Some(told) = outcome.events().iter().find_map(ended) {
                    *self.met.entry(format!("{:?}", told.reason)).or_default() += 1;
                    let health = unsure && told.reason == CancelReason::Health;
                    let broken = if health { &[CancelReason::Health] } else { broken.as_slice() };
                    return market.end(key, &told, broken, named.filler.as_ref());
                }
                if !broken.is_empty() {
                    return Err(format!("it is filled, the model finds {broken:?}"));
                }
                let told: Vec<Filled> = outcome.events().iter().filter_map(filled).collect();
                if !market.fill(key, Some(&told), named.filler.as_ref(), &mut self.witness)? {
                    return Err("it is filled beyond its limit".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Compares everything to the unit.
    fn compare(&mut self, act: &Act, after: &Market) -> Result<(), String> {
        self.market.underlyings.clone_from(&after.underlyings);
        // A record of a minute that nothing is executed at any more, or of no change, counts as nothing.
        if !self.market.later.counts(after.now) && !after.later.counts(after.now) {
            self.market.later.clone_from(&after.later);
        }
        if self.market == *after {
            return Ok(());
        }
        let (own, chain) = (format!("{:#?}", self.market), format!("{after:#?}"));
        let mut path: Vec<&str> = Vec::new();
        let mut told = format!("after {act:?} the model and the chain differ:\n");
        for (own, chain) in own.lines().zip(chain.lines()) {
            let depth = (own.len() - own.trim_start().len()) / 4;
            path.truncate(depth);
            path.push(own.trim());
            if own != chain {
                told += &format!("  {}: chain {}\n", path.join(" "), chain.trim());
            }
        }
        Err(told)
    }
}

fn ended(event: &Event) -> Option<Ended> {
    let Event::CommitmentCancelled(e) = event else { return None };
    let (fee, arrears, forfeited) = (e.fee.into(), e.arrears.into(), e.forfeited.into());
    Some(Ended { reason: e.reason, fee, arrears, forfeited })
}

fn filled(event: &Event) -> Option<Filled> {
    let Event::LegFilled(e) = event else { return None };
    Some(Filled {
        slot: e.series.slot,
        points: e.points.into(),
        premium: e.premium.into(),
        fee: e.fee.into(),
        sigma: e.sigma,
        spot: e.spot,
    })
}

fn liquidated(outcome: &Outcome) -> Option<Liquidated> {
    let events = outcome.events();
    events.iter().find_map(|event| match event {
        Event::Liquidated(e) => Some(Liquidated {
            fills: events.iter().filter_map(filled).collect(),
            penalty: e.penalty.into(),
            reward: e.reward.into(),
            from_insurance: e.from_insurance.into(),
            health: [e.health_before, e.health_after].map(i128::from),
        }),
        _ => None,
    })
}

impl Market {
    /// Brings up to now, by the model's own numbers, all series.
    fn bring_all_up_to_now(&mut self) -> Result<(), String> {
        let slots: Vec<u8> = self.series.keys().copied().collect();
        slots.into_iter().try_for_each(|slot| funding::accrue(self, slot, None, &mut Witness::default()))
    }

    /// Brings up to now, by the model's own numbers, all that an account has to do with.
    fn bring_up_to_now(&mut self, key: &Pubkey) -> Result<(), String> {
        for sides in self.sides.values_mut() {
            sides.touch(self.now, self.params.carry_bps, self.pool.depth);
        }
        let slots: Vec<u8> = self.accounts[key].positions.keys().copied().collect();
        for slot in slots {
            funding::accrue(self, slot, None, &mut Witness::default())?;
        }
        Ok(())
    }
}
