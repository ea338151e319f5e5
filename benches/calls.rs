//! Calls a function again and again through AWS's SDK, and tells how long each call took.
//!
//! `calls FUNCTION COUNT CONCURRENCY`; the endpoint, keys and region come from AWS's own variables.
//! Prints one JSON document: `{"seconds": of all, "milliseconds": [of each call]}`.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mafia::cloud::{Cloud, Configured, Repetition, Settings};

#[tokio::main]
async fn main() -> ExitCode {
    match measured().await {
        Ok(measured) => {
            show(&measured);
            ExitCode::SUCCESS
        }
        Err(error) => {
            show(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result of a program of its own")]
fn show(text: &str) {
    println!("{text}");
}

async fn measured() -> Result<String, String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [function, count, concurrency] = &arguments[..] else {
        return Err("usage: calls FUNCTION COUNT CONCURRENCY".to_owned());
    };
    let number = |text: &str| text.parse::<usize>().map_err(|error| error.to_string());
    let (count, concurrency) = (number(count)?, number(concurrency)?);
    let cloud = Cloud::connect(&Settings::Configured(Configured::default()))
        .await
        .map_err(|error| error.to_string())?;
    // What a client does but once, such as connecting, is not to count.
    let known = cloud.function(function).await;
    known.map_err(|error| error.to_string())?;
    let left = Arc::new(AtomicUsize::new(count));
    let started = Instant::now();
    let callers: Vec<_> = (0..concurrency)
        .map(|_| tokio::spawn(calls(cloud.clone(), function.clone(), left.clone())))
        .collect();
    let mut milliseconds = Vec::with_capacity(count);
    for caller in callers {
        milliseconds.extend(caller.await.map_err(|error| error.to_string())??);
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(serde_json::json!({ "seconds": seconds, "milliseconds": milliseconds }).to_string())
}

async fn calls(cloud: Cloud, function: String, left: Arc<AtomicUsize>) -> Result<Vec<f64>, String> {
    let mut milliseconds = Vec::new();
    let take = |left: usize| left.checked_sub(1);
    while left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        .is_ok()
    {
        let started = Instant::now();
        let answer = cloud
            .invoke(&function, b"{}".to_vec(), Repetition::Counts)
            .await;
        milliseconds.push(started.elapsed().as_secs_f64() * 1000.0);
        match answer {
            Ok(answer) if answer.error.is_none() => {}
            Ok(answer) => return Err(format!("{function} failed: {:?}", answer.error)),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(milliseconds)
}
