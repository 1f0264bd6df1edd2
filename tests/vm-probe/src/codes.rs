//! Numbers of modes and operations, for the program and for the tests that call it.

/// Mode in which the answer is the results.
pub const RESULTS: u8 = 0;
/// Mode in which the answer is the compute units that each call took, as `u64`s.
pub const UNITS: u8 = 1;

/// Reads two 128-bit numbers and returns the first. This is what every operation costs besides its arithmetic.
pub const NOTHING: u8 = 0;
/// `u128::checked_mul`, answered with a byte that says whether there is a product, and the product.
pub const MUL_UNSIGNED: u8 = 1;
/// `i128::checked_mul`, answered as for `MUL_UNSIGNED`.
pub const MUL_SIGNED: u8 = 2;
/// `u128::wrapping_mul`.
pub const MUL_WRAPPING: u8 = 3;
/// `u128 / u128`.
pub const DIV_UNSIGNED: u8 = 4;
/// `u128 % u128`.
pub const REM_UNSIGNED: u8 = 5;
/// `i128::wrapping_div`.
pub const DIV_SIGNED: u8 = 6;
/// `i128::wrapping_rem`.
pub const REM_SIGNED: u8 = 7;
/// `u64::checked_mul` of the lower words, answered as for `MUL_UNSIGNED`.
pub const MUL_WORDS: u8 = 8;

/// `elementary::ln` of the first of two numbers, answered as for `MUL_UNSIGNED`. Its function and those of all that follow are in
/// `pricing.rs`.
pub const LN: u8 = 9;
/// `elementary::exp`.
pub const EXP: u8 = 10;
/// `elementary::sqrt`.
pub const SQRT: u8 = 11;
/// `elementary::pow` of the two numbers.
pub const POW: u8 = 12;
/// Intrinsic and time value of an option.
pub const VALUE: u8 = 13;
/// The terms of an option alone.
pub const TERMS: u8 = 14;
/// The terms and the pricer of an option.
pub const CURVE: u8 = 15;
/// The terms and the pricer of an option, and its value at nine prices with known logarithms.
pub const CURVE_AT_NINE: u8 = 16;
/// Initial health of twelve positions over nine scenarios.
pub const HEALTH: u8 = 17;
/// Reads an option and answers like `VALUE`, without arithmetic.
pub const OPTION_NOTHING: u8 = 18;
/// The terms of an option once and its value twice.
pub const VALUE_TWICE: u8 = 19;
/// The terms of an option, and its value with its slope. Answered like `VALUE`, with the slope in the place of the intrinsic value.
pub const SLOPE: u8 = 20;
