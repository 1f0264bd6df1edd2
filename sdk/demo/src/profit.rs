//! Profit and loss of everybody, once from the program's events and once from the token accounts.

use std::ops::AddAssign;

use anchor_lang::prelude::Pubkey;
use anyhow::{Result, anyhow};
use evergreen::state::ShareClass;
use evergreen_math::Native;
use evergreen_sdk::events::Event;

use crate::{
    cast::Who,
    ledger::Books,
    narration::{Table, dollars},
    stock::{Stock, exact},
    story::Story,
};

/// What a party gained, native units, by where it came from.
#[derive(Clone, Copy, Debug, Default)]
struct Gain {
    premium: i128,
    funding: i128,
    payoff: i128,
    penalty: i128,
    fees: i128,
}

impl Gain {
    const fn total(&self) -> i128 {
        self.premium + self.funding + self.payoff + self.penalty + self.fees
    }
}

impl AddAssign for Gain {
    fn add_assign(&mut self, other: Self) {
        self.premium += other.premium;
        self.funding += other.funding;
        self.payoff += other.payoff;
        self.penalty += other.penalty;
        self.fees += other.fees;
    }
}

/// The four kinds of parties of a pool.
struct Parties {
    traders: Vec<(Who, Pubkey, Gain)>,
    main: Gain,
    insurance: Gain,
    protocol: Gain,
    curator: Gain,
    /// What was paid to the curator.
    collected: i128,
    main_capital: i128,
    insurance_capital: i128,
}

/// Writes the table of a pool; whether events and tokens agree and every column sums to zero.
pub fn table(story: &Story, stock: &Stock, books: &Books) -> Result<bool> {
    let parties = collect(story, stock, books)?;
    let mut table = Table::new(
        1,
        [stock.pool_name, "premium", "funding", "payoff", "penalty", "fees", "together", "in tokens", "", ""],
    );
    let mut sum = Gain::default();
    let (mut tokens_sum, mut sound) = (0, true);
    let mut row = |name: &str, result: Gain, in_tokens: i128| {
        let agrees = result.total() == in_tokens;
        sound &= agrees;
        sum += result;
        tokens_sum += in_tokens;
        let worth = dollars(stock.worth(i64::try_from(in_tokens).unwrap_or_default()));
        table.row(cells(name, result, in_tokens, worth, agrees));
    };
    for (who, _, result) in &parties.traders {
        row(who.name(), *result, story.profit(stock, *who)?.into());
    }
    let pool = &books.pool;
    let main_now = i128::from(pool.pool_cash) + i128::from(pool.withdrawals_due);
    row("main pool", parties.main, main_now - parties.main_capital);
    let insured = [pool.insurance_cash, pool.insurance_withdrawals_due];
    let insurance_now: i128 = insured.into_iter().map(i128::from).sum::<i128>() + i128::from(pool.insurance_due);
    row("insurance pool", parties.insurance, insurance_now - parties.insurance_capital);
    let fees = i128::from(story.profit(stock, Who::FeeOwner)?) + i128::from(pool.fees_due);
    row("protocol", parties.protocol, fees);
    if pool.is_curated() {
        row("curator", parties.curator, parties.collected + i128::from(pool.curator_due));
    }
    let columns = [sum.premium, sum.funding, sum.payoff, sum.penalty, sum.fees, tokens_sum];
    let zero = columns.iter().all(|column| *column == 0);
    table.row(cells("sum", sum, tokens_sum, String::new(), zero));
    story.tell.gap();
    story.tell.show(&table);
    Ok(sound && zero && shareholders(story, stock, &parties, main_now)?)
}

/// Whose the main pool's result is: what its shareholders took out and what the remaining shares are worth.
fn shareholders(story: &Story, stock: &Stock, parties: &Parties, main_now: i128) -> Result<bool> {
    let owners: &[Who] = match stock.pool_name {
        name if name == story.tsla.pool_name => &[Who::Lena, Who::Treasury, Who::Nora, Who::Rosa],
        name if name == story.crcl.pool_name => &[Who::Clara],
        _ if stock.keys.creator == Who::Max.id() => &[Who::Max],
        _ => &[Who::Rosa],
    };
    let total = main_now - parties.main_capital;
    // Who has no shares any more has taken the profit.
    let (mut gone, mut stay, mut wallets) = (0, Vec::new(), 0);
    let mut told = String::new();
    for who in owners {
        let profit = i128::from(story.profit(stock, *who)?);
        wallets += profit;
        if story.chain().token_balance(&stock.keys.shares(&who.id(), ShareClass::Main))? > 0 {
            stay.push(who.name());
        } else {
            gone += profit;
            told = format!("{} took {}, ", who.name(), exact(profit));
        }
    }
    let first =
        if story.pool(stock)?.seed_shares > 0 { " and in those of the first deposit, which are nobody's" } else { "" };
    story.tell.announce(format!(
        "The main pool's {} are its shareholders': {told}{} are in the shares of {}{first}.",
        exact(total),
        exact(total - gone),
        stay.join(" and ")
    ));
    // Providers have put in exactly what is missing in their wallets; a curator was paid fees besides.
    Ok(wallets == parties.collected - (parties.main_capital + parties.insurance_capital))
}

fn cells(name: &str, result: Gain, in_tokens: i128, worth: String, agrees: bool) -> [String; 10] {
    [
        name.into(),
        exact(result.premium),
        exact(result.funding),
        exact(result.payoff),
        exact(result.penalty),
        exact(result.fees),
        exact(result.total()),
        exact(in_tokens),
        worth,
        if agrees { "✓" } else { "✗" }.into(),
    ]
}

/// Reads the story's events.
fn collect(story: &Story, stock: &Stock, books: &Books) -> Result<Parties> {
    let split = books.pool.params.fee_split().map_err(|error| anyhow!("{error}"))?;
    let mut parties = Parties {
        traders: Vec::new(),
        main: Gain::default(),
        insurance: Gain::default(),
        protocol: Gain::default(),
        curator: Gain::default(),
        collected: 0,
        main_capital: 0,
        insurance_capital: 0,
    };
    for who in Who::ALL {
        let account = stock.margin_account(who);
        if books.accounts.iter().any(|(key, _)| *key == account) {
            parties.traders.push((who, account, Gain::default()));
        }
    }
    for event in story.diary() {
        match event {
            Event::LegFilled(fill) => {
                let Some(trader) = trader(&mut parties.traders, &fill.account) else { continue };
                trader.premium += i128::from(fill.premium);
                trader.fees -= i128::from(fill.fee);
                parties.main.premium -= i128::from(fill.premium);
                let parts = split.split(Native(fill.fee))?;
                parties.main.fees += i128::from(parts.main.0) - i128::from(fill.fee_curator);
                parties.insurance.fees += i128::from(parts.insurance.0);
                parties.protocol.fees += i128::from(parts.protocol.0);
                parties.curator.fees += i128::from(fill.fee_curator);
            }
            Event::CommitmentFilled(filled) => parties.tip(&filled.account, filled.filler_account.as_ref(), filled.tip),
            Event::CommitmentCancelled(ended) => {
                parties.tip(&ended.account, ended.filler_account.as_ref(), ended.tip);
                let Some(trader) = trader(&mut parties.traders, &ended.account) else { continue };
                trader.fees -= i128::from(ended.fee);
                parties.main.fees += i128::from(ended.fee);
            }
            Event::FundingSettled(funding) => {
                let Some(trader) = trader(&mut parties.traders, &funding.account) else { continue };
                trader.funding += i128::from(funding.amount);
                parties.main.funding -= i128::from(funding.amount);
            }
            Event::PositionSettled(settled) => {
                let Some(trader) = trader(&mut parties.traders, &settled.account) else { continue };
                trader.payoff += i128::from(settled.amount);
                parties.main.payoff -= i128::from(settled.amount);
            }
            Event::Liquidated(liquidated) => {
                let (penalty, reward) = (i128::from(liquidated.penalty), i128::from(liquidated.reward));
                let Some(written) = trader(&mut parties.traders, &liquidated.account) else { continue };
                written.penalty -= penalty;
                if let Some(liquidator) = trader(&mut parties.traders, &liquidated.liquidator) {
                    liquidator.penalty += reward;
                }
                parties.insurance.penalty += penalty - reward;
            }
            Event::BadDebtAbsorbed(debt) => {
                let Some(debtor) = trader(&mut parties.traders, &debt.account) else { continue };
                debtor.penalty += i128::from(debt.from_insurance) + i128::from(debt.from_pool);
                parties.insurance.penalty -= i128::from(debt.from_insurance);
                parties.main.penalty -= i128::from(debt.from_pool);
            }
            Event::PoolCreated(created) if created.pool == stock.keys.pool => {
                parties.main_capital += i128::from(created.seed);
            }
            Event::CuratorFeesCollected(paid) if paid.pool == stock.keys.pool => {
                parties.collected += i128::from(paid.amount);
            }
            Event::LiquidityDeposited(deposit) if deposit.pool == stock.keys.pool => {
                *parties.capital(deposit.class) += i128::from(deposit.amount);
            }
            Event::LiquidityClaimed(claim) if claim.pool == stock.keys.pool => {
                *parties.capital(claim.class) -= i128::from(claim.amount);
            }
            _ => {}
        }
    }
    Ok(parties)
}

impl Parties {
    /// Counts a tip among the fees, if somebody else has earned it.
    fn tip(&mut self, payer: &Pubkey, earner: Option<&Pubkey>, tip: u64) {
        let Some(earner) = earner else { return };
        for (account, amount) in [(payer, -i128::from(tip)), (earner, i128::from(tip))] {
            if let Some(trader) = trader(&mut self.traders, account) {
                trader.fees += amount;
            }
        }
    }

    const fn capital(&mut self, class: ShareClass) -> &mut i128 {
        match class {
            ShareClass::Main => &mut self.main_capital,
            ShareClass::Insurance => &mut self.insurance_capital,
        }
    }
}

fn trader<'a>(traders: &'a mut [(Who, Pubkey, Gain)], account: &Pubkey) -> Option<&'a mut Gain> {
    traders.iter_mut().find(|(_, key, _)| key == account).map(|(_, _, result)| result)
}
