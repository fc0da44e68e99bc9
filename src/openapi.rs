//! Schemas of the values that are a text or a number in JSON, with their bounds, for the OpenAPI
//! document. Types with members derive their schema where they are declared.

use std::borrow::Cow;

use utoipa::openapi::schema::{AdditionalProperties, ArrayItems};
use utoipa::openapi::{
    ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::people::player::{MAX_ID_BYTES, MAX_NAME_CHARS};
use crate::protocol::Channel;
use crate::{
    Epoch, Handle, PlayerId, PlayerName, Rank, Score, ScoreFormat, Season, Slug, SubmissionId,
    Timestamp,
};

/// A rank and a score, as an array of two numbers.
pub(crate) struct RankAndScore;

macro_rules! schemas {
    ($($type:ident: $schema:expr;)*) => {
        $(
            impl PartialSchema for $type {
                fn schema() -> RefOr<Schema> {
                    $schema.into()
                }
            }

            impl ToSchema for $type {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($type))
                }
            }
        )*
    };
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
}

fn integer(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .description(Some(description))
}

fn rank() -> ObjectBuilder {
    integer("A rank, from 1.").minimum(Some(1))
}

fn score() -> ObjectBuilder {
    integer(
        "A score: an integer within ±(2^53 - 1). Decimals and durations are display formats of it.",
    )
    .minimum(Some(Score::MIN.get()))
    .maximum(Some(Score::MAX.get()))
    .examples([12_345])
}

fn score_format() -> OneOfBuilder {
    let plain = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "`integer` is the number with grouped digits, `duration` a time in milliseconds.",
        ))
        .enum_values(Some(["integer", "duration"]));
    let places = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(9));
    let decimals = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(
            "The number of decimals: with 2, the score 12345 is shown as 123.45.",
        ))
        .property("decimals", places)
        .required("decimals")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    OneOfBuilder::new()
        .description(Some("Display format of scores."))
        .item(plain)
        .item(decimals)
}

schemas! {
    Slug: text("A board's name in URLs.")
        .pattern(Some("^[a-z0-9][a-z0-9_-]{0,63}$"))
        .examples(["arena"]);
    Handle: text("Sign-in name. Upper-case letters are accepted and stored in lower case.")
        .pattern(Some("^[A-Za-z0-9][A-Za-z0-9_-]{2,23}$"))
        .examples(["ada"]);
    PlayerId: text("A player's id: 1 to 64 bytes of visible text.")
        .min_length(Some(1))
        .max_length(Some(MAX_ID_BYTES))
        .examples(["player-7"]);
    PlayerName: text("A player's display name: 1 to 40 characters of visible text.")
        .min_length(Some(1))
        .max_length(Some(MAX_NAME_CHARS))
        .examples(["Misty Moose"]);
    Season: text("A season: `all`, or a year, month, ISO week or day.")
        .pattern(Some(
            "^(all|[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?|-W(0[1-9]|[1-4][0-9]|5[0-3]))?)$",
        ))
        .examples(["all", "2026-W47"]);
    SubmissionId: text("The id that makes a submission idempotent: a UUID, best of version 7.")
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .examples(["0193a7c0-0000-7000-8000-000000000001"]);
    Timestamp: text("An instant from the year 1 to 9999, by RFC 3339. Answers are in UTC.")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .examples(["2026-11-20T09:30:00.000Z"]);
    Epoch: text("Generation of a stream. Offsets of different epochs cannot be compared.")
        .pattern(Some("^[0-9a-f]{16}$"))
        .examples(["00000000000000ff"]);
    Channel: text("Name of a realtime channel.")
        .examples(["page:arena:2026-W47:1"]);
    Score: score();
    Rank: rank();
    ScoreFormat: score_format();
    RankAndScore: ArrayBuilder::new()
        .description(Some("A rank, then a score."))
        .items(ArrayItems::False)
        .prefix_items([rank(), score()])
        .min_items(Some(2))
        .max_items(Some(2));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn schema<T: PartialSchema>() -> Value {
        serde_json::to_value(T::schema()).unwrap()
    }

    #[test]
    fn bounds_are_those_of_the_types() {
        assert_eq!(schema::<Score>()["minimum"], json!(Score::MIN));
        assert_eq!(schema::<Score>()["maximum"], json!(Score::MAX));
        assert_eq!(schema::<Rank>()["minimum"], 1);
        assert_eq!(schema::<PlayerId>()["maxLength"], 64);
        assert_eq!(schema::<PlayerName>()["maxLength"], 40);
    }

    #[test]
    fn examples_are_valid() {
        fn check<T: PartialSchema + serde::de::DeserializeOwned>() {
            let schema = schema::<T>();
            let examples = schema["examples"].as_array().unwrap();
            for example in examples {
                let read: Result<T, _> = serde_json::from_value(example.clone());
                assert!(read.is_ok(), "{example}");
            }
        }
        check::<Slug>();
        check::<Handle>();
        check::<PlayerId>();
        check::<PlayerName>();
        check::<Season>();
        check::<SubmissionId>();
        check::<Timestamp>();
        check::<Epoch>();
        check::<Channel>();
        check::<Score>();
    }
}
