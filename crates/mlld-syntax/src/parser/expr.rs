//! Operators: chains of binary operators, `!`, the ternary (spec 01 §8).
//!
//! Chains are parsed in loops, not by recursion: ten thousand links nest as deeply as one.

use super::cursor::is_blank;
use super::{PResult, Parser, Place, codes};
use crate::ast::{BinaryOp, Expr, ExprKind, Quote};
use ecow::eco_format;

/// Operators of one level that wait for their right side.
struct Chain {
    level: u8,
    first: Expr,
    rest: Vec<(BinaryOp, Expr)>,
    /// The operator whose right side is being parsed.
    open: BinaryOp,
}

impl Chain {
    fn close(mut self, last: Expr) -> Expr {
        let span = self.first.span.to(last.span);
        self.rest.push((self.open, last));
        Expr {
            kind: ExprKind::Binary(Box::new(self.first), self.rest),
            span,
        }
    }
}

impl Parser<'_> {
    /// An expression node from `start` to the position.
    pub(super) fn expr_from(&self, start: usize, kind: ExprKind) -> Expr {
        Expr {
            kind,
            span: self.span_from(start),
        }
    }

    /// An expression: operators and the ternary, no pipe.
    pub(super) fn expr(&mut self, place: Place) -> PResult<Expr> {
        let operand = self.unary(place)?;
        self.continue_expr(operand, place)
    }

    /// Goes on with an operand that has been parsed already: operators, the ternary, pipes, options.
    pub(super) fn continue_value(&mut self, operand: Expr, place: Place) -> PResult<Expr> {
        let value = self.continue_expr(operand, place)?;
        self.value_tails(value, place)
    }

    /// Goes on with an operand that has been parsed already: operators and the ternary.
    pub(super) fn continue_expr(&mut self, operand: Expr, place: Place) -> PResult<Expr> {
        let value = self.binary_from(operand, place)?;
        if self.ternary_ahead(place) {
            self.ternary(value, place)
        } else {
            Ok(value)
        }
    }

    /// Whether the `?` of a ternary follows: white space stands before it (spec 01 §16.8).
    fn ternary_ahead(&mut self, place: Place) -> bool {
        let at = self.ahead_in(place).at;
        at > self.pos && self.byte(at) == Some(b'?') && self.byte(at + 1) != Some(b'?')
    }

    fn ternary(&mut self, cond: Expr, place: Place) -> PResult<Expr> {
        let start = cond.span;
        let mut cond = cond;
        let mut branches = Vec::new();
        loop {
            self.pos = self.ahead_in(place).at + 1;
            self.go_to_operand(place);
            let then = self.nested(|p| p.expr(place))?;
            let at = self.ahead_in(place).at;
            if self.byte(at) == Some(b'|') {
                return self.pipe_in_branch(at);
            }
            if self.byte(at) != Some(b':') {
                return self.fail_hint(
                    codes::SYNTAX,
                    "Invalid ternary: expected ':' after the first branch.",
                    "Write: @condition ? \"a\" : \"b\"",
                );
            }
            self.pos = at + 1;
            self.go_to_operand(place);
            branches.push((cond, then));
            let next = self.binary(place)?;
            if self.ternary_ahead(place) {
                cond = next;
                continue;
            }
            let span = start.to(next.span);
            return Ok(Expr {
                kind: ExprKind::Ternary(branches, Box::new(next)),
                span,
            });
        }
    }

    fn pipe_in_branch<T>(&mut self, _at: usize) -> PResult<T> {
        self.fail_hint(
            codes::PIPE_IN_TERNARY,
            "Pipe inside ternary branches is not supported yet.",
            "Pipe the branch's value into a variable first, or use a block: when [ @condition => @a | @f; * => @b ]",
        )
    }

    /// Goes to the operand behind an operator; it may stand on the next line.
    fn go_to_operand(&mut self, place: Place) {
        self.pos = self.ahead_in(place).at;
    }

    fn binary(&mut self, place: Place) -> PResult<Expr> {
        let operand = self.unary(place)?;
        self.binary_from(operand, place)
    }

    fn binary_from(&mut self, operand: Expr, place: Place) -> PResult<Expr> {
        let mut operand = operand;
        let mut open: Vec<Chain> = Vec::new();
        while let Some(op) = self.binary_op(place, &operand)? {
            let level = op.level();
            while open.last().is_some_and(|c| c.level > level) {
                let Some(chain) = open.pop() else { break };
                operand = chain.close(operand);
            }
            match open.last_mut() {
                Some(chain) if chain.level == level => {
                    let left = std::mem::replace(
                        &mut operand,
                        Expr {
                            kind: ExprKind::Null,
                            span: Default::default(),
                        },
                    );
                    chain.rest.push((chain.open, left));
                    chain.open = op;
                }
                _ => {
                    let first = std::mem::replace(
                        &mut operand,
                        Expr {
                            kind: ExprKind::Null,
                            span: Default::default(),
                        },
                    );
                    open.push(Chain {
                        level,
                        first,
                        rest: Vec::new(),
                        open: op,
                    });
                }
            }
            self.go_to_operand(place);
            if self.at("::") {
                return self
                    .fail_syntax("A :: template cannot be an operand; use a backtick template.");
            }
            operand = self.unary(place)?;
        }
        while let Some(chain) = open.pop() {
            operand = chain.close(operand);
        }
        Ok(operand)
    }

    /// The binary operator behind an operand, eaten; `None` where the operand ends the chain.
    fn binary_op(&mut self, place: Place, left: &Expr) -> PResult<Option<BinaryOp>> {
        let begins_lines = (place.condition || place.paren) && !place.one_line;
        let at = if begins_lines {
            self.ahead().at
        } else {
            self.hws_end(self.pos)
        };
        let (Some(first), second) = (self.byte(at), self.byte(at + 1)) else {
            return Ok(None);
        };
        let (op, len) = match (first, second) {
            (b'?', Some(b'?')) => (BinaryOp::Coalesce, 2),
            (b'|', Some(b'|')) => (BinaryOp::Or, 2),
            (b'&', Some(b'&')) => (BinaryOp::And, 2),
            (b'=', Some(b'=')) => (BinaryOp::Equal, 2),
            (b'!', Some(b'=')) => (BinaryOp::NotEqual, 2),
            (b'!', Some(b'~')) if self.byte(at + 2) == Some(b'=') => (BinaryOp::NotTolerant, 3),
            (b'~', Some(b'=')) => (BinaryOp::Tolerant, 2),
            (b'<', Some(b'=')) => (BinaryOp::LessEqual, 2),
            (b'>', Some(b'=')) => (BinaryOp::GreaterEqual, 2),
            (b'<', Some(b'<')) | (b'>', Some(b'>')) => return Ok(None),
            (b'<', _) => (BinaryOp::Less, 1),
            (b'>', _) => (BinaryOp::Greater, 1),
            (b'+' | b'-' | b'*' | b'/' | b'%', _) => match self.arithmetic(at)? {
                Some(op) => (op, 1),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) && self.byte(at + 2) == Some(b'=') {
            let (wrong, right) = if op == BinaryOp::Equal {
                ("===", "==")
            } else {
                ("!==", "!=")
            };
            let hint = eco_format!("Use {right}: it compares by value.");
            return self.fail_at(
                at,
                codes::UNKNOWN_OPERATOR,
                eco_format!("'{wrong}' does not exist."),
                hint,
            );
        }
        if is_colon_template(left) {
            return Ok(None);
        }
        self.pos = at + len;
        Ok(Some(op))
    }

    /// `+ - * / %` need white space on both sides (spec 01 §8).
    fn arithmetic(&mut self, at: usize) -> PResult<Option<BinaryOp>> {
        let sign = self.byte(at);
        let next = self.byte(at + 1);
        let spaced = at > self.pos && next.is_none_or(is_blank);
        let op = match sign {
            Some(b'+') if next == Some(b'=') => return Ok(None),
            // `* => …` behind an action is the next entry of a `when`.
            Some(b'*') if self.text_at(self.ws_end(at + 1), "=>") => return Ok(None),
            Some(b'/') if at > self.pos && !spaced => return Ok(None),
            Some(b'+') => BinaryOp::Add,
            Some(b'-') => BinaryOp::Subtract,
            Some(b'*') => BinaryOp::Multiply,
            Some(b'/') => BinaryOp::Divide,
            _ => BinaryOp::Remainder,
        };
        if spaced {
            return Ok(Some(op));
        }
        let sign = sign.map_or(' ', char::from);
        let message = eco_format!("Operator '{sign}' needs white space on both sides.");
        self.fail_at(
            at,
            codes::OPERATOR_SPACES,
            message,
            eco_format!("Put spaces around {sign}: @a {sign} 1"),
        )
    }

    fn ws_end(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(is_blank) {
            at += 1;
        }
        at
    }

    fn unary(&mut self, place: Place) -> PResult<Expr> {
        let start = self.pos;
        let mut count: u32 = 0;
        while self.peek() == Some(b'!') {
            self.pos += 1;
            self.skip_hws();
            count = count.saturating_add(1);
        }
        let operand = self.primary(place)?;
        if count == 0 {
            return Ok(operand);
        }
        Ok(self.expr_from(start, ExprKind::Not(count, Box::new(operand))))
    }
}

fn is_colon_template(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Text(_, quote) => *quote == Quote::DoubleColon,
        ExprKind::Template(template) => template.quote == Quote::DoubleColon,
        _ => false,
    }
}
