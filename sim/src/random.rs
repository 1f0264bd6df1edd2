//! Random numbers of a run: the same in every run with one seed, whatever runs beside it.

use std::f64::consts::TAU;

use evergreen_test_support::random::Random;

/// A generator with a seed of its own.
#[derive(Clone, Debug)]
pub struct Rng {
    words: Random,
    spare: Option<f64>,
}

impl Rng {
    /// Returns the generator of run number `run` of a simulation with this seed.
    pub fn new(seed: u64, run: u64) -> Self {
        // Two mixings keep neighbouring seeds and runs apart.
        let start = evergreen_test_support::random::mixed(evergreen_test_support::random::mixed(seed) ^ run);
        Self { words: Random(start), spare: None }
    }

    /// Returns a number from zero to one, one excluded.
    pub fn uniform(&mut self) -> f64 {
        (self.words.word() >> 11) as f64 * (-53f64).exp2()
    }

    /// Returns a number of the standard normal distribution (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sine, cosine) = (TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }

    /// Returns whether something happens that happens with this chance.
    pub fn chance(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_the_moments_of_their_distribution() {
        let mut rng = Rng::new(7, 0);
        let numbers: Vec<f64> = (0..200_000).map(|_| rng.normal()).collect();
        let moment = |power: i32| numbers.iter().map(|x| x.powi(power)).sum::<f64>() / numbers.len() as f64;
        // Five standard errors: 1/√n, √2/√n, √15/√n, √96/√n.
        assert!(moment(1).abs() < 0.012, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.016, "{}", moment(2));
        assert!(moment(3).abs() < 0.044, "{}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.11, "{}", moment(4));
    }

    #[test]
    fn runs_differ_and_repeat() {
        let first = |seed, run| Rng::new(seed, run).uniform();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(1, 3));
        assert_ne!(first(1, 2), first(2, 2));
    }
}
