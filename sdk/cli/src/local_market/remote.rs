//! Actions on a running market without its process: moving the clock, giving tokens.

use super::sponsor;
use crate::{
    args::localnet::{Fund, Issue},
    failure::Usage,
    market::Market,
    output,
};
use anyhow::{Context, Result};
use evergreen_localnet::{Client, Mint, StockSpec, packed};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, system_program},
    convert,
};
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;
use std::path::Path;

/// Moves the clock of a local network that was started otherwise; returns its new time, Unix seconds.
///
/// # Errors
/// When it is no local network of ours.
pub fn advance(url: &str, by: u32) -> Result<i64> {
    let chain = Client::new(url, Keypair::new());
    let bar = output::progress("moving the clock");
    let clock = chain.advance(by.into()).with_context(|| format!("{url} is no local network of ours"));
    bar.finish_and_clear();
    let now = clock?.unix_timestamp;
    // Prices are old after a jump until the sponsor publishes again.
    std::thread::sleep(sponsor::INTERVAL * 2);
    Ok(now)
}

/// Gives SOL and tokens of every stock of a market.
///
/// # Errors
/// [`Usage`]; without the issuer's key; failures of the network.
pub fn fund(url: &str, market: &Market, folder: &Path, args: &Fund) -> Result<()> {
    let issuer = issuer(folder)?;
    let chain = Client::new(url, Keypair::new());
    let key = chain.payer().pubkey();
    let bar = output::progress("giving SOL and tokens");
    let given = || -> Result<()> {
        with_funds(&chain)?;
        if args.sol > 0 {
            chain.airdrop(&args.address, u64::from(args.sol) * convert::SOL)?;
        }
        let mut groups = Vec::new();
        for pool in market.stocks() {
            let address: Pubkey = pool.mint.parse().with_context(|| format!("the mint of {}", pool.name))?;
            let Some(found) = chain.account(&address)? else { anyhow::bail!("there is no mint {address}") };
            let mint = Mint { address, token_program: found.owner, decimals: decimals(&found.data)? };
            let amount = convert::native(args.tokens, mint.decimals);
            let amount = amount.map_err(|error| Usage(format!("--tokens {}: {error}", args.tokens)))?;
            if amount > 0 {
                groups.push(mint.mint_to(&key, &issuer.pubkey(), &args.address, amount)?);
            }
        }
        chain.send_batch(chain.payer(), &packed(&key, groups), &[&issuer])?;
        Ok(())
    };
    let given = given();
    bar.finish_and_clear();
    given
}

/// Makes a fresh stock and gives tokens of it; returns its mint.
///
/// # Errors
/// [`Usage`]; without the issuer's key; failures of the network.
pub fn issue(url: &str, folder: &Path, args: &Issue) -> Result<Pubkey> {
    let spec = StockSpec::new(&args.symbol, &args.symbol);
    let amount = convert::native(args.tokens, spec.decimals);
    let amount = amount.map_err(|error| Usage(format!("--tokens {}: {error}", args.tokens)))?;
    let issuer = issuer(folder)?;
    let chain = Client::new(url, Keypair::new());
    let bar = output::progress("making a stock");
    let made = || -> Result<Pubkey> {
        with_funds(&chain)?;
        let mint = chain.create_stock_mint(&spec, &issuer)?;
        for to in &args.to {
            chain.mint_to(&mint, &issuer, to, amount)?;
        }
        Ok(mint.address)
    };
    let made = made();
    bar.finish_and_clear();
    made
}

/// The key of the local market's issuer.
fn issuer(folder: &Path) -> Result<Keypair> {
    let file = folder.join("issuer.json");
    read_keypair_file(&file).map_err(|error| anyhow::anyhow!("reading the issuer's key {}: {error}", file.display()))
}

/// Gives the payer of a client SOL for rent and fees.
fn with_funds(chain: &Client) -> Result<()> {
    chain.set_account_with_lamports(&chain.payer().pubkey(), &system_program::ID, &[], 100_000_000_000)?;
    Ok(())
}

/// Decimals of a mint of either token program.
fn decimals(mint: &[u8]) -> Result<u8> {
    use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Mint as MintState};
    let state =
        StateWithExtensions::<MintState>::unpack(mint).context("the market file names something that is no mint")?;
    Ok(state.base.decimals)
}
