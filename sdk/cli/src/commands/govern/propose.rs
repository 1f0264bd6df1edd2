//! Proposals, one kind of change a command.

use super::{About, list, protocol};
use crate::{
    act::Submission,
    context::Context,
    failure::{Usage, advised},
    output::date,
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_migrations::{PoolOverrides, UnderlyingOverrides, changed_accounts};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{Change, PriceSource, Underlying},
    instruction as build,
    presets::Asset,
    price::PythGeneration,
};
use solana_signer::Signer;

/// What to change.
#[derive(Subcommand)]
pub enum ProposeCommand {
    /// Parameters of a pool: --set fee_open_bps=8 --set max_pool_cash=1000000
    PoolParams(PoolParams),
    /// Parameters of an underlying: --set max_age=4
    UnderlyingParams(UnderlyingParams),
    /// Where the price of an underlying comes from
    PriceSource(Source),
    /// End the halt of a pool
    Resume(Resume),
    /// Who tightens at once
    Guardian(Key),
    /// Who fees are paid to
    FeeOwner(Key),
    /// Who may become admin, by accepting
    Admin(Key),
    /// Time between a proposal and its execution: 48h, 3d
    Timelock(Timelock),
}

/// Which pool, which parameters.
#[derive(Args)]
pub struct PoolParams {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// A parameter and its new value; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", required = true)]
    values: Vec<String>,
}

/// Which underlying, which parameters.
#[derive(Args)]
pub struct UnderlyingParams {
    /// Which
    #[arg(value_parser = crate::known::asset(), ignore_case = true)]
    underlying: Asset,
    /// A parameter and its new value; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", required = true)]
    values: Vec<String>,
}

/// Which underlying, which accounts.
#[derive(Args)]
pub struct Source {
    /// Which
    #[arg(value_parser = crate::known::asset(), ignore_case = true)]
    underlying: Asset,
    /// Generation of price accounts
    #[arg(value_parser = crate::known::generation())]
    generation: PythGeneration,
}

/// Which pool.
#[derive(Args)]
pub struct Resume {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
}

/// Who.
#[derive(Args)]
pub struct Key {
    /// Address
    key: Pubkey,
}

/// How long.
#[derive(Args)]
pub struct Timelock {
    /// 24 hours to 30 days
    #[arg(value_parser = crate::amount::seconds)]
    seconds: u32,
}

/// A change of a target, in words.
struct Proposed {
    target: Pubkey,
    change: Change,
    what: String,
}

impl ProposeCommand {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let proposed = self.change(context).await?;
        let key = context.keypair()?;
        let protocol = protocol(context).await?;
        let id = protocol.next_proposal;
        let accounts = changed_accounts(&context.client, proposed.target, &proposed.change).await?;
        let instruction = build::propose(key.pubkey(), key.pubkey(), id, proposed.change, &accounts);
        let ready_at = context.client.clock().await?.value.saturating_add(protocol.timelock.into());
        let what = format!("propose {} (proposal {id})", proposed.what);
        let shown = format!("{what}\nready at about {}", date(ready_at));
        let about = About { proposal: Some(id), what: proposed.what, ready_at: Some(ready_at), expires_at: None };
        Submission { what, shown, quote: about, instructions: &[instruction] }.perform(context, &key).await.map(drop)
    }

    async fn change(&self, context: &Context) -> Result<Proposed> {
        let of_protocol = |change, what| Ok(Proposed { target: address::protocol(), change, what });
        match self {
            Self::PoolParams(named) => named.change(context).await,
            Self::UnderlyingParams(named) => named.change(context).await,
            Self::PriceSource(named) => {
                let owner = named.generation.receiver();
                let change = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: owner };
                let what = format!("that {} is priced by accounts of {owner}", named.underlying.name());
                Ok(Proposed { target: address::underlying(&named.underlying.feed()), change, what })
            }
            Self::Resume(named) => {
                let pool = context.pool(&named.pool).await?;
                let what = format!("to end the halt of the pool {}", pool.name);
                Ok(Proposed { target: pool.keys().pool, change: Change::ResumePool, what })
            }
            Self::Guardian(Key { key }) => of_protocol(Change::Guardian(*key), format!("{key} as guardian")),
            Self::FeeOwner(Key { key }) => of_protocol(Change::FeeOwner(*key), format!("{key} as fee owner")),
            Self::Admin(Key { key }) => of_protocol(Change::Admin(*key), format!("{key} as admin")),
            Self::Timelock(Timelock { seconds }) => {
                of_protocol(Change::Timelock(*seconds), format!("a timelock of {seconds} s"))
            }
        }
    }
}

impl PoolParams {
    async fn change(&self, context: &Context) -> Result<Proposed> {
        let pool = context.pool(&self.pool).await?;
        let present = pool.view.pool.params;
        let params = PoolOverrides::parse(&lines(&self.values)?).map_err(|error| wrong(&error))?.over(&present);
        let differences = PoolOverrides::differences(&present, &params);
        if differences.is_empty() {
            return Err(Usage("the pool has these values already".into()).into());
        }
        let what = format!("parameters of {}: {}", pool.name, list(&differences));
        Ok(Proposed { target: pool.keys().pool, change: Change::PoolParams(params), what })
    }
}

impl UnderlyingParams {
    async fn change(&self, context: &Context) -> Result<Proposed> {
        let target = address::underlying(&self.underlying.feed());
        let found = context.find::<Underlying>(&target).await?;
        let present = found.ok_or_else(|| {
            advised(format!("there is no underlying {}", self.underlying.name()), "`evergreen price show` lists them")
        })?;
        let lines = lines(&self.values)?;
        let params = UnderlyingOverrides::parse(&lines).map_err(|error| wrong(&error))?.over(&present.params);
        let differences = UnderlyingOverrides::differences(&present.params, &params);
        if differences.is_empty() {
            return Err(Usage("the underlying has these values already".into()).into());
        }
        let what = format!("parameters of {}: {}", self.underlying.name(), list(&differences));
        Ok(Proposed { target, change: Change::UnderlyingParams(params), what })
    }
}

/// `NAME=VALUE`s as lines of a file.
fn lines(values: &[String]) -> Result<String> {
    if let Some(wrong) = values.iter().find(|value| !value.contains('=') || value.contains('\n')) {
        return Err(Usage(format!("--set {wrong}: say NAME=VALUE")).into());
    }
    Ok(values.join("\n"))
}

fn wrong(error: &impl std::fmt::Display) -> Usage {
    Usage(format!("--set: {}", error.to_string().trim_end()))
}
