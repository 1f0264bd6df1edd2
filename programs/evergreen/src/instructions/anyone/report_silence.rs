//! Records that nobody samples an underlying.

use crate::{events::SilenceReported, instructions::common::open, state::*};
use anchor_lang::prelude::*;

/// Accounts of `report_silence`.
#[derive(Accounts)]
pub struct ReportSilence<'info> {
    /// This is the underlying that nobody samples.
    #[account(mut)]
    pub underlying: AccountLoader<'info, Underlying>,
}

/// The last sample must be older than a day. Whoever knows better samples: that ends the silence, anyone can, and nobody can pause it. Errors: `NotSilent`, `SilenceReported`.
pub(crate) fn report_silence(ctx: Context<ReportSilence>) -> Result<()> {
    let mut underlying = open(&ctx.accounts.underlying)?;
    underlying.report_silence(Clock::get()?.unix_timestamp)?;
    let since = underlying.silent_since;
    let ends_at = since.saturating_add(Underlying::NOTICE);
    emit!(SilenceReported { underlying: ctx.accounts.underlying.key(), since, ends_at });
    Ok(())
}
