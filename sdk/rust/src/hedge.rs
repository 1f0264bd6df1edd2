//! Hedging the delta of liquidity elsewhere: a provider's shares gain and lose with the underlyings, and coins at another venue take that off.
//!
//! [`Hedge`] is what a venue has to do. [`Paper`] is one that is made up, on whatever prices it is shown; with the feature `client`, `HttpVenue` is one behind a URL, by a
//! protocol of two requests. [`Hedger`] is the bot, for any of them, and [`Band`] its rule: nothing is done as long as the
//! delta of shares and coins together stays within a band, because each order costs. [`Ledger`] tells what hedging has cost and what is left.
//!
//! A venue is trusted with nothing but its own answers. An order has a number that the venue takes once, and no order is made while one is under way, so a
//! bot that is killed and started again orders nothing twice.

mod hedger;
mod ledger;
mod paper;
#[cfg(feature = "client")]
mod venue;

pub use hedger::{CoinMarket, CoinSeen, Hedger};
pub use ledger::{Ledger, LedgerLine};
pub use paper::{Paper, PaperTerms};
#[cfg(feature = "client")]
pub use venue::{HttpVenue, VenueError};

use crate::convert::Decimal;

/// A venue at which coins of underlyings are bought and sold.
///
/// ```
/// use evergreen_sdk::{
///     convert::Decimal,
///     hedge::{Band, CoinOrder, Hedge, HedgeAccount},
/// };
///
/// /// Brings the delta of a provider's shares, in coins, back into a band; returns the order that this took.
/// async fn step<V: Hedge>(venue: &mut V, delta: Decimal, band: &Band, now: i64) -> Result<Option<CoinOrder>, V::Error> {
///     let account: HedgeAccount = venue.account("BTC").await?;
///     let Some(coins) = band.wanted(delta, &account) else { return Ok(None) };
///     let order = CoinOrder { number: account.next_number, underlying: "BTC".into(), coins, at: now };
///     venue.order(&order).await?;
///     Ok(Some(order))
/// }
/// ```
pub trait Hedge {
    /// What can go wrong at the venue.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Returns the account at the venue, as far as it is about one underlying.
    ///
    /// # Errors
    /// Those of the venue.
    fn account(&mut self, underlying: &str) -> impl Future<Output = Result<HedgeAccount, Self::Error>> + Send;

    /// Orders coins at the price of the market. An order whose number was taken before is the same order again, and changes nothing; so who does not know
    /// whether an order has arrived sends it again.
    ///
    /// # Errors
    /// Those of the venue; for a number that is neither the next one nor taken.
    fn order(&mut self, order: &CoinOrder) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Shows the venue a price in dollars, published at so many unix seconds. A venue that has prices of its own, as real ones do, leaves it at that.
    ///
    /// # Errors
    /// Those of the venue.
    fn show(
        &mut self,
        _underlying: &str,
        _published: i64,
        _price: Decimal,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        async { Ok(()) }
    }
}

/// An order for coins, at the price of the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoinOrder {
    /// Its number at the venue, which takes each once, one after the other.
    pub number: u64,
    /// Symbol of the underlying.
    pub underlying: String,
    /// Coins to buy; negative to sell.
    pub coins: Decimal,
    /// Unix seconds at which it was decided.
    pub at: i64,
}

/// An account at a venue, as far as it is about one underlying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HedgeAccount {
    /// Coins held; negative where they are owed.
    pub coins: Decimal,
    /// Coins of orders that were taken and have not been filled yet; negative where they are sold.
    pub under_way: Decimal,
    /// The number of the next order.
    pub next_number: u64,
    /// The least size of an order, and what sizes are multiples of, coins.
    pub lot: Decimal,
    /// Dollars that the coins are worth at the venue's price, and what has been paid and received for them, costs included: the profit so far.
    pub profit: Decimal,
    /// What costs have taken of that profit, dollars.
    pub costs: HedgeCosts,
}

/// What hedging has cost, dollars; negative is a gain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HedgeCosts {
    /// Fees of the venue.
    pub fees: Decimal,
    /// Funding of the coins held.
    pub funding: Decimal,
    /// By how much fills were worse than the price at their moment.
    pub slippage: Decimal,
    /// By how much the price had moved between order and fill.
    pub delay: Decimal,
}

impl HedgeCosts {
    /// Returns all of it.
    pub fn total(&self) -> Decimal {
        self.fees + self.funding + self.slippage + self.delay
    }
}

/// How far a delta may be from zero before something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Coins on either side of zero.
    pub coins: Decimal,
    /// Whether an order goes back to zero. Otherwise it goes to the edge of the band, which trades least; with costs in proportion to the size that is
    /// the better rule (M. H. A. Davis, V. G. Panas, T. Zariphopoulou, "European option pricing with transaction costs", 1993).
    pub to_zero: bool,
    /// The most coins of one order.
    pub most: Decimal,
}

impl Band {
    /// Returns the coins to buy, negative to sell, where the shares have this delta in coins and the venue this account; `None` where nothing is to be done:
    /// the delta is within the band, an order is under way, or what is wanted is less than a lot. It is rounded toward zero to whole lots.
    pub fn wanted(&self, delta: Decimal, account: &HedgeAccount) -> Option<Decimal> {
        if !account.under_way.is_zero() {
            return None;
        }
        let open = delta.checked_add(account.coins)?;
        let beyond = open.abs().checked_sub(self.coins.abs())?;
        if beyond <= Decimal::ZERO {
            return None;
        }
        let size = if self.to_zero { open.abs() } else { beyond };
        let size = size.min(self.most.abs());
        let size =
            if account.lot > Decimal::ZERO { size.checked_div(account.lot)?.trunc() * account.lot } else { size };
        let sign = if open.is_sign_negative() { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
        (size > Decimal::ZERO).then_some((size * sign).normalize())
    }
}

#[cfg(test)]
mod tests;
