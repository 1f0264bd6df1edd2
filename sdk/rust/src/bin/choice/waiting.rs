//! Who waits: nobody fills or exercises but themselves, so they see what comes before they decide.

use evergreen_sdk::evergreen::engine::LAPSE_FEES;

use super::{CLOCK_LAG, Costs, HOUR, Path, STEPS, best};

/// Gains at which a position is opened, basis points of notional.
const OPEN: [f64; 7] = [-4.0, 0.0, 1.0, 2.0, 4.0, 8.0, 12.0];
/// Gains at which it is closed.
const CLOSE: [f64; 5] = [-2.0, 0.0, 2.0, 4.0, 8.0];
/// Liveliness from which on they commit to open: root of the mean square of the last seconds' moves, in that of all seconds without jumps.
const LIVELY: [f64; 5] = [0.0, 1.0, 1.2, 1.4, 2.0];
/// Seconds over which it is measured.
const SECONDS: [usize; 2] = [5, 10];
/// Distance of the cap from the price at which the hour begins, basis points.
const CAP: f64 = 20.0;
/// Distances of the true price below the cap from which on they commit; a negative one is beyond it.
const NEAR: [f64; 6] = [-8.0, -4.0, 0.0, 4.0, 8.0, 16.0];
/// Seconds for which a price can be shown.
const MAX_AGE: usize = 5;
/// Costs of a lapse that are tried, in fees of the trade.
const BONDS: [f64; 9] = [1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0];

/// A path with the liveliness at each second, over each of [`SECONDS`].
pub struct Lively<'a> {
    path: &'a Path,
    seconds: [Vec<f64>; 2],
}

impl<'a> Lively<'a> {
    /// Measures a path of a volatility in percent a year.
    pub fn of(path: &'a Path, volatility: f64) -> Self {
        let second = volatility / 100.0 / (365.25f64 * 86_400.0).sqrt() * 10_000.0;
        let moved = |s: usize| (path.truth[s * STEPS] - path.truth[s.saturating_sub(1) * STEPS]).powi(2);
        let over = |span: usize, s: usize| {
            let sum: f64 = (s.saturating_sub(span - 1)..=s).map(moved).sum();
            (sum / span as f64).sqrt() / second
        };
        Self { path, seconds: SECONDS.map(|span| (0..HOUR).map(|s| over(span, s)).collect()) }
    }
}

/// When a commitment is made and filled.
#[derive(Clone, Copy)]
struct Strategy {
    open: f64,
    close: f64,
    lively: f64,
    over: usize,
}

/// Profit of an hour of who commits to open where seconds are lively, and to close what they hold, and lets a commitment lapse unless the true price has moved their
/// way by so much at the end of the window.
fn trading(lively: &Lively, costs: Costs, bond: f64, strategy: Strategy) -> f64 {
    let path = lively.path;
    let (mut profit, mut step, mut held) = (0.0, 20 * STEPS, false);
    while step < (HOUR - 40) * STEPS {
        if !held && lively.seconds[strategy.over][step / STEPS] < strategy.lively {
            step += STEPS;
            continue;
        }
        let second = Path::filled_at(step, costs.delay);
        let deadline = (second - 1 + costs.window) * STEPS;
        // To have bought below the present price is a gain, and to have sold above it.
        let (fee, least, side) =
            if held { (costs.close, strategy.close, -1.0) } else { (costs.open, strategy.open, 1.0) };
        let gain = side * (path.truth[deadline] - path.published[second]);
        if gain > least {
            profit += gain - fee - costs.confidence;
            held = !held;
        } else {
            profit -= bond * fee;
        }
        step = deadline + 1;
    }
    profit
}

/// Profit of an hour of who buys next to a cap, in lively seconds, and exercises in the transaction that fills if a price that can still be shown, or one of the
/// window, is at the cap; otherwise they let the commitment lapse. At a first price beyond the cap it ends for an eighth. The first exercise ends the series.
fn exercising(lively: &Lively, costs: Costs, bond: f64, (near, least): (f64, f64)) -> f64 {
    let path = lively.path;
    let (mut profit, mut step) = (0.0, 20 * STEPS);
    while step < (HOUR - 40) * STEPS {
        let second = step / STEPS;
        if path.truth[step] < CAP - near || lively.seconds[0][second] < least {
            step += STEPS;
            continue;
        }
        let filled = Path::filled_at(step, costs.delay);
        if path.published[filled] >= CAP {
            profit -= bond * costs.open / 8.0;
            step = (filled + 1) * STEPS;
            continue;
        }
        // The clock may lag, by which prices are as much younger to the chain.
        let shown = filled.saturating_sub(MAX_AGE + CLOCK_LAG as usize)..filled + costs.window;
        if path.published[shown].iter().any(|price| *price >= CAP) {
            return profit + CAP - path.published[filled] - costs.open - costs.confidence;
        }
        profit -= bond * costs.open;
        step = (filled + costs.window) * STEPS;
    }
    profit
}

/// What the best strategies of each kind gain, and what would take it.
pub struct Gains {
    /// Mean gain of an hour, and half of its interval.
    pub trading: (f64, f64),
    /// The same by exercise of one series.
    pub exercising: (f64, f64),
    /// Least cost of a lapse that was tried, in fees of the trade, at which neither gains; nothing where none does.
    pub bond: Option<f64>,
}

/// Searches both kinds of strategies on one half of the paths and judges them on the other.
pub fn waiting(paths: &[Lively], costs: Costs) -> Gains {
    let mut trades = Vec::new();
    for open in OPEN {
        for close in CLOSE {
            for lively in LIVELY {
                // Whoever commits always measures nothing.
                for over in 0..if lively > 0.0 { SECONDS.len() } else { 1 } {
                    trades.push(Strategy { open, close, lively, over });
                }
            }
        }
    }
    let exercises: Vec<(f64, f64)> = NEAR.iter().flat_map(|near| LIVELY.iter().map(|least| (*near, *least))).collect();
    let at = |bond: f64| {
        (
            best(paths, &trades, |path, strategy| trading(path, costs, bond, strategy)),
            best(paths, &exercises, |path, strategy| exercising(path, costs, bond, strategy)),
        )
    };
    let of_program = f64::from(LAPSE_FEES);
    let (trading, exercising) = at(of_program);
    let below = |bond: f64| {
        let (trade, exercise) = if bond == of_program { (trading, exercising) } else { at(bond) };
        trade.0 < 0.0 && exercise.0 <= 0.0
    };
    Gains { trading, exercising, bond: BONDS.into_iter().find(|bond| below(*bond)) }
}
