//! mlld-security
