//! Fees, their split, the oracle-latency floor and the liquidation penalty.

use crate::error::{MathError, MathResult};
use crate::units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds};
use crate::wide::{div_word, signed, times_word};
use core::num::NonZeroU64;

/// Trading fees of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeParams {
    /// On the notional of what a trade opens.
    pub open: BasisPoints,
    /// On the notional of what a trade closes.
    pub close: BasisPoints,
    /// No fee is a larger share of the option's value than this.
    pub cap_of_value: BasisPoints,
}

impl Default for FeeParams {
    /// 5 and 3 basis points, at most 12.5 % of the option's value.
    fn default() -> Self {
        Self { open: BasisPoints(5), close: BasisPoints(3), cap_of_value: BasisPoints(1_250) }
    }
}

impl FeeParams {
    /// Errors: `InvalidParameter` when opening and closing together pay less than two choices among the prices valid at
    /// one moment are worth ([`latency_floor`] each). A round trip chooses twice and pays both fees, so it is their sum
    /// that has to cover; the cap at a share of the value leaves that cover in place (see the mathematics document).
    pub fn check_latency_floor(&self, floor: BasisPoints) -> MathResult<()> {
        let round_trip = u32::from(self.open.0).saturating_add(u32::from(self.close.0));
        let needed = u32::from(floor.0).saturating_mul(2);
        if round_trip < needed { Err(MathError::InvalidParameter) } else { Ok(()) }
    }
}

/// Fee on one unit of the index in dollars: `min(rate · price, cap · value)`, both rounded up by less than 2^−64.
/// The minimum is taken here, once for all sizes, so that splitting a trade never makes its fee smaller.
/// Errors: `Domain` for a negative price or value, `Overflow`.
pub fn fee_per_unit(
    price: Dollars,
    value: Dollars,
    rate: BasisPoints,
    cap_of_value: BasisPoints,
) -> MathResult<Dollars> {
    let of_notional = share_ceil(price, rate)?;
    let of_value = share_ceil(value, cap_of_value)?;
    Ok(of_notional.min(of_value))
}

/// Fee of a trade of `points` (of either sign) at `per_unit` dollars: native units, rounded up, at least one unit unless
/// nothing is traded. Errors: `Domain` for a negative fee, `Overflow`.
pub fn trade_fee(points: Points, per_unit: Dollars, scale: PointScale) -> MathResult<Native> {
    if per_unit.is_negative() {
        return Err(MathError::Domain);
    }
    if points.is_zero() {
        return Ok(Native::ZERO);
    }
    let fee = scale.native(points.size()?, per_unit, Rounding::Ceil)?.positive_part();
    Ok(fee.max(Native(1)))
}

/// `amount · share` rounded up. Errors: `Domain` for a negative amount, `Overflow`.
fn share_ceil(amount: Dollars, share: BasisPoints) -> MathResult<Dollars> {
    if amount.is_negative() {
        return Err(MathError::Domain);
    }
    const WHOLE: NonZeroU64 = NonZeroU64::MIN.saturating_add(BasisPoints::ONE_U64 - 1);
    let product = times_word(amount.to_bits().unsigned_abs(), u64::from(share.0)).ok_or(MathError::Overflow)?;
    let (quotient, rest) = div_word(product, WHOLE);
    let bits = quotient.checked_add(u128::from(rest != 0)).and_then(|bits| signed(false, bits));
    bits.map(Dollars::from_bits).ok_or(MathError::Overflow)
}

/// How fees are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSplit {
    main: BasisPoints,
    insurance: BasisPoints,
    protocol: BasisPoints,
}

impl Default for FeeSplit {
    /// 60 % main pool, 25 % insurance, 15 % protocol.
    fn default() -> Self {
        Self { main: BasisPoints(6_000), insurance: BasisPoints(2_500), protocol: BasisPoints(1_500) }
    }
}

/// A fee divided; the parts add up to it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeParts {
    /// For the main pool.
    pub main: Native,
    /// For the insurance pool.
    pub insurance: Native,
    /// For the protocol, the referrer's part included.
    pub protocol: Native,
}

impl FeeSplit {
    /// Errors: `InvalidParameter` unless the shares sum to 100 %.
    pub const fn new(main: BasisPoints, insurance: BasisPoints, protocol: BasisPoints) -> MathResult<Self> {
        // Three times 65,535 fits.
        let sum = (main.0 as u32).saturating_add(insurance.0 as u32).saturating_add(protocol.0 as u32);
        if sum != BasisPoints::ONE.0 as u32 {
            return Err(MathError::InvalidParameter);
        }
        Ok(Self { main, insurance, protocol })
    }

    /// Main pool's share.
    pub const fn main(&self) -> BasisPoints {
        self.main
    }

    /// Divides a fee: insurance and protocol rounded down, the main pool gets the rest, so it gets at least its share
    /// and at most two units more. Errors: none for a fee below 2^64.
    pub fn split(&self, fee: Native) -> MathResult<FeeParts> {
        let insurance = fee.share(self.insurance, Rounding::Floor)?;
        let protocol = fee.share(self.protocol, Rounding::Floor)?;
        let main = fee.checked_sub(insurance)?.checked_sub(protocol)?;
        Ok(FeeParts { main, insurance, protocol })
    }
}

/// Divides the protocol's part of a fee: (referrer's, protocol's), the referrer's rounded down. They add up exactly.
/// Errors: `InvalidParameter` for a share above 100 %.
pub fn split_referral(protocol: Native, referrer_share: BasisPoints) -> MathResult<(Native, Native)> {
    if referrer_share > BasisPoints::ONE {
        return Err(MathError::InvalidParameter);
    }
    let referrer = protocol.share(referrer_share, Rounding::Floor)?;
    Ok((referrer, protocol.checked_sub(referrer)?))
}

/// Least fee that covers the choice among all prices valid at one moment: `1.5 · σ · √age`, the age in years of 365 days,
/// rounded up to a basis point. (Brownian motion's expected maximum over that age is 0.8 σ√age and its range 1.6 σ√age;
/// the choice is of one side.)
/// Errors: `VolatilityOutOfRange` for a volatility below zero or above 400 %, `Overflow` above 655 %.
pub fn latency_floor(sigma_max_expected: Ratio, max_price_age: Seconds) -> MathResult<BasisPoints> {
    if sigma_max_expected.is_negative() || sigma_max_expected > Ratio::from_int(4) {
        return Err(MathError::VolatilityOutOfRange);
    }
    // 15,000·σ in 2^−32, rounded up: below 2^48, so its square times 2^32 seconds stays below 2^128.
    let sigma = (sigma_max_expected.to_bits().unsigned_abs() >> 32).saturating_add(1);
    let sigma = if sigma_max_expected.to_bits() & 0xffff_ffff == 0 { sigma.saturating_sub(1) } else { sigma };
    let scaled = sigma.checked_mul(15_000).ok_or(MathError::Overflow)?;
    let square = scaled.checked_mul(scaled).and_then(|s| s.checked_mul(u128::from(max_price_age.0)));
    // Square of the basis points, in 2^−64.
    let square = square.ok_or(MathError::Overflow)?.div_ceil(u128::from(Seconds::YEAR.0));
    let root = square.isqrt();
    let root = if root.checked_mul(root) == Some(square) { root } else { root.saturating_add(1) };
    let basis_points = root.div_ceil(1 << 32);
    u16::try_from(basis_points).map(BasisPoints).map_err(|_| MathError::Overflow)
}

/// Penalty of a liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PenaltyParams {
    /// On the notional closed.
    pub rate: BasisPoints,
    /// At most this share of the equity that is left, and of the health that is gained.
    pub equity_cap: BasisPoints,
    /// The liquidator's share; the rest is the insurance pool's.
    pub liquidator: BasisPoints,
}

impl Default for PenaltyParams {
    /// 0.4 % of notional, at most 20 % of the equity, half to the liquidator.
    fn default() -> Self {
        Self { rate: BasisPoints(40), equity_cap: BasisPoints(2_000), liquidator: BasisPoints(5_000) }
    }
}

/// A liquidation penalty divided; the parts add up to what the account pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// For the liquidator.
    pub liquidator: Native,
    /// For the insurance pool.
    pub insurance: Native,
}

impl Penalty {
    /// What the account pays. Errors: none for a penalty that [`PenaltyParams::penalty`] made.
    pub fn total(&self) -> MathResult<Native> {
        self.liquidator.checked_add(self.insurance)
    }
}

impl PenaltyParams {
    /// Penalty for closing `closed_notional` native units:
    /// `min(⌈rate · notional⌉, ⌊cap · equity left⌋, ⌊cap · health gained⌋)`, the liquidator's share rounded down.
    ///
    /// `equity_left` is what the account would own if all were closed at the mark now, nothing when negative.
    /// `health_gain` is by how much the legs raised health before the penalty (the least of the levels worked out): with
    /// a share of it as a bound a liquidation can never lower health, whatever the legs, and most of what it closes mends
    /// the account: an option of little value cannot be sold bit by bit for penalties alone.
    /// Errors: `InvalidParameter` for a share above 100 %, `Overflow`.
    pub fn penalty(
        &self,
        closed_notional: Native,
        equity_left: NativeDelta,
        health_gain: NativeDelta,
    ) -> MathResult<Penalty> {
        if self.equity_cap > BasisPoints::ONE || self.liquidator > BasisPoints::ONE {
            return Err(MathError::InvalidParameter);
        }
        let of_equity = equity_left.positive_part().share(self.equity_cap, Rounding::Floor)?;
        let total = self.bound(closed_notional, health_gain, Rounding::Floor)?.min(of_equity);
        let liquidator = total.share(self.liquidator, Rounding::Floor)?;
        Ok(Penalty { liquidator, insurance: total.checked_sub(liquidator)? })
    }

    /// The most that [`PenaltyParams::penalty`] may be whatever equity is left, native units, rounded up. Errors: `Overflow`.
    pub fn most(&self, closed_notional: Native, health_gain: NativeDelta) -> MathResult<Native> {
        self.bound(closed_notional, health_gain, Rounding::Ceil)
    }

    /// `min(⌈rate · notional⌉, cap · health gained)`, the second rounded as asked.
    fn bound(&self, closed_notional: Native, health_gain: NativeDelta, rounding: Rounding) -> MathResult<Native> {
        let of_notional = closed_notional.share(self.rate, Rounding::Ceil)?;
        Ok(of_notional.min(health_gain.positive_part().share(self.equity_cap, rounding)?))
    }
}
