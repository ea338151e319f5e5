//! What Cognito says of user pools and of their clients.

use serde_json::{Map, Value, json};

use super::{Sandbox, ask};

impl Sandbox {
    /// All pools by id, each with its clients.
    pub async fn user_pools(&self) -> Value {
        let cognito = &*self.platform.cognito;
        let listed = ask(cognito, "ListUserPools", json!({ "MaxResults": 60 })).await;
        let listed = listed.expect("listed");
        assert!(listed["NextToken"].is_null(), "there are more");
        let mut pools = Map::new();
        for pool in listed["UserPools"].as_array().expect("a list") {
            let id = pool["Id"].as_str().expect("an id");
            let mut pool = self.user_pool(id).await;
            let parameters = json!({ "UserPoolId": id });
            let listed = ask(cognito, "ListUserPoolClients", parameters).await;
            let listed = listed.expect("listed");
            let mut clients = Map::new();
            for client in listed["UserPoolClients"].as_array().expect("a list") {
                let client = client["ClientId"].as_str().expect("an id");
                clients.insert(client.to_owned(), self.client_of(id, client).await);
            }
            pool["Clients"] = Value::Object(clients);
            pools.insert(id.to_owned(), pool);
        }
        Value::Object(pools)
    }

    pub async fn user_pool(&self, id: &str) -> Value {
        let parameters = json!({ "UserPoolId": id });
        let found = ask(&*self.platform.cognito, "DescribeUserPool", parameters).await;
        let mut pool = found.expect("it is there")["UserPool"].take();
        // Each update changes it, that of a rollback too.
        pool["LastModifiedDate"].take();
        pool
    }

    /// The client, in whichever pool.
    pub async fn user_pool_client(&self, id: &str) -> Value {
        let pools = self.user_pools().await;
        let mut pools = pools.as_object().expect("pools").values();
        let found = pools.find_map(|pool| pool["Clients"].get(id));
        found.cloned().unwrap_or_default()
    }

    async fn client_of(&self, pool: &str, id: &str) -> Value {
        let parameters = json!({ "UserPoolId": pool, "ClientId": id });
        let found = ask(
            &*self.platform.cognito,
            "DescribeUserPoolClient",
            parameters,
        )
        .await;
        let mut client = found.expect("it is there")["UserPoolClient"].take();
        client["LastModifiedDate"].take();
        client
    }
}
