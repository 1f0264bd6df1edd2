//! What the main class of a pool has earned, in parts, out of the events of its accounts.
//!
//! ```
//! use evergreen_sdk::earnings::Earnings;
//!
//! // `evergreen_sdk::events::from_logs` gives the events of each transaction.
//! let earned = Earnings::default();
//! assert_eq!(earned.cash(), 0);
//! ```

use crate::events::Event;
use evergreen::events::LegFilled;

/// What has come into the cash of a pool's main class from traders, and gone out to them, in native units; negative where more has gone out.
/// Deposits and withdrawals of liquidity, donations and seizures are not earned and not here. What traders hold at the end is owed: the change of net asset
/// value is this less what their options have become worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earnings {
    /// Premiums of what traders bought, less what was paid for what they sold; spreads are in them.
    pub premiums: i64,
    /// Funding, of time value and of carry.
    pub funding: i64,
    /// The main class's part of fees, also of trades that were not filled.
    pub fees: i64,
    /// What exercised options were paid, a negative number.
    pub payoffs: i64,
    /// What bad debts have cost, a negative number.
    pub bad_debts: i64,
}

impl Earnings {
    /// Takes events of one pool and its accounts; those of others are the caller's to leave out.
    pub fn take(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::LegFilled(LegFilled {
                    premium,
                    fee,
                    fee_insurance,
                    fee_protocol,
                    fee_referrer,
                    fee_curator,
                    ..
                }) => {
                    self.premiums = self.premiums.saturating_sub(*premium);
                    self.fee(*fee, [*fee_insurance, *fee_protocol, *fee_referrer, *fee_curator]);
                }
                Event::FundingSettled(e) => self.funding = self.funding.saturating_sub(e.amount),
                Event::PositionSettled(e) => self.payoffs = self.payoffs.saturating_sub(e.amount),
                // A distressed pool has paid less.
                Event::PaymentCut(e) => self.payoffs = self.payoffs.saturating_add_unsigned(e.amount),
                // What a pool owes is no income.
                Event::PaymentOwed(_) => {}
                Event::BadDebtAbsorbed(e) => self.bad_debts = self.bad_debts.saturating_sub_unsigned(e.from_pool),
                Event::CommitmentCancelled(e) => self.fee(e.fee, [0; 4]),
                Event::ArrearsCollected(e) => self.fee(e.fee, [0; 4]),
                _ => {}
            }
        }
    }

    /// Adds what is left of a fee for the main class.
    fn fee(&mut self, fee: u64, others: [u64; 4]) {
        let others = others.into_iter().fold(0u64, u64::saturating_add);
        self.fees = self.fees.saturating_add_unsigned(fee.saturating_sub(others));
    }

    /// Returns the change of pool cash by all of it, native units.
    pub const fn cash(&self) -> i64 {
        self.premiums
            .saturating_add(self.funding)
            .saturating_add(self.fees)
            .saturating_add(self.payoffs)
            .saturating_add(self.bad_debts)
    }
}
