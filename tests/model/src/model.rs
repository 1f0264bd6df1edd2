//! The model beside the chain: what each instruction should do, and whether it did.

use crate::{
    rules::{
        commit::Wanted,
        fill::{Ended, Filled},
        funding,
        liquidation::Liquidated,
        liquidity::WINDOW,
    },
    state::{Market, Price},
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

/// What somebody does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Opens an account; whether somebody is named as its referrer.
    Open(Pubkey, Pubkey, bool),
    /// Closes an account.
    Close(Pubkey),
    /// Pays into an account: payer, account, amount.
    Deposit(Pubkey, Pubkey, i128),
    /// Pays out of an account.
    Withdraw(Pubkey, i128),
    /// Commits a trade.
    Commit(Pubkey, Wanted),
    /// Requests a deposit: request, owner, place of the class, amount, least shares.
    RequestDeposit(Pubkey, Pubkey, usize, i128, i128),
    /// Executes a deposit at these prices.
    ExecuteDeposit(Pubkey, BTreeMap<u8, Price>),
    /// Requests a withdrawal: request, owner, place of the class, shares, least amount.
    RequestWithdrawal(Pubkey, Pubkey, usize, i128, i128),
    /// Executes a withdrawal at these prices.
    ExecuteWithdrawal(Pubkey, BTreeMap<u8, Price>),
    /// Exercises the series of a slot at this price.
    Exercise(u8),
    /// Pays the positions of exercised series of an account.
    Settle(Pubkey),
    /// Claims what a request pays.
    Claim(Pubkey),
    /// Liquidates an account: the account, that of the liquidator, slots and points of its legs.
    Liquidate(Pubkey, Pubkey, Vec<(u8, i128)>),
    /// Covers what an account without positions owes.
    Absorb(Pubkey),
    /// Moves what insurance has in the main vault, or owes it.
    Sweep,
    /// Fills the commitment of an account at these prices, by place of the underlying.
    Fill(Pubkey, BTreeMap<u8, Price>),
}

impl Act {
    /// Returns its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open(..) => "open_margin_account",
            Self::Close(_) => "close_margin_account",
            Self::Deposit(..) => "deposit_margin",
            Self::Withdraw(..) => "withdraw_margin",
            Self::Commit(..) => "commit_trade",
            Self::RequestDeposit(..) => "request_deposit",
            Self::ExecuteDeposit(..) => "execute_deposit",
            Self::RequestWithdrawal(..) => "request_withdrawal",
            Self::ExecuteWithdrawal(..) => "execute_withdrawal",
            Self::Exercise(_) => "exercise_series",
            Self::Settle(_) => "settle_positions",
            Self::Claim(_) => "claim_liquidity",
            Self::Liquidate(..) => "liquidate",
            Self::Absorb(_) => "absorb_bad_debt",
            Self::Sweep => "sweep_insurance",
            Self::Fill(..) => "fill_trade",
        }
    }
}

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
        if let Act::Fill(_, prices) = act {
            for (place, price) in prices {
                self.market.underlyings.get_mut(place).expect("an underlying").price = price.clone();
            }
        }
        let (broken, unsure) = self.judge(act)?;
        self.unsure += u64::from(unsure);
        let counts = self.followed.entry(act.name()).or_default();
        counts[usize::from(!outcome.succeeded())] += 1;
        if !outcome.succeeded() {
            let name = outcome.logs.iter().find_map(|line| line.split("Error Code: ").nth(1)?.split('.').next());
            *self.met.entry(name.unwrap_or("?").to_owned()).or_default() += 1;
            let named = broken.iter().any(|error| outcome.code == Some(u32::from(*error)));
            if !named && !unsure {
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
            Act::Fill(key, prices) => Ok((market.against_fill(key, prices), false)),
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
            Act::Fill(key, prices) => {
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
                    return market.end(key, &told, if health { &[CancelReason::Health] } else { broken.as_slice() });
                }
                if !broken.is_empty() {
                    return Err(format!("it is filled, the model finds {broken:?}"));
                }
                let told: Vec<Filled> = outcome.events().iter().filter_map(filled).collect();
                if !market.fill(key, Some(&told), &mut self.witness)? {
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
    Some(Ended { reason: e.reason, fee: e.fee.into(), arrears: e.arrears.into() })
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
