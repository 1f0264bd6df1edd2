//! Stateful fuzzing of the compiled program.
//!
//! An episode begins in a [scene](scene::Scene): pools with traders, providers, keepers, curators and an issuer. Its steps are random: a [call](calls) of
//! an instruction by somebody, several in one transaction, a [sequence](scripts) that reaches rare states, or an [event](edits) of the world outside,
//! such as a price, a pause by an issuer, a seizure. After each transaction all invariants of [`evergreen_tests::invariants`] hold, and a refusal has a
//! [name](refusals). At the end [everybody leaves](recovery). What does not hold is [made short](shrink::shrink) and written to a
//! [file](reproducer::Reproducer), which is repeated by tests.

pub mod calls;
pub mod draws;
pub mod edits;
pub mod episode;
pub mod hunt;
pub mod market;
pub mod recovery;
pub mod refusals;
pub mod reproducer;
pub mod rites;
pub mod scene;
pub mod scripts;
pub mod shrink;
pub mod tally;
