//! Filling a committed trade.

use crate::{
    args::{
        account::{Anyones, Which},
        fill::FillArgs,
    },
    context::{
        Context, PoolContext,
        sought::{Sign, any},
    },
    failure::advised,
};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::{MarginAccount, Order},
    plan::Planner,
    quote::QuoteError,
};
use solana_signer::Signer;

/// A commitment that is filled.
pub struct FillPlan {
    /// The pool.
    pub pool: PoolContext,
    /// The account that trades.
    pub account: Pubkey,
    /// Its state.
    pub state: Box<MarginAccount>,
    /// Margin account that the tip goes to; otherwise it goes back.
    pub tip_to: Option<Pubkey>,
    /// To be sent, if they are asked for.
    pub instructions: Vec<Instruction>,
}

/// The open commitment of an account. A dry run also makes the instructions, for which the price has to be there.
///
/// # Errors
/// `NothingCommitted`; an account that is not there; in a dry run what the program would refuse; failures of the network.
pub async fn fill(context: &Context, args: &FillArgs, me: Pubkey) -> Result<FillPlan> {
    let Anyones { which: Which { pool, account }, owner } = &args.of;
    let owner = owner.unwrap_or(me);
    let trades = |state: &MarginAccount| state.commitment.is_open();
    let signs = [Sign::Account(owner, *account, &trades), Sign::Account(owner, *account, &any)];
    let pool = context.pool_for(pool.as_deref(), &signs).await?;
    let state = pool.account(context, &owner, *account).await?;
    state.commitment.check_open().map_err(QuoteError::from)?;
    let account = pool.account_key(&owner, *account);
    let tip_to = args.tip_to.map(|number| pool.account_key(&me, number));
    if tip_to == Some(account) {
        let next = "leave --tip-to away: the tip then goes back to it";
        return Err(advised("the tip of a trade cannot go to the account that trades", next));
    }
    if let (Some(key), Some(number)) = (&tip_to, args.tip_to)
        && context.find::<MarginAccount>(key).await?.is_none()
    {
        let next = format!("open it: `evergreen account open --pool {} --account {number}`", pool.name);
        return Err(advised(format!("{me} has no account {number} in the pool {}", pool.name), next));
    }
    of(context, pool, account, state, tip_to).await
}

/// The same for an account whose state is known.
///
/// # Errors
/// As [`fill`].
pub async fn of(
    context: &Context,
    pool: PoolContext,
    account: Pubkey,
    state: Box<MarginAccount>,
    tip_to: Option<Pubkey>,
) -> Result<FillPlan> {
    let mut instructions = Vec::new();
    if context.global.dry_run {
        let view = context.client.view_to_fill(*pool.keys(), &state, context.source()).await?.value;
        let Some(view) = view else {
            let next = "try again in a moment; without --dry-run the command waits for it";
            return Err(advised("the first price after the commitment is not there yet", next));
        };
        let order = match state.commitment.order_number() {
            Some(number) => context.find::<Order>(&address::order(&account, number)).await?,
            None => None,
        };
        let payer = context.keypair()?.pubkey();
        let planner = Planner::new(&view, context.source(), payer);
        instructions = planner.fill(account, &state, order.as_deref(), tip_to)?.instructions;
    }
    Ok(FillPlan { pool, account, state, tip_to, instructions })
}
