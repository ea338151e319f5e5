//! Draws the lines of a terminal as SVG, which can be read on a light and on a dark page.

use std::fmt::Write;

const FONT: f64 = 14.0;
/// The width of a letter in fonts for terminals, as a part of the height.
const LETTER: f64 = 0.6 * FONT;
const LINE: f64 = 20.0;
const MARGIN: f64 = 20.0;

const STYLE: &str = "\
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; white-space: pre }
  rect { fill: #f6f8fa; stroke: #d0d7de }
  .bold { font-weight: bold }
  .dim { fill: #59636e }
  .red { fill: #cf222e }
  .green { fill: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    rect { fill: #0d1117; stroke: #3d444d }
    .dim { fill: #9198a1 }
    .red { fill: #ff7b72 }
    .green { fill: #3fb950 }
  }";

/// The lines may have colours.
pub fn draw(title: &str, lines: &[&str]) -> String {
    let columns = lines
        .iter()
        .map(|line| columns_of(line))
        .max()
        .unwrap_or_default();
    let width = 2.0 * MARGIN + columns as f64 * LETTER;
    let height = 2.0 * MARGIN + lines.len() as f64 * LINE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" xml:space=\"preserve\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\"/>\n",
        width - 1.0,
        height - 1.0
    );
    for (number, line) in lines.iter().enumerate() {
        let y = MARGIN + number as f64 * LINE + FONT;
        let _ = write!(svg, "<text y=\"{y:.0}\">");
        let mut column = 0;
        for (classes, letters) in runs(line) {
            let x = MARGIN + column as f64 * LETTER;
            let text = letters.replace('&', "&amp;").replace('<', "&lt;");
            let class = match classes.as_str() {
                "" => String::new(),
                classes => format!(" class=\"{classes}\""),
            };
            let _ = write!(svg, "<tspan x=\"{x:.1}\"{class}>{text}</tspan>");
            column += letters.chars().count();
        }
        svg += "</text>\n";
    }
    svg + "</svg>\n"
}

/// The text of such a drawing.
pub fn text(svg: &str) -> String {
    let lines = svg.lines().filter(|line| line.starts_with("<text"));
    let lines = lines.map(|line| {
        let mut text = String::new();
        for part in line.split('<') {
            text += part.split_once('>').map_or("", |(_, text)| text);
        }
        text.replace("&lt;", "<").replace("&amp;", "&")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Letters of the same colours, with the names of their classes.
fn runs(line: &str) -> Vec<(String, String)> {
    let mut runs: Vec<(String, String)> = Vec::new();
    let mut classes = String::new();
    for (number, part) in line.split("\u{1b}[").enumerate() {
        let letters = match part.split_once('m') {
            Some((codes, letters)) if number > 0 => {
                for code in codes.split(';') {
                    classes = match class(code) {
                        Some(class) => format!("{classes} {class}").trim().to_owned(),
                        None => String::new(),
                    };
                }
                letters
            }
            _ => part,
        };
        if !letters.is_empty() {
            runs.push((classes.clone(), letters.to_owned()));
        }
    }
    runs
}

fn class(code: &str) -> Option<&'static str> {
    match code {
        "1" => Some("bold"),
        "2" => Some("dim"),
        "31" => Some("red"),
        "32" => Some("green"),
        _ => None,
    }
}

fn columns_of(line: &str) -> usize {
    runs(line)
        .iter()
        .map(|(_, letters)| letters.chars().count())
        .sum()
}

#[test]
fn a_drawing_has_the_text_and_its_colours() {
    let drawn = draw("A title", &["\u{1b}[1m\u{1b}[32m✓\u{1b}[0m a < b", "  c"]);
    assert!(
        drawn.contains("<tspan x=\"20.0\" class=\"bold green\">✓</tspan>"),
        "{drawn}"
    );
    assert_eq!(text(&drawn), "✓ a < b\n  c");
}
