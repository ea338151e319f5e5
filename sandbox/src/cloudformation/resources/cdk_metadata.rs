//! AWS::CDK::Metadata, which the CDK adds to its templates: it makes nothing.

use async_trait::async_trait;
use serde_json::Value;

use super::{Naming, Property, ResourceType, Shape};
use crate::fault::Fault;

pub struct CdkMetadata;

#[async_trait]
impl ResourceType for CdkMetadata {
    fn name(&self) -> &'static str {
        "AWS::CDK::Metadata"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Analytics", Shape::Text),
                Property::optional("Modules", Shape::Text),
            ]
        }
    }

    fn naming(&self) -> Naming {
        Naming::generated(255)
    }

    async fn create(&self, _: &str, _: &Value, _: bool) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(&self, _: &str, _: &Value) -> Result<(), Fault> {
        Ok(())
    }
}
