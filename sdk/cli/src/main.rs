//! `evergreen`: trade options on BTC and ETH with tokenized stocks, provide liquidity, look, and run a local market.
//!
//! The client library makes all quotes and plans and knows the rules; no code here decides about money. A command reads its arguments
//! ([`args`]), looks at the network ([`context`]), works out what is to be done ([`plan`]), says so ([`view`]), asks and
//! sends ([`act`]). [`commands`] has one function per command, which calls them in this order.

#[cfg(not(unix))]
compile_error!("evergreen runs on Linux and macOS; on Windows build and run it in WSL");

mod act;
mod amount;
mod app;
mod args;
mod carried;
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
use std::{io::IsTerminal, process::ExitCode};

/// Whether clap shows the help, because a command is missing.
fn is_help(error: &clap::Error) -> bool {
    error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// Whether standard output is a terminal that shows colours to somebody who wants them.
fn is_coloured() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A help in lines that fit the terminal, where there is one, and unless all of it is wanted its screen.
fn fitting(text: &str, is_whole: bool) -> String {
    let fit = if is_whole { args::wrapped::wrapped } else { args::wrapped::short };
    output::columns().map_or_else(|| text.to_owned(), |width| fit(text, width.into()))
}

/// The end of a command that does nothing but write. Who closes the pipe has read enough.
fn told(done: anyhow::Result<()>, json: bool) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    let cause = error.root_cause().downcast_ref::<std::io::Error>();
    if cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let report = failure::Report::of(&error, None);
    output::aside(&if json { report.json() } else { report.text() });
    ExitCode::from(report.exit_code)
}

fn main() -> ExitCode {
    secrets::hide_in_panics();
    let typed = args::typed::words(std::env::args_os());
    let mut command = args::typed::with_variables(Cli::command(), &typed);
    // The documents are searched for examples only where somebody reads them.
    if typed.iter().any(|argument| ["-h", "--help", "help"].iter().any(|help| argument == *help)) {
        command = args::examples::with_examples(command);
    }
    let words: Vec<String> = typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    carried::keep(&command, &words);
    if let Some(said) = carried::void(&command, &words) {
        let is_json = words.iter().any(|argument| argument == "--json");
        return told(Err(failure::Usage(said).into()), is_json);
    }
    let parsed = command.try_get_matches_from_mut(&typed).and_then(|matches| {
        let mut cli = Cli::from_arg_matches(&matches)?;
        cli.global.identity = args::identity::of(&command, &matches);
        if let Some(number) = cli.global.take_number {
            cli.global.identity += &format!(" number={number}");
        }
        Ok(cli)
    });
    let cli = match parsed {
        Ok(cli) => cli,
        // Help and version are no failures, unless nobody can read them.
        Err(error) if !error.use_stderr() => {
            let text = if is_coloured() { error.render().ansi().to_string() } else { error.render().to_string() };
            let is_whole = typed.iter().any(|argument| argument == "--help" || argument == "help");
            return told(
                output::line(&fitting(text.trim_end(), is_whole)),
                typed.iter().any(|argument| argument == "--json"),
            );
        }
        Err(error) if is_help(&error) => {
            output::aside(&fitting(error.render().to_string().trim_end(), false));
            return ExitCode::from(2);
        }
        Err(error) => {
            let line = failure::Line::of(&command, &words);
            let report = failure::Report::of_usage(&error, &line, &words);
            // A command line that cannot be read does not tell whether `--json` was meant.
            let is_json = words.iter().any(|argument| argument == "--json");
            output::aside(&if is_json { report.json() } else { report.text() });
            return ExitCode::from(report.exit_code);
        }
    };
    let json = cli.global.json;
    if let Command::Completions { shell } = cli.command {
        // Into memory first: what makes them knows no disk that is full and no pipe that is closed.
        let mut written = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "evergreen", &mut written);
        return told(output::line(String::from_utf8_lossy(&written).trim_end()), json);
    }
    match commands::run(cli.global, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(commands::Failed { error, token }) => {
            let report = failure::Report::of(&error, token.as_ref());
            output::aside(&if json { report.json() } else { report.text() });
            ExitCode::from(report.exit_code)
        }
    }
}
