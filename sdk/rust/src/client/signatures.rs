//! Lists of transactions, page by page. What one answer says alone is not believed: nodes cut lists off, and leave transactions out.

use super::{
    Client, ClientError, RpcClient,
    agreement::{Listed, agreed},
};
use anchor_lang::prelude::Pubkey;
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_signature::Signature;
use std::{collections::HashSet, time::Duration};
use tokio::time::sleep;

/// Largest number of signatures of one page.
pub(super) const MOST: usize = 1_000;
/// How often in a row it has to be said that there is nothing older until it is believed.
const SAID: u32 = 3;
/// Most answers to a question, until two of them agree.
const ANSWERS: u32 = 10;
/// Failures until a question counts as not answered, more than there are nodes.
const FAILURES: usize = 3;
/// Pause after a failure.
const PAUSE: Duration = Duration::from_millis(100);

/// Entries of a page, the newest first.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub entries: Vec<Listed>,
    /// Whether there are as many as were asked for.
    is_full: bool,
}

impl Page {
    /// The signatures of the successful ones.
    pub fn succeeded(&self) -> impl Iterator<Item = Signature> + '_ {
        self.entries.iter().filter(|entry| entry.succeeded).map(|entry| entry.signature)
    }

    /// The oldest, successful or not; `None` if there are none.
    pub fn last(&self) -> Option<Listed> {
        self.entries.last().copied()
    }
}

impl Client {
    /// Returns the signatures of all successful transactions that name an address, the newest first, back to `until`, which is not among them; with `None` all that the network keeps. `page` are asked
    /// for at a time, 1,000 at most.
    ///
    /// The list has no gap: each part of it was said twice alike, by different nodes where there are several, and no answer had more. It is complete only once the network names `until` as what comes
    /// before the oldest one. The newest transactions may be missing where a node lags; they come with the next list.
    ///
    /// # Errors
    /// [`ClientError::Rpc`]; [`ClientError::Answer`], also where the nodes do not agree, and where none knows `until` any more.
    pub async fn signatures_since(
        &self,
        address: &Pubkey,
        until: Option<Signature>,
        page: usize,
    ) -> Result<Vec<Signature>, ClientError> {
        let (mut found, mut before, mut empty) = (Vec::new(), None, 0);
        loop {
            let read = self.page_of(address, before, until, page).await?;
            found.extend(read.succeeded());
            let Some(oldest) = read.last().or(before) else { return Ok(found) };
            if !read.is_full {
                match (self.page_before(address, Some(oldest), 1).await?.last(), until) {
                    (None, None) => return Ok(found),
                    (Some(last), Some(until)) if last.signature == until => return Ok(found),
                    (None, Some(until)) => {
                        let words = "after which reading goes on: what came between is not told";
                        return Err(ClientError::Answer(format!(
                            "the network knows no transaction {until} of {address} any more, {words}"
                        )));
                    }
                    _ => {}
                }
            }
            empty = if read.entries.is_empty() { empty + 1 } else { 0 };
            if empty >= SAID {
                return Err(disagreement(address));
            }
            before = Some(oldest);
        }
    }

    /// Reads a page that is older than `before`. It is empty only if that was said three times, and nothing else.
    pub(super) async fn page_before(
        &self,
        address: &Pubkey,
        before: Option<Listed>,
        page: usize,
    ) -> Result<Page, ClientError> {
        self.page_of(address, before, None, page).await
    }

    /// Reads a page: as much of it as two answers say alike.
    async fn page_of(
        &self,
        address: &Pubkey,
        before: Option<Listed>,
        until: Option<Signature>,
        page: usize,
    ) -> Result<Page, ClientError> {
        let page = page.clamp(1, MOST);
        let (mut answers, mut empty, mut failures) = (Vec::new(), 0, 0);
        for turn in 0..ANSWERS {
            let told = match told(self.witness(turn), address, before, until, page).await {
                Ok(told) => told,
                Err(error) => {
                    failures += 1;
                    if failures > FAILURES + self.each().len() {
                        return Err(error);
                    }
                    sleep(PAUSE).await;
                    continue;
                }
            };
            if self.trusts {
                return Ok(Page { is_full: told.len() >= page, entries: told });
            }
            if told.is_empty() {
                empty += 1;
                // What is new may come later; that there is nothing older has to be said again.
                if answers.is_empty() && (until.is_some() || empty >= SAID) {
                    return Ok(Page::default());
                }
                continue;
            }
            if let Some(entries) = agreed(&answers, &told, before.is_some()) {
                return Ok(Page { is_full: entries.len() >= page, entries });
            }
            answers.push(told);
        }
        Err(disagreement(address))
    }

    /// Whom to ask for the so-many-th time what has to be said twice: first the node that serves everything else, then each of those that answer, the last one first.
    pub(super) fn witness(&self, turn: u32) -> &RpcClient {
        let health = self.nodes.iter().flat_map(|nodes| nodes.health());
        let up: Vec<usize> = (0..).zip(health).filter(|(_, health)| health.is_up).map(|(place, _)| place).collect();
        if turn == 0 || up.is_empty() {
            return &self.rpc;
        }
        let place = (up.len() - turn as usize % up.len()) % up.len();
        self.each().get(up[place]).unwrap_or(&self.rpc)
    }
}

fn disagreement(address: &Pubkey) -> ClientError {
    ClientError::Answer(format!("the nodes do not agree which transactions name {address}"))
}

/// What a node says, as far as it can be true.
async fn told(
    rpc: &RpcClient,
    address: &Pubkey,
    before: Option<Listed>,
    until: Option<Signature>,
    page: usize,
) -> Result<Vec<Listed>, ClientError> {
    let commitment = Some(rpc.commitment());
    let asked = before.map(|before| before.signature);
    let config = GetConfirmedSignaturesForAddress2Config { before: asked, until, limit: Some(page), commitment };
    let told = rpc.get_signatures_for_address_with_config(address, config).await;
    let told = told.map_err(ClientError::rpc(format!("transactions of {address}")))?;
    let (mut entries, mut known) = (Vec::<Listed>::with_capacity(told.len()), HashSet::new());
    for entry in &told {
        let signature = entry.signature.parse();
        let signature = signature.map_err(|_| ClientError::Answer(format!("signature {}", entry.signature)))?;
        if Some(signature) == until {
            break;
        }
        let newest = entries.last().or(before.as_ref()).map_or(u64::MAX, |earlier| earlier.slot);
        if entry.slot > newest || Some(signature) == asked || !known.insert(signature) {
            let words = "is not in the order of the chain";
            return Err(ClientError::Answer(format!("a list of the transactions of {address} {words}: {signature}")));
        }
        entries.push(Listed { signature, slot: entry.slot, succeeded: entry.err.is_none() });
    }
    Ok(entries)
}
