//! Prices of underlyings: the checks of price accounts and the judgement of prices.
//!
//! A price is read once ([`read`] of plain bytes, on chain or off; [`read_account`] of an account on chain): a recent one, or the
//! first one after a moment ([`Publication`]). One that is narrow but far from its average is read beside an earlier publication
//! ([`confirm`]). It is judged once ([`Quality`]), and each use names its row of the one table ([`OraclePrice::band_for`]):
//!
//! | use | fresh | confirmed | far | uncertain |
//! | --- | --- | --- | --- | --- |
//! | [`PriceUse::AddRisk`] | spot ± spread | no | no | no |
//! | [`PriceUse::Liquidity`] | spot ± spread | no | no | no |
//! | [`PriceUse::Mark`], [`PriceUse::ForcedClose`] | spot | spot | no | no |
//! | [`PriceUse::ReduceRisk`] | spot ± spread | spot ± spread | worse end of confidence and average | the same |
//! | [`PriceUse::Liquidation`] | spot | if both publications agree | if both publications agree; without an earlier one if spot and average do | if all ends agree |
//! | [`PriceUse::Sample`] | spot | spot | spot | no |
//!
//! Bad prices (owner, feed, level, status, sign, exponent, future) are errors for every use, and so are stale ones. Withdrawing from
//! an account without positions reads no price at all.
//!
//! A further source needs a file that turns bytes into a `RawPrice`, a value of [`PriceSource`] and its arm in [`read`]. The rules
//! about prices then hold for it, too.

#![warn(missing_docs)]

mod legacy;
mod pyth;
mod raw;

use crate::{
    ensure, error_with_context,
    errors::{DisplayDollars, MathContext},
    state::{PriceSource, Underlying, UnderlyingParams},
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Dollars, UnixTime, option::PricePoint, trade::PriceBand, volatility::within_band};
use raw::RawPrice;

/// What a price is used for: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceUse {
    /// Growth: adding risk, valuation, listing. It can wait. The volatility of quotes follows
    /// the market at a limited speed, so while the price runs away from its average an option is sold too cheaply.
    AddRisk,
    /// Deposits and withdrawals of liquidity, which wait for the same. Volatilities are those of the minute after which the price is the first one.
    Liquidity,
    /// What happens at the mark and cannot wait: withdrawing margin.
    Mark,
    /// Closing options for cash or for a place, excess written ones, and those that are bought back, which cannot wait either: at spot.
    ForcedClose,
    /// Trades that only shrink positions.
    ReduceRisk,
    /// Liquidation and exercise, which judge whether a line is crossed. For exercise the confidence counts besides (`MarketContext::check_capped`).
    Liquidation,
    /// Volatility samples. A sample is cut at some standard deviations, so one wrong price does little.
    Sample,
}

/// How good a valid price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Its confidence is narrow, and it is near the EMA price.
    Fresh,
    /// Its confidence is narrow and it is far from the EMA price, but near a price that was published some seconds before.
    Confirmed,
    /// Its confidence is narrow, and it is far from the EMA price and from any earlier price that was passed.
    Far,
    /// Its confidence is wide.
    Uncertain,
}

/// A valid price.
#[derive(Clone, Copy, Debug)]
pub struct OraclePrice {
    /// Spot price in dollars.
    pub spot: Dollars,
    /// Half-width of its confidence interval, dollars.
    pub confidence: Dollars,
    /// Exponentially weighted average price, dollars.
    pub ema: Dollars,
    /// Publish time.
    pub published: UnixTime,
    /// How good it is.
    pub quality: Quality,
    /// The earlier price that it was compared with ([`confirm`]), dollars.
    pub earlier: Option<Dollars>,
}

impl OraclePrice {
    /// Returns the band of prices for `usage` by the table. `spread` is the spread as a share of the confidence.
    /// Errors: `PriceUncertain` where the table says no.
    pub fn band_for(&self, usage: PriceUse, spread: BasisPoints) -> Result<PriceBand> {
        let spot = PricePoint::new(self.spot).program()?;
        let between = |other: Dollars| PriceBand { spot, low: self.spot.min(other), high: self.spot.max(other) };
        match (usage, self.quality) {
            (PriceUse::AddRisk | PriceUse::Liquidity | PriceUse::ReduceRisk, Quality::Fresh)
            | (PriceUse::ReduceRisk, Quality::Confirmed) => PriceBand::around(spot, self.confidence, spread).program(),
            (PriceUse::Liquidation, Quality::Fresh)
            | (PriceUse::Mark | PriceUse::ForcedClose, Quality::Fresh | Quality::Confirmed)
            | (PriceUse::Sample, Quality::Fresh | Quality::Confirmed | Quality::Far) => Ok(PriceBand::at_mark(spot)),
            (PriceUse::Liquidation, Quality::Confirmed | Quality::Far) => Ok(between(self.earlier.unwrap_or(self.ema))),
            (PriceUse::ReduceRisk | PriceUse::Liquidation, _) => {
                let band = PriceBand::around(spot, self.confidence, spread.max(BasisPoints::ONE)).program()?;
                Ok(PriceBand { spot, low: band.low.min(self.ema), high: band.high.max(self.ema) })
            }
            _ => Err(error_with_context!(
                crate::errors::EvergreenError::PriceUncertain,
                "price {} ± {}, EMA price {}, earlier price {}",
                DisplayDollars(self.spot),
                DisplayDollars(self.confidence),
                DisplayDollars(self.ema),
                DisplayDollars(self.earlier.unwrap_or_default())
            )),
        }
    }

    /// Returns whether `usage` takes this price at spot and not at a band of which both ends count.
    pub const fn is_certain_for(&self, usage: PriceUse) -> bool {
        match usage {
            PriceUse::Liquidation => matches!(self.quality, Quality::Fresh),
            _ => matches!(self.quality, Quality::Fresh | Quality::Confirmed),
        }
    }
}

/// A price account as plain bytes.
#[derive(Clone, Copy, Debug)]
pub struct PriceAccount<'a> {
    /// Its address.
    pub key: &'a Pubkey,
    /// Program that owns it.
    pub owner: &'a Pubkey,
    /// Its data.
    pub data: &'a [u8],
}

/// Which publication of a price is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// A recent one. The caller can choose among the recent prices.
    Recent,
    /// The first one after this moment, in unix seconds. Nobody can choose it, and its age does not matter.
    FirstAfter(i64),
    /// Any one after this moment, in unix seconds, that was published at least [`KNOWN_FOR`] seconds ago. It proves that the first one after that moment has been known for as long.
    /// What it says must decide nothing, because the caller chooses it.
    KnownAfter(i64),
}

/// Least age, in seconds, of a price that proves that the first one after a moment is known: whoever has that one had so much time to show it.
pub const KNOWN_FOR: i64 = 30;

/// Least time, in seconds, between a price and an earlier one that confirms it: a dozen of Pyth's aggregates, more than a single
/// faulty one or a burst of them lasts. The price moves by a sixth of a per cent meanwhile where it falls by 2 % a minute.
pub const CONFIRMED_AFTER: i64 = 5;
/// Greatest time, in seconds, between a recent price and an earlier one that confirms it.
pub const CONFIRMED_WITHIN: i64 = 60;
/// The first price after a moment is confirmed by the first one so many seconds before that moment, so that nobody chooses it.
pub const CONFIRMED_BEFORE: i64 = 10;

/// Greatest time, in seconds, between a moment and the first price after it, for a source that does not name the previous
/// publication.
pub const UNPROVEN_WINDOW: i64 = 2;

/// Reads and judges the price of an underlying from an account of this transaction. Errors: as [`read`].
pub fn read_account(
    account: &AccountInfo,
    underlying: &Underlying,
    wanted: Publication,
    now: UnixTime,
) -> Result<OraclePrice> {
    let data = account.try_borrow_data()?;
    read(&PriceAccount { key: account.key, owner: account.owner, data: &data }, underlying, wanted, now)
}

/// Reads and judges the price of an underlying.
///
/// Errors: `PriceWrongOwner`, `PriceUndecodable`, `PriceWrongFeed`, `PriceNotVerified`, `PriceNotTrading`,
/// `PriceNotPositive`, `PriceExponent`, `PriceFromFuture`; `PriceStale` where a recent one is wanted, `PriceNotFirst` otherwise.
pub fn read(
    account: &PriceAccount,
    underlying: &Underlying,
    wanted: Publication,
    now: UnixTime,
) -> Result<OraclePrice> {
    judge(&raw_of(account, underlying)?, &underlying.params, wanted, now)
}

/// Returns the grid time, unix seconds, whose volatility sample has to be taken before risk is added, others are closed, or liquidity is executed, at a price of an
/// underlying that was published at `published`; `None` where none has.
///
/// What that sample brings to the quotes is known to whoever acts, and not in them. It has to be taken while it can be: it is the one that
/// [`Underlying::unsampled_grid_time`] names. A price that is the first one after that very time, or after an earlier one, knows no more than the
/// sample does. Whoever passes a recent price chooses it, so each of them waits, also one from before the grid time: the next publication brings the sample. A legacy account holds one price only, so its sample can be taken for [`UNPROVEN_WINDOW`] seconds.
pub fn sample_due(underlying: &Underlying, wanted: Publication, published: UnixTime, now: UnixTime) -> Option<i64> {
    let moment = if let Publication::FirstAfter(moment) = wanted { moment } else { now.0 };
    let grid = underlying.unsampled_grid_time(now.0).filter(|grid| *grid < moment)?;
    let is_gone = published.0 > grid.saturating_add(UNPROVEN_WINDOW);
    (underlying.source != PriceSource::PythLegacy as u8 || !is_gone).then_some(grid)
}

/// Takes a price that is the first one after the last grid time into the volatility estimate of its underlying, at `now` in unix seconds: it is its sample, and
/// the point of funding of its half-hour. Of one that is too uncertain it is noted that nobody waits for its sample; returns whether it was sampled.
///
/// Errors: `SampleTooEarly` where there is none to take, and those of [`Underlying::sample`].
pub fn take_sample(underlying: &mut Underlying, price: &OraclePrice, now: i64) -> Result<bool> {
    if price.quality == Quality::Uncertain {
        underlying.pass_over(now)?;
        return Ok(false);
    }
    price.band_for(PriceUse::Sample, BasisPoints(underlying.params.spread_conf_bps))?;
    underlying.sample(price.spot, now)?;
    underlying.set_funding_point();
    Ok(true)
}

/// Compares a price that is far from its average with one that was published some seconds before, in an account of this transaction.
/// Errors: as [`confirm`].
pub fn confirm_account(
    price: OraclePrice,
    earlier: Option<&AccountInfo>,
    underlying: &Underlying,
    wanted: Publication,
) -> Result<OraclePrice> {
    let Some(account) = earlier else { return confirm(price, None, underlying, wanted) };
    let data = account.try_borrow_data()?;
    let earlier = PriceAccount { key: account.key, owner: account.owner, data: &data };
    confirm(price, Some(&earlier), underlying, wanted)
}

/// Compares a price that is far from its average with one that was published some seconds before. One that is not far stays as it is.
///
/// Where the first price after a moment is wanted, the earlier one is the first [`CONFIRMED_BEFORE`] seconds before that moment, and
/// has to be there. A source whose prices do not name the publication before has no earlier ones: one account holds them all.
///
/// Errors: `PriceUnconfirmed` where it has to be there and is not, `PriceNotEarlier`, `PriceNotFirst`, those of [`read`].
pub fn confirm(
    price: OraclePrice,
    earlier: Option<&PriceAccount>,
    underlying: &Underlying,
    wanted: Publication,
) -> Result<OraclePrice> {
    let raw = earlier.map(|account| raw_of(account, underlying)).transpose()?;
    let is_proof = matches!(wanted, Publication::KnownAfter(_));
    if is_proof || price.quality != Quality::Far || underlying.price_source()? == PriceSource::PythLegacy {
        return Ok(price);
    }
    let Some(raw) = raw else {
        let spot = price.spot;
        ensure!(wanted == Publication::Recent, PriceUnconfirmed, "price {}", DisplayDollars(spot));
        return Ok(price);
    };
    let before = price.published.0.saturating_sub(raw.publish_time);
    match wanted {
        Publication::Recent => ensure!(
            (CONFIRMED_AFTER..=CONFIRMED_WITHIN).contains(&before),
            PriceNotEarlier,
            "published {} s before, expected {} to {}",
            before,
            CONFIRMED_AFTER,
            CONFIRMED_WITHIN
        ),
        Publication::FirstAfter(moment) => raw.check_first_after(moment.saturating_sub(CONFIRMED_BEFORE))?,
        Publication::KnownAfter(_) => {}
    }
    let params = &underlying.params;
    let (earlier, narrow) = raw.spot(params)?;
    if !narrow || before < CONFIRMED_AFTER {
        return Ok(price);
    }
    let agree = within_band(price.spot, earlier, BasisPoints(params.max_conf_bps)).program()?;
    let quality = if agree { Quality::Confirmed } else { Quality::Far };
    Ok(OraclePrice { quality, earlier: Some(earlier), ..price })
}

/// Decodes the price of an underlying. Errors: those of [`read`] that are about the account.
fn raw_of(account: &PriceAccount, underlying: &Underlying) -> Result<RawPrice> {
    ensure!(
        *account.owner == underlying.price_owner,
        PriceWrongOwner,
        "owner {}, configured {}",
        account.owner,
        underlying.price_owner
    );
    match underlying.price_source()? {
        PriceSource::PythUpdate => pyth::read_update(account, &underlying.feed_id),
        PriceSource::PythLegacy => legacy::read_legacy(account, &underlying.feed_id),
    }
}

fn judge(raw: &RawPrice, params: &UnderlyingParams, wanted: Publication, now: UnixTime) -> Result<OraclePrice> {
    let published = UnixTime(raw.publish_time);
    let ahead = raw.publish_time.saturating_sub(now.0);
    ensure!(ahead <= i64::from(params.max_future), PriceFromFuture, "published {} s in the future", ahead);
    match wanted {
        Publication::Recent => {
            let age = now.0.saturating_sub(raw.publish_time);
            ensure!(age <= i64::from(params.max_age), PriceStale, "age {} s, at most {} s", age, params.max_age);
        }
        Publication::FirstAfter(moment) => raw.check_first_after(moment)?,
        Publication::KnownAfter(moment) => {
            let until = now.0.saturating_sub(KNOWN_FOR);
            ensure!(
                (moment.saturating_add(1)..=until).contains(&raw.publish_time),
                PriceNotFirst,
                "published {}, wanted is one after {}, until {}",
                raw.publish_time,
                moment,
                until
            );
        }
    }
    let ((spot, narrow), ema) = (raw.spot(params)?, raw.dollars(raw.ema_price)?);
    let near = within_band(spot, ema, BasisPoints(params.max_ema_gap_bps)).program()?;
    let quality = match (narrow, near) {
        (true, true) => Quality::Fresh,
        (true, false) => Quality::Far,
        (false, _) => Quality::Uncertain,
    };
    Ok(OraclePrice { spot, confidence: raw.confidence_dollars()?, ema, published, quality, earlier: None })
}

#[cfg(test)]
mod tests;
