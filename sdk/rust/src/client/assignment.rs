//! A loss is assigned before anything else is done in its pool.

use super::{Client, ClientError, SendError};
use crate::{accounts, address, instruction::PoolKeys, instruction::sync_vault};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};

impl Client {
    /// Returns the instruction that has to come before `refused`, which a pool has refused because its vaults hold less than its
    /// ledgers; `None` where the instruction names no pool.
    pub(super) async fn assignment(&self, refused: &Instruction) -> Result<Option<Instruction>, ClientError> {
        let written: Vec<Pubkey> = refused.accounts.iter().filter(|m| m.is_writable).map(|m| m.pubkey).collect();
        let found = self.raw(&written).await?.value;
        let mut pools = found.iter().flatten().filter(|account| account.owner == address::PROGRAM);
        let pool = pools.find_map(|account| accounts::pool(&account.data).ok());
        Ok(pool.map(|pool| sync_vault(&PoolKeys::of(&pool))))
    }
}

impl SendError {
    /// Counts the refused instruction without the `assigned` ones that were put before the caller's.
    pub(super) fn without(mut self, assigned: u8) -> Self {
        if let Self::Refused { refusal, .. } = &mut self {
            refusal.instruction = refusal.instruction.map(|place| place.saturating_sub(assigned));
        }
        self
    }
}
