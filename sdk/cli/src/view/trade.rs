//! A quoted trade, leg by leg and in total, for people and machines.

mod profile;

use crate::{
    act::Submission,
    amount::{Amount, dollars, percent},
    context::{Context, PoolContext, series_name},
    output::{details, span, table},
    plan::trade::Intent,
};
use anyhow::{Context as _, Result};
use evergreen_sdk::{
    evergreen::engine::Direction,
    math::option::OptionKind,
    plan::Plan,
    quote::{LegQuote, TradeQuote},
    strategy::Part,
};
use profile::{LegRisk, UnderlyingRisk};
use serde::Serialize;

/// A trade as it is quoted. Amounts are changes of cash: negative is paid.
#[derive(Debug, Serialize)]
pub struct TradeReport {
    /// Name of the pool.
    pub pool: String,
    /// What the command calls it: buy, straddle, legs ...
    pub strategy: &'static str,
    /// What it does, in words.
    #[serde(skip)]
    pub action: String,
    /// The options in words.
    pub option: String,
    /// Strike in dollars; of a trade of one leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strike: Option<u64>,
    /// Points bought, negative when sold; of a trade of one leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// Price of the underlying, dollars; of the first leg.
    pub spot: String,
    /// Yearly volatility of the quote; of the first leg.
    pub volatility: String,
    /// Change of cash, fees included.
    pub net: Amount,
    /// Least change of cash that the trade accepts.
    pub min_net: Amount,
    /// The premiums.
    pub premium: Amount,
    /// The premiums at the oracle's prices.
    pub mark: Amount,
    /// What the prices' uncertainty costs.
    pub spread: Amount,
    /// Fees, always paid.
    pub fee: Amount,
    /// Sensitivities and break-even prices, one for each underlying; empty where a price is missing.
    pub underlyings: Vec<UnderlyingRisk>,
    /// What a spread's strikes are apart comes to; absent for what is no spread, or gains and loses no more than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<Amount>,
    /// Why it gains or loses more than its width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The legs.
    pub legs: Vec<LegReport>,
    /// The most that the trade's options can lose, premiums and fees included, funding not, if they are held until they are
    /// exercised or worth nothing; positions of before are not counted, and it is absent when a leg makes one of them smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_loss: Option<Amount>,
    /// The most that they can gain, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_gain: Option<Amount>,
    /// Tokens that are paid in first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Amount>,
    /// Funding of the trade's options a day; negative when it is received.
    pub trade_funding_per_day: Amount,
    /// The part of it that is carry.
    pub trade_carry_per_day: Amount,
    /// Funding that the account pays a day afterwards; negative when it is paid.
    pub funding_per_day: Amount,
    /// The part of it that is carry; negative when it is paid to the account.
    pub carry_per_day: Amount,
    /// Seconds that its cash lasts at that; absent without an account or without funding to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runway_seconds: Option<u64>,
    /// Cash afterwards; absent without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash_after: Option<Amount>,
    /// Initial health afterwards; absent without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_after: Option<Amount>,
    /// Maintenance health afterwards: below zero anyone may liquidate; absent without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_health_after: Option<Amount>,
    /// Sum of the cap payoffs of all written options; absent without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_caps: Option<Amount>,
    /// Whether cash covers that: then no price can liquidate the account.
    pub covered: bool,
    /// The least deposit with which a new account can do this; absent when there is an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_deposit: Option<Amount>,
}

/// A leg as it is quoted.
#[derive(Debug, Serialize)]
pub struct LegReport {
    /// The option in words.
    pub option: String,
    /// Symbol of the underlying.
    pub underlying: String,
    /// call or put.
    pub kind: &'static str,
    /// Strike in dollars.
    pub strike: u64,
    /// Tenor.
    pub tenor_seconds: u32,
    /// Slot and generation that it has, or is going to be listed as.
    pub series: String,
    /// Points bought, negative when sold.
    pub points: i64,
    /// The same in coins where the stock's price is known.
    pub size: String,
    /// Points of the position afterwards.
    pub position_after: i64,
    /// Price of the underlying, dollars.
    pub spot: String,
    /// Yearly volatility of the quote.
    pub volatility: String,
    /// Premium.
    pub premium: Amount,
    /// Premium at the oracle's price.
    pub mark: Amount,
    /// What the price's uncertainty costs.
    pub spread: Amount,
    /// Fee, always paid.
    pub fee: Amount,
    /// Funding of the leg's options a day, carry included; negative when it is paid to the account.
    pub funding_per_day: Amount,
    /// The part of it that is carry.
    pub carry_per_day: Amount,
    /// Price a coin, implied volatility, sensitivities.
    #[serde(flatten)]
    pub risk: LegRisk,
}

impl LegReport {
    fn of(pool: &PoolContext, part: &Part, quote: &TradeQuote, (leg, risk): (&LegQuote, LegRisk)) -> Result<Self> {
        let contract = &part.contract;
        let (funding, carry) = quote.funding_per_day_of(leg)?;
        Ok(Self {
            option: pool.words(contract),
            underlying: pool.symbol(contract.terms.underlying),
            kind: if contract.kind == OptionKind::Put { "put" } else { "call" },
            strike: contract.strike,
            tenor_seconds: contract.terms.tenor.0,
            series: series_name(leg.leg.series),
            points: leg.leg.points,
            size: pool.size(leg.leg.points, contract.terms.underlying),
            position_after: leg.position,
            spot: dollars(leg.spot),
            volatility: percent(leg.sigma),
            premium: pool.amount(leg.premium),
            mark: pool.amount(leg.mark),
            spread: pool.amount(leg.spread),
            fee: pool.unsigned(leg.fee),
            funding_per_day: pool.amount(funding),
            carry_per_day: pool.amount(carry),
            risk,
        })
    }
}

impl TradeReport {
    /// Makes the report of an intent and its quote; `real` says whether the account is there or paid into, so that its health means something.
    ///
    /// # Errors
    /// For numbers that do not fit.
    pub fn of(context: &Context, intent: &Intent, quote: &TradeQuote, real: bool) -> Result<Self> {
        let pool = &intent.pool;
        let profile = pool.view.profile(quote, intent.days).ok();
        let risks = profile::of_legs(pool, profile.as_ref(), quote);
        let parts = intent.strategy.legs.iter().zip(quote.legs.iter().zip(risks));
        let legs: Vec<LegReport> =
            parts.map(|(part, leg)| LegReport::of(pool, part, quote, leg)).collect::<Result<_>>()?;
        let first = quote.legs.first().context("a trade without legs")?;
        let single = legs.len() == 1;
        let of_legs = |of: fn(&LegReport) -> &Amount| pool.amount(legs.iter().map(|leg| of(leg).native).sum());
        let sum = |pick: fn(&LegQuote) -> i64| pool.amount(quote.legs.iter().map(pick).sum());
        let outcome = Some(quote.outcome()?).filter(|outcome| !outcome.gives_up);
        let beyond = profile.as_ref().zip(outcome.as_ref());
        let beyond = beyond.and_then(|(profile, outcome)| profile::beyond_width(pool, profile, outcome, quote.net));
        let caps = quote.short_caps()?;
        let covered = i128::from(quote.after.cash) >= i128::from(caps.0);
        let amount = |native: i64| real.then(|| pool.amount(native));
        Ok(Self {
            pool: pool.name.clone(),
            strategy: intent.name,
            action: action(intent, quote),
            option: legs.iter().map(|leg| leg.option.clone()).collect::<Vec<_>>().join(", "),
            strike: single.then(|| intent.strategy.legs[0].contract.strike),
            points: single.then_some(first.leg.points),
            spot: dollars(first.spot),
            volatility: percent(first.sigma),
            net: pool.amount(quote.net),
            min_net: pool.amount(intent.least_net(context, quote)),
            premium: pool.amount(quote.premium),
            mark: sum(|leg| leg.mark),
            spread: sum(|leg| leg.spread),
            fee: pool.unsigned(quote.fee),
            underlyings: profile
                .iter()
                .flat_map(|profile| profile::of_underlyings(pool, profile, quote, intent.days))
                .collect(),
            width: beyond.as_ref().map(|(width, _)| width.clone()),
            note: beyond.map(|(_, note)| note),
            max_loss: outcome.map(|outcome| pool.amount(outcome.worst.saturating_neg())),
            max_gain: outcome.map(|outcome| pool.amount(outcome.best)),
            deposit: (intent.deposit > 0).then(|| pool.unsigned(intent.deposit)),
            trade_funding_per_day: of_legs(|leg| &leg.funding_per_day),
            trade_carry_per_day: of_legs(|leg| &leg.carry_per_day),
            funding_per_day: pool.amount(quote.after.funding_per_day),
            carry_per_day: pool.amount(quote.after.carry_per_day),
            runway_seconds: if real { quote.after.runway() } else { None },
            cash_after: amount(quote.after.cash),
            health_after: amount(quote.after.health.initial),
            maintenance_health_after: amount(quote.after.health.maintenance),
            short_caps: (caps.0 > 0).then(|| pool.unsigned(caps.0)),
            covered: real && covered,
            least_deposit: None,
            legs,
        })
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let mut text = self.action.clone();
        if self.legs.len() > 1 {
            let mut shown = table(["leg", "size", "a coin", "volatility", "premium", "fee", "delta", "funding a day"]);
            for leg in &self.legs {
                let way = |amount: &Amount| match amount.way() {
                    (_, nothing) if amount.native == 0 => nothing,
                    (way, _) => format!("{way} {}", amount.tokens.trim_start_matches('-')),
                };
                let [premium, funding] = [&leg.premium, &leg.funding_per_day.opposite()].map(way);
                let (option, size, volatility) = (leg.option.clone(), leg.size.clone(), leg.volatility.clone());
                let (price, delta) = (leg.risk.price(), leg.risk.delta(&leg.underlying));
                shown.add_row([option, size, price, volatility, premium, leg.fee.tokens.clone(), delta, funding]);
            }
            text += &format!("\n{shown}");
        }
        let mut rows = vec![("price", self.prices())];
        rows.extend([
            ("premium", self.premium.flow()),
            ("  at the mark", self.mark.flow()),
            ("  spread", self.spread.flow()),
            ("fee", self.fee.cost()),
            ("altogether", format!("{}, {}", self.net.flow(), limit(&self.net, &self.min_net))),
        ]);
        if let [leg] = self.legs.as_slice() {
            rows.extend(leg.risk.words().map(|words| ("  a coin", words)));
        }
        if let (Some(loss), Some(gain)) = (&self.max_loss, &self.max_gain) {
            rows.push(("loses at most", format!("{loss}, funding aside")));
            rows.push(("gains at most", format!("{gain}, funding aside")));
        }
        rows.extend(profile::rows(&self.underlyings));
        if let Some(deposit) = &self.deposit {
            rows.push(("first pays in", deposit.to_string()));
        }
        self.funding(&mut rows);
        if let Some(seconds) = self.runway_seconds {
            rows.push(("cash lasts", format!("{} at that funding", span(seconds))));
        }
        if let (Some(cash), Some(health)) = (&self.cash_after, &self.health_after) {
            rows.push(("cash afterwards", cash.to_string()));
            rows.push(("health afterwards", health.to_string()));
        }
        if let Some(caps) = &self.short_caps {
            let covered = if self.covered { ", covered by cash: no price liquidates it" } else { "" };
            rows.push(("written costs at most", format!("{caps}{covered}")));
        }
        if let Some(least) = &self.least_deposit {
            rows.push(("least deposit", format!("{least}, for a new account")));
        }
        rows.extend(self.note.iter().map(|note| ("note", note.clone())));
        format!("{text}\n{}", details(&rows))
    }

    /// Prices and volatilities of the underlyings; where there are several legs their table tells volatilities.
    fn prices(&self) -> String {
        if self.legs.len() == 1 {
            return format!("${}, volatility {}", self.spot, self.volatility);
        }
        let mut prices: Vec<String> = Vec::new();
        for leg in &self.legs {
            let price = format!("{} ${}", leg.underlying, leg.spot);
            if !prices.contains(&price) {
                prices.push(price);
            }
        }
        prices.join(", ")
    }

    /// Funding of these options, and of the whole account where that is another one.
    fn funding(&self, rows: &mut Vec<(&'static str, String)>) {
        rows.push(("funding a day", self.trade_funding_per_day.cost()));
        rows.push(("  of it carry", self.trade_carry_per_day.cost()));
        if self.trade_funding_per_day.native != self.funding_per_day.native {
            rows.push(("  of the account", self.funding_per_day.cost()));
        }
    }
}

/// What a trade accepts, beside what it comes to.
fn limit(net: &Amount, min_net: &Amount) -> String {
    let size = min_net.tokens.trim_start_matches('-');
    match (net.native < 0, min_net.native < 0) {
        (true, true) => format!("at most {size}"),
        (false, false) => format!("at least {size}"),
        _ => min_net.limit(),
    }
}

/// A planned trade, shown before it is sent.
///
/// # Errors
/// For numbers that do not fit.
pub fn trade<'a>(
    context: &Context,
    intent: &Intent,
    plan: &'a Plan<TradeQuote>,
) -> Result<Submission<'a, TradeReport>> {
    let report = TradeReport::of(context, intent, &plan.quote, true)?;
    let shown = format!("{}\n{}", report.text(), filled_at(&report.min_net));
    let what = report.action.clone();
    Ok(Submission { what, shown, quote: report, instructions: &plan.instructions })
}

/// At which price a trade is filled, and within which limit.
pub fn filled_at(min_net: &Amount) -> String {
    format!("filled at the first price published after the commitment, if {} then", min_net.limit())
}

/// What the trade does, in words.
fn action(intent: &Intent, quote: &TradeQuote) -> String {
    let pool = &intent.pool;
    let leg = |part: &Part| {
        let size = pool.size(part.points.0.saturating_abs(), part.contract.terms.underlying);
        let verb = match (part.points.0 > 0, quote.direction) {
            (true, _) => "buy",
            (false, Direction::Reducing) => "sell",
            // One of several legs may close what another opens, so these words are about the whole trade.
            (false, Direction::Adding) if intent.strategy.legs.len() > 1 => "sell",
            (false, Direction::Adding) => "write",
        };
        format!("{verb} {size} of the {}", pool.words(&part.contract))
    };
    let legs: Vec<String> = intent.strategy.legs.iter().map(leg).collect();
    if legs.len() == 1 { legs.join("") } else { format!("{}: {}", intent.name, legs.join(", ")) }
}
