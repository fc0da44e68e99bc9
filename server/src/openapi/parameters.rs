//! Parameters that operations share, or whose rules are more than a type: in the address, the query
//! and the headers. The check of unknown query parameters reads them from the document.

use leaderport::ranking::page::PageNumber;
use leaderport::service::MAX_LIMIT;
use leaderport::service::leaderboards::admin::seasons::SEASONS_AT_ONCE;
use leaderport::{Handle, Period, PlayerId, Position, Season, Slug};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, RefOr, Required, Schema, Type};
use utoipa::{IntoParams, PartialSchema};

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident: [$($parameter:expr),*];)*) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name;

            impl IntoParams for $name {
                fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                    vec![$($parameter),*]
                }
            }
        )*
    };
}

parameters! {
    /// The board of an address.
    BoardPath: [path("slug", "The board.", Slug::schema())];
    /// The season of an address.
    SeasonPath: [path("season", "The season.", Season::schema())];
    /// The player of an address.
    PlayerPath: [path("player", "The player's id.", PlayerId::schema())];
    /// The account of an address.
    AccountPath: [path("handle", "The account.", Handle::schema())];
    /// The key of an address.
    KeyPath: [path("id", "The key's public id.", text())];
    /// The subscription of an address.
    SubscriptionPath: [path("id", "The secret id in the notification.", text())];

    /// A read that knows a state.
    Conditional: [header(
        "If-None-Match",
        "The `ETag` of the client's state. The answer is 304 while the state is the same."
    )];
    /// A change of a known version.
    IfMatch: [header("If-Match", "An `ETag` of the board: only its version is changed.")];
    /// A definition of a new board.
    IfNoneMatch: [header("If-None-Match", "`*`: only a new board is defined.")];
    /// A submission with a key.
    IdempotencyKey: [header(
        "Idempotency-Key",
        "The submission's id as a UUID, or 1 to 255 visible ASCII characters that mean one."
    )];
    /// A stream that goes on.
    LastEventId: [header("Last-Event-ID", "The `id` of the last event; precedes `since`.")];

    /// Rows from an offset.
    RowsAt: [
        query("offset", "The first row, from 0.", whole(0, PageNumber::MAX.start())),
        query("limit", "Number of rows; 50 by default.", whole(1, at_most(MAX_LIMIT))),
        query("format", "Precedes `Accept`. With CSV, `offset` and `limit` do not apply.", one_of(["json", "csv"]))
    ];
    /// Rows around a player.
    RowsAround: [query("limit", "Number of rows; 11 by default.", whole(1, at_most(MAX_LIMIT)))];
    /// A search by name.
    Named: [needed("name", "The beginning of a name, or of a word in it.", text())];
    /// A search by name, handle or id.
    Found: [query("name", "The beginning of a name or handle, or an id.", text())];
    /// A page of the list of seasons.
    SeasonsBefore: [
        query("period", "Only seasons of this period.", Period::schema()),
        query("before", "The `next` of the former page.", Season::schema()),
        query("limit", "Number of ended seasons.", whole(1, at_most(SEASONS_AT_ONCE)))
    ];
    /// The confirmation of a deletion.
    Confirmed: [
        query("confirm", "Repeats the slug of the board. Needed without `dry_run`.", text()),
        query("dry_run", "With `true`, nothing is deleted.", flag())
    ];
    /// Another value avoids a cached picture.
    UploadCount: [query("upload", "Without a meaning; another value avoids a cached picture.", text())];
    /// The channels of a stream.
    Channels: [
        needed("channels", "Names of channels, separated by commas.", text()),
        query("since", "The `id` of an event; the stream goes on after it.", text()),
        query("show", "With `true`, others see the listener's name on presence channels.", flag()),
        query("once", "With `true`, the stream ends after the available events.", flag()),
        query("format", "Format of the events; JSON by default.", one_of(["json", "binary"]))
    ];
    /// The channel of missed changes.
    MissedOf: [
        needed("channel", "The channel, without its board: `page:2026-W47:1`.", text()),
        needed("since", "The client's position: `EPOCH.OFFSET`.", position())
    ];
    /// A page of the list of accounts.
    After: [query("after", "Only later handles.", Handle::schema())];
    /// A filter of the audit log.
    Audited: [
        query("actor", "The exact actor: `operator`, `key ID` or `player ID`.", text()),
        query("action", "The exact action, like `define_board`.", text()),
        query("target", "A part of the target, in any case.", text()),
        query("before", "Only entries with a smaller `seq`.", whole(0, i64::MAX.unsigned_abs())),
        query("format", "Precedes `Accept`. CSV has all entries.", one_of(["json", "csv"]))
    ];
    /// A page of a player's submissions.
    SubmissionsBefore: [
        query("board", "Only submissions to this board.", Slug::schema()),
        query("before", "Only submissions with a smaller `seq`.", whole(0, i64::MAX.unsigned_abs()))
    ];
}

fn parameter(
    name: &str,
    of: ParameterIn,
    description: &str,
    schema: impl Into<RefOr<Schema>>,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(of)
        .description(Some(description))
        .schema(Some(schema))
}

fn path(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let parameter = parameter(name, ParameterIn::Path, description, schema);
    parameter.required(Required::True).build()
}

fn query(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let parameter = parameter(name, ParameterIn::Query, description, schema);
    parameter.required(Required::False).build()
}

fn needed(name: &str, description: &str, schema: impl Into<RefOr<Schema>>) -> Parameter {
    let parameter = parameter(name, ParameterIn::Query, description, schema);
    parameter.required(Required::True).build()
}

fn header(name: &str, description: &str) -> Parameter {
    let parameter = parameter(name, ParameterIn::Header, description, text());
    parameter.required(Required::False).build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn flag() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean)
}

fn whole(first: u64, last: u64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(first))
        .maximum(Some(last))
}

fn at_most(limit: usize) -> u64 {
    u64::try_from(limit).unwrap_or(u64::MAX)
}

fn one_of(names: [&str; 2]) -> ObjectBuilder {
    text().enum_values(Some(names))
}

fn position() -> ObjectBuilder {
    text().examples([Position::NOWHERE.to_string()])
}
