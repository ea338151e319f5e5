//! Templates that API Gateway refuses, and those that cost too much.

use super::{Inputs, rendered};

#[track_caller]
fn fault(template: &str) -> String {
    match rendered(template, &Inputs::default()) {
        Ok(rendered) => panic!("{template}\nrenders {}", rendered.text),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    let cases = [
        ("#if(true)", "#if has no #end at line 1, column 1"),
        (
            "a\n  #foreach($x in [1])$x",
            "#foreach has no #end at line 2, column 3",
        ),
        ("#define($x) a", "#define has no #end at line 1, column 1"),
        (
            "ä #end",
            "an #else, #elseif or #end belongs to no directive at line 1, column 7",
        ),
        (
            "#foreach($x in [])#else#end",
            "#foreach has no #else here at line 1, column 1",
        ),
        (
            "#set($x = )",
            "expected a value: a reference, a string, a number, true, false, [list] or {map}, \
                         found `)` at line 1, column 11",
        ),
        (
            "#set($x = null)",
            "expected a value: a reference, a string, a number, true, false, [list] or {map}, \
                             found `n` at line 1, column 11",
        ),
        (
            "#set(x = 1)",
            "expected a reference to set, found `x` at line 1, column 6",
        ),
        ("#set($x 1)", "expected `=`, found `1` at line 1, column 9"),
        (
            "#set($x = 5\n",
            "expected `)`, found the end at line 2, column 1",
        ),
        (
            "#set($x = $a -1)",
            "expected `)`, found `-` at line 1, column 14",
        ),
        (
            "#if true#end",
            "expected `(`, found `t` at line 1, column 5",
        ),
        (
            "#foreach($x of [])#end",
            "expected `in`, found `o` at line 1, column 13",
        ),
        (
            "#foreach(x in [])#end",
            "expected a value: a reference, a string, a number, true, false, [list] or {map}, \
                                   found `x` at line 1, column 10",
        ),
        (
            "#set($x = \"abc)",
            "expected `\"` at the end of the string at line 1, column 11",
        ),
        ("${name", "expected `}`, found the end at line 1, column 7"),
        (
            "$name[x]",
            "expected a value: a reference, a string, a number, true, false, [list] or {map}, \
                      found `x` at line 1, column 7",
        ),
        (
            "$name.get($i + 1)",
            "expected `)`, found `+` at line 1, column 14",
        ),
        ("#[[ text", "#[[ has no ]]# at line 1, column 1"),
        (
            "#macro(m)#end",
            "#macro is not available in mapping templates at line 1, column 1",
        ),
        (
            "#include('/etc/passwd')",
            "#include is not available in mapping templates at line 1, column 1",
        ),
        (
            "#parse('x')",
            "#parse is not available in mapping templates at line 1, column 1",
        ),
        (
            "#evaluate('x')",
            "#evaluate is not available in mapping templates at line 1, column 1",
        ),
        (
            "#@m()#end",
            "#@m is not available in mapping templates at line 1, column 1",
        ),
        (
            "#set($x = \"$y[\")",
            "expected a value: a reference, a string, a number, true, false, [list] or {map}, \
                                found the end at line 1, column 11",
        ),
        (
            "#set($x = 'abc')\n$x.substring(5)",
            "begin 5, end 3, length 3 at line 2, column 1",
        ),
        (
            "#set($l = [1])\n $l[3]",
            "index 3 is out of bounds for length 1 at line 2, column 2",
        ),
        (
            "#set($l = [1])$l.get(-1)",
            "index -1 is out of bounds for length 1 at line 1, column 15",
        ),
        (
            "#set($l = [1])#set($l[1] = 2)",
            "index 1 is out of bounds for length 1 at line 1, column 20",
        ),
        (
            "#set($s = 'a')$s.replaceAll('(', '')",
            "the regular expression `(`: ",
        ),
        (
            "#set($s = 'a')$s.replaceAll('a', '$')",
            "a `$` in the replacement needs the number of a group at line 1, column 15",
        ),
        (
            "#set($s = 'a')$s.replaceAll('a', '$1')",
            "no group 1 at line 1, column 15",
        ),
        (
            "#set($i = 1)$i.parseInt('x')",
            "`x` is not a number at line 1, column 13",
        ),
        (
            "$util.parseJson('{')",
            "$util.parseJson: the text is no JSON at line 1, column 1",
        ),
        ("$util.base64Decode('*')", "the text is no base64: "),
        (
            "$util.urlDecode('%zz')",
            "$util.urlDecode: `%` needs two hexadecimal digits at line 1, column 1",
        ),
        (
            "$input.json('$[')",
            "the JSONPath `$[` is not valid at `` at line 1, column 1",
        ),
        (
            "#set($l = [1, 2])#foreach($x in $l)#set($ok = $l.add(3))#end",
            "a list or a map changes while #foreach goes through it at ",
        ),
        (
            "#set($m = {'a': 1, 'b': 2})#foreach($k in $m.keySet())#set($m.c = 1)#end",
            "a list or a map changes while #foreach goes through it at ",
        ),
    ];
    for (template, expected) in cases {
        let fault = fault(template);
        assert!(
            fault.starts_with(expected),
            "{template}\n{fault}\n{expected}"
        );
    }
}

#[test]
fn templates_that_cost_too_much_are_refused() {
    let deep = |open: &str, middle: &str, close: &str, count: usize| {
        format!("{}{middle}{}", open.repeat(count), close.repeat(count))
    };
    let doubling = |start: &str, double: &str| {
        format!("#set($s = {start})#foreach($i in [1..900]){double}#end$s")
    };
    let cases = [
        ("x".repeat(300 * 1024 + 1), "the template is larger than"),
        (
            deep("#if(true)", "x", "#end", 300),
            "the template is nested more than",
        ),
        (
            format!("#set($x = {})", deep("(", "1", ")", 300)),
            "the template is nested more than",
        ),
        (
            format!("#set($x = {})", deep("[", "1", "]", 300)),
            "the template is nested more than",
        ),
        (
            format!("#set($x = {}true)", "!".repeat(300)),
            "the template is nested more than",
        ),
        (
            format!("$x{}", deep("[$x", "", "]", 300)),
            "the template is nested more than",
        ),
        (
            format!("$x{}", deep(".a($x", "", ")", 300)),
            "the template is nested more than",
        ),
        (
            "#set($l = [1..900])#foreach($a in $l)#foreach($b in $l)#foreach($c in $l)#end#end#end"
                .to_owned(),
            "the template takes more than",
        ),
        (
            doubling("'ab'", "#set($s = $s + $s)"),
            "the template's values are larger than",
        ),
        (
            doubling("'ab'", "#set($s = \"$s$s\")"),
            "the template makes more than",
        ),
        (
            doubling("'ab'", "#set($s = $s.replace('a', 'aaaa'))"),
            "the template takes more than",
        ),
        (
            doubling("'ab'", "#set($s = $s.replaceAll('a', 'aaaa'))"),
            "the template takes more than",
        ),
        (
            doubling("'ab'", "#set($s = $s.replace('', $s))"),
            "the template takes more than",
        ),
        (
            doubling("'ab'", "#set($s = $s.concat($s))"),
            "the template takes more than",
        ),
        (
            doubling("[1]", "#set($ok = $s.addAll($s))"),
            "the template's values are larger than",
        ),
        (
            doubling("[1]", "#set($s = [$s, $s])"),
            "a list or a map contains itself",
        ),
        (
            doubling("[]", "#set($ok = $s.add($s))"),
            "a list or a map contains itself",
        ),
        (
            "#set($m = {})#set($m.m = $m)$m".to_owned(),
            "a list or a map contains itself",
        ),
        (
            "#set($m = {})#set($n = {})#set($m.m = $n)#set($n.m = $m)#if($m == $n)#end".to_owned(),
            "a list or a map contains itself",
        ),
        (
            "#set($context.requestOverride.header.x = $context.requestOverride)".to_owned(),
            "a list or a map contains itself",
        ),
        (
            "#set($r = [1..1000000000])".to_owned(),
            "the range has more than",
        ),
        (
            "#set($r = [-9223372036854775808..9223372036854775807])".to_owned(),
            "the range has more than",
        ),
        (
            "#define($x)$x$x#end$x".to_owned(),
            "rendering is nested more than",
        ),
        (
            "#define($x)a$y#end#define($y)b#set($z = \"$x\")#end$x".to_owned(),
            "rendering is nested more than",
        ),
        (
            format!("#set($x = 1{})", "0".repeat(60)),
            "the number is too long",
        ),
        (
            doubling("2", "#set($s = $s * $s)"),
            "the number is too large",
        ),
        (
            "#set($s = 'a')#set($x = $s.replaceAll('(a{1000}){1000}', ''))".to_owned(),
            "the regular expression",
        ),
        (
            format!(
                "$input.path('$[?({}@.a{})]')",
                "(".repeat(200),
                ")".repeat(200)
            ),
            "the JSONPath is nested more than",
        ),
    ];
    for (template, expected) in cases {
        let fault = fault(&template);
        assert!(
            fault.starts_with(expected),
            "{template:.200}\n{fault}\n{expected}"
        );
    }
}

/// A list that has the one before it twice, 40 times: 41 lists, and a trillion places.
#[test]
fn what_is_shared_costs_what_is_written() {
    let template = "#set($s = [1])#foreach($i in [1..40])#set($s = [$s, $s])#end";
    assert!(rendered(template, &Inputs::default()).is_ok());
    assert!(fault(&format!("{template}$s")).contains("more than"));
    assert!(
        fault(&format!(
            "{template}$input.json('$')#if($s == [$s, 1])#end#set($t = $s.toString())"
        ))
        .contains("more than")
    );
}

#[test]
fn long_templates_are_no_deep_ones() {
    let sum = format!("#set($x = 0{})$x", " + 1".repeat(5_000));
    assert_eq!(super::text(&sum, &Inputs::default()), "5000");
    let branches = format!("#if(false){}#else x#end", "#elseif(false)".repeat(5_000));
    assert_eq!(super::text(&branches, &Inputs::default()), " x");
    let steps = format!("#set($s = 'a')$s{}", ".trim()".repeat(5_000));
    assert_eq!(super::text(&steps, &Inputs::default()), "a");
}

/// As deep as is allowed, in the stack of a worker thread.
#[test]
fn the_deepest_templates_fit_the_stack() {
    let deepest = [
        format!("{}x{}", "#if(true)".repeat(48), "#end".repeat(48)),
        format!("#set($x = {}1{})$x", "(1 + ".repeat(48), ")".repeat(48)),
        format!("#set($x = {}1{})$x", "[".repeat(48), "]".repeat(48)),
        "#define($x)#if(true)#if(true)#if((1 + (2 + 3)) == 6)$x#end#end#end#end$x".to_owned(),
        format!(
            "#define($x)#if({}\"$x\"{} == '')#end#end$x",
            "(".repeat(40),
            ")".repeat(40)
        ),
    ];
    let render = move || deepest.map(|template| rendered(&template, &Inputs::default()).is_ok());
    let thread = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(render);
    let results = thread
        .expect("a thread starts")
        .join()
        .expect("the stack is enough");
    assert_eq!(results, [true, true, true, false, false]);
}
