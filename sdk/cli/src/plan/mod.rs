//! What is to be done: from arguments and the state of the chain to trades, legs and instructions. Nothing is printed here.

pub mod account;
pub mod close;
pub mod doctor;
pub mod exposure;
pub mod fill;
pub mod fits;
pub mod govern;
pub mod hedge;
pub mod history;
pub mod keeper;
pub mod localnet;
pub mod lp;
pub mod margin;
pub mod migrate;
pub mod offers;
pub mod operator;
pub mod option;
pub mod orders;
pub mod pool;
pub mod positions;
pub mod post;
pub mod price;
pub mod referral;
pub mod series;
pub mod strategy;
pub mod trade;
