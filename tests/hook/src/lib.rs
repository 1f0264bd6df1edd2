//! A program for tests only: a transfer hook, whose note says what it does.
//!
//! The token program calls it after each transfer of a mint that names it, with the accounts source, mint, destination, authority, the
//! list of extra accounts, and then those of the list: the note, and what a hostile note needs.

#[cfg(target_arch = "bpf")]
use {evergreen_int128 as _, solana_compiler_builtins as _};

use anchor_lang::{
    prelude::{AccountInfo, AccountMeta, ProgramError, Pubkey},
    solana_program::{instruction::Instruction, program::invoke},
};

/// First bytes of the token program's call (`spl-transfer-hook-interface:execute`).
pub const EXECUTE: [u8; 8] = [105, 37, 101, 197, 75, 251, 102, 26];
/// Place of the note among the accounts.
pub const NOTE: usize = 5;
/// Adds the amount to the number that follows in the note.
pub const HONEST: u8 = 0;
/// Refuses the transfer.
pub const REFUSES: u8 = 1;
/// Calls the program in the place after the note with all accounts after that, and the rest of the note as its data.
pub const CALLS: u8 = 2;
/// As [`CALLS`], and asks for the signature of the first of these accounts.
pub const SIGNS: u8 = 4;
/// Writes into the account after the note.
pub const WRITES: u8 = 3;

/// Does what the note says.
///
/// # Errors
/// `InvalidInstructionData` for another call, `NotEnoughAccountKeys`, `Custom(1)` for a refusal.
pub fn process(_: &Pubkey, accounts: &[AccountInfo], data: &[u8]) -> Result<(), ProgramError> {
    let (name, amount) = data.split_first_chunk::<8>().ok_or(ProgramError::InvalidInstructionData)?;
    let amount = amount.first_chunk::<8>().ok_or(ProgramError::InvalidInstructionData)?;
    if *name != EXECUTE {
        return Err(ProgramError::InvalidInstructionData);
    }
    let rest = accounts.get(NOTE..).unwrap_or_default();
    let (note, rest) = rest.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let mode = note.try_borrow_data()?.first().copied().unwrap_or(REFUSES);
    match mode {
        HONEST => {
            let mut note = note.try_borrow_mut_data()?;
            let sum = note.get_mut(1..9).ok_or(ProgramError::AccountDataTooSmall)?;
            let before = sum.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            sum.copy_from_slice(&before.wrapping_add(u64::from_le_bytes(*amount)).to_le_bytes());
            Ok(())
        }
        CALLS | SIGNS => {
            let (program, rest) = rest.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
            let metas = rest.iter().enumerate().map(|(place, account)| AccountMeta {
                pubkey: *account.key,
                is_signer: account.is_signer || (mode == SIGNS && place == 0),
                is_writable: account.is_writable,
            });
            let data = note.try_borrow_data()?.get(1..).unwrap_or_default().to_vec();
            invoke(&Instruction { program_id: *program.key, accounts: metas.collect(), data }, rest)
        }
        WRITES => {
            let target = rest.first().ok_or(ProgramError::NotEnoughAccountKeys)?;
            let mut data = target.try_borrow_mut_data()?;
            data.iter_mut().skip(8).take(64).for_each(|byte| *byte = byte.wrapping_add(1));
            Ok(())
        }
        _ => Err(ProgramError::Custom(1)),
    }
}

#[cfg(all(target_os = "solana", not(feature = "no-entrypoint")))]
mod entrypoint {
    #![allow(missing_docs, clippy::undocumented_unsafe_blocks)]

    use super::process;
    use anchor_lang::solana_program::entrypoint;

    entrypoint!(process);
}
