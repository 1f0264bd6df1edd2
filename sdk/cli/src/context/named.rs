//! Which pool a name stands for. A name is trusted where the market file has it; what a mint says of itself is shown, but names no pool of a stranger.

use super::{Context, Inner, PoolContext, short};
use crate::{
    failure::{Usage, advised},
    market::NamedPool,
    names::{look_alike, printable},
    output,
};
use anchor_spl::{
    token_2022::spl_token_2022::{
        extension::{BaseStateWithExtensions, StateWithExtensions},
        state::Mint,
    },
    token_2022_extensions::spl_token_metadata_interface::state::TokenMetadata,
};
use anyhow::{Context as _, Result};
use evergreen_sdk::{
    address, anchor_lang::prelude::Pubkey, client::Filter, convert::Decimal, evergreen::state::Pool,
    instruction::PoolKeys, portfolio::PastEvents,
};
use std::sync::PoisonError;

impl Context {
    /// A pool by name, mint or address, as it is now.
    ///
    /// # Errors
    /// When there is none, or the network does not answer.
    pub async fn pool(&self, name: &str) -> Result<PoolContext> {
        let read = async {
            let key = self.pool_address(name).await?;
            let pool = self.find::<Pool>(&key).await?.ok_or_else(|| self.not_of_this_network(name))?;
            let view = self.client.pool_view(PoolKeys::of(&pool), self.source()).await;
            anyhow::Ok((key, view.with_context(|| format!("reading the pool {name}"))?.value))
        };
        let (key, view) = output::during("reading the pool", read).await?;
        let named = self.market.named(&key);
        if let Some(named) = named.filter(|named| named.mint != view.keys.mint.to_string()) {
            let message = format!(
                "the pool that the market file calls {} is of the mint {}, and not of {}",
                named.name, view.keys.mint, named.mint
            );
            return Err(advised(
                message,
                "whoever wrote the market file has to say which one is meant: nothing of it is believed until then",
            ));
        }
        let price = self.global.stock_price.or_else(|| named.and_then(NamedPool::price));
        if price.is_some_and(|price| price <= Decimal::ZERO) {
            return Err(Usage("--stock-price has to be above 0".into()).into());
        }
        let name = match self.name(&key, &view.pool).await? {
            Some(name) => name,
            None if view.pool.is_curated() => key.to_string(),
            None => short(&view.pool.mint),
        };
        let inner = self.inner(&view.keys.mint).await;
        let stock_price = price.or_else(|| inner.as_ref().and_then(Inner::dollars));
        let pool = PoolContext { view, name, stock_price, inner, past: PastEvents::default() };
        *self.collateral.lock().unwrap_or_else(PoisonError::into_inner) = Some(pool.collateral());
        Ok(pool)
    }

    /// The error of a pool that is not on this network.
    fn not_of_this_network(&self, name: &str) -> anyhow::Error {
        let named = self.market.pools.iter().find(|pool| pool.name.eq_ignore_ascii_case(name));
        let Some(named) = named else { return no_such(name, "`evergreen pool list` shows what there is".into()) };
        let message = format!(
            "the market file names {} with the mint {}, of which there is no pool on {}",
            named.name,
            named.mint,
            output::place(&self.url)
        );
        advised(
            message,
            "is the market file of another network? name another --market or --url; `evergreen pool list` shows the pools of this one",
        )
    }

    /// The name of a pool: that of the market file, or for a pool of the protocol, whose mint the admin has looked at, the symbol of the mint.
    ///
    /// # Errors
    /// Failures of the network.
    pub async fn name(&self, key: &Pubkey, pool: &Pool) -> Result<Option<String>> {
        match self.market.named(key) {
            Some(named) => Ok(Some(named.name.clone())),
            None if pool.is_curated() || *key != address::pool(&pool.mint) => Ok(None),
            // A mint may call itself as it likes at any time, also after somebody whom the market file names.
            None => Ok(self.symbol(&pool.mint).await?.filter(|symbol| self.passes_for(symbol).is_none())),
        }
    }

    /// The name of the market file that a symbol may pass for to somebody who reads it.
    pub fn passes_for(&self, symbol: &str) -> Option<&str> {
        self.market.pools.iter().map(|named| named.name.as_str()).find(|name| look_alike(name, symbol))
    }

    /// The address of a pool by name, mint or address.
    ///
    /// # Errors
    /// When there is none, or the network does not answer.
    pub async fn pool_address(&self, name: &str) -> Result<Pubkey> {
        if let Some(named) = self.market.pools.iter().find(|pool| pool.name.eq_ignore_ascii_case(name)) {
            return named.address();
        }
        if let Ok(key) = name.parse::<Pubkey>() {
            if self.raw(key).await?.is_some_and(|raw| raw.decode::<Pool>(&key).is_ok()) {
                return Ok(key);
            }
            return self.of_mint(name, &key).await;
        }
        let (mut protocols, mut strangers) = (Vec::new(), Vec::new());
        for (key, pool) in self.client.find::<Pool>(Filter::ALL).await?.value {
            if self.symbol(&pool.mint).await?.is_some_and(|symbol| symbol.eq_ignore_ascii_case(name)) {
                let is_protocols = key == address::pool(&pool.mint) && !pool.is_curated();
                if is_protocols { &mut protocols } else { &mut strangers }.push(key);
            }
        }
        match &protocols[..] {
            [] => {}
            [one] => return Ok(*one),
            several => {
                let all: Vec<String> = several.iter().map(ToString::to_string).collect();
                let message = format!(
                    "{} pools of the protocol have mints that call themselves {}",
                    several.len(),
                    printable(name)
                );
                return Err(advised(message, format!("give the address of the one that is meant: {}", all.join(", "))));
            }
        }
        let strangers: Vec<String> = strangers.iter().map(ToString::to_string).collect();
        let known: Vec<&str> = self.market.pools.iter().map(|pool| pool.name.as_str()).collect();
        let next = if !strangers.is_empty() {
            let all = strangers.join(", ");
            format!(
                "nobody vouches for the mints that call themselves so; to trade there all the same, give the address: {all}"
            )
        } else if known.is_empty() {
            "give the mint's address, or a --market file with names; `evergreen pool list` shows what there is".into()
        } else {
            format!("the market file knows {}; `evergreen pool list` shows all", known.join(", "))
        };
        Err(no_such(&printable(name), next))
    }

    /// The pool that a mint stands for: the market file's, otherwise the protocol's. A stranger's is never chosen.
    async fn of_mint(&self, name: &str, mint: &Pubkey) -> Result<Pubkey> {
        let of_mint: Vec<&NamedPool> = self.market.pools.iter().filter(|pool| pool.mint == mint.to_string()).collect();
        match &of_mint[..] {
            [] => {}
            [one] => return one.address(),
            several => {
                let names: Vec<&str> = several.iter().map(|named| named.name.as_str()).collect();
                let message = format!("the market file names several pools of the mint {name}");
                return Err(advised(message, format!("say which one is meant: {}", names.join(", "))));
            }
        }
        let own = address::pool(mint);
        if self.raw(own).await?.is_some() {
            return Ok(own);
        }
        let pools = self.client.find::<Pool>(Filter::of_mint(*mint)).await?.value;
        let strangers: Vec<String> = pools.iter().map(|(key, _)| key.to_string()).collect();
        let next = if strangers.is_empty() {
            // Of a wallet, or an address with a slip, nobody can create one.
            let is_mint =
                self.raw(*mint).await?.is_some_and(|raw| StateWithExtensions::<Mint>::unpack(&raw.data).is_ok());
            if is_mint {
                format!("create it: `evergreen pool create --mint {mint}`")
            } else {
                "that is the address of no pool and of no mint on this network; `evergreen pool list` shows what there is".into()
            }
        } else {
            format!("strangers have created some; to use one give its address: {}", strangers.join(", "))
        };
        Err(no_such(name, next))
    }

    /// The symbol that a Token-2022 mint carries itself, as a terminal may show it.
    pub async fn symbol(&self, mint: &Pubkey) -> Result<Option<String>> {
        let found = self.raw(*mint).await?;
        Ok(found.and_then(|raw| {
            let state = StateWithExtensions::<Mint>::unpack(&raw.data).ok()?;
            Some(printable(&state.get_variable_len_extension::<TokenMetadata>().ok()?.symbol))
        }))
    }
}

fn no_such(name: &str, next: String) -> anyhow::Error {
    advised(format!("there is no pool called {name}"), next)
}
