//! `evergreen close`: close positions.

use crate::{
    act::{self, Resumed, Trade, resume},
    args::close::Close,
    context::Context,
    plan, view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Plans, shows, asks, sends; everything in as many trades as it takes, each filled before the next.
pub async fn run(context: &Context, args: &Close) -> Result<()> {
    let key = context.keypair()?;
    let trade = |keys, account| Trade { commits_only: args.no_fill, one_of_several: true, ..Trade::of(keys, account) };
    // Of a mint with several pools the account tells in which it was.
    let said = args.pool.as_deref().filter(|said| !context.is_shared(said));
    match resume(context, &key, said, trade).await? {
        Resumed::Nothing => {}
        // What is still open is closed now.
        Resumed::Trade if args.all => {}
        Resumed::Trade | Resumed::Other => return Ok(()),
    }
    if args.all && plan::close::is_gone(context, args, key.pubkey()).await? {
        let note = format!("there is no account {} of this key any more", args.account);
        return act::already(context, format!("close account {}", args.account), note);
    }
    let plan = plan::close::close(context, args, key.pubkey()).await?;
    if plan.plans.is_empty() {
        let mut note = "the account has no positions and no cash".to_owned();
        note.extend(view::close::orders_stay(&plan).map(|words| format!("; {words}")));
        return act::already(context, format!("close account {}", args.account), note);
    }
    let trade = trade(*plan.pool.keys(), plan.account);
    for (submission, quoted) in view::close::close(&plan) {
        if quoted.is_some() {
            let trade = Trade { quoted, ..trade };
            submission.perform_trade(context, &key, &trade).await?;
        } else {
            submission.perform_one(context, &key).await?;
        }
        if context.global.dry_run {
            // The next one builds on this one.
            break;
        }
    }
    Ok(())
}
