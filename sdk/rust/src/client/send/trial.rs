//! Trying a transaction out: what it would do, whether it has all it needs, and whether its payer can pay.

use super::{Draft, MAX_UNITS, budget, failed};
use crate::client::{Client, Record, SendError, retry::persistent};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use solana_account_decoder_client_types::UiAccountEncoding;
use solana_hash::Hash;
use solana_message::AddressLookupTableAccount;
use solana_rpc_client_api::{
    client_error::TransactionError,
    config::{RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig},
};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::time::Duration;
use tokio::time::sleep;

/// Least balance of an account without data, lamports.
const LEAST_BALANCE: u128 = 890_880;
/// Pauses before a simulation is repeated whose node does not know the blockhash.
const UNKNOWN_BLOCKHASH: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)];

/// What a simulation has found.
pub(super) struct Trial {
    /// Record of the simulation.
    pub record: Record,
    /// Lamports of the payer afterwards, without a priority fee, if the node tells.
    left: Option<u64>,
}

impl Trial {
    /// Checks that the payer can pay the priority fee, too; `price` is in micro-lamports per compute unit.
    pub fn affords(&self, payer: Pubkey, limit: u32, price: u64) -> Result<(), SendError> {
        let fee = (u128::from(limit) * u128::from(price)).div_ceil(1_000_000);
        let left = u128::from(self.left.unwrap_or(u64::MAX));
        // An account is left empty or with the least balance.
        if left == fee || left >= fee + LEAST_BALANCE {
            return Ok(());
        }
        let missing = u64::try_from((fee + LEAST_BALANCE).saturating_sub(left)).unwrap_or(u64::MAX);
        Err(SendError::TooLittleSol { payer, missing })
    }
}

impl Client {
    /// Simulates instructions and returns the log and the compute units; nothing changes on the chain.
    ///
    /// # Errors
    /// The same as those of [`Self::send`], as far as they concern simulation.
    pub async fn simulate(
        &self,
        payer: &Pubkey,
        instructions: &[Instruction],
        tables: &[AddressLookupTableAccount],
    ) -> Result<Record, SendError> {
        let instructions = instructions.to_vec();
        let mut draft = Draft { payer: *payer, instructions, tables, signers: Vec::new(), assigned: 0 };
        let found = self.try_out(&mut draft).await;
        found.map(|trial| trial.record).map_err(|error| error.without(draft.assigned))
    }

    /// Returns the refusal of a simulation in place of an error without a reason; the transaction stays the one that failed.
    pub(super) async fn explained(&self, draft: &Draft<'_>, error: SendError) -> SendError {
        let SendError::Failed { signature, .. } = &error else { return error };
        match self.simulated(draft).await {
            Err(SendError::Refused { refusal, logs, .. }) => {
                SendError::Refused { refusal, signature: *signature, logs }
            }
            _ => error,
        }
    }

    /// Simulates a draft, after the assignment of a loss and with the accounts of a transfer hook where they are missing.
    pub(super) async fn try_out(&self, draft: &mut Draft<'_>) -> Result<Trial, SendError> {
        let mut passed = false;
        loop {
            let found = self.simulated(draft).await;
            let mended = match &found {
                Err(SendError::Refused { refusal, .. }) if draft.assigned == 0 && refusal.is("VaultMismatch") => {
                    let place = refusal.instruction.map(usize::from);
                    self.assign(draft, place).await?
                }
                // The token program looks for the hook before any program has told a reason.
                Err(SendError::Failed { .. }) if !passed => {
                    passed = true;
                    self.pass_hooks(&mut draft.instructions).await?
                }
                _ => false,
            };
            if !mended {
                return found;
            }
        }
    }

    /// Puts the assignment of a loss before the instructions; `place` is that of the refused one.
    async fn assign(&self, draft: &mut Draft<'_>, place: Option<usize>) -> Result<bool, SendError> {
        let Some(refused) = place.and_then(|place| draft.instructions.get(place)) else { return Ok(false) };
        let Some(assignment) = self.assignment(refused).await? else { return Ok(false) };
        draft.instructions.insert(0, assignment);
        draft.assigned = 1;
        Ok(true)
    }

    async fn simulated(&self, draft: &Draft<'_>) -> Result<Trial, SendError> {
        for pause in UNKNOWN_BLOCKHASH {
            match self.simulated_once(draft).await {
                // One node does not know the blockhash of another yet.
                Err(SendError::Failed { error: TransactionError::BlockhashNotFound, .. }) => sleep(pause).await,
                found => return found,
            }
        }
        self.simulated_once(draft).await
    }

    async fn simulated_once(&self, draft: &Draft<'_>) -> Result<Trial, SendError> {
        let message = draft.message(budget(MAX_UNITS, 0), Hash::default())?;
        let signatures = vec![Signature::default(); usize::from(message.header().num_required_signatures)];
        let transaction = VersionedTransaction { signatures, message };
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash: true,
            commitment: Some(self.commitment()),
            accounts: Some(RpcSimulateTransactionAccountsConfig {
                encoding: Some(UiAccountEncoding::Base64),
                addresses: vec![draft.payer.to_string()],
            }),
            ..RpcSimulateTransactionConfig::default()
        };
        let ask = || self.rpc().simulate_transaction_with_config(&transaction, config.clone());
        let answer = persistent("simulating a transaction", ask).await?;
        let logs = answer.value.logs.unwrap_or_default();
        if let Some(error) = answer.value.err {
            return Err(failed(TransactionError::from(error), None, logs));
        }
        let payer = answer.value.accounts.and_then(|accounts| accounts.into_iter().next().flatten());
        let record = Record {
            compute_units: answer.value.units_consumed,
            fee: answer.value.fee.unwrap_or_default(),
            logs,
            block_time: None,
            slot: answer.context.slot,
            error: None,
        };
        Ok(Trial { record, left: payer.map(|payer| payer.lamports) })
    }
}
