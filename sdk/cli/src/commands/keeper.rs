//! `evergreen keeper`: does what anyone may do for the markets, and is paid for it.

use crate::{
    act::confirm,
    commands::price::Service,
    context::Context,
    failure::{Usage, advised},
    interrupts::Interrupts,
    output::{self, facts},
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use evergreen_keeper::{Config, Job, Keeper, Posting, Server, Summary};
use evergreen_sdk::client::Journal;
use serde::Serialize;
use solana_signer::Signer;
use std::{
    collections::BTreeMap,
    fs::{File, TryLockError},
    io::{IsTerminal, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tracing_subscriber::EnvFilter;

/// What to do.
#[derive(Subcommand)]
pub enum KeeperCommand {
    /// Work until Ctrl-C (or a polite kill)
    Run(Run),
    /// Do all that there is to do now, and end
    Once(Work),
    /// List the jobs
    Jobs,
}

/// Work and its supervision.
#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    work: Work,
    /// Address of /metrics and /health; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9187")]
    metrics: SocketAddr,
}

/// Which work.
#[derive(Args)]
pub struct Work {
    /// Serve this pool only (name, mint or address); may be given again
    #[arg(long, short)]
    pool: Vec<String>,
    /// Do this job only; may be given again
    #[arg(long = "job")]
    jobs: Vec<Job>,
    /// Do all but this job; may be given again
    #[arg(long = "without", conflicts_with = "jobs")]
    without: Vec<Job>,
    /// URL of the websocket; that of the configuration file otherwise, or the one beside the network's URL
    #[arg(long = "ws", value_name = "URL")]
    ws_url: Option<String>,
    /// Folder for the journal of transactions under way
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Longest time between two looks at the world, milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000)]
    interval: u64,
    /// Most transactions under way at a time
    #[arg(long, default_value_t = 8)]
    parallel: usize,
    /// Number of the keeper's own margin account in every pool, which rewards are paid to
    #[arg(long, default_value_t = 0)]
    account: u16,
    /// Leave orders that pay the keeper less to others, native units
    #[arg(long, value_name = "UNITS", default_value_t = 0)]
    min_tip: u64,
    #[command(flatten)]
    service: Service,
    /// Post prices to the push feeds of --shard when they are older than so many seconds; a bit below the smallest age that
    /// the underlyings allow otherwise
    #[arg(long, value_name = "SECONDS", requires = "hermes", value_parser = clap::value_parser!(i64).range(0..))]
    post_when_older: Option<i64>,
    /// How the log is written, to standard error; RUST_LOG says how much
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Log {
    /// Lines for people
    Text,
    /// One JSON document a line
    Json,
}

#[derive(Serialize)]
struct Started {
    keeper: String,
    url: String,
    websocket: String,
    metrics: String,
    health: String,
    state: String,
}

#[derive(Serialize)]
struct Ended {
    done: BTreeMap<&'static str, u64>,
    refused: u64,
    failed: u64,
    unanswered: u64,
}

/// Held while a keeper with a key runs.
struct Lock {
    _file: File,
}

impl KeeperCommand {
    /// Runs it.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::Run(run) => run.run(context).await,
            Self::Once(work) => {
                let (keeper, state, _lock) = work.keeper(context).await?;
                work.ask(context, &state)?;
                tell(context, &keeper.once().await?)
            }
            Self::Jobs => {
                let names: Vec<&str> = Job::ALL.iter().map(|job| job.name()).collect();
                if context.global.json {
                    return output::print_json(&names);
                }
                println!("the most urgent first: {}", names.join(", "));
                Ok(())
            }
        }
    }
}

impl Run {
    async fn run(&self, context: &Context) -> Result<()> {
        let (keeper, state, _lock) = self.work.keeper(context).await?;
        self.work.ask(context, &state)?;
        let server = Server::start(self.metrics, keeper.metrics().clone()).await;
        let server =
            server.with_context(|| format!("listening on {}; --metrics takes another address", self.metrics))?;
        // Before anybody knows that it runs, and could end it.
        let mut interrupts = Interrupts::listen()?;
        let started = Started {
            keeper: context.keypair()?.pubkey().to_string(),
            url: context.url.clone(),
            websocket: self.work.ws_url(context)?,
            metrics: format!("http://{}/metrics", server.address),
            health: format!("http://{}/health", server.address),
            state: state.display().to_string(),
        };
        if context.global.json {
            output::print_json(&started)?;
        } else {
            let rows = [
                ("keeper", started.keeper),
                ("network", started.url),
                ("websocket", started.websocket),
                ("metrics", started.metrics),
                ("health", started.health),
                ("journal", started.state),
            ];
            println!("{}", facts(&rows));
        }
        std::io::stdout().flush()?;
        tell(context, &keeper.run(interrupts.next()).await?)
    }
}

impl Work {
    /// The keeper, its folder, and the lock on it.
    async fn keeper(&self, context: &Context) -> Result<(Keeper, PathBuf, Lock)> {
        let key = context.keypair()?;
        let mut config = Config::new(self.ws_url(context)?, context.shared_source());
        for name in &self.pool {
            config.mints.push(context.mint(name).await?);
        }
        if !self.jobs.is_empty() {
            config.jobs = self.jobs.iter().copied().chain([Job::OpenAccount]).collect();
        }
        config.jobs.retain(|job| !self.without.contains(job));
        config.interval = Duration::from_millis(self.interval.max(1));
        config.parallel = self.parallel.max(1);
        config.sub_account = self.account;
        config.thresholds.min_tip = self.min_tip;
        config.send.priority = context.global.priority();
        config.dry_run = context.global.dry_run;
        config.posting = self.posting(context)?;
        log(self.log)?;
        let state = self.state.clone().unwrap_or_else(|| context.state.join(format!("keeper-{}", key.pubkey())));
        let journal = Journal::open(&state)?;
        let lock = Lock::take(&state)?;
        Ok((Keeper::new(context.client.clone(), key, Some(journal), config), state, lock))
    }

    /// How prices are posted, if a price service was named.
    fn posting(&self, context: &Context) -> Result<Option<Posting>> {
        if self.service.hermes.is_none() {
            return Ok(None);
        }
        let (service, programs) = self.service.open(context)?;
        let posting = Posting::new(Arc::new(service), programs, context.global.shard);
        Ok(Some(Posting { when_older: self.post_when_older, ..posting }))
    }

    fn ws_url(&self, context: &Context) -> Result<String> {
        match &self.ws_url {
            Some(url) => Ok(url.clone()),
            None => context.ws_url(),
        }
    }

    fn ask(&self, context: &Context, state: &Path) -> Result<()> {
        if context.global.yes || context.global.dry_run {
            return Ok(());
        }
        let key = context.keypair()?.pubkey();
        confirm(&format!(
            "keep markets on {} with {key}, which pays the fees; journal in {}",
            context.url,
            state.display()
        ))
    }
}

impl Lock {
    /// Two keepers with one journal would both take up what the other has under way.
    fn take(folder: &Path) -> Result<Self> {
        let path = folder.join("keeper.lock");
        let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(advised(
                format!("another keeper runs with the journal {}", folder.display()),
                "end it first, or give this one another --state folder and another key",
            )),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
        }
    }
}

/// Logs to standard error: standard output is for what the command itself says.
fn log(how: Log) -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("evergreen_keeper=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match how {
        Log::Json => builder.json().flatten_event(true).try_init(),
        Log::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    begun.map_err(|error| Usage(format!("the log cannot be begun: {error}")).into())
}

fn tell(context: &Context, summary: &Summary) -> Result<()> {
    let done = summary.done.iter().map(|(job, times)| (job.name(), *times)).collect();
    let Summary { refused, failed, unanswered, .. } = *summary;
    let ended = Ended { done, refused, failed, unanswered };
    if context.global.json {
        return output::print_json(&ended);
    }
    let done: Vec<String> = ended.done.iter().map(|(job, times)| format!("{job} {times}")).collect();
    let done = if done.is_empty() { "nothing".into() } else { done.join(", ") };
    let verb = if context.global.dry_run { "would be done" } else { "done" };
    println!("{verb}: {done}; refused {refused}, failed {failed}, network unanswering {unanswered} times");
    Ok(())
}
