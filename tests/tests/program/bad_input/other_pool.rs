//! Accounts of another pool, of another user, or the same one twice, in instructions that are right otherwise.
