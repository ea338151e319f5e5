//! The environment variables of a function's process: Lambda's, the function's, and no others.
//!
//! Source: Lambda developer guide, "Defined runtime environment variables".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Revision;
use crate::REGION;
use crate::keys::Keys;

/// What a process gets besides what is the revision's.
#[derive(Debug)]
pub struct ProcessContext<'a> {
    pub folder: &'a Path,
    /// The folders of the layers; on Lambda, `/opt` has the files of all. Later ones lie over earlier ones.
    pub layers: &'a [PathBuf],
    /// Where the sandbox is reached.
    pub url: &'a str,
    /// In the form that the revision reads.
    pub runtime_api: &'a str,
    /// A folder for temporary files.
    pub temporary: &'a Path,
    pub log_stream: &'a str,
    pub keys: &'a Keys,
}

pub fn of(revision: &Revision, context: &ProcessContext) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    let folder = context.folder.to_string_lossy();
    let of_layers = |name: &str| -> String {
        let layers = context.layers.iter().rev();
        layers
            .map(|layer| format!(":{}", layer.join(name).display()))
            .collect()
    };
    set(
        "PATH",
        &format!("/usr/local/bin:/usr/bin/:/bin:/opt/bin{}", of_layers("bin")),
    );
    let libraries = format!("{folder}:{folder}/lib{}", of_layers("lib"));
    set("LD_LIBRARY_PATH", &libraries);
    set("LANG", "en_US.UTF-8");
    set("TZ", ":UTC");
    // On Lambda each environment has a /tmp of its own.
    set("TMPDIR", &context.temporary.to_string_lossy());
    set("AWS_ENDPOINT_URL", context.url);
    for (name, value) in &revision.variables {
        set(name, value);
    }
    // Reserved: a function cannot set these.
    set("_HANDLER", &revision.handler);
    set("LAMBDA_TASK_ROOT", &folder);
    set("LAMBDA_RUNTIME_DIR", &folder);
    set("AWS_LAMBDA_RUNTIME_API", context.runtime_api);
    set("AWS_REGION", REGION);
    set("AWS_DEFAULT_REGION", REGION);
    set("AWS_LAMBDA_FUNCTION_NAME", &revision.function);
    set("AWS_LAMBDA_FUNCTION_VERSION", &revision.version);
    let memory = revision.memory_mb.to_string();
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory);
    set("AWS_LAMBDA_LOG_GROUP_NAME", &revision.log_group);
    set("AWS_LAMBDA_LOG_STREAM_NAME", context.log_stream);
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    // Lambda does not define it for OS-only runtimes.
    if !revision.runtime.starts_with("provided") {
        let runtime = format!("AWS_Lambda_{}", revision.runtime);
        set("AWS_EXECUTION_ENV", &runtime);
    }
    set("AWS_ACCESS_KEY_ID", &context.keys.access_key_id);
    set("AWS_SECRET_ACCESS_KEY", &context.keys.secret_access_key);
    let token = context.keys.session_token.as_deref().unwrap_or_default();
    set("AWS_SESSION_TOKEN", token);
    variables
}
