//! Faults that an audit of the first version proved, each with the right outcome: the tests carry the numbers of its rows.

mod capacity;
mod debts;
mod governance;
