//! Which pool a name stands for. A name is trusted where the market file has it; what a mint says of itself is shown, but names no pool of a stranger.

use super::{Context, PoolContext, short};
use crate::{
    failure::{Usage, advised},
    market::NamedPool,
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
    instruction::PoolKeys,
};
use std::sync::PoisonError;

/// Most characters of a symbol that are shown.
const LONGEST: usize = 16;

/// A text that somebody else has written, as a terminal may show it: whatever is not a visible ASCII character is written as its number, so that nothing
/// moves the cursor, turns the direction of writing or looks like another letter.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() { c.to_string() } else { format!("\\u{{{:x}}}", u32::from(c)) };
    let cut = if text.chars().count() > LONGEST { "..." } else { "" };
    text.chars().take(LONGEST).map(shown).collect::<String>() + cut
}

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
        let price = self.global.stock_price.or_else(|| named.and_then(NamedPool::price));
        if price.is_some_and(|price| price <= Decimal::ZERO) {
            return Err(Usage("--stock-price has to be above 0".into()).into());
        }
        let name = match self.name(&key, &view.pool).await? {
            Some(name) => name,
            None if view.pool.is_curated() => key.to_string(),
            None => short(&view.pool.mint),
        };
        let pool = PoolContext { view, name, stock_price: price };
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
            None => self.symbol(&pool.mint).await,
        }
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
        let mut strangers = Vec::new();
        for (key, pool) in self.client.find::<Pool>(Filter::ALL).await?.value {
            if self.symbol(&pool.mint).await?.is_some_and(|symbol| symbol.eq_ignore_ascii_case(name)) {
                if key == address::pool(&pool.mint) && !pool.is_curated() {
                    return Ok(key);
                }
                strangers.push(key.to_string());
            }
        }
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
        if let Some(named) = self.market.pools.iter().find(|pool| pool.mint == mint.to_string()) {
            return named.address();
        }
        let own = address::pool(mint);
        if self.raw(own).await?.is_some() {
            return Ok(own);
        }
        let pools = self.client.find::<Pool>(Filter::ALL).await?.value;
        let strangers = pools.iter().filter(|(_, pool)| pool.mint == *mint).map(|(key, _)| key.to_string());
        let strangers: Vec<String> = strangers.collect();
        let next = if strangers.is_empty() {
            format!("create it: evergreen pool create --mint {mint}")
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

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_others_have_written_moves_no_cursor_and_looks_like_nothing_else() {
        assert_eq!(printable("TSLA.M"), "TSLA.M");
        assert_eq!(printable("TSL\u{410}"), "TSL\\u{410}");
        assert_eq!(printable("\u{1b}[2J"), "\\u{1b}[2J");
        assert_eq!(printable("\u{202e}ALST"), "\\u{202e}ALST");
        assert_eq!(printable("a b\n"), "a\\u{20}b\\u{a}");
        assert_eq!(printable("abcdefghijklmnopqrst"), "abcdefghijklmnop...");
    }
}
