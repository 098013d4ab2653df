//! What the user says about the network (spec 04 §8.1, 09 §1.3).

use super::Domains;
use std::time::Duration;

/// What the user says about fetching URLs. The lists of the project's configuration hold besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlOptions {
    /// How long one document may take, all redirects together (`--url-timeout`).
    pub timeout: Duration,
    /// Bytes that a document may have, decompressed (`--url-max-size`).
    pub max_size: u64,
    /// If given, only these may be fetched from (`--url-allowed-domains`).
    pub allowed: Option<Domains>,
    /// These may not (`--url-blocked-domains`).
    pub blocked: Domains,
    /// Modules may be imported from any host that may be fetched from (`--yolo`).
    pub approve_imports: bool,
}

impl Default for UrlOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            max_size: 5 * 1024 * 1024,
            allowed: None,
            blocked: Domains::default(),
            approve_imports: false,
        }
    }
}
