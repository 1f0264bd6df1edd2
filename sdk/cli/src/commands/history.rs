//! `evergreen history`: what has happened to a margin account or a pool, and what happens.

use crate::{
    args::history::HistoryArgs,
    context::{Context, PoolContext},
    interrupts::Interrupts,
    output,
    plan::history as plan,
    view::{
        event_words,
        history::{self as view, Row},
    },
};
use anyhow::Result;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::Signature};
use std::{io::Write, time::Duration};

/// Pause before a network that has failed is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads and prints, the oldest first.
pub async fn run(context: &Context, args: &HistoryArgs) -> Result<()> {
    let mut pool = context.pool(&args.pool).await?;
    if args.csv {
        let plan::Movements { rows, lacks, is_found } = plan::movements(context, args, &mut pool).await?;
        // The table stays one for programs; realised profit is left out where it is not known.
        output::line(&view::csv::text(&pool, &rows))?;
        if !is_found && lacks.is_none() {
            let which = args.account.map_or_else(|| "an account".into(), |number| format!("an account {number}"));
            output::aside(&format!("{} has never had {which} in {}", context.owner(args.owner)?, pool.name));
        }
        return lacks.map_or(Ok(()), |lacks| Err(lacks.into()));
    }
    let address = plan::address(context, args, &pool)?;
    let read = plan::read(context, args, &pool, address);
    let read = output::during("reading transactions", read).await?;
    let shown = read.transactions.iter().flat_map(|transaction| &transaction.events);
    context.name_gone(&mut pool, shown.flat_map(event_words::named)).await?;
    let rows = view::rows(&pool, &read.transactions, args.limit);
    if args.follow {
        if let Some(lacks) = &read.lacks {
            output::aside(&lacks.to_string());
        }
        return follow(context, &mut pool, address, &rows, read.position).await;
    }
    context.print_whole(&rows, || view::text(&address, &rows), read.lacks)
}

/// Prints what there is and then what comes, from the transaction after a position on: a line an event, until Ctrl-C or until
/// nobody reads any more.
async fn follow(
    context: &Context,
    pool: &mut PoolContext,
    address: Pubkey,
    rows: &[Row],
    position: Option<Signature>,
) -> Result<()> {
    let print = |row: &Row| -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let line = if context.global.json { serde_json::to_string(row)? } else { row.line() };
        writeln!(out, "{line}")?;
        out.flush()
    };
    for row in rows {
        if print(row).is_err() {
            return Ok(());
        }
    }
    // Listens from here on: a Ctrl-C that comes while an event is printed is not lost.
    let mut interrupts = Interrupts::listen()?;
    let mut stream = plan::stream(context, address, position)?;
    let mut is_failing = false;
    loop {
        let next = tokio::select! {
            next = stream.next() => next,
            () = interrupts.next() => return Ok(()),
        };
        let transaction = match next {
            Ok(transaction) => transaction,
            // A network that fails comes back, and nothing is lost: the stream goes on where it has failed.
            Err(error) if error.is_passing() => {
                if !core::mem::replace(&mut is_failing, true) {
                    output::aside(&format!("{error}; it is asked again until it answers"));
                }
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => continue,
                    () = interrupts.next() => return Ok(()),
                }
            }
            Err(error) => return Err(error.into()),
        };
        is_failing = false;
        context.name_gone(pool, transaction.events.iter().flat_map(event_words::named)).await?;
        for row in Row::of(pool, &transaction) {
            if print(&row).is_err() {
                return Ok(());
            }
        }
    }
}
