//! Liquidity: paying in, asking for it back, and the queue of withdrawals.

mod named;
mod past;
mod payout;
mod request;

pub use named::{Named, Offered, class_of, named, offer};
pub use past::{Paid, Past, past, payments, share_history};
use payout::at_minute;
pub use payout::claim;
pub use request::request;

use crate::{
    amount::above_zero,
    args::lp::{Cancel, Class, Deposit, Show, Which},
    context::{Context, PoolContext, sought::Sign},
    failure::{Hint, Precluded, advised, refusal_of},
    plan::govern::{self, Proposed},
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::Filter,
    evergreen::state::{LiquidityRequest, RetiredShares, ShareClass},
    instruction as build,
    plan::{Plan, PlanError, Planner},
    quote::{DepositQuote, QuoteError},
};

/// Shares and withdrawal requests of an owner.
pub struct Provided {
    /// The pool.
    pub pool: PoolContext,
    /// Share class.
    pub class: Class,
    /// Shares held, native units.
    pub held: u64,
    /// The owner's withdrawal requests, the oldest first.
    pub withdrawals: Vec<LiquidityRequest>,
    /// The owner's deposits that are on their way or were given back.
    pub deposits: Vec<LiquidityRequest>,
    /// The owner's shares of earlier generations.
    pub retired: Vec<Retired>,
}

/// Shares of an earlier generation, of one owner.
pub struct Retired {
    /// Share class.
    pub class: Class,
    /// Their generation.
    pub generation: u32,
    /// Shares held, native units.
    pub held: u64,
    /// What is left for them, native units.
    pub worth: u64,
    /// Who has paid for the account of the generation.
    pub payer: Pubkey,
}

/// A renewal of shares.
pub struct RenewalPlan {
    /// Share class.
    pub class: Class,
    /// What is left for the present shares, native units.
    pub left: u64,
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
}

/// What is paid for shares of an earlier generation.
pub struct RedemptionPlan {
    /// The shares.
    pub retired: Retired,
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
}

/// A deposit of liquidity.
pub struct ProvidePlan {
    /// The pool.
    pub pool: PoolContext,
    /// Share class.
    pub class: Class,
    /// Native units.
    pub amount: u64,
    /// Address of the request.
    pub request: Pubkey,
    /// Proposals that can still change the pool.
    pub pending: Vec<Proposed>,
    /// What the client library plans.
    pub plan: Plan<DepositQuote>,
}

/// A step of a withdrawal request: made, executed or claimed.
pub struct WithdrawalPlan {
    /// Share class.
    pub class: Class,
    /// Its address.
    pub address: Pubkey,
    /// Its place in the queue; that of a new one is the chain's to give, so this one is only expected. A deposit has none.
    pub number: Option<u64>,
    /// Its owner.
    pub owner: Pubkey,
    /// Shares that it is about, native units.
    pub shares: u64,
    /// Worth of these shares now, native units; `None` where it is unknown.
    pub worth: Option<u64>,
    /// Amount that is paid, native units; `None` where nothing is paid.
    pub pays: Option<u64>,
    /// The least that its shares must be worth to be executed, native units; `None` where nothing is executed.
    pub least: Option<u64>,
    /// Whether its shares are worth less than its least amount, so that executing it only lets the queue go on without it.
    pub passed: bool,
    /// Unix seconds from which on it can be executed.
    pub ready_at: i64,
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
}

/// What an owner has provided.
///
/// # Errors
/// Failures of the network.
pub async fn show(context: &Context, args: &Show) -> Result<Provided> {
    let owner = context.owner(args.owner)?;
    let pool = context.pool_for(args.which.pool.as_deref(), &[Sign::Shares(owner)]).await?;
    let class = args.which.class;
    let held = context.token_balance(pool.keys().shares(&owner, class.share_class())).await?;
    let requests = requests(context, &pool, Some(owner), class.share_class()).await?;
    let (deposits, withdrawals) = requests.into_iter().partition(LiquidityRequest::is_deposit);
    let retired = retired(context, &pool, class, &owner).await?;
    Ok(Provided { pool, class, held, withdrawals, deposits, retired })
}

/// Shares of earlier generations that an owner holds.
async fn retired(context: &Context, pool: &PoolContext, class: Class, owner: &Pubkey) -> Result<Vec<Retired>> {
    let filter = Filter::of_pool(pool.keys().pool);
    let mut found = Vec::new();
    for (_, left) in context.find_all::<RetiredShares>("reading retired shares", filter).await? {
        let mut left = *left;
        if left.share_class() != class.share_class() {
            continue;
        }
        let keys = pool.keys().at(left.share_class(), left.generation);
        let held = context.token_balance(keys.shares(owner, left.share_class())).await?;
        if held > 0 {
            left.open(&pool.view.pool).map_err(QuoteError::from)?;
            let (generation, payer) = (left.generation, left.payer);
            let worth = left.redeem(held).map_err(QuoteError::from)?.0;
            found.push(Retired { class, generation, held, worth, payer });
        }
    }
    found.sort_by_key(|retired| retired.generation);
    Ok(found)
}

/// The transaction that retires the shares of a class and begins new ones.
///
/// # Errors
/// What the program would refuse; failures of the network.
pub async fn renew(context: &Context, args: &Which, me: Pubkey) -> Result<(PoolContext, RenewalPlan)> {
    let pool = context.pool_for(args.pool.as_deref(), &[]).await?;
    let class = args.class.share_class();
    let (keys, mut state) = (pool.keys(), pool.view.pool.clone());
    let mut instructions = Vec::new();
    if class == ShareClass::Insurance && state.insurance_due > 0 {
        state.sweep_insurance().map_err(QuoteError::from)?;
        instructions.push(build::sweep_insurance(keys));
    }
    let next = address::share_mint(&keys.pool, class, state.generation(class).saturating_add(1));
    let (_, left) = state.renew_shares(class, &pool.view.registry, next).map_err(QuoteError::from)?;
    instructions.push(build::renew_shares(me, keys, class));
    Ok((pool, RenewalPlan { class: args.class, left: left.0, instructions }))
}

/// The transactions that pay what is left for shares of earlier generations, one for each.
///
/// # Errors
/// When there are none; failures of the network.
pub async fn redeem(context: &Context, args: &Which, me: Pubkey) -> Result<(PoolContext, Vec<RedemptionPlan>)> {
    let pool = context.pool_for(args.pool.as_deref(), &[Sign::Shares(me)]).await?;
    let held = retired(context, &pool, args.class, &me).await?;
    if held.is_empty() {
        let message = format!("{me} holds no {} shares of an earlier generation of {}", args.class.name(), pool.name);
        return Err(advised(message, "see `evergreen lp show`; cancel a withdrawal that waits to get its shares back"));
    }
    let plan = |retired: Retired| {
        let class = retired.class.share_class();
        let keys = pool.keys().at(class, retired.generation);
        let create = create_associated_token_account_idempotent(&me, &me, &keys.mint, &keys.token_program);
        let redeem = build::redeem_retired(me, &keys, class, retired.payer, retired.held);
        RedemptionPlan { retired, instructions: vec![create, redeem] }
    };
    let plans = held.into_iter().map(plan).collect();
    Ok((pool, plans))
}

/// The queue of a pool.
///
/// # Errors
/// Failures of the network.
pub async fn queue(context: &Context, args: &Which) -> Result<(PoolContext, Vec<LiquidityRequest>)> {
    let pool = context.pool_for(args.pool.as_deref(), &[]).await?;
    let withdrawals = withdrawals(context, &pool, None, args.class.share_class()).await?;
    Ok((pool, withdrawals))
}

/// Withdrawal requests of a class, of one owner or of everybody, the oldest first.
async fn withdrawals(
    context: &Context,
    pool: &PoolContext,
    owner: Option<Pubkey>,
    class: ShareClass,
) -> Result<Vec<LiquidityRequest>> {
    let mut all = requests(context, pool, owner, class).await?;
    all.retain(|request| !request.is_deposit());
    Ok(all)
}

/// Requests of a class, deposits last.
async fn requests(
    context: &Context,
    pool: &PoolContext,
    owner: Option<Pubkey>,
    class: ShareClass,
) -> Result<Vec<LiquidityRequest>> {
    let filter = Filter { owner, ..Filter::of_pool(pool.keys().pool) };
    let found = context.find_all::<LiquidityRequest>("reading requests of liquidity", filter).await?;
    let mut requests: Vec<_> = found.into_iter().map(|(_, request)| *request).collect();
    requests.retain(|request| request.share_class() == class);
    requests.sort_by_key(|request| request.number);
    Ok(requests)
}

/// The transaction of a deposit of liquidity.
///
/// # Errors
/// [`Usage`]; what the program would refuse; failures of the network.
pub async fn deposit(context: &Context, args: &Deposit, me: Pubkey) -> Result<ProvidePlan> {
    let pool = context.pool_for(args.which.pool.as_deref(), &[Sign::Token(me), Sign::Shares(me)]).await?;
    let amount = above_zero(pool.native(args.amount)?, "the amount")?;
    let planner = Planner::new(&pool.view, context.source(), me);
    let (class, id) = (args.which.class.share_class(), context.client.next_number(&me).await?);
    let plan = planner.provide(class, amount, id).map_err(|error| room(&pool, error))?;
    let pending = govern::pending(context, &pool).await?;
    let request = address::request(&pool.keys().pool, class, &me, id);
    Ok(ProvidePlan { pool, class: args.which.class, amount, request, pending, plan })
}

/// The error of a deposit with the most that could be paid in, where that is less.
fn room(pool: &PoolContext, error: PlanError) -> anyhow::Error {
    if refusal_of(&error).as_deref() != Some("DepositCap") {
        return error.into();
    }
    let state = &pool.view.pool;
    let most =
        pool.unsigned(state.params.max_pool_cash.saturating_sub(state.cash().0.saturating_add(state.deposits_due)));
    let next = format!(
        "at most {most} can be paid in now: {} takes no more; other pools may (`evergreen pool list`)",
        pool.name
    );
    anyhow::Error::from(error).context(Hint { more: String::new(), next, fits: serde_json::json!({ "most": most }) })
}

/// The name of a pool, and the instructions that apply points of funding of which too many wait for the execution of main liquidity, each for a transaction of its own.
///
/// # Errors
/// Failures of the network.
pub async fn accruals(context: &Context, args: &Which) -> Result<(String, Vec<Instruction>)> {
    let pool = context.pool_for(args.pool.as_deref(), &[]).await?;
    let accruals = match args.class.share_class() {
        ShareClass::Main => pool.view.accruals(),
        ShareClass::Insurance => Vec::new(),
    };
    Ok((pool.name, accruals))
}

/// The transaction that executes the first withdrawal request of the queue.
///
/// # Errors
/// When none waits; what the program would refuse; failures of the network.
pub async fn execute(context: &Context, args: &Which) -> Result<(PoolContext, WithdrawalPlan)> {
    let pool = context.pool_for(args.pool.as_deref(), &[]).await?;
    let class = args.class.share_class();
    let number = pool.view.pool.shares(class).first_withdrawal;
    let waiting = withdrawals(context, &pool, None, class).await?;
    let Some(withdrawal) = waiting.into_iter().find(|withdrawal| withdrawal.number == number) else {
        return Err(advised(format!("no withdrawal waits in {}", pool.name), "make one: `evergreen lp request`"));
    };
    if withdrawal.shares == 0 {
        // One that was cancelled has no price and no worth: the queue goes on without it.
        let plan = WithdrawalPlan {
            class: args.class,
            address: address_of(&withdrawal),
            number: Some(number),
            owner: withdrawal.owner,
            shares: 0,
            worth: None,
            pays: None,
            least: None,
            passed: true,
            ready_at: pool.view.now,
            instructions: vec![build::execute_withdrawal(pool.keys(), address_of(&withdrawal), &[])],
        };
        return Ok((pool, plan));
    }
    let view = at_minute(context, &pool, &withdrawal).await?;
    let minute = LiquidityRequest::grid_time(view.now);
    let feeds = view.feeds(&view.needed_for(class, minute));
    let samples = view.take_samples(&view.samples_of_minute(class, minute));
    let quote = view.execution(&withdrawal)?;
    if quote.passed && view.pool.shares(class).next_withdrawal.saturating_sub(number) <= 1 {
        return Err(below_minimum(&pool, &withdrawal, quote.worth));
    }
    let plan = WithdrawalPlan {
        class: args.class,
        address: address_of(&withdrawal),
        number: Some(number),
        owner: withdrawal.owner,
        shares: quote.shares_now,
        worth: Some(quote.worth),
        pays: Some(quote.amount_now),
        least: Some(withdrawal.least),
        passed: quote.passed,
        ready_at: withdrawal.ready(quote.cooldown),
        instructions: samples
            .into_iter()
            .chain([build::execute_withdrawal(pool.keys(), address_of(&withdrawal), &feeds)])
            .collect(),
    };
    Ok((pool, plan))
}

/// The refusal to execute a withdrawal that is worth less than its least amount and waits alone. While others wait the queue goes on without it.
fn below_minimum(pool: &PoolContext, withdrawal: &LiquidityRequest, worth: u64) -> anyhow::Error {
    let (worth, least) = (pool.unsigned(worth), pool.unsigned(withdrawal.least));
    let message =
        format!("nothing was executed: its shares are worth {worth}, and its owner takes no less than {least}");
    let again = format!("`evergreen lp cancel {} --pool {}`", withdrawal.number, pool.name);
    Precluded::by(
        "BelowMinimum",
        message,
        format!("wait until they are worth that; or its owner cancels it and asks anew: {again}"),
    )
    .into()
}

/// The transaction that cancels a withdrawal request of the keypair.
///
/// # Errors
/// When it does not wait; failures of the network.
pub async fn cancel(context: &Context, args: &Cancel, me: Pubkey) -> Result<(PoolContext, WithdrawalPlan)> {
    let pool = context.pool_for(args.which.pool.as_deref(), &[Sign::Shares(me)]).await?;
    let class = args.which.class.share_class();
    let mut own = withdrawals(context, &pool, Some(me), class).await?;
    own.retain(|withdrawal| withdrawal.number == args.number && withdrawal.shares > 0);
    let Some(withdrawal) = own.pop() else {
        let message = format!("withdrawal {} of {me} does not wait in {}", args.number, pool.name);
        return Err(advised(message, "see `evergreen lp show`"));
    };
    let keys = pool.keys().at(class, withdrawal.generation);
    let create = create_associated_token_account_idempotent(&me, &me, &keys.share_mint(class), &anchor_spl::token::ID);
    let cancel = build::cancel_withdrawal(me, &keys, class, address_of(&withdrawal));
    let plan = WithdrawalPlan {
        class: args.which.class,
        address: address_of(&withdrawal),
        number: withdrawal.place(),
        owner: me,
        shares: withdrawal.shares,
        worth: None,
        pays: None,
        least: None,
        passed: false,
        ready_at: withdrawal.ready(pool.view.pool.cooldown(class)),
        instructions: vec![create, cancel],
    };
    Ok((pool, plan))
}

fn address_of(withdrawal: &LiquidityRequest) -> Pubkey {
    address::request(&withdrawal.pool, withdrawal.share_class(), &withdrawal.owner, withdrawal.id)
}
