//! Events: what each party gains or loses by them, against the same market without the event.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use super::history::{ELASTICITY, STEP, UTILISATION};
use super::{Options, arbitrageur};
use crate::crowd::{Crowd, Flow};
use crate::paths::SimPath;
use crate::paths::models::Model;
use crate::random::Rng;
use crate::run::{RunOutcome, RunSetup, SimKeeper, run};

/// Day on which the event begins, and days of the path.
const EVENT: f64 = 60.0;
const DAYS: f64 = 120.0;

/// What an event does.
#[derive(Clone, Debug, Serialize)]
pub struct StressRow {
    /// The event.
    pub event: String,
    /// The flow of buyers.
    pub flow: String,
    /// Change of the value of a share by it, as a fraction.
    pub pool: f64,
    /// The worst of the runs.
    pub pool_worst: f64,
    /// Change of the buyers' gain, in parts of the first capital.
    pub buyers: f64,
    /// Payments that failed, in all runs.
    pub failed_payouts: u32,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A move of the logarithm of the price over some days.
    Move(f64, f64),
    /// Two weeks of this multiple of the volatility.
    Wild(f64),
    /// Keepers.
    Keepers(SimKeeper),
}

/// Plays all events.
pub fn play(options: &Options) -> Vec<StressRow> {
    let prompt = SimKeeper::PROMPT;
    let events = [
        ("a fall of 50 % in a day", Event::Move(0.5f64.ln(), 1.0)),
        ("a rise of 60 % in a week", Event::Move(1.6f64.ln(), 7.0)),
        ("four times the volatility for two weeks", Event::Wild(4.0)),
        ("three weeks without any activity", Event::Keepers(SimKeeper { absent: [EVENT, EVENT + 21.0], ..prompt })),
        ("no prices on one day in twenty", Event::Keepers(SimKeeper { fails: 0.05, ..prompt })),
        ("keepers five minutes late", Event::Keepers(SimKeeper { delay_steps: 1, ..prompt })),
    ];
    let flows = [Flow::Calls, Flow::Puts, Flow::Balanced];
    let jobs: Vec<_> = events.into_iter().flat_map(|event| flows.map(|flow| (event, flow))).collect();
    let runs = options.runs.clamp(1, 40);
    jobs.par_iter().map(|((name, event), flow)| row(options, name, *event, *flow, runs)).collect()
}

fn row(options: &Options, name: &str, event: Event, flow: Flow, runs: u64) -> StressRow {
    let market = crate::params::SimMarket::preset(Asset::Btc);
    let rule = Box::new(crate::rule::recommended());
    let play = |path: &SimPath, keeper, number| {
        let setup = RunSetup {
            market: &market,
            rule: rule.as_ref(),
            crowd: Crowd { flow, utilisation: UTILISATION, elasticity: ELASTICITY },
            arbitrageur: Some(arbitrageur(&market)),
            liquidity_moves: false,
            keeper,
        };
        run(&setup, path, &mut Rng::new(options.seed + 4_000, number))
    };
    let gain = |outcome: &RunOutcome| outcome.months.iter().map(|month| month.gain).sum::<f64>() / 1e6;
    let (mut changes, mut buyers, mut failed_payouts) = (Vec::new(), 0.0, 0);
    for number in 0..runs {
        let model = Model::Gbm { sigma: market.volatility.start };
        let calm = model.path(&mut Rng::new(options.seed + 5_000, number), DAYS / 365.0, 0.0, STEP);
        let (path, keeper) = happen(&calm, event);
        let (before, after) = (play(&calm, SimKeeper::PROMPT, number), play(&path, keeper, number));
        changes.push(after.factor / before.factor - 1.0);
        buyers += gain(&after) - gain(&before);
        failed_payouts += after.failed_payouts;
    }
    let pool = changes.iter().sum::<f64>() / changes.len() as f64;
    let pool_worst = changes.iter().copied().fold(f64::INFINITY, f64::min);
    let (event, flow, buyers) = (name.to_owned(), flow.name().to_owned(), buyers / runs as f64);
    StressRow { event, flow, pool, pool_worst, buyers, failed_payouts }
}

/// Returns the path with the event, and its keepers.
fn happen(calm: &SimPath, event: Event) -> (SimPath, SimKeeper) {
    let mut path = calm.clone();
    let day = |step: usize| step as f64 * calm.step / 86_400.0 - EVENT;
    match event {
        Event::Keepers(keeper) => return (path, keeper),
        Event::Move(size, days) => {
            for (step, ln) in path.ln.iter_mut().enumerate() {
                *ln += size * (day(step) / days).clamp(0.0, 1.0);
            }
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
