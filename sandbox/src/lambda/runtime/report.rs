//! The lines that Lambda itself logs about an invocation.
//!
//! Source: Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs".

use std::fmt;
use std::time::Duration;

/// How an invocation or an init failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    TimedOut,
    Failed(String),
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => out.write_str("\tStatus: timeout"),
            Self::Failed(kind) => write!(out, "\tStatus: error\tError Type: {kind}"),
        }
    }
}

/// `REPORT`: what an invocation took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    pub request_id: &'a str,
    pub duration: Duration,
    /// For a cold start.
    pub init: Option<Duration>,
    pub memory_mb: u32,
    /// In bytes; `None` where the system does not tell.
    pub peak_memory: Option<u64>,
    pub status: Option<Status>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billed = milliseconds(self.duration + self.init.unwrap_or_default()).ceil();
        write!(
            out,
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {billed:.0} ms\tMemory Size: {} MB",
            self.request_id,
            milliseconds(self.duration),
            self.memory_mb
        )?;
        if let Some(peak) = self.peak_memory {
            write!(out, "\tMax Memory Used: {} MB", peak.div_ceil(1 << 20))?;
        }
        if let Some(init) = self.init {
            write!(out, "\tInit Duration: {:.2} ms", milliseconds(init))?;
        }
        match &self.status {
            Some(status) => write!(out, "{status}"),
            None => Ok(()),
        }
    }
}

pub fn start(request_id: &str, version: &str) -> String {
    format!("START RequestId: {request_id} Version: {version}")
}

pub fn end(request_id: &str) -> String {
    format!("END RequestId: {request_id}")
}

/// An init that failed, in the `init` phase or when tried again in the `invoke` phase.
pub fn init_report(took: Duration, phase: &str, status: &Status) -> String {
    format!(
        "INIT_REPORT Init Duration: {:.2} ms\tPhase: {phase}{status}",
        milliseconds(took)
    )
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_read_as_lambdas_do() {
        let warm = Report {
            request_id: "ID",
            duration: Duration::from_micros(1234),
            init: None,
            memory_mb: 128,
            peak_memory: Some((14 << 20) + 1),
            status: None,
        };
        assert_eq!(
            warm.to_string(),
            "REPORT RequestId: ID\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\
             \tMax Memory Used: 15 MB"
        );
        let cold = Report {
            init: Some(Duration::from_micros(20_500)),
            peak_memory: None,
            status: Some(Status::Failed("Runtime.ExitError".to_owned())),
            ..warm
        };
        assert_eq!(
            cold.to_string(),
            "REPORT RequestId: ID\tDuration: 1.23 ms\tBilled Duration: 22 ms\tMemory Size: 128 MB\
             \tInit Duration: 20.50 ms\tStatus: error\tError Type: Runtime.ExitError"
        );
        assert_eq!(
            init_report(Duration::from_secs(10), "init", &Status::TimedOut),
            "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout"
        );
    }
}
