//! What is done to a market that runs: its clock, its prices, tokens for somebody.

use super::{
    control::{Remote, Request, State},
    sponsor,
};
use crate::{
    Global,
    context::Context,
    failure::Usage,
    market::Market,
    output::{self, date, facts, span},
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use evergreen_localnet::{Client, Mint};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, system_program},
    convert::{self, Decimal},
    presets::Asset,
};
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;
use std::path::Path;

/// What to do with a market that runs.
#[derive(Subcommand)]
pub enum Action {
    /// Move the clock of a running local market forward: 12h, 7d; prices follow their path
    Advance {
        /// By so much
        #[arg(value_parser = crate::amount::seconds)]
        by: u32,
    },
    /// The chain's clock: show it, pause it, let it run
    #[command(subcommand)]
    Clock(ClockAction),
    /// Prices of the underlyings: show them, set one, let them follow their path
    #[command(subcommand)]
    Price(PriceAction),
    /// Give somebody SOL and tokens of every stock
    Fund(Fund),
}

/// What to do with the clock.
#[derive(Clone, Copy, Subcommand)]
pub enum ClockAction {
    /// What it shows, and whether it runs
    Show,
    /// Let it stand still; transactions work all the same, and prices stay fresh
    Pause,
    /// Let it go on from where it stands
    Resume,
}

/// What to do with prices.
#[derive(Clone, Copy, Subcommand)]
pub enum PriceAction {
    /// What is published
    Show,
    /// Set a price, at once and until `follow`: it jumps there, its EMA price too
    Set {
        /// BTC or ETH
        #[arg(value_parser = crate::known::symbol(), ignore_case = true)]
        underlying: Asset,
        /// Dollars
        dollars: Decimal,
    },
    /// Let one price, or all, follow the path again
    Follow {
        /// BTC or ETH; both otherwise
        #[arg(value_parser = crate::known::symbol(), ignore_case = true)]
        underlying: Option<Asset>,
    },
}

/// Whom to give what.
#[derive(Args)]
pub struct Fund {
    /// Who gets it
    address: Pubkey,
    /// Tokens of every stock of the market
    #[arg(long, default_value = "100")]
    tokens: Decimal,
    /// SOL
    #[arg(long, default_value_t = 10)]
    sol: u32,
}

impl Action {
    /// Does it, in the market of a folder.
    ///
    /// # Errors
    /// When no market of that folder runs.
    pub fn run(self, global: &Global, folder: &Path) -> Result<()> {
        let request = match self {
            Self::Advance { by } if !global.dry_run && Remote::find(folder).is_err() => return advance(global, by),
            Self::Advance { by } => Request::Advance(by),
            Self::Clock(ClockAction::Show) | Self::Price(PriceAction::Show) => Request::Show,
            Self::Clock(ClockAction::Pause) => Request::Pause,
            Self::Clock(ClockAction::Resume) => Request::Resume,
            Self::Price(PriceAction::Set { underlying, dollars }) => Request::Set(underlying, price(dollars)?),
            Self::Price(PriceAction::Follow { underlying }) => Request::Follow(underlying),
            Self::Fund(fund) => return fund.run(global, folder),
        };
        let remote = Remote::find(folder)?;
        if global.dry_run && request != Request::Show {
            return dry(global, &words(request));
        }
        let state = remote.ask(folder, request)?;
        if global.json {
            return output::print_json(&state);
        }
        println!("{}", facts(&rows(&state)));
        Ok(())
    }
}

fn rows(state: &State) -> Vec<(&str, String)> {
    let running = match (state.paused, state.speed) {
        (true, _) => "it stands still".to_owned(),
        (false, 1) => "it runs".to_owned(),
        (false, speed) => format!("it runs, {speed} seconds in one"),
    };
    let mut rows = vec![("clock", format!("{}; {running}", date(state.unix_timestamp)))];
    for price in &state.prices {
        let how = if price.set { "set; `evergreen localnet price follow` ends that" } else { "follows its path" };
        rows.push((price.underlying.as_str(), format!("${}, {how}", price.dollars)));
    }
    rows
}

/// What a request does, in words.
fn words(request: Request) -> String {
    match request {
        Request::Show => "show clock and prices".into(),
        Request::Pause => "pause the clock".into(),
        Request::Resume => "let the clock run".into(),
        Request::Advance(seconds) => format!("move the clock forward by {}", span(seconds.into())),
        Request::Set(symbol, price) => {
            format!("set {} to ${}", symbol.name(), Decimal::from_i128_with_scale(price.into(), 8).normalize())
        }
        Request::Follow(Some(symbol)) => format!("let {} follow its path", symbol.name()),
        Request::Follow(None) => "let all prices follow their path".into(),
    }
}

fn dry(global: &Global, what: &str) -> Result<()> {
    if global.json {
        return output::print_json(&serde_json::json!({ "action": what, "dry_run": true }));
    }
    println!("dry run, nothing was done: {what}");
    Ok(())
}

/// Hundred-millionths of a dollar.
fn price(dollars: Decimal) -> Result<i64> {
    let native = convert::native(dollars, 8).ok().and_then(|native| i64::try_from(native).ok());
    let native = native.filter(|native| *native > 0);
    native.ok_or_else(|| Usage(format!("{dollars} is no price: dollars above 0 with at most 8 places")).into())
}

/// Of a local network that was started otherwise: the clock alone.
fn advance(global: &Global, by: u32) -> Result<()> {
    let context = Context::new(global.clone())?;
    let chain = Client::new(&context.url, Keypair::new());
    let bar = output::progress("moving the clock");
    let clock = chain.advance(by.into()).with_context(|| format!("{} is no local network of ours", context.url));
    bar.finish_and_clear();
    let now = clock?.unix_timestamp;
    // Prices are old after a jump until whoever publishes has done so again.
    std::thread::sleep(sponsor::INTERVAL * 2);
    if global.json {
        return output::print_json(&serde_json::json!({ "unix_timestamp": now }));
    }
    println!("it is {} now", date(now));
    Ok(())
}

impl Fund {
    fn run(&self, global: &Global, folder: &Path) -> Result<()> {
        let remote = Remote::find(folder)?;
        let market = Market::read(&folder.join("market.json"))?;
        let names: Vec<&str> = market.pools.iter().map(|pool| pool.name.as_str()).collect();
        let what = format!("{} SOL and {} each of {} for {}", self.sol, self.tokens, names.join(", "), self.address);
        if global.dry_run {
            return dry(global, &what);
        }
        let file = folder.join("issuer.json");
        let issuer = read_keypair_file(&file)
            .map_err(|error| anyhow::anyhow!("reading the issuer's key {}: {error}", file.display()))?;
        let payer = Keypair::new();
        let key = payer.pubkey();
        let chain = Client::new(remote.rpc_url(), payer);
        let bar = output::progress("giving SOL and tokens");
        let given = || -> Result<()> {
            chain.set_account_with_lamports(&key, &system_program::ID, &[], 1_000_000_000)?;
            if self.sol > 0 {
                chain.airdrop(&self.address, u64::from(self.sol) * 1_000_000_000)?;
            }
            for pool in &market.pools {
                let address: Pubkey = pool.mint.parse().with_context(|| format!("the mint of {}", pool.name))?;
                let Some(found) = chain.account(&address)? else { anyhow::bail!("there is no mint {address}") };
                let mint = Mint { address, token_program: found.owner, decimals: decimals(&found.data)? };
                let amount = convert::native(self.tokens, mint.decimals);
                let amount = amount.map_err(|error| Usage(format!("--tokens {}: {error}", self.tokens)))?;
                if amount > 0 {
                    chain.mint_to(&mint, &issuer, &self.address, amount)?;
                }
            }
            Ok(())
        };
        let given = given();
        bar.finish_and_clear();
        given?;
        if global.json {
            let address = self.address.to_string();
            return output::print_json(&serde_json::json!({
                "address": address, "sol": self.sol, "tokens": self.tokens.to_string(), "stocks": names,
            }));
        }
        println!("gave {what}");
        Ok(())
    }
}

/// Decimals of a mint of either token program.
fn decimals(mint: &[u8]) -> Result<u8> {
    use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Mint as MintState};
    let state =
        StateWithExtensions::<MintState>::unpack(mint).context("the market file names something that is no mint")?;
    Ok(state.base.decimals)
}
