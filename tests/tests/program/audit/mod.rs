//! Faults that an audit of the first version proved. Each test asserts the right outcome, and its name has the number of the finding.

mod capacity;
mod debts;
mod governance;
mod inventory;
mod numbers;
mod prices;
mod slots;
