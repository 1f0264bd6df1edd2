//! A deposit into a private pool that depositor and curator sign on two machines: `lp deposit --offer`, `lp name`.

use crate::{
    act::{confirm, finished, options},
    args::lp::{Deposit, Name},
    context::Context,
    failure::{Unknown, advised},
    output,
    plan::lp as plan,
    view::lp::{NamedReport, OfferReport, opening},
};
use anyhow::{Context as _, Result};
use evergreen_sdk::client::{DepositRequest, SendError, cosign::NamedDeposit};
use solana_signer::Signer;
use std::{fs::OpenOptions, io::Write, path::Path};

/// Signs a deposit and writes it to a file. Nothing is sent but what opens the nonce account, once.
pub async fn offer(context: &Context, args: &Deposit) -> Result<()> {
    let key = context.keypair()?;
    let file = args.offer.as_deref().unwrap_or_else(|| Path::new("deposit.txt"));
    let offered = plan::offer(context, args, key.pubkey()).await?;
    let report = OfferReport::of(&offered);
    if context.global.dry_run {
        return context.print(&report, || report.text());
    }
    if let Some(instructions) = &offered.opens {
        opening(&offered, instructions).perform_one(context, &key).await?;
    }
    if !context.global.yes {
        output::line(&report.text())?;
        confirm(report.question())?;
    }
    let nonce = context.client.nonce_of(&key.pubkey()).await?.context("the nonce account is not there yet")?;
    let text = offered.deposit.offer(offered.pool.keys(), nonce, &key)?;
    write(file, &text)?;
    let report = report.written(file.display().to_string());
    context.print(&report, || report.text())
}

/// Writes a new file: what is there may be another deposit that waits for a curator.
fn write(file: &Path, text: &str) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    let mut made = match made {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(advised(format!("{} is there already", file.display()), "name another file: --offer FILE"));
        }
        made => made.with_context(|| format!("making {}", file.display()))?,
    };
    made.write_all(text.as_bytes()).and_then(|()| made.write_all(b"\n")).and_then(|()| made.sync_all())?;
    Ok(())
}

/// Checks what a depositor has signed, signs it, too, sends it, and has its shares minted.
pub async fn name(context: &Context, args: &Name) -> Result<()> {
    let key = context.keypair()?;
    let named = plan::named(context, args, key.pubkey()).await?;
    let report = NamedReport::of(&named, context.global.dry_run);
    let (_, transaction) = NamedDeposit::of(&named.text)?;
    let transaction = named.deposit.name(transaction, &key)?;
    // What has landed before is told again; its first signature is the depositor's, which the file holds.
    let landed = context.client.record(&transaction.signatures[0]).await.is_ok_and(|record| record.error.is_none());
    if !landed {
        named.check_open(context).await?;
    }
    if context.global.dry_run {
        return context.print(&report, || report.text());
    }
    if !context.global.yes {
        output::line(&report.text())?;
        confirm(report.question())?;
    }
    let options = options(context);
    let sent = context.client.send_signed(&transaction, &named.deposit.depositor, &options);
    let confirmed = match output::during("sending", sent).await {
        Err(SendError::Expired(_)) => {
            let next = "the depositor has changed the nonce, or used it for something else: ask for a new one";
            return Err(advised("what was signed is void, and nothing was done", next));
        }
        sent => sent?,
    };
    let (keys, since) = (*named.pool.keys(), confirmed.slot);
    let deposit = DepositRequest { keys, request: named.request, source: context.source(), since };
    let signature = confirmed.signature.to_string();
    let report = report.landed(signature, confirmed.slot, "the tokens are paid in".into());
    let finishing = context.client.finish_deposit(&key, &deposit, &options);
    let unknown = Unknown::paid_in(&report)?;
    let done = output::during("waiting for the next full minute and its price", finishing).await;
    let done = done.map_err(|error| anyhow::Error::from(error).context(unknown))?;
    let note = finished(&named.pool, &done);
    let (signature, slot) = (confirmed.signature.to_string(), confirmed.slot);
    let report = report.landed(signature, slot, note);
    context.print(&report, || report.text())
}
