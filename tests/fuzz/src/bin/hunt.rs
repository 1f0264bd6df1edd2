//! `cargo xtask hunt`: searches for a sequence of actions that leaves one hand with more than it had. The last line says the outcome, and so does the exit code: 0 if
//! nothing gains more than is allowed, 1 if something does, 2 where it was called wrongly.

use anyhow::{Context, Result, bail};
use evergreen_fuzz::hunt::{Found, Hunt, Terms};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

const USAGE: &str = "\
Usage: cargo xtask hunt [--minutes N] [--seed S] [--swing MILLIONTHS] [--plan WIDTH]

  --minutes N   stop after N minutes (default: 10)
  --seed S      seed of the search and of the prices (default: 1)
  --swing M     how far prices move either way, in millionths (default: 0, then 300, half of the time each)
  --plan W      look four moves ahead over 20 moves instead, and keep W sequences of each length: 8000 keep all";

/// Moves that a plan looks ahead.
const DEPTH: usize = 4;
/// How often a new search begins, so that none stays where it is.
const SEARCH: Duration = Duration::from_secs(120);

fn run() -> Result<bool> {
    let (mut time, mut seed, mut swings) = (Duration::from_secs(600), 1u64, vec![0, Terms::FLICKERING.swing]);
    let (mut words, mut plan) = (std::env::args().skip(1), None);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("`{word}` has no value\n\n{USAGE}"))?;
        let number = || value.parse::<u64>().with_context(|| format!("`{value}` is no number"));
        match word.as_str() {
            "--minutes" => time = Duration::from_secs(60 * number()?),
            "--seed" => seed = number()?,
            "--plan" => plan = Some(usize::try_from(number()?)?),
            "--swing" => swings = vec![i64::try_from(number()?)?],
            _ => bail!("invalid option `{word}`\n\n{USAGE}"),
        }
    }
    if let Some(width) = plan {
        return planned(seed, &swings, width);
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
            return Ok(gained(&mut hunt, &found, terms));
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

/// Looks ahead once for each swing.
fn planned(seed: u64, swings: &[i64], width: usize) -> Result<bool> {
    let (mut sequences, mut best) = (0, i64::MIN);
    for swing in swings {
        let terms = Terms { swing: *swing, path: seed };
        let mut hunt = Hunt::new(terms, seed);
        let found = hunt.plan(DEPTH, width.max(1)).context("no move of the plan succeeds")?;
        println!("swing {swing}: {} sequences, best {} of {} allowed", hunt.sequences, found.gain, hunt.allowed());
        if found.gain > hunt.allowed() {
            return Ok(gained(&mut hunt, &found, terms));
        }
        (sequences, best) = (sequences + hunt.sequences, best.max(found.gain));
    }
    println!("HELD: {sequences} sequences of up to {DEPTH} moves; the best gains {best} native units");
    Ok(true)
}

/// Tells a sequence that gains too much, in as few moves as it needs; returns that it does not hold.
fn gained(hunt: &mut Hunt, found: &Found, terms: Terms) -> bool {
    let short = hunt.shortened(found);
    for gene in &short.genes {
        println!("  {gene}");
    }
    let (gain, allowed, Terms { swing, path }) = (short.gain, hunt.allowed(), terms);
    println!("GAINED {gain} native units, {allowed} allowed, with a swing of {swing} on path {path}");
    false
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
