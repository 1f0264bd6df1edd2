//! A margin account, and what is done to it as a whole.

use super::commitment::OpenCommitment;
use crate::{
    act::Submission,
    amount::{Amount, dollars},
    context::PoolContext,
    output::{details, span},
    plan::account::AccountPlan,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::{MarginAccount, ShareClass},
    quote::LiquidationPrices,
};
use serde::Serialize;

/// An account: cash, equity, health, and at which prices it is liquidated.
#[derive(Serialize)]
pub struct MarginReport {
    pool: String,
    address: String,
    owner: String,
    number: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegate: Option<String>,
    /// What the delegate's trades may still cost in tips, fees and penalties.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowance: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<String>,
    positions: usize,
    open_orders: u16,
    /// The trade that waits for its price.
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<OpenCommitment>,
    cash: Amount,
    /// Fees of lapses that are still to be paid, before anything can be withdrawn.
    arrears: Amount,
    /// What its pool had not the cash for and still owes it; part of `equity` where it has positions.
    #[serde(skip_serializing_if = "Option::is_none")]
    owed: Option<Amount>,
    equity: Amount,
    /// Where the collateral is shares of another pool: what they are worth there.
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<SharesWorth>,
    initial_health: Amount,
    maintenance_health: Amount,
    liquidatable: bool,
    funding_per_day: Amount,
    carry_per_day: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    runway_seconds: Option<u64>,
    liquidation_prices: Vec<Bounds>,
}

/// Margin in shares of another pool, as a withdrawal from that would pay.
#[derive(Serialize)]
struct SharesWorth {
    /// Name of the other pool.
    of: String,
    class: &'static str,
    /// Tokens of its collateral that a share is worth.
    share_price: String,
    cash: Amount,
    equity: Amount,
}

impl SharesWorth {
    fn of(pool: &PoolContext, cash: i64, equity: i64) -> Option<Self> {
        let inner = pool.inner.as_ref()?;
        let class = if inner.class == ShareClass::Main { "main" } else { "insurance" };
        let share_price = inner.tokens()?.round_dp(9).normalize().to_string();
        Some(Self {
            of: inner.name.clone(),
            class,
            share_price,
            cash: inner.worth(cash)?,
            equity: inner.worth(equity)?,
        })
    }
}

#[derive(Serialize)]
struct Bounds {
    underlying: String,
    spot: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_or_below: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_or_above: Option<String>,
}

#[derive(Serialize)]
struct Named {
    pool: String,
    address: String,
}

#[derive(Serialize)]
struct Forgone {
    pool: String,
    address: String,
    owed: Amount,
}

#[derive(Serialize)]
struct Delegated {
    pool: String,
    address: String,
    delegate: Option<String>,
    allowance: Amount,
}

impl MarginReport {
    /// The report of an account of a pool at the prices of now.
    ///
    /// # Errors
    /// For a missing price and numbers that do not fit.
    pub fn of(pool: &PoolContext, account: &MarginAccount, owner: &Pubkey, number: u16) -> Result<Self> {
        let quote = pool.view.account(account)?;
        let bounds = |prices: &LiquidationPrices| Bounds {
            underlying: pool.symbol(prices.underlying),
            spot: dollars(prices.spot),
            at_or_below: prices.down.map(dollars),
            at_or_above: prices.up.map(dollars),
        };
        Ok(Self {
            pool: pool.name.clone(),
            address: pool.account_key(owner, number).to_string(),
            owner: owner.to_string(),
            number,
            delegate: named(account.delegate),
            allowance: named(account.delegate).map(|_| pool.unsigned(account.allowance)),
            referrer: named(account.referrer),
            positions: account.open_positions().count(),
            open_orders: account.open_orders,
            commitment: OpenCommitment::find(pool, account),
            cash: pool.amount(quote.cash),
            arrears: pool.unsigned(account.arrears),
            owed: (account.unpaid > 0).then(|| pool.unsigned(account.unpaid)),
            equity: pool.amount(quote.equity),
            shares: SharesWorth::of(pool, quote.cash, quote.equity),
            initial_health: pool.amount(quote.health.initial),
            maintenance_health: pool.amount(quote.health.maintenance),
            liquidatable: pool.view.is_liquidatable(account)?,
            funding_per_day: pool.amount(quote.funding_per_day),
            carry_per_day: pool.amount(quote.carry_per_day),
            runway_seconds: quote.runway(),
            liquidation_prices: pool.view.liquidation_prices(account)?.iter().map(bounds).collect(),
        })
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let mut rows = vec![
            ("account", format!("{} of {}", self.number, self.owner)),
            ("address", self.address.clone()),
            ("delegate", self.delegate.clone().unwrap_or_else(|| "nobody".into())),
            ("cash", self.cash.to_string()),
            ("equity", self.equity.to_string()),
            ("initial health", self.initial_health.to_string()),
            ("maintenance health", self.maintenance_health.to_string()),
            ("funding a day", self.funding_per_day.cost()),
            ("of it carry", self.carry_per_day.cost()),
            ("cash lasts", self.runway_seconds.map_or_else(|| "no funding to pay".into(), span)),
            ("positions", self.positions.to_string()),
            ("open orders", self.open_orders.to_string()),
        ];
        if let Some(allowance) = &self.allowance {
            rows.insert(3, ("its allowance", allowance.to_string()));
        }
        if let Some(SharesWorth { of, class, share_price, equity, .. }) = &self.shares {
            let words = format!("{equity}: its collateral is {class} shares of {of}, of {share_price} {of} each");
            rows.insert(5, ("equity is worth", words));
        }
        if self.arrears.native > 0 {
            rows.push(("arrears", format!("{}, taken first out of what comes in", self.arrears)));
        }
        if let Some(owed) = &self.owed {
            rows.push(("owed by the pool", format!("{owed}, paid in proportion as cash comes in")));
        }
        for bounds in &self.liquidation_prices {
            let (name, spot) = (&bounds.underlying, &bounds.spot);
            let now = match (&bounds.at_or_below, &bounds.at_or_above) {
                (None, None) => format!("at no price of {name}"),
                _ if self.liquidatable => format!("now, with {name} at ${spot}"),
                (Some(down), None) => format!("with {name} at ${down} or below; now ${spot}"),
                (None, Some(up)) => format!("with {name} at ${up} or above; now ${spot}"),
                (Some(down), Some(up)) => format!("with {name} at ${down} or below, ${up} or above; now ${spot}"),
            };
            rows.push(("liquidated", now));
        }
        rows.extend(self.commitment.iter().flat_map(OpenCommitment::rows));
        if self.liquidatable {
            rows.push(("warning", "anyone may liquidate this account now: deposit, or close something".into()));
        }
        details(&rows)
    }
}

/// A key, unless it stands for nobody.
fn named(key: Pubkey) -> Option<String> {
    (key != Pubkey::default()).then(|| key.to_string())
}

/// An account that is opened.
pub fn open(plan: &AccountPlan) -> Submission<'_, impl Serialize> {
    let what = format!("open account {} in the pool {}", plan.number, plan.pool.name);
    let quote = Named { pool: plan.pool.name.clone(), address: plan.address.to_string() };
    let shown = format!("{what}, at {}", plan.address);
    Submission { what, shown, quote, instructions: &plan.instructions }
}

/// An account that is closed.
pub fn close(plan: &AccountPlan) -> Submission<'_, impl Serialize> {
    let what = format!("close account {} in the pool {}", plan.number, plan.pool.name);
    let quote = Named { pool: plan.pool.name.clone(), address: plan.address.to_string() };
    Submission { shown: what.clone(), what, quote, instructions: &plan.instructions }
}

/// What a pool owes an account and cannot pay is given up; `owed` is all that it owes, native units.
pub fn forgo(plan: &AccountPlan, owed: u64) -> Submission<'_, impl Serialize> {
    let owed = plan.pool.unsigned(owed);
    let what = format!(
        "take what the pool {} can pay of the {owed} that it owes account {}, and give up the rest",
        plan.pool.name, plan.number
    );
    let (pool, address) = (plan.pool.name.clone(), plan.address.to_string());
    let quote = Forgone { pool, address, owed };
    Submission { shown: what.clone(), what, quote, instructions: &plan.instructions }
}

/// A delegate of an account, or nobody.
pub fn delegate(plan: &AccountPlan, delegate: Option<Pubkey>, allowance: u64) -> Submission<'_, impl Serialize> {
    let of = format!("account {} in the pool {}", plan.number, plan.pool.name);
    let allowance = plan.pool.unsigned(allowance);
    let what = match delegate {
        Some(delegate) => format!("let {delegate} trade for {of}, for at most {allowance} in tips, fees and penalties"),
        None => format!("let nobody else trade for {of}"),
    };
    let (pool, address) = (plan.pool.name.clone(), plan.address.to_string());
    let quote = Delegated { pool, address, delegate: delegate.map(|key| key.to_string()), allowance };
    Submission { shown: what.clone(), what, quote, instructions: &plan.instructions }
}
