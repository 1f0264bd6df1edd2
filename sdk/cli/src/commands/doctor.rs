//! `evergreen doctor`: checks everything that a command needs, and says what to do next.

use crate::{
    Global,
    context::Context,
    output::{self, date, table},
};
use anyhow::{Result, bail};
use clap::Args;
use evergreen_sdk::{
    address,
    client::Filter,
    evergreen::state::{LAYOUT_VERSION, Pool, Protocol},
};
use serde::Serialize;
use solana_signer::Signer;

/// Check configuration, network, program, prices and balances, and say what to do next
#[derive(Args)]
pub struct Doctor {
    /// Look at this pool only
    #[arg(long, short)]
    pool: Option<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Good,
    Warning,
    Bad,
}

#[derive(Debug, Serialize)]
struct Check {
    check: String,
    outcome: Outcome,
    details: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Default)]
struct Findings(Vec<Check>);

impl Findings {
    fn good(&mut self, check: &str, details: impl Into<String>) {
        self.0.push(Check { check: check.into(), outcome: Outcome::Good, details: details.into(), next: None });
    }

    fn add(&mut self, outcome: Outcome, check: &str, details: impl ToString, next: &str) {
        let next = Some(next.to_owned());
        self.0.push(Check { check: check.into(), outcome, details: details.to_string(), next });
    }
}

impl Doctor {
    /// Looks at everything; fails when something is bad.
    pub async fn run(&self, global: Global) -> Result<()> {
        let json = global.json;
        let mut findings = Findings::default();
        findings.good("command", format!("evergreen {}, layout {LAYOUT_VERSION}", env!("CARGO_PKG_VERSION")));
        match Context::new(global) {
            Ok(context) => self.examine(&context, &mut findings).await,
            Err(error) => findings.add(
                Outcome::Bad,
                "configuration",
                format!("{error:#}"),
                "`evergreen localnet` writes a configuration; `solana config set` another",
            ),
        }
        let bad = findings.0.iter().filter(|check| check.outcome == Outcome::Bad).count();
        if json {
            output::print_json(&findings.0)?;
        } else {
            let mut shown = table(["", "check", "result"]);
            for check in &findings.0 {
                let mark = match check.outcome {
                    Outcome::Good => "✓",
                    Outcome::Warning => "!",
                    Outcome::Bad => "✗",
                };
                let next = check.next.as_ref().map_or_else(String::new, |next| format!("\n→ {next}"));
                shown.add_row([mark.to_owned(), check.check.clone(), format!("{}{next}", check.details)]);
            }
            println!("{shown}");
        }
        if bad > 0 {
            bail!("{bad} of {} checks failed", findings.0.len());
        }
        Ok(())
    }

    async fn examine(&self, context: &Context, findings: &mut Findings) {
        let bar = output::progress("looking");
        if network(context, findings).await {
            program(context, findings).await;
            prices(context, findings).await;
            wallet(context, findings).await;
            self.pools(context, findings).await;
        }
        bar.finish_and_clear();
    }

    async fn pools(&self, context: &Context, findings: &mut Findings) {
        let names: Vec<String> = match &self.pool {
            Some(name) => vec![name.clone()],
            None => match context.client.find::<Pool>(Filter::ALL).await {
                Ok(pools) => pools.value.iter().map(|(key, _)| key.to_string()).collect(),
                Err(error) => return findings.add(Outcome::Bad, "pools", error, "ask the network's operator"),
            },
        };
        if names.is_empty() {
            let next = "an operator creates one: evergreen pool create --mint MINT";
            findings.add(Outcome::Warning, "pools", "there are none", next);
        }
        for name in names {
            let pool = match context.pool(&name).await {
                Ok(pool) => pool,
                Err(error) => {
                    findings.add(Outcome::Bad, "pool", format!("{error:#}"), "see `evergreen pool list`");
                    continue;
                }
            };
            let check = format!("pool {}", pool.name);
            let flags = pool.view.pool.flags;
            if flags & (Pool::HALTED | Pool::DISTRESSED) != 0 {
                let details = "it takes no new risk";
                findings.add(Outcome::Warning, &check, details, "closing and withdrawing still work");
            } else {
                findings.good(&check, format!("open, {} of liquidity", pool.amount(pool.view.pool.pool_cash)));
            }
            if pool.stock_price.is_none() {
                let next = "give --stock-price, or write it into the market file, to size trades in coins";
                findings.add(Outcome::Warning, &check, "what its stock is worth is not known", next);
            }
            let Ok(key) = context.keypair() else { continue };
            let wallet = pool.keys().wallet(&key.pubkey());
            match context.client.rpc().get_token_account_balance(&wallet).await {
                Ok(balance) => {
                    let native = balance.amount.parse::<i64>().unwrap_or(0);
                    findings.good(&check, format!("the wallet holds {}", pool.amount(native)));
                }
                Err(_) => {
                    let details = format!("the wallet holds no {}", pool.name);
                    findings.add(Outcome::Warning, &check, details, "get some before you deposit");
                }
            }
        }
    }
}

/// Whether the network answers.
async fn network(context: &Context, findings: &mut Findings) -> bool {
    match (context.client.rpc().get_version().await, context.client.clock().await) {
        (Ok(version), Ok(clock)) => {
            let now = date(clock.value);
            findings.good("network", format!("{}, version {}, its clock {now}", context.url, version.solana_core));
            true
        }
        (Err(error), _) => {
            let details = format!("{} does not answer: {error}", context.url);
            findings.add(Outcome::Bad, "network", details, "check --url, or start one: evergreen localnet");
            false
        }
        (_, Err(error)) => {
            findings.add(Outcome::Bad, "network", error, "the network has no clock: take another --url");
            false
        }
    }
}

async fn program(context: &Context, findings: &mut Findings) {
    match context.client.raw(&[address::PROGRAM]).await.map(|found| found.value.into_iter().next().flatten()) {
        Ok(Some(_)) => findings.good("program", address::PROGRAM.to_string()),
        Ok(None) => {
            let details = format!("{} is not on this network", address::PROGRAM);
            findings.add(Outcome::Bad, "program", details, "take another --url, or start one: evergreen localnet");
            return;
        }
        Err(error) => return findings.add(Outcome::Bad, "program", error, "try again"),
    }
    match context.find::<Protocol>(&address::protocol()).await {
        Ok(Some(protocol)) if protocol.version == LAYOUT_VERSION => {
            findings.good("protocol", format!("layout {}, admin {}", protocol.version, protocol.admin));
        }
        Ok(Some(protocol)) => {
            let details = format!("layout {}, this command knows {LAYOUT_VERSION}", protocol.version);
            findings.add(Outcome::Bad, "protocol", details, "use the command that belongs to the program's version");
        }
        Ok(None) => {
            let next = "its upgrade authority creates it: evergreen init";
            findings.add(Outcome::Bad, "protocol", "not created", next);
        }
        Err(error) => findings.add(Outcome::Bad, "protocol", error, "use a command of the program's version"),
    }
}

async fn prices(context: &Context, findings: &mut Findings) {
    let reports = match super::price::reports(context).await {
        Ok(reports) => reports,
        Err(error) => return findings.add(Outcome::Bad, "prices", format!("{error:#}"), "check --prices"),
    };
    for report in reports {
        let check = format!("price of {}", report.underlying);
        match (&report.spot, report.age_seconds) {
            (Some(spot), Some(age)) if report.usable => {
                findings.good(&check, format!("${spot}, {age} s old, {}", report.quality));
            }
            _ => {
                let next =
                    "wait for its publisher, post it (`evergreen price post`), or read others: --prices, --shard";
                findings.add(Outcome::Warning, &check, report.quality, next);
            }
        }
    }
}

async fn wallet(context: &Context, findings: &mut Findings) {
    let key = match context.keypair() {
        Ok(key) => key.pubkey(),
        Err(error) => {
            let next = "name one with --keypair, or make one: solana-keygen new";
            return findings.add(Outcome::Warning, "keypair", format!("{error:#}"), next);
        }
    };
    findings.good("keypair", format!("{key} from {}", context.keypair_path.display()));
    match context.client.rpc().get_balance(&key).await {
        // Rent of a margin account and some fees.
        Ok(lamports) if lamports >= 20_000_000 => findings.good("SOL", sol(lamports)),
        Ok(lamports) => {
            findings.add(Outcome::Warning, "SOL", sol(lamports), "get at least 0.02 SOL for fees and rent");
        }
        Err(error) => findings.add(Outcome::Bad, "SOL", error, "try again"),
    }
}

fn sol(lamports: u64) -> String {
    format!("{} SOL", evergreen_sdk::convert::tokens(lamports, 9).normalize())
}
