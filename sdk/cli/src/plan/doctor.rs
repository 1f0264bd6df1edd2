//! Checks of everything that a command needs.

use super::price::Judged;
use crate::{
    amount::dollars,
    args::{doctor::Doctor, global::Global},
    context::{Context, symbol},
    failure::{Report, in_words},
    output::{date, place},
};
use evergreen_sdk::{
    address,
    client::Filter,
    convert,
    evergreen::state::{LAYOUT_VERSION, Pool, Protocol},
};
use serde::Serialize;
use solana_signer::Signer;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// All is in order.
    Good,
    /// Something is missing that some commands need.
    Warning,
    /// No command works.
    Bad,
}

/// A check and how it came out.
#[derive(Debug, Serialize)]
pub struct Check {
    /// The thing that is checked.
    pub check: String,
    /// How it came out.
    pub outcome: Severity,
    /// In words.
    pub details: String,
    /// What to do next, if something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Default)]
struct Findings(Vec<Check>);

impl Findings {
    fn good(&mut self, check: &str, details: impl Into<String>) {
        self.0.push(Check { check: check.into(), outcome: Severity::Good, details: details.into(), next: None });
    }

    fn add(&mut self, outcome: Severity, check: &str, details: impl ToString, next: &str) {
        let next = Some(next.to_owned());
        self.0.push(Check { check: check.into(), outcome, details: details.to_string(), next });
    }
}

/// Looks at everything.
pub async fn checks(args: &Doctor, global: Global) -> Vec<Check> {
    let mut findings = Findings::default();
    findings.good("command", format!("evergreen {}, layout {LAYOUT_VERSION}", env!("CARGO_PKG_VERSION")));
    match Context::new(global) {
        Ok(context) => examine(args, &context, &mut findings).await,
        Err(error) => {
            let report = Report::of(&error, None);
            let next = "mend what is named; `evergreen localnet` writes a configuration for a market on this machine";
            let next = report.next.unwrap_or_else(|| next.to_owned());
            findings.add(Severity::Bad, "configuration", report.error, &next);
        }
    }
    findings.0
}

async fn examine(args: &Doctor, context: &Context, findings: &mut Findings) {
    if network(context, findings).await {
        program(context, findings).await;
        prices(context, findings).await;
        wallet(context, findings).await;
        pools(args, context, findings).await;
    }
}

async fn pools(args: &Doctor, context: &Context, findings: &mut Findings) {
    let names: Vec<String> = match &args.pool {
        Some(name) => vec![name.clone()],
        None => match context.client.find::<Pool>(Filter::ALL).await {
            Ok(pools) => pools.value.iter().map(|(key, _)| key.to_string()).collect(),
            Err(error) => return findings.add(Severity::Bad, "pools", error, "ask the network's operator"),
        },
    };
    if names.is_empty() {
        let next = "an operator creates one: evergreen pool create --mint MINT";
        findings.add(Severity::Warning, "pools", "there are none", next);
    }
    for name in names {
        let pool = match context.pool(&name).await {
            Ok(pool) => pool,
            Err(error) => {
                findings.add(Severity::Bad, "pool", format!("{error:#}"), "see `evergreen pool list`");
                continue;
            }
        };
        let check = format!("pool {}", pool.name);
        let flags = pool.view.pool.flags;
        if flags & (Pool::HALTED | Pool::DISTRESSED) != 0 {
            let details = "it takes no new risk";
            findings.add(Severity::Warning, &check, details, "closing and withdrawing still work");
        } else {
            findings.good(&check, format!("open, {} of liquidity", pool.amount(pool.view.pool.pool_cash)));
        }
        if pool.stock_price.is_none() {
            let next = "give --stock-price, or write it into the market file, to size trades in coins";
            findings.add(Severity::Warning, &check, "what its stock is worth is not known", next);
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
                findings.add(Severity::Warning, &check, details, "get some before you deposit");
            }
        }
    }
}

/// Whether the network answers.
async fn network(context: &Context, findings: &mut Findings) -> bool {
    match (context.client.rpc().get_version().await, context.client.clock().await) {
        (Ok(version), Ok(clock)) => {
            let now = date(clock.value);
            findings
                .good("network", format!("{}, version {}, its clock {now}", place(&context.url), version.solana_core));
            true
        }
        (Err(error), _) => {
            let details = format!("{} does not answer: {error}", place(&context.url));
            let next = "check --url, or start one: `evergreen localnet`";
            let (details, next) = in_words(&details).unwrap_or((details, next));
            findings.add(Severity::Bad, "network", details, next);
            false
        }
        (_, Err(error)) => {
            findings.add(Severity::Bad, "network", error, "the network has no clock: take another --url");
            false
        }
    }
}

async fn program(context: &Context, findings: &mut Findings) {
    match context.raw(address::PROGRAM).await {
        Ok(Some(_)) => {
            findings.good("program", address::PROGRAM.to_string());
            build(context, findings).await;
        }
        Ok(None) => {
            let details = format!("{} is not on this network", address::PROGRAM);
            findings.add(Severity::Bad, "program", details, "take another --url, or start one: `evergreen localnet`");
            return;
        }
        Err(error) => return findings.add(Severity::Bad, "program", error, "try again"),
    }
    match context.find::<Protocol>(&address::protocol()).await {
        Ok(Some(protocol)) if protocol.version == LAYOUT_VERSION => {
            findings.good("protocol", format!("layout {}, admin {}", protocol.version, protocol.admin));
        }
        Ok(Some(protocol)) => {
            let details = format!("layout {}, this command knows {LAYOUT_VERSION}", protocol.version);
            findings.add(Severity::Bad, "protocol", details, "use the command that belongs to the program's version");
        }
        Ok(None) => {
            let next = "its upgrade authority creates it: evergreen init";
            findings.add(Severity::Bad, "protocol", "not created", next);
        }
        Err(error) => findings.add(Severity::Bad, "protocol", error, "use a command of the program's version"),
    }
}

/// Whether the program is the one that this command was built with: quotes of another version may be off.
async fn build(context: &Context, findings: &mut Findings) {
    const CHECK: &str = "build";
    let on_chain = match evergreen_migrations::program_sha256(&context.client).await {
        Ok(hash) => hex::encode(hash),
        Err(error) => return findings.add(Severity::Warning, CHECK, format!("{error:#}"), "try again"),
    };
    match option_env!("EVERGREEN_BUILT_WITH") {
        Some(own) if own == on_chain => findings.good(CHECK, format!("{on_chain}, as this command was built with")),
        Some(own) => {
            let details = format!("the program is {on_chain}, and this command was built with {own}");
            let next = "quotes may be off: use the command that belongs to the program, or compare builds with `evergreen govern verify-program`";
            findings.add(Severity::Warning, CHECK, details, next);
        }
        None => {
            let details = format!("the program is {on_chain}, and this command was built without one beside it");
            let next = "`evergreen govern verify-program` compares it with a file";
            findings.add(Severity::Warning, CHECK, details, next);
        }
    }
}

async fn prices(context: &Context, findings: &mut Findings) {
    let known = match super::price::all(context).await {
        Ok(known) => known,
        Err(error) => return findings.add(Severity::Bad, "prices", format!("{error:#}"), "check --prices"),
    };
    for Judged { underlying, price, now, .. } in known {
        let check = format!("price of {}", symbol(&underlying.symbol));
        let refused = match price {
            Some(Ok(price)) => {
                let age = now.saturating_sub(price.published.0);
                findings.good(&check, format!("${}, {age} s old, {:?}", dollars(price.spot), price.quality));
                continue;
            }
            Some(Err(refusal)) => refusal.to_string(),
            None => "no price account".to_owned(),
        };
        let next = "wait for its publisher, post it (`evergreen price post`), or read others: --prices, --shard";
        findings.add(Severity::Warning, &check, refused, next);
    }
}

async fn wallet(context: &Context, findings: &mut Findings) {
    let key = match context.keypair() {
        Ok(key) => key.pubkey(),
        Err(error) => {
            let next = "name one with --keypair, or make one: solana-keygen new";
            return findings.add(Severity::Warning, "keypair", format!("{error:#}"), next);
        }
    };
    findings.good("keypair", format!("{key} from {}", context.keypair_path.display()));
    match context.client.rpc().get_balance(&key).await {
        // Rent of a margin account and some fees.
        Ok(lamports) if lamports >= 20_000_000 => findings.good("SOL", sol(lamports)),
        Ok(lamports) => {
            findings.add(Severity::Warning, "SOL", sol(lamports), "get at least 0.02 SOL for fees and rent");
        }
        Err(error) => findings.add(Severity::Bad, "SOL", error, "try again"),
    }
}

fn sol(lamports: u64) -> String {
    format!("{} SOL", convert::tokens(lamports, 9).normalize())
}
