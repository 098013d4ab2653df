//! `policy`, `auth`, `needs`, `profiles` (spec 06 §1, §18, §19.1).

use super::{PResult, Parser, Place, codes};
use crate::ast::{Auth, DataKind, DataObject, Name, Policy, PolicyBody, StmtKind};
use ecow::eco_format;

impl Parser<'_> {
    /// `policy …`, behind the word.
    pub(super) fn policy(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let mut name = None;
        if self.peek() == Some(b'@') {
            let Some(found) = self.at_name() else {
                return self.fail_syntax("");
            };
            let at = self.ahead().at;
            if self.byte(at) != Some(b'=') {
                let message = eco_format!(
                    "Invalid policy syntax. Expected '=' after policy name '@{}'.",
                    found.text
                );
                return self.fail(codes::MISSING_EQUALS, message);
            }
            self.pos = at + 1;
            self.pos = self.ahead().at;
            name = Some(found);
        }
        let body = match self.peek() {
            Some(b'{') => PolicyBody::Object(self.data_object()?),
            _ if self.at_word("union") && name.is_some() => PolicyBody::Union(self.union()?),
            _ if self.at_word("union") => {
                return self.fail_syntax("A union needs a name: policy @name = union(@a, @b)");
            }
            _ => return self.fail_syntax(""),
        };
        Ok(StmtKind::Policy(Box::new(Policy { name, body })))
    }

    fn union(&mut self) -> PResult<Vec<Name>> {
        self.pos += "union".len();
        self.skip_hws();
        if !self.eat("(") {
            return self.fail_syntax("");
        }
        let mut names = Vec::new();
        loop {
            self.skip_trivia();
            if self.eat(")") {
                break;
            }
            match self.at_name() {
                Some(name) => names.push(name),
                None if self.at_end() => return self.fail_unclosed_paren(),
                None => return self.fail_syntax("The members of a union are names: union(@a, @b)"),
            }
            self.skip_trivia();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b')') => {}
                _ => return self.fail_unclosed_paren(),
            }
        }
        if names.is_empty() {
            return self.fail(
                codes::POLICY_SYNTAX,
                "Policy union requires at least one reference",
            );
        }
        Ok(names)
    }

    /// `auth @name = …`, behind the word.
    pub(super) fn auth(&mut self) -> PResult<StmtKind> {
        self.skip_hws();
        let Some(name) = self.at_name() else {
            return self.fail_syntax("");
        };
        let at = self.ahead().at;
        if self.byte(at) != Some(b'=') {
            return self.fail_syntax("");
        }
        self.pos = at + 1;
        self.pos = self.ahead().at;
        if !matches!(self.peek(), Some(b'"' | b'\'' | b'{')) {
            let message = eco_format!(
                "Auth directive '@{}' expects either \"ENV_VAR\" or {{ from, as }}",
                name.text
            );
            return self.fail(codes::POLICY_SYNTAX, message);
        }
        let value = self.primary(Place::default())?;
        Ok(StmtKind::Auth(Box::new(Auth { name, value })))
    }

    /// `needs { … }`, behind the word.
    pub(super) fn needs(&mut self) -> PResult<StmtKind> {
        self.pos = self.ahead().at;
        if self.peek() != Some(b'{') {
            return self.fail_syntax("");
        }
        let object = self.data_object()?;
        self.check_needs(&object)?;
        Ok(StmtKind::Needs(Box::new(object)))
    }

    /// Which keys `needs` has (spec 06 §18.1).
    fn check_needs(&mut self, needs: &DataObject) -> PResult<()> {
        for entry in &needs.entries {
            let key = entry.key.text.as_str();
            if key == "keychain" {
                return self.fail(
                    codes::POLICY_SYNTAX,
                    "/needs contains unsupported key 'keychain'",
                );
            }
            let known = matches!(
                key,
                "cmd"
                    | "node"
                    | "js"
                    | "python"
                    | "py"
                    | "ruby"
                    | "rb"
                    | "go"
                    | "rust"
                    | "sh"
                    | "bash"
                    | "network"
                    | "net"
                    | "filesystem"
                    | "fs"
            );
            if entry.value.is_some() && !known {
                return self.fail(
                    codes::POLICY_SYNTAX,
                    eco_format!("/needs contains unsupported key '{key}'"),
                );
            }
        }
        Ok(())
    }

    /// `profiles { … }`, behind the word.
    pub(super) fn profiles(&mut self) -> PResult<StmtKind> {
        self.pos = self.ahead().at;
        if self.peek() != Some(b'{') {
            return self.fail_syntax("");
        }
        let object = self.data_object()?;
        for profile in &object.entries {
            let name = &profile.key.text;
            let Some(DataKind::Object(fields)) = profile.value.as_ref().map(|v| &v.kind) else {
                let message =
                    eco_format!("Profile '{name}' is an object: {name}: {{ requires: {{ … }} }}");
                return self.fail(codes::POLICY_SYNTAX, message);
            };
            for field in &fields.entries {
                match (
                    field.key.text.as_str(),
                    field.value.as_ref().map(|v| &v.kind),
                ) {
                    ("requires", Some(DataKind::Object(needs))) => self.check_needs(needs)?,
                    ("description", Some(DataKind::Text(_) | DataKind::Template(_))) => {}
                    (key @ ("requires" | "description"), _) => {
                        let message =
                            eco_format!("Profile '{name}': '{key}' has a value of the wrong kind.");
                        return self.fail(codes::POLICY_SYNTAX, message);
                    }
                    (key, _) => {
                        let message = eco_format!("Unknown key '{key}' in profile '{name}'.");
                        return self.fail_hint(
                            codes::POLICY_SYNTAX,
                            message,
                            "There are requires and description.",
                        );
                    }
                }
            }
        }
        Ok(StmtKind::Profiles(Box::new(object)))
    }
}
