//! Options about what may be fetched and touched (spec 04 §3.2, §8.1; 09 §1.3).

use super::check::Check;
use super::options::{Group, Opt, OptionSpec, Takes, one, ready};
use super::take::Taken;
use crate::codes;
use mlld_runtime::report::Report;
use mlld_runtime::{Domains, UrlOptions};
use std::time::Duration;

pub(super) const ALLOW_ABSOLUTE: OptionSpec = ready(
    Opt::AllowAbsolute,
    None,
    &["allow-absolute"],
    Takes::Nothing,
    Group::Access,
    "Touch files outside the project even if security.allowAbsolutePaths is false",
);

pub(super) const ALLOW_URLS: OptionSpec = ready(
    Opt::AllowUrls,
    None,
    &["allow-urls"],
    Takes::Nothing,
    Group::Access,
    "Accepted for older scripts: URLs are loaded anyway",
);

pub(super) const TIMEOUT: OptionSpec = ready(
    Opt::UrlTimeout,
    None,
    &["url-timeout"],
    one("MS", Check::Number),
    Group::Access,
    "Give up loading a URL after MS milliseconds [default: 30000]",
);

pub(super) const MAX_SIZE: OptionSpec = ready(
    Opt::UrlMaxSize,
    None,
    &["url-max-size"],
    one("BYTES", Check::Number),
    Group::Access,
    "Give up loading a URL that has more than BYTES bytes [default: 5242880]",
);

pub(super) const ALLOWED: OptionSpec = ready(
    Opt::UrlAllowed,
    None,
    &["url-allowed-domains"],
    one("A,B", Check::Any),
    Group::Access,
    "Load URLs only from these domains and the ones below them",
);

pub(super) const BLOCKED: OptionSpec = ready(
    Opt::UrlBlocked,
    None,
    &["url-blocked-domains"],
    one("A,B", Check::Any),
    Group::Access,
    "Load no URLs from these domains and the ones below them",
);

pub(super) const YOLO: OptionSpec = ready(
    Opt::Yolo,
    Some('y'),
    &["yolo", "risky-approve-all"],
    Takes::Nothing,
    Group::Access,
    "Import modules from URLs whose host security.trustedDomains does not list",
);

/// What the options say about URLs. Of lists that are given several times, all count.
pub(super) fn options(taken: &[Taken]) -> Result<UrlOptions, Box<Report>> {
    let mut options = UrlOptions::default();
    for option in taken {
        match option.spec.id {
            Opt::UrlTimeout => {
                let millis = number(option)?;
                // What no clock can count is as good as never.
                options.timeout =
                    Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX);
            }
            // What does not fit is as good as no limit.
            Opt::UrlMaxSize => options.max_size = number(option)? as u64,
            Opt::Yolo => options.approve_imports = true,
            _ => {}
        }
    }
    options.allowed = domains(taken, Opt::UrlAllowed)?;
    options.blocked = domains(taken, Opt::UrlBlocked)?.unwrap_or_default();
    Ok(options)
}

fn number(option: &Taken) -> Result<f64, Box<Report>> {
    let number = option.text()?.parse();
    number.map_err(|_| bad(format!("{} must be a number", option.name)))
}

/// The domains of all options of this kind; `None` if there is none.
fn domains(taken: &[Taken], id: Opt) -> Result<Option<Domains>, Box<Report>> {
    let mut given = None;
    let mut entries: Vec<&str> = Vec::new();
    for option in taken.iter().filter(|t| t.spec.id == id) {
        given = Some(option);
        entries.extend(option.text()?.split(','));
    }
    let Some(option) = given else {
        return Ok(None);
    };
    let domains = Domains::parse(entries);
    let domains = domains.map_err(|entry| {
        bad(format!(
            "{} has an entry that is no domain: '{entry}'",
            option.name
        ))
    });
    domains.map(Some)
}

fn bad(message: String) -> Box<Report> {
    Box::new(Report::usage(codes::BAD_VALUE, message))
}
