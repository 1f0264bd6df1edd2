//! Numbers of modes and operations, shared with the tests that call the probe.
//!
//! The tests take in this file by its path (`#[path = "../vm-probe/src/codes.rs"]`), so it stands alone.

/// Mode: answer with the results.
pub const RESULTS: u8 = 0;
/// Mode: answer with the compute units each call took, as `u64`s.
pub const UNITS: u8 = 1;

/// Reads two 128-bit numbers and returns the first: what every operation costs besides its arithmetic.
pub const NOTHING: u8 = 0;
/// `u128::checked_mul`: a byte that says whether there is a product, and the product.
pub const MUL_UNSIGNED: u8 = 1;
/// `i128::checked_mul`, likewise.
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
