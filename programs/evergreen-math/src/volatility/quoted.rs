//! The volatilities at the money at which options of a tenor are valued, bought and sold.

use crate::error::MathResult;
use crate::option::OptionPricer;
use crate::units::{Ratio, Seconds};

/// Volatilities of marks at the money, per √year, by tenor: those of values and health. Funding is paid at `front`, whatever the tenor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// That of the next moment, which a tenor of nothing would have, and funding has.
    pub front: Ratio,
    /// What is left of it when a burst is over, which a tenor without end would have; at most `front`.
    pub back: Ratio,
    /// For how long a burst lasts ([`VolatilityParams::burst`](super::VolatilityParams::burst)).
    pub burst: Seconds,
}

impl Marks {
    /// Returns the volatility of marks of a tenor, per √year, rounded down:
    ///
    /// ```text
    /// mark(T) = back + (front − back) · burst / (burst + T)
    /// ```
    ///
    /// It is the mean of an excess that dies away with the mean life `burst`, over the life of an option that ends at a rate of one per tenor.
    ///
    /// Errors: `DivisionByZero` for a tenor of zero in a burst of no length, `Overflow`.
    #[inline(never)]
    pub fn of(&self, tenor: Seconds) -> MathResult<Ratio> {
        let above = self.front.checked_sub(self.back)?;
        if !above.is_positive() {
            return Ok(self.back);
        }
        let (burst, all) = (i64::from(self.burst.0), i64::from(self.burst.0).saturating_add(tenor.0.into()));
        self.back.checked_add(above.mul_int(burst)?.div_int(all)?)
    }
}

/// Volatilities at the money, per √year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Those of marks.
    pub marks: Marks,
    /// What is left of the target when a burst is over; at most `marks.back`.
    pub calm: Ratio,
    /// At which traders buy; at least `marks.front`.
    pub ask: Ratio,
}

impl Quoted {
    /// Returns the volatilities of what happens at marks: no sample is expected.
    pub const fn at_marks(marks: Marks) -> Self {
        Self { marks, calm: marks.back, ask: marks.front }
    }

    /// Returns the volatility of marks of a tenor. Errors: those of [`Marks::of`].
    pub fn mark(&self, tenor: Seconds) -> MathResult<Ratio> {
        self.marks.of(tenor)
    }

    /// Returns the volatility at which options of a tenor are sold, written or closed by others, per √year, rounded down:
    ///
    /// ```text
    /// bid(T) = max(calm − (ask − calm) · burst / T, least volatility of option values)
    /// ```
    ///
    /// Funding is paid at `front`. Whoever waits until a burst is over sells at `calm`, and has paid the funding of the burst until then; whoever writes in it is paid that funding. So this is what waiting
    /// would bring to both. It is one volatility for all who sell: whoever holds and has written the same would otherwise sell the one and keep the other.
    ///
    /// Errors: `DivisionByZero` for a tenor of zero, `Overflow`.
    #[inline(never)]
    pub fn bid(&self, tenor: Seconds) -> MathResult<Ratio> {
        let above = self.ask.checked_sub(self.calm)?;
        if !above.is_positive() {
            return Ok(self.calm);
        }
        let funding = above.mul_int(self.marks.burst.0.into())?.div_int(tenor.0.into())?;
        let funding = funding.checked_add(Ratio::from_bits(1))?;
        Ok(self.calm.checked_sub(funding)?.max(OptionPricer::MIN_VOLATILITY))
    }

    /// Returns the volatility at which options of a tenor are bought or sold. Errors: as [`bid`](Self::bid).
    pub fn side(&self, buys: bool, tenor: Seconds) -> MathResult<Ratio> {
        if buys { Ok(self.ask) } else { self.bid(tenor) }
    }
}
