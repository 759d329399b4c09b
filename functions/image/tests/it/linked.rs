//! A server on this machine that links lead to.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Responds to every request with the same bytes.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<AtomicU32>,
}

impl Server {
    pub(crate) fn new(body: Vec<u8>) -> Self {
        let requests = Arc::new(AtomicU32::new(0));
        Self { url: run(body, requests.clone()), requests }
    }

    /// The number of requests so far.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Responds to every request with these bytes. Returns its base URL.
pub(crate) fn serve(body: Vec<u8>) -> String {
    Server::new(body).url
}

fn run(body: Vec<u8>, requests: Arc<AtomicU32>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            requests.fetch_add(1, Ordering::SeqCst);
            let _request = stream.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    format!("http://127.0.0.1:{port}")
}
