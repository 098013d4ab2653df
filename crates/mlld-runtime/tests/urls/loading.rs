//! What comes of a URL that is loaded.

use super::script;
use super::web::{Web, reply};

const PAGE: &str = "<html><head><title>The Reef</title><meta name=description content='about it'></head><body><h2>Depth</h2><p>ten <a href='more'>m</a></p><h2>Width</h2><p>two</p></body></html>";

fn site() -> Web {
    Web::pages(&[
        ("/d.json", "application/json", "{\"a\":[1,2]}"),
        ("/bad.json", "application/json", "{no"),
        ("/blob", "application/octet-stream", "{\"n\":7}"),
        ("/t.txt", "text/plain", "some text\n"),
        ("/dir/p", "text/html; charset=utf-8", PAGE),
        ("/plain.html", "text/plain", PAGE),
        ("/old", "-> /dir/p", ""),
        (
            "/m.md",
            "text/markdown",
            "---\ntitle: T\n---\n# One\n\nfirst\n\n# Two\n\nsecond\n",
        ),
        ("/q?x=1&y=%20", "text/plain", "asked\n"),
    ])
}

#[track_caller]
fn shows(main: &str, expected: &str) {
    let web = site();
    let main = main.replace("http://H", &web.url(""));
    // At the end of what is shown, files have their own line ends.
    assert_eq!(
        script(&main).good().trim_end(),
        expected.trim_end(),
        "{main}"
    );
}

#[test]
fn what_it_is_is_told_by_kind_and_content() {
    for (main, expected) in [
        ("show <http://H/d.json>.a[1]", "2\n"),
        ("show <http://H/blob>.n", "7\n"),
        ("show <http://H/bad.json>", "{no\n"),
        ("show <http://H/t.txt>", "some text\n"),
        ("show <http://H/q?x=1&y=%20#part>", "asked\n"),
    ] {
        shows(main, expected);
    }
    shows(
        "var @p = <http://H/plain.html>\nshow @p.startsWith('<html>')",
        "true\n",
    );
}

#[test]
fn pages_are_markdown_with_absolute_links() {
    let web = site();
    let main = format!("show <{}>", web.url("/old"));
    let link = web.url("/dir/more");
    assert_eq!(
        script(&main).good(),
        format!("# The Reef\n\n## Depth\n\nten [m]({link})\n\n## Width\n\ntwo\n\n")
    );
    assert_eq!(web.asked(), ["/old", "/dir/p"]);
}

#[test]
fn what_is_known_of_it() {
    for (field, expected) in [
        ("title", "The Reef"),
        ("description", "about it"),
        ("status", "200"),
        ("domain", "127.0.0.1"),
        ("filename", "p"),
    ] {
        shows(
            &format!("show <http://H/old>.mx.{field}"),
            &format!("{expected}\n"),
        );
    }
    shows(
        "show <http://H/d.json>.mx.headers[\"content-type\"]",
        "application/json\n",
    );
    shows(
        "var @p = <http://H/dir/p>\nshow @p.mx.html.startsWith('<html>')",
        "true\n",
    );
    let web = site();
    let main = format!("show <{}>.mx.url", web.url("/old"));
    assert_eq!(script(&main).good(), format!("{}\n", web.url("/dir/p")));
    shows("show <http://H/m.md>.mx.fm.title", "T\n");
}

#[test]
fn forms_of_references() {
    for (main, expected) in [
        ("show <http://H/m.md # Two>", "# Two\n\nsecond\n"),
        ("show <http://H/dir/p # width>", "## Width\n\ntwo\n"),
        ("show <http://H/m.md # Three>?", "\n"),
        ("show <http://H/m.md # ??>", "One\n\nTwo\n"),
        ("show <http://H/t.txt as `[<>]`>", "[some text\n]\n"),
        ("show <http://H/m.md # Two as \"New\">", "# New\nsecond\n"),
        ("show <http://H/t.txt> | @upper", "SOME TEXT\n"),
        ("show `x <http://H/t.txt> y`", "x some text\n y\n"),
        ("show `n <http://H/d.json>.a`", "n [1,2]\n"),
        ("show `[<http://H/gone.txt>]`", "[]\n"),
        ("var @v = <http://H/none>?\nshow `[@v]`", "[null]\n"),
        ("var @v = <http://H/none?x=*>?\nshow `[@v]`", "[null]\n"),
        ("var @v = <http://H/none>?.a ?? 'else'\nshow @v", "else\n"),
        ("var @u = 'http://H/d.json'\nshow <@u>.a[0]", "1\n"),
        ("show @exists(<http://H/t.txt>)", "true\n"),
        ("show @exists(<http://H/none>)", "false\n"),
        ("exe @f() = <http://H/t.txt>\nshow @f()", "some text\n"),
        ("var @l = [<http://H/t.txt>.length, 1]\nshow @l[0]", "10\n"),
    ] {
        shows(main, expected);
    }
}

#[test]
fn whether_a_url_in_a_text_exists_is_not_asked() {
    let web = site();
    let main = format!(
        "show @exists(\"{0}\")\nshow @fileExists(\"{0}\")",
        web.url("/t.txt")
    );
    assert_eq!(script(&main).good(), "false\nfalse\n");
    assert!(web.asked().is_empty());
}

#[test]
fn it_carries_where_it_is_from() {
    for (value, what) in [
        ("<http://H/t.txt>", "a text"),
        ("<http://H/d.json>.a", "a field"),
        ("<http://H/m.md # Two>", "a section"),
        ("<http://H/m.md # ??>", "headings"),
        ("<http://H/t.txt as `x`>", "as"),
        ("`x <http://H/t.txt>`", "a template"),
        ("<http://H/none>?", "nothing"),
    ] {
        let web = site();
        let main = format!("var @v = {value}\nshow @v.mx.taint\nshow @v.mx.sources");
        let main = main.replace("http://H", &web.url(""));
        let out = script(&main);
        let out = out.good();
        assert!(out.starts_with("[\"src:network\"]\n"), "{what}: {out}");
        assert!(out.contains(&web.url("/")), "{what}: {out}");
    }
    // Both the address that was asked and the one that answered.
    let web = site();
    let main = format!("show <{}>.mx.sources", web.url("/old"));
    let (old, new) = (web.url("/old"), web.url("/dir/p"));
    assert_eq!(
        script(&main).good(),
        format!("[\n  \"{old}\",\n  \"{new}\"\n]\n")
    );
}

#[test]
fn the_labels_of_the_address_are_on_the_document() {
    let web = site();
    let main = format!(
        "var secret @t = 't.txt'\nvar @u = `{}@t`\nvar @v = <@u>\nshow @v.mx.taint\nvar @w = <{}>\nshow @w.mx.labels",
        web.url("/"),
        web.url("/t.txt")
    );
    assert_eq!(
        script(&main).good(),
        "[\n  \"secret\",\n  \"src:network\"\n]\n[]\n"
    );
}

#[test]
fn what_the_server_says_with_no_document() {
    let web = site();
    let ran = script(&format!("show <{}>", web.url("/none")));
    assert_eq!(
        ran.error(),
        format!(
            "RUNTIME_ERROR Failed to load content: {} (the server answered with status 404)",
            web.url("/none")
        )
    );
    let odd = Web::new(|path, stream| match path {
        "/nothing" => reply(stream, "204 No Content", &[], b""),
        "/lost" => reply(stream, "302 Found", &[], b""),
        "/same" => reply(stream, "304 Not Modified", &[], b""),
        _ => reply(stream, "302 Found", &[("location", "http://")], b""),
    });
    assert_eq!(
        script(&format!("show `[<{}>]`", odd.url("/nothing.x"))).out,
        "[]\n"
    );
    for (path, why) in [
        ("/lost", "status 302"),
        ("/same", "status 304"),
        ("/else", "which is no URL"),
    ] {
        super::fails(&script(&format!("show <{}>", odd.url(path))), why);
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    super::fails(
        &script(&format!("show <http://127.0.0.1:{port}/>")),
        "Failed to load content",
    );
}
