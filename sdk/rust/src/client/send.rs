//! Sending: a transaction is simulated, signed, and sent until it lands or expires; only then another one is signed.

mod trial;

use super::{
    Client, ClientError, Confirmed, PriorityFee, SendError, SendOptions, fees,
    numbered::Numbered,
    retry::Deadline,
    standing::{Sent, Standing},
};
use crate::failure::Refusal;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{Instruction, error::InstructionError},
};
use futures_util::future::join_all;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_message::{AddressLookupTableAccount, VersionedMessage, v0};
use solana_rpc_client_api::{client_error::TransactionError, config::RpcSendTransactionConfig};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// Largest transaction that a network accepts, bytes.
const MAX_BYTES: usize = 1_232;
/// Most compute units of a transaction.
const MAX_UNITS: u32 = 1_400_000;
/// Least compute units requested in addition to those that simulation used. A refusal that writes two numbers into the log takes up to
/// ten thousand more than the instruction that goes through, and has to be told.
const LEAST_MARGIN: u64 = 20_000;
/// Numbered transactions ask for up to so many units more, each for another number of them.
const OWN_UNITS: u64 = 4_096;

/// How long all nodes together may take to accept a transaction.
const SENDING: Duration = Duration::from_secs(1);

/// A transaction without blockhash and signatures.
struct Draft<'a> {
    payer: Pubkey,
    instructions: Vec<Instruction>,
    tables: &'a [AddressLookupTableAccount],
    signers: Vec<&'a (dyn Signer + Sync)>,
    /// Number of assignments of losses that were put before the caller's instructions.
    assigned: u8,
}

impl Draft<'_> {
    fn message(&self, budget: [Instruction; 2], blockhash: Hash) -> Result<VersionedMessage, SendError> {
        let all: Vec<Instruction> = budget.into_iter().chain(self.instructions.iter().cloned()).collect();
        let message = v0::Message::try_compile(&self.payer, &all, self.tables, blockhash)
            .map_err(|error| SendError::Compile(error.to_string()))?;
        let message = VersionedMessage::V0(message);
        // The number of signatures comes before them, in one byte.
        let bytes = 1 + 64 * usize::from(message.header().num_required_signatures) + message.serialize().len();
        if bytes > MAX_BYTES {
            return Err(SendError::TooLarge { bytes, most: MAX_BYTES });
        }
        Ok(message)
    }

    fn sign(&self, message: VersionedMessage) -> Result<VersionedTransaction, SendError> {
        let needed = usize::from(message.header().num_required_signatures);
        let needed = &message.static_account_keys()[..needed];
        let mut chosen: Vec<&dyn Signer> = Vec::with_capacity(needed.len());
        for key in needed {
            let signer = self.signers.iter().find(|signer| signer.pubkey() == *key);
            chosen.push(*signer.ok_or_else(|| SendError::Signing(format!("{key} has to sign and was not given")))?);
        }
        VersionedTransaction::try_new(message, &chosen).map_err(|error| SendError::Signing(error.to_string()))
    }
}

fn budget(units: u32, micro_lamports: u64) -> [Instruction; 2] {
    [
        ComputeBudgetInstruction::set_compute_unit_limit(units),
        ComputeBudgetInstruction::set_compute_unit_price(micro_lamports),
    ]
}

/// Instructions are simulated and sent, and their record is read:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// # let (payer, instructions) = (solana_keypair::Keypair::new(), Vec::new());
/// use evergreen_sdk::client::SendOptions;
/// use solana_signer::Signer;
///
/// let expected = client.simulate(&payer.pubkey(), &instructions, &[]).await?;
/// let landed = client.send(&payer, &instructions, &[], &[], &SendOptions::default()).await?;
/// let found = client.record(&landed.signature).await?;
/// println!("{:?} compute units, {:?} expected", found.compute_units, expected.compute_units);
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Sends instructions in one transaction and waits until it has landed. `payer` signs first. The other signers may be in any
    /// order; those that are not needed are ignored.
    ///
    /// 1. The transaction is simulated. Where a pool's vaults hold less than its ledgers, `sync_vault` is put before the instructions,
    ///    so that the loss is assigned first; payments get the accounts that a transfer hook of the mint asks for. A refusal costs nothing and is returned as [`SendError::Refused`]. The compute limit
    ///    follows from the units that simulation used.
    /// 2. The transaction is signed over a recent blockhash, which those that are signed within two seconds share, and sent repeatedly; it can land only once. A client with a journal
    ///    writes it to disk before that.
    /// 3. Another transaction is signed only when the blockhash has expired and the first one has not landed, so that it can no
    ///    longer land.
    ///
    /// Dropping the future stops the sending; a transaction that was sent may still land.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(
        &self,
        payer: &(dyn Signer + Sync),
        instructions: &[Instruction],
        signers: &[&(dyn Signer + Sync)],
        tables: &[AddressLookupTableAccount],
        options: &SendOptions,
    ) -> Result<Confirmed, SendError> {
        let mut all = vec![payer];
        all.extend_from_slice(signers);
        let instructions = instructions.to_vec();
        let mut draft = Draft { payer: payer.pubkey(), instructions, tables, signers: all, assigned: 0 };
        let sent = self.send_draft(&mut draft, options).await;
        sent.map_err(|error| error.without(draft.assigned))
    }

    async fn send_draft(&self, draft: &mut Draft<'_>, options: &SendOptions) -> Result<Confirmed, SendError> {
        let trial = self.try_out(draft).await?;
        let units = trial.record.compute_units.unwrap_or(MAX_UNITS.into());
        let draft = &*draft;
        let margin = units.saturating_mul(u64::from(options.compute_margin)).div_ceil(100).max(LEAST_MARGIN);
        let limit = units.saturating_add(margin);
        let numbered = Numbered::of(&draft.instructions);
        // Two equal transactions would be one, and both senders would be told that theirs was done.
        let limit = if numbered.is_some() { limit.saturating_add(own_part()) } else { limit };
        let limit = u32::try_from(limit).unwrap_or(MAX_UNITS).clamp(1, MAX_UNITS);
        let price = self.priority_fee(draft, options.priority).await?;
        trial.affords(draft.payer, limit, price)?;
        let mut tried = Vec::new();
        for _ in 0..options.attempts.max(1) {
            let (mut blockhash, mut last_valid) = self.recent.ask(self.rpc(), None).await?;
            let mut transaction = draft.sign(draft.message(budget(limit, price), blockhash)?)?;
            // What is meant twice must not become one transaction because a blockhash is shared.
            if !self.recent.is_new(blockhash, transaction.signatures[0]) {
                (blockhash, last_valid) = self.recent.ask(self.rpc(), Some(blockhash)).await?;
                transaction = draft.sign(draft.message(budget(limit, price), blockhash)?)?;
                self.recent.is_new(blockhash, transaction.signatures[0]);
            }
            let signature = transaction.signatures[0];
            tried.push(signature);
            let entry = match &self.journal {
                Some(journal) => {
                    let genesis = self.genesis().await?;
                    Some(journal.write(&self.label, &transaction, last_valid, &genesis, numbered.as_ref())?)
                }
                None => None,
            };
            let delivered = self.deliver(&transaction, last_valid, numbered.as_ref(), options).await;
            // If the outcome is unknown, the entry stays in the journal.
            let known = !matches!(delivered, Err(SendError::Unknown { .. }));
            let settled = entry.filter(|_| known).map(|entry| Arc::new(entry.settled()));
            let delivered = match delivered {
                // The state has changed since the simulation: another one tells what the program refuses in it.
                Err(error) if ran_out(&error) => return Err(self.explained(draft, error).await),
                delivered => delivered?,
            };
            if let Some(slot) = delivered {
                let record = self.record_soon(&signature).await;
                return Ok(Confirmed { signature, slot, record, _settled: settled });
            }
        }
        Err(SendError::Expired(tried))
    }

    async fn priority_fee(&self, draft: &Draft<'_>, fee: PriorityFee) -> Result<u64, SendError> {
        let (percentile, most) = match fee {
            PriorityFee::Fixed(price) => return Ok(price),
            PriorityFee::Market { percentile, most } => (percentile, most),
        };
        let metas = draft.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let written = metas.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
        let mut paid = self.paid.ask(self.rpc(), written).await?;
        Ok(percentile_of(&mut paid, percentile).min(most))
    }

    /// Sends one transaction until it has landed, and returns its slot; `None` when it has expired.
    async fn deliver(
        &self,
        transaction: &VersionedTransaction,
        last_valid: u64,
        numbered: Option<&Numbered>,
        options: &SendOptions,
    ) -> Result<Option<u64>, SendError> {
        let signature = transaction.signatures[0];
        let sent = Sent { signature, blockhash: *transaction.message.recent_blockhash(), last_valid };
        let mut next_send = Instant::now();
        let (mut sendings, mut questions) = (0, 0);
        let mut deadline = Deadline::new(options.deadline);
        let unknown = |error| SendError::Unknown { signature, source: Box::new(error) };
        loop {
            if Instant::now() >= next_send {
                self.send_once(transaction, sendings).await;
                sendings += 1;
                next_send = Instant::now() + options.resend;
            }
            let doing = "asking for a transaction's status";
            questions += 1;
            match self.standing(&sent, options.commitment, false, questions, doing).await {
                Ok(Standing::Confirmed(slot)) => {
                    self.note_fee(fees::of(transaction));
                    return Ok(Some(slot));
                }
                Ok(Standing::Expired) => {
                    // That something has not happened is believed only where the chain's own number says so.
                    let taken = match numbered {
                        Some(numbered) => self.taken_since(numbered).await.map_err(unknown)? > 0,
                        None => false,
                    };
                    return if taken { Err(unknown(ClientError::Taken)) } else { Ok(None) };
                }
                Ok(Standing::Failed(error)) => {
                    self.note_fee(fees::of(transaction));
                    let logs = self.record_soon(&signature).await.map(|record| record.logs).unwrap_or_default();
                    return Err(failed(error, Some(signature), logs));
                }
                Ok(Standing::Open(height)) => deadline.heard(height, last_valid).map_err(unknown)?,
                Err(error) => deadline.missed(error).map_err(unknown)?,
            }
            sleep(options.poll).await;
        }
    }

    /// Sends a transaction once: at first through the node that serves everything else, and where that has not helped through all of them, because one may
    /// take what it never passes on. A failure is ignored, because the transaction's status then stays missing.
    pub(super) async fn send_once(&self, transaction: &VersionedTransaction, sendings: u32) {
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        if sendings == 0 {
            let _ = self.rpc().send_transaction_with_config(transaction, config).await;
            return;
        }
        let all = self.each().iter().map(|node| node.send_transaction_with_config(transaction, config));
        // It is sent again, so nothing is waited for long.
        let _ = timeout(SENDING, join_all(all)).await;
    }
}

/// Compute units by which a transaction differs from equal ones that others sign at the same moment.
fn own_part() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // Each state has keys of its own.
    RandomState::new().hash_one(std::process::id()) % OWN_UNITS
}

/// Tells whether a transaction has ended without a reason, as one does that has used up its compute units.
fn ran_out(error: &SendError) -> bool {
    use InstructionError::{ComputationalBudgetExceeded, ProgramFailedToComplete};
    let SendError::Failed { error: TransactionError::InstructionError(_, error), signature: Some(_), .. } = error
    else {
        return false;
    };
    matches!(error, ComputationalBudgetExceeded | ProgramFailedToComplete)
}

/// Converts a transaction's error: to a refusal if a program returned an error code.
pub(super) fn failed(error: TransactionError, signature: Option<Signature>, logs: Vec<String>) -> SendError {
    if let TransactionError::InstructionError(place, InstructionError::Custom(code)) = &error {
        // The two instructions of the compute budget come first.
        let place = place.saturating_sub(2);
        let refusal = Refusal::from_logs(Some(*code), &logs).unwrap_or_else(|| Refusal::from_code(*code));
        return SendError::Refused { refusal: Box::new(refusal.at(place)), signature, logs };
    }
    SendError::Failed { error, signature, logs }
}

/// Returns the smallest number that is not below so many per cent of all; zero for an empty list.
fn percentile_of(numbers: &mut [u64], percentile: u8) -> u64 {
    numbers.sort_unstable();
    let rank = (numbers.len() * usize::from(percentile.min(100))).div_ceil(100);
    numbers.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_numbers_or_zero() {
        assert_eq!(percentile_of(&mut [], 50), 0);
        assert_eq!(percentile_of(&mut [3, 1, 2], 50), 2);
        assert_eq!(percentile_of(&mut [3, 1, 2], 0), 1);
        assert_eq!(percentile_of(&mut [3, 1, 2], 100), 3);
        assert_eq!(percentile_of(&mut [3, 1, 2], 200), 3);
    }

    #[test]
    fn a_refusal_names_the_callers_instruction() {
        let error = TransactionError::InstructionError(3, InstructionError::Custom(6_000));
        let SendError::Refused { refusal, .. } = failed(error, None, Vec::new()) else { panic!("not a refusal") };
        assert_eq!((refusal.instruction, refusal.is("Overflow")), (Some(1), true));
        let error = TransactionError::BlockhashNotFound;
        assert!(matches!(failed(error, None, Vec::new()), SendError::Failed { .. }));
    }
}
