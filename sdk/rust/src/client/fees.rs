//! What transactions cost, whatever comes of them.

use solana_compute_budget_interface::{ComputeBudgetInstruction, ID as COMPUTE_BUDGET};
use solana_transaction::versioned::VersionedTransaction;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Lamports of a signature.
const SIGNATURE: u64 = 5_000;
/// Compute units of an instruction where a transaction asks for no limit.
const UNITS: u64 = 200_000;

/// Adds up the fees of all transactions of a client ([`Client::metered`](super::Client::metered)) that are known to have landed, also of those that
/// have failed on the chain.
///
/// ```
/// use evergreen_sdk::client::{Client, FeeMeter};
///
/// let meter = FeeMeter::default();
/// let client = Client::new("http://127.0.0.1:8899").metered(&meter);
/// // Here the client sends something.
/// assert_eq!(meter.lamports(), 0);
/// # drop(client);
/// ```
#[derive(Clone, Debug, Default)]
pub struct FeeMeter(Arc<AtomicU64>);

impl FeeMeter {
    /// The fees so far, lamports.
    pub fn lamports(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, lamports: u64) {
        self.0.fetch_add(lamports, Ordering::Relaxed);
    }
}

/// The fee that a transaction costs once it is in a block, lamports: of its signatures, and its priority, which is rounded up.
pub(super) fn of(transaction: &VersionedTransaction) -> u64 {
    let message = &transaction.message;
    let keys = message.static_account_keys();
    let (mut limit, mut price, mut instructions) = (None, 0, 0_u64);
    for instruction in message.instructions() {
        if keys.get(usize::from(instruction.program_id_index)) != Some(&COMPUTE_BUDGET) {
            instructions += 1;
            continue;
        }
        match borsh_of(&instruction.data) {
            Some(ComputeBudgetInstruction::SetComputeUnitLimit(units)) => limit = Some(u64::from(units)),
            Some(ComputeBudgetInstruction::SetComputeUnitPrice(micro)) => price = micro,
            _ => {}
        }
    }
    let limit = limit.unwrap_or(UNITS.saturating_mul(instructions));
    let priority = (u128::from(limit) * u128::from(price)).div_ceil(1_000_000);
    let signatures = SIGNATURE.saturating_mul(message.header().num_required_signatures.into());
    signatures.saturating_add(u64::try_from(priority).unwrap_or(u64::MAX))
}

/// An instruction of the compute budget: its number, and a number of four or eight bytes.
fn borsh_of(data: &[u8]) -> Option<ComputeBudgetInstruction> {
    let (number, rest) = data.split_first()?;
    match number {
        2 => Some(ComputeBudgetInstruction::SetComputeUnitLimit(u32::from_le_bytes(rest.try_into().ok()?))),
        3 => Some(ComputeBudgetInstruction::SetComputeUnitPrice(u64::from_le_bytes(rest.try_into().ok()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_hash::Hash;
    use solana_keypair::Keypair;
    use solana_message::{Message, VersionedMessage};
    use solana_signer::Signer;

    #[test]
    fn a_fee_is_that_of_signatures_and_priority() {
        let payer = Keypair::new();
        let budget = [
            ComputeBudgetInstruction::set_compute_unit_limit(123_457),
            ComputeBudgetInstruction::set_compute_unit_price(1_001),
        ];
        let message = Message::new_with_blockhash(&budget, Some(&payer.pubkey()), &Hash::default());
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[&payer]).unwrap();
        // 123,457 units of 1,001 millionths of a lamport are 123.58 lamports.
        assert_eq!(of(&transaction), 5_000 + 124);
    }
}
