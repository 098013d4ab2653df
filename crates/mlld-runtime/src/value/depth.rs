//! How deeply data may nest.
//!
//! Sharing makes a value of a thousand levels out of a thousand short statements, and what frees such a value
//! recurses. So nothing deeper than [`LIMIT`] is ever built: whoever puts existing values into a new container
//! does it with [`array()`] or [`object`].

use super::{Object, Value, ValueError, error::with_stack};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::{Arc, Weak};

/// The most levels of arrays and objects in one another.
pub const LIMIT: usize = 1000;

/// An array, unless it would nest deeper than [`LIMIT`].
///
/// # Errors
/// When it would.
pub fn array(items: Vec<Value>) -> Result<Value, ValueError> {
    Measure::run(|measure| measure.items(items.iter()))?;
    Ok(Value::array(items))
}

/// An object, unless it would nest deeper than [`LIMIT`].
///
/// # Errors
/// When it would.
pub fn object(entries: Object) -> Result<Value, ValueError> {
    Measure::run(|measure| measure.items(entries.values()))?;
    Ok(Value::object(entries))
}

/// Whether a value can become an element of a container that itself stands at the top.
///
/// # Errors
/// When the container would nest deeper than [`LIMIT`].
pub fn check_element(value: &Value) -> Result<(), ValueError> {
    Measure::run(|measure| measure.items(std::iter::once(value)))
}

/// The error of data that nests too deeply.
#[must_use]
pub fn too_deep() -> ValueError {
    ValueError::new(
        "R0231",
        "DataTooDeep",
        format!("The data is nested deeper than {LIMIT} levels"),
    )
    .with_hint("flatten the data, or keep its parts in variables of their own")
}

/// Takes a value apart without recursion, whatever its depth. For values that were built around the limit.
pub fn discard(value: Value) {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(Arc::into_inner(items).into_iter().flatten()),
            Value::Object(entries) => {
                pending.extend(
                    Arc::into_inner(entries)
                        .into_iter()
                        .flatten()
                        .map(|(_, value)| value),
                );
            }
            Value::Viewed(viewed) => {
                pending.extend(Arc::into_inner(viewed).map(|viewed| viewed.data))
            }
            Value::Absent
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Executable(_) => {}
        }
    }
}

/// A container whose depth is known. Weak, so that it keeps neither the data nor its address in use by others.
#[derive(Clone)]
enum Known {
    Array(Weak<Vec<Value>>),
    Object(Weak<Object>),
}

impl Known {
    fn is_alive(&self) -> bool {
        match self {
            Self::Array(weak) => weak.strong_count() > 0,
            Self::Object(weak) => weak.strong_count() > 0,
        }
    }
}

/// Containers smaller than this are measured again: cheaper than remembering them.
const SMALL: usize = 64;
/// How many containers are remembered in a thread.
const REMEMBERED: usize = 4096;

thread_local! {
    /// Depth of large containers by address, so that wrapping the same data again and again, or sharing it
    /// many times within one value, costs one look-up instead of a walk.
    static DEPTHS: RefCell<FxHashMap<usize, (Known, usize)>> = RefCell::default();
}

/// A walk that looks for the deepest level.
struct Measure<'a> {
    known: &'a mut FxHashMap<usize, (Known, usize)>,
    /// Values seen so far.
    seen: usize,
    /// Levels above the value at hand.
    above: usize,
}

impl Measure<'_> {
    fn run(walk: impl FnOnce(&mut Measure<'_>) -> Option<usize>) -> Result<(), ValueError> {
        DEPTHS.with_borrow_mut(|known| {
            if known.len() > REMEMBERED {
                known.clear();
            }
            walk(&mut Measure {
                known,
                seen: 0,
                above: 0,
            })
            .map(|_| ())
            .ok_or_else(too_deep)
        })
    }

    /// Levels of a container with these members, or `None` when they are too many.
    fn items<'v>(&mut self, items: impl Iterator<Item = &'v Value>) -> Option<usize> {
        self.above += 1;
        let mut deepest = 0;
        for item in items {
            self.seen += 1;
            deepest = deepest.max(self.value(item)?);
            if self.above + deepest > LIMIT {
                return None;
            }
        }
        self.above -= 1;
        Some(deepest + 1)
    }

    fn value(&mut self, value: &Value) -> Option<usize> {
        match value {
            Value::Array(items) if !items.is_empty() => self.container(
                Arc::as_ptr(items).addr(),
                || Known::Array(Arc::downgrade(items)),
                |measure| measure.items(items.iter()),
            ),
            Value::Object(entries) if !entries.is_empty() => self.container(
                Arc::as_ptr(entries).addr(),
                || Known::Object(Arc::downgrade(entries)),
                |measure| measure.items(entries.values()),
            ),
            Value::Array(_) | Value::Object(_) => Some(1),
            Value::Viewed(viewed) => self.value(&viewed.data),
            Value::Absent
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Executable(_) => Some(0),
        }
    }

    fn container(
        &mut self,
        address: usize,
        remember: impl FnOnce() -> Known,
        walk: impl FnOnce(&mut Self) -> Option<usize>,
    ) -> Option<usize> {
        if self.above >= LIMIT {
            return None;
        }
        if let Some((known, depth)) = self.known.get(&address)
            && known.is_alive()
        {
            return Some(*depth);
        }
        let before = self.seen;
        let depth = with_stack(|| walk(self))?;
        if self.seen - before >= SMALL {
            self.known.insert(address, (remember(), depth));
        }
        Some(depth)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Arrays in one another, built around the limit.
    pub(crate) fn nested(levels: usize) -> Value {
        let mut value = Value::array(vec![]);
        for _ in 1..levels {
            value = Value::array(vec![value]);
        }
        value
    }

    fn grow(mut value: Value, with: impl Fn(Value) -> Result<Value, ValueError>) -> usize {
        for level in 0.. {
            match with(value) {
                Ok(next) => value = next,
                Err(error) => {
                    assert_eq!(error, too_deep());
                    return level;
                }
            }
        }
        0
    }

    #[test]
    fn wrapping_stops_at_the_limit() {
        assert_eq!(grow(Value::Null, |value| array(vec![value])), LIMIT);
        assert_eq!(
            grow(Value::Null, |value| object(
                [("k".into(), value)].into_iter().collect()
            )),
            LIMIT
        );
        assert_eq!(
            grow(Value::Null, |value| array(vec![Value::viewed(value, "x")])),
            LIMIT
        );
    }

    #[test]
    fn sharing_is_measured_once() {
        // Walked as a tree, the last of these has 2^900 elements.
        let mut value = Value::Null;
        for _ in 0..900 {
            value = array(vec![value.clone(), value]).unwrap();
        }
    }

    #[test]
    fn wrapping_large_data_does_not_walk_it_again() {
        let large = array((0..200_000).map(|n| Value::Number(f64::from(n))).collect()).unwrap();
        let start = std::time::Instant::now();
        for _ in 0..20_000 {
            array(vec![large.clone()]).unwrap();
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    #[test]
    fn an_address_that_is_used_again_is_measured_again() {
        for levels in [999, 10, 999, 5] {
            let value = nested(levels);
            assert!(array(vec![value.clone()]).is_ok());
            assert!(levels < 999 || array(vec![array(vec![value]).unwrap()]).is_err());
        }
    }

    #[test]
    fn deep_values_are_discarded_without_recursion() {
        discard(nested(300_000));
        let shared = nested(10);
        discard(Value::array(vec![shared.clone(), shared.clone()]));
        assert_eq!(shared.as_array().map(|items| items.len()), Some(1));
    }
}
