//! A blocking client of a local network, which sends, simulates and looks up transactions.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_rpc_client::rpc_client::{RpcClient, SerializableTransaction};
use solana_rpc_client_api::{
    client_error::{Error as RpcError, ErrorKind},
    config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig, RpcTransactionConfig},
    request::{RpcError as RpcFailure, RpcResponseErrorData},
    response::{RpcSimulateTransactionResult, TransactionError},
};
use solana_signer::{Signer, signers::Signers};
use solana_transaction::Transaction;

use crate::error::{Error, FailedTransaction, Result};

const POLL: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A transaction that ran without an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// First signature in base 58.
    pub signature: String,
    /// Slot that the transaction is in.
    pub slot: u64,
    /// Time of its block in unix seconds, if the chain knows it.
    pub block_time: Option<i64>,
    /// Compute units that the transaction spent.
    pub compute_units: u64,
    /// Fee in lamports.
    pub fee: u64,
    /// Program logs.
    pub logs: Vec<String>,
}

/// A blocking client with a payer, for JSON-RPC and the local network's own calls.
///
/// Every method may be called from a plain thread or from a multi-threaded tokio runtime.
pub struct Client {
    rpc: RpcClient,
    payer: Keypair,
    preflight: bool,
    /// Signatures of sent transactions. Two equal transactions over one blockhash have the same signature and count as one, so the
    /// second is signed over the next blockhash.
    sent: Mutex<HashSet<String>>,
}

impl Client {
    /// Returns a client of the network at `rpc_url`; `payer` pays fees and rent.
    #[must_use]
    pub fn new(rpc_url: &str, payer: Keypair) -> Self {
        let rpc = RpcClient::new_with_commitment(rpc_url.to_owned(), CommitmentConfig::confirmed());
        Self { rpc, payer, preflight: true, sent: Mutex::default() }
    }

    /// Returns this client with preflight on or off. Without preflight a transaction is not simulated before it is sent, so a failing
    /// one lands on the chain as failed, with its logs and a signature that can be looked up.
    #[must_use]
    pub const fn with_preflight(mut self, preflight: bool) -> Self {
        self.preflight = preflight;
        self
    }

    /// Returns the underlying JSON-RPC client, for calls that this type does not cover.
    #[must_use]
    pub const fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// Returns the key that pays fees and rent.
    #[must_use]
    pub const fn payer(&self) -> &Keypair {
        &self.payer
    }

    /// Signs a transaction with the payer and `signers`, sends it, and waits for the confirmation.
    ///
    /// # Errors
    /// Returns [`Error::Transaction`] with the logs when the transaction fails, [`Error::Signing`] when a signature is missing, and
    /// [`Error::Rpc`] or [`Error::Timeout`] when the network does not answer.
    pub fn send(&self, instructions: &[Instruction], signers: &[&dyn Signer]) -> Result<Confirmed> {
        self.send_as(&self.payer, instructions, signers)
    }

    /// Does the same as [`Client::send`] with another payer.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn send_as(
        &self,
        payer: &dyn Signer,
        instructions: &[Instruction],
        signers: &[&dyn Signer],
    ) -> Result<Confirmed> {
        let mut all = vec![payer];
        all.extend_from_slice(signers);
        let deadline = Instant::now() + LONGEST_WAIT;
        loop {
            let transaction = self.sign(payer, instructions, &all)?;
            if !self.first_time(&transaction) {
                if Instant::now() > deadline {
                    return Err(timeout("a new blockhash"));
                }
                std::thread::sleep(POLL);
                continue;
            }
            match self.send_transaction(&transaction) {
                Err(Error::Transaction(failed))
                    if failed.error == Some(TransactionError::BlockhashNotFound) && Instant::now() < deadline => {}
                result => return result,
            }
        }
    }

    /// Sends a transaction that the caller has signed, for instance a versioned one, and waits for the confirmation.
    ///
    /// # Errors
    /// Returns the same errors as [`Client::send`].
    pub fn send_transaction(&self, transaction: &impl SerializableTransaction) -> Result<Confirmed> {
        let signature = *transaction.get_signature();
        let config = RpcSendTransactionConfig {
            skip_preflight: !self.preflight,
            preflight_commitment: Some(self.rpc.commitment().commitment),
            ..RpcSendTransactionConfig::default()
        };
        self.rpc
            .send_transaction_with_config(transaction, config)
            .map_err(|error| refused(signature.to_string(), error))?;
        wait_until("the confirmation of a transaction", || {
            let statuses =
                self.rpc.get_signature_statuses(&[signature]).map_err(Error::rpc("asking for a confirmation"))?;
            let status = statuses.value.into_iter().next().flatten();
            Ok(status.is_some_and(|status| status.satisfies_commitment(self.rpc.commitment())))
        })?;
        self.recorded(&signature.to_string())
    }

    /// Looks up a transaction that has been confirmed, and whose record may follow.
    pub(crate) fn recorded(&self, signature: &str) -> Result<Confirmed> {
        let mut landed = None;
        wait_until("the record of a confirmed transaction", || {
            landed = match self.transaction(signature) {
                Err(Error::Rpc { .. }) => None,
                found => Some(found),
            };
            Ok(landed.is_some())
        })?;
        landed.unwrap_or_else(|| Err(timeout("the record of a confirmed transaction")))
    }

    /// Looks up a transaction with its logs, compute units and fee.
    ///
    /// # Errors
    /// Returns [`Error::Transaction`] when the transaction has failed on the chain, [`Error::Signing`] when `signature` is not a
    /// signature, and [`Error::Rpc`] when the chain does not know it.
    pub fn transaction(&self, signature: &str) -> Result<Confirmed> {
        let parsed = signature.parse().map_err(|error| Error::Signing(format!("signature {signature}: {error}")))?;
        let config = RpcTransactionConfig {
            encoding: None,
            commitment: Some(self.rpc.commitment()),
            max_supported_transaction_version: Some(0),
        };
        let found = self
            .rpc
            .get_transaction_with_config(&parsed, config)
            .map_err(Error::rpc(format!("looking up transaction {signature}")))?;
        let meta = found.transaction.meta.ok_or_else(|| timeout("the record of a transaction"))?;
        let logs = Option::<Vec<String>>::from(meta.log_messages).unwrap_or_default();
        let compute_units = Option::<u64>::from(meta.compute_units_consumed);
        if let Some(error) = meta.err {
            let error = TransactionError::from(error);
            return Err(Error::Transaction(Box::new(FailedTransaction {
                signature: signature.to_owned(),
                reason: error.to_string(),
                error: Some(error),
                logs,
                compute_units,
            })));
        }
        Ok(Confirmed {
            signature: signature.to_owned(),
            slot: found.slot,
            block_time: found.block_time,
            compute_units: compute_units.unwrap_or_default(),
            fee: meta.fee,
            logs,
        })
    }

    /// Simulates a transaction and returns its compute units and logs; nothing changes on the chain.
    ///
    /// # Errors
    /// Returns [`Error::Transaction`] with the logs when the transaction would fail.
    pub fn simulate(&self, instructions: &[Instruction], signers: &[&dyn Signer]) -> Result<Confirmed> {
        let mut all: Vec<&dyn Signer> = vec![&self.payer];
        all.extend_from_slice(signers);
        let transaction = self.sign(&self.payer, instructions, &all)?;
        let signature = transaction.get_signature().to_string();
        let config = RpcSimulateTransactionConfig {
            commitment: Some(self.rpc.commitment()),
            ..RpcSimulateTransactionConfig::default()
        };
        let simulated = self
            .rpc
            .simulate_transaction_with_config(&transaction, config)
            .map_err(Error::rpc("simulating a transaction"))?;
        let slot = simulated.context.slot;
        let result = simulated.value;
        if result.err.is_some() {
            return Err(Error::Transaction(Box::new(from_simulation(signature, "would fail", result))));
        }
        Ok(Confirmed {
            signature,
            slot,
            block_time: None,
            compute_units: result.units_consumed.unwrap_or_default(),
            fee: result.fee.unwrap_or_default(),
            logs: result.logs.unwrap_or_default(),
        })
    }

    /// Returns the lamports of an account; zero if it does not exist.
    ///
    /// # Errors
    /// Returns an error when the network does not answer.
    pub fn lamports(&self, address: &Pubkey) -> Result<u64> {
        self.rpc.get_balance(address).map_err(Error::rpc(format!("the balance of {address}")))
    }

    /// Returns an account; `None` if it does not exist.
    ///
    /// # Errors
    /// Returns an error when the network does not answer.
    pub fn account(&self, address: &Pubkey) -> Result<Option<AccountData>> {
        let found = self
            .rpc
            .get_account_with_commitment(address, self.rpc.commitment())
            .map_err(Error::rpc(format!("account {address}")))?;
        Ok(found.value.map(|account| AccountData {
            owner: account.owner,
            lamports: account.lamports,
            executable: account.executable,
            data: account.data,
        }))
    }

    /// Returns the data of an account that has to exist.
    ///
    /// # Errors
    /// Returns [`Error::Account`] when it does not exist.
    pub fn account_data(&self, address: &Pubkey) -> Result<Vec<u8>> {
        let found = self.account(address)?;
        found
            .map(|account| account.data)
            .ok_or_else(|| Error::Account { address: *address, why: "it does not exist".into() })
    }

    fn sign(&self, payer: &dyn Signer, instructions: &[Instruction], signers: &[&dyn Signer]) -> Result<Transaction> {
        sign_over(self.blockhash()?, payer, instructions, signers)
    }

    pub(crate) fn blockhash(&self) -> Result<Hash> {
        self.rpc.get_latest_blockhash().map_err(Error::rpc("asking for a blockhash"))
    }

    fn first_time(&self, transaction: &Transaction) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.insert(transaction.get_signature().to_string())
    }
}

pub(crate) fn sign_over(
    blockhash: Hash,
    payer: &dyn Signer,
    instructions: &[Instruction],
    signers: &[&dyn Signer],
) -> Result<Transaction> {
    let mut transaction = Transaction::new_with_payer(instructions, Some(&payer.pubkey()));
    let signers: Vec<&dyn Signer> = signers.to_vec();
    transaction.try_sign(&signers, blockhash).map_err(|error| {
        let given: Vec<String> = signers.pubkeys().iter().map(ToString::to_string).collect();
        Error::Signing(format!("{error}; the signers are {}", given.join(", ")))
    })?;
    Ok(transaction)
}

/// An account as the network holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountData {
    /// Program that owns the account.
    pub owner: Pubkey,
    /// Balance in lamports.
    pub lamports: u64,
    /// Whether the account is a program.
    pub executable: bool,
    /// Data of the account.
    pub data: Vec<u8>,
}

/// Calls `done` until it returns `true`, or [`LONGEST_WAIT`] is over.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + LONGEST_WAIT;
    while !done()? {
        if Instant::now() > deadline {
            return Err(timeout(what));
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

fn timeout(what: &str) -> Error {
    Error::Timeout { what: what.to_owned(), seconds: LONGEST_WAIT.as_secs() }
}

/// Returns the error of a transaction that the network has refused. If preflight refused it, the error has the logs of the simulation.
fn refused(signature: String, error: RpcError) -> Error {
    match *error.kind {
        ErrorKind::RpcError(RpcFailure::RpcResponseError {
            message,
            data: RpcResponseErrorData::SendTransactionPreflightFailure(result),
            ..
        }) => Error::Transaction(Box::new(from_simulation(signature, &message, result))),
        kind => match kind.get_transaction_error() {
            Some(reason) => Error::Transaction(Box::new(FailedTransaction {
                signature,
                reason: reason.to_string(),
                error: Some(reason),
                logs: Vec::new(),
                compute_units: None,
            })),
            None => Error::rpc("sending a transaction")(RpcError { request: error.request, kind: Box::new(kind) }),
        },
    }
}

fn from_simulation(signature: String, otherwise: &str, result: RpcSimulateTransactionResult) -> FailedTransaction {
    let error = result.err.map(TransactionError::from);
    FailedTransaction {
        signature,
        reason: error.as_ref().map_or_else(|| otherwise.to_owned(), ToString::to_string),
        error,
        logs: result.logs.unwrap_or_default(),
        compute_units: result.units_consumed,
    }
}
