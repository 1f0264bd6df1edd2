//! At which volatility a contract on an underlying is valued, pays funding, and is traded.

use super::UnderlyingMarket;
use crate::errors::MathContext;
use anchor_lang::prelude::*;
use evergreen_math::{
    Ratio,
    option::{PricePoint, Terms},
};

impl UnderlyingMarket {
    /// Returns the spot price with its logarithm.
    pub const fn spot(&self) -> PricePoint {
        self.band.spot
    }

    /// Returns the annual volatility of marks at the strike and tenor of these terms.
    pub fn sigma_at(&self, terms: &Terms) -> Result<Ratio> {
        self.smile_at(self.quoted.mark(terms.tenor()).program()?, terms)
    }

    /// Returns the annual volatility at which funding of these terms is paid: that of the shortest tenor, at their strike.
    pub fn funding_sigma_at(&self, terms: &Terms) -> Result<Ratio> {
        self.smile_at(self.quoted.marks.front, terms)
    }

    /// Returns the annual volatility at which these terms are bought or sold, given that of the mark.
    pub fn traded_at(&self, terms: &Terms, mark: Ratio, buys: bool) -> Result<Ratio> {
        let sigma = self.quoted.side(buys, terms.tenor()).program()?;
        if sigma == self.quoted.mark(terms.tenor()).program()? { Ok(mark) } else { self.smile_at(sigma, terms) }
    }

    #[inline(never)]
    fn smile_at(&self, sigma: Ratio, terms: &Terms) -> Result<Ratio> {
        self.smile.of_tenor(sigma, terms.tenor()).and_then(|smile| smile.sigma(self.spot(), terms)).program()
    }
}
