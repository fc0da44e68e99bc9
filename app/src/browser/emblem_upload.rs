//! The upload and the removal of a board's emblem, and whether there is one. The requests have the
//! reader's cookie, and their origin is this site.

use gloo_net::http::{Request, Response};
use leaderport::board::MAX_EMBLEM_BYTES;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::File;

#[wasm_bindgen]
extern "C" {
    /// A refusal of the API (RFC 9457).
    #[wasm_bindgen(extends = js_sys::Object)]
    type Problem;

    #[wasm_bindgen(method, getter)]
    fn detail(this: &Problem) -> JsValue;
}

/// The reason why an upload was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadRefusal {
    /// The file is too large.
    TooLarge,
    /// The file is neither an SVG nor a PNG.
    NoPicture,
    /// The picture cannot be used, with the reason.
    Unusable(String),
    /// Another reason, like a connection that failed.
    Failed,
}

/// Uploads a file as the emblem of a board. Returns the version of the board after that.
///
/// # Errors
/// Returns the reason why the file was refused.
pub async fn upload_emblem(slug: &str, file: &File) -> Result<u64, UploadRefusal> {
    // The server may close the connection to a larger upload before it is complete.
    if file.size() > f64::from(MAX_EMBLEM_BYTES) {
        return Err(UploadRefusal::TooLarge);
    }
    let request = Request::put(&address(slug)).header("content-type", &file.type_());
    let request = request.body(JsValue::from(file.clone()));
    let request = request.map_err(|_| UploadRefusal::Failed)?;
    let answer = request.send().await.map_err(|_| UploadRefusal::Failed)?;
    match answer.status() {
        200 => version(&answer).ok_or(UploadRefusal::Failed),
        413 => Err(UploadRefusal::TooLarge),
        415 => Err(UploadRefusal::NoPicture),
        422 => {
            let problem = answer.text().await.unwrap_or_default();
            let detail = detail(&problem).ok_or(UploadRefusal::Failed)?;
            Err(UploadRefusal::Unusable(detail))
        }
        _ => Err(UploadRefusal::Failed),
    }
}

/// Removes the uploaded emblem of a board. Returns the version of the board after that; `None` if the
/// removal failed.
pub async fn remove_emblem(slug: &str) -> Option<u64> {
    let answer = Request::delete(&address(slug)).send().await.ok()?;
    if answer.ok() { version(&answer) } else { None }
}

/// Whether a board has an uploaded emblem, which it may not show at present. False if the server does not
/// answer.
pub async fn has_emblem(slug: &str) -> bool {
    let answer = Request::get(&address(slug)).send().await;
    answer.is_ok_and(|answer| answer.ok())
}

fn address(slug: &str) -> String {
    format!("/api/v1/boards/{slug}/emblem")
}

/// The version of the board in an answer.
fn version(answer: &Response) -> Option<u64> {
    let tag = answer.headers().get("etag")?;
    let version = tag.trim_start_matches("W/").trim_matches('"');
    version.parse().ok()
}

/// The sentence of a problem in JSON.
fn detail(problem: &str) -> Option<String> {
    let problem = js_sys::JSON::parse(problem).ok()?;
    let problem: Problem = problem.is_object().then(|| problem.unchecked_into())?;
    problem.detail().as_string()
}
