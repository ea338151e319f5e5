//! The macro that declares a service.

/// Implements [`Service`](super::Service) from a description and a list of operations. For each
/// operation:
///
/// - after `as` the action in policies, if it is not the operation's name;
/// - after `on` the function that returns the [`Access`](crate::authorise::Access) it needs, from the
///   service, the action and the parameters;
/// - after `=>` the async function that does it, from the service and a
///   [`FromRequest`](super::FromRequest) to an [`IntoResponse`](super::IntoResponse).
///
/// Operations that AWS's clients do not sign are listed after `public`, without `on`: nobody is asked
/// whether the caller may do them.
///
/// A service whose resources have policies has the function that reads one after `policy_of`.
///
/// What the operations take of a request is in the service's `members.txt`, which
/// [`Members`](super::Members) describes.
///
/// ```ignore
/// service! { Lambda {
///     name: "Lambda",
///     signing_name: "lambda",
///     protocol: Protocol::RestJson { routes: ROUTES },
///     invalid: "InvalidParameterValueException",
///     longest_body: 70 << 20,
///     members: include_str!("members.txt"),
///     operations: {
///         GetFunction on access::function => functions::get,
///         Invoke as InvokeFunction on access::function => invoke::invoke,
///     },
/// } }
/// ```
macro_rules! service {
    (@action $signing_name:literal $operation:ident) => {
        concat!($signing_name, ":", stringify!($operation))
    };
    (@action $signing_name:literal $operation:ident $action:ident) => {
        concat!($signing_name, ":", stringify!($action))
    };
    ($service:ty {
        name: $name:literal,
        signing_name: $signing_name:literal,
        protocol: $protocol:expr,
        invalid: $invalid:literal,
        longest_body: $longest_body:expr,
        members: $members:expr,
        $(policy_of: $policy_of:path,)?
        operations: {
            $($operation:ident $(as $action:ident)? on $access:path => $function:expr),+ $(,)?
        },
        $(public: {
            $($public:ident => $public_function:expr),+ $(,)?
        },)?
    }) => {
        impl $service {
            pub const DESCRIPTION: $crate::service::Description = $crate::service::Description {
                name: $name,
                signing_name: $signing_name,
                protocol: $protocol,
                invalid: $invalid,
                longest_body: $longest_body,
                operations: &[$($crate::service::Operation {
                    name: stringify!($operation),
                    action: $crate::service::service!(@action $signing_name $operation $($action)?),
                    is_public: false,
                },)+ $($($crate::service::Operation {
                    name: stringify!($public),
                    action: $crate::service::service!(@action $signing_name $public),
                    is_public: true,
                },)+)?],
            };
        }

        #[async_trait::async_trait]
        impl $crate::service::Service for $service {
            fn description(&self) -> &'static $crate::service::Description {
                &Self::DESCRIPTION
            }

            fn members(&self) -> &'static $crate::service::Members {
                static MEMBERS: std::sync::LazyLock<$crate::service::Members> =
                    std::sync::LazyLock::new(|| $crate::service::Members::read($members));
                &MEMBERS
            }

            fn accesses(
                &self,
                operation: &$crate::service::Operation,
                parameters: &serde_json::Value,
            ) -> Vec<$crate::authorise::Access> {
                match operation.name {
                    $(stringify!($operation) => $access(self, operation.action, parameters),)+
                    _ => Vec::new(),
                }
            }

            $(fn policy_of(
                &self,
                access: &$crate::authorise::Access,
            ) -> Result<Option<$crate::authorise::policy::ResourcePolicy>, $crate::fault::Fault> {
                $policy_of(self, access)
            })?

            async fn call(
                &self,
                request: $crate::service::Request,
            ) -> Result<$crate::service::Response, $crate::fault::Fault> {
                use $crate::service::{FromRequest, IntoResponse};
                let known = self.members().check(request.operation, &request.parameters);
                known.map_err(|refusal| Self::DESCRIPTION.refused(&refusal))?;
                match request.operation {
                    $(stringify!($operation) => {
                        let input = FromRequest::from_request(request, Self::DESCRIPTION.protocol)?;
                        $function(self, input).await?.into_response()
                    })+
                    $($(stringify!($public) => {
                        let input = FromRequest::from_request(request, Self::DESCRIPTION.protocol)?;
                        $public_function(self, input).await?.into_response()
                    })+)?
                    unknown => Err(Self::DESCRIPTION.unknown_operation(unknown)),
                }
            }
        }
    };
}
pub(crate) use service;
