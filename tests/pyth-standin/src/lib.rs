//! A program for tests only. It stands in for Pyth's receiver, Pyth's push program and Wormhole's program, whose bytecode a local
//! network without an outside connection does not have.
//!
//! One ELF is deployed at all three addresses of a generation, and does what the program at its own address does: accounts,
//! instructions and their bytes are laid out as published. **It is not those programs.** It leaves out these checks:
//!
//! | program | not checked |
//! | --- | --- |
//! | Wormhole | signatures, their number, and the keys in the account of the signers' set (only its address is) |
//! | receiver | its configuration (only the address): the emitter of a message, the fee (one lamport here), pauses, governance |
//!
//! It checks what a client can get wrong: addresses, owners, required signers, the order of steps, offsets, the feed, and
//! with Pyth's own code the proof that a price belongs to the message.

pub mod push;
pub mod receiver;
pub mod wormhole;

#[cfg(target_arch = "bpf")]
use {evergreen_int128 as _, solana_compiler_builtins as _};

use anchor_lang::{
    prelude::{AccountInfo, ProgramError, Pubkey},
    solana_program::msg,
};

/// Addresses of one generation of the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Programs {
    /// Pyth's receiver.
    pub receiver: Pubkey,
    /// Pyth's push program.
    pub push: Pubkey,
    /// Wormhole's program.
    pub wormhole: Pubkey,
}

/// Both generations of the programs, the upgraded one first.
pub const GENERATIONS: [Programs; 2] = [
    Programs {
        receiver: Pubkey::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
        push: Pubkey::from_str_const("pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou"),
        wormhole: Pubkey::from_str_const("HDw2E7P8X1SkCyjvoGsfBGAVUutKcj874bXjHrpVYrVL"),
    },
    Programs {
        receiver: Pubkey::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
        push: Pubkey::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT"),
        wormhole: Pubkey::from_str_const("HDwcJBJXjL9FpJ7UBsYBtaDjsBUhuLCUYoz3zr8SWWaQ"),
    },
];

/// Result of an instruction.
pub type Done = Result<(), ProgramError>;

/// Does what the program at this address does.
///
/// # Errors
/// `IncorrectProgramId` at any other address, otherwise the error of the check that fails; the log says which.
pub fn process(program: &Pubkey, accounts: &[AccountInfo], data: &[u8]) -> Done {
    let (name, rest) = data.split_first_chunk::<8>().ok_or(ProgramError::InvalidInstructionData)?;
    for programs in &GENERATIONS {
        if *program == programs.wormhole {
            return wormhole::process(programs, accounts, *name, rest);
        }
        if *program == programs.receiver {
            return receiver::process(programs, accounts, *name, rest);
        }
        if *program == programs.push {
            return push::process(programs, accounts, *name, rest);
        }
    }
    msg!("deployed at an address that this program does not stand in for");
    Err(ProgramError::IncorrectProgramId)
}

/// Returns `Ok` if `condition` holds. Otherwise it logs `why` and returns the error.
pub(crate) fn ensure(condition: bool, why: &str, error: ProgramError) -> Done {
    if condition {
        return Ok(());
    }
    msg!("stand-in: {}", why);
    Err(error)
}

/// Returns the first `N` accounts. Errors: `NotEnoughAccountKeys` if there are fewer.
pub(crate) fn take<'a, 'info, const N: usize>(
    accounts: &'a [AccountInfo<'info>],
) -> Result<&'a [AccountInfo<'info>; N], ProgramError> {
    accounts.first_chunk().ok_or(ProgramError::NotEnoughAccountKeys)
}

#[cfg(all(target_os = "solana", not(feature = "no-entrypoint")))]
mod entrypoint {
    #![allow(missing_docs, clippy::undocumented_unsafe_blocks)]

    use super::process;
    use anchor_lang::solana_program::entrypoint;

    entrypoint!(process);
}
