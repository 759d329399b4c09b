//! Fetching links from servers on loopback addresses. A test that needs an answer allows 127.0.0.1 only.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sansfond_fetch::{FetchError, Fetcher};

const LIMIT: u64 = 1000;

fn is_test_server(address: IpAddr) -> bool {
    address == IpAddr::V4(Ipv4Addr::LOCALHOST)
}

fn fetcher() -> Fetcher {
    Fetcher::new(is_test_server, Duration::from_secs(2))
}

/// A server that gives every request the same response, in pieces, and counts the requests.
struct Server {
    port: u16,
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn start(address: &str, pieces: Vec<Vec<u8>>, pause: Duration) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(mut stream), pieces, counted) = (stream, pieces.clone(), counted.clone()) else {
                    continue;
                };
                std::thread::spawn(move || {
                    let _request = stream.read(&mut [0; 4096]);
                    counted.fetch_add(1, Ordering::SeqCst);
                    for piece in pieces {
                        if stream.write_all(&piece).is_err() {
                            return;
                        }
                        std::thread::sleep(pause);
                    }
                });
            }
        });
        Self { port, requests }
    }

    fn answering(text: &str) -> Self {
        Self::start("127.0.0.1", vec![text.as_bytes().to_vec()], Duration::ZERO)
    }

    fn redirecting(to: &str) -> Self {
        Self::answering(&format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"))
    }

    fn link(&self) -> String {
        format!("http://127.0.0.1:{}/a.png", self.port)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn a_file_is_fetched_through_redirects() {
    let server = Server::answering(&ok("pixels"));
    assert_eq!(fetcher().fetch(&server.link(), LIMIT).expect("fetched"), b"pixels");
    let door = Server::redirecting(&server.link());
    assert_eq!(fetcher().fetch(&door.link(), 6).expect("fetched"), b"pixels");
    assert_eq!((door.requests(), server.requests()), (1, 2));
}

#[test]
fn loopback_is_rejected_without_a_request() {
    let server = Server::answering(&ok("secret"));
    for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:7f00:1]"] {
        let error =
            Fetcher::default().fetch(&format!("http://{host}:{}/", server.port), LIMIT).expect_err(host);
        assert!(matches!(error, FetchError::Private), "{host}: {error:?}");
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_redirect_to_a_private_address_is_rejected_without_a_request() {
    let private = Server::start("127.0.0.2", vec![ok("secret").into_bytes()], Duration::ZERO);
    let to = format!("http://127.0.0.2:{}/", private.port);
    let error = fetcher().fetch(&Server::redirecting(&to).link(), LIMIT).expect_err("private");
    assert!(matches!(error, FetchError::Private), "{error:?}");
    assert_eq!(private.requests(), 0);
    for to in ["file:///etc/passwd", "ftp://example.org/", "http://user@example.org/", "http://[::1]:25/"] {
        let error = fetcher().fetch(&Server::redirecting(to).link(), LIMIT).expect_err(to);
        assert!(matches!(error, FetchError::Link(_)), "{to}: {error:?}");
    }
}

#[test]
fn endless_redirects_are_abandoned() {
    let door = Server::redirecting("/again");
    let error = fetcher().fetch(&door.link(), LIMIT).expect_err("too many");
    assert!(matches!(error, FetchError::Redirects), "{error:?}");
    assert_eq!(door.requests(), 6);
}

#[test]
fn a_body_above_the_limit_is_rejected_whatever_the_header_says() {
    let announced = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\nx");
    let silent = Server::start(
        "127.0.0.1",
        std::iter::once(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec())
            .chain(std::iter::repeat_n(vec![0; 600], 50))
            .collect(),
        Duration::from_millis(1),
    );
    for server in [announced, silent] {
        let error = fetcher().fetch(&server.link(), LIMIT).expect_err("too large");
        assert!(matches!(error, FetchError::TooLarge { limit: LIMIT }), "{error:?}");
    }
    let exact = Server::answering(&ok(&"x".repeat(LIMIT as usize)));
    assert_eq!(fetcher().fetch(&exact.link(), LIMIT).expect("exactly enough").len() as u64, LIMIT);
}

#[test]
fn a_slow_server_is_abandoned_in_time() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n".to_vec();
    let body = Server::start(
        "127.0.0.1",
        std::iter::once(head).chain(std::iter::repeat_n(vec![0], 900)).collect(),
        Duration::from_millis(100),
    );
    let header = Server::start(
        "127.0.0.1",
        "HTTP/1.1 200 OK\r\nX-Header: and so on for a while\r\n".bytes().map(|byte| vec![byte]).collect(),
        Duration::from_millis(100),
    );
    for server in [body, header] {
        let started = Instant::now();
        let error = fetcher().fetch(&server.link(), LIMIT).expect_err("too slow");
        assert!(matches!(error, FetchError::Timeout), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    }
}

#[test]
fn errors_of_the_server_are_reported() {
    let missing = Server::answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(fetcher().fetch(&missing.link(), LIMIT), Err(FetchError::Status(404))));
    let odd = Server::answering("HTTP/1.1 304 Not Modified\r\n\r\n");
    assert!(matches!(fetcher().fetch(&odd.link(), LIMIT), Err(FetchError::Status(304))));
    let cut_off = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    assert!(matches!(
        fetcher().fetch(&cut_off.link(), LIMIT),
        Err(FetchError::Unreachable { .. } | FetchError::Timeout)
    ));
    let unused = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let error =
        fetcher().fetch(&format!("http://127.0.0.1:{unused}/"), LIMIT).expect_err("no server listens");
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
}
