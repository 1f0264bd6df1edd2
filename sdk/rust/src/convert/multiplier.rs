//! The scaled-UI multiplier of Token-2022: how many tokens a wallet shows for one that an account holds. Splits and
//! dividends change it. No ledger of the protocol uses it.

use super::{ConvertError, Decimal, Result};
use anchor_spl::{
    token::spl_token,
    token_2022::spl_token_2022::{
        self,
        extension::{BaseStateWithExtensions, StateWithExtensions, scaled_ui_amount::ScaledUiAmountConfig},
    },
};
use evergreen_math::Rounding;

/// A positive multiplier with the exact value of its 64 bits: `mantissa · 2^exponent`.
///
/// ```
/// use evergreen_sdk::{convert::Multiplier, math::Rounding};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let three_for_two = Multiplier::from_bits(1.5f64.to_bits())?;
/// assert_eq!(three_for_two.ui_amount(100_000_001, 8)?.to_string(), "1.50000001");
/// assert_eq!(three_for_two.raw_amount("1.50000001".parse()?, 8, Rounding::Ceil)?, 100_000_001);
/// assert!(Multiplier::from_bits(f64::NAN.to_bits()).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplier {
    /// Mantissa: 53 bits, of which the highest is set.
    mantissa: u64,
    exponent: i32,
}

impl Multiplier {
    /// The multiplier one: a wallet shows the amount that the account holds.
    pub const ONE: Self = Self { mantissa: 1 << 52, exponent: -52 };

    const FRACTION_BITS: u32 = 52;
    const FRACTION: u64 = (1 << Self::FRACTION_BITS) - 1;
    const LARGEST_EXPONENT: u64 = 0x7ff;

    /// Decodes sign, exponent and mantissa of a double.
    ///
    /// # Errors
    /// [`ConvertError::Multiplier`] for zero, negative, subnormal and infinite numbers and for NaN.
    pub const fn from_bits(bits: u64) -> Result<Self> {
        let exponent = (bits >> Self::FRACTION_BITS) & Self::LARGEST_EXPONENT;
        let negative = bits >> 63 != 0;
        if negative || exponent == 0 || exponent == Self::LARGEST_EXPONENT {
            return Err(ConvertError::Multiplier(bits));
        }
        // The exponent is 1 to 2,046; the bias and the bits of the mantissa are subtracted.
        let exponent = exponent as i32 - 1_023 - 52;
        Ok(Self { mantissa: (bits & Self::FRACTION) | (1 << Self::FRACTION_BITS), exponent })
    }

    /// Returns the amount of tokens that a wallet shows for `raw` native units: `raw · multiplier / 10^decimals`, rounded down to
    /// the token's decimals.
    ///
    /// # Errors
    /// [`ConvertError::Overflow`] beyond 96 bits, [`ConvertError::Decimals`] beyond 28 decimals.
    pub fn ui_amount(&self, raw: u64, decimals: u8) -> Result<Decimal> {
        if decimals > 28 {
            return Err(ConvertError::Decimals(decimals));
        }
        // The product is below 2^117.
        let product = u128::from(raw) * u128::from(self.mantissa);
        let units = match u32::try_from(self.exponent) {
            Ok(up) if product == 0 || up < product.leading_zeros() => product.checked_shl(up).unwrap_or(0),
            Ok(_) => return Err(ConvertError::Overflow),
            Err(_) => product.checked_shr(self.exponent.unsigned_abs()).unwrap_or(0),
        };
        let units = i128::try_from(units).map_err(|_| ConvertError::Overflow)?;
        Decimal::try_from_i128_with_scale(units, decimals.into()).map_err(|_| ConvertError::Overflow)
    }

    /// Returns the native units of an amount of tokens that a wallet shows: `ui · 10^decimals / multiplier`, rounded once in the
    /// direction `rounding`. Digits of `ui` beyond the token's decimals are refused.
    ///
    /// # Errors
    /// [`ConvertError::TooPrecise`], [`ConvertError::NotPositive`] for a negative amount, [`ConvertError::Overflow`].
    pub fn raw_amount(&self, ui: Decimal, decimals: u8, rounding: Rounding) -> Result<u64> {
        let ui = ui.normalize();
        if ui.is_sign_negative() && !ui.is_zero() {
            return Err(ConvertError::NotPositive);
        }
        let places = ui.scale();
        let missing = u32::from(decimals).checked_sub(places).ok_or(ConvertError::TooPrecise { places, decimals })?;
        let power = 10u128.checked_pow(missing).ok_or(ConvertError::Overflow)?;
        let units = ui.mantissa().unsigned_abs().checked_mul(power).ok_or(ConvertError::Overflow)?;
        let (quotient, exact) = self.divide(units)?;
        let up = u128::from(rounding == Rounding::Ceil && !exact);
        u64::try_from(quotient + up).map_err(|_| ConvertError::Overflow)
    }

    /// Returns `units / (mantissa · 2^exponent)`, rounded down, and whether that is exact.
    fn divide(&self, units: u128) -> Result<(u128, bool)> {
        let mantissa = u128::from(self.mantissa);
        if let Ok(down) = u32::try_from(self.exponent) {
            let shifted = units.checked_shr(down).unwrap_or(0);
            let lost = shifted.checked_shl(down).unwrap_or(0) != units;
            return Ok((shifted / mantissa, !lost && shifted % mantissa == 0));
        }
        // The division adds one binary digit after the other; the rest stays below the mantissa.
        let (mut quotient, mut rest) = (units / mantissa, units % mantissa);
        for _ in 0..self.exponent.unsigned_abs() {
            rest *= 2;
            let digit = u128::from(rest >= mantissa);
            rest -= digit * mantissa;
            quotient = quotient * 2 + digit;
            if quotient > u128::from(u64::MAX) {
                return Err(ConvertError::Overflow);
            }
        }
        Ok((quotient, rest == 0))
    }
}

/// A mint's multiplier and the one that replaces it at a given time.
///
/// ```
/// use evergreen_sdk::convert::{Multiplier, ScaledUiAmount};
///
/// // A split of three for one becomes effective at a given second. `ScaledUiAmount::of_mint` decodes it from a mint's bytes.
/// let split = ScaledUiAmount { bits: 1f64.to_bits(), new_bits: 3f64.to_bits(), effective_at: 1_790_000_000 };
/// assert_eq!(split.at(1_789_999_999)?, Multiplier::ONE);
/// assert_eq!(split.at(1_790_000_000)?.ui_amount(100, 0)?.to_string(), "300");
/// # Ok::<(), evergreen_sdk::convert::ConvertError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaledUiAmount {
    /// Bits of the multiplier before [`Self::effective_at`].
    pub bits: u64,
    /// Bits of the multiplier from [`Self::effective_at`] on.
    pub new_bits: u64,
    /// Time at which the new multiplier becomes effective, unix seconds.
    pub effective_at: i64,
}

impl ScaledUiAmount {
    /// Decodes the extension of a mint of either token program; `None` for a mint without it, whose multiplier is one.
    ///
    /// # Errors
    /// [`ConvertError::NotAMint`] for bytes that are not a mint.
    pub fn of_mint(data: &[u8]) -> Result<Option<Self>> {
        let mint =
            StateWithExtensions::<spl_token_2022::state::Mint>::unpack(data).map_err(|_| ConvertError::NotAMint)?;
        // A mint of the classic token program has no extensions.
        if data.len() == <spl_token::state::Mint as anchor_lang::solana_program::program_pack::Pack>::LEN {
            return Ok(None);
        }
        let Ok(extension) = mint.get_extension::<ScaledUiAmountConfig>() else { return Ok(None) };
        Ok(Some(Self {
            bits: u64::from_le_bytes(extension.multiplier.0),
            new_bits: u64::from_le_bytes(extension.new_multiplier.0),
            effective_at: extension.new_multiplier_effective_timestamp.into(),
        }))
    }

    /// Returns the multiplier that is effective at `now`, unix seconds.
    ///
    /// # Errors
    /// [`ConvertError::Multiplier`] if its bits are not a positive normal number.
    pub const fn at(&self, now: i64) -> Result<Multiplier> {
        Multiplier::from_bits(if now >= self.effective_at { self.new_bits } else { self.bits })
    }
}

#[cfg(test)]
mod tests;
