//! An account in a region: its stacks, and its limits as buckets of tokens. Pure: the time is given.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::form::Asked;
use crate::cloud::limits::{Family, Limit, Work, families, limits, load};

/// How many stacks a page of `DescribeStacks` has.
const PAGE: usize = 100;
/// Less than this of a token is missing only because those who wait round to nanoseconds, each time.
const ROUNDING: f64 = 1e-3;
/// The output of the shared stack that names the artifact bucket.
const BUCKET: &str = "ArtifactBucket";

/// What the template of the students' stacks has.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    pub parameters: Vec<String>,
    /// Logical ids and types.
    pub resources: Vec<(String, String)>,
    /// The text.
    pub template: String,
    /// Those of stacks that are there from the beginning; none where nobody looks at them.
    pub functions: Vec<Function>,
    pub own: OwnTimes,
    /// Those of the shared stack.
    pub shared: OwnTimes,
}

#[derive(Clone, Debug)]
pub struct Function {
    /// How its name ends.
    pub end: String,
    /// As Lambda describes it, without its code.
    pub configuration: Value,
    /// The digest of the code that an update gives it.
    pub new_code: String,
}

/// How long CloudFormation takes for a stack, besides what limits take.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnTimes {
    pub creation: Duration,
    pub deletion: Duration,
}

#[derive(Debug)]
pub struct Account {
    buckets: BTreeMap<Family, Bucket>,
    /// The name of the stack that all others share; it asks nothing of services with limits.
    shared: String,
    contents: Contents,
    stacks: BTreeMap<String, Stack>,
    /// The functions that have new code.
    updated: BTreeSet<String>,
    /// How many requests came, by the limits that they count for; CloudFormation's own are among them.
    pub requests: BTreeMap<Family, u64>,
    /// How many requests came when there was no token for them.
    pub exceeded: u64,
    /// The requests that the model does not know.
    pub unknown: Vec<String>,
}

#[derive(Debug)]
struct Bucket {
    limit: Limit,
    tokens: f64,
    at: Duration,
}

#[derive(Debug)]
struct Stack {
    /// Of stacks that are created here, only the shared one has them: nobody asks for those of the others.
    tags: Vec<(String, String)>,
    parameters: Vec<(String, String)>,
    is_deletion: bool,
    ends: Duration,
}

impl Bucket {
    fn new(limit: Limit) -> Self {
        Self {
            tokens: f64::from(limit.burst),
            at: Duration::ZERO,
            limit,
        }
    }

    /// Takes tokens; returns how long the last of them has to be waited for, and how many were missing. What
    /// needs more than the bucket holds has to find it full.
    fn take(&mut self, tokens: u32, now: Duration) -> (Duration, u64) {
        let (burst, tokens) = (f64::from(self.limit.burst), f64::from(tokens));
        let added = now.saturating_sub(self.at).as_secs_f64() * self.limit.per_second;
        self.at = self.at.max(now);
        self.tokens = (self.tokens + added).min(burst) - tokens;
        let allowed = (burst - tokens).min(0.0);
        let missing = (allowed - self.tokens - ROUNDING).max(0.0).ceil();
        let wait = (-self.tokens / self.limit.per_second).max(0.0);
        (Duration::from_secs_f64(wait), missing as u64)
    }
}

/// What CloudFormation says of a stack that there is none of.
fn missing(name: &str) -> (u16, String) {
    let message = format!("Stack with id {name} does not exist");
    refusal("ValidationError", &message)
}

fn refusal(code: &str, message: &str) -> (u16, String) {
    let error = format!("<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>");
    (
        400,
        format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>"),
    )
}

fn result(operation: &str, text: &str) -> (u16, String) {
    let result = format!("<{operation}Result>{text}</{operation}Result>");
    (
        200,
        format!("<{operation}Response>{result}</{operation}Response>"),
    )
}

fn id(name: &str) -> String {
    format!("arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/1")
}

/// The name of a stack that is called by its name or its id.
fn name(called: &str) -> &str {
    match called.starts_with("arn:") {
        true => called.split('/').nth(1).unwrap_or_default(),
        false => called,
    }
}

impl Account {
    pub fn new(region: &str, shared: &str, contents: Contents) -> Self {
        let buckets = limits(region).map(|limit| (limit.family, Bucket::new(limit)));
        Self {
            buckets: buckets.collect(),
            shared: shared.to_owned(),
            contents,
            stacks: BTreeMap::new(),
            updated: BTreeSet::new(),
            requests: BTreeMap::new(),
            exceeded: 0,
            unknown: Vec::new(),
        }
    }

    /// The same with a stack that is there from the beginning.
    pub fn with_stack(
        mut self,
        name: &str,
        tags: &[(&str, &str)],
        parameters: &[(&str, &str)],
    ) -> Self {
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let stack = Stack {
            tags: tags.iter().map(pair).collect(),
            parameters: parameters.iter().map(pair).collect(),
            is_deletion: false,
            ends: Duration::ZERO,
        };
        self.stacks.insert(name.to_owned(), stack);
        self
    }

    /// How many stacks there are.
    pub fn living(&self) -> usize {
        self.stacks
            .values()
            .filter(|stack| !stack.is_deletion)
            .count()
    }

    fn own(&self, name: &str) -> OwnTimes {
        match name == self.shared {
            true => self.contents.shared,
            false => self.contents.own,
        }
    }

    /// What is asked of services with limits for a stack.
    fn load(&self, name: &str, work: Work) -> BTreeMap<Family, u32> {
        match name == self.shared {
            true => BTreeMap::new(),
            false => load(
                self.contents
                    .resources
                    .iter()
                    .map(|(_, kind)| kind.as_str()),
                work,
            ),
        }
    }

    pub(super) fn answer(&mut self, asked: &Asked, now: Duration) -> (u16, String) {
        let before = self.exceeded;
        for family in families(asked.service, &asked.operation) {
            self.take(*family, 1, now);
        }
        if self.exceeded > before {
            return refusal("Throttling", "Rate exceeded");
        }
        match (asked.service, asked.operation.as_str()) {
            ("cloudformation", operation) => self.stacks(operation, asked, now),
            ("s3", "HEAD" | "PUT") => (200, String::new()),
            ("s3", "DELETE") => (204, String::new()),
            ("s3", "GET") => (200, "<ListBucketResult/>".to_owned()),
            // The lists are empty: what else an account has does not matter here.
            ("s3", "ListBuckets") => (200, "<ListAllMyBucketsResult/>".to_owned()),
            ("iam", "ListRoles") => result("ListRoles", "<IsTruncated>false</IsTruncated><Roles/>"),
            ("dynamodb", "ListTables") => (200, "{\"TableNames\":[]}".to_owned()),
            ("lambda", "ListFunctions") => (200, "{\"Functions\":[]}".to_owned()),
            ("logs", "DescribeLogGroups") => (200, "{\"logGroups\":[]}".to_owned()),
            ("lambda", "GetFunction") => match self.function(asked) {
                Some(function) => (200, json!({ "Configuration": function }).to_string()),
                None => (404, "{}".to_owned()),
            },
            ("lambda", "UpdateFunctionCode") => {
                let name = asked.parameter("FunctionName").unwrap_or_default();
                self.updated.insert(name.to_owned());
                (200, self.function(asked).unwrap_or_default().to_string())
            }
            _ => self.not_known(asked),
        }
    }

    /// A function of a stack that was there from the beginning.
    fn function(&self, asked: &Asked) -> Option<Value> {
        let name = asked.parameter("FunctionName")?;
        let mut functions = self.contents.functions.iter();
        let function = functions.find(|it| name.ends_with(&it.end))?;
        let code = match self.updated.contains(name) {
            true => &function.new_code,
            false => "before",
        };
        let mut described = function.configuration.clone();
        described["CodeSha256"] = code.into();
        described["RevisionId"] = code.into();
        Some(described)
    }

    fn not_known(&mut self, asked: &Asked) -> (u16, String) {
        let request = format!("{}:{}", asked.service, asked.operation);
        self.unknown.push(request);
        refusal("InvalidAction", "the model does not have this operation")
    }

    fn take(&mut self, family: Family, tokens: u32, now: Duration) -> Duration {
        *self.requests.entry(family).or_default() += u64::from(tokens);
        let Some(bucket) = self.buckets.get_mut(&family) else {
            return Duration::ZERO;
        };
        let (wait, missing) = bucket.take(tokens, now);
        self.exceeded += missing;
        wait
    }

    /// When CloudFormation has asked all this of other services.
    fn end_of(&mut self, load: BTreeMap<Family, u32>, now: Duration) -> Duration {
        let waits = load
            .into_iter()
            .map(|(family, tokens)| self.take(family, tokens, now));
        now + waits.max().unwrap_or_default()
    }

    fn stacks(&mut self, operation: &str, asked: &Asked, now: Duration) -> (u16, String) {
        let called = asked.parameter("StackName").unwrap_or_default();
        let name = name(called).to_owned();
        match operation {
            "DescribeStacks" if name.is_empty() => self.page(asked.parameter("NextToken"), now),
            "DescribeStacks" => match self.described(&name, called != name, now) {
                Some(member) => result(operation, &format!("<Stacks>{member}</Stacks>")),
                None => missing(called),
            },
            "ValidateTemplate" => {
                let mut members = String::new();
                for parameter in &self.contents.parameters {
                    let key = format!("<ParameterKey>{parameter}</ParameterKey>");
                    let _ = write!(members, "<member>{key}</member>");
                }
                result(operation, &format!("<Parameters>{members}</Parameters>"))
            }
            "CreateStack" => {
                let load = self.load(&name, Work::Create);
                let stack = Stack {
                    tags: match name == self.shared {
                        true => asked.pairs("Tags"),
                        false => Vec::new(),
                    },
                    parameters: Vec::new(),
                    is_deletion: false,
                    ends: self.end_of(load, now) + self.own(&name).creation,
                };
                let answer = format!("<StackId>{}</StackId>", id(&name));
                self.stacks.insert(name, stack);
                result(operation, &answer)
            }
            "DeleteStack" => {
                let load = self.load(&name, Work::Delete);
                let is_there = self.stacks.get(&name).is_some_and(|it| !it.is_deletion);
                if is_there {
                    let ends = self.end_of(load, now) + self.own(&name).deletion;
                    if let Some(stack) = self.stacks.get_mut(&name) {
                        (stack.is_deletion, stack.ends) = (true, ends);
                    }
                }
                result(operation, "")
            }
            "DescribeStackEvents" => result(operation, "<StackEvents/>"),
            "ListStackResources" => result(operation, &self.resources(&name)),
            "GetTemplate" => {
                let text = self.contents.template.replace('&', "&amp;");
                let text = text.replace('<', "&lt;").replace('>', "&gt;");
                result(operation, &format!("<TemplateBody>{text}</TemplateBody>"))
            }
            "ListStacks" => result(operation, "<StackSummaries/>"),
            _ => self.not_known(asked),
        }
    }

    fn resources(&self, stack: &str) -> String {
        let resources = self
            .contents
            .resources
            .iter()
            .filter(|_| stack != self.shared);
        let members = resources.map(|(logical, kind)| {
            format!(
                "<member><LogicalResourceId>{logical}</LogicalResourceId><PhysicalResourceId>{stack}-\
                 {logical}</PhysicalResourceId><ResourceType>{kind}</ResourceType><ResourceStatus>\
                 CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-01-01T00:00:00Z\
                 </LastUpdatedTimestamp></member>"
            )
        });
        let members: String = members.collect();
        format!("<StackResourceSummaries>{members}</StackResourceSummaries>")
    }

    fn page(&self, token: Option<&str>, now: Duration) -> (u16, String) {
        let first: usize = token
            .and_then(|token| token.parse().ok())
            .unwrap_or_default();
        let names = self.stacks.keys().skip(first).take(PAGE);
        let members = names.filter_map(|name| self.described(name, false, now));
        let mut text = format!("<Stacks>{}</Stacks>", members.collect::<String>());
        if first + PAGE < self.stacks.len() {
            let _ = write!(text, "<NextToken>{}</NextToken>", first + PAGE);
        }
        result("DescribeStacks", &text)
    }

    /// A stack; one that is deleted is found by its id alone.
    fn described(&self, name: &str, by_id: bool, now: Duration) -> Option<String> {
        let stack = self.stacks.get(name)?;
        let status = match (stack.is_deletion, stack.ends <= now) {
            (false, false) => "CREATE_IN_PROGRESS",
            (false, true) => "CREATE_COMPLETE",
            (true, false) => "DELETE_IN_PROGRESS",
            (true, true) => "DELETE_COMPLETE",
        };
        if status == "DELETE_COMPLETE" && !by_id {
            return None;
        }
        let mut text = format!(
            "<member><StackName>{name}</StackName><StackId>{}</StackId><StackStatus>{status}\
             </StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Tags>",
            id(name)
        );
        for (key, value) in &stack.tags {
            let _ = write!(
                text,
                "<member><Key>{key}</Key><Value>{value}</Value></member>"
            );
        }
        text += "</Tags><Parameters>";
        for (key, value) in &stack.parameters {
            let key = format!("<ParameterKey>{key}</ParameterKey>");
            let value = format!("<ParameterValue>{value}</ParameterValue>");
            let _ = write!(text, "<member>{key}{value}</member>");
        }
        text += "</Parameters>";
        if name == self.shared {
            let output =
                format!("<OutputKey>{BUCKET}</OutputKey><OutputValue>artifacts</OutputValue>");
            let _ = write!(text, "<Outputs><member>{output}</member></Outputs>");
        }
        Some(text + "</member>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn account() -> Account {
        let function = |number: usize| (format!("F{number}"), "AWS::Lambda::Function".to_owned());
        let contents = Contents {
            parameters: vec!["Players".to_owned()],
            resources: (0..5).map(function).collect(),
            ..Contents::default()
        };
        Account::new("eu-west-1", "class", contents)
    }

    fn asks(account: &mut Account, operation: &str, name: &str, at: f64) -> String {
        let asked = Asked {
            service: "cloudformation",
            operation: operation.to_owned(),
            parameters: BTreeMap::from([("StackName".to_owned(), name.to_owned())]),
        };
        account.answer(&asked, seconds(at)).1
    }

    #[test]
    fn a_bucket_gives_what_it_holds_and_then_its_rate() {
        let lambda = limits("eu-west-1").find(|limit| limit.family == Family::LambdaControl);
        let mut bucket = Bucket::new(lambda.expect("a limit"));
        assert_eq!(bucket.take(15, seconds(0.0)), (Duration::ZERO, 0));
        assert_eq!(bucket.take(15, seconds(1.0)), (Duration::ZERO, 0));
        assert_eq!(bucket.take(15, seconds(1.8)), (seconds(0.2), 3));
        // It fills up, and no further.
        assert_eq!(bucket.take(15, seconds(60.0)).1, 0);
        // More than it holds.
        assert_eq!(bucket.take(30, seconds(120.0)), (seconds(1.0), 0));
        assert_eq!(bucket.take(1, seconds(121.0)).1, 1);
    }

    #[test]
    fn a_stack_takes_as_long_as_the_limits_beneath_it() {
        let mut account = account();
        for name in ["class", "a", "b", "c", "d"] {
            asks(&mut account, "CreateStack", name, 0.0);
        }
        assert_eq!(account.exceeded, 5, "the fourth came too soon");
        let status = |account: &mut Account, name: &str, at: f64| {
            let text = asks(account, "DescribeStacks", name, at);
            let (_, rest) = text.split_once("<StackStatus>").expect("a stack");
            rest.split_once('<').expect("its end").0.to_owned()
        };
        assert_eq!(status(&mut account, "c", 0.0), "CREATE_COMPLETE");
        assert_eq!(status(&mut account, "d", 0.2), "CREATE_IN_PROGRESS");
        assert_eq!(status(&mut account, "d", 0.4), "CREATE_COMPLETE");
        asks(&mut account, "DeleteStack", &id("a"), 60.0);
        assert_eq!(status(&mut account, &id("a"), 60.0), "DELETE_COMPLETE");
        assert!(asks(&mut account, "DescribeStacks", "a", 60.0).contains("does not exist"));
        assert!(!asks(&mut account, "DescribeStacks", "", 60.0).contains("stack/a/"));
        assert_eq!(account.requests[&Family::LambdaControl], 25);
    }

    #[test]
    fn a_request_that_comes_too_soon_is_refused_and_counted() {
        let mut account = account();
        let mut refused = 0;
        for _ in 0..12 {
            let text = asks(&mut account, "DescribeStacks", "", 0.0);
            refused += usize::from(text.contains("Throttling"));
        }
        assert_eq!((refused, account.exceeded), (2, 3));
        asks(&mut account, "DetectStackDrift", "a", 60.0);
        assert_eq!(account.unknown, ["cloudformation:DetectStackDrift"]);
    }
}
