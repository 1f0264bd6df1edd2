//! Underlyings that have presets.

use clap::ValueEnum;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::state::UnderlyingConfig, presets, price::FeedId};

/// Underlyings that have presets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Symbol {
    /// Bitcoin
    Btc,
    /// Ether
    Eth,
}

impl Symbol {
    /// Its price feed.
    pub const fn feed(self) -> FeedId {
        match self {
            Self::Btc => presets::BTC_FEED,
            Self::Eth => presets::ETH_FEED,
        }
    }

    /// Its preset, with prices from accounts of this program.
    pub const fn config(self, owner: Pubkey) -> UnderlyingConfig {
        match self {
            Self::Btc => presets::btc(owner),
            Self::Eth => presets::eth(owner),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Btc => "BTC",
            Self::Eth => "ETH",
        }
    }
}
