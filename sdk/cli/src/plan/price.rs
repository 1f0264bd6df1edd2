//! Prices of the underlyings, as the program judges them.

use crate::context::Context;
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Filter,
    evergreen::{
        oracle::{self, OraclePrice, PriceAccount, Publication},
        state::Underlying,
    },
    failure::Refusal,
    math::UnixTime,
    price,
};

/// An underlying and its price.
pub struct Judged {
    /// The underlying.
    pub underlying: Box<Underlying>,
    /// The account that its price is read from.
    pub account: Pubkey,
    /// The price, or why the program refuses it; absent without an account.
    pub price: Option<Result<OraclePrice, Refusal>>,
    /// The chain's clock.
    pub now: i64,
}

/// All underlyings of the protocol with their prices, judged by the program's own code.
///
/// # Errors
/// Failures of the network.
pub async fn all(context: &Context) -> Result<Vec<Judged>> {
    let mut underlyings = context.client.find::<Underlying>(Filter::ALL).await?.value;
    underlyings.sort_by_key(|(_, underlying)| underlying.symbol);
    let now = context.client.clock().await?.value;
    let mut found = Vec::new();
    for (_, underlying) in underlyings {
        let account = price::feed_of(&underlying, context.source())?.price;
        let raw = context.raw(account).await?;
        let price = raw.as_ref().map(|raw| {
            let account = PriceAccount { key: &account, owner: &raw.owner, data: &raw.data };
            let read = oracle::read(&account, &underlying, Publication::Recent, UnixTime(now));
            read.map_err(|error| Refusal::from_error(&error))
        });
        found.push(Judged { underlying, account, price, now });
    }
    Ok(found)
}
