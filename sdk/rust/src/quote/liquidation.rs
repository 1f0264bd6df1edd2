//! Quotes of liquidations, and the legs that a liquidator should name.

use super::{PoolView, QuoteError, Result};
use evergreen::{
    Leg,
    engine::Fill,
    oracle::{PriceUse, Publication},
    state::{Action, LAYOUT_VERSION, MAX_LEGS, MarginAccount, Pool, SeriesRegistry, SeriesStatus},
};
use evergreen_math::{Dollars, Native, NativeDelta};

/// The prices at which accounts are liquidated.
const AS_LIQUIDATED: (Publication, PriceUse) = (Publication::Recent, PriceUse::Liquidation);

/// A leg that a liquidation closes. Amounts are native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedLeg {
    /// The leg that is closed: the leg that was named, or as much of it as target health needs.
    pub leg: Leg,
    /// Points of the position afterwards.
    pub position: i64,
    /// Change of cash at the mark, without spread and fee; negative if the account pays.
    pub premium: i64,
    /// Notional: points times spot, rounded up.
    pub notional: u64,
    /// Price of the underlying, dollars.
    pub spot: Dollars,
}

/// Result of a liquidation, and the accounts afterwards. Amounts are native units.
#[derive(Clone)]
pub struct LiquidationQuote {
    /// The legs to name in the instruction.
    pub asked: Vec<Leg>,
    /// The closed legs, in order. There are fewer than named if target health is restored before.
    pub closed: Vec<ClosedLeg>,
    /// Penalty that the account pays in addition to the premium of closing.
    pub penalty: u64,
    /// Reward of the liquidator: the liquidator's part of the penalty, and what insurance adds.
    pub reward: u64,
    /// Part of the reward that insurance pays.
    pub from_insurance: u64,
    /// Maintenance health before; it is negative.
    pub health_before: i64,
    /// Target health afterwards.
    pub health_after: i64,
    /// The liquidated account afterwards, byte for byte.
    pub account_after: Box<MarginAccount>,
    /// The pool afterwards, byte for byte, for a liquidator whose cash is not negative.
    pub pool_after: Box<Pool>,
    /// The registry afterwards, byte for byte.
    pub registry_after: Box<SeriesRegistry>,
}

/// A liquidator finds the liquidations to make like this:
///
/// ```
/// use evergreen_sdk::{evergreen::state::MarginAccount, quote::{LiquidationQuote, PoolView, QuoteError}};
///
/// /// Returns the best liquidation of each account, the highest reward first.
/// fn round(view: &PoolView, accounts: &[MarginAccount]) -> Result<Vec<LiquidationQuote>, QuoteError> {
///     let found: Result<Vec<_>, _> = accounts.iter().map(|account| view.best_liquidation(account)).collect();
///     let mut found: Vec<LiquidationQuote> = found?.into_iter().flatten().collect();
///     found.sort_by_key(|quote| core::cmp::Reverse(quote.reward));
///     Ok(found)
/// }
/// # use evergreen_sdk::testing::scene::Scene;
/// # let mut scene = Scene::new(1, 0)?;
/// # let healthy = scene.account(0);
/// assert!(round(&scene.view, &[healthy])?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the result of a liquidation with these legs.
    ///
    /// # Errors
    /// [`QuoteError`] with the refusal that the program would make, for instance `NotLiquidatable` or `HealthLowered`, and the
    /// numbers that it would compare.
    pub fn liquidation(&self, account: &MarginAccount, legs: &[Leg]) -> Result<LiquidationQuote> {
        let places = self.priced(account)?;
        self.check_running(Action::Liquidate)?;
        let key = self.account_key(account);
        let (done, changed, scratch) =
            self.on_account_of_others(AS_LIQUIDATED, &places, account, |engine, changed| {
                Ok(engine.liquidate(changed, &key, &mut self.empty_account(), legs)?)
            })?;
        Ok(LiquidationQuote {
            asked: legs.to_vec(),
            closed: done.fills.iter().map(ClosedLeg::of).collect(),
            penalty: done.penalty.total()?.0,
            reward: done.reward()?.0,
            from_insurance: done.from_insurance.0,
            health_before: done.health_before.0,
            health_after: done.health_after.0,
            account_after: changed,
            pool_after: scratch.pool,
            registry_after: scratch.registry,
        })
    }

    /// Returns the liquidation with the highest reward that a heuristic search finds. The search adds one leg at a time to the
    /// choices with the highest rewards and to those with the highest target health so far, until target health is restored or four
    /// legs are named. If the program refuses every single leg, the search begins with pairs of legs.
    ///
    /// Returns `None` for an account that cannot be liquidated: it is healthy, has no live positions, or is below maintenance only
    /// at a part of the band of an uncertain price.
    ///
    /// # Errors
    /// [`QuoteError`] when a price is missing or refused, while liquidations are paused, and with the program's refusal if the
    /// program accepts none of the choices.
    pub fn best_liquidation(&self, account: &MarginAccount) -> Result<Option<LiquidationQuote>> {
        let all = self.closing_legs(account)?;
        if all.is_empty() || !self.is_liquidatable(account)? {
            return Ok(None);
        }
        let mut search = Search { view: self, account, best: None, refusal: None };
        let singles = all.iter().map(|leg| vec![*leg]).collect();
        let mut promising = search.try_all(singles);
        if search.best.is_none() {
            // One leg of a spread can often be closed only together with the other.
            let pairs = all.iter().flat_map(|a| all.iter().filter(move |b| *b != a).map(move |b| vec![*a, *b]));
            promising = search.try_all(pairs.collect());
        }
        while !promising.is_empty() {
            let longer = promising
                .iter()
                .flat_map(|legs| all.iter().filter(|leg| !legs.contains(leg)).map(|leg| [&legs[..], &[*leg]].concat()));
            promising = search.try_all(longer.filter(|legs| legs.len() <= MAX_LEGS).collect());
        }
        match (search.best, search.refusal) {
            (Some((_, legs)), _) => self.liquidation(account, &legs).map(Some),
            (None, Some(refusal)) => Err(refusal),
            (None, None) => Ok(None),
        }
    }

    /// Returns the legs that close all live positions, one for each.
    fn closing_legs(&self, account: &MarginAccount) -> Result<Vec<Leg>> {
        let mut legs = Vec::new();
        for place in account.open_positions() {
            let (series, held) = (account.positions[place].series(), account.positions[place].points());
            if self.registry.series(series)?.status() == SeriesStatus::Live {
                legs.push(Leg { series, points: held.checked_neg()?.0 });
            }
        }
        Ok(legs)
    }

    /// Returns the account of a liquidator or a keeper without cash and positions.
    pub(super) fn empty_account(&self) -> MarginAccount {
        MarginAccount {
            version: LAYOUT_VERSION,
            pool: self.keys.pool,
            loss_index: self.pool.loss_index,
            ..bytemuck::Zeroable::zeroed()
        }
    }
}

/// How many choices of legs the search extends: so many with the highest health, and so many with the highest reward.
const WIDTH: usize = 4;

/// The order of liquidations: by the reward, then by target health afterwards. Both are native units.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Worth {
    reward: Native,
    health: NativeDelta,
}

/// State of the search for the best liquidation of an account.
struct Search<'a> {
    view: &'a PoolView,
    account: &'a MarginAccount,
    best: Option<(Worth, Vec<Leg>)>,
    /// The first refusal.
    refusal: Option<QuoteError>,
}

impl Search<'_> {
    /// Tries all choices. Of those that do not restore target health it returns the ones to which a leg is added next: those with
    /// the highest health, and of the others those with the highest reward.
    fn try_all(&mut self, choices: Vec<Vec<Leg>>) -> Vec<Vec<Leg>> {
        let tried = choices.into_iter().filter_map(|legs| Some((self.consider(&legs)?, legs)));
        let mut open: Vec<(Worth, Vec<Leg>)> = tried.filter(|(worth, _)| worth.health.is_negative()).collect();
        open.sort_by_key(|(worth, _)| core::cmp::Reverse(worth.health));
        let mut kept: Vec<(Worth, Vec<Leg>)> = open.drain(..open.len().min(WIDTH)).collect();
        open.sort_by_key(|(worth, _)| core::cmp::Reverse(*worth));
        kept.extend(open.into_iter().take(WIDTH));
        kept.into_iter().map(|(_, legs)| legs).collect()
    }

    /// Tries these legs; returns `None` when the program would refuse them.
    fn consider(&mut self, legs: &[Leg]) -> Option<Worth> {
        let worth = match self.worth(legs) {
            Ok(worth) => worth,
            Err(error) => {
                self.refusal.get_or_insert(error);
                return None;
            }
        };
        if self.best.as_ref().is_none_or(|(best, _)| worth > *best) {
            self.best = Some((worth, legs.to_vec()));
        }
        Some(worth)
    }

    fn worth(&self, legs: &[Leg]) -> Result<Worth> {
        let (view, account) = (self.view, self.account);
        let key = view.account_key(account);
        let places = view.priced(account)?;
        view.check_running(Action::Liquidate)?;
        let (done, ..) = view.on_account_of_others(AS_LIQUIDATED, &places, account, |engine, changed| {
            Ok(engine.liquidate(changed, &key, &mut view.empty_account(), legs)?)
        })?;
        Ok(Worth { reward: done.reward()?, health: done.health_after })
    }
}

impl ClosedLeg {
    fn of(fill: &Fill) -> Self {
        Self {
            leg: fill.leg,
            position: fill.position,
            premium: fill.premium.0,
            notional: fill.notional.0,
            spot: fill.spot,
        }
    }
}

#[cfg(test)]
mod tests;
