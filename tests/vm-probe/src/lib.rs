//! A program for tests only: runs arithmetic on the virtual machine and measures it.
//!
//! It is a program of its own, so that the released one contains nothing that is there only for tests. It links the
//! arithmetic the same way the released program does.
//!
//! Instruction data are a mode and the number of an operation (both in [`codes`]), then the operands of as many calls
//! as fit. The answer is the transaction's return data: in mode [`codes::RESULTS`] the results one after the other,
//! in mode [`codes::UNITS`] the compute units of each call as `u64`. Units are net: those of
//! [`codes::NOTHING`], which only reads and writes, are subtracted. Measuring takes a machine with the system call
//! `sol_remaining_compute_units`, such as that of `evergreen_tests::probe`. Instructions have no accounts.
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

/// Bytes of the longest answer, which is the most that a transaction may return.
pub const ANSWER: usize = 1024;

/// Why an instruction was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no mode or no operation of that number.
    Unknown = 1,
    /// The operands are not those of a whole number of calls.
    Operands = 2,
    /// The answer would be longer than [`ANSWER`].
    TooMany = 3,
}

/// Writes the answer to an instruction into the buffer and returns its length in bytes. `remaining` tells how many compute units
/// are left.
///
/// # Errors
/// `Unknown` for a mode or operation that does not exist, `Operands` unless the operands are those of one or more whole calls, and
/// `TooMany` if the answer would be longer than the buffer.
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
    // Asking for the units needs a feature of the machine that is off on mainnet, so results are computed without asking.
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

/// Returns the compute units of one call and of asking for them.
fn units(operation: &operations::Operation, input: &[u8], remaining: impl Fn() -> u64) -> u64 {
    let mut buffer = [0; ANSWER];
    let Some(output) = buffer.get_mut(..operation.output) else {
        return 0;
    };
    // The table's entry is hidden from the optimiser, which otherwise could move the call out of the measured part.
    let run = std::hint::black_box(operation.run);
    let before = remaining();
    run(input, output);
    before.saturating_sub(remaining())
}
