//! Pool shares: what a deposit buys and a withdrawal pays.
//!
//! Both directions count [`VIRTUAL_SHARES`] shares and [`VIRTUAL_ASSETS`] native units that nobody owns (the OpenZeppelin
//! ERC-4626 remedy), so that whoever is first cannot make one share so dear that the next deposit rounds to nothing:
//! lifting the share price by gifts would give away a thousand times what it could take.
//!
//! Both directions round down. Hence going in and out never gains, and at a fixed net asset value neither a deposit nor a
//! withdrawal lowers the share price.

use crate::error::{MathError, MathResult};
use crate::units::{Native, NativeDelta, Ratio, Rounding};

/// Shares that nobody owns: 10^3, so a share is worth about a thousandth of a native unit at the start.
pub const VIRTUAL_SHARES: u64 = 1_000;
/// Native units that nobody owns.
pub const VIRTUAL_ASSETS: u64 = 1;

/// Shares for a deposit of `amount` into a pool with `supply` shares worth `nav_upper` in all (the higher bound), rounded
/// down: `amount · (supply + 1,000) / (nav + 1)`.
/// Errors: `NoNetAssetValue` when shares exist but are worth nothing, or the value is negative; `ZeroShares` when the
/// deposit is worth less than one share; `Overflow`.
pub fn shares_for_deposit(amount: Native, supply: u64, nav_upper: NativeDelta) -> MathResult<u64> {
    let (shares, assets) = with_virtual(supply, nav_upper)?;
    match amount.mul_div(shares, assets, Rounding::Floor)?.0 {
        0 => Err(MathError::ZeroShares),
        issued => Ok(issued),
    }
}

/// Native units for `shares` of `supply` worth `nav_lower` in all (the lower bound), rounded down:
/// `shares · (nav + 1) / (supply + 1,000)`; less than `nav_lower`, or equal to it only when both are zero.
/// Errors: `Domain` for more shares than exist, `NoNetAssetValue` when the value is zero or negative, `Overflow`.
pub fn amount_for_shares(shares: u64, supply: u64, nav_lower: NativeDelta) -> MathResult<Native> {
    if shares > supply {
        return Err(MathError::Domain);
    }
    let (all_shares, assets) = with_virtual(supply, nav_lower)?;
    Native(shares).mul_div(assets, all_shares, Rounding::Floor)
}

/// Price of one share in native units, rounded down by less than 2^−64. For display; no payment uses it.
/// Errors: `NoNetAssetValue` for a negative value, `Overflow`.
pub fn share_price(supply: u64, nav: NativeDelta) -> MathResult<Ratio> {
    if nav.is_negative() {
        return Err(MathError::NoNetAssetValue);
    }
    let assets = i128::from(nav.0).saturating_add(i128::from(VIRTUAL_ASSETS));
    let shares = i128::from(supply).saturating_add(i128::from(VIRTUAL_SHARES));
    // At most 2^63 · 2^64 = 2^127: one too many only at the very limit.
    let bits = assets.checked_mul(1 << 64).and_then(|a| a.checked_div(shares)).ok_or(MathError::Overflow)?;
    Ok(Ratio::from_bits(bits))
}

/// Supply and value with their virtual parts. A pool without shares may have no value; one with shares must.
fn with_virtual(supply: u64, nav: NativeDelta) -> MathResult<(u64, u64)> {
    if nav.is_negative() || (nav.0 == 0 && supply > 0) {
        return Err(MathError::NoNetAssetValue);
    }
    let shares = supply.checked_add(VIRTUAL_SHARES).ok_or(MathError::Overflow)?;
    let assets = nav.0.unsigned_abs().checked_add(VIRTUAL_ASSETS).ok_or(MathError::Overflow)?;
    Ok((shares, assets))
}
