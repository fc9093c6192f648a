//! GraphQL over HTTP, request by request. It may not need a socket.

use serde_json::json;

use crate::door::Door;

const RESPONSE: &str = "application/graphql-response+json";

#[tokio::test]
async fn a_post_reaches_the_engine_whole() {
    let door = Door::open();
    let body = json!({ "query": "query A { a }", "operationName": "A", "variables": { "n": 1 }, "extensions": { "cost": true } });
    let seen = door.post(body.to_string(), &[]).await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("content-type"), "application/json; charset=utf-8");
    let data = &seen.json()["data"];
    assert_eq!(data["query"], "query A { a }");
    assert_eq!(data["operationName"], "A");
    assert_eq!(data["variables"]["n"], 1);
    assert_eq!(data["extensions"]["cost"], true);
    assert_eq!(data["queriesOnly"], false);
    assert_eq!(data["requestId"], seen.header("x-request-id"));
}

#[tokio::test]
async fn a_get_reaches_the_engine_as_a_query_only() {
    let door = Door::open();
    let path = "/graphql?query=query%20A%20%7Ba%7D&operationName=A&variables=%7B%22n%22%3A1%7D";
    let seen = door.request("GET", path, &[("accept", RESPONSE)]).await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("content-type"), "application/graphql-response+json; charset=utf-8");
    assert_eq!(seen.json()["data"]["queriesOnly"], true);
    assert_eq!(seen.json()["data"]["variables"]["n"], 1);

    let head = door.request("HEAD", path, &[]).await;
    assert_eq!(head.status, 200);
    assert!(head.bytes.is_empty());
}

#[tokio::test]
async fn a_mutation_by_get_is_not_allowed() {
    let door = Door::open();
    for accept in [RESPONSE, "application/json"] {
        let seen = door.request("GET", "/graphql?query=mutation%20%7Ba%7D", &[("accept", accept)]).await;
        assert_eq!(seen.status, 405);
        assert_eq!(seen.header("allow"), "POST");
        assert_eq!(seen.json()["errors"][0]["message"], "refused");
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let door = Door::open();
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let seen = door.request(method, "/graphql", &[("content-type", "application/json")]).await;
        assert_eq!((seen.status, seen.code().as_str()), (405, "METHOD_NOT_ALLOWED"), "{method}");
        assert_eq!(seen.header("allow"), "GET,HEAD,POST");
    }
    let options = door.request("OPTIONS", "/graphql", &[]).await;
    assert_eq!((options.status, options.header("allow")), (204, "GET,HEAD,POST"));
    assert_eq!(door.finished(), 0);
}

#[tokio::test]
async fn the_status_of_a_refused_document_depends_on_the_media_type() {
    let door = Door::open();
    let body = json!({ "query": "refuse" }).to_string();
    assert_eq!(door.post(body.clone(), &[("accept", RESPONSE)]).await.status, 400);
    assert_eq!(door.post(body.clone(), &[("accept", "application/json")]).await.status, 200);
    assert_eq!(door.post(body, &[("accept", "*/*")]).await.status, 200);
}

#[tokio::test]
async fn what_nobody_serves_is_not_acceptable() {
    let seen = Door::open().post(r#"{"query":"{a}"}"#, &[("accept", "text/html")]).await;
    assert_eq!((seen.status, seen.code().as_str()), (406, "NOT_ACCEPTABLE"));
    assert!(seen.message().contains(RESPONSE));
}

#[tokio::test]
async fn a_malformed_request_is_400_under_either_media_type() {
    let door = Door::open();
    let bodies: &[&[u8]] = &[
        b"",
        b"{",
        b"{ \"not a JSON",
        b"\xff\xfe",
        b"\0",
        b"null",
        b"[]",
        br#"[{"query":"{a}"}]"#,
        br#"{"qeury":"{a}"}"#,
        br#"{"query":7}"#,
        br#"{"query":"\u0000"}"#,
        br#"{"query":"{a}","variables":"{}"}"#,
        br#"{"query":"{a}","variables":{"a":"\u0000"}}"#,
        br#"{"query":"{a}","variables":{"a":"\udc00"}}"#,
        br#"{"query":"{a}","operationName":[]}"#,
        br#"{"query":"{a}","extensions":7}"#,
    ];
    for body in bodies {
        for accept in [RESPONSE, "application/json"] {
            let seen = door.post(body.to_vec(), &[("accept", accept)]).await;
            assert_eq!((seen.status, seen.code().as_str()), (400, "BAD_REQUEST"), "{body:?}");
            assert_eq!(seen.header("content-type"), format!("{accept}; charset=utf-8"));
        }
    }
    let seen = door.post("[{\"query\":\"{a}\"}]", &[]).await;
    assert!(seen.message().contains("Batches are not served"));
    let seen = door.post("{\n  \"query\": oops }", &[]).await;
    assert!(seen.message().contains("line 2 column"), "{}", seen.message());
    let seen = door.request("GET", "/graphql", &[]).await;
    assert_eq!((seen.status, seen.code().as_str()), (400, "BAD_REQUEST"));
    assert_eq!(door.finished(), 0);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_of_an_unsupported_type() {
    let door = Door::open();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin1",
    ] {
        let request = http::Request::post("/graphql").header("content-type", kind);
        let request = request.body(r#"{"query":"{a}"}"#.into()).expect("a request");
        let seen = crate::door::Seen::of(door.send(request).await).await;
        assert_eq!((seen.status, seen.code().as_str()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
    }
    let seen = door.request("POST", "/graphql", &[]).await;
    assert_eq!((seen.status, seen.code().as_str()), (415, "UNSUPPORTED_MEDIA_TYPE"));
    assert_eq!(door.finished(), 0);
}

#[tokio::test]
async fn a_get_of_another_site_is_refused() {
    let door = Door::open();
    let path = "/graphql?query=%7Ba%7D";
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")],
    ] {
        let seen = door.request("GET", path, headers).await;
        assert_eq!((seen.status, seen.code().as_str()), (400, "BAD_REQUEST"), "{headers:?}");
        assert!(seen.message().contains("GraphQL-Require-Preflight"));
        let mut preflighted = headers.to_vec();
        preflighted.push(("graphql-require-preflight", "1"));
        assert_eq!(door.request("GET", path, &preflighted).await.status, 200, "{headers:?}");
    }
    assert_eq!(door.request("GET", path, &[]).await.status, 200);
}
