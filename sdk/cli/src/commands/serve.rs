//! `evergreen serve`: indexes all events of the program, and answers over HTTP.

use crate::{
    args::serve::Serve,
    context::Context,
    interrupts::Interrupts,
    output,
    plan::serve as plan,
    view::serve::{Ended, Started},
};
use anyhow::{Context as _, Result};
use evergreen_service::DataServer;
use std::io::Write;

/// Runs it until Ctrl-C.
pub async fn run(context: &Context, args: &Serve) -> Result<()> {
    super::keeper::log(crate::args::keeper::Log::Text)?;
    let (store, indexer, database) = plan::open(context, args.database.as_deref()).await?;
    let server = DataServer::start(args.listen, store.clone()).await;
    let server = server.with_context(|| format!("listening on {}; --listen takes another address", args.listen))?;
    // It listens before it announces that it runs, so that no Ctrl-C is lost.
    let mut interrupts = Interrupts::listen()?;
    let address = format!("http://{}/v1", server.address);
    let started = Started { address, database, url: output::place(&context.url) };
    context.print(&started, || started.text())?;
    std::io::stdout().flush()?;
    tokio::select! {
        () = indexer.run(args.look.interval()) => {}
        () = interrupts.next() => {}
    }
    let ended = Ended { last_event: store.summary().await.context("reading the database")?.last_event };
    context.print(&ended, || ended.text())
}
