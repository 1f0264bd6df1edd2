//! Instructions that anybody may send.
