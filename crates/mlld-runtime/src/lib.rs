//! mlld-runtime
