//! What EventBridge and its Scheduler say of what they have.

use serde_json::{Map, Value, json};

use super::{Sandbox, ask};
use crate::clock;

impl Sandbox {
    /// All buses but the default one, by name.
    pub async fn buses(&self) -> Value {
        let listed = ask(&*self.platform.events, "ListEventBuses", json!({})).await;
        let mut buses = Map::new();
        for bus in items(&listed.expect("listed")["EventBuses"]) {
            let name = text(&bus["Name"]);
            if name != "default" {
                let bus = self.event_bus(&name).await;
                buses.insert(name, bus);
            }
        }
        Value::Object(buses)
    }

    pub async fn event_bus(&self, name: &str) -> Value {
        let events = &*self.platform.events;
        let found = ask(events, "DescribeEventBus", json!({ "Name": name })).await;
        let mut bus = found.expect("it is there");
        if let Some(policy) = bus["Policy"].as_str() {
            bus["Policy"] = serde_json::from_str(policy).expect("JSON");
        }
        // It is created and changed at another time.
        for member in ["CreationTime", "LastModifiedTime"] {
            bus[member].take();
        }
        let tags = json!({ "ResourceARN": bus["Arn"] });
        let tags = ask(events, "ListTagsForResource", tags).await;
        bus["Tags"] = by_key(&tags.expect("listed")["Tags"]);
        bus
    }

    /// Of all buses.
    pub async fn rules(&self) -> Value {
        let events = &*self.platform.events;
        let listed = ask(events, "ListEventBuses", json!({})).await;
        let mut rules = Map::new();
        for bus in items(&listed.expect("listed")["EventBuses"]) {
            let bus = text(&bus["Name"]);
            let of_bus = json!({ "EventBusName": bus });
            let listed = ask(events, "ListRules", of_bus).await.expect("listed");
            for rule in items(&listed["Rules"]) {
                let id = format!("{bus}|{}", text(&rule["Name"]));
                let rule = self.rule(&id).await;
                rules.insert(id, rule);
            }
        }
        Value::Object(rules)
    }

    pub async fn rule(&self, physical_id: &str) -> Value {
        let events = &*self.platform.events;
        let (bus, name) = physical_id
            .split_once('|')
            .unwrap_or(("default", physical_id));
        let named = json!({ "Name": name, "EventBusName": bus });
        let found = ask(events, "DescribeRule", named).await;
        let mut rule = found.expect("it is there");
        if let Some(pattern) = rule["EventPattern"].as_str() {
            rule["EventPattern"] = serde_json::from_str(pattern).expect("JSON");
        }
        let targets = json!({ "Rule": name, "EventBusName": bus });
        let targets = ask(events, "ListTargetsByRule", targets).await;
        rule["Targets"] = targets.expect("listed")["Targets"].take();
        let tags = json!({ "ResourceARN": rule["Arn"] });
        let tags = ask(events, "ListTagsForResource", tags).await;
        rule["Tags"] = by_key(&tags.expect("listed")["Tags"]);
        rule
    }

    /// Of all groups, by group and name.
    pub async fn schedules(&self) -> Value {
        let listed = ask(&*self.platform.scheduler, "ListSchedules", json!({})).await;
        let mut schedules = Map::new();
        for schedule in items(&listed.expect("listed")["Schedules"]) {
            let (group, name) = (text(&schedule["GroupName"]), text(&schedule["Name"]));
            let named = json!({ "Name": name, "GroupName": group });
            let found = ask(&*self.platform.scheduler, "GetSchedule", named).await;
            let mut schedule = found.expect("it is there");
            for member in ["CreationDate", "LastModificationDate"] {
                schedule[member].take();
            }
            schedules.insert(format!("{group}/{name}"), schedule);
        }
        Value::Object(schedules)
    }

    /// Whatever its group is.
    pub async fn schedule(&self, name: &str) -> Value {
        let schedules = self.schedules().await;
        let mut schedules = schedules.as_object().expect("schedules").values();
        let found = schedules.find(|schedule| schedule["Name"] == name);
        found.cloned().expect("it is there")
    }

    pub async fn schedule_groups(&self) -> Value {
        let listed = ask(&*self.platform.scheduler, "ListScheduleGroups", json!({})).await;
        let mut groups = Map::new();
        for group in items(&listed.expect("listed")["ScheduleGroups"]) {
            let name = text(&group["Name"]);
            let mut group = self.schedule_group(&name).await;
            // It is created and changed at another time.
            for member in ["CreationDate", "LastModificationDate"] {
                group[member].take();
            }
            groups.insert(name, group);
        }
        Value::Object(groups)
    }

    pub async fn schedule_group(&self, name: &str) -> Value {
        let scheduler = &*self.platform.scheduler;
        let found = ask(scheduler, "GetScheduleGroup", json!({ "Name": name })).await;
        let mut group = found.expect("it is there");
        for member in ["CreationDate", "LastModificationDate"] {
            let seconds = group[member].as_f64().expect("a number");
            group[member] = json!(clock::to_the_millisecond((seconds * 1000.0) as i64));
        }
        let tags = json!({ "ResourceArn": group["Arn"] });
        let tags = ask(scheduler, "ListTagsForResource", tags).await;
        group["Tags"] = by_key(&tags.expect("listed")["Tags"]);
        group
    }
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn by_key(tags: &Value) -> Value {
    let tags = items(tags).iter();
    let tags = tags.map(|tag| (text(&tag["Key"]), tag["Value"].clone()));
    Value::Object(tags.collect())
}
