//! A relay to the network that can be cut, so that connections break as they do on real networks.

use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Mutex, watch},
    task::JoinSet,
};

/// A relay to a port on this machine.
pub struct Proxy {
    /// Port on which the relay listens.
    pub port: u16,
    open: watch::Sender<bool>,
    silent: watch::Sender<bool>,
    mute: watch::Sender<bool>,
    connections: Arc<Mutex<JoinSet<()>>>,
    listener: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Proxy {
    /// Starts a relay to the port of this URL on this machine.
    ///
    /// # Panics
    /// If the URL ends with no port.
    pub async fn to(url: &str) -> Self {
        let target: u16 = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (open, is_open) = watch::channel(true);
        let (silent, is_silent) = watch::channel(false);
        let (mute, is_mute) = watch::channel(false);
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let all = connections.clone();
        let listener = tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                if !*is_open.borrow() {
                    continue;
                }
                let (silent, mute) = (is_silent.clone(), is_mute.clone());
                all.lock().await.spawn(async move {
                    if let Ok(to) = TcpStream::connect(("127.0.0.1", target)).await {
                        let ((from_read, from_write), (to_read, to_write)) = (from.into_split(), to.into_split());
                        tokio::select! {
                            () = relayed(from_read, to_write, silent.clone(), None) => {}
                            () = relayed(to_read, from_write, silent, Some(mute)) => {}
                        }
                    }
                });
            }
        });
        Self { port, open, silent, mute, connections, listener }
    }

    /// Breaks all connections, and closes new ones at once.
    pub async fn cut(&self) {
        self.open.send_replace(false);
        self.connections.lock().await.abort_all();
    }

    /// Passes nothing on from now on, or goes on; connections stay, and new ones are taken, as on networks that lose their way without a word.
    pub fn set_silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    /// Passes on what opens a connection and nothing that is answered after it, or goes on: a websocket is taken, and no subscription is answered.
    pub fn set_mute(&self, mute: bool) {
        self.mute.send_replace(mute);
    }

    /// Relays connections again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}

/// Passes bytes on until one side ends, but none while the relay is silent, and none but the first ones while it is mute.
async fn relayed(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut silent: watch::Receiver<bool>,
    mut mute: Option<watch::Receiver<bool>>,
) {
    let (mut bytes, mut is_first) = (vec![0; 1 << 14], true);
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let Ok(_) = silent.wait_for(|silent| !*silent).await else { return };
        if let Some(mute) = mute.as_mut().filter(|_| !is_first) {
            let Ok(_) = mute.wait_for(|mute| !*mute).await else { return };
        }
        is_first = false;
        let Ok(()) = to.write_all(&bytes[..count]).await else { return };
    }
}
