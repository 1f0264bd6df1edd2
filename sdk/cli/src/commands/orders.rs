//! `evergreen orders`: conditional orders.

mod execute;

use crate::{
    act::Submission,
    amount::{Amount, seconds},
    context::{Context, PoolContext},
    failure::{Usage, advised},
    option::words,
    output::{self, date, facts, table},
    trade_spec::TradeSpec,
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::Filter,
    convert::{self, Decimal},
    evergreen::state::{Order, OrderTerms, Trigger},
    instruction as build,
    math::UnixTime,
    strategy::{Contract, Strategy},
};
use serde::Serialize;
use solana_signer::Signer;

/// What to do.
#[derive(Subcommand)]
pub enum OrdersCommand {
    /// Open orders of an account
    List(List),
    /// Place an order: with a limit, a price to wait for, or both
    #[command(subcommand)]
    Place(Box<TradeSpec<OrderArgs>>),
    /// Cancel an order
    Cancel(Cancel),
    /// Execute somebody's order once its conditions hold; anyone may, and gets its tip
    Execute(execute::Execute),
}

/// Which account.
#[derive(Args)]
pub struct List {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    account: u16,
    /// Its owner; the keypair's otherwise
    #[arg(long)]
    owner: Option<Pubkey>,
}

/// What an order waits for.
#[derive(Args, Clone, Debug)]
pub struct OrderArgs {
    /// Of buy and sell: tokens in all, fees included, the most to pay, or the least to get
    #[arg(long, value_name = "TOKENS", conflicts_with = "min_net")]
    limit: Option<Decimal>,
    /// Least change of cash accepted, all legs and fees together: -1.5 pays 1.5 tokens at most
    #[arg(long, value_name = "TOKENS", allow_hyphen_values = true)]
    min_net: Option<Decimal>,
    /// Wait until the underlying is at or above so many dollars
    #[arg(long, value_name = "DOLLARS", conflicts_with = "at_or_below")]
    at_or_above: Option<Decimal>,
    /// Wait until the underlying is at or below so many dollars
    #[arg(long, value_name = "DOLLARS")]
    at_or_below: Option<Decimal>,
    /// Which underlying's price to wait for; that of the first leg otherwise
    #[arg(long, value_name = "SYMBOL")]
    trigger: Option<String>,
    /// Never more than closes the position; one leg only
    #[arg(long)]
    reduce_only: bool,
    /// How long it stays open, 90 days at most
    #[arg(long, default_value = "7d", value_parser = seconds)]
    expires: u32,
    /// Tokens for whoever executes it, set aside now
    #[arg(long, value_name = "TOKENS")]
    tip: Option<Decimal>,
}

/// Which order.
#[derive(Args)]
pub struct Cancel {
    /// Its number, as `evergreen orders list` shows it
    number: u64,
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    account: u16,
    /// Its owner, of whom the keypair is the delegate
    #[arg(long)]
    owner: Option<Pubkey>,
}

#[derive(Serialize)]
struct Report {
    pool: String,
    number: u64,
    address: String,
    legs: Vec<Leg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_net: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<String>,
    reduce_only: bool,
    expires_at: i64,
    tip: Amount,
}

#[derive(Serialize)]
struct Leg {
    option: String,
    points: i64,
    size: String,
}

impl OrdersCommand {
    /// Runs it.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Place(shape) => place(context, shape).await,
            Self::Cancel(cancel) => cancel.run(context).await,
            Self::Execute(execute) => execute.run(context).await,
        }
    }
}

fn report(pool: &PoolContext, terms: &OrderTerms, legs: Vec<Leg>, number: u64, address: Pubkey) -> Report {
    let trigger = terms.trigger.map(|trigger| {
        let side = if trigger.above { "at or above" } else { "at or below" };
        let price = Decimal::from_i128_with_scale(trigger.price.into(), 8).normalize();
        format!("{} {side} ${price}", pool.symbol(trigger.underlying))
    });
    Report {
        pool: pool.name.clone(),
        number,
        address: address.to_string(),
        legs,
        min_net: (terms.min_net != i64::MIN).then(|| pool.amount(terms.min_net)),
        trigger,
        reduce_only: terms.reduce_only,
        expires_at: terms.expires_at,
        tip: pool.unsigned(terms.tip),
    }
}

fn leg(pool: &PoolContext, contract: Option<&Contract>, points: i64) -> Leg {
    let option = contract.map_or_else(|| "an option that is gone".into(), |contract| words(pool, contract));
    let size = contract.map_or_else(|| format!("{points} points"), |c| pool.size(points, c.terms.underlying));
    Leg { option, points, size }
}

impl Report {
    fn conditions(&self) -> String {
        let limit = self.min_net.as_ref().map(|net| format!("change of cash at least {net}"));
        let mut words: Vec<String> = [self.trigger.clone(), limit].into_iter().flatten().collect();
        if self.reduce_only {
            words.push("only reduces".into());
        }
        words.join(", ")
    }
}

impl List {
    async fn run(&self, context: &Context) -> Result<()> {
        let owner = context.owner(self.owner)?;
        let pool = context.pool(&self.pool).await?;
        let account = pool.account_key(&owner, self.account);
        let bar = output::progress("reading orders");
        let found = context.client.find::<Order>(Filter::of_pool(pool.keys().pool)).await;
        bar.finish_and_clear();
        let found = found?.value;
        let mut rows: Vec<Report> = Vec::new();
        for (key, order) in found.iter().filter(|(_, order)| order.account == account) {
            let legs = order.terms.legs.iter();
            let legs =
                legs.map(|l| leg(&pool, Contract::of(&pool.view.registry, l.series).as_ref(), l.points)).collect();
            rows.push(report(&pool, &order.terms, legs, order.number, *key));
        }
        rows.sort_by_key(|row| row.number);
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("no open orders in account {} of {}", self.account, pool.name);
            return Ok(());
        }
        let mut shown = table(["number", "option", "size", "conditions", "expires", "tip"]);
        for row in rows {
            let join = |pick: fn(&Leg) -> &str| row.legs.iter().map(pick).collect::<Vec<_>>().join("\n");
            let (options, sizes) = (join(|leg| &leg.option), join(|leg| &leg.size));
            let (number, when) = (row.number.to_string(), date(row.expires_at));
            shown.add_row([number, options, sizes, row.conditions(), when, row.tip.to_string()]);
        }
        println!("{shown}");
        Ok(())
    }
}

/// Shows, asks, places.
async fn place(context: &Context, shape: &TradeSpec<OrderArgs>) -> Result<()> {
    let (form, args) = (shape.place(), shape.extra());
    if matches!(shape, TradeSpec::CoveredWrite(_)) {
        let words =
            "an order pays nothing in, so it cannot promise to be covered; deposit, and `evergreen orders place sell`";
        return Err(Usage(words.into()).into());
    }
    let key = context.keypair()?;
    let (pool, owner, account) = form.read(context, key.pubkey()).await?;
    let address = pool.account_key(&owner, form.account);
    let Some(account) = account else { return pool.account(context, &owner, form.account).await.map(drop) };
    let strategy = shape.strategy(&pool, Some(&account))?;
    let terms = args.terms(&pool, shape.name(), &strategy)?;
    let resolved = strategy.resolve(&pool.view.registry, &pool.view.underlyings(), UnixTime(pool.view.now))?;
    let terms = OrderTerms { legs: resolved.legs, ..terms };
    let mut instructions = Vec::new();
    for missing in &resolved.missing {
        let market = &pool.view.markets[usize::from(missing.terms.underlying)];
        instructions.push(build::list_series(pool.keys(), &market.feed, missing.request()));
    }
    // Only a tip leaves the account, so only then is its health looked at.
    let feeds = if terms.tip > 0 { pool.view.feeds(&pool.view.needed(&account, [])?) } else { Vec::new() };
    let (me, number) = (key.pubkey(), account.next_order);
    instructions.push(build::place_order(me, me, pool.keys(), address, number, terms.clone(), &feeds));
    let legs: Vec<Leg> = strategy.legs.iter().map(|part| leg(&pool, Some(&part.contract), part.points.0)).collect();
    let wanted: Vec<String> = legs.iter().map(Leg::words).collect();
    let report = report(&pool, &terms, legs, number, address::order(&address, number));
    let what = format!("place order {number}: {}", wanted.join(", "));
    let rows = [
        ("order", what.clone()),
        ("conditions", report.conditions()),
        ("expires", date(terms.expires_at)),
        ("tip", report.tip.to_string()),
    ];
    let shown = facts(&rows);
    Submission { what, shown, quote: report, instructions: &instructions }.perform(context, &key).await.map(drop)
}

impl OrderArgs {
    /// Everything but the legs.
    fn terms(&self, pool: &PoolContext, name: &str, strategy: &Strategy) -> Result<OrderTerms> {
        let limit = self.limit.map(|tokens| pool.native(tokens)).transpose()?;
        let limit = limit.map(i64::try_from).transpose().map_err(|_| Usage("--limit is too large".into()))?;
        let min_net = match (limit, self.min_net, name) {
            (None, None, _) => i64::MIN,
            (None, Some(tokens), _) => pool.signed_native(tokens)?,
            (Some(most), _, "buy") => -most,
            (Some(least), _, "sell") => least,
            (Some(_), ..) => {
                let words =
                    "--limit is for buy and sell; say --min-net: -1.5 pays 1.5 tokens at most, 1.5 gets as much";
                return Err(Usage(words.into()).into());
            }
        };
        let price = match (self.at_or_above, self.at_or_below) {
            (Some(price), _) => Some((price, true)),
            (None, Some(price)) => Some((price, false)),
            (None, None) => None,
        };
        if min_net == i64::MIN && price.is_none() {
            let words =
                "an order needs --limit, --min-net, --at-or-above or --at-or-below; `evergreen trade` trades at once";
            return Err(Usage(words.into()).into());
        }
        if self.reduce_only && strategy.legs.len() > 1 {
            return Err(Usage("--reduce-only is for orders of one leg".into()).into());
        }
        let trigger = price.map(|(price, above)| -> Result<Trigger> {
            let price = convert::native(price, 8).map_err(|error| Usage(format!("the price {price}: {error}")))?;
            Ok(Trigger { underlying: self.underlying(pool, strategy)?, above, price })
        });
        Ok(OrderTerms {
            legs: Vec::new(),
            min_net,
            trigger: trigger.transpose()?,
            reduce_only: self.reduce_only,
            expires_at: pool.view.now.saturating_add(self.expires.into()),
            tip: self.tip.map(|tokens| pool.native(tokens)).transpose()?.unwrap_or(0),
        })
    }

    /// Whose price the order waits for.
    fn underlying(&self, pool: &PoolContext, strategy: &Strategy) -> Result<u8> {
        if let Some(named) = &self.trigger {
            return pool.underlying(named);
        }
        let mut places: Vec<u8> = strategy.legs.iter().map(|part| part.contract.terms.underlying).collect();
        places.dedup();
        match places[..] {
            [place] => Ok(place),
            _ => Err(Usage("the legs are on several underlyings: say whose price with --trigger".into()).into()),
        }
    }
}

impl Leg {
    fn words(&self) -> String {
        let (verb, size) = match self.size.strip_prefix('-') {
            Some(size) => ("sell", size),
            None => ("buy", self.size.as_str()),
        };
        format!("{verb} {size} of the {}", self.option)
    }
}

#[derive(Serialize)]
struct Cancelled {
    pool: String,
    number: u64,
}

impl Cancel {
    async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let account = pool.account_key(&self.owner.unwrap_or_else(|| key.pubkey()), self.account);
        let Some(order) = context.find::<Order>(&address::order(&account, self.number)).await? else {
            return Err(advised(
                format!("account {} has no open order {}", self.account, self.number),
                "see `evergreen orders list`",
            ));
        };
        let cancel = build::cancel_order(key.pubkey(), pool.keys(), account, self.number, order.payer);
        let what = format!("cancel order {} of account {}", self.number, self.account);
        let quote = Cancelled { pool: pool.name.clone(), number: self.number };
        Submission { shown: what.clone(), what, quote, instructions: &[cancel] }.perform(context, &key).await.map(drop)
    }
}
