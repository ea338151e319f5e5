//! The requests of Lambda's operations.

use crate::wire::Route;

/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
const INVOKE: &[(&str, &str)] = &[
    ("x-amz-client-context", "ClientContext"),
    ("x-amz-durable-execution-name", "DurableExecutionName"),
    ("x-amz-invocation-type", "InvocationType"),
    ("x-amz-log-type", "LogType"),
    ("x-amz-tenant-id", "TenantId"),
];

/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
#[rustfmt::skip] // One line each, as a table.
pub const ROUTES: &[Route] = &[
    Route::new("POST", "/2015-03-31/functions/{FunctionName}/invocations", "Invoke", 200).with_payload().with_headers(INVOKE),
    Route::new("POST", "/2015-03-31/functions", "CreateFunction", 201),
    Route::new("GET", "/2015-03-31/functions", "ListFunctions", 200),
    Route::new("GET", "/2015-03-31/functions/{FunctionName}", "GetFunction", 200),
    Route::new("DELETE", "/2015-03-31/functions/{FunctionName}", "DeleteFunction", 204),
    Route::new("GET", "/2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration", 200),
    Route::new("PUT", "/2015-03-31/functions/{FunctionName}/configuration", "UpdateFunctionConfiguration", 200),
    Route::new("PUT", "/2015-03-31/functions/{FunctionName}/code", "UpdateFunctionCode", 200),
    Route::new("GET", "/2015-03-31/functions/{FunctionName}/versions", "ListVersionsByFunction", 200),
    Route::new("POST", "/2015-03-31/functions/{FunctionName}/versions", "PublishVersion", 201),
    Route::new("GET", "/2015-03-31/functions/{FunctionName}/policy", "GetPolicy", 200),
    Route::new("POST", "/2015-03-31/functions/{FunctionName}/policy", "AddPermission", 201),
    Route::new("DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", "RemovePermission", 204),
    Route::new("PUT", "/2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency", 200),
    Route::new("GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency", 200),
    Route::new("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency", 204),
    Route::new("PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "PutFunctionEventInvokeConfig", 200),
    Route::new("POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "UpdateFunctionEventInvokeConfig", 200),
    Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "GetFunctionEventInvokeConfig", 200),
    Route::new("DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", "DeleteFunctionEventInvokeConfig", 204),
    Route::new("GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", "ListFunctionEventInvokeConfigs", 200),
    Route::new("GET", "/2017-03-31/tags/{Resource}", "ListTags", 200),
    Route::new("POST", "/2017-03-31/tags/{Resource}", "TagResource", 204),
    Route::new("DELETE", "/2017-03-31/tags/{Resource}?tagKeys={TagKeys*}", "UntagResource", 204),
    Route::new("POST", "/2015-03-31/event-source-mappings", "CreateEventSourceMapping", 202),
    Route::new("GET", "/2015-03-31/event-source-mappings", "ListEventSourceMappings", 200),
    Route::new("GET", "/2015-03-31/event-source-mappings/{UUID}", "GetEventSourceMapping", 200),
    Route::new("PUT", "/2015-03-31/event-source-mappings/{UUID}", "UpdateEventSourceMapping", 202),
    Route::new("DELETE", "/2015-03-31/event-source-mappings/{UUID}", "DeleteEventSourceMapping", 202),
    Route::new("POST", "/2018-10-31/layers/{LayerName}/versions", "PublishLayerVersion", 201),
    Route::new("GET", "/2018-10-31/layers/{LayerName}/versions", "ListLayerVersions", 200),
    Route::new("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", "GetLayerVersion", 200),
    Route::new("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", "DeleteLayerVersion", 204),
    Route::new("GET", "/2018-10-31/layers", "ListLayers", 200),
    Route::new("GET", "/2018-10-31/layers?find=LayerVersion", "GetLayerVersionByArn", 200),
    Route::new("GET", "/2016-08-19/account-settings", "GetAccountSettings", 200),
];
