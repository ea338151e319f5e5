//! AWS::ApiGateway::Deployment: the API as it is when the resource is created. Another one needs another
//! logical id.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{
    Attributes, Naming, Property, ResourceType, Shape, ask, ask_unless, attributes, has,
    unless_again,
};
use super::{CONFLICT, MISSING, members, patch, patch_texts, update};
use crate::apigateway::ApiGateway;
use crate::fault::Fault;

pub struct Deployment(pub Arc<ApiGateway>);

const STAGE: Shape = Shape::Object(&[
    Property::optional("Description", Shape::Text),
    Property::optional("TracingEnabled", Shape::Flag),
    Property::optional("Variables", Shape::Texts),
]);

#[async_trait]
impl ResourceType for Deployment {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Deployment"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Description", Shape::Text),
                Property::required("RestApiId", Shape::Text).replaces(),
                Property::optional("StageDescription", STAGE),
                Property::optional("StageName", Shape::Text),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["DeploymentId"]
    }

    fn naming(&self) -> Naming {
        Naming::id(6)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId", "DeploymentId"]
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let names = ["Description", "RestApiId", "StageName"];
        let mut parameters = members(properties, &names);
        let stage = &properties["StageDescription"];
        parameters.extend(members(stage, &["TracingEnabled", "Variables"]));
        if let Some(description) = stage.get("Description") {
            parameters.insert("stageDescription".to_owned(), description.clone());
        }
        let parameters = Value::Object(parameters);
        let created = self
            .0
            .create_as("CreateDeployment", physical_id, parameters);
        unless_again(created, again, CONFLICT)
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("DeploymentId", physical_id.to_owned())]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let described = Vec::from_iter(patch("Description", "", old, new));
        let it = deployment(physical_id, new);
        update(&self.0, "UpdateDeployment", it, described).await?;
        if old.get("StageName") != new.get("StageName") {
            self.delete_stage(physical_id, old).await?;
        }
        let Some(name) = new.get("StageName") else {
            return Ok(());
        };
        let stage = json!({ "restApiId": new["RestApiId"], "stageName": name });
        if !has(&*self.0, "GetStage", stage.clone(), MISSING).await? {
            let mut created = stage.clone();
            created["deploymentId"] = json!(physical_id);
            ask(&*self.0, "CreateStage", created).await?;
        }
        let none = json!({});
        let [from, to] = [old, new].map(|it| it.get("StageDescription").unwrap_or(&none));
        let mut operations = Vec::from_iter(patch("Description", "", from, to));
        operations.extend(patch("TracingEnabled", "false", from, to));
        let found = ask(&*self.0, "GetStage", stage.clone()).await?;
        let variables = patch_texts("/variables", &found["variables"], &to["Variables"]);
        operations.extend(variables);
        update(&self.0, "UpdateStage", stage, operations).await
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        self.delete_stage(physical_id, properties).await?;
        let deployment = deployment(physical_id, properties);
        ask(&*self.0, "DeleteDeployment", deployment)
            .await
            .map(drop)
    }
}

impl Deployment {
    /// Deletes the stage that the properties name, if it serves this deployment.
    async fn delete_stage(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let Some(name) = properties.get("StageName") else {
            return Ok(());
        };
        let stage = json!({ "restApiId": properties["RestApiId"], "stageName": name });
        match ask(&*self.0, "GetStage", stage.clone()).await {
            Ok(found) if found["deploymentId"] == physical_id => {
                ask_unless(&*self.0, "DeleteStage", stage, MISSING).await
            }
            Ok(_) => Ok(()),
            Err(fault) if fault.code == MISSING => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

fn deployment(id: &str, properties: &Value) -> Value {
    json!({ "restApiId": properties["RestApiId"], "deploymentId": id })
}
