//! `evergreen lp`: provide liquidity, or take it out again.

use super::{hedge, naming};
use crate::{
    args::lp::LpCommand,
    context::Context,
    plan::{exposure, lp as plan},
    view::{exposure::ExposureReport, govern::sentence, lp as view},
};
use anyhow::Result;
use solana_signer::Signer;

/// Runs it.
pub async fn run(context: &Context, command: &LpCommand) -> Result<()> {
    match command {
        LpCommand::Show(args) => {
            let provided = plan::show(context, &args.show).await?;
            let past = if args.history { Some(plan::past(context, &args.show, &provided).await?) } else { None };
            let report = view::ProvidedReport::of(&provided, past.as_ref())?;
            context.print_whole(&report, || report.text(), report.lacks())
        }
        LpCommand::Exposure(args) => {
            let report = ExposureReport::of(&exposure::read(context, args).await?);
            context.print(&report, || report.text())
        }
        LpCommand::Hedge(args) => hedge::run(context, args).await,
        LpCommand::Withdrawals(args) => {
            let (pool, withdrawals) = plan::queue(context, args).await?;
            let rows = view::rows(&pool, args, &withdrawals);
            context.print_whole(&rows, || view::text(&pool, args, &rows), view::lacks(&pool, args, &rows))
        }
        LpCommand::Deposit(args) if args.offer.is_some() => naming::offer(context, args).await,
        LpCommand::Name(args) => naming::name(context, args).await,
        LpCommand::Deposit(args) => {
            let key = context.keypair()?;
            let plan = plan::deposit(context, args, key.pubkey()).await?;
            view::deposit(&plan)
                .perform_deposit(context, &key, (&plan.pool, plan.class.share_class(), plan.request))
                .await
        }
        LpCommand::Request(args) => {
            let key = context.keypair()?;
            let (pool, plan) = plan::request(context, args, key.pubkey()).await?;
            view::request(&pool, &plan).perform(context, &key).await
        }
        LpCommand::Execute(args) => {
            let key = context.keypair()?;
            let (name, accruals) = plan::accruals(context, args).await?;
            for (part, accrual) in (1usize..).zip(&accruals) {
                let what = format!("apply points of funding in {name}, part {part} of {}", accruals.len());
                sentence(what, std::slice::from_ref(accrual)).perform_one(context, &key).await?;
            }
            let (pool, plan) = plan::execute(context, args).await?;
            let why = view::not_executed(&pool, &plan);
            view::execute(&pool, &plan).perform_execution(context, &key, why).await
        }
        LpCommand::Cancel(args) => {
            let key = context.keypair()?;
            let (pool, plan) = plan::cancel(context, args, key.pubkey()).await?;
            view::cancel(&pool, &plan).perform(context, &key).await
        }
        LpCommand::Renew(args) => {
            let key = context.keypair()?;
            let (pool, plan) = plan::renew(context, args, key.pubkey()).await?;
            view::renew(&pool, &plan).perform(context, &key).await
        }
        LpCommand::Redeem(args) => {
            let key = context.keypair()?;
            let (pool, plans) = plan::redeem(context, args, key.pubkey()).await?;
            for plan in &plans {
                view::redeem(&pool, plan).perform_one(context, &key).await?;
            }
            Ok(())
        }
        LpCommand::Claim(args) => {
            let key = context.keypair()?;
            let (pool, plans) = plan::claim(context, args, key.pubkey()).await?;
            for plan in &plans {
                view::claim(&pool, plan, &key.pubkey()).perform_one(context, &key).await?;
            }
            Ok(())
        }
    }
}
