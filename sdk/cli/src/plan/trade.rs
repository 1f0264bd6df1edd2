//! A trade in a pool: what the client library plans with.

use super::strategy::strategy;
use crate::{
    args::trade::{AccountArgs, TradeArgs, TradeSpec},
    context::{Context, PoolContext},
    failure::{Usage, advised},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::MarginAccount,
    math::BasisPoints,
    offers::PLENTY,
    plan::{Plan, PlanError, Planner},
    quote::TradeQuote,
    strategy::Strategy,
};

/// A trade in a pool: what the client library plans with.
pub struct Intent {
    /// The pool.
    pub pool: PoolContext,
    /// The legs.
    pub strategy: Strategy,
    /// Owner of the account.
    pub owner: Pubkey,
    /// The key that signs and pays.
    pub signer: Pubkey,
    /// Number of the account.
    pub number: u16,
    /// The account, if it exists.
    pub account: Option<Box<MarginAccount>>,
    /// Native units to pay in first.
    pub deposit: u64,
    /// What the command calls it.
    pub name: &'static str,
    /// The deposit that was named, native units.
    pub given: Option<u64>,
    /// Days of funding after which break-even is told.
    pub days: u32,
    slippage: u16,
    min_net: Option<i64>,
}

impl Intent {
    /// Reads a pool and the account in it, and works out the legs.
    ///
    /// # Errors
    /// [`Usage`], failures of the network.
    pub async fn read_in<E: Args + AsRef<TradeArgs>>(
        context: &Context,
        spec: &TradeSpec<E>,
        pool: &str,
        signer: Pubkey,
    ) -> Result<Self> {
        let (named, args) = (spec.account(), spec.options().as_ref());
        let (pool, owner, account) = of_account(context, context.pool(pool).await?, named, signer).await?;
        let strategy = strategy(spec, &pool, account.as_deref())?;
        let deposit = args.deposit.map(|tokens| pool.native(tokens)).transpose()?;
        if owner != signer && deposit.is_some_and(|deposit| deposit > 0) {
            return Err(
                Usage("--deposit pays in from the wallet of the account's owner, who has to sign".into()).into()
            );
        }
        Ok(Self {
            strategy,
            owner,
            signer,
            number: named.account,
            account,
            deposit: deposit.unwrap_or(0),
            given: deposit,
            name: spec.name(),
            days: args.days,
            slippage: args.slippage,
            min_net: args.min_net.map(|tokens| pool.signed_native(tokens)).transpose()?,
            pool,
        })
    }

    /// A trade as it would be made now, at any price.
    pub fn now(
        pool: PoolContext,
        strategy: Strategy,
        (owner, signer): (Pubkey, Pubkey),
        account: Box<MarginAccount>,
        number: u16,
    ) -> Self {
        Self {
            pool,
            strategy,
            owner,
            signer,
            number,
            account: Some(account),
            deposit: 0,
            name: "order",
            given: None,
            days: 0,
            slippage: 0,
            min_net: None,
        }
    }

    /// The planner.
    pub(super) fn planner<'a>(&'a self, context: &'a Context, deposit: u64) -> Planner<'a> {
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

    /// The plan with another deposit, native units.
    ///
    /// # Errors
    /// [`PlanError`]: also what the program would refuse.
    pub fn plan_with(&self, context: &Context, deposit: u64) -> Result<Plan<TradeQuote>, PlanError> {
        self.of(&self.strategy, context, deposit)
    }

    /// The plan of another strategy with another deposit, native units.
    ///
    /// # Errors
    /// As [`Self::plan_with`].
    pub fn of(&self, strategy: &Strategy, context: &Context, deposit: u64) -> Result<Plan<TradeQuote>, PlanError> {
        self.planner(context, deposit).trade(self.account.as_deref(), strategy)
    }

    /// The plan with another deposit, within its slippage of what it comes to now.
    ///
    /// # Errors
    /// As [`Self::plan_with`].
    pub fn without_limit(&self, context: &Context, deposit: u64) -> Result<Plan<TradeQuote>, PlanError> {
        let planner = Planner { min_net: None, ..self.planner(context, deposit) };
        planner.trade(self.account.as_deref(), &self.strategy)
    }

    /// The least change of cash that the plan accepts, native units.
    pub fn least_net(&self, context: &Context, quote: &TradeQuote) -> i64 {
        self.planner(context, self.deposit).least_net(quote)
    }

    /// Sets the deposit, or checks the given one, so that cash covers the caps of all written options even at the trade's limit. `quote` is that with plenty of cash.
    ///
    /// # Errors
    /// A deposit that does not cover it; an owner who has to pay in first; numbers that do not fit.
    pub fn cover(&mut self, context: &Context, quote: &TradeQuote) -> Result<()> {
        let slipped = i128::from(quote.net) - i128::from(self.least_net(context, quote));
        // The bond is back only once the trade is filled.
        let cash = i128::from(quote.after.cash) - i128::from(PLENTY) - slipped - i128::from(quote.bond);
        let missing = u64::try_from((i128::from(quote.short_caps()?.0) - cash).max(0)).unwrap_or(u64::MAX);
        match self.given {
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

    /// Whether the account is there or paid into, so that its health means something.
    pub const fn is_real(&self) -> bool {
        self.account.is_some() || self.deposit > 0
    }

    /// The least deposit with which the account, or a new one, can do this, native units. The rules decide, not a formula: halves until the
    /// next smaller one is refused.
    pub fn least_deposit(&self, context: &Context) -> u64 {
        let (mut refused, mut enough) = (0, PLENTY);
        while enough - refused > 1 {
            let middle = refused + (enough - refused) / 2;
            if self.plan_with(context, middle).is_ok() { enough = middle } else { refused = middle }
        }
        enough
    }
}

/// Pool, owner and account for the key that signs; the account may not be there yet, but that of somebody else has to.
///
/// # Errors
/// Failures of the network; an owner without account.
pub async fn of_account(
    context: &Context,
    pool: PoolContext,
    named: &AccountArgs,
    signer: Pubkey,
) -> Result<(PoolContext, Pubkey, Option<Box<MarginAccount>>)> {
    let owner = named.owner.unwrap_or(signer);
    let account = context.find::<MarginAccount>(&pool.account_key(&owner, named.account)).await?;
    if owner != signer && account.is_none() {
        let message = format!("{owner} has no account {} in the pool {}", named.account, pool.name);
        return Err(advised(
            message,
            "its owner opens it, and names the delegate: evergreen account delegate KEY --allowance TOKENS",
        ));
    }
    Ok((pool, owner, account))
}
