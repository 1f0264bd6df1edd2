//! Proposals, one kind of change a command.

use super::protocol;
use crate::{
    args::govern::{Key, PoolParams, ProposeCommand, Setting, Timelock, UnderlyingParams},
    context::Context,
    failure::{Usage, advised},
    names,
};
use anyhow::Result;
use evergreen_migrations::{Difference, PoolOverrides, UnderlyingOverrides, changed_accounts};
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::{Change, Pool, PoolParams as Params, PriceSource, Underlying},
    instruction as build,
};

/// A change of a target.
pub struct ProposedChange {
    /// The target.
    pub target: Pubkey,
    /// The change.
    pub change: Change,
    /// The change in words.
    pub what: String,
}

/// A change that is proposed.
pub struct Proposing {
    /// Number of the proposal.
    pub id: u64,
    /// The change in words.
    pub what: String,
    /// Approximate Unix seconds from which on it can be executed.
    pub ready_at: i64,
    /// To be sent.
    pub instructions: [Instruction; 1],
}

/// The transaction that proposes a change.
///
/// # Errors
/// As [`change`]; when there is no protocol.
pub async fn propose(context: &Context, proposed: ProposedChange, me: Pubkey) -> Result<Proposing> {
    let protocol = protocol(context).await?;
    let accounts = changed_accounts(&context.client, proposed.target, &proposed.change).await?;
    let now = context.client.clock().await?.value;
    let ready_at = now.saturating_add(protocol.wait_for(&proposed.change));
    let id = if accounts.queue == address::protocol() {
        protocol.next_proposal
    } else {
        // A curated pool counts its own proposals.
        context.client.get::<Pool>(&accounts.queue).await?.value.next_proposal
    };
    let instruction = build::propose(me, me, id, proposed.change, &accounts);
    Ok(Proposing { id, what: proposed.what, ready_at, instructions: [instruction] })
}

/// The change that a command names.
///
/// # Errors
/// [`Usage`]; a target that is not there; failures of the network.
pub async fn change(context: &Context, command: &ProposeCommand) -> Result<ProposedChange> {
    let of_protocol = |change, what| Ok(ProposedChange { target: address::protocol(), change, what });
    match command {
        ProposeCommand::PoolParams(named) => pool_params(context, named).await,
        ProposeCommand::UnderlyingParams(named) => underlying_params(context, named).await,
        ProposeCommand::PriceSource(named) => {
            let owner = named.generation.receiver();
            let change = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: owner };
            let what = format!("that {} is priced by accounts of {owner}", named.underlying.name());
            Ok(ProposedChange { target: address::underlying(&named.underlying.feed()), change, what })
        }
        ProposeCommand::Resume(named) => {
            let pool = context.pool(&named.pool).await?;
            let what = format!("to end the halt of the pool {}", pool.name);
            Ok(ProposedChange { target: pool.keys().pool, change: Change::ResumePool, what })
        }
        ProposeCommand::Curator(named) => {
            let pool = context.pool(&named.pool).await?;
            let what = format!("{} as curator of the pool {}", named.key, pool.name);
            Ok(ProposedChange { target: pool.keys().pool, change: Change::Curator(named.key), what })
        }
        ProposeCommand::Guardian(Key { key }) => of_protocol(Change::Guardian(*key), format!("{key} as guardian")),
        ProposeCommand::FeeOwner(Key { key }) => of_protocol(Change::FeeOwner(*key), format!("{key} as fee owner")),
        ProposeCommand::Admin(Key { key }) => of_protocol(Change::Admin(*key), format!("{key} as admin")),
        ProposeCommand::Timelock(Timelock { seconds }) => {
            of_protocol(Change::Timelock(*seconds), format!("a timelock of {seconds} s"))
        }
    }
}

/// Parameters of a pool with some values in the place of the present ones.
///
/// # Errors
/// [`Usage`] for a parameter that there is not.
pub fn overridden(present: &Params, values: &[Setting]) -> Result<Params> {
    Ok(PoolOverrides::parse(&lines(values)).map_err(|error| wrong(&error))?.over(present))
}

async fn pool_params(context: &Context, args: &PoolParams) -> Result<ProposedChange> {
    let pool = context.pool(&args.pool).await?;
    let present = pool.view.pool.params;
    let params = overridden(&present, &args.values)?;
    let differences = PoolOverrides::differences(&present, &params);
    if differences.is_empty() {
        return Err(Usage("the pool has these values already".into()).into());
    }
    let what = format!("parameters of {}: {}", pool.name, differences_in_words(&differences));
    Ok(ProposedChange { target: pool.keys().pool, change: Change::PoolParams(params), what })
}

async fn underlying_params(context: &Context, args: &UnderlyingParams) -> Result<ProposedChange> {
    let target = address::underlying(&args.underlying.feed());
    let found = context.find::<Underlying>(&target).await?;
    let present = found.ok_or_else(|| {
        advised(format!("there is no underlying {}", args.underlying.name()), "`evergreen price show` lists them")
    })?;
    let lines = lines(&args.values);
    let params = UnderlyingOverrides::parse(&lines).map_err(|error| wrong(&error))?.over(&present.params);
    let differences = UnderlyingOverrides::differences(&present.params, &params);
    if differences.is_empty() {
        return Err(Usage("the underlying has these values already".into()).into());
    }
    let what = format!("parameters of {}: {}", args.underlying.name(), differences_in_words(&differences));
    Ok(ProposedChange { target, change: Change::UnderlyingParams(params), what })
}

/// `NAME=VALUE`s as lines of a cluster file.
fn lines(values: &[Setting]) -> String {
    values.iter().map(|Setting(line)| line.as_str()).collect::<Vec<_>>().join("\n")
}

/// What is wrong with `NAME=VALUE`s, of which the reader of the cluster file shows the place in several lines: the line, and the reason.
fn wrong(error: &impl std::fmt::Display) -> Usage {
    let text = error.to_string();
    let shown = |line: &str| {
        line.split_once(" | ")
            .filter(|(number, _)| number.trim().parse::<u32>().is_ok())
            .map(|(_, line)| line.to_owned())
    };
    let value = text.lines().find_map(shown).unwrap_or_default();
    let reason = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let reason = match reason {
        why if why.starts_with("string values must be quoted") => {
            "the value is a whole number, without a unit, or true or false".to_owned()
        }
        why if why.ends_with("expected u8") => "the value is from 0 to 255".to_owned(),
        why if why.ends_with("expected u16") => "the value is from 0 to 65535".to_owned(),
        why if why.ends_with("expected u32") => "the value is from 0 to 4294967295".to_owned(),
        why if why.ends_with("expected u64") => "the value is a whole number from 0 on".to_owned(),
        why => why.replace('`', ""),
    };
    let value = if value.is_empty() { value } else { format!("`{}`: ", names::visible(&value)) };
    Usage(format!("--set {value}{reason}"))
}

/// Changed parameters with their old and new values.
pub fn differences_in_words(differences: &[Difference]) -> String {
    if differences.is_empty() {
        return "no difference".into();
    }
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
