//! Requests to other services in the role of a function, which has to be allowed them.

use serde_json::Value;

use super::super::Lambda;
use super::super::fault::invalid;
use super::super::function::Function;
use super::super::function_ref::FunctionRef;
use super::mapping::Mapping;
use crate::authorise::{Access, authorise};
use crate::caller::Caller;
use crate::fault::{Answer, Fault};
use crate::random::random_id;
use crate::service::{self, Service};

impl Lambda {
    /// Who asks other services for the function.
    pub fn session_of(&self, function: &Function) -> Result<Caller, Fault> {
        let id = self.iam.role_id(&function.role)?;
        // Of a role that is not there any more, a new one.
        let id = id.unwrap_or_else(|| format!("AROA{}", random_id(17)));
        let role = function.role.rsplit('/').next().unwrap_or_default();
        Ok(Caller::in_role(&id, role, &function.name))
    }

    /// The session of a mapping's function.
    pub fn caller(&self, mapping: &Mapping) -> Result<Caller, Fault> {
        let function = self.function(&FunctionRef::parse(&mapping.function, None)?)?;
        self.session_of(&function)
    }

    /// The request, if the caller may make it.
    pub async fn ask(
        &self,
        service: &dyn Service,
        caller: &Caller,
        operation: &'static str,
        parameters: Value,
    ) -> Answer {
        self.may(service, caller, operation, &parameters)?;
        service::call(service, operation, parameters, caller).await
    }

    /// Fails if the caller may not make the request.
    pub fn may(
        &self,
        service: &dyn Service,
        caller: &Caller,
        operation: &str,
        parameters: &Value,
    ) -> Result<(), Fault> {
        service::authorise_call(&*self.authority, service, operation, parameters, caller)
    }

    pub fn may_access(
        &self,
        service: &dyn Service,
        caller: &Caller,
        accesses: &[Access],
    ) -> Result<(), Fault> {
        let policy_of = |access: &Access| service.policy_of(access);
        let protocol = service.description().protocol;
        authorise(&*self.authority, caller, accesses, &policy_of, protocol)
    }
}

pub fn no_permission(operation: &str, service: &str) -> Fault {
    invalid(format!(
        "The provided execution role does not have permissions to call {operation} on {service}"
    ))
}
