//! `evergreen app`: the web app on this machine.

use crate::{
    app::{Files, PageConfig, PagePool, PageServer},
    args::app::App,
    context::Context,
    interrupts::Interrupts,
    view::app::Ready,
};
use anyhow::Result;
use evergreen_sdk::address::PROGRAM;
use std::io::Write;

/// Serves it until Ctrl-C.
pub async fn run(context: &Context, args: &App) -> Result<()> {
    let config = PageConfig { history: args.history.clone(), ..config(context, false)? };
    let server = PageServer::start(args.port, Files::open(args.files.folder.as_deref())?, &config, None).await?;
    // It listens before it says so, so that no Ctrl-C is lost.
    let mut interrupts = Interrupts::listen()?;
    let ready = Ready { app: server.url.clone(), network: config.network };
    context.print(&ready, || ready.text())?;
    std::io::stdout().flush()?;
    interrupts.next().await;
    Ok(())
}

/// What the page is told of the network and the pools of a configuration.
pub fn config(context: &Context, faucet: bool) -> Result<PageConfig> {
    Ok(PageConfig {
        rpc: context.url.clone(),
        websocket: context.ws_url()?,
        network: crate::app::network(&context.url),
        program: PROGRAM.to_string(),
        pools: context.market.pools.iter().map(PagePool::of).collect::<Result<_>>()?,
        history: None,
        faucet,
    })
}
