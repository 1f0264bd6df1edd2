//! Events: what each party gains or loses by them, against the same market without the event.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use super::history::{ELASTICITY, STEP, UTILISATION};
use super::insurance::WRITERS;
use super::{Options, arbitrageur};
use crate::crowd::{Crowd, Flow, Looks};
use crate::params::SimMarket;
use crate::paths::SimPath;
use crate::paths::models::Model;
use crate::random::Rng;
use crate::run::{RunOutcome, RunSetup, SimKeeper, run};
use crate::statistics::ratio;
use crate::writers::{Writers, play as lose};

/// Day on which the event begins, and days of the path.
const EVENT: f64 = 60.0;
const DAYS: f64 = 120.0;
/// Caps of covered writers, as a share of pool cash.
const COVERED: f64 = 0.1;

/// What an event does to one party: a mean of the runs, and half of its 95 % interval.
pub type StressChange = [f64; 2];

/// What an event does, to all of them in parts of the first capital but for the main class, which is counted by its share.
#[derive(Clone, Debug, Serialize)]
pub struct StressRow {
    /// The event.
    pub event: String,
    /// The flow of buyers.
    pub flow: String,
    /// Change of the value of a share of the main class.
    pub pool: StressChange,
    /// The worst of the runs.
    pub pool_worst: f64,
    /// Change of the buyers' gain.
    pub buyers: StressChange,
    /// Change of the gain of covered writers.
    pub writers: StressChange,
    /// Change of the arbitrageurs' gain, their hedge included.
    pub arbitrageurs: StressChange,
    /// Change of what insurance has: fees and penalties, less bad debt of writers without full cover.
    pub insurance: StressChange,
    /// The worst of the runs.
    pub insurance_worst: f64,
    /// Change of the protocol's fees.
    pub protocol: StressChange,
    /// Payments that failed, in all runs.
    pub failed_payouts: u32,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A move of the logarithm of the price over some days, keepers so many steps late.
    Move(f64, f64, usize),
    /// Two weeks of this multiple of the volatility.
    Wild(f64),
    /// Keepers.
    Keepers(SimKeeper),
}

/// Plays all events.
pub fn play(options: &Options) -> Vec<StressRow> {
    let prompt = SimKeeper::PROMPT;
    let (fall, hour) = (0.75f64.ln(), 1.0 / 24.0);
    let events = [
        ("a fall of 50 % in a day", Event::Move(0.5f64.ln(), 1.0, 0)),
        ("a rise of 60 % in a week", Event::Move(1.6f64.ln(), 7.0, 0)),
        ("four times the volatility for two weeks", Event::Wild(4.0)),
        ("three weeks without any activity", Event::Keepers(SimKeeper { absent: [EVENT, EVENT + 21.0], ..prompt })),
        ("no prices on one day in twenty", Event::Keepers(SimKeeper { fails: 0.05, ..prompt })),
        ("a fall of 25 % in an hour, keepers prompt", Event::Move(fall, hour, 0)),
        ("a fall of 25 % in an hour, keepers five minutes late", Event::Move(fall, hour, 1)),
        ("a fall of 25 % in an hour, keepers half an hour late", Event::Move(fall, hour, 6)),
    ];
    let flows = [Flow::Calls, Flow::Puts, Flow::Balanced];
    let jobs: Vec<_> = events.into_iter().flat_map(|event| flows.map(|flow| (event, flow))).collect();
    let runs = options.runs.clamp(1, 40);
    jobs.par_iter().map(|((name, event), flow)| row(options, name, *event, *flow, runs)).collect()
}

/// What all have at the end of a run.
struct End {
    outcome: RunOutcome,
    buyers: f64,
    insurance: f64,
}

fn end(market: &SimMarket, options: &Options, flow: Flow, (path, keeper): (&SimPath, SimKeeper), number: u64) -> End {
    let rule = crate::rule::recommended();
    let setup = RunSetup {
        market,
        rule: &rule,
        crowd: Crowd { flow, utilisation: UTILISATION, elasticity: ELASTICITY, looks: Looks::BeyondCalm, lump: 1.0 },
        arbitrageur: Some(arbitrageur(market)),
        liquidity_moves: false,
        keeper,
        writers: COVERED,
    };
    let outcome = run(&setup, path, &mut Rng::new(options.seed + 4_000, number));
    let who = Writers { late: keeper.delay_steps, ..WRITERS };
    let losses = lose(market, &who, path, &mut Rng::new(options.seed + 6_000, number));
    let insurance = outcome.others.insurance + losses.penalties - losses.bad_debt;
    let buyers = outcome.months.iter().map(|month| month.gain).sum::<f64>() / crate::run::CAPITAL;
    End { outcome, buyers, insurance }
}

fn row(options: &Options, name: &str, event: Event, flow: Flow, runs: u64) -> StressRow {
    let market = SimMarket::preset(Asset::Btc);
    let pairs: Vec<(End, End)> = (0..runs)
        .map(|number| {
            let model = Model::Gbm { sigma: market.volatility.start };
            let calm = model.path(&mut Rng::new(options.seed + 5_000, number), DAYS / 365.0, 0.0, STEP);
            let (path, keeper) = happen(&calm, event);
            let before = end(&market, options, flow, (&calm, SimKeeper::PROMPT), number);
            (before, end(&market, options, flow, (&path, keeper), number))
        })
        .collect();
    let all =
        |of: &dyn Fn(&End) -> f64| pairs.iter().map(|(before, after)| of(after) - of(before)).collect::<Vec<f64>>();
    let share: Vec<f64> =
        pairs.iter().map(|(before, after)| after.outcome.factor / before.outcome.factor - 1.0).collect();
    let insurance = all(&|end| end.insurance);
    let change = |changes: &[f64]| {
        let mean = ratio(&changes.iter().map(|change| (*change, 1.0)).collect::<Vec<_>>());
        [mean.mean, mean.half]
    };
    let worst = |changes: &[f64]| changes.iter().copied().fold(f64::INFINITY, f64::min);
    StressRow {
        event: name.to_owned(),
        flow: flow.name().to_owned(),
        pool: change(&share),
        pool_worst: worst(&share),
        buyers: change(&all(&|end| end.buyers)),
        writers: change(&all(&|end| end.outcome.others.writers)),
        arbitrageurs: change(&all(&|end| end.outcome.others.arbitrageurs)),
        insurance: change(&insurance),
        insurance_worst: worst(&insurance),
        protocol: change(&all(&|end| end.outcome.others.protocol)),
        failed_payouts: pairs.iter().map(|(_, after)| after.outcome.failed_payouts).sum(),
    }
}

/// Returns the path with the event, and its keepers.
fn happen(calm: &SimPath, event: Event) -> (SimPath, SimKeeper) {
    let mut path = calm.clone();
    let day = |step: usize| step as f64 * calm.step / 86_400.0 - EVENT;
    match event {
        Event::Keepers(keeper) => return (path, keeper),
        Event::Move(size, days, late) => {
            for (step, ln) in path.ln.iter_mut().enumerate() {
                *ln += size * (day(step) / days).clamp(0.0, 1.0);
            }
            return (path, SimKeeper { delay_steps: late, ..SimKeeper::PROMPT });
        }
        Event::Wild(multiple) => {
            for step in 1..path.ln.len() {
                let moved = calm.ln[step] - calm.ln[step - 1];
                let wild = (0.0..14.0).contains(&day(step));
                path.ln[step] = path.ln[step - 1] + if wild { multiple * moved } else { moved };
            }
        }
    }
    (path, SimKeeper::PROMPT)
}
