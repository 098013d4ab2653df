//! An address becomes a document: redirects are followed, each hop checked like the first (spec 04 §8.1).

use super::rules::{self, Purpose, Step};
use crate::effect::fetch::{self, Answer, Failed, Hop};
use crate::effect::print;
use crate::eval::Cx;
use crate::failure::{Eval, Problem};
use crate::gate::{Printed, Run};
use crate::module::Origin;
use crate::net::address::Reach;
use ecow::{EcoString, eco_format};
use mlld_security::{Descriptor, Labelled, OpKind, Operation, Permit, Place, Target};
use std::time::Instant;
use url::Url;

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 10;

/// What is to be fetched.
pub(crate) struct Wanted<'w> {
    /// From where.
    pub(crate) url: Url,
    /// How messages name it.
    pub(crate) shown: &'w str,
    /// The labels of what the address was made of: it is sent away with the request.
    pub(crate) labels: Descriptor,
    /// What for.
    pub(crate) purpose: Purpose,
}

/// A document that was fetched.
pub(crate) struct Document {
    /// The addresses that were asked, the one that gave it last.
    pub(crate) hops: Vec<Url>,
    /// The status of the answer: 2xx.
    pub(crate) status: u16,
    /// Its headers, names in lower case.
    pub(crate) headers: Vec<(EcoString, EcoString)>,
    /// Its body, decompressed.
    pub(crate) bytes: Vec<u8>,
    /// What it carries: that it came from the network, and the labels of the address.
    pub(crate) labels: Descriptor,
}

impl Document {
    /// The address that gave it.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.hops.last()
    }

    /// A header of the answer.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Who asks for a document.
#[derive(Clone, Copy)]
enum Asker<'a, 'c> {
    /// A statement of a script.
    Statement(&'a Cx<'c>),
    /// A command of the user, under the rules of a project: no script is run.
    Command(&'a Run<'c>, &'a Origin),
}

impl<'c> Asker<'_, 'c> {
    fn run(&self) -> &Run<'c> {
        match self {
            Self::Statement(cx) => cx.run,
            Self::Command(run, _) => run,
        }
    }

    fn origin(&self) -> &Origin {
        match self {
            Self::Statement(cx) => &cx.module.origin,
            Self::Command(_, origin) => origin,
        }
    }

    /// Whether that it is asked for tells of labelled data.
    fn tells(&self) -> bool {
        match self {
            Self::Statement(cx) => cx.run.tracks() && !cx.pc().is_empty(),
            Self::Command(..) => false,
        }
    }

    fn permit<P>(&self, operation: Operation, payload: Labelled<P>) -> Eval<Permit<P>> {
        match self {
            Self::Statement(cx) => cx.permit(operation, payload),
            Self::Command(run, _) => Ok(run.permit(operation, payload)?),
        }
    }
}

/// Fetches a document. `operation` makes the operation that each hop is judged as; its inputs are added here.
///
/// # Errors
/// A hop may not be made, the document cannot be had (`R0402`), or the run ends.
pub(crate) fn document(
    cx: &Cx<'_>,
    wanted: &Wanted<'_>,
    operation: &dyn Fn() -> Operation,
) -> Eval<Document> {
    fetched(Asker::Statement(cx), wanted, operation)
}

/// As [`document`], for a command of the user: what it asks for is asked for by `origin`.
///
/// # Errors
/// As [`document`].
pub(crate) fn document_for_command(
    run: &Run<'_>,
    origin: &Origin,
    wanted: &Wanted<'_>,
    operation: &dyn Fn() -> Operation,
) -> Eval<Document> {
    fetched(Asker::Command(run, origin), wanted, operation)
}

fn fetched(
    asker: Asker<'_, '_>,
    wanted: &Wanted<'_>,
    operation: &dyn Fn() -> Operation,
) -> Eval<Document> {
    let run = asker.run();
    let options = &run.options.urls;
    let until = Instant::now().checked_add(options.timeout);
    let mut hops: Vec<Url> = Vec::new();
    let mut url = wanted.url.clone();
    // Where a redirect leads is what the network says.
    let mut labels = wanted.labels;
    loop {
        // That part is not sent.
        url.set_fragment(None);
        let step = Step {
            purpose: wanted.purpose,
            asker: asker.origin(),
            from: hops.last(),
            labels,
        };
        let permit = permit(asker, &step, &url, operation, |reach| Hop {
            url: url.clone(),
            reach,
            max_size: options.max_size,
            until,
        })?;
        let answer = fetch::hop(permit, &run.scope());
        // The run may have ended meanwhile; then that is what is told.
        run.check()?;
        hops.push(url);
        labels = run.store().join(labels, provenance(run, &hops));
        let about = |failed: Failed| failure(wanted, options.timeout, failed).about(labels);
        match answer.map_err(about)? {
            Answer::Document(got) if (200..300).contains(&got.status) => {
                return Ok(Document {
                    hops,
                    status: got.status,
                    headers: got.headers,
                    bytes: got.bytes,
                    labels,
                });
            }
            Answer::Document(got) => {
                let why = eco_format!("the server answered with status {}", got.status);
                return Err(not_loaded(wanted.shown, &why).about(labels));
            }
            Answer::Redirect(_) if hops.len() > MOST_REDIRECTS => {
                let why = eco_format!("more than {MOST_REDIRECTS} redirects");
                return Err(not_loaded(wanted.shown, &why).about(labels));
            }
            Answer::Redirect(location) => {
                let next = hops.last().and_then(|last| last.join(&location).ok());
                url = next.ok_or_else(|| {
                    let why = eco_format!("a redirect leads to {location}, which is no URL");
                    not_loaded(wanted.shown, &why).about(labels)
                })?;
            }
        }
    }
}

/// Judges the addresses of a document that was fetched before, as if it were to be fetched again.
///
/// # Errors
/// One of them may not be asked.
pub(crate) fn judge(
    cx: &Cx<'_>,
    wanted: &Wanted<'_>,
    hops: &[Url],
    operation: &dyn Fn() -> Operation,
) -> Eval<()> {
    let mut labels = wanted.labels;
    let mut from = None;
    for (n, url) in hops.iter().enumerate() {
        let step = Step {
            purpose: wanted.purpose,
            asker: &cx.module.origin,
            from,
            labels,
        };
        let _ = permit(Asker::Statement(cx), &step, url, operation, |_| url.clone())?;
        from = Some(url);
        let so_far = hops.get(..=n).unwrap_or_default();
        labels = cx.run.store().join(labels, provenance(cx.run, so_far));
    }
    Ok(())
}

/// The permit for one hop. **Every connection passes here**: the rules of a policy about networks (spec 06 §9) belong
/// to the operation that is judged here, as further targets.
fn permit<P>(
    asker: Asker<'_, '_>,
    step: &Step<'_>,
    url: &Url,
    operation: &dyn Fn() -> Operation,
    payload: impl FnOnce(Reach) -> P,
) -> Eval<Permit<P>> {
    let labels = step.labels;
    let checked = rules::check(asker.run(), step, url).map_err(|p| p.about(labels))?;
    let mut operation = operation();
    if !labels.is_empty() || asker.tells() {
        // The address is sent away: data in it, and what decided that it is, is told to the network. For deny rules
        // only, so that what may be read need not be allowed to be written.
        let mut targets = operation.targets.to_vec();
        targets.push(Target {
            allowed_as: Some(EcoString::new()),
            ..Target::hidden("net:w")
        });
        operation.targets = targets.into();
    }
    let place = operation.place.clone();
    let payload = payload(checked.reach);
    let permit = asker.permit(operation, Labelled::entering(payload, labels))?;
    if let Some(place) = place.filter(|_| checked.insecure) {
        warn_insecure(asker, url, labels, place);
    }
    Ok(permit)
}

/// The sources of what came by these hops: the address that was asked, and the one that answered.
pub(crate) fn sources(hops: &[Url]) -> impl Iterator<Item = &str> {
    let last = hops.last().filter(|_| hops.len() > 1);
    hops.first().into_iter().chain(last).map(Url::as_str)
}

fn provenance(run: &Run<'_>, hops: &[Url]) -> Descriptor {
    run.store().provenance(["src:network"], sources(hops))
}

/// The problem of a document that cannot be had: one that `?` gets over.
pub(crate) fn not_loaded(shown: &str, why: &str) -> Problem {
    let message = eco_format!("Failed to load content: {shown} ({why})");
    Problem::new("R0402", "MlldNetwork", message)
}

fn failure(wanted: &Wanted<'_>, limit: std::time::Duration, failed: Failed) -> Problem {
    let why: EcoString = match failed {
        Failed::TimedOut => eco_format!(
            "it took longer than {}",
            crate::gate::cancel::shortest(limit)
        ),
        Failed::TooLarge(limit) => eco_format!("it has more than {limit} bytes"),
        Failed::Address(host, ip) => return rules::not_public(&host, ip),
        Failed::Other(why) => why.into(),
    };
    not_loaded(wanted.shown, &why)
}

/// Says on standard error that whoever is on the way can read and change what comes.
fn warn_insecure(asker: Asker<'_, '_>, url: &Url, labels: Descriptor, place: Place) {
    let run = asker.run();
    let text = match run.may_show(labels) {
        true => url.to_string(),
        false => print::withheld_text(run, labels).to_string(),
    };
    let text = eco_format!("Warning: Using insecure HTTP protocol for {text}");
    let operation = run.plain_operation(OpKind::Log, "/log", place);
    let shown = Labelled::entering(Printed::line(text), Descriptor::EMPTY);
    if let Ok(permit) = asker.permit(operation, shown) {
        print::warning(run, permit);
    }
}
