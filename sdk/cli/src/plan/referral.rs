//! What accounts owe their referrers.

use crate::{
    args::referral::Which,
    context::{Context, PoolContext},
    failure::advised,
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::Filter,
    evergreen::state::MarginAccount,
    instruction as build,
};

/// Claims of one transaction.
const AT_ONCE: usize = 8;

/// A payment for some of a referrer's accounts, in one transaction.
pub struct Claim {
    /// Addresses of the accounts.
    pub accounts: Vec<Pubkey>,
    /// What they owe together, native units.
    pub due: u64,
    /// To be sent.
    pub instructions: Vec<Instruction>,
}

/// Accounts that a key has referred, with what they owe it after losses by seizure, native units; the largest first.
///
/// # Errors
/// Failures of the network.
pub async fn referred(context: &Context, pool: &PoolContext, by: &Pubkey) -> Result<Vec<(Pubkey, Box<MarginAccount>)>> {
    let filter = Filter::of_pool(pool.keys().pool);
    let mut accounts = context.find_all::<MarginAccount>("reading accounts", filter).await?;
    accounts.retain(|(_, account)| account.referrer == *by);
    for (_, account) in &mut accounts {
        *account = pool.view.opened(account)?;
    }
    // The largest amount comes first.
    accounts.sort_by_key(|(key, account)| (std::cmp::Reverse(account.referral_due), *key));
    Ok(accounts)
}

/// The transactions that pay a referrer.
///
/// # Errors
/// When nothing is due; failures of the network.
pub async fn claim(
    context: &Context,
    args: &Which,
    me: Pubkey,
    referrer: &Pubkey,
) -> Result<(PoolContext, Vec<Claim>)> {
    let pool = context.pool(&args.pool).await?;
    let mut accounts = referred(context, &pool, referrer).await?;
    accounts.retain(|(_, account)| account.referral_due > 0);
    if accounts.is_empty() {
        let message = format!("no account of {} owes {referrer} anything", pool.name);
        return Err(advised(message, "see `evergreen referral show`"));
    }
    let (mint, program) = (pool.keys().mint, pool.keys().token_program);
    let claim = |some: &[(Pubkey, Box<MarginAccount>)]| {
        let mut instructions = vec![create_associated_token_account_idempotent(&me, referrer, &mint, &program)];
        instructions.extend(some.iter().map(|(account, _)| build::claim_referral(*referrer, pool.keys(), *account)));
        Claim {
            accounts: some.iter().map(|(account, _)| *account).collect(),
            due: some.iter().map(|(_, account)| account.referral_due).fold(0, u64::saturating_add),
            instructions,
        }
    };
    let claims = accounts.chunks(AT_ONCE).map(claim).collect();
    Ok((pool, claims))
}
