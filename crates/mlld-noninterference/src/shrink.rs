//! Making a failing script small.

use crate::ast::{Expr, Node, Script};

/// The smallest script found that still fails in the same way.
pub fn shrink(script: &Script, limit: usize, fails: &mut dyn FnMut(&Script) -> bool) -> Script {
    let mut best = script.clone();
    let mut tries = 0;
    // First whole stretches of the script.
    let mut stretch = best.body.len() / 2;
    while stretch > 0 {
        let mut end = best.body.len();
        while end > 0 && tries < limit {
            let start = end.saturating_sub(stretch);
            let mut candidate = best.clone();
            candidate.body.drain(start..end);
            tries += 1;
            if fails(&candidate) {
                best = candidate;
            }
            end = start;
        }
        stretch /= 2;
    }
    loop {
        let before = size(&best);
        for round in 0..2 {
            let mut at = 0;
            while let Some(candidate) = change(&best, round, at) {
                if tries >= limit {
                    return best;
                }
                tries += 1;
                if size(&candidate) < size(&best) && fails(&candidate) {
                    best = candidate;
                } else {
                    at += 1;
                }
            }
        }
        if size(&best) >= before {
            return best;
        }
    }
}

fn size(script: &Script) -> usize {
    let text = script.print(0);
    text.main.len() + text.files.iter().map(|f| f.1.len()).sum::<usize>()
}

/// The `at`th change: a statement or part less, or an expression replaced by a part of it or by a literal.
fn change(script: &Script, round: usize, at: usize) -> Option<Script> {
    let mut copy = script.clone();
    let mut left = at;
    let done = copy.walk(&mut |node| match (node, round) {
        (Node::Block(block), 0) => {
            if left < block.len() {
                // From the end: what comes later is needed by less.
                let at = block.len() - 1 - left;
                block.remove(at);
                return true;
            }
            left -= block.len();
            false
        }
        (Node::Parts(parts), 1) => {
            // One part stays: a loop needs something to do.
            let removable = if parts.len() > 1 { parts.len() } else { 0 };
            if left < removable {
                parts.remove(left);
                return true;
            }
            left -= removable;
            false
        }
        (Node::Expr(expr), 1) => {
            let simpler = simpler(expr);
            if left < simpler.len() {
                if let Some(new) = simpler.into_iter().nth(left) {
                    *expr = new;
                }
                return true;
            }
            left -= simpler.len();
            false
        }
        _ => false,
    });
    done.then_some(copy)
}

fn simpler(expr: &Expr) -> Vec<Expr> {
    let mut out = Vec::new();
    match expr {
        Expr::Text(_) | Expr::Num(_) | Expr::Bool(_) | Expr::Null => return out,
        Expr::Bin(_, a, b) | Expr::Logic(_, a, b) => out.extend([(**a).clone(), (**b).clone()]),
        Expr::Ternary(c, a, b) => out.extend([(**c).clone(), (**a).clone(), (**b).clone()]),
        Expr::Not(a) => out.push((**a).clone()),
        Expr::Pipe(a, stages) => {
            out.push((**a).clone());
            for i in 0..stages.len() {
                let mut fewer = stages.clone();
                fewer.remove(i);
                if !fewer.is_empty() {
                    out.push(Expr::Pipe(a.clone(), fewer));
                }
            }
        }
        Expr::List(items) => {
            for i in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(i);
                out.push(Expr::List(fewer));
            }
        }
        Expr::Object(spread, entries) => {
            for i in 0..entries.len() {
                let mut fewer = entries.clone();
                fewer.remove(i);
                out.push(Expr::Object(spread.clone(), fewer));
            }
        }
        Expr::When(arms, other) => {
            for i in 0..arms.len() {
                let mut fewer = arms.clone();
                fewer.remove(i);
                if !fewer.is_empty() {
                    out.push(Expr::When(fewer, other.clone()));
                }
            }
            for (cond, arm) in arms {
                out.push(cond.clone());
                if let crate::ast::Arm::Value(value) = arm {
                    out.push(value.clone());
                }
            }
        }
        Expr::For(f) => {
            if f.filter.is_some() {
                out.push(Expr::For(Box::new(crate::ast::ForExpr {
                    filter: None,
                    ..(**f).clone()
                })));
            }
            if f.parallel {
                out.push(Expr::For(Box::new(crate::ast::ForExpr {
                    parallel: false,
                    ..(**f).clone()
                })));
            }
            if !f.batch.is_empty() {
                out.push(Expr::For(Box::new(crate::ast::ForExpr {
                    batch: Vec::new(),
                    ..(**f).clone()
                })));
            }
            out.push(f.source.clone());
        }
        _ => {}
    }
    out.extend([
        Expr::Num(1),
        Expr::Text("x".into()),
        Expr::Bool(true),
        Expr::List(Vec::new()),
        Expr::List(vec![Expr::Num(1).into()]),
    ]);
    out
}
