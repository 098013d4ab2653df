//! One request over the network and its answer. Redirects are not followed here: each is an operation of its own.
//!
//! What the program that runs mlld has in its environment about proxies is not used: a proxy would make the connections
//! that are checked here. Connections are not kept, nothing is remembered between requests, no credentials are sent.

use crate::gate::cancel::Cancel;
use crate::net::address::Reach;
use ecow::EcoString;
use mlld_security::Permit;
use rustix::event::PollFlags;
use std::io::Read;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::mpsc::{TryRecvError, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use ureq::http::{Response, Uri, header};
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, config::Config};
use url::Url;

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// A request that may be made.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    /// What is asked for.
    pub(crate) url: Url,
    /// Which addresses its host may have.
    pub(crate) reach: Reach,
    /// Bytes that the body may have, decompressed.
    pub(crate) max_size: u64,
    /// When it has to be over; `None`: never.
    pub(crate) until: Option<Instant>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A document, or what the server says in place of one.
    Document(Got),
    /// The server leads somewhere else, as it says it.
    Redirect(String),
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Got {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers; of several with one name, the values in order.
    pub(crate) headers: Vec<(EcoString, EcoString)>,
    /// Its body, decompressed. Of an answer that is no document, nothing.
    pub(crate) bytes: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The time is over, or the run has ended.
    TimedOut,
    /// The body has more bytes than this.
    TooLarge(u64),
    /// The host has no address that may be connected to: one that it has.
    Address(String, IpAddr),
    /// Something else, in words.
    Other(String),
}

/// Makes the request. It ends with the run, too.
#[expect(clippy::disallowed_methods, reason = "this is the effect")]
pub(crate) fn hop(permit: Permit<Hop>, cancel: &Cancel) -> Result<Answer, Failed> {
    let hop = permit.into_payload();
    let refused = Arc::new(OnceLock::new());
    let resolver = Checking {
        host: hop.url.host_str().unwrap_or_default().to_owned(),
        reach: hop.reach,
        refused: Arc::clone(&refused),
        inner: DefaultResolver::default(),
    };
    let config = config(left(hop.until)?);
    let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
    let (answers, answer) = channel();
    let (done, told) = std::io::pipe().map_err(|e| Failed::Other(e.to_string()))?;
    let (asking, until) = (agent.clone(), hop.until);
    // Looking up a name cannot be interrupted, so it happens where nobody waits for it.
    let started = std::thread::Builder::new().spawn(move || {
        let _ = answers.send(exchange(&asking, &hop));
        drop(told);
    });
    started.map_err(|e| Failed::Other(e.to_string()))?;
    loop {
        match answer.try_recv() {
            Ok(answer) => {
                return answer.map_err(|failed| match refused.get() {
                    Some((host, ip)) => Failed::Address(String::clone(host), *ip),
                    None => failed,
                });
            }
            Err(TryRecvError::Disconnected) => return Err(Failed::Other("it failed".into())),
            Err(TryRecvError::Empty) => {}
        }
        let time = left(until);
        if time.is_err() || cancel.stopped().is_some() {
            agent.shutdown();
            return Err(Failed::TimedOut);
        }
        cancel.wait(&[(done.as_fd(), PollFlags::IN)], time?);
    }
}

/// The time that is left.
fn left(until: Option<Instant>) -> Result<Option<Duration>, Failed> {
    let left = until.map(|u| u.saturating_duration_since(Instant::now()));
    match left {
        Some(left) if left.is_zero() => Err(Failed::TimedOut),
        left => Ok(left),
    }
}

fn config(limit: Option<Duration>) -> Config {
    Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(limit)
        .max_idle_connections(0)
        .user_agent(concat!("mlld/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::default())
        .build()
}

/// Resolves the host of a hop, and keeps only addresses that may be connected to.
#[derive(Debug)]
struct Checking {
    /// The host that was judged.
    host: String,
    reach: Reach,
    /// An address that it has and that may not be connected to.
    refused: Arc<OnceLock<(String, IpAddr)>>,
    inner: DefaultResolver,
}

impl Resolver for Checking {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        // What the client understands the address to be has to be what was judged.
        if uri.host() != Some(self.host.as_str()) {
            return Err(ureq::Error::HostNotFound);
        }
        let found = self.inner.resolve(uri, config, timeout)?;
        let mut kept = self.empty();
        let allowed = |a: &&std::net::SocketAddr| self.reach.allows(a.ip());
        for address in found.iter().filter(allowed) {
            kept.push(*address);
        }
        if kept.is_empty() {
            if let Some(first) = found.first() {
                let _ = self.refused.set((self.host.clone(), first.ip()));
            }
            return Err(ureq::Error::HostNotFound);
        }
        Ok(kept)
    }
}

fn exchange(agent: &Agent, hop: &Hop) -> Result<Answer, Failed> {
    let response = agent
        .get(hop.url.as_str())
        .call()
        .map_err(|e| failed(hop, &e))?;
    let status = response.status();
    if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        && let Some(location) = response.headers().get(header::LOCATION)
    {
        let location = String::from_utf8_lossy(location.as_bytes());
        return Ok(Answer::Redirect(location.into_owned()));
    }
    let headers = headers(&response);
    let bytes = if status.is_success() {
        body(hop, response)?
    } else {
        Vec::new()
    };
    Ok(Answer::Document(Got {
        status: status.as_u16(),
        headers,
        bytes,
    }))
}

fn headers(response: &Response<Body>) -> Vec<(EcoString, EcoString)> {
    let mut out: Vec<(EcoString, EcoString)> = Vec::new();
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        match out.iter_mut().find(|(n, _)| n == name.as_str()) {
            Some((_, values)) => {
                values.push_str(", ");
                values.push_str(&value);
            }
            None => out.push((name.as_str().into(), value.as_ref().into())),
        }
    }
    out
}

/// The body, as far as it may go.
fn body(hop: &Hop, response: Response<Body>) -> Result<Vec<u8>, Failed> {
    let encodings = response.headers().get_all(header::CONTENT_ENCODING);
    let encodings: Vec<&[u8]> = encodings.iter().map(|e| e.as_bytes()).collect();
    // What the client does not decompress would be taken for the document.
    if !matches!(*encodings, [] | [b"" | b"identity" | b"gzip"]) {
        let encoding = String::from_utf8_lossy(&encodings.join(&b", "[..])).into_owned();
        return Err(Failed::Other(format!(
            "it is compressed as '{encoding}', which is not asked for"
        )));
    }
    let too_large = || Failed::TooLarge(hop.max_size);
    if response
        .body()
        .content_length()
        .is_some_and(|n| n > hop.max_size)
    {
        return Err(too_large());
    }
    let mut reader = response.into_body().into_reader();
    let mut bytes = Vec::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(failed(hop, &e)),
        };
        if (bytes.len() + read) as u64 > hop.max_size {
            return Err(too_large());
        }
        bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
}

fn failed(hop: &Hop, error: &dyn std::error::Error) -> Failed {
    match left(hop.until) {
        Err(over) => over,
        Ok(_) => Failed::Other(error.to_string()),
    }
}
