//! What an account has made: from its events positions with their cost, realised and unrealised profit, funding, fees, and what exercise has paid; with the
//! pool's present prices also marks, break-even prices and equity.
//!
//! Nothing here asks a network. A [`Statement`] takes an account's transactions, the oldest first; `client::EventHistory` reads them. [`Performance`] joins it
//! with the account as it stands and adds up to the unit:
//!
//! `deposits − withdrawals + realised + unrealised = equity + set aside`
//!
//! All amounts are integers in native units of the collateral. Where the history does not begin with the opening of the account, or a log was cut off, a statement
//! says so ([`Gap`]) and there is no [`Performance`]: nothing is guessed. Positions that were opened after the gap keep their cost.
//!
//! * **Cost** is by average, fees not counted. A part of a position that is closed takes its part of the cost, rounded up; realised profit is rounded down.
//! * **Value** is at the mark, rounded down for each position, as the program does for equity.
//! * **Funding** is settled by the program in one amount for time value and carry. Events of the account do not tell the two apart; those of its underlyings do
//!   ([`PastEvents`]).

mod holding;
mod movement;
mod past;
mod payoff;
mod profile;
mod provider;
mod returns;
mod statement;
mod value;

pub use holding::{Holding, Round, price_of};
pub use movement::{MovementKind, Parts, StatementRow};
pub use past::{PastCarry, PastEvents};
pub use payoff::{GainRange, Payoff};
pub use profile::{LegProfile, Spread, TradeProfile, UnderlyingProfile};
pub use provider::{Lot, Provider, Provision};
pub use returns::{ShareHistory, SharePrice, ShareReturn, main_shares_changed};
pub use statement::{Gap, Statement};
pub use value::{BreakEven, HoldingValue, NoPerformance, Performance, Unrealised};

#[cfg(test)]
mod tests;
