//! Inventory: how the pool's own position moves its prices.
//!
//! A trade pays, beside the option's value, the change of a potential `Φ` of the pool's net short cap payoff `X` on that
//! underlying and direction (calls and puts apart):
//!
//! ```text
//! Φ(X) = 0                  X ≤ 0
//!      = κ · X² / (2·D)     0 < X < D
//!      = κ · (X − D/2)      X ≥ D
//! ```
//!
//! `D` is the inventory depth, the pool's capital as it was last measured. The marginal price of one option is hence
//! raised by `κ · X/D` of its cap payoff; for a trade within the quadratic part, `X` is the midpoint of before and after.
//!
//! What was collected is held until it is refunded, in a ledger `H`, because depth and net short cap payoff also change
//! without a trade (a new valuation, an exercise), and nobody pays for that change of `Φ`. A trade that lowers `Φ` from `Φ₀` to
//! `Φ₁` gets `(Φ₀ − Φ₁) · min(1, H/Φ₀)`: no more than was collected, and the same share of its charge as everybody else.
//!
//! While nothing but trades changes `D` and `X`, `H = Φ(X)`. Because `Φ` is a function of the pool's state alone and is evaluated
//! in whole units, the charges of any sequence of trades, of whatever series and sizes, then add up to `Φ(last) − Φ(first)` **to the
//! unit**: splitting a trade changes nothing and every round trip costs exactly zero beyond fees and roundings. Otherwise a round
//! trip costs at least zero, because a charge is `ΔΦ` and a refund at most that. A mark-up on volatility cannot promise that.
//! With `σ·(1 + κ·x)`, buying A, then B, then selling A, then B gains `κ·a·b·(ν_A − ν_B)` whenever A has more vega per
//! cap payoff than B; buying at once and selling in pieces gains wherever the value is convex in σ; and a holder
//! pays funding on the plain time value while the mark includes the raised one. The potential has none of these weaknesses: it
//! depends on neither spot nor time, so a holder gets its charge back if depth and net short cap payoff are the same again.
//!
//! This needs a `D` that trades do not move. Pool cash is unsuitable, because a premium raises it. Use the pool's net asset value
//! at the last valuation of the registry, which a trade at fair value does not change.

use crate::error::{MathError, MathResult};
use crate::units::{BasisPoints, Native, NativeDelta, Rounding};

/// Inventory pricing of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// `κ`: an option is dearer by this share of its cap payoff when the net short cap payoff equals the depth.
    pub kappa: BasisPoints,
    /// `D`, native units. If it is zero, the full `κ` applies whenever the net short cap payoff is positive.
    pub depth: Native,
    /// `H`, native units: charges that were collected and are neither refunded nor released.
    pub held: Native,
}

impl Inventory {
    /// No inventory pricing.
    pub const NONE: Self = Self { kappa: BasisPoints::ZERO, depth: Native::ZERO, held: Native::ZERO };

    /// Returns `Φ` at a net short cap payoff, native units, rounded down. It is non-decreasing and, but for the rounding,
    /// convex, and its slope never exceeds `κ`. Errors: `InvalidParameter` for a `κ` above 100 %, `Overflow`.
    pub fn potential(&self, net_short_cap_payoff: NativeDelta) -> MathResult<Native> {
        if self.kappa > BasisPoints::ONE {
            return Err(MathError::InvalidParameter);
        }
        let x = u128::from(net_short_cap_payoff.positive_part().0);
        let depth = u128::from(self.depth.0);
        let kappa = u128::from(self.kappa.0);
        // This is X²/(2D), or X − D/2 beyond the depth, as a whole part and a rest over the divisor.
        let (whole, rest, divisor) = if x < depth {
            let divisor = depth.saturating_mul(2);
            let square = x.checked_mul(x).ok_or(MathError::Overflow)?;
            let whole = square.checked_div(divisor).ok_or(MathError::DivisionByZero)?;
            (whole, square.saturating_sub(whole.saturating_mul(divisor)), divisor)
        } else {
            let twice = x.saturating_mul(2).saturating_sub(depth);
            (twice >> 1, twice & 1, 2)
        };
        // whole < 2^63, rest < divisor < 2^65 and κ < 2^14, so nothing comes near 2^128. A floor of a floor is the floor.
        let of_rest = rest.saturating_mul(kappa).checked_div(divisor).ok_or(MathError::DivisionByZero)?;
        let parts = whole.saturating_mul(kappa).saturating_add(of_rest);
        let potential = parts.checked_div(u128::from(BasisPoints::ONE_U64)).ok_or(MathError::DivisionByZero)?;
        u64::try_from(potential).map(Native).map_err(|_| MathError::Overflow)
    }

    /// Returns what a trade pays that moves the pool's net short cap payoff from `before` to `after`, native units: `Φ(after) −
    /// Φ(before)` where that is positive. A trade that lowers `Φ` is paid (a negative result) its share of what is held, rounded down,
    /// at most the change of `Φ`. Errors: as [`potential`](Self::potential).
    pub fn charge(&self, before: NativeDelta, after: NativeDelta) -> MathResult<NativeDelta> {
        if self.kappa.is_zero() || before == after {
            return Ok(NativeDelta::ZERO);
        }
        let (was, is) = (self.potential(before)?, self.potential(after)?);
        if is >= was {
            return is.checked_sub(was)?.to_delta();
        }
        let change = was.checked_sub(is)?;
        let refund = self.held.min(was).mul_div(change.0, was.0, Rounding::Floor)?;
        refund.to_delta()?.checked_neg()
    }

    /// Returns what stays held, native units, after the net short cap payoff moves from `before` to `after` without a trade, as by an
    /// exercise: the share of what is held that `Φ` keeps, rounded up; all of it where `Φ` does not fall. Errors: as
    /// [`potential`](Self::potential).
    pub fn kept(&self, before: NativeDelta, after: NativeDelta) -> MathResult<Native> {
        let (was, is) = (self.potential(before)?, self.potential(after)?);
        if is >= was { Ok(self.held) } else { self.held.mul_div(is.0, was.0, Rounding::Ceil) }
    }
}
