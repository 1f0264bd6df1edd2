//! Tests of whole runs.

use super::*;
use crate::contract::SimSmile;
use crate::crowd::Flow;
use crate::paths::models::Model;
use crate::rule::{Carry, Potential};

fn setup<'a>(market: &'a SimMarket, rule: &'a dyn DirectionRule, flow: Flow) -> RunSetup<'a> {
    let crowd = Crowd { flow, utilisation: 0.4, elasticity: 0.0, looks: Looks::BeyondCalm, lump: 1.0 };
    let (arbitrageur, keeper) = (None, SimKeeper::PROMPT);
    RunSetup { market, rule, crowd, arbitrageur, liquidity_moves: false, keeper, writers: 0.0 }
}

/// A market that quotes one volatility, without fees, spread and smile.
fn exact_market(quoted: f64) -> SimMarket {
    let mut market = SimMarket::btc();
    (market.fee_open, market.fee_close, market.confidence, market.kappa) = (0.0, 0.0, 0.0, 0.0);
    market.smile = SimSmile::default();
    let volatility = &mut market.volatility;
    (volatility.min, volatility.start, volatility.max) = (quoted, quoted, quoted);
    market
}

fn mean_and_error(edges: &[f64]) -> (f64, f64) {
    let n = edges.len() as f64;
    let mean = edges.iter().sum::<f64>() / n;
    (mean, (edges.iter().map(|edge| (edge - mean).powi(2)).sum::<f64>() / n / (n - 1.0)).sqrt())
}

fn edges(market: &SimMarket, runs: u64) -> Vec<f64> {
    let rule = Potential { kappa: None };
    let run = |seed| {
        let path = Model::Gbm { sigma: 0.6 }.path(&mut Rng::new(11, seed), 1.0, 0.0, 300.0);
        let outcome = run(&setup(market, &rule, Flow::Balanced), &path, &mut Rng::new(12, seed));
        let sum = |of: fn(&Month) -> f64| outcome.months.iter().map(of).sum::<f64>();
        sum(|month| month.edge) / sum(|month| month.premium)
    };
    (0..runs).map(run).collect()
}

#[test]
fn nobody_gains_where_quotes_know_the_volatility() {
    let (mean, error) = mean_and_error(&edges(&exact_market(0.6), 24));
    assert!(mean.abs() < 3.0 * error + 0.002 && error < 0.01, "{mean} ± {error}");
    // The same measure finds a volatility that is five per cent off.
    let (mean, error) = mean_and_error(&edges(&exact_market(0.63), 24));
    assert!(mean < -3.0 * error, "{mean} ± {error}");
}

#[test]
fn a_pool_that_sells_calls_loses_in_a_rising_market_and_a_carry_is_paid_for_it() {
    let market = SimMarket::btc();
    let path = Model::Gbm { sigma: 0.5 }.path(&mut Rng::new(13, 0), 1.0, 1.5, 300.0);
    let (none, carry) = (Potential { kappa: None }, Carry::straight(4.0));
    let alone = run(&setup(&market, &none, Flow::Calls), &path, &mut Rng::new(14, 0));
    let paid = run(&setup(&market, &carry, Flow::Calls), &path, &mut Rng::new(14, 0));
    assert!(alone.skew[0] > 0.4 && alone.factor < paid.factor, "{alone:?}, {paid:?}");
    assert!(paid.parts.carry > 0.1 && alone.parts.carry.abs() < 1e-9, "{:?}, {:?}", paid.parts, alone.parts);
    assert_eq!((alone.failed_payouts, paid.failed_payouts), (0, 0));
}

#[test]
fn arbitrageurs_take_the_direction_that_is_paid() {
    let market = SimMarket::btc();
    let path = Model::Gbm { sigma: 0.6 }.path(&mut Rng::new(15, 0), 1.0, 0.3, 300.0);
    let rule = Carry::straight(4.0);
    let mut setup = setup(&market, &rule, Flow::Calls);
    let alone = run(&setup, &path, &mut Rng::new(16, 0));
    setup.arbitrageur = Some(Arbitrageur::using(3, 0.18));
    let with = run(&setup, &path, &mut Rng::new(16, 0));
    assert!(with.skew[0] < 0.5 * alone.skew[0], "{:?}, {:?}", with.skew, alone.skew);
    // A potential pays nobody for staying, so nobody comes.
    let rule = Potential { kappa: None };
    let setup = RunSetup { rule: &rule, ..setup };
    assert_eq!(run(&setup, &path, &mut Rng::new(16, 0)).arbitrage, 0.0);
}

#[test]
fn liquidity_and_keepers_that_come_and_go_break_nothing() {
    let market = SimMarket::btc();
    let path = Model::Bursts { sigma: 0.8, roughness: 0.6 }.path(&mut Rng::new(17, 0), 1.0, 0.0, 300.0);
    let rule = Carry::straight(4.0);
    let mut setup = setup(&market, &rule, Flow::Trend);
    setup.liquidity_moves = true;
    setup.keeper = SimKeeper { delay_steps: 1, fails: 0.05, ..SimKeeper::PROMPT };
    let outcome = run(&setup, &path, &mut Rng::new(18, 0));
    assert_eq!(outcome.failed_payouts, 0);
    assert!(outcome.factor > 0.0 && outcome.utilisation > 0.2, "{outcome:?}");
    let again = run(&setup, &path, &mut Rng::new(18, 0));
    assert_eq!(outcome.factor, again.factor);
}

#[test]
fn informed_buyers_gain_more_than_others() {
    let market = SimMarket::btc();
    let path = Model::Merton { sigma: 0.45, jumps: 18.0, mean: -0.08, deviation: 0.06 }.path(
        &mut Rng::new(19, 0),
        2.0,
        0.0,
        300.0,
    );
    let rule = Potential { kappa: None };
    let edge = |flow| {
        let outcome = run(&setup(&market, &rule, flow), &path, &mut Rng::new(20, 0));
        outcome.months.iter().map(|month| month.edge).sum::<f64>()
            / outcome.months.iter().map(|month| month.premium).sum::<f64>()
    };
    assert!(edge(Flow::InformedOfVolatility) > edge(Flow::Balanced) + 0.1);
}

#[test]
fn the_more_costs_buyers_look_at_and_the_more_they_mind_the_less_they_hold() {
    let market = SimMarket::btc();
    let path = Model::Bursts { sigma: 0.6, roughness: 0.6 }.path(&mut Rng::new(21, 0), 1.0, 0.0, 300.0);
    let rule = crate::rule::recommended();
    let used = |elasticity, looks| {
        let mut setup = setup(&market, &rule, Flow::Balanced);
        (setup.crowd.elasticity, setup.crowd.looks) = (elasticity, looks);
        run(&setup, &path, &mut Rng::new(22, 0)).utilisation
    };
    let [direction, beyond, all] =
        [Looks::DirectionRule, Looks::BeyondCalm, Looks::Everything].map(|looks| used(3.0, looks));
    assert!(all < 0.95 * beyond && beyond < 0.95 * direction, "{direction} {beyond} {all}");
    assert!(used(6.0, Looks::BeyondCalm) < beyond);
}

#[test]
fn costs_and_what_time_costs_make_up_what_buyers_lose_and_writers_get_what_they_write() {
    // At a volatility that quotes know, without a smile: time costs nothing, so an edge is the costs.
    let mut market = exact_market(0.6);
    (market.fee_open, market.fee_close, market.confidence) = (0.0005, 0.0003, 0.0003);
    let rule = Carry::straight(2.0);
    let sums = |number| {
        let path = Model::Gbm { sigma: 0.6 }.path(&mut Rng::new(23, number), 1.0, 0.0, 300.0);
        let mut setup = setup(&market, &rule, Flow::Balanced);
        setup.writers = 0.1;
        let outcome = run(&setup, &path, &mut Rng::new(24, number));
        assert_eq!(outcome.failed_payouts, 0);
        let of = |of: fn(&Month) -> f64| outcome.months.iter().map(of).sum::<f64>();
        let premium = of(|month| month.premium);
        let all = of(|month| month.edge + month.costs.all()) / premium;
        (all, of(|month| month.costs.fees) / premium, outcome.others)
    };
    let found: Vec<_> = (0..16).map(sums).collect();
    let (time, error) = mean_and_error(&found.iter().map(|one| one.0).collect::<Vec<_>>());
    assert!(time.abs() < 3.0 * error + 0.002, "{time} ± {error}");
    assert!(found.iter().all(|one| one.1 > 0.02), "{found:?}");
    assert!(found.iter().all(|one| one.2.writers != 0.0 && one.2.insurance > one.2.protocol), "{found:?}");
}

#[test]
fn what_is_refused_is_counted_by_what_refuses_it() {
    let market = SimMarket::btc();
    let path = Model::Gbm { sigma: 0.5 }.path(&mut Rng::new(13, 0), 0.25, 0.0, 300.0);
    let refused = |market: &SimMarket, rule: &dyn DirectionRule, utilisation: f64, flow| {
        let mut setup = setup(market, rule, flow);
        setup.crowd.utilisation = utilisation;
        run(&setup, &path, &mut Rng::new(14, 0)).refused
    };
    let free = Potential { kappa: None };
    let none = refused(&SimMarket { growth_limit: 10.0, ..market.clone() }, &free, 0.1, Flow::Balanced);
    assert_eq!(none, Refused::default());
    // Each limit alone, and a tighter one more.
    let wide = SimMarket { growth_limit: 10.0, ..market.clone() };
    let full = refused(&wide, &free, 3.0, Flow::Balanced);
    assert!(full.volume[0] > 0.1 && full.volume[1..] == [0.0; 2] && full.days[0] > 0.1, "{full:?}");
    let sided = refused(&wide, &crate::rule::recommended(), 0.6, Flow::Calls);
    assert!(sided.volume[1] > 0.1 && sided.volume[2] == 0.0, "{sided:?}");
    let slow = [0.05, 0.01].map(|growth_limit| {
        let found = refused(&SimMarket { growth_limit, ..market.clone() }, &free, 0.4, Flow::Balanced);
        assert!(found.volume[..2] == [0.0; 2] && found.days[2] <= 1.0, "{found:?}");
        found.volume[2]
    });
    assert!(slow[0] < slow[1] && slow[1] > 0.1, "{slow:?}");
}
