//! Random numbers that are the same in every run with one seed.

/// The increment of SplitMix64: 2^64 divided by the golden ratio.
const INCREMENT: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the first number that a [`Random`] with this seed gives. Consecutive seeds give numbers without a visible pattern.
///
/// The steps are those of SplitMix64, by Guy Steele, Doug Lea and Christine Flood ("Fast splittable pseudorandom number
/// generators", 2014), with the constants of Sebastiano Vigna's implementation.
pub const fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(INCREMENT);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A generator of random numbers (SplitMix64), with its state. A test that fails can be repeated with its seed.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// Returns a number of 64 random bits.
    pub const fn word(&mut self) -> u64 {
        let word = mixed(self.0);
        self.0 = self.0.wrapping_add(INCREMENT);
        word
    }

    /// Returns a number from `low` to `high`, both included.
    pub const fn range(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low) as u64 + 1;
        low + (self.word() % span) as i64
    }

    /// Returns a random element of a slice.
    ///
    /// # Panics
    /// If the slice is empty.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.word() % of.len() as u64) as usize]
    }

    /// Returns true with a probability of `chance` per cent.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.word() % 100 < chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that Vigna's `splitmix64.c` gives for the seed 0.
    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let mut random = Random(0);
        assert_eq!([random.word(), random.word()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        assert_eq!(mixed(0), 0xe220_a839_7b1d_cdaf);
    }
}
