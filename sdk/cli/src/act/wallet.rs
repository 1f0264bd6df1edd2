//! Whether a wallet holds what a command takes from it.

use crate::{
    context::{Context, tokens_in},
    failure::Precluded,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    instruction,
};

/// Checks, before anything is confirmed or signed, that the key has SOL at all, and as many tokens as the instructions take. How much SOL
/// they take only their simulation tells.
///
/// # Errors
/// [`Precluded`] with what is missing; failures of the network.
pub async fn check(context: &Context, me: Pubkey, instructions: &[Instruction]) -> Result<()> {
    let paid = instructions.iter().filter_map(instruction::pays).fold(0_u64, u64::saturating_add);
    let pool = context.collateral();
    let wallet = pool.as_ref().map(|pool| pool.keys.wallet(&me));
    let keys: Vec<Pubkey> = [Some(me), wallet].into_iter().flatten().collect();
    let mut found = context.client.raw(&keys).await?.value.into_iter();
    if found.next().flatten().is_none_or(|payer| payer.lamports == 0) {
        let next = "send SOL to it, which fees and rent are paid with: `evergreen doctor` shows what it holds";
        return Err(Precluded::by_sol(format!("the key {me}, which pays, has no SOL"), next.into()).into());
    }
    let (Some(pool), Some(wallet)) = (pool, wallet) else { return Ok(()) };
    let account = found.next().flatten();
    let held = account.as_ref().map_or(0, |raw| tokens_in(&raw.data));
    let Some(missing) = paid.checked_sub(held).filter(|missing| *missing > 0) else { return Ok(()) };
    let amount = |native: u64| pool.token.amount(i64::try_from(native).unwrap_or(i64::MAX));
    let holds = match account {
        Some(_) => format!("the wallet holds {}", amount(held)),
        None => format!("the wallet has no account for {}, so it holds none", pool.token.name),
    };
    let message = format!("{holds}; {} are needed, {} are missing", amount(paid), amount(missing));
    let next = format!(
        "take a smaller amount, or send {} to {wallet}: `evergreen doctor` shows what it holds",
        pool.token.name
    );
    Err(Precluded::by_tokens(message, next).with_most(&amount(held)).into())
}
