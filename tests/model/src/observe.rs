//! The border: the chain's accounts as the model's plain data. It knows layouts and no rules.

use crate::{
    calendar::Week,
    option::Contract,
    real::Real,
    rules::orders::dollars,
    state::{
        Account, Aside, Commitment, Later, Leg, Market, Order, Params, Point, Pool, Position, Price, Request, Series,
        Sides, Taken, Underlying,
    },
    volatility::{Estimate, Rule},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    accounts,
    evergreen::{OptionLeg, state as chain, types::OptionId},
    testing::pyth::Price as Published,
};
use evergreen_tests::{World, chain::actor, feed::Feed};
use std::collections::BTreeMap;

/// Whoever has a wallet that is compared.
pub const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dave", "lp"];

/// Both classes.
pub const CLASSES: [chain::ShareClass; 2] = [chain::ShareClass::Main, chain::ShareClass::Insurance];

/// Returns a pool of a world as it is now.
///
/// # Panics
/// If an account cannot be read.
pub fn market(world: &World, place: usize) -> Market {
    let view = world.view(place);
    let raw = &view.pool;
    let places = || (0..raw.underlying_count).map(|at| (at, &raw.underlyings[usize::from(at)]));
    let underlyings = places().map(|(at, entry)| {
        let state = accounts::underlying(&world.chain.data(&entry.key)).expect("an underlying");
        let feed = world.feeds.iter().find(|feed| feed.accounts.underlying == entry.key).expect("its feed");
        (at, underlying(&state, feed))
    });
    let wallet = |who: &&str| (actor(who), i128::from(world.wallet(who, place)));
    Market {
        now: world.chain.now(),
        params: params(&raw.params),
        exponent: u32::from(raw.scale_exponent),
        pool: pool(raw),
        sides: places().map(|(at, entry)| (at, sides(&entry.carry, &raw.params, usize::from(at)))).collect(),
        underlyings: underlyings.collect(),
        series: view.series().map(|(id, state)| (id.slot, series(state))).collect(),
        accounts: view.accounts.iter().map(|(key, state)| (*key, account(state))).collect(),
        orders: view.orders.iter().map(|(key, state)| (*key, order(state))).collect(),
        requests: view.withdrawals.iter().chain(&view.deposits).map(|(key, state)| (*key, request(state))).collect(),
        later: later(&raw.later),
        aside: aside(raw),
        shares: PEOPLE
            .iter()
            .map(|who| (actor(who), CLASSES.map(|class| world.shares(who, place, class).into())))
            .collect(),
        wallets: PEOPLE.iter().map(wallet).collect(),
        vaults: [view.vault, view.insurance_vault].map(i128::from),
    }
}

fn ledgers(raw: &chain::Pool) -> [&chain::ShareLedger; 2] {
    [&raw.main, &raw.insurance]
}

fn pool(raw: &chain::Pool) -> Pool {
    Pool {
        cash: raw.pool_cash.into(),
        margin_cash: raw.margin_cash.into(),
        fees_due: raw.fees_due.into(),
        insurance_due: raw.insurance_due.into(),
        withdrawals_due: raw.withdrawals_due.into(),
        deposits_due: raw.deposits_due.into(),
        insurance_cash: raw.insurance_cash.into(),
        insurance_withdrawals_due: raw.insurance_withdrawals_due.into(),
        insurance_deposits_due: raw.insurance_deposits_due.into(),
        referrals_due: raw.referrals_due.into(),
        curator_due: raw.curator_due.into(),
        tips_due: raw.tips_due.into(),
        reserved: raw.reserved_collateral.into(),
        committed_reserve: raw.committed_reserve.into(),
        committed_premiums: raw.committed_premiums.into(),
        depth: raw.depth.into(),
        debts: raw.debts.into(),
        bad_debts: raw.bad_debts.into(),
        level: raw.reserve_level.into(),
        level_at: raw.reserve_level_at,
        shares: ledgers(raw).map(|ledger| ledger.total.into()),
        shares_leaving: ledgers(raw).map(|ledger| ledger.in_withdrawals.into()),
        queue: ledgers(raw).map(|ledger| [ledger.next_withdrawal, ledger.first_withdrawal].map(i128::from)),
        day: ledgers(raw).map(|ledger| [ledger.day_start.into(), ledger.day_outflow.into()]),
    }
}

fn later(raw: &chain::LaterFills) -> Later {
    let changed = raw.points.iter().zip(0..).filter(|(points, _)| **points != 0);
    Later {
        minute: raw.minute,
        cash: raw.cash.into(),
        insurance: raw.insurance.into(),
        ended: (0..64).filter(|slot| raw.ended >> slot & 1 == 1).collect(),
        points: changed.map(|(points, slot)| (slot, i128::from(*points))).collect(),
    }
}

fn aside(raw: &chain::Pool) -> Aside {
    let used = raw.taken.iter().zip(0..).filter(|(taken, _)| taken.points != 0 || taken.before != 0);
    let taken = |taken: &chain::Taken| Taken {
        generation: taken.generation,
        newest: (taken.points.into(), taken.at.into()),
        before: (taken.before.into(), taken.before_at.into()),
    };
    Aside {
        taken: used.map(|(raw, slot)| (slot, taken(raw))).collect(),
        unearned: raw.unearned.into(),
        half_hour: i64::try_from(raw.unearned_touched).expect("a number of a half-hour"),
        since: raw.later.unearned.into(),
    }
}

/// Returns an order as the model has it.
pub fn order(raw: &chain::Order) -> Order {
    let leg = |leg: &OptionLeg| {
        let OptionId { underlying, put, strike, tenor, cap_bps } = leg.option;
        let contract = Contract { put, strike: strike.into(), tenor: tenor.into(), cap_bps: cap_bps.into() };
        (underlying, contract, i128::from(leg.points))
    };
    Order {
        number: raw.number.into(),
        account: raw.account,
        at: raw.placed_at,
        committed: raw.committed,
        committer: raw.committer(),
        legs: raw.terms.legs.iter().map(leg).collect(),
        min_net: raw.terms.min_net.into(),
        reduce_only: raw.terms.reduce_only,
        trigger: raw.terms.trigger.map(|trigger| (trigger.underlying, trigger.above, dollars(trigger.price))),
        expires: raw.terms.expires_at,
        tip: raw.terms.tip.into(),
    }
}

fn request(raw: &chain::LiquidityRequest) -> Request {
    let withdraws = raw.shares_to == Pubkey::default();
    Request {
        class: raw.class.into(),
        owner: raw.owner,
        deposit: raw.deposit.into(),
        minute: raw.minute,
        shares: raw.shares.into(),
        least: raw.least.into(),
        worth: if withdraws { raw.worth_at_request.into() } else { 0 },
        ready: if withdraws { raw.ready_at } else { 0 },
        number: if withdraws { raw.number.into() } else { 0 },
        payable: raw.payable.into(),
    }
}

fn params(raw: &chain::PoolParams) -> Params {
    Params {
        max_series_points: raw.max_series_points.into(),
        max_account_points: raw.max_account_points.into(),
        names_premium: raw.buyback_bps > 0,
        min_account_points: raw.min_account_points.into(),
        reserve_limit_bps: raw.reserve_limit_bps.into(),
        growth_limit_bps: raw.growth_limit_bps.into(),
        fee_open_bps: raw.fee_open_bps.into(),
        fee_close_bps: raw.fee_close_bps.into(),
        fee_value_cap_bps: raw.fee_value_cap_bps.into(),
        fee_insurance_bps: raw.fee_insurance_bps.into(),
        fee_protocol_bps: raw.fee_protocol_bps.into(),
        referrer_bps: raw.referrer_bps.into(),
        curator_bps: raw.curator_bps.into(),
        buy_markup_bps: raw.buy_markup_bps.into(),
        write_markdown_bps: raw.write_markdown_bps.into(),
        carry_bps: raw.carry_bps.into(),
        funding_full_gap: raw.funding_full_gap.into(),
        vol_stress_bps: raw.vol_stress_bps.into(),
        extreme_weight_bps: raw.extreme_weight_bps.into(),
        short_charge_bps: raw.short_charge_bps.into(),
        penalty_bps: raw.penalty_bps.into(),
        penalty_equity_cap_bps: raw.penalty_equity_cap_bps.into(),
        liquidator_bps: raw.liquidator_bps.into(),
        min_liquidation_reward: raw.min_liquidation_reward.into(),
        main_cooldown: raw.main_cooldown.into(),
        insurance_cooldown: raw.insurance_cooldown.into(),
        daily_outflow_bps: raw.daily_outflow_bps.into(),
        max_pool_cash: raw.max_pool_cash.into(),
        fill_tip: raw.fill_tip.into(),
        fill_delay: raw.fill_delay.into(),
        fill_window: raw.fill_window.into(),
    }
}

fn sides(raw: &chain::PoolCarry, params: &chain::PoolParams, at: usize) -> Sides {
    Sides {
        up: raw.up.get(),
        down: raw.down.get(),
        net: raw.net_delta.into(),
        committed: [raw.committed_up.into(), raw.committed_down.into()],
        touched: raw.touched,
        sum: raw.sum.get(),
        rates: raw.rates.map(i128::from),
        limit_bps: params.direction_limit_bps[at].into(),
        base_bps: params.carry_base_bps[at].into(),
    }
}

/// Returns a published price as the model has it.
pub fn price(price: &Published) -> Price {
    let dollars = |number: i128| Real::ratio(number, 10_i128.pow(price.exponent.unsigned_abs()));
    Price {
        spot: dollars(price.price.into()),
        confidence: dollars(price.conf.into()),
        at: price.publish_time,
        before: price.prev_publish_time,
    }
}

fn underlying(raw: &chain::Underlying, feed: &Feed) -> Underlying {
    let p = &raw.params;
    let newest = i64::from(raw.funding_points.newest);
    let points = raw.funding_points.points.iter().zip(0_i64..).filter_map(|(point, place)| {
        let stored = u64::from_le_bytes(point.price);
        // The number of the half-hour is the newest one with this remainder.
        let half_hour = newest - (newest - place).rem_euclid(5);
        (stored != 0).then(|| Point {
            at: half_hour * 1_800 + i64::from(point.late),
            price: Real::binary(i128::from(stored), 16),
            sigma_bps: point.sigma_bps.into(),
        })
    });
    let mut points: Vec<Point> = points.collect();
    points.sort_by_key(|point| point.at);
    Underlying {
        rule: Rule {
            half_life: p.vol_fast_half_life.into(),
            slow_half_lives: p.vol_slow_half_lives.into(),
            interval: p.vol_min_interval.into(),
            sample_cap: p.vol_sample_cap.into(),
            least_bps: p.vol_min_bps.into(),
            most_bps: p.vol_max_bps.into(),
            multiplier_bps: p.vol_multiplier_bps.into(),
            change_bps: p.vol_max_change_bps.into(),
            week: Week::new(p.vol_saturday_bps.into(), p.vol_sunday_bps.into()),
            smile: (p.smile_skew_bps.into(), p.smile_convexity_bps.into()),
        },
        estimate: Estimate {
            fast: Real::binary(raw.fast_variance.get(), 64),
            slow: Real::binary(raw.slow_variance.get(), 64),
            front: Real::binary(raw.front_sigma.get(), 64),
            back: Real::binary(raw.back_sigma.get(), 64),
            price: Real::binary(raw.sample_price.get(), 64),
            grid_time: raw.sample_time,
            taken_at: raw.sigma_time,
        },
        earlier: Estimate {
            fast: Real::binary(raw.before.fast_variance.get(), 64),
            slow: Real::binary(raw.before.slow_variance.get(), 64),
            front: Real::binary(raw.before.front_sigma.get(), 64),
            back: Real::binary(raw.before.back_sigma.get(), 64),
            price: Real::binary(raw.before.sample_price.get(), 64),
            grid_time: raw.before.sample_time,
            taken_at: raw.before.sigma_time,
        },
        points,
        shocks: [p.shock_initial_bps, p.shock_target_bps, p.shock_maintenance_bps].map(i128::from),
        spread_bps: p.spread_conf_bps.into(),
        price: price(&feed.price),
    }
}

fn series(raw: &chain::Series) -> Series {
    Series {
        contract: Contract {
            put: raw.kind == 1,
            strike: raw.strike.into(),
            tenor: raw.tenor.into(),
            cap_bps: raw.cap_bps.into(),
        },
        underlying: raw.underlying,
        generation: raw.generation,
        status: raw.status,
        open: [raw.long_points.into(), raw.short_points.into()],
        committed: [raw.committed_long.into(), raw.committed_short.into()],
        commitments: raw.commitments.into(),
        touched: raw.funding_touched.into(),
        index: raw.funding_index.get(),
        rate: raw.funding_rate.get(),
        time_value: raw.time_value.into(),
        bases: [raw.bought_basis, raw.written_basis],
        slope: raw.slope.into(),
        measured: raw.measured.into(),
    }
}

fn account(raw: &chain::MarginAccount) -> Account {
    let open = raw.positions.iter().filter(|position| position.points != 0);
    let positions: BTreeMap<u8, Position> = open
        .map(|position| {
            let snapshot = position.funding_snapshot.get();
            (position.slot, Position { points: position.points.into(), snapshot, generation: position.generation })
        })
        .collect();
    let c = &raw.commitment;
    let legs = c.legs.iter().zip(0..).filter(|(leg, _)| leg.points != 0).map(|(leg, at)| Leg {
        slot: leg.slot,
        points: leg.points.into(),
        closing: c.closing >> at & 1 == 1,
        opening: leg.opening.into(),
        delta: leg.delta.into(),
    });
    Account {
        owner: raw.owner,
        referred: raw.referrer != Pubkey::default(),
        cash: raw.cash.into(),
        referral_due: raw.referral_due.into(),
        arrears: raw.arrears.into(),
        cover: raw.cover.into(),
        next: raw.next_order.into(),
        orders: [raw.open_orders.into(), raw.stakes.into()],
        positions,
        commitment: (c.committed_at != 0).then(|| Commitment {
            at: c.committed_at,
            min_net: c.min_net.into(),
            tip: c.tip.into(),
            bond: c.bond.into(),
            added: c.added.into(),
            legs: legs.collect(),
            wait: [c.fill_delay, c.fill_window].map(i64::from),
            least_points: c.least_points.into(),
            order: (c.order != 0).then(|| i128::from(c.order) - 1),
            stake: (c.staked == 1).then(|| c.stake.into()),
        }),
    }
}
