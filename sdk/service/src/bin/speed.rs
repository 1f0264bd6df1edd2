//! Measures the data service: `evergreen-service-speed [EVENTS] [DATABASE]` stores a made-up history, a million events in a file of its own where nothing else is said, and then asks
//! what a page asks, over HTTP.

use evergreen_service::{DataServer, Store, Writer, testing::History};
use std::{
    error::Error,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// Questions of each kind.
const QUESTIONS: usize = 1_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let wanted: usize = args.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let file = std::env::temp_dir().join(format!("evergreen-service-speed-{}.db", std::process::id()));
    let database = args.next();
    let address = database.clone().unwrap_or_else(|| format!("sqlite://{}", file.display()));
    let store = Store::open(&address).await?;
    let mut history = History::new(7, 3, 5_000);
    let written = write(&store, &mut history, wanted).await?;
    println!("{written}");
    if database.is_none() {
        let size: u64 = ["", "-wal"]
            .iter()
            .filter_map(|end| std::fs::metadata(format!("{}{end}", file.display())).ok())
            .map(|known| known.len())
            .sum();
        println!("  {:.0} MB, {} bytes an event", size as f64 / 1e6, size / wanted as u64);
    }
    let server = DataServer::start(([127, 0, 0, 1], 0).into(), store).await?;
    let result = ask_all(&server, &mut history).await;
    if database.is_none() {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
    result
}

async fn write(store: &Store, history: &mut History, wanted: usize) -> Result<String> {
    let mut writer = Writer::open(store).await?;
    let (begin, mut events, mut transactions, mut made) = (Instant::now(), 0, 0, Duration::ZERO);
    while events < wanted {
        let making = Instant::now();
        let batch: Vec<_> = history.by_ref().take(500).collect();
        made += making.elapsed();
        events += batch.iter().map(|one| one.events.len()).sum::<usize>();
        transactions += batch.len();
        writer.finalize(&batch).await?;
    }
    let time = begin.elapsed().saturating_sub(made).as_secs_f64();
    Ok(format!(
        "{events} events of {transactions} transactions stored in {time:.1} s: {:.0} a second",
        events as f64 / time
    ))
}

async fn ask_all(server: &DataServer, history: &mut History) -> Result<()> {
    let accounts: Vec<_> = history.accounts().collect();
    let pools = history.pools().to_vec();
    let mut client = Client::connect(server).await?;
    let status = client.get("/v1/status").await?;
    let last: u64 = between(&status, "\"lastEvent\":\"", "\"").parse()?;
    for (name, kind) in [
        ("events of an account", 0),
        ("events of a pool", 1),
        ("events from anywhere", 2),
        ("candles", 3),
        ("volatility", 4),
        ("open interest", 5),
        ("portfolio", 6),
        ("leaders", 7),
        ("rare events of a pool", 8),
        ("all of an account", 9),
    ] {
        let mut times = Vec::with_capacity(QUESTIONS);
        for _ in 0..QUESTIONS {
            let (account, owner) = accounts[history.below(accounts.len() as u64) as usize];
            let pool = pools[history.below(pools.len() as u64) as usize];
            let before = history.below(last);
            let underlying = history.underlying((before % 2) as u8);
            let path = match kind {
                0 => format!("/v1/events?address={account}&limit=100"),
                1 => format!("/v1/events?address={pool}&before={before}&limit=100"),
                2 => format!("/v1/events?before={before}&limit=100"),
                3 => format!("/v1/candles?pool={pool}&seconds=3600&limit=500"),
                4 => format!("/v1/volatility?underlying={underlying}&before={before}&limit=500"),
                5 => format!("/v1/interest?pool={pool}&underlying={}&limit=500", before % 2),
                6 => format!("/v1/portfolio?owner={owner}"),
                8 => format!("/v1/events?address={pool}&kind=WithdrawalExecuted&limit=1000"),
                9 => format!("/v1/events?address={account}&after=0&limit=1000"),
                _ => format!("/v1/leaders?pool={pool}&by=realised&skip={}&limit=50", before % 500),
            };
            let begin = Instant::now();
            let answer = client.get(&path).await?;
            times.push(begin.elapsed());
            if answer.contains("\"problem\"") {
                return Err(format!("{path}: {answer}").into());
            }
        }
        times.sort_unstable();
        let at = |part: usize| times[QUESTIONS * part / 100].as_secs_f64() * 1e3;
        println!("  {name:<22} half within {:6.2} ms, 99 of 100 within {:6.2} ms", at(50), at(99));
    }
    Ok(())
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(found, _)| found)
}

/// A connection that asks one question after the other.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(server: &DataServer) -> Result<Self> {
        let stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    async fn get(&mut self, path: &str) -> Result<String> {
        let asked = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        self.0.get_mut().write_all(asked.as_bytes()).await?;
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if self.0.read_line(&mut line).await? == 0 {
                return Err("the connection has ended".into());
            }
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok(String::from_utf8(body)?)
    }
}
