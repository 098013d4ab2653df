//! Imports from URLs (spec 04 §7.8, §8.1).

use super::super::{Cx, Eval, Problem};
use super::{Request, operation};
use crate::net::{self, Document, Purpose, kept};
use ecow::EcoString;
use mlld_syntax::ast::ImportKind;
use url::Url;

/// How long what a URL gave is used again, if the import does not say: five minutes.
const TTL: f64 = 5.0 * 60.0 * 1000.0;

/// What a URL gives that is imported.
pub(super) struct Fetched {
    /// The address that gave it: relative imports in it start there.
    pub(super) url: Url,
    /// The first and the last address that were asked.
    pub(super) addresses: Vec<EcoString>,
    /// Its text.
    pub(super) bytes: Vec<u8>,
}

/// The URL that an import names: relative ones of a module from a URL start there.
pub(super) fn named(cx: &Cx<'_>, written: &str) -> Result<Option<Url>, Problem> {
    if net::is_address(written) {
        return net::parse(written).map(Some);
    }
    let elsewhere = written.starts_with(['@', '/']) || written.starts_with("node:");
    match &cx.module.origin.url {
        Some(base) if !elsewhere => net::below(base, written).map(Some),
        _ => Ok(None),
    }
}

/// Fetches what is imported, or takes what was fetched before. Either way every address on the way is judged.
pub(super) fn fetch(
    cx: &Cx<'_>,
    request: &Request<'_>,
    url: &Url,
    purpose: Purpose,
) -> Eval<Fetched> {
    let ttl = match request.import.kind {
        ImportKind::Live => 0.0,
        ImportKind::Cached(ttl) => ttl.unwrap_or(TTL),
        _ => TTL,
    };
    let wanted = net::Wanted {
        url: url.clone(),
        shown: &request.written,
        labels: request.labels,
        purpose,
    };
    let operation = || operation(cx, request.import);
    // An address that was made of labelled data is not written down.
    let keeps = ttl > 0.0 && request.labels.is_empty();
    let known = match keeps {
        true => kept::get(cx.run, url, ttl).or_else(|p| request.fail(p))?,
        false => None,
    };
    if let Some(known) = known {
        net::judge(cx, &wanted, &known.hops, &operation)?;
        return fetched(known.hops, known.bytes, request);
    }
    let document = net::document(cx, &wanted, &operation)?;
    if keeps {
        kept::put(cx.run, &document);
    }
    let Document { hops, bytes, .. } = document;
    fetched(hops, bytes, request)
}

fn fetched(mut hops: Vec<Url>, bytes: Vec<u8>, request: &Request<'_>) -> Eval<Fetched> {
    let first = hops.first().map(|url| EcoString::from(url.as_str()));
    let Some(url) = hops.pop() else {
        return request.fail(net::not_loaded(&request.written, "it has no address"));
    };
    let mut addresses = vec![EcoString::from(url.as_str())];
    if let Some(first) = first.filter(|first| !addresses.contains(first)) {
        addresses.insert(0, first);
    }
    Ok(Fetched {
        url,
        addresses,
        bytes,
    })
}
