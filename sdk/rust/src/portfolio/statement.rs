//! An account's statement: its events, taken in order.

mod held;

use super::{Holding, MovementKind, Parts, Round, StatementRow};
use crate::events::Event;
use anchor_lang::prelude::Pubkey;
use evergreen::{
    events,
    state::{MarginAccount, SeriesId},
};
use std::collections::BTreeMap;

/// Why a history is no complete one. What it does not tell is not guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// Its first transaction is not the opening of the account: the network keeps no older ones.
    #[error("the history does not begin with the opening of the account")]
    NoBeginning,
    /// The log of a transaction was cut off by the network.
    #[error("the log of a transaction was cut off")]
    CutOff,
    /// An event tells another cash than the events before it make, native units.
    #[error("cash of {known} by the history so far, {told} by the next event")]
    Cash {
        /// By the events before.
        known: i64,
        /// By the event.
        told: i64,
    },
    /// An event tells another position than the events before it make, points.
    #[error("a position of {known} points by the history so far, {told} by the next event")]
    Position {
        /// By the events before.
        known: i64,
        /// By the event.
        told: i64,
    },
    /// An event ends what the history has not begun: a commitment, a stake or an order; or sums do not fit.
    #[error("an event ends what the history has not begun")]
    Unknown,
    /// The account on chain is not what the events make. It may have changed since they were read.
    #[error("the account on chain is not what its history makes")]
    Differs,
}

/// The commitment of an account, as far as it is set aside, native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Committed {
    /// Tip and bond of the account's own.
    own: i64,
    /// Stake of somebody else.
    stake: i64,
    /// Losses by seizure of all of it that have not been told apart yet.
    lost: i64,
}

/// What the events of one margin account make: its wealth by kinds of movement, and its positions with their cost.
///
/// Take the transactions that name the account, the oldest first and each once. [`Statement::gap`] tells whether they were all.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::events, events::Event, portfolio::{MovementKind, Statement}};
///
/// let (pool, account, owner) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]), Pubkey::new_from_array([3; 32]));
/// let opened = events::MarginAccountOpened { pool, account, owner, sub_account: 0, referrer: Pubkey::default() };
/// let deposit = events::MarginMoved { account, amount: 500, cash: 500 };
/// let mut statement = Statement::new(account);
/// let rows = statement.take(&[Event::MarginAccountOpened(opened), Event::MarginMoved(deposit)], Some(1_790_000_000), false);
/// assert_eq!((rows.len(), rows[0].kind, rows[0].wealth), (1, MovementKind::Deposit, 500));
/// assert_eq!((statement.cash(), statement.gap()), (500, None));
/// ```
#[derive(Clone, Debug)]
pub struct Statement {
    account: Pubkey,
    /// Pool, owner and sub-account, once they are known.
    identity: Option<(Pubkey, Pubkey, u16)>,
    moved: Parts,
    realised: Parts,
    /// Cash and what is set aside.
    wealth: i64,
    set_aside: i64,
    arrears: u64,
    commitment: Option<Committed>,
    /// Stakes on commitments of other accounts.
    stakes: BTreeMap<Pubkey, i64>,
    /// Tips of open orders.
    orders: BTreeMap<Pubkey, i64>,
    holdings: BTreeMap<(u8, u32), Holding>,
    /// Positions that are over, the oldest first.
    rounds: Vec<(SeriesId, Round)>,
    transactions: u64,
    gap: Option<(Gap, Option<i64>)>,
}

/// What is made of one transaction.
struct Entry<'a> {
    of: &'a mut Statement,
    time: Option<i64>,
    rows: Vec<StatementRow>,
}

impl Statement {
    /// Makes the statement of an account that no transaction is known of yet.
    pub fn new(account: Pubkey) -> Self {
        Self {
            account,
            identity: None,
            moved: Parts::default(),
            realised: Parts::default(),
            wealth: 0,
            set_aside: 0,
            arrears: 0,
            commitment: None,
            stakes: BTreeMap::new(),
            orders: BTreeMap::new(),
            holdings: BTreeMap::new(),
            rounds: Vec::new(),
            transactions: 0,
            gap: None,
        }
    }

    /// As [`Self::new`] of an account whose pool, owner and number are known, so that losses by seizure are found also where the history begins late.
    pub fn of(account: Pubkey, pool: Pubkey, owner: Pubkey, sub_account: u16) -> Self {
        Self { identity: Some((pool, owner, sub_account)), ..Self::new(account) }
    }

    /// Takes the events of the next transaction, at its time in unix seconds, and returns the movements. `truncated` tells that its log was cut off
    /// ([`crate::events::is_truncated`]). Events of other accounts are left out.
    pub fn take(&mut self, events: &[Event], time: Option<i64>, truncated: bool) -> Vec<StatementRow> {
        // Before it is opened strangers can send lamports to its address, which no event tells.
        if self.transactions == 0 && events.is_empty() && !truncated {
            return Vec::new();
        }
        if self.transactions == 0 && !events.iter().any(|event| self.opens(event)) {
            self.note(Gap::NoBeginning, time);
        }
        self.transactions = self.transactions.saturating_add(1);
        let mut entry = Entry { of: self, time, rows: Vec::new() };
        for event in events {
            // A number that does not fit is told, and nothing is made up for it.
            if entry.step(event).is_none() {
                entry.of.note(Gap::Unknown, time);
            }
        }
        let rows = entry.rows;
        if truncated {
            self.note(Gap::CutOff, time);
        }
        rows
    }

    fn opens(&self, event: &Event) -> bool {
        matches!(event, Event::MarginAccountOpened(e) if e.account == self.account)
    }

    /// Notes a gap. What is held since before it has no known cost any more.
    fn note(&mut self, gap: Gap, time: Option<i64>) {
        self.gap = self.gap.or(Some((gap, time)));
        for holding in self.holdings.values_mut() {
            holding.forget();
        }
    }

    /// Returns the account's address.
    pub const fn account(&self) -> Pubkey {
        self.account
    }

    /// Returns the first gap of the history; `None` where it is complete so far.
    pub fn gap(&self) -> Option<Gap> {
        self.gap.map(|(gap, _)| gap)
    }

    /// Returns the time of the transaction at which the first gap was found, unix seconds.
    pub fn gap_at(&self) -> Option<i64> {
        self.gap.and_then(|(_, time)| time)
    }

    /// Returns the number of transactions taken.
    pub const fn transactions(&self) -> u64 {
        self.transactions
    }

    /// Returns sums of all changes of wealth by kind, native units.
    pub const fn moved(&self) -> &Parts {
        &self.moved
    }

    /// Returns realised profit and loss by kind, native units. Premiums and payoffs are less the cost of the points that they close.
    pub const fn realised(&self) -> &Parts {
        &self.realised
    }

    /// Returns cash by the events, native units.
    pub const fn cash(&self) -> i64 {
        self.wealth.saturating_sub(self.set_aside)
    }

    /// Returns what is set aside for tips, bonds and stakes, native units.
    pub const fn set_aside(&self) -> i64 {
        self.set_aside
    }

    /// Returns arrears by the events, native units.
    pub const fn arrears(&self) -> u64 {
        self.arrears
    }

    /// Returns the positions of all series that the history tells of, also those that are closed, by slot and generation.
    pub fn holdings(&self) -> impl Iterator<Item = (SeriesId, &Holding)> {
        self.holdings.iter().map(|(&(slot, generation), holding)| (SeriesId { slot, generation }, holding))
    }

    /// Returns the position of a series; `None` where the history does not tell of it.
    pub fn holding(&self, series: SeriesId) -> Option<&Holding> {
        self.holdings.get(&key(series))
    }

    /// Returns the positions that are over, each from its opening until nothing was left of it, the first that ended first. Those whose beginning is not known are left out.
    pub fn rounds(&self) -> &[(SeriesId, Round)] {
        &self.rounds
    }

    /// Checks that the account on chain is what the events make: cash, arrears and positions.
    ///
    /// # Errors
    /// [`Gap::Differs`], or the gap that was found before.
    pub fn check(&self, account: &MarginAccount) -> Result<(), Gap> {
        if let Some(gap) = self.gap() {
            return Err(gap);
        }
        let positions: BTreeMap<_, _> =
            account.positions.iter().filter(|p| p.points != 0).map(|p| (key(p.series()), p.points)).collect();
        let held = self.holdings.iter().filter(|(_, h)| h.points != 0).map(|(key, h)| (*key, h.points));
        let same = self.cash() == account.cash && self.arrears == account.arrears && positions == held.collect();
        if same { Ok(()) } else { Err(Gap::Differs) }
    }
}

const fn key(series: SeriesId) -> (u8, u32) {
    (series.slot, series.generation)
}

fn signed(amount: u64) -> Option<i64> {
    i64::try_from(amount).ok()
}

impl Entry<'_> {
    fn row(&mut self, kind: MovementKind, amount: i64, realised: Option<i64>) -> Option<&mut StatementRow> {
        self.of.wealth = self.of.wealth.checked_add(amount)?;
        self.of.moved.add(kind, amount);
        if let Some(realised) = realised {
            self.of.realised.add(kind, realised);
        }
        let row = StatementRow { kind, series: None, points: 0, amount, realised, wealth: self.of.wealth, spot: None };
        self.rows.push(row);
        self.rows.last_mut()
    }

    /// Adds a movement that is realised as a whole, or a transfer; none of an amount of zero.
    fn moves(&mut self, kind: MovementKind, amount: i64) -> Option<()> {
        if amount != 0 {
            self.row(kind, amount, Some(if kind.is_transfer() { 0 } else { amount }))?;
        }
        Some(())
    }

    /// As [`Self::moves`], of a series.
    fn moves_in(&mut self, series: SeriesId, kind: MovementKind, amount: i64) -> Option<()> {
        if amount != 0 {
            self.row(kind, amount, Some(amount))?.series = Some(series);
        }
        Some(())
    }

    fn sets_aside(&mut self, amount: i64) -> Option<()> {
        self.of.set_aside = self.of.set_aside.checked_add(amount)?;
        Some(())
    }

    /// Compares cash with what an event tells, and goes on with that.
    fn tells(&mut self, told: i64) {
        let known = self.of.cash();
        if known != told {
            self.of.note(Gap::Cash { known, told }, self.time);
            self.of.wealth = told.saturating_add(self.of.set_aside);
        }
    }

    /// The position of a series, which is of so many points by the next event.
    fn holding(&mut self, series: SeriesId, told: i64) -> &mut Holding {
        let known = self.of.holdings.get(&key(series)).map_or(0, |holding| holding.points);
        if known != told {
            self.of.note(Gap::Position { known, told }, self.time);
        }
        let holding = self.of.holdings.entry(key(series)).or_insert_with(|| Holding::new(told == 0));
        if known != told {
            *holding = Holding {
                points: told,
                cost: 0,
                carried: 0,
                opened_at: None,
                known: told == 0,
                round: Round::default(),
                ..*holding
            };
        }
        holding
    }

    /// Keeps the round of a series that has just ended, if one has.
    fn ends(&mut self, series: SeriesId) {
        let ended = self.of.holdings.get_mut(&key(series)).and_then(|holding| holding.ended.take());
        self.of.rounds.extend(ended.map(|round| (series, round)));
    }

    /// Returns `None` where the event cannot be taken.
    fn step(&mut self, event: &Event) -> Option<()> {
        let me = self.of.account;
        match event {
            Event::MarginAccountOpened(e) if e.account == me => {
                self.of.identity = Some((e.pool, e.owner, e.sub_account));
                self.tells(0);
            }
            Event::MarginAccountClosed(e) if e.account == me => {
                self.tells(0);
                self.of.arrears = 0;
            }
            Event::MarginMoved(e) if e.account == me => {
                self.moves(if e.amount < 0 { MovementKind::Withdrawal } else { MovementKind::Deposit }, e.amount)?;
                self.tells(e.cash);
            }
            Event::FundingSettled(e) if e.account == me => {
                let held = self.of.holdings.get(&key(e.series)).map_or(0, |holding| holding.points);
                self.holding(e.series, held).fund(e.amount)?;
                self.moves_in(e.series, MovementKind::Funding, e.amount)?;
            }
            Event::PositionSettled(e) if e.account == me => {
                let time = self.time;
                // A pool whose reserves are not covered pays a part of the points, the rest later.
                let known = self.of.holdings.get(&key(e.series)).map_or(0, |holding| holding.points);
                let is_part = known.signum() == e.points.signum() && known.unsigned_abs() > e.points.unsigned_abs();
                let held = if is_part { known } else { e.points };
                let realised = self.holding(e.series, held).pay(e.points, e.amount, time)?;
                self.ends(e.series);
                let row = self.row(MovementKind::Payoff, e.amount, realised)?;
                (row.series, row.points) = (Some(e.series), e.points.checked_neg()?);
            }
            Event::LegFilled(e) if e.account == me => self.leg(e)?,
            Event::Traded(e) if e.account == me => self.tells(e.cash),
            Event::Liquidated(e) => {
                if e.account == me {
                    self.moves(MovementKind::Penalty, signed(e.penalty)?.checked_neg()?)?;
                }
                if e.liquidator == me {
                    self.moves(MovementKind::Reward, signed(e.reward)?)?;
                }
                if e.account == me {
                    self.tells(e.cash);
                }
            }
            Event::PaymentCut(e) if e.account == me => {
                self.moves(MovementKind::Cut, signed(e.amount)?.checked_neg()?)?;
            }
            Event::PaymentOwed(e) if e.account == me => {
                self.moves(MovementKind::Owed, e.amount.checked_neg()?)?;
            }
            Event::BadDebtAbsorbed(e) if e.account == me => {
                self.moves(MovementKind::DebtAbsorbed, signed(e.from_insurance.checked_add(e.from_pool)?)?)?;
            }
            Event::LossApplied(e) if Some((e.pool, e.owner, e.sub_account)) == self.of.identity => {
                self.moves(MovementKind::Seizure, signed(e.cash_lost)?.checked_neg()?)?;
                self.lost(signed(e.tip_lost)?)?;
            }
            _ => self.held(event)?,
        }
        Some(())
    }

    fn leg(&mut self, e: &events::LegFilled) -> Option<()> {
        let (time, fee) = (self.time, signed(e.fee)?);
        let before = e.position.checked_sub(e.points)?;
        let parts = self.holding(e.series, before).fill(e.points, e.premium, fee, time)?;
        self.ends(e.series);
        for fill in parts.into_iter().flatten() {
            let row = self.row(MovementKind::Premium, fill.premium, fill.realised)?;
            (row.series, row.points, row.spot) = (Some(e.series), fill.points, Some(e.spot));
        }
        self.moves_in(e.series, MovementKind::Fee, fee.checked_neg()?)
    }
}
