//! `evergreen quote`: what a trade would cost, to the unit.

use crate::{
    context::{Context, PoolContext},
    failure::{Usage, advised},
    output,
    report::TradeReport,
    trade_spec::TradeSpec,
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::MarginAccount,
    math::BasisPoints,
    plan::{Plan, PlanError, Planner},
    quote::TradeQuote,
    strategy::Strategy,
};

/// What a trade wants to know beside its legs.
#[derive(Args, Clone, Debug)]
pub struct TradeArgs {
    /// Tokens to pay in from the wallet first; of a covered write what covers it, otherwise
    #[arg(long, value_name = "TOKENS")]
    deposit: Option<Decimal>,
    /// How much worse than its quote the result may be: 0.5%, 50bps
    #[arg(long, default_value = "0.5%", value_parser = crate::amount::basis_points)]
    slippage: u16,
    /// Least change of cash accepted, all legs and fees together, instead of --slippage: -1.5 pays 1.5 tokens at most
    #[arg(long, value_name = "TOKENS", allow_hyphen_values = true)]
    min_net: Option<Decimal>,
}

/// A trade in a pool: what the client library plans with.
pub struct Intent {
    /// The pool.
    pub pool: PoolContext,
    /// The legs.
    pub strategy: Strategy,
    /// Whose account.
    pub owner: Pubkey,
    /// Who signs and pays.
    pub signer: Pubkey,
    /// Number of the account.
    pub number: u16,
    /// It, if it is there.
    pub account: Option<Box<MarginAccount>>,
    /// Native units to pay in first.
    pub deposit: u64,
    /// What the command calls it.
    pub name: &'static str,
    slippage: u16,
    min_net: Option<i64>,
}

/// What a new account is thought to have paid in when only the price is asked for: 2^52 native units.
const PLENTY: u64 = 1 << 52;

impl Intent {
    /// Reads pool and account, and works out the legs.
    ///
    /// # Errors
    /// [`Usage`], failures of the network.
    pub async fn read(context: &Context, shape: &TradeSpec<TradeArgs>, signer: Pubkey) -> Result<Self> {
        let (place, args) = (shape.place(), shape.extra());
        let (pool, owner, account) = place.read(context, signer).await?;
        let strategy = shape.strategy(&pool, account.as_deref())?;
        let deposit = args.deposit.map(|tokens| pool.native(tokens)).transpose()?;
        if owner != signer && deposit.is_some_and(|deposit| deposit > 0) {
            return Err(
                Usage("--deposit pays in from the wallet of the account's owner, who has to sign".into()).into()
            );
        }
        let mut intent = Self {
            strategy,
            owner,
            signer,
            number: place.account,
            account,
            deposit: deposit.unwrap_or(0),
            name: shape.name(),
            slippage: args.slippage,
            min_net: args.min_net.map(|tokens| pool.signed_native(tokens)).transpose()?,
            pool,
        };
        if matches!(shape, TradeSpec::CoveredWrite(_)) {
            intent.cover(context, deposit)?;
        }
        Ok(intent)
    }

    /// The planner.
    fn planner<'a>(&'a self, context: &'a Context, deposit: u64) -> Planner<'a> {
        Planner {
            payer: self.signer,
            trader: (self.signer != self.owner).then_some(self.signer),
            deposit,
            sub_account: self.number,
            slippage: BasisPoints(self.slippage),
            min_net: self.min_net,
            ..Planner::new(&self.pool.view, context.source(), self.owner)
        }
    }

    fn plan_with(&self, context: &Context, deposit: u64) -> Result<Plan<TradeQuote>, PlanError> {
        self.planner(context, deposit).trade(self.account.as_deref(), &self.strategy)
    }

    /// The plan.
    ///
    /// # Errors
    /// [`PlanError`]: also what the program would refuse.
    pub fn plan(&self, context: &Context) -> Result<Plan<TradeQuote>, PlanError> {
        self.plan_with(context, self.deposit)
    }

    /// The least change of cash that the plan accepts, native units.
    pub fn least_net(&self, context: &Context, quote: &TradeQuote) -> i64 {
        self.planner(context, self.deposit).least_net(quote)
    }

    /// Pays in what covers all that the account has then written, up to the caps, even at the limit of the trade.
    fn cover(&mut self, context: &Context, given: Option<u64>) -> Result<()> {
        let quote = self.plan_with(context, PLENTY)?.quote;
        let slipped = i128::from(quote.net) - i128::from(self.least_net(context, &quote));
        let cash = i128::from(quote.after.cash) - i128::from(PLENTY) - slipped;
        let missing = u64::try_from((i128::from(quote.short_caps()?.0) - cash).max(0)).unwrap_or(u64::MAX);
        match given {
            Some(given) if given < missing => {
                let needed = self.pool.unsigned(missing);
                let message = format!("--deposit {} does not cover what is written", self.pool.unsigned(given));
                let next = format!("pay in {needed}, or leave --deposit away; `evergreen trade sell` writes uncovered");
                Err(advised(message, next))
            }
            Some(_) => Ok(()),
            None if self.owner != self.signer && missing > 0 => {
                let message = format!("the account lacks {} to cover it", self.pool.unsigned(missing));
                Err(advised(message, "its owner pays in: evergreen deposit"))
            }
            None => {
                self.deposit = missing;
                Ok(())
            }
        }
    }

    /// The least deposit with which a new account can do this, native units. The rules decide, not a formula: halves until the
    /// next smaller one is refused.
    fn least_deposit(&self, context: &Context) -> u64 {
        let (mut refused, mut enough) = (0, PLENTY);
        while enough - refused > 1 {
            let middle = refused + (enough - refused) / 2;
            if self.plan_with(context, middle).is_ok() { enough = middle } else { refused = middle }
        }
        enough
    }
}

/// Quotes; signs and sends nothing.
pub async fn run(context: &Context, shape: &TradeSpec<TradeArgs>) -> Result<()> {
    // A quote needs no key; without one it is for a new account of nobody.
    let signer = context.keypair().map(|key| solana_signer::Signer::pubkey(&key)).unwrap_or_default();
    let intent = Intent::read(context, shape, signer).await?;
    let real = intent.account.is_some() || intent.deposit > 0;
    let quote = intent.plan_with(context, if real { intent.deposit } else { PLENTY })?.quote;
    let mut report = TradeReport::of(context, &intent, &quote, real)?;
    if !real {
        let bar = output::progress("looking for the least deposit");
        report.least_deposit = Some(intent.pool.unsigned(intent.least_deposit(context)));
        bar.finish_and_clear();
    }
    if context.global.json {
        return output::print_json(&report);
    }
    println!("{}", report.text());
    Ok(())
}
