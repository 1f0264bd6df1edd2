//! What a trade is before it is made, for people and machines: prices a coin, implied volatilities, sensitivities, break-even prices.

use crate::{
    amount::{Amount, dollars, percent},
    context::PoolContext,
    view::exposure::Sensitivities,
};
use evergreen_sdk::{
    math::Dollars,
    portfolio::{GainRange, LegProfile, TradeProfile},
    quote::{Exposure, PositionSensitivities, TradeOutcome, TradeQuote},
};
use serde::Serialize;

/// What a leg is; all of it is absent where it is not known.
#[derive(Debug, Default, Serialize)]
pub struct LegRisk {
    /// What one option costs with its fee, or brings without it, dollars; as bid and ask in a chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_a_coin: Option<String>,
    /// The volatility at which that would be the mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    implied_volatility: Option<String>,
    #[serde(flatten)]
    sensitivities: Option<Sensitivities>,
}

/// What a trade is on one of its underlyings.
#[derive(Debug, Serialize)]
pub struct UnderlyingRisk {
    /// Symbol of the underlying.
    underlying: String,
    #[serde(flatten)]
    sensitivities: Sensitivities,
    /// Funding of the trade's options a day, carry included; negative when it is received.
    funding_per_day: Amount,
    /// Prices at which closing at the mark loses nothing; absent for a trade that only reduces.
    #[serde(skip_serializing_if = "Option::is_none")]
    gains: Option<Vec<Range>>,
    /// The same after so many days of funding at today's.
    #[serde(skip_serializing_if = "Option::is_none")]
    gains_later: Option<Vec<Range>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    later_days: Option<u32>,
}

/// Prices from one to another, dollars; an end that is absent is none.
#[derive(Debug, Serialize)]
struct Range {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

impl Range {
    fn of(found: &GainRange) -> Self {
        Self { from: found.from.map(dollars), to: found.to.map(dollars) }
    }

    fn words(&self) -> String {
        match (&self.from, &self.to) {
            (None, None) => "at every price".into(),
            (Some(from), None) => format!("from ${from} on"),
            (None, Some(to)) => format!("up to ${to}"),
            (Some(from), Some(to)) => format!("from ${from} to ${to}"),
        }
    }
}

impl LegRisk {
    /// Dollars a coin.
    pub fn price(&self) -> String {
        self.price_a_coin.as_ref().map_or_else(|| "–".into(), |price| format!("${price}"))
    }

    /// The delta in coins.
    pub fn delta(&self, underlying: &str) -> String {
        self.sensitivities.as_ref().map_or_else(|| "–".into(), |own| own.delta.in_coins(underlying))
    }

    /// Price and implied volatility.
    pub fn words(&self) -> Option<String> {
        let price = self.price_a_coin.as_ref()?;
        let implied = self.implied_volatility.as_ref();
        Some(implied.map_or_else(
            || format!("${price}, fee included"),
            |sigma| format!("${price}, fee included: as at a volatility of {sigma}"),
        ))
    }
}

/// Sensitivities for output; coins where the stock's price is known.
fn sensitivities(pool: &PoolContext, place: u8, spot: Dollars, own: &PositionSensitivities) -> Sensitivities {
    let PositionSensitivities { delta, gamma, vega, .. } = *own;
    let exposure = Exposure { underlying: place, spot, delta, gamma, vega };
    let coins = pool.stock_price.and_then(|price| exposure.in_coins(price, pool.view.pool.decimals).ok());
    Sensitivities::of(pool, &exposure, coins)
}

/// Of each leg, in their order.
pub fn of_legs(pool: &PoolContext, profile: Option<&TradeProfile>, quote: &TradeQuote) -> Vec<LegRisk> {
    let of = |(place, leg): (usize, &evergreen_sdk::quote::LegQuote)| {
        let Some(LegProfile { price, implied, sensitivities: own }) = profile.and_then(|all| all.legs.get(place))
        else {
            return LegRisk::default();
        };
        let underlying = quote.registry_after.series(leg.leg.series).map_or(0, |series| series.underlying);
        LegRisk {
            price_a_coin: price.map(dollars),
            implied_volatility: implied.map(percent),
            sensitivities: Some(sensitivities(pool, underlying, leg.spot, own)),
        }
    };
    quote.legs.iter().enumerate().map(of).collect()
}

/// Of each underlying, by place.
pub fn of_underlyings(
    pool: &PoolContext,
    profile: &TradeProfile,
    quote: &TradeQuote,
    days: u32,
) -> Vec<UnderlyingRisk> {
    let spot = |place: u8| {
        let is_on = |leg: &&evergreen_sdk::quote::LegQuote| {
            quote.registry_after.series(leg.leg.series).is_ok_and(|series| series.underlying == place)
        };
        quote.legs.iter().find(is_on).map_or(Dollars::ZERO, |leg| leg.spot)
    };
    let of = |one: &evergreen_sdk::portfolio::UnderlyingProfile| {
        let ranges = |which: usize| one.gains.as_ref().map(|gains| gains[which].iter().map(Range::of).collect());
        UnderlyingRisk {
            underlying: pool.symbol(one.underlying),
            sensitivities: sensitivities(pool, one.underlying, spot(one.underlying), &one.sensitivities),
            funding_per_day: pool.amount(one.sensitivities.funding_per_day),
            gains: ranges(0),
            gains_later: ranges(1),
            later_days: one.gains.is_some().then_some(days),
        }
    };
    profile.underlyings.iter().map(of).collect()
}

/// For people: break-even and sensitivities; with several underlyings each by its name.
pub fn rows(all: &[UnderlyingRisk]) -> Vec<(&'static str, String)> {
    let join = |pick: &dyn Fn(&UnderlyingRisk) -> String| all.iter().map(pick).collect::<Vec<_>>().join("; ");
    let mut rows = Vec::new();
    let words = |ranges: &Option<Vec<Range>>| match ranges.as_deref() {
        None | Some([]) => "at no price".to_owned(),
        Some(some) => some.iter().map(Range::words).collect::<Vec<_>>().join(" and "),
    };
    let even = |one: &UnderlyingRisk| {
        let days = one.later_days.unwrap_or_default();
        format!("with {} {}, in {days} d {}", one.underlying, words(&one.gains), words(&one.gains_later))
    };
    if all.iter().any(|one| one.gains.is_some()) {
        rows.push(("breaks even", join(&even)));
    }
    if !all.is_empty() {
        rows.push(("delta", join(&|one| one.sensitivities.delta.words(&one.underlying))));
        rows.push(("gamma for 1 %", join(&|one| one.sensitivities.gamma.words(&one.underlying))));
        rows.push(("vega for a point", join(&|one| one.sensitivities.vega.words(&one.underlying))));
    }
    rows
}

/// The width of a spread that can gain or lose more than it, and why.
pub fn beyond_width(
    pool: &PoolContext,
    profile: &TradeProfile,
    outcome: &TradeOutcome,
    net: i64,
) -> Option<(Amount, String)> {
    let spread = profile.spread?;
    let (gains, loses) = (outcome.best.checked_sub(net)?, net.checked_sub(outcome.worst)?);
    // Roundings of two payoffs.
    let is_width = |amount: i64| amount.abs_diff(spread.width) <= 2;
    if (is_width(gains) && loses == 0) || (is_width(loses) && gains == 0) {
        return None;
    }
    let [width, gains, loses] = [spread.width, gains, loses].map(|native| pool.amount(native));
    let [bought, written] = spread.caps.map(dollars);
    let note = format!(
        "the strikes are {width} apart, but the bought option is exercised at ${bought} and the written one at ${written}: \
         one may be paid and the other not. So beside the premium they bring {gains} at most and cost {loses} at most"
    );
    Some((width, note))
}
