//! The rent of accounts.

use crate::errors::EvergreenError;
use anchor_lang::prelude::*;

/// Returns the lamports that an account of `space` bytes needs to be free of rent, rounded up. Errors: `Overflow`.
pub(crate) fn rent_exempt(space: usize) -> Result<u64> {
    exempt(&Rent::get()?, space).ok_or_else(|| EvergreenError::Overflow.into())
}

/// Bytes that the chain adds to those of an account's data.
const OVERHEAD: u64 = 128;

/// The years of rent that are asked for are a binary fraction, `mantissa · 2^−shift`. It is multiplied by its bits, because the machine has no fractions: the
/// routines for them take 9,000 bytes.
// The fields are to be renamed; no other way leads around fractions.
#[allow(deprecated)]
fn exempt(rent: &Rent, space: usize) -> Option<u64> {
    const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
    const ONE: u64 = 1 << FRACTION;
    let bytes = OVERHEAD.checked_add(u64::try_from(space).ok()?)?;
    let yearly = bytes.checked_mul(rent.lamports_per_byte_year)?;
    let bits = rent.exemption_threshold.to_bits();
    let mantissa = (bits & (ONE - 1)) | ONE;
    let shift = (1_023 + FRACTION).checked_sub(u32::try_from(bits >> FRACTION).ok()?)?;
    let product = u128::from(yearly).checked_mul(mantissa.into())?;
    let up = 1u128.checked_shl(shift)?.checked_sub(1)?;
    u64::try_from(product.checked_add(up)?.checked_shr(shift)?).ok()
}

#[cfg(test)]
#[allow(deprecated)]
mod tests {
    use super::*;

    #[test]
    fn rent_is_that_of_the_chain_and_never_less() {
        for threshold in [1.0, 2.0, 0.1, 1.5, 2.75, 1.0 / 3.0] {
            let rent = Rent { lamports_per_byte_year: 3_480, exemption_threshold: threshold, ..Rent::default() };
            for space in [0, 1, 82, 165, 1_000, 10_240, 10 << 20] {
                let (ours, theirs) = (exempt(&rent, space).unwrap(), rent.minimum_balance(space));
                assert!(ours == theirs || ours == theirs + 1, "{threshold} {space}: {ours} {theirs}");
                assert!(ours == theirs || ![1.0, 2.0].contains(&threshold), "{threshold} {space}");
            }
        }
    }

    #[test]
    fn rent_that_no_number_holds_is_refused() {
        for threshold in [f64::INFINITY, f64::NAN, -1.0, 1e300, 1e-300] {
            assert_eq!(exempt(&Rent { exemption_threshold: threshold, ..Rent::default() }, 165), None, "{threshold}");
        }
        assert_eq!(exempt(&Rent { lamports_per_byte_year: u64::MAX, ..Rent::default() }, 165), None);
    }
}
