//! Events for every state change. All balances and positions can be rebuilt from them.
//!
//! Amounts are in native units of the collateral. A signed amount is a change from the view of the account named.

#![warn(missing_docs)]

mod governance;
mod liquidity;
mod orders;

pub use governance::*;
pub use liquidity::*;
pub use orders::*;

use crate::types::{Action, MAX_UNDERLYINGS, NoticeCause, PoolParams, SeriesId, UnderlyingConfig};
use anchor_lang::prelude::*;

/// Emits an event on chain. Off chain, where the client library computes quotes, no event is emitted.
#[macro_export]
macro_rules! emit_event {
    ($event:expr) => {{
        #[cfg(any(target_os = "solana", target_arch = "bpf"))]
        anchor_lang::prelude::emit!($event);
        #[cfg(not(any(target_os = "solana", target_arch = "bpf")))]
        let _ = $event;
    }};
}

/// The protocol was created.
#[event]
#[derive(Clone, Debug)]
pub struct ProtocolInitialized {
    /// This is the admin.
    pub admin: Pubkey,
    /// This is the guardian.
    pub guardian: Pubkey,
    /// This is the owner of protocol fees.
    pub fee_owner: Pubkey,
    /// These are the seconds between a proposal of roles and its execution; other proposals wait at least as long.
    pub timelock: u32,
}

/// An action was paused, or its pause ended.
#[event]
#[derive(Clone, Debug)]
pub struct PauseChanged {
    /// This is the action.
    pub action: Action,
    /// These are the unix seconds at which the pause began.
    pub since: i64,
    /// These are the unix seconds at which the pause ends.
    pub until: i64,
    /// This is the guardian or admin who signed.
    pub by: Pubkey,
}

/// An underlying was created.
#[event]
#[derive(Clone, Debug)]
pub struct UnderlyingCreated {
    /// This is the account of the underlying.
    pub underlying: Pubkey,
    /// These are its name, feed, price source and parameters.
    pub config: UnderlyingConfig,
    /// It is the price at which the volatility estimate begins, dollars 64.64.
    pub price: i128,
}

/// A volatility sample was taken.
#[event]
#[derive(Clone, Debug)]
pub struct VolatilitySampled {
    /// This is the underlying.
    pub underlying: Pubkey,
    /// This is the price sampled, dollars 64.64.
    pub price: i128,
    /// This is the fast average of annual variance: squared log returns per year, 64.64.
    pub fast_variance: i128,
    /// This is the slow average of the same, 64.64.
    pub slow_variance: i128,
    /// Volatility of marks of the shortest tenor, 64.64.
    pub front_sigma: i128,
    /// Volatility of marks of the longest tenor, 64.64.
    pub back_sigma: i128,
}

/// The first price after a grid time was too uncertain to be sampled: no trade waits for that sample.
#[event]
#[derive(Clone, Debug)]
pub struct SamplePassedOver {
    /// This is the underlying.
    pub underlying: Pubkey,
    /// This is the grid time, unix seconds.
    pub grid_time: i64,
    /// This is the price, dollars 64.64.
    pub price: i128,
    /// This is the half-width of its confidence interval, dollars 64.64.
    pub confidence: i128,
}

/// A pool was created.
#[event]
#[derive(Clone, Debug)]
pub struct PoolCreated {
    /// This is its account.
    pub pool: Pubkey,
    /// This is its collateral.
    pub mint: Pubkey,
    /// It is who created it and is its curator; the default key for a pool of the protocol.
    pub creator: Pubkey,
    /// This is its number among the creator's pools of the mint.
    pub number: u16,
    /// This says whether only the curator, and whom they sign for, provide liquidity.
    pub private: bool,
    /// It is the first deposit of the main class, which stays.
    pub seed: u64,
    /// These are its underlyings in order.
    pub underlyings: Vec<Pubkey>,
    /// This is the exponent e: one point pays 10^−e native units per dollar.
    pub scale_exponent: u8,
    /// These are the decimals of the collateral.
    pub decimals: u8,
    /// These are its parameters.
    pub params: PoolParams,
    /// These are the oldest prices that its fees cover, seconds, by underlying.
    pub max_ages: [u32; MAX_UNDERLYINGS],
}

/// A margin account was opened.
#[event]
#[derive(Clone, Debug)]
pub struct MarginAccountOpened {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the account.
    pub account: Pubkey,
    /// This is its owner.
    pub owner: Pubkey,
    /// This is the number of the sub-account.
    pub sub_account: u16,
    /// It is who gets a part of the protocol's share of its fees; the default key for nobody.
    pub referrer: Pubkey,
}

/// A margin account was closed.
#[event]
#[derive(Clone, Debug)]
pub struct MarginAccountClosed {
    /// This is the account.
    pub account: Pubkey,
    /// It is the unclaimed share of the referrer, which became protocol fees.
    pub referral_forfeited: u64,
    /// These are the arrears that are forgiven: nothing is left that could pay them.
    pub arrears_forgiven: u64,
}

/// The delegate of an account changed.
#[event]
#[derive(Clone, Debug)]
pub struct DelegateChanged {
    /// This is the account.
    pub account: Pubkey,
    /// This is the delegate; the default key for nobody.
    pub delegate: Pubkey,
    /// It is what the delegate's trades may cost in tips, fees and penalties from now on.
    pub allowance: u64,
}

/// Tokens came into, or left, an account's cash.
#[event]
#[derive(Clone, Debug)]
pub struct MarginMoved {
    /// This is the account.
    pub account: Pubkey,
    /// This is the change of cash.
    pub amount: i64,
    /// This is the cash afterwards.
    pub cash: i64,
}

/// A series was listed.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesListed {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the series.
    pub series: SeriesId,
    /// This is the place of the underlying in the pool's list.
    pub underlying: u8,
    /// It is 0 for a call, 1 for a put.
    pub kind: u8,
    /// This is the strike in whole dollars.
    pub strike: u64,
    /// This is the tenor in seconds.
    pub tenor: u32,
}

/// A series' slot became free.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesRetired {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the series.
    pub series: SeriesId,
}

/// Notice was given that positions of a series can be closed against their owners' will.
#[event]
#[derive(Clone, Debug)]
pub struct NoticeGiven {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the series.
    pub series: SeriesId,
    /// This says why.
    pub cause: NoticeCause,
    /// This is in unix seconds. Positions are closed at the first prices that are published after it.
    pub moment: i64,
}

/// A series reached its cap and was exercised for everybody.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesExercised {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the series.
    pub series: SeriesId,
    /// This is the price, dollars 64.64.
    pub spot: i128,
    /// This is the final funding index, 2^−40 dollars.
    pub funding_index: i128,
}

/// Nobody has sampled an underlying for a day. Its series can be ended from then on that the event names, unless somebody samples it before: a
/// [`VolatilitySampled`] ends the silence.
#[event]
#[derive(Clone, Debug)]
pub struct SilenceReported {
    /// This is the underlying.
    pub underlying: Pubkey,
    /// This is the moment of the report, in unix seconds.
    pub since: i64,
    /// These are the unix seconds from which its series can be ended.
    pub ends_at: i64,
}

/// A series was ended for everybody, because its feed has ended for good.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesEnded {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the series.
    pub series: SeriesId,
    /// It is what each point pays, dollars 64.64: its value at the last sample.
    pub payoff: i128,
    /// This is the final funding index, 2^−40 dollars.
    pub funding_index: i128,
}

/// Funding of a position was settled.
#[event]
#[derive(Clone, Debug)]
pub struct FundingSettled {
    /// This is the account.
    pub account: Pubkey,
    /// This is the series.
    pub series: SeriesId,
    /// This is the change of cash; negative when funding was paid.
    pub amount: i64,
}

/// A position of a series that has ended was paid.
#[event]
#[derive(Clone, Debug)]
pub struct PositionSettled {
    /// This is the account.
    pub account: Pubkey,
    /// This is the series.
    pub series: SeriesId,
    /// These are the points settled.
    pub points: i64,
    /// This is the change of cash.
    pub amount: i64,
}

/// A leg of a trade or liquidation was filled.
#[event]
#[derive(Clone, Debug)]
pub struct LegFilled {
    /// This is the account.
    pub account: Pubkey,
    /// This is the series.
    pub series: SeriesId,
    /// This is the change of the position, in points.
    pub points: i64,
    /// This is the position afterwards, in points.
    pub position: i64,
    /// This is the change of cash by the premium.
    pub premium: i64,
    /// This is the pool's net delta on the underlying afterwards.
    pub net_delta: i64,
    /// Fee paid. The main class gets what the parts below leave.
    pub fee: u64,
    /// This is the insurance's part of the fee.
    pub fee_insurance: u64,
    /// This is the protocol's part of the fee.
    pub fee_protocol: u64,
    /// This is the referrer's part of the fee.
    pub fee_referrer: u64,
    /// This is the curator's part of the fee.
    pub fee_curator: u64,
    /// This is the volatility of the quote, 64.64.
    pub sigma: i128,
    /// This is the spot price, dollars 64.64.
    pub spot: i128,
}

/// A trade was filled, or a position was closed by `close_for_cash`, `close_for_place` or `auto_deleverage`.
#[event]
#[derive(Clone, Debug)]
pub struct Traded {
    /// This is the account.
    pub account: Pubkey,
    /// It is the owner of the account for a filled trade, whose [`TradeCommitted`] names the trader; otherwise the keeper who closed the
    /// position.
    pub trader: Pubkey,
    /// This is the change of cash by all legs, fees included.
    pub net: i64,
    /// This is the cash afterwards.
    pub cash: i64,
    /// This is the pool cash afterwards.
    pub pool_cash: i64,
    /// These are the reserves afterwards.
    pub reserved_collateral: u64,
}

/// An account below maintenance margin was liquidated.
#[event]
#[derive(Clone, Debug)]
pub struct Liquidated {
    /// This is the account.
    pub account: Pubkey,
    /// This is the liquidator's margin account.
    pub liquidator: Pubkey,
    /// Penalty paid by the account.
    pub penalty: u64,
    /// This is the reward of the liquidator: a part of the penalty, and what insurance adds. Insurance gets the rest of the penalty.
    pub reward: u64,
    /// This is the part of the reward that insurance added.
    pub from_insurance: u64,
    /// This is the maintenance health before.
    pub health_before: i64,
    /// This is the target health afterwards, the penalty taken.
    pub health_after: i64,
    /// This is the cash afterwards.
    pub cash: i64,
}

/// Negative cash of an account without positions was covered.
#[event]
#[derive(Clone, Debug)]
pub struct BadDebtAbsorbed {
    /// This is the account.
    pub account: Pubkey,
    /// It is the amount that insurance paid.
    pub from_insurance: u64,
    /// It is the amount that the main class paid.
    pub from_pool: u64,
}

/// A distressed pool could not pay all of what an instruction owed an account. The pool keeps the rest.
#[event]
#[derive(Clone, Debug)]
pub struct PaymentCut {
    /// This is the account.
    pub account: Pubkey,
    /// It is what the account goes without.
    pub amount: u64,
}

/// A pool may not pay all of the funding that it owes an account, or pays what stayed owed before: so much went from the account's cash to what it is owed beside its positions.
#[event]
#[derive(Clone, Debug)]
pub struct PaymentOwed {
    /// This is the account.
    pub account: Pubkey,
    /// It is what stays owed, in native units; negative where it is paid.
    pub amount: i64,
}
