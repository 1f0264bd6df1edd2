//! Reports of runs, for people and machines.

use crate::{Chain, Cluster, InstructionReport, Item, Standing, Step, Task};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, client::Confirmed};
use serde::Serialize;

/// State of a step or of a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The chain agrees with the file.
    Done,
    /// A transaction can be sent now.
    ToDo,
    /// A transaction can be sent from a time on.
    Waiting,
    /// A key that is not at hand has to sign.
    NeedsSignature,
    /// Another part or step comes first.
    Later,
    /// The chain cannot come to agree with the file.
    Blocked,
}

/// Report of a run, or of what a run would do.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the cluster.
    pub cluster: String,
    /// Genesis hash of its network.
    pub genesis_hash: String,
    /// Address of the program.
    pub program: String,
    /// The chain's clock, unix seconds.
    pub time: i64,
    /// Whether every step is done.
    pub finished: bool,
    /// Reports of the steps, in order.
    pub steps: Vec<StepReport>,
    /// Transactions that this run has sent and that have landed.
    pub sent: Vec<Sent>,
}

/// Report of a step.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// Number of the step.
    pub number: u16,
    /// Name of the step.
    pub name: &'static str,
    /// What holds once the step is done.
    pub about: &'static str,
    /// State of the step.
    pub state: State,
    /// Reports of its parts.
    pub items: Vec<ItemReport>,
}

/// Report of a part of a step.
#[derive(Clone, Debug, Serialize)]
pub struct ItemReport {
    /// Description of the part.
    pub what: String,
    /// State of the part.
    pub state: State,
    /// The reason why it is blocked, what comes first, or who has to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Time from which on a waiting transaction can be sent, in unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// The transaction to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskReport>,
}

/// A transaction that is to be sent.
#[derive(Clone, Debug, Serialize)]
pub struct TaskReport {
    /// Description of what it does.
    pub what: String,
    /// Instructions of the transaction.
    pub instructions: Vec<InstructionReport>,
    /// Addresses that have to sign and whose keys are not at hand.
    pub missing_signers: Vec<String>,
    /// Result of the simulation, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulation: Option<String>,
}

/// A transaction that has landed.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// Number of its step.
    pub step: u16,
    /// Description of what it did.
    pub what: String,
    /// Signature of the transaction.
    pub signature: String,
    /// Slot in which it landed.
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

    /// Returns the first step that is not done.
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
