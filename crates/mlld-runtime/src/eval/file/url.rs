//! Loading what lies at a URL (spec 04 §8).

use super::super::{Cx, Eval};
use super::{Asked, read_operation, single};
use crate::load;
use crate::net::{self, Purpose};
use crate::value::Value;
use mlld_security::Labelled;
use url::Url;

/// Fetches it, and makes of it what a file would be.
pub(super) fn load(cx: &Cx<'_>, asked: &Asked<'_>, url: Url) -> Eval<Labelled<Value>> {
    let wanted = net::Wanted {
        url,
        shown: &asked.shown,
        labels: asked.labels,
        purpose: Purpose::Data,
    };
    let document = net::document(cx, &wanted, &|| read_operation(cx, asked.span))?;
    single::value(cx, asked, load::fetched(&document), document.labels)
}
