//! Means with their intervals, and what is left of them where many are looked at.

/// A mean over clusters, with half of its 95 % interval (Student's distribution) and the chance that luck alone is so far above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Half of its 95 % interval.
    pub half: f64,
    /// Chance of at least this mean where the truth is zero.
    pub luck: f64,
}

/// Returns the ratio of two sums over clusters. Of fewer than four clusters nothing is known.
pub fn ratio(clusters: &[(f64, f64)]) -> Mean {
    let (above, below) = clusters.iter().fold((0.0, 0.0), |sum, cluster| (sum.0 + cluster.0, sum.1 + cluster.1));
    if below == 0.0 {
        return Mean { mean: 0.0, half: 0.0, luck: 1.0 };
    }
    let (mean, n) = (above / below, clusters.len() as f64);
    if clusters.len() < 4 {
        return Mean { mean, half: f64::INFINITY, luck: 1.0 };
    }
    let squares: f64 = clusters.iter().map(|(gain, premium)| (gain - mean * premium).powi(2)).sum();
    let error = (squares * n / (n - 1.0)).sqrt() / below.abs();
    Mean { mean, half: student(n - 1.0) * error, luck: luck(mean / error, n - 1.0) }
}

/// Returns the 97.5 % quantile of Student's distribution with at least three degrees of freedom (Cornish and Fisher).
fn student(freedom: f64) -> f64 {
    let z = 1.959_964f64;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom) + z
}

/// Returns the chance that Student's distribution exceeds `t`.
fn luck(t: f64, freedom: f64) -> f64 {
    if !t.is_finite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    // The normal deviate with about the same tail (Wallace).
    let size = (freedom * (t * t / freedom).ln_1p()).sqrt() * (1.0 - 0.75 / freedom).max(0.5).sqrt();
    let tail = 0.5 * erfc(size / std::f64::consts::SQRT_2);
    if t > 0.0 { tail } else { 1.0 - tail }
}

/// The complementary error function of a number that is not negative, to a relative 1.2·10⁻⁷ (Chebyshev, as in Numerical Recipes).
fn erfc(x: f64) -> f64 {
    const TERMS: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    t * (TERMS.iter().rev().fold(0.0, |sum, term| sum * t + term) - x * x).exp()
}

/// How many of many tests find something at 5 %, where each may be luck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Findings {
    /// Tests.
    pub tests: usize,
    /// Those whose own 95 % interval is above zero. One in forty is to be expected of luck.
    pub alone: usize,
    /// Those that remain where one in twenty of what is found may be luck (Benjamini and Hochberg).
    pub most_true: usize,
    /// Those that remain where luck may find any of them in one case of twenty (Bonferroni).
    pub all_true: usize,
    /// The chances of luck up to which a test counts for the last two, in millionths.
    limits: [u64; 2],
}

impl Findings {
    /// Counts the findings of tests with these chances of luck.
    pub fn of(lucks: &[f64]) -> Self {
        let mut sorted = lucks.to_vec();
        sorted.sort_by(f64::total_cmp);
        let tests = sorted.len().max(1) as f64;
        let most_true =
            (1..=sorted.len()).rev().find(|rank| sorted[rank - 1] <= 0.05 * *rank as f64 / tests).unwrap_or(0);
        let below = |limit: f64| sorted.iter().filter(|luck| **luck <= limit).count();
        let millionths = |limit: f64| (limit * 1e6) as u64;
        Self {
            tests: sorted.len(),
            alone: below(0.025),
            most_true,
            all_true: below(0.05 / tests),
            limits: [millionths(0.05 * most_true as f64 / tests), millionths(0.05 / tests)],
        }
    }

    /// Says whether a test with this chance of luck is among the findings.
    pub fn word(&self, luck: f64) -> &'static str {
        let within = |limit: u64| luck * 1e6 <= limit as f64;
        if within(self.limits[1]) {
            "yes (Bonferroni)"
        } else if within(self.limits[0]) {
            "yes (Benjamini-Hochberg)"
        } else {
            "no"
        }
    }
}

/// Returns the 2.5 and 97.5 % quantiles of numbers, the least and the largest of few.
pub fn spread(numbers: &[f64]) -> [f64; 2] {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    [0.025, 0.975].map(|part| sorted.get((part * last).round() as usize).copied().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    #[test]
    fn intervals_hold_the_truth_about_as_often_as_they_say() {
        for clusters in [5, 36] {
            let mut rng = Rng::new(42, 0);
            let holds = (0..4_000).filter(|_| {
                let clusters: Vec<(f64, f64)> = (0..clusters).map(|_| (0.1 + rng.normal(), 1.0)).collect();
                let found = ratio(&clusters);
                (found.mean - 0.1).abs() < found.half
            });
            let holds = holds.count();
            assert!((3_740..3_860).contains(&holds), "{holds} of 4,000 with {clusters} clusters");
        }
    }

    #[test]
    fn quantiles_and_tails_are_those_of_the_tables() {
        for (freedom, quantile) in [(3.0, 3.182), (10.0, 2.228), (30.0, 2.042), (1e6, 1.960)] {
            assert!((student(freedom) / quantile - 1.0).abs() < 0.01, "{freedom}: {}", student(freedom));
        }
        for (t, freedom, tail) in [(2.228, 10.0, 0.025), (4.144, 10.0, 0.001), (3.09, 1e6, 0.001), (0.0, 5.0, 0.5)] {
            assert!((luck(t, freedom) / tail - 1.0).abs() < 0.2, "{t}: {}", luck(t, freedom));
        }
        assert!((luck(-2.228, 10.0) - 0.975).abs() < 0.002);
    }

    #[test]
    fn luck_alone_is_found_one_by_one_and_not_together() {
        let mut rng = Rng::new(43, 0);
        let (mut alone, mut most, mut all) = (0, 0, 0);
        for _ in 0..200 {
            let lucks: Vec<f64> = (0..261).map(|_| rng.uniform()).collect();
            let findings = Findings::of(&lucks);
            (alone, most, all) =
                (alone + findings.alone, most + findings.most_true.min(1), all + findings.all_true.min(1));
        }
        assert!((1_150..1_450).contains(&alone) && most < 20 && all < 20, "{alone}, {most}, {all}");
        // What is there is found.
        let findings = Findings::of(&[1e-7, 1e-3, 0.02, 0.5, 0.9]);
        assert_eq!((findings.alone, findings.most_true, findings.all_true), (3, 3, 2));
        let words = [1e-7, 0.02, 0.5].map(|luck| findings.word(luck));
        assert_eq!(words, ["yes (Bonferroni)", "yes (Benjamini-Hochberg)", "no"]);
    }
}
