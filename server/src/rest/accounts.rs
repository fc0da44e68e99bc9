//! `/api/v1/accounts`: accounts and their roles.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::People;
use leaderport::{Account, Handle, Password, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, Params, PathOf};
use crate::http::problem::Problem;
use crate::openapi::Unchanged;
use crate::openapi::parameters::{AccountPath, After, Conditional};
use crate::openapi::refusals::{NewAccount, OfAccount, Private, Refusals, WriteJson};

#[derive(Serialize, ToSchema)]
pub(crate) struct AccountList {
    accounts: Vec<Account>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountDraft)]
pub(crate) struct Draft {
    handle: Handle,
    /// At least 10 characters, at most 256 bytes.
    #[schema(min_length = 10, max_length = 256, format = Password)]
    password: String,
    role: Role,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RoleChange)]
pub(crate) struct Change {
    role: Role,
}

/// Up to 100 accounts, by handle.
#[utoipa::path(
    get,
    path = "/accounts",
    operation_id = "list_accounts",
    tag = "accounts",
    params(After, Conditional),
    responses(
        (status = 200, description = "The accounts.", body = AccountList),
        Unchanged,
        Refusals<Private>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn list(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    params: Params,
) -> Result<Json<AccountList>, Problem> {
    let after = params.get("after")?;
    let accounts = people.accounts(&caller, after.as_ref()).await?;
    Ok(Json(AccountList { accounts }))
}

/// Makes an account for another person.
#[utoipa::path(
    post,
    path = "/accounts",
    operation_id = "make_account",
    tag = "accounts",
    request_body(content = Draft, content_type = "application/json"),
    responses(
        (status = 201, description = "The account.", body = Account),
        Refusals<(WriteJson, NewAccount)>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn make(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    Body(draft): Body<Draft>,
) -> Result<(StatusCode, Json<Account>), Problem> {
    let password = Password::new(&draft.password)?;
    let made = people.make_account(&caller, draft.handle, password, draft.role);
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Changes the role of an account.
#[utoipa::path(
    put,
    path = "/accounts/{handle}",
    operation_id = "change_account",
    tag = "accounts",
    params(AccountPath),
    request_body(content = Change, content_type = "application/json"),
    responses(
        (status = 200, description = "The account.", body = Account),
        Refusals<(WriteJson, OfAccount)>,
    ),
    security(("api_token" = []), ("session" = ["admin"])),
)]
pub(crate) async fn change(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    PathOf(handle): PathOf<String>,
    Body(change): Body<Change>,
) -> Result<Json<Account>, Problem> {
    let handle = Handle::new(&handle)?;
    Ok(Json(people.set_role(&caller, &handle, change.role).await?))
}
