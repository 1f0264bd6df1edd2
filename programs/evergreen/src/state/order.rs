//! A conditional order.

use super::MarginAccount;
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::{Leg, LossIndex, OrderTerms},
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// An order of a margin account. Seeds: `order`, margin account, number.
#[cfg_attr(feature = "idl-build", account)]
#[cfg_attr(not(feature = "idl-build"), derive(AnchorSerialize, AnchorDeserialize, Clone))]
#[derive(InitSpace, Debug)]
pub struct Order {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// This is the number within its account.
    pub number: u64,
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the margin account.
    pub account: Pubkey,
    /// Who paid the rent of this account and gets it back.
    pub payer: Pubkey,
    /// This is the owner or delegate who placed the order.
    pub trader: Pubkey,
    /// These are the unix seconds at which the order was placed. Only prices that are published later can commit it.
    pub placed_at: i64,
    /// This says whether the trade of the order is committed and waits for its price.
    pub committed: bool,
    /// It is the margin account whose stake is on that commitment, and which earns the tip; the default key where the owner has committed it.
    pub committer: Pubkey,
    /// These are the terms of the order.
    pub terms: OrderTerms,
    /// It is the factor of the loss index up to which the tip has borne losses, in units of 2^−63.
    pub loss_factor: u64,
    /// This is the epoch of that loss index.
    pub loss_epoch: u32,
    /// It is zero, for later versions.
    pub reserved: [u8; 32],
}
super::stored::stored!(Order, [134, 173, 223, 185, 77, 86, 28, 51]);

impl OrderTerms {
    /// Returns the legs and the limit of the order for an account as it stands. `legs` are the order's legs on their series.
    ///
    /// If the order only reduces and is larger than the position, the leg is cut to the position and the limit, in native units,
    /// falls in proportion, rounded up. Returns `None` when there is nothing to reduce.
    pub fn for_account(&self, legs: Vec<Leg>, account: &MarginAccount) -> Result<Option<(Vec<Leg>, i64)>> {
        let (true, [leg]) = (self.reduce_only, legs.as_slice()) else {
            return Ok(Some((legs, self.min_net)));
        };
        let held = account.find(leg.series).map_or(0, |place| account.positions[place].points);
        if held == 0 || (held < 0) == (leg.points < 0) {
            return Ok(None);
        }
        if leg.points.unsigned_abs() <= held.unsigned_abs() {
            return Ok(Some((legs, self.min_net)));
        }
        let all = leg.points;
        let points = held.checked_neg().ok_or(EvergreenError::Overflow)?;
        let limit = if self.min_net == i64::MIN { i64::MIN } else { in_proportion(self.min_net, points, all)? };
        Ok(Some((vec![Leg { points, ..*leg }], limit)))
    }
}

/// Returns `limit · part / whole`, rounded up. `part` and `whole` have the same sign.
pub(crate) fn in_proportion(limit: i64, part: i64, whole: i64) -> Result<i64> {
    use evergreen_math::Rounding::{Ceil, Floor};
    let rounding = if limit < 0 { Floor } else { Ceil };
    let size = Native(limit.unsigned_abs()).mul_div(part.unsigned_abs(), whole.unsigned_abs(), rounding).program()?;
    let size = size.to_delta().program()?;
    Ok(if limit < 0 { size.checked_neg().program()?.0 } else { size.0 })
}

impl Order {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;

    /// Checks the layout version. Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        super::check_version(self.version)
    }

    /// Checks that the trade of the order is not committed. Errors: `CommitmentOpen`.
    pub fn check_waiting(&self) -> Result<()> {
        ensure!(!self.committed, CommitmentOpen, "order {}", self.number);
        Ok(())
    }

    /// Returns the margin account whose stake is on the commitment.
    pub fn committer(&self) -> Option<Pubkey> {
        Some(self.committer).filter(|key| self.committed && *key != Pubkey::default())
    }

    /// Returns whether the trader who placed the order may still trade for the account.
    pub fn is_of_trader(&self, account: &MarginAccount) -> bool {
        account.check_trader(&self.trader).is_ok()
    }

    /// Returns what is left of the tip after the losses by seizure up to `now`, in native units, rounded down.
    pub fn tip(&self, now: LossIndex) -> Result<Native> {
        let borne = LossIndex { factor: self.loss_factor, epoch: self.loss_epoch, padding: 0 };
        borne.claim(self.terms.tip, now).map(Native)
    }
}
