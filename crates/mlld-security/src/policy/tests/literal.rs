//! Policy literals in texts, with places: just enough of a reader for tests.

use crate::place::Place;
use crate::policy::{Node, NodeValue};
use ecow::EcoString;

/// The literal in `text`: objects, lists, words, strings, numbers.
pub(super) fn literal(text: &str) -> Node {
    let mut reader = Reader {
        chars: text.chars().collect(),
        pos: 0,
    };
    let node = reader.node();
    reader.blanks();
    assert_eq!(reader.pos, reader.chars.len(), "behind the literal: {text}");
    node
}

/// The compact text of a literal.
pub(super) fn text(node: &Node) -> String {
    match &node.value {
        NodeValue::Null => "null".to_owned(),
        NodeValue::Bool(b) => b.to_string(),
        NodeValue::Number(n) => n.to_string(),
        NodeValue::Text(t) => t.to_string(),
        NodeValue::List(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        NodeValue::Object(entries) => {
            let entries = entries.iter().map(|(k, _, v)| format!("{k}: {}", text(v)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

struct Reader {
    chars: Vec<char>,
    pos: usize,
}

impl Reader {
    fn blanks(&mut self) {
        while self.chars.get(self.pos).is_some_and(|c| c.is_whitespace()) {
            self.pos += 1;
        }
    }

    fn peek(&mut self) -> char {
        self.blanks();
        self.chars[self.pos]
    }

    fn place(&self) -> Place {
        let before = &self.chars[..self.pos];
        let line = before.iter().filter(|c| **c == '\n').count();
        let column = before.iter().rev().take_while(|c| **c != '\n').count();
        Place {
            file: "p.mld".into(),
            line: u32::try_from(line).unwrap() + 1,
            column: u32::try_from(column).unwrap() + 1,
        }
    }

    fn node(&mut self) -> Node {
        let first = self.peek();
        let place = Some(self.place());
        let value = match first {
            '{' => NodeValue::Object(self.many('}', |r| {
                r.blanks();
                let place = Some(r.place());
                let key = r.word();
                assert_eq!(r.peek(), ':');
                r.pos += 1;
                (key, place, r.node())
            })),
            '[' => NodeValue::List(self.many(']', Self::node)),
            '"' => NodeValue::Text(self.word()),
            _ => match self.word().as_str() {
                "true" => NodeValue::Bool(true),
                "false" => NodeValue::Bool(false),
                "null" => NodeValue::Null,
                word => word
                    .parse()
                    .map_or_else(|_| NodeValue::Text(word.into()), NodeValue::Number),
            },
        };
        Node { value, place }
    }

    fn many<T>(&mut self, end: char, item: impl Fn(&mut Self) -> T) -> Vec<T> {
        let mut out = Vec::new();
        self.pos += 1;
        while self.peek() != end {
            out.push(item(self));
            if self.peek() == ',' {
                self.pos += 1;
            }
        }
        self.pos += 1;
        out
    }

    fn word(&mut self) -> EcoString {
        let quoted = self.peek() == '"';
        self.pos += usize::from(quoted);
        let start = self.pos;
        let ends = |c: char| match quoted {
            true => c == '"',
            false => c.is_whitespace() || ":,[]{}".contains(c),
        };
        while !ends(self.chars[self.pos]) {
            self.pos += 1;
        }
        let word = self.chars[start..self.pos].iter().collect::<String>();
        self.pos += usize::from(quoted);
        word.into()
    }
}
