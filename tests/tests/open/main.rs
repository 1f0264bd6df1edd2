//! Faults that were found on the compiled program, and mended: each test asserts the right outcome. One that is ignored is of a fault that is open, and fails until it holds; docs/protocol.md
//! names those under *Open*, and `cargo test -p evergreen-tests --test open -- --ignored --nocapture` shows their figures. Others are attacks that failed.

mod admins;
mod after;
mod anew;
mod arranged;
mod both;
mod cash;
mod claims;
mod coarse;
mod comes;
mod crowd;
mod debts;
mod delegates;
mod dusty;
mod excess;
mod often;
mod orders;
mod owing;
mod pairs;
mod pushed;
mod rebates;
mod scene;
mod seized;
mod set_off;
mod shares;
mod short;
mod shut;
mod sides;
mod small;
mod sold;
mod stale;
mod successors;
mod swept;
mod taken;
mod told;
mod writers;
