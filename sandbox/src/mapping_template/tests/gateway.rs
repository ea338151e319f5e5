//! `$input`, `$util`, `$context` and `$stageVariables`: what API Gateway's documentation says, and what
//! others have recorded of it where that says nothing.

use serde_json::json;

use super::{Inputs, inputs, pairs, rendered, text};
use crate::mapping_template::text_at;

fn with_body(body: &str) -> Inputs {
    Inputs {
        body: body.to_owned(),
        ..Inputs::default()
    }
}

#[track_caller]
fn assert_all(cases: &[(&str, &str, &str)]) {
    for (body, template, expected) in cases {
        assert_eq!(
            text(template, &with_body(body)),
            *expected,
            "{template} of {body}"
        );
    }
}

#[test]
fn the_body_is_read_as_json() {
    let body = r#"{"a": 1, "b": "x y", "l": [{"c": "d"}, 2.50], "z": null, "t": true, "é": "ü/"}"#;
    assert_all(&[
        (body, "$input.body", body),
        (
            body,
            "$input.json('$')",
            r#"{"a":1,"b":"x y","l":[{"c":"d"},2.5],"z":null,"t":true,"é":"ü/"}"#,
        ),
        (body, "$input.json('$.a')", "1"),
        (body, "$input.json('$.b')", r#""x y""#),
        (body, "$input.json('$.l[0]')", r#"{"c":"d"}"#),
        (body, "$input.json('$.nope')", r#""""#),
        (body, "$input.path('$.b')", "x y"),
        (body, "$input.path('b')", "x y"),
        (body, "$input.path('$.l[0].c')", "d"),
        (body, "$input.path('$').l[0].c", "d"),
        (body, "$input.path('$.l').size()", "2"),
        (body, "[$input.path('$.z')][$input.path('$.nope')]", "[][]"),
        (body, "#if($input.path('$.t'))yes#end", "yes"),
        (
            body,
            "#foreach($e in $input.path('$.l'))$foreach.index,#end",
            "0,1,",
        ),
        (
            body,
            "#set($r = $input.path('$'))#if($r.a == 1 && $r.b.contains('x'))yes#end",
            "yes",
        ),
        (
            r#"{"n": 18446744073709551615}"#,
            "$input.json('$.n')",
            "18446744073709551615",
        ),
    ]);
}

/// Recorded of API Gateway: maps are written as Java does, lists as JSON.
#[test]
fn parts_of_the_body_become_text() {
    assert_all(&[
        (r#"{"foo": "bar"}"#, "$input.path('$')", "{foo=bar}"),
        (r#"{"a": "b", "c": "d"}"#, "$input.path('$')", "{a=b, c=d}"),
        (
            r#"[{"foo": "bar"}]"#,
            "$input.path('$')",
            r#"[{"foo":"bar"}]"#,
        ),
        (
            r#"{"n": {"foo": "bar"}}"#,
            "$input.path('$').n",
            "{foo=bar}",
        ),
        (
            r#"{"n": [{"foo": "bar"}]}"#,
            "$input.path('$').n",
            r#"[{"foo":"bar"}]"#,
        ),
        (r#"[{"foo": "bar"}]"#, "$input.path('$')[0]", "{foo=bar}"),
        (
            r#"{"foo": [{"n": "bar"}]}"#,
            "$input.path('$')",
            r#"{foo=[{"n":"bar"}]}"#,
        ),
        (
            r#"{"list": [{"a": 1}]}"#,
            "$input.path('$').toString()",
            r#"{list=[{"a":1}]}"#,
        ),
    ]);
}

/// Recorded of API Gateway.
#[test]
fn a_reference_to_nothing_is_an_empty_text() {
    let template = "#set($r = $input.path('$.v')){\"v\": $r, \"n\": $r.n, \"null\": \
                    #if($r == $null)\"true\"#else\"false\"#end, \"empty\": #if($r == \"\")\"true\"#else\"false\"#end}";
    assert_all(&[
        (
            "{}",
            template,
            r#"{"v": , "n": , "null": "true", "empty": "true"}"#,
        ),
        (
            r#"{"v": null}"#,
            template,
            r#"{"v": , "n": , "null": "true", "empty": "true"}"#,
        ),
        (
            r#"{"v": []}"#,
            template,
            r#"{"v": [], "n": , "null": "false", "empty": "false"}"#,
        ),
    ]);
}

/// Recorded of API Gateway.
#[test]
fn an_absent_body_is_an_empty_object() {
    assert_all(&[
        ("", "$input.body", "{}"),
        ("", "$input.json('$')", "{}"),
        ("", "$input.path('$.name')", ""),
        ("", "$util.urlEncode($input.body)", "%7B%7D"),
        ("", "#set($result = $input.body.testAccess)[$result]", "[]"),
    ]);
}

#[test]
fn a_body_that_is_no_json_is_a_text() {
    let form = "name=Ada&team=a+b&end";
    assert_all(&[
        (form, "$input.path('$')", form),
        (form, "$input.json('$')", r#""name=Ada&team=a+b&end""#),
        (form, "$input.json('$.name')", r#""""#),
        (
            form,
            "{#foreach($pair in $input.path('$').split('&'))#set($parts = $pair.split('='))\
             \"$parts[0]\": \"#if($parts.size() > 1)$util.urlDecode($parts[1])#end\"#if($foreach.hasNext),#end#end}",
            r#"{"name": "Ada","team": "a b","end": ""}"#,
        ),
    ]);
}

#[test]
fn parameters_are_found_by_place_and_by_name() {
    let mut inputs = inputs();
    inputs.parameters.header = pairs(&[("X-Q", "h"), ("id", "of the header")]);
    let cases = [
        ("$input.params('id')", "7"),
        ("$input.params('X-Q')", "h"),
        ("[$input.params('nope')]", "[]"),
        ("#if($input.params('nope') == '')none#end", "none"),
        ("$input.params().path.id", "7"),
        ("$input.params().get('header').get('id')", "of the header"),
        ("$input.params().querystring.r", "a/b"),
        ("$input.params().header['X-Q']", "h"),
        (
            "#foreach($place in $input.params().keySet())$place #end",
            "path querystring header ",
        ),
        ("$input.params().path", "{id=7}"),
        (
            "$stageVariables.table $stageVariables.get('level') [$stageVariables.nope]",
            "game's 1 []",
        ),
        (
            "$context.stage $context.identity.sourceIp [$context.authorizer.principalId]",
            "prod 192.0.2.1 []",
        ),
        ("[$context.identity]", "[]"),
        ("#foreach($key in $context.authorizer.keySet())$key#end", ""),
        (
            "https://${stageVariables.level}.example.com",
            "https://1.example.com",
        ),
    ];
    for (template, expected) in cases {
        assert_eq!(text(template, &inputs), expected, "{template}");
    }
}

#[test]
fn utilities_convert_texts() {
    assert_all(&[
        ("", r#"$util.escapeJavaScript("it's")"#, r"it\'s"),
        (
            "",
            r#"$util.escapeJavaScript('say "a\b" / é')"#,
            r#"say \"a\\b\" \/ \u00E9"#,
        ),
        (
            "a\nb\tc\u{1}",
            "$util.escapeJavaScript($input.body)",
            r"a\nb\tc\u0001",
        ),
        (
            r#"{"m": "it's"}"#,
            r#"$util.escapeJavaScript($input.json('$')).replaceAll("\\'", "'")"#,
            r#"{\"m\":\"it's\"}"#,
        ),
        (
            "",
            r#"$util.urlEncode("a b&c=d/é~*-._")"#,
            "a+b%26c%3Dd%2F%C3%A9%7E*-._",
        ),
        ("", r#"$util.urlDecode("a+b%26c%3D%C3%A9")"#, "a b&c=é"),
        ("", "$util.base64Encode('Hello')", "SGVsbG8="),
        ("", "$util.base64Decode('SGVsbG8=')", "Hello"),
        (
            r#"{"errorMessage": "{\"code\": 7, \"list\": [1]}"}"#,
            "#set($e = $util.parseJson($input.path('$.errorMessage')))$e.code $e.list[0]",
            "7 1",
        ),
        (
            "",
            "[$util.nope('x')][$util.urlEncode()][$util.urlEncode('a', 'b')]",
            "[][][]",
        ),
    ]);
}

/// In the form of the documentation's example for photos.
#[test]
fn a_body_is_made_into_another() {
    let body = r#"{"photos": {"page": 1, "photo": [
        {"id": "12", "owner": "Ada", "public": 1, "tags": ["a", "b"]},
        {"id": "13", "owner": "Ben", "public": 0, "tags": []}]}}"#;
    let template = r#"#set($inputRoot = $input.path('$'))
{
  "page": $inputRoot.photos.page,
  "photos": [
#foreach($elem in $inputRoot.photos.photo)
    {
      "id": "$elem.id",
      "title": "$!elem.title",
      "public": #if($elem.public == 1)true#{else}false#end,
      "tags": $elem.tags
    }#if($foreach.hasNext),#end

#end
  ]
}"#;
    let expected = r#"{
  "page": 1,
  "photos": [
    {
      "id": "12",
      "title": "",
      "public": true,
      "tags": ["a","b"]
    },
    {
      "id": "13",
      "title": "",
      "public": false,
      "tags": []
    }
  ]
}"#;
    assert_eq!(text(template, &with_body(body)), expected);
}

/// The examples of the documentation on request and response overrides.
#[test]
fn overrides_are_what_the_template_sets() {
    let template = r#"#set($context.requestOverride.header.X-Name = "Ada")
#set($context.requestOverride.path.itemId = $input.params('id'))
$context.requestOverride.querystring.put("n", 5)
#set($context["requestOverride"].querystring["m"] = true)
#set($context.responseOverride.status = 444)
#set($context.responseOverride.header.foo = "bar")
#set($context.responseOverride.custom = "passed on")
{"statusCode": 200}"#;
    let first = rendered(template, &inputs()).expect("the template renders");
    assert_eq!(first.text, "\n{\"statusCode\": 200}");
    let request = first.request_override();
    assert_eq!(request.header, pairs(&[("X-Name", "Ada")]));
    assert_eq!(request.path, pairs(&[("itemId", "7")]));
    assert_eq!(request.querystring, pairs(&[("m", "true"), ("n", "5")]));
    let response = first.response_override();
    assert_eq!(response.status, Some(444));
    assert_eq!(response.header, pairs(&[("foo", "bar")]));

    // The template of the response sees them.
    let mut inputs = inputs();
    for (name, member) in first
        .overrides
        .as_object()
        .expect("the overrides are an object")
    {
        inputs.context[name] = member.clone();
    }
    let template = "$context.responseOverride.status $context.responseOverride.custom \
                    $context.requestOverride.header.X-Name";
    let second = rendered(template, &inputs).expect("the template renders");
    assert_eq!(second.text, "444 passed on Ada");
    assert_eq!(second.response_override(), response);
}

#[test]
fn a_status_that_is_none_is_ignored() {
    for status in ["'abc'", "99", "600", "-1", "20.5", "[]", "{}", "''"] {
        let template = format!("#set($context.responseOverride.status = {status})");
        let rendered = rendered(&template, &Inputs::default()).expect("the template renders");
        assert_eq!(rendered.response_override().status, None, "{status}");
    }
    let set = rendered(
        "#set($context.responseOverride.status = '404')",
        &Inputs::default(),
    );
    assert_eq!(
        set.expect("the template renders")
            .response_override()
            .status,
        Some(404)
    );
}

#[test]
fn mapped_parameters_are_found_in_a_body() {
    let body = r#"{"error": {"code": 7, "text": "no \"x\"", "list": ["a"]}, "none": null}"#;
    let cases = [
        ("error.code", Some("7")),
        ("$.error.text", Some(r#"no "x""#)),
        ("error.list[0]", Some("a")),
        ("error.list", Some(r#"["a"]"#)),
        (
            "error",
            Some(r#"{"code":7,"text":"no \"x\"","list":["a"]}"#),
        ),
        ("none", None),
        ("nope.more", None),
    ];
    for (path, expected) in cases {
        assert_eq!(
            text_at(body, path).expect("the path is valid").as_deref(),
            expected,
            "{path}"
        );
    }
    assert_eq!(text_at("no JSON", "a"), Ok(None));
    assert!(text_at(body, "$[").is_err());
}

/// About the largest body that API Gateway passes on.
#[test]
fn a_large_body_is_within_the_limits() {
    let item =
        r#"{"id":12345,"name":"Somebody with a name","note":"text text text text text text text"}"#;
    let items = vec![item; 9 * 1024 * 1024 / (item.len() + 1)];
    let body = format!("[{}]", items.join(","));
    assert!(body.len() > 9_000_000);
    assert_eq!(text("$input.json('$')", &with_body(&body)), body);
    assert_eq!(
        text("$input.path('$').size()", &with_body(&body)),
        items.len().to_string()
    );
    let last = text("$input.path('$[-1].name')", &with_body(&body));
    assert_eq!(last, "Somebody with a name");
}

#[test]
fn a_context_of_any_shape_is_taken() {
    for context in [
        json!(null),
        json!([1]),
        json!("x"),
        json!({"a": [1, {"b": null}]}),
    ] {
        let inputs = Inputs {
            context,
            ..Inputs::default()
        };
        assert_eq!(text("[$context.nope][$context.a[1].b]", &inputs), "[][]");
    }
}
