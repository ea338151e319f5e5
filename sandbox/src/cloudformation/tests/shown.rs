//! What the services say of resources, and all that they have.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{Sandbox, ask};

impl Sandbox {
    /// What the service says of a resource of this type.
    pub async fn shown(&self, kind: &str, physical_id: &str) -> Value {
        match kind {
            "AWS::ApiGateway::Account" => self.account_of_apis().await,
            _ if kind.starts_with("AWS::ApiGateway::") => self.in_apis(physical_id).await,
            "AWS::Cognito::UserPool" => self.user_pool(physical_id).await,
            "AWS::Cognito::UserPoolClient" => self.user_pool_client(physical_id).await,
            "AWS::DynamoDB::Table" => self.table(physical_id).await,
            "AWS::Events::EventBus" => self.event_bus(physical_id).await,
            "AWS::Events::Rule" => self.rule(physical_id).await,
            "AWS::IAM::ManagedPolicy" => self.managed_policy(physical_id).await,
            "AWS::IAM::Policy" => self.inline_policies().await,
            "AWS::IAM::Role" => self.role(physical_id).await,
            "AWS::Lambda::EventInvokeConfig" => self.event_invoke_config(physical_id).await,
            "AWS::Lambda::EventSourceMapping" => self.mapping(physical_id).await,
            "AWS::Lambda::Function" => self.function(physical_id).await,
            "AWS::Lambda::LayerVersion" => self.layer_version(physical_id).await,
            "AWS::Lambda::Permission" => self.permission(physical_id).await,
            "AWS::Logs::LogGroup" => self.log_group(physical_id).await,
            "AWS::S3::Bucket" => self.bucket(physical_id),
            "AWS::S3::BucketPolicy" => self.bucket(physical_id)["Policy"].clone(),
            "AWS::Scheduler::Schedule" => self.schedule(physical_id).await,
            "AWS::Scheduler::ScheduleGroup" => self.schedule_group(physical_id).await,
            "AWS::SNS::Subscription" => self.subscription(physical_id).await,
            "AWS::SNS::Topic" => self.topic(physical_id).await,
            "AWS::SNS::TopicPolicy" => self.policies_of_topics().await,
            "AWS::SQS::Queue" => self.queue(physical_id).await,
            "AWS::SQS::QueuePolicy" => self.queue_policies().await,
            _ => json!({ "PhysicalId": physical_id }),
        }
    }

    /// All that there is in the services, with what they say of it.
    pub async fn inventory(&self) -> Value {
        let dynamodb = &*self.platform.dynamodb;
        let listed = ask(dynamodb, "ListTables", json!({})).await;
        let mut tables = Map::new();
        for name in texts(&listed.expect("listed")["TableNames"]) {
            let table = self.table(&name).await;
            tables.insert(name, table);
        }
        let mut roles = Map::new();
        for name in self.names("ListRoles", "Roles", "RoleName").await {
            let role = self.role(&name).await;
            roles.insert(name, role);
        }
        let mut policies = Map::new();
        for arn in self.names("ListPolicies", "Policies", "Arn").await {
            let policy = self.managed_policy(&arn).await;
            policies.insert(arn, policy);
        }
        let listed = ask(&*self.platform.lambda, "ListFunctions", json!({})).await;
        let mut functions = Map::new();
        for function in items(&listed.expect("listed")["Functions"]) {
            let name = text(&function["FunctionName"]);
            let function = self.function(&name).await;
            functions.insert(name, function);
        }
        let layers = ask(&*self.platform.lambda, "ListLayers", json!({})).await;
        let groups = ask(&*self.platform.logs, "DescribeLogGroups", json!({})).await;
        let mut buckets = Map::new();
        for name in self.platform.s3.bucket_names() {
            let bucket = self.bucket(&name);
            buckets.insert(name, bucket);
        }
        json!({
            "Tables": tables, "Roles": roles, "Policies": policies, "Functions": functions, "Layers": layers.expect("listed"),
            "LogGroups": groups.expect("listed")["logGroups"], "Buckets": buckets,
            "Topics": self.topics().await, "Queues": self.queues().await, "Mappings": self.mappings().await,
            "Buses": self.buses().await, "Rules": self.rules().await,
            "Schedules": self.schedules().await, "ScheduleGroups": self.schedule_groups().await,
            "Pools": self.user_pools().await,
            "Apis": self.apis().await, "AccountOfApis": self.account_of_apis().await,
        })
    }

    async fn names(&self, operation: &'static str, list: &str, member: &str) -> Vec<String> {
        let listed = ask(&*self.platform.iam, operation, json!({})).await;
        let listed = listed.expect("listed");
        let names = items(&listed[list]).iter().map(|item| text(&item[member]));
        names.collect()
    }

    async fn table(&self, name: &str) -> Value {
        let dynamodb = &*self.platform.dynamodb;
        let parameters = json!({ "TableName": name });
        let described = ask(dynamodb, "DescribeTable", parameters.clone()).await;
        let mut table = described.expect("it is there")["Table"].take();
        let ttl = ask(dynamodb, "DescribeTimeToLive", parameters.clone()).await;
        table["TimeToLive"] = ttl.expect("it is there")["TimeToLiveDescription"].take();
        let backups = ask(dynamodb, "DescribeContinuousBackups", parameters).await;
        table["Backups"] = backups.expect("it is there")["ContinuousBackupsDescription"].take();
        let tags = json!({ "ResourceArn": table["TableArn"] });
        let tags = ask(dynamodb, "ListTagsOfResource", tags).await;
        table["Tags"] = by_key(&tags.expect("listed")["Tags"]);
        table
    }

    async fn role(&self, name: &str) -> Value {
        let iam = &*self.platform.iam;
        let parameters = json!({ "RoleName": name });
        let found = ask(iam, "GetRole", parameters.clone()).await;
        let mut role = found.expect("it is there")["Role"].take();
        role["AssumeRolePolicyDocument"] = decoded(&role["AssumeRolePolicyDocument"]);
        role["Tags"] = by_key(&role["Tags"]);
        let attached = ask(iam, "ListAttachedRolePolicies", parameters.clone()).await;
        let attached = attached.expect("listed");
        let arns = items(&attached["AttachedPolicies"]).iter();
        role["Attached"] = arns.map(|policy| policy["PolicyArn"].clone()).collect();
        let inline = ask(iam, "ListRolePolicies", parameters).await;
        let mut documents = Map::new();
        for policy in texts(&inline.expect("listed")["PolicyNames"]) {
            let parameters = json!({ "RoleName": name, "PolicyName": policy });
            let found = ask(iam, "GetRolePolicy", parameters).await;
            let found = found.expect("it is there");
            documents.insert(policy, decoded(&found["PolicyDocument"]));
        }
        role["Inline"] = Value::Object(documents);
        role
    }

    /// The inline policies of all roles that have any.
    async fn inline_policies(&self) -> Value {
        let mut policies = Map::new();
        for name in self.names("ListRoles", "Roles", "RoleName").await {
            let inline = self.role(&name).await["Inline"].take();
            if inline != json!({}) {
                policies.insert(name, inline);
            }
        }
        Value::Object(policies)
    }

    async fn managed_policy(&self, arn: &str) -> Value {
        let iam = &*self.platform.iam;
        let found = ask(iam, "GetPolicy", json!({ "PolicyArn": arn })).await;
        let mut policy = found.expect("it is there")["Policy"].take();
        let version = json!({ "PolicyArn": arn, "VersionId": policy["DefaultVersionId"] });
        let version = ask(iam, "GetPolicyVersion", version).await;
        policy["Document"] = decoded(&version.expect("it is there")["PolicyVersion"]["Document"]);
        let mut roles = Vec::new();
        for name in self.names("ListRoles", "Roles", "RoleName").await {
            if texts(&self.role(&name).await["Attached"]).contains(&arn.to_owned()) {
                roles.push(name);
            }
        }
        policy["Roles"] = json!(roles);
        policy
    }

    async fn function(&self, name: &str) -> Value {
        let lambda = &*self.platform.lambda;
        let parameters = json!({ "FunctionName": name });
        let found = ask(lambda, "GetFunction", parameters.clone()).await;
        let mut function = found.expect("it is there");
        function["Code"].take();
        // Each update changes them, that of a rollback too.
        for member in ["LastModified", "RevisionId"] {
            function["Configuration"][member].take();
        }
        let policy = ask(lambda, "GetPolicy", parameters).await;
        let policy = policy.map_or(Value::Null, |it| parsed(&it["Policy"]));
        function["Statements"] = policy["Statement"].clone();
        function
    }

    async fn permission(&self, id: &str) -> Value {
        let listed = ask(&*self.platform.lambda, "ListFunctions", json!({})).await;
        for function in items(&listed.expect("listed")["Functions"]) {
            let function = self.function(&text(&function["FunctionName"])).await;
            let statements = items(&function["Statements"]).iter();
            if let Some(found) = statements.clone().find(|statement| statement["Sid"] == id) {
                return found.clone();
            }
        }
        Value::Null
    }

    async fn log_group(&self, name: &str) -> Value {
        let logs = &*self.platform.logs;
        let named = json!({ "logGroupNamePrefix": name });
        let found = ask(logs, "DescribeLogGroups", named).await;
        let mut group = found.expect("it is there")["logGroups"][0].take();
        let tags = json!({ "resourceArn": group["arn"] });
        let tags = ask(logs, "ListTagsForResource", tags).await;
        group["tags"] = tags.expect("listed")["tags"].take();
        group
    }

    async fn layer_version(&self, physical_id: &str) -> Value {
        let version = json!({ "Arn": physical_id });
        let lambda = &*self.platform.lambda;
        let found = ask(lambda, "GetLayerVersionByArn", version).await;
        let mut version = found.expect("it is there");
        // A link is new each time.
        version["Content"]["Location"].take();
        let arn = version["LayerArn"].as_str().map(str::to_owned);
        version["LayerName"] = json!(arn.and_then(|arn| Some(arn.rsplit_once(':')?.1.to_owned())));
        version
    }

    async fn event_invoke_config(&self, physical_id: &str) -> Value {
        let (function, qualifier) = physical_id.split_once('|').expect("both");
        let config = json!({ "FunctionName": function, "Qualifier": qualifier });
        let lambda = &*self.platform.lambda;
        let found = ask(lambda, "GetFunctionEventInvokeConfig", config).await;
        let mut config = found.expect("it is there");
        // Each update changes it, that of a rollback too.
        config["LastModified"].take();
        config
    }

    async fn mappings(&self) -> Map<String, Value> {
        let listed = ask(&*self.platform.lambda, "ListEventSourceMappings", json!({})).await;
        let mut mappings = Map::new();
        for mapping in items(&listed.expect("listed")["EventSourceMappings"]) {
            let id = text(&mapping["UUID"]);
            let mapping = self.mapping(&id).await;
            mappings.insert(id, mapping);
        }
        mappings
    }

    async fn mapping(&self, id: &str) -> Value {
        let found = json!({ "UUID": id });
        let found = ask(&*self.platform.lambda, "GetEventSourceMapping", found).await;
        let mut mapping = found.expect("it is there");
        // Each update changes it, that of a rollback too.
        mapping["LastModified"].take();
        let tags = json!({ "Resource": mapping["EventSourceMappingArn"] });
        let tags = ask(&*self.platform.lambda, "ListTags", tags).await;
        mapping["Tags"] = tags.expect("listed")["Tags"].take();
        mapping
    }

    /// By URL.
    async fn queues(&self) -> Map<String, Value> {
        let listed = ask(&*self.platform.sqs, "ListQueues", json!({})).await;
        let mut queues = Map::new();
        for url in texts(&listed.expect("listed")["QueueUrls"]) {
            let queue = self.queue(&url).await;
            queues.insert(url, queue);
        }
        queues
    }

    async fn queue(&self, url: &str) -> Value {
        let sqs = &*self.platform.sqs;
        let all = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        let found = ask(sqs, "GetQueueAttributes", all).await;
        let mut queue = found.expect("it is there")["Attributes"].take();
        // A queue that is created or changed again has others.
        for member in ["CreatedTimestamp", "LastModifiedTimestamp"] {
            queue[member].take();
        }
        for policy in ["Policy", "RedriveAllowPolicy", "RedrivePolicy"] {
            if queue.get(policy).is_some() {
                queue[policy] = parsed(&queue[policy]);
            }
        }
        queue["QueueName"] = url.rsplit('/').next().into();
        let tags = ask(sqs, "ListQueueTags", json!({ "QueueUrl": url })).await;
        queue["Tags"] = match tags.expect("listed")["Tags"].take() {
            Value::Null => json!({}),
            tags => tags,
        };
        queue
    }

    /// Of the queues called `id-end`, by the one and by the other.
    async fn queue_policies(&self) -> Value {
        let mut policies = json!({});
        for queue in self.queues().await.values() {
            if let (Some((id, end)), Some(policy)) = (
                queue["QueueName"]
                    .as_str()
                    .unwrap_or_default()
                    .split_once('-'),
                queue.get("Policy"),
            ) {
                policies[id][end] = policy.clone();
            }
        }
        policies
    }

    fn bucket(&self, name: &str) -> Value {
        let mut bucket = self.platform.s3.bucket_documents(name);
        bucket["Name"] = json!(name);
        bucket
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(list: &Value) -> Vec<String> {
    items(list).iter().map(text).collect()
}

/// The values of tags by their keys.
fn by_key(tags: &Value) -> Value {
    let tags = items(tags).iter();
    let tags = tags.map(|tag| (text(&tag["Key"]), tag["Value"].clone()));
    Value::Object(tags.collect())
}

fn decoded(document: &Value) -> Value {
    let text = text(document);
    let decoded = percent_decode_str(&text).decode_utf8().expect("UTF-8");
    serde_json::from_str(&decoded).expect("JSON")
}

fn parsed(document: &Value) -> Value {
    serde_json::from_str(&text(document)).expect("JSON")
}
