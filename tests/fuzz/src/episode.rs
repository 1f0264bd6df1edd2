//! Episodes: steps from the beginning of a scene until something does not hold, or until everybody has left.

use crate::{
    calls::{self, Call},
    draws::Draws,
    edits,
    market::{Market, Step, last_sent},
    recovery::recover,
    reproducer::Reproducer,
    scene::Scene,
    scripts,
    tally::Tally,
};
use evergreen_tests::{
    World,
    random::{Random, mixed},
};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

/// What did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where it was found: file and line.
    pub place: String,
    /// What it says.
    pub message: String,
    /// Number of steps after which it was found; all of them where everybody left.
    pub after: usize,
}

thread_local! {
    /// Place and text of the last panic of this thread.
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
    /// Whether panics of this thread are findings, which nobody prints.
    static CAUGHT: RefCell<bool> = const { RefCell::new(false) };
}

/// Runs something that asserts what must hold, and returns what did not.
pub fn caught(work: impl FnOnce()) -> Option<(String, String)> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !CAUGHT.with_borrow(|caught| *caught) {
                return others(info);
            }
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let payload = info.payload();
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default();
            LAST.set(Some((place, text)));
        }));
    });
    CAUGHT.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(false);
    result.err().map(|_| {
        let (place, text) = LAST.take().unwrap_or_default();
        (place, format!("after {}: {text}", last_sent()))
    })
}

/// What episodes are played with: all kinds of calls, and scenes that were set up once.
pub struct Stage {
    calls: Vec<Call>,
    scenes: BTreeMap<&'static str, World>,
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// A stage without any scene.
    pub fn new() -> Self {
        Self { calls: calls::all(), scenes: BTreeMap::new() }
    }

    fn world(&mut self, scene: Scene) -> World {
        self.scenes.entry(scene.name()).or_insert_with(|| scene.set_up()).clone()
    }

    /// Plays so many random steps and lets everybody leave. Returns all steps, with what did not hold.
    pub fn play(
        &mut self,
        scene: Scene,
        seed: u64,
        count: usize,
        tally: &mut Tally,
    ) -> (Reproducer, Option<Violation>) {
        let kinds = self.kinds();
        let total: u64 = kinds.iter().map(|(_, weight)| weight).sum();
        let mut random = Random(seed);
        let names = (0..count).map(|_| {
            let mut at = random.word() % total;
            let kind = kinds.iter().find(|(_, weight)| {
                let found = at < *weight;
                at = at.saturating_sub(*weight);
                found
            });
            kind.expect("a kind").0.clone()
        });
        let names: Vec<String> = names.collect();
        self.play_these(scene, mixed(seed), &names, tally)
    }

    /// Plays each kind of step once, with random decisions, and lets everybody leave.
    pub fn play_all(&mut self, scene: Scene, seed: u64, tally: &mut Tally) -> (Reproducer, Option<Violation>) {
        let mut names: Vec<String> = self.kinds().into_iter().map(|(name, _)| name).collect();
        let mut random = Random(seed);
        for place in (1..names.len()).rev() {
            names.swap(place, random.word() as usize % (place + 1));
        }
        self.play_these(scene, mixed(seed), &names, tally)
    }

    /// Plays these kinds of steps, with random decisions, and lets everybody leave.
    pub fn play_these(
        &mut self,
        scene: Scene,
        seed: u64,
        names: &[String],
        tally: &mut Tally,
    ) -> (Reproducer, Option<Violation>) {
        let world = self.world(scene);
        let mut random = Random(seed);
        let mut steps: Vec<Step> = Vec::new();
        let mut market = Market::new(world, &self.calls, tally);
        for name in names {
            let mut draws = Draws::random(random.word());
            let found = caught(|| market.step(name, &mut draws));
            steps.push(Step { name: name.clone(), draws: draws.taken().to_vec() });
            if let Some((place, message)) = found {
                let after = steps.len();
                let played = Reproducer { about: String::new(), scene, steps, recovers: false };
                return (played, Some(Violation { place, message, after }));
            }
        }
        let world = market.world;
        let found = caught(|| recover(world));
        tally.recoveries += u64::from(found.is_none());
        let after = steps.len();
        let violation = found.map(|(place, message)| Violation { place, message, after });
        (Reproducer { about: String::new(), scene, steps, recovers: true }, violation)
    }

    /// Repeats recorded steps, and returns what did not hold.
    pub fn repeat(&mut self, script: &Reproducer, tally: &mut Tally) -> Option<Violation> {
        self.repeat_telling(script, tally, false)
    }

    /// Repeats recorded steps, prints each transaction where that is wanted, and returns what did not hold.
    pub fn repeat_telling(&mut self, script: &Reproducer, tally: &mut Tally, told: bool) -> Option<Violation> {
        let world = self.world(script.scene);
        let mut market = Market::new(world, &self.calls, tally);
        market.told = told;
        for (place, step) in script.steps.iter().enumerate() {
            let found = caught(|| market.step(&step.name, &mut Draws::recorded(&step.draws)));
            if let Some((at, message)) = found {
                return Some(Violation { place: at, message, after: place + 1 });
            }
        }
        if !script.recovers {
            return None;
        }
        let world = market.world;
        let (place, message) = caught(|| recover(world))?;
        Some(Violation { place, message, after: script.steps.len() })
    }

    /// All kinds of steps, each with how often it is chosen.
    fn kinds(&self) -> Vec<(String, u64)> {
        let calls = self.calls.iter().map(|call| (call.name.to_owned(), call.weight));
        let events = edits::ALL.iter().map(|(name, weight, _)| (format!("world.{name}"), *weight));
        let plays = scripts::ALL.iter().map(|(name, weight, _)| (format!("script.{name}"), *weight));
        calls.chain(events).chain(plays).chain([("bundle".to_owned(), 8)]).collect()
    }
}
