//! An engine: a runtime of QuickJS with one world in it.
//!
//! A *shared* engine is frozen and serves many calls; [`Engine::end`] says whether it can serve another. An *own*
//! engine is ordinary JavaScript and serves one call.

use super::error::BLOCK;
use super::plan::Plan;
use super::{native, state};
use rquickjs::context::EvalOptions;
use rquickjs::{Context, Ctx, Function, Object, Persistent, Runtime};
use rustc_hash::FxHashMap;

/// How much of the native stack a block may use. More is a `RangeError` in the block.
pub(super) const STACK: usize = 4 << 20;

/// The native stack that must be free beyond [`STACK`] when the engine is entered: for host functions that are
/// called at a block's deepest point, and for reading values.
pub(super) const SLACK: usize = 2 << 20;

/// The engine collects cycles when so much was allocated since a call began.
const GARBAGE: usize = 8 << 20;

/// The most functions that an engine keeps compiled.
const MOST_FUNCTIONS: usize = 256;

/// The scripts that make the world of a block.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Core,
    Inspect,
    Web,
    Freeze,
}

impl Part {
    /// The function that the script is.
    pub(super) fn evaluate<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Function<'js>> {
        let text = match self {
            Self::Core => include_str!("prelude/core.js"),
            Self::Inspect => include_str!("prelude/inspect.js"),
            Self::Web => include_str!("prelude/web.js"),
            Self::Freeze => include_str!("prelude/freeze.js"),
        };
        evaluate(ctx, text, "mlld", true)
    }
}

fn evaluate<'js>(ctx: &Ctx<'js>, text: &str, name: &str, strict: bool) -> rquickjs::Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.strict = strict;
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(text, options)
}

/// A runtime with its world. The order of the fields is the order in which they must go.
pub(super) struct Engine {
    compiled: FxHashMap<u64, Persistent<Function<'static>>>,
    controls: Persistent<Object<'static>>,
    context: Context,
    runtime: Runtime,
    /// Where the stack was when the runtime was made: what QuickJS measures from.
    origin: usize,
    /// Whether it can serve more than one call.
    pub(super) shared: bool,
}

impl Engine {
    /// A new engine.
    pub(super) fn new(shared: bool) -> rquickjs::Result<Self> {
        let runtime = Runtime::new()?;
        let origin = stack_pointer();
        runtime.set_gc_threshold(GARBAGE);
        runtime.set_interrupt_handler(Some(Box::new(state::interrupt)));
        runtime.set_host_promise_rejection_tracker(Some(Box::new(state::rejected)));
        let context = Context::full(&runtime)?;
        limit_stack(&runtime, origin);
        let controls = context.with(|ctx| -> rquickjs::Result<_> {
            let native = native::functions(&ctx)?;
            let controls: Object<'_> = Part::Core.evaluate(&ctx)?.call((native,))?;
            if shared {
                controls.get::<_, Function<'_>>("complete")?.call::<_, ()>(())?;
                Part::Freeze.evaluate(&ctx)?.call::<_, ()>(())?;
            }
            controls.get::<_, Function<'_>>("seal")?.call::<_, ()>(())?;
            Ok(Persistent::save(&ctx, controls))
        })?;
        Ok(Self { compiled: FxHashMap::default(), controls, context, runtime, origin, shared })
    }

    /// Sets the limits for what follows, which must be on the present stack.
    pub(super) fn limit(&self, memory: usize) {
        self.runtime.set_memory_limit(memory);
        self.runtime.set_gc_threshold(GARBAGE);
        limit_stack(&self.runtime, self.origin);
    }

    /// Enters the engine.
    pub(super) fn with<R>(&mut self, work: impl for<'js> FnOnce(&Ctx<'js>, &Object<'js>, &mut Functions<'_>) -> R) -> rquickjs::Result<R> {
        let Self { compiled, controls, context, .. } = self;
        context.with(|ctx| {
            let controls = controls.clone().restore(&ctx)?;
            Ok(work(&ctx, &controls, &mut Functions(compiled)))
        })
    }

    /// Whether the engine is as it was before the call, after taking away what the block left.
    pub(super) fn end(&mut self) -> bool {
        if !self.shared || self.runtime.is_job_pending() {
            return false;
        }
        self.with(|_, controls, _| {
            controls.get::<_, Function<'_>>("end").and_then(|end| end.call(())).unwrap_or(false)
        })
        .unwrap_or(false)
    }
}

/// The functions that an engine keeps compiled.
pub(super) struct Functions<'a>(&'a mut FxHashMap<u64, Persistent<Function<'static>>>);

impl Functions<'_> {
    /// The function of a block.
    pub(super) fn of<'js>(&mut self, ctx: &Ctx<'js>, plan: &Plan) -> rquickjs::Result<Function<'js>> {
        if let Some(kept) = self.0.get(&plan.id) {
            return kept.clone().restore(ctx);
        }
        let mut compiled = Err(rquickjs::Error::Unknown);
        for source in &plan.sources {
            if compiled.is_err() {
                ctx.catch();
                compiled = evaluate(ctx, source, BLOCK, false);
            }
        }
        let compiled: Function<'js> = compiled?;
        if self.0.len() >= MOST_FUNCTIONS {
            self.0.clear();
        }
        self.0.insert(plan.id, Persistent::save(ctx, compiled.clone()));
        Ok(compiled)
    }
}

/// QuickJS measures the stack from where the runtime was made, which may have been another stack: the size that it
/// is told is therefore the distance from there to where the stack ends for the block, whatever the sign.
fn limit_stack(runtime: &Runtime, origin: usize) {
    let end = stack_pointer().saturating_sub(STACK);
    runtime.set_max_stack_size(origin.wrapping_sub(end));
}

fn stack_pointer() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}
