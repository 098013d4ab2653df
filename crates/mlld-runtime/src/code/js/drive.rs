//! A call from its start to its end.

use super::engine::{Engine, SLACK, STACK, function};
use super::error::{self, Caught, Fault, JsError, JsErrorKind};
use super::from_js::Reader;
use super::into_js::to_js;
use super::plan::Plan;
use super::state::State;
use super::thread::Work;
use super::{Host, Outcome, Stream};
use crate::value::Value;
use ecow::EcoString;
use rquickjs::function::Args;
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Function, Object, Persistent, Promise, Value as JsValue};
use std::time::{Duration, Instant};

/// How long the host is not asked while the block waits for a timer.
const NAP: Duration = Duration::from_millis(5);

/// After so many jobs the host is asked.
const JOBS: usize = 64;

/// What the failed call's exception may use of memory beyond its limit, to be told.
const FOR_THE_MESSAGE: usize = 16 << 20;

/// Runs a block by its plan, in the engine that was kept or in a new one, which is kept if it can serve another call.
pub(super) fn run(
    work: &Work,
    host: &dyn Host,
    kept: &mut Option<Engine>,
) -> Result<Outcome, JsError> {
    let state = State::new(host, &work.env, work.memory);
    let own = work.plan.own_engine;
    let waiting = if own { None } else { kept.take() };
    stacker::maybe_grow(STACK + SLACK, STACK + SLACK + SLACK, || {
        state.enter(|| {
            let engine = match waiting {
                Some(engine) => engine,
                None => Engine::new(!own).map_err(|_| JsError::memory(work.memory))?,
            };
            let (result, reusable) = in_engine(&engine, work, &state);
            if reusable {
                *kept = Some(engine);
            }
            result
        })
    })
}

fn in_engine(engine: &Engine, call: &Work, state: &State<'_>) -> (Result<Outcome, JsError>, bool) {
    let plan = &*call.plan;
    engine.limit(call.memory);
    let worked = engine.with(|ctx, controls| {
        let block = Block {
            ctx,
            controls,
            state,
            call,
            plan,
        };
        let mut compiling = true;
        block
            .run(&mut compiling)
            .map_err(|fault| caught(ctx, fault, compiling, call.memory))
    });
    let worked = worked.unwrap_or_else(|_| Err(Caught::Failed(JsError::memory(call.memory))));
    let mut result = worked.map_err(|caught| tell(engine, caught, plan, call.memory));
    if let Err(stop) = state.check() {
        result = Err(stop);
    }
    if result.is_ok()
        && let Some(reason) = state.unhandled()
    {
        let caught = Caught::Exception {
            thrown: reason,
            compiling: false,
        };
        result = Err(tell(engine, caught, plan, call.memory));
    }
    state.release();
    let sound = match &result {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind,
            JsErrorKind::Memory | JsErrorKind::Interrupted | JsErrorKind::Refused
        ),
    };
    let reusable = sound && engine.end();
    let result = result.map(|value| {
        let lines = state.take_lines();
        let logged = || {
            let mut out = lines
                .iter()
                .filter(|line| line.stream == Stream::Out)
                .map(|line| line.text.as_str());
            out.next().map(|first| {
                let mut text = EcoString::from(first);
                for line in out {
                    text.push('\n');
                    text.push_str(line);
                }
                Value::Text(text)
            })
        };
        Outcome {
            value: value.or_else(logged),
            lines,
        }
    });
    (result, reusable)
}

/// Takes the exception out of the engine.
fn caught<'js>(ctx: &Ctx<'js>, fault: Fault, compiling: bool, memory: usize) -> Caught {
    match fault {
        Fault::Failed(error) => Caught::Failed(error),
        Fault::Thrown(rquickjs::Error::Exception) => Caught::Exception {
            thrown: Persistent::save(ctx, ctx.catch()),
            compiling,
        },
        Fault::Thrown(rquickjs::Error::Unknown | rquickjs::Error::Allocation) => {
            ctx.catch();
            Caught::Failed(JsError::memory(memory))
        }
        Fault::Thrown(error) => Caught::Failed(JsError::new(
            JsErrorKind::Exception,
            ecow::eco_format!("{error}"),
        )),
    }
}

/// The failure that was caught.
fn tell(engine: &Engine, caught: Caught, plan: &Plan, memory: usize) -> JsError {
    let (thrown, compiling) = match caught {
        Caught::Failed(error) => return error,
        Caught::Exception { thrown, compiling } => (thrown, compiling),
    };
    engine.limit(memory.saturating_add(FOR_THE_MESSAGE));
    let told = engine.with(|ctx, controls| {
        let thrown = thrown.restore(ctx)?;
        let told = error::describe(controls, thrown, compiling, plan, memory);
        ctx.catch();
        told
    });
    told.and_then(|told| told)
        .unwrap_or_else(|_| JsError::new(JsErrorKind::Exception, "exception"))
}

struct Block<'a, 'js> {
    ctx: &'a Ctx<'js>,
    controls: &'a Object<'js>,
    state: &'a State<'a>,
    call: &'a Work,
    plan: &'a Plan,
}

impl<'js> Block<'_, 'js> {
    fn run(&self, compiling: &mut bool) -> Result<Option<Value>, Fault> {
        let factory = function(self.ctx, self.controls, self.plan)?;
        *compiling = false;
        let function: Function<'js> = self.helpers()?.apply(&factory)?;
        let promise: Promise<'js> = self.arguments()?.apply(&function)?;
        self.settle(&promise)?;
        let value: JsValue<'js> = match promise.result() {
            Some(value) => value?,
            None => return Ok(None),
        };
        Reader::new(self.ctx, self.controls, self.state)?.read(value)
    }

    fn helpers(&self) -> Result<Args<'js>, Fault> {
        let mut args = Args::new(self.ctx.clone(), self.plan.helpers.len());
        for at in &self.plan.helpers {
            let Some(direct) = self.call.direct.get(*at) else {
                continue;
            };
            let control = if *direct { "direct" } else { "deferred" };
            let function: JsValue<'js> = self
                .controls
                .get::<_, Function<'js>>(control)?
                .call((0, *at))?;
            args.push_arg(function)?;
        }
        Ok(args)
    }

    fn arguments(&self) -> Result<Args<'js>, Fault> {
        let mut args = Args::new(self.ctx.clone(), self.plan.params.len());
        for at in &self.plan.params {
            let value = self.call.values.get(*at).unwrap_or(&Value::Absent);
            args.push_arg(to_js(self.ctx, self.controls, self.state, value)?)?;
        }
        Ok(args)
    }

    /// Works until the promise is settled and no job is left.
    fn settle(&self, promise: &Promise<'js>) -> Result<(), Fault> {
        loop {
            let mut jobs = 0;
            while self.ctx.execute_pending_job() {
                jobs += 1;
                if jobs % JOBS == 0 {
                    self.state.poll();
                }
                if self.state.stopped() {
                    break;
                }
            }
            self.state.check()?;
            if promise.state() != PromiseState::Pending {
                return Ok(());
            }
            let wait: f64 = self.controls.get::<_, Function<'js>>("next")?.call(())?;
            if wait < 0.0 {
                return Err(JsError::new(
                    JsErrorKind::Exception,
                    "the js block waits for a promise that nothing will settle",
                )
                .into());
            }
            self.sleep(wait)?;
            self.controls
                .get::<_, Function<'js>>("fire")?
                .call::<_, ()>(())?;
        }
    }

    fn sleep(&self, milliseconds: f64) -> Result<(), Fault> {
        let wait = Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or(Duration::MAX);
        let start = Instant::now();
        loop {
            if self.state.poll() {
                self.state.check()?;
            }
            let rest = wait.saturating_sub(start.elapsed());
            if rest.is_zero() {
                return Ok(());
            }
            std::thread::sleep(rest.min(NAP));
        }
    }
}
