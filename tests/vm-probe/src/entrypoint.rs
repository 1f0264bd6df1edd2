//! How the virtual machine enters the program.

use core::{panic::PanicInfo, slice};

use crate::{ANSWER, answer};

unsafe extern "C" {
    fn sol_log_(message: *const u8, length: u64);
    fn sol_remaining_compute_units() -> u64;
    fn sol_set_return_data(data: *const u8, length: u64);
}

/// Runs the probe on an instruction. It returns zero, or the number of a refusal.
///
/// # Safety
/// `input` must be the serialized input of an instruction, as the machine passes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(input: *const u8) -> u64 {
    // SAFETY: the input begins with the number of accounts. Without accounts the length of the instruction data
    // follows, then the data itself; all of it is readable and stays for the whole call.
    let data = unsafe {
        if input.cast::<u64>().read() != 0 {
            return WITH_ACCOUNTS;
        }
        let length = input.cast::<u64>().add(1).read();
        slice::from_raw_parts(input.add(16), length as usize)
    };
    // SAFETY: a system call without arguments.
    let remaining = || unsafe { sol_remaining_compute_units() };
    let mut buffer = [0; ANSWER];
    match answer(data, remaining, &mut buffer) {
        Ok(length) => {
            // SAFETY: the length is within the buffer.
            unsafe { sol_set_return_data(buffer.as_ptr(), length as u64) };
            0
        }
        Err(refusal) => refusal as u64,
    }
}

/// Exit code for an instruction with accounts, of which the probe takes none.
const WITH_ACCOUNTS: u64 = 100;

/// Logs the message of a panic. The standard library calls this when the program panics.
#[unsafe(no_mangle)]
fn custom_panic(info: &PanicInfo<'_>) {
    let message = info.message().as_str().unwrap_or("panicked");
    // SAFETY: pointer and length are those of a string.
    unsafe { sol_log_(message.as_ptr(), message.len() as u64) };
}
