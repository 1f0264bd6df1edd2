//! Pools.

mod list;

pub use list::{lines, text};

use crate::{
    act::Submission,
    amount::{Amount, number, percent},
    context::{PoolContext, symbol},
    failure::Incomplete,
    output::details,
    plan::pool::Collected,
};
use evergreen_sdk::{
    convert::Decimal,
    evergreen::state::{Pool, ShareClass},
    math::BasisPoints,
};
use serde::Serialize;

/// A pool: worth, reserves, fees, underlyings, state.
#[derive(Serialize)]
pub struct PoolReport {
    name: String,
    pool: String,
    mint: String,
    token_program: String,
    decimals: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet_multiplier: Option<String>,
    curator: Option<String>,
    curator_share_of_main_fees: String,
    private: bool,
    halted: bool,
    distressed: bool,
    pool_cash: Amount,
    margin_cash: Amount,
    insurance_cash: Amount,
    reserved_collateral: Amount,
    main: ClassReport,
    insurance: ClassReport,
    fee_open: String,
    fee_close: String,
    series: usize,
    underlyings: Vec<String>,
    directions: Vec<DirectionLine>,
}

/// A share class.
#[derive(Serialize)]
struct ClassReport {
    /// Net asset value, the lower bound; absent where a price is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    worth: Option<Amount>,
    /// All shares.
    shares: String,
    /// All shares, native units.
    shares_native: String,
    /// Tokens that a share is worth; absent without shares or without a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    share_price: Option<String>,
    /// Why its worth is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
}

impl ClassReport {
    fn of(pool: &PoolContext, class: ShareClass) -> Self {
        let value = pool.view.net_asset_value(class);
        let total = pool.view.pool.shares(class).total;
        let price = value.as_ref().ok().and_then(|value| number(value.share_price_lower()?).ok());
        Self {
            worth: value.as_ref().ok().map(|value| pool.amount(value.lower)),
            shares: pool.shares(total),
            shares_native: total.to_string(),
            share_price: price.map(|price| price.round_dp(9).normalize().to_string()),
            missing: value.err().map(|error| error.to_string()),
        }
    }

    /// For people.
    fn words(&self, name: &str) -> String {
        match (&self.worth, &self.share_price) {
            (Some(worth), Some(price)) => format!("{worth}; {} shares of {price} {name} each", self.shares),
            (Some(worth), None) => format!("{worth}; no shares"),
            (None, _) => self.missing.clone().unwrap_or_default(),
        }
    }
}

/// The direction of a pool on one underlying.
#[derive(Serialize)]
struct DirectionLine {
    underlying: String,
    net_delta: Amount,
    skew: Option<String>,
    up: Amount,
    down: Amount,
    room_up: Amount,
    room_down: Amount,
    carry_per_year: String,
}

impl DirectionLine {
    fn of(pool: &PoolContext, place: u8) -> Option<Self> {
        let direction = pool.view.direction(place).ok()?;
        Some(Self {
            underlying: pool.symbol(place).to_owned(),
            net_delta: pool.amount(direction.net_delta),
            skew: direction.skew().map(|skew| format!("{skew:+.4}")),
            up: pool.unsigned(direction.up),
            down: pool.unsigned(direction.down),
            room_up: pool.unsigned(direction.room_up),
            room_down: pool.unsigned(direction.room_down),
            carry_per_year: format!("{:+.2} %", f64::from(direction.carry.0) / 1e4),
        })
    }
}

impl DirectionLine {
    fn words(&self) -> (String, String) {
        let Self { underlying, net_delta, room_up, room_down, carry_per_year, .. } = self;
        let words =
            format!("net delta {net_delta}, room for {room_up} up and {room_down} down, carry {carry_per_year} a year");
        (format!("direction of {underlying}"), words)
    }
}

/// A pool's curator, if that is not the protocol's admin.
fn curator(pool: &Pool) -> Option<String> {
    pool.is_curated().then(|| pool.curator.to_string())
}

impl PoolReport {
    /// The report of a pool; `shown_as` is what wallets show for one token.
    pub fn of(pool: &PoolContext, shown_as: Option<Decimal>) -> Self {
        let state = &pool.view.pool;
        let fee = |bps: u16| percent(BasisPoints(bps).to_ratio());
        Self {
            name: pool.name.clone(),
            pool: pool.keys().pool.to_string(),
            mint: state.mint.to_string(),
            token_program: state.token_program.to_string(),
            decimals: state.decimals,
            wallet_multiplier: shown_as.map(|shown| shown.normalize().to_string()),
            curator: curator(state),
            curator_share_of_main_fees: fee(state.params.curator_bps),
            private: state.flags & Pool::PRIVATE != 0,
            halted: state.flags & Pool::HALTED != 0,
            distressed: state.flags & Pool::DISTRESSED != 0,
            pool_cash: pool.amount(state.pool_cash),
            margin_cash: pool.amount(state.margin_cash),
            insurance_cash: pool.unsigned(state.insurance_cash),
            reserved_collateral: pool.unsigned(state.reserved_collateral),
            main: ClassReport::of(pool, ShareClass::Main),
            insurance: ClassReport::of(pool, ShareClass::Insurance),
            fee_open: fee(state.params.fee_open_bps),
            fee_close: fee(state.params.fee_close_bps),
            series: pool.view.registry.series.iter().filter(|series| series.status != 0).count(),
            underlyings: pool.view.markets.iter().map(|market| symbol(&market.underlying.symbol)).collect(),
            directions: (0..state.underlying_count).filter_map(|place| DirectionLine::of(pool, place)).collect(),
        }
    }

    /// What is not known for want of a price.
    pub fn lacks(&self) -> Option<Incomplete> {
        let missing = self.main.missing.as_ref().or(self.insurance.missing.as_ref());
        missing.map(|missing| Incomplete::unpriced(missing).within(&self.name))
    }

    fn curator_words(&self) -> String {
        let who = self.curator.as_deref().unwrap_or("the protocol's admin");
        let private = if self.private { "; only it and whom it signs for provide liquidity" } else { "" };
        format!("{who}, for {} of the main class's part of fees{private}", self.curator_share_of_main_fees)
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let condition = match (self.halted, self.distressed) {
            (false, false) => "open",
            (true, _) => "halted: no new risk, no new liquidity",
            (false, true) => "distressed: no new risk, no new liquidity",
        };
        let mut rows = vec![
            ("pool", self.name.clone()),
            ("state", condition.into()),
            ("curator", self.curator_words()),
            ("main class", self.main.words(&self.name)),
            ("insurance class", self.insurance.words(&self.name)),
            ("reserved for options", self.reserved_collateral.to_string()),
            ("margin of traders", self.margin_cash.to_string()),
            ("fees of notional", format!("{} to open, {} to close", self.fee_open, self.fee_close)),
            ("underlyings", self.underlyings.join(", ")),
            ("series listed", self.series.to_string()),
            ("mint", self.mint.clone()),
            ("address", self.pool.clone()),
        ];
        let directions: Vec<(String, String)> = self.directions.iter().map(DirectionLine::words).collect();
        rows.extend(directions.iter().map(|(name, words)| (name.as_str(), words.clone())));
        if let Some(multiplier) = &self.wallet_multiplier {
            rows.push(("wallets show", format!("{multiplier} for one token here")));
        }
        details(&rows)
    }
}

/// Funding that is collected in one transaction.
#[derive(Serialize)]
struct CollectedReport {
    pool: String,
    accounts: Vec<String>,
    amount: Amount,
}

/// Collects funding of some accounts.
pub fn collected<'a>(pool: &PoolContext, part: &'a Collected) -> Submission<'a, impl Serialize + use<>> {
    let sum = part.accounts.iter().map(|owing| owing.collected).fold(0, u64::saturating_add);
    let report = CollectedReport {
        pool: pool.name.clone(),
        accounts: part.accounts.iter().map(|owing| owing.account.to_string()).collect(),
        amount: pool.unsigned(sum),
    };
    let accounts = if part.accounts.len() == 1 { "account" } else { "accounts" };
    let what = format!("collect {} of funding from {} {accounts} of {}", report.amount, part.accounts.len(), pool.name);
    Submission { shown: what.clone(), what, quote: report, instructions: &part.instructions }
}
