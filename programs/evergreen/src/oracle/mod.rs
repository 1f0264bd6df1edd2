//! Prices of underlyings: the checks of price accounts and the judgement of prices.
//!
//! A price is read once ([`read`] of plain bytes, on chain or off; [`read_account`] of an account on chain): a recent one, or the
//! first one after a moment ([`Publication`]). It is judged once ([`Quality`]), and each use names its row of the one table
//! ([`OraclePrice::band_for`]):
//!
//! | use | fresh | uncertain | stale |
//! | --- | --- | --- | --- |
//! | [`PriceUse::AddRisk`] | spot ± spread | no | no |
//! | [`PriceUse::ReduceRisk`] | spot ± spread | worse end of the whole band | no |
//! | [`PriceUse::Liquidation`] | spot | only if both ends agree | no |
//!
//! Bad prices (owner, feed, level, status, sign, exponent, future) are errors for every use. Withdrawing from an
//! account without positions reads no price at all.
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
    /// Adding risk, withdrawing margin, deposits and withdrawals of liquidity, closing worthless options, volatility samples, listing.
    AddRisk,
    /// Trades that only shrink positions.
    ReduceRisk,
    /// Liquidation, exercise and auto-deleveraging, which happen against the owner's will.
    Liquidation,
}

/// How good a valid price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Recent, certain, and near the EMA price.
    Fresh,
    /// Recent, but uncertain or far from the EMA price.
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
}

impl OraclePrice {
    /// Returns the band of prices for `usage` by the table. `spread` is the spread as a share of the confidence.
    /// Errors: `PriceUncertain` where the table says no.
    pub fn band_for(&self, usage: PriceUse, spread: BasisPoints) -> Result<PriceBand> {
        let spot = PricePoint::new(self.spot).program()?;
        match (usage, self.quality) {
            (PriceUse::AddRisk, Quality::Uncertain) => Err(error_with_context!(
                crate::errors::EvergreenError::PriceUncertain,
                "price {} ± {}, EMA price {}",
                DisplayDollars(self.spot),
                DisplayDollars(self.confidence),
                DisplayDollars(self.ema)
            )),
            (PriceUse::AddRisk | PriceUse::ReduceRisk, Quality::Fresh) => {
                PriceBand::around(spot, self.confidence, spread).program()
            }
            (PriceUse::Liquidation, Quality::Fresh) => Ok(PriceBand::at_mark(spot)),
            (PriceUse::ReduceRisk | PriceUse::Liquidation, Quality::Uncertain) => {
                let band = PriceBand::around(spot, self.confidence, spread.max(BasisPoints::ONE)).program()?;
                Ok(PriceBand { spot, low: band.low.min(self.ema), high: band.high.max(self.ema) })
            }
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
}

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
    ensure!(
        *account.owner == underlying.price_owner,
        PriceWrongOwner,
        "owner {}, configured {}",
        account.owner,
        underlying.price_owner
    );
    let raw = match underlying.price_source()? {
        PriceSource::PythUpdate => pyth::read_update(account, &underlying.feed_id)?,
        PriceSource::PythLegacy => legacy::read_legacy(account, &underlying.feed_id)?,
    };
    judge(&raw, &underlying.params, wanted, now)
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
    }
    let spot = raw.dollars(raw.price)?;
    let ema = raw.dollars(raw.ema_price)?;
    let confidence = raw.confidence_dollars()?;
    let upper = spot.checked_add(confidence).program()?;
    let narrow = within_band(upper, spot, BasisPoints(params.max_conf_bps)).program()?;
    let near = within_band(spot, ema, BasisPoints(params.max_ema_gap_bps)).program()?;
    let quality = if narrow && near { Quality::Fresh } else { Quality::Uncertain };
    Ok(OraclePrice { spot, confidence, ema, published, quality })
}

#[cfg(test)]
mod tests;
