//! What one parameter changes, the others as they are: call buyers, who are the hardest flow in a rising market.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;

use super::history::{ELASTICITY, HistoryRow, UTILISATION, row, setup};
use super::{Options, arbitrageur};
use crate::arbitrage::Arbitrageur;
use crate::contract::SimSmile;
use crate::crowd::{Flow, Looks};
use crate::params::SimMarket;
use crate::paths::SimPath;
use crate::rule::{DirectionRule, Sided, program, recommended};
use crate::volatility::SimVolatilityParams;

/// One changed parameter.
struct Change<'a> {
    name: String,
    market: SimMarket,
    bridges: &'a [SimPath],
    utilisation: f64,
    demand: (f64, Looks),
    lump: f64,
    arbitrageur: Option<Arbitrageur>,
    rule: Box<dyn DirectionRule>,
}

/// Limits of growth, shares of pool cash an hour.
const GROWTHS: [f64; 4] = [0.05, 0.1, 0.25, 1.0];
/// How many times as large purchases of few buyers are, and as rare.
const LUMP: f64 = 4.0;

/// A change of an estimate.
type Edit = fn(&mut SimVolatilityParams);

/// Changed estimates of volatility.
const VOLATILITIES: &[(&str, Edit)] = &[
    ("fast half-life of a day", |v| v.fast_half_life = 86_400.0),
    ("fast half-life of three days", |v| v.fast_half_life = 3.0 * 86_400.0),
    ("slow half-life of ten days", |v| v.slow_half_life = 10.0 * 86_400.0),
    ("slow half-life of ninety days", |v| v.slow_half_life = 90.0 * 86_400.0),
    ("samples cut at five deviations", |v| v.cut = 5.0),
    ("marks that move by 2 % an hour", |v| v.max_change = 0.02),
];

/// Plays all changes.
pub fn play(options: &Options, paths: &[(Asset, Vec<SimPath>)]) -> Vec<HistoryRow> {
    let changes: Vec<Change<'_>> = paths.iter().flat_map(|(asset, bridges)| changes(*asset, bridges)).collect();
    let play = |change: &Change<'_>| {
        let mut setup =
            setup(&change.market, change.rule.as_ref(), Flow::Calls, change.utilisation, change.arbitrageur);
        (setup.crowd.elasticity, setup.crowd.looks) = change.demand;
        setup.crowd.lump = change.lump;
        row(options.seed, &change.name, &setup, change.bridges)
    };
    changes.par_iter().map(play).collect()
}

fn changes(asset: Asset, bridges: &[SimPath]) -> Vec<Change<'_>> {
    let market = crate::params::SimMarket::preset(asset);
    let who = arbitrageur(&market);
    let base = |name: String| Change {
        name,
        market: market.clone(),
        bridges,
        utilisation: UTILISATION,
        demand: (ELASTICITY, Looks::BeyondCalm),
        lump: 1.0,
        arbitrageur: Some(who),
        rule: Box::new(recommended()),
    };
    let mut all = vec![base("as it is".to_owned())];
    for utilisation in [0.2, 0.6] {
        all.push(Change { utilisation, ..base(format!("utilisation {:.0} %", 100.0 * utilisation)) });
    }
    for (name, elasticity, looks) in [
        ("buyers who look at no cost", 0.0, Looks::BeyondCalm),
        ("buyers who look at carry alone", ELASTICITY, Looks::DirectionRule),
        ("demand that falls twice as fast", 2.0 * ELASTICITY, Looks::BeyondCalm),
        ("demand that falls with all costs", ELASTICITY, Looks::Everything),
        ("demand that falls twice as fast with all costs", 2.0 * ELASTICITY, Looks::Everything),
    ] {
        all.push(Change { demand: (elasticity, looks), ..base(name.to_owned()) });
    }
    for markup in [0.9, 1.0, 1.1, 1.2] {
        all.push(Change { market: market.clone().with_multiplier(markup), ..base(format!("mark-up {markup}")) });
    }
    for (name, edit) in VOLATILITIES {
        let mut market = market.clone();
        edit(&mut market.volatility);
        all.push(Change { market, ..base((*name).to_owned()) });
    }
    let mut smooth = market.clone();
    smooth.smile = SimSmile::default();
    all.push(Change { market: smooth, ..base("one volatility for all strikes".to_owned()) });
    let even = SimMarket { weekend: [1.0; 2], ..market.clone() };
    all.push(Change { market: even, ..base("weekends as fast as other days".to_owned()) });
    for growth_limit in GROWTHS {
        let market = SimMarket { growth_limit, ..market.clone() };
        let name = format!("reserves that grow by {:.0} % an hour", 100.0 * growth_limit);
        all.push(Change { market: market.clone(), ..base(name.clone()) });
        all.push(Change { market, lump: LUMP, ..base(format!("{name}, purchases {LUMP} times as large")) });
    }
    let mut far = market.clone();
    for tenor in far.tenors.iter_mut().take(3) {
        (tenor.call_cap, tenor.put_cap) = (1.5 * tenor.call_cap - 0.5, 1.5 * tenor.put_cap - 0.5);
    }
    all.push(Change { market: far, ..base("caps half as far again".to_owned()) });
    let (phi, limit) = (recommended().0.rule.phi, recommended().0.capacity);
    let mut free = market.clone();
    (free.fee_open, free.fee_close, free.confidence) = (0.0, 0.0, 0.0);
    all.push(Change { market: free, ..base("neither fees nor spread".to_owned()) });
    for phi in [2.0, 4.0, 8.0] {
        all.push(Change { rule: Box::new(program(phi, limit, 0.0)), ..base(format!("carry {phi}·x")) });
    }
    for capacity in [0.25, 0.6] {
        all.push(Change { rule: Box::new(program(phi, capacity, 0.0)), ..base(format!("limit of sides {capacity}")) });
    }
    for part in [0.0, 0.5, 0.9, 1.0] {
        let rule = Box::new(Sided(recommended().0, part));
        all.push(Change { rule, ..base(format!("limit of sides {limit} and {part} of the other")) });
    }
    let other = |name: &str, arbitrageur| Change { arbitrageur, ..base(name.to_owned()) };
    all.push(other("nobody hedges elsewhere", None));
    all.push(other("arbitrageurs without a linear leg: 7 days, 9 % in the money", Some(Arbitrageur::using(1, 0.09))));
    all.push(other("arbitrageurs of a quarter of the size", Some(Arbitrageur { limit: 0.25, ..who })));
    all.push(other("arbitrageurs who pay 50 % a year", Some(Arbitrageur { funding: 0.5, ..who })));
    all.push(other("arbitrageurs who ask 40 % a year more", Some(Arbitrageur { hurdle: who.hurdle + 0.4, ..who })));
    all.push(other("arbitrageurs absent on every other day", Some(Arbitrageur { absent: 0.5, ..who })));
    all.push(other("arbitrageurs with a memory of two weeks", Some(Arbitrageur { patience: 14.0, ..who })));
    all
}
