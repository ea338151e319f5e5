//! The least time that the published limits leave for an operation on a class. Pure.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::cloud::limits::{Family, Work, limits};

/// How many stacks an answer of CloudFormation's lists has.
const PAGE: usize = 100;

/// A part of an operation that has to end before the next can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    Create,
    Update,
    /// What there is has to be known before anybody can agree to its deletion.
    Look,
    Delete,
}

/// What one limit demands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bound {
    pub step: Step,
    pub limit: Family,
    /// How many requests count for it, those of CloudFormation for the stacks too.
    pub requests: u64,
    #[serde(serialize_with = "rounded")]
    pub per_second: f64,
    /// All but the first of them, which the limit takes at once, come at its rate.
    #[serde(serialize_with = "rounded")]
    pub seconds: f64,
    pub source: &'static str,
}

/// What a step cannot do without, in requests to each family of operations.
struct Demand {
    step: Step,
    of_each_stack: BTreeMap<Family, u32>,
    once: BTreeMap<Family, usize>,
}

/// What creating so many stacks, or deleting them, cannot do without. `load` is what CloudFormation asks of
/// other services for a stack.
///
/// A creation asks CloudFormation for `CreateStack`, and new code for `GetTemplate`, which tells whether there is
/// more to do. A deletion has two steps. First `ListStackResources` says for each stack what will be deleted, and for the
/// shared one too, of which `GetTemplate` also says what stays; `DescribeStacks` and `ListStacks` list the stacks
/// that there are and were. Then `DeleteStack` deletes each.
///
/// Source: CloudFormation API reference: no operation tells or deletes the resources of several stacks.
fn demands(mut load: BTreeMap<Family, u32>, work: Work, stacks: usize) -> Vec<Demand> {
    let own = |requests: u32| BTreeMap::from([(Family::CloudFormation, requests)]);
    let pages = (stacks + 1).div_ceil(PAGE);
    let mut worked = |step: Step, shared: usize| {
        *load.entry(Family::CloudFormation).or_default() += 1;
        Demand {
            step,
            of_each_stack: std::mem::take(&mut load),
            once: BTreeMap::from([(Family::CloudFormation, shared)]),
        }
    };
    match work {
        Work::Create => vec![worked(Step::Create, 0)],
        Work::Update => vec![worked(Step::Update, 0)],
        Work::Delete => vec![
            Demand {
                step: Step::Look,
                of_each_stack: own(1),
                once: BTreeMap::from([(Family::CloudFormation, pages + 3)]),
            },
            worked(Step::Delete, 1),
        ],
    }
}

/// What each limit demands of so many stacks in one account, the slowest first.
pub fn bounds(load: BTreeMap<Family, u32>, work: Work, stacks: usize, region: &str) -> Vec<Bound> {
    let demands = demands(load, work, stacks).into_iter();
    let bounds = demands.flat_map(|demand| {
        limits(region).filter_map(move |limit| {
            let each = demand.of_each_stack.get(&limit.family).copied();
            let once = demand.once.get(&limit.family).copied();
            let requests = u64::from(each.unwrap_or_default()) * stacks as u64;
            let requests = requests + once.unwrap_or_default() as u64;
            (requests > 0).then(|| Bound {
                step: demand.step,
                limit: limit.family,
                requests,
                per_second: limit.per_second,
                seconds: requests.saturating_sub(limit.burst.into()) as f64 / limit.per_second,
                source: limit.source,
            })
        })
    });
    let mut bounds: Vec<Bound> = bounds.collect();
    bounds.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    bounds
}

/// The least time of an operation: that of the slowest limit in each of its steps.
pub fn least(bounds: &[Bound]) -> f64 {
    let mut slowest = BTreeMap::<Step, f64>::new();
    for bound in bounds {
        let seconds = slowest.entry(bound.step).or_default();
        *seconds = seconds.max(bound.seconds);
    }
    slowest.values().sum()
}

/// To two places, or five where it is less than 1: more of them say nothing.
pub fn rounded<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    let places = if number.abs() < 1.0 { 1e5 } else { 1e2 };
    serializer.serialize_f64((number * places).round() / places)
}

/// The same of a number that may be missing.
pub fn rounded_option<S: Serializer>(
    number: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => rounded(number, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source of the expected times: the project's table of limits, by hand.
    #[test]
    fn the_slowest_limit_decides() {
        let functions = BTreeMap::from([(Family::LambdaControl, 5)]);
        let mut with_api = functions.clone();
        with_api.extend([(Family::CreateRestApi, 1), (Family::CreateDeployment, 1)]);
        let deletion = BTreeMap::from([(Family::LambdaControl, 5), (Family::DeleteRestApi, 1)]);
        let nothing = BTreeMap::new();
        let (create, delete) = (Work::Create, Work::Delete);
        for (load, work, stacks, limit, seconds, least_seconds) in [
            (&functions, create, 30, Family::LambdaControl, 9.0, 9.0),
            (&functions, create, 300, Family::LambdaControl, 99.0, 99.0),
            (
                &with_api,
                create,
                30,
                Family::CreateDeployment,
                145.0,
                145.0,
            ),
            (
                &with_api,
                create,
                300,
                Family::CreateDeployment,
                1495.0,
                1495.0,
            ),
            (&nothing, create, 30, Family::CloudFormation, 4.0, 4.0),
            // Of 34 requests to look, 10 come at once.
            (
                &functions,
                delete,
                30,
                Family::LambdaControl,
                9.0,
                9.0 + 4.8,
            ),
            (
                &deletion,
                delete,
                30,
                Family::DeleteRestApi,
                870.0,
                870.0 + 4.8,
            ),
            (
                &deletion,
                delete,
                100,
                Family::DeleteRestApi,
                2970.0,
                2970.0 + 19.0,
            ),
            (&nothing, delete, 30, Family::CloudFormation, 4.8, 4.8 + 4.2),
        ] {
            let bounds = bounds(load.clone(), work, stacks, "eu-west-1");
            assert_eq!(bounds[0].limit, limit, "{bounds:?}");
            assert!((bounds[0].seconds - seconds).abs() < 0.01, "{bounds:?}");
            assert!((least(&bounds) - least_seconds).abs() < 0.01, "{bounds:?}");
        }
    }

    #[test]
    fn numbers_are_written_without_the_noise_of_their_arithmetic() {
        let mut bound = bounds(BTreeMap::new(), Work::Create, 30, "eu-west-1").remove(0);
        (bound.seconds, bound.per_second) = (1.449_999_998, 1.0 / 30.0);
        let written = serde_json::to_value(&bound).expect("JSON");
        assert_eq!(
            (&written["seconds"], &written["per_second"]),
            (&1.45.into(), &0.033_33.into())
        );
    }
}
