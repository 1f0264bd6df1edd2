//! All pools side by side, as who provides liquidity compares them.

use crate::{
    amount::{Amount, percent},
    context::short,
    output::{date, table},
    plan::pool::KnownPool,
    view::lp::{Returned, thousand_shares},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::{self, Decimal},
    evergreen::state::Pool,
    math::BasisPoints,
};
use serde::Serialize;

/// A pool in a list. Worth, share price and net delta are those of its last valuation.
#[derive(Serialize)]
pub struct Line {
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls_itself: Option<String>,
    /// The name of another pool that this may pass for.
    #[serde(skip_serializing_if = "Option::is_none")]
    passes_for: Option<String>,
    verified: bool,
    curator: Option<String>,
    private: bool,
    halted: bool,
    distressed: bool,
    pool: String,
    mint: String,
    decimals: u8,
    cash: String,
    /// Net asset value of the main class.
    worth: Amount,
    /// Tokens that a thousand shares of it are worth, which is a token at the beginning; absent without shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    thousand_shares: Option<String>,
    /// Cash of the insurance class, which bears losses first.
    insurance: Amount,
    /// Reserves for options, with all that is committed.
    reserved: Amount,
    /// The most that may be reserved; absent where it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    reserve_limit: Option<Amount>,
    /// Reserves as a part of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    utilisation: Option<String>,
    /// What options may reserve beyond that: the capacity that is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<Amount>,
    /// What may be paid in until the pool has the most cash that it takes.
    deposit_room: Amount,
    fee_open: String,
    fee_close: String,
    directions: Vec<Direction>,
    /// Returns of a share of the main class at the mark, in parts; absent where its history was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    returns: Option<Vec<Returned>>,
    /// Whether the network remembers all transactions of the pool; absent where they were not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<bool>,
}

/// What traders of a pool have on one underlying; providers have the other side.
#[derive(Serialize)]
struct Direction {
    underlying: String,
    net_delta: Amount,
    /// As a part of the worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    skew: Option<String>,
}

/// A part of a whole, in hundredths of a per cent.
fn part(of: i128, whole: i128) -> Option<String> {
    let bps = of.checked_mul(10_000)?.checked_div(whole)?;
    Some(format!("{}%", Decimal::try_from_i128_with_scale(bps, 2).ok()?))
}

impl Line {
    fn of(named: &KnownPool, symbol: &impl Fn(&Pubkey) -> String) -> Self {
        let pool = &named.pool;
        let unit = named.name.clone().unwrap_or_else(|| short(&named.address));
        let amount = |native: i64| Amount::new(native, pool.decimals, named.stock_price, &unit);
        let unsigned = |native: u64| amount(i64::try_from(native).unwrap_or(i64::MAX));
        let reserved = pool.reserved_collateral.saturating_add(pool.committed_reserve);
        let limit = pool.reserve_limit().ok().map(|limit| limit.0);
        let fee = |bps: u16| percent(BasisPoints(bps).to_ratio());
        let direction = |place: u8| {
            let (net, entry) = (pool.net_delta(place).ok()?, pool.underlyings.get(usize::from(place))?);
            let skew = part(net.into(), pool.depth.into());
            Some(Direction { underlying: symbol(&entry.key), net_delta: amount(net), skew })
        };
        Self {
            name: named.name.clone(),
            calls_itself: named.symbol.clone().filter(|_| named.name.is_none()),
            passes_for: named.passes_for.clone(),
            verified: named.verified,
            curator: super::curator(pool),
            private: pool.flags & Pool::PRIVATE != 0,
            halted: pool.is_halted(),
            distressed: pool.is_distressed(),
            pool: named.address.to_string(),
            mint: pool.mint.to_string(),
            decimals: pool.decimals,
            cash: convert::tokens(pool.pool_cash, pool.decimals).normalize().to_string(),
            worth: unsigned(pool.depth),
            thousand_shares: thousand_shares(i64::try_from(pool.depth).unwrap_or(i64::MAX), pool.main.total),
            insurance: unsigned(pool.insurance_cash),
            reserved: unsigned(reserved),
            reserve_limit: limit.map(unsigned),
            utilisation: limit.and_then(|limit| part(reserved.into(), limit.into())),
            room: limit.map(|limit| unsigned(limit.saturating_sub(reserved))),
            deposit_room: unsigned(
                pool.params.max_pool_cash.saturating_sub(pool.cash().0.saturating_add(pool.deposits_due)),
            ),
            fee_open: fee(pool.params.fee_open_bps),
            fee_close: fee(pool.params.fee_close_bps),
            directions: (0..pool.underlying_count).filter_map(direction).collect(),
            returns: named.past.as_ref().map(|past| Returned::all(&past.shares, past.now)),
            complete: named.past.as_ref().map(|past| past.complete),
        }
    }

    fn who(&self) -> String {
        let name = match (&self.name, &self.calls_itself) {
            (Some(name), _) if self.verified => name.clone(),
            (Some(name), _) => format!("{name}, not verified"),
            (None, Some(symbol)) => match &self.passes_for {
                Some(other) => format!("not verified; calls itself {symbol}, which is not {other}"),
                None => format!("not verified; calls itself {symbol}"),
            },
            (None, None) => "not verified".into(),
        };
        let words = [(self.halted, "halted"), (self.distressed, "distressed"), (self.private, "private")];
        let words = words.into_iter().filter(|(is, _)| *is).map(|(_, word)| format!(", {word}"));
        name + &words.collect::<String>()
    }

    fn row(&self) -> [String; 9] {
        let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".into());
        let tokens =
            |amount: &Option<Amount>| amount.as_ref().map_or_else(|| "–".into(), |amount| amount.tokens.clone());
        let skews = self.directions.iter().map(|one| format!("{} {}", one.underlying, told(&one.skew)));
        [
            self.who(),
            match &self.worth.dollars {
                Some(dollars) => format!("{} (${dollars})", self.worth.tokens),
                None => self.worth.tokens.clone(),
            },
            told(&self.thousand_shares),
            told(&self.utilisation),
            tokens(&self.room),
            skews.collect::<Vec<_>>().join(", "),
            format!("{}, {}", self.fee_open, self.fee_close),
            self.curator.clone().unwrap_or_else(|| "the protocol's admin".into()),
            self.pool.clone(),
        ]
    }
}

/// All pools; `symbol` names an underlying.
pub fn lines(pools: &[KnownPool], symbol: &impl Fn(&Pubkey) -> String) -> Vec<Line> {
    pools.iter().map(|named| Line::of(named, symbol)).collect()
}

/// The text for people.
pub fn text(url: &str, lines: &[Line]) -> String {
    if lines.is_empty() {
        return format!("there are no pools on {url}");
    }
    let mut shown = table([
        "name",
        "worth",
        "1000 shares",
        "used",
        "room",
        "net delta of traders",
        "fees to open, close",
        "curator",
        "pool",
    ]);
    lines.iter().for_each(|line| shown.add_row(line.row()));
    let mut text = shown.to_string();
    if lines.iter().any(|line| line.returns.is_some()) {
        let mut shown = table([
            "a share of",
            "in",
            "since",
            "has returned",
            "premiums",
            "funding",
            "fees",
            "payoffs",
            "bad debts",
            "rest",
        ]);
        for line in lines {
            for one in line.returns.iter().flatten() {
                let Returned { days, from, total, premiums, funding, fees, payoffs, bad_debts, rest } = one.clone();
                let (name, days) = (line.name.clone().unwrap_or_else(|| line.pool.clone()), format!("{days} d"));
                shown.add_row([name, days, date(from), total, premiums, funding, fees, payoffs, bad_debts, rest]);
            }
        }
        text += &match lines.iter().flat_map(|line| &line.returns).all(Vec::is_empty) {
            true => "\n\nno return is known yet: there is no price of a share before that of now".to_owned(),
            false => format!("\n\n{shown}"),
        };
    }
    text
}
