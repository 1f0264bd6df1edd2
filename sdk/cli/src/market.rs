//! The market file: names of pools and prices of stocks, which no account on chain holds.

use crate::{failure::advised, names};
use anyhow::{Context, Result};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, convert::Decimal};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::OnceLock,
};

/// A market file. `evergreen localnet` writes one; for public networks it is written by hand.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Market {
    /// Pools that have names.
    #[serde(default)]
    pub pools: Vec<NamedPool>,
}

/// A pool with a name.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct NamedPool {
    /// Name for people: the stock's symbol.
    pub name: String,
    /// Collateral mint.
    pub mint: String,
    /// The pool, where it is not the protocol's first one of the mint. Who writes it here vouches for its curator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Dollars that one token is worth, for sizes and displays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_price: Option<String>,
    /// Its address, once it was worked out: that takes longer than all else that is done with an entry.
    #[serde(skip)]
    pub known: OnceLock<Pubkey>,
}

impl NamedPool {
    /// Its address.
    ///
    /// # Errors
    /// For an invalid address in the file.
    pub fn address(&self) -> Result<Pubkey> {
        if let Some(known) = self.known.get() {
            return Ok(*known);
        }
        let wrong = || format!("the market file's address of {}", self.name);
        let address = match &self.pool {
            Some(pool) => pool.parse().with_context(wrong)?,
            None => address::pool(&self.mint.parse().with_context(wrong)?),
        };
        Ok(*self.known.get_or_init(|| address))
    }

    /// The stock's price, if it is a number.
    pub fn price(&self) -> Option<Decimal> {
        self.stock_price.as_deref()?.parse().ok()
    }
}

impl Market {
    /// The entry of a pool.
    pub fn named(&self, pool: &Pubkey) -> Option<&NamedPool> {
        self.pools.iter().find(|named| named.address().is_ok_and(|address| address == *pool))
    }

    /// The first entry of each mint: several pools may stand on one stock.
    pub fn stocks(&self) -> impl Iterator<Item = &NamedPool> {
        let mut seen = HashSet::new();
        self.pools.iter().filter(move |named| seen.insert(named.mint.as_str()))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no market file.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading the market file {}", path.display()))?;
        let market: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is no market file", path.display()))?;
        match market.fault() {
            None => Ok(market),
            Some(fault) => {
                let next = "mend the file: names, addresses and prices are trusted where it has them";
                Err(advised(format!("the market file {}: {fault}", path.display()), next))
            }
        }
    }

    /// What makes a name stand for nothing, or for two pools.
    fn fault(&self) -> Option<String> {
        let (mut looks, mut addresses): (HashMap<String, &str>, HashMap<Pubkey, &str>) = Default::default();
        for one in &self.pools {
            let shown = names::printable(&one.name);
            if let Some(why) = names::unfit(&one.name) {
                return Some(format!("`{shown}` is no name: {why}"));
            }
            if one.name.parse::<Pubkey>().is_ok() {
                return Some(format!("`{shown}` is an address, and no name"));
            }
            if one.mint.parse::<Pubkey>().is_err() {
                return Some(format!("the mint of {shown} is no address: `{}`", names::visible(&one.mint)));
            }
            if let Some(pool) = one.pool.as_ref().filter(|pool| pool.parse::<Pubkey>().is_err()) {
                return Some(format!("the pool of {shown} is no address: `{}`", names::visible(pool)));
            }
            if let Some(price) = &one.stock_price
                && one.price().is_none_or(|price| price <= Decimal::ZERO)
            {
                let words = "is no number of dollars above 0, with a point before decimals";
                return Some(format!("the stock_price of {shown} {words}: `{}`", names::visible(price)));
            }
            if let Some(other) = looks.insert(names::skeleton(&one.name), &one.name) {
                return Some(format!("the names {} and {shown} pass for each other", names::printable(other)));
            }
            if let Some(other) = one.address().ok().and_then(|address| addresses.insert(address, &one.name)) {
                return Some(format!("{} and {shown} are one pool", names::printable(other)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(names: &[(&str, u8)]) -> Market {
        let mint = |mint: u8| Pubkey::new_from_array([mint; 32]).to_string();
        let pool = |(name, number): &(&str, u8)| NamedPool {
            name: (*name).to_owned(),
            mint: mint(*number),
            ..NamedPool::default()
        };
        Market { pools: names.iter().map(pool).collect() }
    }

    #[test]
    fn each_name_stands_for_one_pool() {
        assert_eq!(market(&[("TSLA.M", 1), ("CRCLx", 2), ("CRCLx-lena", 3)]).fault(), None);
        for (names, words) in [
            (vec![("TSLA.M", 1), ("tsla.m", 2)], "the names TSLA.M and tsla.m pass for each other"),
            (vec![("CRCLx", 1), ("CRCIx", 2)], "the names CRCLx and CRCIx pass for each other"),
            (
                vec![("TSLA.M", 1), ("TSL\u{410}.M", 2)],
                "`TSL\\u{410}.M` is no name: a name has visible ASCII characters only, and no blanks",
            ),
            (
                vec![("\u{1b}[2J", 1)],
                "`\\u{1b}[2J` is no name: a name has visible ASCII characters only, and no blanks",
            ),
            (vec![("", 1)], "`` is no name: a name has 1 to 16 characters"),
            (vec![("TSLA.M", 1), ("CRCLx", 1)], "TSLA.M and CRCLx are one pool"),
        ] {
            assert_eq!(market(&names).fault().as_deref(), Some(words));
        }
    }

    #[test]
    fn each_value_is_one() {
        let with = |change: fn(&mut NamedPool)| {
            let mut market = market(&[("TSLA.M", 1)]);
            change(&mut market.pools[0]);
            market.fault().unwrap_or_default()
        };
        assert_eq!(with(|pool| pool.stock_price = Some("300.5".into())), "");
        assert_eq!(with(|pool| pool.mint = "xyz".into()), "the mint of TSLA.M is no address: `xyz`");
        assert_eq!(with(|pool| pool.pool = Some("TSLA.M".into())), "the pool of TSLA.M is no address: `TSLA.M`");
        for price in ["12O", "", "0", "-3", "1,5", "$300"] {
            let mut market = market(&[("TSLA.M", 1)]);
            market.pools[0].stock_price = Some(price.into());
            assert!(
                market.fault().is_some_and(|fault| fault.contains("the stock_price of TSLA.M is no number")),
                "{price}"
            );
        }
    }
}
