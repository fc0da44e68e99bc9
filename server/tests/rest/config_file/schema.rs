//! The JSON Schema of a file of boards: it accepts what `pull` prints.

use serde_json::{Map, Value, json};

use super::{unusual, with_unusual};

/// A TOML value as JSON, with instants as text.
fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(flag) => Value::from(flag),
        toml::Value::Datetime(instant) => Value::from(instant.to_string()),
        toml::Value::Array(items) => items.into_iter().map(to_json).collect(),
        toml::Value::Table(table) => {
            let members = table.into_iter().map(|(key, value)| (key, to_json(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}

/// Checks a value by the keywords that the schema uses, except lengths and patterns.
fn is_valid(schema: &Value, value: &Value, root: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return is_valid(target.expect("a definition"), value, root);
    }
    let has_type = match schema["type"].as_str() {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some(other) => panic!("another type: {other}"),
    };
    let is_listed = schema["enum"].as_array().is_none_or(|e| e.contains(value));
    let matches_one = schema["oneOf"].as_array().is_none_or(|all| {
        let valid = all.iter().filter(|one| is_valid(one, value, root));
        valid.count() == 1
    });
    let mut items = value.as_array().into_iter().flatten();
    let has_items = schema["items"].is_null() || items.all(|i| is_valid(&schema["items"], i, root));
    let mut required = schema["required"].as_array().into_iter().flatten();
    let has_required = required.all(|name| value.get(name.as_str().expect("a name")).is_some());
    let mut members = value.as_object().into_iter().flatten();
    let has_members = members.all(|(name, member)| {
        let property = &schema["properties"][name];
        match (property.is_null(), &schema["additionalProperties"]) {
            (false, _) => is_valid(property, member, root),
            (true, Value::Object(_)) => is_valid(&schema["additionalProperties"], member, root),
            (true, others) => *others != json!(false),
        }
    });
    has_type && is_listed && matches_one && has_items && has_required && has_members
}

#[tokio::test]
async fn schema_accepts_a_pulled_file_and_knows_every_setting() {
    let setup = with_unusual().await;
    let answer = setup.server.get("/api/v1/schemas/boards.json").await;
    assert_eq!(answer.header("content-type"), "application/schema+json");
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    let schema = answer.expect(200);
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );

    let pulled: toml::Table = setup.pull(&[]).parse().expect("TOML");
    let pulled = to_json(toml::Value::Table(pulled));
    assert!(is_valid(&schema, &pulled, &schema), "{pulled}");
    let properties = &schema["$defs"]["board"]["properties"];
    let run = &pulled["boards"]["2026-run"];
    for setting in unusual().as_object().expect("settings").keys() {
        assert!(properties[setting].is_object(), "{setting}");
        assert!(!run[setting].is_null(), "{setting} is in the file");
    }
    // The settings are those of a board, without the members that a definition ignores.
    let mut board = setup.board("2026-run").await;
    let board = board.as_object_mut().expect("a board");
    board.retain(|name, _| !["slug", "version", "seasons"].contains(&name.as_str()));
    let names = |object: &Map<String, Value>| {
        let mut names: Vec<String> = object.keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&*board),
        names(properties.as_object().expect("an object"))
    );

    for (member, wrong) in [
        ("policy", json!("worst")),
        ("archived", json!("no")),
        ("format", json!({ "decimals": "two" })),
        ("version", json!(3)),
    ] {
        let mut file = pulled.clone();
        file["boards"]["points"][member] = wrong;
        assert!(!is_valid(&schema, &file, &schema), "{member}");
    }
}
