//! The chain: all options of one tenor, with the prices to buy and to write a size.

use super::{PlanError, Planner};
use crate::{
    quote::{QuoteError, Sensitivities},
    strategy::{Contract, ContractTerms, StrategyError},
};
use evergreen::{
    OptionLeg,
    state::{MarginAccount, OptionId, SeriesId},
};
use evergreen_math::{
    BasisPoints, Dollars,
    option::{OptionKind, Terms},
    volatility,
};
use std::collections::BTreeSet;

/// One option of a chain. Amounts are native units.
#[derive(Clone, Debug)]
pub struct ChainRow {
    /// The option.
    pub option: OptionId,
    /// Its series, if it is listed.
    pub series: Option<SeriesId>,
    /// Mark and sensitivities.
    pub sensitivities: Result<Sensitivities, PlanError>,
    /// Change of cash if the size is bought, fee included; or why that is refused.
    pub buy: Result<i64, PlanError>,
    /// Change of cash if the size is sold, fee included; or why that is refused.
    pub sell: Result<i64, PlanError>,
    /// Points that the account holds, negative where it has written them.
    pub held: i64,
    /// Points that all accounts hold.
    pub bought: i64,
    /// Points that all accounts have written.
    pub written: i64,
}

/// A chain is made like this:
///
/// ```
/// use evergreen_sdk::{math::Seconds, offers::PLENTY, plan::Planner, price::PushFeeds, strategy::ContractTerms, testing::scene::Scene};
///
/// let scene = Scene::new(1, 0)?;
/// // Whoever has no account yet sees the prices of one with plenty of cash.
/// let planner = Planner { deposit: PLENTY, ..Planner::new(&scene.view, &PushFeeds::UPGRADED, Default::default()) };
/// let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let strikes = planner.strikes(week, 8)?;
/// let chain = planner.chain(None, week, 1_000_000, &strikes)?;
/// assert!(chain.iter().filter(|row| row.buy.is_ok()).count() >= 16);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Planner<'_> {
    /// Returns strikes for a chain, in rising order: about `number` of them around the price in even steps, and all that are listed.
    ///
    /// # Errors
    /// [`PlanError`] when the price is missing or refused, and for an underlying that the pool does not have.
    pub fn strikes(&self, terms: ContractTerms, number: u16) -> Result<Vec<u64>, PlanError> {
        let place = terms.underlying;
        let market = self.view.markets.get(usize::from(place)).ok_or(StrategyError::UnknownUnderlying)?;
        let spot = self.view.price(place)?.spot;
        let params = &market.underlying.params;
        let dollars = u64::try_from(spot.to_bits() >> 64).unwrap_or(0);
        // A fiftieth of the price or more, as a round multiple of the least step.
        let least = u64::from(params.strike_step).max(1);
        let mut multiples = (0..12).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u64.pow(power)));
        let multiple = multiples.find(|multiple| multiple.saturating_mul(least) >= dollars / 50).unwrap_or(1);
        let step = least.saturating_mul(multiple);
        let middle = dollars.saturating_add(step / 2) / step;
        let half = u64::from(number / 2);
        let even = middle.saturating_sub(half)..=middle.saturating_add(half);
        let range = BasisPoints(params.strike_range_bps);
        let is_near = |strike: &u64| {
            let strike = i64::try_from(*strike).map(Dollars::from_int);
            strike.is_ok_and(|strike| {
                strike.is_positive() && matches!(volatility::within_band(strike, spot, range), Ok(true))
            })
        };
        let mut strikes: BTreeSet<u64> = even.map(|place| place.saturating_mul(step)).filter(is_near).collect();
        let series =
            self.view.registry.series.iter().filter(|series| series.status() != evergreen::state::SeriesStatus::Free);
        strikes
            .extend(series.filter(|one| (one.underlying, one.tenor) == (place, terms.tenor.0)).map(|one| one.strike));
        Ok(strikes.into_iter().collect())
    }

    /// Returns the options of a tenor at these strikes, calls before puts at each: all kinds that the pool offers, and what else is listed. Sizes are `points`, the
    /// account is `None` for an owner without one, and the planner's deposit is paid in first.
    ///
    /// # Errors
    /// [`PlanError`] for an underlying or a tenor that is not there. What is wrong with one option alone is told in its row.
    pub fn chain(
        &self,
        account: Option<&MarginAccount>,
        terms: ContractTerms,
        points: i64,
        strikes: &[u64],
    ) -> Result<Vec<ChainRow>, PlanError> {
        let market = self.view.markets.get(usize::from(terms.underlying)).ok_or(StrategyError::UnknownUnderlying)?;
        let mut rows = Vec::new();
        for strike in strikes {
            for kind in [OptionKind::Call, OptionKind::Put] {
                let contract = Contract { terms, kind, strike: *strike };
                let cap_bps = contract.cap_bps(&market.underlying);
                let listed: Vec<SeriesId> = contract.find_all(&self.view.registry).collect();
                let is_put = kind == OptionKind::Put;
                let offered = self.view.pool.params.check_offered(is_put, terms.tenor.0).is_ok();
                for series in &listed {
                    let option = self.view.registry.option(*series).map_err(QuoteError::from)?;
                    rows.push(self.row(account, option, Some(*series), points));
                }
                // An option with the cap of now stands beside those that were listed with another.
                let is_listed = |cap_bps| {
                    listed.iter().any(|id| self.view.registry.series[usize::from(id.slot)].cap_bps == cap_bps)
                };
                if let Ok(cap_bps) = cap_bps
                    && offered
                    && !is_listed(cap_bps)
                {
                    let option = OptionId {
                        underlying: terms.underlying,
                        put: is_put,
                        strike: *strike,
                        tenor: terms.tenor.0,
                        cap_bps,
                    };
                    rows.push(self.row(account, option, None, points));
                }
            }
        }
        Ok(rows)
    }

    fn row(
        &self,
        account: Option<&MarginAccount>,
        option: OptionId,
        series: Option<SeriesId>,
        points: i64,
    ) -> ChainRow {
        let net = |points: i64| -> Result<i64, PlanError> {
            let draft = self.draft(account, &[OptionLeg { option, points }])?;
            Ok(draft.view.check_trade(&draft.account, &draft.legs)?.0)
        };
        let interest = series.and_then(|id| self.view.registry.series(id).ok());
        let position = series.zip(account).and_then(|(id, account)| Some(account.positions[account.find(id)?].points));
        ChainRow {
            option,
            series,
            sensitivities: self.sensitivities(&option),
            buy: net(points),
            sell: net(points.saturating_neg()),
            held: position.unwrap_or(0),
            bought: interest.map_or(0, |series| series.long_points),
            written: interest.map_or(0, |series| series.short_points),
        }
    }

    /// Returns mark and sensitivities of an option by its name, listed or not.
    ///
    /// # Errors
    /// [`PlanError`] for terms that no option has, and when the price is missing or refused.
    pub fn sensitivities(&self, option: &OptionId) -> Result<Sensitivities, PlanError> {
        let contract = Contract::from(option);
        let strike = i64::try_from(option.strike).map_err(|_| StrategyError::Strike(option.strike))?;
        let cap = Some(BasisPoints(option.cap_bps).to_ratio());
        let terms = Terms::new(contract.kind, Dollars::from_int(strike), contract.terms.tenor, cap);
        Ok(self.view.sensitivities(option.underlying, &terms.map_err(QuoteError::from)?)?)
    }
}
