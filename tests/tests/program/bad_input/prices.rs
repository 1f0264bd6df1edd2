//! Price accounts.
