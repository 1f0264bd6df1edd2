//! A Surfpool network inside this process: how it starts, gets ready and stops.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anchor_lang::{prelude::Clock, solana_program::system_program};
use crossbeam_channel::{Receiver, Sender, unbounded};
use solana_keypair::Keypair;
use solana_signer::Signer;
use surfpool_core::surfnet::{
    GeyserEvent,
    locker::SurfnetSvmLocker,
    svm::{SurfnetSvm, SurfnetSvmConfig},
};
use surfpool_types::{
    AccountSnapshot, BlockProductionMode, RpcConfig, SimnetCommand, SimnetConfig, SimnetEvent, SurfpoolConfig,
    SvmFeatureConfig,
};

use crate::{
    blocks::Blocks,
    client::Client,
    error::{Error, Result},
    interrupts::Signals,
    pace::Pace,
    snapshot::Snapshot,
};

const HOST: &str = "127.0.0.1";
const START_TIMEOUT: Duration = Duration::from_secs(30);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// Number of servers that report when they have closed: the HTTP server and the websocket server.
const SERVERS: usize = 2;
/// Number of attempts to start on free ports. Another process may take a free port before the server binds it.
const PORT_ATTEMPTS: usize = 3;

/// How to start a [`Network`]. The default is [`Blocks::Clock`] on two free ports, with a new payer that has a million SOL.
#[derive(Debug)]
pub struct Options {
    /// Port of JSON-RPC over HTTP; `None` takes a free one.
    pub rpc_port: Option<u16>,
    /// Port of the websocket; `None` takes a free one.
    pub ws_port: Option<u16>,
    /// When blocks are made.
    pub blocks: Blocks,
    /// Key that pays fees and rent in [`Client`]; `None` stands for a new key.
    pub payer: Option<Keypair>,
    /// Balance of the payer at the start, in lamports.
    pub payer_lamports: u64,
    /// Accounts and clock to begin with. The clock goes on from where it stood, whatever time has passed since.
    pub snapshot: Option<Snapshot>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rpc_port: None,
            ws_port: None,
            blocks: Blocks::default(),
            payer: None,
            payer_lamports: 1_000_000 * evergreen_sdk::convert::SOL,
            snapshot: None,
        }
    }
}

impl Options {
    /// Returns options for tests: blocks are made on demand.
    #[must_use]
    pub fn fast() -> Self {
        Self { blocks: Blocks::Transaction, ..Self::default() }
    }
}

/// A running network. It stops by [`Network::stop`], when it is dropped, or when the process ends (by Ctrl-C, for instance). It
/// writes nothing to disk.
pub struct Network {
    client: Client,
    blocks: Blocks,
    rpc_port: u16,
    ws_port: u16,
    commands: Sender<SimnetCommand>,
    closed: Receiver<()>,
    runloop: Option<JoinHandle<()>>,
}

impl Network {
    /// Starts a network and returns once it answers.
    ///
    /// # Errors
    /// Returns [`Error::Start`] when a given port is taken or the machine does not start, and an error when the payer cannot be funded.
    pub fn start(options: Options) -> Result<Self> {
        let payer = options.payer.unwrap_or_else(Keypair::new);
        let (clock, accounts) = options.snapshot.map(|snapshot| (snapshot.clock, snapshot.accounts)).unzip();
        let accounts = accounts.unwrap_or_default();
        let fixed_ports = options.rpc_port.is_some() && options.ws_port.is_some();
        let mut attempt = 1;
        loop {
            let (rpc_port, ws_port) = choose_ports(options.rpc_port, options.ws_port)?;
            let started = launch(rpc_port, ws_port, options.blocks, &accounts);
            match started {
                Err(error) if fixed_ports || attempt == PORT_ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
                Ok((commands, closed, runloop)) => {
                    let client = Client::new(&format!("http://{HOST}:{rpc_port}"), payer);
                    let network = Self {
                        client,
                        blocks: options.blocks,
                        rpc_port,
                        ws_port,
                        commands,
                        closed,
                        runloop: Some(runloop),
                    };
                    if let Some(clock) = clock {
                        network.set_clock(clock)?;
                    }
                    network.fund_payer(options.payer_lamports)?;
                    return Ok(network);
                }
            }
        }
    }

    /// A client of this network that pays with the network's payer.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Tells when this network makes blocks.
    #[must_use]
    pub const fn blocks(&self) -> Blocks {
        self.blocks
    }

    /// Returns a handle that pauses the clock and lets it run again; it may be used from any thread.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace::new(self.commands.clone(), self.blocks)
    }

    /// URL of JSON-RPC over HTTP.
    #[must_use]
    pub fn rpc_url(&self) -> String {
        format!("http://{HOST}:{}", self.rpc_port)
    }

    /// URL of the websocket.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{HOST}:{}", self.ws_port)
    }

    /// Keeps the network up until Ctrl-C or a termination signal, then stops it.
    ///
    /// # Errors
    /// Returns [`Error::Start`] when signals cannot be listened to, and the same errors as [`Network::stop`].
    pub fn run_until_interrupted(mut self) -> Result<()> {
        Signals::listen()?.wait();
        self.stop()
    }

    /// Closes both servers and ends the machine. Calling it again does nothing.
    ///
    /// # Errors
    /// Returns [`Error::Stop`] when the servers do not report within five seconds that they have closed; their ports may then still be
    /// taken.
    pub fn stop(&mut self) -> Result<()> {
        let Some(runloop) = self.runloop.take() else { return Ok(()) };
        if self.commands.send(SimnetCommand::Terminate(None)).is_err() {
            return Err(Error::Stop("the network had already ended by itself".into()));
        }
        let deadline = Instant::now() + STOP_TIMEOUT;
        for closed in 0..SERVERS {
            if self.closed.recv_deadline(deadline).is_err() {
                return Err(Error::Stop(format!("{closed} of {SERVERS} servers closed in time")));
            }
        }
        runloop.join().map_err(|_| Error::Stop("the machine's thread panicked".into()))
    }

    /// Sets the clock to that of a snapshot, which may be earlier than the machine's.
    fn set_clock(&self, clock: Clock) -> Result<()> {
        let (done, answered) = crossbeam_channel::bounded(1);
        let ended = || Error::Start("the network has ended".into());
        let command = SimnetCommand::UpdateInternalClockWithConfirmation(None, clock, done);
        self.commands.send(command).map_err(|_| ended())?;
        answered.recv_timeout(STOP_TIMEOUT).map(drop).map_err(|_| ended())
    }

    /// Sets the payer's balance. An airdrop does not do, because all airdrops together cannot exceed a million SOL.
    fn fund_payer(&self, lamports: u64) -> Result<()> {
        let payer = self.client.payer().pubkey();
        self.client.set_account_with_lamports(&payer, &system_program::ID, &[], lamports)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // No caller is left to report an error to.
        let _ = self.stop();
    }
}

/// Returns the given ports, and free ones in place of those not given. The first free port is held while the second is searched, so
/// that they differ.
fn choose_ports(rpc: Option<u16>, ws: Option<u16>) -> Result<(u16, u16)> {
    let hold = |port: Option<u16>| -> Result<(u16, Option<TcpListener>)> {
        if let Some(port) = port {
            // The machine's own words about it name options that nobody has here.
            let taken = |error| Error::Start(format!("port {port} is taken, or cannot be had: {error}"));
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(taken)?;
            return Ok((port, None));
        }
        let failed = |error| Error::Start(format!("finding a free port: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        Ok((listener.local_addr().map_err(failed)?.port(), Some(listener)))
    };
    let (rpc_port, _held_rpc) = hold(rpc)?;
    let (ws_port, _held_ws) = hold(ws)?;
    Ok((rpc_port, ws_port))
}

/// Accounts of a snapshot, by address.
type Accounts = BTreeMap<String, Option<AccountSnapshot>>;

type Launched = (Sender<SimnetCommand>, Receiver<()>, JoinHandle<()>);

/// Starts the machine's thread and the thread that drains its events, and waits for the machine to be ready.
fn launch(rpc_port: u16, ws_port: u16, blocks: Blocks, accounts: &Accounts) -> Result<Launched> {
    let simnet = SimnetConfig {
        offline_mode: true,
        remote_rpc_url: None,
        slot_time: blocks.slot_ms(),
        block_production_mode: match blocks {
            Blocks::Clock => BlockProductionMode::Clock,
            Blocks::Transaction => BlockProductionMode::Transaction,
        },
        // Profiling runs every transaction once more for each of its instructions.
        instruction_profiling_enabled: false,
        snapshot: accounts.clone(),
        ..SimnetConfig::default()
    };
    let svm = SurfnetSvmConfig {
        surfnet_id: simnet.surfnet_id.clone(),
        feature_config: SvmFeatureConfig::default(),
        slot_time: simnet.slot_time,
        instruction_profiling_enabled: simnet.instruction_profiling_enabled,
        max_profiles: simnet.max_profiles,
        log_bytes_limit: simnet.log_bytes_limit,
        skip_blockhash_check: simnet.skip_blockhash_check,
    };
    let (machine, events, geyser) =
        SurfnetSvm::new(svm).map_err(|error| Error::Start(format!("the machine: {error}")))?;
    let config = SurfpoolConfig {
        simnets: vec![simnet],
        rpc: RpcConfig { bind_host: HOST.into(), bind_port: rpc_port, ws_port, ..RpcConfig::default() },
        ..SurfpoolConfig::default()
    };

    let (commands, commands_rx) = unbounded();
    let (ready, ready_rx) = unbounded();
    let (closed, closed_rx) = unbounded();
    let spawn_failed = |error| Error::Start(format!("a thread: {error}"));

    let ready_from_events = ready.clone();
    std::thread::Builder::new()
        .name("localnet-events".into())
        .spawn(move || drain(&events, &ready_from_events, &closed))
        .map_err(spawn_failed)?;

    let commands_for_machine = commands.clone();
    let runloop = std::thread::Builder::new()
        .name("localnet".into())
        .spawn(move || {
            let ended = run(machine, config, commands_for_machine, commands_rx, geyser);
            // Before the network is ready, this is the reason why it did not start; afterwards nothing receives it.
            let _ = ready.send(Err(ended.err().unwrap_or_else(|| "it ended at once".into())));
        })
        .map_err(spawn_failed)?;

    match ready_rx.recv_timeout(START_TIMEOUT) {
        Ok(Ok(())) => Ok((commands, closed_rx, runloop)),
        Ok(Err(reason)) => Err(Error::Start(reason)),
        Err(_) => Err(Error::Start(format!("not ready after {} s", START_TIMEOUT.as_secs()))),
    }
}

/// Runs the machine until it is told to end. Its calls block, so it has a runtime with several threads to itself.
fn run(
    machine: SurfnetSvm,
    config: SurfpoolConfig,
    commands: Sender<SimnetCommand>,
    commands_rx: Receiver<SimnetCommand>,
    geyser: Receiver<GeyserEvent>,
) -> std::result::Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("localnet-worker")
        .enable_all()
        .build()
        .map_err(|error| format!("a runtime: {error}"))?;
    let ended = runtime.block_on(surfpool_core::runloops::start_local_surfnet_runloop(
        SurfnetSvmLocker::new(machine),
        config,
        commands,
        commands_rx,
        geyser,
    ));
    let ended = ended.map_err(|error| error.to_string());
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// Receives the machine's events until both servers have closed, because the machine stops when nobody receives them.
fn drain(events: &Receiver<SimnetEvent>, ready: &Sender<std::result::Result<(), String>>, closed: &Sender<()>) {
    let mut servers = SERVERS;
    while servers > 0 {
        // A send fails only when the receiver has gone, and then nobody waits for the event.
        match events.recv() {
            Ok(SimnetEvent::CoreStarted(_)) => {
                let _ = ready.send(Ok(()));
            }
            Ok(SimnetEvent::Aborted(reason)) => {
                let _ = ready.send(Err(reason));
            }
            Ok(SimnetEvent::Shutdown) => {
                servers -= 1;
                let _ = closed.send(());
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
