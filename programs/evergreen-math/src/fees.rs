//! Fees, their split, the oracle-latency floor and the liquidation penalty.

use crate::error::{MathError, MathResult};
use crate::units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds};
use crate::wide::{div_long, signed, times_word};
use core::num::NonZeroU64;

/// Trading fees of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeParams {
    /// Fee rate on the notional of the points that a trade opens.
    pub open: BasisPoints,
    /// Fee rate on the notional of the points that a trade closes.
    pub close: BasisPoints,
    /// Cap of the fee per point, as a share of the option's value.
    pub cap_of_value: BasisPoints,
}

impl Default for FeeParams {
    /// 5 basis points to open and 3 to close, at most 12.5 % of the option's value.
    fn default() -> Self {
        Self { open: BasisPoints(5), close: BasisPoints(3), cap_of_value: BasisPoints(1_250) }
    }
}

impl FeeParams {
    /// Checks that the two fees cover the choice among the prices valid at one moment, which is worth [`latency_floor`]. A round
    /// trip chooses twice and pays both fees, so their sum has to be at least twice the floor; the cap at a share of the value
    /// does not weaken this (see the mathematics document). Errors: `InvalidParameter` for a smaller sum.
    pub fn check_latency_floor(&self, floor: BasisPoints) -> MathResult<()> {
        let round_trip = u32::from(self.open.0).saturating_add(u32::from(self.close.0));
        let needed = u32::from(floor.0).saturating_mul(2);
        if round_trip < needed { Err(MathError::InvalidParameter) } else { Ok(()) }
    }

    /// Checks that letting commitments lapse does not pay: opening and closing cost at least as much as the two [`waiting_floors`]. Errors: `InvalidParameter`.
    pub fn check_waiting_floors(&self, (open, close): (BasisPoints, BasisPoints)) -> MathResult<()> {
        if self.open >= open && self.close >= close { Ok(()) } else { Err(MathError::InvalidParameter) }
    }
}

/// Returns the fee on one unit of the index, in dollars: `min(rate · price, cap · value)`, both rounded up by less than 2^−64.
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

/// Returns the fee of a trade of `points` (of either sign) at `per_unit` dollars: native units, rounded up, at least one unit unless
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

/// Returns `amount · share` in dollars, rounded up. Errors: `Domain` for a negative amount, `Overflow`.
fn share_ceil(amount: Dollars, share: BasisPoints) -> MathResult<Dollars> {
    if amount.is_negative() {
        return Err(MathError::Domain);
    }
    const WHOLE: NonZeroU64 = NonZeroU64::MIN.saturating_add(BasisPoints::ONE_U64 - 1);
    let product = times_word(amount.to_bits().unsigned_abs(), u64::from(share.0)).ok_or(MathError::Overflow)?;
    let (quotient, rest) = div_long(product, WHOLE);
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
    /// For the main pool, native units.
    pub main: Native,
    /// For the insurance pool, native units.
    pub insurance: Native,
    /// For the protocol, native units; the referrer's part is included.
    pub protocol: Native,
}

impl FeeSplit {
    /// Makes a split. Errors: `InvalidParameter` unless the shares sum to 100 %.
    pub const fn new(main: BasisPoints, insurance: BasisPoints, protocol: BasisPoints) -> MathResult<Self> {
        // The sum of three shares of at most 65,535 fits.
        let sum = (main.0 as u32).saturating_add(insurance.0 as u32).saturating_add(protocol.0 as u32);
        if sum != BasisPoints::ONE.0 as u32 {
            return Err(MathError::InvalidParameter);
        }
        Ok(Self { main, insurance, protocol })
    }

    /// Returns the main pool's share.
    pub const fn main(&self) -> BasisPoints {
        self.main
    }

    /// Divides a fee. The parts of insurance and protocol are rounded down and the main pool gets the rest, which is at least its
    /// share and at most two native units more. Errors: `Overflow`, which no valid split causes.
    pub fn split(&self, fee: Native) -> MathResult<FeeParts> {
        let insurance = fee.share(self.insurance, Rounding::Floor)?;
        let protocol = fee.share(self.protocol, Rounding::Floor)?;
        let main = fee.checked_sub(insurance)?.checked_sub(protocol)?;
        Ok(FeeParts { main, insurance, protocol })
    }
}

/// Divides the protocol's part of a fee into the referrer's, rounded down, and the protocol's; they add up exactly.
/// Errors: `InvalidParameter` for a share above 100 %.
pub fn split_referral(protocol: Native, referrer_share: BasisPoints) -> MathResult<(Native, Native)> {
    if referrer_share > BasisPoints::ONE {
        return Err(MathError::InvalidParameter);
    }
    let referrer = protocol.share(referrer_share, Rounding::Floor)?;
    Ok((referrer, protocol.checked_sub(referrer)?))
}

/// Returns the least fee rate that covers the choice among all prices valid at one moment: `1.5 · σ · √age`, with the age in years
/// of 365 days, rounded up to a basis point. (The expected maximum of a Brownian motion over that age is 0.8 σ√age and its expected
/// range 1.6 σ√age; a trade chooses on one side only.)
/// Errors: `VolatilityOutOfRange` for a volatility below zero or above 400 %, `Overflow` for a rate above 655 %.
pub fn latency_floor(sigma_max_expected: Ratio, max_price_age: Seconds) -> MathResult<BasisPoints> {
    movement(sigma_max_expected, (max_price_age, BasisPoints::ONE), 15_000)
}

/// Seconds by which the true price is known beyond the end of a window: lags of the chain's clock and of publications.
pub const WAITING_LAG: Seconds = Seconds(3);

/// Returns the least fee rates, of opening and of closing, for which a commitment that may lapse at the end of its window is worth nothing, where a share `kept` of the fee of a fill
/// cannot come back to who pays it, and all that a lapse costs cannot: `s/√(2·kept)` and `s/√(4·kept)`, with `s = σ · √(window + 3 s)`, the standard deviation of the price
/// meanwhile, each rounded up to a basis point.
///
/// Whoever lets a commitment lapse loses the bond `b`, and whoever fills it pays `kept` of the fee `f` and later that of closing, `c`; in the same way closing may lapse for `c`. For any
/// distribution closing is worth nothing where `4·kept·c² ≥ s²`, and both together where `4·kept·f·b ≥ s²` as well (the mathematics document has the proof). The bond is reckoned at the
/// strike, so it is half of the fee for an option whose strike is half of the price. Errors: as of [`latency_floor`], `Overflow` where nothing is kept.
pub fn waiting_floors(
    sigma_max_expected: Ratio,
    fill_window: Seconds,
    kept: BasisPoints,
) -> MathResult<(BasisPoints, BasisPoints)> {
    let known = Seconds(fill_window.0.checked_add(WAITING_LAG.0).ok_or(MathError::Overflow)?);
    // The root of a half, rounded up, and a half.
    let [open, close] = [7_072, 5_000].map(|multiple| movement(sigma_max_expected, (known, kept), multiple));
    Ok((open?, close?))
}

/// Returns `multiple · σ · √(time / part)`, where `multiple` and the result are in basis points, rounded up; time in years of 365 days. Errors: as of [`latency_floor`].
#[inline(never)]
fn movement(
    sigma_max_expected: Ratio,
    (time, part): (Seconds, BasisPoints),
    multiple: u128,
) -> MathResult<BasisPoints> {
    if sigma_max_expected.is_negative() || sigma_max_expected > Ratio::from_int(4) {
        return Err(MathError::VolatilityOutOfRange);
    }
    // 15,000·σ in units of 2^−32, rounded up, is below 2^48, so its square times 2^32 seconds stays below 2^128.
    let sigma = (sigma_max_expected.to_bits().unsigned_abs() >> 32).saturating_add(1);
    let sigma = if sigma_max_expected.to_bits() & 0xffff_ffff == 0 { sigma.saturating_sub(1) } else { sigma };
    let scaled = sigma.checked_mul(multiple).ok_or(MathError::Overflow)?;
    let square = scaled.checked_mul(scaled).and_then(|s| s.checked_mul(u128::from(time.0)));
    // This is the square of the basis points, in units of 2^−64. The part is taken off afterwards, so that the product fits.
    let square = square.ok_or(MathError::Overflow)?.div_ceil(u128::from(Seconds::YEAR.0));
    let whole = square.checked_mul(BasisPoints::ONE.0.into()).ok_or(MathError::Overflow)?;
    if part.0 == 0 {
        return Err(MathError::Overflow);
    }
    let square = whole.div_ceil(part.0.into());
    let root = square.isqrt();
    let root = if root.checked_mul(root) == Some(square) { root } else { root.saturating_add(1) };
    let basis_points = root.div_ceil(1 << 32);
    u16::try_from(basis_points).map(BasisPoints).map_err(|_| MathError::Overflow)
}

/// Parameters of the penalty of a liquidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PenaltyParams {
    /// Penalty rate on the notional that is closed.
    pub rate: BasisPoints,
    /// Cap of the penalty, as a share of the equity that is left and of the health that is gained.
    pub equity_cap: BasisPoints,
    /// The liquidator's share; the rest is the insurance pool's.
    pub liquidator: BasisPoints,
}

impl Default for PenaltyParams {
    /// 0.4 % of notional, at most 20 % of the equity and of the health gained; half goes to the liquidator.
    fn default() -> Self {
        Self { rate: BasisPoints(40), equity_cap: BasisPoints(2_000), liquidator: BasisPoints(5_000) }
    }
}

/// A liquidation penalty divided; the parts add up to what the account pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// For the liquidator, native units.
    pub liquidator: Native,
    /// For the insurance pool, native units.
    pub insurance: Native,
}

impl Penalty {
    /// Returns what the account pays, native units. Errors: `Overflow`, which no result of [`PenaltyParams::penalty`] causes.
    pub fn total(&self) -> MathResult<Native> {
        self.liquidator.checked_add(self.insurance)
    }
}

impl PenaltyParams {
    /// Returns what is due for closing one leg of `closed_notional` native units, which has raised health by `health_gain` by itself, before the penalty:
    /// `min(⌈rate · notional⌉, ⌊cap · health gained⌋)`. A leg that does nothing for health earns nothing, whatever others do beside it. Errors: `Overflow`.
    pub fn due(&self, closed_notional: Native, health_gain: NativeDelta) -> MathResult<Native> {
        self.bound(closed_notional, health_gain, Rounding::Floor)
    }

    /// Returns the most that legs may be due together that have raised health by `health_gain`, native units, rounded down. Errors: `Overflow`.
    pub fn of_gain(&self, health_gain: NativeDelta) -> MathResult<Native> {
        health_gain.positive_part().share(self.equity_cap, Rounding::Floor)
    }

    /// Returns the penalty for legs of which `due` native units are due in sum, each by [`Self::due`]:
    /// `min(due, ⌊cap · equity left⌋, ⌊cap · health gained⌋)`; the liquidator's share is rounded down.
    ///
    /// `equity_left` is what the account would own if all its options were closed at the mark now; a negative amount counts as zero.
    /// `health_gain` is the amount by which the legs raised health before the penalty (the least of the levels computed). Since
    /// the penalty is at most a share of it, a liquidation never lowers health, whatever the legs, and most of the gain stays with
    /// the account: an option of little value cannot be sold bit by bit for the penalties alone. All amounts are in native units.
    /// Errors: `InvalidParameter` for a share above 100 %, `Overflow`.
    pub fn penalty(&self, due: Native, equity_left: NativeDelta, health_gain: NativeDelta) -> MathResult<Penalty> {
        if self.equity_cap > BasisPoints::ONE || self.liquidator > BasisPoints::ONE {
            return Err(MathError::InvalidParameter);
        }
        let of_equity = equity_left.positive_part().share(self.equity_cap, Rounding::Floor)?;
        let total = due.min(self.of_gain(health_gain)?).min(of_equity);
        let liquidator = total.share(self.liquidator, Rounding::Floor)?;
        Ok(Penalty { liquidator, insurance: total.checked_sub(liquidator)? })
    }

    /// Returns an upper bound of [`PenaltyParams::due`], native units, rounded up. Errors: `Overflow`.
    pub fn most(&self, closed_notional: Native, health_gain: NativeDelta) -> MathResult<Native> {
        self.bound(closed_notional, health_gain, Rounding::Ceil)
    }

    /// Returns `min(⌈rate · notional⌉, cap · health gained)`; the second term is rounded as asked.
    fn bound(&self, closed_notional: Native, health_gain: NativeDelta, rounding: Rounding) -> MathResult<Native> {
        let of_notional = closed_notional.share(self.rate, Rounding::Ceil)?;
        Ok(of_notional.min(health_gain.positive_part().share(self.equity_cap, rounding)?))
    }
}
