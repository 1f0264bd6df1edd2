//! A short run of the fuzzer that is the same every time, and all violations that were ever found.

use evergreen_fuzz::{
    episode::{Stage, Violation},
    reproducer::Reproducer,
    scene::Scene,
    tally::Tally,
};
use std::path::Path;

/// Steps of each episode of the short run.
const STEPS: usize = 60;
/// Seeds of the episodes in each scene.
const SEEDS: [u64; 2] = [1, 2];

/// Most instructions, of all, that this run never tries, and that never succeed in it.
const MISSING: [usize; 2] = [4, 12];
/// Sequences that come first, by scene.
const RITES: &[(Scene, &[&str])] = &[
    (Scene::Preset, &["begin", "migrate", "rite-referral", "rite-withdrawal", "rite-excess", "rite-owing"]),
    (Scene::Private, &["rite-succession", "rite-buyback", "wipe-out", "rite-redeem"]),
];

fn assert_held(what: &str, found: Option<&Violation>) {
    if let Some(violation) = found {
        panic!("{what}: after {} steps, at {}: {}", violation.after, violation.place, violation.message);
    }
}

#[test]
fn whatever_was_violated_once_holds() {
    let mut stage = Stage::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut repeated = 0;
    for file in std::fs::read_dir(&folder).expect("the folder of reproducers") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let script = Reproducer::parse(&std::fs::read_to_string(&path).expect("a text")).expect("a reproducer");
        let mut tally = Tally::default();
        let found = stage.repeat(&script, &mut tally);
        assert_held(&path.display().to_string(), found.as_ref());
        assert!(!script.steps.is_empty() || script.recovers, "{} does nothing", path.display());
        repeated += 1;
    }
    assert!(repeated > 0, "no reproducer was found");
}

#[test]
fn a_short_run_holds_and_reaches_nearly_every_instruction() {
    let mut stage = Stage::new();
    let mut tally = Tally::default();
    // What random calls rarely reach, in the order in which nothing stands in the way.
    for (scene, names) in RITES {
        let names: Vec<String> = names.iter().map(|name| format!("script.{name}")).collect();
        let (script, found) = stage.play_these(*scene, 5, &names, &mut tally);
        assert_held(&script.text(), found.as_ref());
    }
    // Then each kind of step once in each scene, and random ones.
    for scene in Scene::ALL {
        let (script, found) = stage.play_all(scene, 7, &mut tally);
        assert_held(&script.text(), found.as_ref());
    }
    for (scene, seed) in Scene::ALL.into_iter().flat_map(|scene| SEEDS.map(|seed| (scene, seed))) {
        let (script, found) = stage.play(scene, seed, STEPS, &mut tally);
        assert_held(&script.text(), found.as_ref());
    }
    let (tried, succeeded) = tally.missing();
    println!("{} steps, {} transactions: {:?}", tally.steps, tally.transactions, tally.instructions);
    // A few rare ones are left to longer runs.
    assert!(tried.len() <= MISSING[0], "never tried: {tried:?}");
    assert!(succeeded.len() <= MISSING[1], "never succeeded: {succeeded:?}");
    assert!(tally.refusals.len() > 30, "only {} kinds of refusals were met", tally.refusals.len());
}
