//! Event source mappings: created, described, listed, updated, deleted.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::Lambda;
use super::super::fault::{constraint, invalid};
use super::super::function_ref::FunctionRef;
use super::super::tags;
use super::mapping::{BY_FUNCTION, BY_SOURCE, Mapping};
use super::settings::{Change, OfSource, Settings};
use super::stream::{Positions, check_destination};
use crate::fault::{Answer, Fault};
use crate::page::Cursor;
use crate::tags::Tags;
use crate::wire::lenient;

/// Of a list, in mappings.
const MAX_PAGE: usize = 100;
/// The name of the list of mappings.
const LIST: &str = "EventSourceMappings";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRequest {
    #[serde(default)]
    event_source_arn: String,
    function_name: String,
    #[serde(default, deserialize_with = "lenient")]
    enabled: Option<bool>,
    #[serde(default)]
    tags: Tags,
    #[serde(flatten)]
    change: Change,
}

#[derive(Debug, Deserialize)]
pub struct MappingRequest {
    #[serde(rename = "UUID")]
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRequest {
    #[serde(rename = "UUID")]
    id: String,
    function_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    enabled: Option<bool>,
    #[serde(flatten)]
    change: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    event_source_arn: Option<String>,
    function_name: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
}

pub async fn create(lambda: &Lambda, request: CreateRequest) -> Answer {
    create_as(lambda, &Uuid::new_v4().to_string(), request).await
}

/// Creates a mapping with this id.
pub async fn create_as(lambda: &Lambda, id: &str, request: CreateRequest) -> Answer {
    let CreateRequest {
        event_source_arn: source,
        function_name,
        enabled,
        tags,
        change,
    } = request;
    let function_ref = FunctionRef::parse(&function_name, None)?;
    let function = lambda.function(&function_ref)?;
    let settings = Settings::new(change, &source)?;
    lambda.check_source(&function, &source).await?;
    check_destination(lambda, &function, settings.on_failure())?;
    let sources = &lambda.event_sources;
    let positions = Positions::begin(&settings, || sources.streams.end(&source))?;
    let mapping = Mapping {
        id: id.to_owned(),
        source,
        function: function_ref.arn(),
        is_enabled: enabled.unwrap_or(true),
        settings,
        tags: tags::checked(tags)?,
        modified_at: sources.clock.now(),
    };
    lambda.store.write::<_, Fault>(|transaction| {
        let mappings = &sources.mappings;
        let of_source = mappings.with_in(transaction, &BY_SOURCE, &mapping.source)?;
        let mut same = of_source.iter();
        let same = same.find(|(_, other)| other.function == mapping.function);
        if let Some((other, _)) = same {
            let message = format!(
                "The event source arn (\" {} \") and function (\" {} \") provided mapping already exists. \
                 Please update or delete the existing mapping with UUID {other}",
                mapping.source, function_ref.name
            );
            return Err(Fault::conflict("ResourceConflictException", message));
        }
        mappings.put_in(transaction, &mapping.id, &mapping)?;
        if let Some(positions) = &positions {
            sources.positions.put_in(transaction, &mapping.id, positions)?;
        }
        Ok(())
    })?;
    lambda.poll(&mapping.id)?;
    Ok(mapping.configuration("Creating", None))
}

pub async fn get(lambda: &Lambda, request: MappingRequest) -> Answer {
    let mapping = lambda.event_sources.mapping(&request.id)?;
    Ok(lambda.shown(&mapping))
}

pub async fn list(lambda: &Lambda, request: ListRequest) -> Answer {
    let size = request.max_items.unwrap_or(MAX_PAGE);
    if !(1..=10_000).contains(&size) {
        return Err(constraint("maxItems", size, "1 to 10000"));
    }
    let after = request.marker.as_deref().map(|marker| {
        Cursor::from_token(LIST, marker).map_err(|_| invalid("The provided Marker is invalid."))
    });
    let after = after.transpose()?;
    let function = request.function_name.as_deref();
    let function = function.map(|name| FunctionRef::parse(name, None));
    let function = function.transpose()?.map(|function_ref| function_ref.arn());
    let source = request.event_source_arn.filter(|arn| !arn.is_empty());
    let mappings = &lambda.event_sources.mappings;
    let size = size.min(MAX_PAGE);
    let is_wanted = |mapping: &Mapping| {
        function.as_ref().is_none_or(|arn| *arn == mapping.function)
            && source.as_ref().is_none_or(|arn| *arn == mapping.source)
    };
    let page = match (&function, &source) {
        (Some(arn), _) => mappings.page_by(&BY_FUNCTION, arn, after.as_ref(), size, is_wanted),
        (None, Some(arn)) => mappings.page_by(&BY_SOURCE, arn, after.as_ref(), size, is_wanted),
        (None, None) => mappings.page("", after.as_ref(), size, is_wanted),
    }?;
    let items = page.items.iter().map(|(_, mapping)| lambda.shown(mapping));
    let mut answer = json!({ LIST: items.collect::<Vec<_>>() });
    if let Some(next) = page.next {
        answer["NextMarker"] = json!(next.token(LIST));
    }
    Ok(answer)
}

pub async fn update(lambda: &Lambda, request: UpdateRequest) -> Answer {
    let UpdateRequest {
        id,
        function_name,
        enabled,
        change,
    } = request;
    let sources = &lambda.event_sources;
    let found = sources.mapping(&id)?;
    let function_ref = function_name.map(|name| FunctionRef::parse(&name, None));
    let function_arn = function_ref.transpose()?.map(|it| it.arn());
    let function_arn = function_arn.unwrap_or(found.function);
    let function = lambda.function(&FunctionRef::parse(&function_arn, None)?)?;
    lambda.check_source(&function, &found.source).await?;
    let mut settings = found.settings;
    settings.change(change, &found.source)?;
    check_destination(lambda, &function, settings.on_failure())?;
    let mut state = "Updating";
    let mapping = sources.change(&id, |mapping| {
        mapping.settings = settings;
        mapping.function = function_arn;
        let is_enabled = enabled.unwrap_or(mapping.is_enabled);
        if is_enabled != mapping.is_enabled {
            state = if is_enabled { "Enabling" } else { "Disabling" };
        }
        mapping.is_enabled = is_enabled;
        mapping.modified_at = sources.clock.now();
        Ok(mapping.clone())
    })?;
    if let OfSource::Stream(stream) = &mapping.settings.of_source {
        sources.redistribute(&id, stream.parallel)?;
    }
    lambda.poll(&mapping.id)?;
    Ok(mapping.configuration(state, None))
}

pub async fn delete(lambda: &Lambda, request: MappingRequest) -> Answer {
    let sources = &lambda.event_sources;
    let mapping = sources.mappings.change(&request.id, |mapping| {
        let mapping = mapping.take();
        mapping.ok_or_else(|| super::not_found(&request.id))
    })?;
    sources.forget(&mapping.id)?;
    Ok(mapping.configuration("Deleting", None))
}

impl Lambda {
    fn shown(&self, mapping: &Mapping) -> Value {
        let problem = self.event_sources.problem(&mapping.id);
        mapping.configuration(mapping.state(), problem)
    }
}
