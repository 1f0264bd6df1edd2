//! `cargo xtask`: every chore of the repository.

mod command;
mod paths;
mod sbf;
mod steps;

use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["build"] => sbf::build::build(&[sbf::build::EVERGREEN]).map(drop),
        ["build", "--probe"] => sbf::build::build(&[sbf::build::EVERGREEN, sbf::build::PROBE]).map(drop),
        ["clean-cache"] => sbf::clean_cache(),
        _ => bail!("usage: cargo xtask build [--probe] | clean-cache"),
    }
}
