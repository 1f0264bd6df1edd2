//! The bot: it compares deltas with bands and orders the difference, at whatever venue.

use super::{Band, CoinOrder, Hedge, HedgeAccount, Ledger, LedgerLine};
use crate::convert::Decimal;

/// Keeps deltas of a provider's shares within bands at a venue.
///
/// It keeps nothing that it could not lose: what is held, what is under way and the number of the next order are the venue's to tell, at each look. So it may be killed
/// at any moment, and where an answer is lost the next look finds out whether the order was taken.
///
/// ```
/// use evergreen_sdk::{
///     convert::Decimal,
///     hedge::{Band, CoinMarket, Hedger, Paper, PaperTerms},
/// };
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let band = Band { coins: "0.05".parse()?, to_zero: false, most: 10.into() };
/// let mut hedger = Hedger::new(Paper::new(PaperTerms::default()), [("BTC".to_owned(), band)]);
/// // The shares are short a fifth of a bitcoin: what is beyond the band is bought.
/// let market = CoinMarket { underlying: "BTC".into(), price: 100_000.into(), published: 100, delta: "-0.2".parse()? };
/// let seen = hedger.look(100, 10_000.into(), &[market]).await?;
/// assert_eq!(seen[0].ordered, Some("0.15".parse::<Decimal>()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hedger<V> {
    /// The venue.
    pub venue: V,
    bands: Vec<(String, Band)>,
    ledger: Ledger,
}

/// An underlying as a look finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoinMarket {
    /// Its symbol.
    pub underlying: String,
    /// Its price, dollars.
    pub price: Decimal,
    /// When that was published, unix seconds.
    pub published: i64,
    /// Delta of the shares, coins.
    pub delta: Decimal,
}

/// What a look has found and done, of one underlying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoinSeen {
    /// What it has found.
    pub market: CoinMarket,
    /// The account at the venue, with what was ordered now.
    pub account: HedgeAccount,
    /// Coins that were ordered now; negative are sold.
    pub ordered: Option<Decimal>,
}

impl<V: Hedge> Hedger<V> {
    /// Makes a bot with a band for each underlying that it hedges, by symbol.
    pub fn new(venue: V, bands: impl IntoIterator<Item = (String, Band)>) -> Self {
        Self { venue, bands: bands.into_iter().collect(), ledger: Ledger::default() }
    }

    /// Looks once, at this unix second and with shares that are worth so many dollars: the venue is shown the prices, and coins are ordered where a delta is
    /// beyond its band.
    ///
    /// # Errors
    /// Those of the venue. The next look goes on from what the venue says then.
    pub async fn look(&mut self, now: i64, worth: Decimal, markets: &[CoinMarket]) -> Result<Vec<CoinSeen>, V::Error> {
        let mut seen = Vec::with_capacity(self.bands.len());
        for market in markets {
            let underlying = &market.underlying;
            let Some((_, band)) = self.bands.iter().find(|(hedged, _)| hedged == underlying) else { continue };
            self.venue.show(underlying, market.published, market.price).await?;
            let account = self.venue.account(underlying).await?;
            let ordered = band.wanted(market.delta, &account);
            if let Some(coins) = ordered {
                let (number, underlying) = (account.next_number, underlying.clone());
                self.venue.order(&CoinOrder { number, underlying, coins, at: now }).await?;
            }
            let account = if ordered.is_some() { self.venue.account(underlying).await? } else { account };
            seen.push(CoinSeen { market: market.clone(), account, ordered });
        }
        self.ledger.note(worth, seen.iter().map(|seen| (seen.market.underlying.as_str(), seen.account)));
        Ok(seen)
    }

    /// Returns the symbols of what is hedged.
    pub fn underlyings(&self) -> impl Iterator<Item = &str> {
        self.bands.iter().map(|(underlying, _)| underlying.as_str())
    }

    /// Returns where it stands.
    pub fn line(&self) -> LedgerLine {
        self.ledger.line()
    }
}
