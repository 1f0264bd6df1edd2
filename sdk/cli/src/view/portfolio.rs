//! What accounts have made.

mod position;

pub use position::Figures;

use crate::{
    amount::Amount,
    context::{PoolContext, series_name},
    output::{date, facts, table},
    plan::positions::{Holdings, Kept},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::SeriesId,
    portfolio::{MovementKind, Parts, Performance},
    strategy::Contract,
};
use serde::Serialize;

/// All accounts of an owner.
#[derive(Serialize)]
pub struct PortfolioReport {
    owner: String,
    accounts: Vec<AccountReport>,
    /// Sums of the accounts that have a complete history, by token.
    totals: Vec<Totals>,
    /// Dollars of all tokens together, where every token's price is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    dollars: Option<InDollars>,
}

/// An account. Without a complete history the sums are absent: nothing is guessed.
#[derive(Serialize)]
struct AccountReport {
    pool: String,
    account: u16,
    address: String,
    /// open or closed.
    state: &'static str,
    transactions: u64,
    /// Why the history is no complete one, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<String>,
    /// Why there are no present values.
    #[serde(skip_serializing_if = "Option::is_none")]
    unpriced: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sums: Option<Sums>,
    positions: Vec<PositionReport>,
}

/// deposits − withdrawals + realised + unrealised = equity + set aside.
#[derive(Serialize)]
struct Sums {
    deposits: Amount,
    withdrawals: Amount,
    realised: Amount,
    unrealised: Amount,
    profit: Amount,
    equity: Amount,
    /// For tips, bonds and stakes.
    set_aside: Amount,
    /// Realised profit and loss by kind; premium and payoff less the cost of what they close.
    realised_by: Vec<Part>,
    /// Unrealised: positions at the mark, ended series, funding since the last settlement, losses by seizure to come.
    unrealised_by: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    kind: &'static str,
    amount: Amount,
}

#[derive(Serialize)]
struct PositionReport {
    series: String,
    /// The option in words; absent for a series that is no longer listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<String>,
    points: i64,
    size: String,
    #[serde(flatten)]
    figures: Figures,
}

#[derive(Serialize)]
struct Totals {
    pool: String,
    profit: Amount,
    equity: Amount,
}

#[derive(Serialize)]
struct InDollars {
    profit: String,
    equity: String,
}

/// A sum as an amount; one that does not fit is the largest that does, which no token's supply reaches.
fn amount(pool: &PoolContext, sum: i128) -> Amount {
    pool.amount(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }))
}

impl Sums {
    fn of(pool: &PoolContext, performance: &Performance) -> Self {
        let some = |sum: i128| amount(pool, sum);
        let unrealised = performance.unrealised;
        let parts = [
            ("positions", unrealised.positions),
            ("ended", unrealised.ended),
            ("funding", unrealised.funding),
            ("seizure", unrealised.losses),
        ];
        let unrealised_by = parts.into_iter().filter(|(_, native)| *native != 0);
        Self {
            deposits: some(performance.deposits),
            withdrawals: some(performance.withdrawals),
            realised: some(performance.realised.total()),
            unrealised: some(unrealised.total()),
            profit: some(performance.profit()),
            equity: pool.amount(performance.equity),
            set_aside: pool.amount(performance.set_aside),
            realised_by: realised_by(pool, &performance.realised),
            unrealised_by: unrealised_by.map(|(kind, native)| Part { kind, amount: pool.amount(native) }).collect(),
        }
    }
}

fn realised_by(pool: &PoolContext, realised: &Parts) -> Vec<Part> {
    realised.each().map(|(kind, sum)| Part { kind: kind.name(), amount: amount(pool, sum) }).collect()
}

impl AccountReport {
    fn of(pool: &PoolContext, owner: &Pubkey, kept: &Kept, days: u32) -> Self {
        let mut report = Self {
            pool: pool.name.clone(),
            account: kept.number,
            address: pool.account_key(owner, kept.number).to_string(),
            state: if kept.account.is_some() { "open" } else { "closed" },
            transactions: kept.statement().map_or(0, |statement| statement.transactions()),
            incomplete: None,
            unpriced: None,
            sums: None,
            positions: Vec::new(),
        };
        let Some(statement) = kept.statement() else { return report };
        let Some(account) = &kept.account else {
            // A closed account has nothing that is not realised.
            report.incomplete = statement.gap().map(|gap| since(gap.to_string(), statement.gap_at()));
            if report.incomplete.is_none() {
                let moved = statement.moved();
                report.sums = Some(Sums::of(
                    pool,
                    &Performance {
                        deposits: moved.of(MovementKind::Deposit),
                        withdrawals: -moved.of(MovementKind::Withdrawal),
                        realised: *statement.realised(),
                        unrealised: Default::default(),
                        equity: 0,
                        set_aside: 0,
                        holdings: Vec::new(),
                    },
                ));
            }
            return report;
        };
        report.incomplete = statement.check(account).err().map(|gap| since(gap.to_string(), statement.gap_at()));
        match Performance::of(statement, &pool.view, account) {
            Ok(performance) => report.sums = Some(Sums::of(pool, &performance)),
            Err(error) if report.incomplete.is_none() => report.unpriced = Some(error.to_string()),
            Err(_) => {}
        }
        let values = pool.view.holdings(account).unwrap_or_default();
        for place in account.open_positions() {
            let position = &account.positions[place];
            let id = position.series();
            let value = values.iter().find(|value| value.series == id);
            report.positions.push(PositionReport {
                series: series_name(id),
                option: words(pool, id),
                points: position.points,
                size: size(pool, id, position.points),
                figures: Figures::of(pool, value, statement.holding(id), days),
            });
        }
        report
    }
}

fn since(why: String, time: Option<i64>) -> String {
    time.map_or_else(|| why.clone(), |time| format!("{why}, found at {}", date(time)))
}

/// A series in words, where it is listed.
pub fn words(pool: &PoolContext, id: SeriesId) -> Option<String> {
    Contract::of(&pool.view.registry, id).map(|contract| pool.words(&contract))
}

fn size(pool: &PoolContext, id: SeriesId, points: i64) -> String {
    let underlying = Contract::of(&pool.view.registry, id).map(|contract| contract.terms.underlying);
    underlying.map_or_else(|| format!("{points} points"), |underlying| pool.size(points, underlying))
}

impl PortfolioReport {
    /// The report of all accounts at the prices of now.
    pub fn of(holdings: &[Holdings], owner: &Pubkey, days: u32) -> Self {
        let (mut accounts, mut totals) = (Vec::new(), Vec::new());
        let (mut profit, mut equity, mut known) = (Decimal::ZERO, Decimal::ZERO, true);
        for Holdings { pool, accounts: kept } in holdings {
            let of_pool: Vec<AccountReport> =
                kept.iter().map(|kept| AccountReport::of(pool, owner, kept, days)).collect();
            let sum = |of: fn(&Sums) -> &Amount| -> i128 {
                of_pool.iter().filter_map(|account| account.sums.as_ref()).map(|sums| i128::from(of(sums).native)).sum()
            };
            let total = Totals {
                pool: pool.name.clone(),
                profit: amount(pool, sum(|sums| &sums.profit)),
                equity: amount(pool, sum(|sums| &sums.equity)),
            };
            let dollars = |amount: &Amount| amount.dollars.as_ref().and_then(|text| text.parse::<Decimal>().ok());
            match (dollars(&total.profit), dollars(&total.equity)) {
                (Some(one), Some(two)) => (profit, equity) = (profit + one, equity + two),
                _ => known = false,
            }
            known &= of_pool.iter().all(|account| account.sums.is_some());
            totals.push(total);
            accounts.extend(of_pool);
        }
        let dollars = (known && !accounts.is_empty())
            .then(|| InDollars { profit: format!("{profit:.2}"), equity: format!("{equity:.2}") });
        Self { owner: owner.to_string(), accounts, totals, dollars }
    }

    /// The text for people.
    pub fn text(&self) -> String {
        if self.accounts.is_empty() {
            return format!("{} has no account in any pool; `evergreen account open` opens one", self.owner);
        }
        let mut text = Vec::new();
        for account in &self.accounts {
            text.push(format!(
                "account {} in {} ({})\n{}",
                account.account,
                account.pool,
                account.state,
                account.text()
            ));
        }
        if let Some(InDollars { profit, equity }) = &self.dollars {
            let rows = [("all accounts, profit", format!("${profit}")), ("equity", format!("${equity}"))];
            text.push(facts(&rows).replace("$-", "-$"));
        }
        text.join("\n\n")
    }
}

impl AccountReport {
    fn text(&self) -> String {
        let mut text = Vec::new();
        if let Some(why) = &self.incomplete {
            text.push(format!("no sums: {why}; what is missing is not guessed"));
        }
        if let Some(why) = &self.unpriced {
            text.push(format!("no present values: {why}"));
        }
        if let Some(sums) = &self.sums {
            let mut rows = vec![
                ("deposits", sums.deposits.to_string()),
                ("withdrawals", sums.withdrawals.to_string()),
                ("realised", sums.realised.to_string()),
            ];
            rows.extend(sums.realised_by.iter().map(|part| ("", format!("{}: {}", part.kind, part.amount))));
            rows.push(("unrealised", sums.unrealised.to_string()));
            rows.extend(sums.unrealised_by.iter().map(|part| ("", format!("{}: {}", part.kind, part.amount))));
            rows.push(("profit", sums.profit.to_string()));
            rows.push(("equity", sums.equity.to_string()));
            if sums.set_aside.native != 0 {
                rows.push(("set aside", sums.set_aside.to_string()));
            }
            text.push(facts(&rows));
        }
        if !self.positions.is_empty() {
            let mut shown = table(Figures::HEADING);
            for position in &self.positions {
                let name = position.option.clone().unwrap_or_else(|| position.series.clone());
                shown.add_row(position.figures.row(name, position.size.clone()));
            }
            text.push(shown.to_string());
        }
        text.join("\n")
    }
}
