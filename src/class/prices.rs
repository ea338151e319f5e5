//! What a class costs on AWS, from a table of prices. Pure.

use serde::Serialize;

use super::bounds::rounded;

/// When the prices were read, and where they are valid; other regions are up to about a half dearer.
pub const DATE: &str = "2026-11";
pub const REGION: &str = "us-east-1";

/// The price of one unit, in US dollars.
#[derive(Clone, Copy, Debug)]
struct Price {
    dollars: f64,
    per: f64,
    source: &'static str,
}

const DYNAMODB: &str = "Amazon DynamoDB pricing, on-demand capacity";
const LAMBDA: &str = "AWS Lambda pricing, x86";
const LOGS: &str = "Amazon CloudWatch pricing, logs";
const S3: &str = "Amazon S3 pricing, S3 Standard";
const API_GATEWAY: &str = "Amazon API Gateway pricing, REST APIs";

const fn price(dollars: f64, per: f64, source: &'static str) -> Price {
    Price {
        dollars,
        per,
        source,
    }
}

const WRITES: Price = price(0.625, 1e6, DYNAMODB);
const READS: Price = price(0.125, 1e6, DYNAMODB);
const TABLE_GB_MONTH: Price = price(0.25, 1.0, DYNAMODB);
const CALLS: Price = price(0.20, 1e6, LAMBDA);
const GB_SECONDS: Price = price(16.6667, 1e6, LAMBDA);
const LOGGED_GB: Price = price(0.50, 1.0, LOGS);
const LOG_GB_MONTH: Price = price(0.03, 1.0, LOGS);
const OBJECT_GB_MONTH: Price = price(0.023, 1.0, S3);
const PUTS: Price = price(0.005, 1e3, S3);
const API_CALLS: Price = price(3.50, 1e6, API_GATEWAY);

impl Price {
    fn of(self, units: f64) -> f64 {
        units * self.dollars / self.per
    }
}

const DAYS_A_MONTH: f64 = 30.0;
const BYTES_A_GB: f64 = 1e9;

/// What a student does on a day of class.
const GAMES: f64 = 50.0;
/// Calls of functions in a game of ten players.
const CALLS_A_GAME: f64 = 20.0;
/// Each call reads the table once, which is smaller than 4 KB, and writes at most a few items: a new game all
/// ten and their index.
const READS_A_CALL: f64 = 1.0;
const WRITES_A_CALL: f64 = 2.0;
/// A function has 256 MB and takes less than this, starts included.
const GB_SECONDS_A_CALL: f64 = 0.25 * 0.2;
/// What a call logs, Lambda's own lines included.
const LOGGED_A_CALL: f64 = 1_000.0;
const DEPLOYMENTS: f64 = 30.0;
const FUNCTIONS: f64 = 5.0;
/// A bundle of the dev profile, zipped.
const BUNDLE: f64 = 4e6;
const TABLE: f64 = 2_000.0;

/// What a class costs on a day, in US dollars, without the free tier.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// When nobody plays.
    #[serde(serialize_with = "rounded")]
    pub at_rest: f64,
    /// When each student deploys and plays as often as `games` and `deployments` say.
    #[serde(serialize_with = "rounded")]
    pub in_class: f64,
    pub games: f64,
    pub deployments: f64,
    /// When the prices were read, and of which region they are.
    pub date: &'static str,
    pub region: &'static str,
    pub sources: Vec<&'static str>,
}

/// The cost of so many students, whose bundles are stored in so many accounts.
pub fn cost(students: usize, accounts: usize, api: bool) -> Cost {
    let (students, accounts) = (students as f64, accounts as f64);
    let gb_days = |bytes: f64| bytes / BYTES_A_GB / DAYS_A_MONTH;
    // The class's own bundles, and those of a day of students' deployments.
    let bundles =
        |deployments: f64| FUNCTIONS * BUNDLE * accounts + deployments * BUNDLE * students;
    let calls = GAMES * CALLS_A_GAME * students;
    let at_rest =
        OBJECT_GB_MONTH.of(gb_days(bundles(0.0))) + TABLE_GB_MONTH.of(gb_days(TABLE * students));
    let played = CALLS.of(calls)
        + GB_SECONDS.of(calls * GB_SECONDS_A_CALL)
        + READS.of(calls * READS_A_CALL)
        + WRITES.of(calls * WRITES_A_CALL)
        + LOGGED_GB.of(calls * LOGGED_A_CALL / BYTES_A_GB)
        + LOG_GB_MONTH.of(gb_days(calls * LOGGED_A_CALL))
        + OBJECT_GB_MONTH.of(gb_days(bundles(DEPLOYMENTS) - bundles(0.0)))
        + PUTS.of(DEPLOYMENTS * students)
        + if api { API_CALLS.of(calls) } else { 0.0 };
    let mut prices = vec![WRITES, CALLS, LOGGED_GB, PUTS];
    prices.extend(api.then_some(API_CALLS));
    Cost {
        at_rest,
        in_class: at_rest + played,
        games: GAMES,
        deployments: DEPLOYMENTS,
        date: DATE,
        region: REGION,
        sources: prices.into_iter().map(|price| price.source).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_costs_little_and_least_when_nobody_plays() {
        let one = cost(1, 1, false);
        assert!(one.at_rest < 0.001 && one.at_rest > 0.0, "{one:?}");
        // A thousand calls: 0.0002 for them, 0.0008 for their time, 0.0014 for the table, 0.0005 for logs.
        assert!((0.002..0.01).contains(&one.in_class), "{one:?}");
        let class = cost(30, 1, false);
        assert!((0.05..0.3).contains(&class.in_class), "{class:?}");
        assert!(cost(30, 1, true).in_class > class.in_class);
        // Bundles are stored in each account.
        assert!(cost(30, 20, false).at_rest > 10.0 * class.at_rest);
    }
}
