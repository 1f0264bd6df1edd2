//! `evergreen migrate`: from deployed bytecode to a running protocol, by the steps of one cluster file.

use crate::{
    act::confirm,
    args::migrate::MigrateCommand,
    context::Context,
    output,
    plan::migrate::{self as plan, Wish},
    view,
};
use anyhow::{Context as _, Result};
use evergreen_migrations::{Observer, Record, Runner, Sent, Step, TaskReport};

/// Reads the file, compares the chain with it, and runs the steps.
pub async fn run(context: &Context, command: &MigrateCommand) -> Result<()> {
    let (MigrateCommand::Status(args) | MigrateCommand::Plan(args) | MigrateCommand::Run(args)) = command;
    let wish = plan::wish(context, command);
    let plan::Migration { cluster, keys, state, to, client } = plan::read(context, args, wish)?;
    let bar = output::progress("reading the chain");
    let runner = Runner::new(&client, &cluster, &keys, to).await;
    let runner = runner.with_context(|| format!("the network at {}", output::place(&context.url)))?;
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
    context.print(&report, || view::migrate::text(&report, wish))?;
    plan::ended(&report, wish)
}

/// Asks on the terminal, and says what has happened.
struct Watcher {
    json: bool,
    yes: bool,
}

impl Observer for Watcher {
    fn before(&mut self, step: &Step, task: &TaskReport) -> Result<()> {
        if !self.json {
            output::line(&format!("step {} ({}): {}", step.number, step.name, task.what))?;
        }
        if self.yes { Ok(()) } else { confirm("send it") }
    }

    fn landed(&mut self, _: &Step, sent: &Sent) {
        if !self.json {
            // The next one goes on, whether anybody reads this or not.
            let _ = output::line(&format!("  done: {}", sent.signature));
        }
    }
}
