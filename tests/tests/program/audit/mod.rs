//! Faults that an audit of the first version proved. Each test asserts the right outcome, and its name has the number of the finding.

mod arrears;
mod bounds;
mod capacity;
mod carry;
mod debts;
mod forced;
mod foreseen;
mod funding;
mod governance;
mod guardian;
mod hooks;
mod lagging;
mod liquidity;
mod moments;
pub mod notices;
mod numbers;
mod pauses;
mod places;
mod prices;
mod renewal;
mod reserving;
mod samples;
mod seizures;
mod silent;
mod slots;
mod strangers;
mod withdrawals;
