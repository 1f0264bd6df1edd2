//! A relay to the network that can be cut, so that connections break as they do on real networks.

use std::sync::Arc;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Mutex, watch},
    task::JoinSet,
};

/// A relay to a port on this machine.
pub struct Proxy {
    /// Port on which the relay listens.
    pub port: u16,
    open: watch::Sender<bool>,
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
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let all = connections.clone();
        let listener = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                if !*is_open.borrow() {
                    continue;
                }
                all.lock().await.spawn(async move {
                    if let Ok(mut to) = TcpStream::connect(("127.0.0.1", target)).await {
                        let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                    }
                });
            }
        });
        Self { port, open, connections, listener }
    }

    /// Breaks all connections, and closes new ones at once.
    pub async fn cut(&self) {
        self.open.send_replace(false);
        self.connections.lock().await.abort_all();
    }

    /// Relays connections again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}
