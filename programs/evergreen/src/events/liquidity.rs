//! Events of liquidity providers, vaults and fees.

use crate::types::{MAX_UNDERLYINGS, ReturnReason, ShareClass, VaultLedgers};
use anchor_lang::prelude::*;

/// Liquidity was deposited.
#[event]
#[derive(Clone, Debug)]
pub struct LiquidityDeposited {
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// Provider of the liquidity.
    pub provider: Pubkey,
    /// Number of the request, which is over.
    pub id: u64,
    /// Amount.
    pub amount: u64,
    /// Shares minted.
    pub shares: u64,
    /// What all shares were worth before, upper bound less what is not earned yet.
    pub assets: i64,
}

/// Tokens were paid in for shares, which are minted after a full minute.
#[event]
#[derive(Clone, Debug)]
pub struct DepositRequested {
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// Number of the request.
    pub id: u64,
    /// Its owner.
    pub owner: Pubkey,
    /// Amount.
    pub amount: u64,
    /// The least number of shares that it takes.
    pub min_shares: u64,
    /// Token account that receives the shares.
    pub shares_to: Pubkey,
    /// The full minute of it, unix seconds: it is executed within twenty seconds after.
    pub minute: i64,
}

/// A deposit was not executed; its tokens are set aside for its owner to claim.
#[event]
#[derive(Clone, Debug)]
pub struct DepositReturned {
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// Number of the request.
    pub id: u64,
    /// Its owner.
    pub owner: Pubkey,
    /// Why.
    pub reason: ReturnReason,
    /// What the owner can claim; less than what was paid in also by losses through seizures since.
    pub amount: u64,
    /// What stays with the providers.
    pub fee: u64,
}

/// Shares were burnt and a withdrawal request was made.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalRequested {
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// The withdrawal's number.
    pub number: u64,
    /// Number of the request.
    pub id: u64,
    /// Its owner.
    pub owner: Pubkey,
    /// Shares burnt.
    pub shares: u64,
    /// The least that these shares must be worth to be executed.
    pub least: u64,
}

/// A withdrawal request was cancelled by its owner.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalCancelled {
    /// The pool.
    pub pool: Pubkey,
    /// Class of the shares.
    pub class: ShareClass,
    /// Place in the class's queue.
    pub number: u64,
    /// Owner.
    pub owner: Pubkey,
    /// Shares that were waiting.
    pub shares: u64,
    /// Shares of them that have come back; the gains of the others are their holders'.
    pub back: u64,
}

/// The queue has gone on without its first withdrawal request: it was cancelled, or worth less than its least amount, once or too often.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalPassed {
    /// The pool.
    pub pool: Pubkey,
    /// Class of the shares.
    pub class: ShareClass,
    /// Its place in the class's queue before.
    pub number: u64,
    /// Its new place, at the end; `None` for one that was cancelled, or has left the queue and waits for its owner to cancel it.
    pub place: Option<u64>,
}

/// A withdrawal was executed, in full or in part.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalExecuted {
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// The withdrawal's number.
    pub number: u64,
    /// Shares executed.
    pub shares: u64,
    /// Amount set aside for the owner.
    pub amount: u64,
    /// What all shares were worth before, lower bound.
    pub assets: i64,
}

/// An amount that a withdrawal or a deposit has set aside was paid.
#[event]
#[derive(Clone, Debug)]
pub struct LiquidityClaimed {
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// Place of a withdrawal in the class's queue; `None` for a deposit.
    pub number: Option<u64>,
    /// Number of the request.
    pub id: u64,
    /// Its owner.
    pub owner: Pubkey,
    /// Amount.
    pub amount: u64,
    /// Whether the request is over and its account closed.
    pub closed: bool,
}

/// Insurance's income was moved from the main vault to its own.
#[event]
#[derive(Clone, Debug)]
pub struct InsuranceSwept {
    /// The pool.
    pub pool: Pubkey,
    /// What has left one vault for the other; positive from the main vault to the insurance vault.
    pub amount: i64,
}

/// Protocol fees were paid out.
#[event]
#[derive(Clone, Debug)]
pub struct FeesCollected {
    /// The pool.
    pub pool: Pubkey,
    /// Amount.
    pub amount: u64,
}

/// The curator's fees were paid out.
#[event]
#[derive(Clone, Debug)]
pub struct CuratorFeesCollected {
    /// The pool.
    pub pool: Pubkey,
    /// Who got them: the curator, or the fee owner in a pool of the protocol.
    pub owner: Pubkey,
    /// Amount.
    pub amount: u64,
}

/// Points of funding were applied to a part of a registry.
#[event]
#[derive(Clone, Debug)]
pub struct FundingAccrued {
    /// The pool.
    pub pool: Pubkey,
    /// The underlying.
    pub underlying: Pubkey,
    /// First slot.
    pub first: u8,
    /// Number of slots.
    pub count: u8,
    /// Number of live series of the underlying with open interest in them.
    pub series: u8,
}

/// All series of a pool were valued.
#[event]
#[derive(Clone, Debug)]
pub struct PoolRefreshed {
    /// The pool.
    pub pool: Pubkey,
    /// Net asset value at the mark; none where not all prices were passed that it needs.
    pub assets: Option<i64>,
    /// Reserves.
    pub reserved_collateral: u64,
    /// Net delta by underlying, native units.
    pub net_deltas: [i64; MAX_UNDERLYINGS],
    /// Carry of this half-hour by underlying, in millionths a year.
    pub carries: [i32; MAX_UNDERLYINGS],
}

/// Tokens missing in the vaults were assigned to those who bear the loss.
#[event]
#[derive(Clone, Debug)]
pub struct VaultSynced {
    /// The pool.
    pub pool: Pubkey,
    /// Ledgers before.
    pub before: VaultLedgers,
    /// Ledgers afterwards.
    pub after: VaultLedgers,
}

/// An account bore its part of losses by seizure.
#[event]
#[derive(Clone, Debug)]
pub struct LossApplied {
    /// The pool.
    pub pool: Pubkey,
    /// Owner of the account.
    pub owner: Pubkey,
    /// Number of the sub-account.
    pub sub_account: u16,
    /// Cash lost.
    pub cash_lost: u64,
    /// Loss of the referrer's unclaimed share.
    pub referral_lost: u64,
    /// Loss of the tip of the account's commitment.
    pub tip_lost: u64,
}

/// A pool became distressed, or is no longer distressed.
#[event]
#[derive(Clone, Debug)]
pub struct DistressChanged {
    /// The pool.
    pub pool: Pubkey,
    /// Whether the pool is distressed now.
    pub distressed: bool,
}

/// The capital of a class was spent: its shares were retired, and a new generation began.
#[event]
#[derive(Clone, Debug)]
pub struct SharesRenewed {
    /// The pool.
    pub pool: Pubkey,
    /// The class.
    pub class: ShareClass,
    /// Generation of the shares that were retired.
    pub generation: u32,
    /// Their number, those of withdrawal requests included.
    pub shares: u64,
    /// What is left for them.
    pub amount: u64,
}

/// Shares of an earlier generation were redeemed for their part of what is left.
#[event]
#[derive(Clone, Debug)]
pub struct RetiredRedeemed {
    /// The pool.
    pub pool: Pubkey,
    /// Class of the shares.
    pub class: ShareClass,
    /// Generation of the shares.
    pub generation: u32,
    /// Their owner.
    pub owner: Pubkey,
    /// Shares burnt.
    pub shares: u64,
    /// Amount paid.
    pub amount: u64,
    /// Whether these were the last shares, and the account of the generation is closed.
    pub closed: bool,
}
