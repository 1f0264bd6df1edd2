//! Orders, referrals, seizures and governance.

use super::{Bench, TENTH, token_name, twelve, world};
use evergreen_sdk::{
    evergreen::state::{Change, OrderTerms, PoolCaps, Proposal, SeriesId, Trigger},
    instruction::{self as build},
};
use evergreen_tests::{CLASSIC, DAY, HOUR, STOCK, World, chain::actor, trading, world::TOKEN};

fn order(world: &World, legs: &[(SeriesId, i64)]) -> OrderTerms {
    OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, legs),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
        reduce_only: false,
        expires_at: world.chain.now() + DAY,
        tip: 1_000,
    }
}

/// Measures orders of an account with a referrer: of one leg as its first position, and of four legs with twelve positions, which
/// are committed and filled, cancelled by the owner, or more than the account can bear.
fn orders(bench: &mut Bench) {
    let mut world = world();
    let keys = world.pools[CLASSIC];
    let series = twelve(&mut world, CLASSIC);
    let payer = world.chain.payer;
    world.trader("keeper", CLASSIC, TOKEN);
    world.send(build::open_margin_account(payer, actor("alice"), &keys, 0, Some(actor("rita")))).ok();
    world.fund("alice", CLASSIC, 200 * TOKEN);
    world.deposit("alice", CLASSIC, 200 * TOKEN).ok();
    let (account, keeper) = (world.account_key("alice", CLASSIC), world.account_key("keeper", CLASSIC));
    let place = |world: &mut World, legs: &[(SeriesId, i64)]| {
        let number = world.account("alice", CLASSIC).next_order;
        let feeds = world.markets();
        let terms = order(world, legs);
        let outcome = world.send(build::place_order(payer, actor("alice"), &keys, account, number, terms, &feeds)).ok();
        world.pass(1);
        (number, outcome)
    };
    let commit = |world: &mut World, number| {
        let feeds = world.markets();
        build::commit_order(actor("keeper"), &keys, account, number, payer, Some(keeper), &feeds)
    };
    let leg = |place: usize, points| (series[place], points);
    let fill = |world: &World, number| {
        let (view, state) = (world.view(CLASSIC), world.account("alice", CLASSIC));
        let underlyings: Vec<_> = view.pool.underlyings.iter().map(|entry| entry.key).collect();
        let feeds = trading::feeds_to_fill(&view.registry, &underlyings, &state, &world.markets());
        build::fill_trade(&keys, account, Some(keeper), Some((number, payer)), &feeds)
    };
    let (number, placed) = place(&mut world, &[leg(0, TENTH)]);
    bench.record("place_order", "no position", &placed);
    let send = commit(&mut world, number);
    bench.case(&mut world, "commit_order", "one leg, first position", send);
    world.wait_for_fill();
    let send = fill(&world, number);
    let filled = bench.case(&mut world, "fill_trade", "an order of one leg, first position", send);
    trading::as_trade(filled).ok();
    for chunk in (1..12).collect::<Vec<_>>().chunks(4) {
        world.trade("alice", CLASSIC, &chunk.iter().map(|p| (series[*p], TENTH)).collect::<Vec<_>>()).ok();
    }
    world.pass(HOUR);
    let four = |points| (0..4).map(|p| leg(p, points)).collect::<Vec<_>>();
    let (number, placed) = place(&mut world, &four(TENTH));
    bench.record("place_order", "four legs, twelve positions", &placed);
    let send = commit(&mut world, number);
    bench.case(&mut world, "commit_order", "four legs, twelve positions", send);
    world.wait_for_fill();
    let send = fill(&world, number);
    let filled = bench.case(&mut world, "fill_trade", "an order of four legs, twelve positions", send);
    trading::as_trade(filled).ok();
    let (number, _) = place(&mut world, &four(TENTH));
    bench.record(
        "cancel_order",
        "",
        &world.send(build::cancel_order(actor("alice"), &keys, account, number, payer)).ok(),
    );
    let (number, _) = place(&mut world, &four(TENTH));
    let spare = world.cash("alice", CLASSIC) as u64 - TOKEN / 10;
    world.withdraw("alice", CLASSIC, spare).ok();
    let send = commit(&mut world, number);
    bench.case(&mut world, "commit_order", "four legs that cannot be borne, twelve positions", send);
    world.fund("rita", CLASSIC, 1);
    let claim = build::claim_referral(actor("rita"), &keys, account);
    bench.record("claim_referral", "classic token", &world.send(claim).ok());
}

fn seizures(bench: &mut Bench) {
    let mut world = world();
    for pool in [CLASSIC, STOCK] {
        let sync = world.sync(pool).ok();
        bench.record("sync_vault", &format!("nothing missing, {}", token_name(pool)), &sync);
    }
    let vault = world.pools[STOCK].vault;
    world.seize(STOCK, vault, 200 * TOKEN, evergreen_tests::seizures::Seizure::Burn);
    let sync = world.sync(STOCK).ok();
    bench.record("sync_vault", "insurance and pool cash, Token-2022", &sync);
}

fn governance(bench: &mut Bench) {
    let mut world = world();
    let (payer, admin, guardian) = (world.chain.payer, actor("admin"), actor("guardian"));
    let pool = world.view(CLASSIC).pool;
    let of_pool = world.of_pool(CLASSIC);
    let change = || Change::PoolParams(pool.params);
    let proposed = world.send(build::propose(payer, admin, 0, change(), &of_pool)).ok();
    bench.record("propose", "parameters of a pool", &proposed);
    world.send(build::propose(payer, admin, 1, change(), &of_pool)).ok();
    world.pass(10 * DAY);
    let announced = world.send(build::execute_proposal(0, payer, &of_pool)).ok();
    bench.record("execute_proposal", "announcement, parameters of a pool", &announced);
    world.pass(Proposal::NOTICE);
    let executed = world.send(build::execute_proposal(0, payer, &of_pool)).ok();
    bench.record("execute_proposal", "parameters of a pool", &executed);
    bench.record("cancel_proposal", "", &world.send(build::cancel_proposal(guardian, 1, payer)).ok());
    let caps = evergreen_tests::governance::caps(&pool.params);
    let caps = PoolCaps { max_series_points: caps.max_series_points - 1, ..caps };
    let key = world.pools[CLASSIC].pool;
    bench.record("tighten_pool", "", &world.send(build::tighten_pool(guardian, key, caps)).ok());
    bench.record("halt_pool", "", &world.send(build::halt_pool(guardian, key)).ok());
}

/// Measures orders, seizures and governance.
pub fn measure(bench: &mut Bench) {
    orders(bench);
    seizures(bench);
    governance(bench);
}
