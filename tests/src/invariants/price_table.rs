//! Judges every price that a successful instruction used again from the bytes of its account: owner, feed, verification, sign,
//! exponent, age, confidence and distance to the EMA price.

mod liquidity;
mod proof;

pub(super) use liquidity::at_present;

use super::{Check, published::Published};
use crate::{
    chain::Stored,
    seizures,
    snapshot::{PoolView, Snapshot},
    valuation::{Markets, terms},
};
use anchor_lang::{
    AnchorDeserialize, Discriminator,
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen_math::{Dollars, PointScale, Points, Rounding, margin::HealthLevel};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        instruction as args,
        state::{CancelReason, NoticeCause, SeriesId, Underlying},
    },
};

/// Which prices an instruction may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// Only a fresh price.
    Fresh,
    /// A fresh or a confirmed price.
    Certain,
    /// Any price of the right age.
    Uncertain,
    /// A fresh price, or another one if both ends of its band lead to the same decision.
    Forced,
    /// The first price after this moment, unix seconds, fresh unless nothing grows.
    First(i64),
    /// The first price after the moment of a notice, unix seconds, fresh or confirmed.
    Closed(i64),
    /// The first price after this grid time, unix seconds, with a narrow confidence.
    Sample(i64),
    /// The first price after this moment, unix seconds, and only a fresh one.
    Liquidity(i64),
    /// Any price, because none is read.
    Unread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quality {
    Fresh,
    Confirmed,
    Far,
    Uncertain,
    Bad(&'static str),
}

pub(super) fn check(check: &Check) {
    for instruction in check.instructions.iter().filter(|i| i.program_id == address::PROGRAM) {
        let priced = priced(check, instruction);
        let row = row(check, instruction, !priced.is_empty());
        if row == Row::Unread {
            continue;
        }
        for Priced { underlying, key, price, earlier } in priced {
            let max_age = max_age(check.before, &instruction.accounts, &key);
            let first_after = match row {
                Row::First(moment) | Row::Closed(moment) | Row::Sample(moment) | Row::Liquidity(moment) => Some(moment),
                _ => None,
            };
            let at = |key: &Pubkey| (*key, check.published.get(key));
            let quality =
                judge(at(&price), earlier.as_ref().map(at), &underlying, (max_age, first_after), check.after.now);
            let allowed = match (row, quality) {
                (Row::First(_), Quality::Bad("not the first one after the commitment")) => {
                    let published = check.published.get(&price);
                    let published = published.and_then(|at| Published::decode(underlying.source, &price, &at.data));
                    published.is_some_and(|price| proof::ends(check, instruction, &price))
                }
                (_, Quality::Bad(_)) => false,
                (_, Quality::Fresh) | (Row::Uncertain | Row::Forced, _) => true,
                (Row::First(_), _) => !grew(check),
                (Row::Certain | Row::Closed(_), quality) => quality == Quality::Confirmed,
                // One that is not narrow is noted, and no average moves.
                (Row::Sample(_), Quality::Uncertain) => {
                    check.before.underlying(&key).fast_variance == check.after.underlying(&key).fast_variance
                }
                (Row::Sample(_), _) => true,
                (Row::Fresh | Row::Liquidity(_) | Row::Unread, _) => false,
            };
            assert!(allowed, "row {row:?} of the price table let in a price that is {quality:?}");
            if quality != Quality::Fresh && row == Row::Forced {
                both_ends_agree(check, instruction);
            }
        }
    }
}

/// An underlying of an instruction, its price account, and that of the earlier price, if there is one.
struct Priced {
    underlying: Box<Underlying>,
    key: Pubkey,
    price: Pubkey,
    earlier: Option<Pubkey>,
}

/// Returns the underlyings of an instruction with what follows each of them.
fn priced(check: &Check, instruction: &Instruction) -> Vec<Priced> {
    let keys = super::published::with_prices(instruction);
    let mut found: Vec<Priced> = Vec::new();
    for pair in keys.windows(2) {
        let Some(underlying) = underlying_at(check.after, &pair[0]) else { continue };
        match found.last_mut() {
            Some(last) if last.key == pair[0] => last.earlier = Some(pair[1]),
            _ => found.push(Priced { underlying, key: pair[0], price: pair[1], earlier: None }),
        }
    }
    found
}

fn underlying_at(snapshot: &Snapshot, key: &Pubkey) -> Option<Box<Underlying>> {
    let account = snapshot.accounts.get(key)?;
    account.data.starts_with(Underlying::DISCRIMINATOR).then(|| snapshot.underlying(key))
}

/// Returns the largest age (seconds) of a price of an underlying that the pool accepts.
fn max_age(before: &Snapshot, accounts: &[AccountMeta], underlying: &Pubkey) -> Option<u32> {
    let pool = before.pools().into_iter().find(|view| accounts.iter().any(|meta| meta.pubkey == view.key))?.pool;
    let place = pool.underlyings.iter().position(|u| u.key == *underlying)?;
    Some(pool.max_ages[place])
}

fn row(check: &Check, instruction: &Instruction, priced: bool) -> Row {
    let data = instruction.data.as_slice();
    let is = |discriminator: &[u8]| data.starts_with(discriminator);
    let named = |view: &PoolView| -> Option<Pubkey> {
        instruction.accounts.iter().map(|meta| meta.pubkey).find(|key| view.accounts.contains_key(key))
    };
    let before = check.before.pools();
    let is_flat = || before.iter().any(|view| named(view).is_some_and(|key| view.accounts[&key].is_flat()));
    if is(args::CommitTrade::DISCRIMINATOR) {
        if is_uncovered(check, instruction) { Row::Fresh } else { Row::Unread }
    } else if is(args::FillTrade::DISCRIMINATOR) {
        Row::First(proof::first_moment(&before, instruction).expect("a commitment that was open"))
    } else if is(args::CommitOrder::DISCRIMINATOR) {
        let blind = [CancelReason::Expired, CancelReason::DelegateDismissed, CancelReason::NothingToReduce];
        let unread = |e: &Event| matches!(e, Event::OrderCancelled(e) if blind.contains(&e.reason));
        if check.outcome.events().iter().any(unread) {
            Row::Unread
        } else if adds(check) {
            Row::Fresh
        } else {
            Row::Uncertain
        }
    } else if is(args::PlaceOrder::DISCRIMINATOR) {
        let tipped = |e: &Event| matches!(e, Event::OrderPlaced(e) if e.terms.tip > 0);
        if is_flat() || !check.outcome.events().iter().any(tipped) { Row::Unread } else { Row::Certain }
    } else if is(args::WithdrawMargin::DISCRIMINATOR) {
        if is_flat() { Row::Unread } else { Row::Certain }
    } else if is(args::CloseForCash::DISCRIMINATOR) {
        Row::Certain
    } else if is(args::CloseForPlace::DISCRIMINATOR) {
        let cause = NoticeCause::deserialize(&mut &data[13..]).expect("a cause");
        let of_pool = before.iter().find(|view| named(view).is_some()).map(|view| view.pool.buyback_at);
        let moment = if cause == NoticeCause::Buyback { of_pool } else { moment_of_notice(check, instruction, cause) };
        Row::Closed(moment.expect("a notice"))
    } else if is(args::AutoDeleverage::DISCRIMINATOR) {
        Row::Closed(moment_of_notice(check, instruction, NoticeCause::Excess).expect("a notice"))
    } else if is(args::GiveNotice::DISCRIMINATOR) {
        Row::Unread
    } else if is(args::SampleVolatility::DISCRIMINATOR) {
        let sampled = instruction.accounts.iter().find_map(|meta| underlying_at(check.before, &meta.pubkey));
        let interval = i64::from(sampled.expect("the underlying").params.vol_min_interval);
        Row::Sample(check.after.now / interval * interval)
    } else if is(args::ExecuteDeposit::DISCRIMINATOR) || is(args::ExecuteWithdrawal::DISCRIMINATOR) {
        liquidity::row(check, &before, instruction)
    } else if is(args::Liquidate::DISCRIMINATOR) || is(args::ExerciseSeries::DISCRIMINATOR) {
        Row::Forced
    } else if is(args::MigrateAccount::DISCRIMINATOR)
        || is(args::ReportSilence::DISCRIMINATOR)
        || is(args::AccrueFunding::DISCRIMINATOR)
    {
        Row::Unread
    } else if [args::CreatePool::DISCRIMINATOR, args::Propose::DISCRIMINATOR, args::ExecuteProposal::DISCRIMINATOR]
        .into_iter()
        .any(is)
    {
        // These name underlyings one after another, or the first price of a new source, by which nothing is paid.
        Row::Unread
    } else {
        let fresh =
            [args::CreateUnderlying::DISCRIMINATOR, args::ListSeries::DISCRIMINATOR, args::RefreshPool::DISCRIMINATOR];
        assert!(!priced || fresh.into_iter().any(is), "an instruction with prices has no row in the price table");
        Row::Fresh
    }
}

/// Returns whether a leg of the transaction made a position larger, or took it through zero.
fn grew(check: &Check) -> bool {
    check.outcome.events().iter().any(|event| {
        let Event::LegFilled(e) = event else { return false };
        let held = e.position - e.points;
        held == 0 || (held < 0) == (e.points < 0) || e.points.unsigned_abs() > held.unsigned_abs()
    })
}

/// Returns whether the account of a commitment with a bond has written options that may need more than its cash.
fn is_uncovered(check: &Check, instruction: &Instruction) -> bool {
    check.after.pools().into_iter().any(|view| {
        let named = |key: &Pubkey| instruction.accounts.iter().any(|meta| meta.pubkey == *key);
        let Some((_, account)) = view.accounts.iter().find(|(key, _)| named(key)) else { return false };
        let scale = PointScale::new(view.pool.scale_exponent).expect("a scale");
        let written = account.positions.iter().filter(|position| position.points < 0);
        let caps: i64 = written
            .map(|position| {
                let cap = terms(&view.registry.series[usize::from(position.slot)]).cap_payoff().expect("a cap");
                scale.native(Points(-position.points), cap, Rounding::Ceil).expect("a product").0
            })
            .sum();
        caps > 0 && account.commitment.bond > 0 && account.cash < caps
    })
}

/// Returns the moment of the notice of the series of this instruction, which was given at least ten minutes ago and is not void.
fn moment_of_notice(check: &Check, instruction: &Instruction, cause: NoticeCause) -> Option<i64> {
    let id = SeriesId::deserialize(&mut &instruction.data[8..]).expect("a series");
    let before = check.before.pools();
    let view = before.iter().find(|view| instruction.accounts.iter().any(|meta| meta.pubkey == view.key))?;
    let notices = &view.registry.notices[usize::from(id.slot)];
    let given = i64::from(match cause {
        NoticeCause::Slot => notices.slot,
        NoticeCause::Capital => notices.capital,
        NoticeCause::Excess => notices.excess,
        NoticeCause::Buyback => 0,
    });
    let (moment, params) = (given + 600, &view.pool.params);
    let window = i64::from(params.fill_delay + params.fill_window) + 17;
    // A price may be up to two seconds ahead of the clock.
    (given > 0 && (moment - 2..=moment + window).contains(&check.after.now)).then_some(moment)
}

/// Returns whether a commitment of this transaction would make a position larger, or take it through zero.
fn adds(check: &Check) -> bool {
    let after = check.after.pools();
    check.outcome.events().iter().any(|event| {
        let Event::TradeCommitted(e) = event else { return false };
        let account = after.iter().find_map(|view| view.accounts.get(&e.account)).expect("the account");
        e.legs.iter().any(|leg| !account.is_shrunk_by(leg))
    })
}

/// Judges a price beside an earlier one. `max_age` is the largest age that the pool accepts, as from [`max_age`]; `first_after` is the
/// moment whose first price is wanted, in the place of a recent one.
fn judge(
    (price, stored): (Pubkey, Option<&Stored>),
    earlier: Option<(Pubkey, Option<&Stored>)>,
    underlying: &Underlying,
    (max_age, first_after): (Option<u32>, Option<i64>),
    now: i64,
) -> Quality {
    let Some(stored) = stored else { return Quality::Bad("not there") };
    if stored.owner != underlying.price_owner {
        return Quality::Bad("of another owner");
    }
    let Some(p) = Published::decode(underlying.source, &price, &stored.data) else {
        return Quality::Bad("not a price");
    };
    let params = &underlying.params;
    let max_age = max_age.unwrap_or(u32::MAX);
    let recent = first_after.is_none();
    let faults = [
        (p.feed != underlying.feed_id, "of another feed"),
        (!p.verified, "not fully verified"),
        (p.price <= 0 || p.ema <= 0, "not positive"),
        (!(-12..=0).contains(&p.exponent), "of an odd exponent"),
        (p.time.saturating_sub(now) > i64::from(params.max_future), "from the future"),
        (recent && now.saturating_sub(p.time) > i64::from(params.max_age.min(max_age)), "stale"),
        (first_after.is_some_and(|moment| !p.is_first_after(moment)), "not the first one after the commitment"),
    ];
    if let Some((_, fault)) = faults.into_iter().find(|(found, _)| *found) {
        return Quality::Bad(fault);
    }
    let ema = i128::from(p.ema);
    let near = (i128::from(p.price) - ema).abs() * 10_000 <= ema * i128::from(params.max_ema_gap_bps);
    if !is_narrow(&p, underlying) {
        return Quality::Uncertain;
    } else if near {
        return Quality::Fresh;
    }
    let before = earlier.and_then(|(key, stored)| {
        let stored = stored.filter(|stored| stored.owner == underlying.price_owner)?;
        Published::decode(underlying.source, &key, &stored.data)
    });
    let Some(before) = before.filter(|before| confirms(before, &p, underlying, first_after)) else {
        return Quality::Far;
    };
    let (spot, other) = (i128::from(p.price), i128::from(before.price));
    let agree = (spot - other).abs() * 10_000 <= other * i128::from(params.max_conf_bps);
    if agree { Quality::Confirmed } else { Quality::Far }
}

fn is_narrow(p: &Published, underlying: &Underlying) -> bool {
    i128::from(p.confidence) * 10_000 <= i128::from(p.price) * i128::from(underlying.params.max_conf_bps)
}

/// Returns whether an earlier price, in the same units, can be compared with one: it is of the same feed, verified and narrow, and was
/// published some seconds before. Where the first price after a moment is wanted, it is the first one ten seconds before that.
fn confirms(before: &Published, p: &Published, underlying: &Underlying, first_after: Option<i64>) -> bool {
    let gap = p.time - before.time;
    let of_the_feed = before.feed == underlying.feed_id && before.verified && before.exponent == p.exponent;
    let is_wanted = match first_after {
        None => gap <= 60,
        Some(moment) => before.is_first_after(moment - 10),
    };
    of_the_feed && before.price > 0 && is_narrow(before, underlying) && gap >= 5 && is_wanted
}

/// Returns both ends of the band of a price. A narrow one reaches to the earlier price, or to the EMA price where there is none. A wide
/// one reaches from the price by the confidence, or by a larger multiple of it that the underlying sets, and includes the EMA price.
fn ends(p: &Published, earlier: Option<&Published>, underlying: &Underlying) -> [Dollars; 2] {
    let spread = i128::from(underlying.params.spread_conf_bps.max(10_000));
    let distance = i128::from(p.confidence) * spread;
    let unit = 10_000 * 10i128.pow(p.exponent.unsigned_abs());
    // Whole dollars and the rest are converted apart, so that nothing overflows.
    let of = |number: i128| Dollars::from_bits(((number / unit) << 64) + ((number % unit) << 64) / unit);
    let (price, ema) = (i128::from(p.price) * 10_000, i128::from(p.ema) * 10_000);
    if is_narrow(p, underlying) {
        let other = earlier.map_or(ema, |earlier| i128::from(earlier.price) * 10_000);
        return [of(price.min(other)), of(price.max(other))];
    }
    [of((price - distance).max(1).min(ema)), of((price + distance).max(ema))]
}

/// Asserts that a series was exercised only if it is at its cap at both ends of the band, and that an account was liquidated
/// only if it is below maintenance at every combination of ends of all bands.
fn both_ends_agree(check: &Check, instruction: &Instruction) {
    let before = check.before.pools();
    let named = |view: &&PoolView| instruction.accounts.iter().any(|meta| meta.pubkey == view.key);
    let view = before.iter().find(named).expect("the pool");
    let markets = Markets::new(view, check.after, check.prices);
    let priced = priced(check, instruction);
    let used = view.pool.underlyings.iter().take(usize::from(view.pool.underlying_count));
    let bands: Vec<[Dollars; 2]> = used
        .enumerate()
        .map(|(place, u)| {
            let spot = markets.spot(place as u8);
            let Some(found) = priced.iter().find(|found| found.key == u.key) else { return [spot; 2] };
            let decode =
                |key: &Pubkey| Published::decode(found.underlying.source, key, &check.published.get(key)?.data);
            let Some(p) = decode(&found.price) else { return [spot; 2] };
            let ema = i128::from(p.ema);
            let gap = i128::from(found.underlying.params.max_ema_gap_bps);
            if is_narrow(&p, &found.underlying) && (i128::from(p.price) - ema).abs() * 10_000 <= ema * gap {
                return [spot; 2];
            }
            let earlier = found.earlier.as_ref().and_then(decode);
            let earlier = earlier.filter(|earlier| confirms(earlier, &p, &found.underlying, None));
            ends(&p, earlier.as_ref(), &found.underlying)
        })
        .collect();
    if instruction.data.starts_with(args::ExerciseSeries::DISCRIMINATOR) {
        let id = SeriesId::deserialize(&mut &instruction.data[8..]).expect("a series");
        let series = &view.registry.series[usize::from(id.slot)];
        for end in bands[usize::from(series.underlying)] {
            assert!(terms(series).is_capped_at(end), "exercised with an end of the band short of the cap");
        }
        return;
    }
    for event in check.outcome.events() {
        let Event::Liquidated(e) = event else { continue };
        // What was seized before is gone, whether or not the account has borne it yet.
        let mut account = view.accounts[&e.account].clone();
        account.cash = seizures::cash_left(&account, &view.pool);
        for choice in 0..1usize << bands.len() {
            let spots: Vec<_> = bands.iter().enumerate().map(|(place, band)| band[choice >> place & 1]).collect();
            let health = markets.at(&spots).health(&account, HealthLevel::Maintenance);
            assert!(health < 0, "liquidated with health {health} at an end of the bands");
        }
    }
}
