//! The floating-point ledger against the program's arithmetic: the same trades and points, in both.

use evergreen_math::option::{OptionKind, PricePoint, Terms};
use evergreen_math::trade::{LegPricing, PriceBand};
use evergreen_math::{
    BasisPoints, Dollars, PointScale, Points, Ratio, Seconds, UnixTime,
    calendar::Week,
    fees::FeeParams,
    funding::{SeriesFunding, owed},
};
use evergreen_sim::contract::{SimContract, Spot};
use evergreen_sim::params::SimMarket;
use evergreen_sim::paths::models::Model;
use evergreen_sim::pool::{Owner, Scene, SimLot, SimPool};
use evergreen_sim::random::Rng;
use evergreen_sim::rule::Potential;
use evergreen_sim::volatility::SimQuoted;

const SIGMA: f64 = 0.6;
const CASH: f64 = 1e13;
const SIZE: f64 = 2e7;
const SCALE: u8 = 3;

fn dollars(x: f64) -> Dollars {
    Dollars::from_bits((x * 64f64.exp2()) as i128)
}

fn ratio(x: f64) -> Ratio {
    Ratio::from_bits((x * 64f64.exp2()) as i128)
}

/// One series and one position, as the program keeps them.
struct Exact {
    terms: Terms,
    funding: SeriesFunding,
    points: Points,
    sigma: Ratio,
    scale: PointScale,
    paid: i64,
    fees: i64,
}

impl Exact {
    /// Trades so many points at a price with three basis points of confidence; fees are counted apart.
    fn trade(&mut self, market: &SimMarket, change: i64, price: f64) {
        let fees = FeeParams {
            open: BasisPoints((market.fee_open * 1e4).round() as u16),
            close: BasisPoints((market.fee_close * 1e4).round() as u16),
            cap_of_value: BasisPoints((market.fee_value_cap * 1e4).round() as u16),
        };
        let spot = PricePoint::new(dollars(price)).unwrap();
        let prices = PriceBand::around(spot, dollars(price * market.confidence), BasisPoints(10_000)).unwrap();
        let (terms, held, change) = (&self.terms, self.points, Points(change));
        let (sigma, scale) = (self.sigma, self.scale);
        let pricing = LegPricing { terms, held, change, sigma, prices, fees, scale };
        let cost = pricing.quote().unwrap();
        self.paid -= cost.cash_change.0;
        self.fees += cost.fee.0 as i64;
        self.points = Points(self.points.0 + change.0);
    }

    fn point(&mut self, market: &SimMarket, price: f64, now: i64, tenor: u32) {
        let [saturday, sunday] = market.weekend.map(|speed| BasisPoints((speed * 1e4).round() as u16));
        let even = self.terms.value(self.sigma, dollars(price)).unwrap().time_value;
        // The rate counts for the half-hour that follows.
        let time_value = Week { saturday, sunday }.speed(UnixTime(now + 900)).of(even).unwrap();
        self.funding = self.funding.advance(time_value, UnixTime(now), Seconds(tenor), Seconds(9_000)).unwrap();
    }
}

#[test]
fn three_days_of_a_position_cost_the_same_in_both_ledgers() {
    let mut market = SimMarket::btc();
    market.smile = evergreen_sim::contract::SimSmile::default();
    let rule = Potential { kappa: None };
    let path = Model::Gbm { sigma: SIGMA }.path(&mut Rng::new(31, 0), 3.0 / 365.0, 0.0, 1_800.0);
    let (price, call) = (path.ln[0].exp(), [true, false]);
    let mut pool = SimPool::new(CASH);
    let scale = PointScale::new(SCALE).unwrap();
    let tenor = market.tenors[1].seconds as u32;
    let scene = |step: usize| Scene {
        market: &market,
        rule: &rule,
        spot: Spot { ln: path.ln[step], price: path.ln[step].exp() },
        quoted: SimQuoted::calm(SIGMA),
        now: step as f64 * 1_800.0,
    };
    let points = (SIZE * 10f64.powi(SCALE.into())) as i64;
    let mut exact = call.map(|call| {
        let (kind, cap) = if call { (OptionKind::Call, 1.2) } else { (OptionKind::Put, 0.8) };
        let terms = Terms::new(kind, Dollars::from_int(50_000), Seconds(tenor), Some(ratio(cap))).unwrap();
        Exact {
            terms,
            funding: SeriesFunding::starting(UnixTime(0)),
            points: Points::ZERO,
            sigma: ratio(SIGMA),
            scale,
            paid: 0,
            fees: 0,
        }
    });
    for (call, exact) in call.into_iter().zip(&mut exact) {
        let contract = SimContract::new(call, 50_000.0, f64::from(tenor), market.cap_ratio(call, 1));
        let at = scene(0);
        pool.depth = CASH;
        pool.open(&at, SimLot::new(Owner::Crowd, contract, at.value(&contract), SIZE, 1e18));
        exact.trade(&market, points, price);
        exact.point(&market, price, 0, tenor);
    }
    let steps = path.ln.len() - 1;
    for step in 1..=steps {
        pool.point(&scene(step), 1_800.0);
        for exact in &mut exact {
            exact.point(&market, path.ln[step].exp(), step as i64 * 1_800, tenor);
        }
    }
    // The depth of both is the one of the beginning, as no valuation comes between.
    pool.depth = CASH;
    for exact in &mut exact {
        exact.paid +=
            owed(exact.points, exact.funding.index, SeriesFunding::starting(UnixTime(0)).index, scale).unwrap().0;
    }
    let funding = pool.income[0];
    assert!(funding > 1e9, "{funding}");
    while !pool.lots.is_empty() {
        let call = pool.lots[0].contract.call;
        pool.close(&scene(steps), 0);
        exact[usize::from(!call)].trade(&market, -points, path.ln[steps].exp());
    }
    let (paid, fees): (i64, i64) = exact.iter().fold((0, 0), |sum, one| (sum.0 + one.paid, sum.1 + one.fees));
    let fast = [pool.cash + pool.insurance + pool.protocol - CASH, pool.insurance / market.fee_insurance];
    let exact = [(paid + fees) as f64, fees as f64];
    // The spread is linear in the fast ledger: delta times three basis points, where the program values the end of the band.
    assert!((fast[0] - exact[0]).abs() < 2e-5 * SIZE * 50_000.0 * 0.05, "{fast:?}, {exact:?}");
    assert!((fast[1] / exact[1] - 1.0).abs() < 1e-3, "{fast:?}, {exact:?}");
}
