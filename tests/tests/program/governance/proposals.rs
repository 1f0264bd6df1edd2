//! The life of a proposal, for each kind of change.

use super::{TENTH, edited};
use anchor_lang::error::ErrorCode;
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Change, Pool, PriceSource, Proposal, SeriesSpec, TenorParams},
    },
    instruction::{self as build, ChangeAccounts},
    presets,
    testing::pyth::PythGeneration,
};
use evergreen_tests::{BTC, CLASSIC, DAY, ETH, STOCK, World, chain::actor, world::TOKEN};

/// Writes a price of BTC of the receiver's previous generation, and returns the change to that source with its accounts.
fn other_source(world: &mut World) -> (Change, ChangeAccounts) {
    let generation = PythGeneration::Previous;
    let mut price = world.feeds[BTC].price;
    price.publish_time = world.chain.now();
    let key = generation.push_feed(0, &price.feed);
    let data = price.encode(&key, 1).expect("a price can be encoded");
    world.chain.write(key, generation.receiver(), data);
    let change = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: generation.receiver() };
    (change, ChangeAccounts::underlying(world.feeds[BTC].accounts.underlying, key))
}

/// Returns a change of each kind with its accounts.
fn kinds(world: &mut World) -> Vec<(Change, ChangeAccounts)> {
    let looser = edited(world, |p| (p.fee_open_bps, p.max_pool_cash) = (6, p.max_pool_cash - 1));
    let mut params = world.underlying(ETH).params;
    params.max_conf_bps += 1;
    let protocol = ChangeAccounts::protocol();
    vec![
        (Change::PoolParams(looser), world.of_pool(CLASSIC)),
        (Change::UnderlyingParams(params), world.of_market(ETH)),
        other_source(world),
        (Change::ResumePool, world.of_pool(STOCK)),
        (Change::Guardian(actor("new guardian")), protocol.clone()),
        (Change::FeeOwner(actor("new fees")), protocol.clone()),
        (Change::Admin(actor("new admin")), protocol.clone()),
        (Change::Timelock(3 * 86_400), protocol),
        (Change::Curator(actor("new curator")), world.of_pool(CLASSIC)),
    ]
}

/// Returns whether the accounts on chain show the change.
fn made(world: &World, change: &Change) -> bool {
    let protocol = world.protocol();
    match change {
        Change::PoolParams(params) => world.view(CLASSIC).pool.params == *params,
        Change::UnderlyingParams(params) => world.underlying(ETH).params == *params,
        Change::PriceSource { price_owner, .. } => world.underlying(BTC).price_owner == *price_owner,
        Change::ResumePool => world.view(STOCK).pool.flags & Pool::HALTED == 0,
        Change::Guardian(key) => protocol.guardian == *key,
        Change::FeeOwner(key) => protocol.fee_owner == *key,
        Change::Admin(key) => protocol.pending_admin == *key && protocol.admin == actor("admin"),
        Change::Timelock(seconds) => protocol.timelock == *seconds,
        Change::Curator(key) => world.view(CLASSIC).pool.pending_curator == *key,
    }
}

fn version(world: &World, change: &Change, changed: &ChangeAccounts) -> u32 {
    match changed.target {
        key if key == world.pools[CLASSIC].pool => world.view(CLASSIC).pool.version_for(change),
        key if key == address::protocol() => world.protocol().config_version,
        key if key == world.pools[STOCK].pool => world.view(STOCK).pool.config_version,
        key if key == world.feeds[BTC].accounts.underlying => world.underlying(BTC).config_version,
        _ => world.underlying(ETH).config_version,
    }
}

#[test]
fn life_of_each_kind_of_change() {
    let count = 9;
    for kind in 0..count {
        // SETUP
        let mut world = World::flat();
        world.send(build::halt_pool(actor("guardian"), world.pools[STOCK].pool)).ok();
        let list = kinds(&mut world);
        assert_eq!(list.len(), count);
        let (change, changed) = list[kind].clone();
        let (old, payer, start) = (version(&world, &change, &changed), world.chain.payer, world.chain.now());

        // TEST: the proposal waits, for the timelock where it is of roles, and else until everybody can have left.
        let wait =
            if matches!(change, Change::Guardian(_) | Change::FeeOwner(_) | Change::Admin(_) | Change::Timelock(_)) {
                2
            } else {
                10
            } * DAY;
        let propose = world.propose_instruction(change, &changed);
        let created = world.send(propose).ok();
        let id = world.protocol().next_proposal - 1;
        let proposal = world.proposal(id).expect("a proposal");
        assert_eq!((proposal.id, proposal.change, proposal.target), (id, change, changed.target));
        assert_eq!((proposal.target_version, proposal.payer, proposal.created_at), (old, payer, start));
        assert_eq!((proposal.ready_at, proposal.expires_at), (start + wait, start + wait + 14 * DAY));
        let found = created.event(|event| match event {
            Event::ProposalCreated(e) => {
                assert_eq!((e.id, e.change, e.target, e.target_version), (id, change, changed.target, old));
                Some((e.ready_at, e.expires_at))
            }
            _ => None,
        });
        assert_eq!(found, (start + wait, start + wait + 14 * DAY));
        assert!(!made(&world, &change), "{change:?} is made at once");
        world.pass(wait - 1);
        world.refused(build::execute_proposal(id, payer, &changed), EvergreenError::ProposalTooEarly);

        // Then anyone executes it; no account of the instruction signs.
        world.pass(1);
        let changed = if let Change::PriceSource { .. } = change { other_source(&mut world).1 } else { changed };
        let execute = build::execute_proposal(id, payer, &changed);
        assert!(execute.accounts.iter().all(|meta| !meta.is_signer));
        let (announced, now) = (world.send(execute.clone()).ok(), world.chain.now());
        let found = announced.event(|event| match event {
            Event::ProposalAnnounced(e) => Some((e.id, e.target, e.from, e.until)),
            _ => None,
        });
        assert_eq!(found, (id, changed.target, now + Proposal::NOTICE, now + Proposal::NOTICE + Proposal::TURN));
        assert!(!made(&world, &change), "{change:?} is made at once");
        world.pass(Proposal::NOTICE - 1);
        world.refused(execute.clone(), EvergreenError::ProposalAnnounced);
        world.pass(1);
        if let Change::PriceSource { .. } = change {
            let _ = other_source(&mut world);
        }
        let executed = world.send(execute.clone()).ok();
        assert!(made(&world, &change), "{change:?} is not made");
        assert_eq!(version(&world, &change, &changed), old + 1);
        let found = executed.event(|event| match event {
            Event::ProposalExecuted(e) => Some((e.id, e.change, e.target, e.config_version)),
            _ => None,
        });
        assert_eq!(found, (id, change, changed.target, old + 1));

        // It cannot be executed again.
        assert_eq!(world.chain.account(&address::proposal(id)).map_or(0, |a| a.lamports), 0);
        world.chain.pass(1);
        world.refused(execute, ErrorCode::AccountNotInitialized);
    }
}

#[test]
fn the_rent_of_a_proposal_is_returned_to_its_payer() {
    let mut world = World::flat();
    let (rent, lamports) = (world.chain.rent(Proposal::SPACE), 10_000_000_000);
    world.chain.give_lamports(&actor("sponsor"), lamports);
    let balance = |world: &World| world.chain.account(&actor("sponsor")).expect("an account").lamports;
    let protocol = ChangeAccounts::protocol();
    for cancelled in [false, true] {
        let id = world.protocol().next_proposal;
        let change = Change::FeeOwner(actor("new fees"));
        world.send(build::propose(actor("sponsor"), actor("admin"), id, change, &protocol)).ok();
        assert_eq!(balance(&world), lamports - rent);
        world.pass_until_ready();
        let thief = build::execute_proposal(id, actor("mallory"), &protocol);
        world.refused(thief, ErrorCode::ConstraintHasOne);
        let thief = build::cancel_proposal(actor("guardian"), id, actor("mallory"));
        world.refused(thief, ErrorCode::ConstraintHasOne);
        let end = if cancelled {
            build::cancel_proposal(actor("guardian"), id, actor("sponsor"))
        } else {
            let execute = build::execute_proposal(id, actor("sponsor"), &protocol);
            world.send(execute.clone()).ok();
            world.pass(Proposal::NOTICE);
            execute
        };
        world.send(end).ok();
        assert_eq!(balance(&world), lamports);
    }
}

#[test]
fn a66_a_proposal_expires() {
    let mut world = World::flat();
    let protocol = ChangeAccounts::protocol();
    let id = world.propose(Change::FeeOwner(actor("new fees")), &protocol);
    world.pass(16 * DAY - 1 - Proposal::NOTICE);
    let execute = build::execute_proposal(id, world.chain.payer, &protocol);
    world.send(execute.clone()).ok();
    world.pass(Proposal::NOTICE);
    assert!(world.chain.simulate(std::slice::from_ref(&execute)).succeeded(), "refused in the last second");
    world.pass(1);
    world.refused(execute, EvergreenError::ProposalExpired);
    world.send(build::cancel_proposal(actor("admin"), id, world.chain.payer)).ok();
    assert!(world.proposal(id).is_none());
}

#[test]
fn a66_only_guardian_and_admin_cancel() {
    for who in ["guardian", "admin"] {
        let mut world = World::flat();
        let (payer, pool) = (world.chain.payer, world.of_pool(CLASSIC));
        let id = world.propose(Change::PoolParams(edited(&world, |p| p.max_series_points += 1)), &pool);
        for stranger in ["mallory", "fees", "upgrade authority"] {
            world.refused(build::cancel_proposal(actor(stranger), id, payer), EvergreenError::Unauthorized);
        }
        let mut unsigned = build::cancel_proposal(actor(who), id, payer);
        unsigned.accounts[0].is_signer = false;
        world.refused(unsigned, ErrorCode::AccountNotSigner);
        let cancelled = world.send(build::cancel_proposal(actor(who), id, payer)).ok();
        let found = cancelled.event(|event| match event {
            Event::ProposalCancelled(e) => Some((e.id, e.by)),
            _ => None,
        });
        assert_eq!(found, (id, actor(who)));
        world.pass_until_ready();
        world.refused(build::execute_proposal(id, payer, &pool), ErrorCode::AccountNotInitialized);
        // Its number is not used again.
        assert_eq!(world.protocol().next_proposal, id + 1);
    }
}

#[test]
fn listed_series_keep_their_terms_when_tenors_change() {
    // SETUP: alice holds a call of 7 days; the proposal leaves one tenor of 30 days with other caps.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let before = world.view(CLASSIC).registry.series[usize::from(call.slot)];
    let mut params = world.underlying(BTC).params;
    params.tenors = [TenorParams::default(); 4];
    params.tenors[0] = TenorParams { seconds: 30 * 86_400, call_cap_bps: 15_000, put_cap_bps: 5_000 };

    // TEST
    world.enact(Change::UnderlyingParams(params), &world.of_market(BTC));
    let after = world.view(CLASSIC).registry.series[usize::from(call.slot)];
    assert_eq!((before.strike, before.tenor, before.cap_bps), (after.strike, after.tenor, after.cap_bps));
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -2 * TENTH)]).ok();
    let request = SeriesSpec { put: false, strike: 101_000, tenor: 7 * 86_400 };
    let old = build::list_series(&world.pools[CLASSIC], &world.feeds[BTC].accounts, request);
    world.refused(old, EvergreenError::UnknownTenor);
    world.list_tenor(CLASSIC, BTC, false, 101_000, 30);
}

#[test]
fn parameters_can_be_rebuilt_from_events() {
    // SETUP: the events of creations are kept.
    let mut world = World::bare();
    world.initialize();
    let mut logs = Vec::new();
    for (config, dollars) in
        [(presets::btc(presets::PYTH_RECEIVER), 100_000), (presets::eth(presets::PYTH_RECEIVER), 4_000)]
    {
        let feed = world.new_feed(&config, dollars);
        let create = build::create_underlying(world.chain.payer, actor("admin"), feed.accounts.price, config);
        world.feeds.push(feed);
        logs.extend(world.send(create).ok().events());
    }
    let keys = world.pools[CLASSIC];
    let underlyings: Vec<_> = world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
    let create = build::create_pool(world.chain.payer, actor("admin"), &keys, 3, presets::pool_params(), &underlyings);
    logs.extend(world.send(create).ok().events());

    // The events of each way to change parameters are kept too.
    let mut btc = world.underlying(BTC).params;
    (btc.max_age, btc.vol_min_interval) = (6, 120);
    logs.extend(world.enact(Change::UnderlyingParams(btc), &world.of_market(BTC)).events());
    let params = edited(&world, |p| (p.fee_open_bps, p.min_account_points) = (7, 1_000));
    logs.extend(world.enact(Change::PoolParams(params), &world.of_pool(CLASSIC)).events());
    let caps = evergreen_sdk::evergreen::state::PoolCaps {
        max_series_points: 1 << 40,
        max_account_points: 1 << 38,
        max_pool_cash: 1 << 45,
    };
    logs.extend(world.send(build::tighten_pool(actor("guardian"), keys.pool, caps)).ok().events());

    // TEST
    let (mut pool, mut underlying, mut ages) = (presets::pool_params(), None, [0; 4]);
    for event in logs {
        match event {
            Event::PoolCreated(e) => {
                assert_eq!((e.scale_exponent, e.decimals), (3, 8));
                (pool, ages) = (e.params, e.max_ages);
            }
            Event::UnderlyingCreated(e) if e.underlying == underlyings[0] => {
                assert_eq!((e.config.feed_id, e.price), (presets::BTC_FEED, 100_000 << 64));
                underlying = Some(e.config.params);
            }
            Event::ProposalExecuted(e) => match e.change {
                Change::PoolParams(params) => (pool, ages) = (params, e.max_ages),
                Change::UnderlyingParams(params) => underlying = Some(params),
                _ => unreachable!(),
            },
            Event::PoolTightened(e) => {
                pool.max_series_points = e.caps.max_series_points;
                pool.max_account_points = e.caps.max_account_points;
                pool.max_pool_cash = e.caps.max_pool_cash;
            }
            _ => {}
        }
    }
    let view = world.view(CLASSIC);
    assert_eq!((view.pool.params, view.pool.max_ages), (pool, ages));
    assert_eq!(ages, [6, 5, 0, 0]);
    assert_eq!(Some(world.underlying(BTC).params), underlying);
}
