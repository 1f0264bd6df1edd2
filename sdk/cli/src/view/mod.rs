//! What is said: from results to tables for people and JSON for machines. Nothing is asked of the network here.

pub mod event_words;

pub mod account;
pub mod app;
pub mod chain;
pub mod close;
pub mod commitment;
pub mod compare;
pub mod doctor;
pub mod exposure;
pub mod fill;
pub mod govern;
pub mod hedge;
pub mod history;
pub mod keeper;
pub mod localnet;
pub mod lp;
pub mod margin;
pub mod migrate;
pub mod operator;
pub mod orders;
pub mod pool;
pub mod portfolio;
pub mod positions;
pub mod post;
pub mod price;
pub mod referral;
pub mod series;
pub mod serve;
pub mod trade;
