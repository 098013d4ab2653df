//! Methods on texts (spec 01 §11.1). Positions count Unicode scalar values.

use super::super::pattern::{Hit, Pattern, Replacement};
use super::super::{Value, ValueError, access, number};
use super::Call;
use super::call::{Matcher, text_of};
use ecow::EcoString;

pub(super) fn length(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(call.text().chars().count().into())
}

pub(super) fn includes(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(call.text().contains(call.text_arg(0, "")?.as_str()).into())
}

pub(super) fn starts_with(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(call
        .text()
        .starts_with(call.text_arg(0, "")?.as_str())
        .into())
}

pub(super) fn ends_with(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(call.text().ends_with(call.text_arg(0, "")?.as_str()).into())
}

pub(super) fn index_of(call: &Call<'_>) -> Result<Value, ValueError> {
    let before = call
        .text()
        .split_once(call.text_arg(0, "")?.as_str())
        .map(|(before, _)| before);
    Ok(before.map_or(Value::Number(-1.0), |before| before.chars().count().into()))
}

pub(super) fn to_lower_case(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(call.text().to_lowercase().into())
}

pub(super) fn to_upper_case(call: &Call<'_>) -> Result<Value, ValueError> {
    Ok(call.text().to_uppercase().into())
}

pub(super) fn trim(call: &Call<'_>) -> Result<Value, ValueError> {
    let trimmed = number::trim(call.text());
    Ok(if trimmed.len() == call.text().len() {
        call.target.clone()
    } else {
        trimmed.into()
    })
}

pub(super) fn slice(call: &Call<'_>) -> Result<Value, ValueError> {
    let length = call.text().chars().count();
    let (start, end) = access::range(
        length,
        call.integer(0, 0.0)?,
        call.integer(1, f64::INFINITY)?,
    );
    Ok(between(call, start, end))
}

pub(super) fn substring(call: &Call<'_>) -> Result<Value, ValueError> {
    let (a, b) = (
        call.integer(0, 0.0)?.max(0.0),
        call.integer(1, f64::INFINITY)?.max(0.0),
    );
    let (start, end) = access::range(call.text().chars().count(), a.min(b), a.max(b));
    Ok(between(call, start, end))
}

pub(super) fn substr(call: &Call<'_>) -> Result<Value, ValueError> {
    let length = call.text().chars().count();
    let (start, _) = access::range(length, call.integer(0, 0.0)?, f64::INFINITY);
    let count = call.integer(1, f64::INFINITY)?.max(0.0);
    let (start, end) = access::range(length, start as f64, start as f64 + count);
    Ok(between(call, start, end))
}

/// The characters from one position to another.
fn between(call: &Call<'_>, start: usize, end: usize) -> Value {
    let text = call.text();
    let mut offsets = text
        .char_indices()
        .map(|(offset, _)| offset)
        .chain(std::iter::once(text.len()));
    let Some(from) = offsets.nth(start) else {
        return "".into();
    };
    let to = if end > start {
        offsets.nth(end - start - 1).unwrap_or(text.len())
    } else {
        from
    };
    if to - from == text.len() {
        call.target.clone()
    } else {
        text.get(from..to).unwrap_or_default().into()
    }
}

pub(super) fn replace(call: &Call<'_>) -> Result<Value, ValueError> {
    let with = call.text_arg(1, "")?;
    match call.matcher(0)? {
        Matcher::Text(search) => {
            Builder::literal(call, call.text(), &search, &with, false).map(Value::Text)
        }
        Matcher::Regex(pattern) => Builder::pattern(call, &pattern, &with, pattern.is_global()),
    }
}

pub(super) fn replace_all(call: &Call<'_>) -> Result<Value, ValueError> {
    if let Some(super::Arg::Value(pairs)) = call.args.first()
        && let Some(pairs) = pairs.as_object()
    {
        let mut text = EcoString::from(call.text());
        for (search, with) in pairs.iter() {
            text = Builder::literal(call, &text, search, &text_of(with), true)?;
        }
        return Ok(text.into());
    }
    let with = call.text_arg(1, "")?;
    match call.matcher(0)? {
        Matcher::Text(search) => {
            Builder::literal(call, call.text(), &search, &with, true).map(Value::Text)
        }
        Matcher::Regex(pattern) => Builder::pattern(call, &pattern, &with, true),
    }
}

/// A text that is made of another one by replacing parts of it.
struct Builder<'a> {
    call: &'a Call<'a>,
    text: &'a str,
    with: Replacement<'a>,
    out: String,
    /// Where the part begins that is not copied yet.
    copied: usize,
}

impl<'a> Builder<'a> {
    fn literal(
        call: &'a Call<'a>,
        text: &'a str,
        search: &str,
        with: &'a str,
        all: bool,
    ) -> Result<EcoString, ValueError> {
        let mut builder = Self {
            call,
            text,
            with: Replacement::new(with, None),
            out: String::new(),
            copied: 0,
        };
        for (at, found) in text
            .match_indices(search)
            .take(if all { usize::MAX } else { 1 })
        {
            builder.put(&Hit {
                span: at..at + found.len(),
                groups: Vec::new(),
            })?;
        }
        builder.finish()
    }

    fn pattern(
        call: &'a Call<'a>,
        pattern: &Pattern,
        with: &'a str,
        all: bool,
    ) -> Result<Value, ValueError> {
        let mut builder = Self {
            call,
            text: call.text(),
            with: Replacement::new(with, Some(pattern)),
            out: String::new(),
            copied: 0,
        };
        pattern.each(call.text(), |hit| {
            builder.put(hit)?;
            Ok(all)
        })?;
        builder.finish().map(Value::Text)
    }

    fn put(&mut self, hit: &Hit) -> Result<(), ValueError> {
        self.out.push_str(
            self.text
                .get(self.copied..hit.span.start)
                .unwrap_or_default(),
        );
        self.with.write(&mut self.out, self.text, hit);
        self.copied = hit.span.end;
        self.call.check_size(self.out.len() as f64)
    }

    fn finish(mut self) -> Result<EcoString, ValueError> {
        self.out
            .push_str(self.text.get(self.copied..).unwrap_or_default());
        self.call.check_size(self.out.len() as f64)?;
        Ok(self.out.into())
    }
}

pub(super) fn match_pattern(call: &Call<'_>) -> Result<Value, ValueError> {
    let pattern = match call.matcher(0)? {
        Matcher::Text(source) => Pattern::from_data(&source)?,
        Matcher::Regex(pattern) => pattern,
    };
    let text = call.text();
    let part = |span: std::ops::Range<usize>| Value::from(text.get(span).unwrap_or_default());
    let mut found = Vec::new();
    pattern.each(text, |hit| {
        found.push(part(hit.span.clone()));
        if !pattern.is_global() {
            found.extend(
                hit.groups
                    .iter()
                    .map(|group| group.clone().map_or(Value::Null, part)),
            );
        }
        Ok(pattern.is_global())
    })?;
    Ok(if found.is_empty() {
        Value::Null
    } else {
        Value::array(found)
    })
}

pub(super) fn split(call: &Call<'_>) -> Result<Value, ValueError> {
    let text = call.text();
    let parts: Vec<Value> = match call.matcher(0)? {
        Matcher::Text(separator) if separator.is_empty() => text
            .chars()
            .map(|c| Value::Text(EcoString::from(&*c.encode_utf8(&mut [0; 4]))))
            .collect(),
        Matcher::Text(separator) => text.split(separator.as_str()).map(Value::from).collect(),
        Matcher::Regex(pattern) => return split_by_pattern(text, &pattern),
    };
    Ok(Value::array(parts))
}

/// As in JavaScript: an empty hit splits between characters only, and groups become parts too.
fn split_by_pattern(text: &str, pattern: &Pattern) -> Result<Value, ValueError> {
    let mut parts = Vec::new();
    let mut begin = 0;
    pattern.each(text, |hit| {
        let is_edge =
            hit.span.is_empty() && (hit.span.start == begin || hit.span.end == text.len());
        if !is_edge {
            parts.push(text.get(begin..hit.span.start).unwrap_or_default().into());
            let group = |span: &Option<std::ops::Range<usize>>| {
                span.clone().map_or(Value::Null, |span| {
                    text.get(span).unwrap_or_default().into()
                })
            };
            parts.extend(hit.groups.iter().map(group));
            begin = hit.span.end;
        }
        Ok(true)
    })?;
    if !(text.is_empty() && pattern.first(text)?.is_some()) {
        parts.push(text.get(begin..).unwrap_or_default().into());
    }
    Ok(Value::array(parts))
}

pub(super) fn pad_start(call: &Call<'_>) -> Result<Value, ValueError> {
    pad(call, |padding, text| padding + text)
}

pub(super) fn pad_end(call: &Call<'_>) -> Result<Value, ValueError> {
    pad(call, |padding, text| text.to_owned() + &padding)
}

fn pad(call: &Call<'_>, join: fn(String, &str) -> String) -> Result<Value, ValueError> {
    let length = call.text().chars().count() as f64;
    let (wanted, fill) = (call.integer(0, 0.0)?, call.text_arg(1, " ")?);
    if wanted <= length || fill.is_empty() {
        return Ok(call.target.clone());
    }
    let missing = wanted - length;
    // No character is longer than four bytes; the exact size is checked on the result.
    call.check_size(missing)?;
    let padding: String = fill.chars().cycle().take(missing as usize).collect();
    call.check_size((padding.len() + call.text().len()) as f64)?;
    Ok(join(padding, call.text()).into())
}

pub(super) fn repeat(call: &Call<'_>) -> Result<Value, ValueError> {
    let count = call.integer(0, 0.0)?;
    if count < 0.0 || count.is_infinite() {
        return Err(call.error(
            "R0212",
            format!("Invalid count value: {}", number::text(count)),
        ));
    }
    let bytes = call.text().len() as f64 * count;
    call.check_size(bytes)?;
    Ok(if bytes == 0.0 {
        "".into()
    } else {
        call.text().repeat(count as usize).into()
    })
}
