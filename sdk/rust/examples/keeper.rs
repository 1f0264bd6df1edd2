//! A keeper: one round of volatility samples, fills of committed trades, exercise at caps, settlement of exercised positions,
//! liquidations and withdrawals, all of which anyone may do for a pool.
//!
//! `cargo run -p evergreen-sdk --features client --example keeper -- <rpc url> <collateral mint> <keypair file>`

use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    client::{Client, Filter, SendError, SendOptions},
    evergreen::state::{LiquidityRequest, MarginAccount, Order, SeriesStatus, ShareClass},
    instruction::{self as build, PriceFeed},
    plan::Planner,
    price::PushFeeds,
    quote::{PoolView, Screen},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What a round has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Number of volatility samples.
    pub samples: u32,
    /// Number of committed trades that were filled, or cancelled because they could not be.
    pub filled: u32,
    /// Number of exercised series.
    pub exercised: u32,
    /// Number of accounts whose exercised positions were paid.
    pub settled: u32,
    /// Number of accounts liquidated, in full or in part.
    pub liquidated: u32,
    /// Number of deposits of liquidity executed.
    pub deposits: u32,
    /// Number of withdrawals executed and paid, in full or in part.
    pub withdrawals: u32,
    /// Number of instructions that the program refused, for instance because another keeper was faster.
    pub refused: u32,
}

struct Keeper<'a> {
    client: &'a Client,
    key: &'a Keypair,
    done: Round,
}

impl Keeper<'_> {
    /// Sends one task and returns whether it was done. A refusal is counted, and is no error.
    async fn chore(&mut self, instructions: &[Instruction]) -> Result<bool> {
        match self.client.send(self.key, instructions, &[], &[], &SendOptions::default()).await {
            Ok(_) => Ok(true),
            Err(SendError::Refused { refusal, .. }) => {
                println!("refused: {refusal}");
                self.done.refused += 1;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn samples(&mut self, view: &PoolView) -> Result<()> {
        for market in &view.markets {
            // A sample takes the first price after a multiple of the interval, which the view has if it is due and was posted.
            let Some((price, _)) = market.sample else { continue };
            if self.chore(&[build::sample_volatility(&PriceFeed { price, ..market.feed })]).await? {
                self.done.samples += 1;
            }
        }
        Ok(())
    }

    /// Fills committed trades whose price is there. The tip of a fill goes to the keeper's own account, if there is one.
    async fn fills(&mut self, view: &PoolView) -> Result<()> {
        let own = address::margin_account(&view.keys.pool, &self.key.pubkey(), 0);
        let accounts = self.client.find::<MarginAccount>(Filter::of_pool(view.keys.pool)).await?.value;
        let has_own = accounts.iter().any(|(key, _)| *key == own);
        for (key, account) in accounts.iter().filter(|(_, account)| account.commitment.is_open()) {
            let source = PushFeeds::UPGRADED;
            let order = match account.commitment.order_number() {
                Some(number) => Some(self.client.get::<Order>(&address::order(key, number)).await?.value),
                None => None,
            };
            // The next round comes back to a trade whose price has not been posted yet.
            let Some(view) = self.client.view_to_fill(view.keys, account, &source).await?.value else { continue };
            let receives = (has_own && *key != own).then_some(own);
            let plan =
                Planner::new(&view, &source, self.key.pubkey()).fill(*key, account, order.as_deref(), receives)?;
            println!("{key}: {:?}, {} units for us", plan.quote.resolution, plan.quote.tip);
            if self.chore(&plan.instructions).await? {
                self.done.filled += 1;
            }
        }
        Ok(())
    }

    async fn exercise(&mut self, view: &PoolView) -> Result<()> {
        for id in view.exercisable() {
            let series = view.registry.series(id)?;
            let feed = view.markets[usize::from(series.underlying)].feed;
            if !series.is_unused() && self.chore(&[build::exercise_series(&view.keys, id, &feed)]).await? {
                self.done.exercised += 1;
            }
        }
        Ok(())
    }

    async fn accounts(&mut self, view: &PoolView) -> Result<()> {
        let own = address::margin_account(&view.keys.pool, &self.key.pubkey(), 0);
        let accounts = self.client.find::<MarginAccount>(Filter::of_pool(view.keys.pool)).await?.value;
        let has_own = accounts.iter().any(|(key, _)| *key == own);
        // The screen needs only sums for each account; only accounts that may be below maintenance are valued in full.
        let screen = Screen::new(view)?;
        for (key, account) in &accounts {
            let is_exercised = |id| view.registry.series(id).is_ok_and(|s| s.status() == SeriesStatus::Exercised);
            let mut ids = account.open_positions().map(|place| account.positions[place].series());
            if ids.any(is_exercised) && self.chore(&[build::settle_positions(&view.keys, *key)]).await? {
                self.done.settled += 1;
            }
            if *key == own || !screen.suspect(account) {
                continue;
            }
            let Some(best) = view.best_liquidation(account)? else { continue };
            println!("{key}: {} below maintenance, {} units for us", -best.health_before, best.reward);
            let feeds = view.feeds_to_close(account)?;
            let mut instructions = Vec::new();
            if !has_own {
                let me = self.key.pubkey();
                instructions.push(build::open_margin_account(me, me, &view.keys, 0, None));
            }
            instructions.push(build::liquidate(self.key.pubkey(), &view.keys, *key, own, best.asked, &feeds));
            if self.chore(&instructions).await? {
                self.done.liquidated += 1;
            }
        }
        Ok(())
    }

    /// Deposits and withdrawals are executed at the first prices after a full minute.
    async fn liquidity(&mut self, view: &PoolView) -> Result<()> {
        let source = &PushFeeds::UPGRADED;
        let all = self.client.find::<LiquidityRequest>(Filter::of_pool(view.keys.pool)).await?.value;
        for (_, request) in all.iter().filter(|(_, request)| request.deposit > 0) {
            let Some(view) = self.client.view_for_deposit(view.keys, request, source).await?.value else { continue };
            let has_account = self.client.raw(&[request.shares_to]).await?.value.iter().all(Option::is_some);
            let Ok(plan) = Planner::new(&view, source, self.key.pubkey()).finish_deposit(request, has_account) else {
                continue;
            };
            if self.chore(&plan.instructions).await? {
                self.done.deposits += 1;
            }
        }
        for class in [ShareClass::Main, ShareClass::Insurance] {
            let Some(view) = self.client.view_for_withdrawals(view.keys, class, source).await?.value else { continue };
            let first = view.pool.shares(class).first_withdrawal;
            let is_first = |w: &LiquidityRequest| w.share_class() == class && w.number == first;
            let Some((_, withdrawal)) = all.iter().find(|(_, w)| is_first(w)) else { continue };
            if !view.execution(withdrawal).is_ok_and(|quote| !quote.passed) {
                continue;
            }
            let plan = Planner::new(&view, source, self.key.pubkey()).settle_withdrawal(withdrawal)?;
            if self.chore(&plan.instructions).await? {
                self.done.withdrawals += 1;
            }
        }
        Ok(())
    }
}

/// Does one round.
pub async fn run(client: &Client, mint: Pubkey, key: &Keypair) -> Result<Round> {
    let keys = client.pool_keys(mint).await?;
    let mut keeper = Keeper { client, key, done: Round::default() };
    let view = client.pool_view(keys, &PushFeeds::UPGRADED).await?.value;
    keeper.samples(&view).await?;
    keeper.fills(&view).await?;
    keeper.exercise(&view).await?;
    // The view is read again, because exercises have changed the pool.
    let view = client.pool_view(keys, &PushFeeds::UPGRADED).await?.value;
    keeper.accounts(&view).await?;
    let view = client.pool_view(keys, &PushFeeds::UPGRADED).await?.value;
    keeper.liquidity(&view).await?;
    println!("{:?}", keeper.done);
    Ok(keeper.done)
}

#[tokio::main]
#[allow(dead_code)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let (url, mint, key) = (next("the URL")?, next("the mint")?.parse()?, next("the keypair file")?);
    let key = solana_keypair::read_keypair_file(key).map_err(|error| error.to_string())?;
    run(&Client::new(&url), mint, &key).await.map(drop)
}
