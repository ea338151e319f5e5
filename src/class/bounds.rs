//! The least time that the published limits leave for an operation on a class. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cloud::limits::{Family, limits};

/// What one limit demands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bound {
    pub limit: Family,
    /// How many requests count for it, those of CloudFormation for the stacks too.
    pub requests: u64,
    pub per_second: f64,
    /// All but the first of them, which the limit takes at once, come at its rate.
    pub seconds: f64,
    pub source: &'static str,
}

/// What each limit demands of so many stacks in one account, the slowest first. `load` is what a stack asks
/// of other services; of CloudFormation it asks one request.
pub fn bounds(load: &BTreeMap<Family, u32>, stacks: usize, region: &str) -> Vec<Bound> {
    let requests = |family: Family| {
        let own = u32::from(family == Family::CloudFormation);
        u64::from(load.get(&family).copied().unwrap_or_default() + own) * stacks as u64
    };
    let bound = |limit: crate::cloud::limits::Limit| {
        let requests = requests(limit.family);
        (requests > 0).then(|| Bound {
            limit: limit.family,
            requests,
            per_second: limit.per_second,
            seconds: requests.saturating_sub(limit.burst.into()) as f64 / limit.per_second,
            source: limit.source,
        })
    };
    let mut bounds: Vec<Bound> = limits(region).filter_map(bound).collect();
    bounds.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    bounds
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
        for (load, stacks, limit, seconds) in [
            (&functions, 30, Family::LambdaControl, 9.0),
            (&functions, 300, Family::LambdaControl, 99.0),
            (&with_api, 30, Family::CreateDeployment, 145.0),
            (&with_api, 300, Family::CreateDeployment, 1495.0),
            (&deletion, 30, Family::DeleteRestApi, 870.0),
            (&deletion, 100, Family::DeleteRestApi, 2970.0),
            (&BTreeMap::new(), 30, Family::CloudFormation, 4.0),
        ] {
            let bounds = bounds(load, stacks, "eu-west-1");
            assert_eq!(
                (bounds[0].limit, bounds[0].seconds.round()),
                (limit, seconds)
            );
        }
    }
}
