//! The protocol, its proposals, and what is done to it.

use crate::{
    act::Submission,
    args::govern::{Pause, Unpause},
    output::{date, details, span, table},
    plan::govern::{ACTIONS, FeesPlan, Government, Proposed, Proposing, TightenPlan, differences_in_words},
};
use evergreen_sdk::{
    address,
    anchor_lang::solana_program::instruction::Instruction,
    evergreen::state::{Change, Proposal},
};
use serde::Serialize;

/// What is done, for machines.
#[derive(Serialize)]
pub struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<u64>,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl About {
    /// The report of what one sentence describes.
    pub fn of(what: &str) -> Self {
        Self { proposal: None, what: what.to_owned(), ready_at: None, expires_at: None }
    }
}

/// Roles, timelock, pauses, proposals.
#[derive(Serialize)]
pub struct GovernmentReport {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    what: String,
    state: &'static str,
    target: String,
    ready_at: i64,
    expires_at: i64,
}

/// Hashes of a compiled program and of the one on the chain.
#[derive(Serialize)]
pub struct Comparison {
    /// Hash of the file.
    pub file: String,
    /// Hash of the program on the chain.
    pub on_chain: String,
    /// Whether they are the same.
    pub same: bool,
}

impl GovernmentReport {
    /// The report of the protocol and its proposals.
    pub fn of(government: &Government) -> Self {
        let Government { protocol, proposals, now } = government;
        let proposal = |proposed: &Proposed| ProposalReport {
            number: proposed.proposal.id,
            pool: Some(proposed.proposal.queue).filter(|key| *key != address::protocol()).map(|key| key.to_string()),
            what: change_in_words(proposed),
            state: state(&proposed.proposal, proposed.version, *now),
            target: proposed.proposal.target.to_string(),
            ready_at: proposed.proposal.ready_at,
            expires_at: proposed.proposal.expires_at,
        };
        let paused = ACTIONS.into_iter().zip(protocol.pauses).filter(|(_, pause)| pause.until > *now);
        Self {
            admin: protocol.admin.to_string(),
            pending_admin: Some(protocol.pending_admin).filter(|key| *key != Default::default()).map(|k| k.to_string()),
            guardian: protocol.guardian.to_string(),
            fee_owner: protocol.fee_owner.to_string(),
            timelock_seconds: protocol.timelock,
            config_version: protocol.config_version,
            pauses: paused.map(|(a, pause)| PauseReport { action: format!("{a:?}"), until: pause.until }).collect(),
            proposals: proposals.iter().map(proposal).collect(),
        }
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let pauses: Vec<String> =
            self.pauses.iter().map(|pause| format!("{} until {}", pause.action, date(pause.until))).collect();
        let rows = [
            ("admin", self.admin.clone()),
            ("pending admin", self.pending_admin.clone().unwrap_or_else(|| "nobody".into())),
            ("guardian", self.guardian.clone()),
            ("fee owner", self.fee_owner.clone()),
            ("timelock", span(self.timelock_seconds.into())),
            ("paused", if pauses.is_empty() { "nothing".into() } else { pauses.join(", ") }),
        ];
        if self.proposals.is_empty() {
            return format!("{}\nno proposals", details(&rows));
        }
        let mut shown = table(["proposal", "state", "ready at", "expires at", "what"]);
        for one in &self.proposals {
            let (ready, expires) = (date(one.ready_at), date(one.expires_at));
            let number = one.pool.as_ref().map_or_else(String::new, |pool| format!(" of {pool}"));
            let number = format!("{}{number}", one.number);
            shown.add_row([number, one.state.to_owned(), ready, expires, one.what.clone()]);
        }
        format!("{}\n{shown}", details(&rows))
    }
}

fn state(proposal: &Proposal, version: Option<u32>, now: i64) -> &'static str {
    if version != Some(proposal.target_version) {
        "outdated"
    } else if now >= proposal.expires_at {
        "expired"
    } else if proposal.due_from(now).is_some() {
        "announced"
    } else if now >= proposal.ready_at {
        "ready"
    } else {
        "waiting"
    }
}

/// What a proposal changes, with the present and the new values where its target is there.
pub fn change_in_words(proposed: &Proposed) -> String {
    let target = proposed.proposal.target;
    let differences = || differences_in_words(&proposed.differences);
    match &proposed.proposal.change {
        Change::PoolParams(_) => format!("parameters of the pool {target}: {}", differences()),
        Change::UnderlyingParams(_) => format!("parameters of the underlying {target}: {}", differences()),
        Change::PriceSource { source, price_owner } => {
            format!("the price of the underlying {target} comes from {source:?} accounts of {price_owner}")
        }
        Change::ResumePool => format!("the pool {target} is no longer halted"),
        Change::Guardian(key) => format!("the guardian is {key}"),
        Change::FeeOwner(key) => format!("the fee owner is {key}"),
        Change::Admin(key) => format!("the admin is {key}, once it accepts"),
        Change::Curator(key) => format!("the curator of the pool {target} is {key}, once it accepts"),
        Change::Timelock(seconds) => format!("the timelock is {seconds} s"),
    }
}

/// A change of a pool that is proposed.
#[derive(Serialize)]
pub struct Pending {
    proposal: u64,
    what: String,
    /// Unix seconds from which it can be made.
    from: i64,
}

impl Pending {
    /// The reports of proposals at `now`, unix seconds. Whoever announces one that is ready makes it two minutes later.
    pub fn of(proposals: &[Proposed], now: i64) -> Vec<Self> {
        let report = |proposed: &Proposed| Self {
            proposal: proposed.proposal.id,
            what: change_in_words(proposed),
            from: proposed
                .proposal
                .due_from(now)
                .unwrap_or_else(|| now.max(proposed.proposal.ready_at).saturating_add(Proposal::NOTICE)),
        };
        proposals.iter().map(report).collect()
    }

    /// The text for people, a line for each.
    pub fn text(pending: &[Self]) -> String {
        let line =
            |one: &Self| format!("\nproposal {} can change it from {} on: {}", one.proposal, date(one.from), one.what);
        pending.iter().map(line).collect()
    }
}

/// Something that one sentence describes.
pub fn sentence(what: String, instructions: &[Instruction]) -> Submission<'_, About> {
    let quote = About::of(&what);
    Submission { shown: what.clone(), what, quote, instructions }
}

/// A new proposal.
pub fn propose(plan: &Proposing) -> Submission<'_, About> {
    let what = format!("propose {} (proposal {})", plan.what, plan.id);
    let shown = format!("{what}\nready at about {}", date(plan.ready_at));
    let quote =
        About { proposal: Some(plan.id), what: plan.what.clone(), ready_at: Some(plan.ready_at), expires_at: None };
    Submission { what, shown, quote, instructions: &plan.instructions }
}

/// What is done to a proposal: `verb` is announce, execute or cancel.
pub fn decide<'a>(verb: &str, proposed: &Proposed, instructions: &'a [Instruction]) -> Submission<'a, About> {
    let Proposal { id, ready_at, expires_at, .. } = *proposed.proposal;
    let what = format!("{verb} proposal {id}: {}", change_in_words(proposed));
    let shown = format!("{what}\nready at {}, expires at {}", date(ready_at), date(expires_at));
    let (ready_at, expires_at) = (Some(ready_at), Some(expires_at));
    let quote = About { proposal: Some(id), what: what.clone(), ready_at, expires_at };
    Submission { what, shown, quote, instructions }
}

/// A pause in words.
pub fn pause(args: &Pause) -> String {
    format!("pause {:?} for {}", args.action, span(args.by.into()))
}

/// Its end in words.
pub fn unpause(args: &Unpause) -> String {
    format!("end the pause of {:?}", args.action)
}

/// Caps that are lowered.
pub fn tighten(plan: &TightenPlan) -> Submission<'_, About> {
    let (before, after) = (&plan.before, &plan.after);
    let changes = [
        ("max_series_points", before.max_series_points, after.max_series_points),
        ("max_account_points", before.max_account_points, after.max_account_points),
        ("max_pool_cash", before.max_pool_cash, after.max_pool_cash),
    ];
    let changes = changes.iter().filter(|(_, before, after)| before != after);
    let changes: Vec<String> = changes.map(|(name, before, after)| format!("{name} {before} → {after}")).collect();
    sentence(format!("tighten the pool {}: {}", plan.pool.name, changes.join(", ")), &plan.instructions)
}

/// Fees that are paid.
pub fn collect_fees(plan: &FeesPlan) -> Submission<'_, About> {
    sentence(format!("pay fees of {} to {}", plan.pool.unsigned(plan.due), plan.owner), &plan.instructions)
}

impl Comparison {
    /// The text for people.
    pub fn text(&self) -> String {
        details(&[("file", self.file.clone()), ("on chain", self.on_chain.clone())])
    }
}
