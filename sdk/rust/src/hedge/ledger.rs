//! What hedging has cost, and what is left of the moves that it was for.

use super::{HedgeAccount, HedgeCosts};
use crate::convert::Decimal;
use std::collections::BTreeMap;

/// The moves of a provider's shares, of the hedge, and of both, in dollars at one price of the token.
///
/// ```
/// use evergreen_sdk::hedge::{HedgeAccount, Ledger};
///
/// let mut ledger = Ledger::default();
/// ledger.note(10_000.into(), [("BTC", HedgeAccount::default())]);
/// // The shares lose 120 dollars, and the hedge gains 100.
/// let hedged = HedgeAccount { profit: 100.into(), ..HedgeAccount::default() };
/// ledger.note(9_880.into(), [("BTC", hedged)]);
/// let line = ledger.line();
/// assert_eq!((line.shares, line.hedge, line.left), ((-120).into(), 100.into(), (-20).into()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    first: Option<Decimal>,
    last: Option<(Decimal, Decimal)>,
    begun: Decimal,
    accounts: BTreeMap<String, HedgeAccount>,
    notes: u64,
    /// Sums of squared changes from note to note.
    unhedged: Decimal,
    hedged: Decimal,
}

/// Where a [`Ledger`] stands. Amounts are dollars; a loss is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LedgerLine {
    /// Moments that were noted.
    pub notes: u64,
    /// By how much the worth of the shares has changed, at the mark.
    pub shares: Decimal,
    /// Profit of the hedge, costs included.
    pub hedge: Decimal,
    /// What is left: both together.
    pub left: Decimal,
    /// The costs that are in the profit of the hedge.
    pub costs: HedgeCosts,
    /// Sum of the squared changes of the shares alone, squared dollars.
    pub unhedged_squares: Decimal,
    /// The same of shares and hedge together.
    pub hedged_squares: Decimal,
}

impl LedgerLine {
    /// Returns the part of the variance of the shares that is left with the hedge; `None` where they have not moved.
    pub fn variance_left(&self) -> Option<Decimal> {
        self.hedged_squares.checked_div(self.unhedged_squares)
    }
}

impl Ledger {
    /// Notes the worth of the shares in dollars, and the accounts at the venue, by underlying.
    pub fn note<'a>(&mut self, shares: Decimal, accounts: impl IntoIterator<Item = (&'a str, HedgeAccount)>) {
        for (underlying, account) in accounts {
            self.accounts.insert(underlying.to_owned(), account);
        }
        let profit = self.accounts.values().map(|account| account.profit).sum::<Decimal>();
        if self.first.is_none() {
            (self.first, self.begun) = (Some(shares), profit);
        }
        if let Some((before, profit_before)) = self.last {
            let (alone, moved) = (shares - before, profit - profit_before);
            let both = alone + moved;
            self.unhedged = self.unhedged.saturating_add(squared(alone));
            self.hedged = self.hedged.saturating_add(squared(both));
        }
        self.last = Some((shares, profit));
        self.notes += 1;
    }

    /// Returns where it stands.
    pub fn line(&self) -> LedgerLine {
        let (Some(first), Some((shares, profit))) = (self.first, self.last) else { return LedgerLine::default() };
        let mut costs = HedgeCosts::default();
        for account in self.accounts.values() {
            costs.fees += account.costs.fees;
            costs.funding += account.costs.funding;
            costs.slippage += account.costs.slippage;
            costs.delay += account.costs.delay;
        }
        let (shares, hedge) = (shares - first, profit - self.begun);
        LedgerLine {
            notes: self.notes,
            shares: shares.normalize(),
            hedge: hedge.normalize(),
            left: (shares + hedge).normalize(),
            costs,
            unhedged_squares: self.unhedged.normalize(),
            hedged_squares: self.hedged.normalize(),
        }
    }
}

/// The square of dollars, which are rounded to a millionth first so that it fits.
fn squared(dollars: Decimal) -> Decimal {
    let rounded = dollars.round_dp(6);
    rounded.checked_mul(rounded).unwrap_or(Decimal::MAX)
}
