//! A hedge of an owner's shares: what is looked at, and at which venue it is hedged.

use super::exposure::{self, SharedExposure};
use crate::{
    args::lp::{Class, HedgeBands},
    context::{Context, PoolContext, service},
    failure::{Usage, advised},
    secrets,
};
use anyhow::Result;
use evergreen_sdk::{
    convert::{self, Decimal},
    hedge::{Band, CoinMarket, CoinSeen, Hedge, Hedger, HttpVenue, PaperTerms},
};

/// A bot with the bands that are asked for, at this venue.
///
/// # Errors
/// [`Usage`].
pub fn at<V: Hedge>(venue: V, args: &HedgeBands) -> Result<Hedger<V>> {
    if args.show.which.class == Class::Insurance {
        let words = "insurance has no delta: it gains and loses when accounts end below zero, which no coins take off";
        return Err(Usage(words.into()).into());
    }
    if args.lot.is_zero() || args.most.is_zero() {
        return Err(Usage("--lot and --most have to be above 0".into()).into());
    }
    let mut bands: Vec<(String, Band)> = Vec::new();
    for size in &args.bands {
        let unit = size.unit.as_ref().map(|unit| unit.to_uppercase());
        let unit = unit.ok_or_else(|| Usage(format!("--band {size} says no coin: for instance {size}BTC")))?;
        if bands.iter().any(|(known, _)| *known == unit) {
            return Err(Usage(format!("--band names {unit} twice")).into());
        }
        bands.push((unit, Band { coins: size.coins, to_zero: args.to_zero, most: args.most }));
    }
    Ok(Hedger::new(venue, bands))
}

/// The terms of a venue on paper.
pub fn on_paper(args: &HedgeBands) -> PaperTerms {
    let share = |bps: u16| Decimal::new(bps.into(), 4);
    PaperTerms {
        fee: share(args.fee),
        half_spread: share(args.half_spread),
        impact: share(args.impact),
        funding: share(args.funding),
        delay: args.delay.into(),
        lot: args.lot,
    }
}

/// The venue at a URL, with its key.
///
/// # Errors
/// [`Usage`] for a variable that is not set.
pub fn venue(url: &str, args: &HedgeBands) -> Result<HttpVenue> {
    secrets::keep_url(url);
    let venue = HttpVenue::new(url)?;
    let Some(variable) = &args.venue_key_env else { return Ok(venue) };
    let key = service::key(variable, "--venue-key-env")?;
    Ok(venue.with_key(key))
}

/// Looks once: reads prices and deltas from the chain, and lets the bot compare them with its bands, and order.
///
/// # Errors
/// A missing price of the stock or of an underlying; failures of the network and of the venue.
pub async fn look<V: Hedge>(
    hedger: &mut Hedger<V>,
    context: &Context,
    args: &HedgeBands,
) -> Result<(SharedExposure, Vec<CoinSeen>)> {
    let found = exposure::read(context, &args.show).await?;
    let pool = &found.pool;
    let Some(worth) = found.dollars() else {
        let next =
            "give it with --stock-price DOLLARS, or in the market file; and the shares have to be worth something";
        return Err(advised(format!("a hedge needs to know what one {} is worth", pool.name), next));
    };
    let mut markets = Vec::new();
    for underlying in hedger.underlyings() {
        let place = pool.underlying(underlying)?;
        let price = pool.view.price(place)?;
        // A moment in which two looks find one price is no step back.
        let published = pool.view.now.max(price.published.0);
        let (price, delta) = (convert::dollars(price.spot, 8)?, delta(&found, pool, place)?);
        markets.push(CoinMarket { underlying: underlying.to_owned(), price, published, delta });
    }
    let seen = hedger.look(pool.view.now, worth, &markets).await?;
    Ok((found, seen))
}

/// Delta of the shares on an underlying, coins.
fn delta(found: &SharedExposure, pool: &PoolContext, place: u8) -> Result<Decimal> {
    let line = found.part.iter().find(|line| line.underlying == place);
    let coins = line.and_then(|line| found.coins(line));
    let missing = || advised(format!("the delta on {} is not known", pool.symbol(place)), "`evergreen price show`");
    coins.map(|coins| coins.delta).ok_or_else(missing)
}
