//! What holds for every argument of a small domain, and not for some of them that are drawn.

use evergreen_int128::{divide, divide_signed, multiply};

/// Domain: all pairs of 8-bit numbers, each shifted by 0, 28, 60, 64, 92 and 120 bits, and the signed ones of them.
#[test]
fn words_of_128_bits() {
    const SHIFTS: [u32; 6] = [0, 28, 60, 64, 92, 120];
    for (s, t) in SHIFTS.iter().flat_map(|s| SHIFTS.map(|t| (*s, t))) {
        for (a, b) in (0u128..256).flat_map(|a| (0u128..256).map(move |b| (a << s, b << t))) {
            assert_eq!(multiply(a, b), a.wrapping_mul(b));
            let expected = a.checked_div(b).map_or((0, a), |quotient| (quotient, a % b));
            assert_eq!(divide(a, b), expected);
            let (x, y) = (a as i128, b as i128);
            if y != 0 {
                assert_eq!(divide_signed(x, y), (x.wrapping_div(y), x.wrapping_rem(y)));
            }
        }
    }
}
