//! AWS::DynamoDB::Table.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::tags::{TagOperations, retag};
use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, Update, ask, attributes, has,
    list, only, unless_again,
};
use crate::dynamodb::DynamoDb;
use crate::fault::Fault;

pub struct Table(pub Arc<DynamoDb>);

const ATTRIBUTE: Shape = Shape::Object(&[
    Property::required("AttributeName", Shape::Text),
    Property::required("AttributeType", Shape::Text),
]);
const KEY: Shape = Shape::Object(&[
    Property::required("AttributeName", Shape::Text),
    Property::required("KeyType", Shape::Text),
]);
const PROJECTION: Shape = Shape::Object(&[
    Property::optional("NonKeyAttributes", Shape::List(&Shape::Text)),
    Property::optional("ProjectionType", Shape::Text),
]);
const THROUGHPUT_SHAPE: Shape = Shape::Object(&[
    Property::required("ReadCapacityUnits", Shape::Whole),
    Property::required("WriteCapacityUnits", Shape::Whole),
]);
const ON_DEMAND_SHAPE: Shape = Shape::Object(&[
    Property::optional("MaxReadRequestUnits", Shape::Whole),
    Property::optional("MaxWriteRequestUnits", Shape::Whole),
]);
const GLOBAL_INDEX: Shape = Shape::Object(&[
    Property::required("IndexName", Shape::Text),
    Property::required("KeySchema", Shape::List(&KEY)),
    Property::required("Projection", PROJECTION),
    Property::optional(THROUGHPUT, THROUGHPUT_SHAPE),
]);
const LOCAL_INDEX: Shape = Shape::Object(&[
    Property::required("IndexName", Shape::Text),
    Property::required("KeySchema", Shape::List(&KEY)),
    Property::required("Projection", PROJECTION),
]);
const RECOVERY_SHAPE: Shape = Shape::Object(&[
    Property::optional("PointInTimeRecoveryEnabled", Shape::Flag),
    Property::optional("RecoveryPeriodInDays", Shape::Whole),
]);
const ENCRYPTION: Shape = Shape::Object(&[
    Property::optional("KMSMasterKeyId", Shape::Text),
    Property::required(ENABLED, Shape::Flag),
    Property::optional("SSEType", Shape::Text),
]);
const STREAM: Shape = Shape::Object(&[Property::required("StreamViewType", Shape::Text)]);
const EXPIRY: Shape = Shape::Object(&[
    Property::optional("AttributeName", Shape::Text),
    Property::required("Enabled", Shape::Flag),
]);
const TAG_OPERATIONS: TagOperations = TagOperations::new("ResourceArn", "Tags", "TagKeys");
const MISSING: &str = "ResourceNotFoundException";
const DEFINITIONS: &str = "AttributeDefinitions";
const ENCRYPTED: &str = "SSESpecification";
/// `Enabled` in DynamoDB's API.
const ENABLED: &str = "SSEEnabled";
const INDEXES: &str = "GlobalSecondaryIndexes";
const ON_DEMAND: &str = "OnDemandThroughput";
const THROUGHPUT: &str = "ProvisionedThroughput";
const UNITS: [&str; 2] = ["ReadCapacityUnits", "WriteCapacityUnits"];
const RECOVERY: &str = "PointInTimeRecoverySpecification";
const EXPIRES: &str = "TimeToLiveSpecification";
/// What `CreateTable` takes under the same name.
const CREATED: &[&str] = &[
    DEFINITIONS,
    "BillingMode",
    "DeletionProtectionEnabled",
    INDEXES,
    "KeySchema",
    "LocalSecondaryIndexes",
    THROUGHPUT,
    "TableClass",
    "Tags",
];

#[async_trait]
impl ResourceType for Table {
    fn name(&self) -> &'static str {
        "AWS::DynamoDB::Table"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional(DEFINITIONS, Shape::List(&ATTRIBUTE)),
                Property::optional("BillingMode", Shape::Text),
                Property::optional("DeletionProtectionEnabled", Shape::Flag),
                Property::optional(INDEXES, Shape::List(&GLOBAL_INDEX)),
                Property::required("KeySchema", Shape::List(&KEY)).replaces(),
                Property::optional("LocalSecondaryIndexes", Shape::List(&LOCAL_INDEX)).replaces(),
                Property::optional(ON_DEMAND, ON_DEMAND_SHAPE),
                Property::optional(RECOVERY, RECOVERY_SHAPE),
                Property::optional(THROUGHPUT, THROUGHPUT_SHAPE),
                Property::optional(ENCRYPTED, ENCRYPTION),
                Property::optional("StreamSpecification", STREAM),
                Property::optional("TableClass", Shape::Text),
                Property::optional("TableName", Shape::Text).replaces(),
                TAGS,
                Property::optional(EXPIRES, EXPIRY),
            ]
        }
    }

    fn refusal(&self, properties: &Value) -> Option<String> {
        if properties[ENCRYPTED]["SSEType"]
            .as_str()
            .is_some_and(|kind| kind != "KMS")
        {
            return Some(format!("the only SSEType in {ENCRYPTED} is KMS"));
        }
        let enabled = &properties[RECOVERY]["PointInTimeRecoveryEnabled"];
        (*enabled == json!(true)).then(|| {
            format!(
                "the sandbox has no backups that a table could be recovered from ({RECOVERY}); set \
                 PointInTimeRecoveryEnabled to false, or deploy to AWS"
            )
        })
    }

    /// Another type of an attribute that exists is another key.
    fn update_of(&self, property: &Property, old: &Value, new: &Value) -> Update {
        let has_other_type = |definition: &Value| {
            let mut before = list(old, DEFINITIONS).iter();
            before.any(|it| {
                it["AttributeName"] == definition["AttributeName"]
                    && it["AttributeType"] != definition["AttributeType"]
            })
        };
        if property.name == DEFINITIONS && list(new, DEFINITIONS).iter().any(has_other_type) {
            return Update::Replace;
        }
        property.update
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn", "StreamArn"]
    }

    fn naming(&self) -> Naming {
        Naming::by("TableName", 255)
    }

    async fn exists(&self, physical_id: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "TableName": physical_id });
        has(&*self.0, "DescribeTable", parameters, MISSING).await
    }

    async fn live(&self, physical_id: &str, properties: &Value) -> Result<Live, Fault> {
        let exists = self.exists(physical_id, properties).await?;
        Ok(Live::existing(exists, properties))
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let mut parameters = only(properties, CREATED);
        parameters.insert("TableName".to_owned(), json!(physical_id));
        if let Some(Value::Object(mut specification)) = properties.get(ENCRYPTED).cloned() {
            let enabled = specification.remove(ENABLED).unwrap_or_default();
            specification.insert("Enabled".to_owned(), enabled);
            parameters.insert(ENCRYPTED.to_owned(), Value::Object(specification));
        }
        if let Some(stream) = stream(properties) {
            parameters.insert("StreamSpecification".to_owned(), stream);
        }
        let created = ask(&*self.0, "CreateTable", Value::Object(parameters)).await;
        unless_again(created, again, "ResourceInUseException")?;
        self.limit(physical_id, properties).await?;
        self.expire(physical_id, properties).await
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        let table = self.description(physical_id).await?;
        let stream = table["LatestStreamArn"].as_str().unwrap_or_default();
        Ok(attributes([
            ("Arn", DynamoDb::table_arn(physical_id)),
            ("StreamArn", stream.to_owned()),
        ]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let table = self.description(physical_id).await?;
        if let Some(fixed) = unchangeable(&table, old, new) {
            let message = format!("the sandbox cannot change {fixed} of a table that exists");
            return Err(Fault::invalid("ValidationException", message));
        }
        for mut change in changes(&table, new) {
            change.insert("TableName".to_owned(), json!(physical_id));
            ask(&*self.0, "UpdateTable", Value::Object(change)).await?;
        }
        self.limit(physical_id, new).await?;
        self.expire(physical_id, new).await?;
        let arn = DynamoDb::table_arn(physical_id);
        retag(&*self.0, &TAG_OPERATIONS, &arn, old, new).await
    }

    async fn delete(&self, physical_id: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "TableName": physical_id });
        ask(&*self.0, "DeleteTable", parameters).await.map(drop)
    }
}

impl Table {
    async fn description(&self, table: &str) -> Result<Value, Fault> {
        let parameters = json!({ "TableName": table });
        let mut answer = ask(&*self.0, "DescribeTable", parameters).await?;
        Ok(answer["Table"].take())
    }

    /// Sets the limits of an on-demand table, which the library does not take with `CreateTable`.
    async fn limit(&self, table: &str, properties: &Value) -> Result<(), Fault> {
        let found = self.description(table).await?[ON_DEMAND].take();
        if limits(&found) == limits(&properties[ON_DEMAND]) {
            return Ok(());
        }
        let parameters = json!({ "TableName": table, ON_DEMAND: limits(&properties[ON_DEMAND]) });
        ask(&*self.0, "UpdateTable", parameters).await?;
        Ok(())
    }

    async fn expire(&self, table: &str, properties: &Value) -> Result<(), Fault> {
        let parameters = json!({ "TableName": table });
        let answer = ask(&*self.0, "DescribeTimeToLive", parameters).await?;
        let found = &answer["TimeToLiveDescription"];
        let is_on = found["TimeToLiveStatus"] == "ENABLED";
        let wanted = &properties[EXPIRES];
        let (specification, on) = if wanted["Enabled"] == json!(true) {
            (wanted.clone(), true)
        } else {
            (
                json!({ "AttributeName": found["AttributeName"], "Enabled": false }),
                false,
            )
        };
        if is_on == on && (!on || found["AttributeName"] == wanted["AttributeName"]) {
            return Ok(());
        }
        let parameters = json!({ "TableName": table, EXPIRES: specification });
        ask(&*self.0, "UpdateTimeToLive", parameters).await?;
        Ok(())
    }
}

/// The requests of `UpdateTable` that bring the table to what `new` says. Each changes one thing, as the
/// service requires; what an earlier attempt changed already is left out.
fn changes(table: &Value, new: &Value) -> Vec<Map<String, Value>> {
    let mut changes = Vec::new();
    let on_demand = |properties: &Value| properties["BillingMode"] == "PAY_PER_REQUEST";
    let is_on_demand = on_demand(&table["BillingModeSummary"]);
    let throughput = &new[THROUGHPUT];
    let current = only(&table[THROUGHPUT], &UNITS);
    if on_demand(new) != is_on_demand {
        changes.push(if on_demand(new) {
            json!({ "BillingMode": "PAY_PER_REQUEST" })
        } else {
            json!({ "BillingMode": "PROVISIONED", THROUGHPUT: throughput })
        });
    } else if !is_on_demand && throughput.is_object() && *throughput != Value::Object(current) {
        changes.push(json!({ THROUGHPUT: throughput }));
    }
    let protected = |value: &Value| value["DeletionProtectionEnabled"] == json!(true);
    if protected(table) != protected(new) {
        changes.push(json!({ "DeletionProtectionEnabled": protected(new) }));
    }
    let class = |value: &Value| {
        value["TableClass"]
            .as_str()
            .unwrap_or("STANDARD")
            .to_owned()
    };
    if class(&table["TableClassSummary"]) != class(new) {
        changes.push(json!({ "TableClass": class(new) }));
    }
    changes.extend(stream_changes(table, new));
    changes.extend(index_changes(table, new));
    changes
        .into_iter()
        .filter_map(|change| match change {
            Value::Object(members) => Some(members),
            _ => None,
        })
        .collect()
}

/// Of `OnDemandThroughput`; -1 stands for none.
fn limits(throughput: &Value) -> Value {
    let limit = |name: &str| throughput.get(name).cloned().unwrap_or(json!(-1));
    json!({
        "MaxReadRequestUnits": limit("MaxReadRequestUnits"),
        "MaxWriteRequestUnits": limit("MaxWriteRequestUnits"),
    })
}

/// What would change and the library takes only with `CreateTable`. What is so already, as in a rollback
/// of such a change, is none.
fn unchangeable(table: &Value, old: &Value, new: &Value) -> Option<&'static str> {
    let found = &table["SSEDescription"];
    let is_encrypted = found["Status"] == "ENABLED";
    let has_key = |properties: &Value| {
        let key = properties[ENCRYPTED]["KMSMasterKeyId"].as_str()?;
        Some(found["KMSMasterKeyArn"].as_str()?.ends_with(key))
    };
    let other_key = match has_key(new) {
        Some(is_this) => !is_this,
        None => has_key(old) == Some(true),
    };
    if is_encrypted != (new[ENCRYPTED][ENABLED] == json!(true)) || is_encrypted && other_key {
        return Some(ENCRYPTED);
    }
    let index_in = |properties: &Value, index: &Value| {
        let mut indexes = list(properties, INDEXES).iter();
        let found = indexes.find(|other| other["IndexName"] == index["IndexName"]);
        found.map(|other| only(&other[THROUGHPUT], &UNITS))
    };
    let changes = |index: &&Value| {
        let wanted = index[THROUGHPUT].as_object();
        let differs = |properties| {
            let found = index_in(properties, index);
            found.is_some() && wanted.is_some() && found.as_ref() != wanted
        };
        differs(table) && differs(old)
    };
    let index = list(new, INDEXES).iter().find(changes);
    index.map(|_| "ProvisionedThroughput in GlobalSecondaryIndexes")
}

fn stream(properties: &Value) -> Option<Value> {
    let view = properties["StreamSpecification"].get("StreamViewType")?;
    Some(json!({ "StreamEnabled": true, "StreamViewType": view }))
}

fn stream_changes(table: &Value, new: &Value) -> Vec<Value> {
    let current = &table["StreamSpecification"];
    let current = (current["StreamEnabled"] == json!(true)).then(|| current.clone());
    let wanted = stream(new);
    if current == wanted {
        return Vec::new();
    }
    // Another view is another stream.
    let off = current.map(|_| json!({ "StreamSpecification": { "StreamEnabled": false } }));
    let on = wanted.map(|it| json!({ "StreamSpecification": it }));
    off.into_iter().chain(on).collect()
}

fn index_changes(table: &Value, new: &Value) -> Vec<Value> {
    let (current, wanted) = (list(table, INDEXES), list(new, INDEXES));
    let mut changes = Vec::new();
    for index in current {
        if !wanted.iter().any(|other| is_same_index(index, other)) {
            let delete = json!({ "Delete": { "IndexName": index["IndexName"] } });
            changes.push(json!({ "GlobalSecondaryIndexUpdates": [delete] }));
        }
    }
    for index in wanted {
        if !current.iter().any(|other| is_same_index(index, other)) {
            let definitions = &new["AttributeDefinitions"];
            changes.push(json!({
                "AttributeDefinitions": definitions,
                "GlobalSecondaryIndexUpdates": [{ "Create": index }],
            }));
        }
    }
    changes
}

fn is_same_index(one: &Value, other: &Value) -> bool {
    let attributes = |index: &Value| {
        let mut names: Vec<String> = list(&index["Projection"], "NonKeyAttributes")
            .iter()
            .map(Value::to_string)
            .collect();
        names.sort();
        names
    };
    one["IndexName"] == other["IndexName"]
        && one["KeySchema"] == other["KeySchema"]
        && one["Projection"]["ProjectionType"] == other["Projection"]["ProjectionType"]
        && attributes(one) == attributes(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Value {
        json!({
            "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
            "ProvisionedThroughput": { "ReadCapacityUnits": 0, "WriteCapacityUnits": 0 },
            "GlobalSecondaryIndexes": [{
                "IndexName": "Old", "IndexStatus": "ACTIVE", "KeySchema": [],
                "Projection": { "ProjectionType": "ALL" },
            }],
        })
    }

    #[test]
    fn what_is_so_already_is_left_alone() {
        let index = json!({ "IndexName": "Old", "KeySchema": [], "Projection": { "ProjectionType": "ALL" } });
        let same = json!({ "BillingMode": "PAY_PER_REQUEST", INDEXES: [index] });
        assert_eq!(changes(&table(), &same), []);
    }

    #[test]
    fn each_request_changes_one_thing() {
        let new = json!({
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": { "ReadCapacityUnits": 1, "WriteCapacityUnits": 1 },
            "DeletionProtectionEnabled": true,
            "StreamSpecification": { "StreamViewType": "KEYS_ONLY" },
            "GlobalSecondaryIndexes": [{ "IndexName": "New" }],
        });
        let changes = changes(&table(), &new);
        let first: Vec<&str> = changes
            .iter()
            .filter_map(|change| change.keys().next_back().map(String::as_str))
            .collect();
        let expected = [
            "ProvisionedThroughput",
            "DeletionProtectionEnabled",
            "StreamSpecification",
            "GlobalSecondaryIndexUpdates",
            "GlobalSecondaryIndexUpdates",
        ];
        assert_eq!(first, expected);
    }
}
