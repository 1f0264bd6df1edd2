//! What somebody does, as the model is told it.

use crate::{
    rules::{commit::Wanted, fill::Named, orders::Committer},
    state::{Order, Price},
};
use anchor_lang::prelude::Pubkey;
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
    Fill(Pubkey, BTreeMap<u8, Price>, Named),
    /// Places an order: its address, its number, what it is.
    Place(Pubkey, i128, Order),
    /// Takes an order back.
    Cancel(Pubkey),
    /// Commits an order at these prices.
    CommitOrder(Pubkey, BTreeMap<u8, Price>, Committer),
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
            Self::Place(..) => "place_order",
            Self::Cancel(_) => "cancel_order",
            Self::CommitOrder(..) => "commit_order",
        }
    }
}
