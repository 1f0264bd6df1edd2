//! Losses of a vault's tokens: who bears them, and what is left of a claim.
//!
//! A loss is borne in two steps ([`assign`]). First *bearers* take it, ledgers one after the other, each to its last unit:
//! insurance, fees, capital. Then all *claims* on the vault bear the rest in the same proportion: cash of accounts, executed
//! withdrawals. Claims are many and lie in as many accounts, so each is scaled down when its account is next opened; their sums,
//! which are the ledgers, are scaled at once.
//!
//! [`LossIndex`] is the running product of the shares that losses have left of a claim. Sums are rounded up and claims down, so
//! that the claims of a ledger never exceed the ledger in sum, and fall short of it by at most one unit a claim and one a loss.

use crate::error::{MathError, MathResult};
use crate::units::Native;

/// The share that is left of claims after all losses so far: `factor · 2^−63 · 2^−32·epoch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossIndex {
    /// Mantissa: from 2^31 to 2^63.
    pub factor: u64,
    /// How often 2^32 was taken out of the mantissa. A claim that is two or more epochs old is worth nothing.
    pub epoch: u32,
}

/// A mantissa of one: nothing is lost.
const ONE: u64 = 1 << 63;
/// The least mantissa; a smaller one begins the next epoch.
const LEAST: u64 = 1 << 31;
/// Binary digits between two epochs.
const EPOCH_BITS: u32 = 32;

impl LossIndex {
    /// The index before any loss.
    pub const NONE: Self = Self { factor: ONE, epoch: 0 };

    /// Returns the index after a loss that leaves `left` of claims of `all`, rounded down. When nothing measurable is left, all
    /// earlier claims are worth nothing. Errors: `Domain` for more left than there was and for no claims, `Overflow` after 2^31
    /// total losses.
    #[inline(never)]
    fn after(self, left: u64, all: u64) -> MathResult<Self> {
        if left > all || all == 0 {
            return Err(MathError::Domain);
        }
        let product = u128::from(self.factor).checked_mul(left.into()).ok_or(MathError::Overflow)?;
        let factor = narrow(product.checked_div(all.into()).ok_or(MathError::DivisionByZero)?)?;
        if factor >= LEAST {
            return Ok(Self { factor, ..self });
        }
        // This is the same with 32 more digits: left / all in 2^−64 (it is far below one), times the mantissa, times 2^32.
        let share = (u128::from(left) << 64).checked_div(all.into()).ok_or(MathError::DivisionByZero)?;
        let product = u128::from(self.factor).checked_mul(share).ok_or(MathError::Overflow)?;
        let factor = narrow(product >> EPOCH_BITS)?;
        let (factor, epochs) = if factor >= LEAST { (factor, 1) } else { (ONE, 2) };
        Ok(Self { factor, epoch: self.epoch.checked_add(epochs).ok_or(MathError::Overflow)? })
    }

    /// Returns the index after a payment that leaves `left` of claims of `all`, rounded up, so that claims are together no less than `left`. Errors: those of a loss.
    pub fn after_payment(self, left: Native, all: Native) -> MathResult<Self> {
        let down = self.after(left.0, all.0)?;
        // Nothing is left, or all; less than 2^-64 of it is less than a unit.
        let is_exact = left.0 == 0 || left == all || down.epoch > self.epoch.saturating_add(1);
        Ok(if is_exact { down } else { Self { factor: down.factor.saturating_add(1), ..down } })
    }

    /// Returns numerator and denominator of the share that the losses between `self` and `now` have left, or zero if that is too
    /// little to be measured.
    fn left_since(self, now: Self) -> (u128, u128) {
        match now.epoch.checked_sub(self.epoch) {
            Some(0) => (now.factor.into(), self.factor.into()),
            Some(1) => (now.factor.into(), u128::from(self.factor) << EPOCH_BITS),
            _ => (0, 1),
        }
    }

    /// Returns what is left at `now` of a claim that has borne all losses up to `self`, in native units, rounded down.
    /// A `now` of an earlier epoch leaves nothing. Errors: `Domain` for a `now` that lies before `self` in the same epoch.
    pub fn claim(self, amount: Native, now: Self) -> MathResult<Native> {
        let (left, of) = self.left_since(now);
        if left > of {
            return Err(MathError::Domain);
        }
        let product = u128::from(amount.0).checked_mul(left).ok_or(MathError::Overflow)?;
        narrow(product.checked_div(of).ok_or(MathError::DivisionByZero)?).map(Native)
    }

    /// Returns what is left at `now` of a sum of claims, in native units, rounded up. It is no less than what is left of the claims.
    /// A `now` of an earlier epoch leaves nothing. Errors: `Domain` for a `now` that lies before `self` in the same epoch.
    pub fn sum(self, amount: Native, now: Self) -> MathResult<Native> {
        self.left((amount, 0), now).map(|(left, _)| left)
    }

    /// As [`Self::sum`], of `amount` native units less `part` units of 2^−32 of one. Returns in units of 2^−32 as well by how much the sum is rounded up, that itself rounded down. Of nothing less a part nothing is left. Errors: those of
    /// a sum.
    #[inline(never)]
    pub fn left(self, (amount, part): (Native, u32), now: Self) -> MathResult<(Native, u32)> {
        const UNIT: u128 = 1 << 32;
        let (left, of) = self.left_since(now);
        if left > of {
            return Err(MathError::Domain);
        }
        let (whole, fraction) = match part {
            0 => (amount.0, 0),
            _ if amount.0 == 0 => (0, 0),
            _ => (amount.0.saturating_sub(1), UNIT.saturating_sub(part.into())),
        };
        // `of` is below 2^95 and `left` no greater, so each product is below 2^127.
        let product = u128::from(whole).checked_mul(left).ok_or(MathError::Overflow)?;
        let units = product.checked_div(of).ok_or(MathError::DivisionByZero)?;
        let rest = product.saturating_sub(units.saturating_mul(of));
        let rest = rest.checked_mul(UNIT).and_then(|rest| rest.checked_add(fraction.checked_mul(left)?));
        let parts = rest.ok_or(MathError::Overflow)?.div_ceil(of);
        let up = parts.div_ceil(UNIT);
        let rounded = up.saturating_mul(UNIT).saturating_sub(parts);
        let sum = units.checked_add(up).ok_or(MathError::Overflow)?;
        Ok((narrow(sum).map(Native)?, u32::try_from(rounded).map_err(|_| MathError::Overflow)?))
    }
}

fn narrow(number: u128) -> MathResult<u64> {
    u64::try_from(number).map_err(|_| MathError::Overflow)
}

/// Assigns a loss of `shortfall` native units to `bearers` in their order and then to `claims` in proportion, and returns the loss
/// index that follows `loss_index`. Bearers and claims add up to exactly `shortfall` less than before; what the rounding of claims
/// leaves over, less than one unit a claim ledger beside the resolution of the mantissa, goes to the last bearer.
///
/// Errors: `Domain` for a loss larger than all bearers and claims (nothing is changed), `Overflow`.
pub fn assign(
    shortfall: Native,
    bearers: &mut [Native],
    claims: &mut [Native],
    loss_index: LossIndex,
) -> MathResult<LossIndex> {
    let total = |ledgers: &[Native]| ledgers.iter().try_fold(0u64, |sum, l| sum.checked_add(l.0));
    let claimed = total(claims).ok_or(MathError::Overflow)?;
    let borne = total(bearers).ok_or(MathError::Overflow)?;
    if shortfall.0 > borne.checked_add(claimed).ok_or(MathError::Overflow)? {
        return Err(MathError::Domain);
    }
    let mut missing = shortfall.0;
    for bearer in bearers.iter_mut() {
        let taken = bearer.0.min(missing);
        *bearer = Native(bearer.0.saturating_sub(taken));
        missing = missing.saturating_sub(taken);
    }
    if missing == 0 {
        return Ok(loss_index);
    }
    let left = claimed.saturating_sub(missing);
    // Each ledger is rounded up, and one unit of each is kept back for that.
    let kept = u64::try_from(claims.len()).map_err(|_| MathError::Overflow)?;
    let now = loss_index.after(left.saturating_sub(kept), claimed)?;
    for claim in claims.iter_mut() {
        *claim = loss_index.sum(*claim, now)?;
    }
    let sum = total(claims).ok_or(MathError::Overflow)?;
    let over = left.checked_sub(sum).ok_or(MathError::Overflow)?;
    let last = bearers.last_mut().ok_or(MathError::Domain)?;
    *last = last.checked_add(Native(over))?;
    Ok(now)
}
