//! `evergreen localnet`: a market on this machine.

use super::app;
use crate::{
    app::Files,
    args::{
        global::Global,
        localnet::{Action, Fund, Issue, Localnet, Start},
    },
    context::Context,
    failure::{Usage, advised},
    local_market::{
        control::{self, Remote, Request},
        folder, remote,
        saved::{self, MarketKind, Saved, Saver, without_program},
        service::Service,
        setup::{FIRST, Setup, Size, TRADERS},
        sponsor::{Beginning, Sponsor},
    },
    market::Market,
    output::{self, date},
    plan::localnet as plan,
    view::localnet::{self as view, Ready},
};
use anyhow::{Context as _, Result};
use evergreen_localnet::{Blocks, Network, Options, PathSpec, PriceFiles, PricePath};
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
    // Missing files are told before anything begins.
    let files = args.app.then(|| Files::open(args.files.folder.as_deref())).transpose()?;
    let program = program(&args.program);
    let claim = folder::claim(&args.dir, &program)?;
    let before = before(args)?;
    let (path, mut notes) = path(args, before.as_ref())?;
    let is_loaded = args.load.is_some();
    let program_sha256 = hex::encode(evergreen_migrations::sha256_of_file(&program)?);
    // What is loaded keeps its program, so that it does what it did; a market that goes on gets the one that was built since.
    let is_other = !is_loaded && before.as_ref().is_some_and(|before| before.market.program_sha256 != program_sha256);
    let snapshot = before.as_ref().map(Saved::snapshot).transpose()?;
    let (snapshot, authority) = match snapshot {
        Some(snapshot) if is_other => {
            let (rest, authority) = without_program(snapshot);
            (Some(rest), authority)
        }
        snapshot => (snapshot, None),
    };
    let bar = output::progress("starting the network");
    let free = |port: u16| (port != 0).then_some(port);
    let network = Network::start(Options {
        rpc_port: free(args.rpc_port),
        ws_port: free(args.ws_port),
        blocks: Blocks::Clock,
        snapshot,
        ..Options::default()
    })
    .map_err(|error| {
        let next = "another local market may run: end it with Ctrl-C, or take free ports: --rpc-port 0 --ws-port 0";
        advised(error.to_string(), next)
    })?;
    let (control, calls) = control::listen()?;
    let follows = before.as_ref().filter(|_| args.path.is_empty()).map(|before| before.prices.clone());
    let beginning = Beginning { path, before: follows, hurries: args.hurry };
    let sponsor = Sponsor::start(&network.rpc_url(), beginning, network.pace(), calls)?;
    bar.set_message("setting the market up");
    let pools = args.pools.unwrap_or(FIRST);
    // A market of many pools is one that is traded in.
    let traders = if pools > FIRST { TRADERS } else { 0 };
    let asked = Size { seed: args.seed, pools, accounts: args.accounts.unwrap_or(traders) };
    let (bare, curated, size) =
        before.as_ref().map_or((args.bare, args.curated, asked), |b| (b.market.bare, b.market.curated, b.market.size));
    let chain = network.client();
    let url = network.rpc_url();
    let market = Setup { chain, folder: &args.dir, bare, curated, fresh: args.fresh, url: &url, size };
    let kind = match &before {
        Some(before) => {
            before.write_keys(&args.dir, is_loaded)?;
            if is_other {
                let deployed = chain.deploy(&address::PROGRAM, &program, authority.as_ref());
                deployed.with_context(|| format!("the program {}", program.display()))?;
                notes.push(
                    "the program is another one than before: accounts of an old layout have to be migrated".into(),
                );
            }
            let program_sha256 = if is_other { program_sha256 } else { before.market.program_sha256.clone() };
            MarketKind { program_sha256, ..before.market.clone() }
        }
        None => {
            let told = |done: usize| bar.set_message(format!("setting the market up: {done} of {} pools", size.pools));
            MarketKind { program_sha256, bare, curated, size, stocks: market.play(&program, told)? }
        }
    };
    let users = market.users()?;
    // A price would be too old before it is used if the clock ran fast already.
    sponsor.run_at(args.speed);
    let stocks = kind.stocks.clone();
    let config = market.write_files(&network.rpc_url(), &network.ws_url(), &stocks)?;
    sponsor.save_with(Saver::new(args.dir.clone(), kind));
    let service = files
        .map(|files| {
            let context = Context::new(Global { config: Some(config.clone()), url: None, ..global.clone() })?;
            Service::start(args.app_port, files, &app::config(&context, true)?, &args.dir)
        })
        .transpose()?;
    let announced = control::announce(&args.dir, &control, &network.rpc_url())?;
    // It listens before it says that it is ready, so that no Ctrl-C is lost.
    let interrupts = evergreen_localnet::Signals::listen()?;
    bar.finish_and_clear();
    let ready = Ready {
        rpc_url: network.rpc_url(),
        ws_url: network.ws_url(),
        program: address::PROGRAM.to_string(),
        folder: args.dir.display().to_string(),
        config: config.display().to_string(),
        stocks,
        users,
        app: service.as_ref().map(|service| service.url.clone()),
        continues: before.as_ref().map(|_| match &args.load {
            Some(file) => format!("as saved in {}", file.display()),
            None => "where it was ended; --fresh begins anew".into(),
        }),
        prices: notes,
    };
    output::print(global.json, &ready, || ready.text(bare))?;
    interrupts.wait();
    drop(service);
    // The last prices are saved while the network still answers.
    drop((sponsor, announced));
    let ended = { network }.stop();
    drop(claim);
    Ok(ended?)
}

/// The market that goes on: the one that is loaded, or the folder's.
fn before(args: &Start) -> Result<Option<Saved>> {
    let here = if args.fresh { None } else { Saved::find(&args.dir)? };
    let folder = args.dir.display();
    if let Some(file) = &args.load {
        if here.is_some() {
            let why = format!("{folder} has a market of its own");
            return Err(advised(
                why,
                "name an empty folder: --dir FOLDER; or give --fresh, which gives that market up",
            ));
        }
        return Saved::read(file).map(Some);
    }
    if let Some(saved) = &here {
        refuse_another(args, &saved.market)?;
    }
    Ok(here)
}

/// Refuses options of another market than the folder's, which would go on as it was begun.
fn refuse_another(args: &Start, market: &MarketKind) -> Result<()> {
    let Size { pools, accounts, .. } = market.size;
    let other = if args.bare && !market.bare {
        "without --bare".into()
    } else if args.curated && !market.curated {
        "without --curated".into()
    } else if args.pools.is_some_and(|asked| asked != pools) {
        format!("with {pools} pools")
    } else if args.accounts.is_some_and(|asked| asked != accounts) {
        format!("with {accounts} accounts in each pool beyond the first two")
    } else {
        return Ok(());
    };
    let why = format!("the market of {} was begun {other}, and would go on", args.dir.display());
    Err(advised(why, "give --fresh, which begins anew, or name another folder: --dir FOLDER"))
}

/// The path of prices, and what there is to say about it.
fn path(args: &Start, before: Option<&Saved>) -> Result<(PricePath, Vec<String>)> {
    // Thirty days in minutes.
    let made = PathSpec { seed: args.seed, ticks: 30 * 1_440 + 1, ..PathSpec::default() };
    if !args.path.is_empty() {
        let PriceFiles { path, notes } = PriceFiles::read(&args.path, args.columns.as_ref(), &made)?;
        return Ok((path, notes));
    }
    if let Some(before) = before {
        return Ok((before.path()?, Vec::new()));
    }
    Ok((made.generate()?, Vec::new()))
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
        Action::Issue(args) => return issue(global, &args, folder),
        Action::Save { file } => return save(global, &file, folder),
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

/// Has the market write itself into its folder, and copies that.
fn save(global: &Global, file: &Path, folder: &Path) -> Result<()> {
    let remote = Remote::find(folder)?;
    let what = format!("write the market into {}", file.display());
    if global.dry_run {
        return dry(global, &what);
    }
    let state = remote.ask(folder, Request::Save)?;
    saved::copy(folder, file)?;
    let document = serde_json::json!({ "file": file.display().to_string(), "unix_timestamp": state.unix_timestamp });
    output::print(global.json, &document, || {
        let (when, file) = (date(state.unix_timestamp), file.display());
        format!("the market as of {when} is in {file}, with its keys: evergreen localnet --dir FOLDER --load {file}")
    })
}

fn fund(global: &Global, args: &Fund, folder: &Path) -> Result<()> {
    let remote = Remote::find(folder)?;
    let market = Market::read(&folder.join("market.json"))?;
    let names: Vec<&str> = market.stocks().map(|pool| pool.name.as_str()).collect();
    let what = format!("{} SOL and {} each of {} for {}", args.sol, args.tokens, names.join(", "), args.address);
    if global.dry_run {
        return dry(global, &what);
    }
    remote::fund(remote.rpc_url(), &market, folder, args)?;
    let document = serde_json::json!({
        "address": args.address.to_string(), "sol": args.sol, "tokens": args.tokens.to_string(), "stocks": names,
    });
    output::print(global.json, &document, || format!("gave {what}"))
}

fn issue(global: &Global, args: &Issue, folder: &Path) -> Result<()> {
    let remote = Remote::find(folder)?;
    let to: Vec<String> = args.to.iter().map(ToString::to_string).collect();
    let given = if to.is_empty() { "to nobody".into() } else { format!("{} each to {}", args.tokens, to.join(", ")) };
    if global.dry_run {
        return dry(global, &format!("make a stock {}, {given}", args.symbol));
    }
    let mint = remote::issue(remote.rpc_url(), folder, args)?.to_string();
    let document =
        serde_json::json!({ "symbol": args.symbol, "mint": mint, "tokens": args.tokens.to_string(), "to": to });
    output::print(global.json, &document, || {
        format!("{} is at {mint}, {given}\n  next: evergreen pool create --mint {mint}", args.symbol)
    })
}
