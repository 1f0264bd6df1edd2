//! Margin accounts and trades.
