//! Ends of a command that are neither success nor failure.

use serde::Serialize;

/// Something was done on the chain, or may have been, and what came of it is not known: exit code 6.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Unknown {
    message: String,
    pub(super) next: &'static str,
    pub(super) receipt: Option<serde_json::Value>,
}

impl Unknown {
    /// Of a commitment with this receipt.
    ///
    /// # Errors
    /// For a receipt that is no JSON.
    pub fn committed(receipt: &impl Serialize) -> serde_json::Result<Self> {
        let message = "the trade is committed, and what came of it is not known yet".into();
        let next = "give the same command again: it finds out, and goes on; `evergreen fill` fills the trade, too";
        Ok(Self { message, next, receipt: Some(serde_json::to_value(receipt)?) })
    }

    /// Of something that was done, with this receipt, which nobody could be told.
    ///
    /// # Errors
    /// For a receipt that is no JSON.
    pub fn untold(receipt: &impl Serialize) -> serde_json::Result<Self> {
        let message = "it was done, and the output could not be written".into();
        let next = "give the same command again: it tells what was done, and sends nothing";
        Ok(Self { message, next, receipt: Some(serde_json::to_value(receipt)?) })
    }

    /// Of a deposit of liquidity that is paid in, with this receipt.
    ///
    /// # Errors
    /// For a receipt that is no JSON.
    pub fn paid_in(receipt: &impl Serialize) -> serde_json::Result<Self> {
        let message = "the tokens are paid in, and whether the shares are minted is not known yet".into();
        let next = "give the same command again: it goes on; `evergreen lp show` shows the deposit, and `evergreen lp claim` pays it \
                    back once it has lapsed";
        Ok(Self { message, next, receipt: Some(serde_json::to_value(receipt)?) })
    }

    /// Of a command that failed before it has found out what an interrupted run of it has done.
    pub fn interrupted() -> Self {
        let message = "an interrupted run of this command may have been done".into();
        let next = "give the same command again once that is mended: it finds out what became of the first one, and sends nothing then";
        Self { message, next, receipt: None }
    }

    /// Of an interrupted command whose number is taken.
    pub const fn taken(message: String) -> Self {
        let next =
            "`evergreen history` tells whether it was done; that is told now: the same command again does it once more";
        Self { message, next, receipt: None }
    }
}

/// An interrupted command was done long before the same one was given again: exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("nothing was sent now: {0}")]
pub struct Stale(pub String);
