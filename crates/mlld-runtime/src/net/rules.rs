//! What is checked of every hop before a connection is made (spec 04 §8.1).

use super::address::{self, Reach};
use super::domain::Site;
use super::fetch::not_loaded;
use crate::failure::Problem;
use crate::gate::Run;
use crate::module::Origin;
use ecow::{EcoString, eco_format};
use mlld_security::Descriptor;
use std::net::{IpAddr, Ipv4Addr};
use url::Url;

/// What a document is fetched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be read.
    Data,
    /// To be imported as data: somebody has to have approved its host.
    ImportedData,
    /// To be run: it has to come unchanged, besides.
    Module,
}

/// One of the hops to a document.
pub(crate) struct Step<'s> {
    /// What the document is fetched for.
    pub(crate) purpose: Purpose,
    /// The script or module that asks for it.
    pub(crate) asker: &'s Origin,
    /// The hop before it.
    pub(crate) from: Option<&'s Url>,
    /// The labels of its address.
    pub(crate) labels: Descriptor,
}

/// A hop that may be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    /// Which addresses it may connect to.
    pub(crate) reach: Reach,
    /// Whoever is on the way can read and change it.
    pub(crate) insecure: bool,
}

/// Whether a text is meant as a URL that can be fetched.
pub(crate) fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Reads a URL.
///
/// # Errors
/// It is none, or none that can be fetched.
pub(crate) fn parse(text: &str) -> Result<Url, Problem> {
    if text.contains(|c: char| c.is_control()) {
        return Err(not_loaded(text, "a URL has no control characters"));
    }
    let url = Url::parse(text).map_err(|e| not_loaded(text, &e.to_string()))?;
    may_be_fetched(&url).map_err(|why| not_valid(text, why))?;
    Ok(url)
}

/// The URL that a relative path names in something that came from `base`.
///
/// # Errors
/// It is none, or none that can be fetched.
pub(crate) fn below(base: &Url, path: &str) -> Result<Url, Problem> {
    let url = base
        .join(path)
        .map_err(|e| not_loaded(path, &e.to_string()))?;
    parse(url.as_str())
}

fn not_valid(text: &str, why: &str) -> Problem {
    let message = eco_format!("The URL cannot be fetched: {text} ({why})");
    Problem::new("R0462", "MlldNetwork", message).code("INVALID_URL")
}

fn may_be_fetched(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http: and https: are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a name or password in a URL is not sent");
    }
    match url.host_str() {
        None | Some("") => Err("it has no host"),
        Some(_) => Ok(()),
    }
}

/// Checks a hop: its scheme, its host, who may give code.
///
/// # Errors
/// It may not be made.
pub(crate) fn check(run: &Run<'_>, step: &Step<'_>, url: &Url) -> Result<Checked, Problem> {
    may_be_fetched(url).map_err(|why| not_valid(url.as_str(), why))?;
    let site = Site::of(url).ok_or_else(|| not_valid(url.as_str(), "it has no host"))?;
    let options = &run.options.urls;
    let config = run.loads.config();
    if options.blocked.cover(&site) {
        return Err(refused(eco_format!("Domain blocked: {site}")));
    }
    let allow_lists = [&options.allowed, &config.allowed_domains];
    if allow_lists
        .iter()
        .any(|list| list.as_ref().is_some_and(|l| !l.cover(&site)))
    {
        return Err(refused(eco_format!("Domain not allowed: {site}"))
            .hint("Hosts are allowed by --url-allowed-domains and `security.allowedDomains` in mlld-config.json."));
    }
    let trusted = config.trusted_domains.as_ref();
    let is_trusted = trusted.is_some_and(|list| list.cover(&site));
    // An explicit list of who may give code says that nobody else may.
    if step.purpose != Purpose::Data && !is_trusted && trusted.is_some() && !options.approve_imports
    {
        let message = eco_format!("Import not approved: {url}");
        return Err(Problem::new("R0463", "MlldSecurity", message)
            .code("ACCESS_DENIED")
            .hint("Add its host to `security.trustedDomains` in mlld-config.json, or approve all imports of this run with --yolo."));
    }
    let insecure = url.scheme() == "http" && !site.is_loopback();
    if insecure && step.purpose == Purpose::Module && !is_trusted {
        let message = eco_format!("Insecure import refused: {url}");
        return Err(Problem::new("R0464", "MlldSecurity", message)
            .code("ACCESS_DENIED")
            .hint("Whoever is on the way could change it: use https:, or add the host to `security.trustedDomains` in mlld-config.json."));
    }
    let listed = is_trusted || allow_lists.iter().any(|list| list.is_some());
    let reach = reach(run, step, url, &site, listed);
    // What a name stands for turns out when a connection is made; what is kept is not connected to.
    match &site {
        Site::Address(ip) if !reach.allows(*ip) => Err(not_public(&site.to_string(), *ip)),
        Site::Name(name) if site.is_loopback() && !reach.loopback => {
            Err(not_public(name, IpAddr::V4(Ipv4Addr::LOCALHOST)))
        }
        _ => Ok(Checked { reach, insecure }),
    }
}

/// The problem of a host whose address may not be connected to.
pub(super) fn not_public(host: &str, ip: IpAddr) -> Problem {
    let what = address::kind(ip).words();
    let message = match ip.to_string() {
        ip if ip == host => eco_format!("Address not allowed: {host} is {what}"),
        ip => eco_format!("Address not allowed: {host} is {what} ({ip})"),
    };
    Problem::new("R0461", "MlldSecurity", message)
        .code("ACCESS_DENIED")
        .hint("A host with such an address has to stand in --url-allowed-domains, or in `security.allowedDomains` or `security.trustedDomains` of mlld-config.json.")
}

fn refused(message: EcoString) -> Problem {
    Problem::new("R0460", "MlldSecurity", message).code("ACCESS_DENIED")
}

/// Which addresses a host may have. Of a host that stands in a list (an allow list that holds, or the trusted ones) the
/// user has said that it may be reached, wherever it lies; a link-local or reserved address has to stand there itself.
/// This machine may be reached by an address that the author of the script writes, by what came from there itself, and
/// from there by redirects to the same place: never because data, a page or a module from elsewhere say so.
fn reach(run: &Run<'_>, step: &Step<'_>, url: &Url, site: &Site, listed: bool) -> Reach {
    if listed {
        return Reach {
            loopback: true,
            private: true,
            special: matches!(site, Site::Address(_)),
        };
    }
    let own = match (step.from, &step.asker.url) {
        (Some(from), _) => from.origin() == url.origin(),
        (None, Some(module)) => module.origin() == url.origin(),
        (None, None) => !step.asker.foreign,
    };
    Reach {
        loopback: own
            && site.is_loopback()
            && (step.from.is_some() || is_the_authors(run, step.labels)),
        ..Reach::default()
    }
}

/// Whether data with these labels is what the author of the script wrote, as far as labels tell.
fn is_the_authors(run: &Run<'_>, labels: Descriptor) -> bool {
    const NOT_HIS: [&str; 4] = ["src", "untrusted", "influenced", "llm"];
    let taint = run.store().taint_names(labels);
    let is_his = |label: &str| !NOT_HIS.iter().any(|n| mlld_security::is_under(label, n));
    taint.iter().all(|label| is_his(label))
}
