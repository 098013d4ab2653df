//! Options about URLs and paths, seen from outside.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests make servers and files, and start processes"
)]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use support::Place;

/// A server that gives the same text to everybody; its port.
fn server(text: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let length = text.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            );
        }
    });
    port
}

/// Runs `mlld`; what it printed and what it said.
fn mlld(place: &Place, words: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mlld"))
        .args(words)
        .current_dir(place.path(""))
        .env("NO_COLOR", "1")
        .env("HOME", place.path("home"))
        // Nobody listens there.
        .envs(
            [
                "http_proxy",
                "HTTP_PROXY",
                "https_proxy",
                "ALL_PROXY",
                "all_proxy",
            ]
            .map(|n| (n, "http://127.0.0.1:9")),
        )
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn options_about_urls() {
    let place = Place::new();
    let url = format!("http://127.0.0.1:{}/x.txt", server("0123456789"));
    place.file("a.mld", format!("show <{url}>\n"));
    for words in [
        &["a.mld"][..],
        &["a.mld", "--allow-urls"],
        &["a.mld", "--url-max-size", "10", "--url-timeout", "60000"],
        &["a.mld", "--url-allowed-domains", "a.example, 127.0.0.1"],
        &[
            "a.mld",
            "--url-allowed-domains",
            "a.example",
            "--url-allowed-domains",
            "127.0.0.1",
        ],
    ] {
        let (out, err) = mlld(&place, words);
        assert_eq!(
            (out.as_str(), err.as_str()),
            ("0123456789\n", ""),
            "{words:?}"
        );
    }
    for (words, expected) in [
        (["a.mld", "--url-max-size", "9"], "it has more than 9 bytes"),
        (["a.mld", "--url-timeout", "0"], "it took longer than 0ms"),
        (
            ["a.mld", "--url-allowed-domains", "a.example"],
            "Domain not allowed: 127.0.0.1",
        ),
        (
            ["a.mld", "--url-blocked-domains", "b.example,127.0.0.1"],
            "Domain blocked: 127.0.0.1",
        ),
    ] {
        let (out, err) = mlld(&place, &words);
        assert!(err.contains(expected), "{words:?}: {err}");
        assert_eq!(out, "");
    }
}

#[test]
fn imports_that_the_user_approves() {
    let place = Place::new();
    let url = format!("http://127.0.0.1:{}/m.mld", server("var @v = 'far'\n"));
    place.file("a.mld", format!("import {{ @v }} from '{url}'\nshow @v\n"));
    place.file(
        "mlld-config.json",
        r#"{"security":{"trustedDomains":["mods.example"]}}"#,
    );
    let (_, err) = mlld(&place, &["a.mld"]);
    assert!(err.contains("Import not approved"), "{err}");
    for option in ["--yolo", "-y", "--risky-approve-all"] {
        assert_eq!(mlld(&place, &["a.mld", option]).0, "far\n", "{option}");
    }
}

#[test]
fn paths_outside_the_project_may_be_allowed_again() {
    let place = Place::new();
    let outside = Place::new();
    outside.file("t.txt", "text");
    place.file(
        "mlld-config.json",
        r#"{"security":{"allowAbsolutePaths":false}}"#,
    );
    place.file(
        "a.mld",
        format!("show <{}>\n", outside.path("t.txt").display()),
    );
    let (_, err) = mlld(&place, &["a.mld"]);
    assert!(err.contains("is outside the project root"), "{err}");
    assert_eq!(mlld(&place, &["a.mld", "--allow-absolute"]).0, "text\n");
}
