//! A server on this machine that answers as a test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is said to a request: the path that it asks for, and where the answer goes.
type Answer = dyn Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// A server that runs until the test program ends.
pub(crate) struct Web {
    /// Its port.
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    /// A server that answers in this way.
    pub(crate) fn new(
        answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answer: Arc<Answer> = Arc::new(answer);
        let all = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, all) = (Arc::clone(&answer), Arc::clone(&all));
                std::thread::spawn(move || serve(stream, &*answer, &all));
            }
        });
        Self { port, asked }
    }

    /// A server with these pages: path, kind, body. A kind `-> …` is a redirect. What it lacks is 404.
    pub(crate) fn pages(pages: &[(&'static str, &'static str, &str)]) -> Self {
        let pages: Vec<(&str, &str, String)> = pages
            .iter()
            .map(|(p, k, b)| (*p, *k, (*b).to_owned()))
            .collect();
        Self::new(
            move |path, stream| match pages.iter().find(|p| p.0 == path) {
                None => reply(
                    stream,
                    "404 Not Found",
                    &[("content-type", "text/plain")],
                    b"no",
                ),
                Some((_, kind, body)) => match kind.strip_prefix("-> ") {
                    Some(to) => reply(stream, "302 Found", &[("location", to)], b""),
                    None => reply(stream, "200 OK", &[("content-type", kind)], body.as_bytes()),
                },
            },
        )
    }

    /// Its address, with `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The paths that were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    // The rest of the head: up to an empty line.
    while lines.next().is_some_and(|l| l.is_ok_and(|l| !l.is_empty())) {}
    let path = first.split(' ').nth(1).unwrap().to_owned();
    asked.lock().unwrap().push(path.clone());
    // The client may have gone.
    let _ = answer(&path, &mut stream);
}

/// Sends a whole answer.
pub(crate) fn reply(
    stream: &mut TcpStream,
    status: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n"
    )?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(body)
}
