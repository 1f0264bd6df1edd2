//! Conditional orders: placing, cancelling, executing.

use super::{
    fill::FillPlan,
    fits,
    strategy::strategy,
    trade::{Intent, of_account},
};
use crate::{
    args::{
        account::Anyones,
        orders::{Cancel, Execute, OrderArgs},
        trade::TradeSpec,
    },
    context::{
        Context, PoolContext,
        sought::{Sign, any},
    },
    failure::{Report, Usage, advised},
};
use anyhow::{Error, Result};
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::Filter,
    convert::{self, Decimal},
    evergreen::state::{MarginAccount, Order, OrderTerms, Trigger},
    instruction as build,
    math::UnixTime,
    plan::PlanError,
    quote::{OrderQuote, OrderResolution, TradeQuote},
    strategy::Strategy,
};

/// Open orders of an account.
pub struct OpenOrders {
    /// The pool.
    pub pool: PoolContext,
    /// Number of the account.
    pub account: u16,
    /// The orders with their addresses, by number.
    pub orders: Vec<(Pubkey, Box<Order>)>,
}

/// An order that is placed.
pub struct PlacePlan {
    /// The pool.
    pub pool: PoolContext,
    /// The order, or the two of a bracket.
    pub orders: Vec<Placed>,
    /// The legs of each; some of them may be listed first.
    pub strategy: Strategy,
    /// Why its trade would be refused if it were committed now, and what would fit.
    pub refused_now: Option<Report>,
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
}

/// One order of those that are placed.
pub struct Placed {
    /// Its number.
    pub number: u64,
    /// Its address.
    pub address: Pubkey,
    /// Its terms.
    pub terms: OrderTerms,
}

/// An order that is cancelled.
pub struct CancelPlan {
    /// The pool.
    pub pool: PoolContext,
    /// Number of the account.
    pub account: u16,
    /// Number of the order.
    pub number: u64,
    /// To be sent.
    pub instructions: [Instruction; 1],
}

/// An order that is executed.
pub struct ExecutePlan {
    /// The pool.
    pub pool: PoolContext,
    /// The order.
    pub order: Box<Order>,
    /// Its address.
    pub address: Pubkey,
    /// The margin account that it belongs to.
    pub of: Pubkey,
    /// The account that its tip goes to, if it has one.
    pub tip_to: Option<Pubkey>,
    /// The outcome if it is executed now.
    pub quote: OrderQuote,
    /// What its trade comes to if it is filled at the prices of now.
    pub trade: Option<TradeQuote>,
    /// To be sent in one transaction.
    pub instructions: Vec<Instruction>,
}

impl ExecutePlan {
    /// Whether its trade is committed, and not the order cancelled.
    pub const fn commits(&self) -> bool {
        matches!(self.quote.resolution, OrderResolution::Committed { .. })
    }
}

/// The accounts with which an order is executed.
pub struct ExecuteAccounts {
    /// The pool.
    pub pool: PoolContext,
    /// The margin account that it belongs to.
    pub account: Box<MarginAccount>,
    /// The keypair's own margin account for tips, if it is there.
    pub own: Option<Pubkey>,
}

/// What executing an order takes.
pub enum OrderPlan {
    /// It is committed first, or cancelled.
    Due(Box<ExecutePlan>),
    /// Its trade is committed already and has to be filled.
    Committed(Box<FillPlan>),
}

/// The open orders of an account.
///
/// # Errors
/// Failures of the network; a pool that is not there.
pub async fn list(context: &Context, args: &Anyones) -> Result<OpenOrders> {
    let owner = context.owner(args.owner)?;
    let number = args.which.account;
    let orders = |account: &MarginAccount| account.open_orders > 0;
    let signs = [Sign::Account(owner, number, &orders), Sign::Account(owner, number, &any)];
    let pool = context.pool_for(args.which.pool.as_deref(), &signs).await?;
    let account = pool.account_key(&owner, number);
    let mut orders = context.find_all::<Order>("reading orders", Filter::of_pool(pool.keys().pool)).await?;
    orders.retain(|(_, order)| order.account == account);
    orders.sort_by_key(|(_, order)| order.number);
    Ok(OpenOrders { pool, account: args.which.account, orders })
}

/// The transaction that places an order.
///
/// # Errors
/// [`Usage`]; an account that is not there; a missing price; failures of the network.
pub async fn place(context: &Context, spec: &TradeSpec<OrderArgs>, me: Pubkey) -> Result<PlacePlan> {
    let (named, args) = (spec.account(), spec.options());
    let sign = Sign::Account(named.owner.unwrap_or(me), named.account, &any);
    let pool = context.pool_for(named.pool.as_deref(), &[sign]).await?;
    let (pool, owner, account) = of_account(context, pool, named, me).await?;
    let account_key = pool.account_key(&owner, named.account);
    let account = match account {
        Some(account) => account,
        // The error says how to open the account.
        None => pool.account(context, &owner, named.account).await?,
    };
    let strategy = strategy(spec, &pool, Some(&account)).map_err(|error| fits::ordered(&pool, None, error))?;
    let all = terms(args, &pool, spec.name(), &strategy)?;
    let explained = |error: Error| fits::ordered(&pool, Some(&strategy), error);
    let resolved = strategy.resolve(&pool.view.registry, &pool.view.underlyings(), UnixTime(pool.view.now));
    let resolved = resolved.map_err(|error| explained(PlanError::from(error).into()))?;
    for missing in &resolved.missing {
        let checked = pool.view.check_listing(missing.terms.underlying, &missing.request());
        checked.map_err(|error| explained(PlanError::from(error).into()))?;
    }
    let legs = pool.view.clone().with_registry(resolved.registry).named(&resolved.legs)?;
    let mut instructions = Vec::new();
    for missing in &resolved.missing {
        let market = &pool.view.markets[usize::from(missing.terms.underlying)];
        instructions.push(build::list_series(pool.keys(), &market.feed, missing.request()));
    }
    let mut orders = Vec::new();
    for (number, terms) in (account.next_order..).zip(all) {
        let terms = OrderTerms { legs: legs.clone(), ..terms };
        // Only a tip leaves the account, so only then is its health looked at.
        let feeds = if terms.tip > 0 { pool.view.feeds(&pool.view.needed(&account, [])?) } else { Vec::new() };
        instructions.push(build::place_order(me, me, pool.keys(), account_key, number, terms.clone(), &feeds));
        orders.push(Placed { number, address: address::order(&account_key, number), terms });
    }
    let now = Intent::now(pool, strategy, (owner, me), account, named.account);
    // An order that closes is cut to what there is when its time comes.
    let refused_now = if args.reduce_only { None } else { fits::plan(&now, context).err() };
    let refused_now = refused_now.map(|error| Report::of(&error, Some(&now.pool.collateral().token)));
    Ok(PlacePlan { pool: now.pool, orders, strategy: now.strategy, refused_now, instructions })
}

/// Checks that a kind of trade can be ordered.
///
/// # Errors
/// [`Usage`].
pub fn can_be_ordered(spec: &TradeSpec<OrderArgs>) -> Result<()> {
    if matches!(spec, TradeSpec::CoveredWrite(_)) {
        let words =
            "an order pays nothing in, so it cannot promise to be covered; deposit, and `evergreen orders place sell`";
        return Err(Usage(words.into()).into());
    }
    Ok(())
}

/// The instruction that cancels an order.
///
/// # Errors
/// When it is not there; failures of the network.
pub async fn cancel(context: &Context, args: &Cancel, me: Pubkey) -> Result<CancelPlan> {
    let owner = args.owner.unwrap_or(me);
    let orders = |account: &MarginAccount| account.open_orders > 0;
    let signs = [Sign::Account(owner, args.account, &orders), Sign::Account(owner, args.account, &any)];
    let pool = context.pool_for(args.pool.as_deref(), &signs).await?;
    let account = pool.account_key(&owner, args.account);
    let Some(order) = context.find::<Order>(&address::order(&account, args.number)).await? else {
        let message = format!("account {} has no open order {}", args.account, args.number);
        return Err(advised(message, "see `evergreen orders list`"));
    };
    let cancel = build::cancel_order(me, pool.keys(), account, args.number, order.payer);
    Ok(CancelPlan { pool, account: args.account, number: args.number, instructions: [cancel] })
}

/// Pool and account of an order that is executed.
///
/// # Errors
/// When the account is not there; failures of the network.
pub async fn accounts_of(context: &Context, args: &Execute, me: Pubkey) -> Result<ExecuteAccounts> {
    // What belongs to another program is no account either: most likely the owner's wallet.
    let found = context.raw(args.of).await?;
    let Some(account) = found.and_then(|raw| raw.decode::<MarginAccount>(&args.of).ok()) else {
        let filter = Filter::of_owner(args.of);
        let owned = context.find_all::<MarginAccount>("looking for accounts", filter).await?;
        if owned.is_empty() {
            let next = "`evergreen account show` tells the address of an account";
            return Err(advised(format!("there is no margin account {}", args.of), next));
        }
        let accounts: Vec<String> = owned.iter().map(|(key, _)| format!("--of {key}")).collect();
        let message = format!("{} is an owner, and no margin account", args.of);
        return Err(advised(message, format!("name one of the owner's accounts: {}", accounts.join(" or "))));
    };
    let pool = context.pool(&account.pool.to_string()).await?;
    let own = pool.account_key(&me, args.account);
    let is_there = own != args.of && context.find::<MarginAccount>(&own).await?.is_some();
    Ok(ExecuteAccounts { pool, account, own: is_there.then_some(own) })
}

/// The transaction that commits an order's trade, or cancels an order that is over; the commitment if it is made already.
///
/// # Errors
/// When it is not there; what the program would refuse; failures of the network.
pub async fn execute(context: &Context, args: &Execute, accounts: ExecuteAccounts, me: Pubkey) -> Result<OrderPlan> {
    let ExecuteAccounts { pool, account, own } = accounts;
    let address = address::order(&args.of, args.number);
    let Some(order) = context.find::<Order>(&address).await? else {
        let message = format!("account {} has no open order {}", args.of, args.number);
        return Err(advised(message, "see `evergreen orders list --owner OWNER`"));
    };
    if order.committed {
        let plan = super::fill::of(context, pool, args.of, account, own).await?;
        return Ok(OrderPlan::Committed(Box::new(plan)));
    }
    let mut instructions = Vec::new();
    // Stake and tip are of a margin account, which has to be another one.
    let wanted = pool.account_key(&me, args.account);
    let tip_to = account.check_owner(&me).is_err().then_some(wanted);
    if tip_to.is_some() && own.is_none() {
        instructions.push(build::open_margin_account(me, me, pool.keys(), args.account, None));
    }
    // The program's own code says what would come of it, or why it would refuse.
    let quote = pool.view.order(&order, &account)?;
    let feeds = pool.view.feeds(&pool.view.needed_by(&order, &account)?);
    let commit = build::commit_order(me, pool.keys(), args.of, args.number, order.payer, tip_to, &feeds);
    instructions.push(commit);
    let trade = match &quote.resolution {
        OrderResolution::Committed { legs, .. } => pool.view.trade(&account, legs).ok(),
        OrderResolution::Cancelled(_) => None,
    };
    let of = args.of;
    Ok(OrderPlan::Due(Box::new(ExecutePlan { pool, order, address, of, tip_to, quote, trade, instructions })))
}

/// Everything but the legs: of one order, or of the two of a bracket.
fn terms(args: &OrderArgs, pool: &PoolContext, name: &str, strategy: &Strategy) -> Result<Vec<OrderTerms>> {
    let min_net = least_net(args, pool, name, strategy)?;
    let prices: Vec<(Decimal, bool)> = [(args.at_or_above, true), (args.at_or_below, false)]
        .into_iter()
        .filter_map(|(p, above)| Some((p?, above)))
        .collect();
    if min_net == i64::MIN && prices.is_empty() {
        let words =
            "an order needs --limit, --min-net, --at-or-above or --at-or-below; `evergreen trade` trades at once";
        return Err(Usage(words.into()).into());
    }
    if args.reduce_only && strategy.legs.len() > 1 {
        return Err(Usage("--reduce-only is for orders of one leg".into()).into());
    }
    if let [(above, _), (below, _)] = prices[..] {
        if !args.reduce_only {
            let words =
                "--at-or-above and --at-or-below together are two orders, which have to close: add --reduce-only";
            return Err(Usage(words.into()).into());
        }
        if above <= below {
            let words = format!(
                "--at-or-above {above} has to be above --at-or-below {below}: otherwise one of them holds always"
            );
            return Err(Usage(words).into());
        }
    }
    let trigger = |(price, above): &(Decimal, bool)| -> Result<Trigger> {
        let native = convert::native(*price, 8).map_err(|error| Usage(format!("the price {price}: {error}")))?;
        Ok(Trigger { underlying: underlying(args, pool, strategy)?, above: *above, price: native })
    };
    let triggers: Vec<Option<Trigger>> = match &prices[..] {
        [] => vec![None],
        prices => prices.iter().map(|price| trigger(price).map(Some)).collect::<Result<_>>()?,
    };
    let tip = args.tip.map(|tokens| pool.native(tokens)).transpose()?.unwrap_or(0);
    let of = |trigger| OrderTerms {
        legs: Vec::new(),
        min_net,
        trigger,
        reduce_only: args.reduce_only,
        expires_at: pool.view.now.saturating_add(args.expires.into()),
        tip,
    };
    Ok(triggers.into_iter().map(of).collect())
}

/// The least change of cash that an order accepts, native units; the least number where it has no limit.
fn least_net(args: &OrderArgs, pool: &PoolContext, name: &str, strategy: &Strategy) -> Result<i64> {
    let is_buy = name == "buy";
    if is_buy && [args.limit, args.limit_a_coin].into_iter().flatten().any(|limit| limit <= Decimal::ZERO) {
        let words = "a limit is the most to pay and has to be above 0: with 0 the order could never be filled";
        return Err(Usage(words.into()).into());
    }
    let limit = match (args.limit, args.limit_a_coin) {
        (Some(tokens), _) => Some(tokens),
        (None, Some(tokens)) => Some(in_all(tokens, pool, strategy, is_buy)?),
        (None, None) => None,
    };
    let limit = limit.map(|tokens| pool.native(tokens)).transpose()?;
    let limit = limit.map(i64::try_from).transpose().map_err(|_| Usage("--limit is too large".into()))?;
    match (limit, args.min_net, name) {
        (None, None, _) => Ok(i64::MIN),
        (None, Some(tokens), _) => pool.signed_native(tokens),
        (Some(most), _, "buy") => Ok(-most),
        (Some(least), _, "sell") => Ok(least),
        (Some(_), ..) => {
            let words = "--limit is for buy and sell; say --min-net: -1.5 pays 1.5 tokens at most, 1.5 gets as much";
            Err(Usage(words.into()).into())
        }
    }
}

/// Tokens in all by tokens for a coin: the most to pay is rounded down to native units, the least to get up.
fn in_all(tokens: Decimal, pool: &PoolContext, strategy: &Strategy, is_buy: bool) -> Result<Decimal> {
    let [part] = &strategy.legs[..] else {
        return Err(Usage("--limit-a-coin is for buy and sell; say --min-net".into()).into());
    };
    let coins = pool.coins(part.points.0.saturating_abs()).ok_or_else(|| {
        advised(
            "what a coin is depends on the stock's price, which is not known",
            "name it: --stock-price, or in the market file",
        )
    })?;
    let all = tokens.checked_mul(coins).ok_or_else(|| Usage("--limit-a-coin is too large".into()))?;
    let places = u32::from(pool.view.pool.decimals);
    let down = all.trunc_with_scale(places);
    let is_more = !is_buy && down < all;
    Ok(if is_more { down + Decimal::from_i128_with_scale(1, places) } else { down })
}

/// The underlying whose price the order waits for.
fn underlying(args: &OrderArgs, pool: &PoolContext, strategy: &Strategy) -> Result<u8> {
    if let Some(named) = &args.trigger {
        return pool.underlying(named);
    }
    let mut places: Vec<u8> = strategy.legs.iter().map(|part| part.contract.terms.underlying).collect();
    places.dedup();
    match places[..] {
        [place] => Ok(place),
        _ => Err(Usage("the legs are on several underlyings: say whose price with --trigger".into()).into()),
    }
}
