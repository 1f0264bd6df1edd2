//! Trying everything without a wallet: a made-up pool on which trades are done at once, and whose prices and clock move.

use crate::{
    problem::{Answer, Problem},
    quotes::{TradeQuestion, TradeQuote, told},
    views::{Nothing, Views},
};
use evergreen_sdk::{
    convert::{self, Decimal},
    price::PriceBytes,
    testing::pyth::{EXPONENT, Price},
};

record! {
    /// Publishes prices in a view, at another time of its clock. It is for made-up pools: a real pool has the prices of its feeds.
    PublishQuestion {
        /// The pool.
        view: u32,
        /// Time of the clock, unix seconds, not before that of the view.
        now: i64,
        /// Prices by place of the underlying, dollars, with at most eight places; null for the one that it has.
        prices: Vec<Option<Decimal>>,
    }
}

/// Does a trade on the pool that is held, at the prices of now: what a fill would do if it came at once. The pool has done it afterwards.
pub fn practise(views: &mut Views, ask: &TradeQuestion) -> Answer<TradeQuote> {
    let drafted = ask.draft(views)?;
    let quote = drafted.view.trade(&drafted.account, &drafted.legs)?;
    let answer = told(&drafted, &quote)?;
    let view = views.get_mut(ask.view)?;
    (view.pool, view.registry) = (quote.pool_after, quote.registry_after);
    Ok(answer)
}

pub fn publish(views: &mut Views, ask: &PublishQuestion) -> Answer<Nothing> {
    let view = views.get_mut(ask.view)?;
    let earlier = |why: &str| Problem::Question(why.to_owned());
    if ask.now < view.now {
        return Err(Problem::Question(format!("{} is before {}", ask.now, view.now)));
    }
    let mut markets = view.markets.clone();
    for (place, market) in markets.iter_mut().enumerate() {
        let bytes = market.price.as_ref().ok_or_else(|| earlier("a market has no price"))?;
        let known = Price::decode(&bytes.data).ok_or_else(|| earlier("a price cannot be read"))?;
        let mut price = known;
        if let Some(dollars) = ask.prices.get(place).copied().flatten() {
            // As many units as the exponent of the crypto feeds makes of a dollar.
            let units = convert::native(dollars, EXPONENT.unsigned_abs() as u8).map_err(|why| why.to_string())?;
            let units = i64::try_from(units).map_err(|_| earlier("a price does not fit"))?;
            price = Price::new(known.feed, units, ask.now);
        }
        (price.prev_publish_time, price.publish_time) = (known.publish_time, ask.now);
        let data = price.encode(&market.feed.price, 0).map_err(|why| why.to_string())?;
        market.price = Some(PriceBytes { owner: bytes.owner, data });
    }
    (view.markets, view.now) = (markets, ask.now);
    Ok(Nothing {})
}
