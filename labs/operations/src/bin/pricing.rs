//! Reads a file of prices when it is uploaded, and writes the prices into a table.
//!
//! The file has about 100 MB and the function 256 MB of memory, in which a file of JSON that is read whole needs
//! several times its size. So the file passes through in pieces: one thread reads them as JSON, and hands the
//! prices on to the table. Each of the two waits for the other, so that little is in between.

use std::io::{self, BufReader, Read};
use std::thread;

use mafia_operations::files::{Files, keys};
use mafia_operations::prices::{self, Price};
use mafia_support::{
    Answer, Environment, Error, Failure, Request, Resources, RuntimeError, Table, log_line, put,
    serve, to_item, write_all,
};
use serde_json::json;
use tokio::sync::mpsc;

/// Of pieces of the file between the network and the reader, and of prices between the reader and the table.
const PIECES: usize = 16;
const PRICES: usize = 500;
/// Of prices that are written at once.
const BATCH: usize = 250;

struct Pricing {
    table: Table,
    files: Files,
}

impl Resources for Pricing {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        Ok(Self {
            table: Table::from_environment(environment)?,
            files: Files::from_environment(environment)?,
        })
    }
}

fn main() -> Result<(), RuntimeError> {
    serve(load)
}

async fn load(request: &Request, pricing: &Pricing) -> Result<Answer, Error> {
    let mut loaded = 0;
    for key in keys(request)? {
        let (bytes, prices) = pricing.load(&key).await?;
        log_line(&format!("read {bytes} bytes of {key}: {prices} prices"));
        loaded += prices;
    }
    Ok(Answer::body(json!({ "Prices": loaded })))
}

impl Pricing {
    /// How many bytes the file had, and how many prices.
    async fn load(&self, key: &str) -> Result<(u64, usize), Failure> {
        let file = self.files.open(key).await?;
        let (pieces, received) = mpsc::channel(PIECES);
        let (found, prices) = mpsc::channel(PRICES);
        let reader = thread::spawn(move || {
            let take = |price: Price| found.blocking_send(price).is_ok();
            prices::read(BufReader::new(Pieces::new(received)), take)
        });
        // Each end is dropped as soon as its side has ended, so that nobody waits for it.
        let receive = async move {
            let (mut file, pieces) = (file, pieces);
            let mut bytes = 0;
            while let Some(piece) = file.try_next().await.map_err(|error| lost(key, &error))? {
                bytes += piece.len() as u64;
                // Where the reader has stopped, it says why.
                if pieces.send(piece.to_vec()).await.is_err() {
                    break;
                }
            }
            Ok::<_, Failure>(bytes)
        };
        let table = &self.table;
        let write = async move {
            let mut prices = prices;
            let (mut written, mut batch) = (0, Vec::new());
            while prices.recv_many(&mut batch, BATCH).await > 0 {
                written += batch.len();
                let writes = batch.drain(..).map(|price| put(to_item(price)));
                write_all(table, writes.collect()).await?;
            }
            Ok::<_, Failure>(written)
        };
        let (bytes, written) = tokio::join!(receive, write);
        let read = reader
            .join()
            .map_err(|_| lost(key, &"its reader has ended"))?;
        let (bytes, written) = (bytes?, written?);
        read.map_err(|error| lost(key, &error))?;
        Ok((bytes, written))
    }
}

fn lost(key: &str, reason: &dyn std::fmt::Display) -> Failure {
    Failure::storage(format!("Can't read {key} as a file of prices: {reason}"))
}

/// The pieces of the file as they come, for the thread that reads them.
struct Pieces {
    received: mpsc::Receiver<Vec<u8>>,
    piece: io::Cursor<Vec<u8>>,
}

impl Pieces {
    fn new(received: mpsc::Receiver<Vec<u8>>) -> Self {
        Self {
            received,
            piece: io::Cursor::default(),
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            match self.received.blocking_recv() {
                Some(piece) => self.piece = io::Cursor::new(piece),
                None => return Ok(0),
            }
        }
    }
}
