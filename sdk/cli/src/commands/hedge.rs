//! `evergreen lp hedge`: a hedge on paper or at a venue, until it is told to end.

use crate::{
    act,
    args::lp::HedgeBands,
    context::Context,
    failure::Usage,
    interrupts::Interrupts,
    output,
    plan::hedge,
    view::hedge::{LookReport, ResultReport},
};
use anyhow::Result;
use evergreen_sdk::hedge::{Hedge, Hedger, Paper};
use std::time::Duration;

/// Failures of the network in a row after which it ends.
const LONGEST_WAIT: u32 = 12;

/// Hedges on paper, or after it was confirmed at the venue.
pub async fn run(context: &Context, args: &HedgeBands) -> Result<()> {
    let Some(url) = &args.venue else {
        return keep_within(context, args, hedge::at(Paper::new(hedge::on_paper(args)), args)?, "on paper").await;
    };
    let hedger = hedge::at(hedge::venue(url, args)?, args)?;
    let place = format!("at {}", output::place(url));
    if context.global.dry_run {
        return Err(Usage("--dry-run sends nothing: leave --venue out, and the same is done on paper".into()).into());
    }
    if !context.global.yes {
        act::confirm(&format!("order coins {place}"))?;
    }
    keep_within(context, args, hedger, &place).await
}

/// Looks, orders and tells, again and again; in the end what it has cost and what is left.
async fn keep_within<V: Hedge>(context: &Context, args: &HedgeBands, mut hedger: Hedger<V>, place: &str) -> Result<()> {
    let mut interrupts = Interrupts::listen()?;
    let (mut looks, mut failures) = (0, 0);
    loop {
        let look = tokio::select! {
            look = hedge::look(&mut hedger, context, args) => look,
            () = interrupts.next() => break,
        };
        match look {
            Ok((found, seen)) => {
                (looks, failures) = (looks + 1, 0);
                let report = LookReport::of(&found, &seen, &hedger.line());
                context.print(&report, || report.text())?;
            }
            // A network that goes away for a moment ends nothing; what is wrong from the beginning does.
            Err(error) if looks == 0 || failures >= LONGEST_WAIT => return Err(error),
            Err(error) => {
                failures += 1;
                output::aside(&format!("looking again: {error:#}"));
            }
        }
        if args.looks.is_some_and(|most| looks >= most) {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(args.every.into())) => {}
            () = interrupts.next() => break,
        }
    }
    let report = ResultReport::of(&hedger.line());
    context.print(&report, || report.text(place))
}
