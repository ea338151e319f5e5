//! What API Gateway says of APIs and of what is in them.

use serde_json::{Map, Value, json};

use super::{Sandbox, ask};

/// The parts of an API, with the operations that list them and what each is known by.
const PARTS: [(&str, &str, &str); 7] = [
    ("resources", "GetResources", "id"),
    ("models", "GetModels", "name"),
    ("validators", "GetRequestValidators", "id"),
    ("authorizers", "GetAuthorizers", "id"),
    ("gatewayResponses", "GetGatewayResponses", "responseType"),
    ("deployments", "GetDeployments", "id"),
    ("stages", "GetStages", "stageName"),
];

impl Sandbox {
    /// All APIs by id, each with its parts.
    pub async fn apis(&self) -> Value {
        let gateway = &*self.platform.apigateway;
        let listed = ask(gateway, "GetRestApis", json!({ "limit": 500 })).await;
        let mut apis = Map::new();
        for api in listed.expect("listed")["item"].as_array().expect("a list") {
            let id = api["id"].as_str().expect("an id").to_owned();
            let mut shown = json!({ "api": api });
            for (part, operation, known_by) in PARTS {
                let mut parameters = json!({ "restApiId": id, "limit": 500 });
                if part == "resources" {
                    parameters["embed"] = json!(["methods"]);
                }
                if part == "stages" {
                    parameters = json!({ "restApiId": id });
                }
                let listed = ask(gateway, operation, parameters).await.expect("listed");
                let items = listed["item"].as_array().expect("a list").iter();
                let items = items
                    .filter(|item| item["defaultResponse"] != true)
                    .map(|item| {
                        let mut item = item.clone();
                        // Each update changes them, that of a rollback too.
                        for member in ["createdDate", "lastUpdatedDate"] {
                            item[member].take();
                        }
                        // A model that is created again has another.
                        if part == "models" {
                            item["id"].take();
                        }
                        (item[known_by].as_str().expect("a text").to_owned(), item)
                    });
                shown[part] = Value::Object(items.collect());
            }
            apis.insert(id, shown);
        }
        Value::Object(apis)
    }

    pub async fn account_of_apis(&self) -> Value {
        let account = ask(&*self.platform.apigateway, "GetAccount", json!({})).await;
        account.expect("it is there")
    }

    /// What has this id, in whichever API, with the id of the API and its stages; or else all APIs.
    pub async fn in_apis(&self, physical_id: &str) -> Value {
        let apis = self.apis().await;
        if let Some(api) = apis.get(physical_id) {
            return api["api"].clone();
        }
        for (id, api) in apis.as_object().expect("a map") {
            for part in ["resources", "validators", "authorizers", "deployments"] {
                if let Some(found) = api[part].get(physical_id) {
                    let mut found = found.clone();
                    found["restApiId"] = json!(id);
                    found["stages"] = api["stages"].clone();
                    return found;
                }
            }
        }
        apis
    }
}
