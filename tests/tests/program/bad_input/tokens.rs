//! Mints, vaults and token programs.
