//! `with { … }` on values, calls and commands (spec 02 §6.5).

use super::parallel::{self, Limits};
use super::run_stmt::{self, Extra};
use super::{Cx, Eval, Problem, expr, pipe, time};
use crate::value::Value;
use ecow::eco_format;
use mlld_security::{Descriptor, Labelled};
use mlld_syntax::ast::{Entry, Exe, Expr, ExprKind, With, WithExpr};

/// What a key is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// Standard input of a command or code block.
    Stdin,
    /// Members of a group at a time.
    Parallel,
    /// Time between their starts.
    Delay,
    /// Documentation of a definition.
    Description,
    /// How output is printed: what runs it takes care of that.
    Stream,
    /// Understood by a later version: what it is called in the refusal.
    Later(&'static str),
}

/// All keys. `pipeline` with stages is no entry: the parser keeps it apart.
const KEYS: [(&str, Key); 16] = [
    ("stdin", Key::Stdin),
    ("parallel", Key::Parallel),
    ("delay", Key::Delay),
    ("description", Key::Description),
    (
        "pipeline",
        Key::Later("A pipeline that is no list of stages"),
    ),
    ("stream", Key::Stream),
    ("streamFormat", Key::Stream),
    ("guards", Key::Later("Choosing guards (`guards`)")),
    ("policy", Key::Later("A policy for one call (`policy`)")),
    ("tools", Key::Later("Tools for one call (`tools`)")),
    ("profile", Key::Later("A profile (`profile`)")),
    ("auth", Key::Later("Credentials (`auth`)")),
    ("using", Key::Later("Credentials (`using`)")),
    ("format", Key::Later("The option `format`")),
    ("asSection", Key::Later("The option `asSection`")),
    ("skipDirs", Key::Later("The option `skipDirs`")),
];

/// The options that are understood.
#[derive(Default)]
struct Options<'w> {
    stdin: Option<&'w Expr>,
    parallel: Option<&'w Expr>,
    delay: Option<&'w Expr>,
}

/// Looks at every key; one that nobody knows is a mistake, one of a later version a refusal.
fn read<'w>(cx: &Cx<'_>, with: &'w With) -> Eval<Options<'w>> {
    let mut options = Options::default();
    for entry in &with.entries {
        let Entry::Pair(pair) = entry else {
            return cx.unsupported("A spread in `with { … }`");
        };
        let name = pair.key.text.as_str();
        let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == name) else {
            return Err(unknown(name, KEYS.iter().map(|(known, _)| *known)));
        };
        let slot = match key {
            Key::Stdin => &mut options.stdin,
            Key::Parallel => &mut options.parallel,
            Key::Delay => &mut options.delay,
            Key::Stream => continue,
            Key::Description => {
                return misplaced("description", "the definition of an executable");
            }
            Key::Later(what) => return cx.unsupported(what),
        };
        if slot.replace(&pair.value).is_some() {
            let message = eco_format!("The option '{name}' is given twice.");
            return Err(Problem::new("R0133", "MlldDirective", message).plain());
        }
    }
    if with.using.is_some() {
        return cx.unsupported("Credentials (`using`)");
    }
    Ok(options)
}

/// A key that nobody knows, with the nearest known one.
pub(super) fn unknown<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Box<super::Failure> {
    let message = eco_format!("Unknown option '{name}' in with {{ … }}.");
    let problem = Problem::new("R0132", "MlldDirective", message);
    let near = known
        .map(|k| (strsim::osa_distance(k, name), k))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((distance, key)) if distance <= 1 + key.len() / 3 => {
            problem.hint(eco_format!("did you mean {key}?"))
        }
        _ => problem,
    }
    .plain()
}

fn misplaced<T>(name: &str, place: &str) -> Eval<T> {
    let message = eco_format!("The option '{name}' belongs to {place}.");
    Err(Problem::new("R0134", "MlldDirective", message).plain())
}

/// The value of something with options.
pub(super) fn value(cx: &Cx<'_>, w: &WithExpr, extra: Extra<'_>) -> Eval<Labelled<Value>> {
    let options = read(cx, &w.with)?;
    let limits = limits(cx, &options)?;
    match (&w.with.pipeline, &w.value.kind) {
        (Some(groups), _) => {
            let limits = limits.unwrap_or_else(|| parallel::default_limits(cx));
            pipe::with_pipeline(cx, w, groups, limits, extra.labels)
        }
        (None, ExprKind::Pipe(p)) if options.stdin.is_none() => pipe::limited(cx, p, limits),
        _ if limits.is_some() => misplaced("parallel", "a pipeline"),
        _ => run_stmt::options::value(cx, w, extra),
    }
}

/// The value without its pipeline; `labels` are those that a `run` declares.
pub(super) fn source(cx: &Cx<'_>, w: &WithExpr, labels: Descriptor) -> Eval<Labelled<Value>> {
    let _ = read(cx, &w.with)?;
    let extra = Extra {
        labels,
        ..Extra::default()
    };
    run_stmt::options::value(cx, w, extra)
}

fn limits(cx: &Cx<'_>, options: &Options<'_>) -> Eval<Option<Limits>> {
    if options.parallel.is_none() && options.delay.is_none() {
        return Ok(None);
    }
    let mut limits = parallel::default_limits(cx);
    if let Some(e) = options.parallel {
        limits.cap = parallel::number(cx, e, "The option 'parallel' expects a number.")?;
    }
    if let Some(e) = options.delay {
        let message = "The option 'delay' expects a duration like 1s or 500ms.";
        limits.pace = Some(time::of_value(cx, &expr::value(cx, e)?, message)?);
    }
    Ok(Some(limits))
}

/// `with { … }` of a definition: documentation, and what its command or code block gets (spec 02 §6.5).
pub(super) fn check_definition(cx: &Cx<'_>, exe: &Exe) -> Eval<()> {
    let Some(with) = &exe.with else { return Ok(()) };
    let runs = run_stmt::whole(exe).is_some();
    for entry in &with.entries {
        let Entry::Pair(pair) = entry else {
            return cx.unsupported("A spread in `with { … }`");
        };
        let name = pair.key.text.as_str();
        match KEYS.iter().find(|(known, _)| *known == name) {
            Some((_, Key::Description)) => {
                let text = expr::value(cx, &pair.value)?;
                let reader = cx.reader();
                if !matches!(text.read(&reader).data(), Value::Text(_)) {
                    let message = "The option 'description' expects a text.";
                    return cx.fail(&reader, Problem::new("R0135", "TypeMismatch", message));
                }
            }
            Some((_, Key::Later(what))) => return cx.unsupported(what),
            Some((_, Key::Stdin | Key::Stream)) if runs => {}
            Some(_) => return misplaced(name, "the command or the call"),
            None => return Err(unknown(name, KEYS.iter().map(|(known, _)| *known))),
        }
    }
    if with.using.is_some() {
        return cx.unsupported("Credentials (`using`)");
    }
    if with.pipeline.is_some() {
        return misplaced("pipeline", "the body");
    }
    Ok(())
}
