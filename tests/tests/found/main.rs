//! Attacks on prices and money that succeed, on the compiled program.

mod after;
mod anew;
mod cash;
mod comes;
mod scene;
mod taken;
mod writers;
