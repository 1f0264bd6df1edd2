//! `evergreen lp hedge`: a hedge on paper, until it is told to end.

use crate::{
    args::lp::PaperHedge,
    context::Context,
    interrupts::Interrupts,
    output,
    plan::hedge::Hedging,
    view::hedge::{LookReport, ResultReport},
};
use anyhow::Result;
use std::time::Duration;

/// Failures of the network in a row after which it ends.
const PATIENCE: u32 = 12;

/// Looks, orders and tells, again and again; in the end what it has cost and what is left.
pub async fn run(context: &Context, args: &PaperHedge) -> Result<()> {
    let mut interrupts = Interrupts::listen()?;
    let mut hedging = Hedging::new(args)?;
    let (mut looks, mut failures) = (0, 0);
    loop {
        let look = tokio::select! {
            look = hedging.look(context, args) => look,
            () = interrupts.next() => break,
        };
        match look {
            Ok((found, seen)) => {
                (looks, failures) = (looks + 1, 0);
                let report = LookReport::of(&found, &seen, &hedging.line);
                context.print(&report, || report.text())?;
            }
            // A network that goes away for a moment ends nothing; what is wrong from the beginning does.
            Err(error) if looks == 0 || failures >= PATIENCE => return Err(error),
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
    let report = ResultReport::of(&hedging.line);
    context.print(&report, || report.text())
}
