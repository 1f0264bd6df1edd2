//! Instructions of the system program, and the rent that its accounts need.
//!
//! Their interface's own encoder is generic over formats and errors that cannot happen, and takes 20,000 bytes of the program.

use crate::errors::EvergreenError;
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

/// Returns the lamports that an account of `space` bytes needs to be free of rent, rounded up. Errors: `Overflow`.
pub fn rent_exempt(space: usize) -> Result<u64> {
    exempt(&Rent::get()?, space).ok_or_else(|| EvergreenError::Overflow.into())
}

/// Bytes that the chain adds to those of an account's data.
const OVERHEAD: u64 = 128;

/// The years of rent that are asked for are a binary fraction, `mantissa · 2^−shift`. It is multiplied by its bits, because the machine has no fractions: the
/// routines for them take 9,000 bytes.
// The fields are to be renamed; no other way leads around fractions.
#[allow(deprecated)]
fn exempt(rent: &Rent, space: usize) -> Option<u64> {
    const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
    let bytes = OVERHEAD.checked_add(u64::try_from(space).ok()?)?;
    let yearly = bytes.checked_mul(rent.lamports_per_byte_year)?;
    let bits = rent.exemption_threshold.to_bits();
    let mantissa = bits & ((1 << FRACTION) - 1) | 1 << FRACTION;
    let shift = (1_023 + FRACTION).checked_sub(u32::try_from(bits >> FRACTION).ok()?)?;
    let product = u128::from(yearly).checked_mul(mantissa.into())?;
    let up = 1u128.checked_shl(shift)?.checked_sub(1)?;
    u64::try_from(product.checked_add(up)? >> shift).ok()
}

#[cfg(test)]
#[allow(deprecated)]
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

    #[test]
    fn rent_is_that_of_the_chain_and_never_less() {
        for threshold in [1.0, 2.0, 0.1, 1.5, 2.75, 1.0 / 3.0] {
            let rent = Rent { lamports_per_byte_year: 3_480, exemption_threshold: threshold, ..Rent::default() };
            for space in [0, 1, 82, 165, 1_000, 10_240, 10 << 20] {
                let (ours, theirs) = (exempt(&rent, space).unwrap(), rent.minimum_balance(space));
                assert!(ours == theirs || ours == theirs + 1, "{threshold} {space}: {ours} {theirs}");
                assert!(ours == theirs || ![1.0, 2.0].contains(&threshold), "{threshold} {space}");
            }
        }
    }

    #[test]
    fn rent_that_no_number_holds_is_refused() {
        for threshold in [f64::INFINITY, f64::NAN, -1.0, 1e300, 1e-300] {
            assert_eq!(exempt(&Rent { exemption_threshold: threshold, ..Rent::default() }, 165), None, "{threshold}");
        }
        assert_eq!(exempt(&Rent { lamports_per_byte_year: u64::MAX, ..Rent::default() }, 165), None);
    }
}
