//! A conditional order.

use super::{MarginAccount, Pool};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::{Leg, LossIndex, OrderTerms},
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// An order of a margin account. Seeds: `order`, margin account, number.
#[account]
#[derive(InitSpace, Debug)]
pub struct Order {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Number within its account.
    pub number: u64,
    /// The pool.
    pub pool: Pubkey,
    /// The margin account.
    pub account: Pubkey,
    /// Gets the rent back.
    pub payer: Pubkey,
    /// Who placed it.
    pub trader: Pubkey,
    /// Unix seconds at which it was placed: only later prices commit it.
    pub placed_at: i64,
    /// Whether its trade is committed and waits for its price.
    pub committed: bool,
    /// What it asks for.
    pub terms: OrderTerms,
    /// Seizures that the tip has already borne: share left, 2^−63, and epoch.
    pub loss_factor: u64,
    /// See `loss_factor`.
    pub loss_epoch: u32,
    /// Zero, for later versions.
    pub reserved: [u8; 32],
}

impl OrderTerms {
    /// The legs and the limit for an account as it stands, `legs` being the order's on their series: of an order that only reduces,
    /// as much as closes the position, with the limit in proportion, rounded up; `None` when there is nothing to reduce.
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

/// `limit · part / whole`, rounded up; part and whole have one sign.
fn in_proportion(limit: i64, part: i64, whole: i64) -> Result<i64> {
    use evergreen_math::Rounding::{Ceil, Floor};
    let rounding = if limit < 0 { Floor } else { Ceil };
    let size = Native(limit.unsigned_abs()).mul_div(part.unsigned_abs(), whole.unsigned_abs(), rounding).program()?;
    let size = size.to_delta().program()?;
    Ok(if limit < 0 { size.checked_neg().program()?.0 } else { size.0 })
}

impl Order {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;

    /// Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        Ok(())
    }

    /// Errors: `CommitmentOpen` while its trade waits for its price.
    pub fn check_waiting(&self) -> Result<()> {
        ensure!(!self.committed, CommitmentOpen, "order {}", self.number);
        Ok(())
    }

    /// Whether who placed it may still trade for the account.
    pub fn is_of_trader(&self, account: &MarginAccount) -> bool {
        account.check_trader(&self.trader).is_ok()
    }

    /// What is left of the tip after the pool's losses by seizure, native units, rounded down.
    pub fn tip(&self, pool: &Pool) -> Result<Native> {
        let borne = LossIndex { factor: self.loss_factor, epoch: self.loss_epoch, padding: 0 };
        borne.claim(self.terms.tip, pool.loss_index).map(Native)
    }
}
