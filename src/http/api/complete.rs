//! What holds for every route is said once: a path or a query that cannot be read is a 400, and too many requests are a 429.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder};

/// Adds to each operation what it does not say itself.
pub(super) fn complete(document: &mut OpenApi, limited: impl Fn(&str, &str) -> bool) {
    for (path, item) in &mut document.paths.paths {
        let methods = [
            ("GET", &mut item.get),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in methods {
            let Some(operation) = operation else { continue };
            let read = |parameter: &RefOr<_>| match parameter {
                RefOr::T(utoipa::openapi::path::Parameter { parameter_in, .. }) => {
                    matches!(parameter_in, ParameterIn::Path | ParameterIn::Query)
                }
                RefOr::Ref(_) => true,
            };
            if operation.parameters.iter().flatten().any(read) {
                add(operation, "400", "The path or the query cannot be read");
            }
            if limited(method, path) {
                add(operation, "429", "Too many: `Retry-After`");
            }
        }
    }
}

fn add(operation: &mut Operation, status: &str, description: &str) {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    let response =
        ResponseBuilder::new().description(description).content("application/problem+json", problem);
    operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
}
