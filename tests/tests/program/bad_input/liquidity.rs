//! Liquidity providers and their tickets.
