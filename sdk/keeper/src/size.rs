//! How large a transaction is.

use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use std::collections::HashSet;

/// Most bytes of a transaction.
const LARGEST: usize = 1_232;

/// Whether these instructions are not too many for one transaction, without lookup tables.
pub(crate) fn fits(instructions: &[Instruction]) -> bool {
    size(instructions) <= LARGEST
}

/// Bytes of a transaction of these instructions at most, without lookup tables: one signature, and each account once.
fn size(instructions: &[Instruction]) -> usize {
    const SIGNATURE: usize = 65;
    // Header, blockhash, and the numbers of accounts and instructions in front of them.
    const FRAME: usize = 3 + 32 + 3 + 1;
    // The two instructions of the compute budget and their program.
    const BUDGET: usize = 32 + 8 + 12;
    let metas = instructions.iter().flat_map(|instruction| &instruction.accounts).map(|meta| meta.pubkey);
    let programs = instructions.iter().map(|instruction| instruction.program_id);
    let accounts: HashSet<Pubkey> = metas.chain(programs).collect();
    let bytes = |instruction: &Instruction| 1 + 2 + instruction.accounts.len() + 2 + instruction.data.len();
    let instructions: usize = instructions.iter().map(bytes).sum();
    SIGNATURE + FRAME + BUDGET + 32 * accounts.len() + instructions
}
