//! The names the compiler calls, with the calling convention it calls them by.

use crate::{divide, divide_signed, multiply};

/// Product of two 128-bit numbers.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __multi3(a: i128, b: i128) -> i128 {
    multiply(a as u128, b as u128) as i128
}

/// Quotient of unsigned numbers.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __udivti3(number: u128, divisor: u128) -> u128 {
    divide(number, divisor).0
}

/// Remainder of unsigned numbers.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __umodti3(number: u128, divisor: u128) -> u128 {
    divide(number, divisor).1
}

/// Quotient of signed numbers, rounded towards zero.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __divti3(number: i128, divisor: i128) -> i128 {
    divide_signed(number, divisor).0
}

/// Remainder of signed numbers, with the sign of the number.
#[unsafe(no_mangle)]
pub extern "unadjusted" fn __modti3(number: i128, divisor: i128) -> i128 {
    divide_signed(number, divisor).1
}
