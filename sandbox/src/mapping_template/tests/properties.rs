//! Whatever the template is, it renders or is refused, within the limits.

use proptest::prelude::*;

use super::{Inputs, inputs, rendered};
use crate::mapping_template::MappingTemplate;
use crate::mapping_template::limits::OUTPUT_BYTES;

/// Pieces that templates are made of, and broken ones.
const PIECES: &[&str] = &[
    "a",
    " ",
    "\n",
    "\"",
    "'",
    "\\",
    "$",
    "#",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "..",
    "!",
    "=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&&",
    "||",
    "<",
    "1",
    "-2",
    "9223372036854775807",
    "1.5e300",
    "true",
    "$x",
    "${x}",
    "$!x.y",
    "$l[0]",
    "$l[-1]",
    "$m.k",
    "$m['k']",
    "$foreach.index",
    "$foreach.parent.parent.hasNext",
    "$input.body",
    "$input.json('$')",
    "$input.path('$..*')",
    "$input.params()",
    "$context.identity",
    "$context.requestOverride",
    "$util.parseJson($x)",
    "$util.escapeJavaScript($m)",
    "$util.base64Decode($x)",
    "$stageVariables.table",
    "#set($x = ",
    "#set($m = {'k': $x})",
    "#set($l = [$x, $l])",
    "#set($x = $x + $x)",
    "#set($m.k = $m)",
    "#set($context.requestOverride.header.a = $l)",
    "#if($x)",
    "#if(",
    "#elseif($x == 1)",
    "#else",
    "#{else}",
    "#end",
    "#{end}",
    "#foreach($x in $l)",
    "#foreach($x in [1..100])",
    "#foreach($k in $m.keySet())",
    "#break",
    "#stop",
    "#define($x)",
    "#literal()",
    "##",
    "#*",
    "*#",
    "#[[",
    "]]#",
    "$l.add($l)",
    "$l.addAll($l)",
    "$m.put($x, $m)",
    "$x.substring(1, 2)",
    "$x.split('')",
    "$x.replaceAll('.', '$0$0')",
    "$x.replace('', $x)",
    "$x.matches('(a*)*b')",
    "$l.remove(0)",
    "$m.entrySet()",
    "é",
    "\u{1F600}",
    "\0",
];

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".*") {
        drop(rendered(&text, &inputs()));
    }

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        drop(rendered(&text, &inputs()));
    }

    #[test]
    fn templates_of_pieces_render_or_are_refused(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let template = pieces.concat();
        if let Ok(rendered) = rendered(&template, &inputs()) {
            prop_assert!(rendered.text.len() <= OUTPUT_BYTES);
            rendered.request_override();
            rendered.response_override();
        }
    }

    #[test]
    fn templates_of_whole_parts_render_or_are_refused(
        parts in prop::collection::vec(prop::sample::select(PIECES), 1..6),
        blocks in prop::collection::vec(0..4_usize, 0..6),
    ) {
        let mut template = parts.concat();
        for block in blocks {
            template = match block {
                0 => format!("#foreach($x in [1..30]){template}#end"),
                1 => format!("#if($x){template}#{{else}}{template}#end"),
                2 => format!("#define($x){template}#end$x"),
                _ => format!("#set($x = \"{template}\")#set($l = [$x, $x])#set($m = {{'k': $l}})$l$m"),
            };
        }
        drop(rendered(&template, &inputs()));
    }

    /// Text without a dollar sign, a hash or a backslash is itself.
    #[test]
    fn plain_text_renders_as_it_is(text in r"[^$#\\]*") {
        let rendered = rendered(&text, &Inputs::default()).expect("text is a template");
        prop_assert_eq!(rendered.text, text);
    }

    #[test]
    fn any_path_is_read_or_refused(path in r"[$@.\[\]()*?'a0-9:,=<>&|!~/ -]{0,30}") {
        let template = format!("$input.path('{}')", path.replace('\'', "''"));
        drop(rendered(&template, &inputs()));
    }

    /// The place of a fault is in the template.
    #[test]
    fn a_fault_has_a_place(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
        let template = pieces.concat();
        if let Err(fault) = MappingTemplate::parse(&template) {
            let line = template.split('\n').nth(fault.line - 1);
            prop_assert!(line.is_some_and(|line| fault.column <= line.chars().count() + 1), "{}", fault);
        }
    }
}
