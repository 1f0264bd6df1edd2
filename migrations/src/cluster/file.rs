//! The fields of a cluster file, as TOML has them.

use super::values::Span;
use crate::params::{PoolOverrides, UnderlyingOverrides};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::UnderlyingConfig,
    presets,
    price::{FeedId, PushFeeds},
};
use serde::Deserialize;
use std::path::PathBuf;

/// Which generation of Pyth's price accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prices {
    /// The upgraded one.
    #[default]
    Upgraded,
    /// The previous one.
    Previous,
}

impl Prices {
    /// Program that owns the accounts.
    pub const fn owner(self) -> Pubkey {
        match self {
            Self::Upgraded => presets::PYTH_RECEIVER,
            Self::Previous => presets::PYTH_RECEIVER_PREVIOUS,
        }
    }

    /// The sponsored account of a feed.
    pub fn account(self, feed: &FeedId) -> Pubkey {
        match self {
            Self::Upgraded => PushFeeds::UPGRADED.address(feed),
            Self::Previous => PushFeeds::PREVIOUS.address(feed),
        }
    }
}

/// Underlyings that there are presets of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Preset {
    /// Bitcoin.
    Btc,
    /// Ether.
    Eth,
}

impl Preset {
    /// Symbol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Btc => "BTC",
            Self::Eth => "ETH",
        }
    }

    /// What it is created with, priced by accounts of this owner.
    pub const fn config(self, owner: Pubkey) -> UnderlyingConfig {
        match self {
            Self::Btc => presets::btc(owner),
            Self::Eth => presets::eth(owner),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClusterFile {
    pub cluster: String,
    pub genesis_hash: Option<String>,
    pub program_sha256: Option<String>,
    #[serde(default)]
    pub prices: Prices,
    #[serde(default)]
    pub signers: Vec<PathBuf>,
    pub protocol: ProtocolFile,
    #[serde(default)]
    pub underlyings: Vec<UnderlyingFile>,
    #[serde(default)]
    pub pools: Vec<PoolFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtocolFile {
    pub admin: String,
    pub guardian: String,
    pub fee_owner: String,
    pub timelock: Span,
    pub upgrade_authority: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnderlyingFile {
    pub preset: Preset,
    #[serde(default)]
    pub params: UnderlyingOverrides,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolFile {
    pub name: Option<String>,
    pub mint: String,
    pub underlyings: Vec<Preset>,
    #[serde(default = "default_scale")]
    pub scale: u8,
    #[serde(default)]
    pub params: PoolOverrides,
    pub first_liquidity: Option<LiquidityFile>,
}

/// As everywhere: a point pays a thousandth of a native unit a dollar.
const fn default_scale() -> u8 {
    3
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiquidityFile {
    pub main: Option<String>,
    pub insurance: Option<String>,
}
