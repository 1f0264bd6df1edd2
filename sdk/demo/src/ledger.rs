//! A pool's books as they are on the chain: every account of the program and every token account, read raw.

use anchor_lang::prelude::Pubkey;
use anchor_spl::{
    token,
    token_2022::spl_token_2022::{
        extension::StateWithExtensions,
        state::{Account as TokenState, Mint as MintState},
    },
};
use anyhow::{Context, Result, anyhow, ensure};
use evergreen::state::{LiquidityRequest, MarginAccount, Pool, SeriesRegistry, SeriesStatus, ShareClass};
use evergreen_math::{NativeDelta, PointScale, funding};
use evergreen_sdk::{accounts, address};

use crate::{stock::Stock, story::Story};

/// Everything that belongs to one pool.
pub struct Books {
    /// The pool.
    pub pool: Box<Pool>,
    /// Scale of its points.
    scale: PointScale,
    /// Its series.
    pub registry: Box<SeriesRegistry>,
    /// All margin accounts.
    pub accounts: Vec<(Pubkey, Box<MarginAccount>)>,
    /// All withdrawals.
    pub withdrawals: Vec<LiquidityRequest>,
    /// Tokens in the main vault.
    pub vault: u64,
    /// Tokens in the insurance vault.
    pub insurance_vault: u64,
    /// All token accounts of the collateral together.
    pub held: u64,
    /// How many token accounts those are.
    pub holders: usize,
    /// Supply that the mint of the collateral states.
    pub supply: u64,
    /// Supply that the share mints state, main and insurance.
    pub shares: [u64; 2],
}

/// Sums over all accounts, for one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenInterest {
    /// Place in the registry.
    pub slot: u8,
    /// Bought, as the series says.
    pub long: i64,
    /// Written, as the series says.
    pub short: i64,
    /// Bought, summed over positions.
    pub positions_long: i64,
    /// Written, summed over positions.
    pub positions_short: i64,
}

impl Books {
    /// Reads everything anew.
    pub fn read(story: &Story, stock: &Stock) -> Result<Self> {
        let chain = story.chain();
        let keys = &stock.keys;
        let mut margin = Vec::new();
        let mut withdrawals = Vec::new();
        for (key, account) in chain.rpc().get_program_accounts(&address::PROGRAM).context("accounts of the program")? {
            if let Ok(found) = accounts::margin_account(&account.data)
                && found.pool == keys.pool
            {
                margin.push((key, found));
            } else if let Ok(found) = accounts::request(&account.data)
                && found.pool == keys.pool
            {
                withdrawals.push(*found);
            }
        }
        ensure!(!margin.is_empty(), "no margin account of {} was found", stock.symbol);
        margin.sort_by_key(|(key, _)| *key);
        let (mut held, mut holders) = (0, 0);
        let program = stock.mint.token_program;
        for (_, account) in chain.rpc().get_program_accounts(&program).context("token accounts")? {
            if let Ok(state) = StateWithExtensions::<TokenState>::unpack(&account.data)
                && state.base.mint == keys.mint
            {
                held += state.base.amount;
                holders += 1;
            }
        }
        let share_supply = |class| supply(story, &keys.share_mint(class));
        Ok(Self {
            pool: story.pool(stock)?,
            scale: stock.scale()?,
            registry: story.registry(stock)?,
            accounts: margin,
            withdrawals,
            vault: chain.token_balance(&keys.vault)?,
            insurance_vault: chain.token_balance(&keys.insurance_vault)?,
            held,
            holders,
            supply: supply(story, &keys.mint)?,
            shares: [share_supply(ShareClass::Main)?, share_supply(ShareClass::Insurance)?],
        })
    }

    /// Σ cash of all margin accounts.
    pub fn cash(&self) -> i128 {
        self.accounts.iter().map(|(_, account)| i128::from(account.cash)).sum()
    }

    /// What the ledgers say the main vault holds.
    pub fn main_ledger(&self) -> i128 {
        let pool = &self.pool;
        let dues = [pool.fees_due, pool.curator_due, pool.withdrawals_due, pool.deposits_due];
        let dues = dues.into_iter().chain([pool.referrals_due, pool.tips_due]);
        self.cash() + i128::from(pool.pool_cash) + i128::from(pool.insurance_due) + dues.map(i128::from).sum::<i128>()
    }

    /// What the ledgers say the insurance vault holds.
    pub fn insurance_ledger(&self) -> i128 {
        i128::from(self.pool.insurance_cash) + i128::from(self.pool.insurance_withdrawals_due)
    }

    /// Executed and unclaimed amounts of all withdrawals of a class.
    pub fn withdrawals_payable(&self, class: ShareClass) -> i128 {
        self.withdrawals.iter().filter(|t| t.share_class() == class).map(|t| i128::from(t.payable)).sum()
    }

    /// Open interest of all series in use.
    pub fn open_interest(&self) -> Result<Vec<OpenInterest>> {
        let mut all = Vec::new();
        for (slot, series) in (0_u8..).zip(self.registry.series.iter()) {
            if series.status() == SeriesStatus::Free {
                continue;
            }
            let (mut positions_long, mut positions_short) = (0, 0);
            for position in self.accounts.iter().flat_map(|(_, account)| account.positions.iter()) {
                if position.points != 0 && position.slot == slot && position.generation == series.generation {
                    positions_long += position.points.max(0);
                    positions_short -= position.points.min(0);
                }
            }
            let (long, short) = (series.long_points, series.short_points);
            all.push(OpenInterest { slot, long, short, positions_long, positions_short });
        }
        Ok(all)
    }

    /// Σ reserves of all series, worked out anew.
    pub fn reserves(&self) -> Result<i128> {
        let mut sum = 0;
        for series in self.registry.series.iter().filter(|s| s.status() != SeriesStatus::Free) {
            let terms = series.terms().map_err(|error| anyhow!("{error}"))?;
            let cap = terms.cap_payoff().context("a series has a cap")?;
            sum += i128::from(series.reserve(cap, self.scale).map_err(|error| anyhow!("{error}"))?.0);
        }
        Ok(sum)
    }

    /// The pool's unsettled funding, and what all accounts owe together: equal to a unit per account and series.
    pub fn unsettled_funding(&self) -> Result<(i128, i128)> {
        let (mut claim, mut owed) = (0, 0);
        for series in self.registry.series.iter().filter(|s| s.status() != SeriesStatus::Free) {
            claim += i128::from(series.pool_claim(self.scale).map_err(|error| anyhow!("{error}"))?.0);
        }
        for (_, account) in &self.accounts {
            for place in account.open_positions() {
                let position = account.positions[place];
                let series = self.registry.series(position.series()).map_err(|error| anyhow!("{error}"))?;
                let index = series.funding().index;
                let NativeDelta(due) = funding::owed(position.points(), index, position.snapshot(), self.scale)?;
                owed += i128::from(due);
            }
        }
        Ok((claim, owed))
    }

    /// Number of positions.
    pub fn positions(&self) -> usize {
        self.accounts.iter().map(|(_, account)| account.open_positions().count()).sum()
    }
}

/// Supply that a mint states.
pub fn supply(story: &Story, mint: &Pubkey) -> Result<u64> {
    let account = story.chain().account(mint)?.with_context(|| format!("mint {mint}"))?;
    ensure!(account.owner == token::ID || account.owner == anchor_spl::token_2022::ID, "{mint} is no mint");
    Ok(StateWithExtensions::<MintState>::unpack(&account.data)?.base.supply)
}
