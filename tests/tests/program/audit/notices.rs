//! Positions are closed for a place, and auto-deleveraged, at a price that nobody knew when the moment was chosen.

use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Action, MAX_SERIES, NoticeCause, Notices, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// A pool whose 64 slots somebody can take for an instant, by commitments of one point in all series but the first.
#[derive(Clone)]
pub struct Scene {
    pub world: World,
    /// A call on BTC at 100,000, of which little is held, then 63 others that nobody holds.
    pub series: Vec<SeriesId>,
    /// Who commits in which of the others.
    pub committers: Vec<(String, Vec<(SeriesId, i64)>)>,
}

impl Scene {
    pub fn new(holders: &[(&str, u64, i64)]) -> Self {
        let mut world = World::new(Setup::preset());
        world.round_trip_every = 1_000_000;
        let mut series = vec![world.list(CLASSIC, BTC, false, 100_000)];
        let others = (0..MAX_SERIES - 1).map(|place| (place % 2 == 0, 86_000 + 1_000 * (place as u64 / 2)));
        series.extend(others.map(|(put, strike)| world.list_tenor(CLASSIC, BTC, put, strike, 30)));
        let least = world.view(CLASSIC).pool.params.min_account_points.max(1) as i64;
        let groups = series[1..].chunks(4).enumerate();
        let committers: Vec<_> = groups
            .map(|(n, group)| (format!("committer {n}"), group.iter().map(|id| (*id, least)).collect::<Vec<_>>()))
            .collect();
        for (who, _) in &committers {
            world.trader(who, CLASSIC, TOKEN);
        }
        for (who, tokens, points) in holders {
            world.trader(who, CLASSIC, tokens * TOKEN);
            world.trade(who, CLASSIC, &[(series[0], *points)]).ok();
        }
        world.pass(60);
        world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
        Self { world, series, committers }
    }

    /// Takes all slots.
    pub fn take(&mut self) {
        for (who, legs) in &self.committers {
            let commit = self.world.commit_within(who, CLASSIC, legs, -1);
            self.world.send(commit).ok();
        }
    }

    /// Ends what took the slots.
    pub fn let_go(&mut self) {
        self.world.wait_for_fill();
        for (who, _) in &self.committers {
            self.world.fill(who, CLASSIC);
        }
    }

    /// What those who took the slots have left, native units.
    pub fn left(&self) -> i64 {
        let cash = |(who, _): &(String, _)| {
            let account = self.world.account(who, CLASSIC);
            account.cash + (account.commitment.tip + account.commitment.bond) as i64
        };
        self.committers.iter().map(cash).sum()
    }

    /// Takes all slots for as long as it takes to give notice of the first series. Returns the moment.
    pub fn notice(&mut self) -> i64 {
        self.take();
        let moment = self.world.give_notice(CLASSIC, self.series[0], NoticeCause::Slot);
        self.let_go();
        moment
    }

    /// Lets the time pass until a second after this one, unix seconds.
    pub fn pass_to(&mut self, second: i64) {
        self.world.pass(second - self.world.chain.now());
    }

    pub fn close(&mut self, who: &str, moment: i64) -> evergreen_tests::Outcome {
        self.world.close_for_place(who, CLASSIC, (self.series[0], NoticeCause::Slot), moment)
    }
}

#[test]
fn audit_places_a_shortage_that_is_made_up_at_one_end_closes_nobody() {
    // SETUP: alice's call pays less than the rent of a slot.
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);

    // TEST: without a shortage there is no notice, and without a notice a shortage closes nobody.
    let notice = scene.world.notice_instruction(CLASSIC, scene.series[0], NoticeCause::Slot);
    scene.world.refused(notice, EvergreenError::NotAtCapacity);
    let mut late = scene.clone();
    late.take();
    let now = late.world.chain.now();
    assert_error(&late.close("alice", now - 1), EvergreenError::NoticeMissing);
    // A shortage that is over when the moment has come closes nobody either.
    let moment = scene.notice();
    scene.pass_to(moment + 1);
    assert_error(&scene.close("alice", moment), EvergreenError::NotAtCapacity);
    assert_eq!(scene.world.view(CLASSIC).held(&scene.world.account_key("alice", CLASSIC), scene.series[0]), TENTH / 10);
}

#[test]
fn audit_places_nobody_leaves_or_is_closed_at_an_old_price() {
    // SETUP: mallory and alice hold calls. Mallory makes the shortage up at both ends; half a per cent is lost after the first price.
    let mut scene = Scene::new(&[("mallory", 100, TENTH / 20), ("alice", 100, TENTH / 20)]);
    let start = scene.left();
    let moment = scene.notice();
    scene.pass_to(moment - 2);
    scene.world.set_price(BTC, 100_500);
    let before = scene.world.first_after(BTC, moment - 3).expect("a price from before the moment");
    scene.pass_to(moment + 1);
    scene.world.set_price(BTC, 100_000);
    for sample in scene.world.due_samples() {
        scene.world.send(sample).ok();
    }
    let worth = ["mallory", "alice"].map(|who| {
        let key = scene.world.account_key(who, CLASSIC);
        scene.world.valued(CLASSIC, |view, markets| markets.as_sold().equity(&view.accounts[&key]))
    });
    scene.world.pass(2);
    scene.world.set_price(BTC, 99_500);
    let later = scene.world.feeds[BTC].accounts;
    scene.take();

    // TEST: neither the higher price from before the moment nor the lower one from after the first one closes anybody.
    let keys = scene.world.pools[CLASSIC];
    for who in ["mallory", "alice"] {
        let account = scene.world.account_key(who, CLASSIC);
        for price in [before, later] {
            let close = build::close_for_place(
                actor("mallory"),
                &keys,
                account,
                (scene.series[0], NoticeCause::Slot),
                &[price],
            );
            scene.world.refused(close, EvergreenError::PriceNotFirst);
        }
    }
    // At the first one each gets what the calls were worth then. (The checks of a world value a pool at the price of now.)
    scene.world.replay = None;
    let feeds = scene.world.markets_after(moment);
    let mut changes = Vec::new();
    for (who, worth) in ["mallory", "alice"].into_iter().zip(worth) {
        let account = scene.world.account_key(who, CLASSIC);
        let close =
            build::close_for_place(actor("mallory"), &keys, account, (scene.series[0], NoticeCause::Slot), &feeds);
        scene.world.chain.send(&[close]).ok();
        changes.push(scene.world.cash(who, CLASSIC) - worth);
    }
    scene.let_go();
    println!("mallory and alice get {changes:?} native units more than their calls were worth at the first price");
    println!("taking all slots at both ends cost {} native units", start - scene.left());
    assert!(changes.iter().all(|change| change.abs() < 2_000), "{changes:?}");
    assert!(start > scene.left());
}

#[test]
fn audit_places_who_leaves_by_a_made_up_shortage_saves_the_fee_and_no_more() {
    // SETUP: mallory holds puts on 5 BTC, and a small written call that needs a bought one: where that gives way everything is closed.
    let mut scene = Scene::new(&[("mallory", 400, TENTH / 10)]);
    let (puts, written) = (scene.series[31], scene.series[32]);
    scene.world.trader("friend", CLASSIC, 100 * TOKEN);
    scene.world.trade("friend", CLASSIC, &[(written, TENTH / 2)]).ok();
    scene.world.trade("mallory", CLASSIC, &[(puts, 50 * TENTH), (written, -TENTH / 10)]).ok();
    crate::attacks::withdraw_spare(&mut scene.world, "mallory", CLASSIC);
    let start = scene.left();
    let moment = scene.notice();
    scene.pass_to(moment + 1);
    // What a sale of the puts costs beside their worth: the fee of closing, and what a spread would be.
    let sale = scene.world.preview_trade("mallory", CLASSIC, &[(puts, -50 * TENTH)]).ok();
    let fill = sale.event(|e| if let Event::LegFilled(e) = e { Some(e.clone()) } else { None });
    scene.take();

    // TEST: everything is closed at the first price without a fee, and that is all that was gained.
    let closed = scene.close("mallory", moment).ok();
    let events = closed.events();
    let forced = events.iter().find_map(|e| match e {
        Event::LegFilled(e) if e.series == puts => Some(e.clone()),
        _ => None,
    });
    let forced = forced.expect("the puts are closed, too");
    scene.let_go();
    let (cost, saved) = (start - scene.left(), forced.premium - fill.premium + fill.fee as i64);
    println!("leaving with puts on 5 BTC saves {saved} native units, a fee of {}, for {cost}", fill.fee);
    assert!(scene.world.account("mallory", CLASSIC).is_flat());
    assert_eq!((forced.fee, forced.points), (0, -50 * TENTH));
    let (fee, tolerance) = (fill.fee as i64, fill.premium / 1_000);
    assert!(fee > 0 && (saved - fee).abs() <= tolerance, "{saved} of a fee of {fee}");
}

#[test]
fn audit_places_nobody_shifts_a_notice_and_it_is_void_after_its_time() {
    // SETUP
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
    let moment = scene.notice();
    let id = scene.series[0];
    let window = Notices::window(&scene.world.view(CLASSIC).pool.params);
    assert_eq!((Notices::PERIOD, window), (600, 30));

    // TEST: no second notice until it is void, whoever makes a shortage for it; nothing is closed before its moment or after its time.
    for second in [moment - 300, moment, moment + 1, moment + window] {
        scene.pass_to(second);
        let mut now = scene.clone();
        now.take();
        let notice = now.world.notice_instruction(CLASSIC, id, NoticeCause::Slot);
        now.world.refused(notice, EvergreenError::NoticeRunning);
        let closed = now.close("alice", moment);
        match second {
            later if later > moment => assert!(closed.succeeded()),
            _ => assert_error(&closed, EvergreenError::PriceNotFirst),
        }
    }
    scene.pass_to(moment + window + 1);
    scene.take();
    assert_error(&scene.close("alice", moment), EvergreenError::NoticeMissing);
    let again = scene.world.give_notice(CLASSIC, id, NoticeCause::Slot);
    assert_eq!(again, moment + window + 1 + 600);
    assert_error(&scene.close("alice", moment), EvergreenError::PriceNotFirst);
}

#[test]
fn audit_places_a_notice_is_of_one_cause_and_of_one_series() {
    // SETUP: a notice of a place is given, and then more is written than bought, too.
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
    scene.world.trader("bob", CLASSIC, 200 * TOKEN);
    scene.world.trade("bob", CLASSIC, &[(scene.series[0], -TENTH / 20)]).ok();
    let id = scene.series[0];
    let moment = scene.notice();
    scene.world.trade("alice", CLASSIC, &[(id, -TENTH / 10)]).ok();

    // TEST: it serves no auto-deleveraging, and that of an excess closes nobody for a place.
    scene.pass_to(moment + 1);
    assert_error(&scene.world.deleverage("bob", CLASSIC, id, TENTH / 20, moment), EvergreenError::NoticeMissing);
    let excess = scene.world.pass_notice(CLASSIC, id, NoticeCause::Excess);
    scene.take();
    assert_error(&scene.close("bob", excess), EvergreenError::NoticeMissing);
    scene.world.deleverage("bob", CLASSIC, id, TENTH / 20, excess).ok();
    // The slot is empty, and the next series there has no notice.
    scene.let_go();
    let moment = {
        scene.world.trade("alice", CLASSIC, &[(id, TENTH / 20)]).ok();
        scene.notice()
    };
    scene.world.trade("alice", CLASSIC, &[(id, -TENTH / 20)]).ok();
    scene.world.send(build::retire_series(&scene.world.pools[CLASSIC], id)).ok();
    let next = scene.world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    assert_eq!((next.slot, next.generation), (id.slot, id.generation + 1));
    scene.world.trade("alice", CLASSIC, &[(next, TENTH / 20)]).ok();
    scene.pass_to(moment + 1);
    scene.take();
    assert_error(&scene.close("alice", moment), EvergreenError::UnknownSeries);
    scene.series[0] = next;
    assert_error(&scene.close("alice", moment), EvergreenError::NoticeMissing);
}

#[test]
fn audit_places_nothing_is_closed_for_a_place_in_an_exercised_series() {
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
    let moment = scene.notice();
    scene.pass_to(moment + 1);
    scene.world.set_price(BTC, 120_100);
    scene.take();
    let keys = scene.world.pools[CLASSIC];
    let exercise = build::exercise_series(&keys, scene.series[0], &scene.world.market(BTC));
    scene.world.send(exercise).ok();
    let closed = scene.close("alice", moment);
    // Opening the account pays her; the slot of what is paid in full is free.
    assert_error(&closed, EvergreenError::NotAtCapacity);
    scene.world.send(build::settle_positions(&keys, scene.world.account_key("alice", CLASSIC))).ok();
    assert_error(&scene.close("alice", moment), EvergreenError::UnknownSeries);
}

#[test]
fn audit_places_no_pause_keeps_a_place() {
    for action in [Action::Liquidate, Action::DepositMargin, Action::Settle] {
        // SETUP: half an hour's pause begins a minute before the moment.
        let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
        let moment = scene.notice();
        scene.pass_to(moment - 60);
        scene.world.send(build::set_pause(actor("guardian"), action, 1_800)).ok();

        // TEST: who was given notice is closed at the moment, for what their options are worth.
        scene.pass_to(moment + 1);
        scene.take();
        scene.close("alice", moment).ok();
    }
}

#[test]
fn audit_places_who_was_given_notice_keeps_the_place_for_all_of_the_rent() {
    // SETUP: mallory holds two series for dust, and is given notice of the first.
    let mut scene = Scene::new(&[("mallory", 400, TENTH / 100)]);
    let (id, other) = (scene.series[0], scene.series[20]);
    let least = scene.committers[0].1[0].1;
    scene.world.trade("mallory", CLASSIC, &[(other, 2 * least)]).ok();
    scene.world.trade("mallory", CLASSIC, &[(id, least - TENTH / 100)]).ok();
    let moment = scene.notice();

    // TEST: nothing more is bought in it that does not pay its rent, and that another one pays even less by now is no way around it, so nobody keeps places by taking turns.
    let mut turns = scene.clone();
    let more = turns.world.commit_instruction("mallory", CLASSIC, &[(id, 2 * least)]);
    turns.world.refused(more, EvergreenError::RentTooLow);
    turns.world.trade("mallory", CLASSIC, &[(other, -least)]).ok();
    turns.pass_to(moment + 1);
    turns.take();
    turns.close("mallory", moment).ok();
    // Who pays all of the rent keeps the place.
    let due = scene.world.view(CLASSIC).pool.pool_cash / 50_000;
    scene.world.trader("buyer", CLASSIC, 400 * TOKEN);
    scene.world.trade("buyer", CLASSIC, &[(scene.series[20], TENTH)]).ok();
    scene.series[0] = scene.series[20];
    scene.take();
    let notice = scene.world.notice_instruction(CLASSIC, other, NoticeCause::Slot);
    println!("the rent is {due} native units a day");
    scene.world.refused(notice, EvergreenError::RentPaid);
}

#[test]
fn audit_places_a_notice_for_a_slot_closes_nobody_for_capital() {
    // SETUP: mallory's puts reserve nearly all capital; alice's series pays for none of hers, but mallory's pays less. A shortage of slots is made
    // up at the notice only.
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
    scene.world.trader("mallory", CLASSIC, 400 * TOKEN);
    let moment = scene.notice();
    let far = scene.series[1];
    let points = crate::giving_way::points_locking(&scene.world, far, 780 * TOKEN);
    scene.world.trade("mallory", CLASSIC, &[(far, points)]).ok();
    scene.pass_to(moment + 1);
    assert!(scene.world.view(CLASSIC).pool.is_at_capacity().expect("a limit"));

    // TEST: capital is wanted at the moment, but the notice was about a slot, and there was none about capital.
    assert_error(&scene.close("alice", moment), EvergreenError::NotAtCapacity);
    let named = (scene.series[0], NoticeCause::Capital);
    let closed = scene.world.close_for_place("alice", CLASSIC, named, moment);
    assert_error(&closed, EvergreenError::NoticeMissing);
    let named = (scene.series[0], NoticeCause::Excess);
    let closed = scene.world.close_for_place("alice", CLASSIC, named, moment);
    assert_error(&closed, EvergreenError::NoticeMissing);
}
