//! The threads that engines live on.
//!
//! Some of what an engine does cannot be interrupted: a loop inside a built-in function asks nobody. So a block runs
//! on another thread than the evaluator's, which waits for it and does meanwhile what the block asks for. When the
//! run ends, the block is told; when it does not hear, the evaluator goes its way and the thread is left to itself:
//! it can reach nothing any more, and ends as soon as the engine comes back to it.
//!
//! Threads are kept for later with their engines. Both sides look for a while before they sleep, so that a short block
//! does not cost two wake-ups.

use super::drive;
use super::engine::{Engine, SLACK, STACK};
use super::error::{JsError, JsErrorKind};
use super::plan::Plan;
use super::{Call, Callee, Failure, Host, Line, Outcome};
use crate::value::{Executable, Value};
use ecow::EcoString;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most threads that are kept for later.
const MOST_IDLE: usize = 8;

/// The most blocks that may run inside of each other, through shadow functions.
const MOST_NESTED: usize = 64;

/// How long the host is not asked whether the block is to end.
const NAP: Duration = Duration::from_millis(1);

/// How long a block that is told to end may take for it before it is left to itself.
const GRACE: Duration = Duration::from_millis(250);

/// How often one side looks for the other before it sleeps: for about as long as a wake-up takes. It does not yield: on
/// a busy machine whoever yields comes last, while whoever sleeps is woken at once.
const LOOKS: usize = 4_000;

static IDLE: Mutex<Vec<Thread>> = Mutex::new(Vec::new());

thread_local! {
    static RUNNING: Cell<usize> = const { Cell::new(0) };
}

/// A call as it goes to an engine's thread.
pub(super) struct Work {
    pub(super) plan: Arc<Plan>,
    /// The arguments, in the order of the parameters; absent where one is unset.
    pub(super) values: Vec<Value>,
    /// Whether each helper gives its value at once.
    pub(super) direct: Vec<bool>,
    pub(super) env: Vec<(EcoString, EcoString)>,
    pub(super) memory: usize,
}

impl Work {
    fn of(call: &Call<'_>, plan: Arc<Plan>) -> Self {
        let values = call.params.iter().map(|p| p.value);
        Self {
            plan,
            values: values
                .map(|v| v.cloned().unwrap_or(Value::Absent))
                .collect(),
            direct: call.helpers.iter().map(|h| h.direct).collect(),
            env: call.env.to_vec(),
            memory: call.memory,
        }
    }
}

/// What goes to an engine's thread.
enum Order {
    Run(Work),
    /// The line has been taken, or not.
    Taken(Result<(), Failure>),
    /// What the call gave.
    Answer(Result<Value, Failure>),
}

/// What comes from it.
enum Message {
    Line(Line),
    CallHelper(usize, Vec<Value>),
    CallValue(Arc<Executable>, Vec<Value>),
    Done(Result<Outcome, JsError>),
}

/// A thread that waits for work or does some. When it is dropped, the thread ends as soon as it can.
struct Thread {
    orders: Sender<Order>,
    messages: Receiver<Message>,
    stop: Arc<AtomicBool>,
}

/// Runs a call.
pub(super) fn run(call: &Call<'_>, plan: Arc<Plan>) -> Result<Outcome, JsError> {
    if call.host.interrupted() {
        return Err(JsError::interrupted());
    }
    let _running = Running::start()?;
    let waiting = idle().pop();
    let thread = match waiting {
        Some(thread) => thread,
        None => Thread::start()?,
    };
    let result = thread.run(call.host, Work::of(call, plan));
    let Some(result) = result else {
        return Err(JsError::interrupted());
    };
    let mut idle = idle();
    if idle.len() < MOST_IDLE {
        idle.push(thread);
    }
    result
}

fn idle() -> MutexGuard<'static, Vec<Thread>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn gone() -> JsError {
    JsError::new(JsErrorKind::Exception, "the js engine has stopped")
}

impl Thread {
    fn start() -> Result<Self, JsError> {
        let (orders, ordered) = channel();
        let (tell, messages) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let evaluator = Evaluator {
            orders: ordered,
            messages: tell,
            stop: Arc::clone(&stop),
        };
        std::thread::Builder::new()
            .name("js".into())
            .stack_size(STACK + 4 * SLACK)
            .spawn(move || evaluator.serve())
            .map_err(|e| {
                let message = ecow::eco_format!("no thread can be started for a js block: {e}");
                JsError::new(JsErrorKind::Exception, message)
            })?;
        Ok(Self {
            orders,
            messages,
            stop,
        })
    }

    /// Does what the block asks for until it has ended; `None` if it does not end though it is to.
    fn run(&self, host: &dyn Host, work: Work) -> Option<Result<Outcome, JsError>> {
        self.stop.store(false, Ordering::Relaxed);
        let mut until = None;
        if self.orders.send(Order::Run(work)).is_err() {
            return Some(Err(gone()));
        }
        loop {
            let answer = match self.next(host, &mut until)? {
                Ok(Message::Done(result)) => return Some(result),
                Ok(Message::Line(line)) => Order::Taken(host.line(&line)),
                Ok(Message::CallHelper(at, args)) => {
                    Order::Answer(host.call(Callee::Helper(at), args))
                }
                Ok(Message::CallValue(executable, args)) => {
                    Order::Answer(host.call(Callee::Value(&executable), args))
                }
                Err(gone) => return Some(Err(gone)),
            };
            self.ask(host, &mut until);
            if self.orders.send(answer).is_err() {
                return Some(Err(gone()));
            }
        }
    }

    /// Tells the block to end if the host wants that.
    fn ask(&self, host: &dyn Host, until: &mut Option<Instant>) {
        if until.is_none() && host.interrupted() {
            self.stop.store(true, Ordering::Relaxed);
            *until = Instant::now().checked_add(GRACE);
        }
    }

    /// The next message; `None` if the time is over in which the block was to end.
    fn next(
        &self,
        host: &dyn Host,
        until: &mut Option<Instant>,
    ) -> Option<Result<Message, JsError>> {
        match look(&self.messages) {
            Ok(message) => return Some(Ok(message)),
            Err(TryRecvError::Disconnected) => return Some(Err(gone())),
            Err(TryRecvError::Empty) => {}
        }
        loop {
            match self.messages.recv_timeout(NAP) {
                Ok(message) => return Some(Ok(message)),
                Err(RecvTimeoutError::Disconnected) => return Some(Err(gone())),
                Err(RecvTimeoutError::Timeout) => self.ask(host, until),
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return None;
            }
        }
    }
}

/// Looks whether something has come, for a short time.
fn look<T>(from: &Receiver<T>) -> Result<T, TryRecvError> {
    for _ in 0..LOOKS {
        match from.try_recv() {
            Err(TryRecvError::Empty) => std::hint::spin_loop(),
            found => return found,
        }
    }
    Err(TryRecvError::Empty)
}

/// The evaluator, as an engine's thread sees it.
struct Evaluator {
    orders: Receiver<Order>,
    messages: Sender<Message>,
    stop: Arc<AtomicBool>,
}

impl Evaluator {
    fn serve(self) {
        let mut kept: Option<Engine> = None;
        while let Some(Order::Run(work)) = self.order() {
            let result = drive::run(&work, &self, &mut kept);
            drop(work);
            if self.messages.send(Message::Done(result)).is_err() {
                return;
            }
        }
    }

    /// The next order; `None` if nobody waits for this thread any more.
    fn order(&self) -> Option<Order> {
        match look(&self.orders) {
            Ok(order) => Some(order),
            Err(TryRecvError::Empty) => self.orders.recv().ok(),
            Err(TryRecvError::Disconnected) => None,
        }
    }

    fn asked(&self, message: Message) -> Option<Order> {
        self.messages.send(message).ok()?;
        self.order()
    }
}

fn left() -> Failure {
    Failure::End("nobody waits for the block any more".into())
}

impl Host for Evaluator {
    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn line(&self, line: &Line) -> Result<(), Failure> {
        match self.asked(Message::Line(line.clone())) {
            Some(Order::Taken(taken)) => taken,
            _ => Err(left()),
        }
    }

    fn call(&self, callee: Callee<'_>, args: Vec<Value>) -> Result<Value, Failure> {
        let message = match callee {
            Callee::Helper(at) => Message::CallHelper(at, args),
            Callee::Value(executable) => Message::CallValue(Arc::clone(executable), args),
        };
        match self.asked(message) {
            Some(Order::Answer(answer)) => answer,
            _ => Err(left()),
        }
    }
}

/// A block that the evaluator's thread waits for.
struct Running;

impl Running {
    fn start() -> Result<Self, JsError> {
        RUNNING.with(|running| {
            if running.get() >= MOST_NESTED {
                return Err(JsError::new(
                    JsErrorKind::Exception,
                    ecow::eco_format!("more than {MOST_NESTED} js blocks run inside of each other"),
                ));
            }
            running.set(running.get() + 1);
            Ok(Self)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with(|running| running.set(running.get().saturating_sub(1)));
    }
}
