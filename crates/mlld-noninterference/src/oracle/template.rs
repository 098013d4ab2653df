//! Templates (spec 01 §6, 05 §6.1).

use super::eval::pass_scope;
use super::render::template;
use super::value::{Labelled, Labels, Value};
use super::{Eval, Oracle, error};
use crate::ast::Part;

impl<'s> Oracle<'s> {
    /// The value of a template; one that is a single reference is that value if `alone` says so.
    pub(super) fn template(&mut self, parts: &'s [Part], alone: bool) -> Eval<Labelled> {
        if alone && let [Part::Path(path)] = parts {
            return self.path(path);
        }
        let mut out = String::new();
        let mut labels = Labels::default();
        self.parts(parts, &mut out, &mut labels)?;
        Ok(Labelled::new(Value::Text(out), labels))
    }

    fn named(&mut self, name: &str, labels: &mut Labels) -> Eval<Value> {
        let Some(value) = self.var(name) else {
            return error(format!("Variable not found: {name}"));
        };
        self.look(&value.labels);
        labels.add(&value.labels);
        Ok(value.value)
    }

    fn parts(&mut self, parts: &'s [Part], out: &mut String, labels: &mut Labels) -> Eval<()> {
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Path(path) => {
                    let value = self.path(path)?;
                    self.look(&value.labels);
                    labels.add(&value.labels);
                    out.push_str(&template(&value.value));
                }
                Part::IfTruthy(name) => {
                    let value = self.named(name, labels)?;
                    if value.truthy() {
                        out.push_str(&template(&value));
                    }
                }
                Part::Fragment(name, inner) => {
                    if self.named(name, labels)?.truthy() {
                        self.parts(inner, out, labels)?;
                    }
                }
                Part::Default(path, text) => {
                    let value = self.path(path)?;
                    self.look(&value.labels);
                    labels.add(&value.labels);
                    match value.value {
                        Value::Null => out.push_str(text),
                        value => out.push_str(&template(&value)),
                    }
                }
                Part::Piped(name, stage) => {
                    let value = self.named(name, labels)?;
                    match super::methods::transform(stage, &value) {
                        Some(value) => out.push_str(&template(&value)),
                        None => return error(format!("Transformer {stage} failed")),
                    }
                }
                Part::For(var, source, body) => {
                    let source = self.path(source)?;
                    self.look(&source.labels);
                    labels.add(&source.labels);
                    out.push('\n');
                    for (key, element) in Self::elements(&source.value).unwrap_or_default() {
                        let scope = pass_scope(None, var, key, element, &source.labels);
                        let mut inner = Labels::default();
                        let mut text = String::new();
                        let ((), read) =
                            self.frame(scope, |o| o.parts(body, &mut text, &mut inner))?;
                        labels.add(&inner);
                        labels.add(&read);
                        out.push_str(&text);
                        out.push('\n');
                    }
                }
            }
        }
        Ok(())
    }
}
