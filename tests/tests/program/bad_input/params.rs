//! Every bound of every parameter.
