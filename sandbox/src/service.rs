//! The one shape that every service has: operations by name, parameters in, an answer out.

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use super::fault::{Answer, Fault};

/// Who sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub id: String,
    pub arn: String,
}

#[async_trait]
pub trait Service: Send + Sync {
    /// Does `operation` for `caller`. The parameters are those that AWS documents, under their names.
    async fn call(&self, operation: &str, parameters: Value, caller: &Caller) -> Answer;
}

/// The answer as a value.
pub fn answered(result: Result<impl Serialize, Fault>) -> Answer {
    serde_json::to_value(result?).map_err(|error| Fault::internal(error.to_string()))
}

/// Makes a type a [`Service`]: for each operation, the function that does it. A function takes the
/// service and the operation's parameters as a type of its own, and is async.
///
/// ```ignore
/// operations! { Logs, "CloudWatch Logs": { CreateLogGroup => groups::create, … } }
/// ```
macro_rules! operations {
    ($service:ty, $name:literal: { $($operation:ident => $function:path),+ $(,)? }) => {
        impl $service {
            pub const OPERATIONS: &'static [&'static str] = &[$(stringify!($operation)),+];
        }

        #[async_trait::async_trait]
        impl $crate::service::Service for $service {
            async fn call(
                &self,
                operation: &str,
                parameters: serde_json::Value,
                _: &$crate::Caller,
            ) -> $crate::fault::Answer {
                use $crate::service::answered;
                match operation {
                    $(stringify!($operation) => {
                        let parameters = $crate::wire::read(parameters)?;
                        answered($function(self, parameters).await)
                    })+
                    _ => Err($crate::fault::Fault::unknown_operation(
                        $name,
                        operation,
                        Self::OPERATIONS,
                    )),
                }
            }
        }
    };
}
pub(super) use operations;
