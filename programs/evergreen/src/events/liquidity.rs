//! Events of liquidity providers, vaults and fees.

use crate::types::{MAX_UNDERLYINGS, ReturnReason, ShareClass, VaultLedgers};
use anchor_lang::prelude::*;

/// Liquidity was deposited.
#[event]
#[derive(Clone, Debug)]
pub struct LiquidityDeposited {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class.
    pub class: ShareClass,
    /// This is the provider of the liquidity.
    pub provider: Pubkey,
    /// It is the number of the request, which is over.
    pub id: u64,
    /// This is the amount.
    pub amount: u64,
    /// These are the shares minted.
    pub shares: u64,
    /// It is what all shares were worth before, upper bound less what is not earned yet.
    pub assets: i64,
}

/// Tokens were paid in for shares, which are minted after a full minute.
#[event]
#[derive(Clone, Debug)]
pub struct DepositRequested {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class.
    pub class: ShareClass,
    /// This is the number of the request.
    pub id: u64,
    /// This is its owner.
    pub owner: Pubkey,
    /// This is the amount.
    pub amount: u64,
    /// It is the least number of shares that it takes.
    pub min_shares: u64,
    /// It is the token account that receives the shares.
    pub shares_to: Pubkey,
    /// This is the full minute of it, unix seconds: it is executed within twenty seconds after.
    pub minute: i64,
}

/// A deposit was not executed; its tokens are set aside for its owner to claim.
#[event]
#[derive(Clone, Debug)]
pub struct DepositReturned {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class.
    pub class: ShareClass,
    /// This is the number of the request.
    pub id: u64,
    /// This is its owner.
    pub owner: Pubkey,
    /// This says why.
    pub reason: ReturnReason,
    /// It is what the owner can claim; less than what was paid in also by losses through seizures since.
    pub amount: u64,
    /// It is what stays with the providers.
    pub fee: u64,
}

/// Shares were burnt and a withdrawal request was made.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalRequested {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class.
    pub class: ShareClass,
    /// This is the withdrawal's number.
    pub number: u64,
    /// This is the number of the request.
    pub id: u64,
    /// This is its owner.
    pub owner: Pubkey,
    /// These are the shares burnt.
    pub shares: u64,
    /// It is the least that these shares must be worth to be executed.
    pub least: u64,
}

/// A withdrawal request was cancelled by its owner.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalCancelled {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class of the shares.
    pub class: ShareClass,
    /// This is the place in the class's queue.
    pub number: u64,
    /// This is the owner.
    pub owner: Pubkey,
    /// These are the shares that were waiting.
    pub shares: u64,
    /// These are the shares of them that have come back; the gains of the others are their holders'.
    pub back: u64,
}

/// The queue has gone on without its first withdrawal request: it was cancelled, or worth less than its least amount, once or too often.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalPassed {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class of the shares.
    pub class: ShareClass,
    /// This is its place in the class's queue before.
    pub number: u64,
    /// This is its new place, at the end; `None` for one that was cancelled, or has left the queue and waits for its owner to cancel it.
    pub place: Option<u64>,
}

/// A withdrawal was executed, in full or in part.
#[event]
#[derive(Clone, Debug)]
pub struct WithdrawalExecuted {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class.
    pub class: ShareClass,
    /// This is the withdrawal's number.
    pub number: u64,
    /// These are the shares executed.
    pub shares: u64,
    /// This is the amount set aside for the owner.
    pub amount: u64,
    /// It is what all shares were worth before, lower bound.
    pub assets: i64,
}

/// An amount that a withdrawal or a deposit has set aside was paid.
#[event]
#[derive(Clone, Debug)]
pub struct LiquidityClaimed {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class.
    pub class: ShareClass,
    /// This is the place of a withdrawal in the class's queue; `None` for a deposit.
    pub number: Option<u64>,
    /// This is the number of the request.
    pub id: u64,
    /// This is its owner.
    pub owner: Pubkey,
    /// This is the amount.
    pub amount: u64,
    /// This says whether the request is over and its account closed.
    pub closed: bool,
}

/// Insurance's income was moved from the main vault to its own.
#[event]
#[derive(Clone, Debug)]
pub struct InsuranceSwept {
    /// This is the pool.
    pub pool: Pubkey,
    /// What has left one vault for the other; positive from the main vault to the insurance vault.
    pub amount: i64,
}

/// Protocol fees were paid out.
#[event]
#[derive(Clone, Debug)]
pub struct FeesCollected {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the amount.
    pub amount: u64,
}

/// The curator's fees were paid out.
#[event]
#[derive(Clone, Debug)]
pub struct CuratorFeesCollected {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is who got them: the curator, or the fee owner in a pool of the protocol.
    pub owner: Pubkey,
    /// This is the amount.
    pub amount: u64,
}

/// Points of funding were applied to a part of a registry.
#[event]
#[derive(Clone, Debug)]
pub struct FundingAccrued {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the underlying.
    pub underlying: Pubkey,
    /// This is the first slot.
    pub first: u8,
    /// This is the number of slots.
    pub count: u8,
    /// This is the number of live series of the underlying with open interest in them.
    pub series: u8,
}

/// All series of a pool were valued.
#[event]
#[derive(Clone, Debug)]
pub struct PoolRefreshed {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the net asset value at the mark; none where not all prices were passed that it needs.
    pub assets: Option<i64>,
    /// These are the reserves.
    pub reserved_collateral: u64,
    /// This is the net delta by underlying, native units.
    pub net_deltas: [i64; MAX_UNDERLYINGS],
    /// This is the carry of this half-hour by underlying, in millionths a year.
    pub carries: [i32; MAX_UNDERLYINGS],
}

/// Tokens missing in the vaults were assigned to those who bear the loss, or what was sent to the main vault made good what the pool was short of.
#[event]
#[derive(Clone, Debug)]
pub struct VaultSynced {
    /// This is the pool.
    pub pool: Pubkey,
    /// These are the ledgers before.
    pub before: VaultLedgers,
    /// These are the ledgers afterwards.
    pub after: VaultLedgers,
}

/// An account bore its part of losses by seizure.
#[event]
#[derive(Clone, Debug)]
pub struct LossApplied {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the owner of the account.
    pub owner: Pubkey,
    /// This is the number of the sub-account.
    pub sub_account: u16,
    /// This is the cash lost.
    pub cash_lost: u64,
    /// This is the loss of the referrer's unclaimed share.
    pub referral_lost: u64,
    /// This is the loss of the tip of the account's commitment.
    pub tip_lost: u64,
}

/// A pool became distressed, or is no longer distressed.
#[event]
#[derive(Clone, Debug)]
pub struct DistressChanged {
    /// This is the pool.
    pub pool: Pubkey,
    /// This says whether the pool is distressed now.
    pub distressed: bool,
}

/// The capital of a class was spent: its shares were retired, and a new generation began.
#[event]
#[derive(Clone, Debug)]
pub struct SharesRenewed {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class.
    pub class: ShareClass,
    /// It is the generation of the shares that were retired.
    pub generation: u32,
    /// This is their number, those of withdrawal requests included.
    pub shares: u64,
    /// What is left for them.
    pub amount: u64,
}

/// Shares of an earlier generation were redeemed for their part of what is left.
#[event]
#[derive(Clone, Debug)]
pub struct RetiredRedeemed {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the class of the shares.
    pub class: ShareClass,
    /// This is the generation of the shares.
    pub generation: u32,
    /// This is their owner.
    pub owner: Pubkey,
    /// These are the shares burnt.
    pub shares: u64,
    /// Amount paid.
    pub amount: u64,
    /// This says whether these were the last shares, and the account of the generation is closed.
    pub closed: bool,
}
