//! Reads the form of a board into a draft.

use leaderport::{BoardDraft, InvalidValue, Marks, Period, ScoreFormat, Slug, Timestamp};
use serde::de::DeserializeOwned;

use super::{BoardForm, instant_of_input};

impl BoardForm {
    /// Reads the form, with numbers in the reader's marks.
    ///
    /// # Errors
    /// Refuses the first invalid field and names it.
    pub fn read(&self, marks: Marks) -> Result<(Slug, BoardDraft), InvalidValue> {
        let format = self.read_format()?;
        let bound = |field, text: &str| match text.trim() {
            "" => Ok(None),
            text => format
                .read(text, marks)
                .map_err(|e| e.of(field))
                .map(|s| Some(s.get())),
        };
        let periods = self.periods.split_whitespace().map(str::parse);
        let periods: Result<Vec<Period>, _> = periods.collect();
        let draft = BoardDraft {
            title: self.title.clone(),
            description: Some(self.description.clone()),
            policy: choice("policy", &self.policy)?,
            order: choice("order", &self.order)?,
            tie: choice("tie", &self.tie)?,
            periods: periods.map_err(|e| e.of("periods"))?,
            time_zone: Some(self.time_zone.trim().to_owned()).filter(|zone| !zone.is_empty()),
            min_score: bound("min_score", &self.min_score)?,
            max_score: bound("max_score", &self.max_score)?,
            format: Some(format),
            unit: Some(self.unit.clone()),
            opens_at: instant("opens_at", &self.opens_at)?,
            closes_at: instant("closes_at", &self.closes_at)?,
            submitters: Some(choice("submitters", &self.submitters)?),
            archived: self.archived.trim() == "yes",
            tick_millis: self.read_tick()?,
            accent: Some(choice("accent", &self.accent)?),
            emblem: Some(choice("emblem", &self.emblem)?),
        };
        Ok((Slug::new(self.slug.trim())?, draft))
    }

    fn read_tick(&self) -> Result<Option<u64>, InvalidValue> {
        let text = self.tick_millis.trim();
        let refused = |_| InvalidValue::new("tick_millis", text, "must be a whole number");
        match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(refused),
        }
    }

    fn read_format(&self) -> Result<ScoreFormat, InvalidValue> {
        let reason = "must be integer, duration or a number of decimals";
        let refused = || InvalidValue::new("format", self.format.trim(), reason);
        self.score_format().ok_or_else(refused)?.validated()
    }
}

fn choice<T: DeserializeOwned>(field: &'static str, text: &str) -> Result<T, InvalidValue> {
    let choice = serde_json::from_value(serde_json::Value::from(text.trim()));
    choice.map_err(|_| InvalidValue::new(field, text, "is none of the choices"))
}

fn instant(field: &'static str, text: &str) -> Result<Option<Timestamp>, InvalidValue> {
    match text.trim() {
        "" => Ok(None),
        text => instant_of_input(text)
            .parse()
            .map(Some)
            .map_err(|e: InvalidValue| e.of(field)),
    }
}
