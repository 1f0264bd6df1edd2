//! Output of one line per step, with its duration.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use anyhow::Result;

/// Runs `work` and prints a line with its name and duration.
///
/// The work should print nothing. On a terminal the name appears first, and the duration follows when the work ends.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    if terminal {
        eprint!("  {name} ...");
        let _ = std::io::stderr().flush();
    }
    let result = work();
    let word = if result.is_ok() { "" } else { "  FAILED" };
    let clear = if terminal { "\r" } else { "" };
    eprintln!("{clear}  {name:<60} {:>8}{word}", seconds(start.elapsed()));
    result
}

/// Runs `work`, which may print itself, between a headline and a line with its duration. Returns the result and the duration.
pub fn section<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let start = Instant::now();
    eprintln!("== {name}");
    let result = work();
    let took = start.elapsed();
    let word = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("== {name}: {word} in {}", seconds(took));
    result.map(|value| (value, took))
}

/// Formats a duration in seconds with one decimal.
pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
