//! Prices and fills: nobody chooses a price, and nobody gets another option than the one that was confirmed.

use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        OptionLeg, TradeTerms,
        errors::EvergreenError,
        state::{CancelReason, OptionId, SeriesId, SeriesSpec},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Outcome, World, assert_error,
    random::Random,
    world::{DOLLAR, TENTH, TOKEN},
};

/// Seconds of a week.
const WEEK: u32 = 7 * 86_400;

/// Returns a world in which mallory has 100 tokens and a call on BTC at 100,000 is listed.
fn scene() -> (World, SeriesId) {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("mallory", CLASSIC, 100 * TOKEN);
    (world, call)
}

pub(super) fn reason(outcome: &Outcome) -> CancelReason {
    outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some(e.reason) } else { None })
}

fn fee(outcome: &Outcome) -> u64 {
    outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some(e.fee) } else { None })
}

/// Returns the fees of all legs that a transaction filled, native units.
fn fees_paid(outcome: &Outcome) -> u64 {
    let fills = outcome.events().into_iter().map(|e| if let Event::LegFilled(e) = e { e.fee } else { 0 });
    fills.sum()
}

#[test]
fn audit_a1_open_and_close_on_a_move_that_is_known_loses_the_fees() {
    // SETUP: every second the price moves by up to 50 basis points, and mallory commits when it has just risen by much: at the old
    // rules she would have opened before and closed after that.
    let (mut world, call) = scene();
    let mut random = Random(1);
    let start = world.cash("mallory", CLASSIC);
    let mut trips = 0;
    for _ in 0..400 {
        let change = random.range(-50, 50);
        // The walk is drawn back to the strike, because far from it an option gains little by a move.
        let price = world.feeds[BTC].price.price;
        let next = price + price / 10_000 * change + (100_000 * DOLLAR - price) / 20;
        world.chain.pass(1);
        for market in 0..world.feeds.len() {
            world.edit_price(market, |p| {
                if market == BTC {
                    (p.price, p.ema_price) = (next, next);
                }
            });
        }
        if change < 25 {
            continue;
        }

        // TEST: the move is over before the price that fills her commitment.
        let held = world.account("mallory", CLASSIC).find(call).is_some();
        let points = if held { -TENTH } else { TENTH };
        let commit = world.commit_instruction("mallory", CLASSIC, &[(call, points)]);
        world.send(commit).ok();
        let early = world.fill_instruction("mallory", CLASSIC);
        world.refused(early, EvergreenError::PriceNotFirst);
        world.wait_for_fill();
        world.fill("mallory", CLASSIC).ok();
        trips += 1;
    }

    // CHECK
    assert!(trips > 40, "only {trips} trades");
    if world.account("mallory", CLASSIC).find(call).is_some() {
        world.trade("mallory", CLASSIC, &[(call, -TENTH)]).ok();
    }
    assert!(world.cash("mallory", CLASSIC) < start, "knowing the moves of the past brought a profit");
}

#[test]
fn audit_a1_letting_a_commitment_lapse_costs_twice_the_fee_of_its_trade() {
    // SETUP: mallory sees the price that fills her commitment, and does not send it.
    let (mut world, call) = scene();
    let filled = world.preview_trade("mallory", CLASSIC, &[(call, TENTH)]).ok();
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    let cash = world.cash("mallory", CLASSIC);
    let held = world.account("mallory", CLASSIC).commitment;
    let held = (held.tip + held.bond) as i64;
    world.wait_for_fill();
    let kept = world.fill_instruction("mallory", CLASSIC);
    let params = world.view(CLASSIC).pool.params;
    world.chain.pass(i64::from(params.fill_window));

    // TEST: it is too late by a second; whoever sends it ends the commitment, and gets the tip.
    let lapsed = world.send(kept).ok();
    assert_eq!(reason(&lapsed), CancelReason::Lapsed);
    assert_eq!(fee(&lapsed), 2 * fees_paid(&filled), "it is twice the fee of the trade at its price");
    assert_eq!(world.cash("mallory", CLASSIC), cash + held - fee(&lapsed) as i64);
    assert!(world.account("mallory", CLASSIC).is_flat());
}

#[test]
fn audit_a1_at_the_last_second_of_the_window_it_is_filled() {
    let (mut world, call) = scene();
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    let fill = world.fill_instruction("mallory", CLASSIC);
    let params = world.view(CLASSIC).pool.params;
    // The price was published one second after the moment that the window begins with.
    world.chain.pass(i64::from(params.fill_window) - 1);
    let filled = world.send(fill).ok();
    assert!(filled.events().iter().any(|e| matches!(e, Event::CommitmentFilled(_))));
}

#[test]
fn audit_a1_whatever_its_trader_does_meanwhile_a_commitment_is_filled() {
    // SETUP
    let (mut world, call) = scene();
    let keys = world.pools[CLASSIC];
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    let (me, account) = (evergreen_tests::chain::actor("mallory"), world.account_key("mallory", CLASSIC));

    // TEST: she can pay in and name a delegate; nothing goes out, and the option stays listed.
    assert_error(&world.withdraw("mallory", CLASSIC, 1), EvergreenError::CommitmentOpen);
    world.refused(build::close_margin_account(me, &keys, account), EvergreenError::CommitmentOpen);
    world.refused(build::retire_series(&keys, call), EvergreenError::SeriesInUse);
    world.send(build::set_delegate(me, account, Some(evergreen_tests::chain::actor("dora")), u64::MAX)).ok();
    world.fund("mallory", CLASSIC, 1);
    world.deposit("mallory", CLASSIC, 1).ok();
    world.fill("mallory", CLASSIC).ok();
    assert_eq!(world.account("mallory", CLASSIC).positions[0].points, TENTH);
    assert_error(&world.fill("mallory", CLASSIC), EvergreenError::NothingCommitted);
}

#[test]
fn audit_a1_a_price_that_comes_too_late_costs_what_was_reserved() {
    // SETUP: the feed stands still for longer than the window.
    let (mut world, call) = scene();
    let start = world.cash("mallory", CLASSIC);
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    let params = world.view(CLASSIC).pool.params;
    let bond = world.account("mallory", CLASSIC).commitment.bond;
    world.pass(i64::from(params.fill_delay + params.fill_window) + 1);

    // TEST
    let fill = world.fill_instruction("mallory", CLASSIC);
    let late = world.send(fill).ok();
    assert_eq!((reason(&late), fee(&late)), (CancelReason::PriceTooLate, bond.div_ceil(8)));
    assert_eq!(world.cash("mallory", CLASSIC), start - bond.div_ceil(8) as i64);
}

#[test]
fn audit_a1_a_limit_that_fails_costs_an_eighth_of_the_bond() {
    // Without any cost, trades that are never filled would keep others out of the pool's capacity for nothing.
    let (mut world, call) = scene();
    let start = world.cash("mallory", CLASSIC);
    let commit = world.commit_within("mallory", CLASSIC, &[(call, TENTH)], -1);
    world.send(commit).ok();
    let bond = world.account("mallory", CLASSIC).commitment.bond;
    world.wait_for_fill();
    let outcome = world.fill("mallory", CLASSIC);
    assert_eq!((reason(&outcome), fee(&outcome)), (CancelReason::Limit, bond.div_ceil(8)));
    assert_eq!(world.cash("mallory", CLASSIC), start - fee(&outcome) as i64);
}

/// Before, who cleared it was paid nothing: capacity stayed reserved until somebody did it for nothing, and who kept the first price until the window was over had the tip, and cost the trader a whole bond.
#[test]
fn audit_a1_who_clears_what_ends_in_vain_is_paid_as_for_a_lapse() {
    let mut tips = Vec::new();
    for in_time in [true, false] {
        let (mut world, call) = scene();
        world.trader("keeper", CLASSIC, TOKEN);
        let start = ["mallory", "keeper"].map(|who| world.cash(who, CLASSIC));
        let commit = world.commit_within("mallory", CLASSIC, &[(call, TENTH)], -1);
        world.send(commit).ok();
        let commitment = world.account("mallory", CLASSIC).commitment;
        world.wait_for_fill();
        let [account, keeper] = ["mallory", "keeper"].map(|who| world.account_key(who, CLASSIC));
        let feeds = [world.feeds[BTC].accounts];
        if !in_time {
            // The first price is written over, and a later one known for half a minute.
            world.pass(i64::from(commitment.fill_window));
            world.pass(1);
            world.chain.pass(31);
        }

        // TEST: the tip is the same, so it is nothing to wait for.
        let outcome = world.send(build::fill_trade(&world.pools[CLASSIC], account, Some(keeper), None, &feeds)).ok();
        let (ended, cost) = if in_time {
            (CancelReason::Limit, commitment.bond.div_ceil(8))
        } else {
            (CancelReason::Lapsed, commitment.bond)
        };
        assert_eq!((reason(&outcome), fee(&outcome)), (ended, cost));
        let [paid, earned] = ["mallory", "keeper"].map(|who| world.cash(who, CLASSIC));
        assert_eq!([start[0] - paid, earned - start[1]], [cost + commitment.tip, commitment.tip].map(|n| n as i64));
        tips.push(earned - start[1]);
    }
    // Who fills their own trade gains nothing by it: they pay the tip to themselves.
    assert!(tips[0] > 0 && tips[0] == tips[1], "{tips:?}");
}

/// Returns the instruction that lists a week's option on BTC.
fn list(world: &World, put: bool, strike: u64) -> Instruction {
    build::list_series(&world.pools[CLASSIC], &world.feeds[BTC].accounts, SeriesSpec { put, strike, tenor: WEEK })
}

/// Returns a week's option on BTC by its name.
fn option(world: &World, put: bool, strike: u64) -> OptionId {
    let underlying = world.snapshot().underlying(&world.feeds[BTC].accounts.underlying);
    let tenor = underlying.params.tenors.into_iter().find(|tenor| tenor.seconds == WEEK).expect("the tenor");
    let cap_bps = if put { tenor.put_cap_bps } else { tenor.call_cap_bps };
    OptionId { underlying: 0, put, strike, tenor: WEEK, cap_bps }
}

/// Returns the commitment to buy a tenth of an option that need not be listed yet.
fn buy(world: &World, who: &str, option: OptionId) -> Instruction {
    let terms = TradeTerms { legs: vec![OptionLeg { option, points: TENTH }], closing: 0, min_net: -5 * TOKEN as i64 };
    world.commit_terms(who, CLASSIC, terms)
}

#[test]
fn audit_a13_who_lists_in_between_does_not_change_what_is_bought() {
    // SETUP: alice confirms a call at 103,000 that she lists herself. In between somebody lists a put, in the slot that she saw free.
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 10 * TOKEN);
    let wanted = option(&world, false, 103_000);
    let hers = [list(&world, false, 103_000), buy(&world, "alice", wanted)];
    let between = list(&world, true, 98_000);
    world.send(between).ok();

    // TEST
    world.send_all(&hers).ok();
    world.wait_for_fill();
    world.fill("alice", CLASSIC).ok();
    let held = world.account("alice", CLASSIC).positions[0].series();
    assert_eq!(world.view(CLASSIC).registry.option(held).unwrap(), wanted);
}

#[test]
fn audit_a13_two_who_list_the_same_option_at_once_both_get_it() {
    let mut world = World::flat();
    let wanted = option(&world, false, 103_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 10 * TOKEN);
    }
    let plans = ["alice", "bob"].map(|who| [list(&world, false, 103_000), buy(&world, who, wanted)]);
    for plan in plans {
        world.send_all(&plan).ok();
    }
    world.wait_for_fill();
    for who in ["alice", "bob"] {
        world.fill(who, CLASSIC).ok();
        let held = world.account(who, CLASSIC).positions[0].series();
        assert_eq!(world.view(CLASSIC).registry.option(held).unwrap(), wanted);
    }
    assert_eq!(world.view(CLASSIC).series().count(), 1);
}

#[test]
fn audit_a13_an_option_that_is_retired_in_between_is_not_replaced_by_another() {
    // SETUP: the option that alice has confirmed is unused and retired, and its slot is taken by another one.
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 10 * TOKEN);
    let call = world.list(CLASSIC, BTC, false, 103_000);
    let commit = buy(&world, "alice", option(&world, false, 103_000));
    world.send(build::retire_series(&world.pools[CLASSIC], call)).ok();
    let other = world.list(CLASSIC, BTC, true, 98_000);
    assert_eq!(other.slot, call.slot);

    // TEST
    world.refused(commit, EvergreenError::OptionNotListed);
}

#[test]
fn audit_a13_a_repeated_commitment_is_refused() {
    let (mut world, call) = scene();
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, 1_000)]);
    world.send(commit.clone()).ok();
    world.refused(commit.clone(), EvergreenError::WrongNumber);
    world.wait_for_fill();
    world.fill("mallory", CLASSIC).ok();
    world.refused(commit, EvergreenError::WrongNumber);
}

#[test]
fn audit_a1_a_feed_that_stops_for_good_traps_nobody() {
    // SETUP: no price is published after the commitment.
    let (mut world, call) = scene();
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    let (keys, account) = (world.pools[CLASSIC], world.account_key("mallory", CLASSIC));
    let blind = build::fill_trade(&keys, account, None, None, &[]);
    world.chain.pass(599);
    world.refused(blind.clone(), EvergreenError::MarketAccountMissing);

    // TEST: after ten minutes anyone ends it; it costs 10 basis points of a tenth of a bitcoin at the strike, which is ten dollars.
    world.chain.pass(1);
    let ended = world.send(blind).ok();
    assert_eq!((reason(&ended), fee(&ended)), (CancelReason::Abandoned, 3_333_334));
    world.withdraw("mallory", CLASSIC, u64::MAX).ok();
}

#[test]
fn audit_a9_an_old_price_of_a_lapsed_commitment_changes_no_funding() {
    // SETUP: alice holds the call. Mallory keeps the first price after a commitment of hers for hours, while the market moves.
    let (mut world, call) = scene();
    world.trader("alice", CLASSIC, 20 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.set_price(BTC, 81_000);
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    let feed = &world.feeds[BTC];
    let (owner, bytes) = (feed.owner, feed.encode(world.chain.slot()));
    let kept = evergreen_sdk::instruction::PriceFeed {
        underlying: feed.accounts.underlying,
        price: evergreen_tests::chain::actor("kept"),
    };
    world.chain.write(kept.price, owner, bytes);
    world.set_price(BTC, 100_000);
    for _ in 0..4 {
        world.pass(3_600);
        let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
        world.send(refresh).ok();
    }

    // TEST
    let before = world.view(CLASSIC).registry;
    let (keys, account) = (world.pools[CLASSIC], world.account_key("mallory", CLASSIC));
    let lapsed = world.send(build::fill_trade(&keys, account, None, None, &[kept])).ok();
    assert_eq!(reason(&lapsed), CancelReason::Lapsed);
    let mut after = world.view(CLASSIC).registry;
    let of_call = &mut after.series[usize::from(call.slot)];
    (of_call.commitments, of_call.committed_long) = (1, TENTH.unsigned_abs());
    assert!(after.series == before.series, "the fill of an old commitment changed a series");
}
