//! Many transactions at a time: one blockhash, one request for all their outcomes.

use std::time::{Duration, Instant};

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::{
    client::{Client, sign_over},
    error::{Error, Result},
};

/// Most bytes of a transaction.
const LARGEST: usize = 1_232;
/// Bytes of a signature.
const SIGNATURE: usize = 64;
/// Most signatures whose outcomes one request asks for.
const MOST: usize = 256;
/// Pause between two requests for outcomes.
const POLL: Duration = Duration::from_millis(100);
/// How long the outcomes of a batch are waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Puts groups of instructions, in their order, into as few transactions of this payer as they fit into. A group is never divided.
#[must_use]
pub fn packed(payer: &Pubkey, groups: impl IntoIterator<Item = Vec<Instruction>>) -> Vec<Vec<Instruction>> {
    let mut all: Vec<Vec<Instruction>> = Vec::new();
    for group in groups {
        if let Some(last) = all.last_mut() {
            let joined = [last.as_slice(), group.as_slice()].concat();
            if size(payer, &joined) <= LARGEST {
                *last = joined;
                continue;
            }
        }
        all.push(group);
    }
    all
}

/// Bytes of a transaction with these instructions.
fn size(payer: &Pubkey, instructions: &[Instruction]) -> usize {
    let message = Transaction::new_with_payer(instructions, Some(payer)).message;
    1 + SIGNATURE * usize::from(message.header.num_required_signatures) + message.serialize().len()
}

impl Client {
    /// Signs transactions with `payer` and `signers`, sends all of them without a simulation and waits until each has landed. They may land in any
    /// order.
    ///
    /// # Errors
    /// Returns the error of the first one, in the order of the list, that has failed, with its logs; and the same errors as [`Client::send`].
    pub fn send_batch(
        &self,
        payer: &dyn Signer,
        transactions: &[Vec<Instruction>],
        signers: &[&dyn Signer],
    ) -> Result<()> {
        let mut all = vec![payer];
        all.extend_from_slice(signers);
        let blockhash = self.blockhash()?;
        let sign = |list: &Vec<Instruction>| sign_over(blockhash, payer, list, &all);
        let signed: Vec<Transaction> = transactions.iter().map(sign).collect::<Result<_>>()?;
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            preflight_commitment: Some(self.rpc().commitment().commitment),
            ..RpcSendTransactionConfig::default()
        };
        let mut waiting = Vec::with_capacity(signed.len());
        for transaction in &signed {
            let sent = self.rpc().send_transaction_with_config(transaction, config);
            waiting.push(sent.map_err(Error::rpc("sending a transaction"))?);
        }
        let mut failed = Vec::new();
        let deadline = Instant::now() + LONGEST_WAIT;
        while !waiting.is_empty() {
            if Instant::now() > deadline {
                let what = format!("the confirmation of {} of {} transactions", waiting.len(), signed.len());
                return Err(Error::Timeout { what, seconds: LONGEST_WAIT.as_secs() });
            }
            std::thread::sleep(POLL);
            let mut left = Vec::new();
            for chunk in waiting.chunks(MOST) {
                let found = self.rpc().get_signature_statuses(chunk).map_err(Error::rpc("asking for confirmations"))?;
                for (signature, status) in chunk.iter().zip(found.value) {
                    match status.filter(|status| status.satisfies_commitment(self.rpc().commitment())) {
                        Some(status) if status.err.is_some() => failed.push(*signature),
                        Some(_) => {}
                        None => left.push(*signature),
                    }
                }
            }
            waiting = left;
        }
        let first = signed.iter().map(|transaction| transaction.signatures[0]).find(|one| failed.contains(one));
        match first {
            // Looking it up returns its error.
            Some(signature) => self.recorded(&signature.to_string()).map(drop),
            None => Ok(()),
        }
    }
}
