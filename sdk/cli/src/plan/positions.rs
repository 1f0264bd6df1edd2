//! The accounts of an owner, by pool.

use crate::{
    args::positions::Positions,
    context::{Context, PoolContext},
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{AccountHistory, Filter},
    evergreen::state::MarginAccount,
    portfolio::{PastCarry, Statement},
};

/// Accounts of an owner in a pool.
pub struct Holdings {
    /// The pool.
    pub pool: PoolContext,
    /// The owner's accounts in it.
    pub accounts: Vec<Kept>,
}

/// An account, and what the network remembers of it.
pub struct Kept {
    /// Its number.
    pub number: u16,
    /// Its history, where it was read.
    pub history: Option<AccountHistory>,
    /// The account; `None` where it is closed.
    pub account: Option<Box<MarginAccount>>,
    /// The carry in its past funding, where it was asked for.
    pub carry: Option<PastCarry>,
}

impl Kept {
    /// Reads the account at the moment of its history.
    ///
    /// # Errors
    /// Failures of the network.
    pub(super) async fn meet(&mut self, context: &Context) -> Result<()> {
        if let Some(history) = &mut self.history {
            self.account = context.client.account_of(history).await?;
        }
        Ok(())
    }

    /// The statement, where the history was read.
    pub fn statement(&self) -> Option<&Statement> {
        self.history.as_ref().map(|history| &history.statement)
    }
}

/// Pools in which an owner has accounts, or the one that was asked about.
///
/// # Errors
/// Failures of the network; a pool that is not there.
pub async fn read(context: &Context, args: &Positions, owner: Pubkey) -> Result<Vec<Holdings>> {
    let accounts = context.find_all::<MarginAccount>("reading accounts", Filter::of_owner(owner)).await?;
    let mut pools: Vec<Pubkey> = accounts.iter().map(|(_, account)| account.pool).collect();
    pools.sort_unstable();
    pools.dedup();
    let wanted = match &args.pool {
        Some(name) => Some(context.pool(name).await?.keys().pool),
        None => None,
    };
    let mut found = Vec::new();
    for pool in pools.iter().filter(|key| wanted.is_none_or(|wanted| wanted == **key)) {
        let mut kept = Vec::new();
        for (key, account) in accounts.iter().filter(|(_, account)| account.pool == *pool) {
            let mut one =
                Kept { number: account.sub_account, history: None, account: Some(account.clone()), carry: None };
            if !args.no_cost && !account.is_flat() {
                let read = context.client.account_history(key);
                one.history = Some(output::during("reading transactions", read).await?);
                one.meet(context).await?;
            }
            kept.push(one);
        }
        found.push(Holdings { pool: context.pool(&pool.to_string()).await?, accounts: kept });
    }
    Ok(found)
}
