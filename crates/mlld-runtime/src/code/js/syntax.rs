//! What a block's syntax tree says: which expression is its value, and whether it does what a shared engine forbids.

use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::LazyLock;
use tree_sitter::{Node, Parser, TreeCursor};

/// What a block's syntax tree says.
pub(super) struct Reading {
    /// The expression whose value is the block's: a lone one, or that of the last statement.
    pub(super) value: Option<Range<usize>>,
    /// Whether it needs an engine of its own.
    pub(super) own_engine: bool,
    /// The line of an `import` statement.
    pub(super) imports: Option<u32>,
}

impl Reading {
    /// Reads a block.
    pub(super) fn of(code: &str) -> Self {
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
        // The engine knows comments that the tree does not (`<!--`, `-->`), and rarer ends of lines; where the two
        // may disagree, or the tree has holes, nothing is taken for granted about what the text does.
        let uncertain = root.has_error()
            || DISPUTED.iter().any(|text| code.contains(text))
            || lone_return(code);
        Self {
            value,
            own_engine: walk.own_engine || uncertain,
            imports: walk.imports,
        }
    }
}

/// What the tree and the engine may read differently.
const DISPUTED: &[&str] = &["<!--", "-->", "\u{2028}", "\u{2029}"];

fn lone_return(code: &str) -> bool {
    code.split('\r').skip(1).any(|rest| !rest.starts_with('\n'))
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
            self.node(&cursor);
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

    fn node(&mut self, cursor: &TreeCursor<'_>) {
        let node = cursor.node();
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
                let text = self.text(node);
                // The name of a method, such as a class's `constructor`, reaches nothing.
                let reaches = ROOTS.contains(&text) && cursor.field_name() != Some("name");
                if reaches || COMPILERS.contains(&text) {
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
        let mut targets: Vec<Node<'_>> = node.into_iter().collect();
        while let Some(target) = targets.pop() {
            match target.kind() {
                "array_pattern" | "object_pattern" => {
                    let mut cursor = target.walk();
                    targets.extend(target.named_children(&mut cursor));
                }
                "pair_pattern" => targets.extend(target.child_by_field_name("value")),
                "assignment_pattern" => targets.extend(target.child_by_field_name("left")),
                "rest_pattern" => targets.extend(target.named_child(0)),
                _ => self.own_engine |= self.is_built_in(target),
            }
        }
    }

    /// Whether what is written is a built-in, or a member of one, or of its members.
    fn is_built_in(&self, mut node: Node<'_>) -> bool {
        let mut member = "";
        loop {
            let inner = match node.kind() {
                "member_expression" | "subscript_expression" => {
                    let name = node
                        .child_by_field_name("property")
                        .or_else(|| node.child_by_field_name("index"));
                    member = name.map_or("", |name| self.text(name).trim_matches(['\'', '"', '`']));
                    node.child_by_field_name("object")
                }
                "parenthesized_expression" => node.named_child(0),
                "this" => return is_built_in(member),
                "identifier" | "shorthand_property_identifier_pattern" => {
                    let name = self.text(node);
                    return is_built_in(if name == "globalThis" { member } else { name });
                }
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => return false,
            }
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
