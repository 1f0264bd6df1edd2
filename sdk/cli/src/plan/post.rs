//! Prices from Pyth's service to the chain: which feeds.

use crate::{
    args::price::Post,
    context::{Context, symbol},
    failure::Usage,
};
use anyhow::Result;
use evergreen_sdk::{
    client::Filter,
    evergreen::state::Underlying,
    price::{FeedId, PythPrograms},
};

/// Symbols and feeds of the underlyings that were named and have prices of these programs.
///
/// # Errors
/// [`Usage`] for a symbol without such prices; failures of the network.
pub async fn underlyings(context: &Context, args: &Post, programs: &PythPrograms) -> Result<Vec<(String, FeedId)>> {
    let mut known = context.client.find::<Underlying>(Filter::ALL).await?.value;
    known.sort_by_key(|(_, underlying)| underlying.symbol);
    known.retain(|(_, underlying)| underlying.price_owner == programs.receiver);
    let known: Vec<(String, FeedId)> = known.iter().map(|(_, u)| (symbol(&u.symbol), u.feed_id)).collect();
    let names = || known.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    if known.is_empty() {
        return Err(Usage("no underlying has prices of these programs; --prices names others".into()).into());
    }
    if args.symbols.is_empty() {
        return Ok(known);
    }
    let find = |wanted: &String| known.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).cloned();
    let mut found: Vec<(String, FeedId)> = Vec::new();
    for wanted in &args.symbols {
        let one = find(wanted)
            .ok_or_else(|| Usage(format!("there is no underlying {wanted} with such prices, only {}", names())))?;
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}
