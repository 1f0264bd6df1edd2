//! One buyer's year in floating point, by the formulas of the simulator.

use crate::{driver::Year, model::Contract, people::WEEKLY};
use evergreen_sdk::presets::Asset;
use evergreen_sim::{
    contract::{self, Spot, Value},
    params::SimMarket,
    volatility::Volatility,
};
use evergreen_tests::BTC;

/// A position of the weekly buyer: half-hours of opening and end, units of the index, whether it ran to the cap, and what it cost on the chain, native units.
#[derive(Clone, Debug)]
pub struct Stay {
    pub contract: Contract,
    pub points: i64,
    pub opened: usize,
    pub ended: usize,
    pub capped: bool,
    pub paid: i64,
}

/// The simulator's quotes at each half-hour of the year.
pub struct Simulated {
    market: SimMarket,
    estimates: Vec<Volatility>,
}

impl Simulated {
    pub fn new(year: &Year) -> Self {
        let asset = if year.market == BTC { Asset::Btc } else { Asset::Eth };
        let mut market = SimMarket::preset(asset);
        market.confidence = 1.0;
        let ln = |half_hour: usize| (year.prices[half_hour] as f64 * 1e-8).ln();
        let moment = |half_hour: usize| (year.start + 1_800 * half_hour as i64) as f64;
        let mut volatility = Volatility::start(&market.volatility, ln(0), (year.start - 1_800) as f64);
        let estimates = (0..year.prices.len()).map(|half_hour| {
            if half_hour > 0 {
                volatility.sample(
                    &market.volatility,
                    ln(half_hour),
                    moment(half_hour),
                    market.speed(moment(half_hour) - 1.0),
                );
            }
            volatility
        });
        let estimates = estimates.collect();
        Self { market, estimates }
    }

    fn value(&self, year: &Year, option: &contract::SimContract, half_hour: usize, buys: Option<bool>) -> Value {
        let spot = Spot::new(year.prices[half_hour] as f64 * 1e-8);
        let now = (year.start + 1_800 * half_hour as i64) as f64;
        let (params, estimate) = (&self.market.volatility, &self.estimates[half_hour]);
        let sigma = match buys {
            Some(buys) => estimate.quoted(params, spot.ln, now, self.market.speed(now)).side(buys, option.tenor),
            // Funding is paid at the volatility of the shortest tenor.
            None => estimate.marks(params, now).front,
        };
        option.value(spot, option.sigma(spot, sigma, self.market.smile))
    }

    /// Returns what a stay costs, dollars on one unit of the index: premium, spread, fees, funding and carry, less what its end brings.
    pub fn cost(&self, year: &Year, stay: &Stay) -> f64 {
        let tenor = f64::from(stay.contract.days) * 86_400.0;
        let cap = f64::from(stay.contract.cap_bps) / 1e4;
        let option = contract::SimContract::new(!stay.contract.put, stay.contract.strike as f64, tenor, cap);
        let trade = |half_hour: usize, buys: bool, fee: f64| {
            let price = year.prices[half_hour] as f64 * 1e-8;
            let value = self.value(year, &option, half_hour, Some(buys));
            let spread = value.delta / price * year.confidences[half_hour] as f64 * 1e-8;
            (value.value, spread + (fee * price).min(self.market.fee_value_cap * value.value))
        };
        let (premium, costs) = trade(stay.opened, true, self.market.fee_open);
        let mut paid = premium + costs;
        for half_hour in stay.opened..stay.ended {
            let value = self.value(year, &option, half_hour, None);
            let years = 1_800.0 / contract::YEAR;
            let speed = self.market.speed((year.start + 1_800 * half_hour as i64) as f64);
            let carry = f64::from(year.carries[half_hour]) / 1e6;
            paid += (speed * value.time_value / tenor * contract::YEAR + carry * value.delta) * years;
        }
        if stay.capped {
            return paid - option.cap_payoff();
        }
        let (proceeds, costs) = trade(stay.ended, false, self.market.fee_close);
        paid - proceeds + costs
    }
}

impl Year {
    /// Compares the weekly buyer's stays with the simulator: each to a thousandth of its premium, and the sum of the year.
    ///
    /// # Panics
    /// If they differ.
    pub fn check_simulated(&self) {
        let simulated = Simulated::new(self);
        let (mut here, mut there, mut widest) = (0.0, 0.0, 0f64);
        assert!(self.stays.len() > 40, "{} stays of {WEEKLY}", self.stays.len());
        for stay in &self.stays {
            let units = stay.points as f64 / 10f64.powi(i32::from(self.books.scale.exponent()));
            let cost = simulated.cost(self, stay) * units;
            let price = self.prices[stay.opened] as f64 * 1e-8;
            widest = widest.max((stay.paid as f64 - cost).abs() / (units * price));
            here += stay.paid as f64;
            there += cost;
        }
        println!(
            "{} stays cost {here:.0} on the chain, {there:.0} simulated; widest {:.4} bp of notional",
            self.stays.len(),
            1e4 * widest
        );
        assert!(widest < 5e-5, "a stay differs by {widest} of its notional");
    }
}
