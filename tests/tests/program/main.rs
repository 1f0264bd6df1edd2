//! The compiled program on a real runtime with the real token programs.

mod accounts;
mod arguments;
mod attacks;
mod audit;
mod bad_input;
mod cases;
mod exits;
mod giving_way;
mod governance;
mod invariants;
mod layout;
mod life;
mod liquidity;
mod migration;
mod orders;
mod parallel;
mod price_sources;
mod prices;
mod rare_cases;
mod referrals;
mod second_runtime;
mod seizures;
mod stories;
mod tokens;
mod walk;
mod week;
