//! How logs show numbers.

use evergreen_math::Dollars;

/// Shows non-negative dollars in a log with six digits after the point, rounded down. It formats 64-bit numbers only, because
/// the code that formats 128-bit numbers is long.
pub struct DisplayDollars(pub Dollars);

impl core::fmt::Display for DisplayDollars {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let bits = self.0.to_bits();
        let whole = i64::try_from(bits >> 64).unwrap_or(i64::MAX);
        // The fraction's upper 32 bits times 10^6 stay below 2^52.
        let fraction = u64::try_from((bits >> 32) & 0xffff_ffff).unwrap_or(0);
        write!(f, "{whole}.{:06}", fraction.saturating_mul(1_000_000) >> 32)
    }
}

/// Shows a number in a log that there need not be. What Rust derives for it can show numbers in other notations, too, and is long.
pub struct DisplayOption(pub Option<u64>);

impl core::fmt::Display for DisplayOption {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Some(number) => write!(f, "{number}"),
            None => f.write_str("none"),
        }
    }
}
