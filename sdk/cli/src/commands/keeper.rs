//! `evergreen keeper`: does what anyone may do for the markets, and is paid for it.

use crate::{
    act::confirm,
    args::keeper::{KeeperArgs, KeeperCommand, Log, RunArgs},
    context::Context,
    failure::Usage,
    interrupts::Interrupts,
    output,
    plan::keeper as plan,
    secrets,
    view::keeper::{Ended, Started},
};
use anyhow::{Context as _, Result};
use evergreen_keeper::{Job, KeeperSummary, MetricsServer};
use solana_signer::Signer;
use std::{
    io::{IsTerminal, Write},
    path::Path,
};
use tracing_subscriber::EnvFilter;

/// Runs it.
pub async fn run(context: &Context, command: &KeeperCommand) -> Result<()> {
    match command {
        KeeperCommand::Run(args) => run_keeper(context, args).await,
        KeeperCommand::Once(args) => once(context, args).await,
        KeeperCommand::Jobs => {
            let names: Vec<&str> = Job::ALL.iter().map(|job| job.name()).collect();
            context.print(&names, || format!("the most urgent first: {}", names.join(", ")))
        }
    }
}

async fn once(context: &Context, args: &KeeperArgs) -> Result<()> {
    log(args.log)?;
    let (keeper, state, _lock) = plan::keeper(context, args).await?;
    ask(context, &state)?;
    tell(context, &keeper.once().await?)
}

async fn run_keeper(context: &Context, args: &RunArgs) -> Result<()> {
    log(args.keeper.log)?;
    let (keeper, state, _lock) = plan::keeper(context, &args.keeper).await?;
    ask(context, &state)?;
    let server = MetricsServer::start(args.metrics, keeper.metrics().clone()).await;
    let server = server.with_context(|| format!("listening on {}; --metrics takes another address", args.metrics))?;
    // It listens before it announces that it runs, so that no Ctrl-C is lost.
    let mut interrupts = Interrupts::listen()?;
    let places = |urls: &[String]| urls.iter().map(|url| output::place(url)).collect::<Vec<_>>().join(", ");
    let started = Started {
        keeper: context.keypair()?.pubkey().to_string(),
        url: places(&context.urls()),
        websocket: places(&plan::ws_urls(context, &args.keeper)?),
        metrics: format!("http://{}/metrics", server.address),
        health: format!("http://{}/health", server.address),
        state: state.display().to_string(),
    };
    context.print(&started, || started.text())?;
    std::io::stdout().flush()?;
    tell(context, &keeper.run(interrupts.next()).await?)
}

fn ask(context: &Context, state: &Path) -> Result<()> {
    if context.global.yes || context.global.dry_run {
        return Ok(());
    }
    let key = context.keypair()?.pubkey();
    confirm(&format!(
        "keep markets on {} with {key}, which pays the fees; journal in {}",
        output::place(&context.url),
        state.display()
    ))
}

/// Logs to standard error: standard output is for what the command itself says.
pub(super) fn log(how: Log) -> Result<()> {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("evergreen_keeper=info,evergreen_service=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(secrets::Log::new);
    let begun = match how {
        Log::Json => builder.json().flatten_event(true).try_init(),
        Log::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    begun.map_err(|error| Usage(format!("the log cannot be begun: {error}")).into())
}

fn tell(context: &Context, summary: &KeeperSummary) -> Result<()> {
    let ended = Ended::of(summary);
    context.print(&ended, || ended.text(context.global.dry_run))
}
