//! Refusals of operations: each operation names its causes, and the document lists every status with
//! the `code` of its problems.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use utoipa::IntoResponses;
use utoipa::openapi::{
    AllOfBuilder, ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response,
    ResponseBuilder, Type,
};

/// Media type of a problem (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// Every code with its status and its meaning, in the order of the document.
const CODES: [(&str, u16, &str); 33] = [
    ("malformed_json", 400, "the body is not JSON"),
    ("unreadable_body", 400, "the body could not be received"),
    (
        "unauthorized",
        401,
        "no credentials were sent, or they are not valid, or no longer",
    ),
    (
        "bad_token",
        401,
        "the player's token is not valid, or has expired",
    ),
    ("forbidden", 403, "the caller lacks the permission"),
    ("banned", 403, "the player is banned"),
    (
        "foreign_origin",
        403,
        "the page's origin is not in `--allow-origin`",
    ),
    ("not_found", 404, "there is nothing at this address"),
    ("unknown_board", 404, "there is no such board"),
    ("unknown_player", 404, "the player has no standing"),
    ("unknown_account", 404, "there is no such account"),
    (
        "unknown_key",
        404,
        "there is no such key, or it was revoked before",
    ),
    ("no_emblem", 404, "the board has no uploaded picture"),
    (
        "id_conflict",
        409,
        "the id belongs to a submission with another content",
    ),
    (
        "erased",
        409,
        "the player was erased, and the score or credential is from before",
    ),
    ("board_not_open", 409, "the board opens later"),
    (
        "board_closed",
        409,
        "the board, or every season of the submission, is closed",
    ),
    ("handle_taken", 409, "another account has the handle"),
    (
        "calendar_in_use",
        409,
        "a season with standings would begin or end at another time",
    ),
    ("not_archived", 409, "the board is not archived"),
    (
        "being_deleted",
        409,
        "a former board of this name is still being deleted; a repeat helps",
    ),
    (
        "outdated_board",
        412,
        "the board has another version than the expected one",
    ),
    ("body_too_large", 413, "the body is too large"),
    (
        "unsupported_media_type",
        415,
        "the body has another media type",
    ),
    (
        "invalid_value",
        422,
        "a value breaks a rule, or a parameter or member is unknown; `field` names it",
    ),
    (
        "omitted_settings",
        422,
        "the definition would reset settings of the board; `omitted` lists them",
    ),
    (
        "sum_out_of_range",
        422,
        "the sum is out of the range of scores",
    ),
    ("unreadable_emblem", 422, "the picture cannot be used"),
    (
        "too_many_requests",
        429,
        "a quota is exceeded; a repeat helps",
    ),
    (
        "unavailable",
        503,
        "an engine is down, or the node is stopping; a repeat helps",
    ),
    (
        "busy",
        503,
        "too many expensive requests at once; a repeat helps",
    ),
    (
        "board_recounting",
        503,
        "the standings are being recounted by new rules; a repeat helps",
    ),
    (
        "too_many_connections",
        503,
        "too many open connections; a repeat helps",
    ),
];

/// A set of codes.
pub(crate) trait Causes {
    /// The codes; they may repeat.
    fn codes() -> Vec<&'static str>;
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident: [$($code:literal),*];)*) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name;

            impl Causes for $name {
                fn codes() -> Vec<&'static str> {
                    vec![$($code),*]
                }
            }
        )*
    };
}

causes! {
    /// Every request of the API: its parameters, its quota, and the engines.
    Always: ["invalid_value", "too_many_requests", "unavailable", "busy"];
    /// Requests with a caller.
    Identified: ["unauthorized", "bad_token", "forbidden"];
    /// Requests that change something.
    Mutation: ["foreign_origin"];
    /// Requests with a body of JSON.
    JsonBody: ["malformed_json", "unreadable_body", "body_too_large", "unsupported_media_type"];
    /// Addresses with a parameter.
    Address: ["not_found"];
    /// Addresses of a board.
    OfBoard: ["not_found", "unknown_board"];
    /// Addresses of a player's standing.
    OfStanding: ["unknown_player"];
    /// Definitions of a board.
    Defining: ["calendar_in_use", "being_deleted", "outdated_board", "board_recounting"];
    /// Complete definitions of a board.
    Complete: ["omitted_settings"];
    /// Pictures of a board.
    NoPicture: ["no_emblem"];
    /// Deletions of a board.
    Deletion: ["not_archived", "outdated_board"];
    /// Submissions.
    Submitting: [
        "banned", "id_conflict", "erased", "board_not_open", "board_closed", "sum_out_of_range",
        "board_recounting"
    ];
    /// Uploads.
    Upload: [
        "unreadable_body", "body_too_large", "unsupported_media_type", "unreadable_emblem"
    ];
    /// Requests that wait for a recount.
    Recount: ["board_recounting"];
    /// Names of players.
    Rename: ["erased"];
    /// Connections.
    Connection: ["too_many_connections"];
    /// Names of accounts.
    NewAccount: ["handle_taken"];
    /// Addresses of an account.
    OfAccount: ["not_found", "unknown_account"];
    /// Addresses of a key.
    OfKey: ["not_found", "unknown_key"];
}

macro_rules! sets {
    ($($($set:ident)+;)*) => {
        $(
            impl<$($set: Causes),+> Causes for ($($set,)+) {
                fn codes() -> Vec<&'static str> {
                    [$($set::codes()),+].concat()
                }
            }
        )*
    };
}

sets! {
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
}

/// Reads that are open to all.
pub(crate) type Open = Always;
/// Reads of a permitted caller.
pub(crate) type Private = (Always, Identified);
/// Changes by a permitted caller, without a body.
pub(crate) type Write = (Always, Identified, Mutation);
/// Changes by a permitted caller, with a body of JSON.
pub(crate) type WriteJson = (Always, Identified, Mutation, JsonBody);

/// The refusals with the codes of a set, by status.
pub(crate) struct Refusals<T>(PhantomData<T>);

impl<T: Causes> IntoResponses for Refusals<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let wanted = T::codes();
        let mut statuses: BTreeMap<u16, Vec<(&str, &str)>> = BTreeMap::new();
        for (code, status, meaning) in CODES {
            if wanted.contains(&code) {
                statuses.entry(status).or_default().push((code, meaning));
            }
        }
        let responses = statuses.into_iter();
        let responses =
            responses.map(|(status, codes)| (status.to_string(), refusal(status, &codes)));
        responses.collect()
    }
}

fn refusal(status: u16, codes: &[(&str, &str)]) -> RefOr<Response> {
    let meanings = codes
        .iter()
        .map(|(code, meaning)| format!("- `{code}`: {meaning}"));
    let mut description = meanings.collect::<Vec<_>>().join("\n");
    if status == 503 {
        description.push_str(
            "\n\nA request that takes more than 30 seconds gets this status without a body.",
        );
    }
    let names = codes.iter().map(|(code, _)| *code);
    let own = ObjectBuilder::new()
        .property(
            "status",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .enum_values(Some([status])),
        )
        .property(
            "code",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(names)),
        );
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name("Problem"))
        .item(own);
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content(PROBLEM, content);
    for (name, meaning) in headers(status) {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new()
            .schema(text)
            .description(Some(*meaning));
        response = response.header(*name, header.build());
    }
    response.into()
}

/// The headers of a refusal, with their meaning.
fn headers(status: u16) -> &'static [(&'static str, &'static str)] {
    match status {
        401 => &[("WWW-Authenticate", "the scheme `Bearer`")],
        429 => &[
            ("Retry-After", "seconds until a repeat helps"),
            (
                "RateLimit",
                "remaining quota, and seconds until there is more",
            ),
            ("RateLimit-Policy", "quota, and its window in seconds"),
        ],
        503 => &[("Retry-After", "seconds until a repeat helps")],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_known(codes: &[&str]) {
        for code in codes {
            let known = CODES.iter().filter(|(known, ..)| known == code);
            assert_eq!(known.count(), 1, "{code}");
        }
    }

    #[test]
    fn codes_of_causes_have_a_status() {
        all_known(&<(WriteJson, OfBoard, Defining, Complete, NoPicture)>::codes());
        all_known(&<(Submitting, Upload, Recount, Rename, Connection)>::codes());
        all_known(&<(
            NewAccount,
            OfAccount,
            OfKey,
            Deletion,
            OfStanding,
            Address,
        )>::codes());
    }

    #[test]
    fn refusals_are_grouped_by_status() {
        let responses = Refusals::<(Open, OfBoard)>::responses();
        let statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
        assert_eq!(statuses, ["404", "422", "429", "503"]);
        let not_found = serde_json::to_value(&responses["404"]).unwrap();
        let schema = &not_found["content"][PROBLEM]["schema"]["allOf"];
        assert_eq!(schema[0]["$ref"], "#/components/schemas/Problem");
        let codes = &schema[1]["properties"]["code"]["enum"];
        assert_eq!(*codes, serde_json::json!(["not_found", "unknown_board"]));
    }
}
