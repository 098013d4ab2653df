//! Imports from URLs (spec 04 §7.8, §8.1).

use super::super::{Cx, Eval, Problem};
use super::{Request, operation};
use crate::net::{self, Kept, Purpose, Wanted, kept};
use mlld_syntax::ast::ImportKind;
use url::Url;

/// How long what a URL gave is used again, if the import does not say: five minutes.
const TTL: f64 = 5.0 * 60.0 * 1000.0;

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
pub(super) fn fetch(cx: &Cx<'_>, request: &Request<'_>, url: &Url, purpose: Purpose) -> Eval<Kept> {
    let ttl = match request.import.kind {
        ImportKind::Live => 0.0,
        ImportKind::Cached(ttl) => ttl.unwrap_or(TTL),
        _ => TTL,
    };
    // An address that was made of labelled data is not written down.
    let keeps = ttl > 0.0 && request.labels.is_empty();
    let known = match keeps {
        true => kept::get(cx.run, url, ttl).or_else(|p| request.fail(p))?,
        false => None,
    };
    if let Some(known) = known {
        judge(cx, request, &known.hops, purpose)?;
        return Ok(known);
    }
    let wanted = wanted(request, url, purpose);
    let document = net::document(cx, &wanted, &|| operation(cx, request.import))?;
    if keeps {
        kept::put(cx.run, &document);
    }
    Ok(document.into())
}

/// Judges the addresses of what was fetched before.
pub(super) fn judge(
    cx: &Cx<'_>,
    request: &Request<'_>,
    hops: &[Url],
    purpose: Purpose,
) -> Eval<()> {
    let Some(first) = hops.first() else {
        return Ok(());
    };
    let wanted = wanted(request, first, purpose);
    net::judge(cx, &wanted, hops, &|| operation(cx, request.import))
}

fn wanted<'r>(request: &'r Request<'_>, url: &Url, purpose: Purpose) -> Wanted<'r> {
    Wanted {
        url: url.clone(),
        shown: &request.written,
        labels: request.labels,
        purpose,
    }
}
