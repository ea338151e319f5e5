//! Calls a function again and again through AWS's SDK, or the URL of an API, and tells how long each call took.
//!
//! `calls FUNCTION|URL COUNT CONCURRENCY`; the endpoint, keys and region come from AWS's own variables.
//! Prints one JSON document: `{"seconds": of all, "milliseconds": [of each call]}`.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use mafia::cloud::{Cloud, Configured, Repetition, Settings, WebRequest};

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
        return Err("usage: calls FUNCTION|URL COUNT CONCURRENCY".to_owned());
    };
    let number = |text: &str| text.parse::<usize>().map_err(|error| error.to_string());
    let (count, concurrency) = (number(count)?, number(concurrency)?);
    let cloud = Cloud::connect(&Settings::Configured(Configured::default()))
        .await
        .map_err(|error| error.to_string())?;
    // What a client does but once, such as connecting, is not to count.
    match is_url(function) {
        true => get(&cloud, function).await?,
        false => {
            let known = cloud.function(function).await;
            known.map_err(|error| error.to_string())?;
        }
    }
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
        let answered = match is_url(&function) {
            true => get(&cloud, &function).await,
            false => invoke(&cloud, &function).await,
        };
        milliseconds.push(started.elapsed().as_secs_f64() * 1000.0);
        answered?;
    }
    Ok(milliseconds)
}

fn is_url(function: &str) -> bool {
    function.contains("://")
}

async fn invoke(cloud: &Cloud, function: &str) -> Result<(), String> {
    let invoked = cloud.invoke(function, b"{}".to_vec(), Repetition::Counts);
    match invoked.await.map_err(|error| error.to_string())?.error {
        None => Ok(()),
        Some(error) => Err(format!("{function} failed: {error:?}")),
    }
}

async fn get(cloud: &Cloud, url: &str) -> Result<(), String> {
    let request = WebRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let answer = cloud
        .web(request)
        .await
        .map_err(|error| error.to_string())?;
    match answer.status {
        200 => Ok(()),
        status => Err(format!("{url} was answered {status}")),
    }
}
