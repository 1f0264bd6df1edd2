//! What a page calls: functions on the module's memory. The linker makes two modules: one exports [`eg_call`], the other one [`eg_first`].

use crate::{respond, respond_first, views::Views};
use std::sync::{Mutex, PoisonError};

static VIEWS: Mutex<Option<Views>> = Mutex::new(None);

/// Sets memory aside for `len` bytes and returns its place; zero bytes have none.
#[unsafe(no_mangle)]
pub extern "C" fn eg_alloc(len: usize) -> *mut u8 {
    Box::leak(vec![0; len].into_boxed_slice()).as_mut_ptr()
}

/// Gives memory of [`eg_alloc`] or of an answer back.
///
/// # Safety
/// Place and length are those that were given out, and nobody uses the memory afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eg_free(at: *mut u8, len: usize) {
    // SAFETY: the caller promises that this is a boxed slice which was leaked.
    drop(unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(at, len)) });
}

/// Answers the call in memory of [`eg_alloc`], which it keeps. Returns the place of the answer in the low half and its length in the high half.
///
/// # Safety
/// Place and length are those that were given out, and nobody uses the memory afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eg_call(at: *mut u8, len: usize) -> u64 {
    // SAFETY: the caller promises it.
    unsafe { answered(at, len, respond) }
}

/// As [`eg_call`], for calls of the first part alone.
///
/// # Safety
/// As there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn eg_first(at: *mut u8, len: usize) -> u64 {
    // SAFETY: the caller promises it.
    unsafe { answered(at, len, respond_first) }
}

unsafe fn answered(at: *mut u8, len: usize, respond: fn(&[u8], &mut Views) -> String) -> u64 {
    // SAFETY: the caller promises that this is a boxed slice which was leaked.
    let asked = unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(at, len)) };
    let mut views = VIEWS.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = respond(&asked, views.get_or_insert_default()).into_bytes().into_boxed_slice();
    let answer = Box::leak(answer);
    (answer.len() as u64) << 32 | answer.as_mut_ptr() as usize as u64
}
