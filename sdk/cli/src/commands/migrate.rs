//! `evergreen migrate`: from deployed bytecode to a running protocol, by the steps of one cluster file.

use crate::{
    context::Context,
    failure::{Declined, Usage, advised},
    output::{self, date, table},
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use evergreen_migrations::{Cluster, Keyring, Observer, Record, Report, Runner, STEPS, Sent, State, Step, TaskReport};
use evergreen_sdk::client::Journal;
use std::{
    io::{BufRead, IsTerminal, Write},
    path::PathBuf,
};

/// What to do.
#[derive(Subcommand)]
pub enum MigrateCommand {
    /// Where each step stands
    Status(Options),
    /// What would be sent now, with every instruction, simulated where that is possible
    Plan(Options),
    /// Do it, step by step; run again after a wait or an interruption
    Run(Options),
}

/// Which cluster, by which keys, how far.
#[derive(Args)]
pub struct Options {
    /// What the cluster is to become; migrations/README.md describes the fields
    #[arg(long, value_name = "FILE")]
    cluster: PathBuf,
    /// Where it is noted what was done; beside the cluster file otherwise
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// File of a further keypair that may sign; may be repeated
    #[arg(long = "signer", value_name = "FILE")]
    signers: Vec<PathBuf>,
    /// Number of the last step
    #[arg(long, value_name = "N")]
    to: Option<u16>,
}

impl MigrateCommand {
    /// Reads the file, looks, does.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Status(options) => options.run(context, Wish::Look).await,
            Self::Plan(options) => options.run(context, Wish::Rehearse).await,
            Self::Run(options) if context.global.dry_run => options.run(context, Wish::Rehearse).await,
            Self::Run(options) => options.run(context, Wish::Act).await,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Look,
    Rehearse,
    Act,
}

impl Options {
    async fn run(&self, context: &Context, wish: Wish) -> Result<()> {
        let named = |name: &str| {
            let pools = &context.market.pools;
            pools.iter().find(|pool| pool.name.eq_ignore_ascii_case(name)).map(|pool| pool.mint.clone())
        };
        let cluster = Cluster::read(&self.cluster, &named).map_err(|error| Usage(error.to_string()))?;
        let last = STEPS.len();
        let to = self.to.unwrap_or(u16::MAX);
        if to == 0 || (self.to.is_some() && usize::from(to) > last) {
            return Err(Usage(format!("--to {to}: the steps are 1 to {last}")).into());
        }
        let files: Vec<PathBuf> = cluster.signers.iter().chain(&self.signers).cloned().collect();
        let keys = Keyring::new(context.keypair()?, &files)?;
        let state = self.state.clone().unwrap_or_else(|| self.cluster.with_extension("state.json"));
        let mut client = context.client.clone();
        if wish == Wish::Act {
            // What a run that is killed has under way comes into the state file by the next one.
            client = client.with_journal(Journal::open(state.with_extension("journal"))?);
        }
        let bar = output::progress("reading the chain");
        let runner = Runner::new(&client, &cluster, &keys, to).await;
        let runner = runner.with_context(|| format!("the network at {}", context.url))?;
        let report = if wish == Wish::Act {
            let mut record = Record::open(&state, &cluster.name, runner.genesis_hash())?;
            bar.finish_and_clear();
            let mut watcher = Watcher { json: context.global.json, yes: context.global.yes };
            runner.run(&mut record, &mut watcher).await?
        } else {
            Record::read(&state, &cluster.name, runner.genesis_hash())?;
            let report = runner.survey(wish == Wish::Rehearse).await;
            bar.finish_and_clear();
            report?
        };
        if context.global.json {
            output::print_json(&report)?;
        } else {
            print!("{}", shown(&report, wish));
        }
        ended(&report, wish)
    }
}

/// A run that has to stop because of something that time alone does not mend is a failure.
fn ended(report: &Report, wish: Wish) -> Result<()> {
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

/// Asks on the terminal, and says what has happened.
struct Watcher {
    json: bool,
    yes: bool,
}

impl Observer for Watcher {
    fn before(&mut self, step: &Step, task: &TaskReport) -> Result<()> {
        if !self.json {
            println!("step {} ({}): {}", step.number, step.name, task.what);
        }
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Declined.into());
        }
        eprint!("send it? [y/N] ");
        std::io::stderr().flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Declined.into()) }
    }

    fn landed(&mut self, _: &Step, sent: &Sent) {
        if !self.json {
            println!("  done: {}", sent.signature);
        }
    }
}

const fn word(state: State) -> &'static str {
    match state {
        State::Done => "done",
        State::ToDo => "to do",
        State::Waiting => "waiting",
        State::NeedsSignature => "needs a signature",
        State::Later => "later",
        State::Blocked => "blocked",
    }
}

/// For people.
fn shown(report: &Report, wish: Wish) -> String {
    let mut text = format!("{} (genesis {}), {}\n", report.cluster, report.genesis_hash, date(report.time));
    let mut rows = table(["", "step", "state", "what"]);
    for step in &report.steps {
        for (place, item) in step.items.iter().enumerate() {
            let number = if place == 0 { step.number.to_string() } else { String::new() };
            let name = if place == 0 { step.name.to_owned() } else { String::new() };
            let mut what = item.what.clone();
            if let Some(task) = &item.task {
                what += &format!("\n→ {}", task.what);
            }
            if let Some(why) = &item.why {
                what += &format!("\n→ {why}");
            }
            if let Some(from) = item.from {
                what += &format!("\n→ from {} on", date(from));
            }
            rows.add_row([number, name, word(item.state).to_owned(), what]);
        }
    }
    text += &format!("{rows}\n");
    let tasks = report.steps.iter().flat_map(|step| step.items.iter().map(move |item| (step, item)));
    for (step, item) in tasks {
        let Some(task) = &item.task else { continue };
        // What somebody else has to sign is always shown.
        if wish != Wish::Rehearse && item.state != State::NeedsSignature {
            continue;
        }
        text += &format!("\nstep {} ({}): {}\n", step.number, step.name, task.what);
        for line in task.instructions.iter().flat_map(|instruction| instruction.lines()) {
            text += &format!("  {line}\n");
        }
        if let Some(simulation) = &task.simulation {
            text += &format!("  simulation: {simulation}\n");
        }
    }
    let end = match (report.finished, wish) {
        (true, _) => "everything is as the file says".to_owned(),
        (false, Wish::Rehearse) => "dry run, nothing was sent".to_owned(),
        (false, Wish::Look) => "`evergreen migrate plan` shows what would be sent".to_owned(),
        (false, Wish::Act) => match report.next().and_then(|step| step.items.iter().filter_map(|item| item.from).min())
        {
            Some(from) => format!("waiting; run again from {} on", date(from)),
            None => "not finished".to_owned(),
        },
    };
    text + &format!("\n{end}\n")
}
