//! What the server of the page tells browsers, and whom it answers.

use super::*;
use crate::app::config::PageConfig;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const HISTORY: &str = "http://127.0.0.1:8788/v1";
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; \
     connect-src 'self' http://127.0.0.1:8899 ws://127.0.0.1:8900 http://127.0.0.1:8788; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A server on a folder with one file, beside which is another one that nobody may read; its faucet counts.
struct Running {
    server: PageServer,
    port: u16,
    given: Arc<AtomicU32>,
    _folder: TempDir,
}

async fn running() -> Running {
    let folder = TempDir::new().expect("a folder");
    let app = folder.path().join("app");
    std::fs::create_dir(&app).expect("a folder");
    std::fs::write(app.join("index.html"), "<h1>page</h1>").expect("a file");
    std::fs::write(folder.path().join("secret"), "beside the app").expect("a file");
    let config = PageConfig {
        rpc: "http://127.0.0.1:8899/key;x".to_owned(),
        websocket: "ws://127.0.0.1:8900/".to_owned(),
        network: "localnet",
        program: Pubkey::default().to_string(),
        pools: Vec::new(),
        history: Some(HISTORY.to_owned()),
        explorer: None,
        faucet: true,
    };
    let given = Arc::new(AtomicU32::new(0));
    let counts = given.clone();
    let faucet: Faucet = Arc::new(move |_| {
        counts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let files = Files::open(Some(&app)).expect("an app");
    let server = PageServer::start(0, files, &config, Some(faucet)).await.expect("a server");
    let port = server.url.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    Running { server, port, given, _folder: folder }
}

impl Running {
    /// Sends a request with these headers; returns the status and the whole answer.
    async fn asked(&self, request: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.expect("a connection");
        let mut text = format!("{request} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{text}\r\n{body}").as_bytes()).await.expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, answer)
    }

    fn own(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

#[tokio::test]
async fn every_answer_has_the_policy_and_names_only_what_the_page_may_ask() {
    let running = running().await;
    let own = running.own();
    assert_eq!(running.server.url, format!("http://{own}/"));
    for (request, status) in [("GET /", 200), ("GET /config.json", 200), ("GET /nothing", 404), ("PUT /", 405)] {
        let (told, answer) = running.asked(request, &[("Host", &own)], "").await;
        assert_eq!(told, status, "{request}");
        for line in [
            format!("content-security-policy: {POLICY}\r\n"),
            "x-content-type-options: nosniff\r\n".to_owned(),
            "x-frame-options: DENY\r\n".to_owned(),
            "referrer-policy: no-referrer\r\n".to_owned(),
        ] {
            assert!(answer.contains(&line), "{request}: {line}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_foreign_host_is_told_nothing() {
    let running = running().await;
    let own = running.own();
    let foreign = ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example"];
    for host in foreign.iter().map(|host| (*host).to_owned()).chain([format!("{own}.evil.example")]) {
        for request in ["GET /", "GET /config.json", "POST /fund"] {
            let headers = [("Host", &*host), ("Origin", &format!("http://{own}"))];
            let (status, answer) = running.asked(request, &headers, &Pubkey::default().to_string()).await;
            assert_eq!(status, 421, "{host}: {request}");
            assert!(!answer.contains("<h1>") && !answer.contains("\"rpc\""), "{answer}");
        }
    }
    let local = format!("localhost:{}", running.port);
    assert_eq!(running.asked("GET /config.json", &[("Host", &local)], "").await.0, 200);
    assert_eq!(running.given.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn tokens_are_given_to_the_page_alone() {
    let running = running().await;
    let (own, address) = (running.own(), Pubkey::default().to_string());
    let (page, port) = (format!("http://{own}"), running.port);
    for origin in ["http://evil.example", "null", &format!("https://{own}"), &format!("http://127.0.0.1:{}", port ^ 1)]
    {
        let (status, _) = running.asked("POST /fund", &[("Host", &own), ("Origin", origin)], &address).await;
        assert_eq!(status, 405, "{origin}");
    }
    assert_eq!(running.asked("POST /fund", &[("Host", &own)], &address).await.0, 405, "of no page");
    assert_eq!(running.given.load(Ordering::Relaxed), 0);
    let from = [("Host", &*own), ("Origin", &*page)];
    assert_eq!(running.asked("POST /fund", &from, "nobody").await.0, 400);
    assert_eq!(running.asked("POST /fund", &from, &address).await.0, 200);
    assert_eq!(running.given.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let running = running().await;
    let own = running.own();
    for path in ["/../secret", "/..%2fsecret", "//etc/passwd", "/assets/../../secret", "/./../secret"] {
        let (status, answer) = running.asked(&format!("GET {path}"), &[("Host", &own)], "").await;
        assert!(status == 404 || status == 400, "{path}: {status}");
        assert!(!answer.contains("beside the app") && !answer.contains("root:"), "{answer}");
    }
}
