//! A contract: underlying, tenor, kind and strike of an option, and the terms that follow from its underlying.

use super::{Result, StrategyError};
use evergreen::state::{Listing, OptionId, SeriesId, SeriesRegistry, SeriesSpec, SeriesStatus, Underlying};
use evergreen_math::{BasisPoints, Dollars, Ratio, Seconds, UnixTime, option::OptionKind};

/// The underlying and the tenor of a contract. A ready-made strategy uses the same for all its options.
///
/// ```
/// use evergreen_sdk::{math::Seconds, strategy::ContractTerms, testing::scene::Scene};
///
/// // What a pool offers follows from the tenors of its underlyings.
/// let scene = Scene::new(1, 0)?;
/// let offered = (0u8..).zip(scene.view.underlyings()).flat_map(|(underlying, account)| {
///     let tenors = account.params.tenors.into_iter().filter(|tenor| tenor.seconds > 0);
///     tenors.map(move |tenor| ContractTerms { underlying, tenor: Seconds(tenor.seconds) })
/// });
/// // BTC and ETH have four tenors each: a day, two days, a week and a month.
/// assert_eq!(offered.count(), 8);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContractTerms {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Tenor, in seconds.
    pub tenor: Seconds,
}

/// A contract, whether it is listed or not.
///
/// ```
/// use evergreen_sdk::{math::{Dollars, Seconds, option::OptionKind}, strategy::{Contract, ContractTerms}, testing::scene::Scene};
///
/// let terms = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let call = Contract { terms, kind: OptionKind::Call, strike: 100_000 };
/// let scene = Scene::new(1, 0)?;
/// // The cap of a 7-day call is 1.2 times its strike.
/// assert_eq!(call.cap_payoff(scene.view.underlyings()[0])?, Dollars::from_int(20_000));
/// // It is not listed; `instruction::list_series` takes the request to list it.
/// assert!(call.find(&scene.view.registry).is_none() && !call.request().put);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Contract {
    /// Underlying and tenor.
    pub terms: ContractTerms,
    /// Call or put.
    pub kind: OptionKind,
    /// Strike, in whole dollars.
    pub strike: u64,
}

impl From<&OptionId> for Contract {
    fn from(option: &OptionId) -> Self {
        let terms = ContractTerms { underlying: option.underlying, tenor: Seconds(option.tenor) };
        Self { terms, kind: if option.put { OptionKind::Put } else { OptionKind::Call }, strike: option.strike }
    }
}

impl Contract {
    /// Returns the argument with which `list_series` lists this contract.
    pub const fn request(&self) -> SeriesSpec {
        SeriesSpec { put: matches!(self.kind, OptionKind::Put), strike: self.strike, tenor: self.terms.tenor.0 }
    }

    /// Returns the contract's live series in a registry, if it is listed. Of several with different caps it is the first one.
    pub fn find(&self, registry: &SeriesRegistry) -> Option<SeriesId> {
        self.find_all(registry).next()
    }

    /// Returns the contract's live series in a registry, one for each cap with which it is listed.
    pub fn find_all<'a>(&'a self, registry: &'a SeriesRegistry) -> impl Iterator<Item = SeriesId> + 'a {
        let live = registry.series.iter().enumerate().filter(|(_, series)| {
            series.status() == SeriesStatus::Live
                && (series.underlying, series.strike, series.tenor)
                    == (self.terms.underlying, self.strike, self.terms.tenor.0)
                && series.kind() == self.kind
        });
        live.filter_map(|(slot, series)| {
            Some(SeriesId { slot: u8::try_from(slot).ok()?, generation: series.generation })
        })
    }

    /// Returns the contract of a series of a registry, live or exercised; `None` for an unknown series.
    pub fn of(registry: &SeriesRegistry, id: SeriesId) -> Option<Self> {
        let series = registry.series(id).ok()?;
        let terms = ContractTerms { underlying: series.underlying, tenor: Seconds(series.tenor) };
        Some(Self { terms, kind: series.kind(), strike: series.strike })
    }

    /// Returns the cap of this contract as a ratio of its strike.
    ///
    /// # Errors
    /// [`StrategyError::Tenor`] if the underlying does not offer the tenor.
    pub fn cap_ratio(&self, underlying: &Underlying) -> Result<Ratio> {
        Ok(BasisPoints(self.cap_bps(underlying)?).to_ratio())
    }

    /// Returns the cap of this contract as a share of its strike, in basis points.
    ///
    /// # Errors
    /// [`StrategyError::Tenor`] if the underlying does not offer the tenor.
    pub fn cap_bps(&self, underlying: &Underlying) -> Result<u16> {
        let tenor = underlying.tenor(self.terms.tenor.0).map_err(|_| StrategyError::Tenor)?;
        Ok(match self.kind {
            OptionKind::Call => tenor.call_cap_bps,
            OptionKind::Put => tenor.put_cap_bps,
        })
    }

    /// Returns the most that one option pays, in dollars.
    ///
    /// # Errors
    /// [`StrategyError::Tenor`]; [`StrategyError::Overflow`] for a strike that no option can have.
    pub fn cap_payoff(&self, underlying: &Underlying) -> Result<Dollars> {
        let strike = i64::try_from(self.strike).map(Dollars::from_int).map_err(|_| StrategyError::Overflow)?;
        let ratio = self.cap_ratio(underlying)?;
        let terms = evergreen_math::option::Terms::new(self.kind, strike, self.terms.tenor, Some(ratio));
        terms.ok().and_then(|terms| terms.cap_payoff()).ok_or(StrategyError::Overflow)
    }

    pub(super) fn underlying<'a>(&self, underlyings: &[&'a Underlying]) -> Result<&'a Underlying> {
        underlyings.get(usize::from(self.terms.underlying)).copied().ok_or(StrategyError::UnknownUnderlying)
    }

    pub(super) fn listing(&self, underlying: &Underlying, now: UnixTime) -> Result<Listing> {
        Ok(Listing {
            underlying: self.terms.underlying,
            kind: self.kind,
            strike: self.strike,
            tenor: self.terms.tenor,
            cap_bps: self.cap_bps(underlying)?,
            // The program measures it at the price of the listing.
            slope: Dollars::ZERO,
            now,
        })
    }
}
