//! Markets in which an episode begins.

use evergreen_sdk::{
    evergreen::state::{MAX_UNDERLYINGS, PoolParams, ShareClass},
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, STOCK, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// People who trade.
pub const TRADERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// Everybody who may sign something, the roles included.
pub const PEOPLE: [&str; 16] = [
    "alice", "bob", "carol", "dave", "mallory", "keeper", "lp", "vera", "insurer", "curator", "rita", "dora", "admin",
    "guardian", "heir", "fees",
];
/// People who provide liquidity.
pub const PROVIDERS: [&str; 4] = ["lp", "vera", "insurer", "curator"];
/// What a token has bought of the shares of the stock's pool.
const SHARES: u64 = 1_000 * TOKEN;

/// Kinds of markets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Two pools with preset parameters.
    Preset,
    /// Two pools that are almost too small for what is traded.
    Small,
    /// Two pools with all limits of the presets, samples every half-hour, and averages that lag.
    Lagging,
    /// Beside the two a curated pool and a private one on the stock, and one on shares of the stock's pool.
    Nested,
    /// Beside the two a private pool that may be wound down by a buy-back.
    Private,
}

impl Scene {
    /// All scenes.
    pub const ALL: [Self; 5] = [Self::Preset, Self::Small, Self::Lagging, Self::Nested, Self::Private];

    /// Returns the name in reproducers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preset => "preset",
            Self::Small => "small",
            Self::Lagging => "lagging",
            Self::Nested => "nested",
            Self::Private => "private",
        }
    }

    /// Returns the scene of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scene| scene.name() == name)
    }

    /// Sets the scene up, by real instructions.
    pub fn set_up(self) -> World {
        let mut world = match self {
            Self::Preset | Self::Nested | Self::Private => World::new(Setup::preset()),
            Self::Small => World::new(Setup { liquidity: 30 * TOKEN, insurance: TOKEN / 10, ..Setup::preset() }),
            Self::Lagging => World::lagging(Setup { pool: presets::pool_params(), ..Setup::slow() }),
        };
        // The many checks of these set-ups are those of other tests.
        world.round_trip_every = u32::MAX;
        match self {
            Self::Nested => nested(&mut world),
            Self::Private => private(&mut world),
            Self::Preset | Self::Small | Self::Lagging => {}
        }
        for pool in 0..world.pools.len() {
            populate(&mut world, pool);
        }
        // Fills and liquidity wait for samples as they do on a network.
        world.sampled = false;
        world.round_trip_every = 64;
        world
    }
}

fn nested(world: &mut World) {
    world.provide("treasury", STOCK, ShareClass::Main, 6_000 * TOKEN).ok();
    let params = PoolParams { curator_bps: 2_000, ..presets::pool_params() };
    let twin = world.add_curated_pool("curator", STOCK, (false, TOKEN), params);
    let asked = PoolParams { buy_markup_bps: 500, write_markdown_bps: 800, ..params };
    let private = world.add_curated_pool("curator", STOCK, (true, TOKEN), asked);
    let outer = world.add_share_pool("curator", (STOCK, "treasury"), (false, SHARES), params);
    for (who, pool, unit) in [("lp", twin, TOKEN), ("curator", private, TOKEN), ("lp", outer, SHARES)] {
        world.provide(who, pool, ShareClass::Main, 400 * unit).ok();
    }
    for (who, pool, unit) in [("insurer", twin, TOKEN), ("curator", private, TOKEN), ("insurer", outer, SHARES)] {
        world.provide(who, pool, ShareClass::Insurance, 40 * unit).ok();
    }
}

fn private(world: &mut World) {
    let params = PoolParams {
        curator_bps: 2_000,
        buyback_bps: 1_000,
        direction_limit_bps: [4_000; MAX_UNDERLYINGS],
        ..presets::pool_params()
    };
    let pool = world.add_curated_pool("curator", CLASSIC, (true, TOKEN), params);
    for class in [ShareClass::Main, ShareClass::Insurance] {
        world.provide("curator", pool, class, 400 * TOKEN).ok();
    }
}

/// What amounts of a pool count in: a token, or for shares of another pool what a token has bought of them.
pub fn unit(world: &World, pool: usize) -> u64 {
    if world.givers.contains_key(&world.mints[pool].address) { SHARES } else { TOKEN }
}

/// Gives everybody wallets, tokens and margin, and lists series.
fn populate(world: &mut World, pool: usize) {
    let (unit, keys) = (unit(world, pool), world.pools[pool]);
    for who in TRADERS {
        world.trader(who, pool, 30 * unit);
        world.fund(who, pool, 100 * unit);
    }
    for who in ["keeper", "mallory"] {
        world.trader(who, pool, unit);
        world.fund(who, pool, 20 * unit);
    }
    for who in PEOPLE {
        world.fund(who, pool, 10);
        world.chain.give_lamports(&actor(who), 100_000_000_000);
        for class in [ShareClass::Main, ShareClass::Insurance] {
            world.chain.create_token_account(&actor(who), &keys.share_mint(class), &anchor_spl::token::ID);
        }
    }
    for who in PROVIDERS {
        world.fund(who, pool, 20 * unit);
    }
    // One account has a referrer.
    let open = build::open_margin_account(world.chain.payer, actor("alice"), &keys, 1, Some(actor("rita")));
    world.send(open).ok();
    let second = evergreen_sdk::address::margin_account(&keys.pool, &actor("alice"), 1);
    world.send(build::deposit_margin(actor("alice"), &keys, second, 5 * unit)).ok();
    let mut first = None;
    for (market, strike, step) in [(BTC, 100_000, 4_000), (ETH, 4_000, 200)] {
        for put in [false, true] {
            let listed = world.list(pool, market, put, strike);
            first = first.or(Some(listed));
            world.list_tenor(pool, market, put, if put { strike - step } else { strike + step }, 1);
        }
    }
    let series = first.expect("a series");
    // Something is held and written from the beginning.
    for (who, points) in [("alice", TENTH / 20), ("bob", -TENTH / 40)] {
        let _ = world.trade(who, pool, &[(series, points)]);
    }
}
