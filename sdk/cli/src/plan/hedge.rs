//! A hedge of an owner's shares: what is looked at, what the venue is shown, and what is ordered there.

use super::exposure::{self, SharedExposure};
use crate::{
    args::lp::{Class, PaperHedge},
    context::{Context, PoolContext},
    failure::{Usage, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    convert::{self, Decimal},
    hedge::{Band, CoinOrder, Hedge, HedgeAccount, Ledger, LedgerLine, Paper, PaperTerms},
};

/// A hedge under way at a venue.
pub struct Hedging {
    venue: Paper,
    ledger: Ledger,
    bands: Vec<(String, Band)>,
    /// What came of the last look.
    pub line: LedgerLine,
}

/// What one look has found and done, of one underlying.
pub struct Seen {
    /// Its symbol.
    pub underlying: String,
    /// Its price, dollars.
    pub price: Decimal,
    /// Delta of the shares, coins.
    pub delta: Decimal,
    /// The account at the venue, with what was ordered now.
    pub account: HedgeAccount,
    /// Coins that were ordered now; negative are sold.
    pub ordered: Option<Decimal>,
}

impl Hedging {
    /// As it was asked for.
    ///
    /// # Errors
    /// [`Usage`].
    pub fn new(args: &PaperHedge) -> Result<Self> {
        if args.show.which.class == Class::Insurance {
            let words =
                "insurance has no delta: it gains and loses when accounts end below zero, which no coins take off";
            return Err(Usage(words.into()).into());
        }
        if args.lot.is_zero() || args.most.is_zero() {
            return Err(Usage("--lot and --most have to be above 0".into()).into());
        }
        let share = |bps: u16| Decimal::new(bps.into(), 4);
        let terms = PaperTerms {
            fee: share(args.fee),
            half_spread: share(args.half_spread),
            impact: share(args.impact),
            funding: share(args.funding),
            delay: args.delay.into(),
            lot: args.lot,
        };
        let mut bands: Vec<(String, Band)> = Vec::new();
        for size in &args.bands {
            let unit = size.unit.as_ref().map(|unit| unit.to_uppercase());
            let unit = unit.ok_or_else(|| Usage(format!("--band {size} says no coin: for instance {size}BTC")))?;
            if bands.iter().any(|(known, _)| *known == unit) {
                return Err(Usage(format!("--band names {unit} twice")).into());
            }
            bands.push((unit, Band { coins: size.coins, to_zero: args.to_zero, most: args.most }));
        }
        Ok(Self { venue: Paper::new(terms), ledger: Ledger::default(), bands, line: LedgerLine::default() })
    }

    /// Looks once: shows the venue the prices of the chain, compares deltas with bands, and orders.
    ///
    /// # Errors
    /// A missing price of the stock or of an underlying; failures of the network.
    pub async fn look(&mut self, context: &Context, args: &PaperHedge) -> Result<(SharedExposure, Vec<Seen>)> {
        let found = exposure::read(context, &args.show).await?;
        let pool = &found.pool;
        let Some(worth) = found.dollars() else {
            let next =
                "give it with --stock-price DOLLARS, or in the market file; and the shares have to be worth something";
            return Err(advised(format!("a hedge needs to know what one {} is worth", pool.name), next));
        };
        let mut seen = Vec::with_capacity(self.bands.len());
        for (underlying, band) in &self.bands {
            let place = pool.underlying(underlying)?;
            let price = pool.view.price(place)?;
            let dollars = convert::dollars(price.spot, 8)?;
            // A moment in which two looks find one price is no step back.
            self.venue.observe(underlying, pool.view.now.max(price.published.0), dollars)?;
            let delta = delta(&found, pool, place)?;
            let account = self.venue.account(underlying).await?;
            let ordered = band.wanted(delta, &account);
            if let Some(coins) = ordered {
                let (number, at) = (account.next_number, pool.view.now);
                self.venue.order(&CoinOrder { number, underlying: underlying.clone(), coins, at }).await?;
            }
            let account = self.venue.account(underlying).await?;
            seen.push(Seen { underlying: underlying.clone(), price: dollars, delta, account, ordered });
        }
        self.ledger.note(worth, seen.iter().map(|seen| (seen.underlying.as_str(), seen.account)));
        self.line = self.ledger.line();
        Ok((found, seen))
    }
}

/// Delta of the shares on an underlying, coins.
fn delta(found: &SharedExposure, pool: &PoolContext, place: u8) -> Result<Decimal> {
    let line = found.part.iter().find(|line| line.underlying == place);
    let coins = line.and_then(|line| found.coins(line));
    let missing = || advised(format!("the delta on {} is not known", pool.symbol(place)), "`evergreen price show`");
    coins.map(|coins| coins.delta).ok_or_else(missing)
}
