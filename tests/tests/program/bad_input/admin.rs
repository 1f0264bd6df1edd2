//! Administration: roles, parameters, pauses.
