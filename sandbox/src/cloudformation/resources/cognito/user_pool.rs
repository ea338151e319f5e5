//! AWS::Cognito::UserPool.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::{
    Attributes, Naming, Property, ResourceType, Shape, ask, attributes, has, unless_again,
};
use super::MISSING;
use crate::REGION;
use crate::cognito::{Cognito, pool_arn, provider};
use crate::fault::Fault;

pub struct UserPool(pub Arc<Cognito>);

const NAME: &str = "UserPoolName";
const TAGS: &str = "UserPoolTags";
/// What the service says when there is a pool of this id.
const CONFLICT: &str = "ResourceConflictException";

const ADMINISTRATION: Shape =
    Shape::Object(&[Property::optional("AllowAdminCreateUserOnly", Shape::Flag)]);
const ATTRIBUTE: Shape = Shape::Object(&[
    Property::optional("AttributeDataType", Shape::Text),
    Property::optional("DeveloperOnlyAttribute", Shape::Flag),
    Property::optional("Mutable", Shape::Flag),
    Property::required("Name", Shape::Text),
    Property::optional("Required", Shape::Flag),
    Property::optional("StringAttributeConstraints", LENGTHS),
]);
const LENGTHS: Shape = Shape::Object(&[
    Property::optional("MaxLength", Shape::Text),
    Property::optional("MinLength", Shape::Text),
]);
const MAIL: Shape = Shape::Object(&[Property::optional("EmailSendingAccount", Shape::Text)]);
const MESSAGES: Shape = Shape::Object(&[Property::optional("DefaultEmailOption", Shape::Text)]);
const NAMES: Shape = Shape::Object(&[Property::optional("CaseSensitive", Shape::Flag)]);
const POLICIES: Shape = Shape::Object(&[Property::optional("PasswordPolicy", PASSWORD_POLICY)]);
const PASSWORD_POLICY: Shape = Shape::Object(&[
    Property::optional("MinimumLength", Shape::Whole),
    Property::optional("RequireLowercase", Shape::Flag),
    Property::optional("RequireNumbers", Shape::Flag),
    Property::optional("RequireSymbols", Shape::Flag),
    Property::optional("RequireUppercase", Shape::Flag),
    Property::optional("TemporaryPasswordValidityDays", Shape::Whole),
]);
const RECOVERY: Shape = Shape::Object(&[Property::required(
    "RecoveryMechanisms",
    Shape::List(&RECOVERY_MECHANISM),
)]);
const RECOVERY_MECHANISM: Shape = Shape::Object(&[
    Property::required("Name", Shape::Text),
    Property::required("Priority", Shape::Whole),
]);

#[async_trait]
impl ResourceType for UserPool {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPool"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("AccountRecoverySetting", RECOVERY),
                Property::optional("AdminCreateUserConfig", ADMINISTRATION),
                Property::optional("AutoVerifiedAttributes", Shape::List(&Shape::Text)),
                Property::optional("DeletionProtection", Shape::Text),
                Property::optional("EmailConfiguration", MAIL),
                Property::optional("MfaConfiguration", Shape::Text),
                Property::optional("Policies", POLICIES),
                Property::optional("Schema", Shape::List(&ATTRIBUTE)),
                Property::optional("UserPoolName", Shape::Text),
                Property::optional("UserPoolTags", Shape::Texts),
                Property::optional("UserPoolTier", Shape::Text),
                Property::optional("UsernameAttributes", Shape::List(&Shape::Text)),
                Property::optional("UsernameConfiguration", NAMES),
                Property::optional("VerificationMessageTemplate", MESSAGES),
            ]
        }
    }

    fn with_stack_tags(&self, mut properties: Value, tags: &BTreeMap<String, String>) -> Value {
        let mut all = json!(tags);
        for (key, value) in properties[TAGS].as_object().into_iter().flatten() {
            all[key] = value.clone();
        }
        if all.as_object().is_some_and(|all| !all.is_empty()) {
            properties[TAGS] = all;
        }
        properties
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn", "ProviderName", "ProviderURL", "UserPoolId"]
    }

    fn naming(&self) -> Naming {
        Naming::id(9)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["UserPoolId"]
    }

    fn physical_id(&self, name: &str, _: &Value) -> String {
        format!("{REGION}_{name}")
    }

    async fn exists(&self, pool: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "UserPoolId": pool });
        has(&*self.0, "DescribeUserPool", parameters, MISSING).await
    }

    async fn create(&self, pool: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        let parameters = parameters(pool, properties);
        let created = self.0.create_as("CreateUserPool", pool, parameters);
        unless_again(created, again, CONFLICT)
    }

    async fn attributes(&self, pool: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([
            ("Arn", pool_arn(pool)),
            ("ProviderName", provider(pool)),
            ("ProviderURL", format!("https://{}", provider(pool))),
            ("UserPoolId", pool.to_owned()),
        ]))
    }

    /// Some properties stay as they are at the creation. (A replacement would lose the users.)
    async fn update(&self, pool: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        self.0.update_to(pool, parameters(pool, new))
    }

    async fn delete(&self, pool: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "UserPoolId": pool });
        ask(&*self.0, "DeleteUserPool", parameters).await.map(drop)
    }
}

/// The properties with the name that the operations have for the name.
fn parameters(pool: &str, properties: &Value) -> Value {
    let mut parameters = properties.clone();
    let Value::Object(members) = &mut parameters else {
        return parameters;
    };
    let name = members.remove(NAME);
    // As unlike others' as the id.
    let name = name.unwrap_or_else(|| json!(format!("UserPool-{pool}")));
    members.insert("PoolName".to_owned(), name);
    parameters
}
