//! Numbered steps that lead from deployed bytecode to a running protocol, and from one layout of its accounts to the next.
//!
//! | what | where |
//! | --- | --- |
//! | the wanted state of a cluster, from one TOML file | [`Cluster`] |
//! | the present state of the chain | [`Chain`] |
//! | the steps: each compares both states and says what is to be done | [`STEPS`], [`Standing`] |
//! | running the steps, one transaction at a time | [`Runner`] |
//! | a record of what has been done, which no step decides by | [`Record`] |
//!
//! Every step decides by the chain alone, so a run can be interrupted at any moment and started again. No transaction can take effect
//! twice, because its own execution removes a condition that it needs.

mod chain;
mod cluster;
mod describe;
mod keys;
mod params;
mod record;
mod runner;
mod steps;

pub use chain::{Chain, Program, program_sha256};
pub use cluster::{Cluster, ConfigError, PoolPlan, UnderlyingPlan, seconds};
pub use describe::{AccountReport, InstructionReport};
pub use keys::Keyring;
pub use params::{Difference, PoolOverrides, UnderlyingOverrides};
pub use record::{Entry, Record, sha256_of_file};
pub use runner::{ItemReport, Observer, Report, Runner, Sent, State, StepReport, TaskReport};
pub use steps::{Item, STEPS, Scene, Standing, Step, Task, changed_accounts};
