//! A DynamoDB that gives the answers of a script, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mafia_support::{Environment, Resources, Table};
use serde_json::{Value, json};

/// One answer: a status and a body, or none, which drops the connection.
pub type Scripted = Option<(u16, Value)>;

pub fn ok(body: Value) -> Scripted {
    Some((200, body))
}

pub fn exception(name: &str) -> Scripted {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{name}");
    Some((
        400,
        json!({ "__type": kind, "message": "as the script says" }),
    ))
}

/// The answer to a scan: these items as plain JSON, and the key after which the next page begins.
pub fn page(items: &[Value], next: Option<&str>) -> Scripted {
    let mut page = json!({ "Items": items.iter().map(attributes).collect::<Vec<_>>() });
    if let Some(next) = next {
        page["LastEvaluatedKey"] = json!({ "Name": { "S": next } });
    }
    ok(page)
}

/// An item of texts as DynamoDB writes it: `{"Name": {"S": "Ann"}}`.
pub fn attributes(item: &Value) -> Value {
    let fields = item.as_object().expect("an item has fields").iter();
    fields
        .map(|(name, value)| (name.clone(), json!({ "S": value })))
        .collect()
}

/// What a server was asked.
#[derive(Clone, Default)]
pub struct Asked(Arc<Mutex<Vec<(String, Value)>>>);

impl Asked {
    /// The names of the requests, in their order: `Scan`, `UpdateItem`.
    pub fn operations(&self) -> Vec<String> {
        let asked = self.0.lock().expect("the server doesn't panic");
        asked
            .iter()
            .map(|(operation, _)| operation.clone())
            .collect()
    }

    /// The body of a request, counted from 0.
    pub fn input(&self, number: usize) -> Value {
        let asked = self.0.lock().expect("the server doesn't panic");
        asked[number].1.clone()
    }
}

/// The table `players` on a server that gives these answers in turn, and the last of them ever after.
pub fn dynamodb(script: Vec<Scripted>) -> (Table, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Asked::default();

    let log = Arc::clone(&asked.0);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Some(request) = read(&stream) else {
                continue;
            };
            let mut log = log.lock().expect("no test panics here");
            if let Some((status, body)) = &script[log.len().min(script.len() - 1)] {
                let body = body.to_string();
                let length = body.len();
                let head = format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\n");
                // Who asked may be gone; the test sees that in what was asked.
                let _ = write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}");
            }
            log.push(request);
        }
    });

    let table = Table::from_environment(&Environment::from([
        ("DYNAMO_TABLE", "players"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
    ]));
    (table.expect("all is set"), asked)
}

/// Reads one request: the operation in `X-Amz-Target`, and the body.
fn read(stream: &TcpStream) -> Option<(String, Value)> {
    let (mut operation, mut length) = (String::new(), 0);
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => operation = value.trim().rsplit('.').next()?.to_owned(),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((operation, serde_json::from_slice(&body).ok()?))
}
