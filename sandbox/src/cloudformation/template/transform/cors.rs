//! The property `Cors` of an API: the method OPTIONS that answers preflight requests.

use serde_json::{Map, Value, json};

use super::auth::ApiAuth;
use super::declared::Declared;

/// The property `Cors`: an origin, or headers by name. Texts have quotes of their own.
pub struct Cors(Map<String, Value>);

impl Cors {
    pub fn read(api: &Declared, given: &Value) -> Result<Self, String> {
        const KNOWN: [&str; 5] = [
            "AllowCredentials",
            "AllowHeaders",
            "AllowMethods",
            "AllowOrigin",
            "MaxAge",
        ];
        match given {
            Value::String(_) => Ok(Self(
                [("AllowOrigin".to_owned(), given.clone())]
                    .into_iter()
                    .collect(),
            )),
            Value::Object(members) if members.keys().all(|key| KNOWN.contains(&key.as_str())) => {
                Ok(Self(members.clone()))
            }
            _ => Err(api.invalid("Invalid value for 'Cors' property")),
        }
    }

    pub fn method(&self, api: &str, resource: &Value, names: &[String], auth: &ApiAuth) -> Value {
        let any = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
        let mut methods: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .chain(["OPTIONS"])
            .collect();
        if methods.contains(&"ANY") {
            methods = any.to_vec();
        }
        methods.sort_unstable();
        let own_methods = json!(format!("'{}'", methods.join(",")));
        let headers = [
            ("AllowOrigin", "Origin", Some(json!("'*'"))),
            ("AllowMethods", "Methods", Some(own_methods)),
            ("AllowHeaders", "Headers", None),
            ("MaxAge", "Max-Age", None),
            ("AllowCredentials", "Credentials", None),
        ];
        let (mut declared, mut values) = (Map::new(), Map::new());
        for (member, header, default) in headers {
            let value = match self.0.get(member) {
                Some(Value::Bool(true)) => Some(json!("'true'")),
                Some(Value::Bool(false)) => None,
                Some(value) => Some(value.clone()),
                None => default,
            };
            let begin = if member == "MaxAge" {
                "Access-Control-"
            } else {
                "Access-Control-Allow-"
            };
            let name = format!("method.response.header.{begin}{header}");
            if let Some(value) = value {
                declared.insert(name.clone(), json!(true));
                values.insert(name, value);
            }
        }
        json!({
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": { "Ref": api },
                "ResourceId": resource,
                "HttpMethod": "OPTIONS",
                "AuthorizationType": auth.of_preflight(),
                "MethodResponses": [{ "StatusCode": "200", "ResponseParameters": declared }],
                "Integration": {
                    "Type": "MOCK",
                    "RequestTemplates": { "application/json": "{\"statusCode\": 200}" },
                    "IntegrationResponses": [{
                        "StatusCode": "200",
                        "ResponseParameters": values,
                        "ResponseTemplates": { "application/json": "{}\n" },
                    }],
                },
            },
        })
    }
}
