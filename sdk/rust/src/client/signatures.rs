//! Lists of transactions, page by page. A page that is shorter than asked for is not taken for the end: nodes cut lists off.

use super::{Client, ClientError};
use anchor_lang::prelude::Pubkey;
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_signature::Signature;

/// Largest number of signatures of one page.
pub(super) const MOST: usize = 1_000;
/// How often in a row a node has to say that there is nothing older until it is believed.
const SAID: usize = 3;

/// Entries of a page, the newest first.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Signatures of successful transactions.
    pub succeeded: Vec<Signature>,
    /// The oldest, successful or not; `None` if there are none.
    pub last: Option<Signature>,
    /// Whether there are as many as were asked for.
    is_full: bool,
}

impl Client {
    /// Returns the signatures of all successful transactions that name an address, the newest first, back to `until`, which is not among them; with `None` all that the network keeps. `page` are asked
    /// for at a time, 1,000 at most.
    ///
    /// The list has no gap where the network still knows `until`: it is complete only once the network names `until` as what comes before the oldest one.
    ///
    /// # Errors
    /// [`ClientError::Rpc`], [`ClientError::Answer`].
    pub async fn signatures_since(
        &self,
        address: &Pubkey,
        until: Option<Signature>,
        page: usize,
    ) -> Result<Vec<Signature>, ClientError> {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let Page { succeeded, last, is_full } = self.page_of(address, before, until, page).await?;
            found.extend(succeeded);
            let Some(oldest) = last.or(before) else { return Ok(found) };
            if !is_full && self.is_next(address, oldest, until).await? {
                return Ok(found);
            }
            before = Some(oldest);
        }
    }

    /// Reads a page that is older than `before`, and once more if it is empty: it is the end only if that is said again.
    pub(super) async fn page_before(
        &self,
        address: &Pubkey,
        before: Option<Signature>,
        page: usize,
    ) -> Result<Page, ClientError> {
        let mut read = Page::default();
        for _ in 0..SAID {
            read = self.page_of(address, before, None, page).await?;
            if read.last.is_some() {
                break;
            }
        }
        Ok(read)
    }

    /// Whether `until` comes right before a transaction, or nothing does.
    async fn is_next(
        &self,
        address: &Pubkey,
        oldest: Signature,
        until: Option<Signature>,
    ) -> Result<bool, ClientError> {
        let before = self.page_before(address, Some(oldest), 1).await?;
        Ok(before.last.is_none_or(|last| Some(last) == until))
    }

    async fn page_of(
        &self,
        address: &Pubkey,
        before: Option<Signature>,
        until: Option<Signature>,
        page: usize,
    ) -> Result<Page, ClientError> {
        let page = page.clamp(1, MOST);
        let commitment = Some(self.commitment());
        let config = GetConfirmedSignaturesForAddress2Config { before, until, limit: Some(page), commitment };
        let told = self.rpc().get_signatures_for_address_with_config(address, config).await;
        let told = told.map_err(ClientError::rpc(format!("transactions of {address}")))?;
        let mut read = Page { is_full: told.len() >= page, ..Page::default() };
        for entry in &told {
            let signature = entry.signature.parse();
            let signature = signature.map_err(|_| ClientError::Answer(format!("signature {}", entry.signature)))?;
            if entry.err.is_none() {
                read.succeeded.push(signature);
            }
            read.last = Some(signature);
        }
        Ok(read)
    }
}
