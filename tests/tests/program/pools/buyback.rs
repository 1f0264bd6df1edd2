//! Buy-backs: what a private pool that is wound down pays for the options that are left.

use super::{curated_params, execute, propose};
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        events::LegFilled,
        state::{Change, NoticeCause, Notices, Pool, PoolParams, SeriesId, ShareClass},
    },
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, HOUR, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// The premium of [`scene`], in basis points.
const PREMIUM: u16 = 1_000;
/// A series that nobody has a position in.
const NOTHING: SeriesId = SeriesId { slot: 0, generation: 1 };
/// What everybody has left in [`scene`].
const TRADERS: [&str; 4] = ["erin", "frank", "gina", "hugo"];

/// Carol's private pool, which buys back for a tenth more than the value, and its place. Erin holds a call and an ETH put, frank half of the call, gina a higher one, hugo a call deep in the money.
pub fn scene() -> (World, usize) {
    let mut world = World::new(Setup::preset());
    let params = PoolParams { buyback_bps: PREMIUM, direction_limit_bps: [4_000; 4], ..curated_params() };
    let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
    world.provide("carol", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    let call = world.list(pool, BTC, false, 100_000);
    let higher = world.list(pool, BTC, false, 104_000);
    let deep = world.list_tenor(pool, BTC, false, 86_000, 30);
    let put = world.list(pool, ETH, true, 4_000);
    for (who, tokens) in [("erin", 40), ("frank", 20), ("gina", 3), ("hugo", 40)] {
        world.trader(who, pool, tokens * TOKEN);
    }
    world.trade("erin", pool, &[(call, 2 * TENTH), (put, 2 * TENTH)]).ok();
    world.trade("frank", pool, &[(call, TENTH)]).ok();
    world.trade("gina", pool, &[(higher, TENTH / 2)]).ok();
    world.trade("hugo", pool, &[(deep, TENTH)]).ok();
    (world, pool)
}

/// Halts the pool, announces the buy-back and returns its moment, unix seconds.
pub fn announce(world: &mut World, pool: usize) -> i64 {
    let key = world.pools[pool].pool;
    world.send(build::halt_pool(actor("carol"), key)).ok();
    let announced = world.send(build::announce_buyback(actor("carol"), key)).ok();
    let told = announced.event(|event| if let Event::BuybackAnnounced(e) = event { Some(e.clone()) } else { None });
    assert_eq!((told.pool, told.premium_bps, told.by), (key, PREMIUM, actor("carol")));
    assert_eq!(told.moment, world.chain.now() + Pool::BUYBACK_NOTICE);
    told.moment
}

/// Lets time pass until a moment, unix seconds; volatility is sampled every six hours.
pub fn pass_to(world: &mut World, moment: i64) {
    while moment - world.chain.now() > 6 * HOUR {
        world.pass(6 * HOUR);
        for market in [BTC, ETH] {
            let sample = world.sample_instruction(market);
            world.send(sample);
        }
    }
    world.pass(moment - world.chain.now());
}

/// The buy-back of the first of somebody's positions at these prices.
fn at_prices(world: &World, who: &str, pool: usize, feeds: &[PriceFeed]) -> Instruction {
    let account = world.account(who, pool);
    let series = account.positions.iter().find(|p| p.points != 0).map_or(NOTHING, |position| position.series());
    let key = world.account_key(who, pool);
    build::close_for_place(actor("keeper"), &world.pools[pool], key, (series, NoticeCause::Buyback), feeds)
}

/// The buy-back of the first of somebody's positions at the first prices after a moment.
fn instruction(world: &World, who: &str, pool: usize, moment: i64) -> Instruction {
    at_prices(world, who, pool, &world.markets_after(moment))
}

/// Buys back all of somebody's positions, and returns the legs that were filled.
#[track_caller]
fn buy_back(world: &mut World, who: &str, pool: usize, moment: i64) -> Vec<LegFilled> {
    let mut filled = Vec::new();
    while !world.account(who, pool).is_flat() {
        let call = instruction(world, who, pool, moment);
        let outcome = world.send(call).ok();
        filled.extend(
            outcome.events().into_iter().filter_map(|e| if let Event::LegFilled(e) = e { Some(e) } else { None }),
        );
    }
    filled
}

/// What legs were paid beyond the marks, native units.
fn over_marks(world: &World, pool: usize, filled: &[LegFilled]) -> i64 {
    let over = |e: &LegFilled| e.premium - world.valued(pool, |_, markets| markets.worth(e.series.slot, -e.points));
    filled.iter().map(over).sum()
}

/// The cash of somebody who closes all themselves at the present price, in up to two trades; `None` where they cannot.
fn closing_alone(world: &World, who: &str, pool: usize) -> Option<i64> {
    let mut world = world.clone();
    let open = |world: &World| -> Vec<_> {
        let account = world.account(who, pool);
        account.positions.iter().filter(|p| p.points != 0).map(|p| (p.series(), -p.points)).collect()
    };
    // Committed so long before that the price of now is the first one after it.
    let delay = i64::from(world.view(pool).pool.params.fill_delay) + 1;
    world.chain.pass(-delay);
    let commit = world.commit_instruction(who, pool, &open(&world));
    if !world.send(commit).succeeded() {
        return None;
    }
    world.chain.pass(delay);
    let fill = world.fill_instruction(who, pool);
    world.send(fill).ok();
    open(&world).is_empty().then(|| world.cash(who, pool))
}

#[test]
fn pools_a_buyback_pays_holders_more_than_closing_themselves() {
    let (mut world, pool) = scene();
    let moment = announce(&mut world, pool);
    // A jump an hour before: marks are on their way up, and down for those that are above where they go.
    pass_to(&mut world, moment - HOUR);
    world.set_price(BTC, 104_000);
    world.pass(60);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
    pass_to(&mut world, moment + 1);
    let before = world.view(pool);
    for who in TRADERS {
        let alone = closing_alone(&world, who, pool).unwrap_or_else(|| panic!("{who} cannot close alone"));
        let mut fork = world.clone();
        let filled = buy_back(&mut fork, who, pool, moment);
        let cash = fork.cash(who, pool);
        let over = over_marks(&world, pool, &filled);
        println!("{who}: {cash} bought back, {alone} by closing alone, {over} over the marks");
        assert!(cash > alone, "{who} is paid {cash}, {alone} by closing alone");
        assert!(fork.account(who, pool).is_flat());
        // The volatility is where marks go, on the better side for the owner.
        for e in filled {
            let mark =
                world.valued(pool, |_, markets| markets.sigma(before.registry.series(e.series).expect("a series")));
            let sigma = evergreen_math::Ratio::from_bits(e.sigma);
            assert!(sigma >= mark, "{who}: {sigma:?}, mark {mark:?}");
            assert_eq!(e.fee, 0);
        }
    }
    // One after the other, in either order: each gets what they get alone, and all leave whole.
    let alone: Vec<i64> = TRADERS
        .iter()
        .map(|who| {
            let mut fork = world.clone();
            buy_back(&mut fork, who, pool, moment);
            fork.cash(who, pool)
        })
        .collect();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0]] {
        let mut fork = world.clone();
        for place in order {
            buy_back(&mut fork, TRADERS[place], pool, moment);
            assert!(fork.cash(TRADERS[place], pool).abs_diff(alone[place]) <= 1);
        }
        let state = fork.view(pool).pool;
        assert_eq!((state.reserved_collateral, state.debts), (0, 0));
        for who in TRADERS {
            let cash = fork.cash(who, pool) as u64;
            fork.withdraw(who, pool, cash).ok();
        }
    }
}

#[test]
fn pools_a_buyback_is_announced_by_the_curator_of_a_halted_private_pool_alone() {
    let (mut world, pool) = scene();
    let key = world.pools[pool].pool;
    let by = |who: &str| build::announce_buyback(actor(who), key);
    world.refused(by("carol"), EvergreenError::PoolNotHalted);
    world.send(build::halt_pool(actor("guardian"), key)).ok();
    for who in ["guardian", "admin", "erin", "mallory"] {
        world.refused(by(who), EvergreenError::Unauthorized);
    }
    world.send(by("carol")).ok();
    world.refused(by("carol"), EvergreenError::NoticeRunning);
    // A public pool, and a private one whose parameters name no premium, buy nothing back.
    for private in [false, true] {
        let other = world.add_curated_pool("carol", CLASSIC, (private, TOKEN), curated_params());
        let key = world.pools[other].pool;
        world.send(build::halt_pool(actor("carol"), key)).ok();
        world.refused(build::announce_buyback(actor("carol"), key), EvergreenError::NoBuyback);
    }
    let own = world.pools[CLASSIC].pool;
    world.send(build::halt_pool(actor("admin"), own)).ok();
    world.refused(build::announce_buyback(actor("admin"), own), EvergreenError::NoBuyback);
}

/// Whether a pool is the only writer of its options is settled when it is created: it may give up its premium, and from then on it takes written options and names none again.
#[test]
fn pools_a_pool_that_names_a_premium_is_the_only_writer() {
    let (mut world, pool) = scene();
    let call = world.account("frank", pool).positions[0].series();
    let written = [(call, -TENTH - TENTH / 2)];
    world.trade_refused("hugo", pool, &[(call, -TENTH)], EvergreenError::WritesAlone);
    world.trade_refused("frank", pool, &written, EvergreenError::WritesAlone);
    world.trade("frank", pool, &[(call, -TENTH / 2)]).ok();

    let named = world.view(pool).pool.params;
    let none = PoolParams { buyback_bps: 0, ..named };
    propose(&mut world, "carol", pool, Change::PoolParams(none)).ok();
    world.pass(10 * DAY);
    execute(&mut world, pool, 0, &Change::PoolParams(none)).ok();
    world.trade("frank", pool, &written).ok();
    assert!(world.account("frank", pool).positions[0].points < 0);
    let again = propose(&mut world, "carol", pool, Change::PoolParams(named));
    assert_eq!(again.code, Some(EvergreenError::InvalidParameter.into()));
    let other = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), curated_params());
    let first =
        propose(&mut world, "carol", other, Change::PoolParams(PoolParams { buyback_bps: 500, ..curated_params() }));
    assert_eq!(first.code, Some(EvergreenError::InvalidParameter.into()));
}

/// Nobody writes where a buy-back was announced, though the parameters name no premium any more.
#[test]
fn pools_a_pool_that_has_announced_a_buyback_stays_the_only_writer() {
    let (mut world, pool) = scene();
    let call = world.account("frank", pool).positions[0].series();
    let none = PoolParams { buyback_bps: 0, ..world.view(pool).pool.params };
    let key = world.pools[pool].pool;
    world.send(build::halt_pool(actor("carol"), key)).ok();
    propose(&mut world, "carol", pool, Change::PoolParams(none)).ok();
    world.send(build::announce_buyback(actor("carol"), key)).ok();
    world.pass(10 * DAY);
    execute(&mut world, pool, 0, &Change::PoolParams(none)).ok();
    propose(&mut world, "carol", pool, Change::ResumePool).ok();
    world.pass(10 * DAY);
    execute(&mut world, pool, 1, &Change::ResumePool).ok();
    world.trade_refused("hugo", pool, &[(call, -TENTH)], EvergreenError::WritesAlone);
}

#[test]
fn pools_nobody_chooses_when_or_at_which_price_a_buyback_is_done() {
    let (mut world, pool) = scene();
    let early = instruction(&world, "erin", pool, world.chain.now() - 1);
    world.refused(early, EvergreenError::NoticeMissing);
    let moment = announce(&mut world, pool);
    // Neither before the moment, nor at any later price.
    pass_to(&mut world, moment - 1);
    let early = instruction(&world, "erin", pool, moment);
    world.refused(early, EvergreenError::PriceNotFirst);
    world.pass(2);
    world.pass(5);
    let now: Vec<PriceFeed> = world.feeds.iter().map(|feed| feed.accounts).collect();
    let late = at_prices(&world, "erin", pool, &now);
    world.refused(late, EvergreenError::PriceNotFirst);
    // Nobody gives notice of it by another way, and each position is closed once.
    let series = world.account("erin", pool).positions[0].series();
    let notice =
        build::give_notice(&world.pools[pool], world.feeds[BTC].accounts.underlying, series, NoticeCause::Buyback);
    world.refused(notice, EvergreenError::Unauthorized);
    let mut fork = world.clone();
    let call = instruction(&fork, "erin", pool, moment);
    fork.send(call.clone()).ok();
    assert_eq!(fork.account("erin", pool).open_positions().count(), 1);
    fork.chain.pass(1);
    fork.refused(call, EvergreenError::LegNotReducing);
    // After the window everything stays as it is, and the curator may announce it anew in a month.
    let window = Notices::window(&world.view(pool).pool.params);
    world.pass(moment + window - world.chain.now());
    buy_back(&mut world.clone(), "hugo", pool, moment);
    world.pass(1);
    let late = instruction(&world, "hugo", pool, moment);
    world.refused(late, EvergreenError::NoticeMissing);
    let again = build::announce_buyback(actor("carol"), world.pools[pool].pool);
    world.refused(again.clone(), EvergreenError::NoticeRunning);
    world.pass(moment + Pool::BUYBACK_REST - world.chain.now());
    world.send(again).ok();
}

#[test]
fn pools_what_was_announced_stays_until_it_is_done() {
    // SETUP: the curator has two changes ready, a lower premium and the end of the halt.
    let (mut world, pool) = scene();
    let key = world.pools[pool].pool;
    let mut lower = world.view(pool).pool.params;
    lower.buyback_bps = PoolParams::MIN_BUYBACK;
    world.send(build::halt_pool(actor("carol"), key)).ok();
    propose(&mut world, "carol", pool, Change::ResumePool).ok();
    world.pass(10 * DAY);
    let resumed = world.clone();
    world.send(build::announce_buyback(actor("carol"), key)).ok();
    let moment = world.view(pool).pool.buyback_at;

    // TEST: neither resumes the pool beside the buy-back, where strangers would open for the premium.
    let code = execute(&mut world, pool, 0, &Change::ResumePool).code;
    assert_eq!(code, Some(EvergreenError::NoticeRunning.into()));
    propose(&mut world, "carol", pool, Change::PoolParams(lower)).ok();
    pass_to(&mut world, moment + 1);
    let code = execute(&mut world.clone(), pool, 1, &Change::PoolParams(lower)).code;
    assert_eq!(code, Some(EvergreenError::ProposalTooEarly.into()));
    let filled = buy_back(&mut world, "erin", pool, moment);
    assert!(over_marks(&world, pool, &filled) > 0);
    let window = Notices::window(&world.view(pool).pool.params);
    world.pass(window + 1);
    execute(&mut world, pool, 0, &Change::ResumePool).ok();

    // A premium that was lowered before the announcement is that of the announcement, whatever is changed after it.
    let mut world = resumed;
    propose(&mut world, "carol", pool, Change::PoolParams(lower)).ok();
    world.pass(10 * DAY - 2 * 3_600);
    world.send(build::announce_buyback(actor("carol"), key)).ok();
    world.pass(2 * 3_600);
    execute(&mut world, pool, 1, &Change::PoolParams(lower)).ok();
    let state = world.view(pool).pool;
    assert_eq!((state.buyback_bps, state.params.buyback_bps), (PREMIUM, PoolParams::MIN_BUYBACK));
}

#[test]
fn pools_who_leaves_before_a_buyback_leaves_his_part_of_the_premium() {
    // SETUP: dave provides as much as carol, by her signature.
    let (mut world, pool) = scene();
    let keys = world.pools[pool];
    world.fund("dave", pool, 1_000 * TOKEN);
    world.chain.create_token_account(&actor("dave"), &keys.share_mint(ShareClass::Main), &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("dave"), 10_000_000_000);
    let id = world.next_number("dave");
    let by = (actor("dave"), actor("carol"));
    world.send(build::named_by(by.1, build::request_deposit(by.0, &keys, ShareClass::Main, id, 1_000 * TOKEN, 0))).ok();
    let minute = world.request_of("dave", pool, id).minute;
    world.pass(minute + 1 - world.chain.now());
    let deposit = world.execute_deposit_in("dave", pool, ShareClass::Main, id);
    world.send(deposit).ok();
    let shares = world.shares("dave", pool, ShareClass::Main) / 10;

    // TEST: the same withdrawal, with nothing announced, before the moment, and after all is bought back.
    let leave = |world: &mut World| -> u64 {
        let number = world.request("dave", pool, ShareClass::Main, shares);
        world.pass(DAY + 60);
        world.execute(pool, ShareClass::Main, number).ok();
        world.claim("dave", pool, ShareClass::Main, number).ok();
        world.wallet("dave", pool)
    };
    let unannounced = leave(&mut world.clone());
    let moment = announce(&mut world, pool);
    let before = leave(&mut world.clone());
    pass_to(&mut world, moment + 1);
    let mut over = 0;
    for who in TRADERS {
        let filled = buy_back(&mut world, who, pool, moment);
        over += over_marks(&world, pool, &filled) as u64;
    }
    let after = leave(&mut world);
    println!("{unannounced} unannounced, {before} announced, {after} after it; {over} over the marks");
    assert!(before < unannounced && unannounced - before > over / 25, "dave takes out a twentieth of the pool");
    assert!(before <= after, "{before} before, {after} after");
}

#[test]
fn pools_a_buyback_waits_for_what_was_committed_before_it_and_for_no_pause() {
    let (mut world, pool) = scene();
    let moment = announce(&mut world, pool);
    pass_to(&mut world, moment - 2);
    let position = world.account("erin", pool).positions[0];
    let commit = world.commit_instruction("erin", pool, &[(position.series(), -position.points)]);
    world.send(commit).ok();
    world.pass(5);
    let call = instruction(&world, "erin", pool, moment);
    world.refused(call, EvergreenError::CommitmentOpen);
    let mut fork = world;
    let fill = fork.fill_instruction("erin", pool);
    fork.send(fill).ok();
    let pause = build::set_pause(actor("guardian"), evergreen_sdk::evergreen::state::Action::ReduceRisk, 60);
    fork.send(pause).ok();
    buy_back(&mut fork, "erin", pool, moment);
}
