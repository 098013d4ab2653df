//! An engine: a runtime of QuickJS with one world in it.
//!
//! A *shared* engine is frozen and serves many calls; [`Engine::end`] says whether it can serve another. An *own*
//! engine is ordinary JavaScript and serves one call.

use super::error::BLOCK;
use super::plan::Plan;
use super::{native, state};
use rquickjs::context::EvalOptions;
use rquickjs::{Context, Ctx, Function, Object, Runtime};

/// How much of the native stack a block may use. More is a `RangeError` in the block.
pub(super) const STACK: usize = 4 << 20;

/// The native stack that must be free beyond [`STACK`] when the engine is entered: for host functions that are
/// called at a block's deepest point.
pub(super) const SLACK: usize = 1 << 20;

/// The engine collects cycles when it has allocated so much.
const GARBAGE: usize = 8 << 20;

/// The name under which the engine knows our own scripts.
const PRELUDE: &str = "mlld";

fn evaluate<'js>(
    ctx: &Ctx<'js>,
    text: &str,
    name: &str,
    strict: bool,
) -> rquickjs::Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.strict = strict;
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(text, options)
}

/// A runtime with its world. What it keeps of the engine's values is kept inside of the engine, so that it can go from
/// thread to thread.
pub(super) struct Engine {
    context: Context,
    runtime: Runtime,
    /// Whether it can serve more than one call.
    shared: bool,
}

impl Engine {
    /// A new engine.
    pub(super) fn new(shared: bool) -> rquickjs::Result<Self> {
        let runtime = Runtime::new()?;
        runtime.set_gc_threshold(GARBAGE);
        runtime.set_max_stack_size(STACK);
        runtime.set_interrupt_handler(Some(Box::new(state::interrupt)));
        runtime.set_host_promise_rejection_tracker(Some(Box::new(state::rejected)));
        let context = Context::full(&runtime)?;
        context.with(|ctx| -> rquickjs::Result<()> {
            let native = native::functions(&ctx)?;
            let core = evaluate(&ctx, include_str!("prelude/core.js"), PRELUDE, true)?;
            let controls: Object<'_> = core.call((native,))?;
            if shared {
                controls
                    .get::<_, Function<'_>>("complete")?
                    .call::<_, ()>(())?;
                evaluate(&ctx, include_str!("prelude/freeze.js"), PRELUDE, true)?
                    .call::<_, ()>(())?;
            }
            controls.get::<_, Function<'_>>("seal")?.call::<_, ()>(())?;
            ctx.store_userdata(controls)
                .map(drop)
                .map_err(|_| rquickjs::Error::Unknown)
        })?;
        Ok(Self {
            context,
            runtime,
            shared,
        })
    }

    /// Sets the limits for what follows.
    pub(super) fn limit(&self, memory: usize) {
        self.runtime.set_memory_limit(memory);
        // What earlier calls left to be collected must not use up what this one may use.
        let garbage = GARBAGE.min(memory / 8);
        if garbage < GARBAGE {
            self.runtime.run_gc();
        }
        self.runtime.set_gc_threshold(garbage);
    }

    /// Enters the engine. The stack is measured from here, and from where a script is evaluated: so none is while a
    /// block runs.
    pub(super) fn with<R>(
        &self,
        work: impl for<'js> FnOnce(&Ctx<'js>, &Object<'js>) -> R,
    ) -> rquickjs::Result<R> {
        self.context.with(|ctx| {
            let controls = ctx
                .userdata::<Object<'_>>()
                .map(|controls| controls.clone());
            Ok(work(&ctx, &controls.ok_or(rquickjs::Error::Unknown)?))
        })
    }

    /// Whether the engine is as it was before the call, after taking away what the block left.
    pub(super) fn end(&self) -> bool {
        if !self.shared || self.runtime.is_job_pending() {
            return false;
        }
        self.with(|_, controls| {
            controls
                .get::<_, Function<'_>>("end")
                .and_then(|end| end.call(()))
                .unwrap_or(false)
        })
        .unwrap_or(false)
    }
}

/// The function of a block, which the engine keeps compiled.
pub(super) fn function<'js>(
    ctx: &Ctx<'js>,
    controls: &Object<'js>,
    plan: &Plan,
) -> rquickjs::Result<Function<'js>> {
    if let Some(kept) = controls.get::<_, Function<'js>>("kept")?.call((plan.id,))? {
        return Ok(kept);
    }
    let mut compiled = Err(rquickjs::Error::Unknown);
    for source in &plan.sources {
        if compiled.is_err() {
            ctx.catch();
            compiled = evaluate(ctx, source, BLOCK, false);
        }
    }
    let compiled: Function<'js> = compiled?;
    controls.get::<_, Function<'js>>("keep")?.call::<_, ()>((
        plan.id,
        compiled.clone(),
        plan.length(),
    ))?;
    Ok(compiled)
}
