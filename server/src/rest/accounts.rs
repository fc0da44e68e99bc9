//! `/api/v1/accounts`: accounts and their roles.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use leaderport::service::People;
use leaderport::{Account, Handle, Password, Role};
use serde::{Deserialize, Serialize};

use crate::auth::bearer::Known;
use crate::http::extractors::extract::{Body, Params, PathOf};
use crate::http::problem::Problem;

#[derive(Serialize)]
pub(crate) struct AccountList {
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    handle: Handle,
    password: String,
    role: Role,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    role: Role,
}

pub(crate) async fn list(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    params: Params,
) -> Result<Json<AccountList>, Problem> {
    let after = params.get("after")?;
    let accounts = people.accounts(&caller, after.as_ref()).await?;
    Ok(Json(AccountList { accounts }))
}

pub(crate) async fn make(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    Body(draft): Body<Draft>,
) -> Result<(StatusCode, Json<Account>), Problem> {
    let password = Password::new(&draft.password)?;
    let made = people.make_account(&caller, draft.handle, password, draft.role);
    Ok((StatusCode::CREATED, Json(made.await?)))
}

pub(crate) async fn change(
    Known(caller): Known,
    State(people): State<Arc<People>>,
    PathOf(handle): PathOf<String>,
    Body(change): Body<Change>,
) -> Result<Json<Account>, Problem> {
    let handle = Handle::new(&handle)?;
    Ok(Json(people.set_role(&caller, &handle, change.role).await?))
}
