//! Faults that are known and open, on the compiled program: each test that is ignored asserts the right outcome, and fails until it holds. docs/protocol.md
//! names them under *Open*; `cargo test -p evergreen-tests --test open -- --ignored --nocapture` shows their figures. The others are attacks that failed.

mod after;
mod anew;
mod cash;
mod comes;
mod scene;
mod taken;
mod writers;
