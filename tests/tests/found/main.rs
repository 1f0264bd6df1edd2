//! Attacks on prices and money that succeed, on the compiled program.

mod anew;
mod scene;
mod after;
mod cash;
mod comes;
mod taken;
mod writers;
