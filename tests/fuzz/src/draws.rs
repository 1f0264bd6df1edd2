//! Where the decisions of a step come from: from a generator of random numbers, or from a record of earlier ones.

use evergreen_tests::random::Random;

/// The decisions of one step. Each is a number below a limit, and small numbers are the plain choices, so that a record becomes simpler when its
/// numbers become smaller and when it becomes shorter.
#[derive(Clone, Debug)]
pub struct Draws {
    given: Vec<u64>,
    random: Option<Random>,
    taken: Vec<u64>,
}

impl Draws {
    /// Decisions that nobody has made yet.
    pub fn random(seed: u64) -> Self {
        Self { given: Vec::new(), random: Some(Random(seed)), taken: Vec::new() }
    }

    /// The decisions of a record; those that it does not tell are zero.
    pub fn recorded(given: &[u64]) -> Self {
        Self { given: given.to_vec(), random: None, taken: Vec::new() }
    }

    /// Returns the decisions made so far.
    pub fn taken(&self) -> &[u64] {
        &self.taken
    }

    /// Decides on a number below a limit, which is not zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        let place = self.taken.len();
        let number = match (&mut self.random, self.given.get(place)) {
            (Some(random), _) => random.word() % limit,
            (None, Some(given)) => given % limit,
            (None, None) => 0,
        };
        self.taken.push(number);
        number
    }

    /// Decides on a number between two limits, both included.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).unsigned_abs()) as i64
    }

    /// Whether something happens that happens so many times in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        // Nothing unusual happens where nothing is told.
        self.below(100) >= 100 - chance
    }

    /// Picks one of several; `None` if there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len() as u64) as usize) }
    }

    /// Decides on an amount of something of which there is so much: mostly a part of it of any magnitude, often all of it, and now and then a number that is just
    /// beyond it or at an end of its type.
    pub fn amount(&mut self, all: u64) -> u64 {
        match self.below(20) {
            0..=6 => 1 + self.below(all.max(1)),
            7..=9 => all,
            10..=12 => all >> self.below(64),
            13 => all.saturating_add(1),
            14 => all.saturating_sub(1),
            15 => all.saturating_mul(2),
            16 => 0,
            17 => 1,
            18 => 1 << self.below(64),
            _ => *self.pick(&[u64::MAX, i64::MAX as u64, i64::MAX as u64 + 1, u64::from(u32::MAX)]).expect("some"),
        }
    }
}
