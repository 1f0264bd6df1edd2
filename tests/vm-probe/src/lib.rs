//! A program for tests only: runs arithmetic on the virtual machine and measures it.
//!
//! It is a program of its own, so that the released one carries nothing that is there for tests. It links the
//! arithmetic the same way the released program does.
//!
//! Instruction data: a mode and the number of an operation (both in [`codes`]), then the operands of as many calls
//! as fit. The answer is the transaction's return data: in mode [`codes::RESULTS`] the results one after the other,
//! in mode [`codes::UNITS`] the compute units of each call as `u64`. Units are net: those of
//! [`codes::NOTHING`], which only reads and writes, are taken off. Measuring takes a machine with the system call
//! `sol_remaining_compute_units`, which `evergreen_tests::probe::machine` gives. Accounts are not needed.
//!
//! ```
//! use evergreen_vm_probe::{answer, codes};
//!
//! let mut data = vec![codes::RESULTS, codes::DIV_UNSIGNED];
//! data.extend(43u128.to_le_bytes());
//! data.extend(6u128.to_le_bytes());
//! let mut buffer = [0; evergreen_vm_probe::ANSWER];
//! assert_eq!(answer(&data, || 0, &mut buffer), Ok(16));
//! assert_eq!(buffer[..16], 7u128.to_le_bytes());
//! ```

pub mod codes;
#[cfg(all(target_os = "solana", not(feature = "no-entrypoint")))]
mod entrypoint;
pub mod operations;
pub mod pricing;

#[cfg(target_arch = "bpf")]
use evergreen_int128 as _;
#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;

use operations::OPERATIONS;

/// The longest answer: what a transaction may return.
pub const ANSWER: usize = 1024;

/// Why an instruction was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No mode, or no operation, of that number.
    Unknown = 1,
    /// The operands are not those of a whole number of calls.
    Operands = 2,
    /// The answer would be longer than [`ANSWER`].
    TooMany = 3,
}

/// Computes the answer to an instruction and returns its length.
///
/// `remaining` tells how many compute units are left.
pub fn answer(data: &[u8], remaining: impl Fn() -> u64, buffer: &mut [u8; ANSWER]) -> Result<usize, Refusal> {
    let [mode, code, operands @ ..] = data else {
        return Err(Refusal::Unknown);
    };
    let operation = OPERATIONS.get(usize::from(*code)).ok_or(Refusal::Unknown)?;
    if operands.is_empty() || operands.len() % operation.input != 0 {
        return Err(Refusal::Operands);
    }
    let calls = operands.chunks_exact(operation.input);
    let size = match *mode {
        codes::RESULTS => operation.output,
        codes::UNITS => size_of::<u64>(),
        _ => return Err(Refusal::Unknown),
    };
    let length = calls.len().saturating_mul(size);
    let places = buffer.get_mut(..length).ok_or(Refusal::TooMany)?.chunks_exact_mut(size);
    // Asking for the units needs a feature of the machine that is off on mainnet: results come without it.
    let overhead =
        if *mode == codes::UNITS { units(&OPERATIONS[usize::from(codes::NOTHING)], &[0; 32], &remaining) } else { 0 };
    for (input, place) in calls.zip(places) {
        if *mode == codes::RESULTS {
            (operation.run)(input, place);
        } else {
            let units = units(operation, input, &remaining).saturating_sub(overhead);
            place.copy_from_slice(&units.to_le_bytes());
        }
    }
    Ok(length)
}

/// The units of one call, and of asking for them.
fn units(operation: &operations::Operation, input: &[u8], remaining: impl Fn() -> u64) -> u64 {
    let mut buffer = [0; ANSWER];
    let Some(output) = buffer.get_mut(..operation.output) else {
        return 0;
    };
    // The table's entry is hidden from the optimiser, which would compute the call at another place otherwise.
    let run = std::hint::black_box(operation.run);
    let before = remaining();
    run(input, output);
    before.saturating_sub(remaining())
}
