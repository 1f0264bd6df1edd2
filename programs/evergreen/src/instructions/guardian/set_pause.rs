//! Pauses an action for a limited time, or ends its pause.

use crate::{events::PauseChanged, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `set_pause`.
#[derive(Accounts)]
pub struct SetPause<'info> {
    /// This is the guardian or admin.
    pub guardian: Signer<'info>,
    /// This account is changed.
    #[account(mut, address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
}

/// Zero seconds end the pause. Rules: [`Protocol::pause`].
pub(crate) fn set_pause(ctx: Context<SetPause>, action: Action, seconds: u32) -> Result<()> {
    let by = ctx.accounts.guardian.key();
    let mut protocol = ctx.accounts.protocol.load_mut()?;
    let state = protocol.pause(action, seconds, &by, Clock::get()?.unix_timestamp)?;
    emit!(PauseChanged { action, since: state.since, until: state.until, by });
    Ok(())
}
