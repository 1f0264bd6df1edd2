//! Pool shares: how many a deposit buys, and what a withdrawal pays for them.
//!
//! Both directions count [`VIRTUAL_SHARES`] shares and [`VIRTUAL_ASSETS`] native units that nobody owns (the OpenZeppelin
//! ERC-4626 remedy), so that the first depositor cannot make one share so dear that the next deposit rounds to zero:
//! raising the share price by gifts costs a thousand times what it could take from the next depositor.
//!
//! Both directions round down. Hence a deposit and a withdrawal together never gain, and at a fixed net asset value neither a deposit nor a
//! withdrawal lowers the share price.

use crate::error::{MathError, MathResult};
use crate::units::{Native, NativeDelta, Ratio, Rounding};

/// Shares that nobody owns: 10^3, so a share is worth about a thousandth of a native unit at the start.
pub const VIRTUAL_SHARES: u64 = 1_000;
/// Native units that nobody owns.
pub const VIRTUAL_ASSETS: u64 = 1;

/// Returns the shares for a deposit of `amount` native units into a pool with `supply` shares whose net asset value is at most
/// `nav_upper` native units, rounded down: `amount · (supply + 1,000) / (nav + 1)`.
/// Errors: `NoNetAssetValue` when shares exist but are worth nothing, or the value is negative; `ZeroShares` when the
/// deposit is worth less than one share; `Overflow`.
pub fn shares_for_deposit(amount: Native, supply: u64, nav_upper: NativeDelta) -> MathResult<u64> {
    let (shares, assets) = with_virtual(supply, nav_upper)?;
    match amount.mul_div(shares, assets, Rounding::Floor)?.0 {
        0 => Err(MathError::ZeroShares),
        issued => Ok(issued),
    }
}

/// Returns the native units for `shares` of `supply` shares whose net asset value is at least `nav_lower` native units, rounded
/// down: `shares · (nav + 1) / (supply + 1,000)`. This never exceeds `nav_lower`.
/// Errors: `Domain` for more shares than exist, `NoNetAssetValue` when the value is zero or negative, `Overflow`.
pub fn amount_for_shares(shares: u64, supply: u64, nav_lower: NativeDelta) -> MathResult<Native> {
    if shares > supply {
        return Err(MathError::Domain);
    }
    let (all_shares, assets) = with_virtual(supply, nav_lower)?;
    Native(shares).mul_div(assets, all_shares, Rounding::Floor)
}

/// Returns the price of one share in native units, rounded down by less than 2^−64. It is for display; no payment uses it.
/// Errors: `NoNetAssetValue` for a negative value, `Overflow`.
pub fn share_price(supply: u64, nav: NativeDelta) -> MathResult<Ratio> {
    if nav.is_negative() {
        return Err(MathError::NoNetAssetValue);
    }
    let assets = i128::from(nav.0).saturating_add(i128::from(VIRTUAL_ASSETS));
    let shares = i128::from(supply).saturating_add(i128::from(VIRTUAL_SHARES));
    // The product is at most 2^63 · 2^64 = 2^127, which overflows only for the largest net asset value.
    let bits = assets.checked_mul(1 << 64).and_then(|a| a.checked_div(shares)).ok_or(MathError::Overflow)?;
    Ok(Ratio::from_bits(bits))
}

/// Returns supply and value with their virtual parts. Errors: `NoNetAssetValue` when shares exist but are worth nothing, or the value
/// is negative; `Overflow`.
fn with_virtual(supply: u64, nav: NativeDelta) -> MathResult<(u64, u64)> {
    if nav.is_negative() || (nav.0 == 0 && supply > 0) {
        return Err(MathError::NoNetAssetValue);
    }
    let shares = supply.checked_add(VIRTUAL_SHARES).ok_or(MathError::Overflow)?;
    let assets = nav.0.unsigned_abs().checked_add(VIRTUAL_ASSETS).ok_or(MathError::Overflow)?;
    Ok((shares, assets))
}
