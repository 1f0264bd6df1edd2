//! Models of prices. Drifts are those of the expected price unless a model says otherwise.

use crate::contract::YEAR;
use crate::paths::SimPath;
use crate::random::Rng;

/// A model of a price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// Geometric Brownian motion.
    Gbm {
        /// Volatility per √year.
        sigma: f64,
    },
    /// Geometric Brownian motion with normally distributed jumps of the logarithm.
    Merton {
        /// Volatility between jumps.
        sigma: f64,
        /// Jumps a year.
        jumps: f64,
        /// Mean of a jump.
        mean: f64,
        /// Standard deviation of a jump.
        deviation: f64,
    },
    /// Variance that reverts to its mean (Heston), with a full truncation at zero.
    Heston {
        /// Volatility in the long run.
        sigma: f64,
        /// Half-life of the variance's distance from its mean, in days.
        half_life_days: f64,
        /// Volatility of variance.
        of_variance: f64,
        /// Correlation of price and variance.
        correlation: f64,
    },
    /// Log-normal volatility that is the sum of processes of many half-lives, as rough volatility is: bursts within hours upon waves of
    /// weeks.
    Bursts {
        /// Root of the mean variance.
        sigma: f64,
        /// Standard deviation of the logarithm of the volatility.
        roughness: f64,
    },
}

/// Half-lives of the processes of [`Model::Bursts`], in days.
const HALF_LIVES: [f64; 5] = [0.05, 0.3, 2.0, 12.0, 70.0];

impl Model {
    /// Returns its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gbm { .. } => "GBM",
            Self::Merton { .. } => "Merton",
            Self::Heston { .. } => "Heston",
            Self::Bursts { .. } => "bursts",
        }
    }

    /// Draws a path of some years with a drift of the expected price per year.
    pub fn path(&self, rng: &mut Rng, years: f64, drift: f64, step: f64) -> SimPath {
        let (steps, dt) = ((years * YEAR / step).round() as usize, step / YEAR);
        let mut ln = Vec::with_capacity(steps + 1);
        let mut now = 50_000f64.ln();
        ln.push(now);
        let root = dt.sqrt();
        let mut volatility = State::start(self, rng);
        for _ in 0..steps {
            let sigma = volatility.sigma;
            let shock = rng.normal();
            now += (drift - 0.5 * sigma * sigma) * dt + sigma * root * shock;
            if let Self::Merton { jumps, mean, deviation, .. } = *self {
                now -= jumps * ((mean + 0.5 * deviation * deviation).exp() - 1.0) * dt;
                if rng.chance(jumps * dt) {
                    now += mean + deviation * rng.normal();
                }
            }
            volatility.advance(self, rng, dt, shock);
            ln.push(now);
        }
        SimPath { name: self.name().to_owned(), start: 0.0, step, ln }
    }
}

/// Volatility of a path at one moment.
struct State {
    sigma: f64,
    variance: f64,
    logs: [f64; HALF_LIVES.len()],
}

impl State {
    fn start(model: &Model, rng: &mut Rng) -> Self {
        let mut state = Self { sigma: 0.0, variance: 0.0, logs: [0.0; HALF_LIVES.len()] };
        match *model {
            Model::Gbm { sigma } | Model::Merton { sigma, .. } => state.sigma = sigma,
            Model::Heston { sigma, .. } => (state.sigma, state.variance) = (sigma, sigma * sigma),
            Model::Bursts { sigma, roughness } => {
                let part = roughness / (HALF_LIVES.len() as f64).sqrt();
                state.logs = std::array::from_fn(|_| part * rng.normal());
                state.sigma = Self::of_logs(&state.logs, sigma, roughness);
            }
        }
        state
    }

    /// The mean of `exp(2x)` is `exp(2·roughness²)`, so that the mean variance is the model's.
    fn of_logs(logs: &[f64], sigma: f64, roughness: f64) -> f64 {
        sigma * (logs.iter().sum::<f64>() - roughness * roughness).exp()
    }

    fn advance(&mut self, model: &Model, rng: &mut Rng, dt: f64, shock: f64) {
        match *model {
            Model::Gbm { .. } | Model::Merton { .. } => {}
            Model::Heston { sigma, half_life_days, of_variance, correlation } => {
                let speed = std::f64::consts::LN_2 * 365.0 / half_life_days;
                let there = self.variance.max(0.0);
                let own = correlation * shock + (1.0 - correlation * correlation).sqrt() * rng.normal();
                self.variance += speed * (sigma * sigma - there) * dt + of_variance * (there * dt).sqrt() * own;
                self.sigma = self.variance.max(0.0).sqrt();
            }
            Model::Bursts { sigma, roughness } => {
                let part = roughness / (HALF_LIVES.len() as f64).sqrt();
                for (log, half_life) in self.logs.iter_mut().zip(HALF_LIVES) {
                    let kept = (-dt * 365.0 / half_life).exp2();
                    *log = *log * kept + part * (1.0 - kept * kept).sqrt() * rng.normal();
                }
                self.sigma = Self::of_logs(&self.logs, sigma, roughness);
            }
        }
    }
}

/// Returns the path of a stock whose returns over each step correlate with those of `path`.
pub fn correlated(path: &SimPath, rng: &mut Rng, correlation: f64, sigma: f64, of_path: f64) -> SimPath {
    let root = (path.step / YEAR).sqrt();
    let (mut now, mut ln) = (0.0, vec![0.0]);
    for pair in path.ln.windows(2) {
        let common = correlation * (pair[1] - pair[0]) / of_path;
        now += sigma * (common + (1.0 - correlation * correlation).sqrt() * root * rng.normal());
        now -= 0.5 * sigma * sigma * path.step / YEAR;
        ln.push(now);
    }
    SimPath { name: "stock".to_owned(), start: path.start, step: path.step, ln }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODELS: [Model; 4] = [
        Model::Gbm { sigma: 0.6 },
        Model::Merton { sigma: 0.45, jumps: 18.0, mean: -0.08, deviation: 0.06 },
        Model::Heston { sigma: 0.6, half_life_days: 2.0, of_variance: 3.0, correlation: -0.3 },
        Model::Bursts { sigma: 0.6, roughness: 0.5 },
    ];

    #[test]
    fn expected_prices_follow_the_drift() {
        for model in MODELS {
            let n = 4_000;
            let mut total = (0.0, 0.0);
            for run in 0..n {
                let path = model.path(&mut Rng::new(5, run), 0.1, 0.5, 3_600.0);
                let growth = (path.ln[path.ln.len() - 1] - path.ln[0]).exp();
                total = (total.0 + growth, total.1 + growth * growth);
            }
            let mean = total.0 / n as f64;
            let error = ((total.1 / n as f64 - mean * mean) / n as f64).sqrt();
            assert!((mean - 0.05f64.exp()).abs() < 4.0 * error, "{model:?}: {mean} ± {error}");
        }
    }

    #[test]
    fn paths_realise_the_variance_of_their_model() {
        for (model, expected) in [(MODELS[0], 0.36), (MODELS[1], 0.45 * 0.45 + 18.0 * (0.08 * 0.08 + 0.06 * 0.06))] {
            let path = model.path(&mut Rng::new(6, 0), 20.0, 0.0, 3_600.0);
            let realised = path.realised(1).powi(2);
            assert!((realised / expected - 1.0).abs() < 0.08, "{model:?}: {realised}, {expected}");
        }
    }

    #[test]
    fn a_correlated_path_correlates() {
        let path = MODELS[0].path(&mut Rng::new(8, 0), 2.0, 0.0, 3_600.0);
        let stock = correlated(&path, &mut Rng::new(8, 1), 0.5, 0.7, 0.6);
        let moves = |path: &SimPath| path.ln.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<f64>>();
        let (x, y) = (moves(&path), moves(&stock));
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let correlation = product(&x, &y) / (product(&x, &x) * product(&y, &y)).sqrt();
        assert!((correlation - 0.5).abs() < 0.03, "{correlation}");
        assert!((stock.realised(1) - 0.7).abs() < 0.02);
    }
}
