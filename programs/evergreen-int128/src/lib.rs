//! 128-bit routines.
