//! Cognito: users of a pool, as an administrator makes them.

use aws_sdk_cognitoidentityprovider::types::{AttributeType, AuthFlowType, MessageActionType};

use super::{Cloud, CloudError};

impl Cloud {
    /// Creates a user with this email address, which counts as confirmed, and without a mail. The password is valid
    /// for good.
    pub async fn create_user(
        &self,
        pool: &str,
        email: &str,
        password: &str,
    ) -> Result<(), CloudError> {
        let attribute = |name: &str, value: &str| {
            let attribute = AttributeType::builder().name(name).value(value).build();
            attribute.expect("all required fields are set")
        };
        self.users
            .admin_create_user()
            .user_pool_id(pool)
            .username(email)
            .user_attributes(attribute("email", email))
            .user_attributes(attribute("email_verified", "true"))
            .message_action(MessageActionType::Suppress)
            .send()
            .await
            .map_err(self.failed("AdminCreateUser"))?;
        self.users
            .admin_set_user_password()
            .user_pool_id(pool)
            .username(email)
            .password(password)
            .permanent(true)
            .send()
            .await
            .map_err(self.failed("AdminSetUserPassword"))?;
        Ok(())
    }

    /// Signs a user in as a page does, which the client has to allow; the identity token. `None` when the pool asks
    /// for more than a password.
    pub async fn sign_in(
        &self,
        client: &str,
        email: &str,
        password: &str,
    ) -> Result<Option<String>, CloudError> {
        let answer = self
            .users
            .initiate_auth()
            .client_id(client)
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", email)
            .auth_parameters("PASSWORD", password)
            .send()
            .await
            .map_err(self.failed("InitiateAuth"))?;
        Ok(answer.authentication_result.and_then(|it| it.id_token))
    }

    /// Deletes a user; one that does not exist is fine.
    pub async fn delete_user(&self, pool: &str, email: &str) -> Result<(), CloudError> {
        let deleting = self.users.admin_delete_user();
        let deleting = deleting.user_pool_id(pool).username(email).send();
        match deleting.await.map_err(self.failed("AdminDeleteUser")) {
            Err(error) if error.code() != Some("UserNotFoundException") => Err(error),
            _ => Ok(()),
        }
    }
}
