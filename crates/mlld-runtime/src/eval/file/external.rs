//! Templates in files of their own (spec 04 §4): `template "f.att"`.

use super::super::{Cx, Eval, Globals, Hooks, ModuleEnv, Problem, expr, template};
use super::name::{self, Wanted, Written};
use super::{missing, read_operation, workspace};
use crate::effect::read::{self, FilePath};
use crate::load;
use crate::load::ExternalTemplate;
use crate::module::Origin;
use crate::run::ScriptText;
use crate::value::{Home, Value, render};
use ecow::eco_format;
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Expr, Quote};
use mlld_syntax::{Mode, Span};
use std::path::Path;
use std::sync::Arc;

/// Reads the template of the executable that is defined at `home`. The file is read when the `exe` is evaluated.
pub(in super::super) fn define(cx: &Cx<'_>, home: Home, path: &Expr) -> Eval<()> {
    if workspace::is_named_in(cx, path)? {
        return cx.unsupported("A template in a workspace");
    }
    let value = expr::value(cx, path)?;
    let template = read(cx, value.map(|v| render::template(&v)), path.span)?;
    cx.run.loads.add_template(home, template);
    Ok(())
}

/// Reads a template file.
pub(in super::super) fn read(
    cx: &Cx<'_>,
    written: Labelled<ecow::EcoString>,
    at: Span,
) -> Eval<ExternalTemplate> {
    let reader = cx.reader();
    let written = Written::of_text(written.take(&reader).trim().into());
    let labels = reader.seen();
    let Some(quote) = quote_of(&written.rest) else {
        let message = eco_format!(
            "Unsupported template file extension for {}. Use .att (@var) or .mtt ({{{{var}}}}).",
            written.shown
        );
        return cx.fail(&reader, Problem::new("R0440", "MlldFile", message));
    };
    let file = match name::wanted(cx, &written).map_err(|p| p.about(labels))? {
        Wanted::File(file) => file,
        Wanted::Url(_) => return cx.unsupported("A template at a URL"),
        Wanted::Workspace(_) => return cx.unsupported("A template in a workspace"),
        Wanted::Pattern(_) => {
            let message = "The path of a template is no file pattern.";
            return cx.fail(&reader, Problem::new("R0406", "MlldFile", message));
        }
    };
    let template = TemplateFile {
        file,
        written,
        quote,
        labels,
        inside: cx.run.store().join(labels, cx.module.script.labels),
    };
    template.read(cx, at)
}

/// How the text of a template file is written, by the file's name.
pub(in super::super) fn quote_of(name: &str) -> Option<Quote> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "att" => Some(Quote::DoubleColon),
        "mtt" => Some(Quote::TripleColon),
        _ => None,
    }
}

/// A template file that has been found.
pub(in super::super) struct TemplateFile {
    /// The file.
    pub(in super::super) file: FilePath,
    /// How messages name it.
    pub(in super::super) written: Written,
    /// How its text is written.
    pub(in super::super) quote: Quote,
    /// The labels of what the path was made of.
    pub(in super::super) labels: Descriptor,
    /// What the text carries besides the labels of the file, where messages quote it.
    pub(in super::super) inside: Descriptor,
}

impl TemplateFile {
    /// Reads it.
    pub(in super::super) fn read(self, cx: &Cx<'_>, at: Span) -> Eval<ExternalTemplate> {
        let Self {
            file,
            written,
            quote,
            labels,
            inside,
        } = self;
        let operation = read_operation(cx, at);
        let permit = cx.permit(operation, Labelled::entering(file.clone(), labels))?;
        let loaded = read::text(permit)
            .map_err(|e| missing::cannot_read(cx, &written, &file, &e).about(labels))?;
        let store = cx.run.store();
        let provenance = load::provenance(store, [loaded.real_path.as_path()]);
        let inside = store.join(inside, provenance);

        let (body, diagnostics) = mlld_syntax::parse_template_body(&loaded.text, quote);
        let tree = Arc::new(mlld_syntax::parse("", Mode::Strict).module);
        let script = ScriptText::new(
            &written.shown.as_str().into(),
            &loaded.text.as_str().into(),
            &tree,
        );
        let script = Arc::new(script.labelled(inside));
        if let Some(first) = diagnostics.first() {
            let place = script.place(first.span);
            let message = eco_format!(
                "The template {} is not valid: {} (line {}, column {})",
                written.shown,
                first.message,
                place.line,
                place.column
            );
            return Err(Problem::new("R0441", "MlldParse", message).about(inside));
        }
        let folder = loaded.path.parent().unwrap_or(Path::new("/")).to_path_buf();
        let module = cx.run.add_module(|number| ModuleEnv {
            number,
            script,
            tree,
            globals: Globals::default(),
            folder,
            front_matter: None,
            hooks: Hooks::default(),
            origin: Origin::default(),
        });
        Ok(ExternalTemplate {
            module,
            template: body,
            labels,
        })
    }
}

/// The text of the template of the executable that is running: its parameters are all that is in sight.
pub(in super::super) fn text(cx: &Cx<'_>) -> Eval<Labelled<Value>> {
    let Some(external) = cx.run.loads.template(cx.home) else {
        return cx.unsupported("`template` with a file outside of an `exe`");
    };
    let inner = Cx {
        module: &external.module,
        ..*cx
    };
    let text = template::text(&inner, &external.template)?;
    Ok(text
        .joined(cx.run.store(), external.labels)
        .map(Value::Text))
}
