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
    /// Admin.
    pub admin: Pubkey,
    /// Guardian.
    pub guardian: Pubkey,
    /// Owner of protocol fees.
    pub fee_owner: Pubkey,
    /// Seconds between a proposal and its execution.
    pub timelock: u32,
}

/// An action was paused, or its pause ended.
#[event]
#[derive(Clone, Debug)]
pub struct PauseChanged {
    /// The action.
    pub action: Action,
    /// Unix seconds at which the pause began.
    pub since: i64,
    /// Unix seconds at which the pause ends.
    pub until: i64,
    /// The guardian or admin who signed.
    pub by: Pubkey,
}

/// An underlying was created.
#[event]
#[derive(Clone, Debug)]
pub struct UnderlyingCreated {
    /// Account of the underlying.
    pub underlying: Pubkey,
    /// Name, feed, price source and parameters.
    pub config: UnderlyingConfig,
    /// Price at which the volatility estimate begins, dollars 64.64.
    pub price: i128,
}

/// A volatility sample was taken.
#[event]
#[derive(Clone, Debug)]
pub struct VolatilitySampled {
    /// The underlying.
    pub underlying: Pubkey,
    /// Price sampled, dollars 64.64.
    pub price: i128,
    /// Fast average of annual variance: squared log returns per year, 64.64.
    pub fast_variance: i128,
    /// Slow average of the same, 64.64.
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
    /// The underlying.
    pub underlying: Pubkey,
    /// The grid time, unix seconds.
    pub grid_time: i64,
    /// The price, dollars 64.64.
    pub price: i128,
    /// Half-width of its confidence interval, dollars 64.64.
    pub confidence: i128,
}

/// A pool was created.
#[event]
#[derive(Clone, Debug)]
pub struct PoolCreated {
    /// Its account.
    pub pool: Pubkey,
    /// Its collateral.
    pub mint: Pubkey,
    /// Who created it and is its curator; the default key for a pool of the protocol.
    pub creator: Pubkey,
    /// Its number among the creator's pools of the mint.
    pub number: u16,
    /// Whether only the curator, and whom they sign for, provide liquidity.
    pub private: bool,
    /// First deposit of the main class, which stays.
    pub seed: u64,
    /// Its underlyings in order.
    pub underlyings: Vec<Pubkey>,
    /// The exponent e: one point pays 10^−e native units per dollar.
    pub scale_exponent: u8,
    /// Decimals of the collateral.
    pub decimals: u8,
    /// Its parameters.
    pub params: PoolParams,
    /// Oldest prices that its fees cover, seconds, by underlying.
    pub max_ages: [u32; MAX_UNDERLYINGS],
}

/// A margin account was opened.
#[event]
#[derive(Clone, Debug)]
pub struct MarginAccountOpened {
    /// The pool.
    pub pool: Pubkey,
    /// The account.
    pub account: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Number of the sub-account.
    pub sub_account: u16,
    /// Who gets a part of the protocol's share of its fees; the default key for nobody.
    pub referrer: Pubkey,
}

/// A margin account was closed.
#[event]
#[derive(Clone, Debug)]
pub struct MarginAccountClosed {
    /// The account.
    pub account: Pubkey,
    /// Unclaimed share of the referrer, which became protocol fees.
    pub referral_forfeited: u64,
    /// Arrears that are forgiven: nothing is left that could pay them.
    pub arrears_forgiven: u64,
}

/// The delegate of an account changed.
#[event]
#[derive(Clone, Debug)]
pub struct DelegateChanged {
    /// The account.
    pub account: Pubkey,
    /// The delegate; the default key for nobody.
    pub delegate: Pubkey,
    /// What the delegate's trades may cost in tips and fees from now on.
    pub allowance: u64,
}

/// Tokens came into, or left, an account's cash.
#[event]
#[derive(Clone, Debug)]
pub struct MarginMoved {
    /// The account.
    pub account: Pubkey,
    /// Change of cash.
    pub amount: i64,
    /// Cash afterwards.
    pub cash: i64,
}

/// A series was listed.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesListed {
    /// The pool.
    pub pool: Pubkey,
    /// The series.
    pub series: SeriesId,
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// 0 for a call, 1 for a put.
    pub kind: u8,
    /// Strike in whole dollars.
    pub strike: u64,
    /// Tenor in seconds.
    pub tenor: u32,
}

/// A series' slot became free.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesRetired {
    /// The pool.
    pub pool: Pubkey,
    /// The series.
    pub series: SeriesId,
}

/// Notice was given that positions of a series can be closed against their owners' will.
#[event]
#[derive(Clone, Debug)]
pub struct NoticeGiven {
    /// The pool.
    pub pool: Pubkey,
    /// The series.
    pub series: SeriesId,
    /// Why.
    pub cause: NoticeCause,
    /// Unix seconds. Positions are closed at the first prices that are published after it.
    pub moment: i64,
}

/// A series reached its cap and was exercised for everybody.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesExercised {
    /// The pool.
    pub pool: Pubkey,
    /// The series.
    pub series: SeriesId,
    /// Price, dollars 64.64.
    pub spot: i128,
    /// Final funding index, 2^−40 dollars.
    pub funding_index: i128,
}

/// Nobody has sampled an underlying for a day. Its series can be ended from then on that the event names, unless somebody samples it before: a
/// [`VolatilitySampled`] ends the silence.
#[event]
#[derive(Clone, Debug)]
pub struct SilenceReported {
    /// The underlying.
    pub underlying: Pubkey,
    /// Unix seconds of the report.
    pub since: i64,
    /// Unix seconds from which its series can be ended.
    pub ends_at: i64,
}

/// A series was ended for everybody, because its feed has ended for good.
#[event]
#[derive(Clone, Debug)]
pub struct SeriesEnded {
    /// The pool.
    pub pool: Pubkey,
    /// The series.
    pub series: SeriesId,
    /// What each point pays, dollars 64.64: its value at the last sample.
    pub payoff: i128,
    /// Final funding index, 2^−40 dollars.
    pub funding_index: i128,
}

/// Funding of a position was settled.
#[event]
#[derive(Clone, Debug)]
pub struct FundingSettled {
    /// The account.
    pub account: Pubkey,
    /// The series.
    pub series: SeriesId,
    /// Change of cash; negative when funding was paid.
    pub amount: i64,
}

/// A position of a series that has ended was paid.
#[event]
#[derive(Clone, Debug)]
pub struct PositionSettled {
    /// The account.
    pub account: Pubkey,
    /// The series.
    pub series: SeriesId,
    /// Points settled.
    pub points: i64,
    /// Change of cash.
    pub amount: i64,
}

/// A leg of a trade or liquidation was filled.
#[event]
#[derive(Clone, Debug)]
pub struct LegFilled {
    /// The account.
    pub account: Pubkey,
    /// The series.
    pub series: SeriesId,
    /// Change of the position, in points.
    pub points: i64,
    /// Position afterwards, in points.
    pub position: i64,
    /// Change of cash by the premium.
    pub premium: i64,
    /// The pool's net delta on the underlying afterwards.
    pub net_delta: i64,
    /// Fee paid. The main class gets what the parts below leave.
    pub fee: u64,
    /// Insurance's part of the fee.
    pub fee_insurance: u64,
    /// The protocol's part of the fee.
    pub fee_protocol: u64,
    /// The referrer's part of the fee.
    pub fee_referrer: u64,
    /// The curator's part of the fee.
    pub fee_curator: u64,
    /// Volatility of the quote, 64.64.
    pub sigma: i128,
    /// Spot price, dollars 64.64.
    pub spot: i128,
}

/// A trade was filled, or a position was closed by `close_for_cash`, `close_for_place` or `auto_deleverage`.
#[event]
#[derive(Clone, Debug)]
pub struct Traded {
    /// The account.
    pub account: Pubkey,
    /// Owner of the account for a filled trade, whose [`TradeCommitted`] names the trader; otherwise the keeper who closed the
    /// position.
    pub trader: Pubkey,
    /// Change of cash by all legs, fees included.
    pub net: i64,
    /// Cash afterwards.
    pub cash: i64,
    /// Pool cash afterwards.
    pub pool_cash: i64,
    /// Reserves afterwards.
    pub reserved_collateral: u64,
}

/// An account below maintenance margin was liquidated.
#[event]
#[derive(Clone, Debug)]
pub struct Liquidated {
    /// The account.
    pub account: Pubkey,
    /// The liquidator's margin account.
    pub liquidator: Pubkey,
    /// Penalty paid by the account.
    pub penalty: u64,
    /// Reward of the liquidator: a part of the penalty, and what insurance adds. Insurance gets the rest of the penalty.
    pub reward: u64,
    /// Part of the reward that insurance added.
    pub from_insurance: u64,
    /// Maintenance health before.
    pub health_before: i64,
    /// Target health afterwards, the penalty taken.
    pub health_after: i64,
    /// Cash afterwards.
    pub cash: i64,
}

/// Negative cash of an account without positions was covered.
#[event]
#[derive(Clone, Debug)]
pub struct BadDebtAbsorbed {
    /// The account.
    pub account: Pubkey,
    /// Amount that insurance paid.
    pub from_insurance: u64,
    /// Amount that the main class paid.
    pub from_pool: u64,
}

/// A distressed pool could not pay all of what an instruction owed an account. The pool keeps the rest.
#[event]
#[derive(Clone, Debug)]
pub struct PaymentCut {
    /// The account.
    pub account: Pubkey,
    /// What the account goes without.
    pub amount: u64,
}

/// A pool may not pay all of the funding that it owes an account, or pays what stayed owed before: so much went from the account's cash to what it is owed beside its positions.
#[event]
#[derive(Clone, Debug)]
pub struct PaymentOwed {
    /// The account.
    pub account: Pubkey,
    /// What stays owed, in native units; negative where it is paid.
    pub amount: i64,
}
