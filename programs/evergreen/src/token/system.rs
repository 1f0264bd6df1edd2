//! Instructions of the system program.
//!
//! Their interface's own encoder is generic over formats and errors that cannot happen, and takes 20,000 bytes of the program.

use anchor_lang::{
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed},
    system_program,
};

/// An instruction of the system program.
pub(super) enum System<'a> {
    /// Creates the second account with lamports of the first.
    Create { lamports: u64, space: u64, owner: &'a Pubkey },
    /// Gives the account to another program.
    Assign { owner: &'a Pubkey },
    /// Moves lamports from the first account to the second.
    Transfer { lamports: u64 },
    /// Gives the account so many bytes.
    Allocate { space: u64 },
}

impl System<'_> {
    /// Returns the data of the instruction: its number in four bytes, then its fields.
    fn data(&self) -> Vec<u8> {
        let none: &[u8] = &[];
        let (kind, numbers, owner): (u32, [Option<u64>; 2], &[u8]) = match *self {
            Self::Create { lamports, space, owner } => (0, [Some(lamports), Some(space)], owner.as_ref()),
            Self::Assign { owner } => (1, [None, None], owner.as_ref()),
            Self::Transfer { lamports } => (2, [Some(lamports), None], none),
            Self::Allocate { space } => (8, [Some(space), None], none),
        };
        let mut data = Vec::with_capacity(52);
        data.extend_from_slice(&kind.to_le_bytes());
        for number in numbers.into_iter().flatten() {
            data.extend_from_slice(&number.to_le_bytes());
        }
        data.extend_from_slice(owner);
        data
    }

    /// Calls the instruction. All accounts sign: by the transaction, or by `seeds`. Errors: the system program's.
    #[inline(never)]
    pub(super) fn call(&self, accounts: &[AccountInfo], seeds: &[&[u8]]) -> Result<()> {
        let metas = accounts.iter().map(|account| AccountMeta::new(*account.key, true)).collect();
        let instruction = Instruction { program_id: system_program::ID, accounts: metas, data: self.data() };
        invoke_signed(&instruction, accounts, &[seeds]).map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::solana_program::system_instruction;

    #[test]
    fn encodes_as_the_interface_does() {
        let [a, b, owner] = [1, 2, 3].map(|byte| Pubkey::new_from_array([byte; 32]));
        let (lamports, space) = (123_456_789_012, 10_240);
        for (ours, theirs) in [
            (
                System::Create { lamports, space, owner: &owner },
                system_instruction::create_account(&a, &b, lamports, space, &owner),
            ),
            (System::Assign { owner: &owner }, system_instruction::assign(&a, &owner)),
            (System::Transfer { lamports }, system_instruction::transfer(&a, &b, lamports)),
            (System::Allocate { space }, system_instruction::allocate(&a, space)),
        ] {
            assert_eq!(ours.data(), theirs.data);
        }
    }
}
