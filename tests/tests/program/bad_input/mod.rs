//! Bad input to every instruction: each test asserts the exact error, and that nothing changed.

mod admin;
mod keeper;
mod liquidity;
mod prices;
mod tokens;
mod trade;
