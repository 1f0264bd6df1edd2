//! 128-bit multiplication and division for Solana's virtual machine.
//!
//! The machine multiplies and divides 64-bit numbers. For anything wider the compiler calls routines named
//! `__multi3`, `__udivti3`, `__umodti3`, `__divti3` and `__modti3`. The compiler and the linker of the
//! registry-only toolchain disagree on how such a routine hands back its result: Rust would return it through a
//! hidden pointer, the calls expect it in registers. This crate defines the five routines with the calling
//! convention that the calls use (`extern "unadjusted"`), and makes them fast, as they are part of every price.
//!
//! A program only has to link this crate: `use evergreen_int128 as _;`. On every other target the routines are not
//! exported; the plain functions below are there for tests.
//!
//! Three rules hold for the code in here:
//!
//! - It never multiplies or divides 128-bit numbers itself, or a routine would call itself for ever. LLVM recognises
//!   the usual ways of writing a wide product in 64-bit steps and turns them back into a 128-bit one, so one operand
//!   is hidden from it.
//! - All arithmetic is explicitly wrapping. With overflow checks a 64-bit product becomes a 128-bit one, with the
//!   same consequence.
//! - Nothing panics. Rust tests for a divisor of zero before it calls a routine; the result for zero is arbitrary.

#![no_std]
#![cfg_attr(target_arch = "bpf", feature(abi_unadjusted, asm_experimental_arch))]
// The calling convention is the compiler's own affair; that is why this crate exists.
#![cfg_attr(target_arch = "bpf", allow(internal_features))]

mod division;
mod multiplication;
#[cfg(target_arch = "bpf")]
mod symbols;

pub use division::{divide, divide_signed};
pub use multiplication::multiply;

/// High and low half of a 128-bit number.
#[inline(always)]
fn halves(number: u128) -> (u64, u64) {
    ((number >> 64) as u64, number as u64)
}

/// The 128-bit number made of two halves.
#[inline(always)]
fn join(high: u64, low: u64) -> u128 {
    ((high as u128) << 64) | low as u128
}

/// The lower 32 bits of a 64-bit number.
const DIGIT: u64 = 0xffff_ffff;

/// The same number, about which the optimiser knows nothing. Costs no instruction.
#[inline(always)]
fn opaque(number: u64) -> u64 {
    #[cfg(target_arch = "bpf")]
    {
        let mut number = number;
        // SAFETY: there is no instruction in it.
        unsafe {
            core::arch::asm!("/* {0} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags));
        }
        number
    }
    #[cfg(not(target_arch = "bpf"))]
    number
}
