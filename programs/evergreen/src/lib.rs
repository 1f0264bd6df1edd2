//! Evergreen: perpetual options on BTC and ETH, margined in tokenized stocks.
//!
//! The instruction list below shows the whole product; each entry calls the handler that implements it. The
//! `evergreen-math` crate, which this program shares with the client library, computes every amount.
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
// Anchor's macros generate undocumented items beside each documented one; the modules that are written by hand turn the
// lint on again.
#![allow(missing_docs)]
// Anchor's error type is large by design.
#![allow(clippy::result_large_err)]

pub mod engine;
pub mod errors;
pub mod events;
#[cfg(all(target_os = "solana", feature = "custom-heap", not(feature = "no-entrypoint")))]
mod heap;
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
    Action, Change, NoticeCause, OrderTerms, PoolCaps, PoolParams, PoolTerms, Roles, SeriesId, SeriesSpec, ShareClass,
    UnderlyingConfig,
};
pub use types::{Leg, OptionLeg};

declare_id!("EVGfdd2g3ufUDV4z2Cguz6pV8PY5yQnA8msY3jFshkdJ");

// A build contains this only if it is given the contact; see docs/building.md.
#[cfg(all(not(feature = "no-entrypoint"), security_contact))]
solana_security_txt::security_txt! {
    name: "Evergreen",
    project_url: env!("EVERGREEN_PROJECT_URL"),
    contacts: env!("EVERGREEN_SECURITY_CONTACT"),
    policy: env!("EVERGREEN_SECURITY_POLICY")
}

/// The instructions of the program.
#[program]
pub mod evergreen {
    use super::*;

    // Admin and guardian.

    /// Creates the protocol account and its roles. The program's upgrade authority signs.
    pub fn initialize_protocol(ctx: Context<InitializeProtocol>, roles: Roles) -> Result<()> {
        instructions::initialize_protocol(ctx, roles)
    }

    /// Creates an underlying: price source, volatility, strike grid, shocks. The admin signs.
    pub fn create_underlying(ctx: Context<CreateUnderlying>, config: UnderlyingConfig) -> Result<()> {
        instructions::create_underlying(ctx, config)
    }

    /// Creates a pool for a collateral mint, with registry, vaults and share mints. Its creator signs and becomes its curator, for a pool of the protocol the
    /// admin.
    pub fn create_pool<'info>(
        ctx: Context<'info, CreatePool<'info>>,
        terms: PoolTerms,
        params: PoolParams,
    ) -> Result<()> {
        instructions::create_pool(ctx, terms, params)
    }

    /// Pauses an action for `seconds` from now; zero ends the pause. The guardian or the admin signs.
    pub fn set_pause(ctx: Context<SetPause>, action: Action, seconds: u32) -> Result<()> {
        instructions::set_pause(ctx, action, seconds)
    }

    /// Proposes a change of parameters or roles. The admin signs, for a curated pool its curator.
    pub fn propose<'info>(ctx: Context<'info, Propose<'info>>, id: u64, change: Change) -> Result<()> {
        instructions::propose(ctx, id, change)
    }

    /// Announces a proposed change after its timelock, and makes it two minutes later. Anyone may call it.
    pub fn execute_proposal<'info>(ctx: Context<'info, ExecuteProposal<'info>>) -> Result<()> {
        instructions::execute_proposal(ctx)
    }

    /// Cancels a proposal. The guardian or the admin signs, for a curated pool the guardian or who proposed it.
    pub fn cancel_proposal(ctx: Context<CancelProposal>) -> Result<()> {
        instructions::cancel_proposal(ctx)
    }

    /// Makes the pending admin the admin. The pending admin signs.
    pub fn accept_admin(ctx: Context<AcceptAdmin>) -> Result<()> {
        instructions::accept_admin(ctx)
    }

    /// Makes the pending curator of a pool its curator. The pending curator signs.
    pub fn accept_curator(ctx: Context<TightenPool>) -> Result<()> {
        instructions::accept_curator(ctx)
    }

    /// Lowers caps of a pool at once. The guardian or the curator signs.
    pub fn tighten_pool(ctx: Context<TightenPool>, caps: PoolCaps) -> Result<()> {
        instructions::tighten_pool(ctx, caps)
    }

    /// Stops new risk, liquidity and series of a pool at once. The guardian or the curator signs.
    pub fn halt_pool(ctx: Context<TightenPool>) -> Result<()> {
        instructions::halt_pool(ctx)
    }

    /// Announces that a private pool that is halted buys back what is left of its options, three days from now. The curator signs.
    pub fn announce_buyback(ctx: Context<TightenPool>) -> Result<()> {
        instructions::announce_buyback(ctx)
    }

    /// Pays protocol fees to the fee owner. Anyone may call it.
    pub fn collect_fees<'info>(ctx: Context<'info, CollectFees<'info>>) -> Result<()> {
        instructions::collect_fees(ctx)
    }

    /// Pays a pool's curator the curator's fees, in a pool of the protocol the fee owner. Anyone may call it.
    pub fn collect_curator_fees<'info>(ctx: Context<'info, CollectFees<'info>>) -> Result<()> {
        instructions::collect_curator_fees(ctx)
    }

    // Liquidity providers.

    /// Pays `amount` native units in for shares of a class, with the ledgers and at the first prices of the first full minute that follows this by a delay; they
    /// come back if these are fewer than `min_shares`. `id` is the next number of the owner's counter.
    pub fn request_deposit(
        ctx: Context<RequestDeposit>,
        id: u64,
        class: ShareClass,
        amount: u64,
        min_shares: u64,
    ) -> Result<()> {
        instructions::request_deposit(ctx, id, class, amount, min_shares)
    }

    /// Mints the shares of a deposit, or sets its tokens aside for its owner. Anyone may call it.
    pub fn execute_deposit<'info>(ctx: Context<'info, ExecuteDeposit<'info>>) -> Result<()> {
        instructions::execute_deposit(ctx)
    }

    /// Burns shares and makes a withdrawal request, which takes the next place in the queue of its class. It is executed for no less than
    /// `least` native units. `id` is the next number of the owner's counter.
    pub fn request_withdrawal(
        ctx: Context<RequestWithdrawal>,
        id: u64,
        class: ShareClass,
        shares: u64,
        least: u64,
    ) -> Result<()> {
        instructions::request_withdrawal(ctx, id, class, shares, least)
    }

    /// Executes the first withdrawal request of a class, as far as reserves and the daily limit allow; soon after a full minute, in the main class at
    /// the first prices after it; then so many more that follow it, at one valuation. Anyone may call it.
    pub fn execute_withdrawal<'info>(ctx: Context<'info, ExecuteWithdrawal<'info>>, more: u8) -> Result<()> {
        instructions::execute_withdrawal(ctx, more)
    }

    /// Cancels a withdrawal request of the signer: shares that are not executed come back.
    pub fn cancel_withdrawal(ctx: Context<CancelWithdrawal>) -> Result<()> {
        instructions::cancel_withdrawal(ctx)
    }

    /// Pays the owner of a withdrawal what its execution has set aside, or of a deposit what was given back. Anyone may call it.
    pub fn claim_liquidity<'info>(ctx: Context<'info, ClaimLiquidity<'info>>) -> Result<()> {
        instructions::claim_liquidity(ctx)
    }

    /// Burns shares of an earlier generation for their part of what is left.
    pub fn redeem_retired<'info>(ctx: Context<'info, RedeemRetired<'info>>, shares: u64) -> Result<()> {
        instructions::redeem_retired(ctx, shares)
    }

    /// Retires the shares of a class whose capital is spent, and begins new ones. Anyone may call it.
    pub fn renew_shares(ctx: Context<RenewShares>, class: ShareClass) -> Result<()> {
        instructions::renew_shares(ctx, class)
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

    /// Sets the delegate, who may trade for the owner but never withdraw.
    pub fn set_delegate(ctx: Context<SetDelegate>, delegate: Option<Pubkey>, allowance: u64) -> Result<()> {
        instructions::set_delegate(ctx, delegate, allowance)
    }

    /// Takes a number of the owner's counter, so that the transaction which this instruction is a part of happens once.
    pub fn take_number(ctx: Context<TakeNumber>, number: u64) -> Result<()> {
        instructions::take_number(ctx, number)
    }

    /// Deposits `amount` native units as cash of an account.
    pub fn deposit_margin(ctx: Context<DepositMargin>, amount: u64) -> Result<()> {
        instructions::deposit_margin(ctx, amount)
    }

    /// Withdraws `amount` native units of cash, as far as initial health allows. An account without positions needs no price,
    /// and `u64::MAX` withdraws all its cash.
    pub fn withdraw_margin<'info>(ctx: Context<'info, WithdrawMargin<'info>>, amount: u64) -> Result<()> {
        instructions::withdraw_margin(ctx, amount)
    }

    /// Commits a trade of one to four legs with one net limit. The first price published after the commitment fills it.
    pub fn commit_trade<'info>(ctx: Context<'info, CommitTrade<'info>>, number: u64, terms: TradeTerms) -> Result<()> {
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

    /// Commits the trade of an order whose condition holds, or cancels an order that has expired or that its account cannot bear.
    pub fn commit_order<'info>(ctx: Context<'info, CommitOrder<'info>>) -> Result<()> {
        instructions::commit_order(ctx)
    }

    /// Fills a committed trade at the first price published after the commitment, or ends the commitment.
    pub fn fill_trade<'info>(ctx: Context<'info, FillTrade<'info>>) -> Result<()> {
        instructions::fill_trade(ctx)
    }

    /// Pays the referrer of an account the referrer's share of its fees.
    pub fn claim_referral<'info>(ctx: Context<'info, ClaimReferral<'info>>) -> Result<()> {
        instructions::claim_referral(ctx)
    }

    /// Lists a series on the strike grid.
    pub fn list_series<'info>(ctx: Context<'info, ListSeries<'info>>, request: SeriesSpec) -> Result<()> {
        instructions::list_series(ctx, request)
    }

    /// Frees the slot of a series that has no open interest and no commitments.
    pub fn retire_series(ctx: Context<RetireSeries>, series: SeriesId) -> Result<()> {
        instructions::retire_series(ctx, series)
    }

    /// Exercises a series for everybody once the price has reached its cap.
    pub fn exercise_series<'info>(ctx: Context<'info, ExerciseSeries<'info>>, series: SeriesId) -> Result<()> {
        instructions::exercise_series(ctx, series)
    }

    /// Settles an account's positions in exercised series.
    pub fn settle_positions(ctx: Context<SettlePositions>) -> Result<()> {
        instructions::settle_positions(ctx)
    }

    /// Closes positions of an account below maintenance margin, until target health is restored.
    pub fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, legs: Vec<Leg>) -> Result<()> {
        instructions::liquidate(ctx, legs)
    }

    /// Covers the negative cash of an account without positions: insurance pays first, then the main pool.
    pub fn absorb_bad_debt(ctx: Context<AbsorbBadDebt>) -> Result<()> {
        instructions::absorb_bad_debt(ctx)
    }

    /// Sells bought options of an account at the bid, as many as make its negative cash good.
    pub fn close_for_cash<'info>(ctx: Context<'info, ForcedClose<'info>>, series: SeriesId) -> Result<()> {
        instructions::close_for_cash(ctx, series)
    }

    /// Gives notice that positions of a series can be closed in ten minutes: it has to give way to others who want its place, or more of it is
    /// written than bought.
    pub fn give_notice(ctx: Context<GiveNotice>, series: SeriesId, cause: NoticeCause) -> Result<()> {
        instructions::give_notice(ctx, series, cause)
    }

    /// Closes a position, after notice: at the bid, in a series that pays too little for a place that others want, or for what it is worth and a
    /// premium, where the pool is wound down and buys back what is left.
    pub fn close_for_place<'info>(
        ctx: Context<'info, ForcedClose<'info>>,
        series: SeriesId,
        cause: NoticeCause,
    ) -> Result<()> {
        instructions::close_for_place(ctx, series, cause)
    }

    /// Closes `points` of an account's written options, at the bid, after notice, in a series of which more is written than bought.
    pub fn auto_deleverage<'info>(
        ctx: Context<'info, ForcedClose<'info>>,
        series: SeriesId,
        points: u64,
    ) -> Result<()> {
        instructions::auto_deleverage(ctx, series, points)
    }

    /// Upgrades an account of an earlier layout version to the present one.
    pub fn migrate_account(ctx: Context<MigrateAccount>) -> Result<()> {
        instructions::migrate_account(ctx)
    }

    /// Records that nobody has sampled an underlying for a day; seven days later, unless somebody has, its series can be ended.
    pub fn report_silence(ctx: Context<ReportSilence>) -> Result<()> {
        instructions::report_silence(ctx)
    }

    /// Ends a series of an underlying whose feed has ended for good: positions are paid what they were worth at its last sample.
    pub fn end_series<'info>(ctx: Context<'info, ExerciseSeries<'info>>, series: SeriesId) -> Result<()> {
        instructions::end_series(ctx, series)
    }

    /// Adds a price to the volatility estimate of an underlying.
    pub fn sample_volatility(ctx: Context<SampleVolatility>) -> Result<()> {
        instructions::sample_volatility(ctx)
    }

    /// Applies the points of funding of an underlying to its series in `count` slots from `first` on. Anyone may call it; it reads no price.
    pub fn accrue_funding(ctx: Context<AccrueFunding>, first: u8, count: u8) -> Result<()> {
        instructions::accrue_funding(ctx, first, count)
    }

    /// Accrues funding of all series and values the pool anew.
    pub fn refresh_pool<'info>(ctx: Context<'info, RefreshPool<'info>>) -> Result<()> {
        instructions::refresh_pool(ctx)
    }

    /// Moves the income of insurance from the main vault to the insurance vault.
    pub fn sweep_insurance<'info>(ctx: Context<'info, SweepInsurance<'info>>) -> Result<()> {
        instructions::sweep_insurance(ctx)
    }

    /// Compares the vaults with the ledgers and the mint with the mint policy: assigns losses by seizure, and marks the pool as
    /// distressed or as no longer distressed.
    pub fn sync_vault(ctx: Context<SyncVault>) -> Result<()> {
        instructions::sync_vault(ctx)
    }
}
