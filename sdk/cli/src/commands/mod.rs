//! One function per command: it plans, shows, asks and sends what its arguments say.

mod account;
mod app;
mod chain;
mod close;
mod doctor;
mod fill;
mod govern;
mod hedge;
mod history;
mod keeper;
mod localnet;
mod lp;
mod man;
mod margin;
mod migrate;
mod naming;
mod operator;
mod orders;
mod pool;
mod portfolio;
mod positions;
mod post;
mod price;
mod quote;
mod referral;
mod series;
mod serve;
mod trade;

use crate::{
    act,
    amount::Token,
    args::{Command, global::Global, lp::LpCommand},
    context::Context,
    failure::Unknown,
    interrupts,
    local_market::here,
};
use anyhow::{Context as _, Result};

/// A command has failed: why, and the collateral of the pool that it was about.
pub struct Failed {
    /// Why.
    pub error: anyhow::Error,
    /// The collateral.
    pub token: Option<Token>,
}

impl From<anyhow::Error> for Failed {
    fn from(error: anyhow::Error) -> Self {
        Self { error, token: None }
    }
}

/// Runs a command.
///
/// # Errors
/// Whatever keeps it from being done.
pub fn run(global: Global, command: Command) -> Result<(), Failed> {
    // The local network blocks its threads itself.
    let command = match command {
        Command::Localnet(args) => return Ok(localnet::run(&global, args)?),
        Command::Man { folder } => return Ok(man::run(global.json, &folder)?),
        other => other,
    };
    let global = here::found(global);
    // These go on until they are interrupted, and end by it.
    if !matches!(
        command,
        Command::Keeper(_)
            | Command::Serve(_)
            | Command::App(_)
            | Command::History(_)
            | Command::Lp(LpCommand::Hedge(_))
    ) {
        interrupts::watch(global.json)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        if let Command::Doctor(args) = command {
            return Ok(doctor::run(&args, global).await?);
        }
        let context = Context::new(global)?;
        // These bring the program, or begin where nothing is yet.
        let begins = matches!(command, Command::Init(_) | Command::Migrate(_) | Command::Completions { .. });
        let done = match command {
            Command::Pool(args) => pool::run(&context, &args).await,
            Command::Series(args) => series::run(&context, &args).await,
            Command::Chain(args) => chain::run(&context, &args).await,
            Command::Portfolio(args) => portfolio::run(&context, &args).await,
            Command::Positions(args) => positions::run(&context, &args).await,
            Command::Account(args) => account::run(&context, &args).await,
            Command::Deposit(args) => margin::deposit(&context, &args).await,
            Command::Withdraw(args) => margin::withdraw(&context, &args).await,
            Command::Quote(spec) => quote::run(&context, &spec).await,
            Command::Trade(spec) => trade::run(&context, &spec).await,
            Command::Fill(args) => fill::run(&context, &args).await,
            Command::Close(args) => close::run(&context, &args).await,
            Command::Lp(args) => lp::run(&context, &args).await,
            Command::Orders(args) => orders::run(&context, &args).await,
            Command::Referral(args) => referral::run(&context, &args).await,
            Command::History(args) => history::run(&context, &args).await,
            Command::Price(args) => price::run(&context, &args).await,
            Command::Keeper(args) => keeper::run(&context, &args).await,
            Command::Serve(args) => serve::run(&context, &args).await,
            Command::App(args) => app::run(&context, &args).await,
            Command::Init(args) => operator::init(&context, &args).await,
            Command::Underlying(args) => operator::underlying(&context, &args).await,
            Command::Migrate(args) => migrate::run(&context, &args).await,
            Command::Govern(args) => govern::run(&context, &args).await,
            // These ran before, without a context.
            Command::Localnet(_) | Command::Doctor(_) | Command::Completions { .. } | Command::Man { .. } => Ok(()),
        };
        let done = match done {
            Err(error) if !begins => Err(context.without_program(error).await),
            done => done,
        };
        let done = done.map_err(|error| context.of_node(error));
        // A failure before the outcome of an interrupted run was found does not mean that nothing was done.
        let done = done.map_err(|error| match error.is::<Unknown>() || !act::leaves_untold(&context) {
            true => error,
            false => error.context(Unknown::interrupted()),
        });
        done.map_err(|error| Failed { error, token: context.collateral().map(|collateral| collateral.token) })
    })
}
