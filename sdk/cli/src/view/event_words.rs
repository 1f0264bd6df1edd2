//! Every kind of event in words.

mod changes;
mod named;
mod returned;

pub use self::named::{named, series_of};

use self::{changes::change, returned::why_returned};
use crate::{
    act::reason,
    amount::{Amount, dollars, percent},
    context::{PoolContext, series_name, short, symbol},
    output::{date, span},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    events::Event,
    evergreen::state::{NoticeCause, SeriesId, ShareClass, VaultLedgers},
    math::{Dollars, Ratio},
};

/// The amount of an event, if it is about one, and the rest in words.
pub fn of(pool: &PoolContext, event: &Event) -> (Option<Amount>, String) {
    let some = |native: i64| Some(pool.amount(native));
    let unsigned = |native: u64| Some(pool.unsigned(native));
    let cash = |native: i64| format!("cash {}", pool.amount(native).tokens);
    let tokens = |native: u64| pool.unsigned(native).tokens;
    match event {
        // What traders do.
        Event::MarginAccountOpened(e) => {
            let referrer = key(&e.referrer).map_or_else(String::new, |key| format!(", referred by {key}"));
            (None, format!("account {} of {}{referrer}", e.sub_account, short(&e.owner)))
        }
        Event::MarginAccountClosed(e) => {
            let left = if e.referral_forfeited > 0 { "unclaimed by its referrer, now the protocol's" } else { "" };
            ((e.referral_forfeited > 0).then(|| pool.unsigned(e.referral_forfeited)), left.into())
        }
        Event::ArrearsCollected(e) => (unsigned(e.fee), format!("of lapses; {} left in arrears", tokens(e.arrears))),
        Event::DelegateChanged(e) => {
            let words =
                |key| (unsigned(e.allowance), format!("the most that {key} may cost in tips, fees and penalties"));
            key(&e.delegate).map_or_else(|| (None, "nobody any more".into()), words)
        }
        Event::MarginMoved(e) => {
            let way = if e.amount < 0 { "to the wallet" } else { "from a wallet" };
            (some(e.amount), format!("{way}; {}", cash(e.cash)))
        }
        Event::FundingSettled(e) => {
            let way = if e.amount < 0 { "paid" } else { "received" };
            (some(e.amount), format!("{way} on {}", series(pool, e.series)))
        }
        Event::PositionSettled(e) => {
            let way = if e.amount < 0 { "owed" } else { "paid out" };
            (some(e.amount), format!("{way} for {} points of the exercised {}", e.points, series(pool, e.series)))
        }
        Event::LegFilled(e) => {
            let verb = if e.points > 0 { "bought" } else { "sold" };
            let points = e.points.unsigned_abs();
            let position = e.position;
            let (fee, series) = (tokens(e.fee), series(pool, e.series));
            (
                some(e.premium),
                format!(
                    "{verb} {points} points of {series}, now {position}; fee {fee}; at ${}, volatility {}",
                    dollars(Dollars::from_bits(e.spot)),
                    percent(Ratio::from_bits(e.sigma))
                ),
            )
        }
        Event::Traded(e) => (some(e.net), format!("all legs, fees included; {}", cash(e.cash))),
        Event::Liquidated(e) => (
            some(i64::try_from(e.penalty).unwrap_or(i64::MAX).saturating_neg()),
            format!(
                "penalty; reward of the liquidator {}, of that from insurance {}; {}",
                tokens(e.reward),
                tokens(e.from_insurance),
                cash(e.cash)
            ),
        ),
        Event::BadDebtAbsorbed(e) => (
            unsigned(e.from_insurance.saturating_add(e.from_pool)),
            format!(
                "negative cash made good: by insurance {}, by the pool {}",
                tokens(e.from_insurance),
                tokens(e.from_pool)
            ),
        ),
        Event::LossApplied(e) => {
            let referral = match e.referral_lost {
                0 => String::new(),
                lost => format!("; of what its referrer has to claim {}", tokens(lost)),
            };
            let tip = match e.tip_lost {
                0 => String::new(),
                lost => format!("; of the tip that is set aside {}", tokens(lost)),
            };
            let lost = i64::try_from(e.cash_lost).unwrap_or(i64::MAX).saturating_neg();
            (
                some(lost),
                format!("part of account {} of {} in a seizure{referral}{tip}", e.sub_account, short(&e.owner)),
            )
        }
        Event::ReferralClaimed(e) => (unsigned(e.amount), format!("paid to the referrer {}", short(&e.referrer))),
        Event::OrderPlaced(e) => {
            (None, format!("order {}, open until {}; {}", e.number, date(e.terms.expires_at), cash(e.cash)))
        }
        Event::OrderExecuted(e) => (unsigned(e.tip), format!("tip of order {}, to its keeper", short(&e.order))),
        Event::OrderCancelled(e) => {
            let to = if e.keeper_account.is_some() { "to the keeper" } else { "back to the account" };
            (unsigned(e.tip), format!("tip of order {}, {to}: {}", short(&e.order), reason(e.reason)))
        }
        Event::TradeCommitted(e) => {
            let number = e.number;
            let from = if e.order.is_some() { format!("order {number}") } else { format!("trade {number}") };
            let legs: Vec<String> = e
                .legs
                .iter()
                .map(|leg| {
                    let verb = if leg.points > 0 { "buys" } else { "sells" };
                    format!("{verb} {} points of {}", leg.points.unsigned_abs(), series(pool, leg.series))
                })
                .collect();
            let limit = match e.min_net {
                i64::MIN => "at any price".into(),
                least => pool.amount(least).limit(),
            };
            let aside = format!("tip {} and bond {} set aside", tokens(e.tip), tokens(e.bond));
            let amount = unsigned(e.tip.saturating_add(e.bond));
            (amount, format!("{aside}; {from} {}; {limit}; {}", legs.join(", "), cash(e.cash)))
        }
        Event::CommitmentFilled(e) => {
            let back = if e.bond > 0 { format!("; bond {} back", tokens(e.bond)) } else { String::new() };
            (unsigned(e.tip), format!("tip of the trade, {}{back}", tip_to(e.filler_account)))
        }
        Event::CommitmentCancelled(e) => {
            let paid = e.fee.saturating_sub(e.forfeited);
            let tip = tokens(e.tip);
            let cost = match (paid, e.bond) {
                (paid, 0) => format!("a fee of {}", tokens(paid)),
                (paid, bond) => format!("{} of its bond of {}", tokens(paid), tokens(bond)),
            };
            (
                some(i64::try_from(paid).unwrap_or(i64::MAX).saturating_neg()),
                format!(
                    "not filled: {}; cost {cost}; tip {tip}, {}; {}",
                    reason(e.reason),
                    tip_to(e.filler_account),
                    cash(e.cash)
                ),
            )
        }
        Event::AccountMigrated(e) => (None, format!("to layout {}", e.version)),
        // Series.
        Event::SeriesListed(e) => {
            let (name, id) = (pool.symbol(e.underlying), series_name(e.series));
            let kind = if e.kind == 0 { "call" } else { "put" };
            (None, format!("{name} {kind} {} of {} as {id}", e.strike, span(e.tenor.into())))
        }
        Event::SeriesRetired(e) => (None, format!("{}, its slot is free", series(pool, e.series))),
        Event::NoticeGiven(e) => {
            let why = match e.cause {
                NoticeCause::Slot => "it pays too little for a slot that others want",
                NoticeCause::Capital => "it pays too little for capital that others want",
                NoticeCause::Excess => "more of it is written than bought",
                NoticeCause::Buyback => "the pool buys it back",
            };
            (None, format!("{}: {why}; its positions can be closed after {}", series(pool, e.series), date(e.moment)))
        }
        Event::SeriesExercised(e) => {
            (None, format!("{}, at ${}", series(pool, e.series), dollars(Dollars::from_bits(e.spot))))
        }
        Event::SeriesEnded(e) => {
            let payoff = dollars(Dollars::from_bits(e.payoff));
            (None, format!("{}, for good: each point pays ${payoff}", series(pool, e.series)))
        }
        // Liquidity.
        Event::LiquidityDeposited(e) => {
            let (shares, who) = (tokens(e.shares), short(&e.provider));
            (unsigned(e.amount), format!("{} class, {shares} shares for {who}", class(e.class)))
        }
        Event::DepositRequested(e) => {
            let (class, who) = (class(e.class), short(&e.owner));
            (unsigned(e.amount), format!("{class} class, deposit of {who}, executed after {}", date(e.minute)))
        }
        Event::DepositReturned(e) => {
            let fee = if e.fee > 0 { format!(", {} kept", tokens(e.fee)) } else { String::new() };
            let (class, who) = (class(e.class), short(&e.owner));
            (unsigned(e.amount), format!("{class} class, deposit given back to {who}: {}{fee}", why_returned(e.reason)))
        }
        Event::WithdrawalRequested(e) => (
            None,
            format!(
                "{} class, withdrawal {}, {} shares of {}",
                class(e.class),
                e.number,
                tokens(e.shares),
                short(&e.owner)
            ),
        ),
        Event::WithdrawalCancelled(e) => {
            let (back, class) = (tokens(e.back), class(e.class));
            (
                None,
                format!("{class} class, withdrawal {} cancelled: {back} shares back to {}", e.number, short(&e.owner)),
            )
        }
        Event::WithdrawalPassed(e) => {
            let now = e.place.map_or_else(
                || "it was cancelled, or passed too often; its owner cancels it".into(),
                |place| format!("worth less than its least amount, it is withdrawal {place} now"),
            );
            (None, format!("{} class, withdrawal {} is passed: {now}", class(e.class), e.number))
        }
        Event::WithdrawalExecuted(e) => {
            let shares = tokens(e.shares);
            (
                unsigned(e.amount),
                format!("{} class, withdrawal {}: set aside for {shares} shares", class(e.class), e.number),
            )
        }
        Event::LiquidityClaimed(e) => {
            let who = short(&e.owner);
            let what = e.number.map_or_else(|| "deposit".into(), |number| format!("withdrawal {number}"));
            (unsigned(e.amount), format!("{} class, {what}: paid to {who}", class(e.class)))
        }
        Event::SharesRenewed(e) => {
            let (class, shares) = (class(e.class), tokens(e.shares));
            (unsigned(e.amount), format!("{class} class, left for the {shares} shares of generation {}", e.generation))
        }
        Event::RetiredRedeemed(e) => {
            let (class, shares, who) = (class(e.class), tokens(e.shares), short(&e.owner));
            (
                unsigned(e.amount),
                format!("{class} class, {shares} shares of generation {}: paid to {who}", e.generation),
            )
        }
        Event::InsuranceSwept(e) if e.amount > 0 => (some(e.amount), "insurance's income, to its own vault".into()),
        Event::InsuranceSwept(e) => (some(e.amount), "what insurance has paid, to the main vault".into()),
        Event::PaymentCut(e) => (
            some(i64::try_from(e.amount).unwrap_or(i64::MAX).saturating_neg()),
            "more than the distressed pool can pay; it keeps this".into(),
        ),
        Event::PaymentOwed(e) => (some(e.amount.saturating_neg()), "stays owed for now".into()),
        Event::FeesCollected(e) => (unsigned(e.amount), "protocol fees, to their owner".into()),
        Event::CuratorFeesCollected(e) => (unsigned(e.amount), format!("the curator's fees, to {}", short(&e.owner))),
        Event::FundingAccrued(e) => (None, format!("points of funding applied to {} series", e.series)),
        Event::PoolRefreshed(e) => {
            let reserved = tokens(e.reserved_collateral);
            let told = match e.assets {
                Some(assets) => format!("the pool is worth {}, {reserved} of it reserved", pool.amount(assets).tokens),
                None => format!("series with a price brought up to date; {reserved} reserved"),
            };
            (None, told)
        }
        Event::VaultSynced(e) => {
            let lost = i64::try_from(sum(&e.before) - sum(&e.after)).unwrap_or(i64::MAX);
            let told = if lost < 0 { "sent to the vault for what the pool owes" } else { "missing, and assigned" };
            (some(lost.saturating_neg()), told.into())
        }
        Event::DistressChanged(e) => {
            (None, if e.distressed { "the pool takes no new risk" } else { "the pool is open again" }.into())
        }
        // Prices and governance.
        Event::VolatilitySampled(e) => {
            let price = dollars(Dollars::from_bits(e.price));
            let [front, back] = [e.front_sigma, e.back_sigma].map(|bits| percent(Ratio::from_bits(bits)));
            (
                None,
                format!(
                    "{} at ${price}; volatility {back} for long tenors, {front} for the shortest",
                    short(&e.underlying)
                ),
            )
        }
        Event::SamplePassedOver(e) => {
            let (price, confidence) = (dollars(Dollars::from_bits(e.price)), dollars(Dollars::from_bits(e.confidence)));
            (None, format!("{} at ${price} ± ${confidence} is too uncertain to be sampled", short(&e.underlying)))
        }
        Event::SilenceReported(e) => {
            (None, format!("{} is not sampled; its series can be ended from {}", short(&e.underlying), date(e.ends_at)))
        }
        Event::UnderlyingCreated(e) => {
            let price = dollars(Dollars::from_bits(e.price));
            (None, format!("{} at {}, from ${price} on", symbol(&e.config.symbol), short(&e.underlying)))
        }
        Event::PoolCreated(e) => (
            None,
            format!(
                "of {}{}{}, on {} underlyings; one point pays 10^-{} units a dollar",
                short(&e.mint),
                key(&e.creator).map_or_else(String::new, |key| format!(", number {} of the curator {key}", e.number)),
                if e.private { ", private" } else { "" },
                e.underlyings.len(),
                e.scale_exponent
            ),
        ),
        Event::ProtocolInitialized(e) => {
            let timelock = span(e.timelock.into());
            (None, format!("admin {}, guardian {}, timelock {timelock}", short(&e.admin), short(&e.guardian)))
        }
        Event::PauseChanged(e) => {
            let (since, until) = (date(e.since), date(e.until));
            (None, format!("{:?} paused from {since} until {until}; by {}", e.action, short(&e.by)))
        }
        Event::ProposalCreated(e) => {
            let (ready, ends) = (date(e.ready_at), date(e.expires_at));
            (None, format!("proposal {}: {}; to be executed from {ready} until {ends}", e.id, change(&e.change)))
        }
        Event::ProposalAnnounced(e) => {
            let (from, until) = (date(e.from), date(e.until));
            (None, format!("proposal {}: to be made from {from} until {until}", e.id))
        }
        Event::ProposalExecuted(e) => {
            (None, format!("proposal {}: {}; configuration {}", e.id, change(&e.change), e.config_version))
        }
        Event::CuratorAccepted(e) => {
            let who = key(&e.curator).unwrap_or_else(|| "the protocol's admin".into());
            (unsigned(e.forfeited), format!("forfeited by an earlier one; {who} is the curator, {}", e.config_version))
        }
        Event::ProposalCancelled(e) => (None, format!("proposal {}, by {}", e.id, short(&e.by))),
        Event::AdminAccepted(e) => {
            (None, format!("{} is the admin; configuration {}", short(&e.admin), e.config_version))
        }
        Event::PoolTightened(e) => {
            let (series, account) = (e.caps.max_series_points, e.caps.max_account_points);
            let by = short(&e.by);
            (
                unsigned(e.caps.max_pool_cash),
                format!("the most of pool cash; {series} points a series, {account} an account; by {by}"),
            )
        }
        Event::BuybackAnnounced(e) => (
            None,
            format!("all is bought back after {}, for {} bps more; by {}", date(e.moment), e.premium_bps, short(&e.by)),
        ),
        Event::PoolHalted(e) => (None, format!("the pool takes no new risk; by {}", short(&e.by))),
    }
}

/// All ledgers of both vaults.
fn sum(ledgers: &VaultLedgers) -> i128 {
    let VaultLedgers {
        insurance_cash,
        insurance_withdrawals_due,
        insurance_deposits_due,
        insurance_due,
        fees_due,
        curator_due,
        pool_cash,
        margin_cash,
        withdrawals_due,
        deposits_due,
        referrals_due,
        tips_due,
    } = *ledgers;
    let insurance = [insurance_cash, insurance_withdrawals_due, insurance_deposits_due];
    let held = [fees_due, curator_due, withdrawals_due, deposits_due, referrals_due, tips_due];
    let signed = [insurance_due, pool_cash, margin_cash];
    insurance.into_iter().chain(held).map(i128::from).sum::<i128>() + signed.into_iter().map(i128::from).sum::<i128>()
}

/// A key, unless it stands for nobody.
fn key(key: &Pubkey) -> Option<String> {
    (*key != Pubkey::default()).then(|| short(key))
}

/// A series by its contract, where that is known.
fn series(pool: &PoolContext, id: SeriesId) -> String {
    let number = series_name(id);
    match pool.option(id) {
        Some(option) => format!("{option} ({number})"),
        None => format!("series {number}"),
    }
}

/// Name of a class.
pub const fn class(class: ShareClass) -> &'static str {
    match class {
        ShareClass::Main => "main",
        ShareClass::Insurance => "insurance",
    }
}

/// Where a tip went.
const fn tip_to(account: Option<Pubkey>) -> &'static str {
    if account.is_some() { "to whoever filled it" } else { "back to the account" }
}
