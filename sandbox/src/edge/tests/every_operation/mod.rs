//! Every operation of every service passes the authority, with its action and the ARN of what it acts on.

mod apigateway;
mod cases;
mod cognito;
mod events;
mod sns;

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Front, request};
use crate::authorise::Access;
use crate::service::Registered;
use crate::wire::{Protocol, Route};
use cases::cases;

/// A front with all services of the sandbox, which denies the actions that begin so: all, where it is
/// empty.
pub fn deny(denied: &'static str) -> (Front, Vec<Registered>) {
    let mut registered = Vec::new();
    let front = Front::open(Some(denied), |base| {
        let services = crate::services::open(base).expect("they open");
        registered = services.control.clone();
        services
    });
    (front, registered)
}

pub fn listed(accesses: &[Access]) -> Vec<String> {
    accesses
        .iter()
        .map(
            |Access {
                 action, resource, ..
             }| format!("{action} {resource}"),
        )
        .collect()
}

#[tokio::test]
async fn operations_need_access_to_what_they_act_on() {
    let (front, registered) = deny("");
    for case in cases() {
        // Several services may be signed for under one name.
        let named = |service: &&Registered| {
            let description = service.description();
            description.signing_name == case.service
                && description.operation(case.operation).is_ok()
        };
        let Some(Registered::Service(service)) = registered.iter().find(named) else {
            panic!("there is no service {}", case.service);
        };
        let description = service.description();
        let operation = description.operation(case.operation).expect("it is there");
        let accesses = listed(&service.accesses(operation, &case.parameters));
        assert_eq!(accesses, case.accesses, "{}", case.operation);

        let request = wired(description.protocol, case.operation, &case.parameters);
        let response = front.send_signed(case.service, request).await;
        assert!(
            response.text.contains("is not authorized to perform"),
            "{}: {}",
            case.operation,
            response.text
        );
        let checked =
            std::mem::take(&mut *front.authority.checked.lock().expect("nobody panicked"));
        let checked: Vec<Access> = checked.into_iter().map(|(_, access)| access).collect();
        // The first denial is enough.
        assert_eq!(listed(&checked), case.accesses[..1], "{}", case.operation);
    }
}

#[tokio::test]
async fn no_operation_is_left_out() {
    let (_front, registered) = deny("");
    let cases = cases();
    let tried: BTreeSet<_> = cases
        .iter()
        .map(|case| (case.service, case.operation))
        .collect();
    let mut all = BTreeSet::new();
    for service in &registered {
        let description = service.description();
        if let Registered::Service(service) = service {
            let names = description
                .operations
                .iter()
                .map(|operation| operation.name);
            let mut named: Vec<&str> = names.collect();
            named.sort_unstable();
            assert_eq!(service.members().operations(), named, "members.txt");
            let signed = description.operations.iter().filter(|it| !it.is_public);
            all.extend(signed.map(|it| (description.signing_name, it.name)));
        }
        for operation in description.operations {
            let own = format!("{}:", description.signing_name);
            assert!(operation.action.starts_with(&own), "{operation:?}");
        }
        if let Protocol::RestJson { routes } = description.protocol {
            let routed: BTreeSet<_> = routes.iter().map(|route| route.operation).collect();
            let names = description
                .operations
                .iter()
                .map(|operation| operation.name);
            assert_eq!(routed, names.collect());
        }
    }
    assert_eq!(tried, all);
    // S3's requests and signatures are read by a library, and tried in `s3`.
    let own_wire = registered
        .iter()
        .filter(|service| matches!(service, Registered::OwnWire(_)));
    let names: Vec<_> = own_wire
        .map(|service| service.description().signing_name)
        .collect();
    assert_eq!(names, ["s3"]);
}

/// The request in the service's protocol.
fn wired(protocol: Protocol, operation: &str, parameters: &Value) -> http::Request<Vec<u8>> {
    match protocol {
        Protocol::Query { .. } => {
            let members = parameters.as_object().into_iter().flatten();
            let members =
                members.map(|(name, value)| (name.as_str(), value.as_str().expect("text")));
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("Action", operation)
                .extend_pairs(members)
                .finish();
            super::form(&form)
        }
        Protocol::Json { .. } | Protocol::JsonAndQuery { .. } => {
            let target = protocol.target().expect("JSON has one");
            super::json(&format!("{target}.{operation}"), &parameters.to_string())
        }
        Protocol::RestJson { routes } => routed(routes, operation, parameters),
        Protocol::RestXml => panic!("a library speaks it"),
    }
}

fn routed(routes: &[Route], operation: &str, parameters: &Value) -> http::Request<Vec<u8>> {
    let mut routes = routes.iter();
    let route = routes
        .find(|route| route.operation == operation)
        .expect("it has one");
    let (mut path, query) = match route.pattern.split_once('?') {
        Some((path, query)) => (path.to_owned(), query),
        None => (route.pattern.to_owned(), ""),
    };
    for (name, value) in parameters.as_object().into_iter().flatten() {
        // What is no text is in no path.
        let Some(text) = value.as_str() else { continue };
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        path = path.replace(&format!("{{{name}}}"), &encoded);
    }
    // What the query must have, for the operation to be this one.
    let required = query.split('&').filter(|key| !key.ends_with('}'));
    path = format!("{path}?{}", required.collect::<Vec<_>>().join("&"));
    request(route.method, &path, &[], &parameters.to_string())
}
