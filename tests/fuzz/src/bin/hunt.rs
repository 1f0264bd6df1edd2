//! `cargo xtask hunt`: searches for a sequence of actions that leaves one hand with more than it had. The last line says the outcome, and so does the exit code: 0 if
//! nothing gains more than is allowed, 1 if something does, 2 where it was called wrongly.

use anyhow::{Context, Result, bail};
use evergreen_fuzz::hunt::{Found, Hunt, Terms};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

const USAGE: &str = "\
Usage: cargo xtask hunt [--minutes N] [--seed S] [--swing MILLIONTHS]

  --minutes N   stop after N minutes (default: 10)
  --seed S      seed of the search and of the prices (default: 1)
  --swing M     how far prices move either way, in millionths (default: 0, then 300, half of the time each)";

/// How often a new search begins, so that none stays where it is.
const SEARCH: Duration = Duration::from_secs(120);

fn run() -> Result<bool> {
    let (mut time, mut seed, mut swings) = (Duration::from_secs(600), 1u64, vec![0, Terms::FLICKERING.swing]);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("`{word}` has no value\n\n{USAGE}"))?;
        let number = || value.parse::<u64>().with_context(|| format!("`{value}` is no number"));
        match word.as_str() {
            "--minutes" => time = Duration::from_secs(60 * number()?),
            "--seed" => seed = number()?,
            "--swing" => swings = vec![i64::try_from(number()?)?],
            _ => bail!("invalid option `{word}`\n\n{USAGE}"),
        }
    }
    let (start, mut sequences, mut sent, mut succeeded, mut round) = (Instant::now(), 0, 0, 0, 0u64);
    let mut best = i64::MIN;
    while start.elapsed() < time {
        let swing = swings[round as usize % swings.len()];
        let terms = Terms { swing, path: seed + round };
        let mut hunt = Hunt::new(terms, seed.wrapping_mul(1_000_003) + round);
        round += 1;
        let end = (Instant::now() + SEARCH).min(start + time);
        let found = hunt.until(end, u64::MAX);
        (sequences, sent, succeeded) =
            (sequences + hunt.sequences, sent + hunt.transactions, succeeded + hunt.succeeded);
        let first = hunt.best().first().cloned();
        best = best.max(first.as_ref().map_or(i64::MIN, |found| found.gain));
        println!(
            "swing {swing}: {} sequences, best {:?} of {} allowed",
            hunt.sequences,
            first.map(|found| found.gain),
            hunt.allowed()
        );
        if let Some(found) = found {
            let short = hunt.shortened(&found);
            told(&short);
            println!(
                "GAINED {} native units, {} allowed, with a swing of {swing} on path {}",
                short.gain,
                hunt.allowed(),
                terms.path
            );
            return Ok(false);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "HELD: {sequences} sequences ({:.1} a second), {sent} transactions ({:.0} a second) of which {succeeded} succeeded; the best gains {best} native units",
        sequences as f64 / seconds,
        sent as f64 / seconds
    );
    Ok(true)
}

fn told(found: &Found) {
    for gene in &found.genes {
        println!("  {gene}");
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
