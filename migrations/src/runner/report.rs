//! What a run tells, for people and machines.

use crate::{Chain, Cluster, InstructionReport, Item, Standing, Step, Task};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, client::Confirmed};
use serde::Serialize;

/// Where a step or a part of it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it is to be.
    Done,
    /// Can be done now.
    ToDo,
    /// Can be done from a time on.
    Waiting,
    /// Can be done by somebody whose key is not at hand.
    NeedsSignature,
    /// Comes after something else.
    Later,
    /// Cannot be.
    Blocked,
}

/// A run, or what one would do.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the cluster.
    pub cluster: String,
    /// Identity of its network.
    pub genesis_hash: String,
    /// The program.
    pub program: String,
    /// The chain's clock, unix seconds.
    pub time: i64,
    /// Whether every step is done.
    pub finished: bool,
    /// The steps.
    pub steps: Vec<StepReport>,
    /// What was sent.
    pub sent: Vec<Sent>,
}

/// A step.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: &'static str,
    /// What it brings about.
    pub about: &'static str,
    /// Where it stands.
    pub state: State,
    /// Its parts.
    pub items: Vec<ItemReport>,
}

/// A part of a step.
#[derive(Clone, Debug, Serialize)]
pub struct ItemReport {
    /// What it is.
    pub what: String,
    /// Where it stands.
    pub state: State,
    /// Why it is blocked, or what comes first, or who has to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// From when on, unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// The transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskReport>,
}

/// A transaction that is to be sent.
#[derive(Clone, Debug, Serialize)]
pub struct TaskReport {
    /// What it does.
    pub what: String,
    /// Its instructions.
    pub instructions: Vec<InstructionReport>,
    /// Who has to sign whose key is not at hand.
    pub missing_signers: Vec<String>,
    /// What simulation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulation: Option<String>,
}

/// A transaction that has landed.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// Number of its step.
    pub step: u16,
    /// What it did.
    pub what: String,
    /// Its signature.
    pub signature: String,
    /// Its slot.
    pub slot: u64,
}

impl Report {
    pub(super) fn new(
        cluster: &Cluster,
        genesis_hash: &str,
        chain: &Chain,
        steps: Vec<StepReport>,
        sent: Vec<Sent>,
    ) -> Self {
        Self {
            cluster: cluster.name.clone(),
            genesis_hash: genesis_hash.to_owned(),
            program: address::PROGRAM.to_string(),
            time: chain.now,
            finished: steps.iter().all(|step| step.state == State::Done),
            steps,
            sent,
        }
    }

    /// The first step that is not done.
    pub fn next(&self) -> Option<&StepReport> {
        self.steps.iter().find(|step| step.state != State::Done)
    }
}

impl StepReport {
    pub(super) fn of(step: &Step, items: Vec<ItemReport>) -> Self {
        let has = |state| items.iter().any(|item: &ItemReport| item.state == state);
        let order = [State::Blocked, State::ToDo, State::NeedsSignature, State::Waiting, State::Later];
        let state = order.into_iter().find(|state| has(*state)).unwrap_or(State::Done);
        Self { number: step.number, name: step.name, about: step.about, state, items }
    }
}

impl ItemReport {
    pub(super) fn of(item: &Item, holds: &dyn Fn(&Pubkey) -> bool) -> Self {
        let mut report = Self { what: item.what.clone(), state: State::Done, why: None, from: None, task: None };
        match &item.standing {
            Standing::Done => {}
            Standing::ToDo(task) => {
                let task = TaskReport::of(task, holds);
                report.state = if task.missing_signers.is_empty() { State::ToDo } else { State::NeedsSignature };
                if !task.missing_signers.is_empty() {
                    let missing = task.missing_signers.join(", ");
                    report.why = Some(format!("{missing} has to sign, and the key is not at hand"));
                }
                report.task = Some(task);
            }
            Standing::Waiting(from) => (report.state, report.from) = (State::Waiting, Some(*from)),
            Standing::Blocked(why) => (report.state, report.why) = (State::Blocked, Some(why.clone())),
            Standing::Later(why) => (report.state, report.why) = (State::Later, Some(why.clone())),
        }
        report
    }
}

impl TaskReport {
    pub(super) fn of(task: &Task, holds: &dyn Fn(&Pubkey) -> bool) -> Self {
        let missing = task.signers().into_iter().filter(|key| !holds(key));
        Self {
            what: task.what.clone(),
            instructions: task.instructions.iter().map(InstructionReport::of).collect(),
            missing_signers: missing.map(|key| key.to_string()).collect(),
            simulation: None,
        }
    }
}

impl Sent {
    pub(super) fn of(step: &Step, task: &Task, landed: &Confirmed) -> Self {
        let signature = landed.signature.to_string();
        Self { step: step.number, what: task.what.clone(), signature, slot: landed.slot }
    }
}
