//! Limits: time, size, redirects; the end of the run.

use super::web::{Web, reply};
use super::{fails, run_with, script, with};
use mlld_runtime::{Cancel, ProcessOptions, RunOptions, Stop, UrlOptions};
use std::io::Write;
use std::time::Duration;

fn small(bytes: u64) -> UrlOptions {
    UrlOptions {
        max_size: bytes,
        ..UrlOptions::default()
    }
}

fn hasty() -> UrlOptions {
    UrlOptions {
        timeout: Duration::from_millis(150),
        ..UrlOptions::default()
    }
}

#[test]
fn a_body_may_not_be_too_large() {
    let web = Web::new(|path, stream| match path {
        "/ten" => reply(stream, "200 OK", &[], b"0123456789"),
        "/short" => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
        "/cut" => stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"),
        "/heads" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            loop {
                stream.write_all(b"x-more: and more\r\n")?;
            }
        }
        "/no-http" => stream.write_all(b"220 mail.example\r\n"),
        "/told" => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\nx"),
        "/chunked" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(b"5\r\nabcde\r\n")?;
            }
        }
        _ => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            loop {
                stream.write_all(b"endless ")?;
            }
        }
    });
    let load = |path: &str, limit| with(small(limit), &format!("show <{}>", web.url(path)));
    assert_eq!(load("/ten", 10).good(), "0123456789\n");
    fails(&load("/ten", 9), "it has more than 9 bytes");
    fails(&load("/told", 1000), "it has more than 1000 bytes");
    fails(&load("/chunked", 1000), "it has more than 1000 bytes");
    fails(
        &load("/endless", 1_000_000),
        "it has more than 1000000 bytes",
    );
    for path in ["/short", "/cut", "/heads", "/no-http"] {
        fails(&load(path, 1000), "Failed to load content");
    }
    let optional = with(
        small(9),
        &format!("var @v = <{}>?\nshow `[@v]`", web.url("/ten")),
    );
    assert_eq!(optional.good(), "[null]\n");
}

#[test]
fn what_counts_is_what_is_unpacked() {
    let pack = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    let (text, bomb) = (pack(b"packed text"), pack(&vec![b' '; 50_000_000]));
    assert!(bomb.len() < 100_000);
    let web = Web::new(move |path, stream| match path {
        "/text" => reply(stream, "200 OK", &[("content-encoding", "gzip")], &text),
        "/twice" => reply(
            stream,
            "200 OK",
            &[("content-encoding", "gzip, gzip")],
            &text,
        ),
        "/other" => reply(stream, "200 OK", &[("content-encoding", "br")], &text),
        "/broken" => reply(
            stream,
            "200 OK",
            &[("content-encoding", "gzip")],
            b"\x1f\x8b!",
        ),
        _ => reply(stream, "200 OK", &[("content-encoding", "gzip")], &bomb),
    });
    let load = |path: &str| script(&format!("show <{}>", web.url(path)));
    assert_eq!(load("/text").good(), "packed text\n");
    fails(&load("/bomb"), "it has more than 5242880 bytes");
    fails(&load("/other"), "it is compressed as 'br'");
    fails(&load("/twice"), "it is compressed as 'gzip, gzip'");
    fails(&load("/broken"), "Failed to load content");
}

#[test]
fn a_document_may_not_take_too_long() {
    let web = Web::new(|path, stream| match path {
        "/silent" => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        "/around" => {
            std::thread::sleep(Duration::from_millis(60));
            reply(stream, "302 Found", &[("location", "/around")], b"")
        }
        _ => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            loop {
                stream.write_all(b".")?;
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    });
    for path in ["/silent", "/drops", "/around"] {
        let ran = with(hasty(), &format!("show <{}>", web.url(path)));
        fails(&ran, "it took longer than 150ms");
    }
}

#[test]
fn redirects_are_counted() {
    let web = Web::new(|path, stream| {
        let left: u32 = path.trim_start_matches('/').parse().unwrap_or(99);
        match left {
            0 => reply(stream, "200 OK", &[], b"there"),
            99 => reply(stream, "307 Temporary Redirect", &[("location", path)], b""),
            left => {
                let next = format!("{}", left - 1);
                reply(stream, "301 Moved", &[("location", &next)], b"")
            }
        }
    });
    let load = |path: &str| script(&format!("show <{}>", web.url(path)));
    assert_eq!(load("/10").good(), "there\n");
    fails(&load("/11"), "more than 10 redirects");
    fails(&load("/loop"), "more than 10 redirects");
    assert_eq!(web.asked().iter().filter(|p| *p == "/loop").count(), 11);
}

#[test]
fn the_end_of_a_run_ends_a_fetch() {
    let cancel = Cancel::default();
    let ends = cancel.clone();
    let web = Web::new(move |_, stream| {
        ends.stop(Stop::Interrupted);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        std::thread::sleep(Duration::from_secs(60));
        Ok(())
    });
    let options = RunOptions {
        processes: ProcessOptions {
            cancel,
            ..ProcessOptions::default()
        },
        ..super::options()
    };
    let folder = tempfile::tempdir().unwrap();
    let main = format!("var @v = <{}>?\nshow 'on'", web.url("/"));
    let ran = run_with(folder.path(), &options, &main);
    assert_eq!(ran.error(), "ABORTED Interrupted");
    assert_eq!(ran.out, "");
}
