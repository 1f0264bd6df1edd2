//! The 128-bit routines on the virtual machine itself, against the host's arithmetic.
//!
//! Compiler and linker have to agree on how these routines are called. No test on the host can show that they do, because a
//! disagreement gives wrong numbers, or writes to the wrong place, only on the machine.

use evergreen_tests::{probe::Probe, random::Random};
use evergreen_vm_probe::codes::*;

type Pair = (u128, u128);
type Native = fn(u128, u128) -> Vec<u8>;

/// Pairs per transaction, which are limited by its size of 1,232 bytes.
const BATCH: usize = 32;

/// Name and code of each operation, and the function that gives the expected answer.
const OPERATIONS: &[(&str, u8, Native)] = &[
    ("u128 checked_mul", MUL_UNSIGNED, |a, b| checked(a.checked_mul(b))),
    ("i128 checked_mul", MUL_SIGNED, |a, b| {
        let product = (a as i128).checked_mul(b as i128);
        checked(product.map(|product| product as u128))
    }),
    ("u128 wrapping_mul", MUL_WRAPPING, |a, b| plain(a.wrapping_mul(b))),
    ("u64 checked_mul", MUL_WORDS, |a, b| checked((a as u64).checked_mul(b as u64).map(u128::from))),
    ("u128 /", DIV_UNSIGNED, |a, b| plain(a / b)),
    ("u128 %", REM_UNSIGNED, |a, b| plain(a % b)),
    ("i128 /", DIV_SIGNED, |a, b| plain((a as i128).wrapping_div(b as i128) as u128)),
    ("i128 %", REM_SIGNED, |a, b| plain((a as i128).wrapping_rem(b as i128) as u128)),
];

fn plain(number: u128) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}

fn checked(number: Option<u128>) -> Vec<u8> {
    let mut bytes = vec![u8::from(number.is_some())];
    bytes.extend(number.unwrap_or(0).to_le_bytes());
    bytes
}

fn divides(code: u8) -> bool {
    [DIV_UNSIGNED, REM_UNSIGNED, DIV_SIGNED, REM_SIGNED].contains(&code)
}

/// The arithmetic of the probe.
struct Arithmetic(Probe);

impl Arithmetic {
    fn load() -> Self {
        Self(Probe::load())
    }

    /// Sends one batch and returns the answer, or the log of what went wrong.
    fn try_call(&mut self, mode: u8, code: u8, pairs: &[Pair]) -> Result<Vec<u8>, String> {
        let mut data = vec![mode, code];
        for (a, b) in pairs {
            data.extend(a.to_le_bytes());
            data.extend(b.to_le_bytes());
        }
        self.0.call(&data)
    }

    fn call(&mut self, mode: u8, code: u8, pairs: &[Pair]) -> Vec<u8> {
        self.try_call(mode, code, pairs).unwrap_or_else(|error| panic!("operation {code}: {error}"))
    }

    /// Runs all operations on all pairs and compares with the host. Divisions leave out pairs with a divisor of zero.
    fn check(&mut self, pairs: &[Pair]) {
        for &(name, code, native) in OPERATIONS {
            let pairs: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.1 != 0 || !divides(code)).collect();
            for batch in pairs.chunks(BATCH) {
                let answer = self.call(RESULTS, code, batch);
                let size = native(1, 1).len();
                // The machine drops zeros at the end of an answer.
                assert!(answer.len() <= size * batch.len());
                for (index, &(a, b)) in batch.iter().enumerate() {
                    let mut found: Vec<u8> = answer.iter().skip(index * size).take(size).copied().collect();
                    found.resize(size, 0);
                    assert_eq!(found, native(a, b), "{name}: {a:#x}, {b:#x}");
                }
            }
        }
    }
}

/// Random numbers of the kinds that these tests need.
struct Numbers(Random);

impl Numbers {
    fn word(&mut self) -> u64 {
        self.0.word()
    }

    /// Returns a number of random width and sign, because uniform numbers would almost never be small.
    fn number(&mut self) -> u128 {
        let number = (u128::from(self.word()) << 64) | u128::from(self.word());
        let number = number >> (self.word() % 128);
        if self.word().is_multiple_of(4) { number.wrapping_neg() } else { number }
    }
}

#[test]
fn edge_cases() {
    let mut edges: Vec<u128> = vec![0, 1, 2, 3, 10, 1_000_000_000, 10u128.pow(18)];
    for bit in [31, 32, 33, 63, 64, 65, 95, 96, 127] {
        let power = 1u128 << bit;
        edges.extend([power - 1, power, power + 1]);
    }
    edges.extend([u128::MAX, i128::MAX as u128, i128::MIN as u128]);
    // In these cases of long division the first guess of a digit is two too large.
    edges.extend([
        0x7fff_ffff_8000_0000_0000_0000_0000_0000,
        0x8000_0000_0000_0000_0000_0000_ffff_fffe,
        0x8000_0000_0000_0001_0000_0000_0000_0000,
        0xffff_fffe_ffff_ffff_ffff_ffff_ffff_ffff,
    ]);
    let negative: Vec<u128> = edges.iter().map(|edge| edge.wrapping_neg()).collect();
    edges.extend(negative);
    edges.sort_unstable();
    edges.dedup();
    let mut pairs = Vec::new();
    for &a in &edges {
        pairs.extend(edges.iter().map(|&b| (a, b)));
    }
    Arithmetic::load().check(&pairs);
}

#[test]
fn known_values() {
    let mut probe = Arithmetic::load();
    let signed = |a: i128, b: i128| (a as u128, b as u128);
    let pairs = [signed(-43, 6), signed(43, -6), signed(-43, -6), signed(i128::MIN, -1)];
    let words = |answer: Vec<u8>| -> Vec<i128> {
        answer
            .chunks(16)
            .map(|bytes| {
                let mut word = [0; 16];
                word[..bytes.len()].copy_from_slice(bytes);
                i128::from_le_bytes(word)
            })
            .collect()
    };
    let quotients = words(probe.call(RESULTS, DIV_SIGNED, &pairs));
    assert_eq!(quotients, [-7, -7, 7, i128::MIN]);
    // The last remainder is zero, and the machine drops zeros at the end.
    let remainders = words(probe.call(RESULTS, REM_SIGNED, &pairs));
    assert_eq!(remainders[..3], [-1, 1, -1]);
    assert!(remainders[3..].iter().all(|rest| *rest == 0));
}

#[test]
fn random_pairs() {
    let mut random = Numbers(Random(0x0e7e_66ee_0000_0128));
    let pairs: Vec<Pair> = (0..4_000).map(|_| (random.number(), random.number())).collect();
    Arithmetic::load().check(&pairs);
}

#[test]
fn a_divisor_of_zero_fails_the_transaction() {
    let mut probe = Arithmetic::load();
    for (_, code, _) in OPERATIONS.iter().filter(|(_, code, _)| divides(*code)) {
        let error = probe.try_call(RESULTS, *code, &[(5, 0)]).unwrap_err();
        assert!(error.contains("by zero") || error.contains("divisor of zero"), "{error}");
    }
}

#[test]
fn compute_units() {
    let mut probe = Arithmetic::load();
    let small = (1_234_567, 89);
    let word = (u128::from(u64::MAX / 3), 1_000_000_007);
    let by_digit = (10u128.pow(30), 1_000_000_000);
    let by_word = (10u128.pow(33), 10u128.pow(18));
    let two_words = (u128::MAX / 7, 10u128.pow(30));
    let pairs = [small, word, by_digit, by_word, two_words];
    println!("compute units, net of reading and writing the numbers");
    println!("{:<20}{:>9}{:>9}{:>9}{:>9}{:>9}", "", "small", "u64", "/ <2^32", "/ <2^64", "/ >2^64");
    for &(name, code, _) in OPERATIONS {
        let answer = probe.call(UNITS, code, &pairs);
        let mut line = format!("{name:<20}");
        let mut units = answer.chunks(8).map(|bytes| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        });
        for _ in pairs {
            let units = units.next().unwrap_or(0);
            line += &format!("{units:>9}");
            // The limit is far above what any of them takes, but below what a routine would take that works bit by bit.
            assert!(units < 600, "{name} took {units} compute units");
        }
        println!("{line}");
    }
}
