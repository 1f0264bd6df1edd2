//! `cargo xtask demo`: the life of a market on a local network, with real transactions over real JSON-RPC.
//!
//! The acts are modules in the order of the story: [`setup`], [`trading`], [`path`], [`liquidation`], [`exercise`],
//! [`liquidity`], [`wind_down`], [`curated`], [`shares`], [`private`], and [`reconciliation`], which compares every ledger with every token
//! account. Prices are a path made from a seed ([`story::PATH`]), players have fixed keys, and the clock starts at midnight: the numbers are the
//! same in every run.

mod cast;
mod commitments;
mod curated;
mod exercise;
mod holdings;
mod ledger;
mod liquidation;
mod liquidity;
mod milestones;
mod narration;
mod path;
mod private;
mod profit;
mod reconciliation;
mod setup;
mod shares;
mod stock;
mod story;
mod trading;
mod view;
mod wind_down;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::Parser;
use milestones::Milestone;
use narration::{Detail, Narrator, Table};
use story::Story;

/// The life of a market on a local network, told step by step
#[derive(Parser)]
#[command(
    name = "evergreen-demo",
    bin_name = "cargo xtask demo",
    after_help = "The exit code is 0 only if everything that was to happen has happened and every vault holds, to the last unit, what the
ledgers say. Colours are left out when the output is no terminal, or with NO_COLOR=1."
)]
struct Arguments {
    /// Headlines and the tables at the end only
    #[arg(long, short)]
    quiet: bool,
    /// Another program than target/deploy/evergreen.so
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

fn main() -> ExitCode {
    match play(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Plays all acts; whether everything held.
fn play(arguments: Arguments) -> Result<bool> {
    let detail = if arguments.quiet { Detail::Quiet } else { Detail::Full };
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/evergreen.so");
    let mut story = Story::begin(Narrator::new(detail))?;
    setup::play(&mut story, &arguments.program.unwrap_or_else(built)).context("setting up")?;
    trading::play(&mut story).context("trading")?;
    let mut sound = reconciliation::brief(&story)?;
    liquidation::play(&mut story).context("the rise and the liquidation")?;
    sound &= reconciliation::midway(&story)?;
    trading::take_profit(&mut story).context("taking profit")?;
    sound &= reconciliation::brief(&story)?;
    exercise::play(&mut story).context("the fall and the exercise")?;
    sound &= reconciliation::brief(&story)?;
    liquidity::play(&mut story).context("withdrawing liquidity")?;
    sound &= reconciliation::brief(&story)?;
    wind_down::play(&mut story).context("leaving")?;
    sound &= reconciliation::brief(&story)?;
    curated::play(&mut story).context("a stranger's pool")?;
    sound &= reconciliation::brief(&story)?;
    shares::play(&mut story).context("shares as margin")?;
    sound &= reconciliation::brief(&story)?;
    private::play(&mut story).context("a private pool")?;
    sound &= reconciliation::full(&story).context("reconciling")?;
    sound &= conclude(&story);
    Ok(sound)
}

/// Says what has happened and what has not.
fn conclude(story: &Story) -> bool {
    story.tell.section("Did everything happen?");
    let mut table = Table::new(2, ["", ""]);
    let mut complete = true;
    for milestone in Milestone::ALL {
        let happened = story.milestones.contains(&milestone);
        complete &= happened;
        table.row([if happened { "✓" } else { "✗ missing" }.into(), milestone.words().into()]);
    }
    story.tell.show(&table);
    let (transactions, seconds) = (story.tell.transactions(), story.tell.elapsed().as_secs_f64());
    story.tell.gap();
    story.tell.announce(format!("{transactions} transactions over {:.1} days in {seconds:.1} s.", story.day()));
    complete
}
