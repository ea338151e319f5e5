//! AWS::Cognito.

mod user_pool;
mod user_pool_client;

pub use user_pool::UserPool;
pub use user_pool_client::UserPoolClient;

const MISSING: &str = "ResourceNotFoundException";
