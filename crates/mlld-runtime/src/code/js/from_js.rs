//! Values of the engine as values of the script: copies, by the rules of JSON where the two differ (spec 02 §7.4).

use super::error::{Fault, JsError, JsErrorKind};
use super::into_js::too_deep;
use super::state::State;
use super::text::text;
use crate::value::{Object as ScriptObject, Value, depth};
use ecow::{EcoString, eco_format};
use rquickjs::function::This;
use rquickjs::object::ObjectKeysIter;
use rquickjs::{Array, Atom, Ctx, Filter, Function, Object, Type, Value as JsValue};
use std::sync::Arc;

/// How many members are read before the host is asked whether to go on.
const STEPS: usize = 1024;

/// Reads values; what it reads counts towards the block's memory.
pub(super) struct Reader<'a, 'js> {
    ctx: &'a Ctx<'js>,
    controls: &'a Object<'js>,
    state: &'a State<'a>,
    /// `Object.prototype`: what most objects inherit from.
    plain: Option<Object<'js>>,
    spent: usize,
    steps: usize,
}

/// Where a value stands in its container.
enum Place {
    Top,
    Index(usize),
    Key(EcoString),
}

impl<'a, 'js> Reader<'a, 'js> {
    pub(super) fn new(
        ctx: &'a Ctx<'js>,
        controls: &'a Object<'js>,
        state: &'a State<'a>,
    ) -> Result<Self, Fault> {
        let plain = Object::new(ctx.clone())?.get_prototype();
        Ok(Self {
            ctx,
            controls,
            state,
            plain,
            spent: 0,
            steps: 0,
        })
    }

    /// The value; `None` for `undefined` and what JSON leaves out. A function is its source text.
    pub(super) fn read(&mut self, value: JsValue<'js>) -> Result<Option<Value>, Fault> {
        if value.is_function() {
            return Ok(Some(Value::Text(self.said("source", value)?)));
        }
        // Not recursive: it may start at the end of the native stack.
        let mut open: Vec<Open<'js>> = Vec::new();
        let mut made = self.begin(value, &Place::Top, &mut open)?;
        loop {
            let Some(container) = open.last_mut() else {
                return Ok(made);
            };
            if container.waits {
                container.put(made.take());
            }
            made = match self.next(container)? {
                Some((member, place)) => {
                    container.waits = true;
                    self.begin(member, &place, &mut open)?
                }
                None => open.pop().map(Open::finish),
            };
        }
    }

    /// The value, if it has no members and JSON does not leave it out; a container is opened instead.
    fn begin(
        &mut self,
        value: JsValue<'js>,
        place: &Place,
        open: &mut Vec<Open<'js>>,
    ) -> Result<Option<Value>, Fault> {
        self.count()?;
        let value = self.stand_in(value, place)?;
        Ok(match value.type_of() {
            Type::Null => Some(Value::Null),
            Type::Bool => value.as_bool().map(Value::Bool),
            Type::Int | Type::Float => value.as_number().map(Value::Number),
            Type::String => match value.as_string() {
                Some(string) => Some(Value::Text(self.text(string)?)),
                None => None,
            },
            Type::BigInt => Some(Value::Text(self.said("text", value)?)),
            _ => {
                if let Some(object) = value.as_object()
                    && !value.is_function()
                {
                    self.open(&value, object, open)?;
                }
                None
            }
        })
    }

    /// What stands for a value: what its `toJSON` answers, the primitive in a `Number`, `String`, `Boolean` or
    /// `BigInt` object.
    fn stand_in(&self, value: JsValue<'js>, place: &Place) -> Result<JsValue<'js>, Fault> {
        let Some(object) = value.as_object() else {
            return Ok(value);
        };
        let to_json: JsValue<'js> = object.get("toJSON")?;
        let value = match to_json.as_function() {
            Some(to_json) => {
                let key = match place {
                    Place::Top => EcoString::new(),
                    Place::Index(at) => eco_format!("{at}"),
                    Place::Key(key) => key.clone(),
                };
                to_json.call((This(value.clone()), key.as_str()))?
            }
            None => value,
        };
        let Some(object) = value.as_object() else {
            return Ok(value);
        };
        if value.is_proxy() || value.is_array() || object.get_prototype() == self.plain {
            return Ok(value);
        }
        let inner: JsValue<'js> = self
            .controls
            .get::<_, Function<'js>>("unbox")?
            .call((object.clone(),))?;
        Ok(if inner.is_undefined() { value } else { inner })
    }

    fn open(
        &self,
        value: &JsValue<'js>,
        object: &Object<'js>,
        open: &mut Vec<Open<'js>>,
    ) -> Result<(), Fault> {
        if open.len() >= depth::LIMIT {
            return Err(too_deep().into());
        }
        if open.iter().any(|outer| outer.value == *value) {
            return Err(JsError::new(
                JsErrorKind::Exception,
                "the value contains itself, which a value of the script cannot",
            )
            .into());
        }
        let members = if self.is_array(value)? {
            let length = self.length(object)?;
            Members::Array {
                array: object.as_array().cloned(),
                object: object.clone(),
                items: Vec::with_capacity(length),
                length,
            }
        } else {
            let keys = object.own_keys::<Atom<'js>>(Filter::default());
            Members::Object {
                object: object.clone(),
                keys,
                key: EcoString::new(),
                entries: ScriptObject::default(),
            }
        };
        open.push(Open {
            value: value.clone(),
            members,
            waits: false,
        });
        Ok(())
    }

    /// The length of an array, or of a proxy of one, for which there is memory. A length need not be an `i32`, and
    /// that of a proxy need not be a number.
    fn length(&self, object: &Object<'js>) -> Result<usize, Fault> {
        let length = object
            .get::<_, JsValue<'js>>("length")?
            .as_number()
            .unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates"
        )]
        let length = length as usize;
        let needed = length.saturating_mul(size_of::<Value>());
        if self.spent.saturating_add(needed) > self.state.memory {
            return Err(JsError::memory(self.state.memory).into());
        }
        Ok(length)
    }

    /// The next member of a container.
    fn next(&mut self, container: &mut Open<'js>) -> Result<Option<(JsValue<'js>, Place)>, Fault> {
        match &mut container.members {
            Members::Array {
                array,
                object,
                items,
                length,
            } => {
                let at = items.len();
                if at >= *length {
                    return Ok(None);
                }
                let item = match array {
                    Some(array) => array.get(at)?,
                    #[expect(clippy::cast_precision_loss, reason = "lengths are below 2^53")]
                    None => object.get(Atom::from_f64(self.ctx.clone(), at as f64)?)?,
                };
                Ok(Some((item, Place::Index(at))))
            }
            Members::Object {
                object, keys, key, ..
            } => {
                let Some(atom) = keys.next() else {
                    return Ok(None);
                };
                let atom = atom?;
                *key = self.text(&atom.to_js_string()?)?;
                Ok(Some((object.get(atom)?, Place::Key(key.clone()))))
            }
        }
    }

    fn is_array(&self, value: &JsValue<'js>) -> Result<bool, Fault> {
        if !value.is_proxy() {
            return Ok(value.is_array());
        }
        Ok(self
            .controls
            .get::<_, Function<'js>>("isArray")?
            .call((value.clone(),))?)
    }

    fn text(&mut self, string: &rquickjs::String<'js>) -> Result<EcoString, Fault> {
        let text = text(self.controls, string)?;
        self.spend(text.len())?;
        Ok(text)
    }

    fn said(&mut self, control: &str, value: JsValue<'js>) -> Result<EcoString, Fault> {
        let text: String = self
            .controls
            .get::<_, Function<'js>>(control)?
            .call((value,))?;
        self.spend(text.len())?;
        Ok(EcoString::from(text))
    }

    /// A step: a value is counted, and now and then the host is asked whether to go on.
    fn count(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS) && self.state.poll() {
            self.state.check()?;
        }
        self.spend(size_of::<Value>())
    }

    fn spend(&mut self, size: usize) -> Result<(), Fault> {
        self.spent = self.spent.saturating_add(size);
        if self.spent > self.state.memory {
            return Err(JsError::memory(self.state.memory).into());
        }
        Ok(())
    }
}

/// A container that is being read.
struct Open<'js> {
    /// The container itself, by which a cycle is noticed.
    value: JsValue<'js>,
    members: Members<'js>,
    /// Whether a member was begun.
    waits: bool,
}

enum Members<'js> {
    Array {
        array: Option<Array<'js>>,
        object: Object<'js>,
        items: Vec<Value>,
        length: usize,
    },
    Object {
        object: Object<'js>,
        keys: ObjectKeysIter<'js, Atom<'js>>,
        key: EcoString,
        entries: ScriptObject,
    },
}

impl Open<'_> {
    /// Takes the member that was begun: what JSON leaves out is `null` in an array and nothing in an object.
    fn put(&mut self, member: Option<Value>) {
        self.waits = false;
        match &mut self.members {
            Members::Array { items, .. } => items.push(member.unwrap_or(Value::Null)),
            Members::Object { key, entries, .. } => {
                if let Some(member) = member {
                    entries.insert(std::mem::take(key), member);
                }
            }
        }
    }

    fn finish(self) -> Value {
        match self.members {
            Members::Array { items, .. } => Value::Array(Arc::new(items)),
            Members::Object { entries, .. } => Value::Object(Arc::new(entries)),
        }
    }
}
