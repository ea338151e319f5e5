//! The operations on the configuration of a function's asynchronous invocations.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Lambda;
use super::super::fault::{constraint, invalid};
use super::super::function_ref::FunctionRef;
use super::super::functions::FunctionRequest;
use super::configuration::{EventInvokeConfig, Reports, key, prefix};
use crate::clock;
use crate::fault::{Answer, Fault};
use crate::page::Cursor;
use crate::wire::lenient;

const RETRIES: std::ops::RangeInclusive<u32> = 0..=2;
/// In seconds.
const AGES: std::ops::RangeInclusive<u32> = 60..=21_600;
/// Of a list, in configurations.
const MAX_PAGE: usize = 50;
/// The name of the list.
const LIST: &str = "FunctionEventInvokeConfigs";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfigRequest {
    function_name: String,
    qualifier: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    maximum_retry_attempts: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    maximum_event_age_in_seconds: Option<u32>,
    destination_config: Option<DestinationConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationConfig {
    on_success: Option<Destination>,
    on_failure: Option<Destination>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    destination: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    function_name: String,
    marker: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
}

impl DestinationConfig {
    fn reports(self) -> Reports {
        let arn = |destination: Option<Destination>| {
            let arn = destination.and_then(|it| it.destination);
            arn.filter(|arn| !arn.is_empty())
        };
        Reports {
            on_success: arn(self.on_success),
            on_failure: arn(self.on_failure),
        }
    }
}

impl ConfigRequest {
    fn check(&self) -> Result<(), Fault> {
        let (retries, age) = (
            self.maximum_retry_attempts,
            self.maximum_event_age_in_seconds,
        );
        if retries.is_none() && age.is_none() && self.destination_config.is_none() {
            return Err(invalid(
                "You must specify at least one of error handling or destination setting.",
            ));
        }
        if let Some(retries) = retries.filter(|retries| !RETRIES.contains(retries)) {
            return Err(constraint("maximumRetryAttempts", retries, "from 0 to 2"));
        }
        if let Some(age) = age.filter(|age| !AGES.contains(age)) {
            let member = "maximumEventAgeInSeconds";
            return Err(constraint(member, age, "from 60 to 21600"));
        }
        Ok(())
    }

    fn function_ref(&self) -> Result<FunctionRef, Fault> {
        FunctionRef::parse(&self.function_name, self.qualifier.as_deref())
    }
}

/// Replaces the configuration, if there is one.
pub async fn put(lambda: &Lambda, request: ConfigRequest) -> Answer {
    set(lambda, request, |function_ref, _| {
        Ok(new(&function_ref.name, function_ref.version()))
    })
}

/// Changes what is given, of a configuration that there is.
pub async fn update(lambda: &Lambda, request: ConfigRequest) -> Answer {
    set(lambda, request, |function_ref, present| {
        present.ok_or_else(|| has_none(function_ref))
    })
}

fn new(function: &str, qualifier: &str) -> EventInvokeConfig {
    EventInvokeConfig {
        function: function.to_owned(),
        qualifier: qualifier.to_owned(),
        max_retries: None,
        max_age_seconds: None,
        destinations: Reports::default(),
        modified_at: 0,
    }
}

/// `base` says what the request changes, of what there is.
fn set(
    lambda: &Lambda,
    request: ConfigRequest,
    base: impl Fn(&FunctionRef, Option<EventInvokeConfig>) -> Result<EventInvokeConfig, Fault>,
) -> Answer {
    request.check()?;
    let function_ref = request.function_ref()?;
    let function = lambda.function(&function_ref)?;
    let reports = request.destination_config.map(DestinationConfig::reports);
    if let Some(reports) = &reports {
        lambda.check_reports(&function, reports)?;
    }
    let (name, key) = (
        &function_ref.name,
        key(&function_ref.name, function_ref.version()),
    );
    let configs = &lambda.event_invoke_configs;
    lambda.store.write(|transaction| {
        // The function may have been deleted since.
        if lambda.functions.get_in(transaction, name)?.is_none() {
            return Err(function_ref.not_found());
        }
        let mut config = base(&function_ref, configs.get_in(transaction, &key)?)?;
        config.max_retries = request.maximum_retry_attempts.or(config.max_retries);
        config.max_age_seconds = request
            .maximum_event_age_in_seconds
            .or(config.max_age_seconds);
        config.destinations = reports.unwrap_or(config.destinations);
        config.modified_at = clock::now();
        configs.put_in(transaction, &key, &config)?;
        Ok(config.shown())
    })
}

pub async fn get(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let function_ref = request.function_ref()?;
    let key = key(&function_ref.name, function_ref.version());
    let config = lambda.event_invoke_configs.get(&key)?;
    Ok(config.ok_or_else(|| has_none(&function_ref))?.shown())
}

pub async fn delete(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let function_ref = request.function_ref()?;
    let key = key(&function_ref.name, function_ref.version());
    match lambda.event_invoke_configs.remove(&key)? {
        true => Ok(json!({})),
        false => Err(has_none(&function_ref)),
    }
}

pub async fn list(lambda: &Lambda, request: ListRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, None)?;
    lambda.function(&function_ref)?;
    let size = request.max_items.unwrap_or(MAX_PAGE);
    if !(1..=MAX_PAGE).contains(&size) {
        return Err(constraint("maxItems", size, "from 1 to 50"));
    }
    let after = request.marker.as_deref().map(|marker| {
        Cursor::from_token(LIST, marker).map_err(|_| invalid("The provided Marker is invalid."))
    });
    let prefix = prefix(&function_ref.name);
    let configs = &lambda.event_invoke_configs;
    let page = configs.page(&prefix, after.transpose()?.as_ref(), size, |_| true)?;
    let shown: Vec<Value> = page
        .items
        .iter()
        .map(|(_, config)| config.shown())
        .collect();
    let mut answer = json!({ LIST: shown });
    if let Some(next) = page.next {
        answer["NextMarker"] = json!(next.token(LIST));
    }
    Ok(answer)
}

fn has_none(function_ref: &FunctionRef) -> Fault {
    let arn = super::super::function_ref::arn(&function_ref.name);
    let message = format!(
        "The function {arn}:{} doesn't have an EventInvokeConfig",
        function_ref.version()
    );
    Fault::not_found("ResourceNotFoundException", message)
}
