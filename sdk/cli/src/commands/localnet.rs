//! `evergreen localnet`: a market on this machine.

use crate::{
    args::{
        global::Global,
        localnet::{Action, Fund, Localnet, Start},
    },
    context::Context,
    failure::{Usage, advised},
    local_market::{
        control::{self, Remote, Request},
        folder, remote,
        setup::Setup,
        sponsor::Sponsor,
    },
    market::Market,
    output::{self, date},
    plan::localnet as plan,
    view::localnet::{self as view, Ready},
};
use anyhow::Result;
use evergreen_localnet::{Blocks, Network, Options, PathSpec, PricePath};
use evergreen_sdk::address;
use std::path::{Path, PathBuf};

/// Starts a market and keeps it until Ctrl-C, or acts on one that runs.
pub fn run(global: &Global, args: Localnet) -> Result<()> {
    let folder = args.start.folder(global);
    match args.action {
        Some(action) => act(global, action, &folder),
        None => start(global, &args.start),
    }
}

fn start(global: &Global, args: &Start) -> Result<()> {
    if args.speed == 0 {
        return Err(Usage("--speed has to be above 0".into()).into());
    }
    let path = match &args.path {
        Some(file) => PricePath::read_csv(file)?,
        // Thirty days in minutes.
        None => PathSpec { seed: args.seed, ticks: 30 * 1_440 + 1, ..PathSpec::default() }.generate()?,
    };
    let program = program(&args.program);
    folder::claim(&args.dir, &program)?;
    let bar = output::progress("starting the network");
    let free = |port: u16| (port != 0).then_some(port);
    let network = Network::start(Options {
        rpc_port: free(args.rpc_port),
        ws_port: free(args.ws_port),
        blocks: Blocks::Clock,
        ..Options::default()
    })
    .map_err(|error| {
        let next = "another local market may run: end it with Ctrl-C, or take free ports: --rpc-port 0 --ws-port 0";
        advised(error.to_string(), next)
    })?;
    let (control, calls) = control::listen()?;
    let sponsor = Sponsor::start(&network.rpc_url(), path, network.pace(), args.hurry, calls)?;
    bar.set_message("setting the market up");
    let market = Setup {
        chain: network.client(),
        folder: &args.dir,
        bare: args.bare,
        curated: args.curated,
        url: &network.rpc_url(),
        seed: args.seed,
        pools: args.pools.into(),
        accounts: args.accounts,
    };
    let told = |done: usize| bar.set_message(format!("setting the market up: {done} of {} pools", args.pools));
    let (stocks, users) = market.play(&program, told)?;
    // A price would be too old before it is used if the clock ran fast already.
    sponsor.run_at(args.speed);
    let config = market.write_files(&network.rpc_url(), &network.ws_url(), &stocks)?;
    let announced = control::announce(&args.dir, &control, &network.rpc_url())?;
    bar.finish_and_clear();
    let ready = Ready {
        rpc_url: network.rpc_url(),
        ws_url: network.ws_url(),
        program: address::PROGRAM.to_string(),
        folder: args.dir.display().to_string(),
        config: config.display().to_string(),
        stocks,
        users,
    };
    output::print(global.json, &ready, || ready.text(args.bare))?;
    network.run_until_interrupted()?;
    drop((sponsor, announced));
    Ok(())
}

/// The program's file: the one named, or the one that this project's build leaves.
fn program(named: &Path) -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/evergreen.so");
    if !named.exists() && named == Path::new("target/deploy/evergreen.so") && built.exists() {
        return built;
    }
    named.to_owned()
}

/// Acts on the market of a folder.
fn act(global: &Global, action: Action, folder: &Path) -> Result<()> {
    let request = match action {
        Action::Advance { by } if !global.dry_run && Remote::find(folder).is_err() => return advance(global, by),
        Action::Advance { by } => Request::Advance(by),
        Action::Clock(action) => plan::clock(action),
        Action::Price(action) => plan::prices(action)?,
        Action::Fund(args) => return fund(global, &args, folder),
    };
    let remote = Remote::find(folder)?;
    if global.dry_run && request != Request::Show {
        return dry(global, &view::request(request));
    }
    let state = remote.ask(folder, request)?;
    output::print(global.json, &state, || view::state(&state))
}

fn dry(global: &Global, what: &str) -> Result<()> {
    let document = serde_json::json!({ "action": what, "dry_run": true });
    output::print(global.json, &document, || format!("dry run, nothing was done: {what}"))
}

/// Moves the clock of a local network that was started otherwise; nothing else can be changed there.
fn advance(global: &Global, by: u32) -> Result<()> {
    let now = remote::advance(&Context::new(global.clone())?.url, by)?;
    output::print(global.json, &serde_json::json!({ "unix_timestamp": now }), || format!("it is {} now", date(now)))
}

fn fund(global: &Global, args: &Fund, folder: &Path) -> Result<()> {
    let remote = Remote::find(folder)?;
    let market = Market::read(&folder.join("market.json"))?;
    let names: Vec<&str> = market.stocks().map(|pool| pool.name.as_str()).collect();
    let what = format!("{} SOL and {} each of {} for {}", args.sol, args.tokens, names.join(", "), args.address);
    if global.dry_run {
        return dry(global, &what);
    }
    remote::fund(&remote, &market, folder, args)?;
    let document = serde_json::json!({
        "address": args.address.to_string(), "sol": args.sol, "tokens": args.tokens.to_string(), "stocks": names,
    });
    output::print(global.json, &document, || format!("gave {what}"))
}
