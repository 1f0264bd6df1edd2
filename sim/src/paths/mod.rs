//! Price paths: models with a seed, and history.

pub mod bars;
pub mod bridge;
pub mod models;

/// Prices at equal steps of time.
#[derive(Clone, Debug, PartialEq)]
pub struct SimPath {
    /// What it is, for tables.
    pub name: String,
    /// Unix time of the first price.
    pub start: f64,
    /// Seconds between prices.
    pub step: f64,
    /// Natural logarithms of the prices.
    pub ln: Vec<f64>,
}

impl SimPath {
    /// Returns its length in years of 365 days.
    pub fn years(&self) -> f64 {
        self.ln.len().saturating_sub(1) as f64 * self.step / crate::contract::YEAR
    }

    /// Returns its calendar years, such as `2016-18`. A first or last one of which there are days only does not count.
    pub fn period(&self) -> String {
        let week = 7.0 * 86_400.0;
        let first = bars::year_of(self.start + week);
        let last = bars::year_of(self.start + self.ln.len() as f64 * self.step - week).max(first);
        if first == last { first.to_string() } else { format!("{first}-{:02}", last % 100) }
    }

    /// Returns the annual volatility that its returns over `span` steps realise.
    pub fn realised(&self, span: usize) -> f64 {
        let points: Vec<f64> = self.ln.iter().copied().step_by(span).collect();
        let squares: f64 = points.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
        let years = (points.len() - 1) as f64 * span as f64 * self.step / crate::contract::YEAR;
        (squares / years).sqrt()
    }

    /// Returns the part of the path between two unix times.
    pub fn between(&self, from: f64, to: f64) -> Self {
        let index = |time: f64| (((time - self.start) / self.step).max(0.0) as usize).min(self.ln.len());
        let (first, last) = (index(from), index(to));
        Self {
            name: self.name.clone(),
            start: self.start + first as f64 * self.step,
            step: self.step,
            ln: self.ln[first..last].to_vec(),
        }
    }
}
