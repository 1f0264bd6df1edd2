//! `cargo xtask fuzz`: random steps in the market of the compiled program until the time or the steps are over. The last line says the outcome, and so does the
//! exit code: 0 without a violation, 1 with one, 2 where it was called wrongly.

use anyhow::{Context, Result, bail};
use evergreen_fuzz::{episode::Stage, reproducer::Reproducer, scene::Scene, shrink::shrink, tally::Tally};
use evergreen_tests::random::mixed;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

/// Longest time for making one violation short.
const SHRINKING: Duration = Duration::from_secs(180);
/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(30);

const USAGE: &str = "\
Usage: cargo xtask fuzz [--minutes N] [--seed S] [--steps N] [--episode N] [--scene NAME] [--most N] [--save FOLDER]
       cargo xtask fuzz --repeat FILE

  --minutes N    stop after N minutes (default: 10)
  --seed S       seed of the first episode (default: 1); the same seed does the same
  --steps N      stop after N steps
  --episode N    steps of an episode, after which everybody leaves (default: 250)
  --scene NAME   only this scene: preset, small, lagging, nested, private
  --most N       stop after N different violations (default: 1)
  --save FOLDER  where reproducers are written (default: tests/fuzz/regressions)
  --repeat FILE  repeat a reproducer";

struct Options {
    time: Duration,
    seed: u64,
    steps: u64,
    episode: usize,
    scene: Option<Scene>,
    most: usize,
    save: PathBuf,
    repeat: Option<PathBuf>,
}

fn options() -> Result<Options> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut options = Options {
        time: Duration::from_secs(600),
        seed: 1,
        steps: u64::MAX,
        episode: 250,
        scene: None,
        most: 1,
        save: folder,
        repeat: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("`{word}` has no value\n\n{USAGE}"))?;
        let number = || value.parse::<u64>().with_context(|| format!("`{value}` is no number"));
        match word.as_str() {
            "--minutes" => {
                let minutes: f64 = value.parse().with_context(|| format!("`{value}` is no number of minutes"))?;
                options.time = Duration::try_from_secs_f64(minutes * 60.0).context("minutes")?;
            }
            "--seed" => options.seed = number()?,
            "--steps" => (options.steps, options.time) = (number()?, Duration::MAX),
            "--episode" => options.episode = number()? as usize,
            "--most" => options.most = number()? as usize,
            "--scene" => options.scene = Some(Scene::named(&value).with_context(|| format!("no scene `{value}`"))?),
            "--save" => options.save = value.into(),
            "--repeat" => options.repeat = Some(value.into()),
            _ => bail!("invalid option `{word}`\n\n{USAGE}"),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs, and returns whether everything held.
fn run(options: &Options) -> Result<bool> {
    let mut stage = Stage::new();
    if let Some(file) = &options.repeat {
        let script = Reproducer::parse(&std::fs::read_to_string(file).context("reading the file")?)?;
        let found = stage.repeat_telling(&script, &mut Tally::default(), true);
        match &found {
            None => println!("held: {} steps", script.steps.len()),
            Some(violation) => println!(
                "VIOLATED after {} of {} steps, at {}: {}",
                violation.after,
                script.steps.len(),
                violation.place,
                violation.message
            ),
        }
        return Ok(found.is_none());
    }
    let start = Instant::now();
    let over = |tally: &Tally| start.elapsed() >= options.time || tally.steps >= options.steps;
    let (mut tally, mut told, mut episode) = (Tally::default(), start, 0);
    let mut violations: BTreeMap<String, u32> = BTreeMap::new();
    while !over(&tally) && violations.len() < options.most {
        let seed = mixed(options.seed.wrapping_add(episode));
        let scene = options.scene.unwrap_or(Scene::ALL[(episode % Scene::ALL.len() as u64) as usize]);
        episode += 1;
        let (script, found) = stage.play(scene, seed, options.episode, &mut tally);
        if let Some(violation) = found {
            let times = violations.entry(violation.place.clone()).or_default();
            *times += 1;
            if *times == 1 {
                println!("VIOLATED in {} after {} steps, at {}", scene.name(), violation.after, violation.place);
                println!("{}", violation.message);
                let mut short = shrink(&mut stage, &script, &violation, Instant::now() + SHRINKING);
                let lines: Vec<&str> = violation.message.lines().take(4).collect();
                short.about = format!("{}\n{}", violation.place, lines.join("\n"));
                let place = violation.place.replace(['/', '.', ':'], "-");
                let path = options.save.join(format!("{}-{place}.txt", scene.name()));
                std::fs::create_dir_all(&options.save).context("the folder of reproducers")?;
                std::fs::write(&path, short.text()).context("writing the reproducer")?;
                println!("{} steps: {}", short.steps.len(), path.display());
            }
        }
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            println!("{}", summary(&tally, start, &violations));
        }
    }
    table(&tally);
    let (tried, succeeded) = tally.missing();
    println!("never tried: {tried:?}; never succeeded: {succeeded:?}");
    let held = violations.is_empty();
    println!("{}: {}", if held { "HELD" } else { "VIOLATED" }, summary(&tally, start, &violations));
    Ok(held)
}

fn summary(tally: &Tally, start: Instant, violations: &BTreeMap<String, u32>) -> String {
    let seconds = start.elapsed().as_secs_f64();
    let found: Vec<String> = violations.iter().map(|(place, times)| format!("{place} ({times})")).collect();
    format!(
        "{} steps ({:.0} a second), {} transactions of which {} of several calls succeeded, {} episodes left by everybody, {} kinds of refusals, violations: {}",
        tally.steps,
        tally.steps as f64 / seconds.max(0.001),
        tally.transactions,
        tally.bundles,
        tally.recoveries,
        tally.refusals.len(),
        if found.is_empty() { "none".to_owned() } else { found.join(", ") },
    )
}

/// The most frequent numbers of its refusals.
fn most(tally: &Tally, name: &str) -> String {
    let mut all: Vec<(u64, u32)> =
        tally.reasons.iter().filter(|((of, _), _)| of == name).map(|((_, code), count)| (*count, *code)).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    let shown: Vec<String> = all.iter().take(5).map(|(count, code)| format!("{code} ({count})")).collect();
    shown.join(", ")
}

/// Tells for each instruction how often it was tried and succeeded, and the most compute units of a transaction.
fn table(tally: &Tally) {
    println!("{:<24} {:>10} {:>10} {:>10}", "instruction", "tried", "succeeded", "units");
    for (name, count) in &tally.instructions {
        println!("{name:<24} {:>10} {:>10} {:>10}  {}", count.tried, count.succeeded, count.units, most(tally, name));
    }
}
