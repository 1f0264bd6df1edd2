//! `evergreen govern`: what admin, guardian and anybody may do to the protocol and its pools.

use crate::{
    act,
    args::govern::{FeesOf, GovernCommand, Halt, OfPool, ProposeCommand, Tighten, Unpause, VerifyProgram},
    context::Context,
    output,
    plan::govern as plan,
    view::govern::{self as view, About, Comparison, GovernmentReport},
};
use anyhow::{Result, bail};
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction, evergreen::state::Pool, instruction as build,
};
use solana_signer::Signer;

/// Shows, asks, sends.
pub async fn run(context: &Context, command: &GovernCommand) -> Result<()> {
    let me = || context.keypair().map(|key| key.pubkey());
    match command {
        GovernCommand::Show(_) => {
            let report = GovernmentReport::of(&plan::show(context).await?);
            context.print(&report, || report.text())
        }
        GovernCommand::Propose(args) => propose(context, args).await,
        GovernCommand::Execute(args) => {
            let key = context.keypair()?;
            let proposed = plan::proposal(context, args).await?;
            if plan::is_unannounced(context, &proposed).await? {
                let instructions = plan::execute(context, &proposed).await?;
                view::decide("announce", &proposed, &instructions).perform_one(context, &key).await?;
                if context.global.dry_run {
                    return Ok(());
                }
            }
            let proposed = plan::at_its_turn(context, args).await?;
            let instructions = plan::execute(context, &proposed).await?;
            view::decide("execute", &proposed, &instructions).perform_one(context, &key).await
        }
        GovernCommand::Cancel(args) => {
            let proposed = plan::proposal(context, args).await?;
            let (queue, payer) = (proposed.proposal.queue, proposed.proposal.payer);
            let instructions = [build::cancel_proposal_in(&queue, me()?, args.number, payer)];
            view::decide("cancel", &proposed, &instructions).perform(context, &context.keypair()?).await
        }
        GovernCommand::AcceptAdmin => {
            act::settle(context, &context.keypair()?).await?;
            match plan::accept_admin(context, me()?).await? {
                Some((admin, [accept])) => perform(context, format!("become admin in place of {admin}"), accept).await,
                None => act::already(context, "become admin".into(), "this key is the admin".into()),
            }
        }
        GovernCommand::AcceptCurator(args) => {
            act::settle(context, &context.keypair()?).await?;
            let (pool, accept) = plan::accept_curator(context, args, me()?).await?;
            let what = format!("become curator of the pool {}", pool.name);
            match accept {
                Some([accept]) => perform(context, what, accept).await,
                None => act::already(context, what, "this key is its curator".into()),
            }
        }
        GovernCommand::Pause(args) => {
            perform(context, view::pause(args), build::set_pause(me()?, args.action.action(), args.by)).await
        }
        GovernCommand::Unpause(args) => unpause(context, args).await,
        GovernCommand::Tighten(args) => tighten(context, args).await,
        GovernCommand::Halt(args) => halt(context, args).await,
        GovernCommand::AnnounceBuyback(args) => announce_buyback(context, args).await,
        GovernCommand::CollectFees(args) => collect_fees(context, args).await,
        GovernCommand::SyncVault(args) => sync_vault(context, args).await,
        GovernCommand::VerifyProgram(args) => verify(context, args).await,
    }
}

/// A submission that one sentence describes.
async fn perform(context: &Context, what: String, instruction: Instruction) -> Result<()> {
    view::sentence(what, &[instruction]).perform(context, &context.keypair()?).await
}

async fn propose(context: &Context, command: &ProposeCommand) -> Result<()> {
    let change = plan::change(context, command).await?;
    let key = context.keypair()?;
    let plan = plan::propose(context, change, key.pubkey()).await?;
    view::propose(&plan).perform(context, &key).await
}

async fn unpause(context: &Context, args: &Unpause) -> Result<()> {
    let key = context.keypair()?;
    act::settle(context, &key).await?;
    let action = args.action.action();
    if !plan::is_paused(context, action).await? {
        return act::already(context, view::unpause(args), "it is not paused".into());
    }
    perform(context, view::unpause(args), build::set_pause(key.pubkey(), action, 0)).await
}

async fn tighten(context: &Context, args: &Tighten) -> Result<()> {
    let key = context.keypair()?;
    act::settle(context, &key).await?;
    let plan = plan::tighten(context, args).await?;
    if plan.before == plan.after {
        return act::already(context, format!("tighten the pool {}", plan.pool.name), "its caps are these".into());
    }
    view::tighten(&plan).perform(context, &key).await
}

async fn halt(context: &Context, args: &Halt) -> Result<()> {
    act::settle(context, &context.keypair()?).await?;
    let pool = context.pool(&args.pool).await?;
    let what = format!("halt the pool {}; only a proposal ends that", pool.name);
    if pool.view.pool.flags & Pool::HALTED != 0 {
        // What was proposed before a pool is halted is void; what comes afterwards is not.
        let pending = plan::pending(context, &pool).await?;
        let proposed: Vec<String> = pending.iter().map(|one| one.proposal.id.to_string()).collect();
        let note = match &proposed[..] {
            [] => "it is halted".into(),
            some => format!(
                "it is halted; what is proposed for it stays, `evergreen govern cancel` takes it back: {}",
                some.join(", ")
            ),
        };
        return act::already(context, what, note);
    }
    perform(context, what, build::halt_pool(context.keypair()?.pubkey(), pool.keys().pool)).await
}

async fn announce_buyback(context: &Context, args: &OfPool) -> Result<()> {
    let pool = context.pool(&args.pool).await?;
    let premium = f64::from(pool.view.pool.params.buyback_bps) / 100.0;
    let what = format!("announce that {} buys back what is left in three days, {premium} % over its value", pool.name);
    perform(context, what, build::announce_buyback(context.keypair()?.pubkey(), pool.keys().pool)).await
}

async fn collect_fees(context: &Context, args: &FeesOf) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::collect_fees(context, args, key.pubkey()).await?;
    if plan.due == 0 {
        // This is no failure: a daily collection finds nothing on some days.
        return context.print(&About::of("nothing is due"), || format!("no fees of {} are due", plan.pool.name));
    }
    view::collect_fees(&plan).perform(context, &key).await
}

async fn sync_vault(context: &Context, args: &OfPool) -> Result<()> {
    let pool = context.pool(&args.pool).await?;
    let what = format!("compare the vaults of {} with its ledgers", pool.name);
    perform(context, what, build::sync_vault(pool.keys())).await
}

async fn verify(context: &Context, args: &VerifyProgram) -> Result<()> {
    let file = hex::encode(evergreen_migrations::sha256_of_file(&args.file)?);
    let on_chain = hex::encode(evergreen_migrations::program_sha256(&context.client).await?);
    let comparison = Comparison { same: file == on_chain, file, on_chain };
    context.print(&comparison, || comparison.text())?;
    if !comparison.same {
        bail!("the program on {} is not the one in {}", output::place(&context.url), args.file.display());
    }
    Ok(())
}
