//! How a command tells the process of a running market what to do: one line of JSON over a connection on this machine, and one
//! line back.
//!
//! The process writes `control.json` into its folder, which names its address, once all is ready, and takes it away when it ends.
//! Its sponsor handles one request after the other, between two publications of prices, and answers when the network shows what
//! was asked for: a request is done in full, or answered with an error.

use crate::{failure::advised, output};
use anyhow::{Context, Result, bail};
use evergreen_sdk::{atomic_file, presets::Asset};
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

/// Name of the file in a market's folder.
const FILE: &str = "control.json";
/// How long either side waits for the other.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Longest line that is read.
const LONGEST: u64 = 4_096;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Change nothing; only report.
    Show,
    /// Let the clock stand still.
    Pause,
    /// Let it run again.
    Resume,
    /// Move it forward by so many seconds.
    Advance(u32),
    /// Keep a price from now on, in hundred-millionths of a dollar.
    Set(Asset, i64),
    /// Let a price, or all of them, follow the path again.
    Follow(Option<Asset>),
    /// Write the market as it is into its folder.
    Save,
}

/// Clock and prices of a running market.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// The chain's clock.
    pub unix_timestamp: i64,
    /// Whether it stands still.
    pub paused: bool,
    /// Seconds that pass on the chain in one second while it runs.
    pub speed: u32,
    /// Whether it jumps to what is waited for.
    pub hurries: bool,
    /// When its path of prices ends; they stay at their last ones then.
    pub path_ends: i64,
    /// The prices published last.
    pub prices: Vec<Published>,
}

/// A price as the sponsor publishes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Published {
    /// Symbol of the underlying.
    pub underlying: String,
    /// Dollars.
    pub dollars: String,
    /// Whether it was set; otherwise it follows its path.
    pub set: bool,
}

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(State),
    Failed(String),
}

/// A request and where its answer goes.
pub struct Call {
    /// What is asked for.
    pub request: Request,
    answer: Sender<Result<State, String>>,
}

impl Call {
    /// Answers it.
    pub fn answer(self, result: Result<State>) {
        // The sender may have gone.
        let _ = self.answer.send(result.map_err(|error| format!("{error:#}")));
    }
}

/// The content of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Address {
    control: String,
    rpc_url: String,
}

/// The file of a running market; taken away when this is dropped, unless another market has put its own there.
pub struct Announced {
    path: PathBuf,
    text: String,
}

impl Drop for Announced {
    fn drop(&mut self) {
        if std::fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            // Somebody may have taken it away meanwhile.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Listens on a free port of this machine; requests arrive at the receiver. The listening thread ends with the process.
///
/// # Errors
/// When there is no port.
pub fn listen() -> Result<(String, Receiver<Call>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("a port for the control of the market")?;
    let address = listener.local_addr().context("the port for the control of the market")?.to_string();
    let (calls, received) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let calls = calls.clone();
            // A silent connection must not keep others waiting.
            std::thread::spawn(move || serve(&connection, &calls));
        }
    });
    Ok((address, received))
}

/// One connection: a line in, a line out. A line that is no request is answered with an error.
fn serve(connection: &TcpStream, calls: &Sender<Call>) -> Option<()> {
    connection.set_read_timeout(Some(LONGEST_WAIT)).ok()?;
    let mut line = String::new();
    BufReader::new(connection.take(LONGEST)).read_line(&mut line).ok()?;
    let answer = match serde_json::from_str(&line) {
        Ok(request) => {
            let (answer, answered) = channel();
            calls.send(Call { request, answer }).ok()?;
            match answered.recv_timeout(patience(request)).ok()? {
                Ok(state) => Answer::Done(state),
                Err(why) => Answer::Failed(why),
            }
        }
        Err(error) => Answer::Failed(format!("no request: {error}")),
    };
    let mut to = connection;
    writeln!(to, "{}", serde_json::to_string(&answer).ok()?).ok()
}

/// How long the answer to a request may take: a market of hundreds of pools is not saved in a moment.
const fn patience(request: Request) -> Duration {
    match request {
        Request::Save => LONGEST_WAIT.saturating_mul(20),
        _ => LONGEST_WAIT,
    }
}

/// Writes the file that names a market's address; it appears whole or not at all.
///
/// # Errors
/// When the folder cannot be written.
pub fn announce(folder: &Path, control: &str, rpc_url: &str) -> Result<Announced> {
    let path = folder.join(FILE);
    let text = serde_json::to_string(&Address { control: control.into(), rpc_url: rpc_url.into() })?;
    atomic_file::write(&path, text.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
    Ok(Announced { path, text })
}

/// A running market, seen from another process.
pub struct Remote {
    address: Address,
}

impl Remote {
    /// The market of a folder, if one has announced itself.
    pub fn find(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|_| gone(folder))?;
        let address =
            serde_json::from_str(&text).with_context(|| format!("{} is of another version", path.display()))?;
        Ok(Self { address })
    }

    /// Whether the process that wrote the address is still there.
    pub fn answers(&self) -> bool {
        TcpStream::connect(&self.address.control).is_ok()
    }

    /// Whether the address is one of this machine.
    pub fn is_near(&self) -> bool {
        self.address.control.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback())
    }

    /// URL of its JSON-RPC.
    pub fn rpc_url(&self) -> &str {
        &self.address.rpc_url
    }

    /// Asks, and waits until it is done.
    ///
    /// # Errors
    /// When nobody is there, or the market could not do it.
    pub fn ask(&self, folder: &Path, request: Request) -> Result<State> {
        let bar = output::progress("asking the local market");
        let answer = self.exchange(request);
        bar.finish_and_clear();
        match answer {
            Ok(Answer::Done(state)) => Ok(state),
            Ok(Answer::Failed(why)) => bail!("the local market could not do it: {why}"),
            Err(_) => Err(gone(folder)),
        }
    }

    fn exchange(&self, request: Request) -> Result<Answer> {
        let mut connection = TcpStream::connect(&self.address.control)?;
        connection.set_read_timeout(Some(patience(request)))?;
        writeln!(connection, "{}", serde_json::to_string(&request)?)?;
        let mut line = String::new();
        BufReader::new(connection.take(LONGEST)).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

fn gone(folder: &Path) -> anyhow::Error {
    advised(
        format!("no local market of the folder {} runs", folder.display()),
        "start one: evergreen localnet; of one that runs name the configuration: --config FOLDER/config.yml",
    )
}
