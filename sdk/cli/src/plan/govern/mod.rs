//! What admin, guardian and anybody may do to the protocol and its pools.

mod propose;

pub use propose::{Proposing, change, differences_in_words, overridden, propose};

use crate::{
    args::govern::{FeesOf, Numbered, OfPool, Tighten},
    context::{Context, PoolContext},
    failure::{Usage, advised},
    output,
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::Result;
use evergreen_migrations::{Difference, PoolOverrides, UnderlyingOverrides, changed_accounts};
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::{ClockWatch, Filter},
    evergreen::state::{Action, Change, Pool, PoolCaps, PoolParams, Proposal, Protocol, Underlying},
    instruction as build,
};
use solana_signer::Signer;
use std::time::Duration;

/// How often the network is asked whether a change may be made.
const INTERVAL: Duration = Duration::from_millis(400);

/// All actions, in the order of the protocol's pauses.
pub const ACTIONS: [Action; 9] = [
    Action::AddRisk,
    Action::ReduceRisk,
    Action::DepositMargin,
    Action::WithdrawMargin,
    Action::DepositLiquidity,
    Action::WithdrawLiquidity,
    Action::Liquidate,
    Action::Settle,
    Action::List,
];

/// A proposal and what it would change.
pub struct Proposed {
    /// The proposal.
    pub proposal: Box<Proposal>,
    /// Parameters that it changes, where its target is there.
    pub differences: Vec<Difference>,
    /// Version of the target's configuration now; `None` when it is not there.
    pub version: Option<u32>,
}

/// The protocol and all proposals, by number.
pub struct Government {
    /// The protocol.
    pub protocol: Box<Protocol>,
    /// The proposals.
    pub proposals: Vec<Proposed>,
    /// The chain's clock.
    pub now: i64,
}

/// Lower caps of a pool.
pub struct TightenPlan {
    /// The pool.
    pub pool: PoolContext,
    /// Caps before: of a series, of an account, of pool cash.
    pub before: PoolCaps,
    /// Caps afterwards.
    pub after: PoolCaps,
    /// To be sent.
    pub instructions: [Instruction; 1],
}

/// Fees of a pool that are paid to their owner.
pub struct FeesPlan {
    /// The pool.
    pub pool: PoolContext,
    /// The fee owner.
    pub owner: Pubkey,
    /// Amount, native units.
    pub due: u64,
    /// To be sent in one transaction.
    pub instructions: [Instruction; 2],
}

/// The protocol.
///
/// # Errors
/// When there is none; failures of the network.
pub async fn protocol(context: &Context) -> Result<Box<Protocol>> {
    let found = context.find::<Protocol>(&address::protocol()).await?;
    found.ok_or_else(|| advised("there is no protocol on this network", "`evergreen migrate` creates it"))
}

/// A proposal by number.
///
/// # Errors
/// When it is not there; failures of the network.
pub async fn proposal(context: &Context, args: &Numbered) -> Result<Proposed> {
    let queue = match &args.pool {
        Some(pool) => context.pool_address(pool).await?,
        None => address::protocol(),
    };
    let found = context.find::<Proposal>(&address::proposal_in(&queue, args.number)).await?;
    let proposal = found.ok_or_else(|| {
        advised(
            format!("there is no proposal {}: it was executed or cancelled, or never made", args.number),
            "`evergreen govern show` lists those there are",
        )
    })?;
    examine(context, proposal, None).await
}

/// Waits by the chain's clock for the turn of a proposal whose execution was announced, and returns the proposal; at once where none was.
///
/// # Errors
/// As [`proposal`]; when the clock stands still.
pub async fn at_its_turn(context: &Context, args: &Numbered) -> Result<Proposed> {
    let mut clock = ClockWatch::default();
    loop {
        let proposed = output::during("waiting for the time of the change", proposal(context, args)).await?;
        let now = context.client.clock().await?.value;
        match proposed.proposal.due_from(now) {
            Some(from) if now < from => clock.check(now, from)?,
            _ => return Ok(proposed),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Whether the execution of a proposal has yet to be announced.
///
/// # Errors
/// Failures of the network.
pub async fn is_unannounced(context: &Context, proposed: &Proposed) -> Result<bool> {
    Ok(proposed.proposal.due_from(context.client.clock().await?.value).is_none())
}

/// The instruction that announces a proposal, or executes it.
///
/// # Errors
/// Failures of the network.
pub async fn execute(context: &Context, proposed: &Proposed) -> Result<[Instruction; 1]> {
    let proposal = &proposed.proposal;
    let accounts = changed_accounts(&context.client, proposal.target, &proposal.change).await?;
    Ok([build::execute_proposal(proposal.id, proposal.payer, &accounts)])
}

/// The protocol and all proposals.
///
/// # Errors
/// When there is no protocol; failures of the network.
pub async fn show(context: &Context) -> Result<Government> {
    let protocol = protocol(context).await?;
    let now = context.client.clock().await?.value;
    let mut proposals = Vec::new();
    for (_, proposal) in context.client.find::<Proposal>(Filter::ALL).await?.value {
        proposals.push(examine(context, proposal, Some(protocol.config_version)).await?);
    }
    let is_ours = |proposal: &Proposal| proposal.queue == address::protocol();
    proposals.sort_by_key(|proposed| {
        (!is_ours(&proposed.proposal), proposed.proposal.queue.to_string(), proposed.proposal.id)
    });
    Ok(Government { protocol, proposals, now })
}

/// The proposals that can still change a pool, the first one that is ready first. Who provides liquidity to it, or trades in it, should know of them.
///
/// # Errors
/// Failures of the network.
pub async fn pending(context: &Context, pool: &PoolContext) -> Result<Vec<Proposed>> {
    let (state, now) = (&pool.view.pool, pool.view.now);
    let mut pending = Vec::new();
    for (_, proposal) in context.find_all::<Proposal>("reading proposals", Filter::of_pool(pool.keys().pool)).await? {
        let version = state.version_for(&proposal.change);
        if proposal.target_version == version && now < proposal.expires_at {
            let differences = pool_differences(&proposal.change, &state.params);
            pending.push(Proposed { proposal, differences, version: Some(version) });
        }
    }
    pending.sort_by_key(|proposed| (proposed.proposal.ready_at, proposed.proposal.id));
    Ok(pending)
}

/// Compares a proposal with its target; `protocol` is the version of the protocol's configuration.
async fn examine(context: &Context, proposal: Box<Proposal>, protocol: Option<u32>) -> Result<Proposed> {
    let target = &proposal.target;
    let (differences, version) = match &proposal.change {
        Change::PoolParams(_) | Change::ResumePool | Change::Curator(_) => match context.find::<Pool>(target).await? {
            Some(pool) => (pool_differences(&proposal.change, &pool.params), Some(pool.version_for(&proposal.change))),
            None => (Vec::new(), None),
        },
        Change::UnderlyingParams(_) | Change::PriceSource { .. } => match context.find::<Underlying>(target).await? {
            Some(known) => (underlying_differences(&proposal.change, &known), Some(known.config_version)),
            None => (Vec::new(), None),
        },
        _ => (Vec::new(), protocol),
    };
    Ok(Proposed { proposal, differences, version })
}

fn pool_differences(change: &Change, present: &PoolParams) -> Vec<Difference> {
    match change {
        Change::PoolParams(params) => PoolOverrides::differences(present, params),
        _ => Vec::new(),
    }
}

fn underlying_differences(change: &Change, present: &Underlying) -> Vec<Difference> {
    match change {
        Change::UnderlyingParams(params) => UnderlyingOverrides::differences(&present.params, params),
        _ => Vec::new(),
    }
}

/// Whether an action is paused now.
///
/// # Errors
/// When there is no protocol; failures of the network.
pub async fn is_paused(context: &Context, action: Action) -> Result<bool> {
    let (protocol, now) = (protocol(context).await?, context.client.clock().await?.value);
    Ok(protocol.pauses.get(action as usize).is_some_and(|pause| pause.until > now))
}

/// The instruction by which the pending admin becomes admin, and the admin that it replaces; `None` where it is the admin already.
///
/// # Errors
/// When the keypair is not the pending admin's; failures of the network.
pub async fn accept_admin(context: &Context, me: Pubkey) -> Result<Option<(Pubkey, [Instruction; 1])>> {
    let protocol = protocol(context).await?;
    if protocol.admin == me && protocol.pending_admin != me {
        return Ok(None);
    }
    if protocol.pending_admin != me {
        let pending = role(&protocol.pending_admin);
        let message = format!("the pending admin is {pending}, the keypair is {me}");
        return Err(advised(message, "sign with --keypair of the pending admin, or propose it first"));
    }
    Ok(Some((protocol.admin, [build::accept_admin(me)])))
}

/// The instruction by which the pending curator of a pool becomes its curator, and the pool; no instruction where it is the curator already.
///
/// # Errors
/// When the keypair is not the pending curator's; failures of the network.
pub async fn accept_curator(
    context: &Context,
    args: &OfPool,
    me: Pubkey,
) -> Result<(PoolContext, Option<[Instruction; 1]>)> {
    let pool = context.pool(&args.pool).await?;
    if pool.view.pool.curator == me && pool.view.pool.pending_curator != me {
        return Ok((pool, None));
    }
    if pool.view.pool.pending_curator != me {
        let pending = role(&pool.view.pool.pending_curator);
        let message = format!("the pending curator of {} is {pending}, the keypair is {me}", pool.name);
        return Err(advised(message, "sign with --keypair of the pending curator, or propose it first"));
    }
    let accept = build::accept_curator(me, pool.keys().pool);
    Ok((pool, Some([accept])))
}

/// A key, or a word for none.
fn role(key: &Pubkey) -> String {
    if *key == Pubkey::default() { "nobody".into() } else { key.to_string() }
}

/// The instruction that lowers caps of a pool; caps that are not named stay.
///
/// # Errors
/// [`Usage`] when none is named; failures of the network.
pub async fn tighten(context: &Context, args: &Tighten) -> Result<TightenPlan> {
    let pool = context.pool(&args.pool).await?;
    let max_pool_cash = args.max_pool_cash.map(|tokens| pool.native(tokens)).transpose()?;
    if (args.max_series_points, args.max_account_points, max_pool_cash) == (None, None, None) {
        let caps = "--max-series-points, --max-account-points or --max-pool-cash";
        return Err(Usage(format!("say what to lower: {caps}")).into());
    }
    let present = pool.view.pool.params;
    let before = PoolCaps {
        max_series_points: present.max_series_points,
        max_account_points: present.max_account_points,
        max_pool_cash: present.max_pool_cash,
    };
    let after = PoolCaps {
        max_series_points: args.max_series_points.unwrap_or(present.max_series_points),
        max_account_points: args.max_account_points.unwrap_or(present.max_account_points),
        max_pool_cash: max_pool_cash.unwrap_or(present.max_pool_cash),
    };
    let me = context.keypair()?.pubkey();
    let instructions = [build::tighten_pool(me, pool.keys().pool, after)];
    Ok(TightenPlan { pool, before, after, instructions })
}

/// The instructions that pay the fees due into the associated account of the fee owner, or with `of_curator` of the curator, which is made if it is missing.
///
/// # Errors
/// Failures of the network.
pub async fn collect_fees(context: &Context, args: &FeesOf, me: Pubkey) -> Result<FeesPlan> {
    let pool = context.pool(&args.pool).await?;
    let (protocol, state) = (protocol(context).await?, &pool.view.pool);
    let (owner, due) = if args.of_curator {
        // What is due to the curator before is paid first.
        let [before, present] = state.curators_due(&protocol);
        if before.1 > 0 { before } else { present }
    } else {
        (protocol.fee_owner, state.fees_due)
    };
    let keys = pool.keys();
    let make = create_associated_token_account_idempotent(&me, &owner, &keys.mint, &keys.token_program);
    let collect = if args.of_curator { build::collect_curator_fees } else { build::collect_fees };
    let instructions = [make, collect(keys, keys.wallet(&owner))];
    Ok(FeesPlan { pool, owner, due, instructions })
}
