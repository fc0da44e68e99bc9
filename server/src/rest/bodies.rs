//! Schemas of bodies and answers that no single type describes: definitions of boards, which may be
//! sent back as they were read; batches; uploads; the export of a player.

use std::borrow::Cow;

use leaderport::{Account, BoardDraft, PlayerRecord, SubmissionRecord};
use utoipa::openapi::schema::{AdditionalProperties, SchemaType};
use utoipa::openapi::{
    ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema,
    SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::answers::{PlayerAnswer, StandingAnswer};
use super::draft::Draft;
use super::push::PushEntry;
use crate::openapi::component;

/// The members of a board's answer that a definition may repeat.
const REPEATED: [&str; 5] = ["slug", "version", "seasons", "season_rules", "recounting"];

type Components = Vec<(String, RefOr<Schema>)>;

fn reference<T: ToSchema>() -> Ref {
    Ref::from_schema_name(T::name())
}

fn object() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Object)
}

/// The settings of a board, with the members that may be sent back.
fn settings() -> Object {
    let RefOr::T(Schema::Object(mut settings)) = BoardDraft::schema() else {
        return Object::new();
    };
    for name in REPEATED {
        let schema = ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some("As the board was read; changes nothing."));
        settings.properties.insert(name.to_owned(), schema.into());
    }
    settings
}

/// The body of `PUT`.
pub(crate) struct BoardDefinition;

impl PartialSchema for BoardDefinition {
    fn schema() -> RefOr<Schema> {
        settings().into()
    }
}

impl ToSchema for BoardDefinition {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("BoardDefinition")
    }

    fn schemas(schemas: &mut Components) {
        BoardDraft::schemas(schemas);
    }
}

/// The body of `PATCH`.
pub(crate) struct BoardChanges;

impl PartialSchema for BoardChanges {
    fn schema() -> RefOr<Schema> {
        let mut changes = settings();
        changes.required.clear();
        changes.description = Some(
            "A JSON merge patch (RFC 7396) of a board's settings. `null` resets a setting to its \
             default."
                .to_owned(),
        );
        changes.into()
    }
}

impl ToSchema for BoardChanges {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("BoardChanges")
    }

    fn schemas(schemas: &mut Components) {
        BoardDraft::schemas(schemas);
    }
}

/// The body of a batch.
pub(crate) struct Batch;

impl PartialSchema for Batch {
    fn schema() -> RefOr<Schema> {
        let list = || {
            ArrayBuilder::new()
                .items(reference::<Draft>())
                .max_items(Some(leaderport::service::MAX_BATCH))
        };
        let import = ObjectBuilder::new()
            .schema_type(Type::Boolean)
            .description(Some(
                "Whether the scores are from before. Those of erased players are refused then.",
            ));
        let members = object()
            .property("submissions", list())
            .required("submissions")
            .property("import", import);
        OneOfBuilder::new().item(members).item(list()).into()
    }
}

impl ToSchema for Batch {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Batch")
    }

    fn schemas(schemas: &mut Components) {
        schemas.push(component::<Draft>());
        Draft::schemas(schemas);
    }
}

/// An uploaded or stored picture.
pub(crate) struct Picture;

impl PartialSchema for Picture {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for Picture {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Picture")
    }
}

/// A player's standing in the season of a request, or those in every running season.
pub(crate) struct OneOrAllStandings;

impl PartialSchema for OneOrAllStandings {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(reference::<StandingAnswer>())
            .item(reference::<PlayerAnswer>())
            .into()
    }
}

impl ToSchema for OneOrAllStandings {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("OneOrAllStandings")
    }

    fn schemas(schemas: &mut Components) {
        schemas.push(component::<StandingAnswer>());
        StandingAnswer::schemas(schemas);
        schemas.push(component::<PlayerAnswer>());
        PlayerAnswer::schemas(schemas);
    }
}

/// The data of a player, as a file.
pub(crate) struct PlayerExport;

impl PartialSchema for PlayerExport {
    fn schema() -> RefOr<Schema> {
        let nothing = ObjectBuilder::new().schema_type(Type::Null);
        let account = OneOfBuilder::new()
            .item(nothing)
            .item(reference::<Account>());
        let free = object().additional_properties(Some(AdditionalProperties::FreeForm(true)));
        let settings = free.description(Some("The settings of the player as a reader."));
        object()
            .property("player", reference::<PlayerRecord>())
            .property("account", account)
            .property("settings", settings)
            .property("push", ArrayBuilder::new().items(reference::<PushEntry>()))
            .property(
                "submissions",
                ArrayBuilder::new().items(reference::<SubmissionRecord>()),
            )
            .required("player")
            .required("account")
            .required("settings")
            .required("push")
            .required("submissions")
            .into()
    }
}

impl ToSchema for PlayerExport {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PlayerExport")
    }

    fn schemas(schemas: &mut Components) {
        schemas.push(component::<PlayerRecord>());
        PlayerRecord::schemas(schemas);
        schemas.push(component::<Account>());
        Account::schemas(schemas);
        schemas.push(component::<PushEntry>());
        PushEntry::schemas(schemas);
        schemas.push(component::<SubmissionRecord>());
        SubmissionRecord::schemas(schemas);
    }
}
