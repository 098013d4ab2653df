//! What is known of a block before it runs: the text of the function that it becomes, and whether it needs an engine
//! of its own. Made once for each text (a bounded table), from a syntax tree.

use super::error::JsError;
use super::{Call, Helper, Param};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use tree_sitter::{Node, Parser, TreeCursor};

/// The most plans that are kept, and the most text that they may hold.
const MOST_PLANS: usize = 256;
const MOST_TEXT: usize = 4 << 20;

/// What is known of a block with these parameters and helpers.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// A number that no other plan has.
    pub(super) id: u64,
    code: Box<str>,
    names: Vec<Box<str>>,
    /// The places, in the call, of the parameters that the block can refer to.
    pub(super) params: Vec<usize>,
    /// The places, in the call, of the helpers that the block mentions.
    pub(super) helpers: Vec<usize>,
    /// How many characters stand before the block on its first line.
    pub(super) head: usize,
    /// The texts of the function, the first one that compiles is the block's.
    pub(super) sources: Vec<String>,
    /// Whether the block runs in an engine of its own.
    pub(super) own_engine: bool,
}

/// The plan of a call.
///
/// # Errors
/// When the text uses what `js` has not got (`import`).
pub(super) fn of(call: &Call<'_>) -> Result<Arc<Plan>, JsError> {
    let key = key(call);
    if let Some(plan) = table().plans.get(&key).filter(|plan| plan.is_of(call)) {
        return Ok(Arc::clone(plan));
    }
    let plan = Arc::new(make(call)?);
    table().keep(key, &plan);
    Ok(plan)
}

#[derive(Default)]
struct Table {
    plans: FxHashMap<u64, Arc<Plan>>,
    text: usize,
}

impl Table {
    fn keep(&mut self, key: u64, plan: &Arc<Plan>) {
        self.text += plan.code.len();
        if self.plans.len() >= MOST_PLANS || self.text > MOST_TEXT {
            self.plans.clear();
            self.text = plan.code.len();
        }
        self.plans.insert(key, Arc::clone(plan));
    }
}

static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names that a call gives, in order: what distinguishes calls with the same text.
fn names<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a str> {
    let params = call.params.iter().map(|param| param.name);
    let helpers = call.helpers.iter().map(|helper| helper.name);
    params.chain(std::iter::once("|")).chain(helpers)
}

fn key(call: &Call<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    call.code.hash(&mut hasher);
    for name in names(call) {
        name.hash(&mut hasher);
    }
    hasher.finish()
}

impl Plan {
    /// Whether the block may throw something that is no error of the engine's.
    pub(super) fn throws(&self) -> bool {
        self.code.contains("throw") || self.code.contains("reject")
    }

    fn is_of(&self, call: &Call<'_>) -> bool {
        *self.code == *call.code && names(call).eq(self.names.iter().map(|name| &**name))
    }
}

fn make(call: &Call<'_>) -> Result<Plan, JsError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let reading = Reading::of(call.code);
    if let Some(line) = reading.imports {
        return Err(JsError {
            line: Some(line),
            ..JsError::unavailable("import")
        });
    }
    let params = usable(call.params, |param: &Param<'_>| param.name);
    let helpers: Vec<_> = usable(call.helpers, |helper: &Helper<'_>| helper.name)
        .into_iter()
        .filter(|(_, name)| call.code.contains(name.as_str()))
        .filter(|(_, name)| !params.iter().any(|(_, taken)| taken == name))
        .collect();
    let head = head(&helpers, &params);
    let code = call.code;
    let mut sources = Vec::with_capacity(2);
    if let Some(value) = &reading.value
        && let (Some(before), Some(expression), Some(after)) = (
            code.get(..value.start),
            code.get(value.clone()),
            code.get(value.end..),
        )
    {
        sources.push(format!(
            "{head}{before}return ({expression}\n){after}\n}}}})"
        ));
    }
    sources.push(format!("{head}{code}\n}}}})"));
    Ok(Plan {
        id: NEXT.fetch_add(1, Ordering::Relaxed),
        code: code.into(),
        names: names(call).map(Box::from).collect(),
        params: params.into_iter().map(|(at, _)| at).collect(),
        helpers: helpers.into_iter().map(|(at, _)| at).collect(),
        head: head.chars().count(),
        sources,
        own_engine: reading.own_engine,
    })
}

/// What stands before the block, on the line of its first: it is called once with the helpers to get the function
/// that is called with the parameters, so that each call has a function of its own.
fn head(helpers: &[(usize, String)], params: &[(usize, String)]) -> String {
    let list = |names: &[(usize, String)]| {
        names
            .iter()
            .map(|(_, name)| name.as_str())
            .collect::<Vec<_>>()
            .join(",")
    };
    format!(
        "(function({}){{return async function({}){{",
        list(helpers),
        list(params)
    )
}

/// The places and identifiers of what can be referred to. Of two with the same identifier, the one that has it as
/// its name counts, then the first.
fn usable<T>(given: &[T], name: impl Fn(&T) -> &str) -> Vec<(usize, String)> {
    let mut usable: Vec<(usize, String)> = Vec::with_capacity(given.len());
    for (at, item) in given.iter().enumerate() {
        let identifier = identifier(name(item));
        if RESERVED.contains(&identifier.as_str()) {
            continue;
        }
        match usable.iter_mut().find(|(_, taken)| *taken == identifier) {
            None => usable.push((at, identifier)),
            Some(taken) if name(item) == identifier => taken.0 = at,
            Some(_) => {}
        }
    }
    usable
}

/// The identifier of a script's name (spec 02 §8.2).
fn identifier(name: &str) -> String {
    let legal = |c: char| {
        c == '_' || c == '$' || c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphabetic())
    };
    let mut identifier: String = name
        .chars()
        .map(|c| if legal(c) { c } else { '_' })
        .collect();
    if identifier.starts_with(|c: char| c.is_ascii_digit()) || identifier.is_empty() {
        identifier.insert(0, '_');
    }
    identifier
}

const RESERVED: &[&str] = &[
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "new",
    "null",
    "return",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
];

/// What a block's syntax tree says.
struct Reading {
    /// The expression whose value is the block's: a lone one, or that of the last statement.
    value: Option<Range<usize>>,
    own_engine: bool,
    /// The line of an `import` statement.
    imports: Option<u32>,
}

impl Reading {
    fn of(code: &str) -> Self {
        thread_local! {
            static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
        }
        PARSER.with_borrow_mut(|parser| {
            let parser = parser.get_or_insert_with(|| {
                let mut parser = Parser::new();
                // A language of another version is an error; without a language nothing parses, and the block runs
                // in an engine of its own.
                let _ = parser.set_language(&tree_sitter_javascript::LANGUAGE.into());
                parser
            });
            match parser.parse(code, None) {
                Some(tree) => Self::from_root(tree.root_node(), code),
                None => Self {
                    value: None,
                    own_engine: true,
                    imports: None,
                },
            }
        })
    }

    fn from_root(root: Node<'_>, code: &str) -> Self {
        let mut cursor = root.walk();
        let last = root
            .named_children(&mut cursor)
            .filter(|node| !node.is_extra())
            .last();
        let value = last.and_then(|statement| value_of(statement, root));
        let mut walk = Walk {
            code,
            own_engine: false,
            imports: None,
        };
        walk.tree(root.walk());
        // The engine knows comments that the tree does not (`<!--`, `-->`); where the two may disagree, or the tree
        // has holes, nothing is taken for granted about what the text does.
        let uncertain = root.has_error() || code.contains("<!--") || code.contains("-->");
        Self {
            value,
            own_engine: walk.own_engine || uncertain,
            imports: walk.imports,
        }
    }
}

/// The expression whose value is the block's, when this is its last statement.
fn value_of(statement: Node<'_>, root: Node<'_>) -> Option<Range<usize>> {
    match statement.kind() {
        "expression_statement" => {
            let mut cursor = statement.walk();
            let expression = statement
                .named_children(&mut cursor)
                .find(|node| !node.is_extra());
            expression.map(|node| node.byte_range())
        }
        // Alone, `{}` is an object.
        "statement_block"
            if root.named_child_count() == 1 && statement.named_child_count() == 0 =>
        {
            Some(statement.byte_range())
        }
        _ => None,
    }
}

/// Looks for what a frozen engine does not allow.
struct Walk<'a> {
    code: &'a str,
    own_engine: bool,
    imports: Option<u32>,
}

impl Walk<'_> {
    fn tree(&mut self, mut cursor: TreeCursor<'_>) {
        loop {
            self.node(cursor.node());
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn node(&mut self, node: Node<'_>) {
        match node.kind() {
            "import_statement" => {
                self.imports = u32::try_from(node.start_position().row + 1).ok();
            }
            "identifier" | "shorthand_property_identifier"
                if COMPILERS.contains(&self.text(node)) =>
            {
                self.own_engine = true;
            }
            "property_identifier" | "string_fragment" => {
                let defines = node
                    .parent()
                    .is_some_and(|parent| parent.kind() == "method_definition");
                let text = self.text(node);
                if (ROOTS.contains(&text) && !defines) || COMPILERS.contains(&text) {
                    self.own_engine = true;
                }
            }
            "assignment_expression" | "augmented_assignment_expression" => {
                self.target(node.child_by_field_name("left"));
            }
            "update_expression" => self.target(node.child_by_field_name("argument")),
            "unary_expression" => {
                let deletes = node
                    .child_by_field_name("operator")
                    .is_some_and(|op| op.kind() == "delete");
                if deletes {
                    self.target(node.child_by_field_name("argument"));
                }
            }
            "call_expression" => self.call(node),
            _ => {}
        }
    }

    /// Something is written: a built-in, or a member of one?
    fn target(&mut self, node: Option<Node<'_>>) {
        let Some(mut node) = node else { return };
        if matches!(node.kind(), "array_pattern" | "object_pattern") {
            let mut cursor = node.walk();
            for part in node.named_children(&mut cursor) {
                self.target(Some(part));
            }
            return;
        }
        let mut member = "";
        loop {
            match node.kind() {
                "member_expression" | "subscript_expression" => {
                    member = node
                        .child_by_field_name("property")
                        .or_else(|| node.child_by_field_name("index"))
                        .map_or("", |node| self.text(node).trim_matches(['\'', '"', '`']));
                }
                "parenthesized_expression" => {}
                "pair_pattern" => return self.target(node.child_by_field_name("value")),
                "assignment_pattern" => return self.target(node.child_by_field_name("left")),
                "identifier" | "this" | "shorthand_property_identifier_pattern" => {
                    let name = self.text(node);
                    let whole = matches!(name, "globalThis" | "this");
                    self.own_engine |= if whole {
                        is_built_in(member)
                    } else {
                        is_built_in(name)
                    };
                    return;
                }
                _ => return,
            }
            let Some(object) = node
                .child_by_field_name("object")
                .or_else(|| node.named_child(0))
            else {
                return;
            };
            node = object;
        }
    }

    /// `Object.assign(Math, …)` and its like.
    fn call(&mut self, node: Node<'_>) {
        let Some(function) = node.child_by_field_name("function") else {
            return;
        };
        let writes = function
            .child_by_field_name("property")
            .is_some_and(|property| WRITERS.contains(&self.text(property)));
        let first = node
            .child_by_field_name("arguments")
            .and_then(|arguments| arguments.named_child(0));
        if writes {
            self.target(first);
        }
    }

    fn text(&self, node: Node<'_>) -> &str {
        self.code.get(node.byte_range()).unwrap_or_default()
    }
}

/// What compiles text, or keeps state that no freezing stops.
const COMPILERS: &[&str] = &[
    "eval",
    "Function",
    "FinalizationRegistry",
    "prepareStackTrace",
    "stackTraceLimit",
];

/// The members by which a built-in object is reached that has no name.
const ROOTS: &[&str] = &[
    "prototype",
    "__proto__",
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
];

/// The functions that write to their first argument.
const WRITERS: &[&str] = &[
    "assign",
    "defineProperty",
    "defineProperties",
    "setPrototypeOf",
    "deleteProperty",
    "set",
];

/// The names of the global object that a block finds there.
pub(super) const BUILT_INS: &[&str] = &[
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "AsyncDisposableStack",
    "Atomics",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Boolean",
    "DOMException",
    "DataView",
    "Date",
    "DisposableStack",
    "Error",
    "EvalError",
    "FinalizationRegistry",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "Function",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "InternalError",
    "Iterator",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "SharedArrayBuffer",
    "String",
    "SuppressedError",
    "Symbol",
    "SyntaxError",
    "TextDecoder",
    "TextEncoder",
    "TypeError",
    "URIError",
    "URL",
    "URLSearchParams",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "atob",
    "btoa",
    "clearInterval",
    "clearTimeout",
    "console",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "globalThis",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "performance",
    "process",
    "queueMicrotask",
    "setInterval",
    "setTimeout",
    "structuredClone",
    "undefined",
    "unescape",
];

fn is_built_in(name: &str) -> bool {
    static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| BUILT_INS.iter().copied().collect());
    NAMES.contains(name)
}
