mod delegates;
mod orders;

use super::*;
use crate::{
    quote::QuoteError,
    testing::{pyth::Price, scene::Scene},
};
use evergreen::errors::EvergreenError;
use evergreen::state::{Action, LAYOUT_VERSION, Protocol, SeriesStatus};
use evergreen_math::{Points, funding::FundingIndex};

/// A scene in which an account has committed a trade, and what the trade cost when it was committed.
struct Case {
    scene: Scene,
    account: MarginAccount,
    request: TradeRequest,
}

impl Case {
    /// Makes an account without positions that wants to buy a thousand points, without a limit that matters.
    fn new() -> Self {
        let mut scene = Scene::new(1, 0).unwrap();
        let account = MarginAccount { cash: 1_000_000_000, ..scene.account(0) };
        let legs = vec![Leg { series: scene.series[0], points: 1_000 }];
        Self { scene, account, request: TradeRequest { legs, closing: 0, min_net: -500_000_000 } }
    }

    /// Gives the account a settled position.
    fn hold(&mut self, place: usize, points: i64) {
        let series = self.scene.series[place];
        let settled = self.scene.view.registry.series[usize::from(series.slot)].funding_index.get();
        self.account.store(place, series, Points(points), FundingIndex(settled));
    }

    /// Returns the seconds from a commitment to the moment after which its price is published.
    fn delay(&self) -> i64 {
        self.scene.view.pool.params.fill_delay.into()
    }

    fn commit(&self) -> Result<Committed> {
        self.scene.view.commit(&self.account, &self.request)
    }

    /// Commits, and returns the scene `seconds` after the moment of the price, with the account. The prices are those that were
    /// published then for the first time since the commitment, unless `edit` changes them.
    fn later(&self, seconds: i64, edit: impl Fn(&mut Price)) -> (Scene, MarginAccount) {
        let committed = self.commit().unwrap();
        let mut later = self.scene.after(self.delay() + seconds).unwrap();
        (later.view.pool, later.view.registry) = (committed.pool, committed.registry);
        for market in &mut later.view.markets {
            let bytes = market.price.as_mut().unwrap();
            let mut price = Price::decode(&bytes.data).unwrap();
            edit(&mut price);
            bytes.data = price.encode(&market.feed.price, 0).unwrap();
        }
        (later, *committed.account)
    }

    /// Returns why it cannot be filled a second after the moment, with which error, and the fee that it costs, once `change` is made to pool and account.
    fn cancelled(
        &self,
        edit: impl Fn(&mut Price),
        change: impl Fn(&mut Scene, &mut MarginAccount),
    ) -> (CancelReason, u32, u64) {
        let (mut later, mut account) = self.later(1, edit);
        change(&mut later, &mut account);
        ended(&later, &account)
    }
}

/// Returns why a commitment is cancelled, the number of the error, and its fee. Where that costs anything, whoever fills it gets the
/// tip; otherwise it comes back. Nothing else changes.
fn ended(later: &Scene, account: &MarginAccount) -> (CancelReason, u32, u64) {
    let quote = later.view.fill(account, None).unwrap();
    let FillResolution::Cancelled { reason, error, fee, .. } = quote.resolution else {
        panic!("{:?}", quote.resolution)
    };
    assert!(!quote.account_after.commitment.is_open());
    let Commitment { tip, bond, .. } = account.commitment;
    let (earned, kept) = if reason.pays_filler(false) { (tip, 0) } else { (0, tip) };
    assert_eq!(quote.account_after.cash, account.cash + (kept + bond) as i64 - fee as i64);
    assert_eq!(quote.account_after.positions, account.positions);
    assert!(quote.registry_after.series.iter().all(|series| series.commitments == 0));
    assert_eq!((quote.tip, quote.pool_after.tips_due), (earned, 0));
    (reason, error, fee)
}

fn unchanged(_: &mut Scene, _: &mut MarginAccount) {}

/// A price that is as it was.
const fn as_it_was(_: &mut Price) {}

/// Returns the bond of the trade of a case.
fn bond_of(case: &Case) -> u64 {
    case.commit().unwrap().account.commitment.bond
}

#[track_caller]
fn refused<T>(result: Result<T>, name: &str) {
    let error = result.err().unwrap_or_else(|| panic!("{name} was expected"));
    assert!(error.refusal().is_some_and(|refusal| refusal.is(name)), "{name}: {error}");
}

/// Something that is changed about a case.
type Change = fn(&mut Case);

#[test]
fn a_commitment_sets_tip_and_bond_aside_and_holds_the_series() {
    let case = Case::new();
    let done = case.commit().unwrap();
    let Commitment { tip, bond, .. } = done.account.commitment;
    assert_eq!(tip, case.scene.view.pool.params.fill_tip);
    // The bond is about twice the fee of the trade, told without a price.
    let expected = 2 * case.scene.view.trade(&case.account, &case.request.legs).unwrap().fee;
    assert!(bond.abs_diff(expected) <= expected / 2, "bond {bond}, fee {expected}");
    assert_eq!(done.account.cash, case.account.cash - (tip + bond) as i64);
    assert_eq!((done.account.next_order, done.pool.tips_due), (case.account.next_order + 1, tip + bond));
    assert_eq!(done.account.commitment.legs(), case.request.legs);
    assert_eq!((done.account.commitment.committed_at, done.account.commitment.min_net), (Scene::NOW, -500_000_000));
    assert_eq!(done.registry.series[0].commitments, 1);
    // The series cannot be retired meanwhile.
    assert!(!done.registry.series[0].is_unused());
}

#[test]
fn what_the_program_refuses_to_commit_is_refused() {
    let cases: [(&str, Change); 14] = [
        ("CommitmentOpen", |case| case.account.commitment.committed_at = Scene::NOW - 1),
        ("LegCount", |case| case.request.legs.clear()),
        ("LegCount", |case| case.request.legs = vec![case.request.legs[0]; 5]),
        ("LegZero", |case| case.request.legs[0].points = 0),
        ("LegRepeated", |case| case.request.legs.push(case.request.legs[0])),
        ("LegNotReducing", |case| case.request.closing = 1),
        ("UnknownSeries", |case| case.request.legs[0].series.generation += 1),
        ("SeriesExercised", |case| case.scene.view.registry.series[0].status = SeriesStatus::Exercised as u8),
        // A trade that adds risk needs a limit that its cash can pay.
        ("InsufficientCash", |case| case.request.min_net = i64::MIN),
        ("PoolHalted", |case| case.scene.view.pool.flags |= Pool::HALTED),
        ("PoolDistressed", |case| case.scene.view.pool.flags |= Pool::DISTRESSED),
        ("Paused", |case| case.scene.view.protocol = Some(paused(Action::AddRisk))),
        ("WrongVersion", |case| case.account.version += 1),
        ("WrongPool", |case| case.account.pool = case.account.owner),
    ];
    for (name, change) in cases {
        let mut case = Case::new();
        change(&mut case);
        refused(case.commit(), name);
    }
}

fn paused(action: Action) -> Box<Protocol> {
    let mut protocol: Box<Protocol> = Box::new(bytemuck::Zeroable::zeroed());
    protocol.version = LAYOUT_VERSION;
    protocol.pauses[action as usize].until = Scene::NOW + 60;
    protocol
}

#[test]
fn the_most_to_pay_must_be_there_beside_tip_and_bond() {
    let mut case = Case::new();
    let aside = (case.scene.view.pool.params.fill_tip + bond_of(&case)) as i64;
    case.request.min_net = aside - case.account.cash;
    assert!(case.commit().is_ok());
    case.request.min_net -= 1;
    refused(case.commit(), "InsufficientCash");
    // A trade that only reduces needs no limit and no bond, and a tip only as far as there is cash.
    case.hold(0, 1_000);
    (case.account.cash, case.request.min_net, case.request.legs[0].points) = (3, i64::MIN, -1_000);
    let done = case.commit().unwrap();
    assert_eq!((done.account.cash, done.account.commitment.tip, done.account.commitment.bond), (0, 3, 0));
    // In debt there is none.
    case.account.cash = -7;
    let done = case.commit().unwrap();
    assert_eq!((done.account.cash, done.account.commitment.tip), (-7, 0));
}

#[test]
fn a_commitment_is_filled_like_a_trade_at_its_price() {
    let case = Case::new();
    let (later, account) = case.later(1, |price| price.price += price.price / 1_000);
    let filled = later.view.fill(&account, None).unwrap();
    // The quote of a trade sets tip and bond aside itself.
    let free = MarginAccount { commitment: Commitment::default(), cash: case.account.cash, ..account };
    let trade = later.view.trade(&free, &case.request.legs).unwrap();
    let FillResolution::Filled { net, legs, direction } = filled.resolution else { panic!("{:?}", filled.resolution) };
    assert_eq!((net, legs, direction), (trade.net, trade.legs, Direction::Adding));
    assert_eq!(filled.after, Some(trade.after));
    assert_eq!(filled.account_after.cash, account.cash + account.commitment.bond as i64 + net);
    assert_eq!((filled.tip, filled.pool_after.tips_due), (case.scene.view.pool.params.fill_tip, 0));
}

#[test]
fn only_the_first_price_after_the_commitment_fills_it() {
    let case = Case::new();
    let moment = Scene::NOW + case.delay();
    let published = |prev_publish_time, publish_time| {
        let (later, account) = case.later(2, |price| {
            (price.prev_publish_time, price.publish_time) = (prev_publish_time, publish_time);
        });
        assert_eq!(later.view.price_moment(&account.commitment), moment);
        later.view.fill(&account, None)
    };
    assert!(published(moment, moment + 1).is_ok());
    assert!(published(moment - 5, moment + 1).is_ok());
    // It was published at the moment itself, or another one came before it.
    refused(published(moment - 1, moment), "PriceNotFirst");
    refused(published(moment + 1, moment + 2), "PriceNotFirst");
    let (later, account) = case.later(1, as_it_was);
    let free = MarginAccount { commitment: Commitment::default(), ..account };
    refused(later.view.fill(&free, None), "NothingCommitted");
    let mut blind = later;
    blind.view.markets[0].price = None;
    assert!(matches!(blind.view.fill(&account, None).err(), Some(QuoteError::NoPrice(_))));
}

#[test]
fn prices_of_legs_and_live_positions_fill_and_no_others() {
    let mut case = Case::new();
    let (later, mut account) = case.later(1, as_it_was);
    assert_eq!(later.view.needed_to_fill(&account).unwrap(), [0]);
    account.store(0, later.series[40], Points(1_000), FundingIndex(0));
    assert_eq!(later.view.needed_to_fill(&account).unwrap(), [0, 1]);
    // An exercised position is paid without a price.
    let mut exercised = later;
    exercised.view.registry.series[40].status = SeriesStatus::Exercised as u8;
    assert_eq!(exercised.view.needed_to_fill(&account).unwrap(), [0]);
    case.request.legs[0].series = case.scene.series[63];
    let (later, account) = case.later(1, as_it_was);
    assert_eq!(later.view.needed_to_fill(&account).unwrap(), [1]);
}

#[test]
fn what_the_price_or_somebody_else_decides_costs_nothing_or_little() {
    let mut case = Case::new();
    let eighth = bond_of(&case).div_ceil(8);
    let window = i64::from(case.scene.view.pool.params.fill_window);
    assert_eq!(
        case.cancelled(|price| price.conf = price.price.unsigned_abs() / 20, unchanged),
        (CancelReason::PriceUncertain, 0, eighth)
    );
    assert_eq!(
        case.cancelled(as_it_was, |later, _| later.view.pool.flags |= Pool::HALTED),
        (CancelReason::Stopped, 0, 0)
    );
    // A pause takes no committed trade back.
    let (mut later, account) = case.later(1, as_it_was);
    later.view.protocol = Some(paused(Action::AddRisk));
    let filled = later.view.fill(&account, None).unwrap();
    assert!(matches!(filled.resolution, FillResolution::Filled { .. }), "{:?}", filled.resolution);
    // What was reserved in vain costs an eighth of the bond. At the cap of the option nothing is opened any more.
    let capped = |price: &mut Price| {
        price.price *= 2;
        price.ema_price = price.price;
    };
    assert_eq!(case.cancelled(capped, unchanged), (CancelReason::AtCap, EvergreenError::SeriesAtCap.into(), eighth));
    // The first price was published after the window.
    let (later, account) = case.later(1 + window, as_it_was);
    assert_eq!(ended(&later, &account), (CancelReason::PriceTooLate, 0, eighth));
    // The limit does not hold at the price.
    let limit = case.scene.after(case.delay() + 1).unwrap().view.trade(&case.account, &case.request.legs).unwrap().net;
    case.request.min_net = limit + 1;
    let beyond = EvergreenError::LimitExceeded.into();
    assert_eq!(case.cancelled(as_it_was, unchanged), (CancelReason::Limit, beyond, eighth));
}

#[test]
fn a_leg_that_only_closes_opens_nothing() {
    let mut case = Case::new();
    case.hold(0, 1_000);
    (case.request.legs[0].points, case.request.closing, case.request.min_net) = (-1_000, 1, i64::MIN);
    let (later, account) = case.later(1, as_it_was);
    let filled = later.view.fill(&account, None).unwrap();
    assert!(matches!(filled.resolution, FillResolution::Filled { direction: Direction::Reducing, .. }));
    assert!(filled.account_after.is_flat());
    // A liquidation has taken a part of the position: the leg closes what is left. It has taken all of it: nothing is left to close.
    for left in [999, 0] {
        let (mut later, mut account) = case.later(1, as_it_was);
        account.positions[0].points = left;
        if left == 0 {
            account.positions[0] = evergreen::state::Position::default();
        }
        later.view.registry.series[0].long_points -= 1_000 - left;
        let quote = later.view.fill(&account, None).unwrap();
        match &quote.resolution {
            FillResolution::Filled { legs, direction, .. } => {
                assert_eq!((legs[0].leg.points, *direction), (-left, Direction::Reducing));
                assert!(quote.account_after.is_flat());
            }
            FillResolution::Cancelled { reason, error, fee, .. } => {
                assert_eq!((left, *reason, *error, *fee), (0, CancelReason::NothingToReduce, 0, 0));
            }
        }
    }
}

#[test]
fn a_reducing_trade_is_filled_at_an_uncertain_price() {
    let mut case = Case::new();
    case.hold(0, 1_000);
    (case.request.legs[0].points, case.request.min_net) = (-1_000, i64::MIN);
    let (later, account) = case.later(1, |price| price.conf = price.price.unsigned_abs() / 20);
    let filled = later.view.fill(&account, None).unwrap();
    assert!(matches!(filled.resolution, FillResolution::Filled { direction: Direction::Reducing, .. }));
}

#[test]
fn a_lapse_costs_the_bond() {
    let case = Case::new();
    let deadline = case.delay() + i64::from(case.scene.view.pool.params.fill_window);
    let (mut later, account) = case.later(1, as_it_was);
    // In the last second of the window it is still filled.
    later.view.now = Scene::NOW + deadline;
    let filled = later.view.fill(&account, None).unwrap();
    assert!(matches!(filled.resolution, FillResolution::Filled { .. }), "{:?}", filled.resolution);
    later.view.now += 1;
    let bond = account.commitment.bond;
    assert!(bond > 0);
    assert_eq!(ended(&later, &account), (CancelReason::Lapsed, 0, bond));
    // The bond is the main class's, whole.
    let parts = |pool: &Pool| (pool.pool_cash, pool.insurance_due, pool.fees_due, pool.referrals_due);
    let (lapsed, before) = (later.view.fill(&account, None).unwrap(), parts(&later.view.pool));
    let earned = before.0 + bond as i64;
    assert_eq!(parts(&lapsed.pool_after), (earned, before.1, before.2, before.3));
    // It would have been beyond its limit: then the lapse costs what that costs in time.
    let limit = MarginAccount { commitment: Commitment { min_net: 0, ..account.commitment }, ..account };
    assert_eq!(ended(&later, &limit), (CancelReason::Limit, 0, bond.div_ceil(8)));
}

#[test]
fn a_trade_that_its_account_cannot_bear_costs_its_bond() {
    // The cash was there when the trade was committed, and has left by funding or liquidation.
    let mut case = Case::new();
    case.request.legs[0].points = 1_000_000;
    let bond = bond_of(&case);
    let beyond = (CancelReason::Limit, EvergreenError::LimitExceeded.into(), bond.div_ceil(8));
    let poor = |_: &mut Scene, account: &mut MarginAccount| account.cash = 60_000;
    assert_eq!(case.cancelled(as_it_was, poor), beyond);
    // What has come in since pays for nothing.
    let paid_in = |_: &mut Scene, account: &mut MarginAccount| account.commitment.added = account.cash.unsigned_abs();
    assert_eq!(case.cancelled(as_it_was, paid_in), beyond);
    // Capacity was reserved when it was committed, and limits that are lowered afterwards do not stop it.
    let (mut later, account) = case.later(1, as_it_was);
    (later.view.pool.params.max_account_points, later.view.pool.params.max_series_points) = (1, 1);
    let filled = later.view.fill(&account, None).unwrap();
    assert!(matches!(filled.resolution, FillResolution::Filled { .. }), "{:?}", filled.resolution);
    // The option has been exercised meanwhile.
    let exercise = |later: &mut Scene, _: &mut MarginAccount| {
        later.view.registry.series[0].status = SeriesStatus::Exercised as u8;
    };
    assert_eq!(case.cancelled(as_it_was, exercise), (CancelReason::Exercised, 0, bond.div_ceil(8)));
    // The bond is there even where the account has nothing else.
    let broke = |_: &mut Scene, account: &mut MarginAccount| account.cash = 2;
    assert_eq!(case.cancelled(as_it_was, broke), beyond);
    // Options can be written only against bought ones.
    case.scene.view.registry.series[0].long_points += 10_000_000_000;
    (case.request.legs[0].points, case.request.min_net, case.account.cash) = (-100_000_000, 0, 1_000_000_000_000);
    let bond = bond_of(&case);
    let poor = |_: &mut Scene, account: &mut MarginAccount| account.cash = 6_000_000;
    assert_eq!(
        case.cancelled(as_it_was, poor),
        (CancelReason::Health, EvergreenError::InsufficientHealth.into(), bond)
    );
}

#[test]
fn a_leg_that_opens_more_than_was_reserved_is_judged_by_all_rules() {
    // It was to close 1,000,000 points that are written. A liquidation has closed them before, so it opens them instead.
    let mut case = Case::new();
    case.scene.view.registry.series[0].long_points += 1_000_000;
    case.hold(0, -1_000_000);
    case.request.legs[0].points = 1_500_000;
    let bond = bond_of(&case);
    let liquidated = |later: &mut Scene, account: &mut MarginAccount| {
        account.positions[0] = evergreen::state::Position::default();
        later.view.registry.series[0].short_points -= 1_000_000;
    };
    let (mut later, mut account) = case.later(1, as_it_was);
    assert_eq!(account.commitment.legs[0].opening, 500_000);
    liquidated(&mut later, &mut account);
    assert!(matches!(later.view.fill(&account, None).unwrap().resolution, FillResolution::Filled { .. }));
    let full = |later: &mut Scene, account: &mut MarginAccount| {
        liquidated(later, account);
        later.view.pool.params.max_account_points = 1_499_999;
    };
    assert_eq!(case.cancelled(as_it_was, full), (CancelReason::Rules, EvergreenError::AccountSizeLimit.into(), bond));
}
