//! What there is of each token, and what somebody has gained in a pool.

use anyhow::Result;
use evergreen::state::ShareClass;
use evergreen_sdk::accounts;

use crate::{
    cast::{Who, holders},
    stock::Stock,
    story::Story,
};

impl Story {
    /// The stocks whose pools are there.
    pub fn stocks(&self) -> Vec<Stock> {
        [self.tsla, self.crcl].into_iter().chain(self.listed.iter().copied()).collect()
    }

    /// Remembers what somebody has in the wallet now, when a pool begins.
    pub fn begin_in(&mut self, stock: &Stock, who: Who) -> Result<()> {
        let balance = self.chain().token_balance(&stock.mint.account_of(&who.id()))?;
        self.begun.push((stock.keys.pool, who, balance));
        Ok(())
    }

    /// Native units that there are of a stock: what was handed out, or the shares of the pool whose shares it is, by its own ledger.
    pub fn minted(&self, stock: &Stock) -> Result<i128> {
        let Some(pool) = stock.shares_of else {
            return Ok(holders(stock.symbol).iter().map(|(_, whole)| i128::from(stock.units(*whole))).sum());
        };
        let pool = accounts::pool(&self.chain().account_data(&pool)?)?;
        let main = pool.shares(ShareClass::Main);
        Ok(i128::from(main.total) - i128::from(main.in_withdrawals) - i128::from(pool.seed_shares))
    }

    /// What a player has now above what the player was given, or had when the pool began: wallet and margin account, shares left out.
    pub fn profit(&self, stock: &Stock, who: Who) -> Result<i64> {
        let begun = self.begun.iter().find(|(pool, holder, _)| (*pool, *holder) == (stock.keys.pool, who));
        let handed = || holders(stock.symbol).iter().find(|(holder, _)| *holder == who);
        let given = begun.map_or_else(|| handed().map_or(0, |(_, whole)| stock.units(*whole)), |(_, _, given)| *given);
        let wallet = self.chain().token_balance(&stock.mint.account_of(&who.id()))?;
        let cash = match self.chain().account(&stock.margin_account(who))? {
            Some(account) => accounts::margin_account(&account.data)?.cash,
            None => 0,
        };
        Ok(i64::try_from(wallet)? + cash - i64::try_from(given)?)
    }
}
