//! Valid calls of instructions that need a world of their own: those that create what every other world has, and those of a market's hardest hours.

use crate::{audit::notices::Scene, pools};
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    evergreen::state::{Change, LAYOUT_VERSION, NoticeCause, Roles, ShareClass},
    instruction::{self as build, PoolKeys},
    presets,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, STOCK, Setup, World,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

/// A call of an instruction that succeeds in its world.
pub struct RareCase {
    pub world: World,
    pub name: &'static str,
    pub instruction: Instruction,
}

/// Returns a valid call of each instruction that [`Cases::all`](crate::cases::Cases::all) leaves out.
pub fn rare() -> Vec<RareCase> {
    vec![
        initialize_protocol(),
        create_underlying(),
        create_pool(),
        accept_curator(),
        collect_curator_fees(),
        close_for_cash(),
        close_for_place(),
        announce_buyback(),
        report_silence(),
        end_series(),
        renew_shares(),
        redeem_retired(),
        migrate_account(),
    ]
}

fn case(world: World, name: &'static str, instruction: Instruction) -> RareCase {
    RareCase { world, name, instruction }
}

fn initialize_protocol() -> RareCase {
    let world = World::bare();
    let [admin, guardian, fee_owner] = ["admin", "guardian", "fees"].map(actor);
    let roles = Roles { admin, guardian, fee_owner };
    let call = build::initialize_protocol(world.chain.payer, world.chain.upgrade_authority, roles);
    case(world, "initialize_protocol", call)
}

fn create_underlying() -> RareCase {
    let mut world = World::bare();
    world.initialize();
    let config = Setup::flat().btc;
    let feed = world.new_feed(&config, 100_000);
    let call = build::create_underlying(world.chain.payer, actor("admin"), feed.accounts.price, config);
    case(world, "create_underlying", call)
}

fn create_pool() -> RareCase {
    let mut world = World::flat();
    let mint = world.chain.create_classic_mint("fresh", 8);
    let (keys, listed) = (PoolKeys::new(mint.address, mint.program), world.of_pool(CLASSIC).others);
    let call = build::create_pool(world.chain.payer, actor("admin"), &keys, 3, presets::pool_params(), &listed);
    case(world, "create_pool", call)
}

fn accept_curator() -> RareCase {
    let (mut world, pool) = pools::with_pool();
    let change = Change::Curator(actor("dora"));
    pools::propose(&mut world, "carol", pool, change).ok();
    world.pass(10 * DAY);
    pools::execute(&mut world, pool, 0, &change).ok();
    let call = build::accept_curator(actor("dora"), world.pools[pool].pool);
    case(world, "accept_curator", call)
}

fn collect_curator_fees() -> RareCase {
    let (mut world, pool) = pools::with_pool();
    let call = world.list(pool, BTC, false, 100_000);
    world.trader("erin", pool, 100 * TOKEN);
    world.trade("erin", pool, &[(call, TENTH)]).ok();
    let keys = world.pools[pool];
    let call = build::collect_curator_fees(&keys, keys.wallet(&actor("carol")));
    case(world, "collect_curator_fees", call)
}

/// Alice writes a call and holds a higher one; the written one is exercised, and she owes more than her cash.
fn close_for_cash() -> RareCase {
    let mut world = World::flat();
    let [low, high] = [95_000, 100_000].map(|strike| world.list(CLASSIC, BTC, false, strike));
    for (who, tokens) in [("bob", 200), ("alice", 60)] {
        world.trader(who, CLASSIC, tokens * TOKEN);
    }
    world.trade("bob", CLASSIC, &[(low, 25 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(low, -25 * TENTH), (high, 25 * TENTH)]).ok();
    world.set_price(BTC, 114_000);
    let (keys, alice) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    world.send(build::exercise_series(&keys, low, &world.feeds[BTC].accounts)).ok();
    world.send(build::settle_positions(&keys, alice)).ok();
    let call = build::close_for_cash(actor("keeper"), &keys, alice, high, &world.markets());
    case(world, "close_for_cash", call)
}

/// All slots are taken at both ends of a notice.
fn close_for_place() -> RareCase {
    let mut scene = Scene::new(&[("alice", 100, TENTH / 20)]);
    let moment = scene.notice();
    scene.pass_to(moment + 1);
    scene.take();
    let Scene { mut world, series, .. } = scene;
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    let alice = world.account_key("alice", CLASSIC);
    let feeds = [world.first_after(BTC, moment).expect("the price of the moment")];
    let call =
        build::close_for_place(actor("keeper"), &world.pools[CLASSIC], alice, (series[0], NoticeCause::Slot), &feeds);
    case(world, "close_for_place", call)
}

fn announce_buyback() -> RareCase {
    let (mut world, pool) = pools::buyback::scene();
    let key = world.pools[pool].pool;
    world.send(build::halt_pool(actor("carol"), key)).ok();
    case(world, "announce_buyback", build::announce_buyback(actor("carol"), key))
}

/// Alice holds a call on BTC, of which nothing is published any more.
fn silent() -> World {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.chain.pass(DAY);
    world.edit_price(ETH, |_| {});
    world
}

fn report_silence() -> RareCase {
    let world = silent();
    let call = build::report_silence(&world.feeds[BTC].accounts);
    case(world, "report_silence", call)
}

fn end_series() -> RareCase {
    let mut world = silent();
    world.send(build::report_silence(&world.feeds[BTC].accounts)).ok();
    world.chain.pass(7 * DAY);
    let (id, _) = world.view(CLASSIC).series().next().expect("the call");
    let call = build::end_series(&world.pools[CLASSIC], id, world.feeds[BTC].accounts.underlying);
    case(world, "end_series", call)
}

/// All capital of the main class has been burnt but a few units.
fn spent() -> World {
    let mut setup = Setup::flat();
    (setup.liquidity, setup.insurance) = (1_000 * TOKEN, 0);
    let mut world = World::new(setup);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    let (keys, pool) = (world.pools[STOCK], world.view(STOCK).pool);
    world.seize(STOCK, keys.vault, pool.pool_cash.unsigned_abs() + pool.fees_due - 1_000, Seizure::Burn);
    world.sync(STOCK).ok();
    world.sync(STOCK).ok();
    world
}

fn renew_shares() -> RareCase {
    let world = spent();
    let call = build::renew_shares(world.chain.payer, &world.pools[STOCK], ShareClass::Main);
    case(world, "renew_shares", call)
}

fn redeem_retired() -> RareCase {
    let mut world = spent();
    let keys = world.pools[STOCK].at(ShareClass::Main, 0);
    world.send(build::renew_shares(actor("vera"), &world.pools[STOCK], ShareClass::Main)).ok();
    world.fund("lp", STOCK, 0);
    let call = build::redeem_retired(actor("lp"), &keys, ShareClass::Main, actor("vera"), 1_000_000);
    case(world, "redeem_retired", call)
}

fn migrate_account() -> RareCase {
    let mut world = World::flat();
    let pool = world.pools[CLASSIC].pool;
    let mut data = world.chain.data(&pool);
    data[8] = LAYOUT_VERSION - 1;
    let owner = evergreen_sdk::address::PROGRAM;
    world.chain.write(pool, owner, data);
    case(world, "migrate_account", build::migrate_account(pool))
}
