//! The rules of a bucket's configuration: who gets which events.

use s3s::dto::{
    Event, FilterRule, LambdaFunctionConfiguration, NotificationConfiguration,
    NotificationConfigurationFilter, QueueConfiguration, S3KeyFilter, TopicConfiguration,
};
use sha2::{Digest, Sha256};

use crate::store::hex;

const ALL: &str = ":*";

/// A kind of receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Function,
    Queue,
    Topic,
}

impl Kind {
    /// Of the receiver with this ARN.
    pub fn of(arn: &str) -> Option<Self> {
        match arn.split(':').nth(2)? {
            "lambda" => Some(Self::Function),
            "sqs" => Some(Self::Queue),
            "sns" => Some(Self::Topic),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub kind: Kind,
    /// As it was given.
    pub given_id: Option<String>,
    /// An ARN.
    pub receiver: String,
    pub events: Vec<String>,
    /// Names, `Prefix` or `Suffix`, and values.
    pub filter: Vec<(String, String)>,
}

impl Rule {
    /// One that follows from the rule, if none was given.
    pub fn id(&self) -> String {
        self.given_id.clone().unwrap_or_else(|| {
            let text = format!("{:?}", (&self.receiver, &self.events, &self.filter));
            hex(&Sha256::digest(text))[..32].to_owned()
        })
    }

    /// `event` is such as `ObjectCreated:Put`.
    pub fn takes(&self, event: &str, key: &str) -> bool {
        let is_of = |pattern: &String| {
            let pattern = pattern.trim_start_matches("s3:");
            match pattern.strip_suffix(ALL) {
                Some(group) => event.split(':').next() == Some(group),
                None => pattern == event,
            }
        };
        self.events.iter().any(is_of)
            && key.starts_with(self.value("Prefix"))
            && key.ends_with(self.value("Suffix"))
    }

    /// What the filter has under this name; empty if nothing.
    pub fn value(&self, name: &str) -> &str {
        let mut filter = self.filter.iter();
        let found = filter.find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// Whether an event could be for both.
    pub fn shares_events(&self, other: &Self) -> bool {
        let covers = |all: &String, event: &String| {
            let group = all.strip_suffix('*');
            group.is_some_and(|group| event.starts_with(group))
        };
        let is_same =
            |one: &String, two: &String| one == two || covers(one, two) || covers(two, one);
        let mut events = self.events.iter();
        events.any(|one| other.events.iter().any(|two| is_same(one, two)))
    }
}

/// The rules of a configuration.
pub fn read(configuration: &NotificationConfiguration) -> Vec<Rule> {
    let mut rules = Vec::new();
    for it in configuration.queue_configurations.iter().flatten() {
        let receiver = it.queue_arn.clone();
        rules.push(rule(
            Kind::Queue,
            &it.id,
            receiver,
            &it.events,
            it.filter.as_ref(),
        ));
    }
    for it in configuration.topic_configurations.iter().flatten() {
        let receiver = it.topic_arn.clone();
        rules.push(rule(
            Kind::Topic,
            &it.id,
            receiver,
            &it.events,
            it.filter.as_ref(),
        ));
    }
    for it in configuration
        .lambda_function_configurations
        .iter()
        .flatten()
    {
        let receiver = it.lambda_function_arn.clone();
        rules.push(rule(
            Kind::Function,
            &it.id,
            receiver,
            &it.events,
            it.filter.as_ref(),
        ));
    }
    rules
}

fn rule(
    kind: Kind,
    id: &Option<String>,
    receiver: String,
    events: &[Event],
    filter: Option<&NotificationConfigurationFilter>,
) -> Rule {
    let filter = filter.and_then(|filter| filter.key.as_ref());
    let filter = filter.and_then(|key| key.filter_rules.as_deref());
    let pair = |rule: &FilterRule| {
        let name = rule.name.as_ref().map_or("", |name| name.as_str());
        (name.to_owned(), rule.value.clone().unwrap_or_default())
    };
    Rule {
        kind,
        given_id: id.clone().filter(|id| !id.is_empty()),
        receiver,
        events: events.iter().cloned().map(String::from).collect(),
        filter: filter.unwrap_or_default().iter().map(pair).collect(),
    }
}

/// The configuration with these rules, as clients get it: each with an id.
pub fn write(rules: &[Rule]) -> NotificationConfiguration {
    let mut configuration = NotificationConfiguration::default();
    for rule in rules {
        let (events, filter, id) = (events(rule), filter(rule), Some(rule.id()));
        let receiver = rule.receiver.clone();
        match rule.kind {
            Kind::Function => {
                let list = &mut configuration.lambda_function_configurations;
                list.get_or_insert_default()
                    .push(LambdaFunctionConfiguration {
                        events,
                        filter,
                        id,
                        lambda_function_arn: receiver,
                    });
            }
            Kind::Queue => {
                let list = &mut configuration.queue_configurations;
                list.get_or_insert_default().push(QueueConfiguration {
                    events,
                    filter,
                    id,
                    queue_arn: receiver,
                });
            }
            Kind::Topic => {
                let list = &mut configuration.topic_configurations;
                list.get_or_insert_default().push(TopicConfiguration {
                    events,
                    filter,
                    id,
                    topic_arn: receiver,
                });
            }
        }
    }
    configuration
}

fn events(rule: &Rule) -> Vec<Event> {
    rule.events.iter().cloned().map(Event::from).collect()
}

fn filter(rule: &Rule) -> Option<NotificationConfigurationFilter> {
    let rules = rule.filter.iter().map(|(name, value)| FilterRule {
        // As S3 writes them.
        name: Some(capitalised(name).into()),
        value: Some(value.clone()),
    });
    let rules: Vec<FilterRule> = rules.collect();
    (!rules.is_empty()).then_some(NotificationConfigurationFilter {
        key: Some(S3KeyFilter {
            filter_rules: Some(rules),
        }),
    })
}

fn capitalised(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "prefix" => "Prefix".to_owned(),
        "suffix" => "Suffix".to_owned(),
        _ => name,
    }
}
