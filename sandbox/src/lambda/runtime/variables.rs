//! The environment variables that a function finds: Lambda's, its own, and no others.
//!
//! Source: Lambda developer guide, "Defined runtime environment variables".

use std::collections::BTreeMap;
use std::path::Path;

use super::Program;
use crate::REGION;
use crate::keys::Keys;

/// What a process is told besides what it runs.
#[derive(Debug)]
pub struct Told<'a> {
    pub folder: &'a Path,
    /// Where the sandbox is reached.
    pub url: &'a str,
    /// In the form that the program takes.
    pub runtime_api: &'a str,
    pub log_stream: &'a str,
    pub keys: &'a Keys,
}

pub fn of(program: &Program, told: &Told) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    set("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin");
    set("LANG", "en_US.UTF-8");
    set("TZ", ":UTC");
    set("AWS_ENDPOINT_URL", told.url);
    for (name, value) in &program.variables {
        set(name, value);
    }
    // Reserved: no function can set these.
    let folder = told.folder.to_string_lossy();
    set("_HANDLER", &program.handler);
    set("LAMBDA_TASK_ROOT", &folder);
    set("LAMBDA_RUNTIME_DIR", &folder);
    set("AWS_LAMBDA_RUNTIME_API", told.runtime_api);
    set("AWS_REGION", REGION);
    set("AWS_DEFAULT_REGION", REGION);
    set("AWS_LAMBDA_FUNCTION_NAME", &program.function);
    set("AWS_LAMBDA_FUNCTION_VERSION", &program.version);
    let memory = program.memory_mb.to_string();
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory);
    set("AWS_LAMBDA_LOG_GROUP_NAME", &program.log_group);
    set("AWS_LAMBDA_LOG_STREAM_NAME", told.log_stream);
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    // Lambda does not define it for the runtimes that are an operating system and nothing more.
    if !program.runtime.starts_with("provided") {
        let runtime = format!("AWS_Lambda_{}", program.runtime);
        set("AWS_EXECUTION_ENV", &runtime);
    }
    set("AWS_ACCESS_KEY_ID", &told.keys.access_key_id);
    set("AWS_SECRET_ACCESS_KEY", &told.keys.secret_access_key);
    let token = told.keys.session_token.as_deref().unwrap_or_default();
    set("AWS_SESSION_TOKEN", token);
    variables
}
