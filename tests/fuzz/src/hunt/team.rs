//! The accounts of one hand, and the others beside it.

use evergreen_math::{Points, Rounding};
use evergreen_sdk::evergreen::state::{SeriesId, ShareClass};
use evergreen_tests::{
    BTC, CLASSIC, ETH, Setup, World,
    chain::actor,
    snapshot::PoolView,
    valuation::{Markets, scale},
    world::{TENTH, TOKEN},
};

/// Who trades for the hand.
pub const TRADERS: [&str; 2] = ["mallory", "dave"];
/// Who provides liquidity for it.
pub const PROVIDER: &str = "vera";
/// Who earns tips and rewards for it.
pub const KEEPER: &str = "keeper";
/// The pool.
pub const POOL: usize = CLASSIC;
/// What each of them begins with, native units.
const PURSE: u64 = 2_000 * TOKEN;
/// The longest sequence, seconds; nothing is due in it.
pub const LONGEST: i64 = 1_500;

/// The market as the hand finds it.
pub struct Team {
    /// Series that are listed.
    pub series: Vec<SeriesId>,
    notional: i64,
    funding: i64,
}

impl Team {
    /// Makes a market in which others have liquidity, insurance and options, one minute after a half-hour that was sampled, and gives the hand its
    /// accounts.
    pub fn gather() -> (World, Self) {
        let mut world = World::new(Setup::slow());
        (world.checked, world.round_trip_every) = (false, u32::MAX);
        for who in ["alice", "bob", "keeper", "mallory", "dave"] {
            world.trader(who, POOL, 30 * TOKEN);
        }
        let mut series = Vec::new();
        for (market, strike, step) in [(BTC, 100_000, 4_000), (ETH, 4_000, 200)] {
            for put in [false, true] {
                series.push(world.list(POOL, market, put, strike));
                series.push(world.list_tenor(POOL, market, put, if put { strike - step } else { strike + step }, 1));
            }
        }
        world.trade("alice", POOL, &[(series[0], TENTH / 20)]).ok();
        world.trade("bob", POOL, &[(series[0], -TENTH / 40)]).ok();
        world.trade("alice", POOL, &[(series[6], TENTH / 40)]).ok();
        for who in TRADERS.into_iter().chain([PROVIDER, KEEPER]) {
            world.fund(who, POOL, PURSE);
            world.chain.give_lamports(&actor(who), 1_000_000_000_000);
            for class in [ShareClass::Main, ShareClass::Insurance] {
                let mint = world.pools[POOL].share_mint(class);
                world.chain.create_token_account(&actor(who), &mint, &anchor_spl::token::ID);
            }
        }
        let half_hour = 1_800;
        let to_go = half_hour - world.chain.now() % half_hour;
        world.pass(to_go + 1);
        for sample in world.due_samples() {
            world.send(sample).ok();
        }
        world.pass(59);
        let (notional, funding) = world.valued(POOL, others);
        (world, Self { series, notional, funding })
    }

    /// What others hold and have written, times its price, native units.
    pub const fn notional_of_others(&self) -> i64 {
        self.notional
    }

    /// What others pay and are paid in funding in the longest sequence, native units, and as much again for carry.
    pub const fn funding_of_others(&self) -> i64 {
        self.funding
    }
}

/// Notional of all positions, and twice their time value for the part of their tenor that a sequence lasts.
fn others(view: &PoolView, markets: &Markets) -> (i64, i64) {
    let (mut notional, mut funding) = (0, 0);
    for (_, position) in view.positions() {
        let series = &view.registry.series[usize::from(position.slot)];
        let size = Points(position.points.abs());
        notional += scale(view).native(size, markets.spot(series.underlying), Rounding::Ceil).expect("a notional").0;
        let worth = markets.worth(position.slot, position.points.abs());
        funding += 2 * worth * LONGEST / i64::from(series.tenor);
    }
    (notional, funding)
}
