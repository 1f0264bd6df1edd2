//! In which pool a command works that names none: the one pool that somebody vouches for, where there is only one that can be meant.

use super::{Context, PoolContext, tokens_in};
use crate::{args::typed, failure::Precluded, market::NamedPool, output};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::Filter,
    evergreen::state::{LiquidityRequest, MarginAccount, Pool, ShareClass},
    instruction::PoolKeys,
};

/// Name of the cause where choosing a pool would be guessing.
pub const NO_POOL_CHOSEN: &str = "NoPoolChosen";

/// How many pools an error lists.
const LISTED: usize = 8;
/// The two kinds of liquidity.
const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

/// What tells the pool that is meant from the others.
pub enum Sign<'a> {
    /// There is an account of this owner, by its number, that holds what is asked for.
    Account(Pubkey, u16, &'a (dyn Fn(&MarginAccount) -> bool + Sync)),
    /// The wallet of this key holds its token.
    Token(Pubkey),
    /// This owner has shares of it, or a deposit or withdrawal of liquidity on its way.
    Shares(Pubkey),
}

/// Any account.
pub const fn any(_: &MarginAccount) -> bool {
    true
}

impl Context {
    /// The pool that was said. Where none was, or a mint on which several pools stand, the one of the market file that the first of the signs finds which finds any,
    /// and it is told which that is. A pool that nobody vouches for is never chosen. What was found out once in a run stays.
    ///
    /// # Errors
    /// Where several or none may be meant, with the commands that say which; as [`Self::pool`].
    pub async fn pool_for(&self, said: Option<&str>, signs: &[Sign<'_>]) -> Result<PoolContext> {
        if let Some(said) = said.filter(|said| !self.is_shared(said)) {
            return self.pool(said).await;
        }
        if self.found_out.get().is_none() {
            let found = self.sought(said, signs).await?;
            self.only(&found, signs).await?;
        }
        self.found_out().await
    }

    /// The pool that was found out in this run.
    ///
    /// # Errors
    /// As [`Self::pool`].
    pub async fn found_out(&self) -> Result<PoolContext> {
        let found = self.found_out.get().map(Pubkey::to_string).unwrap_or_default();
        self.pool(&found).await
    }

    /// Whether an owner has no account of this number in any pool that could be meant, and in none of a stranger, and once had one: what was to leave it has left. Where one pool alone
    /// can be meant that is asked of it.
    ///
    /// # Errors
    /// Failures of the network.
    pub async fn is_nowhere(&self, said: Option<&str>, owner: Pubkey, number: u16) -> Result<bool> {
        let is_open = said.is_none_or(|said| self.is_shared(said));
        if !is_open
            || self.market.pools.is_empty()
            || !self.sought(said, &[Sign::Account(owner, number, &any)]).await?.is_empty()
        {
            return Ok(false);
        }
        Ok(self.pools_with(owner, number).await?.is_empty() && self.had_account(owner, number, None).await?)
    }

    /// Whether an owner once had an account of this number, in this pool or in any. Where the network does not remember all, nobody can say that there was none.
    ///
    /// # Errors
    /// Failures of the network.
    pub async fn had_account(&self, owner: Pubkey, number: u16, pool: Option<Pubkey>) -> Result<bool> {
        let traces = output::during("looking for closed accounts", self.client.traces_of(&owner, &[])).await?;
        let is_meant = |place: &(Pubkey, u16)| place.1 == number && pool.is_none_or(|pool| pool == place.0);
        Ok(traces.lacks.is_some() || traces.accounts.iter().any(is_meant))
    }

    /// All pools in which an owner has an account of this number.
    async fn pools_with(&self, owner: Pubkey, number: u16) -> Result<Vec<String>> {
        let mut accounts = self.find_all::<MarginAccount>("reading accounts", Filter::of_owner(owner)).await?;
        accounts.retain(|(_, account)| account.sub_account == number);
        let mut pools: Vec<String> = accounts.iter().map(|(_, account)| account.pool.to_string()).collect();
        pools.sort_unstable();
        Ok(pools)
    }

    /// Whether this is a mint on which several pools of the market file stand.
    pub fn is_shared(&self, said: &str) -> bool {
        self.market.pools.iter().filter(|named| named.mint == said).nth(1).is_some()
    }

    /// The pools of the market file that may be meant: those that the first of the signs finds which finds any. Where there is only one, it is that.
    ///
    /// # Errors
    /// Failures of the network.
    pub async fn sought(&self, said: Option<&str>, signs: &[Sign<'_>]) -> Result<Vec<&NamedPool>> {
        let named: Vec<&NamedPool> =
            self.market.pools.iter().filter(|named| said.is_none_or(|mint| named.mint == mint)).collect();
        if named.len() < 2 {
            return Ok(named);
        }
        let keys = named.iter().map(|named| named.address()).collect::<Result<Vec<_>>>()?;
        for sign in signs {
            let has = output::during("looking for the pool", self.signs_of(&keys, sign)).await?;
            let found: Vec<&NamedPool> = named.iter().zip(has).filter_map(|(one, has)| has.then_some(*one)).collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        // Without a sign each of them may be meant.
        Ok(if signs.is_empty() { named } else { Vec::new() })
    }

    /// Of each pool whether it has a sign.
    async fn signs_of(&self, pools: &[Pubkey], sign: &Sign<'_>) -> Result<Vec<bool>> {
        match sign {
            Sign::Account(owner, number, holds) => {
                let keys: Vec<Pubkey> =
                    pools.iter().map(|pool| address::margin_account(pool, owner, *number)).collect();
                let accounts = self.client.get_many::<MarginAccount>(&keys).await?.value;
                Ok(accounts.iter().map(|account| account.as_deref().is_some_and(holds)).collect())
            }
            Sign::Token(owner) => self.hold(pools, |keys| vec![keys.wallet(owner)]).await,
            Sign::Shares(owner) => {
                let shares = |keys: &PoolKeys| CLASSES.map(|class| keys.shares(owner, class)).to_vec();
                let mut all = self.hold(pools, shares).await?;
                let filter = Filter::of_owner(*owner);
                for (_, request) in self.find_all::<LiquidityRequest>("reading requests of liquidity", filter).await? {
                    if let Some(place) = pools.iter().position(|pool| *pool == request.pool) {
                        all[place] = true;
                    }
                }
                Ok(all)
            }
        }
    }

    /// Of each pool whether there is something in one of its token accounts.
    async fn hold(&self, pools: &[Pubkey], of: impl Fn(&PoolKeys) -> Vec<Pubkey>) -> Result<Vec<bool>> {
        let read = self.client.get_many::<Pool>(pools).await?.value;
        let asked: Vec<(usize, Pubkey)> = (0..)
            .zip(&read)
            .filter_map(|(place, pool)| Some((place, PoolKeys::of(pool.as_deref()?))))
            .flat_map(|(place, keys)| of(&keys).into_iter().map(move |wallet| (place, wallet)))
            .collect();
        let wallets: Vec<Pubkey> = asked.iter().map(|(_, wallet)| *wallet).collect();
        let mut all = vec![false; pools.len()];
        for ((place, _), raw) in asked.iter().zip(self.client.raw(&wallets).await?.value) {
            all[*place] |= raw.is_some_and(|raw| tokens_in(&raw.data) > 0);
        }
        Ok(all)
    }

    /// Takes the only one of those that may be meant, and tells which it is.
    ///
    /// # Errors
    /// Where it is not one, with the commands that say which.
    pub async fn only(&self, found: &[&NamedPool], signs: &[Sign<'_>]) -> Result<()> {
        match found {
            [one] => {
                let key = one.address()?;
                if self.found_out.set(key).is_ok() && !self.global.json {
                    output::aside(&format!("in the pool {}", one.name));
                }
                Ok(())
            }
            [] => Err(self.none_has(signs).await),
            several => {
                let names: Vec<&str> = several.iter().map(|named| named.name.as_str()).collect();
                let message = format!("{} pools may be meant: {}", names.len(), listed(&names));
                let next = format!("say which: {}", commands(&names));
                Err(Precluded::by(NO_POOL_CHOSEN, message, next).into())
            }
        }
    }

    /// The error where no pool of the market file has a sign; those of strangers in which the account is are named, and not chosen.
    async fn none_has(&self, signs: &[Sign<'_>]) -> anyhow::Error {
        let names: Vec<&str> = self.market.pools.iter().map(|named| named.name.as_str()).collect();
        if names.is_empty() {
            let next = "say in which pool: --pool; or name a --market file with pools that you trust".to_owned();
            return Precluded::by(NO_POOL_CHOSEN, "the market file names no pool".to_owned(), next).into();
        }
        let (mut message, mut wanting, mut strangers) = (String::new(), "", Vec::new());
        for sign in signs {
            (message, wanting) = match sign {
                Sign::Account(owner, number, _) => {
                    match self.pools_with(*owner, *number).await {
                        Ok(pools) => strangers = pools,
                        Err(error) => return error,
                    }
                    let message = format!("no pool of the market file has an account {number} of {owner}");
                    (message, "`evergreen positions` shows the accounts that hold something")
                }
                Sign::Token(owner) => {
                    let message = format!("{owner} holds the token of no pool of the market file");
                    (message, "send it tokens first: `evergreen doctor` shows what it holds")
                }
                Sign::Shares(owner) => {
                    let message = format!("{owner} provides liquidity to no pool of the market file");
                    (message, "`evergreen lp deposit` provides some")
                }
            };
        }
        let strangers: Vec<&str> = strangers.iter().map(String::as_str).collect();
        let next = match &strangers[..] {
            // The command would find nothing in any of them.
            [] => format!("{wanting}; --pool names one of {}", listed(&names)),
            there => format!("there is one where nobody vouches for the pool; to use it name it: {}", commands(there)),
        };
        Precluded::by(NO_POOL_CHOSEN, message, next).into()
    }
}

/// The command as it was typed, with each of the pools.
fn commands(pools: &[&str]) -> String {
    let all: Vec<String> =
        pools.iter().map(|pool| format!("`{}`", typed::with_pool(std::env::args().skip(1), pool))).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    listed(&all)
}

/// The first of a list, and how many more there are.
fn listed(all: &[&str]) -> String {
    let shown = all.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown}, and {more} more (`evergreen pool list`)"),
    }
}
