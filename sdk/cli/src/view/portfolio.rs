//! What accounts have made.

mod over;
mod position;

use over::Over;
pub use position::Figures;

use crate::{
    amount::Amount,
    args::portfolio::PortfolioArgs,
    context::{PoolContext, series_name},
    failure::Incomplete,
    output::{date, details, table},
    plan::{
        accounts::FoundAccounts,
        positions::{Holdings, Kept},
    },
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::SeriesId,
    portfolio::{MovementKind, Parts, PastCarry, Performance},
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
    /// Accounts that are closed and may be missing.
    #[serde(skip)]
    lacks: Option<Incomplete>,
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
    /// Positions that are over, the first that ended first; where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Vec<Over>>,
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
    /// The part of funding that is carry, where it was asked for and is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    carry: Option<Amount>,
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
    fn of(pool: &PoolContext, performance: &Performance, carry: Option<&PastCarry>) -> Self {
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
            realised_by: realised_by(pool, &performance.realised, carry.and_then(PastCarry::total)),
            unrealised_by: unrealised_by
                .map(|(kind, native)| {
                    let pending = carry.filter(|_| kind == "funding").and_then(PastCarry::total_pending);
                    Part { kind, amount: pool.amount(native), carry: pending.map(some) }
                })
                .collect(),
        }
    }
}

fn realised_by(pool: &PoolContext, realised: &Parts, carry: Option<i128>) -> Vec<Part> {
    let part = |(kind, sum): (MovementKind, i128)| Part {
        kind: kind.name(),
        amount: amount(pool, sum),
        carry: carry.filter(|_| kind == MovementKind::Funding).map(|carry| amount(pool, carry)),
    };
    realised.each().map(part).collect()
}

impl AccountReport {
    fn of(pool: &PoolContext, owner: &Pubkey, kept: &Kept, args: &PortfolioArgs) -> Self {
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
            closed: None,
        };
        let Some(statement) = kept.statement() else { return report };
        let carry = kept.carry.as_ref();
        report.closed =
            args.closed.then(|| statement.rounds().iter().map(|(id, round)| Over::of(pool, *id, round)).collect());
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
                    carry,
                ));
            }
            return report;
        };
        report.incomplete = statement.check(account).err().map(|gap| since(gap.to_string(), statement.gap_at()));
        match Performance::of(statement, &pool.view, account) {
            Ok(performance) => report.sums = Some(Sums::of(pool, &performance, carry)),
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
                option: pool.option(id),
                points: position.points,
                size: size(pool, id, position.points),
                figures: Figures::of(pool, value, statement.holding(id), args.days).with_carry(pool, carry, id),
            });
        }
        report
    }
}

impl Part {
    /// A line, and one of the carry in it.
    fn lines(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        let carry = self.carry.as_ref().map(|carry| ("", format!("  of it carry: {carry}")));
        [("", format!("{}: {}", self.kind, self.amount))].into_iter().chain(carry)
    }
}

fn since(why: String, time: Option<i64>) -> String {
    time.map_or_else(|| why.clone(), |time| format!("{why}, found at {}", date(time)))
}

fn size(pool: &PoolContext, id: SeriesId, points: i64) -> String {
    let underlying = pool.contract(id).map(|contract| contract.terms.underlying);
    underlying.map_or_else(|| format!("{points} points"), |underlying| pool.size(points, underlying))
}

impl PortfolioReport {
    /// The report of all accounts at the prices of now.
    pub fn of(found: FoundAccounts, owner: &Pubkey, args: &PortfolioArgs) -> Self {
        let FoundAccounts { holdings, lacks, .. } = found;
        let (mut accounts, mut totals) = (Vec::new(), Vec::new());
        let (mut profit, mut equity, mut known) = (Decimal::ZERO, Decimal::ZERO, true);
        for Holdings { pool, accounts: kept } in &holdings {
            let of_pool: Vec<AccountReport> =
                kept.iter().map(|kept| AccountReport::of(pool, owner, kept, args)).collect();
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
        let dollars = (known && lacks.is_none() && !accounts.is_empty())
            .then(|| InDollars { profit: format!("{profit:.2}"), equity: format!("{equity:.2}") });
        Self { owner: owner.to_string(), accounts, totals, dollars, lacks }
    }

    /// What is not known of an account, the first one's, or of which accounts there were.
    pub fn lacks(&self) -> Option<Incomplete> {
        let of = |account: &AccountReport| {
            let forgotten = account.incomplete.as_ref().map(Incomplete::forgotten);
            let lacks = forgotten.or_else(|| account.unpriced.as_ref().map(Incomplete::unpriced));
            lacks.map(|lacks| lacks.within(&format!("account {} in {}", account.account, account.pool)))
        };
        self.accounts.iter().find_map(of).or_else(|| self.lacks.clone())
    }

    /// The text for people.
    pub fn text(&self) -> String {
        if self.accounts.is_empty() {
            let known = if self.lacks.is_none() { "has never had an account" } else { "has no open account" };
            return format!("{} {known} in any pool asked about; `evergreen account open` opens one", self.owner);
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
            text.push(details(&rows).replace("$-", "-$"));
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
            rows.extend(sums.realised_by.iter().flat_map(Part::lines));
            rows.push(("unrealised", sums.unrealised.to_string()));
            rows.extend(sums.unrealised_by.iter().flat_map(Part::lines));
            rows.push(("profit", sums.profit.to_string()));
            rows.push(("equity", sums.equity.to_string()));
            if sums.set_aside.native != 0 {
                rows.push(("set aside", sums.set_aside.to_string()));
            }
            text.push(details(&rows));
        }
        if !self.positions.is_empty() {
            let mut shown = table(Figures::HEADING);
            for position in &self.positions {
                let name = position.option.clone().unwrap_or_else(|| position.series.clone());
                shown.add_row(position.figures.row(name, position.size.clone()));
            }
            text.push(shown.to_string());
        }
        if let Some(closed) = &self.closed {
            text.push(Over::text(closed));
        }
        text.join("\n")
    }
}
