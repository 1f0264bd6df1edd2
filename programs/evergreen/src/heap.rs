//! The heap of the program on chain.

use core::{
    alloc::{GlobalAlloc, Layout},
    ptr::null_mut,
};

/// Address of the heap, which is all zero at first. Its first word counts the bytes that were handed out.
const START: usize = 3 << 32;
/// Address of the heap's end.
const END: usize = START + 32 * 1_024;

/// Hands out addresses downwards from the heap's end, and takes nothing back, so whatever is tried several times has one place
/// to be tried in. The loader's own allocator is copied to every place that needs memory; this one is called, which makes the program smaller.
struct Heap;

// SAFETY: What is handed out lies between the heap's first word and what is still handed out, so it is nobody else's, and it is aligned
// because its distance from the end is a multiple of the alignment, as the end is.
unsafe impl GlobalAlloc for Heap {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let count = START as *mut usize;
        let align = layout.align();
        // The size of a layout is at most 2^63 and the count at most that of the heap, so the sum does not wrap.
        // SAFETY: The machine maps the heap at this address, and a program has one thread.
        let used =
            unsafe { *count }.wrapping_add(layout.size()).wrapping_add(align).wrapping_sub(1) & align.wrapping_neg();
        if used > END - START - size_of::<usize>() {
            return null_mut();
        }
        // SAFETY: As above.
        unsafe { *count = used };
        END.wrapping_sub(used) as *mut u8
    }

    /// Takes nothing back.
    #[inline(always)]
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Heap = Heap;
