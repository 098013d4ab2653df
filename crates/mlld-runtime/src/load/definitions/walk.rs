//! From a syntax tree to definitions: which nodes define something, language by language (spec 04 §2.3).

use super::Definition;
use super::language::Language;
use ecow::{EcoString, eco_format};
use std::ops::Range;
use tree_sitter::{Node, Parser};

/// How deep containers are looked into.
const MAX_DEPTH: usize = 64;

/// How deep a declarator of C is looked into.
const MAX_DECLARATOR: usize = 32;

/// The definitions of a text.
pub(super) fn definitions(language: Language, text: &str) -> Vec<Definition> {
    let mut parser = Parser::new();
    if parser.set_language(&language.grammar()).is_err() {
        return Vec::new();
    }
    let Some(tree) = parser.parse(text, None) else {
        return Vec::new();
    };
    let mut walk = Walk {
        language,
        text,
        found: Vec::new(),
    };
    walk.children(tree.root_node(), &Inside::default());
    // What contains others stands in front of them.
    walk.found
        .sort_by_key(|d| (d.extent.start, std::cmp::Reverse(d.extent.end)));
    walk.found
}

/// What a node stands in.
#[derive(Clone, Debug, Default)]
struct Inside {
    /// A class or what is like one: functions are methods.
    class: bool,
    /// The names of the modules and classes around, where names are qualified.
    path: EcoString,
    depth: usize,
}

impl Inside {
    fn class(&self) -> Self {
        Self {
            class: true,
            depth: self.depth + 1,
            path: self.path.clone(),
        }
    }

    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    /// What a function is called here.
    fn function(&self) -> &'static str {
        if self.class { "method" } else { "function" }
    }
}

struct Walk<'t> {
    language: Language,
    text: &'t str,
    found: Vec<Definition>,
}

impl<'t> Walk<'t> {
    fn children(&mut self, node: Node<'_>, inside: &Inside) {
        if inside.depth > MAX_DEPTH {
            return;
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for child in children {
            self.visit(child, child, inside);
        }
    }

    /// Looks at the children of the body of a node.
    fn body(&mut self, node: Node<'_>, inside: &Inside) {
        if let Some(body) = node.child_by_field_name("body") {
            self.children(body, inside);
        }
    }

    /// Looks at a node; `extent` is what its code is, if it defines something.
    fn visit(&mut self, node: Node<'_>, extent: Node<'_>, inside: &Inside) {
        match self.language {
            Language::TypeScript | Language::Tsx => self.typescript(node, extent, inside),
            Language::Python => self.python(node, inside),
            Language::Go => self.go(node),
            Language::Rust => self.rust(node, inside),
            Language::Java => self.java(node, inside),
            Language::Ruby => self.ruby(node, inside),
            Language::C | Language::Cpp => self.c(node, extent, inside),
            Language::CSharp => self.csharp(node, inside),
            Language::Solidity => self.solidity(node, inside),
        }
    }

    fn typescript(&mut self, node: Node<'_>, extent: Node<'_>, inside: &Inside) {
        match node.kind() {
            "export_statement" => {
                if let Some(inner) = node.child_by_field_name("declaration") {
                    self.visit(inner, node, inside);
                }
            }
            "ambient_declaration" => {
                if let Some(inner) = node.named_child(0) {
                    self.visit(inner, extent, inside);
                }
            }
            "function_declaration" | "generator_function_declaration" | "function_signature"
                if !inside.class =>
            {
                self.define("function", node, extent);
            }
            "class_declaration" | "abstract_class_declaration" => {
                self.define("class", node, extent);
                self.body(node, &inside.class());
            }
            "method_definition" if inside.class => self.define("method", node, extent),
            "interface_declaration" => self.define("interface", node, extent),
            "enum_declaration" => self.define("enum", node, extent),
            "type_alias_declaration" => self.define("type-alias", node, extent),
            "lexical_declaration" | "variable_declaration" => {
                let mut cursor = node.walk();
                let declarators: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
                for name in declarators
                    .iter()
                    .filter_map(|d| d.child_by_field_name("name"))
                {
                    self.bound_names(name, extent, 0);
                }
            }
            _ => {}
        }
    }

    /// The names that a pattern binds.
    fn bound_names(&mut self, pattern: Node<'_>, extent: Node<'_>, level: usize) {
        match pattern.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                self.add(self.slice(pattern), "variable", extent, extent);
            }
            // What stands on the left of a pair or a default is bound, nothing on the right of a default.
            "pair_pattern" => {
                if let Some(value) = pattern.child_by_field_name("value") {
                    self.bound_names(value, extent, level + 1);
                }
            }
            "assignment_pattern" | "object_assignment_pattern" => {
                if let Some(left) = pattern.child_by_field_name("left") {
                    self.bound_names(left, extent, level + 1);
                }
            }
            "object_pattern" | "array_pattern" | "rest_pattern" if level < MAX_DEPTH => {
                let mut cursor = pattern.walk();
                let inner: Vec<Node<'_>> = pattern.named_children(&mut cursor).collect();
                for inner in inner {
                    self.bound_names(inner, extent, level + 1);
                }
            }
            _ => {}
        }
    }

    fn python(&mut self, node: Node<'_>, inside: &Inside) {
        match node.kind() {
            "decorated_definition" => {
                if let Some(inner) = node.child_by_field_name("definition") {
                    self.python(inner, inside);
                }
            }
            "function_definition" => self.define(inside.function(), node, node),
            "class_definition" if !inside.class => {
                self.define("class", node, node);
                self.body(node, &inside.class());
            }
            "expression_statement" if !inside.class => {
                let assignment = node.named_child(0).filter(|n| n.kind() == "assignment");
                if let Some(left) = assignment.and_then(|a| a.child_by_field_name("left")) {
                    self.python_names(left, node);
                }
            }
            _ => {}
        }
    }

    fn python_names(&mut self, left: Node<'_>, statement: Node<'_>) {
        match left.kind() {
            "identifier" => self.add(self.slice(left), "variable", statement, statement),
            "pattern_list" | "tuple_pattern" => {
                let mut cursor = left.walk();
                let names: Vec<Node<'_>> = left
                    .named_children(&mut cursor)
                    .filter(|n| n.kind() == "identifier")
                    .collect();
                for name in names {
                    self.add(self.slice(name), "variable", statement, statement);
                }
            }
            _ => {}
        }
    }

    fn go(&mut self, node: Node<'_>) {
        match node.kind() {
            "function_declaration" => self.define("function", node, node),
            "method_declaration" => self.define("method", node, node),
            "type_declaration" | "const_declaration" | "var_declaration" => {
                let mut cursor = node.walk();
                // In parentheses each stands on lines of its own.
                let grouped = node
                    .children(&mut cursor)
                    .any(|c| matches!(c.kind(), "(" | "var_spec_list"));
                self.go_specs(node, node, grouped);
            }
            _ => {}
        }
    }

    fn go_specs(&mut self, node: Node<'_>, whole: Node<'_>, grouped: bool) {
        let mut cursor = node.walk();
        let specs: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        for spec in specs {
            let extent = if grouped { spec } else { whole };
            match spec.kind() {
                "var_spec_list" => self.go_specs(spec, whole, true),
                "type_spec" => {
                    let kind = match spec.child_by_field_name("type").map(|t| t.kind()) {
                        Some("struct_type") => "struct",
                        Some("interface_type") => "interface",
                        _ => "type",
                    };
                    self.define(kind, spec, extent);
                }
                "type_alias" => self.define("type", spec, extent),
                "const_spec" | "var_spec" => {
                    let mut cursor = spec.walk();
                    let names: Vec<Node<'_>> = spec
                        .children_by_field_name("name", &mut cursor)
                        .filter(|n| n.kind() == "identifier")
                        .collect();
                    for name in names {
                        self.add(self.slice(name), "variable", extent, extent);
                    }
                }
                _ => {}
            }
        }
    }

    fn rust(&mut self, node: Node<'_>, inside: &Inside) {
        match node.kind() {
            "function_item" => self.define(inside.function(), node, node),
            "struct_item" => self.define("struct", node, node),
            "enum_item" => self.define("enum", node, node),
            "trait_item" => {
                self.define("trait", node, node);
                self.body(node, &inside.class());
            }
            "const_item" | "static_item" if !inside.class => self.define("variable", node, node),
            "type_item" => self.define("type", node, node),
            "mod_item" => {
                self.define("module", node, node);
                self.body(node, &inside.deeper());
            }
            "impl_item" => self.body(node, &inside.class()),
            _ => {}
        }
    }

    fn java(&mut self, node: Node<'_>, inside: &Inside) {
        let kind = match node.kind() {
            "class_declaration" | "record_declaration" => "class",
            "interface_declaration" => "interface",
            "enum_declaration" => "enum",
            "method_declaration"
            | "constructor_declaration"
            | "compact_constructor_declaration" => {
                return self.define("method", node, node);
            }
            "enum_body_declarations" => return self.children(node, &inside.class()),
            _ => return,
        };
        self.define(kind, node, node);
        self.body(node, &inside.class());
    }

    fn ruby(&mut self, node: Node<'_>, inside: &Inside) {
        match node.kind() {
            "module" | "class" => {
                let Some(name) = node.child_by_field_name("name") else {
                    return;
                };
                let name = match inside.path.as_str() {
                    "" => self.slice(name).into(),
                    path => eco_format!("{path}::{}", self.slice(name)),
                };
                self.add(&name, node_kind(node), node, node);
                let within = Inside {
                    class: inside.class || node.kind() == "class",
                    path: name,
                    depth: inside.depth + 1,
                };
                self.body(node, &within);
            }
            "singleton_class" => self.body(node, &inside.deeper()),
            "method" | "singleton_method" => self.define(inside.function(), node, node),
            "assignment" => {
                if let Some(left) = node.child_by_field_name("left")
                    && left.kind() == "constant"
                {
                    self.add(self.slice(left), "variable", node, node);
                }
            }
            _ => {}
        }
    }

    fn c(&mut self, node: Node<'_>, extent: Node<'_>, inside: &Inside) {
        match node.kind() {
            "function_definition" => {
                let Some(name) = node
                    .child_by_field_name("declarator")
                    .and_then(|d| declared(d).0)
                else {
                    return;
                };
                let text = self.slice(name);
                let last = text.rsplit("::").next().unwrap_or(text);
                let kind = match last.len() < text.len() {
                    true => "method",
                    false => inside.function(),
                };
                self.add(last.trim(), kind, node, extent);
            }
            "class_specifier" | "struct_specifier" | "union_specifier" | "enum_specifier" => {
                self.c_type(node, extent, inside, None);
            }
            "declaration" => {
                if let Some(inner) = node.child_by_field_name("type") {
                    self.c_type(inner, extent, inside, None);
                }
                let mut cursor = node.walk();
                let declarators: Vec<Node<'_>> = node
                    .children_by_field_name("declarator", &mut cursor)
                    .collect();
                for declarator in declarators {
                    if let (Some(name), false) = declared(declarator)
                        && !inside.class
                    {
                        self.add(self.slice(name), "variable", node, extent);
                    }
                }
            }
            "field_declaration" => {
                if let Some(inner) = node.child_by_field_name("type") {
                    self.c_type(inner, extent, inside, None);
                }
            }
            "type_definition" => {
                let name = node
                    .child_by_field_name("declarator")
                    .and_then(|d| declared(d).0);
                if let Some(inner) = node.child_by_field_name("type") {
                    self.c_type(inner, extent, inside, name);
                }
            }
            "template_declaration" => {
                if let Some(last) = last_child(node) {
                    self.c(last, extent, inside);
                }
            }
            "namespace_definition" | "linkage_specification" => {
                match node.child_by_field_name("body") {
                    Some(body) if body.kind() == "declaration_list" => {
                        self.children(body, &inside.deeper());
                    }
                    Some(single) => self.c(single, single, inside),
                    None => {}
                }
            }
            "preproc_if" | "preproc_ifdef" | "preproc_else" | "preproc_elif" => {
                self.children(node, &inside.deeper());
            }
            _ => {}
        }
    }

    /// A class, struct, union or enum that is defined here, not only named.
    fn c_type(
        &mut self,
        node: Node<'_>,
        extent: Node<'_>,
        inside: &Inside,
        alias: Option<Node<'_>>,
    ) {
        let kind = match node.kind() {
            "class_specifier" => "class",
            "struct_specifier" => "struct",
            "union_specifier" => "union",
            "enum_specifier" => "enum",
            _ => return,
        };
        if node.child_by_field_name("body").is_none() {
            return;
        }
        if let Some(name) = node.child_by_field_name("name").or(alias) {
            self.add(self.slice(name), kind, node, extent);
        }
        if kind != "enum" {
            self.body(node, &inside.class());
        }
    }

    fn csharp(&mut self, node: Node<'_>, inside: &Inside) {
        let kind = match node.kind() {
            "namespace_declaration" => return self.body(node, &inside.deeper()),
            "file_scoped_namespace_declaration" => return self.children(node, &inside.deeper()),
            "class_declaration" => "class",
            "struct_declaration" => "struct",
            "interface_declaration" => "interface",
            "enum_declaration" => return self.define("enum", node, node),
            "record_declaration" => "record",
            "method_declaration" | "constructor_declaration" => {
                return self.define("method", node, node);
            }
            "field_declaration" => return self.csharp_field(node),
            _ => return,
        };
        self.define(kind, node, node);
        self.body(node, &inside.class());
    }

    /// A field, if it is constant or static.
    fn csharp_field(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        let parts: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        let fixed =
            |n: &Node<'_>| n.kind() == "modifier" && matches!(self.slice(*n), "const" | "static");
        if !parts.iter().any(fixed) {
            return;
        }
        for declaration in parts.iter().filter(|n| n.kind() == "variable_declaration") {
            let mut cursor = declaration.walk();
            let names: Vec<Node<'_>> = declaration
                .named_children(&mut cursor)
                .filter(|n| n.kind() == "variable_declarator")
                .filter_map(|d| d.child_by_field_name("name").or_else(|| d.named_child(0)))
                .collect();
            for name in names {
                self.add(self.slice(name), "variable", node, node);
            }
        }
    }

    fn solidity(&mut self, node: Node<'_>, inside: &Inside) {
        let kind = match node.kind() {
            "contract_declaration" => "contract",
            "interface_declaration" => "interface",
            "library_declaration" => "library",
            "function_definition" => "function",
            "constructor_definition" => {
                return self.add("constructor", "constructor", node, node);
            }
            "modifier_definition" => "modifier",
            "event_definition" => "event",
            "struct_declaration" => "struct",
            "enum_declaration" => "enum",
            "error_declaration" => "error",
            _ => return,
        };
        self.define(kind, node, node);
        if matches!(kind, "contract" | "interface" | "library") {
            self.body(node, &inside.class());
        }
    }

    /// Adds the definition of a node that has its name in a field.
    fn define(&mut self, kind: &'static str, node: Node<'_>, extent: Node<'_>) {
        if let Some(name) = node.child_by_field_name("name") {
            self.add(self.slice(name), kind, node, extent);
        }
    }

    fn add(&mut self, name: &str, kind: &'static str, node: Node<'_>, extent: Node<'_>) {
        if name.is_empty() {
            return;
        }
        let code = match self.language.is_exact() {
            true => extent.byte_range(),
            false => self.lines(extent),
        };
        let body = match node.child_by_field_name("body") {
            Some(body) => body.byte_range(),
            None => {
                node.child_by_field_name("name")
                    .map_or(code.start, |n| n.end_byte())..code.end
            }
        };
        self.found.push(Definition {
            name: name.into(),
            kind,
            line: extent.start_position().row + 1,
            code,
            extent: extent.byte_range(),
            body,
        });
    }

    /// The lines that a node stands on, without the last line end.
    fn lines(&self, node: Node<'_>) -> Range<usize> {
        let before = self.text.get(..node.start_byte()).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let own = self.text.get(start..node.end_byte()).unwrap_or_default();
        // Some nodes end with the end of their last line.
        let mut end = start + own.trim_end_matches(['\n', '\r']).len();
        end += line_rest(self.text, end);
        if self.language == Language::Python {
            // Blank lines up to the next statement belong to it.
            let behind = self.text.get(end..).unwrap_or_default();
            let blank = behind.len() - behind.trim_start().len();
            let blank = behind.get(..blank).unwrap_or_default();
            // The last line of them may be the indentation of what follows.
            end += match behind.len() == blank.len() {
                true => 0,
                false => blank.rfind('\n').unwrap_or(0),
            };
        }
        start..end
    }

    fn slice(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }
}

/// Bytes up to the end of the line.
fn line_rest(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    line.trim_end_matches('\r').len()
}

fn node_kind(node: Node<'_>) -> &'static str {
    if node.kind() == "module" {
        "module"
    } else {
        "class"
    }
}

fn last_child(node: Node<'_>) -> Option<Node<'_>> {
    let last = node.named_child_count().checked_sub(1)?;
    node.named_child(last)
}

/// The name that a declarator of C declares, and whether it is a function.
fn declared(declarator: Node<'_>) -> (Option<Node<'_>>, bool) {
    let mut at = declarator;
    let mut function = false;
    for _ in 0..MAX_DECLARATOR {
        match at.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "destructor_name"
            | "operator_name" => return (Some(at), function),
            "function_declarator" => function = true,
            _ => {}
        }
        let inner = at.child_by_field_name("declarator");
        // References and parentheses have no field.
        match inner.or_else(|| last_child(at)) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    (None, function)
}
