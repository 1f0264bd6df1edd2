//! Shares of both classes, and the price of a share.

use super::{Change, Check};
use crate::{
    snapshot::PoolView,
    tokens,
    valuation::{Markets, NavBounds},
};
use anchor_lang::prelude::Pubkey;
use evergreen_math::{BasisPoints, Native, Rounding};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::state::{MarginAccount, Pool, ShareClass, ShareLedger},
};

pub(super) fn held(view: &PoolView, check: &Check) {
    for class in [ShareClass::Main, ShareClass::Insurance] {
        let (ledger, mint) = (view.pool.shares(class), view.pool.share_mint(class));
        let generation = view.pool.generation(class);
        let waiting_of = |generation| -> u64 {
            view.withdrawals_of(class).filter(|t| t.generation == generation).map(|t| t.shares).sum()
        };
        let waiting = waiting_of(generation);
        assert_eq!(ledger.in_withdrawals, waiting, "{class:?}: shares in withdrawals");
        let supply = i128::from(tokens::supply_in(&check.after.accounts[&mint].data));
        let burnt = check.outside.get(&mint).copied().unwrap_or(0);
        // Those of the first deposit are nobody's.
        let seed_in = |generation| {
            if (class, generation) == (ShareClass::Main, 0) { i128::from(view.pool.seed_shares) } else { 0 }
        };
        let all = supply + burnt + i128::from(waiting) + seed_in(generation);
        assert_eq!(i128::from(ledger.total), all, "{class:?}: shares of all holders");
        for retired in view.retired.values().filter(|retired| retired.share_class() == class) {
            let mint = address::share_mint(&view.key, class, retired.generation);
            let supply = i128::from(tokens::supply_in(&check.after.accounts[&mint].data));
            let burnt = check.outside.get(&mint).copied().unwrap_or(0);
            let all = supply + burnt + i128::from(waiting_of(retired.generation)) + seed_in(retired.generation);
            assert_eq!(i128::from(retired.shares), all, "{class:?}: retired shares of all holders");
        }
    }
}

/// Asserts that deposits pay no less for shares than their worth and withdrawals get no more, and that the net assets of the
/// main class in events are those that the accounts give.
pub(super) fn joined_and_left(change: &Change) {
    let Change { before, after, .. } = change;
    let main = change.markets.net_assets();
    let priced = |ledger: &ShareLedger, assets: i64| (i128::from(ledger.total) + 1_000, i128::from(assets) + 1);
    let events = change.outcome.events();
    // Withdrawals of one transaction are executed one after the other: what has left before is no part of the shares any more, what leaves later still is.
    let left = |class: ShareClass, events: &[Event]| {
        let of = |event: &Event| match event {
            Event::WithdrawalExecuted(e) if e.pool == after.key && e.class == class => (e.shares, e.amount as i64),
            _ => (0, 0),
        };
        events.iter().map(of).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    for (place, event) in events.iter().enumerate() {
        match event {
            Event::LiquidityDeposited(e) if e.pool == after.key => {
                let (all, assets) = priced(before.pool.shares(e.class), e.assets);
                assert!(i128::from(e.shares) * assets <= i128::from(e.amount) * all, "a deposit got too many shares");
                if e.class == ShareClass::Main && change.at_present {
                    let all = main.upper - e.amount as i64;
                    let worth = all - not_earned(&before.pool, change.markets.now(), all, 0);
                    assert_eq!(e.assets, worth, "net assets at the deposit");
                }
            }
            Event::WithdrawalExecuted(e) if e.pool == after.key => {
                let mut pool = before.pool.clone();
                pool.shares_mut(e.class).total -= left(e.class, &events[..place]).0;
                let (all, assets) = priced(pool.shares(e.class), e.assets);
                assert!(i128::from(e.amount) * all <= i128::from(e.shares) * assets, "a withdrawal was paid too much");
                if e.class == ShareClass::Main && change.at_present {
                    let all = main.lower + left(e.class, &events[place..]).1;
                    let leaving =
                        before.withdrawals_of(e.class).find(|w| w.number == e.number).expect("it waits").shares;
                    let whole = if e.shares == leaving { leaving } else { 0 };
                    let now = change.markets.now();
                    let [last, stays] = [whole, 0].map(|leaving| all - not_earned(&pool, now, all, leaving));
                    // Who could not be paid whole as the last one is paid as if all stayed, even if that can be paid whole.
                    let limit = pool.daily_outflow(now);
                    let allowed = pool.shares_mut(e.class).day_allowance(Native(last.max(0) as u64), limit, now);
                    let free = before.pool.free_to_leave(&before.registry, now).expect("free cash");
                    let (all, assets) = priced(pool.shares(e.class), last);
                    let due = i128::from(leaving) * assets / all;
                    let is_cut = due > i128::from(allowed.expect("an allowance").0.min(free.0));
                    assert_eq!(e.assets, if is_cut { stays } else { last }, "net assets at the withdrawal");
                }
            }
            _ => {}
        }
    }
}

/// Returns what is not earned yet of what all shares are worth: at most half of it, and the part of those who stay.
fn not_earned(pool: &Pool, now: i64, assets: i64, leaving: u64) -> i64 {
    let (half_hours, part) =
        (now as u64 / 1_800 - pool.unearned_touched.min(now as u64 / 1_800), (1u128 << 32) - (1 << 32) / 1_440);
    // The program's power has at most 64 factors, each rounded down to 2^-32.
    let (mut kept, mut power, mut left) = (1u128 << 32, part, half_hours);
    while left > 0 {
        if left % 2 == 1 {
            kept = (kept * power) >> 32;
        }
        (power, left) = ((power * power) >> 32, left / 2);
    }
    let unearned = ((u128::from(pool.unearned) * kept) >> 32) as i64;
    let total = i128::from(pool.main.total.max(1));
    let stays = (i128::from(assets.max(0)) * (total - i128::from(leaving)).max(0) / total) as i64;
    unearned.min(assets.max(0) / 2).min(stays)
}

/// What the shares of each class may lose according to the events of a transaction, native units.
#[derive(Default)]
struct Losses {
    main: i64,
    insurance: i64,
    /// Whether options changed hands or were exercised. The bounds then move, but the value at the mark must not fall.
    traded: bool,
    /// Whether options of a healthy account were closed by others: as they are sold. The value there must not fall.
    closed: bool,
    /// Whether a series ended at its value at the last sample. There is no mark of now to compare that with.
    ended: bool,
}

impl Losses {
    fn of(change: &Change) -> Self {
        let mut losses = Self::default();
        let here = |account: &Pubkey| change.after.accounts.contains_key(account);
        let liquidator_share = BasisPoints(change.after.pool.params.liquidator_bps);
        for event in change.outcome.events() {
            match event {
                Event::BadDebtAbsorbed(e) if here(&e.account) => {
                    losses.main += e.from_pool as i64;
                    losses.insurance += e.from_insurance as i64;
                }
                Event::Liquidated(e) if here(&e.account) => {
                    let earned = Native(e.penalty).share(liquidator_share, Rounding::Floor).unwrap().0;
                    losses.insurance += (e.reward - earned) as i64;
                }
                Event::LegFilled(e) if here(&e.account) => {
                    losses.traded = true;
                    // Beside a buy-back that is announced what is closed costs at most its premium.
                    if e.fee == 0 && change.before.pool.buyback(change.markets.now()).is_some() {
                        losses.main += e.premium - change.markets.worth(e.series.slot, -e.points);
                        continue;
                    }
                    losses.closed |= e.fee == 0;
                }
                Event::SeriesExercised(e) if e.pool == change.after.key => losses.traded = true,
                Event::SeriesEnded(e) if e.pool == change.after.key => losses.ended = true,
                _ => {}
            }
        }
        losses
    }
}

/// Returns what bad debts certainly cost insurance and the main class, native units.
fn certain_losses(pool: &Pool) -> (i64, i64) {
    let insurance = pool.bad_debts.min(pool.insurance_assets().unwrap().0);
    (insurance as i64, (pool.bad_debts - insurance) as i64)
}

/// Asserts that the price of a share does not fall, except by losses that are accounted for. If no option changed hands, this
/// holds at both bounds of net asset value. Otherwise it holds at the mark, or as options are sold if others have closed some.
pub(super) fn prices(change: &Change) {
    let Change { before, after, earlier, markets, .. } = change;
    let seized = |event: &Event| matches!(event, Event::VaultSynced(e) if e.pool == after.key);
    let announced = before.pool.buyback_at != after.pool.buyback_at;
    if announced || before.pool.params != after.pool.params || change.outcome.events().iter().any(seized) {
        // New parameters, and a buy-back that is announced, change what everything is worth, and a seizure is a loss of all classes.
        return;
    }
    let mut losses = Losses::of(change);
    // A certain loss lowers the price at once, so that absorbing it later changes nothing.
    let (earlier_lost, lost) = (certain_losses(&before.pool), certain_losses(&after.pool));
    losses.insurance += lost.0 - earlier_lost.0;
    losses.main += lost.1 - earlier_lost.1;
    let insurance = |pool: &Pool| pool.insurance_assets().unwrap().0 as i64 - certain_losses(pool).0;
    let was = (insurance(&before.pool), &before.pool.insurance);
    let renewed = |class| before.pool.generation(class) != after.pool.generation(class);
    let moves_insurance = |event: &Event| match event {
        Event::LiquidityDeposited(e) => e.class == ShareClass::Insurance,
        Event::WithdrawalExecuted(e) => e.class == ShareClass::Insurance,
        _ => false,
    };
    if renewed(ShareClass::Insurance) {
        assert_eq!(
            (insurance(&after.pool), after.pool.insurance.total),
            (0, 0),
            "a new generation begins with nothing"
        );
    } else if change.at_present || !change.outcome.events().iter().any(moves_insurance) {
        // What insurance has earned since the minute of its liquidity is shared with who comes at that minute.
        not_lower("insurance", was, (insurance(&after.pool) + losses.insurance, &after.pool.insurance));
    }
    if renewed(ShareClass::Main) {
        assert_eq!((after.pool.pool_cash, after.pool.main.total), (0, 0), "a new generation begins with nothing");
        return;
    }
    if !change.at_present {
        return;
    }
    let (was, now) = (&before.pool.main, &after.pool.main);
    if losses.ended {
        return;
    }
    if losses.traded && before.pool.buyback(markets.now()).is_none() {
        traded(change, losses.main);
    }
    if losses.closed {
        let assets = |markets: &Markets| markets.as_sold().net_assets_at_mark();
        let later = assets(markets) + losses.main + rounding(change);
        not_lower("main, as options are sold", (assets(earlier), was), (later, now));
    } else if losses.traded {
        let (earlier, later) = (earlier.net_assets_at_mark(), markets.net_assets_at_mark() + losses.main);
        not_lower("main, at the mark", (earlier, was), (later + rounding(change), now));
    } else {
        let bounds = |markets: &Markets, pool| earned(markets.net_assets(), pool, change.markets.now());
        let (earlier, later) = (bounds(earlier, &before.pool), bounds(markets, &after.pool));
        not_lower("main, lower bound", (earlier.lower, was), (later.lower + losses.main + rounding(change), now));
        not_lower("main, upper bound", (earlier.upper, was), (later.upper + losses.main + rounding(change), now));
    }
}

/// Returns by how much the pool's claims may fall without a payment, native units: the sums of snapshots are rounded by less than two units for each position that changes or is settled, and one for
/// the side of its series. The last one of a side takes all of that out again.
fn rounding(change: &Change) -> i64 {
    let places = |(key, account): (&Pubkey, &MarginAccount)| {
        let before = change.before.accounts.get(key);
        let changed = |place: &usize| before.is_none_or(|before| before.positions[*place] != account.positions[*place]);
        (0..account.positions.len()).filter(changed).count() as i64
    };
    3 * change.after.accounts.iter().map(|(key, account)| places((key, account))).sum::<i64>()
}

/// Returns the bounds less what is not earned yet, which counts in neither.
fn earned(bounds: NavBounds, pool: &Pool, now: i64) -> NavBounds {
    let of = |assets| assets - not_earned(pool, now, assets, 0);
    NavBounds { lower: of(bounds.lower), upper: of(bounds.upper) }
}

/// Asserts that no trade, and nothing that others close, lowers a bound at which who comes is charged, or who leaves is paid, but for roundings and what fades in the second in which it is recorded.
fn traded(change: &Change, lost: i64) {
    let bounds = |markets: &Markets, pool| earned(markets.net_assets_at_quotes(), pool, change.markets.now());
    let earlier = bounds(&change.earlier, &change.before.pool);
    let later = bounds(&change.markets, &change.after.pool);
    for (name, was, is) in [("lower", earlier.lower, later.lower), ("upper", earlier.upper, later.upper)] {
        let slack = 64 + was.abs() / 500_000;
        assert!(is + lost + slack >= was, "a trade moved the {name} bound from {was} to {is}, {lost} lost");
    }
}

/// Asserts that the price of a share did not fall. `before` and `after` are assets in native units and shares; one virtual
/// native unit and 1,000 virtual shares are added to both.
fn not_lower(what: &str, before: (i64, &ShareLedger), after: (i64, &ShareLedger)) {
    let with_virtual =
        |(assets, ledger): (i64, &ShareLedger)| (i128::from(assets) + 1, i128::from(ledger.total) + 1_000);
    let ((assets, shares), (assets_now, shares_now)) = (with_virtual(before), with_virtual(after));
    assert!(
        assets_now * shares >= assets * shares_now,
        "the price of a share fell ({what}): {assets} for {shares} shares, then {assets_now} for {shares_now}"
    );
}
