//! The resources of an API.

use serde::Deserialize;
use serde_json::json;

use super::definition::{Definition, Resource};
use super::fault::{bad_request, conflict};
use super::list::PageRequest;
use super::patch::{self, Kind, PatchOperation, Patchable};
use super::{ApiGateway, ids};
use crate::fault::{Answer, Fault};

/// In an API. Source: "Amazon API Gateway quotas" in its guide.
const MOST: usize = 300;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateResourceRequest {
    rest_api_id: String,
    parent_id: String,
    path_part: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetResourceRequest {
    rest_api_id: String,
    resource_id: String,
    #[serde(default)]
    embed: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetResourcesRequest {
    rest_api_id: String,
    #[serde(default)]
    embed: Vec<String>,
    #[serde(flatten)]
    page: PageRequest,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateResourceRequest {
    rest_api_id: String,
    resource_id: String,
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

pub async fn create(gateway: &ApiGateway, request: CreateResourceRequest) -> Answer {
    create_as(gateway, &ids::new(ids::INNER), request)
}

/// Creates a resource that has this id.
pub fn create_as(gateway: &ApiGateway, id: &str, request: CreateResourceRequest) -> Answer {
    gateway.change(&request.rest_api_id, |api| {
        let definition = &mut api.definition;
        if definition.resources.contains_key(id) {
            return Err(conflict("The resource identifier is in use"));
        }
        let resource = Resource {
            id: id.to_owned(),
            parent_id: Some(request.parent_id),
            path_part: request.path_part,
            ..Resource::default()
        };
        check(definition, &resource)?;
        if definition.resources.len() >= MOST {
            return Err(super::fault::limit_exceeded(format!(
                "Maximum number of resources for this API has been reached: {MOST}"
            )));
        }
        let shown = definition.shown(&resource, false);
        definition.resources.insert(id.to_owned(), resource);
        Ok(shown)
    })
}

pub async fn get(gateway: &ApiGateway, request: GetResourceRequest) -> Answer {
    let definition = gateway.api(&request.rest_api_id)?.definition;
    let resource = definition.resource(&request.resource_id)?;
    Ok(definition.shown(resource, embeds_methods(&request.embed)?))
}

pub async fn list(gateway: &ApiGateway, request: GetResourcesRequest) -> Answer {
    let definition = gateway.api(&request.rest_api_id)?.definition;
    let whole = embeds_methods(&request.embed)?;
    let resources = definition.resources.values();
    let shown = resources.map(|it| (it.id.clone(), definition.shown(it, whole)));
    request.page.of("resources", shown.collect())
}

pub async fn update(gateway: &ApiGateway, request: UpdateResourceRequest) -> Answer {
    const PATCHABLE: &[Patchable] = &[("/pathPart", Kind::Text), ("/parentId", Kind::Text)];
    gateway.change(&request.rest_api_id, |api| {
        let definition = &mut api.definition;
        let mut changed = definition.resource(&request.resource_id)?.clone();
        if changed.parent_id.is_none() {
            return Err(bad_request("Cannot update the root resource"));
        }
        patch::apply(&mut changed, PATCHABLE, &request.patch_operations)?;
        check(definition, &changed)?;
        let shown_id = changed.id.clone();
        definition.resources.insert(shown_id.clone(), changed);
        Ok(definition.shown(definition.resource(&shown_id)?, false))
    })
}

/// Deletes the resource with all that is below it.
pub async fn delete(gateway: &ApiGateway, request: GetResourceRequest) -> Answer {
    gateway.change(&request.rest_api_id, |api| {
        let resource = api.definition.resource(&request.resource_id)?;
        if resource.parent_id.is_none() {
            return Err(bad_request("Cannot delete root resource"));
        }
        api.definition.remove_resource(&request.resource_id);
        Ok(json!({}))
    })
}

fn embeds_methods(embed: &[String]) -> Result<bool, Fault> {
    match embed.iter().find(|it| *it != "methods") {
        Some(other) => Err(bad_request(format!(
            "Invalid embed value specified: {other}"
        ))),
        None => Ok(!embed.is_empty()),
    }
}

/// Refuses a resource that its parent cannot have.
pub fn check(definition: &Definition, resource: &Resource) -> Result<(), Fault> {
    let part = &resource.path_part;
    if !is_path_part(part) {
        return Err(bad_request(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly \
             braces at the beginning and the end.",
        ));
    }
    let parent = definition.resource(resource.parent_id.as_deref().unwrap_or_default())?;
    if parent.path_part.ends_with("+}") {
        return Err(bad_request(format!(
            "Cannot create a child of a resource with a greedy path variable: {}",
            parent.path_part
        )));
    }
    let is_below_itself = {
        let mut above = Some(parent);
        std::iter::from_fn(|| {
            let next = above?;
            let id = next.parent_id.as_ref();
            above = id.and_then(|id| definition.resources.get(id));
            Some(next)
        })
        .any(|it| it.id == resource.id)
    };
    if is_below_itself {
        return Err(bad_request("A resource cannot be below itself"));
    }
    let siblings = definition
        .resources
        .values()
        .filter(|sibling| sibling.parent_id == resource.parent_id && sibling.id != resource.id);
    for sibling in siblings {
        if sibling.path_part == *part {
            return Err(conflict(format!(
                "Another resource with the same parent already has this name: {part}"
            )));
        }
        if part.starts_with('{') && sibling.path_part.starts_with('{') {
            return Err(bad_request(format!(
                "A sibling ({}) of this resource already has a variable path part -- only one unique \
                 variable path part is allowed",
                sibling.id
            )));
        }
    }
    Ok(())
}

fn is_path_part(part: &str) -> bool {
    let variable = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let name = variable.map_or(part, |name| name.strip_suffix('+').unwrap_or(name));
    let letter = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
    !name.is_empty() && name.chars().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_part_is_a_word_or_a_variable() {
        for part in ["pets", "a.b_c-d:e", "{id}", "{proxy+}"] {
            assert!(is_path_part(part), "{part}");
        }
        for part in [
            "", "a/b", "{}", "{+}", "{a", "a}", "a{b}", "{a}+", "a b", "é",
        ] {
            assert!(!is_path_part(part), "{part}");
        }
    }
}
