//! `evergreen init`, `underlying create`, `pool create`: what operators do with authority keys.

use crate::{act::Submission, context::Context, failure::Usage, output::facts};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::Roles,
    instruction::{self as build, PoolKeys},
    presets::{self, Asset},
};
use serde::Serialize;
use solana_signer::Signer;

/// Create the protocol; the keypair is the program's upgrade authority
#[derive(Args)]
pub struct Init {
    /// Lists collateral and underlyings, proposes changes; the keypair's otherwise
    #[arg(long)]
    admin: Option<Pubkey>,
    /// Pauses, tightens, cancels proposals; the admin otherwise
    #[arg(long)]
    guardian: Option<Pubkey>,
    /// Owns the accounts that protocol fees are paid to; the admin otherwise
    #[arg(long)]
    fee_owner: Option<Pubkey>,
}

/// What to do.
#[derive(Subcommand)]
pub enum UnderlyingCommand {
    /// Create an underlying from its preset; its price has to be fresh
    Create(CreateUnderlying),
}

/// Which underlying.
#[derive(Args)]
pub struct CreateUnderlying {
    /// Which
    #[arg(value_parser = crate::known::asset(), ignore_case = true)]
    symbol: Asset,
}

/// Which pool.
#[derive(Args)]
pub struct CreatePool {
    /// Collateral mint
    #[arg(long)]
    mint: Pubkey,
    /// Underlyings, in the pool's order for ever
    #[arg(long, value_parser = crate::known::asset(), ignore_case = true, value_delimiter = ',', default_value = "btc,eth")]
    underlyings: Vec<Asset>,
    /// A point pays 10^-e native units a dollar
    #[arg(long, value_name = "E", default_value_t = 3)]
    scale: u8,
}

#[derive(Serialize)]
struct InitReport {
    protocol: String,
    admin: String,
    guardian: String,
    fee_owner: String,
}

#[derive(Serialize)]
struct CreateReport {
    address: String,
    of: String,
}

impl Init {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let admin = self.admin.unwrap_or_else(|| key.pubkey());
        let (guardian, fee_owner) = (self.guardian.unwrap_or(admin), self.fee_owner.unwrap_or(admin));
        let init = build::initialize_protocol(key.pubkey(), key.pubkey(), Roles { admin, guardian, fee_owner });
        let report = InitReport {
            protocol: address::protocol().to_string(),
            admin: admin.to_string(),
            guardian: guardian.to_string(),
            fee_owner: fee_owner.to_string(),
        };
        let rows = [
            ("protocol", report.protocol.clone()),
            ("admin", report.admin.clone()),
            ("guardian", report.guardian.clone()),
            ("fee owner", report.fee_owner.clone()),
        ];
        let (what, shown) = ("create the protocol".to_owned(), facts(&rows));
        Submission { what, shown, quote: report, instructions: &[init] }.perform(context, &key).await.map(drop)
    }
}

impl UnderlyingCommand {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let Self::Create(create) = self;
        let generation = context.global.prices.generation();
        let generation = generation.ok_or_else(|| Usage("there are no presets for legacy price accounts".into()))?;
        let key = context.keypair()?;
        let feed = create.symbol.feed();
        let price = context.source().account(&feed)?;
        let config = create.symbol.config(generation.receiver());
        let instruction = build::create_underlying(key.pubkey(), key.pubkey(), price, config);
        let report = CreateReport { address: address::underlying(&feed).to_string(), of: create.symbol.name().into() };
        let what = format!("create the underlying {} at {}", report.of, report.address);
        let shown = format!("{what}, priced by {price}");
        Submission { what, shown, quote: report, instructions: &[instruction] }.perform(context, &key).await.map(drop)
    }
}

impl CreatePool {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let keys: PoolKeys = context.client.pool_keys(self.mint).await?;
        let underlyings: Vec<Pubkey> = self.underlyings.iter().map(|s| address::underlying(&s.feed())).collect();
        let (me, params) = (key.pubkey(), presets::pool_params());
        let instruction = build::create_pool(me, me, &keys, self.scale, params, &underlyings);
        let report = CreateReport { address: keys.pool.to_string(), of: self.mint.to_string() };
        let names: Vec<&str> = self.underlyings.iter().map(|symbol| symbol.name()).collect();
        let what = format!("create the pool {} of {}", report.address, report.of);
        let shown =
            format!("{what}\n with options on {}; one point pays 10^-{} units a dollar", names.join(", "), self.scale);
        Submission { what, shown, quote: report, instructions: &[instruction] }.perform(context, &key).await.map(drop)
    }
}
