//! The configuration of an underlying.

use super::UnderlyingParams;
use crate::ensure;
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Seconds, calendar::Week, volatility::VolatilityParams};

/// Kind of price account that an underlying uses.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PriceSource {
    /// This is Pyth's `PriceUpdateV2` account, owned by the receiver program of either generation.
    PythUpdate,
    /// This is Pyth's legacy price account, owned by the oracle program; the feed id is the account's address.
    PythLegacy,
}

impl PriceSource {
    /// Returns the programs whose accounts are prices of this kind. They are compiled in, so no proposal can make another
    /// program an oracle.
    pub const fn owners(self) -> &'static [Pubkey] {
        /// The receiver programs of the upgraded and of the previous generation.
        const RECEIVERS: [Pubkey; 2] = [
            pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
            pubkey!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
        ];
        /// The oracle programs of mainnet and of devnet.
        const ORACLES: [Pubkey; 2] = [
            pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH"),
            pubkey!("gSbePebfvPy7tRqimPoVecS2UsBvYv46ynrzWocc92s"),
        ];
        match self {
            Self::PythUpdate => &RECEIVERS,
            Self::PythLegacy => &ORACLES,
        }
    }

    /// Checks the owner of price accounts. Errors: `InvalidParameter` for a program that is none of [`Self::owners`].
    pub fn check_owner(self, owner: &Pubkey) -> Result<()> {
        ensure!(self.owners().contains(owner), InvalidParameter, "price_owner {} is no oracle of this kind", owner);
        Ok(())
    }
}

/// The configuration of an underlying.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug)]
pub struct UnderlyingConfig {
    /// This is the name, padded with zeros.
    pub symbol: [u8; 8],
    /// This is the feed id; the price account's address for [`PriceSource::PythLegacy`].
    pub feed_id: [u8; 32],
    /// This is the kind of price account.
    pub source: PriceSource,
    /// It is the program that must own price accounts.
    pub price_owner: Pubkey,
    /// These are the parameters of the underlying.
    pub params: UnderlyingParams,
}

impl UnderlyingParams {
    /// Returns the parameters of the volatility estimate.
    pub fn volatility(&self) -> VolatilityParams {
        VolatilityParams {
            fast_half_life: Seconds(self.vol_fast_half_life),
            slow_half_life: Seconds(self.vol_fast_half_life.saturating_mul(self.vol_slow_half_lives.into())),
            min_interval: Seconds(self.vol_min_interval),
            sample_cap_sigmas: self.vol_sample_cap,
            start: BasisPoints(self.vol_start_bps).to_ratio(),
            multiplier: BasisPoints(self.vol_multiplier_bps).to_ratio(),
            min: BasisPoints(self.vol_min_bps).to_ratio(),
            max: BasisPoints(self.vol_max_bps).to_ratio(),
            max_change_per_hour: BasisPoints(self.vol_max_change_bps),
            week: self.week(),
        }
    }

    /// Returns how fast variance and funding run by the day of the week.
    pub const fn week(&self) -> Week {
        Week { saturday: BasisPoints(self.vol_saturday_bps), sunday: BasisPoints(self.vol_sunday_bps) }
    }
}
