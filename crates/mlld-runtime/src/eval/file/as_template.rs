//! `as` (spec 04 §1.6, §1.7): a template around a file, a new heading for a section, and `<>` in both.

use super::super::{Cx, Eval, expr, path, scope::Kind, template};
use crate::load::section::{self, SectionError, Sections};
use crate::load::{self, Content};
use crate::value::{Value, access, meta, render};
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Expr, ExprKind};

/// The name that the current file is bound to: one that no script can write.
const CURRENT: &str = "<>";

/// The text of a template in which `<>` is `item`.
pub(super) fn text(
    cx: &Cx<'_>,
    template: &Expr,
    item: Labelled<Value>,
) -> Eval<Labelled<EcoString>> {
    let scope = cx.scope.inner();
    scope.bind(CURRENT.into(), item, Kind::Loop);
    let inner = Cx {
        scope: &scope,
        ..*cx
    };
    let text = match &template.kind {
        ExprKind::Template(t) => template::text(&inner, t)?,
        _ => expr::value(&inner, template)?.map(|v| render::template(&v)),
    };
    // The text is of this file even if it says nothing of it: which texts there are tells which files there are.
    let labels = path::lookup(&inner, CURRENT).map_or(Descriptor::EMPTY, |v| v.descriptor());
    Ok(text.joined_before(cx.run.store(), labels))
}

/// `<>` and its fields; nothing outside of an `as` template.
pub(in super::super) fn current(cx: &Cx<'_>, fields: &[EcoString]) -> Eval<Labelled<Value>> {
    match path::lookup(cx, CURRENT) {
        None => cx.unsupported("`<>` outside of an `as` template"),
        Some(item) => Ok(item.map(|item| field(&item, fields))),
    }
}

/// What `<>.a.b` says; a field that is not there says nothing.
fn field(item: &Value, fields: &[EcoString]) -> Value {
    let Some((first, rest)) = fields.split_first() else {
        return Value::Text(render::template(item));
    };
    let is_file = item.view().is_some_and(|v| v.file.is_some());
    let start = match first.as_str() {
        "mx" => match rest.split_first() {
            Some((name, rest)) => return within(about(item, name), rest),
            None => Some(Value::object(meta::fields(item))),
        },
        "json" if is_file => Some(item.data().clone()),
        "content" | "text" if is_file => Some(Value::Text(render::template(item))),
        name if is_file => meta::field(item, name),
        name => access::field(item, name).ok(),
    };
    within(start, rest)
}

/// A field of what is known of the item.
fn about(item: &Value, name: &str) -> Option<Value> {
    // A definition brings what is known of it.
    let own = item.as_object().filter(|_| item.view().is_none());
    own.and_then(|o| o.get("mx")?.as_object()?.get(name).cloned())
        .or_else(|| meta::field(item, name))
}

fn within(start: Option<Value>, fields: &[EcoString]) -> Value {
    let walk = |at: Option<Value>, name: &EcoString| access::field(&at?, name).ok();
    match fields.iter().fold(start, walk) {
        None => Value::text(""),
        Some(value) if value.is_nullish() => Value::text(""),
        Some(value) => value,
    }
}

/// The texts of the headings of a file, of one level or all.
pub(super) fn heading_names(content: &Content, level: Option<usize>) -> Vec<EcoString> {
    section::headings(&content.text)
        .iter()
        .filter(|h| level.is_none_or(|l| l == h.level))
        .map(|h| h.title.into())
        .collect()
}

/// A section that gets a new heading.
pub(super) struct Renamed<'r> {
    pub(super) template: &'r Expr,
    pub(super) sections: &'r Sections,
    pub(super) content: Content,
    /// The labels of the file, and of what chose it.
    pub(super) labels: Descriptor,
}

impl Renamed<'_> {
    /// The section under its new heading; `<>` in that is the section without the old one.
    pub(super) fn value(self, cx: &Cx<'_>) -> Eval<Result<Labelled<Value>, SectionError>> {
        let (level, body) = match self.sections.body(&self.content.text) {
            Ok(Some((level, body))) => (level, EcoString::from(body)),
            Ok(None) => {
                let nothing = load::part(EcoString::new(), self.content);
                return Ok(Ok(Labelled::entering(nothing, self.labels)));
            }
            Err(error) => return Ok(Err(error)),
        };
        let item = load::part(body.clone(), self.content.clone());
        let title = text(cx, self.template, Labelled::entering(item, self.labels))?;
        Ok(Ok(title.map(|title| {
            let mut text = if title.starts_with('#') {
                title
            } else {
                eco_format!("{} {title}", "#".repeat(level))
            };
            if !body.is_empty() {
                text.push('\n');
                text.push_str(&body);
            }
            load::part(text.trim().into(), self.content)
        })))
    }
}
