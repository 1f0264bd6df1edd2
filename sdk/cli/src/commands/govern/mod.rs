//! `evergreen govern`: what admin, guardian and anybody may do to the protocol and its pools.

mod at_once;
mod propose;
mod show;
mod upkeep;

use crate::{act::Submission, context::Context, failure::advised};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_migrations::{PoolOverrides, UnderlyingOverrides, changed_accounts};
use evergreen_sdk::{
    address,
    anchor_lang::solana_program::instruction::Instruction,
    evergreen::state::{Change, Pool, Proposal, Protocol, Underlying},
};
use serde::Serialize;
use solana_signer::Signer;

use crate::output::date;

/// What to do.
#[derive(Subcommand)]
pub enum GovernCommand {
    /// Roles, timelock, pauses, and the proposals on their way
    Show(show::Show),
    /// Propose a change (admin); anyone executes it after the timelock
    #[command(subcommand)]
    Propose(propose::ProposeCommand),
    /// Make a proposed change whose time has come (anyone)
    Execute(Numbered),
    /// Withdraw a proposal (guardian or admin)
    Cancel(Numbered),
    /// Take over as admin (the pending admin)
    AcceptAdmin,
    /// Stop an action for a while (guardian or admin)
    Pause(at_once::Pause),
    /// End the pause of an action (guardian; the admin ends its own)
    Unpause(at_once::Unpause),
    /// Lower caps of a pool at once (guardian or admin)
    Tighten(at_once::Tighten),
    /// Stop new risk, liquidity and series of a pool at once (guardian or admin)
    Halt(at_once::Halt),
    /// Pay a pool's protocol fees to the fee owner (anyone)
    CollectFees(upkeep::OfPool),
    /// Compare a pool's vaults and mint with its ledgers and the policy, and assign what was seized (anyone)
    SyncVault(upkeep::OfPool),
    /// Compare the deployed bytecode with a compiled program
    VerifyProgram(upkeep::VerifyProgram),
}

/// Which proposal.
#[derive(Args)]
pub struct Numbered {
    /// Its number
    number: u64,
}

/// What a proposal does, for machines.
#[derive(Serialize)]
struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<u64>,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl About {
    fn of(what: &str) -> Self {
        Self { proposal: None, what: what.to_owned(), ready_at: None, expires_at: None }
    }
}

impl GovernCommand {
    /// Shows, asks, sends.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Show(show) => show.run(context).await,
            Self::Propose(propose) => propose.run(context).await,
            Self::Execute(numbered) => numbered.execute(context).await,
            Self::Cancel(numbered) => numbered.cancel(context).await,
            Self::AcceptAdmin => accept_admin(context).await,
            Self::Pause(pause) => pause.run(context).await,
            Self::Unpause(unpause) => unpause.run(context).await,
            Self::Tighten(tighten) => tighten.run(context).await,
            Self::Halt(halt) => halt.run(context).await,
            Self::CollectFees(of) => of.collect_fees(context).await,
            Self::SyncVault(of) => of.sync_vault(context).await,
            Self::VerifyProgram(verify) => verify.run(context).await,
        }
    }
}

impl Numbered {
    async fn proposal(&self, context: &Context) -> Result<Box<Proposal>> {
        let found = context.find::<Proposal>(&address::proposal(self.number)).await?;
        found.ok_or_else(|| {
            advised(
                format!("there is no proposal {}: it was executed or cancelled, or never made", self.number),
                "`evergreen govern show` lists those there are",
            )
        })
    }

    async fn execute(&self, context: &Context) -> Result<()> {
        let proposal = self.proposal(context).await?;
        let accounts = changed_accounts(&context.client, proposal.target, &proposal.change).await?;
        let instruction = evergreen_sdk::instruction::execute_proposal(self.number, proposal.payer, &accounts);
        let change = words(context, &proposal).await?;
        self.perform(context, &proposal, format!("execute proposal {}: {change}", self.number), instruction).await
    }

    async fn cancel(&self, context: &Context) -> Result<()> {
        let proposal = self.proposal(context).await?;
        let me = context.keypair()?.pubkey();
        let instruction = evergreen_sdk::instruction::cancel_proposal(me, self.number, proposal.payer);
        let change = words(context, &proposal).await?;
        self.perform(context, &proposal, format!("cancel proposal {}: {change}", self.number), instruction).await
    }

    async fn perform(
        &self,
        context: &Context,
        proposal: &Proposal,
        what: String,
        instruction: Instruction,
    ) -> Result<()> {
        let (ready_at, expires_at) = (proposal.ready_at, proposal.expires_at);
        let shown = format!("{what}\nready at {}, expires at {}", date(ready_at), date(expires_at));
        let about = About {
            proposal: Some(self.number),
            what: what.clone(),
            ready_at: Some(ready_at),
            expires_at: Some(expires_at),
        };
        let key = context.keypair()?;
        Submission { what, shown, quote: about, instructions: &[instruction] }.perform(context, &key).await.map(drop)
    }
}

async fn accept_admin(context: &Context) -> Result<()> {
    let me = context.keypair()?.pubkey();
    let protocol = protocol(context).await?;
    if protocol.pending_admin != me {
        let message = format!("the pending admin is {}, the keypair is {me}", role(&protocol.pending_admin));
        return Err(advised(message, "sign with --keypair of the pending admin, or propose it first"));
    }
    perform(context, format!("become admin in place of {}", protocol.admin), accept(me)).await
}

fn accept(me: evergreen_sdk::anchor_lang::prelude::Pubkey) -> Instruction {
    evergreen_sdk::instruction::accept_admin(me)
}

/// A submission that one sentence describes.
async fn perform(context: &Context, what: String, instruction: Instruction) -> Result<()> {
    let key = context.keypair()?;
    let (shown, quote) = (what.clone(), About::of(&what));
    Submission { what, shown, quote, instructions: &[instruction] }.perform(context, &key).await.map(drop)
}

async fn protocol(context: &Context) -> Result<Box<Protocol>> {
    let found = context.find::<Protocol>(&address::protocol()).await?;
    found.ok_or_else(|| advised("there is no protocol on this network", "`evergreen migrate` creates it"))
}

/// A key, or that there is none.
fn role(key: &evergreen_sdk::anchor_lang::prelude::Pubkey) -> String {
    if *key == Default::default() { "nobody".into() } else { key.to_string() }
}

/// What a proposal changes, with the present and the new values where its target is there.
async fn words(context: &Context, proposal: &Proposal) -> Result<String> {
    let target = proposal.target;
    Ok(match &proposal.change {
        Change::PoolParams(params) => {
            let present = context.find::<Pool>(&target).await?;
            let differences = present.map_or_else(Vec::new, |pool| PoolOverrides::differences(&pool.params, params));
            format!("parameters of the pool {target}: {}", list(&differences))
        }
        Change::UnderlyingParams(params) => {
            let present = context.find::<Underlying>(&target).await?;
            let differences =
                present.map_or_else(Vec::new, |known| UnderlyingOverrides::differences(&known.params, params));
            format!("parameters of the underlying {target}: {}", list(&differences))
        }
        Change::PriceSource { source, price_owner } => {
            format!("the price of the underlying {target} comes from {source:?} accounts of {price_owner}")
        }
        Change::ResumePool => format!("the pool {target} is no longer halted"),
        Change::Guardian(key) => format!("the guardian is {key}"),
        Change::FeeOwner(key) => format!("the fee owner is {key}"),
        Change::Admin(key) => format!("the admin is {key}, once it accepts"),
        Change::Timelock(seconds) => format!("the timelock is {seconds} s"),
    })
}

fn list(differences: &[evergreen_migrations::Difference]) -> String {
    if differences.is_empty() {
        return "no difference".into();
    }
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
