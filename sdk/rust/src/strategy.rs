//! Combinations of options as legs of one trade.
//!
//! A [`Strategy`] names contracts, not slots of a registry. [`Strategy::resolve`] finds the series, and tells which ones have to
//! be listed first and which ids they will get. It sends nothing.
//!
//! ```
//! use evergreen_sdk::{math::{Points, Seconds}, strategy::{ContractTerms, Strategy}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Each leg is a tenth of a bitcoin for seven days.
//! let btc = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
//! let strangle = Strategy::strangle(btc, 95_000, 105_000, Points(33_333_333))?;
//! assert_eq!(strangle.legs.len(), 2);
//! assert!(Strategy::strangle(btc, 105_000, 95_000, Points(33_333_333)).is_err());
//! # Ok(())
//! # }
//! ```

mod contract;
mod outlook;

pub use contract::{Contract, ContractTerms};
pub use outlook::{Outlook, ReadyStrategy};

use crate::failure::Refusal;
use evergreen::{
    Leg,
    errors::EvergreenError,
    state::{SeriesId, SeriesRegistry, SeriesStatus, Underlying},
};
use evergreen_math::{Native, PointScale, Points, Rounding, UnixTime, option::OptionKind};

/// One part of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The contract.
    pub contract: Contract,
    /// Points bought (positive) or sold (negative).
    pub points: Points,
}

/// Options that are traded together.
///
/// ```
/// use evergreen_sdk::{math::{Points, Seconds, option::OptionKind}, strategy::{ContractTerms, Strategy}};
///
/// // Two verticals joined into one trade with one limit are an iron condor.
/// let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let mut condor = Strategy::vertical(week, OptionKind::Put, 90_000, 94_000, Points(1_000))?;
/// condor.legs.extend(Strategy::vertical(week, OptionKind::Call, 110_000, 106_000, Points(1_000))?.legs);
/// assert_eq!(condor.legs.len(), 4);
/// # Ok::<(), evergreen_sdk::strategy::StrategyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// The legs, one to four.
    pub legs: Vec<Part>,
}

/// Reason why a strategy is not valid or cannot be traded.
///
/// ```
/// use evergreen_sdk::{math::{Points, Seconds}, strategy::{ContractTerms, Strategy, StrategyError}};
///
/// let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let error = Strategy::strangle(week, 105_000, 95_000, Points(1_000)).unwrap_err();
/// assert_eq!(error, StrategyError::Strikes { lower: 105_000, upper: 95_000 });
/// assert_eq!(error.to_string(), "strike 105000 must be below strike 95000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// The size is zero or negative.
    #[error("the size must be above zero")]
    Size,
    /// The lower strike is not below the upper one.
    #[error("strike {lower} must be below strike {upper}")]
    Strikes {
        /// Strike that should be the lower one, whole dollars.
        lower: u64,
        /// Strike that should be the higher one, whole dollars.
        upper: u64,
    },
    /// The series to roll is not in the registry, or is no longer live.
    #[error("the series is not live in this registry")]
    UnknownSeries,
    /// The contract to roll to is the one that is held already.
    #[error("both contracts are the same")]
    SameContract,
    /// The position to roll is zero.
    #[error("there is no position to roll")]
    NothingHeld,
    /// The registry has no slot for a series that has to be listed.
    #[error("the registry has no free slot for a new series")]
    RegistryFull,
    /// No option can have this strike, in whole dollars.
    #[error("no option can have the strike {0}")]
    Strike(u64),
    /// The pool has no such underlying.
    #[error("the pool has no such underlying")]
    UnknownUnderlying,
    /// The underlying does not offer the tenor.
    #[error("no option of this tenor is offered")]
    Tenor,
    /// A number does not fit its type.
    #[error("a number does not fit its type")]
    Overflow,
}

/// Result of making a strategy.
pub type Result<T> = core::result::Result<T, StrategyError>;

/// A strategy on a registry: the legs of a trade, and the contracts that have to be listed before it.
///
/// ```
/// use evergreen_sdk::{
///     math::{Points, Seconds, UnixTime},
///     strategy::{ContractTerms, Resolved, Strategy},
///     testing::scene::Scene,
/// };
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let view = &scene.view;
/// let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let straddle = Strategy::straddle(week, 98_000, Points(1_000))?;
/// let Resolved { missing, legs, registry } = straddle.resolve(&view.registry, &view.underlyings(), UnixTime(view.now))?;
/// assert!(missing.is_empty());
/// // The quote is made on the registry as it will be.
/// let quote = view.clone().with_registry(registry).trade(&account, &legs)?;
/// assert_eq!(quote.legs.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct Resolved {
    /// Contracts that have to be listed first, in this order.
    pub missing: Vec<Contract>,
    /// The legs, with the ids that the missing series will get if nobody else lists a series in between. If somebody does, an id may
    /// belong to another contract; the trade's `min_net` bounds what that can cost.
    pub legs: Vec<Leg>,
    /// The registry with the missing contracts listed, on which the legs can be quoted.
    pub registry: Box<SeriesRegistry>,
}

impl Strategy {
    /// Buys a call and a put on one strike, which gain from a large move in either direction. Sizes that are not positive are
    /// refused; [`Self::reversed`] makes a short straddle.
    ///
    /// # Errors
    /// [`StrategyError::Size`].
    pub fn straddle(terms: ContractTerms, strike: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        Ok(Self::of(terms, [(OptionKind::Call, strike, size), (OptionKind::Put, strike, size)]))
    }

    /// Buys a put on a lower strike and a call on a higher one. It is cheaper than a straddle and needs a larger move.
    ///
    /// # Errors
    /// [`StrategyError::Size`], [`StrategyError::Strikes`].
    pub fn strangle(terms: ContractTerms, put: u64, call: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        rising(put, call)?;
        Ok(Self::of(terms, [(OptionKind::Put, put, size), (OptionKind::Call, call, size)]))
    }

    /// Buys an option on one strike and writes one of the same kind on another; gain and loss are bounded. Calls with `bought`
    /// below `written`, and puts with `bought` above it, cost premium; the opposite order earns premium and needs margin.
    ///
    /// # Errors
    /// [`StrategyError::Size`], [`StrategyError::Strikes`] for equal strikes.
    pub fn vertical(terms: ContractTerms, kind: OptionKind, bought: u64, written: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        rising(bought.min(written), bought.max(written))?;
        Ok(Self::of(terms, [(kind, bought, size), (kind, written, -size)]))
    }

    /// Buys a put on a lower strike and writes a call on a higher one, for somebody who holds the underlying elsewhere: the call's
    /// premium pays for the put.
    ///
    /// # Errors
    /// [`StrategyError::Size`], [`StrategyError::Strikes`].
    pub fn collar(terms: ContractTerms, put: u64, call: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        rising(put, call)?;
        Ok(Self::of(terms, [(OptionKind::Put, put, size), (OptionKind::Call, call, -size)]))
    }

    /// Writes one option. It is covered if the account's cash is at least [`Self::short_caps`]: no price can then cause its
    /// liquidation.
    ///
    /// # Errors
    /// [`StrategyError::Size`].
    pub fn covered_write(terms: ContractTerms, kind: OptionKind, strike: u64, points: Points) -> Result<Self> {
        let size = positive(points)?;
        Ok(Self::of(terms, [(kind, strike, -size)]))
    }

    /// Closes the position on a series and opens one of the same size in another contract, in one trade. `held` names the series
    /// and the points of the position, negative for a written one.
    ///
    /// # Errors
    /// [`StrategyError::UnknownSeries`], [`StrategyError::NothingHeld`], [`StrategyError::SameContract`],
    /// [`StrategyError::Overflow`].
    pub fn roll(registry: &SeriesRegistry, held: (SeriesId, Points), to: Contract) -> Result<Self> {
        let (id, points) = held;
        let live = registry.series(id).is_ok_and(|series| series.status() == SeriesStatus::Live);
        let from = Contract::of(registry, id).filter(|_| live).ok_or(StrategyError::UnknownSeries)?;
        if points.is_zero() {
            return Err(StrategyError::NothingHeld);
        }
        if from == to {
            return Err(StrategyError::SameContract);
        }
        let close = points.checked_neg().map_err(|_| StrategyError::Overflow)?;
        Ok(Self { legs: vec![Part { contract: from, points: close }, Part { contract: to, points }] })
    }

    fn of<const N: usize>(terms: ContractTerms, parts: [(OptionKind, u64, i64); N]) -> Self {
        let part = |(kind, strike, points)| Part { contract: Contract { terms, kind, strike }, points: Points(points) };
        Self { legs: parts.into_iter().map(part).collect() }
    }

    /// Returns the opposite strategy: what was bought is written, and the reverse.
    ///
    /// # Errors
    /// [`StrategyError::Overflow`] for a size whose negative does not fit.
    pub fn reversed(mut self) -> Result<Self> {
        for leg in &mut self.legs {
            leg.points = leg.points.checked_neg().map_err(|_| StrategyError::Overflow)?;
        }
        Ok(self)
    }

    /// Finds the series in a registry, and the slots that missing ones will be listed in. `underlyings` are in the order of the
    /// pool's list; `now` is the time of the listing, in unix seconds.
    ///
    /// # Errors
    /// [`StrategyError::RegistryFull`]; [`StrategyError::Strike`], [`StrategyError::Tenor`] and [`StrategyError::UnknownUnderlying`]
    /// for a contract that cannot be listed.
    pub fn resolve(&self, registry: &SeriesRegistry, underlyings: &[&Underlying], now: UnixTime) -> Result<Resolved> {
        // The program's own listing decides which slot and generation a new series gets.
        let mut after = Box::new(*registry);
        let (mut missing, mut legs) = (Vec::new(), Vec::new());
        for Part { contract, points } in &self.legs {
            // One that was listed with another cap is another option; it is traded where it is held, but not opened.
            let cap = contract.underlying(underlyings).and_then(|underlying| contract.cap_bps(underlying)).ok();
            let same_cap = |id: &SeriesId| cap.is_none_or(|cap| after.series[usize::from(id.slot)].cap_bps == cap);
            let listed = contract.find_all(&after).find(same_cap);
            let series = match listed {
                Some(id) => id,
                None => {
                    missing.push(*contract);
                    let listing = contract.listing(contract.underlying(underlyings)?, now)?;
                    after
                        .list(listing)
                        .map_err(|error| match Refusal::from_error(&error).evergreen() {
                            Some(EvergreenError::RegistryFull) => StrategyError::RegistryFull,
                            _ => StrategyError::Strike(contract.strike),
                        })?
                        .ok_or(StrategyError::SameContract)?
                }
            };
            legs.push(Leg { series, points: points.0 });
        }
        Ok(Resolved { missing, legs, registry: after })
    }

    /// Returns the most that all written parts can cost, in native units, each rounded up. Cash of this amount makes them covered.
    /// `underlyings` are in the order of the pool's list.
    ///
    /// # Errors
    /// [`StrategyError::UnknownUnderlying`], [`StrategyError::Tenor`], [`StrategyError::Overflow`].
    pub fn short_caps(&self, underlyings: &[&Underlying], scale: PointScale) -> Result<Native> {
        let mut sum = Native::ZERO;
        for Part { contract, points } in self.legs.iter().filter(|part| part.points.is_short()) {
            let payoff = contract.cap_payoff(contract.underlying(underlyings)?)?;
            let size = points.size().map_err(|_| StrategyError::Overflow)?;
            let cap = scale.native(size, payoff, Rounding::Ceil).map_err(|_| StrategyError::Overflow)?;
            sum = sum.checked_add(cap.positive_part()).map_err(|_| StrategyError::Overflow)?;
        }
        Ok(sum)
    }
}

fn positive(points: Points) -> Result<i64> {
    if points.0 > 0 { Ok(points.0) } else { Err(StrategyError::Size) }
}

const fn rising(lower: u64, upper: u64) -> Result<()> {
    if lower < upper { Ok(()) } else { Err(StrategyError::Strikes { lower, upper }) }
}

#[cfg(test)]
mod tests;
