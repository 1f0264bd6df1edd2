//! What shares have cost and returned.

use crate::{
    amount::Amount,
    context::PoolContext,
    output::date,
    plan::lp::{Past, Provided},
};
use evergreen_sdk::{
    convert::Decimal,
    portfolio::{ShareHistory, SharePrice, ShareReturn},
};
use serde::Serialize;

/// Spans over which returns are told, in days.
const DAYS: [i64; 3] = [7, 30, 365];
/// Most prices that are told.
const PRICES: usize = 400;

/// What an owner's shares have cost, and what a share has returned.
#[derive(Serialize)]
pub struct PastReport {
    /// Whether the network remembers all transactions of the pool. Otherwise cost and sums are of what it remembers.
    pub(super) complete: bool,
    /// What the shares have cost by average; absent where some came from elsewhere, or transactions are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Amount>,
    /// Worth less cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    unrealised: Option<Amount>,
    /// What withdrawals have come to, less the cost of their shares.
    realised: Amount,
    paid_in: Amount,
    paid_out: Amount,
    /// Returns of a share at the mark; none of the insurance class.
    returns: Vec<Returned>,
    /// The last price of each day.
    prices: Vec<Price>,
}

/// What a share has returned, in per cent of its price at the beginning; the parts add up to the total, but for the last digit.
#[derive(Clone, Serialize)]
pub struct Returned {
    /// Days over which it is told.
    pub days: i64,
    /// Unix seconds of the first price that is known in that time.
    pub from: i64,
    /// All of it.
    pub total: String,
    /// Premiums received less premiums paid.
    pub premiums: String,
    /// Funding, with carry.
    pub funding: String,
    /// Fees.
    pub fees: String,
    /// What exercised options were paid.
    pub payoffs: String,
    /// What bad debts have cost.
    pub bad_debts: String,
    /// What open options have become worth, losses by seizure, and what others left behind.
    pub rest: String,
}

#[derive(Serialize)]
struct Price {
    /// Unix seconds.
    time: i64,
    /// Tokens that a thousand shares are worth, which is a token at the beginning.
    tokens: String,
}

fn percent(millionths: Option<i64>) -> String {
    millionths.map_or_else(|| "?".into(), |part| format!("{}%", Decimal::new(part, 4).normalize()))
}

impl Returned {
    /// Those over all spans, up to now, unix seconds.
    pub fn all(shares: &ShareHistory, now: i64) -> Vec<Self> {
        let since = |days: i64| {
            let from = now.saturating_sub(days.saturating_mul(86_400));
            shares.since(from).and_then(|gained| Self::of(days, &gained))
        };
        DAYS.into_iter().filter_map(since).collect()
    }

    fn of(days: i64, gained: &ShareReturn) -> Option<Self> {
        let part = |part| percent(gained.millionths(part));
        Some(Self {
            days,
            from: gained.from.time?,
            total: part(gained.total()),
            premiums: part(gained.premiums),
            funding: part(gained.funding),
            fees: part(gained.fees),
            payoffs: part(gained.payoffs),
            bad_debts: part(gained.bad_debts),
            rest: part(gained.rest),
        })
    }
}

/// Tokens of a thousand shares, to nine places, rounded down: shares have the decimals of the collateral, and there are a thousand for a unit at the beginning.
pub fn thousand_shares(assets: i64, shares: u64) -> Option<String> {
    let tokens = i128::from(assets).checked_mul(1_000_000_000_000)?.checked_div_euclid(i128::from(shares))?;
    Some(Decimal::try_from_i128_with_scale(tokens, 9).ok()?.normalize().to_string())
}

fn price(at: &SharePrice) -> Option<Price> {
    Some(Price { time: at.time?, tokens: thousand_shares(at.assets, at.shares)? })
}

impl PastReport {
    /// The past of shares that are worth so much now.
    pub fn of(provided: &Provided, past: &Past, worth: Option<u64>) -> Self {
        let pool: &PoolContext = &provided.pool;
        let Past { provider, shares, complete } = past;
        let fit = |sum: i128| pool.amount(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }));
        let cost = provider.cost_of(provided.held).filter(|_| *complete);
        let gain = cost.zip(worth).map(|(cost, worth)| fit(i128::from(worth) - i128::from(cost)));
        let mut prices: Vec<Price> = Vec::new();
        for found in shares.iter().flat_map(|shares| shares.prices()).filter_map(price) {
            if prices.last().is_some_and(|last| last.time / 86_400 == found.time / 86_400) {
                prices.pop();
            }
            prices.push(found);
        }
        prices.drain(..prices.len().saturating_sub(PRICES));
        Self {
            complete: *complete,
            cost: cost.map(|cost| pool.unsigned(cost)),
            unrealised: gain,
            realised: fit(provider.realised),
            paid_in: pool.unsigned(provider.paid_in),
            paid_out: pool.unsigned(provider.paid_out),
            returns: shares.as_ref().map_or_else(Vec::new, |shares| Returned::all(shares, pool.view.now)),
            prices,
        }
    }

    /// For people.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let told = |amount: &Option<Amount>| {
            amount.as_ref().map_or_else(
                || "not known: shares came from elsewhere, or transactions are missing".into(),
                ToString::to_string,
            )
        };
        let mut rows = vec![
            ("paid in", self.paid_in.to_string()),
            ("paid out", self.paid_out.to_string()),
            ("cost of the shares", told(&self.cost)),
            ("unrealised", told(&self.unrealised)),
            ("realised", self.realised.to_string()),
        ];
        for one in &self.returns {
            let Returned { days, from, total, premiums, funding, fees, payoffs, bad_debts, rest } = one;
            rows.push(("a share in", format!("{days} d: {total}, since {}", date(*from))));
            let parts = format!(
                "premiums {premiums}, funding {funding}, fees {fees}, payoffs {payoffs}, bad debts {bad_debts}, open options and the rest {rest}"
            );
            rows.push(("", parts));
        }
        if let (Some(first), Some(last)) = (self.prices.first(), self.prices.last()) {
            let words = format!("{} tokens at {}, {} now", first.tokens, date(first.time), last.tokens);
            rows.push(("a thousand shares", words));
        }
        if !self.complete {
            rows.push(("history", format!("{}; what is missing is not guessed", self.lacking())));
        }
        rows
    }

    /// What it lacks where it is not complete.
    pub const fn lacking(&self) -> &'static str {
        "the network does not remember all transactions of the pool"
    }
}
