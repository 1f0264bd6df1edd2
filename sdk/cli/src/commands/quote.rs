//! `evergreen quote`: what a trade would cost, to the unit.

use crate::{
    amount::{Amount, dollars, percent},
    context::{Context, PoolContext},
    failure::Usage,
    option::{ContractArgs, SizeArgs, single, words},
    output::{self, facts, span},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{market::Direction, state::MarginAccount},
    math::{BasisPoints, Points},
    plan::{Plan, PlanError, Planner},
    quote::TradeQuote,
    strategy::{Contract, Strategy},
};
use serde::Serialize;

/// Which side.
#[derive(Subcommand)]
pub enum QuoteCommand {
    /// Buy
    Buy(Wish),
    /// Sell what is held, write beyond that
    Sell(Wish),
}

/// What is wished for.
#[derive(Args, Clone, Debug)]
pub struct Wish {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
    #[command(flatten)]
    pub contract: ContractArgs,
    #[command(flatten)]
    pub size: SizeArgs,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// Tokens to pay in from the wallet first
    #[arg(long, value_name = "TOKENS")]
    pub deposit: Option<evergreen_sdk::convert::Decimal>,
    /// How much worse than its quote the result may be: 0.5%, 50bps
    #[arg(long, default_value = "0.5%", value_parser = crate::amount::basis_points)]
    pub slippage: u16,
}

/// A wish in a pool: what the client library plans with.
pub struct Intent {
    /// The pool.
    pub pool: PoolContext,
    /// The contract.
    pub contract: Contract,
    /// Points, negative to sell.
    pub points: Points,
    /// Whose account.
    pub owner: Pubkey,
    /// It, if it is there.
    pub account: Option<Box<MarginAccount>>,
    /// Native units to pay in first.
    pub deposit: u64,
}

/// A quote for machines.
#[derive(Debug, Serialize)]
pub struct TradeReport {
    /// Name of the pool.
    pub pool: String,
    /// The option in words.
    pub option: String,
    /// Strike in dollars.
    pub strike: u64,
    /// Points bought, negative when sold.
    pub points: i64,
    /// Price of the underlying, dollars.
    pub spot: String,
    /// Yearly volatility of the quote.
    pub volatility: String,
    /// Change of cash, fees included; negative is paid.
    pub net: Amount,
    /// Of that the premium.
    pub premium: Amount,
    /// The premium at the oracle's price.
    pub mark: Amount,
    /// What the price's uncertainty costs.
    pub spread: Amount,
    /// Price impact.
    pub impact: Amount,
    /// Fee.
    pub fee: Amount,
    /// Funding that the account pays a day afterwards; negative when it is paid.
    pub funding_per_day: Amount,
    /// Seconds that its cash lasts at that; absent without an account or without funding to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runway_seconds: Option<u64>,
    /// Cash afterwards; absent without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash_after: Option<Amount>,
    /// Initial health afterwards; absent without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_after: Option<Amount>,
    /// The least deposit with which a new account can do this; absent when there is an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_deposit: Option<Amount>,
}

impl Wish {
    /// Reads pool and account.
    ///
    /// # Errors
    /// [`Usage`], failures of the network.
    pub async fn intent(&self, context: &Context, owner: Pubkey, sell: bool) -> Result<Intent> {
        let pool = context.pool(&self.pool).await?;
        let contract = self.contract.contract(&pool)?;
        let size = self.size.points(&pool, &pool.symbol(contract.market.underlying))?;
        let points = if sell { size.checked_neg().map_err(|_| Usage("the size is too large".into()))? } else { size };
        let account = context.find::<MarginAccount>(&pool.account_key(&owner, self.account)).await?;
        let deposit = self.deposit.map(|tokens| pool.native(tokens)).transpose()?.unwrap_or(0);
        Ok(Intent { pool, contract, points, owner, account, deposit })
    }

    /// The planner for an intent.
    pub fn planner<'a>(&self, context: &Context, intent: &'a Intent) -> Planner<'a> {
        Planner {
            deposit: intent.deposit,
            sub_account: self.account,
            slippage: BasisPoints(self.slippage),
            ..Planner::new(&intent.pool.view, context.source(), intent.owner)
        }
    }
}

impl Intent {
    /// As a strategy of one leg.
    pub fn strategy(&self) -> Strategy {
        single(self.contract, self.points)
    }

    /// The quote for output; `real` says whether the account is there or paid into, so that its health means something.
    pub fn report(&self, quote: &TradeQuote, real: bool) -> TradeReport {
        let pool = &self.pool;
        let leg = quote.legs.first();
        let of = |pick: fn(&evergreen_sdk::quote::LegQuote) -> i64| pool.amount(quote.legs.iter().map(pick).sum());
        TradeReport {
            pool: pool.name.clone(),
            option: words(pool, &self.contract),
            strike: self.contract.strike,
            points: self.points.0,
            spot: leg.map_or_else(|| "?".into(), |leg| dollars(leg.spot)),
            volatility: leg.map_or_else(|| "?".into(), |leg| percent(leg.sigma)),
            net: pool.amount(quote.net),
            premium: pool.amount(quote.premium),
            mark: of(|leg| leg.mark),
            spread: of(|leg| leg.spread),
            impact: of(|leg| leg.inventory),
            fee: pool.unsigned(quote.fee),
            funding_per_day: pool.amount(quote.after.funding_per_day),
            runway_seconds: if real { quote.after.runway() } else { None },
            cash_after: real.then(|| pool.amount(quote.after.cash)),
            health_after: real.then(|| pool.amount(quote.after.health.initial)),
            least_deposit: None,
        }
    }

    /// The plan's title.
    pub fn title(&self, quote: &TradeQuote) -> String {
        let size = self.pool.size(self.points.0.saturating_abs(), self.contract.market.underlying);
        let verb = match (self.points.0 > 0, quote.direction) {
            (true, _) => "buy",
            (false, Direction::Reducing) => "sell",
            (false, Direction::Adding) => "write",
        };
        format!("{verb} {size} of the {}", words(&self.pool, &self.contract))
    }
}

impl TradeReport {
    /// For people.
    pub fn text(&self, title: &str) -> String {
        let mut rows = vec![
            ("price", format!("${}, volatility {}", self.spot, self.volatility)),
            ("premium", self.premium.to_string()),
            ("  at the mark", self.mark.to_string()),
            ("  spread", self.spread.to_string()),
            ("  price impact", self.impact.to_string()),
            ("fee", self.fee.to_string()),
            ("change of cash", self.net.to_string()),
            ("funding a day", self.funding_per_day.to_string()),
        ];
        if let Some(seconds) = self.runway_seconds {
            rows.push(("cash lasts", format!("{} at that funding", span(seconds))));
        }
        if let (Some(cash), Some(health)) = (&self.cash_after, &self.health_after) {
            rows.push(("cash afterwards", cash.to_string()));
            rows.push(("health afterwards", health.to_string()));
        }
        if let Some(least) = &self.least_deposit {
            rows.push(("least deposit", format!("{least}, for a new account")));
        }
        format!("{title}\n{}", facts(&rows))
    }
}

/// What a new account is thought to have paid in when only the price is asked for: 2^52 native units.
const PLENTY: u64 = 1 << 52;

impl QuoteCommand {
    /// Quotes; signs and sends nothing.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let (wish, sell) = match self {
            Self::Buy(wish) => (wish, false),
            Self::Sell(wish) => (wish, true),
        };
        // A quote needs no key; without one it is for a new account of nobody.
        let owner = context.keypair().map(|key| solana_signer::Signer::pubkey(&key)).unwrap_or_default();
        let intent = wish.intent(context, owner, sell).await?;
        let strategy = intent.strategy();
        let real = intent.account.is_some() || intent.deposit > 0;
        let plan = |deposit: u64| -> Result<Plan<TradeQuote>, PlanError> {
            let planner = Planner { deposit, ..wish.planner(context, &intent) };
            planner.trade(intent.account.as_deref(), &strategy)
        };
        let quote = plan(if real { intent.deposit } else { PLENTY })?.quote;
        let mut report = intent.report(&quote, real);
        if !real {
            // The rules decide, not a formula: halve until the next smaller deposit is refused.
            let (mut refused, mut enough) = (0, PLENTY);
            while enough - refused > 1 {
                let middle = refused + (enough - refused) / 2;
                if plan(middle).is_ok() { enough = middle } else { refused = middle }
            }
            report.least_deposit = Some(intent.pool.unsigned(enough));
        }
        if context.global.json {
            return output::print_json(&report);
        }
        println!("{}", report.text(&intent.title(&quote)));
        Ok(())
    }
}
