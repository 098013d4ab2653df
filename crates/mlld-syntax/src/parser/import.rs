//! `import` and `export` (spec 04 §7.1, §7.4; 06 §16; 07 §12.1).

use super::{PResult, Parser, Place, codes};
use crate::ast::{
    Export, Expr, Import, ImportFrom, ImportItem, ImportKind, ImportWhat, Name, Param, Quote,
    StmtKind,
};
use ecow::{EcoString, eco_format};

/// A list in braces.
enum List {
    /// `{ * as @name }`.
    All(Name),
    /// `{ a, @b as @c }`.
    Items(Vec<ImportItem>),
    /// `{ allow.cmd, deny }`.
    Fields(Vec<Name>),
}

impl Parser<'_> {
    /// `import …`, behind the word.
    pub(super) fn import(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let kind = self.import_kind()?;
        match kind {
            ImportKind::Policy => return self.import_policy(),
            ImportKind::Tools => return self.import_tools(),
            _ => {}
        }
        let labels = if self.at_word("from") || self.at_word("node") || self.at_word("mcp") {
            Vec::new()
        } else {
            self.label_list()?
        };
        self.skip_hws();
        let (what, from) = if self.peek() == Some(b'{') {
            let list = self.import_list()?;
            self.pos = self.ahead().at;
            if !self.eat_word("from") {
                return self.fail_syntax("");
            }
            let from = self.import_from()?;
            let what = match list {
                List::All(name) => ImportWhat::Whole(Some(name), None),
                List::Items(items) => ImportWhat::Names(items),
                List::Fields(fields) => ImportWhat::Fields(fields),
            };
            (what, from)
        } else {
            self.eat_word("from");
            let from = self.import_from()?;
            let (name, params) = self.import_alias()?;
            if kind == ImportKind::Templates && name.is_none() {
                return self.fail(
                    codes::IMPORT_SYNTAX,
                    "Templates import requires an alias with parameters. Use: import templates from \"dir\" as \
                     @name(param1, param2)",
                );
            }
            if matches!(from, ImportFrom::Node(_)) {
                return self.fail_hint(
                    codes::NOT_SUPPORTED,
                    "Importing a whole Node package is not supported yet.",
                    "Import names: import { name } from node @package",
                );
            }
            (ImportWhat::Whole(name, params), from)
        };
        self.finish_import(Import {
            kind,
            labels,
            what,
            from,
            with: None,
            except: Vec::new(),
        })
    }

    fn finish_import(&mut self, mut import: Import) -> PResult<StmtKind> {
        let next = self.ahead().at;
        if self.with_at(next) {
            self.pos = next;
            import.with = Some(self.with_clause()?);
        }
        Ok(StmtKind::Import(Box::new(import)))
    }

    /// The word behind `import` that says what kind of import it is (spec 01 §16.4).
    fn import_kind(&mut self) -> PResult<ImportKind> {
        let word = self.word_from(self.pos);
        let kind = match word {
            "module" => ImportKind::Module,
            "static" => ImportKind::Static,
            "live" => ImportKind::Live,
            "local" => ImportKind::Local,
            "templates" => ImportKind::Templates,
            "policy" => ImportKind::Policy,
            "tools" => ImportKind::Tools,
            "cached" => ImportKind::Cached(None),
            _ => return Ok(ImportKind::Plain),
        };
        self.pos += word.len();
        if word == "cached" && self.byte(self.hws_end(self.pos)) == Some(b'(') {
            self.pos = self.hws_end(self.pos) + 1;
            self.skip_hws();
            let Some(millis) = self.duration_literal() else {
                return self.fail(
                    codes::BAD_DURATION,
                    "cached expects a duration like 5m or 1h.",
                );
            };
            self.skip_hws();
            if !self.eat(")") {
                return self.fail_unclosed_paren();
            }
            self.skip_hws();
            return Ok(ImportKind::Cached(Some(millis)));
        }
        self.skip_hws();
        Ok(kind)
    }

    /// `{ … }`.
    fn import_list(&mut self) -> PResult<List> {
        self.pos += 1;
        let mut items: Vec<ImportItem> = Vec::new();
        let mut dotted = false;
        self.skip_trivia();
        if self.eat("*") {
            return self.wildcard();
        }
        loop {
            self.skip_trivia();
            if self.eat("}") {
                break;
            }
            let at = self.peek() == Some(b'@');
            let name = if at {
                self.at_name()
            } else {
                self.field_name()
            };
            let Some(name) = name else {
                return if self.at_end() {
                    self.fail_unclosed_list()
                } else {
                    self.fail_syntax("")
                };
            };
            dotted |= name.text.contains('.');
            self.skip_trivia();
            let alias = if self.eat_word("as") {
                self.skip_trivia();
                Some(self.alias_name()?)
            } else {
                None
            };
            items.push(ImportItem { name, at, alias });
            self.skip_trivia();
            match self.peek() {
                Some(b',') => {
                    self.pos += 1;
                    self.skip_trivia();
                    if self.peek() == Some(b'}') {
                        return self.fail_syntax("Nothing stands behind the last comma.");
                    }
                }
                Some(b'}') => {}
                None => return self.fail_unclosed_list(),
                _ => return self.fail_syntax("The names stand between commas."),
            }
        }
        if !dotted {
            return Ok(List::Items(items));
        }
        if items.iter().any(|i| i.at || i.alias.is_some()) {
            return self.fail(
                codes::IMPORT_SYNTAX,
                "Cannot mix variables and policy fields in one import",
            );
        }
        Ok(List::Fields(items.into_iter().map(|i| i.name).collect()))
    }

    fn fail_unclosed_list<T>(&mut self) -> PResult<T> {
        let message = eco_format!(
            "Unclosed list in {} directive. Expected '}}' to close it.",
            self.subject
        );
        self.fail(codes::UNCLOSED_OBJECT, message)
    }

    /// `* as @name`, behind the star.
    fn wildcard(&mut self) -> PResult<List> {
        self.skip_trivia();
        let alias = if self.eat_word("as") {
            self.skip_trivia();
            Some(self.alias_name()?)
        } else {
            None
        };
        self.skip_trivia();
        match alias {
            Some(alias) if self.eat("}") => Ok(List::All(alias)),
            Some(_) => self.fail_syntax(""),
            None => self.fail(
                codes::IMPORT_SYNTAX,
                "Wildcard imports must have an alias. Use 'import { * as @name }' or the shorthand 'import \
                 \"path/to/file.mld\" as @name'",
            ),
        }
    }

    /// A name, or dotted fields; a part may be quoted.
    fn field_name(&mut self) -> Option<Name> {
        let start = self.pos;
        self.name()?;
        while self.peek() == Some(b'.') {
            let next = self.pos + 1;
            let len = self.name_len(next);
            if len > 0 {
                self.pos = next + len;
                continue;
            }
            let quote = self.byte(next).filter(|b| matches!(b, b'"' | b'\''))?;
            let end = self
                .text(next + 1, self.line_end(next))
                .find(char::from(quote))?;
            self.pos = next + end + 2;
        }
        Some(self.name_from(start))
    }

    /// The `@name` behind `as`.
    fn alias_name(&mut self) -> PResult<Name> {
        match self.at_name() {
            Some(name) => Ok(name),
            None => {
                let word = self.text(self.pos, self.pos + self.name_len(self.pos));
                let word = if word.is_empty() { "name" } else { word };
                let message = eco_format!("Import aliases must include '@'. Use 'as @{word}'");
                self.fail(codes::IMPORT_SYNTAX, message)
            }
        }
    }

    /// `as @name` or `as @name(params)`, if it follows.
    fn import_alias(&mut self) -> PResult<(Option<Name>, Option<Vec<Param>>)> {
        let next = self.ahead().at;
        if !self.word_at(next, "as") {
            return Ok((None, None));
        }
        self.pos = self.hws_end(next + 2);
        let name = self.alias_name()?;
        let params = if self.peek() == Some(b'(') {
            Some(self.params(&name.text)?)
        } else {
            None
        };
        Ok((Some(name), params))
    }

    /// Where an import comes from.
    fn import_from(&mut self) -> PResult<ImportFrom> {
        self.pos = self.ahead().at;
        match self.peek() {
            Some(b'"') => self.quoted(Quote::Double).map(ImportFrom::Path),
            Some(b'\'') => self.quoted(Quote::Single).map(ImportFrom::Path),
            Some(b'<') => self.file_ref().map(ImportFrom::Angle),
            Some(b'@') => {
                let start = self.pos;
                let text = self.reference();
                if text.len() < 2 {
                    return self.fail_syntax("");
                }
                Ok(ImportFrom::Reference(Name {
                    text,
                    span: self.span_from(start),
                }))
            }
            _ if self.eat_word("mcp") => {
                self.skip_hws();
                self.import_server().map(ImportFrom::Mcp)
            }
            _ if self.eat_word("node") => {
                self.skip_hws();
                if !self.eat("@") {
                    return self.fail_syntax("Write: import { name } from node @package");
                }
                let start = self.pos;
                let text = self.reference();
                if text.is_empty() {
                    return self.fail_syntax("Write: import { name } from node @package");
                }
                Ok(ImportFrom::Node(Name {
                    text,
                    span: self.span_from(start),
                }))
            }
            _ => self.fail_syntax(""),
        }
    }

    fn import_server(&mut self) -> PResult<Expr> {
        match self.peek() {
            Some(b'"') => self.quoted(Quote::Double),
            Some(b'\'') => self.quoted(Quote::Single),
            Some(b'`') => self.quoted(Quote::Backtick),
            Some(b'@') => self.primary(Place {
                no_with: true,
                ..Place::default()
            }),
            _ => self.fail_syntax("The server stands in quotes: from mcp \"server\""),
        }
    }

    /// A reference as written, up to white space.
    fn reference(&mut self) -> EcoString {
        let start = self.pos;
        while self.peek().is_some_and(|b| !super::cursor::is_blank(b)) {
            self.pos += 1;
        }
        self.text(start, self.pos).into()
    }

    /// `import policy …`, behind the word (spec 06 §16).
    fn import_policy(&mut self) -> PResult<StmtKind> {
        let name = self.at_name();
        self.skip_hws();
        if !self.eat_word("from") {
            return self.fail_syntax("Write: import policy @name from \"path\"");
        }
        let from = self.import_from()?;
        let next = self.ahead().at;
        let mut except = Vec::new();
        if self.word_at(next, "except") {
            self.pos = next + "except".len();
            self.pos = self.ahead().at;
            if self.peek() != Some(b'{') {
                return self.fail_syntax("Write: except { deny, allow.cmd }");
            }
            except = match self.import_list()? {
                List::Fields(fields) => fields,
                List::Items(items) if items.iter().all(|i| !i.at && i.alias.is_none()) => {
                    items.into_iter().map(|i| i.name).collect()
                }
                _ => {
                    return self
                        .fail_syntax("The fields of a policy stand behind except, without '@'.");
                }
            };
        }
        let (kind, what) = (ImportKind::Policy, ImportWhat::Whole(name, None));
        self.finish_import(Import {
            kind,
            labels: Vec::new(),
            what,
            from,
            with: None,
            except,
        })
    }

    /// `import tools …`, behind the word (spec 07 §12.1).
    fn import_tools(&mut self) -> PResult<StmtKind> {
        let mut list = None;
        if self.peek() == Some(b'{') {
            list =
                Some(match self.import_list()? {
                    List::Items(items) => ImportWhat::Names(items),
                    List::All(name) => ImportWhat::Whole(Some(name), None),
                    List::Fields(_) => return self.fail_syntax(
                        "Tools are imported by name: import tools { @name } from mcp \"server\"",
                    ),
                });
            self.pos = self.ahead().at;
        }
        if !self.eat_word("from") {
            return self.fail_syntax("Write: import tools { @name } from mcp \"server\"");
        }
        let from = self.import_from()?;
        if !matches!(from, ImportFrom::Mcp(_)) {
            return self.fail_syntax(
                "Tools come from a server: import tools { @name } from mcp \"server\"",
            );
        }
        let what = match list {
            Some(what) => what,
            None => match self.import_alias()? {
                (Some(name), None) => ImportWhat::Whole(Some(name), None),
                _ => {
                    return self.fail(
                        codes::IMPORT_SYNTAX,
                        "MCP tool imports require an alias. Use: import tools from mcp \"server\" as @name",
                    );
                }
            },
        };
        self.finish_import(Import {
            kind: ImportKind::Tools,
            labels: Vec::new(),
            what,
            from,
            with: None,
            except: Vec::new(),
        })
    }

    /// `export { … }`, behind the word.
    pub(super) fn export(&mut self) -> PResult<StmtKind> {
        self.pos = self.ahead().at;
        if self.peek() != Some(b'{') {
            return self.fail_syntax("");
        }
        let open = self.pos;
        self.pos += 1;
        self.skip_trivia();
        if self.eat("*") {
            self.skip_trivia();
            if !self.eat("}") {
                return self.fail_syntax("");
            }
            return Ok(StmtKind::Export(Box::new(Export {
                all: true,
                items: Vec::new(),
            })));
        }
        self.pos = open;
        match self.import_list()? {
            List::Items(items) => Ok(StmtKind::Export(Box::new(Export { all: false, items }))),
            _ => self.fail_syntax(""),
        }
    }
}
