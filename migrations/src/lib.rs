//! From deployed bytecode to a running protocol, and from one layout of its accounts to the next: numbered steps.
//!
//! | what | where |
//! | --- | --- |
//! | what a cluster is to become: one TOML file | [`Cluster`] |
//! | what is there now | [`Chain`] |
//! | the steps: each compares the two and says what is to be done | [`STEPS`], [`Standing`] |
//! | doing it, one transaction at a time | [`Runner`] |
//! | what has been done: a record, never a source | [`Record`] |
//!
//! Every step decides by the chain alone, so a run can be ended at any moment and begun again. No transaction here can take
//! effect twice: each needs something that its own execution takes away.

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
