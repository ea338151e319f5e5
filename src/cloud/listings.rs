//! What an account has in this region: names and a few facts, listed with few requests for many things.

use super::{Cloud, CloudError, NamedValues};

/// A function as the list of all functions shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFunction {
    pub name: String,
    /// Base64 of the zip's SHA-256.
    pub code_sha256: String,
    /// When its code or its configuration changed last, in seconds since 1970.
    pub changed: Option<u64>,
    pub environment: NamedValues,
}

impl Cloud {
    /// All functions. Their states are not in the list.
    ///
    /// Source: Lambda API reference, `ListFunctions`.
    pub async fn list_functions(&self) -> Result<Vec<ListedFunction>, CloudError> {
        let mut functions = Vec::new();
        let pages = self.functions.list_functions().into_paginator();
        let mut pages = pages.items().send();
        while let Some(function) = pages.next().await {
            let function = function.map_err(self.failed("ListFunctions"))?;
            let variables = function.environment.and_then(|it| it.variables);
            functions.push(ListedFunction {
                name: function.function_name.unwrap_or_default(),
                code_sha256: function.code_sha256.unwrap_or_default(),
                changed: function.last_modified.as_deref().and_then(seconds),
                environment: variables.unwrap_or_default().into_iter().collect(),
            });
        }
        Ok(functions)
    }

    /// The names of all tables.
    pub async fn list_tables(&self) -> Result<Vec<String>, CloudError> {
        let mut names = Vec::new();
        let mut pages = self.tables.list_tables().into_paginator().items().send();
        while let Some(name) = pages.next().await {
            names.push(name.map_err(self.failed("ListTables"))?);
        }
        Ok(names)
    }

    /// The names of all buckets, those of other regions too.
    pub async fn list_buckets(&self) -> Result<Vec<String>, CloudError> {
        let answer = self.objects.list_buckets().send().await;
        let answer = answer.map_err(self.failed("ListBuckets"))?;
        let buckets = answer.buckets.unwrap_or_default().into_iter();
        Ok(buckets.filter_map(|bucket| bucket.name).collect())
    }

    /// The names of all roles.
    pub async fn list_roles(&self) -> Result<Vec<String>, CloudError> {
        let mut names = Vec::new();
        let mut pages = self
            .permissions
            .list_roles()
            .into_paginator()
            .items()
            .send();
        while let Some(role) = pages.next().await {
            names.push(role.map_err(self.failed("ListRoles"))?.role_name);
        }
        Ok(names)
    }
}

/// Seconds since 1970 of `2026-11-26T18:37:00.123+0000`.
///
/// Source: Lambda API reference, `FunctionConfiguration`, `LastModified`.
fn seconds(text: &str) -> Option<u64> {
    use aws_sdk_lambda::primitives::{DateTime, DateTimeFormat};
    // Some servers write the offset in another of the ways of ISO 8601.
    let time = text.trim_end_matches('Z');
    let time = time.strip_suffix("+0000").unwrap_or(time);
    let time = time.strip_suffix("+00:00").unwrap_or(time);
    let time = DateTime::from_str(&format!("{time}Z"), DateTimeFormat::DateTime).ok()?;
    time.secs().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_times_are_read() {
        for text in [
            "2026-11-26T18:37:00.123+0000",
            "2026-11-26T18:37:00+00:00",
            "2026-11-26T18:37:00Z",
        ] {
            assert_eq!(seconds(text), Some(1_795_718_220), "{text}");
        }
        assert_eq!(seconds("yesterday"), None);
    }
}
