//! The command `cargo xtask` runs all chores of the repository; `cargo xtask help` lists them.

mod app;
mod browser;
mod chores;
mod command;
mod coverage;
mod deny;
mod evidence;
mod figures;
mod help;
mod idl;
mod mutants;
mod paths;
mod sbf;
mod steps;
mod structure;
mod system;
mod typescript;

use std::{ffi::OsString, process::ExitCode};

use anyhow::{Result, bail};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command that the arguments name, and returns the exit code.
fn run(arguments: &[OsString]) -> Result<i32> {
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap_or("?")).collect();
    match words.as_slice() {
        ["build"] => {
            system::setup()?;
            sbf::build::build(&[sbf::build::EVERGREEN])?;
        }
        ["build", "--probe"] => {
            system::setup()?;
            sbf::build::build(&[sbf::build::EVERGREEN, sbf::build::PROBE, sbf::build::STANDIN, sbf::build::HOOK])?;
        }
        ["build", "--verify"] => {
            system::setup()?;
            sbf::verify::verify()?;
        }
        ["build", "--release"] => {
            system::setup()?;
            sbf::verify::release()?;
        }
        ["test"] => chores::test()?,
        ["app"] => app::build()?,
        ["app", "--test"] => {
            system::setup()?;
            app::test()?;
        }
        ["demo", "--app", ..] => return app::demo(&arguments[2..]),
        ["demo", ..] => return chores::demo(&arguments[1..]),
        ["bench"] => chores::bench()?,
        ["fuzz", ..] => return chores::fuzz(&arguments[1..]),
        ["hunt", ..] => return chores::hunt(&arguments[1..]),
        ["coverage", ..] => coverage::run_tests(&arguments[1..])?,
        ["mutants", ..] => return mutants::run(&arguments[1..]),
        ["speed"] => chores::speed()?,
        ["pools"] => chores::pools("200x50")?,
        ["pools", size] => chores::pools(size)?,
        ["choice"] => chores::choice()?,
        ["report", ..] => chores::report(&arguments[1..])?,
        ["idl"] => idl::write()?,
        ["idl", "--check"] => idl::check()?,
        [idl::PRINT] => idl::print()?,
        ["structure"] => structure::check()?,
        ["attacks"] => structure::write_attacks()?,
        ["figures"] => figures::print(None)?,
        ["figures", "--write"] => evidence::write()?,
        ["figures", before] => figures::print(Some(before))?,
        ["web"] => typescript::package()?,
        ["typescript"] => {
            system::setup()?;
            typescript::test()?;
        }
        ["deny"] => deny::check()?,
        ["deny", "--advisories"] => {
            system::setup()?;
            deny::advisories()?;
        }
        ["setup"] => system::setup()?,
        ["front"] => println!("{}", sbf::front::install()?.display()),
        ["clean-cache"] => sbf::clean_cache()?,
        ["help" | "--help" | "-h"] => print!("{}", help::HELP),
        [] => bail!("no command was given\n\n{}", help::HELP),
        _ => bail!("invalid command `{}`\n\n{}", words.join(" "), help::HELP),
    }
    Ok(0)
}
