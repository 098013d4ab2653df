//! Pages as Markdown (spec 04 §8.2).

use ecow::{EcoString, eco_format};
use htmd::element_handler::Handlers;
use htmd::options::{BulletListMarker, Options};
use htmd::{Element, HtmlToMarkdown, HtmlToMarkdownBuilder};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, Node, NodeData, RcDom};
use std::path::Path;
use std::rc::Rc;
use url::Url;

/// Bytes that a page may have.
const MAX_PAGE: usize = 32 * 1024 * 1024;

/// How deep the elements of a page may nest.
const MAX_DEPTH: usize = 400;

/// Bytes that are parsed before depth is looked at again: the parser looks through all open elements for each new one.
const STEP: usize = 16 * 1024;

/// Stack for the conversion, which calls itself for every level.
const STACK: usize = 32 * 1024 * 1024;

/// What a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Its Markdown, the title in front.
    pub(crate) markdown: EcoString,
    /// `<title>`.
    pub(crate) title: Option<EcoString>,
    /// The meta tag `description`.
    pub(crate) description: Option<EcoString>,
}

/// Whether a file of this name is a page.
pub(crate) fn is_page(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("html") || e.eq_ignore_ascii_case("htm"))
}

/// Reads a page. With the `address` that it came from, its links are made absolute.
///
/// # Errors
/// When it is larger or nests deeper than pages may, in words.
pub(crate) fn page(html: &str, address: Option<&Url>) -> Result<Page, EcoString> {
    if html.len() > MAX_PAGE {
        return Err(eco_format!(
            "it has {} bytes; a page may have {MAX_PAGE}",
            html.len()
        ));
    }
    let document = parse(html)?;
    let mut page = Page::default();
    let base = look(&document, &mut page)?;
    if let Some(address) = address {
        let base = base.and_then(|base| address.join(&base).ok());
        make_absolute(&document, base.as_ref().unwrap_or(address));
    }
    let body = stacker::grow(STACK, || converter().tree_to_markdown(&document));
    let body = body.trim();
    page.markdown = match &page.title {
        Some(title) if body.is_empty() => eco_format!("# {title}\n"),
        Some(title) => eco_format!("# {title}\n\n{body}\n"),
        None if body.is_empty() => EcoString::new(),
        None => eco_format!("{body}\n"),
    };
    Ok(page)
}

fn too_deep() -> EcoString {
    eco_format!("its elements nest deeper than {MAX_DEPTH} levels")
}

fn parse(html: &str) -> Result<Handle, EcoString> {
    let mut parser = parse_document(RcDom::default(), ParseOpts::default());
    let mut rest = html;
    while !rest.is_empty() {
        let (step, behind) = rest
            .split_at_checked(rest.floor_char_boundary(STEP))
            .unwrap_or((rest, ""));
        parser.process(StrTendril::from_slice(step));
        rest = behind;
        if open_depth(&parser.tokenizer.sink.sink.document) > MAX_DEPTH {
            return Err(too_deep());
        }
    }
    Ok(parser.finish().document)
}

/// How deep the last element of a document lies.
fn open_depth(document: &Handle) -> usize {
    let mut depth = 0;
    let mut at = Rc::clone(document);
    loop {
        let last = at.children.borrow().last().cloned();
        match last {
            None => return depth,
            Some(last) => at = last,
        }
        depth += 1;
    }
}

/// Looks for title and description, and at the depth of everything. Gives what the page says its links start at.
fn look(document: &Handle, page: &mut Page) -> Result<Option<EcoString>, EcoString> {
    let mut base = None;
    let mut open = vec![(Rc::clone(document), 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attribute = |wanted: &str| {
                let attrs = attrs.borrow();
                let found = attrs.iter().find(|a| &*a.name.local == wanted);
                found.map(|a| one_line(&a.value))
            };
            match &*name.local {
                "title" if page.title.is_none() && name.ns == html5ever::ns!(html) => {
                    page.title = Some(one_line(&own_text(&node))).filter(|t| !t.is_empty());
                }
                "base" if base.is_none() => base = attribute("href"),
                "meta"
                    if page.description.is_none()
                        && attribute("name")
                            .is_some_and(|n| n.eq_ignore_ascii_case("description")) =>
                {
                    page.description = attribute("content");
                }
                _ => {}
            }
        }
        // Backwards, so that what stands first is looked at first.
        let children = node.children.borrow();
        open.extend(children.iter().rev().map(|c| (Rc::clone(c), depth + 1)));
    }
    Ok(base)
}

/// Makes the targets of links and the sources of pictures absolute; what is no URL stays.
fn make_absolute(document: &Handle, base: &Url) {
    let mut open = vec![Rc::clone(document)];
    while let Some(node) = open.pop() {
        if let NodeData::Element { attrs, .. } = &node.data {
            for attribute in attrs.borrow_mut().iter_mut() {
                if matches!(&*attribute.name.local, "href" | "src")
                    && let Ok(target) = base.join(&attribute.value)
                {
                    attribute.value = StrTendril::from_slice(target.as_str());
                }
            }
        }
        open.extend(node.children.borrow().iter().map(Rc::clone));
    }
}

fn own_text(node: &Node) -> String {
    let mut text = String::new();
    for child in node.children.borrow().iter() {
        if let NodeData::Text { contents } = &child.data {
            text.push_str(&contents.borrow());
        }
    }
    text
}

fn one_line(text: &str) -> EcoString {
    text.split_whitespace().collect::<Vec<_>>().join(" ").into()
}

fn converter() -> HtmlToMarkdown {
    HtmlToMarkdownBuilder::new()
        .options(Options {
            bullet_list_marker: BulletListMarker::Dash,
            ..Options::default()
        })
        .skip_tags(vec!["script", "style", "noscript", "template", "title"])
        .add_handler(
            vec!["h1", "h2", "h3", "h4", "h5", "h6"],
            |handlers: &dyn Handlers, element: Element<'_>| {
                // The title of the page is the only heading of the first level.
                let level = match element.tag {
                    "h3" => 3,
                    "h4" => 4,
                    "h5" => 5,
                    "h6" => 6,
                    _ => 2,
                };
                let content = one_line(&handlers.walk_children(element.node).content);
                if content.is_empty() {
                    return None;
                }
                Some(block(&format!("{} {content}", "#".repeat(level))).into())
            },
        )
        .add_handler(
            vec!["em", "i"],
            |handlers: &dyn Handlers, element: Element<'_>| {
                let content = handlers.walk_children(element.node).content;
                let inner = content.trim();
                if inner.is_empty() {
                    return Some(content.into());
                }
                let front = content.len() - content.trim_start().len();
                let (front, _) = content.split_at_checked(front)?;
                let (_, back) = content.split_at_checked(content.trim_end().len())?;
                Some(format!("{front}_{inner}_{back}").into())
            },
        )
        .add_handler(
            vec!["table", "thead", "tbody", "tfoot", "tr"],
            |handlers: &dyn Handlers, element: Element<'_>| {
                Some(handlers.walk_children(element.node))
            },
        )
        .add_handler(
            vec!["td", "th", "caption"],
            |handlers: &dyn Handlers, element: Element<'_>| {
                let content = handlers.walk_children(element.node).content;
                Some(block(content.trim()).into())
            },
        )
        .build()
}

fn block(text: &str) -> String {
    format!("\n\n{text}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn markdown(html: &str) -> String {
        page(html, None).unwrap().markdown.to_string()
    }

    #[test]
    fn what_becomes_of_elements() {
        for (html, expected) in [
            ("", ""),
            (
                "<h1>A</h1><h2>B</h2><h3>C</h3><h6>D</h6>",
                "## A\n\n## B\n\n### C\n\n###### D\n",
            ),
            (
                "<p>a <b>b</b> <strong>c</strong> <i>d </i>e</p>",
                "a **b** **c** _d_ e\n",
            ),
            ("<p>one<p>two", "one\n\ntwo\n"),
            ("<a href='https://h/x'>l</a>", "[l](https://h/x)\n"),
            ("<ul><li>a<li>b</ul>", "-   a\n-   b\n"),
            (
                "<pre><code>x = 1\n# no</code></pre>",
                "```\nx = 1\n# no\n```\n",
            ),
            (
                "<p>a</p><script>x()</script><style>p{}</style><noscript>n</noscript>",
                "a\n",
            ),
            (
                "<table><tr><th>H</th><th>I</th></tr><tr><td>1</td><td></td></tr></table>",
                "H\n\nI\n\n1\n",
            ),
            ("<h2>two\nlines</h2>", "## two lines\n"),
            ("<p># no heading</p>", "\\# no heading\n"),
        ] {
            assert_eq!(markdown(html), expected, "{html}");
        }
    }

    #[test]
    fn title_and_description() {
        let html = "<html><head><title>The\n Title</title><META name=Description content='about it'></head><body><h1>Head</h1><svg><title>no</title></svg></body>";
        let page = page(html, None).unwrap();
        assert_eq!(page.title.as_deref(), Some("The Title"));
        assert_eq!(page.description.as_deref(), Some("about it"));
        assert!(page.markdown.starts_with("# The Title\n\n## Head\n"));
    }

    #[test]
    fn links_are_absolute() {
        let at = Url::parse("https://h.example/a/b").unwrap();
        let links = "<a href='c?d'>1</a> <a href='/e'>2</a> <a href='https://x.example/'>3</a> <a href='#f'>4</a> <img src='p.png'>";
        let got = page(links, Some(&at)).unwrap().markdown;
        assert_eq!(
            got,
            "[1](https://h.example/a/c?d) [2](https://h.example/e) [3](https://x.example/) [4](https://h.example/a/b#f) ![](https://h.example/a/p.png)\n"
        );
        let based = format!("<head><base href='/z/'></head>{links}");
        let got = page(&based, Some(&at)).unwrap().markdown;
        assert!(got.starts_with("[1](https://h.example/z/c?d)"), "{got}");
    }

    #[test]
    fn headings_are_headings_of_sections() {
        let markdown = markdown("<h1>A</h1><p>a<h2>B</h2><p>b<h2>C</h2>");
        let titles: Vec<_> = crate::load::section::headings(&markdown)
            .iter()
            .map(|h| h.title)
            .collect();
        assert_eq!(titles, ["A", "B", "C"]);
    }

    #[test]
    fn depth_is_bounded() {
        let small = std::thread::Builder::new().stack_size(1024 * 1024);
        let run = || {
            for tag in [
                "<div>",
                "<b>",
                "<ul><li>",
                "<table><tr><td>",
                "<span>",
                "<x></y>",
            ] {
                let html = tag.repeat(200_000);
                assert!(page(&html, None).is_err(), "{tag}");
                assert!(page(&tag.repeat(50), None).is_ok(), "{tag}");
            }
        };
        small.spawn(run).unwrap().join().unwrap();
    }

    proptest! {
        #[test]
        fn no_page_is_too_odd(
            pieces in proptest::collection::vec(
                prop_oneof![
                    "[a-z<>/&;#* \n\"'!?-]{0,6}",
                    "</?(p|b|i|em|ul|ol|li|table|tr|td|a|pre|code|h1|h2|div|svg|template|title|br|script|blockquote|span)>",
                ],
                0..40,
            )
        ) {
            let _ = page(&pieces.concat(), None);
        }
    }
}
