//! What the account may have, as far as its services tell.

use super::Cloud;

/// Each is `None` where the service does not tell, or not to this caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    pub stacks: Option<u64>,
    pub stacks_used: Option<u64>,
    pub roles: Option<u64>,
    pub roles_used: Option<u64>,
    /// Calls of functions at the same time.
    pub concurrency: Option<u64>,
    /// What single functions have reserved of that.
    pub concurrency_reserved: Option<u64>,
    /// Bytes of functions' code.
    pub code: Option<u64>,
    pub code_used: Option<u64>,
}

impl Cloud {
    /// Asks each service once. What is not told stays unknown: that only informs a person.
    pub async fn quotas(&self) -> Quotas {
        let stacks = self.stacks.describe_account_limits().send();
        let listed = self.stacks();
        let roles = self.permissions.get_account_summary().send();
        let functions = self.functions.get_account_settings().send();
        let (stacks, listed, roles, functions) = tokio::join!(stacks, listed, roles, functions);
        let mut quotas = Quotas {
            stacks_used: listed.ok().map(|stacks| stacks.len() as u64),
            ..Quotas::default()
        };
        let limits = stacks.ok().and_then(|it| it.account_limits);
        let mut limits = limits.unwrap_or_default().into_iter();
        let limit = limits.find(|limit| limit.name.as_deref() == Some("StackLimit"));
        quotas.stacks = limit.and_then(|limit| whole(limit.value));
        if let Some(summary) = roles.ok().and_then(|it| it.summary_map) {
            let value = |name: &str| {
                let mut entries = summary.iter();
                whole(
                    entries
                        .find(|(key, _)| key.as_str() == name)
                        .map(|(_, value)| *value),
                )
            };
            quotas.roles = value("RolesQuota");
            quotas.roles_used = value("Roles");
        }
        if let Ok(functions) = functions {
            if let Some(limit) = functions.account_limit {
                let unreserved = limit.unreserved_concurrent_executions.unwrap_or_default();
                quotas.concurrency = whole(Some(limit.concurrent_executions));
                quotas.concurrency_reserved = whole(Some(limit.concurrent_executions - unreserved));
                quotas.code = u64::try_from(limit.total_code_size).ok();
            }
            let usage = functions.account_usage;
            quotas.code_used = usage.and_then(|usage| u64::try_from(usage.total_code_size).ok());
        }
        quotas
    }
}

fn whole(number: Option<i32>) -> Option<u64> {
    u64::try_from(number?).ok()
}
