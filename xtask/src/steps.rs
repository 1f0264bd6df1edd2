//! One line per step, with the time it took.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use anyhow::Result;

/// Runs `work` and prints a line with its name and duration.
///
/// For quiet work: the name appears first and the time is added to it.
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

/// Runs `work`, which prints a lot itself, between a headline and a line with the duration.
pub fn section<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let start = Instant::now();
    eprintln!("== {name}");
    let result = work();
    let took = start.elapsed();
    let word = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("== {name}: {word} in {}", seconds(took));
    result.map(|value| (value, took))
}

/// A duration for people.
pub fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
