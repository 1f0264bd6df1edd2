//! The compiled program on a real runtime with the real token programs.

mod bad_input;
mod accounts;
mod cases;
mod life;
mod liquidity;
mod stories;
mod walk;
