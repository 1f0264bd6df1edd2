//! The compiled program on a real runtime with the real token programs.

mod bad_input;
mod life;
mod liquidity;
mod stories;
mod walk;
