//! `mafia class board`: it serves how the class stands, and reads it only while somebody looks.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::classroom::Classroom;
use crate::browser::Browser;
use crate::endpoint::Endpoint;
use crate::mafia::Running;
use crate::proxy::Proxy;

/// For an answer, or for the next event.
const PATIENCE: Duration = Duration::from_secs(60);
const LISTING: &str = "cloudformation:DescribeStacks";

/// The running command, and the link that it has printed.
fn board(class: &Classroom, proxy: &Proxy) -> (Running, String) {
    let mut running = class.start_through(proxy, &["class", "board"]);
    running.wait_until_it_says("/\n");
    let link = running.printed().trim().to_owned();
    (running, link)
}

/// A connection to the board, to which a request was sent.
fn asked(link: &str, file: &str) -> BufReader<TcpStream> {
    let (address, path) = link
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .expect("a link");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let patience = stream.set_read_timeout(Some(PATIENCE));
    patience.expect("a connection can wait");
    let request = format!("GET /{path}{file} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    BufReader::new(stream)
}

/// Reads events until one says this.
fn wait_until_it_says(events: &mut BufReader<TcpStream>, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        let read = events.read_line(&mut line).expect("it answers");
        assert_ne!(read, 0, "the board has ended before it said {text}");
    }
}

#[test]
fn the_board_shows_each_change_while_somebody_looks_and_ends_with_ctrl_c() {
    let class = Classroom::of(&Endpoint::sandbox(), 2);
    class.asks(&["class", "up"]).all("ready", "created");
    let proxy = Proxy::in_front_of(&class.endpoint);
    let (running, link) = board(&class, &proxy);
    let mut refused = String::new();
    let (address, _) = link
        .trim_end_matches('/')
        .rsplit_once('/')
        .expect("a token");
    asked(&format!("{address}/{}/", "0".repeat(32)), "")
        .read_line(&mut refused)
        .expect("it answers");
    assert!(refused.contains("403"), "{refused}");
    assert_eq!(proxy.requests_of(LISTING).len(), 0, "nobody looks");

    let mut events = asked(&link, "events");
    wait_until_it_says(&mut events, "\"says\":\"2 ready\"");
    class.student("s02").cleans();
    wait_until_it_says(&mut events, "\"says\":\"1 without a stack\"");
    running.interrupt();
    running.finish().succeeds();
    let mut rest = Vec::new();
    // It ends, or is reset.
    let _ = events.read_to_end(&mut rest);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let class = Classroom::of(&Endpoint::sandbox(), 1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    class
        .run(&["class", "board", "--port", &port])
        .exits_with(2)
        .remarks(&format!("cannot listen on port {port} of 127.0.0.1"))
        .remarks("choose another port with --port N");
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn in_a_browser_a_student_appears_and_changes() {
    let class = Classroom::of(&Endpoint::sandbox(), 3);
    class
        .asks(&["class", "up", "--only", "s01,s02"])
        .all("ready", "created");
    let proxy = Proxy::in_front_of(&class.endpoint);
    let (running, link) = board(&class, &proxy);
    let mut page = Browser::open(&link);
    let says = |student: &str, words: &str| {
        format!(
            "[...document.querySelectorAll('.student')].some((card) => \
             card.innerText.replace(/\\s+/g, ' ').trim().startsWith('{student} {words}'))"
        )
    };
    page.wait(&says("s01", "ready"));
    page.wait(&says("s03", "no stack"));
    class
        .asks(&["class", "up", "--only", "s03"])
        .all("ready", "created");
    page.wait(&says("s03", "ready"));
    running.interrupt();
    running.finish().succeeds();
    page.wait("!document.getElementById('problem').hidden");
}
