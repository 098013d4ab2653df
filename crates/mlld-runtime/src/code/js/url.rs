//! URLs as the web has them: the `URL` and `URLSearchParams` of a block are thin classes over these.

use ::url::{Url, form_urlencoded, quirks};

/// The parts of a URL, in the order that the class knows: href, origin, protocol, username, password, host,
/// hostname, port, pathname, search, hash.
fn parts(url: &Url) -> Vec<String> {
    [
        quirks::href(url),
        &quirks::origin(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The parts of what was given; `None` when it is no URL.
pub(super) fn parse(input: &str, base: Option<&str>) -> Option<Vec<String>> {
    let url = match base {
        None => Url::parse(input),
        Some(base) => Url::parse(base).and_then(|base| base.join(input)),
    };
    url.ok().as_ref().map(parts)
}

/// The parts after a part was set; `None` when the value is refused, which leaves the URL as it was.
pub(super) fn set(href: &str, part: &str, value: &str) -> Option<Vec<String>> {
    let mut url = Url::parse(href).ok()?;
    match part {
        "href" => quirks::set_href(&mut url, value).ok()?,
        "protocol" => quirks::set_protocol(&mut url, value).ok()?,
        "username" => quirks::set_username(&mut url, value).ok()?,
        "password" => quirks::set_password(&mut url, value).ok()?,
        "host" => quirks::set_host(&mut url, value).ok()?,
        "hostname" => quirks::set_hostname(&mut url, value).ok()?,
        "port" => quirks::set_port(&mut url, value).ok()?,
        "pathname" => quirks::set_pathname(&mut url, value),
        "search" => quirks::set_search(&mut url, value),
        "hash" => quirks::set_hash(&mut url, value),
        _ => return None,
    }
    Some(parts(&url))
}

/// The pairs of a query.
pub(super) fn form_parse(text: &str) -> Vec<Vec<String>> {
    form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| vec![name.into_owned(), value.into_owned()])
        .collect()
}

/// The query of names and values that stand in turn.
pub(super) fn form_text(flat: &[String]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    let (pairs, _) = flat.as_chunks::<2>();
    for [name, value] in pairs {
        text.append_pair(name, value);
    }
    text.finish()
}
