//! Changes that need governance: they are proposed, wait for the timelock, are announced and made. The open proposals on chain tell how far a
//! change is.

use super::{Scene, Standing, Task};
use anyhow::{Context, Result};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::Client,
    evergreen::state::{Change, Pool, Proposal, Protocol, Underlying},
    instruction::{self as build, ChangeAccounts},
    price::{FeedId, PythGeneration},
};

/// A wanted change.
pub(super) struct Wanted {
    /// Description with both values, for instance "the timelock 172800 s → 86400 s".
    pub what: String,
    /// Change to propose.
    pub change: Change,
    /// Present version of the configuration of its target.
    pub version: u32,
    /// Its target, and the accounts that its check reads.
    pub accounts: ChangeAccounts,
}

/// Returns the next transaction of a change, or its waiting time. Proposals that can no longer be executed are cancelled, and so are
/// those of another value, because anyone could execute them in place of this one.
pub(super) fn pursue(scene: &Scene, protocol: &Protocol, wanted: &Wanted) -> Standing {
    let of_kind = scene.chain.proposals.iter().filter(|proposal| {
        proposal.target == wanted.accounts.target
            && core::mem::discriminant(&proposal.change) == core::mem::discriminant(&wanted.change)
    });
    let mut stale: Vec<&Proposal> = Vec::new();
    let mut open: Option<&Proposal> = None;
    for proposal in of_kind {
        let alive = proposal.target_version == wanted.version && scene.chain.now < proposal.expires_at;
        if alive && proposal.change == wanted.change && open.is_none() {
            open = Some(proposal);
        } else {
            stale.push(proposal);
        }
    }
    let cancel = |proposal: &&Proposal| build::cancel_proposal(protocol.admin, proposal.id, proposal.payer);
    let mut instructions: Vec<Instruction> = stale.iter().map(cancel).collect();
    let numbers: Vec<String> = stale.iter().map(|proposal| proposal.id.to_string()).collect();
    let cancelled =
        if numbers.is_empty() { String::new() } else { format!("cancel proposal {}, ", numbers.join(", ")) };
    match open {
        Some(proposal) if !stale.is_empty() => {
            let what = format!("cancel proposal {} before proposal {} is executed", numbers.join(", "), proposal.id);
            Standing::ToDo(Task::new(what, instructions))
        }
        Some(proposal) if scene.chain.now < proposal.ready_at => Standing::Waiting(proposal.ready_at),
        Some(proposal) => {
            let now = scene.chain.now;
            let verb = match proposal.due_from(now) {
                None => "announce",
                Some(from) if now < from => return Standing::Waiting(from),
                Some(_) => "execute",
            };
            let execute = build::execute_proposal(proposal.id, proposal.payer, &wanted.accounts);
            Standing::ToDo(Task::new(format!("{verb} proposal {}: {}", proposal.id, wanted.what), vec![execute]))
        }
        None => {
            let id = protocol.next_proposal;
            let propose =
                build::propose(scene.payer(&protocol.admin), protocol.admin, id, wanted.change, &wanted.accounts);
            instructions.push(propose);
            Standing::ToDo(Task::new(format!("{cancelled}propose {} (proposal {id})", wanted.what), instructions))
        }
    }
}

/// Names the open proposals that would change something that is as the file wants it; empty if there are none.
pub(super) fn would_change(scene: &Scene, target: Pubkey, is_kind: impl Fn(&Change) -> bool) -> String {
    let of_kind = scene.chain.proposals.iter().filter(|p| p.target == target && is_kind(&p.change));
    let numbers: Vec<String> = of_kind.map(|proposal| proposal.id.to_string()).collect();
    if numbers.is_empty() { String::new() } else { format!(" (proposal {} would change it)", numbers.join(", ")) }
}

/// Reads the accounts from the chain that the instructions of a change name.
///
/// # Errors
/// Returns an error when the network does not answer, or has no such pool or underlying.
pub async fn changed_accounts(client: &Client, target: Pubkey, change: &Change) -> Result<ChangeAccounts> {
    Ok(match change {
        Change::PoolParams(_) | Change::ResumePool | Change::Curator(_) => {
            let pool = client.get::<Pool>(&target).await.context("reading the pool that is to change")?.value;
            let listed = pool.underlyings.iter().take(usize::from(pool.underlying_count));
            let listed = listed.map(|underlying| underlying.key);
            let others = if matches!(change, Change::PoolParams(_)) { listed.collect() } else { Vec::new() };
            let of = if pool.is_curated() { ChangeAccounts::curated } else { ChangeAccounts::pool };
            of(target, others)
        }
        Change::UnderlyingParams(_) | Change::PriceSource { .. } => {
            let read = client.get::<Underlying>(&target).await;
            let underlying = read.context("reading the underlying that is to change")?.value;
            let owner = if let Change::PriceSource { price_owner, .. } = change {
                price_owner
            } else {
                &underlying.price_owner
            };
            ChangeAccounts::underlying(target, price_account(&underlying.feed_id, owner))
        }
        Change::Guardian(_) | Change::FeeOwner(_) | Change::Admin(_) | Change::Timelock(_) => {
            ChangeAccounts::protocol()
        }
    })
}

/// Returns the push feed account of an owner's generation of Pyth's programs; for any other owner, the address that equals the feed id.
pub(super) fn price_account(feed: &FeedId, owner: &Pubkey) -> Pubkey {
    match PythGeneration::of_receiver(owner) {
        Some(generation) => generation.push_feed(0, feed),
        None => Pubkey::new_from_array(*feed),
    }
}
