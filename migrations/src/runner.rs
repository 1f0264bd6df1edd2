//! Runs the steps, one transaction at a time; the chain is read anew before each.

mod report;

pub use report::{ItemReport, Report, Sent, State, StepReport, TaskReport};

use crate::{Chain, Cluster, Keyring, Record, STEPS, Scene, Standing, Step, Task, record::Entry};
use anyhow::{Context, Result, bail};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Client, ClockWatch, Confirmed, RecoveryMode, RecoveryOutcome, SendError, SendOptions},
    evergreen::state::Proposal,
};
use std::time::Duration;

/// Largest number of attempts at a transaction that is refused for a passing reason, such as a stale price.
const PASSING: u32 = 20;
/// Largest number of looks at the chain until it shows what another run or key has done.
const SETTLING: u32 = 5;
/// Time between two such looks.
const SETTLE: Duration = Duration::from_millis(400);
/// Number of the step that upgrades layouts.
const LAYOUT: u16 = 2;
/// Largest number of transactions in one run.
const MOST: usize = 10_000;

/// An observer of a run. It is asked before each transaction and told after it.
pub trait Observer {
    /// Allows a transaction to be sent.
    ///
    /// # Errors
    /// Returns an error to end the run before this transaction.
    fn before(&mut self, step: &Step, task: &TaskReport) -> Result<()>;

    /// Is told of a transaction that has landed.
    fn landed(&mut self, step: &Step, sent: &Sent);
}

/// Runs the steps for one cluster file on one network.
pub struct Runner<'a> {
    client: &'a Client,
    cluster: &'a Cluster,
    keys: &'a Keyring,
    genesis_hash: String,
    last_step: u16,
}

impl<'a> Runner<'a> {
    /// Returns a runner of all steps up to `last_step`.
    ///
    /// # Errors
    /// Returns an error when the network has another genesis hash than the file, or does not answer.
    pub async fn new(client: &'a Client, cluster: &'a Cluster, keys: &'a Keyring, last_step: u16) -> Result<Self> {
        let hash = client.genesis().await?;
        let genesis_hash = hash.to_string();
        if let Some(wanted) = cluster.genesis_hash.as_ref().filter(|wanted| **wanted != genesis_hash) {
            bail!(
                "the file is for {} with the genesis hash {wanted}, the network has {genesis_hash}: it is another one",
                cluster.name
            );
        }
        Ok(Self { client, cluster, keys, genesis_hash, last_step })
    }

    /// Genesis hash of the network.
    pub fn genesis_hash(&self) -> &str {
        &self.genesis_hash
    }

    fn steps(&self) -> impl Iterator<Item = &'static Step> {
        let last = self.last_step;
        STEPS.iter().filter(move |step| step.number <= last)
    }

    /// Reads the chain. Bytecode and earlier layouts are read only for the first steps, because later steps neither need nor change them.
    async fn chain(&self, since: u64, step: &Step) -> Result<Chain> {
        let deep = step.number <= LAYOUT;
        Chain::read(self.client, self.cluster, &self.keys.operator(), since, deep).await
    }

    /// Reports the states of all steps and sends nothing; with `rehearse`, transactions that could be sent now are simulated.
    ///
    /// # Errors
    /// Returns an error when the network does not answer.
    pub async fn survey(&self, rehearse: bool) -> Result<Report> {
        let chain = self.chain(0, &STEPS[0]).await?;
        self.report(&chain, rehearse, Vec::new()).await
    }

    async fn report(&self, chain: &Chain, rehearse: bool, sent: Vec<Sent>) -> Result<Report> {
        let holds = |key: &Pubkey| self.keys.holds(key);
        let scene = Scene { cluster: self.cluster, chain, operator: self.keys.operator(), holds: &holds };
        let mut steps: Vec<StepReport> = Vec::new();
        for step in self.steps() {
            let before = steps.iter().find(|before| before.state != State::Done).map(|step| (step.number, step.name));
            let mut items = Vec::new();
            for item in step.assess(&scene) {
                let mut report = ItemReport::of(&item, &holds);
                if let (Standing::ToDo(task), Some(shown)) = (&item.standing, &mut report.task) {
                    match before {
                        Some((number, name)) => {
                            report.state = State::Later;
                            report.why = Some(format!("step {number} ({name}) comes first"));
                            shown.simulation = rehearse.then(|| format!("not simulated: step {number} comes first"));
                        }
                        None if rehearse => shown.simulation = Some(self.rehearse(task).await?),
                        None => {}
                    }
                }
                items.push(report);
            }
            steps.push(StepReport::of(step, items));
        }
        Ok(Report::new(self.cluster, &self.genesis_hash, chain, steps, sent))
    }

    /// Simulates a transaction and describes the result. Only failures of the network are errors.
    async fn rehearse(&self, task: &Task) -> Result<String> {
        match self.client.simulate(&self.keys.operator(), &task.instructions, &[]).await {
            Ok(record) => Ok(format!("works, {} compute units", record.compute_units.unwrap_or_default())),
            Err(SendError::Client(error)) => Err(error).context("simulating"),
            Err(error) => Ok(format!("fails: {error}")),
        }
    }

    /// Runs step by step until all steps are done or one is not, and adds all transactions to the record. A run can be interrupted at
    /// any moment; if the client has a journal, the next run adds the transactions that the interrupted run could not add.
    ///
    /// # Errors
    /// Returns the observer's error, and an error when the program refuses a transaction for a lasting reason, the network does not
    /// answer, or the record cannot be written.
    pub async fn run(&self, record: &mut Record, observer: &mut dyn Observer) -> Result<Report> {
        let mut sent: Vec<Sent> = Vec::new();
        let mut chain = self.chain(0, &STEPS[0]).await?;
        self.recover(record, chain.now).await?;
        for step in self.steps() {
            if !self.finish(step, &mut chain, &mut sent, record, observer).await? {
                break;
            }
        }
        // A transaction that an earlier run sent a moment ago is confirmed during these looks; the next run finds the others expired.
        for _ in 0..SETTLING {
            if !self.recover(record, chain.now).await? {
                break;
            }
            tokio::time::sleep(SETTLE).await;
        }
        self.report(&chain, false, sent).await
    }

    /// Adds the transactions of interrupted runs that have landed to the record. Returns whether some are still under way.
    async fn recover(&self, record: &mut Record, now: i64) -> Result<bool> {
        let found = self.client.recover(&SendOptions::default(), |_| RecoveryMode::Look).await;
        let found = found.context("finding out what an interrupted run has done")?;
        let noted = found.iter().try_for_each(|earlier| {
            let label = earlier.label.split_once(' ').and_then(|(step, what)| Some((step.parse().ok()?, what)));
            let (RecoveryOutcome::Confirmed { slot }, Some((step, what))) = (&earlier.outcome, label) else {
                return Ok(());
            };
            let signature = Some(earlier.signature.to_string());
            record.add(Entry { step, what: what.to_owned(), time: now, signature, slot: *slot })
        });
        let under_way = found.iter().any(|earlier| earlier.outcome == RecoveryOutcome::UnderWay);
        if noted.is_err() {
            // Transactions that could not be added to the record stay in the journal.
            core::mem::forget(found);
        }
        noted.map(|()| under_way)
    }

    /// Sends transactions of a step until none can be sent now. Returns whether the step is done.
    async fn finish(
        &self,
        step: &Step,
        chain: &mut Chain,
        sent: &mut Vec<Sent>,
        record: &mut Record,
        observer: &mut dyn Observer,
    ) -> Result<bool> {
        let holds = |key: &Pubkey| self.keys.holds(key);
        let mut clock = ClockWatch::default();
        loop {
            let scene = Scene { cluster: self.cluster, chain, operator: self.keys.operator(), holds: &holds };
            let items = step.assess(&scene);
            let next = items.iter().find_map(|item| match &item.standing {
                Standing::ToDo(task) if task.signers().iter().all(&holds) => Some(task),
                _ => None,
            });
            let Some(task) = next else {
                // An announced change is waited for: its turn is short.
                let soon = items.iter().find_map(|item| match item.standing {
                    Standing::Waiting(from) if from.saturating_sub(chain.now) <= Proposal::NOTICE => Some(from),
                    _ => None,
                });
                if let Some(from) = soon {
                    clock.check(chain.now, from)?;
                    tokio::time::sleep(SETTLE).await;
                    *chain = self.chain(0, step).await?;
                    continue;
                }
                let done = items.iter().all(|item| item.standing == Standing::Done);
                if done {
                    record.complete(step.number, step.name, chain.now, chain.slot)?;
                }
                return Ok(done);
            };
            if sent.len() == MOST {
                bail!("{MOST} transactions in one run: step {} does not come to an end", step.number);
            }
            observer.before(step, &TaskReport::of(task, &holds))?;
            match self.send(step, task).await {
                Ok(landed) => {
                    let done = Sent::of(step, task, &landed);
                    let noted = record.add(Entry {
                        step: step.number,
                        what: task.what.clone(),
                        time: chain.now,
                        signature: Some(done.signature.clone()),
                        slot: landed.slot,
                    });
                    if let Err(error) = noted {
                        core::mem::forget(landed);
                        return Err(error);
                    }
                    observer.landed(step, &done);
                    sent.push(done);
                    *chain = self.chain(landed.slot, step).await?;
                }
                Err(error) => match self.overtaken(step, task).await? {
                    Some(now) => *chain = now,
                    None => {
                        let doing = || format!("step {} ({}): {}", step.number, step.name, task.what);
                        return Err(error).with_context(doing);
                    }
                },
            }
        }
    }

    /// Sends a transaction, and sends it again while it is refused for a passing reason, such as a stale price.
    async fn send(&self, step: &Step, task: &Task) -> Result<Confirmed, SendError> {
        let client = self.client.labelled(&format!("{} {}", step.number, task.what));
        let mut attempts = 0;
        loop {
            attempts += 1;
            let options = SendOptions::default();
            let sent = client.send(self.keys.payer(), &task.instructions, &self.keys.others(), &[], &options).await;
            match sent {
                Err(error) if attempts < PASSING && error.refusal().is_some_and(|refusal| refusal.is_passing()) => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                other => return other,
            }
        }
    }

    /// Returns the chain if a failed task is no longer to be done, because a transaction of an interrupted run or of another key has
    /// landed meanwhile.
    async fn overtaken(&self, step: &Step, task: &Task) -> Result<Option<Chain>> {
        let holds = |key: &Pubkey| self.keys.holds(key);
        for _ in 0..SETTLING {
            let chain = self.chain(0, step).await?;
            let scene = Scene { cluster: self.cluster, chain: &chain, operator: self.keys.operator(), holds: &holds };
            let still = Standing::ToDo(task.clone());
            if step.assess(&scene).iter().all(|item| item.standing != still) {
                return Ok(Some(chain));
            }
            tokio::time::sleep(SETTLE).await;
        }
        Ok(None)
    }
}
