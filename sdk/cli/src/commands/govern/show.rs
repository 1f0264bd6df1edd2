//! Roles, timelock, pauses, proposals.

use super::{protocol, role, words};
use crate::{
    context::Context,
    output::{self, date, facts, table},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    client::{Client, Filter},
    evergreen::state::{Action, Change, Pool, Proposal, Protocol, Underlying},
};
use serde::Serialize;

/// Nothing to say.
#[derive(Args)]
pub struct Show {}

/// All actions, in the order of the protocol's pauses.
pub(super) const ACTIONS: [Action; 10] = [
    Action::AddRisk,
    Action::ReduceRisk,
    Action::DepositMargin,
    Action::WithdrawMargin,
    Action::DepositLiquidity,
    Action::WithdrawLiquidity,
    Action::Liquidate,
    Action::Exercise,
    Action::List,
    Action::SampleVolatility,
];

#[derive(Serialize)]
struct Report {
    admin: String,
    pending_admin: Option<String>,
    guardian: String,
    fee_owner: String,
    timelock_seconds: u32,
    config_version: u32,
    pauses: Vec<PauseReport>,
    proposals: Vec<ProposalReport>,
}

#[derive(Serialize)]
struct PauseReport {
    action: String,
    until: i64,
}

#[derive(Serialize)]
struct ProposalReport {
    number: u64,
    what: String,
    state: &'static str,
    target: String,
    ready_at: i64,
    expires_at: i64,
}

impl Show {
    /// Reads and prints.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let protocol = protocol(context).await?;
        let now = context.client.clock().await?.value;
        let mut proposals = Vec::new();
        for (_, proposal) in context.client.find::<Proposal>(Filter::ALL).await?.value {
            proposals.push(ProposalReport {
                number: proposal.id,
                what: words(context, &proposal).await?,
                state: state(&proposal, version(&context.client, &protocol, &proposal).await?, now),
                target: proposal.target.to_string(),
                ready_at: proposal.ready_at,
                expires_at: proposal.expires_at,
            });
        }
        proposals.sort_by_key(|proposal| proposal.number);
        let paused = ACTIONS.into_iter().zip(protocol.pauses).filter(|(_, pause)| pause.until > now);
        let report = Report {
            admin: protocol.admin.to_string(),
            pending_admin: Some(protocol.pending_admin).filter(|key| *key != Default::default()).map(|k| k.to_string()),
            guardian: protocol.guardian.to_string(),
            fee_owner: protocol.fee_owner.to_string(),
            timelock_seconds: protocol.timelock,
            config_version: protocol.config_version,
            pauses: paused.map(|(a, pause)| PauseReport { action: format!("{a:?}"), until: pause.until }).collect(),
            proposals,
        };
        if context.global.json {
            return output::print_json(&report);
        }
        let pauses: Vec<String> =
            report.pauses.iter().map(|pause| format!("{} until {}", pause.action, date(pause.until))).collect();
        let rows = [
            ("admin", report.admin.clone()),
            ("pending admin", role(&protocol.pending_admin)),
            ("guardian", report.guardian.clone()),
            ("fee owner", report.fee_owner.clone()),
            ("timelock", output::span(report.timelock_seconds.into())),
            ("paused", if pauses.is_empty() { "nothing".into() } else { pauses.join(", ") }),
        ];
        println!("{}", facts(&rows));
        if report.proposals.is_empty() {
            println!("no proposals");
            return Ok(());
        }
        let mut shown = table(["proposal", "state", "ready at", "expires at", "what"]);
        for one in &report.proposals {
            let (ready, expires) = (date(one.ready_at), date(one.expires_at));
            shown.add_row([one.number.to_string(), one.state.to_owned(), ready, expires, one.what.clone()]);
        }
        println!("{shown}");
        Ok(())
    }
}

/// Version of the target's configuration now; `None` when it is not there.
async fn version(client: &Client, protocol: &Protocol, proposal: &Proposal) -> Result<Option<u32>> {
    let target = [proposal.target];
    Ok(match proposal.change {
        Change::PoolParams(_) | Change::ResumePool => {
            let found = client.get_many::<Pool>(&target).await?.value.into_iter().next().flatten();
            found.map(|pool| pool.config_version)
        }
        Change::UnderlyingParams(_) | Change::PriceSource { .. } => {
            let found = client.get_many::<Underlying>(&target).await?.value.into_iter().next().flatten();
            found.map(|underlying| underlying.config_version)
        }
        _ => Some(protocol.config_version),
    })
}

fn state(proposal: &Proposal, version: Option<u32>, now: i64) -> &'static str {
    if version != Some(proposal.target_version) {
        "outdated"
    } else if now >= proposal.expires_at {
        "expired"
    } else if now >= proposal.ready_at {
        "ready"
    } else {
        "waiting"
    }
}
