//! Scripts as text.

use super::{
    Arm, Base, Block, Body, Bound, Call, Effect, Exe, Expr, ForBody, ForExpr, Import, ImportKind,
    Item, Js, Logic, Medium, Module, Mx, Op, Part, Path, Policy, Quote, Script, Stage, Step, Stmt,
};
use std::fmt::Write as _;

/// A script as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The text of the script.
    pub main: String,
    /// Its other files: name and text.
    pub files: Vec<(String, String)>,
}

/// The file name of a module.
#[must_use]
pub fn module_name(number: usize) -> String {
    format!("m{number}.mld")
}

impl Script {
    /// The script as it is run the `run`th time: 0 or 1.
    #[must_use]
    pub fn print(&self, run: usize) -> Printed {
        let mut printer = Printer {
            script: self,
            run,
            out: String::new(),
            depth: 0,
            policies: 0,
            files: Vec::new(),
        };
        if self.tracked {
            printer.put("policy @tracking = { defaults: { implicitflows: \"track\" } }\n");
        }
        printer.top(&self.body);
        let main = std::mem::take(&mut printer.out);
        for (number, module) in self.modules.iter().enumerate() {
            printer.module(module);
            let text = std::mem::take(&mut printer.out);
            printer.files.push((module_name(number), text));
        }
        Printed {
            main,
            files: printer.files,
        }
    }
}

struct Printer<'s> {
    script: &'s Script,
    run: usize,
    out: String,
    depth: usize,
    policies: usize,
    files: Vec<(String, String)>,
}

impl Printer<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
    }

    fn module(&mut self, module: &Module) {
        if let Some(exports) = &module.exports {
            let _ = writeln!(self.out, "export {{ {} }}", exports.join(", "));
        }
        self.top(&module.body);
    }

    fn top(&mut self, block: &Block) {
        for stmt in block {
            self.stmt(stmt, true);
            self.put("\n");
        }
    }

    fn block(&mut self, block: &Block) {
        self.put("[");
        self.depth += 1;
        if matches!(block.first(), None | Some(Stmt::Call(_))) {
            // Else it could be an array (spec 01 §16).
            self.line();
            self.put("let @_e = 0");
        }
        for stmt in block {
            self.line();
            self.stmt(stmt, false);
        }
        self.depth -= 1;
        self.line();
        self.put("]");
    }

    fn labels(&mut self, labels: &[String]) {
        if !labels.is_empty() {
            let text = labels.join(",");
            self.put(&text);
            self.put(" ");
        }
    }

    fn stmt(&mut self, stmt: &Stmt, top: bool) {
        match stmt {
            Stmt::Bind {
                labels,
                name,
                value,
            } => {
                self.put(if top { "var " } else { "let " });
                self.labels(labels);
                let _ = write!(self.out, "@{name} = ");
                self.expr(value);
            }
            Stmt::Secret(number) => {
                if let Some(secret) = self.script.secrets.get(*number) {
                    let _ = write!(self.out, "var {} @{} = ", secret.label, secret.name);
                    if let Some(value) = secret.values.get(self.run) {
                        self.expr(value);
                    }
                }
            }
            Stmt::Augment(name, value) => {
                let _ = write!(self.out, "@{name} += ");
                self.expr(value);
            }
            Stmt::Effect(effect) => self.effect(effect),
            Stmt::If(cond, then, other) => {
                self.put("if ");
                self.operand(cond);
                self.put(" ");
                self.block(then);
                if let Some(other) = other {
                    self.put(" else ");
                    self.block(other);
                }
            }
            Stmt::When(arms, other) => self.arms(arms.iter(), other.as_ref(), Self::block),
            Stmt::For {
                key,
                var,
                source,
                filter,
                body,
            } => {
                self.put("for ");
                self.head(key.as_deref(), var, source, filter.as_ref());
                self.put(" ");
                self.block(body);
            }
            Stmt::Loop(limit, until, body) => self.loop_(limit, until.as_ref(), body),
            Stmt::Done(value) => self.word("done", value.as_ref()),
            Stmt::Continue(value) => self.word("continue", value.as_ref()),
            Stmt::Skip => self.put("skip"),
            Stmt::Bail(text) => self.word("bail", Some(text)),
            Stmt::Call(call) => self.call(call),
            Stmt::Run(call, stages) => {
                self.put("run ");
                self.call(call);
                self.stages(stages);
            }
            Stmt::Return(labels, value) => {
                self.put("=> ");
                self.labels(labels);
                self.expr(value);
            }
            Stmt::Files(name, files) => {
                let _ = write!(self.out, "files <@{name}/> = [");
                for (i, (file, value)) in files.iter().enumerate() {
                    self.put(if i > 0 { ", { " } else { " { " });
                    let _ = write!(self.out, "\"{file}\": ");
                    self.expr(value);
                    self.put(" }");
                }
                self.put(" ]");
            }
            Stmt::Exe(exe) => self.exe(exe),
            Stmt::Import(import) => self.import(import),
            Stmt::Policy(policy) => self.policy(policy),
        }
    }

    fn word(&mut self, word: &str, value: Option<&Expr>) {
        self.put(word);
        if let Some(value) = value {
            self.put(" ");
            self.expr(value);
        }
    }

    fn effect(&mut self, effect: &Effect) {
        let (word, target) = match &effect.medium {
            Medium::Show => ("show ", String::new()),
            Medium::Log => ("log ", String::new()),
            Medium::File(path) => ("output ", format!(" to \"{path}\"")),
            Medium::Stdout => ("output ", " to stdout".into()),
            Medium::Append(path) => ("append ", format!(" to \"{path}\"")),
        };
        self.put(word);
        self.labels(&effect.labels);
        self.expr(&effect.value);
        self.put(&target);
    }

    fn exe(&mut self, exe: &Exe) {
        self.put("exe ");
        self.labels(&exe.labels);
        let params = exe.params.join(", ");
        let _ = write!(self.out, "@{}({params}) = ", exe.name);
        match &exe.body {
            Body::Value(value) => self.expr(value),
            Body::Block(block) => self.block(block),
            Body::Js(js) => self.js(*js, &exe.params),
            Body::File(file, parts) => {
                let _ = write!(self.out, "template \"{file}\"");
                let main = std::mem::take(&mut self.out);
                self.parts(Quote::Colons, parts);
                let text = std::mem::replace(&mut self.out, main);
                self.files.push((file.clone(), text));
            }
        }
    }

    fn js(&mut self, js: Js, params: &[String]) {
        let a = params.first().map_or("0", String::as_str);
        let b = params.get(1).map_or(a, String::as_str);
        let code = match js {
            Js::Constant => "return 7".to_owned(),
            Js::Text => format!("return \"js:\" + String({a})"),
            Js::Pair => format!("return [{a}, {b}]"),
            Js::Object => format!("return {{k: {a}}}"),
            Js::Length => format!("return {a}.length"),
            Js::Branch => format!("if ({b}) {{ return {a} }} return {a}"),
            Js::Throw => {
                format!("if (String({a}).length > 3) {{ throw new Error(\"long\") }} return {a}")
            }
        };
        let _ = write!(self.out, "js {{ {code} }}");
    }

    fn import(&mut self, import: &Import) {
        self.put("import ");
        self.labels(&import.labels);
        let file = module_name(import.module);
        match &import.kind {
            ImportKind::Names(names) => {
                let names: Vec<String> = names
                    .iter()
                    .map(|(name, alias)| {
                        if name == alias {
                            format!("@{name}")
                        } else {
                            format!("@{name} as @{alias}")
                        }
                    })
                    .collect();
                let _ = write!(self.out, "{{ {} }} from \"./{file}\"", names.join(", "));
            }
            ImportKind::Namespace(name) => {
                let _ = write!(self.out, "\"./{file}\" as @{name}");
            }
        }
    }

    fn policy(&mut self, policy: &Policy) {
        self.policies += 1;
        let _ = write!(self.out, "policy @policy{} = {{ ", self.policies);
        self.put("labels: {");
        for (i, (label, op)) in policy.deny.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(self.out, "{comma} \"{label}\": {{ deny: [\"{op}\"] }}");
        }
        self.put(" } }");
    }

    fn arms<'a, T: 'a>(
        &mut self,
        arms: impl Iterator<Item = &'a (Expr, T)>,
        other: Option<&T>,
        print: impl Fn(&mut Self, &T),
    ) {
        self.put("when [");
        self.depth += 1;
        for (cond, arm) in arms {
            self.line();
            self.operand(cond);
            self.put(" => ");
            print(self, arm);
        }
        if let Some(other) = other {
            self.line();
            self.put("* => ");
            print(self, other);
        }
        self.depth -= 1;
        self.line();
        self.put("]");
    }

    fn arm(&mut self, arm: &Arm) {
        match arm {
            Arm::Value(value) => self.expr(value),
            Arm::Retry(hint) => self.word("retry", hint.as_ref()),
            Arm::Block(block) => self.block(block),
        }
    }

    fn head(&mut self, key: Option<&str>, var: &str, source: &Expr, filter: Option<&Expr>) {
        if let Some(key) = key {
            let _ = write!(self.out, "@{key}, ");
        }
        let _ = write!(self.out, "@{var} in ");
        self.operand(source);
        if let Some(filter) = filter {
            self.put(" when ");
            self.operand(filter);
        }
    }

    fn for_(&mut self, f: &ForExpr) {
        self.put(if f.parallel { "for parallel " } else { "for " });
        self.head(f.key.as_deref(), &f.var, &f.source, f.filter.as_ref());
        match &f.body {
            ForBody::Value(value) => {
                self.put(" => ");
                self.expr(value);
            }
            ForBody::Block(block) => {
                self.put(" ");
                self.block(block);
            }
        }
        if !f.batch.is_empty() {
            self.put(" =>");
            self.stages(&f.batch);
        }
    }

    fn loop_(&mut self, limit: &Expr, until: Option<&Expr>, body: &Block) {
        self.put("loop(");
        self.expr(limit);
        self.put(") ");
        if let Some(until) = until {
            self.put("until ");
            self.operand(until);
            self.put(" ");
        }
        self.block(body);
    }

    fn call(&mut self, call: &Call) {
        let _ = write!(self.out, "@{}", call.name);
        self.args(&call.args);
    }

    fn args(&mut self, args: &[Expr]) {
        self.put("(");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            self.operand(arg);
        }
        self.put(")");
    }

    /// An expression where an operator stands beside it.
    fn operand(&mut self, expr: &Expr) {
        let alone = matches!(
            expr,
            Expr::Text(_)
                | Expr::Num(_)
                | Expr::Bool(_)
                | Expr::Null
                | Expr::Path(_)
                | Expr::List(_)
                | Expr::Object(..)
                | Expr::Foreach(..)
                | Expr::WorkFile(..)
        ) || matches!(expr, Expr::Template(Quote::Back | Quote::Double, _));
        if alone {
            self.expr(expr);
        } else {
            self.put("(");
            self.expr(expr);
            self.put(")");
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Text(text) => {
                let _ = write!(self.out, "'{text}'");
            }
            Expr::Num(n) => {
                let _ = write!(self.out, "{n}");
            }
            Expr::Bool(b) => {
                let _ = write!(self.out, "{b}");
            }
            Expr::Null => self.put("null"),
            Expr::Path(path) => self.path(path),
            Expr::Template(quote, parts) => self.template(*quote, parts),
            Expr::List(items) => self.list(items),
            Expr::Object(spread, entries) => self.object(spread.as_deref(), entries),
            Expr::Bin(op, a, b) => {
                self.operand(a);
                let _ = write!(self.out, " {} ", op_text(*op));
                self.operand(b);
            }
            Expr::Not(a) => {
                // `!word` behind `=>` is a label (spec 01 §16).
                self.put("!(");
                self.expr(a);
                self.put(")");
            }
            Expr::Logic(logic, a, b) => {
                self.operand(a);
                self.put(match logic {
                    Logic::And => " && ",
                    Logic::Or => " || ",
                    Logic::Coalesce => " ?? ",
                });
                self.operand(b);
            }
            Expr::Ternary(c, a, b) => {
                self.operand(c);
                self.put(" ? ");
                self.operand(a);
                self.put(" : ");
                self.operand(b);
            }
            Expr::When(arms, other) => self.arms(arms.iter(), other.as_deref(), Self::arm),
            Expr::Match(on, arms, other) => {
                self.put("when ");
                self.operand(on);
                let out = std::mem::take(&mut self.out);
                self.arms(arms.iter(), other.as_deref(), Self::arm);
                let arms = std::mem::replace(&mut self.out, out);
                self.put(arms.strip_prefix("when").unwrap_or(&arms));
            }
            Expr::For(f) => self.for_(f),
            Expr::Foreach(name, lists) => {
                let _ = write!(self.out, "foreach @{name}");
                self.args(lists);
            }
            Expr::Loop(limit, until, body) => self.loop_(limit, until.as_deref(), body),
            Expr::Pipe(value, stages) => {
                if matches!(**value, Expr::Template(..)) {
                    self.expr(value);
                } else {
                    self.operand(value);
                }
                self.stages(stages);
            }
            Expr::Group(calls, stages) => {
                self.group(calls, true);
                self.stages(stages);
            }
            Expr::Block(block) => self.block(block),
            Expr::WorkFile(space, file) => {
                let _ = write!(self.out, "<@{space}/{file}>");
            }
        }
    }

    fn group(&mut self, calls: &[Call], leading: bool) {
        for (i, call) in calls.iter().enumerate() {
            if i > 0 {
                self.put(" || ");
            } else if leading {
                self.put("|| ");
            }
            self.call(call);
        }
    }

    fn list(&mut self, items: &[Item]) {
        self.put("[");
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            self.operand(&item.expr);
            if item.optional {
                self.put("?");
            }
        }
        self.put("]");
    }

    fn object(&mut self, spread: Option<&str>, entries: &[(String, Item)]) {
        self.put("{");
        if let Some(spread) = spread {
            let _ = write!(self.out, "...@{spread}");
        }
        for (i, (key, item)) in entries.iter().enumerate() {
            if i > 0 || spread.is_some() {
                self.put(", ");
            }
            let mark = if item.optional { "?" } else { "" };
            let _ = write!(self.out, "{key}{mark}: ");
            self.operand(&item.expr);
        }
        self.put("}");
    }

    fn stages(&mut self, stages: &[Stage]) {
        for stage in stages {
            self.put(" | ");
            match stage {
                Stage::Builtin(name) => {
                    let _ = write!(self.out, "@{name}");
                }
                Stage::Call(call) => self.call(call),
                Stage::Group(calls) => self.group(calls, false),
                Stage::Show(log) => self.put(if *log { "log" } else { "show" }),
                Stage::While(limit, name) => {
                    let _ = write!(self.out, "while({limit}) @{name}");
                }
                Stage::Object(entries) => {
                    let entries: Vec<_> = entries
                        .iter()
                        .map(|(k, e)| (k.clone(), Item::from(e.clone())))
                        .collect();
                    self.object(None, &entries);
                }
            }
        }
    }

    fn path(&mut self, path: &Path) {
        match &path.base {
            Base::Var(name) => {
                let _ = write!(self.out, "@{name}");
            }
            Base::Call(call) => self.call(call),
            Base::Builtin(name, args) => {
                let _ = write!(self.out, "@{name}");
                self.args(args);
            }
            Base::List(items) => self.list(items),
        }
        self.steps(&path.steps);
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Field(name) => {
                    let _ = write!(self.out, ".{name}");
                }
                Step::Index(i) => {
                    let _ = write!(self.out, "[{i}]");
                }
                Step::By(name) => {
                    let _ = write!(self.out, "[@{name}]");
                }
                Step::Slice(a, b) => {
                    self.put("[");
                    self.bound(a.as_ref());
                    self.put(":");
                    self.bound(b.as_ref());
                    self.put("]");
                }
                Step::Method(name, args) => {
                    let _ = write!(self.out, ".{name}");
                    self.args(args);
                }
                Step::Mx(mx) => self.put(match mx {
                    Mx::Labels => ".mx.labels",
                    Mx::Taint => ".mx.taint",
                    Mx::Keys => ".mx.keys",
                    Mx::Values => ".mx.values",
                    Mx::Length => ".mx.length",
                }),
            }
        }
    }

    fn bound(&mut self, bound: Option<&Bound>) {
        match bound {
            Some(Bound::At(i)) => {
                let _ = write!(self.out, "{i}");
            }
            Some(Bound::Var(name)) => {
                let _ = write!(self.out, "@{name}");
            }
            None => {}
        }
    }

    fn template(&mut self, quote: Quote, parts: &[Part]) {
        let delimiter = match quote {
            Quote::Back => "`",
            Quote::Double => "\"",
            Quote::Colons => "::",
            Quote::Triple => ":::",
        };
        self.put(delimiter);
        self.parts(quote, parts);
        self.put(delimiter);
    }

    fn parts(&mut self, quote: Quote, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(text) => self.put(text),
                Part::Path(path) if quote == Quote::Triple => {
                    self.put("{{");
                    if let Base::Var(name) = &path.base {
                        self.put(name);
                    }
                    self.steps(&path.steps);
                    self.put("}}");
                }
                Part::Path(path) => self.path(path),
                Part::IfTruthy(name) => {
                    let _ = write!(self.out, "@{name}?");
                }
                Part::Fragment(name, inner) => {
                    let delimiter = if quote == Quote::Double { "\"" } else { "`" };
                    let _ = write!(self.out, "@{name}?{delimiter}");
                    self.parts(quote, inner);
                    self.put(delimiter);
                }
                Part::Default(path, text) => {
                    self.path(path);
                    let _ = write!(self.out, "??'{text}'");
                }
                Part::Piped(name, stage) => {
                    let _ = write!(self.out, "@{name}|@{stage}");
                }
                Part::For(var, source, body) => {
                    let _ = write!(self.out, "\n/for @{var} in ");
                    self.path(source);
                    self.put("\n");
                    self.parts(quote, body);
                    self.put("\n/end");
                }
            }
        }
    }
}

fn op_text(op: Op) -> &'static str {
    match op {
        Op::Add => "+",
        Op::Sub => "-",
        Op::Mul => "*",
        Op::Div => "/",
        Op::Rem => "%",
        Op::Eq => "==",
        Op::Ne => "!=",
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        Op::Ge => ">=",
    }
}
