//! Pricing on the virtual machine, which gives the same bits as on the host and is within budgets of compute units.

use evergreen_tests::{probe::Probe, random::Random};
use evergreen_vm_probe::{codes::*, operations::OPERATIONS, pricing};

/// Bytes of operands per transaction, which fit its size of 1,232 bytes and its 200,000 compute units.
const OPERANDS: usize = 640;
/// Bytes a program may return.
const ANSWER: usize = 1_024;
/// One, in 64.64 bits.
const ONE: i128 = 1 << 64;

/// The pricing functions of the probe.
struct Pricing(Probe);

impl Pricing {
    fn load() -> Self {
        Self(Probe::load())
    }

    /// Returns the answers to calls of an operation, each of `size` bytes.
    fn call(&mut self, mode: u8, code: u8, inputs: &[Vec<u8>], size: usize) -> Vec<Vec<u8>> {
        let input = OPERATIONS[usize::from(code)].input;
        let batch = (OPERANDS / input).min(ANSWER / size).max(1);
        let mut answers = Vec::new();
        for chunk in inputs.chunks(batch) {
            let mut data = vec![mode, code];
            data.extend(chunk.concat());
            let mut answer = self.0.call(&data).unwrap_or_else(|error| panic!("operation {code}: {error}"));
            // The machine drops zeros at the end of an answer.
            answer.resize(size * chunk.len(), 0);
            answers.extend(answer.chunks(size).map(<[u8]>::to_vec));
        }
        answers
    }

    /// Returns the compute units of calls of an operation.
    fn units(&mut self, code: u8, inputs: &[Vec<u8>]) -> Vec<u64> {
        let answers = self.call(UNITS, code, inputs, 8);
        answers.iter().map(|bytes| u64::from_le_bytes(bytes.as_slice().try_into().unwrap())).collect()
    }

    /// Compares machine and host bit by bit, and returns how many of the answers are results and not errors.
    fn compare(&mut self, code: u8, inputs: &[Vec<u8>]) -> usize {
        let operation = &OPERATIONS[usize::from(code)];
        let found = self.call(RESULTS, code, inputs, operation.output);
        for (input, found) in inputs.iter().zip(&found) {
            let mut expected = vec![0; operation.output];
            (operation.run)(input, &mut expected);
            assert_eq!(*found, expected, "operation {code} on {input:?}");
        }
        found.iter().filter(|answer| answer[0] == 1).count()
    }
}

/// Random numbers of the kinds that these tests need.
struct Numbers(Random);

impl Numbers {
    fn word(&mut self) -> u64 {
        self.0.word()
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low)
    }

    /// Returns a number of random width and sign, because uniform numbers would almost never be small.
    fn number(&mut self) -> i128 {
        let number = (i128::from(self.word() as i64) << 64) | i128::from(self.word());
        number >> self.below(128)
    }

    /// Returns a number of a size for which elementary functions have results.
    fn moderate(&mut self) -> i128 {
        let number = i128::from(self.word() as i64) << 7;
        number >> self.below(64)
    }
}

fn numbers(a: i128, b: i128) -> Vec<u8> {
    [a.to_le_bytes(), b.to_le_bytes()].concat()
}

/// Returns `value / per_unit` in 64.64 bits, rounded down.
fn decimal(value: u64, per_unit: i128) -> i128 {
    (i128::from(value) << 64) / per_unit
}

/// Encodes an option: spot in cents, strike in dollars, volatility in 10^−6, tenor in seconds, cap in 10^−4 of the strike (0 for
/// none).
fn option(put: bool, spot: u64, strike: u64, sigma: u64, tenor: u32, cap: u64) -> Vec<u8> {
    let flags = (i128::from(tenor) << 32) | i128::from(put);
    let fields = [decimal(strike, 1), decimal(sigma, 1_000_000), decimal(cap, 10_000), decimal(spot, 100), flags];
    fields.iter().flat_map(|field| field.to_le_bytes()).collect()
}

fn random_option(random: &mut Numbers) -> Vec<u8> {
    let put = random.below(2) == 1;
    let strike = random.between(1, 200) * 1_000;
    let cap = match (random.below(4), put) {
        (0, _) => 0,
        (_, true) => random.between(3_000, 9_990),
        (_, false) => random.between(10_010, 25_000),
    };
    let spot = match random.below(4) {
        // The spot is anywhere, also outside the domain.
        0 => strike * random.between(1, 12_000),
        // The spot is near strike and cap, at one of them, or within a dollar of the cap.
        1 => strike * random.between(40, 220),
        2 => strike * cap.max(10_000) / 100,
        _ => strike * cap.max(5_000) / 100 + random.below(200) - 100,
    };
    let sigma = random.between(40_000, 4_100_000);
    let tenor = random.between(3_500, 7_800_000) as u32;
    option(put, spot, strike, sigma, tenor, cap)
}

/// Encodes twelve positions around a spot of about 100,000 dollars: calls if `kinds` is 0, puts if it is 1, both if it is 2. All
/// are written if `short`, otherwise about half of them.
fn portfolio(random: &mut Numbers, kinds: u64, short: bool) -> Vec<u8> {
    let spot = 100_000u64;
    let mut data = decimal(spot * 100 + random.below(10_000), 100).to_le_bytes().to_vec();
    for position in 0..pricing::POSITIONS as u64 {
        let put = kinds == 1 || kinds == 2 && position % 2 == 1;
        let strike = spot - 20_000 + random.below(40) * 1_000;
        let sigma = random.between(400_000, 900_000);
        let cap = if put { 8_000u64 } else { 12_000 };
        let size = random.between(1_000_000, 100_000_000) as i64;
        let points = if short || random.below(2) == 0 { -size } else { size };
        for field in [strike, sigma, cap, points as u64] {
            data.extend(field.to_le_bytes());
        }
    }
    data
}

#[test]
fn elementary_functions_are_bit_identical() {
    let mut probe = Pricing::load();
    let mut random = Numbers(Random(1));
    for (name, code) in [("ln", LN), ("exp", EXP), ("sqrt", SQRT), ("pow", POW)] {
        let mut inputs: Vec<Vec<u8>> =
            [0, 1, -1, ONE, ONE - 1, ONE + 1, i128::MAX, i128::MIN].map(|x| numbers(x, ONE)).to_vec();
        inputs.extend((0..2_000).map(|_| numbers(random.number(), random.moderate())));
        inputs.extend((0..1_000).map(|_| numbers(random.moderate(), random.moderate())));
        let results = probe.compare(code, &inputs);
        println!("{name}: {} inputs, {results} results", inputs.len());
        assert!(results > inputs.len() / 4);
    }
}

#[test]
fn values_are_bit_identical() {
    let mut probe = Pricing::load();
    let mut random = Numbers(Random(2));
    let inputs: Vec<Vec<u8>> = (0..4_000).map(|_| random_option(&mut random)).collect();
    let results = probe.compare(VALUE, &inputs);
    println!("value: {} inputs, {results} results", inputs.len());
    assert!(results > inputs.len() / 2);
    assert_eq!(probe.compare(SLOPE, &inputs), results, "a value with its slope");
}

#[test]
fn health_is_bit_identical() {
    let mut probe = Pricing::load();
    let mut random = Numbers(Random(3));
    let inputs: Vec<Vec<u8>> = (0..200).map(|i| portfolio(&mut random, i % 3, i % 2 == 0)).collect();
    assert_eq!(probe.compare(HEALTH, &inputs), inputs.len());
}

/// Measures calls against budgets and prints a line for each.
struct Budgets {
    probe: Pricing,
    over: Vec<String>,
}

impl Budgets {
    /// Compares the compute units of the most expensive of some calls with a budget.
    fn within(&mut self, name: &str, code: u8, inputs: &[Vec<u8>], budget: u64) {
        let units = self.probe.units(code, inputs);
        self.check(name, &units, budget);
    }

    /// Compares the compute units of a value whose terms are known with a budget. They are those of two values less those of one.
    fn values_within(&mut self, name: &str, inputs: &[Vec<u8>], budget: u64) {
        let (twice, once) = (self.probe.units(VALUE_TWICE, inputs), self.probe.units(VALUE, inputs));
        let units: Vec<u64> = twice.iter().zip(&once).map(|(twice, once)| twice.saturating_sub(*once)).collect();
        self.check(name, &units, budget);
    }

    /// Compares the compute units of a value with its slope, of terms that are known, with a budget.
    fn slopes_within(&mut self, name: &str, inputs: &[Vec<u8>], budget: u64) {
        let (all, terms) = (self.probe.units(SLOPE, inputs), self.probe.units(TERMS, inputs));
        let units: Vec<u64> = all.iter().zip(&terms).map(|(all, terms)| all.saturating_sub(*terms)).collect();
        self.check(name, &units, budget);
    }

    /// Compares what the slope of options takes beside their terms and values with a budget: of the dearest, and of their mean.
    fn slopes_alone_within(&mut self, name: &str, inputs: &[Vec<u8>], [dearest, mean]: [u64; 2]) {
        let (with, without) = (self.probe.units(SLOPE, inputs), self.probe.units(VALUE, inputs));
        let units: Vec<u64> = with.iter().zip(&without).map(|(with, without)| with.saturating_sub(*without)).collect();
        self.check(name, &units, dearest);
        self.check(&format!("{name}, mean"), &[units.iter().sum::<u64>() / units.len() as u64], mean);
    }

    fn check(&mut self, name: &str, units: &[u64], budget: u64) {
        let (least, most) = (units.iter().min().unwrap(), units.iter().max().unwrap());
        println!("{name:<36}{least:>9}{most:>9}{budget:>9}");
        if *most > budget {
            self.over.push(format!("{name} takes {most} compute units, its budget is {budget}"));
        }
    }
}

#[test]
fn compute_units() {
    let mut budgets = Budgets { probe: Pricing::load(), over: Vec::new() };
    let mut random = Numbers(Random(4));
    println!("{:<36}{:>9}{:>9}{:>9}", "compute units", "least", "most", "budget");
    let logs: Vec<Vec<u8>> = (0..200).map(|_| numbers(random.number().saturating_abs().max(1), 0)).collect();
    budgets.within("ln", LN, &logs, 400);
    let powers: Vec<Vec<u8>> = (0..200).map(|_| numbers(random.moderate() % (40 * ONE), 0)).collect();
    budgets.within("exp", EXP, &powers, 400);
    budgets.within("sqrt, every bit", SQRT, &logs, 1_000);
    let pairs: Vec<Vec<u8>> =
        (0..200).map(|_| numbers(random.number().saturating_abs().max(1), random.moderate() % (3 * ONE))).collect();
    budgets.within("pow", POW, &pairs, 1_000);

    // These are options on BTC with a strike of 100,000 dollars, 7 days and caps 20 % away.
    let week = 7 * 86_400;
    let spots = |put, spots: [u64; 3], cap| spots.map(|spot| option(put, spot, 100_000, 600_000, week, cap)).to_vec();
    for (name, inputs) in [
        ("value, call out of the money", spots(false, [7_000_000, 8_512_345, 9_999_999], 12_000)),
        ("value, put in the money", spots(true, [8_100_000, 9_512_345, 9_999_999], 8_000)),
        ("value, call at the money", spots(false, [10_000_000, 10_000_001, 10_100_000], 12_000)),
        ("value, call next to its cap", spots(false, [11_999_999, 11_999_000, 11_900_000], 12_000)),
        ("value, put next to its cap", spots(true, [8_000_001, 8_000_900, 8_100_000], 8_000)),
        ("value, uncapped call", spots(false, [7_000_000, 10_000_000, 13_000_000], 0)),
    ] {
        budgets.values_within(name, &inputs, 1_500);
    }
    let any: Vec<Vec<u8>> = (0..500).map(|_| random_option(&mut random)).collect();
    budgets.values_within("value, any of 500 options", &any, 1_500);
    budgets.slopes_within("value with slope, any of 500", &any, 2_500);
    budgets.slopes_alone_within("slope, any of 500", &any, [700, 600]);
    for (name, put, cap) in [("slope, calls", false, 12_000), ("slope, puts", true, 8_000)] {
        let listed = spots(put, [8_512_345, 10_000_000, 11_500_000], cap);
        budgets.slopes_alone_within(name, &listed, [700, 600]);
    }
    let usual = spots(false, [7_000_000, 10_500_000, 11_999_999], 12_000);
    println!("including the reading of 80 bytes and the writing of 33, which alone take");
    budgets.within("  reading and writing", OPTION_NOTHING, &usual, 600);
    budgets.within("  terms", TERMS, &usual, 1_000);
    budgets.within("  terms and value", VALUE, &usual, 2_500);
    budgets.within("  terms and pricer", CURVE, &usual, 2_000);
    budgets.within("  terms, pricer and nine prices", CURVE_AT_NINE, &usual, 12_000);

    for (name, kinds) in [("calls", 0), ("puts", 1), ("calls and puts", 2)] {
        let inputs: Vec<Vec<u8>> = (0..20).map(|_| portfolio(&mut random, kinds, true)).collect();
        budgets.within(&format!("health, 12 short {name}"), HEALTH, &inputs, 120_000);
    }
    assert!(budgets.over.is_empty(), "{:#?}", budgets.over);
}
