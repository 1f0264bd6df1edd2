//! The past of a local market, for its app: an index of all events, and the server that tells it.

use anyhow::{Context as _, Result};
use evergreen_sdk::client::{Client, Endpoints};
use evergreen_service::{DataServer, Indexer, Store};
use std::{
    io::ErrorKind,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};
use tokio::{runtime::Builder, sync::oneshot};

/// Longest time between two looks at the network.
const INTERVAL: Duration = Duration::from_secs(1);

/// Indexes and tells until it is dropped.
pub struct Past {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Past {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Whether it has panicked was told on its thread.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl Past {
    /// Begins with an empty database in a folder: a network has forgotten what was before its start, and so does the index.
    ///
    /// # Errors
    /// When the database cannot be made.
    pub fn start(url: &str, folder: &Path) -> Result<Self> {
        let (url, database) = (url.to_owned(), folder.join("events.db"));
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        // A connection of the database stays on one thread.
        let thread = std::thread::spawn(move || drop(tell.send(run(&url, &database, stopped, &tell))));
        let address = told.recv().context("the index of the past has ended")??;
        let address = address.context("the index of the past has ended")?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Address for questions.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

/// Tells the address once it listens, and goes on until it is stopped.
fn run(
    url: &str,
    database: &Path,
    stopped: oneshot::Receiver<()>,
    tell: &mpsc::Sender<Result<Option<SocketAddr>>>,
) -> Result<Option<SocketAddr>> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (server, indexer) = open(url, database).await?;
        drop(tell.send(Ok(Some(server.address))));
        tokio::select! {
            () = indexer.run(INTERVAL) => {}
            _ = stopped => {}
        }
        Ok(None)
    })
}

async fn open(url: &str, database: &Path) -> Result<(DataServer, Indexer)> {
    for ending in ["", "-wal", "-shm"] {
        let mut file = database.as_os_str().to_owned();
        file.push(ending);
        let file = PathBuf::from(file);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", file.display()));
            }
            _ => {}
        }
    }
    let place = format!("sqlite://{}", database.display());
    let store = Store::open(&place).await.with_context(|| format!("opening the database {place}"))?;
    let nodes = Endpoints::new([url.to_owned()]);
    let indexer = Indexer::open(&store, move |commitment| Client::over_at(&nodes, commitment).trusting()).await;
    let indexer = indexer.with_context(|| format!("reading the database {place}"))?;
    let server = DataServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), store).await;
    Ok((server.context("listening for questions about the past")?, indexer))
}
