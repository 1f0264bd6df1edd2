//! Liquidity: shares, withdrawals, and what is done to them.

mod named;
mod past;
mod queue;

pub use named::{NamedReport, OfferReport, opening};
use queue::{Standing, State};
pub use queue::{lacks, rows, text};

use self::past::PastReport;
pub use self::past::{Returned, thousand_shares};
use crate::{
    act::Submission,
    amount::{Amount, as_text},
    context::{PoolContext, short},
    failure::Incomplete,
    output::{date, details, span},
    plan::lp::{Past, ProvidePlan, Provided, RedemptionPlan, RenewalPlan, WithdrawalPlan},
    view::govern::Pending,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::LiquidityRequest, math::NativeDelta,
};
use serde::Serialize;

/// What an owner has provided.
#[derive(Serialize)]
pub struct ProvidedReport {
    pool: String,
    class: &'static str,
    shares: String,
    #[serde(serialize_with = "as_text")]
    shares_native: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    worth: Option<Amount>,
    pool_worth: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    income_per_year: Option<String>,
    withdrawals: Vec<WithdrawalReport>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deposits: Vec<InTransit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    retired: Vec<RetiredReport>,
    /// What the shares have cost and returned, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<PastReport>,
}

/// Shares of an earlier generation.
#[derive(Serialize)]
struct RetiredReport {
    generation: u32,
    shares: String,
    #[serde(serialize_with = "as_text")]
    shares_native: u64,
    worth: Amount,
}

#[derive(Serialize)]
struct RenewalReport {
    pool: String,
    class: &'static str,
    left: Amount,
}

#[derive(Serialize)]
struct RedemptionReport {
    pool: String,
    class: &'static str,
    generation: u32,
    shares: String,
    #[serde(serialize_with = "as_text")]
    shares_native: u64,
    pays: Amount,
}

#[derive(Serialize)]
struct WithdrawalReport {
    number: u64,
    shares: String,
    payable: Amount,
    ready_at: i64,
    first_in_queue: bool,
    /// Its least amount was not met too often; only its owner can go on, by cancelling it.
    left_queue: bool,
    /// Whether nothing of it waits any more, so that a claim closes it.
    over: bool,
    #[serde(flatten)]
    standing: Standing,
}

/// A deposit that waits for its minute, or that was given back.
#[derive(Serialize)]
struct InTransit {
    waits: Amount,
    payable: Amount,
    /// The full minute after which it is executed, unix seconds.
    minute: i64,
    /// Unix seconds until which it can be executed.
    until: i64,
    lapsed: bool,
}

#[derive(Serialize)]
struct DepositReport {
    pool: String,
    class: &'static str,
    amount: Amount,
    shares: String,
    #[serde(serialize_with = "as_text")]
    shares_native: u64,
    /// The full minute after which the shares are minted if the request lands now, unix seconds; none for the first deposit of a class, which waits for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    minute: Option<i64>,
    /// Proposed changes of the pool, which can be made before the shares can be redeemed.
    pending: Vec<Pending>,
}

#[derive(Serialize)]
struct WithdrawalAction {
    pool: String,
    class: &'static str,
    /// Address of the withdrawal.
    account: String,
    /// Its place in the queue; a deposit has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawal: Option<u64>,
    shares: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    worth_now: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays: Option<Amount>,
    /// The least that its shares must be worth to be executed; absent where nothing is executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    least: Option<Amount>,
    /// Whether they are worth less than that, so that nothing is executed and the queue goes on without it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    passed: bool,
}

impl ProvidedReport {
    /// The report of an owner's shares and withdrawals at the prices of now.
    ///
    /// # Errors
    /// For a missing price and numbers that do not fit.
    pub fn of(provided: &Provided, past: Option<&Past>) -> Result<Self> {
        let Provided { pool, class: named, held, withdrawals, deposits, retired } = provided;
        let class = named.share_class();
        let value = pool.view.net_asset_value(class)?;
        let worth = pool.view.pool.shares(class).worth(*held, NativeDelta(value.lower));
        let income = pool.view.yield_estimate(class, 0)?;
        let cooldown = pool.view.pool.cooldown(class);
        let first = pool.view.pool.shares(class).first_withdrawal;
        let withdrawal = |withdrawal: &LiquidityRequest| WithdrawalReport {
            number: withdrawal.number,
            shares: pool.shares(withdrawal.shares),
            payable: pool.unsigned(withdrawal.payable),
            ready_at: withdrawal.ready(cooldown),
            first_in_queue: withdrawal.number == first,
            left_queue: withdrawal.has_left(first),
            over: withdrawal.is_over(first),
            standing: Standing::of(pool, withdrawal),
        };
        let deposit = |deposit: &LiquidityRequest| InTransit {
            waits: pool.unsigned(deposit.deposit),
            payable: pool.unsigned(deposit.payable),
            minute: deposit.minute,
            until: deposit.deadline(),
            lapsed: deposit.deposit > 0 && pool.view.now > deposit.deadline(),
        };
        Ok(Self {
            pool: pool.name.clone(),
            class: named.name(),
            shares: pool.shares(*held),
            shares_native: *held,
            worth: worth.as_ref().ok().map(|worth| pool.unsigned(worth.0)),
            pool_worth: pool.amount(value.lower),
            income_per_year: income.per_year.map(|year| format!("{:.2}%", year * Decimal::from(100))),
            withdrawals: withdrawals.iter().map(withdrawal).collect(),
            deposits: deposits.iter().map(deposit).collect(),
            retired: retired
                .iter()
                .map(|retired| RetiredReport {
                    generation: retired.generation,
                    shares: pool.shares(retired.held),
                    shares_native: retired.held,
                    worth: pool.unsigned(retired.worth),
                })
                .collect(),
            history: past.map(|past| PastReport::of(provided, past, worth.ok().map(|worth| worth.0))),
        })
    }

    /// What is not known of the past, where that was asked for.
    pub fn lacks(&self) -> Option<Incomplete> {
        let past = self.history.as_ref().filter(|past| !past.complete)?;
        let what = format!("{}, {}", self.pool, past.lacking());
        Some(Incomplete::forgotten(what))
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let mut rows = vec![
            ("shares", format!("{} of the {} class of {}", self.shares, self.class, self.pool)),
            ("worth", self.worth.as_ref().map_or_else(|| "nothing now".into(), ToString::to_string)),
            ("all shares are worth", self.pool_worth.to_string()),
        ];
        if let Some(year) = &self.income_per_year {
            rows.push(("funding a year", format!("{year} at present prices; on average price moves cost as much")));
        }
        for deposit in &self.deposits {
            rows.push(("deposit", deposit.words()));
        }
        for withdrawal in &self.withdrawals {
            let (number, shares, payable) = (withdrawal.number, &withdrawal.shares, &withdrawal.payable);
            let when = match withdrawal.standing.state {
                State::LeftQueue => format!("{shares} shares, has left the queue: `evergreen lp cancel {number}`"),
                State::Waiting => format!("{shares} shares, may be executed from {}", date(withdrawal.ready_at)),
                State::Executed => "executed: `evergreen lp claim`".into(),
                State::Cancelled if withdrawal.over => "cancelled: `evergreen lp claim` gives its rent back".into(),
                State::Cancelled => {
                    "cancelled: its shares are back, and the queue goes over it when its turn comes".into()
                }
            };
            rows.push(("withdrawal", format!("{number}: {when}; to claim: {payable}")));
            if withdrawal.standing.least.is_some() {
                rows.push(("", withdrawal.standing.words()));
            }
        }
        for retired in &self.retired {
            let (shares, generation, worth) = (&retired.shares, retired.generation, &retired.worth);
            let what = format!("{shares} shares of generation {generation}, for which {worth} are left");
            rows.push(("retired", format!("{what}: `evergreen lp redeem`")));
        }
        rows.extend(self.history.iter().flat_map(PastReport::rows));
        details(&rows)
    }
}

impl InTransit {
    /// For people.
    fn words(&self) -> String {
        if self.lapsed {
            return format!("{}, not executed in time: `evergreen lp claim`", self.waits);
        }
        if self.waits.native > 0 {
            return format!("{} on its way, executed within 20 seconds after {}", self.waits, date(self.minute));
        }
        format!("given back, to claim: {}: `evergreen lp claim`", self.payable)
    }
}

/// A deposit.
pub fn deposit(plan: &ProvidePlan) -> Submission<'_, impl Serialize> {
    let (pool, quote) = (&plan.pool, &plan.plan.quote);
    let class = plan.class.share_class();
    let state = &pool.view.pool;
    let mut request = LiquidityRequest::new(
        pool.keys().pool,
        class,
        state.generation(class),
        state.loss_index_of(class),
        pool.view.now,
    );
    request.set_minute(&state.params);
    let minute = (!pool.view.is_first_deposit(class)).then_some(request.minute);
    let report = DepositReport {
        minute,
        pool: pool.name.clone(),
        class: plan.class.name(),
        amount: pool.unsigned(plan.amount),
        shares: pool.shares(quote.shares),
        shares_native: quote.shares,
        pending: Pending::of(&plan.pending, pool.view.now),
    };
    let what = format!("deposit {} into the {} class of {}", report.amount, report.class, report.pool);
    let assets = pool.amount(quote.assets);
    let when = minute.map_or_else(
        || "at once, because they are the first ones of their class".into(),
        |minute| format!("after the next full minute, about {}, at what they are worth then", date(minute)),
    );
    let shown = format!(
        "{what}\n for about {} shares; all shares are worth {assets} before\n they are minted {when}; otherwise the tokens come back{}",
        report.shares,
        Pending::text(&report.pending)
    );
    Submission { what, shown, quote: report, instructions: &plan.plan.instructions }
}

/// A request.
pub fn request<'a>(pool: &PoolContext, plan: &'a WithdrawalPlan) -> Submission<'a, impl Serialize + use<>> {
    let report = action(pool, plan);
    let what = format!("ask for {} {} shares of {} to be paid out", report.shares, report.class, report.pool);
    let cooldown = span(u64::try_from(pool.view.pool.cooldown(plan.class.share_class())).unwrap_or(0));
    let worth = report.worth_now.as_ref().map_or_else(String::new, |worth| format!(", worth {worth} now"));
    let least = pool.unsigned(plan.least.unwrap_or(0));
    let shown = format!("{what}{worth}\n it can be executed after {cooldown}, for no less than {least}");
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}

/// An execution.
pub fn execute<'a>(pool: &PoolContext, plan: &'a WithdrawalPlan) -> Submission<'a, impl Serialize + use<>> {
    let report = action(pool, plan);
    let what = format!("execute {} of {}", named(plan), pool.name);
    let paid = report.pays.as_ref().map_or_else(String::new, |paid| format!(" for {paid}"));
    let shown = match not_executed(pool, plan) {
        Some(why) => format!("{what}: nothing will be executed, because {why}; the queue goes on without it"),
        None => format!("{what}: {} shares{paid}; possible from {}", report.shares, date(plan.ready_at)),
    };
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}

/// Why executing a withdrawal executes nothing, where that is so.
pub fn not_executed(pool: &PoolContext, plan: &WithdrawalPlan) -> Option<String> {
    if !plan.passed {
        return None;
    }
    let (Some(worth), Some(least)) = (plan.worth, plan.least) else {
        return Some("it was cancelled".into());
    };
    let (worth, least) = (pool.unsigned(worth), pool.unsigned(least));
    Some(format!("its shares are worth {worth} and its owner takes no less than {least}"))
}

/// A cancellation.
pub fn cancel<'a>(pool: &PoolContext, plan: &'a WithdrawalPlan) -> Submission<'a, impl Serialize + use<>> {
    let report = action(pool, plan);
    let what = format!("cancel {} of {}", named(plan), pool.name);
    let shown = format!("{what}: {} shares come back", report.shares);
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}

/// A renewal of shares.
pub fn renew<'a>(pool: &PoolContext, plan: &'a RenewalPlan) -> Submission<'a, impl Serialize + use<>> {
    let report = RenewalReport { pool: pool.name.clone(), class: plan.class.name(), left: pool.unsigned(plan.left) };
    let what = format!("retire the {} shares of {} and begin new ones", report.class, report.pool);
    let shown = format!("{what}; {} are left for the present ones", report.left);
    Submission { what, shown, quote: report, instructions: &plan.instructions }
}

/// A payment for shares of an earlier generation.
pub fn redeem<'a>(pool: &PoolContext, plan: &'a RedemptionPlan) -> Submission<'a, impl Serialize + use<>> {
    let retired = &plan.retired;
    let report = RedemptionReport {
        pool: pool.name.clone(),
        class: retired.class.name(),
        generation: retired.generation,
        shares: pool.shares(retired.held),
        shares_native: retired.held,
        pays: pool.unsigned(retired.worth),
    };
    let (shares, class, generation) = (&report.shares, report.class, report.generation);
    let what =
        format!("redeem {shares} {class} shares of generation {generation} of {} for {}", pool.name, report.pays);
    Submission { shown: what.clone(), what, quote: report, instructions: &plan.instructions }
}

/// A payment to the owner; `me` is who sends it.
pub fn claim<'a>(pool: &PoolContext, plan: &'a WithdrawalPlan, me: &Pubkey) -> Submission<'a, impl Serialize + use<>> {
    let report = action(pool, plan);
    let payable = pool.unsigned(plan.pays.unwrap_or(0));
    let whom = if plan.owner == *me { String::new() } else { format!(" for {}", short(&plan.owner)) };
    let of = named(plan);
    let what = match plan.pays {
        Some(_) => format!("claim {payable} of {of}{whom}"),
        None => format!("execute {of}{whom}"),
    };
    Submission { shown: what.clone(), what, quote: report, instructions: &plan.instructions }
}

/// The request that a step is about, in words.
fn named(plan: &WithdrawalPlan) -> String {
    plan.number.map_or_else(|| "a deposit".into(), |number| format!("withdrawal {number}"))
}

fn action(pool: &PoolContext, plan: &WithdrawalPlan) -> WithdrawalAction {
    WithdrawalAction {
        pool: pool.name.clone(),
        class: plan.class.name(),
        account: plan.address.to_string(),
        withdrawal: plan.number,
        shares: pool.shares(plan.shares),
        worth_now: plan.worth.map(|worth| pool.unsigned(worth)),
        pays: plan.pays.map(|pays| pool.unsigned(pays)),
        least: plan.least.map(|least| pool.unsigned(least)),
        passed: plan.passed,
    }
}
