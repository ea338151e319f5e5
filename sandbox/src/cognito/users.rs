//! The operations of a pool's owner on its users.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cognito;
use super::fault::{invalid, no_user};
use super::password_policy;
use super::schema::Giver;
use super::sign_up::PoolUserRequest;
use super::user::{Attribute, Status, User, attributes};
use crate::fault::{Answer, Fault};
use crate::random::random_id;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdminCreateUserRequest {
    #[serde(flatten)]
    named: PoolUserRequest,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
    temporary_password: Option<String>,
    message_action: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdminSetUserPasswordRequest {
    #[serde(flatten)]
    named: PoolUserRequest,
    password: Option<String>,
    #[serde(default)]
    permanent: bool,
}

/// Creates a user with a temporary password. Without one in the request, AWS mails one; the sandbox writes no
/// passwords anywhere, so that such a user needs `AdminSetUserPassword`.
pub async fn create(cognito: &Cognito, request: AdminCreateUserRequest) -> Answer {
    let pool = cognito.pool(&request.named.user_pool_id)?;
    let (name, now) = (&request.named.username, cognito.clock.now());
    let given = attributes(request.user_attributes);
    let mut user = User::new(&pool, name, given, Giver::Administrator, now)?;
    let password = request.temporary_password.filter(|given| !given.is_empty());
    match &password {
        Some(password) => {
            pool.password_policy().check_password(password)?;
            user.set_password(password, now);
        }
        None => user.set_password(&random_id(52), now),
    }
    user.status = Status::ForceChangePassword;
    user.expires = Some(now + pool.password_policy().temporary_validity());
    cognito.add_user(&pool, &user)?;
    if password.is_none() && request.message_action.is_none() {
        cognito.journal.note(&format!(
            "Cognito user pool {}: AWS would mail a temporary password to {}; set one with AdminSetUserPassword",
            pool.id, user.name
        ));
    }
    let mut shown = user.shown();
    shown["Attributes"] = json!(user.shown_attributes());
    Ok(json!({ "User": shown }))
}

pub async fn set_password(cognito: &Cognito, request: AdminSetUserPasswordRequest) -> Answer {
    let pool = cognito.pool(&request.named.user_pool_id)?;
    let user = cognito.user(&pool, &request.named.username)?;
    let password = password_policy::given(request.password.as_deref())?;
    pool.password_policy().check_password(password)?;
    let now = cognito.clock.now();
    cognito.change_user(&user.key(), |user| {
        user.set_password(password, now);
        user.status = match request.permanent {
            true => Status::Confirmed,
            false => Status::ForceChangePassword,
        };
        user.expires =
            (!request.permanent).then(|| now + pool.password_policy().temporary_validity());
        Ok::<Value, Fault>(json!({}))
    })
}

pub async fn get(cognito: &Cognito, request: PoolUserRequest) -> Answer {
    let pool = cognito.pool(&request.user_pool_id)?;
    let user = cognito.user(&pool, &request.username)?;
    let mut shown = user.shown();
    shown["UserAttributes"] = json!(user.shown_attributes());
    Ok(shown)
}

pub async fn delete(cognito: &Cognito, request: PoolUserRequest) -> Answer {
    let pool = cognito.pool(&request.user_pool_id)?;
    let user = cognito.user(&pool, &request.username)?;
    match cognito.users.remove(&user.key())? {
        true => Ok(json!({})),
        false => Err(no_user()),
    }
}

pub async fn disable(cognito: &Cognito, request: PoolUserRequest) -> Answer {
    change(cognito, &request, |user| user.is_enabled = false)
}

pub async fn enable(cognito: &Cognito, request: PoolUserRequest) -> Answer {
    change(cognito, &request, |user| user.is_enabled = true)
}

/// Ends all sessions of the user.
pub async fn sign_out(cognito: &Cognito, request: PoolUserRequest) -> Answer {
    change(cognito, &request, |user| user.sign_outs += 1)
}

fn change(cognito: &Cognito, request: &PoolUserRequest, change: impl FnOnce(&mut User)) -> Answer {
    let pool = cognito.pool(&request.user_pool_id)?;
    let user = cognito.user(&pool, &request.username)?;
    cognito.change_user(&user.key(), |user| {
        change(user);
        user.modified = cognito.clock.now();
        Ok::<Value, Fault>(json!({}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersRequest {
    user_pool_id: String,
    attributes_to_get: Option<Vec<String>>,
    limit: Option<i64>,
    pagination_token: Option<String>,
    filter: Option<String>,
}

pub async fn list(cognito: &Cognito, request: ListUsersRequest) -> Answer {
    const LIST: &str = "Users";
    let pool = cognito.pool(&request.user_pool_id)?;
    let filter = request.filter.as_deref().filter(|text| !text.is_empty());
    let filter = filter.map(Filter::read).transpose()?;
    let size = super::pages::Size::optional(request.limit)?;
    let page = size.page(LIST, request.pagination_token.as_deref(), |after, size| {
        let wanted = |user: &User| filter.as_ref().is_none_or(|filter| filter.takes(user));
        let prefix = super::within(&pool.id, "");
        Ok(cognito.users.page(&prefix, after, size, wanted)?)
    })?;
    let next = page.next.map(|next| next.token(LIST));
    let wanted = |attribute: &Value| match &request.attributes_to_get {
        Some(names) => names.iter().any(|name| attribute["Name"] == **name),
        None => true,
    };
    let users: Vec<Value> = page
        .items
        .iter()
        .map(|(_, user)| {
            let mut shown = user.shown();
            let attributes = user.shown_attributes().into_iter().filter(wanted);
            shown["Attributes"] = attributes.collect();
            shown
        })
        .collect();
    Ok(json!({ LIST: users, "PaginationToken": next }))
}

/// Which users a list has: `attribute = "value"` or, for a beginning, `attribute ^= "value"`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filter {
    attribute: String,
    is_prefix: bool,
    value: String,
}

/// Source: `Filter` in the documentation of ListUsers.
const SEARCHABLE: [&str; 10] = [
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
];

impl Filter {
    fn read(text: &str) -> Result<Self, Fault> {
        let wrong = || invalid(format!("Error while parsing filter: {text}"));
        let (left, value) = text.split_once('=').ok_or_else(wrong)?;
        let value = value
            .trim()
            .strip_prefix('"')
            .and_then(|it| it.strip_suffix('"'));
        let value = value.ok_or_else(wrong)?.replace("\\\"", "\"");
        let (attribute, is_prefix) = match left.trim_end().strip_suffix('^') {
            Some(left) => (left.trim(), true),
            None => (left.trim(), false),
        };
        if !SEARCHABLE.contains(&attribute) {
            return Err(invalid(format!("Cannot search on attribute: {attribute}")));
        }
        Ok(Self {
            attribute: attribute.to_owned(),
            is_prefix,
            value,
        })
    }

    fn takes(&self, user: &User) -> bool {
        let status = json!(user.status);
        let enabled = if user.is_enabled {
            "Enabled"
        } else {
            "Disabled"
        };
        let found = match self.attribute.as_str() {
            "username" => Some(user.name.as_str()),
            "sub" => Some(user.sub.as_str()),
            "cognito:user_status" => status.as_str(),
            "status" => Some(enabled),
            name => user.attributes.get(name).map(String::as_str),
        };
        found.is_some_and(|found| match self.is_prefix {
            true => found.starts_with(&self.value),
            false => found == self.value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_an_attribute_a_comparison_and_a_value() {
        let filter = |attribute: &str, is_prefix, value: &str| {
            Ok(Filter {
                attribute: attribute.to_owned(),
                is_prefix,
                value: value.to_owned(),
            })
        };
        for (text, expected) in [
            ("email = \"a@b.c\"", filter("email", false, "a@b.c")),
            ("email=\"a=b\"", filter("email", false, "a=b")),
            ("username ^= \"an\"", filter("username", true, "an")),
            ("name^=\"a \\\"b\"", filter("name", true, "a \"b")),
        ] {
            assert_eq!(Filter::read(text), expected, "{text}");
        }
        for text in [
            "",
            "email",
            "email = a",
            "email = \"",
            "custom:team = \"a\"",
        ] {
            assert!(Filter::read(text).is_err(), "{text}");
        }
    }
}
