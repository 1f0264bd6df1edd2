//! Writers whose cash does not cover their caps: where keepers come too late, what is missing is bad debt, and insurance pays it.
//!
//! Every day writers open one call and one put of each tenor, at the money to one deviation out, with just the cash that initial health asks for.
//! Keepers close them whole after their health is below zero, so many steps late, at the price and the bid of that moment. What insurance gets of fees is
//! left out: it is what providers deposited, and its part of penalties.

use crate::contract::{SimContract, Spot, YEAR};
use crate::params::SimMarket;
use crate::paths::SimPath;
use crate::random::Rng;
use crate::volatility::Volatility;

/// How writers and keepers behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Writers {
    /// Cap payoff of all of them at once, over main liquidity.
    pub caps: f64,
    /// What insurance holds at first, over main liquidity.
    pub insurance: f64,
    /// Steps between the moment at which health is below zero and the liquidation.
    pub late: usize,
    /// Move of the logarithm of the price after which health is computed again; once a day it is in any case. A larger one sees later.
    pub look: f64,
}

/// What came of a run, over main liquidity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Bad debt.
    pub bad_debt: f64,
    /// What insurance got of penalties.
    pub penalties: f64,
    /// Liquidations, and those that left bad debt.
    pub liquidations: [u32; 2],
}

struct Writer {
    contract: SimContract,
    size: f64,
    cash: f64,
    until: usize,
    /// Logarithm of the price, and step, at which health was last computed.
    seen: (f64, usize),
    due: Option<usize>,
}

/// Plays writers on a path.
pub fn play(market: &SimMarket, who: &Writers, path: &SimPath, rng: &mut Rng) -> Losses {
    let mut estimate = Volatility::start(&market.volatility, path.ln[0], path.start);
    let (mut open, mut losses): (Vec<Writer>, _) = (Vec::new(), Losses::default());
    let per_day = (86_400.0 / path.step).round() as usize;
    let tenors = &market.tenors[..3];
    // How many are open at once: each day one of each kind, for half a tenor.
    let at_once: f64 = tenors.iter().map(|tenor| 2.0 * (0.5 * tenor.seconds / 86_400.0).max(1.0)).sum();
    for (step, ln) in path.ln.iter().enumerate() {
        let now = path.start + step as f64 * path.step;
        estimate.sample(&market.volatility, *ln, now, market.speed(now - 1.0));
        let spot = Spot { ln: *ln, price: ln.exp() };
        if step % per_day == 0 {
            for (place, tenor) in tenors.iter().enumerate() {
                for call in [true, false] {
                    let away = rng.uniform() * market.volatility.start * (tenor.seconds / YEAR).sqrt();
                    let strike = crate::crowd::on_grid(spot.price * if call { away } else { -away }.exp());
                    let contract = SimContract::new(call, strike, tenor.seconds, market.cap_ratio(call, place));
                    if contract.is_capped_at(spot.price) {
                        continue;
                    }
                    let size = who.caps / at_once / contract.cap_payoff();
                    let cash = -size * options(market, &contract, spot, &estimate, now, market.margin.shocks[0]);
                    let until = step + (0.5 * tenor.seconds / path.step) as usize;
                    open.push(Writer { contract, size, cash, until, seen: (*ln, step), due: None });
                }
            }
        }
        open.retain_mut(|writer| !ends(writer, market, who, per_day, (spot, step, now), &estimate, &mut losses));
    }
    losses
}

/// Returns whether a writer is gone after this step.
fn ends(
    writer: &mut Writer,
    market: &SimMarket,
    who: &Writers,
    per_day: usize,
    (spot, step, now): (Spot, usize, f64),
    estimate: &Volatility,
    losses: &mut Losses,
) -> bool {
    let capped = writer.contract.is_capped_at(spot.price);
    if writer.due.is_none() {
        if step >= writer.until {
            return true;
        }
        if !capped && (spot.ln - writer.seen.0).abs() < who.look && step - writer.seen.1 < per_day {
            return false;
        }
        writer.seen = (spot.ln, step);
        let health =
            writer.cash + writer.size * options(market, &writer.contract, spot, estimate, now, market.margin.shocks[1]);
        if health >= 0.0 && !capped {
            return false;
        }
        writer.due = Some(step + who.late);
    }
    if writer.due.is_some_and(|due| step < due) {
        return false;
    }
    let quoted = estimate.quoted(&market.volatility, spot.ln, now, market.speed(now));
    let sigma = writer.contract.sigma(spot, quoted.bid(writer.contract.tenor), market.smile);
    let owed = if capped { writer.contract.cap_payoff() } else { writer.contract.value(spot, sigma).value };
    let equity = writer.cash - writer.size * owed;
    losses.liquidations[0] += 1;
    if equity < 0.0 {
        losses.bad_debt -= equity;
        losses.liquidations[1] += 1;
    } else {
        let [rate, of_equity, insurance] = market.margin.penalty;
        losses.penalties += insurance * (rate * writer.size * spot.price).min(of_equity * equity);
    }
    true
}

/// Returns what one written option adds to health at a shock: the worst of seven moves and of twice the shock, with the charge on its notional, and
/// never more than its cap payoff.
fn options(market: &SimMarket, contract: &SimContract, spot: Spot, estimate: &Volatility, now: f64, shock: f64) -> f64 {
    let rules = &market.margin;
    let mark = estimate.marks(&market.volatility, now).of(contract.tenor);
    let sigma = contract.sigma(spot, mark, market.smile) * rules.vol_stress;
    let at = |moved: f64| -contract.value(Spot::new(spot.price * (1.0 + moved)), sigma.min(4.0)).value;
    let side = if contract.call { shock } else { -shock };
    // Values are monotone: the largest move against the writer is the worst.
    let (here, worst, extreme) = (at(0.0), at(side), at(2.0 * side));
    let weighted = here - rules.extreme_weight * (here - extreme);
    (worst.min(weighted) - rules.short_charge * spot.price).max(-contract.cap_payoff())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::models::Model;

    fn path(fall: f64) -> SimPath {
        let mut path = Model::Gbm { sigma: 0.5 }.path(&mut Rng::new(61, 0), 0.1, 0.0, 300.0);
        let half = path.ln.len() / 2;
        for ln in &mut path.ln[half..] {
            *ln -= fall;
        }
        path
    }

    #[test]
    fn what_no_keeper_can_prevent_is_bad_debt_and_a_calm_market_has_none() {
        let market = SimMarket::btc();
        let who = crate::report::insurance::WRITERS;
        let lose = |fall, late| play(&market, &Writers { late, ..who }, &path(fall), &mut Rng::new(62, 0));
        assert_eq!(lose(0.0, 1).bad_debt, 0.0);
        // Maintenance at 14 % leaves something at a jump of 8 %, and not at one of 40 %.
        assert_eq!(lose(0.08, 0).bad_debt, 0.0);
        let (small, large) = (lose(0.25, 0), lose(0.4, 0));
        assert!(large.bad_debt > small.bad_debt && large.bad_debt > 0.0, "{small:?}, {large:?}");
        // No writer can owe more than their caps.
        assert!(large.bad_debt < who.caps);
    }
}
