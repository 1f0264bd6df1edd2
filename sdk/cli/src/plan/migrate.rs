//! Which cluster is migrated, by which keys, how far.

use crate::{
    args::migrate::{MigrateCommand, Options},
    context::Context,
    failure::{Usage, advised},
};
use anyhow::Result;
use evergreen_migrations::{Cluster, Keyring, Report, STEPS, State};
use evergreen_sdk::client::{Client, Journal};
use std::path::PathBuf;

/// What is wanted of a cluster.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To see where each step stands.
    Look,
    /// To see what would be sent.
    Rehearse,
    /// To have it done.
    Act,
}

/// A cluster, keys, and the file that notes what was done.
pub struct Migration {
    /// What the cluster is to become.
    pub cluster: Cluster,
    /// Keys that may sign.
    pub keys: Keyring,
    /// The file.
    pub state: PathBuf,
    /// Number of the last step; the greatest number for all.
    pub to: u16,
    /// The network, with a journal where something is to be done.
    pub client: Client,
}

/// What is wanted, and of which cluster; a dry run does nothing.
pub const fn wish(context: &Context, command: &MigrateCommand) -> Wish {
    match command {
        MigrateCommand::Status(_) => Wish::Look,
        MigrateCommand::Plan(_) => Wish::Rehearse,
        MigrateCommand::Run(_) if context.global.dry_run => Wish::Rehearse,
        MigrateCommand::Run(_) => Wish::Act,
    }
}

/// Reads the files.
///
/// # Errors
/// [`Usage`]; keys and files that cannot be read.
pub fn read(context: &Context, args: &Options, wish: Wish) -> Result<Migration> {
    let named = |name: &str| {
        let pools = &context.market.pools;
        pools.iter().find(|pool| pool.name.eq_ignore_ascii_case(name)).map(|pool| pool.mint.clone())
    };
    let cluster = Cluster::read(&args.cluster, &named).map_err(|error| Usage(error.to_string()))?;
    let last = STEPS.len();
    let to = args.to.unwrap_or(u16::MAX);
    if to == 0 || (args.to.is_some() && usize::from(to) > last) {
        return Err(Usage(format!("--to {to}: the steps are 1 to {last}")).into());
    }
    let files: Vec<PathBuf> = cluster.signers.iter().chain(&args.signers).cloned().collect();
    let keys = Keyring::new(context.keypair()?, &files)?;
    let state = args.state.clone().unwrap_or_else(|| args.cluster.with_extension("state.json"));
    let mut client = context.client.clone();
    if wish == Wish::Act {
        // The next run notes in the state file what a killed run had under way.
        client = client.with_journal(Journal::open(state.with_extension("journal"))?);
    }
    Ok(Migration { cluster, keys, state, to, client })
}

/// A run that has to stop because of something that time alone does not mend is a failure.
///
/// # Errors
/// In that case, with advice.
pub fn ended(report: &Report, wish: Wish) -> Result<()> {
    let Some(step) = report.next().filter(|_| wish == Wish::Act) else { return Ok(()) };
    let stopped = step.items.iter().find(|item| matches!(item.state, State::Blocked | State::NeedsSignature));
    let Some(item) = stopped else { return Ok(()) };
    let message = format!("step {} ({}): {}: {}", step.number, step.name, item.what, item.why.as_deref().unwrap_or(""));
    let next = match item.state {
        State::NeedsSignature => "name the key's file with --signer, or have `evergreen migrate plan` signed elsewhere",
        _ => "make the cluster file say what is there, or what can be",
    };
    Err(advised(message, next))
}
