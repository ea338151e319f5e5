//! Cognito in a folder of its own, with a clock that tests turn.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::caller::Caller;
use crate::clock::Clock as _;
use crate::clock::turned::Clock;
use crate::cognito::Cognito;
use crate::fault::{Answer, Fault};
use crate::journal::Journal;
use crate::service;
use crate::state_dir::StateDir;
use crate::store::Store;

pub const PASSWORD: &str = "Secret-1!";
/// When worlds begin, in milliseconds since 1970.
pub const START: i64 = 1_800_000_000_000;

pub struct World {
    pub cognito: Arc<Cognito>,
    pub clock: Arc<Clock>,
    folder: TempDir,
}

/// A pool with a client.
pub struct Place {
    pub pool: String,
    pub client: String,
}

fn open(folder: &TempDir, clock: &Arc<Clock>) -> Arc<Cognito> {
    let state_dir = StateDir::new(folder.path());
    state_dir.make().expect("a folder");
    let store = Arc::new(Store::open(&state_dir.path("state")).expect("it opens"));
    let journal = Arc::new(Journal::open(&state_dir).expect("it opens"));
    Arc::new(Cognito::open(&store, clock.clone(), &journal).expect("it opens"))
}

impl World {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(Clock::turned());
        clock.turn_to(START);
        Self {
            cognito: open(&folder, &clock),
            clock,
            folder,
        }
    }

    /// As after a kill: nothing but the folder is left.
    pub fn reopened(self) -> Self {
        let Self {
            cognito,
            clock,
            folder,
        } = self;
        drop(cognito);
        Self {
            cognito: open(&folder, &clock),
            clock,
            folder,
        }
    }

    pub fn wait(&self, millis: i64) {
        self.clock.turn_to(self.clock.now() + millis);
    }

    pub async fn answer(&self, operation: &'static str, parameters: Value) -> Answer {
        let caller = Caller::anyone();
        service::call(&*self.cognito, operation, parameters, &caller).await
    }

    pub async fn call(&self, operation: &'static str, parameters: Value) -> Value {
        let answered = self.answer(operation, parameters).await;
        answered.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    pub async fn refused(&self, operation: &'static str, parameters: Value) -> Fault {
        let answered = self.answer(operation, parameters).await;
        answered.expect_err(operation)
    }

    /// A pool with these settings, and a client with those, which takes all flows where they say none.
    pub async fn place(&self, pool: Value, client: Value) -> Place {
        let mut pool = pool;
        pool["PoolName"] = json!("players");
        let pool = self.call("CreateUserPool", pool).await;
        let pool = text(&pool["UserPool"]["Id"]);
        let mut client = client;
        client["UserPoolId"] = json!(pool);
        client["ClientName"] = json!("page");
        if client["ExplicitAuthFlows"].is_null() {
            client["ExplicitAuthFlows"] = json!([
                "ALLOW_USER_PASSWORD_AUTH",
                "ALLOW_USER_SRP_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
                "ALLOW_ADMIN_USER_PASSWORD_AUTH"
            ]);
        }
        let client = self.call("CreateUserPoolClient", client).await;
        let client = text(&client["UserPoolClient"]["ClientId"]);
        Place { pool, client }
    }

    /// A confirmed user with [`PASSWORD`].
    pub async fn user(&self, place: &Place, name: &str) {
        let named = json!({ "UserPoolId": place.pool, "Username": name });
        self.call("AdminCreateUser", named.clone()).await;
        let mut password = named;
        password["Password"] = json!(PASSWORD);
        password["Permanent"] = json!(true);
        self.call("AdminSetUserPassword", password).await;
    }

    pub async fn sign_in(&self, place: &Place, name: &str, password: &str) -> Answer {
        let parameters = json!({ "USERNAME": name, "PASSWORD": password });
        self.initiate(place, "USER_PASSWORD_AUTH", parameters).await
    }

    pub async fn initiate(&self, place: &Place, flow: &str, parameters: Value) -> Answer {
        let request =
            json!({ "ClientId": place.client, "AuthFlow": flow, "AuthParameters": parameters });
        self.answer("InitiateAuth", request).await
    }

    /// The tokens of a sign-in.
    pub async fn tokens(&self, place: &Place, name: &str) -> Value {
        let signed_in = self.sign_in(place, name, PASSWORD).await;
        signed_in.expect("tokens")["AuthenticationResult"].clone()
    }

    pub fn journal(&self) -> String {
        let file = fs::read_to_string(self.folder.path().join("sandbox.log"));
        file.expect("it is there")
    }

    /// The last code that was mailed.
    pub fn code(&self) -> String {
        let journal = self.journal();
        let code = journal.rsplit("the code ").next().expect("a code");
        code.chars().take(6).collect()
    }

    /// Everything that is kept, as bytes.
    pub fn kept(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => all.extend(fs::read(path).expect("a file")),
                }
            }
        }
        all
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
