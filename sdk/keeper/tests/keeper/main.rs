//! The keeper against a market with a crowd in it and a network that fails: what it must not leave undone, and what it must not
//! do twice. The command that runs it is tested beside the command.

mod hour;
mod posting;
mod running;
