//! The operations. Their numbers are in [`codes`](crate::codes).
//!
//! To add an operation, write a function `fn(&[u8], &mut [u8])`, give it the next number in `codes.rs`, and add a line
//! to [`OPERATIONS`] at that place. The slices have exactly the sizes that the line states.

use crate::pricing;

/// One line of the table.
pub struct Operation {
    /// Bytes of operands of one call.
    pub input: usize,
    /// Bytes of the result of one call.
    pub output: usize,
    /// Computes the result from the operands.
    pub run: fn(&[u8], &mut [u8]),
}

const fn line(input: usize, output: usize, run: fn(&[u8], &mut [u8])) -> Operation {
    Operation { input, output, run }
}

/// All operations; the place of a line is the number of its operation.
pub const OPERATIONS: &[Operation] = &[
    line(32, 16, nothing),
    line(32, 17, mul_unsigned),
    line(32, 17, mul_signed),
    line(32, 16, mul_wrapping),
    line(32, 16, div_unsigned),
    line(32, 16, rem_unsigned),
    line(32, 16, div_signed),
    line(32, 16, rem_signed),
    line(32, 17, mul_words),
    line(32, 17, pricing::ln),
    line(32, 17, pricing::exp),
    line(32, 17, pricing::sqrt),
    line(32, 17, pricing::pow),
    line(pricing::OPTION, pricing::VALUATION, pricing::value),
    line(pricing::OPTION, 17, pricing::option_terms),
    line(pricing::OPTION, 17, pricing::pricer),
    line(pricing::OPTION, 17, pricing::curve_at_nine),
    line(pricing::PORTFOLIO, 17, pricing::health),
    line(pricing::OPTION, pricing::VALUATION, pricing::option_nothing),
    line(pricing::OPTION, pricing::VALUATION, pricing::value_twice),
    line(pricing::OPTION, pricing::VALUATION, pricing::slope),
];

/// Reads the unsigned 128-bit number at `place`, counted in numbers, not bytes. It is zero if the input is too short.
pub fn unsigned(input: &[u8], place: usize) -> u128 {
    input.chunks_exact(16).nth(place).and_then(|bytes| bytes.try_into().ok()).map_or(0, u128::from_le_bytes)
}

/// Reads the signed 128-bit number at `place`, as [`unsigned`] does.
pub fn signed(input: &[u8], place: usize) -> i128 {
    unsigned(input, place) as i128
}

/// Writes a result.
pub fn put(output: &mut [u8], number: u128) {
    output.copy_from_slice(&number.to_le_bytes());
}

/// Writes a result that may be missing, as a byte 1 and the number, or as zeros.
pub fn put_checked(output: &mut [u8], number: Option<u128>) {
    if let Some((first, rest)) = output.split_first_mut() {
        *first = u8::from(number.is_some());
        put(rest, number.unwrap_or(0));
    }
}

fn nothing(input: &[u8], output: &mut [u8]) {
    let (a, b) = (unsigned(input, 0), unsigned(input, 1));
    // The second number has to be read as well.
    put(output, std::hint::black_box((a, b)).0);
}

fn mul_unsigned(input: &[u8], output: &mut [u8]) {
    let product = unsigned(input, 0).checked_mul(unsigned(input, 1));
    put_checked(output, product);
}

fn mul_signed(input: &[u8], output: &mut [u8]) {
    let product = signed(input, 0).checked_mul(signed(input, 1));
    put_checked(output, product.map(|product| product as u128));
}

fn mul_wrapping(input: &[u8], output: &mut [u8]) {
    put(output, unsigned(input, 0).wrapping_mul(unsigned(input, 1)));
}

fn div_unsigned(input: &[u8], output: &mut [u8]) {
    put(output, unsigned(input, 0) / unsigned(input, 1));
}

fn rem_unsigned(input: &[u8], output: &mut [u8]) {
    put(output, unsigned(input, 0) % unsigned(input, 1));
}

fn div_signed(input: &[u8], output: &mut [u8]) {
    let quotient = signed(input, 0).wrapping_div(signed(input, 1));
    put(output, quotient as u128);
}

fn rem_signed(input: &[u8], output: &mut [u8]) {
    let remainder = signed(input, 0).wrapping_rem(signed(input, 1));
    put(output, remainder as u128);
}

fn mul_words(input: &[u8], output: &mut [u8]) {
    // The whole input is read, though half of it is enough, because `NOTHING` reads it as well and is subtracted in measurements.
    let (a, b) = std::hint::black_box((unsigned(input, 0), unsigned(input, 1)));
    let (a, b) = (a as u64, b as u64);
    put_checked(output, a.checked_mul(b).map(u128::from));
}
