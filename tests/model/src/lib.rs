//! An independent model of the protocol.
//!
//! It is written from docs/protocol.md and docs/mathematics.md alone, in another shape than the program: plain data, whole numbers of any size, and values as real
//! numbers of 192 binary digits. [`model::Model`] says what an instruction should do; a test sends the same to the compiled program and compares everything after
//! each step.

pub mod calendar;
pub mod model;
pub mod observe;
pub mod option;
pub mod real;
pub mod rules;
pub mod state;
pub mod volatility;
pub mod witness;
