//! A question that is kept in a `.graphql` file, and what each viewer of the cases gets for an answer. It knows no question itself.

use serde_json::{Value, json};

use super::{Answer, App, Who};

/// A file of `tests/cases`: comments that say which query of the seed it answers, a line `# variables: {…}`, and one operation.
pub struct Question {
    text: &'static str,
    variables: Value,
    left_out: Option<&'static str>,
}

/// What the five viewers get, whole: `data` must be this and nothing else. Nobody, the sixth, gets nothing, whatever is asked.
pub struct Answers<'a> {
    pub super_admin: &'a Value,
    pub acme_admin: &'a Value,
    pub acme_clinician: &'a Value,
    pub techpartner_admin: &'a Value,
    pub stranger: &'a Value,
}

impl Question {
    /// Reads a file that `include_str!` brought.
    #[track_caller]
    pub fn of(text: &'static str) -> Self {
        let line = text.lines().find_map(|line| line.strip_prefix("# variables:")).expect("a line `# variables: {…}`");
        let variables = serde_json::from_str(line).expect("variables in JSON, on one line");
        Self { text, variables, left_out: None }
    }

    /// The same, without this field in the answers: for what differs from run to run.
    pub fn leaving_out(self, field: &'static str) -> Self {
        Self { left_out: Some(field), ..self }
    }

    /// Asks it as somebody.
    pub async fn ask(&self, app: &App, who: &Who) -> Answer {
        app.ask_with(who, self.text, self.variables.clone()).await
    }

    /// Asks it as everybody and compares.
    pub async fn is_answered(&self, app: &App, answers: Answers<'_>) {
        for (who, expected) in [
            (Who::super_admin(), answers.super_admin),
            (Who::acme_admin(), answers.acme_admin),
            (Who::acme_clinician(), answers.acme_clinician),
            (Who::techpartner_admin(), answers.techpartner_admin),
            (Who::stranger(), answers.stranger),
        ] {
            let answer = self.ask(app, &who).await;
            let mut data = answer.data().clone();
            if let Some(field) = self.left_out {
                leave_out(&mut data, field);
            }
            assert_eq!(&data, expected, "as {}", who.name);
        }
        let answer = app.send(None, &json!({ "query": self.text, "variables": self.variables })).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "as nobody");
        let data = &answer.body["data"];
        let nothing = data.is_null() || data.as_object().is_some_and(|data| data.values().all(Value::is_null));
        assert!(nothing, "as nobody: {data}");
    }
}

fn leave_out(value: &mut Value, field: &str) {
    match value {
        Value::Object(fields) => {
            fields.remove(field);
            fields.values_mut().for_each(|value| leave_out(value, field));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| leave_out(value, field)),
        _ => {}
    }
}
