//! The routines against the host's own 128-bit arithmetic: edge cases in all pairs, and a million random pairs.

use evergreen_int128::{divide, divide_signed, multiply};
use evergreen_test_support::random::Random;

/// Numbers of the kinds that these tests need.
struct Numbers(Random);

impl Numbers {
    fn word(&mut self) -> u64 {
        self.0.word()
    }

    /// A number of random width, sometimes with long runs of ones or zeros: uniform numbers would almost never
    /// reach the branches for small operands or the corrections of a digit.
    fn number(&mut self) -> u128 {
        let number = (u128::from(self.word()) << 64) | u128::from(self.word());
        let shift = (self.word() % 128) as u32;
        match self.word() % 6 {
            0 => number >> shift,
            1 => u128::MAX >> shift,
            2 => u128::MAX << shift,
            3 => (u128::MAX >> shift) ^ (number & 0xff),
            4 => 1u128.rotate_left(shift).wrapping_sub(number & 1),
            _ => number >> (shift & !31),
        }
    }
}

/// Numbers around every boundary of the code: digits, words, signs, extremes.
fn edges() -> Vec<u128> {
    let mut edges = vec![0, 1, 2, 3, 5, 7, 10, 1_000_000_000, 10u128.pow(18), 10u128.pow(27)];
    for bit in [1, 15, 16, 31, 32, 33, 47, 48, 63, 64, 65, 79, 95, 96, 97, 126, 127] {
        let power = 1u128 << bit;
        edges.extend([power - 1, power, power + 1, power.wrapping_neg()]);
        edges.push(power | (power >> 1));
        edges.push(!power);
    }
    edges.extend([u128::MAX, u128::MAX - 1, 0xffff_ffff << 64, 0xffff_ffff << 32]);
    // The classic cases in which the first guess of a digit is two too large.
    edges.extend([
        0x7fff_ffff_8000_0000_0000_0000_0000_0000,
        0x8000_0000_0000_0000_0000_0000_ffff_fffe,
        0x8000_0000_0000_0001_0000_0000_0000_0000,
        0xffff_fffe_ffff_ffff_ffff_ffff_ffff_ffff,
    ]);
    edges
}

fn check(a: u128, b: u128) {
    assert_eq!(multiply(a, b), a.wrapping_mul(b), "{a:#x} * {b:#x}");
    if b == 0 {
        assert_eq!(divide(a, b), (0, a));
        return;
    }
    assert_eq!(divide(a, b), (a / b, a % b), "{a:#x} / {b:#x}");
    let (a, b) = (a as i128, b as i128);
    assert_eq!(divide_signed(a, b), (a.wrapping_div(b), a.wrapping_rem(b)), "{a} / {b}");
}

#[test]
fn agrees_on_all_pairs_of_edge_cases() {
    let edges = edges();
    for &a in &edges {
        for &b in &edges {
            check(a, b);
            check(a.wrapping_neg(), b);
            check(a, b.wrapping_neg());
        }
    }
}

#[test]
fn agrees_on_random_pairs() {
    let mut random = Numbers(Random(0x0e7e_66ee_0000_0128));
    for _ in 0..1_000_000 {
        let (a, b) = (random.number(), random.number());
        check(a, b);
    }
}

#[test]
fn agrees_when_the_quotient_is_almost_the_next_one() {
    // Products and their neighbours: the remainder is zero, one, or one less than the divisor.
    let mut random = Numbers(Random(1));
    for _ in 0..200_000 {
        let divisor = random.number();
        if divisor == 0 {
            continue;
        }
        let quotient = random.number() % (u128::MAX / divisor).max(1);
        let product = quotient * divisor;
        check(product, divisor);
        check(product.wrapping_sub(1), divisor);
        check(product.wrapping_add(1), divisor);
    }
}

#[test]
fn the_only_signed_overflow_wraps() {
    assert_eq!(divide_signed(i128::MIN, -1), (i128::MIN, 0));
}

#[test]
fn dividing_by_zero_does_not_panic() {
    assert_eq!(divide_signed(-5, 0), (0, -5));
}
