//! `evergreen`: trade options on BTC and ETH with tokenized stocks, provide liquidity, look, and run a local market.
//!
//! The client library makes all quotes and plans and knows the rules; no code here decides about money. A command reads its arguments
//! ([`args`]), looks at the network ([`context`]), works out what is to be done ([`plan`]), says so ([`view`]), asks and
//! sends ([`act`]). [`commands`] has one function per command, which calls them in this order.

mod act;
mod amount;
mod app;
mod args;
mod commands;
mod context;
mod failure;
mod interrupts;
mod local_market;
mod market;
mod names;
mod output;
mod plan;
mod secrets;
mod view;

use args::{Cli, Command};
use clap::{CommandFactory, FromArgMatches};
use std::process::ExitCode;

/// Whether clap shows the help, because a command is missing.
fn is_help(error: &clap::Error) -> bool {
    error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

fn main() -> ExitCode {
    secrets::hide_in_panics();
    let mut command = Cli::command();
    // The documents are searched for examples only where somebody reads them.
    if std::env::args_os().any(|argument| ["-h", "--help", "help"].iter().any(|help| argument == *help)) {
        command = args::examples::with_examples(command);
    }
    let parsed = command.try_get_matches_from_mut(std::env::args_os()).and_then(|matches| {
        let mut cli = Cli::from_arg_matches(&matches)?;
        cli.global.identity = args::identity::of(&command, &matches);
        if let Some(number) = cli.global.take_number {
            cli.global.identity += &format!(" number={number}");
        }
        Ok(cli)
    });
    let cli = match parsed {
        Ok(cli) => cli,
        // Help and version are no failures.
        Err(error) if !error.use_stderr() || is_help(&error) => error.exit(),
        Err(error) => {
            let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
            let (command, example) = args::examples::of_line(&command, words);
            let report = failure::Report::of_usage(&error, &command, example);
            // A command line that cannot be read does not tell whether `--json` was meant.
            let is_json = std::env::args_os().any(|argument| argument == "--json");
            output::aside(&if is_json { report.json() } else { report.text() });
            return ExitCode::from(report.exit_code);
        }
    };
    if let Command::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut Cli::command(), "evergreen", &mut std::io::stdout());
        return ExitCode::SUCCESS;
    }
    let json = cli.global.json;
    match commands::run(cli.global, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(commands::Failed { error, token }) => {
            let report = failure::Report::of(&error, token.as_ref());
            output::aside(&if json { report.json() } else { report.text() });
            ExitCode::from(report.exit_code)
        }
    }
}
