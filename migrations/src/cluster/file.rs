//! The fields of a cluster file in TOML.

use super::values::Span;
use crate::params::{PoolOverrides, UnderlyingOverrides};
use evergreen_sdk::{presets::Asset, price::PythGeneration};
use serde::Deserialize;
use std::path::PathBuf;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClusterFile {
    pub cluster: String,
    pub genesis_hash: Option<String>,
    pub program_sha256: Option<String>,
    #[serde(default)]
    pub prices: PythGeneration,
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
    pub preset: Asset,
    #[serde(default)]
    pub params: UnderlyingOverrides,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolFile {
    pub name: Option<String>,
    pub mint: String,
    pub underlyings: Vec<Asset>,
    #[serde(default = "default_scale")]
    pub scale: u8,
    #[serde(default)]
    pub params: PoolOverrides,
    pub first_liquidity: Option<LiquidityFile>,
}

/// The default scale: a point pays a thousandth of a native unit per dollar.
const fn default_scale() -> u8 {
    3
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiquidityFile {
    pub main: Option<String>,
    pub insurance: Option<String>,
}
