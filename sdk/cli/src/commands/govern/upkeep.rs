//! What anybody may do: fees, vaults, the program's hash.

use super::{About, perform, protocol};
use crate::{act::Submission, context::Context, output};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::{Result, bail};
use clap::Args;
use evergreen_sdk::instruction as build;
use serde::Serialize;
use solana_signer::Signer;
use std::path::PathBuf;

/// Which pool.
#[derive(Args)]
pub struct OfPool {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
}

/// What to compare with.
#[derive(Args)]
pub struct VerifyProgram {
    /// The compiled program; `cargo xtask build` makes it
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

impl OfPool {
    /// Pays what is due into the fee owner's associated account, which is made if it is missing.
    pub async fn collect_fees(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let (key, owner) = (context.keypair()?, protocol(context).await?.fee_owner);
        let keys = pool.keys();
        let to = keys.wallet(&owner);
        let make = create_associated_token_account_idempotent(&key.pubkey(), &owner, &keys.mint, &keys.token_program);
        let due = pool.unsigned(pool.view.pool.fees_due);
        if due.native == 0 {
            return nothing_due(context, &pool.name);
        }
        let what = format!("pay fees of {due} to {owner}");
        let (shown, quote) = (what.clone(), About::of(&what));
        let instructions = [make, build::collect_fees(keys, to)];
        Submission { what, shown, quote, instructions: &instructions }.perform(context, &key).await.map(drop)
    }

    /// Compares, and assigns a loss.
    pub async fn sync_vault(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let what = format!("compare the vaults of {} with its ledgers", pool.name);
        perform(context, what, build::sync_vault(pool.keys())).await
    }
}

/// Not a failure: whoever collects every day finds nothing on some.
fn nothing_due(context: &Context, pool: &str) -> Result<()> {
    if context.global.json {
        return output::print_json(&About::of("nothing is due"));
    }
    println!("no fees of {pool} are due");
    Ok(())
}

#[derive(Serialize)]
struct Comparison {
    file: String,
    on_chain: String,
    same: bool,
}

impl VerifyProgram {
    /// Reads both and compares.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let file = hex(&evergreen_migrations::sha256_of_file(&self.file)?);
        let on_chain = hex(&evergreen_migrations::program_sha256(&context.client).await?);
        let comparison = Comparison { same: file == on_chain, file, on_chain };
        if context.global.json {
            output::print_json(&comparison)?;
        } else {
            let rows = [("file", comparison.file.clone()), ("on chain", comparison.on_chain.clone())];
            println!("{}", output::facts(&rows));
        }
        if !comparison.same {
            bail!("the program on {} is not the one in {}", context.url, self.file.display());
        }
        Ok(())
    }
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
