//! Do the vaults hold what the ledgers say? To the unit, from raw accounts.

use anyhow::Result;
use evergreen::state::ShareClass;

use crate::{
    ledger::Books,
    narration::{Table, thousands},
    profit,
    stock::{Stock, exact},
    story::Story,
};

/// Pools whose vaults stand in one table.
const POOLS_SIDE_BY_SIDE: usize = 3;

/// One statement about a pool.
struct Check {
    what: &'static str,
    left: i128,
    relation: Relation,
    right: i128,
}

#[derive(Clone, Copy)]
enum Relation {
    Equal,
    AtMost,
}

impl Check {
    const fn equal(what: &'static str, left: i128, right: i128) -> Self {
        Self { what, left, relation: Relation::Equal, right }
    }

    const fn at_most(what: &'static str, left: i128, right: i128) -> Self {
        Self { what, left, relation: Relation::AtMost, right }
    }

    const fn holds(&self) -> bool {
        match self.relation {
            Relation::Equal => self.left == self.right,
            Relation::AtMost => self.left <= self.right,
        }
    }
}

/// A line in the middle of the story; whether everything held.
pub fn brief(story: &Story) -> Result<bool> {
    let mut failed = Vec::new();
    let mut count = 0;
    for stock in &story.stocks() {
        for check in checks(&Books::read(story, stock)?, story.minted(stock)?)? {
            count += 1;
            if !check.holds() {
                failed.push(format!("{}: {}: {} / {}", stock.pool_name, check.what, check.left, check.right));
            }
        }
    }
    if failed.is_empty() {
        story.tell.say(format!("✓ Books: {count} checks of {} pools hold to the unit.", story.stocks().len()));
    }
    for failure in &failed {
        story.tell.announce(format!("✗ Books: {failure}"));
    }
    Ok(failed.is_empty())
}

/// All tables; whether everything held.
pub fn full(story: &Story) -> Result<bool> {
    let stocks = story.stocks();
    let all = stocks.iter().map(|stock| Ok((*stock, Books::read(story, stock)?))).collect::<Result<Vec<_>>>()?;
    story.tell.section("Every token is accounted for");
    story.tell.announce("Read from the raw accounts of all pools, in tokens to the last unit:");
    for (place, some) in all.chunks(POOLS_SIDE_BY_SIDE).enumerate() {
        if place > 0 {
            story.tell.gap();
        }
        vaults(story, some);
    }
    let mut sound = true;
    for (stock, books) in &all {
        let table = check_table(stock, checks(books, story.minted(stock)?)?, &mut sound);
        story.tell.gap();
        story.tell.show(&table);
        story.tell.announce(format!("({} token accounts of {} in all)", books.holders, stock.symbol));
    }
    story.tell.section("Who won, who lost");
    story.tell.announce(
        "From the program's events, and beside it what the token accounts say. Every column sums to zero: nothing is made or lost.",
    );
    for (stock, books) in &all {
        sound &= profit::table(story, stock, books)?;
    }
    Ok(sound)
}

/// The checks of all pools while positions are open; whether everything held.
pub fn midway(story: &Story) -> Result<bool> {
    story.tell.section("The books in the middle of it all");
    story
        .tell
        .say("Positions are open, funding is owed, tokens are reserved. Native units and points, from raw accounts:");
    let mut sound = true;
    for stock in &story.stocks() {
        let books = Books::read(story, stock)?;
        let table = check_table(stock, checks(&books, story.minted(stock)?)?, &mut sound);
        if sound {
            story.tell.table(&table);
        } else {
            story.tell.show(&table);
        }
    }
    Ok(sound)
}

/// The checks that say something; those with nothing on both sides are only counted.
fn check_table(stock: &Stock, checks: Vec<Check>, sound: &mut bool) -> Table {
    let mut table = Table::new(1, [stock.pool_name, "on the chain", "", "worked out", ""]);
    let mut empty = 0;
    for check in checks {
        *sound &= check.holds();
        if check.holds() && check.left == 0 && check.right == 0 {
            empty += 1;
            continue;
        }
        let sign = match check.relation {
            Relation::Equal => "=",
            Relation::AtMost => "≤",
        };
        let verdict = if check.holds() { "✓" } else { "✗" };
        let (left, right) = (thousands(check.left), thousands(check.right));
        table.row([check.what.into(), left, sign.into(), right, verdict.into()]);
    }
    if empty > 0 {
        let what = format!("{empty} more: nothing on either side");
        table.row([what, String::new(), String::new(), String::new(), "✓".into()]);
    }
    table
}

fn vaults(story: &Story, all: &[(Stock, Books)]) {
    let cells = |name: &str, of: &dyn Fn(&Books) -> String| -> Vec<String> {
        [name.to_owned()].into_iter().chain(all.iter().map(|(_, books)| of(books))).collect()
    };
    let titles = ["main vault"].into_iter().chain(all.iter().map(|(stock, _)| stock.pool_name));
    let mut table = Table::new(1, titles);
    let mut row = |name: &str, of: fn(&Books) -> i128| table.row(cells(name, &|books| exact(of(books))));
    row("cash of all margin accounts", Books::cash);
    row("pool cash", |books| books.pool.pool_cash.into());
    row("fees due to the protocol", |books| books.pool.fees_due.into());
    row("fees due to the curator", |books| books.pool.curator_due.into());
    row("income due to insurance", |books| books.pool.insurance_due.into());
    row("executed withdrawals", |books| books.pool.withdrawals_due.into());
    row("deposits on their way", |books| books.pool.deposits_due.into());
    row("due to referrers", |books| books.pool.referrals_due.into());
    row("tips set aside", |books| books.pool.tips_due.into());
    row("together", Books::main_ledger);
    row("tokens in the vault", |books| books.vault.into());
    let verdict = |equal: bool| if equal { "✓ equal to the unit".to_owned() } else { "✗ differ".to_owned() };
    table.row(cells("", &|books| verdict(books.main_ledger() == i128::from(books.vault))));
    let mut row = |name: &str, of: fn(&Books) -> i128| table.row(cells(name, &|books| exact(of(books))));
    row("insurance: capital and executed withdrawals", Books::insurance_ledger);
    row("tokens in the insurance vault", |books| books.insurance_vault.into());
    table.row(cells("", &|books| verdict(books.insurance_ledger() == i128::from(books.insurance_vault))));
    story.tell.show(&table);
}

fn checks(books: &Books, minted: i128) -> Result<Vec<Check>> {
    let pool = &books.pool;
    let main = pool.shares(ShareClass::Main);
    let insurance = pool.shares(ShareClass::Insurance);
    // The shares of a curated pool's first deposit are nobody's.
    let first = i128::from(pool.seed_shares);
    let interest = books.open_interest()?;
    let sum =
        |of: fn(&crate::ledger::OpenInterest) -> i64| -> i128 { interest.iter().map(|i| i128::from(of(i))).sum() };
    let unequal =
        interest.iter().filter(|i| (i.long, i.short) != (i.positions_long, i.positions_short)).count() as i128;
    let (claim, owed) = books.unsettled_funding()?;
    let limit = i128::from(pool.pool_cash) * i128::from(pool.params.reserve_limit_bps) / 10_000;
    Ok(vec![
        Check::equal("main vault = its ledgers", books.vault.into(), books.main_ledger()),
        Check::equal("insurance vault = its ledgers", books.insurance_vault.into(), books.insurance_ledger()),
        Check::equal("margin ledger = cash of accounts", pool.margin_cash.into(), books.cash()),
        Check::equal(
            "withdrawals due = withdrawals",
            pool.withdrawals_due.into(),
            books.withdrawals_payable(ShareClass::Main),
        ),
        Check::equal(
            "insurance withdrawals due = withdrawals",
            pool.insurance_withdrawals_due.into(),
            books.withdrawals_payable(ShareClass::Insurance),
        ),
        Check::equal("points bought = positions", sum(|i| i.long), sum(|i| i.positions_long)),
        Check::equal("points written = positions", sum(|i| i.short), sum(|i| i.positions_short)),
        Check::equal("series that differ from positions", unequal, 0),
        Check::equal("reserves = Σ series' most", pool.reserved_collateral.into(), books.reserves()?),
        Check::at_most("reserves within the limit on pool cash", pool.reserved_collateral.into(), limit),
        Check::at_most(
            "reserves ≤ pool cash + funding due",
            pool.reserved_collateral.into(),
            i128::from(pool.pool_cash) + claim,
        ),
        Check::at_most("funding: pool against accounts", (claim - owed).abs(), books.positions() as i128 + 1),
        Check::equal(
            "main shares = mint + withdrawals + first deposit",
            main.total.into(),
            i128::from(books.shares[0]) + i128::from(main.in_withdrawals) + first,
        ),
        Check::equal(
            "insurance shares = mint + withdrawals",
            insurance.total.into(),
            i128::from(books.shares[1]) + i128::from(insurance.in_withdrawals),
        ),
        Check::equal("supply of the token = minted", books.supply.into(), minted),
        Check::equal("all token accounts = minted", books.held.into(), minted),
    ])
}
