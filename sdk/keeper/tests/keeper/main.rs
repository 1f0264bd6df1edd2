//! These tests run the keeper on a market with many traders and a network that fails. The keeper must leave no task undone and do
//! none twice. The command that runs the keeper is tested in the crate of the commands.

mod hour;
mod posting;
mod running;
