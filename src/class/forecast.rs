//! What a class will take: time, quotas and money, before anything is created.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bounds::{Bound, bounds, least, rounded, rounded_option};
use super::prices::{Cost, cost};
use super::simulation::{Scenario, Simulated};
use crate::cloud::limits::{Family, Work};

/// What a class will take.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// `None` where only a number of students was given.
    pub class: Option<String>,
    pub students: usize,
    pub accounts: usize,
    /// How many students the account has that has most.
    pub largest: usize,
    /// Whether each student has a REST API.
    pub api: bool,
    pub up: Time,
    /// New code for all.
    pub deploy: Time,
    pub clean: Time,
    pub cost: Cost,
}

/// How long an operation takes on AWS. Accounts are worked on at the same time, so the largest decides.
#[derive(Clone, Debug, Serialize)]
pub struct Time {
    /// What the published limits leave, the slowest limit first.
    pub bounds: Vec<Bound>,
    /// What they leave for the whole operation.
    #[serde(serialize_with = "rounded")]
    pub least_seconds: f64,
    /// How long the operation takes when nothing but these limits does; `None` if it cannot be simulated, or
    /// was not asked for.
    #[serde(serialize_with = "rounded_option")]
    pub simulated_seconds: Option<f64>,
    /// The same where each stack takes the time that CloudFormation typically takes for its resources.
    #[serde(serialize_with = "rounded_option")]
    pub estimated_seconds: Option<f64>,
    /// The requests of the simulation, by the limits that they count for.
    pub requests: BTreeMap<Family, u64>,
}

/// How much of a forecast is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Bounds and estimates.
    Estimated,
    /// The time and the requests of a simulation with nothing but the limits, too.
    Whole,
}

/// The forecast for a class whose accounts have so many students each.
pub fn forecast(
    class: Option<&str>,
    sizes: &[usize],
    api: bool,
    region: &str,
    detail: Detail,
) -> Forecast {
    let largest = sizes.iter().copied().max().unwrap_or_default();
    let scenario = |own_times: bool| Scenario {
        students: largest,
        api,
        region: region.to_owned(),
        own_times,
    };
    let (limited, typical) = (scenario(false), scenario(true));
    let students = sizes.iter().sum();
    let time = |load: BTreeMap<Family, u32>, work: Work, run: fn(&Scenario) -> Simulated| {
        let bounds = bounds(load, work, largest, region);
        // CloudFormation has no part in new code: nothing takes a time of its own.
        let is_limited_alone = work == Work::Update;
        let limited = (is_limited_alone || detail == Detail::Whole).then(|| run(&limited));
        let typical = match is_limited_alone {
            true => limited.clone(),
            false => Some(run(&typical)),
        };
        let seconds = |it: &Simulated| it.failures.is_empty().then_some(it.seconds);
        Time {
            least_seconds: least(&bounds),
            bounds,
            simulated_seconds: limited.as_ref().and_then(seconds),
            estimated_seconds: typical.as_ref().and_then(seconds),
            requests: limited.map(|it| it.requests).unwrap_or_default(),
        }
    };
    let up = || time(limited.load(Work::Create), Work::Create, Scenario::up);
    let deploy = || time(limited.load_of_code(), Work::Update, Scenario::deploy);
    let clean = || time(limited.load(Work::Delete), Work::Delete, Scenario::clean);
    let [up, deploy, clean] = std::thread::scope(|scope| {
        [scope.spawn(up), scope.spawn(deploy), scope.spawn(clean)]
            .map(|made| made.join().expect("the simulation does not panic"))
    });
    Forecast {
        class: class.map(str::to_owned),
        students,
        accounts: sizes.len(),
        largest,
        api,
        up,
        deploy,
        clean,
        cost: cost(students, sizes.len(), api),
    }
}

/// How many students each account has, if they are distributed evenly.
pub fn distributed(students: usize, accounts: usize) -> Vec<usize> {
    let (least, more) = (students / accounts, students % accounts);
    (0..accounts)
        .map(|account| least + usize::from(account < more))
        .filter(|students| *students > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_are_distributed_evenly() {
        assert_eq!(distributed(10, 3), [4, 3, 3]);
        assert_eq!(distributed(2, 3), [1, 1]);
        assert_eq!(distributed(30, 1), [30]);
    }

    #[test]
    fn the_largest_account_decides_how_long_it_takes() {
        let of = |class, sizes| forecast(class, sizes, false, "eu-west-1", Detail::Whole);
        let (one, many) = (of(None, &[10]), of(Some("monday"), &[10, 3, 3]));
        assert_eq!((many.students, many.accounts, many.largest), (16, 3, 10));
        assert_eq!(one.up.simulated_seconds, many.up.simulated_seconds);
        assert!(one.up.simulated_seconds.is_some());
        assert!(many.cost.in_class > one.cost.in_class);
    }

    #[test]
    fn less_detail_changes_no_estimate() {
        let of = |detail| forecast(None, &[5], false, "eu-west-1", detail);
        let (some, whole) = (of(Detail::Estimated), of(Detail::Whole));
        for (some, whole) in [
            (some.up, whole.up),
            (some.deploy, whole.deploy),
            (some.clean, whole.clean),
        ] {
            assert!(whole.estimated_seconds.is_some());
            assert!(!whole.requests.is_empty());
            assert_eq!(some.estimated_seconds, whole.estimated_seconds);
            assert_eq!(some.bounds, whole.bounds);
        }
    }
}
