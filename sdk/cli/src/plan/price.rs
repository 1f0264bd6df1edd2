//! Prices of the underlyings, as the program judges them.

use crate::{
    args::price::MakeTable,
    context::{Context, PoolContext, service},
    failure::Usage,
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::{Filter, lookup},
    evergreen::{
        oracle::{self, OraclePrice, PriceAccount, Publication},
        state::Underlying,
    },
    failure::Refusal,
    math::UnixTime,
    price::{self, UpdateService},
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

/// A lookup table that is made.
pub struct TablePlan {
    /// The pool.
    pub pool: PoolContext,
    /// Address of the table.
    pub table: Pubkey,
    /// Number of its addresses.
    pub addresses: usize,
    /// The instructions, in one transaction.
    pub instructions: Vec<Instruction>,
}

/// The instructions that make a table with the addresses of a pool and of postings of its prices.
///
/// # Errors
/// Failures of the network and of the price service, whose update tells the set of its signers.
pub async fn table(context: &Context, args: &MakeTable, me: Pubkey) -> Result<TablePlan> {
    let pool = context.pool(&args.pool).await?;
    let (service, programs) = service::open(&context.global)?;
    let markets = &pool.view.markets;
    let feeds: Vec<_> = markets.iter().map(|market| market.underlying.feed_id).collect();
    let updates = output::during("fetching prices", service.latest(&feeds)).await?;
    let update = updates.first().ok_or_else(|| Usage("the price service has no price of this pool".into()))?;
    let mut addresses = lookup::addresses(pool.keys(), &markets.iter().map(|market| market.feed).collect::<Vec<_>>());
    addresses.extend([
        programs.config(),
        programs.treasury(service::TREASURY),
        programs.guardian_set(update.guardian_set()),
    ]);
    let slot = output::during("asking for the slot", context.client.final_slot()).await?;
    let (instructions, table) = lookup::create(me, me, slot, &addresses);
    Ok(TablePlan { pool, table, addresses: addresses.len(), instructions })
}
