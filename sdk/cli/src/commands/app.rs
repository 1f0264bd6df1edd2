//! `evergreen app`: the web app on this machine.

use crate::{
    app::{Files, PageConfig, PagePool, PageServer},
    args::app::App,
    context::Context,
    interrupts::Interrupts,
    plan::serve as plan,
    view::app::Ready,
};
use anyhow::{Context as _, Result};
use evergreen_sdk::address::PROGRAM;
use evergreen_service::DataServer;
use std::{io::Write, net::SocketAddr};

/// Serves it until Ctrl-C.
pub async fn run(context: &Context, args: &App) -> Result<()> {
    let files = Files::open(args.files.folder.as_deref())?;
    let past = match &args.database {
        Some(database) => {
            super::keeper::log(crate::args::keeper::Log::Text)?;
            let (store, indexer, shown) = plan::open(context, Some(database)).await?;
            let server = DataServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), store).await;
            Some((server.context("listening for questions about the past")?, indexer, shown))
        }
        None => None,
    };
    let told = past.as_ref().map(|(server, ..)| format!("http://{}/v1", server.address));
    let mut config = config(context, false)?;
    config.history = args.history.clone().or(told);
    if let Some(explorer) = &args.explorer {
        config.explorer = explorer.0.clone();
    }
    let server = PageServer::start(args.port, files, &config, None).await?;
    // It listens before it says so, so that no Ctrl-C is lost.
    let mut interrupts = Interrupts::listen()?;
    let database = past.as_ref().map(|(.., shown)| shown.clone());
    let ready = Ready { app: server.url.clone(), network: config.network, history: config.history, database };
    context.print(&ready, || ready.text())?;
    std::io::stdout().flush()?;
    let Some((_told, indexer, _)) = past else {
        interrupts.next().await;
        return Ok(());
    };
    tokio::select! {
        () = indexer.run(args.look.interval()) => {}
        () = interrupts.next() => {}
    }
    Ok(())
}

/// What the page is told of the network and the pools of a configuration.
pub fn config(context: &Context, faucet: bool) -> Result<PageConfig> {
    let network = crate::app::network(&context.url);
    Ok(PageConfig {
        rpc: context.url.clone(),
        websocket: context.ws_url()?,
        network,
        program: PROGRAM.to_string(),
        pools: context.market.pools.iter().map(PagePool::of).collect::<Result<_>>()?,
        history: None,
        explorer: Some(crate::app::explorer(network, &context.url)),
        faucet,
    })
}
