//! What is known of a block before it runs: the text of the function that it becomes, and whether it needs an engine
//! of its own. Made once for each text (a bounded table), from a syntax tree.

use super::Call;
use super::error::{JsError, JsErrorKind};
use super::names;
use super::syntax::Reading;
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// The most plans that are kept, and the most text that they may hold.
const MOST_PLANS: usize = 256;
const MOST_TEXT: usize = 4 << 20;

/// What is known of a block with these parameters and helpers.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// A number that no other plan has.
    pub(super) id: u64,
    code: Box<str>,
    names: Vec<Box<str>>,
    /// The places, in the call, of the parameters that the block can refer to.
    pub(super) params: Vec<usize>,
    /// The places, in the call, of the helpers that the block mentions.
    pub(super) helpers: Vec<usize>,
    /// How many characters stand before the block on its first line.
    pub(super) head: usize,
    /// The texts of the function, the first one that compiles is the block's.
    pub(super) sources: Vec<String>,
    /// Whether the block runs in an engine of its own.
    pub(super) own_engine: bool,
}

/// The plan of a call.
///
/// # Errors
/// When the text uses what `js` has not got (`import`).
pub(super) fn of(call: &Call<'_>) -> Result<Arc<Plan>, JsError> {
    let key = key(call);
    if let Some(plan) = table().plans.get(&key).filter(|plan| plan.is_of(call)) {
        return Ok(Arc::clone(plan));
    }
    let plan = Arc::new(make(call)?);
    table().keep(key, &plan);
    Ok(plan)
}

#[derive(Default)]
struct Table {
    plans: FxHashMap<u64, Arc<Plan>>,
    text: usize,
}

impl Table {
    fn keep(&mut self, key: u64, plan: &Arc<Plan>) {
        self.text += plan.code.len();
        if self.plans.len() >= MOST_PLANS || self.text > MOST_TEXT {
            self.plans.clear();
            self.text = plan.code.len();
        }
        self.plans.insert(key, Arc::clone(plan));
    }
}

static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names that a call gives, in order: what distinguishes calls with the same text.
fn names<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a str> {
    let params = call.params.iter().map(|param| param.name);
    let helpers = call.helpers.iter().map(|helper| helper.name);
    params.chain(std::iter::once("|")).chain(helpers)
}

fn key(call: &Call<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    call.code.hash(&mut hasher);
    for name in names(call) {
        name.hash(&mut hasher);
    }
    hasher.finish()
}

impl Plan {
    /// The length of the block's text.
    pub(super) fn length(&self) -> usize {
        self.code.len()
    }

    /// Whether the block may throw something that is no error of the engine's.
    pub(super) fn throws(&self) -> bool {
        self.code.contains("throw") || self.code.contains("reject")
    }

    fn is_of(&self, call: &Call<'_>) -> bool {
        *self.code == *call.code && names(call).eq(self.names.iter().map(|name| &**name))
    }
}

fn make(call: &Call<'_>) -> Result<Plan, JsError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if call.code.contains('\0') {
        return Err(JsError::new(
            JsErrorKind::Syntax,
            "a js block cannot hold a NUL character",
        ));
    }
    let reading = Reading::of(call.code);
    if let Some(line) = reading.imports {
        return Err(JsError {
            line: Some(line),
            ..JsError::unavailable("import")
        });
    }
    let params = names::usable(call.params.iter().map(|param| param.name), &[]);
    let helpers: Vec<_> = names::usable(call.helpers.iter().map(|helper| helper.name), &[])
        .into_iter()
        .filter(|(_, name)| call.code.contains(name.as_str()))
        .filter(|(_, name)| !params.iter().any(|(_, taken)| taken == name))
        .collect();
    let head = head(&helpers, &params);
    let code = call.code;
    let mut sources = Vec::with_capacity(2);
    if let Some(value) = &reading.value
        && let (Some(before), Some(expression), Some(after)) = (
            code.get(..value.start),
            code.get(value.clone()),
            code.get(value.end..),
        )
    {
        sources.push(format!(
            "{head}{before}return ({expression}\n){after}\n}}}})"
        ));
    }
    sources.push(format!("{head}{code}\n}}}})"));
    Ok(Plan {
        id: NEXT.fetch_add(1, Ordering::Relaxed),
        code: code.into(),
        names: names(call).map(Box::from).collect(),
        params: params.into_iter().map(|(at, _)| at).collect(),
        helpers: helpers.into_iter().map(|(at, _)| at).collect(),
        head: head.chars().count(),
        sources,
        own_engine: reading.own_engine,
    })
}

/// What stands before the block, on the line of its first: it is called once with the helpers to get the function
/// that is called with the parameters, so that each call has a function of its own.
fn head(helpers: &[(usize, String)], params: &[(usize, String)]) -> String {
    let list = |names: &[(usize, String)]| {
        names
            .iter()
            .map(|(_, name)| name.as_str())
            .collect::<Vec<_>>()
            .join(",")
    };
    format!(
        "(function({}){{return async function({}){{",
        list(helpers),
        list(params)
    )
}
