//! A pool at one moment, and names of what is in it.

use super::{Context, Inner};
use crate::{
    amount::{Amount, Token, shown_coins},
    failure::{Usage, advised},
    names::printable,
    output::span,
};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    convert::{self, Decimal},
    evergreen::state::{MarginAccount, SeriesId},
    instruction::PoolKeys,
    math::{Points, option::OptionKind},
    portfolio::PastEvents,
    quote::PoolView,
    strategy::Contract,
};

/// A pool at one moment, with its name and what its stock is worth.
pub struct PoolContext {
    /// The pool with all that quotes need.
    pub view: PoolView,
    /// Name of the pool for people.
    pub name: String,
    /// Dollars a token, if known.
    pub stock_price: Option<Decimal>,
    /// The pool whose shares the collateral is, if it is one's.
    pub inner: Option<Inner>,
    /// What transactions have told of it, as far as they were read.
    pub past: PastEvents,
}

/// The collateral of a pool: addresses, and how amounts are said.
#[derive(Clone, Debug)]
pub struct Collateral {
    /// Addresses of the pool.
    pub keys: PoolKeys,
    /// How amounts are said.
    pub token: Token,
}

impl PoolContext {
    /// The collateral.
    pub fn collateral(&self) -> Collateral {
        let (pool, name) = (&self.view.pool, self.unit());
        let token = Token { name, decimals: pool.decimals, price: self.stock_price, scale: pool.scale().ok() };
        Collateral { keys: *self.keys(), token }
    }

    /// Addresses.
    pub const fn keys(&self) -> &PoolKeys {
        &self.view.keys
    }

    /// Native units for output.
    pub fn amount(&self, native: i64) -> Amount {
        Amount::new(native, self.view.pool.decimals, self.stock_price, &self.unit())
    }

    /// What stands behind amounts: the name, or of a pool that nobody has named its address in short. Which pool it is the name tells in full.
    fn unit(&self) -> String {
        if self.name.parse::<Pubkey>().is_ok() { short(&self.keys().pool) } else { self.name.clone() }
    }

    /// As [`Self::amount`]; a number that is too large becomes the largest one.
    pub fn unsigned(&self, native: u64) -> Amount {
        self.amount(i64::try_from(native).unwrap_or(i64::MAX))
    }

    /// Native units of an amount in tokens as people say it.
    ///
    /// # Errors
    /// [`Usage`] for an invalid amount of this token.
    pub fn native(&self, tokens: Decimal) -> Result<u64> {
        let native = convert::native(tokens, self.view.pool.decimals);
        native.map_err(|error| Usage(format!("{tokens} is no amount of {}: {error}", self.name)).into())
    }

    /// As [`Self::native`] of an amount that may be negative.
    ///
    /// # Errors
    /// As [`Self::native`].
    pub fn signed_native(&self, tokens: Decimal) -> Result<i64> {
        let native = i64::try_from(self.native(tokens.abs())?)
            .map_err(|_| Usage(format!("{tokens} {} is too much", self.name)))?;
        Ok(if tokens.is_sign_negative() { -native } else { native })
    }

    /// Symbol of an underlying.
    pub fn symbol(&self, place: u8) -> String {
        self.view.markets.get(usize::from(place)).map_or_else(|| "?".into(), |market| symbol(&market.underlying.symbol))
    }

    /// Place of an underlying by symbol.
    ///
    /// # Errors
    /// [`Usage`] with the symbols that there are.
    pub fn underlying(&self, name: &str) -> Result<u8> {
        let symbols: Vec<String> = self.view.markets.iter().map(|m| symbol(&m.underlying.symbol)).collect();
        let place = symbols.iter().position(|symbol| symbol.eq_ignore_ascii_case(name));
        let place = place.and_then(|place| u8::try_from(place).ok());
        place
            .ok_or_else(|| Usage(format!("{} has no underlying {name}, only {}", self.name, symbols.join(", "))).into())
    }

    /// Points as coins of the underlying where the stock's price is known, otherwise as points.
    pub fn size(&self, points: i64, underlying: u8) -> String {
        self.coins(points).map_or_else(
            || format!("{points} points"),
            |coins| format!("{} {}", shown_coins(coins), self.symbol(underlying)),
        )
    }

    /// Points as coins, if the stock's price is known.
    pub fn coins(&self, points: i64) -> Option<Decimal> {
        let scale = self.view.pool.scale().ok()?;
        convert::size_of_points(Points(points), self.stock_price?, self.view.pool.decimals, scale).ok()
    }

    /// The largest size in coins, to six places, that comes to no more than so many points when it is typed; if the stock's price is known.
    pub fn coins_within(&self, points: i64) -> Option<Decimal> {
        let scale = self.view.pool.scale().ok()?;
        let coins = self.coins(points)?;
        let typed = |coins| convert::points_of_size(coins, self.stock_price?, self.view.pool.decimals, scale).ok();
        // A tenth of a coin comes to points that are worth a little less than a tenth.
        let near = Some(coins.round_dp(6)).filter(|near| typed(*near).is_some_and(|typed| typed.0 <= points));
        Some(near.unwrap_or_else(|| coins.trunc_with_scale(6)).normalize())
    }

    /// Address of a margin account.
    pub fn account_key(&self, owner: &Pubkey, number: u16) -> Pubkey {
        address::margin_account(&self.keys().pool, owner, number)
    }

    /// A margin account that has to exist.
    ///
    /// # Errors
    /// When it does not exist, with the command that opens it.
    pub async fn account(&self, context: &Context, owner: &Pubkey, number: u16) -> Result<Box<MarginAccount>> {
        let key = self.account_key(owner, number);
        if let Some(account) = context.find::<MarginAccount>(&key).await? {
            return Ok(account);
        }
        // Where an account was named for its owner.
        if let Some(meant) = context.raw(*owner).await?.and_then(|raw| raw.decode::<MarginAccount>(owner).ok()) {
            let message = format!("{owner} is a margin account, and no owner");
            let next =
                format!("name its owner and its number: --owner {} --account {}", meant.owner, meant.sub_account);
            return Err(advised(message, next));
        }
        let which = if number == 0 { String::new() } else { format!(" --account {number}") };
        let open = format!(
            "`evergreen positions` shows the accounts that hold something; to open this one: `evergreen account open --pool {}{which}`",
            self.name
        );
        Err(advised(format!("{owner} has no account {number} in the pool {}", self.name), open))
    }

    /// A contract in words.
    pub fn words(&self, contract: &Contract) -> String {
        let kind = if contract.kind == OptionKind::Put { "put" } else { "call" };
        let tenor = span(u64::from(contract.terms.tenor.0));
        format!("{} {kind} {} of {tenor}", self.symbol(contract.terms.underlying), contract.strike)
    }

    /// Shares in tokens: they have the decimals of the collateral.
    pub fn shares(&self, native: u64) -> String {
        convert::tokens(native, self.view.pool.decimals).normalize().to_string()
    }
}

/// A series by slot and generation, as commands take it: 0:1.
pub fn series_name(id: SeriesId) -> String {
    format!("{}:{}", id.slot, id.generation)
}

/// The first and last letters of an address.
pub fn short(key: &Pubkey) -> String {
    let text = key.to_string();
    format!("{}…{}", &text[..4], &text[text.len() - 4..])
}

/// A symbol without its padding, as a terminal may show it.
pub fn symbol(padded: &[u8; 8]) -> String {
    printable(String::from_utf8_lossy(padded).trim_end_matches('\0'))
}
