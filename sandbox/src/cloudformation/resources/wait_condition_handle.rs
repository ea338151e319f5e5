//! AWS::CloudFormation::WaitConditionHandle: nothing but a URL.

use async_trait::async_trait;
use serde_json::Value;

use super::{Naming, Property, ResourceType};
use crate::REGION;
use crate::fault::Fault;

pub struct WaitConditionHandle;

#[async_trait]
impl ResourceType for WaitConditionHandle {
    fn name(&self) -> &'static str {
        "AWS::CloudFormation::WaitConditionHandle"
    }

    fn properties(&self) -> &'static [Property] {
        &[]
    }

    fn naming(&self) -> Naming {
        Naming::generated(255)
    }

    fn physical_id(&self, name: &str, _: &Value) -> String {
        format!("https://cloudformation-waitcondition-{REGION}.s3.amazonaws.com/{name}")
    }

    async fn create(&self, _: &str, _: &Value, _: bool) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(&self, _: &str, _: &Value) -> Result<(), Fault> {
        Ok(())
    }
}
