//! The rules of docs/protocol.md, one file for each of its subjects. Each function changes plain data as an instruction that succeeds should.

pub mod carry;
pub mod commit;
pub mod fees;
pub mod fill;
pub mod funding;
pub mod health;
pub mod liquidation;
pub mod liquidity;
pub mod margin;
pub mod orders;
