//! The command that keeps markets, in a process of its own: what a kill must not undo, and what its document says. The keeper
//! itself is tested beside its library.

mod commands;
mod document;
mod killed;
mod many;
mod nodes;
mod operations;
mod posting;
mod process;
mod scale;
mod served;
mod told;
