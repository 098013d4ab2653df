//! `@xml` (spec 03 §7.3).

use super::super::error::with_stack;
use super::super::{Value, render};
use super::markdown::{Line, lines};
use super::{Input, json_input};
use ecow::EcoString;

pub(super) fn run(value: &Value) -> Result<Value, String> {
    Ok(xml(value).into())
}

/// A value as XML: keys become tags, the headings of Markdown elements around their sections.
#[must_use]
pub fn xml(value: &Value) -> EcoString {
    let mut out = Vec::new();
    match json_input(value) {
        Input::Data(Value::Object(entries)) => {
            for (key, item) in entries.iter() {
                element(&tag(key), item, 0, &mut out);
            }
        }
        Input::Data(data @ Value::Array(_)) => element("ROOT", &data, 0, &mut out),
        Input::Data(data) => out.push(format!(
            "<DOCUMENT>{}</DOCUMENT>",
            escape(&render::stage(&data))
        )),
        Input::Text(text) => return sections(&text),
    }
    out.join("\n").into()
}

/// An element with its children; a null field is left out.
fn element(tag: &str, value: &Value, level: usize, out: &mut Vec<String>) {
    let indent = "  ".repeat(level.min(100));
    let children: Vec<(EcoString, &Value)> = match value.data() {
        Value::Absent | Value::Null | Value::Viewed(_) => return,
        Value::Array(items) => items.iter().map(|item| ("ITEM".into(), item)).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, item)| (self::tag(key), item))
            .collect(),
        scalar => {
            out.push(format!(
                "{indent}<{tag}>{}</{tag}>",
                escape(&render::stage(scalar))
            ));
            return;
        }
    };
    let start = out.len();
    out.push(format!("{indent}<{tag}>"));
    for (name, item) in children {
        if item.is_nullish() && value.as_array().is_some() {
            // An element that is null keeps its place.
            out.push(format!("{indent}  <ITEM />"));
        }
        with_stack(|| element(&name, item, level + 1, out));
    }
    if out.len() == start + 1 {
        out.truncate(start);
        out.push(format!("{indent}<{tag} />"));
    } else {
        out.push(format!("{indent}</{tag}>"));
    }
}

/// A key as a tag: `orderId` → `ORDER_ID`.
fn tag(key: &str) -> EcoString {
    let mut tag = String::new();
    let mut after_lower = false;
    for c in key.chars() {
        if c.is_uppercase() && after_lower {
            tag.push('_');
        }
        after_lower = c.is_lowercase();
        match c {
            ' ' | '\t' | '-' | '.' | '_' => tag.push('_'),
            c if c.is_alphanumeric() => tag.extend(c.to_uppercase()),
            _ => {}
        }
    }
    // A key of nothing but signs still needs a name.
    let trimmed = tag.trim_matches('_');
    if trimmed.is_empty() {
        "ITEM".into()
    } else {
        trimmed.into()
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

/// Markdown: every heading an element around its section; other text in one element.
fn sections(text: &str) -> EcoString {
    let lines: Vec<(Line, &str)> = lines(text).collect();
    if !lines
        .iter()
        .any(|(kind, _)| matches!(kind, Line::Heading(_)))
    {
        return ecow::eco_format!("<DOCUMENT>\n{text}\n</DOCUMENT>");
    }
    let mut out: Vec<String> = Vec::new();
    let mut open: Vec<(usize, EcoString)> = Vec::new();
    for (kind, line) in lines {
        let Line::Heading(level) = kind else {
            out.push(line.to_owned());
            continue;
        };
        close(&mut open, level, &mut out);
        let tag = tag(line.trim_matches(['#', ' ', '\t']));
        out.push(format!("<{tag}>"));
        open.push((level, tag));
    }
    close(&mut open, 0, &mut out);
    out.join("\n").into()
}

/// Closes the sections that a heading of some level ends, in front of the empty lines that precede it.
fn close(open: &mut Vec<(usize, EcoString)>, level: usize, out: &mut Vec<String>) {
    while out.last().is_some_and(|line| line.trim().is_empty()) {
        out.pop();
    }
    while let Some((_, tag)) = open.pop_if(|(opened, _)| *opened >= level) {
        out.push(format!("</{tag}>"));
    }
}

#[cfg(test)]
mod tests {
    use crate::value::transform::tests::{check, parse};

    #[test]
    fn xml_of_data_and_text() {
        check(&[
            (
                "xml",
                r#"{"orderId":7,"shipTo":{"city":"Bergen & Voss"},"lines":["a","b"],"paid":true}"#
                    .into(),
                "<ORDER_ID>7</ORDER_ID>\n<SHIP_TO>\n  <CITY>Bergen &amp; Voss</CITY>\n</SHIP_TO>\n<LINES>\n  <ITEM>a</ITEM>\n  <ITEM>b</ITEM>\n</LINES>\n<PAID>true</PAID>",
            ),
            (
                "xml",
                parse(r#"[{"a":1},2,null]"#),
                "<ROOT>\n  <ITEM>\n    <A>1</A>\n  </ITEM>\n  <ITEM>2</ITEM>\n  <ITEM />\n</ROOT>",
            ),
            (
                "xml",
                parse(r#"{"a":null,"b":{},"c":[],"d":{"e":null}}"#),
                "<B />\n<C />\n<D />",
            ),
            (
                "xml",
                parse(r#"{"first name":1,"a-b.c":2,"_x_":3,"q?!":4,"é":5,"aB2C":6,"!":7}"#),
                "<FIRST_NAME>1</FIRST_NAME>\n<A_B_C>2</A_B_C>\n<X>3</X>\n<Q>4</Q>\n<É>5</É>\n<A_B2C>6</A_B2C>\n<ITEM>7</ITEM>",
            ),
            (
                "xml",
                parse(r#"{"t":"<a b=\"c\">'&"}"#),
                "<T>&lt;a b=&quot;c&quot;&gt;&apos;&amp;</T>",
            ),
            ("xml", 5.0.into(), "<DOCUMENT>5</DOCUMENT>"),
            ("xml", "5".into(), "<DOCUMENT>5</DOCUMENT>"),
            ("xml", parse("[]"), "<ROOT />"),
            ("xml", parse("{}"), ""),
            (
                "xml",
                "loose words".into(),
                "<DOCUMENT>\nloose words\n</DOCUMENT>",
            ),
            (
                "xml",
                "intro\n# Setup Steps\n\none\n\n## First\ntwo\n```\n# no heading\n```\n# End\nlast\n"
                    .into(),
                "intro\n<SETUP_STEPS>\n\none\n<FIRST>\ntwo\n```\n# no heading\n```\n</FIRST>\n</SETUP_STEPS>\n<END>\nlast\n</END>",
            ),
        ]);
    }
}
