//! What came of a committed trade, by the chain's events.

use super::{
    event_name,
    quoted::{Compared, QuotedTrade},
};
use crate::{
    amount::{Amount, dollars, percent},
    context::{PoolContext, series_name},
    failure::{NotFilled, advice},
    output::{details, table},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Signature,
    events::Event,
    evergreen::{
        events::{CommitmentCancelled, LegFilled},
        state::CancelReason,
    },
    failure::evergreen_error,
    math::{Dollars, Ratio},
    strategy::Contract,
};
use serde::Serialize;

/// The transaction that ended a commitment.
pub struct Ended {
    /// Its signature.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Its events.
    pub events: Vec<Event>,
    /// Whether this command has sent it.
    pub here: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct FillReport {
    filled: bool,
    /// Change of cash by all legs, fees included; negative is paid; absent where it was not filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<Amount>,
    /// What was quoted, and the difference; absent where another command has committed it, and where it was not filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted: Option<Compared>,
    /// Fees: of all legs, or what a trade costs that was not filled, out of its bond or as its fee.
    fee: Amount,
    /// What was set aside as its bond; absent for what only reduces.
    #[serde(skip_serializing_if = "Option::is_none")]
    bond: Option<Amount>,
    /// Arrears that it paid, or, where it was not filled, that are left of its fee; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrears: Option<Amount>,
    /// Funding that was settled with it; negative is paid.
    funding: Amount,
    legs: Vec<LegReport>,
    /// What whoever filled it got; it was set aside with the commitment.
    tip: Amount,
    /// Margin account that got the tip; absent when it went back to the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    tip_to: Option<String>,
    /// Cash of the account afterwards; absent where no event tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cash: Option<Amount>,
    /// Why it was not filled: the reason's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What became of the order that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'static str>,
    /// The transaction that ended the commitment.
    signature: String,
    slot: u64,
    /// Whether this command has sent it.
    by_this_command: bool,
    events: Vec<String>,
    #[serde(skip)]
    failure: Option<NotFilled>,
}

/// A leg as it was filled.
#[derive(Debug, Serialize)]
struct LegReport {
    option: String,
    series: String,
    points: i64,
    size: String,
    position_after: i64,
    /// Price of the underlying, dollars.
    spot: String,
    /// The price that its quote was made at.
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_spot: Option<String>,
    volatility: String,
    /// Change of cash without the fee; negative is paid.
    premium: Amount,
    fee: Amount,
}

impl LegReport {
    fn of(pool: &PoolContext, filled: &LegFilled) -> Self {
        let contract = Contract::of(&pool.view.registry, filled.series);
        let points = filled.points;
        let size = contract.as_ref().map(|contract| pool.size(points, contract.terms.underlying));
        Self {
            option: contract.map_or_else(|| "an option that is gone".into(), |contract| pool.words(&contract)),
            series: series_name(filled.series),
            points,
            size: size.unwrap_or_else(|| format!("{points} points")),
            position_after: filled.position,
            spot: dollars(Dollars::from_bits(filled.spot)),
            quoted_spot: None,
            volatility: percent(Ratio::from_bits(filled.sigma)),
            premium: pool.amount(filled.premium),
            fee: pool.unsigned(filled.fee),
        }
    }
}

impl LegReport {
    /// How the price has moved since the quote, if it has.
    fn moved(&self) -> Option<String> {
        let quoted = self.quoted_spot.as_ref().filter(|quoted| **quoted != self.spot)?;
        Some(format!("the price of the {} was ${} instead of ${quoted}", self.option, self.spot))
    }
}

impl FillReport {
    /// The report of the transaction that ended the commitment of an account; `pool` is as it is now.
    pub fn of(pool: &PoolContext, account: &Pubkey, quoted: Option<QuotedTrade>, ended: &Ended) -> Self {
        let mut report = Self {
            filled: false,
            net: None,
            quoted: None,
            fee: pool.amount(0),
            bond: None,
            arrears: None,
            funding: pool.amount(0),
            legs: Vec::new(),
            tip: pool.amount(0),
            tip_to: None,
            cash: None,
            reason: None,
            order: None,
            signature: ended.signature.to_string(),
            slot: ended.slot,
            by_this_command: ended.here,
            events: ended.events.iter().map(event_name).collect(),
            failure: None,
        };
        let (mut fee, mut funding) = (0u64, 0i64);
        let (mut cancelled, mut bond, mut arrears) = (None, 0u64, 0u64);
        for event in &ended.events {
            match event {
                Event::FundingSettled(e) if e.account == *account => funding = funding.saturating_add(e.amount),
                Event::ArrearsCollected(e) if e.account == *account => arrears = arrears.saturating_add(e.fee),
                Event::LegFilled(e) if e.account == *account => {
                    fee = fee.saturating_add(e.fee);
                    report.legs.push(LegReport::of(pool, e));
                }
                Event::Traded(e) if e.account == *account => {
                    report.net = Some(pool.amount(e.net));
                    report.cash = Some(pool.amount(e.cash));
                }
                Event::CommitmentFilled(e) if e.account == *account => {
                    report.filled = true;
                    bond = e.bond;
                    report.tip_is(pool, e.tip, e.filler_account);
                }
                Event::CommitmentCancelled(e) if e.account == *account => {
                    (fee, arrears, bond) = (e.fee, e.arrears, e.bond);
                    report.cash = Some(pool.amount(e.cash));
                    report.tip_is(pool, e.tip, e.filler_account);
                    cancelled = Some(e);
                }
                Event::OrderExecuted(e) if e.account == *account => {
                    report.order = Some("executed");
                    report.tip_is(pool, e.tip, e.keeper_account);
                }
                Event::OrderCancelled(e) if e.account == *account => {
                    report.order = Some("cancelled");
                    report.tip_is(pool, e.tip, e.keeper_account);
                }
                _ => {}
            }
        }
        // The event of the trade comes before bond and tip are paid back.
        if let (true, Some(cash)) = (report.filled, &report.cash) {
            let tip = if report.tip_to.is_none() { report.tip.native } else { 0 };
            let back = pool.unsigned(bond).native.saturating_add(tip);
            report.cash = Some(pool.amount(cash.native.saturating_add(back)));
        }
        (report.fee, report.funding) = (pool.unsigned(fee), pool.amount(funding));
        if let (true, Some(quoted), Some(net)) = (report.filled, quoted, &report.net) {
            report.quoted = Some(quoted.beside(pool, net.native, fee));
            for (place, leg) in report.legs.iter_mut().enumerate() {
                leg.quoted_spot = quoted.spot(place);
            }
        }
        report.bond = (bond > 0).then(|| pool.unsigned(bond));
        report.arrears = (arrears > 0).then(|| pool.unsigned(arrears));
        if let Some(cancelled) = cancelled {
            report.reason = Some(format!("{:?}", cancelled.reason));
            report.failure = Some(report.not_filled(pool, cancelled));
        }
        report
    }

    fn tip_is(&mut self, pool: &PoolContext, tip: u64, to: Option<Pubkey>) {
        self.tip = pool.unsigned(tip);
        self.tip_to = to.map(|key| key.to_string());
    }

    /// The failure that a trade is which was not filled.
    fn not_filled(&self, pool: &PoolContext, cancelled: &CommitmentCancelled) -> NotFilled {
        let rule = evergreen_error(cancelled.error).map(|error| error.name());
        let why = match &rule {
            Some(rule) if cancelled.reason == CancelReason::Rules => {
                format!("{} ({rule})", reason(cancelled.reason))
            }
            _ => reason(cancelled.reason).to_owned(),
        };
        // What adds risk has a bond, of which it costs a part or all; what only reduces has none, and costs twice the fee of the trade.
        let (paid, bond) = (cancelled.fee.saturating_sub(cancelled.forfeited), pool.unsigned(cancelled.bond));
        let cost = match (paid, cancelled.bond) {
            (0, 0) if cancelled.arrears > 0 => {
                let fee = pool.unsigned(cancelled.arrears);
                format!("twice the fee of the trade, {fee}, is taken out of what the account receives")
            }
            (0, 0) => "it cost nothing".to_owned(),
            (0, _) => format!("it cost nothing, and its bond of {bond} came back"),
            (paid, bonded) if paid >= bonded && bonded > 0 => format!("it cost its bond, {bond}"),
            (paid, 1..) => {
                format!("it cost {} of its bond of {}, and the rest came back", pool.unsigned(paid), bond.tokens)
            }
            (paid, 0) => format!("it cost twice the fee of the trade, {}", pool.unsigned(paid)),
        };
        let cost = match cancelled.arrears {
            left if left > 0 && cancelled.fee > 0 => {
                format!(
                    "{cost}, of which the account still owes {}, taken out of what it receives",
                    pool.unsigned(left)
                )
            }
            _ => cost,
        };
        let next = match rule.as_deref().and_then(advice).filter(|_| cancelled.reason == CancelReason::Rules) {
            Some(next) => next,
            None => next_of(cancelled.reason),
        };
        NotFilled::new(format!("the trade was not filled: {why}; {cost}"), format!("{:?}", cancelled.reason), next)
    }

    /// The failure, if it was not filled.
    ///
    /// # Errors
    /// [`NotFilled`].
    pub fn check(&self) -> Result<(), NotFilled> {
        self.failure.clone().map_or(Ok(()), Err)
    }

    /// The text for people of a trade that was filled.
    pub fn text(&self) -> String {
        let by = if self.by_this_command { "" } else { " by somebody else" };
        let mut text = format!("filled{by}: {}", self.signature);
        if self.legs.len() > 1 {
            let mut shown = table(["leg", "size", "price", "volatility", "premium", "fee", "position"]);
            for leg in &self.legs {
                let (premium, fee) = (leg.premium.flow(), leg.fee.tokens.clone());
                let (price, position) = (format!("${}", leg.spot), leg.position_after.to_string());
                let [option, size, volatility] = [&leg.option, &leg.size, &leg.volatility].map(Clone::clone);
                shown.add_row([option, size, price, volatility, premium, fee, position]);
            }
            text += &format!("\n{shown}");
        }
        let mut rows = Vec::new();
        if let [leg] = self.legs.as_slice() {
            rows.push(("price", format!("${}, volatility {}", leg.spot, leg.volatility)));
            rows.push(("premium", leg.premium.flow()));
        }
        rows.push(("fee", self.fee.cost()));
        rows.extend(self.net.as_ref().map(|net| ("altogether", net.flow())));
        let moved = self.legs.iter().filter_map(LegReport::moved).collect::<Vec<_>>();
        rows.extend(self.quoted.iter().flat_map(|quoted| quoted.rows(&moved)));
        rows.extend(self.arrears.as_ref().map(|arrears| ("arrears paid", arrears.to_string())));
        if self.funding.native != 0 {
            rows.push(("funding settled", self.funding.flow()));
        }
        if let (Some(to), true) = (&self.tip_to, self.tip.native > 0) {
            rows.push(("tip", format!("{}, to {to}", self.tip)));
        }
        rows.extend(self.order.map(|order| ("order", order.to_owned())));
        rows.extend(self.cash.as_ref().map(|cash| ("cash afterwards", cash.to_string())));
        format!("{text}\n{}", details(&rows))
    }
}

/// What to do about a trade that was not filled.
const fn next_of(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Limit => "trade again, with more --slippage or another --min-net; an order waits on by itself",
        CancelReason::AtCap => "take another strike: the price is at the cap of an option of it",
        CancelReason::PriceTooLate => {
            "no price was published in time: trade again; `evergreen price show` tells whether prices come"
        }
        CancelReason::PriceUncertain => "trade again when the price is more certain, or only reduce: that needs less",
        CancelReason::Stopped | CancelReason::Distressed => {
            "the pool takes no such trade now: `evergreen pool show`; closing goes on unless it is paused"
        }
        CancelReason::Lapsed => {
            "trade again and let the command run until it is filled, or fill it with `evergreen fill`"
        }
        CancelReason::Abandoned => "trade again once prices come: `evergreen price show`",
        CancelReason::Cash => "pay in more: `evergreen deposit`, or --deposit with the trade",
        CancelReason::Health => "pay in more (`evergreen deposit`), trade less, or close something first",
        CancelReason::Exercised => {
            "take another strike: an option of it was paid at its cap, `evergreen positions` shows what is left"
        }
        CancelReason::RulesChanged => "parameters have changed: `evergreen quote` tells what they allow",
        CancelReason::NothingToReduce => "nothing is left to close: `evergreen positions`",
        CancelReason::Rules => "quote it again: `evergreen quote` says which rule it would break",
        CancelReason::Requested | CancelReason::Expired | CancelReason::DelegateDismissed => {
            "`evergreen history` tells what has happened"
        }
    }
}

/// Why an order or a committed trade ended without being filled.
pub const fn reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Requested => "asked for",
        CancelReason::Expired => "its time was over",
        CancelReason::Exercised => "an option of it was exercised",
        CancelReason::RulesChanged => "parameters changed meanwhile, and the account cannot bear it by the new ones",
        CancelReason::NothingToReduce => "nothing was left to reduce",
        CancelReason::Cash => "the account had too little cash for it",
        CancelReason::Health => "the account had too little health for it",
        CancelReason::Rules => "another rule of a trade would have been broken",
        CancelReason::Limit => "the price was beyond its limit",
        CancelReason::AtCap => "the price was at the cap of an option of it",
        CancelReason::PriceTooLate => "no price was published in time",
        CancelReason::PriceUncertain => "the price was too uncertain",
        CancelReason::Stopped => "the pool was halted meanwhile",
        CancelReason::Distressed => "the pool became distressed meanwhile: its token is paused, or tokens were seized",
        CancelReason::Abandoned => "nobody had a price for it within ten minutes",
        CancelReason::Lapsed => "nobody filled it in time",
        CancelReason::DelegateDismissed => "the delegate who placed it is none any more",
    }
}
