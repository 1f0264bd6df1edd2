//! Do the vaults hold what the ledgers say? To the unit, from raw accounts.

use anyhow::Result;
use evergreen::state::ShareClass;

use crate::{
    cast::{CRCL_HOLDERS, TSLA_HOLDERS},
    ledger::Books,
    narration::{Table, thousands},
    profit,
    stock::{Stock, exact},
    story::Story,
};

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
    for stock in [&story.tsla, &story.crcl] {
        for check in checks(&Books::read(story, stock)?, minted(story, stock.symbol))? {
            count += 1;
            if !check.holds() {
                failed.push(format!("{}: {}: {} / {}", stock.symbol, check.what, check.left, check.right));
            }
        }
    }
    if failed.is_empty() {
        story.tell.say(format!("✓ Books: {count} checks of both pools hold to the unit."));
    }
    for failure in &failed {
        story.tell.announce(format!("✗ Books: {failure}"));
    }
    Ok(failed.is_empty())
}

/// All tables; whether everything held.
pub fn full(story: &Story) -> Result<bool> {
    let (tsla, crcl) = (story.tsla, story.crcl);
    let (left, right) = (Books::read(story, &tsla)?, Books::read(story, &crcl)?);
    story.tell.section("Every token is accounted for");
    story.tell.announce("Read from the raw accounts of both pools, in tokens to the last unit:");
    vaults(story, &left, &right);
    let mut sound = true;
    for (books, stock) in [(&left, &tsla), (&right, &crcl)] {
        let table = check_table(stock, checks(books, minted(story, stock.symbol))?, &mut sound);
        story.tell.gap();
        story.tell.show(&table);
        story.tell.announce(format!("({} token accounts of {} in all)", books.holders, stock.symbol));
    }
    story.tell.section("Who won, who lost");
    story.tell.announce(
        "From the program's events, and beside it what the token accounts say. Every column sums to zero: nothing is made or lost.",
    );
    for (books, stock) in [(&left, &tsla), (&right, &crcl)] {
        sound &= profit::table(story, stock, books)?;
    }
    Ok(sound)
}

/// The checks of both pools while positions are open; whether everything held.
pub fn midway(story: &Story) -> Result<bool> {
    story.tell.section("The books in the middle of it all");
    story
        .tell
        .say("Positions are open, funding is owed, tokens are reserved. Native units and points, from raw accounts:");
    let mut sound = true;
    for stock in [&story.tsla, &story.crcl] {
        let books = Books::read(story, stock)?;
        let table = check_table(stock, checks(&books, minted(story, stock.symbol))?, &mut sound);
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
    let mut table = Table::new(1, [stock.symbol, "on the chain", "", "worked out", ""]);
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

fn minted(story: &Story, symbol: &str) -> i128 {
    let holders = if symbol == story.tsla.symbol { TSLA_HOLDERS } else { CRCL_HOLDERS };
    holders.iter().map(|(_, whole)| i128::from(*whole) * 100_000_000).sum()
}

fn vaults(story: &Story, left: &Books, right: &Books) {
    let mut table = Table::new(1, ["main vault", story.tsla.symbol, story.crcl.symbol]);
    let mut row = |name: &str, of: fn(&Books) -> i128| {
        table.row([name.into(), exact(of(left)), exact(of(right))]);
    };
    row("cash of all margin accounts", Books::cash);
    row("pool cash", |books| books.pool.pool_cash.into());
    row("fees due to the protocol", |books| books.pool.fees_due.into());
    row("income due to insurance", |books| books.pool.insurance_due.into());
    row("executed withdrawals", |books| books.pool.withdrawals_due.into());
    row("deposits on their way", |books| books.pool.deposits_due.into());
    row("due to referrers", |books| books.pool.referrals_due.into());
    row("tips set aside", |books| books.pool.tips_due.into());
    row("together", Books::main_ledger);
    row("tokens in the vault", |books| books.vault.into());
    let verdict = |books: &Books| -> String {
        if books.main_ledger() == i128::from(books.vault) {
            "✓ equal to the unit".into()
        } else {
            "✗ differ".into()
        }
    };
    table.row(["".into(), verdict(left), verdict(right)]);
    let mut row = |name: &str, of: fn(&Books) -> i128| {
        table.row([name.into(), exact(of(left)), exact(of(right))]);
    };
    row("insurance: capital and executed withdrawals", Books::insurance_ledger);
    row("tokens in the insurance vault", |books| books.insurance_vault.into());
    let verdict = |books: &Books| -> String {
        if books.insurance_ledger() == i128::from(books.insurance_vault) {
            "✓ equal to the unit".into()
        } else {
            "✗ differ".into()
        }
    };
    table.row(["".into(), verdict(left), verdict(right)]);
    story.tell.show(&table);
}

fn checks(books: &Books, minted: i128) -> Result<Vec<Check>> {
    let pool = &books.pool;
    let main = pool.shares(ShareClass::Main);
    let insurance = pool.shares(ShareClass::Insurance);
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
            "main shares = mint + withdrawals",
            main.total.into(),
            i128::from(books.shares[0]) + i128::from(main.in_withdrawals),
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
