//! Values of capped everlasting options, from the formulas of *Fair value* and *Slope* in docs/mathematics.md.

use crate::{real::Real, state::Price};

/// Seconds of a year of 365 days.
pub const YEAR: i128 = 365 * 86_400;

/// What an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Whether it is a put; otherwise it is a call.
    pub put: bool,
    /// Strike in whole dollars.
    pub strike: i128,
    /// Tenor in seconds.
    pub tenor: i128,
    /// Cap as a share of the strike, in basis points.
    pub cap_bps: i128,
}

/// What an option is worth at one price and volatility, per point and in dollars.
#[derive(Clone, Debug)]
pub struct Worth {
    /// What an exercise at the price would pay.
    pub intrinsic: Real,
    /// What it is worth beyond that.
    pub time_value: Real,
    /// `S · ∂V/∂S`.
    pub slope: Real,
    /// The error of the program's time value that the documents allow: 10⁻¹² of it and 2⁻⁶³.
    pub error: Real,
    /// The same of its slope: 10⁻¹² of the price.
    pub slope_error: Real,
}

impl Worth {
    /// Returns the value.
    pub fn value(&self) -> Real {
        &self.intrinsic + &self.time_value
    }
}

impl Contract {
    /// Returns the price at which it is exercised.
    pub fn cap_price(&self) -> Real {
        Real::ratio(self.strike * self.cap_bps, 10_000)
    }

    /// Returns what it pays at its cap, in ten-thousandths of a dollar.
    pub fn cap_payoff(&self) -> i128 {
        self.strike * (self.cap_bps - 10_000).abs()
    }

    /// Whether a price is at the cap or beyond it.
    pub fn is_capped_at(&self, price: &Real) -> bool {
        if self.put { *price <= self.cap_price() } else { *price >= self.cap_price() }
    }

    /// Whether a price is at the cap or beyond it even where its confidence speaks against that.
    pub fn is_certainly_capped_at(&self, price: &Price) -> bool {
        let (spot, confidence) = (&price.spot, &price.confidence);
        self.is_capped_at(&if self.put { spot + confidence } else { spot - confidence })
    }

    /// Returns the value of a holder who exercises at a price, at most the cap payoff.
    pub fn intrinsic(&self, price: &Real) -> Real {
        let strike = Real::whole(self.strike);
        let gain = if self.put { &strike - price } else { price - &strike };
        gain.max(Real::whole(0)).min(Real::ratio(self.cap_payoff(), 10_000))
    }

    /// Returns what it is worth at a price and a volatility a year.
    pub fn worth(&self, price: &Real, sigma: &Real) -> Worth {
        let (zero, one, strike) = (Real::whole(0), Real::whole(1), Real::whole(self.strike));
        let ends = |time_value: Real, slope: Real| Worth {
            intrinsic: self.intrinsic(price),
            error: &(&time_value.abs() * &Real::ratio(1, 1_000_000_000_000)) + &Real::binary(1, 63),
            slope_error: price * &Real::ratio(1, 1_000_000_000_000),
            time_value,
            slope,
        };
        if self.is_capped_at(price) {
            return ends(zero.clone(), zero);
        }
        // u = sqrt(1 + 8/(σ²T)), a = (1 + u)/2, b = (1 − u)/2.
        let variance = &(&(sigma * sigma) * &Real::whole(self.tenor)) / &Real::whole(YEAR);
        let u = (&one + &(&Real::whole(8) / &variance)).sqrt();
        let half = |x: Real| &x / &Real::whole(2);
        let (a, b) = (half(&one + &u), half(&one - &u));
        let (x, cap) = (price / &strike, self.cap_price());
        let front = &strike / &u;
        let ratio = Real::ratio(self.cap_bps, 10_000);
        let far = &one - &ratio.pow(&if self.put { u.clone() } else { -&u });
        let out_of_the_money = if self.put { *price > strike } else { *price < strike };
        let time_value = match (self.put, out_of_the_money) {
            (false, true) => &(&front * &far) * &x.pow(&a),
            (false, false) => &(&front * &x.pow(&b)) * &(&one - &(price / &cap).pow(&u)),
            (true, true) => &(&front * &far) * &x.pow(&b),
            (true, false) => &(&front * &x.pow(&a)) * &(&one - &(&cap / price).pow(&u)),
        };
        // b' = (u − 1)/2 = −b.
        let slope = match (self.put, out_of_the_money) {
            (false, true) => &a * &time_value,
            (false, false) => &(price - &(&strike * &x.pow(&b))) + &(&a * &time_value),
            (true, true) => &b * &time_value,
            (true, false) => -&(&(price - &(&strike * &x.pow(&a))) - &(&b * &time_value)),
        };
        ends(time_value, slope)
    }
}
