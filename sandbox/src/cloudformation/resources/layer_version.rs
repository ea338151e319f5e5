//! AWS::Lambda::LayerVersion. It never changes: with each change, a new version takes its place.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, ask, attributes, has, look_up, only,
};
use crate::fault::Fault;
use crate::lambda::{Lambda, LayerVersionRef};

pub struct LayerVersion(pub Arc<Lambda>);

const CONTENT: Shape = Shape::Object(&[
    Property::required("S3Bucket", Shape::Text),
    Property::required("S3Key", Shape::Text),
    Property::optional("S3ObjectVersion", Shape::Text),
]);
const MISSING: &str = "ResourceNotFoundException";
/// What `PublishLayerVersion` takes besides the name.
const PUBLISHED: [&str; 5] = [
    "CompatibleArchitectures",
    "CompatibleRuntimes",
    "Content",
    "Description",
    "LicenseInfo",
];

#[async_trait]
impl ResourceType for LayerVersion {
    fn name(&self) -> &'static str {
        "AWS::Lambda::LayerVersion"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("CompatibleArchitectures", Shape::List(&Shape::Text)).replaces(),
                Property::optional("CompatibleRuntimes", Shape::List(&Shape::Text)).replaces(),
                Property::required("Content", CONTENT).replaces(),
                Property::optional("Description", Shape::Text).replaces(),
                Property::optional("LayerName", Shape::Text).replaces(),
                Property::optional("LicenseInfo", Shape::Text).replaces(),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["LayerVersionArn"]
    }

    /// Its versions have the name of the layer, and a number.
    fn naming(&self) -> Naming {
        Naming::generated(140)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["LayerVersionArn"]
    }

    /// The ARN of the next version.
    fn physical_id(&self, name: &str, properties: &Value) -> String {
        let layer = properties["LayerName"].as_str().unwrap_or(name);
        match self.0.next_layer_version(layer) {
            Ok(version) => version.arn(),
            // It will be refused.
            Err(_) => layer.to_owned(),
        }
    }

    async fn exists(&self, arn: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "Arn": arn });
        has(&*self.0, "GetLayerVersionByArn", parameters, MISSING).await
    }

    async fn live(&self, arn: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "Arn": arn });
        let found = look_up(&*self.0, "GetLayerVersionByArn", parameters, MISSING).await?;
        Ok(match found {
            Some(_) => Live::Is(properties.clone()),
            None => Live::Deleted,
        })
    }

    async fn create(&self, arn: &str, properties: &Value, _: bool) -> Result<(), Fault> {
        let mut parameters = only(properties, &PUBLISHED);
        let layer = LayerVersionRef::parse(arn)?.layer;
        parameters.insert("LayerName".to_owned(), json!(layer));
        let parameters = Value::Object(parameters);
        self.0.publish_layer_version(arn, parameters).await
    }

    async fn attributes(&self, arn: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("LayerVersionArn", arn.to_owned())]))
    }

    async fn delete(&self, arn: &str, _: &Value) -> Result<(), Fault> {
        let version = LayerVersionRef::parse(arn)?;
        let parameters = json!({ "LayerName": version.layer, "VersionNumber": version.number });
        ask(&*self.0, "DeleteLayerVersion", parameters)
            .await
            .map(drop)
    }
}
