//! What the HTTP servers of Evergreen's commands have in common: the keeper's metrics, the data service and the page.
//!
//! A server holds a limited number of connections, and leaves one that does not say what it wants, so that a stranger who opens connections and is silent on them takes neither all file handles nor
//! the server's place.

use hyper::{
    Request, Response,
    body::{Body, Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, ToSocketAddrs},
    sync::Semaphore,
    task::JoinHandle,
};

/// How many connections a server holds, and how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at a time; who comes later waits.
    pub connections: usize,
    /// Time in which the head of a request has to be there, and in which a connection without a request is left.
    pub patience: Duration,
}

impl Default for Limits {
    /// Returns 1,000 connections, and ten seconds.
    fn default() -> Self {
        Self { connections: 1_000, patience: Duration::from_secs(10) }
    }
}

/// A server that answers until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Address that it listens at.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address that is listened at; who connects waits until it is served.
#[derive(Debug)]
pub struct Bound {
    /// The address.
    pub address: SocketAddr,
    listener: TcpListener,
}

impl Bound {
    /// Begins to listen; port 0 stands for any free port.
    ///
    /// # Errors
    /// Returns the error of the operating system if it cannot listen at the address.
    pub async fn at(address: impl ToSocketAddrs) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { address: listener.local_addr()?, listener })
    }

    /// Answers each request by `answer`, each connection in a task of its own.
    pub fn serve<A, F, B>(self, limits: Limits, answer: A) -> Server
    where
        A: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = Response<B>> + Send + 'static,
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        let Self { address, listener } = self;
        let free = Arc::new(Semaphore::new(limits.connections.max(1)));
        let task = tokio::spawn(async move {
            loop {
                let Ok(place) = free.clone().acquire_owned().await else { return };
                let Ok((stream, _)) = listener.accept().await else {
                    // The process may be out of file handles, for instance; that passes.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                let answer = answer.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let answered = answer(request);
                        async move { Ok::<_, Infallible>(answered.await) }
                    });
                    let mut connection = http1::Builder::new();
                    connection.timer(TokioTimer::new()).header_read_timeout(limits.patience);
                    // The other side may close the connection in the middle; that is no failure of the server.
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                    drop(place);
                });
            }
        });
        Server { address, task }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        time::timeout,
    };

    async fn started(limits: Limits) -> Server {
        let answer = |request: Request<Incoming>| {
            let path = request.uri().path().to_owned();
            async move { Response::new(Full::new(Bytes::from(path))) }
        };
        Bound::at("127.0.0.1:0").await.expect("a free port").serve(limits, answer)
    }

    /// What the server answers to a request, until it closes the connection.
    async fn asked(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"GET /path HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.expect("it is sent");
        let mut told = String::new();
        stream.read_to_string(&mut told).await.expect("an answer");
        told
    }

    #[tokio::test]
    async fn silent_connections_are_left_and_keep_nobody_out() {
        let limits = Limits { connections: 2, patience: Duration::from_millis(300) };
        let server = started(limits).await;
        // One says nothing, the other one never ends what it says: both places are taken.
        let mut silent = TcpStream::connect(server.address).await.expect("a connection");
        let mut slow = TcpStream::connect(server.address).await.expect("a connection");
        slow.write_all(b"GET /path HTTP/1.1\r\nhost:").await.expect("it is sent");
        let told = timeout(Duration::from_secs(30), asked(server.address)).await.expect("an answer in time");
        assert!(told.starts_with("HTTP/1.1 200") && told.ends_with("/path"), "{told}");
        for stream in [&mut silent, &mut slow] {
            let mut rest = Vec::new();
            let closed = timeout(Duration::from_secs(30), stream.read_to_end(&mut rest)).await;
            assert!(closed.is_ok(), "it is still open");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_dropped_listens_no_more() {
        let server = started(Limits::default()).await;
        let address = server.address;
        assert!(asked(address).await.ends_with("/path"));
        drop(server);
        let closed = async {
            while TcpStream::connect(address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(30), closed).await.expect("it is closed");
    }
}
