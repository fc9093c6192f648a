//! Static validation, once for a document: async-graphql's strict rules on a schema that never executes. It may not see a
//! variable's value, so that its verdict holds for every request with the same text.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    ObjectType, Request, Response, Schema, SchemaBuilder, ServerError, SubscriptionType, ValidationMode, Value,
};
use futures::FutureExt;

/// Checks a document against the schema; it knows no variables.
pub trait Validate: Send + Sync + 'static {
    /// What is wrong with the document, if anything.
    fn validate(&self, document: &ExecutableDocument) -> Vec<ServerError>;
}

/// A schema that validates strictly and executes nothing.
pub struct Validator<Query, Mutation, Subscription>(Schema<Query, Mutation, Subscription>);

/// Makes of one recipe the schema that executes (without strict validation: every document has passed the other) and the
/// one that validates.
///
/// The recipe's fields may not carry `#[graphql(complexity = …)]` that reads arguments: async-graphql evaluates it during
/// validation and takes a variable that is not there for an error. `document::cost` counts instead.
pub fn split<Query, Mutation, Subscription>(
    recipe: impl Fn() -> SchemaBuilder<Query, Mutation, Subscription>,
) -> (Schema<Query, Mutation, Subscription>, Validator<Query, Mutation, Subscription>)
where
    Query: ObjectType + 'static,
    Mutation: ObjectType + 'static,
    Subscription: SubscriptionType + 'static,
{
    let executing = recipe().validation_mode(ValidationMode::Fast).finish();
    let validating = recipe().validation_mode(ValidationMode::Strict).extension(NoExecution).finish();
    (executing, Validator(validating))
}

impl<Query, Mutation, Subscription> Validate for Validator<Query, Mutation, Subscription>
where
    Query: ObjectType + 'static,
    Mutation: ObjectType + 'static,
    Subscription: SubscriptionType + 'static,
{
    fn validate(&self, document: &ExecutableDocument) -> Vec<ServerError> {
        let mut request = Request::new("");
        // Any operation will do: the rules look at all of them, but the choice must succeed.
        if let Some((Some(name), _)) = document.operations.iter().next() {
            request = request.operation_name(name.as_str());
        }
        request.set_parsed_query(document.clone());
        match self.0.execute(request).now_or_never() {
            Some(response) => response.errors,
            // Nothing in it waits; were that to change, no document may pass unseen.
            None => vec![ServerError::new("The document could not be validated.", None)],
        }
    }
}

struct NoExecution;

impl ExtensionFactory for NoExecution {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for NoExecution {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}
