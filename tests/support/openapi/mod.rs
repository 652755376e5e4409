//! `openapi.yaml` as a promise: what it says of an operation is what its clients get, and nothing else.

mod document;
mod operation;

use std::sync::LazyLock;

use local::event::HttpRequest;

pub use document::Document;
pub use operation::{Described, Form, Promised};

use crate::{Answer, Failure};

static DOCUMENT: LazyLock<Result<Document, Failure>> = LazyLock::new(Document::read);

/// The document of this repository, read and compiled once for all tests.
pub fn document() -> Result<&'static Document, Failure> {
    DOCUMENT.as_ref().map_err(|error| error.to_string().into())
}

/// Makes sure that the request was allowed, if it has succeeded, and that the answer is one that the document promises.
/// What has no route is API Gateway's own matter.
pub fn hold(request: &HttpRequest, answer: &Answer) {
    let complaint = match document() {
        Ok(document) => document
            .operation(&request.method, &request.path)
            .and_then(|operation| operation.refuse(&request.body, answer).err().map(|reason| format!("{}: {reason}", operation.name))),
        Err(error) => Some(error.to_string()),
    };
    assert_eq!(complaint, None, "openapi.yaml does not describe this answer: {answer:?}");
}
