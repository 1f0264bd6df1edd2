//! Evergreen: perpetual options on BTC and ETH, margined in tokenized stocks.
//!
//! Read the instruction list below for the whole product; each line calls the handler that implements it. What money
//! depends on is computed in the `evergreen-math` crate, which this program shares with the client library.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]
// Anchor's macros make items without documentation beside each documented one; the modules that are written by hand
// turn the lint on again.
#![allow(missing_docs)]
// Anchor's error type is large by design.
#![allow(clippy::result_large_err)]

pub mod engine;
pub mod errors;
pub mod events;
pub mod instructions;
pub mod oracle;
pub mod seeds;
pub mod state;
mod token;
pub mod types;

#[cfg(target_arch = "bpf")]
use {evergreen_int128 as _, solana_compiler_builtins as _};

use anchor_lang::prelude::*;
pub use instructions::TradeTerms;
use instructions::*;
pub use token::check_mint;
use types::{
    Action, Change, OrderTerms, PoolCaps, PoolParams, Roles, SeriesId, SeriesSpec, ShareClass, UnderlyingConfig,
};
pub use types::{Leg, OptionLeg};

declare_id!("EVGfdd2g3ufUDV4z2Cguz6pV8PY5yQnA8msY3jFshkdJ");

// Only in a build that is told whom: docs/building.md.
#[cfg(all(not(feature = "no-entrypoint"), security_contact))]
solana_security_txt::security_txt! {
    name: "Evergreen",
    project_url: env!("EVERGREEN_PROJECT_URL"),
    contacts: env!("EVERGREEN_SECURITY_CONTACT"),
    policy: env!("EVERGREEN_SECURITY_POLICY")
}

/// The instructions.
#[program]
pub mod evergreen {
    use super::*;

    // Admin and guardian.

    /// Creates the protocol account and its roles. Signed by the program's upgrade authority.
    pub fn initialize_protocol(ctx: Context<InitializeProtocol>, roles: Roles) -> Result<()> {
        instructions::initialize_protocol(ctx, roles)
    }

    /// Creates an underlying: price source, volatility, strike grid, shocks. Signed by the admin.
    pub fn create_underlying(ctx: Context<CreateUnderlying>, config: UnderlyingConfig) -> Result<()> {
        instructions::create_underlying(ctx, config)
    }

    /// Creates a pool for a collateral mint, with registry, vaults and share mints. Signed by the admin.
    pub fn create_pool<'info>(
        ctx: Context<'info, CreatePool<'info>>,
        scale_exponent: u8,
        params: PoolParams,
    ) -> Result<()> {
        instructions::create_pool(ctx, scale_exponent, params)
    }

    /// Pauses an action for so many seconds; zero ends the pause. Signed by guardian or admin.
    pub fn set_pause(ctx: Context<SetPause>, action: Action, seconds: u32) -> Result<()> {
        instructions::set_pause(ctx, action, seconds)
    }

    /// Proposes a change of parameters or roles. Signed by the admin.
    pub fn propose<'info>(ctx: Context<'info, Propose<'info>>, id: u64, change: Change) -> Result<()> {
        instructions::propose(ctx, id, change)
    }

    /// Makes a proposed change after its timelock; anyone may call it.
    pub fn execute_proposal<'info>(ctx: Context<'info, ExecuteProposal<'info>>) -> Result<()> {
        instructions::execute_proposal(ctx)
    }

    /// Withdraws a proposal. Signed by guardian or admin.
    pub fn cancel_proposal(ctx: Context<CancelProposal>) -> Result<()> {
        instructions::cancel_proposal(ctx)
    }

    /// Makes the pending admin the admin. Signed by the pending admin.
    pub fn accept_admin(ctx: Context<AcceptAdmin>) -> Result<()> {
        instructions::accept_admin(ctx)
    }

    /// Lowers caps of a pool at once. Signed by guardian or admin.
    pub fn tighten_pool(ctx: Context<TightenPool>, caps: PoolCaps) -> Result<()> {
        instructions::tighten_pool(ctx, caps)
    }

    /// Stops new risk, liquidity and series of a pool at once. Signed by guardian or admin.
    pub fn halt_pool(ctx: Context<TightenPool>) -> Result<()> {
        instructions::halt_pool(ctx)
    }

    /// Pays protocol fees to the fee owner.
    pub fn collect_fees(ctx: Context<CollectFees>) -> Result<()> {
        instructions::collect_fees(ctx)
    }

    // Liquidity providers.

    /// Deposits tokens into the main or insurance pool for shares, at least `min_shares`.
    pub fn deposit_liquidity<'info>(
        ctx: Context<'info, DepositLiquidity<'info>>,
        class: ShareClass,
        amount: u64,
        min_shares: u64,
    ) -> Result<()> {
        instructions::deposit_liquidity(ctx, class, amount, min_shares)
    }

    /// Burns shares and makes a withdrawal request.
    pub fn request_withdrawal(
        ctx: Context<RequestWithdrawal>,
        class: ShareClass,
        number: u64,
        shares: u64,
    ) -> Result<()> {
        instructions::request_withdrawal(ctx, class, number, shares)
    }

    /// Executes the first withdrawal of a queue, as far as reserves and the daily limit allow.
    pub fn execute_withdrawal<'info>(ctx: Context<'info, ExecuteWithdrawal<'info>>) -> Result<()> {
        instructions::execute_withdrawal(ctx)
    }

    /// Pays what a withdrawal's execution set aside to its owner.
    pub fn claim_withdrawal(ctx: Context<ClaimWithdrawal>) -> Result<()> {
        instructions::claim_withdrawal(ctx)
    }

    // Traders.

    /// Opens a margin account.
    pub fn open_margin_account(
        ctx: Context<OpenMarginAccount>,
        sub_account: u16,
        referrer: Option<Pubkey>,
    ) -> Result<()> {
        instructions::open_margin_account(ctx, sub_account, referrer)
    }

    /// Closes an empty margin account and returns its rent.
    pub fn close_margin_account(ctx: Context<CloseMarginAccount>) -> Result<()> {
        instructions::close_margin_account(ctx)
    }

    /// Names who may trade for the owner, never withdraw.
    pub fn set_delegate(ctx: Context<SetDelegate>, delegate: Option<Pubkey>) -> Result<()> {
        instructions::set_delegate(ctx, delegate)
    }

    /// Deposits tokens as an account's cash.
    pub fn deposit_margin(ctx: Context<DepositMargin>, amount: u64) -> Result<()> {
        instructions::deposit_margin(ctx, amount)
    }

    /// Withdraws cash, as far as initial health allows; without positions no price is needed.
    pub fn withdraw_margin<'info>(ctx: Context<'info, WithdrawMargin<'info>>, amount: u64) -> Result<()> {
        instructions::withdraw_margin(ctx, amount)
    }

    /// Commits a trade of one to four legs with one net limit; the first price published after it fills it.
    pub fn commit_trade(ctx: Context<CommitTrade>, number: u64, terms: TradeTerms) -> Result<()> {
        instructions::commit_trade(ctx, number, terms)
    }

    /// Places a limit, stop or take-profit order.
    pub fn place_order<'info>(ctx: Context<'info, PlaceOrder<'info>>, number: u64, terms: OrderTerms) -> Result<()> {
        instructions::place_order(ctx, number, terms)
    }

    /// Cancels an order.
    pub fn cancel_order(ctx: Context<CancelOrder>) -> Result<()> {
        instructions::cancel_order(ctx)
    }

    // Keepers: anyone.

    /// Commits the trade of an order once its condition holds, or cancels one that is over or cannot be borne.
    pub fn commit_order<'info>(ctx: Context<'info, CommitOrder<'info>>) -> Result<()> {
        instructions::commit_order(ctx)
    }

    /// Fills a committed trade at the first price published after it, or ends it.
    pub fn fill_trade<'info>(ctx: Context<'info, FillTrade<'info>>) -> Result<()> {
        instructions::fill_trade(ctx)
    }

    /// Pays an account's referrer their share of its fees.
    pub fn claim_referral(ctx: Context<ClaimReferral>) -> Result<()> {
        instructions::claim_referral(ctx)
    }

    /// Lists a series on the strike grid.
    pub fn list_series<'info>(ctx: Context<'info, ListSeries<'info>>, request: SeriesSpec) -> Result<()> {
        instructions::list_series(ctx, request)
    }

    /// Frees the slot of a series without open interest.
    pub fn retire_series(ctx: Context<RetireSeries>, series: SeriesId) -> Result<()> {
        instructions::retire_series(ctx, series)
    }

    /// Exercises a series for everyone once the price has reached its cap.
    pub fn exercise_series<'info>(ctx: Context<'info, ExerciseSeries<'info>>, series: SeriesId) -> Result<()> {
        instructions::exercise_series(ctx, series)
    }

    /// Pays an account's positions of exercised series.
    pub fn settle_positions(ctx: Context<SettlePositions>) -> Result<()> {
        instructions::settle_positions(ctx)
    }

    /// Closes positions of an account below maintenance margin, until target health is restored.
    pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, legs: Vec<Leg>) -> Result<()> {
        instructions::liquidate(ctx, legs)
    }

    /// Makes good the negative cash of an account without positions: insurance first, then the main pool.
    pub fn absorb_bad_debt(ctx: Context<AbsorbBadDebt>) -> Result<()> {
        instructions::absorb_bad_debt(ctx)
    }

    /// Buys back, at the mark, a bought option worth next to nothing while capacity or slots are short.
    pub fn close_worthless<'info>(ctx: Context<'info, CloseWorthless<'info>>, series: SeriesId) -> Result<()> {
        instructions::close_worthless(ctx, series)
    }

    /// Closes written options of a series of which more is written than bought.
    pub fn auto_deleverage<'info>(
        ctx: Context<'info, AutoDeleverage<'info>>,
        series: SeriesId,
        points: u64,
    ) -> Result<()> {
        instructions::auto_deleverage(ctx, series, points)
    }

    /// Brings an account of an earlier layout version to this one.
    pub fn migrate_account<'info>(ctx: Context<'info, MigrateAccount<'info>>) -> Result<()> {
        instructions::migrate_account(ctx)
    }

    /// Takes a price into the volatility estimate of an underlying.
    pub fn sample_volatility(ctx: Context<SampleVolatility>) -> Result<()> {
        instructions::sample_volatility(ctx)
    }

    /// Accrues funding of all series and measures net asset value anew.
    pub fn refresh_pool<'info>(ctx: Context<'info, RefreshPool<'info>>) -> Result<()> {
        instructions::refresh_pool(ctx)
    }

    /// Moves insurance's income from the main vault to its own.
    pub fn sweep_insurance(ctx: Context<SweepInsurance>) -> Result<()> {
        instructions::sweep_insurance(ctx)
    }

    /// Compares vaults and mint with ledgers and policy: assigns what was seized, marks the pool as distressed or ends that.
    pub fn sync_vault(ctx: Context<SyncVault>) -> Result<()> {
        instructions::sync_vault(ctx)
    }
}
