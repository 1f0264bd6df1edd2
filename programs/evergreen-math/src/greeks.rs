//! Sensitivities of option values, in closed form, for clients (feature `analytics`; never in the program).
//!
//! With `y = ln(S/K)` every branch of the time value is `(K/u)·F`, `F = e^(p·y) − e^(q·y − u·η)`, where p and q are
//! `(1±u)/2` and `η = |ln(cap ratio)|`:
//!
//! | | p | q |
//! | --- | --- | --- |
//! | call, S < K | (1+u)/2 | (1+u)/2 |
//! | call, S ≥ K | (1−u)/2 | (1+u)/2 |
//! | put, S ≥ K | (1−u)/2 | (1−u)/2 |
//! | put, S < K | (1+u)/2 | (1−u)/2 |
//!
//! The powers come from the fixed-point core, and their products are `f64`. The results are good for display and hedging
//! (the relative error is about 10^−12, and 10^−12 of the strike where terms cancel), but not for settlement.
//!
//! There is no rho, because the contract has no interest rate. There is no theta either, because the option never expires:
//! a holder pays [`Greeks::funding_per_day`] instead.

use crate::error::{MathError, MathResult};
use crate::fixed_point::Scaled;
use crate::option::{CurvePoint, OptionKind, OptionPricer, PricePoint};
use crate::units::{Dollars, Seconds};

/// Sensitivities of one option's value, per unit of the index.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Greeks {
    /// Intrinsic and time value, dollars.
    pub value: f64,
    /// Time value alone, dollars.
    pub time_value: f64,
    /// ∂value/∂spot, dollars per dollar. It jumps to zero at the cap.
    pub delta: f64,
    /// ∂²value/∂spot², per dollar: `2·TV/(σ²S²T)`. Funding per year is `½σ²S²` times it.
    pub gamma: f64,
    /// ∂value/∂σ: dollars per 1.0 (a hundred points) of volatility.
    pub vega: f64,
    /// ∂²value/∂spot∂σ, per 1.0 of volatility.
    pub vanna: f64,
    /// ∂²value/∂σ², dollars per 1.0² of volatility.
    pub volga: f64,
    /// What a holder pays per year, dollars: `TV/T = ½σ²S²·gamma`.
    pub funding_per_year: f64,
    /// What a holder pays per day of 86,400 seconds, dollars.
    pub funding_per_day: f64,
    /// ∂value/∂T, dollars per year of tenor: `vega·σ/(2T)`, since only σ²T matters.
    pub tenor_sensitivity: f64,
}

/// Returns 64.64 dollars as a float, to its 53 bits.
pub(crate) fn dollars_to_f64(amount: Dollars) -> f64 {
    amount.to_bits() as f64 / 18_446_744_073_709_551_616.0
}

/// Returns 2^exponent, or zero below the range of normal numbers.
fn power_of_two(exponent: i64) -> f64 {
    match u64::try_from(exponent.saturating_add(1023)) {
        Ok(biased @ 1..=2046) => f64::from_bits(biased << 52),
        Ok(0) | Err(_) => 0.0,
        Ok(_) => f64::INFINITY,
    }
}

/// Returns a scaled number as a float, to its 53 bits.
fn to_f64(number: Scaled) -> f64 {
    number.mantissa as f64 * power_of_two(number.exponent)
}

impl OptionPricer {
    /// Returns all sensitivities at a spot; at the cap and beyond it only the value is not zero.
    /// Errors: as [`OptionPricer::at`].
    pub fn greeks(&self, spot: Dollars) -> MathResult<Greeks> {
        let point = PricePoint::new(spot)?;
        let valuation = self.at_point(point)?;
        let time_value = dollars_to_f64(valuation.time_value);
        let value = dollars_to_f64(valuation.value()?);
        let terms = self.terms();
        if terms.is_capped_at(spot) {
            return Ok(Greeks { value, ..Greeks::default() });
        }
        let CurvePoint { u, sigma, decay, log_moneyness: y, cap_ratio_power: w, log_cap_ratio: eta } =
            self.point(point);
        let (u, sigma, decay, w) = (to_f64(u), to_f64(sigma), to_f64(decay), to_f64(w));
        let strike = dollars_to_f64(terms.strike());
        let spot_f = dollars_to_f64(spot);
        let tenor = f64::from(terms.tenor().0) / f64::from(Seconds::YEAR.0);
        if !(strike > 0.0 && spot_f > 0.0) {
            return Err(MathError::MoneynessOutOfRange);
        }

        let above = spot >= terms.strike();
        let is_call = terms.kind() == OptionKind::Call;
        // The derivatives of the exponents by u are ±½.
        let p_u = if above { -0.5 } else { 0.5 };
        let q_u = if is_call { 0.5 } else { -0.5 };
        let (p, q) = (0.5 + p_u * u, 0.5 + q_u * u);
        let (first, second) = (decay, decay * w);
        // These are the derivatives of F by y and u.
        let (first_u, second_u) = (p_u * y, q_u * y - eta);
        let f_y = p * first - q * second;
        let f_u = first_u * first - second_u * second;
        let f_yu = (p_u + p * first_u) * first - (q_u + q * second_u) * second;
        let f_uu = first_u * first_u * first - second_u * second_u * second;
        // These are the derivatives of the time value.
        let peak = strike / u;
        let slope = peak * f_y / spot_f;
        let tv_u = peak * f_u - time_value / u;
        let tv_su = peak * (f_yu - f_y / u) / spot_f;
        let tv_uu = peak * f_uu - 2.0 * tv_u / u;
        // v is u² − 1 = 8/(σ²T).
        let v = 8.0 / (sigma * sigma * tenor);
        let u_sigma = -v / (u * sigma);
        let u_sigma_sigma = (3.0 - v / (u * u)) * v / (u * sigma * sigma);

        let intrinsic_slope = match (is_call, above) {
            (true, true) => 1.0,
            (false, false) => -1.0,
            _ => 0.0,
        };
        let vega = tv_u * u_sigma;
        let funding_per_year = time_value / tenor;
        Ok(Greeks {
            value,
            time_value,
            delta: intrinsic_slope + slope,
            gamma: 2.0 * time_value / (sigma * sigma * spot_f * spot_f * tenor),
            vega,
            vanna: tv_su * u_sigma,
            volga: tv_uu * u_sigma * u_sigma + tv_u * u_sigma_sigma,
            funding_per_year,
            funding_per_day: funding_per_year / 365.0,
            tenor_sensitivity: vega * sigma / (2.0 * tenor),
        })
    }
}
